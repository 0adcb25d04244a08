-- weak_range: how many systems there are, and with it, when the weak links are followed too.
-- one row per directive; reads standing, host_of
select
    standing.directive,
    cast(count(distinct weak.host_weak) as bigint) as systems,
    cast(count(distinct case when standing.standing = 'with it' then weak.host_weak end) as bigint) as with_it
from standing
inner join (
    select
        host_of.host,
        min(host_of.host_weak) as host_weak
    from host_of
    group by host_of.host
) as weak on standing.host = weak.host
group by standing.directive
