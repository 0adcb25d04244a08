-- placed_systems: each system in each of its lines, and in the total (component empty), where it is shared when it has
-- components of which none is a part of another's. one row per directive, system and line; reads standing, host_lines
select
    standing.directive,
    standing.host,
    standing.standing,
    standing.is_covered,
    host_lines.component,
    host_lines.is_shared
from standing
inner join host_lines on standing.host = host_lines.host
union all
select
    standing.directive,
    standing.host,
    standing.standing,
    standing.is_covered,
    '' as component,
    counted.is_shared
from standing
inner join (
    select
        host_lines.host,
        min(case when host_lines.is_shared then 1 else 0 end) = 1 as is_shared
    from host_lines
    group by host_lines.host
) as counted on standing.host = counted.host
