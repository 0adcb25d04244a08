-- reasons: why systems stand where they stand. one row per directive, standing and reason; reads standing
select
    standing.directive,
    standing.standing,
    standing.reason,
    cast(count(*) as bigint) as systems
from standing
group by standing.directive, standing.standing, standing.reason
