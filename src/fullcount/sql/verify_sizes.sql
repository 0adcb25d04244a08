-- verify_sizes: how many machines have each state, and each mark of those from which it was removed.
-- one row per directive and name; reads verify_list
select
    verify_list.directive,
    verify_list.state as name,
    cast(count(*) as bigint) as systems
from verify_list
group by verify_list.directive, verify_list.state
union all
select
    verify_list.directive,
    verify_list.mark as name,
    cast(count(*) as bigint) as systems
from verify_list
where verify_list.mark <> ''
group by verify_list.directive, verify_list.mark
union all
select
    verify_list.directive,
    'residue-left' as name,
    cast(count(*) as bigint) as systems
from verify_list
where verify_list.is_residue_left and verify_list.state = 'removed'
group by verify_list.directive
