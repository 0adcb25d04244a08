-- evidence: every observation of a title that a verdict names, on a placed record, with its kind: what it proves by itself, but
-- for what was left behind, which is residue (`remains`: ghost or leftover, and why).
-- one row per observation, directive and product; reads proven, left_behind, moments
select
    proven.directive,
    proven.host,
    proven.product,
    proven.record,
    proven.title,
    proven.place,
    proven.detail,
    proven.source,
    proven.tool,
    proven.seen_on,
    proven.trace,
    proven.state,
    proven.signature,
    proven.scope,
    proven.in_scope,
    proven.grade_rank,
    case when proven.counts and left_behind.record is not null then moments.residue_kind else proven.kind_rank end as kind_rank,
    proven.counts and left_behind.record is null as counts,
    case when proven.counts then left_behind.remains end as remains,
    case when proven.counts then left_behind.why end as remains_why
from proven
left join left_behind
    on proven.directive = left_behind.directive
    and proven.host = left_behind.host
    and proven.product = left_behind.product
    and proven.record = left_behind.record
    and proven.trace = left_behind.trace
cross join moments
