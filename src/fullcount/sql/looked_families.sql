-- looked_families: the families of host_looked in one line. one row per directive and host; reads host_looked
-- nearly all machines have one or two: putting texts together in order holds all of them in memory, and is left to the others
select
    host_looked.directive,
    host_looked.host,
    case
        when count(*) = 1 then min(host_looked.family)
        else concat(min(host_looked.family), '; ', max(host_looked.family))
    end as families
from host_looked
group by host_looked.directive, host_looked.host
having count(*) <= 2
union all
select
    host_looked.directive,
    host_looked.host,
    string_agg(host_looked.family, '; ' order by host_looked.family) as families
from host_looked
inner join (
    select
        many.directive,
        many.host
    from host_looked as many
    group by many.directive, many.host
    having count(*) > 2
) as several on host_looked.directive = several.directive and host_looked.host = several.host
group by host_looked.directive, host_looked.host
