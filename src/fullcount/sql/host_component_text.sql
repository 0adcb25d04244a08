-- host_component_text: the components of a host in one line. Nearly all hosts have one or two: putting texts together in order holds
-- all of them in memory, and is left to the others.
-- one row per host; reads host_components
with counted as (
    select
        host_components.host,
        count(*) as components,
        min(host_components.component) as lowest,
        max(host_components.component) as highest
    from host_components
    group by host_components.host
)

select
    counted.host,
    case when counted.components = 1 then counted.lowest else concat(counted.lowest, '; ', counted.highest) end as components
from counted
where counted.components <= 2
union all
select
    host_components.host,
    string_agg(host_components.component, '; ' order by host_components.component) as components
from host_components
inner join counted on host_components.host = counted.host
where counted.components > 2
group by host_components.host
