-- captures: systems by the families of sources that saw them within the window, and by kind of machine: what an estimate of those
-- that no source lists is made from. A system of two components stands in both, and in the first of them as `is_first`.
-- one row per directive, component, class, family of systems, coverage, turn of the component and combination of families;
-- reads standing, hosts, host_components, family_text
select
    standing.directive,
    placed.component,
    hosts.class,
    coalesce(hosts.os_family, '') as os_family,
    standing.is_covered,
    placed.is_first,
    coalesce(family_text.families, '') as families,
    cast(count(*) as bigint) as systems,
    cast(sum(case when standing.standing in ('with it', 'exempt') then 1 else 0 end) as bigint) as found
from standing
inner join hosts on standing.host = hosts.host
inner join (
    select
        host_components.host,
        host_components.component,
        host_components.component = min(host_components.component) over (partition by host_components.host) as is_first
    from host_components
) as placed on standing.host = placed.host
left join family_text on standing.host = family_text.host
group by
    standing.directive,
    placed.component,
    hosts.class,
    coalesce(hosts.os_family, ''),
    standing.is_covered,
    placed.is_first,
    coalesce(family_text.families, '')
