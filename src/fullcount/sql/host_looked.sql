-- host_looked: the families of sources that looked at a machine's software completely and lately.
-- one row per directive, host and family; reads host_tools, source_families
select distinct
    host_tools.directive,
    host_tools.host,
    source_families.family
from host_tools
inner join source_families on host_tools.tool = source_families.tool
where host_tools.state_rank = 0
