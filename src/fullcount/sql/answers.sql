-- answers: evidence that a later complete look has answered: one that sees the same trace and does not list the product.
-- A look at another operating system of the machine answers only where the one that had it has been silent for two weeks.
-- one row per directive, host, product, record and trace of the evidence
-- reads proven, complete_looks, looks, trace_words, moments
select
    asked.directive,
    asked.host,
    asked.product,
    asked.record,
    asked.trace,
    min(concat(cast(complete_looks.looked_at as varchar), ' ', complete_looks.tool)) as answer,
    min(complete_looks.looked_at) as answered_on
from (
    select distinct
        proven.directive,
        proven.host,
        proven.product,
        proven.record,
        proven.trace,
        proven.seen_on
    from proven
) as asked
inner join looks on asked.record = looks.record
inner join complete_looks
    on asked.host = complete_looks.host
    and asked.seen_on < complete_looks.looked_at
    and (
        looks.os_family = complete_looks.os_family
        or looks.os_family = ''
        or complete_looks.os_family = ''
        or looks.heard_at < complete_looks.looked_at - interval 14 day
    )
inner join trace_words on complete_looks.traces = trace_words.traces and asked.trace = trace_words.trace
left join (
    select distinct
        proven.directive,
        proven.product,
        proven.record
    from proven
    cross join moments
    where proven.kind_rank >= moments.counting_kind
) as present
    on asked.directive = present.directive and asked.product = present.product and complete_looks.record = present.record
where present.record is null and not complete_looks.is_empty
group by asked.directive, asked.host, asked.product, asked.record, asked.trace
