-- host_tools: which tools have a record of a host, and the best that their looks are worth.
-- Directives and tools are grouped by as one number. one row per directive, host and tool
-- reads look_states, state_ranks, freshness, tool_bits
with numbered as (
    select
        freshness.directive,
        tool_bits.tool,
        row_number() over (order by freshness.directive, tool_bits.tool) as number
    from freshness
    cross join tool_bits
)

select
    numbered.directive,
    best.host,
    numbered.tool,
    best.state_rank
from (
    select
        asked.number,
        look_states.host,
        min(state_ranks.state_rank) as state_rank
    from look_states
    inner join numbered as asked on look_states.directive = asked.directive and look_states.tool = asked.tool
    inner join state_ranks on look_states.state = state_ranks.state
    group by asked.number, look_states.host
) as best
inner join numbered on best.number = numbered.number
