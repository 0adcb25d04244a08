-- source_states: what the looks of each source are worth: systems by the best that one of its looks at them is.
-- Directives and sources are grouped by as one number.
-- one row per directive, source and state; reads coverage, look_states, state_ranks, freshness, live_sources
with numbered as (
    select
        turns.directive,
        turns.turn,
        live_sources.source,
        row_number() over (order by turns.turn, live_sources.source) as number
    from (
        select
            freshness.directive,
            cast(row_number() over (order by freshness.directive) as integer) as turn
        from freshness
    ) as turns
    cross join live_sources
)

select
    numbered.directive,
    numbered.source,
    state_ranks.state,
    cast(count(*) as bigint) as systems
from (
    select
        asked.number,
        asked.turn,
        look_states.host,
        min(state_ranks.state_rank) as state_rank
    from look_states
    inner join numbered as asked on look_states.directive = asked.directive and look_states.source = asked.source
    inner join state_ranks on look_states.state = state_ranks.state
    group by asked.number, asked.turn, look_states.host
) as best
inner join (
    select
        turns.turn,
        coverage.host
    from coverage
    inner join (
        select distinct
            numbered.directive,
            numbered.turn
        from numbered
    ) as turns on coverage.directive = turns.directive
) as systems on best.host = systems.host and best.turn = systems.turn
inner join numbered on best.number = numbered.number
inner join state_ranks on best.state_rank = state_ranks.state_rank
group by numbered.directive, numbered.source, state_ranks.state
