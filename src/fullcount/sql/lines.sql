-- lines: the systems of each component by standing, and of all (component empty). A system of two components stands in
-- both lines and once in the total; one of a part stands in the whole, too. one row per directive and component; reads placed_systems
select
    placed_systems.directive,
    placed_systems.component,
    cast(count(*) as bigint) as systems,
    cast(sum(case when placed_systems.standing = 'with it' then 1 else 0 end) as bigint) as with_it,
    cast(sum(case when placed_systems.standing = 'exempt' then 1 else 0 end) as bigint) as exempt,
    cast(sum(case when placed_systems.standing = 'without it' then 1 else 0 end) as bigint) as without_it,
    cast(sum(case when placed_systems.standing = 'not covered' then 1 else 0 end) as bigint) as not_covered,
    cast(sum(case when placed_systems.is_covered then 1 else 0 end) as bigint) as looked_at,
    cast(sum(case when placed_systems.is_shared then 1 else 0 end) as bigint) as shared
from placed_systems
group by placed_systems.directive, placed_systems.component
