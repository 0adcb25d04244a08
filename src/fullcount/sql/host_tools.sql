-- host_tools: which tools have a record of a host, and the best that their looks are worth.
-- one row per directive, host and tool; reads look_states, state_ranks
select
    look_states.directive,
    look_states.host,
    look_states.tool,
    min(state_ranks.state_rank) as state_rank
from look_states
inner join state_ranks on look_states.state = state_ranks.state
group by look_states.directive, look_states.host, look_states.tool
