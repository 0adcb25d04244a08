-- tool_states: what the looks of each tool are worth: systems by the best that one of its looks at them is.
-- Directives are joined as numbers. one row per directive, tool and state; reads coverage, host_tools, state_ranks, freshness
select
    freshness.directive,
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
            freshness.turn,
            host_tools.host,
            host_tools.tool,
            host_tools.state_rank
        from host_tools
        inner join freshness on host_tools.directive = freshness.directive
    ) as worth
    inner join (
        select
            freshness.turn,
            coverage.host
        from coverage
        inner join freshness on coverage.directive = freshness.directive
    ) as systems on worth.host = systems.host and worth.turn = systems.turn
    group by worth.turn, worth.tool, worth.state_rank
) as summed
inner join freshness on summed.turn = freshness.turn
inner join state_ranks on summed.state_rank = state_ranks.state_rank
