-- protections: replacements of the registers that work on a system: running or installed by a fresh look, and not missing
-- from a later complete look that would see the same trace. Only where the replacement's component answers for the system.
-- one row per directive, system and replacement
-- reads replacement_sightings, replacement_titles, replacing, host_of, looks, titles, states, placed_systems, freshness,
-- complete_looks, trace_words
select
    placed_systems.directive,
    placed_systems.host,
    seen.replacement,
    max(seen.kind_rank) as kind_rank,
    max(seen.seen_on) as seen_on,
    max(concat(cast(seen.seen_on as varchar), ' ', seen.tool)) as seen_by
from (
    select
        replacement_titles.replacement,
        host_of.host,
        replacement_sightings.record,
        titles.type as trace,
        looks.tool,
        looks.seen_on,
        states.kind_rank
    from replacement_sightings
    inner join replacement_titles on replacement_sightings.title = replacement_titles.title
    inner join host_of on replacement_sightings.record = host_of.record
    inner join looks on replacement_sightings.record = looks.record
    inner join titles on replacement_sightings.title = titles.title
    inner join states on replacement_sightings.state = states.state
    where replacement_sightings.state in ('running', 'installed')
) as seen
inner join (
    select distinct
        replacing.directive,
        replacing.replacement,
        replacing.component
    from replacing
) as asked on seen.replacement = asked.replacement
inner join placed_systems
    on seen.host = placed_systems.host
    and asked.directive = placed_systems.directive
    and asked.component = placed_systems.component
inner join freshness on placed_systems.directive = freshness.directive and seen.seen_on >= freshness.fresh_since
left join (
    select distinct
        shown.replacement,
        shown.record,
        shown.trace
    from (
        select
            replacement_titles.replacement,
            replacement_sightings.record,
            titles.type as trace,
            complete_looks.record as later
        from replacement_sightings
        inner join replacement_titles on replacement_sightings.title = replacement_titles.title
        inner join host_of on replacement_sightings.record = host_of.record
        inner join looks on replacement_sightings.record = looks.record
        inner join titles on replacement_sightings.title = titles.title
        inner join complete_looks
            on host_of.host = complete_looks.host and looks.seen_on < complete_looks.looked_at and not complete_looks.is_empty
        inner join trace_words on complete_looks.traces = trace_words.traces and titles.type = trace_words.trace
    ) as shown
    left join (
        select distinct
            replacement_titles.replacement,
            replacement_sightings.record
        from replacement_sightings
        inner join replacement_titles on replacement_sightings.title = replacement_titles.title
        where replacement_sightings.state in ('running', 'installed')
    ) as present on shown.replacement = present.replacement and shown.later = present.record
    where present.record is null
) as missing on seen.replacement = missing.replacement and seen.record = missing.record and seen.trace = missing.trace
where missing.record is null
group by placed_systems.directive, placed_systems.host, seen.replacement
