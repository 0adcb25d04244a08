-- tool_states: what the looks of each tool are worth: systems by the best that one of its looks at them is.
-- one row per directive, tool and state; reads standing, host_tools, state_ranks
select
    standing.directive,
    host_tools.tool,
    state_ranks.state,
    cast(count(*) as bigint) as systems
from standing
inner join host_tools on standing.directive = host_tools.directive and standing.host = host_tools.host
inner join state_ranks on host_tools.state_rank = state_ranks.state_rank
group by standing.directive, host_tools.tool, state_ranks.state
