-- lines: the systems of each component by standing, and of all (component empty). A system of two components stands in
-- both lines and once in the total; one of a part stands in the whole, too.
-- one row per directive and component; reads line_sizes, moves, placed_systems
select
    stood.directive,
    stood.component,
    cast(sum(stood.systems) as bigint) as systems,
    cast(sum(case when stood.standing = 'with it' then stood.systems else 0 end) as bigint) as with_it,
    cast(sum(case when stood.standing = 'exempt' then stood.systems else 0 end) as bigint) as exempt,
    cast(sum(case when stood.standing = 'without it' then stood.systems else 0 end) as bigint) as without_it,
    cast(sum(case when stood.standing = 'not covered' then stood.systems else 0 end) as bigint) as not_covered,
    cast(sum(case when stood.is_covered then stood.systems else 0 end) as bigint) as looked_at,
    cast(sum(case when stood.is_shared then stood.systems else 0 end) as bigint) as shared
from (
    select
        line_sizes.directive,
        line_sizes.component,
        line_sizes.is_covered,
        line_sizes.is_shared,
        case when line_sizes.is_covered then 'without it' else 'not covered' end as standing,
        line_sizes.systems
    from line_sizes
    union all
    select
        moves.directive,
        placed_systems.component,
        placed_systems.is_covered,
        placed_systems.is_shared,
        moves.standing,
        moves.systems
    from moves
    inner join placed_systems on moves.directive = placed_systems.directive and moves.host = placed_systems.host
) as stood
group by stood.directive, stood.component
