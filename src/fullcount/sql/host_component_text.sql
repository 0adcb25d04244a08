-- host_component_text: the components of a host in one line. one row per host; reads host_components
-- nearly all hosts have one or two: putting texts together in order holds all of them in memory, and is left to the others
select
    host_components.host,
    case
        when count(*) = 1 then min(host_components.component)
        else concat(min(host_components.component), '; ', max(host_components.component))
    end as components
from host_components
group by host_components.host
having count(*) <= 2
union all
select
    host_components.host,
    string_agg(host_components.component, '; ' order by host_components.component) as components
from host_components
inner join (
    select shared.host
    from host_components as shared
    group by shared.host
    having count(*) > 2
) as several on host_components.host = several.host
group by host_components.host
