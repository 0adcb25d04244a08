-- host_tool_text: the tools that have a record of a host, in one line. one row per host; reads host_tools
select
    seen.host,
    string_agg(seen.tool, '; ' order by seen.tool) as tools
from (
    select distinct
        host_tools.host,
        host_tools.tool
    from host_tools
) as seen
group by seen.host
