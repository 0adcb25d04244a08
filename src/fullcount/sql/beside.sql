-- beside: systems with evidence that decides no standing, by what it is. A system is counted once a name.
-- one row per directive and name; reads beside_systems
select
    beside_systems.directive,
    beside_systems.name,
    cast(count(*) as bigint) as systems
from beside_systems
group by beside_systems.directive, beside_systems.name
