-- tool_states: what the looks of each tool are worth: systems by the best that one of its looks at them is.
-- one row per directive, tool and state; reads coverage, host_tools, state_ranks
select
    coverage.directive,
    host_tools.tool,
    state_ranks.state,
    cast(count(*) as bigint) as systems
from coverage
inner join host_tools on coverage.directive = host_tools.directive and coverage.host = host_tools.host
inner join state_ranks on host_tools.state_rank = state_ranks.state_rank
group by coverage.directive, host_tools.tool, state_ranks.state
