-- host_about: what a list of machines says of each whatever the directive, in the order of that list, and its turn in it. Its long
-- texts lie in host_tool_text and, in the same order, host_clue_text: to sort them along would take more memory than all the rest.
-- one row per host; reads hosts, host_names, host_component_text
select
    hosts.host,
    host_names.host_id,
    host_names.name,
    host_component_text.components,
    hosts.class,
    hosts.os_family,
    hosts.last_looked,
    hosts.last_heard,
    hosts.records,
    cast(row_number() over (order by host_component_text.components, host_names.name, host_names.host_id) as bigint) as turn
from hosts
inner join host_names on hosts.host = host_names.host
left join host_component_text on hosts.host = host_component_text.host
order by turn
