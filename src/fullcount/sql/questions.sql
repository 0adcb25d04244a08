-- questions: clues that several systems carry and that did not make them one in the headline, with what is at stake: were
-- they one machine, there would be systems - 1 fewer, and of those with it with_it - 1. What is no clue at all, such as a
-- placeholder, asks nothing; nor does what a person has decided.
-- one row per directive and clue; reads clue_keys, clue_carried, host_of, kinds, refusals, standing, host_names
select
    asked.directive,
    asked.kind,
    asked.key as value,
    asked.refused_by,
    asked.reason,
    cast(count(*) as bigint) as systems,
    cast(sum(case when asked.standing = 'with it' then 1 else 0 end) as bigint) as with_it,
    cast(sum(case when asked.standing = 'without it' then 1 else 0 end) as bigint) as without_it,
    cast(sum(case when asked.standing = 'not covered' then 1 else 0 end) as bigint) as not_covered,
    min(asked.host_id) as first_host,
    max(asked.host_id) as last_host
from (
    select distinct
        standing.directive,
        standing.standing,
        clue_keys.kind,
        clue_keys.key,
        coalesce(refusals.refused_by, 'weakness') as refused_by,
        coalesce(refusals.reason, 'it is weak: it opens the range and joins nothing in the headline') as reason,
        host_names.host_id
    from clue_keys
    inner join kinds on clue_keys.kind = kinds.kind
    inner join clue_carried on clue_keys.clue = clue_carried.clue
    inner join host_of on clue_carried.record = host_of.record
    inner join standing on host_of.host = standing.host
    inner join host_names on host_of.host = host_names.host
    left join refusals on clue_keys.clue = refusals.clue
    where clue_keys.records > 1
        and kinds.step is not null
        and (refusals.refused_by in ('popularity', 'clone', 'contradiction') or (refusals.clue is null and kinds.is_weak))
) as asked
group by asked.directive, asked.kind, asked.key, asked.refused_by, asked.reason
having count(*) > 1
