-- detection_sizes: systems by the families of sources whose complete and late looks at their software there are, as if none had
-- found anything. one row per directive, component (empty: all, each system once), class, coverage and combination
-- reads coverage, hosts, host_components, looked_families
select
    coverage.directive,
    placed.component,
    hosts.class,
    coverage.is_covered,
    coalesce(looked_families.families, '') as looked,
    cast(count(*) as bigint) as systems
from coverage
inner join hosts on coverage.host = hosts.host
inner join (
    select
        host_components.host,
        host_components.component
    from host_components
    union all
    select
        hosts.host,
        '' as component
    from hosts
) as placed on coverage.host = placed.host
left join looked_families on coverage.directive = looked_families.directive and coverage.host = looked_families.host
group by
    coverage.directive,
    placed.component,
    hosts.class,
    coverage.is_covered,
    coalesce(looked_families.families, '')
