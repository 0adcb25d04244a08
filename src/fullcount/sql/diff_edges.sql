-- diff_edges: machines of two counts that have something in common, with their turn: those with more in common go first,
-- then those that kept their name. `rivals` is how many other systems one of the two could be taken for.
-- one row per pair of machines; reads diff_shared, diff_strong, before_hosts, after_hosts
select
    common.before_host,
    common.after_host,
    case when common.records > 0 then 'records' else 'clues' end as shares,
    common.is_both,
    row_number() over (
        order by
            common.is_both desc,
            common.records desc,
            common.clues desc,
            case when common.before_id = common.after_id then 0 else 1 end,
            common.before_id,
            common.after_id
    ) as turn,
    count(*) over (partition by common.before_host, common.is_both)
    + count(*) over (partition by common.after_host, common.is_both)
    - 2 as rivals
from (
    select
        joined.before_host,
        joined.after_host,
        cast(sum(joined.records) as bigint) as records,
        cast(sum(joined.clues) as bigint) as clues,
        before_hosts.host_id as before_id,
        after_hosts.host_id as after_id,
        before_hosts.population = 'system' and after_hosts.population = 'system' as is_both
    from (
        select
            diff_shared.before_host,
            diff_shared.after_host,
            diff_shared.records,
            0 as clues
        from diff_shared
        union all
        select
            diff_strong.before_host,
            diff_strong.after_host,
            0 as records,
            diff_strong.clues
        from diff_strong
    ) as joined
    inner join before_hosts on joined.before_host = before_hosts.host
    inner join after_hosts on joined.after_host = after_hosts.host
    group by
        joined.before_host,
        joined.after_host,
        before_hosts.host_id,
        after_hosts.host_id,
        before_hosts.population,
        after_hosts.population
) as common
