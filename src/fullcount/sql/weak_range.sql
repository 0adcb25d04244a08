-- weak_range: how many systems there are, and with it, when the weak links are followed too.
-- one row per directive; reads weak_sizes, weak_joins, moves
select
    weak_sizes.directive,
    weak_sizes.systems,
    coalesce(having_it.systems, 0) as with_it
from weak_sizes
left join (
    select
        moves.directive,
        cast(count(distinct coalesce(weak_joins.host_weak, moves.host)) as bigint) as systems
    from moves
    left join weak_joins on moves.host = weak_joins.host
    where moves.systems = 1 and moves.standing = 'with it'
    group by moves.directive
) as having_it on weak_sizes.directive = having_it.directive
