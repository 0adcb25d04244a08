-- tool_overlaps: systems by which tools together know them: what lies in one list and not in another is in this table.
-- one row per directive and combination of tools; reads standing, host_tool_text
select
    standing.directive,
    host_tool_text.tools,
    cast(count(*) as bigint) as systems
from standing
inner join host_tool_text on standing.host = host_tool_text.host
group by standing.directive, host_tool_text.tools
