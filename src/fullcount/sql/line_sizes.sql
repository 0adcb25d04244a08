-- line_sizes: the systems of each line by what its looks alone say: what no evidence changes.
-- one row per directive, component, coverage and whether a system stands in other lines, too; reads placed_systems
select
    placed_systems.directive,
    placed_systems.component,
    placed_systems.is_covered,
    placed_systems.is_shared,
    cast(count(*) as bigint) as systems
from placed_systems
group by placed_systems.directive, placed_systems.component, placed_systems.is_covered, placed_systems.is_shared
