-- diff_moves: each system of two counts with where it stood and stands, and the lists that it belongs to: of those with
-- it (`movement`), of those looked at (`coverage`) and of systems (`population`). Empty: nothing has changed.
-- one row per directive and row of diff_map; reads diff_map, before_systems, after_systems, diff_removed
select
    placed.directive,
    placed.before_host,
    placed.after_host,
    placed.near_host,
    placed.how,
    placed.shares,
    placed.why,
    case
        when placed.is_with_it and not placed.was_with_it and placed.how = 'split' then 'split-with-it'
        when placed.is_with_it and not placed.was_with_it and placed.was_removed then 're-appeared'
        when placed.is_with_it and not placed.was_with_it then 'new'
        when placed.was_with_it and placed.how = 'merged' then 'merged-with-it'
        when placed.was_with_it and placed.how = 'left' then 'left-with-it'
        when placed.was_with_it and placed.after_standing = 'exempt' then 'exempted'
        when placed.was_with_it and placed.after_reason like 'removed, verified%' then 'removed'
        when placed.was_with_it and not placed.is_with_it then 'not-shown'
        when placed.was_with_it and placed.after_reason = 'gone, unverified' and placed.before_reason <> 'gone, unverified'
            then 'gone-unverified'
        else ''
    end as movement,
    case
        when placed.how = 'same' and placed.is_looked_at and not placed.was_looked_at then 'newly-looked-at'
        when placed.how = 'same' and placed.was_looked_at and not placed.is_looked_at then 'newly-uncovered'
        else ''
    end as coverage,
    case placed.how
        when 'new' then 'new-systems'
        when 'left' then 'left-systems'
        when 'same' then ''
        else placed.how
    end as population
from (
    select
        counted.directive,
        diff_map.before_host,
        diff_map.after_host,
        diff_map.near_host,
        diff_map.how,
        diff_map.shares,
        diff_map.why,
        coalesce(before_systems.reason, '') as before_reason,
        coalesce(after_systems.standing, '') as after_standing,
        coalesce(after_systems.reason, '') as after_reason,
        coalesce(before_systems.standing, '') = 'with it' as was_with_it,
        coalesce(after_systems.standing, '') = 'with it' as is_with_it,
        coalesce(before_systems.is_covered, false) as was_looked_at,
        coalesce(after_systems.is_covered, false) as is_looked_at,
        coalesce(before_systems.reason like 'removed, verified%', false)
        or coalesce(diff_map.how = 'same' and diff_removed.answered_on <= after_systems.since, false) as was_removed
    from diff_map
    cross join (
        select before_systems.directive from before_systems
        union
        select after_systems.directive from after_systems
    ) as counted
    left join before_systems on counted.directive = before_systems.directive and diff_map.before_host = before_systems.host
    left join after_systems on counted.directive = after_systems.directive and diff_map.after_host = after_systems.host
    left join diff_removed on counted.directive = diff_removed.directive and diff_map.after_host = diff_removed.host
) as placed
