-- weak_sizes: how many systems there are when the weak links are followed too.
-- one row per directive; reads coverage, weak_joins
select
    coverage.directive,
    cast(count(distinct coalesce(weak_joins.host_weak, coverage.host)) as bigint) as systems
from coverage
left join weak_joins on coverage.host = weak_joins.host
group by coverage.directive
