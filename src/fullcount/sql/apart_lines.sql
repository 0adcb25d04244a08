-- apart_lines: machines that are no systems, by component. one row per population, reason and component; reads hosts, host_lines
select
    hosts.population,
    hosts.population_reason as reason,
    host_lines.component,
    cast(count(*) as bigint) as machines
from hosts
inner join host_lines on hosts.host = host_lines.host
where hosts.population <> 'system'
group by hosts.population, hosts.population_reason, host_lines.component
