-- source_states: what the looks of each source are worth: systems by the best that one of its looks at them is.
-- one row per directive, source and state; reads coverage, look_states, state_ranks
select
    best.directive,
    best.source,
    state_ranks.state,
    cast(count(*) as bigint) as systems
from (
    select
        look_states.directive,
        look_states.host,
        look_states.source,
        min(state_ranks.state_rank) as state_rank
    from look_states
    inner join state_ranks on look_states.state = state_ranks.state
    group by look_states.directive, look_states.host, look_states.source
) as best
inner join coverage on best.directive = coverage.directive and best.host = coverage.host
inner join state_ranks on best.state_rank = state_ranks.state_rank
group by best.directive, best.source, state_ranks.state
