-- look_list: the matrix of coverage, line by line: every system, every record of it, what that look is worth, and which
-- traces it sees; in the order of numbers, since sorting so many texts would take more memory than all the rest.
-- one row per directive, system and record
-- reads look_states, coverage, host_names, live_sources, peers
select
    look_states.directive,
    host_names.host_id as host,
    host_names.name,
    coverage.is_covered,
    live_sources.name as source,
    look_states.tool,
    look_states.lists,
    look_states.state,
    look_states.traces,
    look_states.looked_at,
    look_states.heard_at,
    look_states.observations,
    case when look_states.lists = 'all software' then peers.usual end as usual,
    look_states.host as host_number
from look_states
inner join coverage on look_states.directive = coverage.directive and look_states.host = coverage.host
inner join host_names on look_states.host = host_names.host
inner join live_sources on look_states.source = live_sources.source
left join peers on look_states.tool = peers.tool and look_states.os_family = peers.os_family
order by look_states.directive, look_states.host, look_states.record
