-- open_evidence: evidence that counts and that no later look has answered.
-- one row per observation, directive and product; reads evidence, answers
select
    evidence.directive,
    evidence.host,
    evidence.trace,
    evidence.detail,
    evidence.tool,
    evidence.seen_on
from evidence
left join answers
    on evidence.directive = answers.directive
    and evidence.host = answers.host
    and evidence.product = answers.product
    and evidence.record = answers.record
    and evidence.trace = answers.trace
where evidence.counts and answers.record is null
