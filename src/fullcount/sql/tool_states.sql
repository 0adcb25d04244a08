-- tool_states: what the looks of each tool are worth: systems by the best that one of its looks at them is.
-- Directives are joined as numbers. one row per directive, tool and state; reads coverage, host_tools, state_ranks, freshness
with turns as (
    select
        freshness.directive,
        cast(row_number() over (order by freshness.directive) as integer) as turn
    from freshness
)

select
    turns.directive,
    summed.tool,
    state_ranks.state,
    summed.systems
from (
    select
        worth.turn,
        worth.tool,
        worth.state_rank,
        cast(count(*) as bigint) as systems
    from (
        select
            turns.turn,
            host_tools.host,
            host_tools.tool,
            host_tools.state_rank
        from host_tools
        inner join turns on host_tools.directive = turns.directive
    ) as worth
    inner join (
        select
            turns.turn,
            coverage.host
        from coverage
        inner join turns on coverage.directive = turns.directive
    ) as systems on worth.host = systems.host and worth.turn = systems.turn
    group by worth.turn, worth.tool, worth.state_rank
) as summed
inner join turns on summed.turn = turns.turn
inner join state_ranks on summed.state_rank = state_ranks.state_rank
