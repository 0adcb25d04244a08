-- moves: systems that evidence puts elsewhere than their looks alone would, which says *without it* of a covered one and
-- *not covered* of another: they are one more (systems 1) where they stand, and one fewer (-1) where they would. There are few,
-- so that what is counted for all of them need not be counted again when a directive is corrected.
-- two rows per directive and such a system; reads standing
select
    standing.directive,
    standing.host,
    standing.is_covered,
    standing.standing,
    cast(1 as bigint) as systems
from standing
where standing.standing <> case when standing.is_covered then 'without it' else 'not covered' end
union all
select
    standing.directive,
    standing.host,
    standing.is_covered,
    case when standing.is_covered then 'without it' else 'not covered' end as standing,
    cast(-1 as bigint) as systems
from standing
where standing.standing <> case when standing.is_covered then 'without it' else 'not covered' end
