-- tool_systems: what each tool contributed. one row per directive and tool
-- reads tool_states, coverage, open_evidence
select
    listed.directive,
    listed.tool,
    listed.systems,
    listed.looked_at,
    coalesce(showing.with_it, 0) as with_it,
    coalesce(showing.only_by_it, 0) as only_by_it
from (
    select
        tool_states.directive,
        tool_states.tool,
        cast(sum(tool_states.systems) as bigint) as systems,
        cast(sum(case when tool_states.state = 'complete' then tool_states.systems else 0 end) as bigint) as looked_at
    from tool_states
    group by tool_states.directive, tool_states.tool
) as listed
left join (
    select
        saw.directive,
        saw.tool,
        cast(count(*) as bigint) as with_it,
        cast(sum(case when saw.tools = 1 then 1 else 0 end) as bigint) as only_by_it
    from (
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
    ) as saw
    inner join coverage on saw.directive = coverage.directive and saw.host = coverage.host
    group by saw.directive, saw.tool
) as showing on listed.directive = showing.directive and listed.tool = showing.tool
