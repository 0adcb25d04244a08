-- diff_list: the lists of what is different between two counts. one row per directive, list and system
-- reads diff_moves, before_systems, after_systems, before_hosts, after_hosts
select
    listed.directive,
    listed.list,
    coalesce(after_systems.host_id, before_systems.host_id) as host,
    coalesce(after_systems.name, before_systems.name) as name,
    coalesce(after_systems.component, before_systems.component) as component,
    before_systems.standing as before_standing,
    before_systems.reason as before_reason,
    before_systems.is_covered as before_looked_at,
    after_systems.standing as after_standing,
    after_systems.reason as after_reason,
    after_systems.is_covered as after_looked_at,
    coalesce(after_systems.products, before_systems.products) as products,
    coalesce(after_systems.last_seen, before_systems.last_seen) as last_seen,
    coalesce(after_systems.last_looked, before_systems.last_looked) as last_looked,
    before_systems.host_id as before_host,
    after_systems.host_id as after_host,
    listed.how,
    listed.shares,
    case listed.how when 'merged' then near_after.host_id when 'split' then near_before.host_id end as near_host,
    case
        when listed.how = 'merged' then concat('merged into ', near_after.name)
        when listed.how = 'split' then concat('split from ', near_before.name)
        when listed.why <> '' then listed.why
        when listed.list = 'not-shown' then concat(after_systems.standing, ': ', after_systems.reason)
        when listed.list in ('new', 're-appeared') and before_systems.is_covered then 'known before and looked at'
        when listed.list in ('new', 're-appeared') then 'known before but not looked at'
        when listed.list = 'newly-uncovered' then after_systems.why_not
        when listed.list = 'newly-looked-at' then before_systems.why_not
        else ''
    end as detail
from (
    select
        diff_moves.directive,
        case lists.number
            when 1 then diff_moves.movement
            when 2 then diff_moves.coverage
            else diff_moves.population
        end as list,
        diff_moves.before_host,
        diff_moves.after_host,
        diff_moves.near_host,
        diff_moves.how,
        diff_moves.shares,
        diff_moves.why
    from diff_moves
    cross join (select 1 as number union all select 2 as number union all select 3 as number) as lists
) as listed
left join before_systems on listed.directive = before_systems.directive and listed.before_host = before_systems.host
left join after_systems on listed.directive = after_systems.directive and listed.after_host = after_systems.host
left join before_hosts as near_before on listed.near_host = near_before.host and listed.how = 'split'
left join after_hosts as near_after on listed.near_host = near_after.host and listed.how = 'merged'
where listed.list <> ''
