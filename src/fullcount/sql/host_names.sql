-- host_names: what a host is called: its strongest smallest clue, and the name that a person knows it by.
-- Hosts that share that clue (a name alone, or a clone's) are told apart by the digest of their first source.
-- one row per host; reads hosts, host_best, host_twins, clue_keys, looks, host_of, clues
select
    hosts.host,
    case
        when host_twins.turn is null then concat(clue_keys.kind, ':', clue_keys.key)
        else concat(clue_keys.kind, ':', clue_keys.key, '~', cast(host_twins.turn as varchar))
    end as host_id,
    coalesce(named.name, concat(clue_keys.kind, ':', clue_keys.key)) as name
from hosts
inner join host_best on hosts.host = host_best.host
inner join clue_keys on host_best.clue = clue_keys.clue
left join host_twins on hosts.host = host_twins.host
left join (
    select
        ordered.host,
        ordered.name
    from (
        select
            host_of.host,
            clues.value as name,
            row_number() over (
                partition by host_of.host
                order by case when clues.kind = 'hostname' then 0 else 1 end, looks.seen_on desc nulls last, clues.value
            ) as turn
        from clues
        inner join host_of on clues.record = host_of.record
        inner join looks on clues.record = looks.record
        where clues.kind in ('hostname', 'fqdn')
    ) as ordered
    where ordered.turn = 1
) as named on hosts.host = named.host
