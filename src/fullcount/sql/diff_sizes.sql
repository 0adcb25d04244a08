-- diff_sizes: how long the lists are, and of what; what a system was merged into or split from is different for each.
-- one row per directive, list and detail; reads diff_list
select
    sorted.directive,
    sorted.list,
    sorted.detail,
    cast(count(*) as bigint) as systems
from (
    select
        diff_list.directive,
        diff_list.list,
        case when diff_list.how in ('merged', 'split') then '' else diff_list.detail end as detail
    from diff_list
) as sorted
group by sorted.directive, sorted.list, sorted.detail
