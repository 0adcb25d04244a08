-- tool_systems: what each tool contributed. one row per directive and tool; reads standing, host_tools, open_evidence
select
    standing.directive,
    host_tools.tool,
    cast(count(*) as bigint) as systems,
    cast(sum(case when host_tools.state_rank = 0 then 1 else 0 end) as bigint) as looked_at,
    cast(sum(case when saw.host is not null then 1 else 0 end) as bigint) as with_it,
    cast(sum(case when saw.host is not null and saw.tools = 1 then 1 else 0 end) as bigint) as only_by_it
from standing
inner join host_tools on standing.directive = host_tools.directive and standing.host = host_tools.host
left join (
    select
        seen.directive,
        seen.host,
        seen.tool,
        count(*) over (partition by seen.directive, seen.host) as tools
    from (
        select distinct
            open_evidence.directive,
            open_evidence.host,
            open_evidence.tool
        from open_evidence
    ) as seen
) as saw on standing.directive = saw.directive and standing.host = saw.host and host_tools.tool = saw.tool
group by standing.directive, host_tools.tool
