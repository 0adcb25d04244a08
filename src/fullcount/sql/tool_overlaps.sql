-- tool_overlaps: systems by which tools together know them: what lies in one list and not in another is in this table.
-- one row per directive and combination of tools; reads coverage, host_tool_text
select
    coverage.directive,
    host_tool_text.tools,
    cast(count(*) as bigint) as systems
from coverage
inner join host_tool_text on coverage.host = host_tool_text.host
group by coverage.directive, host_tool_text.tools
