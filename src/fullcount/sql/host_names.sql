-- host_names: what a host is called: its strongest smallest clue, and the name that a person knows it by.
-- Hosts that share that clue (a name alone, or a clone's) are told apart by the digest of their first source.
-- one row per host; reads hosts, host_clues, clue_keys, looks, host_of, clues, live_sources
select
    hosts.host,
    case
        when count(*) over (partition by best.id) = 1 then best.id
        else concat(
            best.id,
            '~',
            cast(row_number() over (partition by best.id order by origin.identity, origin.place, hosts.host) as varchar)
        )
    end as host_id,
    coalesce(named.name, best.id) as name
from hosts
inner join (
    select
        strongest.host,
        concat(clue_keys.kind, ':', clue_keys.key) as id
    from (
        -- clues are numbered by kind and key: the smallest number of a kind is that of its smallest key
        select
            host_clues.host,
            min(
                (case when host_clues.refused is null then 0 else 10 end + coalesce(host_clues.step, 9)) * 1000000000000
                + host_clues.clue
            ) as best_rank
        from host_clues
        group by host_clues.host
    ) as strongest
    inner join clue_keys on strongest.best_rank % 1000000000000 = clue_keys.clue
) as best on hosts.host = best.host
inner join (
    select
        host_of.host,
        min(live_sources.identity) as identity,
        min(looks.place) as place
    from host_of
    inner join looks on host_of.record = looks.record
    inner join live_sources on looks.source = live_sources.source
    group by host_of.host
) as origin on hosts.host = origin.host
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
