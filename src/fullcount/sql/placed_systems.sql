-- placed_systems: each system in each of its lines, and in the total (component empty), where it is shared when it has
-- components of which none is a part of another's. one row per directive, system and line; reads coverage, host_lines
select
    coverage.directive,
    coverage.host,
    coverage.is_covered,
    host_lines.component,
    host_lines.is_shared
from coverage
inner join host_lines on coverage.host = host_lines.host
union all
select
    coverage.directive,
    coverage.host,
    coverage.is_covered,
    '' as component,
    counted.is_shared
from coverage
inner join (
    select
        host_lines.host,
        min(case when host_lines.is_shared then 1 else 0 end) = 1 as is_shared
    from host_lines
    group by host_lines.host
) as counted on coverage.host = counted.host
