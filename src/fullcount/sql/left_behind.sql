-- left_behind: evidence that only says that a product was there: an install key (ghost), or a service or driver (leftover), where
-- a look at the files of the machine, no older than it, shows none of the product's. It takes all of this; else the evidence
-- stays what it is:
--   every form of the product that leaves such a trace on that system leaves files, too, and the pack knows them (left_forms);
--   the evidence was made for all users, does not run, was not decided by a person, and its place is one where the pack would
--   know the files, or is not named and the pack knows them by name wherever they lie (left_places);
--   nothing else that is unanswered speaks for the product: no other trace of it, nothing that is not further identified,
--   and nothing on the machine that may be any of the directive's products;
--   for a service or driver, a look at install keys, no older than it, shows none.
-- A date without a time may be any moment of its day: a look at a moment of that day may be older, and does not do.
-- one row per directive, host, product, record and trace of the evidence
-- reads proven, answers, looks, host_families, file_looks, look_states, trace_words, left_forms, left_places, titles, details,
-- product_names, grade_names, moments
select
    judged.directive,
    judged.host,
    judged.product,
    judged.record,
    judged.trace,
    case when judged.trace = 'program' then 'ghost' else 'leftover' end as remains,
    concat(
        case when judged.trace = 'program' then 'key left, files gone' else 'service or driver left, key and files gone' end,
        ': looked at by ',
        substring(max(judged.look), 12),
        ' on ',
        substring(max(judged.look), 1, 10)
    ) as why
from (
    select
        claims.directive,
        claims.host,
        claims.product,
        claims.record,
        claims.trace,
        concat(substring(cast(file_looks.looked_at as varchar), 1, 10), ' ', file_looks.tool) as look,
        case when claims.trace = 'program' then coalesce(doubts.of_key, 0) else coalesce(doubts.of_rest, 0) end as is_doubted,
        case when claims.trace = 'program' or key_looks.host is not null then 1 else 0 end as has_no_key
    from (
        select
            proven.directive,
            proven.host,
            proven.product,
            proven.record,
            proven.trace,
            left_forms.os_family,
            max(looks.os_family) as said_family,
            max(proven.seen_on) as seen_on,
            max(
                case
                    when proven.seen_on = date_trunc('day', proven.seen_on) then proven.seen_on + interval 1 day
                    else proven.seen_on
                end
            ) as seen_by
        from proven
        inner join (
            select distinct
                file_looks.directive,
                file_looks.host
            from file_looks
        ) as looked on proven.directive = looked.directive and proven.host = looked.host
        inner join looks on proven.record = looks.record
        inner join titles on proven.title = titles.title
        inner join grade_names on proven.grade_rank = grade_names.grade_rank
        inner join left_forms
            on proven.directive = left_forms.directive
            and proven.product = left_forms.product
            and proven.trace = left_forms.trace
        left join details on proven.detail = details.detail
        left join left_places
            on proven.directive = left_places.directive
            and proven.product = left_places.product
            and proven.trace = left_places.trace
            and coalesce(details.path, titles.path) = left_places.place
        where proven.counts
        group by
            proven.directive,
            proven.host,
            proven.product,
            proven.record,
            proven.trace,
            left_forms.os_family
        having min(
            case
                when proven.seen_on is null
                    or proven.state <> 'installed'
                    or grade_names.grade = 'decided'
                    or details.user is not null
                    then 0
                when coalesce(details.path, titles.path) is null and left_forms.by_name then 1
                when left_places.place is not null then 1
                else 0
            end
        ) = 1
    ) as claims
    inner join (
        select
            host_families.host,
            host_families.os_family,
            count(*) over (partition by host_families.host) as families
        from host_families
        inner join (select distinct proven.host from proven) as having_it on host_families.host = having_it.host
    ) as runs on claims.host = runs.host and claims.os_family = runs.os_family
    inner join file_looks
        on claims.directive = file_looks.directive
        and claims.host = file_looks.host
        and (file_looks.looked_at = claims.seen_on or file_looks.looked_at >= claims.seen_by)
        and (file_looks.os_family = claims.os_family or (file_looks.os_family = '' and runs.families = 1))
    left join (
        select
            look_states.directive,
            look_states.host,
            look_states.os_family,
            max(look_states.looked_at) as looked_at
        from look_states
        inner join (select distinct proven.host from proven) as having_it on look_states.host = having_it.host
        inner join trace_words on look_states.traces = trace_words.traces and trace_words.trace = 'program'
        where look_states.state = 'complete'
        group by look_states.directive, look_states.host, look_states.os_family
    ) as key_looks
        on claims.directive = key_looks.directive
        and claims.host = key_looks.host
        and (key_looks.looked_at = claims.seen_on or key_looks.looked_at >= claims.seen_by)
        and (key_looks.os_family = claims.os_family or (key_looks.os_family = '' and runs.families = 1))
    left join (
        select
            spoken.directive,
            spoken.host,
            spoken.product,
            max(case when spoken.trace <> 'program' then 1 else 0 end) as of_key,
            max(case when spoken.trace not in ('service', 'driver') or spoken.state = 'running' then 1 else 0 end) as of_rest
        from (
            select
                proven.directive,
                proven.host,
                -- what may be any product speaks for each
                case when product_names.is_catch_all or grade_names.grade = 'hint' then '' else proven.product end as product,
                proven.trace,
                proven.state
            from proven
            inner join product_names on proven.directive = product_names.directive and proven.product = product_names.product
            inner join grade_names on proven.grade_rank = grade_names.grade_rank
            cross join moments
            left join answers
                on proven.directive = answers.directive
                and proven.host = answers.host
                and proven.product = answers.product
                and proven.record = answers.record
                and proven.trace = answers.trace
            where answers.record is null
                and proven.scope <> 'decided not'
                and (proven.kind_rank >= moments.counting_kind or grade_names.grade = 'hint')
        ) as spoken
        group by spoken.directive, spoken.host, spoken.product
    ) as doubts
        on claims.directive = doubts.directive
        and claims.host = doubts.host
        and (doubts.product = claims.product or doubts.product = '')
    where claims.said_family = claims.os_family or (claims.said_family = '' and runs.families = 1)
) as judged
group by judged.directive, judged.host, judged.product, judged.record, judged.trace
having max(judged.is_doubted) = 0 and min(judged.has_no_key) = 1
