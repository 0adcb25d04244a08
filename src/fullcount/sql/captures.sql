-- captures: systems by the families of sources that saw them within the window, and by kind of machine: what an estimate of those
-- that no source lists is made from. A system of two components stands in both.
-- one row per directive, component, class, family of systems, coverage and combination of families;
-- reads standing, hosts, host_components, family_text
select
    standing.directive,
    host_components.component,
    hosts.class,
    coalesce(hosts.os_family, '') as os_family,
    standing.is_covered,
    coalesce(family_text.families, '') as families,
    cast(count(*) as bigint) as systems,
    cast(sum(case when standing.standing in ('with it', 'exempt') then 1 else 0 end) as bigint) as found
from standing
inner join hosts on standing.host = hosts.host
inner join host_components on standing.host = host_components.host
left join family_text on standing.host = family_text.host
group by
    standing.directive,
    host_components.component,
    hosts.class,
    coalesce(hosts.os_family, ''),
    standing.is_covered,
    coalesce(family_text.families, '')
