-- placed_systems: each system in the line of each of its components, and in the total (component empty).
-- one row per directive, system and line; reads standing, host_components
select
    standing.directive,
    standing.host,
    standing.standing,
    standing.is_covered,
    host_components.component,
    counted.components
from standing
inner join host_components on standing.host = host_components.host
inner join (
    select
        host_components.host,
        count(*) as components
    from host_components
    group by host_components.host
) as counted on standing.host = counted.host
union all
select
    standing.directive,
    standing.host,
    standing.standing,
    standing.is_covered,
    '' as component,
    counted.components
from standing
inner join (
    select
        host_components.host,
        count(*) as components
    from host_components
    group by host_components.host
) as counted on standing.host = counted.host
