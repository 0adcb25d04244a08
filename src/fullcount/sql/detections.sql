-- detections: systems by the families of sources that looked at their software completely and lately, and by those that found a
-- product on them: what one found and another one did not says how often a look misses.
-- one row per directive, component (empty: all, each system once), class, coverage and combinations;
-- reads standing, hosts, host_components, host_tools, source_families, evidence, answers
select
    standing.directive,
    placed.component,
    hosts.class,
    standing.is_covered,
    coalesce(looked.families, '') as looked,
    coalesce(saw.families, '') as found,
    cast(count(*) as bigint) as systems
from standing
inner join hosts on standing.host = hosts.host
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
) as placed on standing.host = placed.host
left join (
    select
        whole.directive,
        whole.host,
        string_agg(whole.family, '; ' order by whole.family) as families
    from (
        select distinct
            host_tools.directive,
            host_tools.host,
            source_families.family
        from host_tools
        inner join source_families on host_tools.tool = source_families.tool
        where host_tools.state_rank = 0
    ) as whole
    group by whole.directive, whole.host
) as looked on standing.directive = looked.directive and standing.host = looked.host
left join (
    select
        seen.directive,
        seen.host,
        string_agg(seen.family, '; ' order by seen.family) as families
    from (
        select distinct
            evidence.directive,
            evidence.host,
            source_families.family
        from evidence
        inner join source_families on evidence.tool = source_families.tool
        left join answers
            on evidence.directive = answers.directive
            and evidence.host = answers.host
            and evidence.product = answers.product
            and evidence.record = answers.record
            and evidence.trace = answers.trace
        where evidence.counts and answers.record is null
    ) as seen
    group by seen.directive, seen.host
) as saw on standing.directive = saw.directive and standing.host = saw.host
group by
    standing.directive,
    placed.component,
    hosts.class,
    standing.is_covered,
    coalesce(looked.families, ''),
    coalesce(saw.families, '')
