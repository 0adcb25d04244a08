-- host_tools: which tools have a record of a host. one row per host and tool; reads looks, host_of, complete_looks
select
    host_of.host,
    looks.tool,
    max(
        case
            when complete_looks.record is not null and complete_looks.is_fresh and not complete_looks.is_empty then 1
            else 0
        end
    ) = 1 as has_looked
from looks
inner join host_of on looks.record = host_of.record
left join complete_looks on looks.record = complete_looks.record
group by host_of.host, looks.tool
