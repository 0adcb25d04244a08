-- apart_list: machines that are no systems, and why. one row per host; reads hosts, host_names, host_component_text, host_clue_text
select
    host_names.host_id as host,
    host_names.name,
    hosts.population,
    hosts.population_reason as reason,
    hosts.class,
    host_component_text.components as component,
    hosts.last_heard,
    host_clue_text.clues,
    hosts.records
from hosts
inner join host_names on hosts.host = host_names.host
left join host_component_text on hosts.host = host_component_text.host
left join host_clue_text on hosts.host = host_clue_text.host
where hosts.population <> 'system'
order by hosts.population, host_names.name, host_names.host_id
