-- host_tool_text: the tools that have a record of a host, in one line. one row per host; reads host_tools
select
    host_tools.host,
    string_agg(host_tools.tool, '; ' order by host_tools.tool) as tools
from host_tools
group by host_tools.host
