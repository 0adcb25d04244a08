-- findings: a product on a host under a directive. Kind, grade and dates are those of the unanswered evidence where
-- there is any, else of the answered.
-- one row per directive, host, product, whether it counts and what it is that was left behind; reads evidence, answers
select
    judged.directive,
    judged.host,
    judged.product,
    judged.counts,
    judged.scope,
    judged.in_scope,
    judged.is_open,
    judged.remains,
    max(judged.remains_why) as remains_why,
    max(judged.kind_rank) as kind_rank,
    max(judged.grade_rank) as grade_rank,
    min(judged.seen_on) as first_seen,
    max(judged.seen_on) as last_seen,
    count(*) as sightings,
    max(judged.answered_on) as answered_on,
    max(judged.answer) as answer
from (
    select
        evidence.directive,
        evidence.host,
        evidence.product,
        evidence.counts,
        evidence.scope,
        evidence.in_scope,
        evidence.kind_rank,
        evidence.grade_rank,
        evidence.seen_on,
        evidence.remains,
        evidence.remains_why,
        answers.answered_on,
        answers.answer,
        answers.record is null as is_open,
        max(case when answers.record is null then 1 else 0 end) over (
            partition by evidence.directive, evidence.host, evidence.product, evidence.counts, evidence.remains
        ) = 1 as any_open
    from evidence
    left join answers
        on evidence.directive = answers.directive
        and evidence.host = answers.host
        and evidence.product = answers.product
        and evidence.record = answers.record
        and evidence.trace = answers.trace
) as judged
where judged.is_open = judged.any_open
group by
    judged.directive,
    judged.host,
    judged.product,
    judged.counts,
    judged.scope,
    judged.in_scope,
    judged.is_open,
    judged.remains
