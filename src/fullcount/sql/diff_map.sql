-- diff_map: what became of each system of the count before, and where each system of the count after comes from: the same,
-- merged into another, split from another, new, or left. `near_host` is the machine that it was merged into or split from.
-- one row per system, and one for both where it is the same; reads diff_pairs, diff_edges, before_hosts, after_hosts
select
    diff_pairs.before_host,
    diff_pairs.after_host,
    'same' as how,
    diff_edges.shares,
    cast(null as bigint) as near_host,
    '' as why
from diff_pairs
inner join diff_edges on diff_pairs.before_host = diff_edges.before_host and diff_pairs.after_host = diff_edges.after_host
union all
select
    before_hosts.host as before_host,
    cast(null as bigint) as after_host,
    case when nearest.is_both then 'merged' else 'left' end as how,
    coalesce(nearest.shares, '') as shares,
    nearest.after_host as near_host,
    case
        when nearest.is_both then ''
        when nearest.after_host is null then 'no source that counts names it any longer'
        else concat('is ', after_hosts.population, ': ', after_hosts.population_reason)
    end as why
from before_hosts
left join diff_pairs on before_hosts.host = diff_pairs.before_host
left join (
    select
        diff_edges.before_host,
        diff_edges.after_host,
        diff_edges.is_both,
        diff_edges.shares,
        row_number() over (partition by diff_edges.before_host order by diff_edges.turn) as turn
    from diff_edges
) as nearest on before_hosts.host = nearest.before_host and nearest.turn = 1
left join after_hosts on nearest.after_host = after_hosts.host
where before_hosts.population = 'system' and diff_pairs.before_host is null
union all
select
    cast(null as bigint) as before_host,
    after_hosts.host as after_host,
    case when nearest.is_both then 'split' else 'new' end as how,
    coalesce(nearest.shares, '') as shares,
    nearest.before_host as near_host,
    case
        when nearest.is_both then ''
        when nearest.before_host is null then 'no source named it before'
        else concat('was ', before_hosts.population, ': ', before_hosts.population_reason)
    end as why
from after_hosts
left join diff_pairs on after_hosts.host = diff_pairs.after_host
left join (
    select
        diff_edges.before_host,
        diff_edges.after_host,
        diff_edges.is_both,
        diff_edges.shares,
        row_number() over (partition by diff_edges.after_host order by diff_edges.turn) as turn
    from diff_edges
) as nearest on after_hosts.host = nearest.after_host and nearest.turn = 1
left join before_hosts on nearest.before_host = before_hosts.host
where after_hosts.population = 'system' and diff_pairs.after_host is null
