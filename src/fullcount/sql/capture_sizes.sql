-- capture_sizes: systems by the families of sources that saw them within the window, and by kind of machine, whatever was found.
-- A system of two components stands in both, and in the first of them as `is_first`.
-- one row per directive, component, class, family of systems, coverage, turn of the component and combination of families;
-- reads coverage, hosts, host_components, family_text
select
    coverage.directive,
    placed.component,
    hosts.class,
    coalesce(hosts.os_family, '') as os_family,
    coverage.is_covered,
    placed.is_first,
    coalesce(family_text.families, '') as families,
    cast(count(*) as bigint) as systems
from coverage
inner join hosts on coverage.host = hosts.host
inner join (
    select
        host_components.host,
        host_components.component,
        host_components.component = min(host_components.component) over (partition by host_components.host) as is_first
    from host_components
) as placed on coverage.host = placed.host
left join family_text on coverage.host = family_text.host
group by
    coverage.directive,
    placed.component,
    hosts.class,
    coalesce(hosts.os_family, ''),
    coverage.is_covered,
    placed.is_first,
    coalesce(family_text.families, '')
