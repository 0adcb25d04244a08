-- source_states: what the looks of each source are worth: systems by the best that one of its looks at them is.
-- Directives and sources are grouped by as one number.
-- one row per directive, source and state; reads coverage, look_states, state_ranks, freshness, live_sources
with numbered as (
    select
        freshness.directive,
        freshness.turn,
        live_sources.source,
        row_number() over (order by freshness.turn, live_sources.source) as number
    from freshness
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
        freshness.turn,
        coverage.host
    from coverage
    inner join freshness on coverage.directive = freshness.directive
) as systems on best.host = systems.host and best.turn = systems.turn
inner join numbered on best.number = numbered.number
inner join state_ranks on best.state_rank = state_ranks.state_rank
group by numbered.directive, numbered.source, state_ranks.state
