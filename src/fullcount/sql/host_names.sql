-- host_names: what a host is called: its strongest smallest clue, and the name that a person knows it by.
-- Hosts that share that clue (a name alone, or a clone's) are told apart by the digest of their first source.
-- one row per host; reads hosts, host_clues, looks, host_of, clues, live_sources
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
        host_clues.host,
        substring(
            min(concat(
                case when host_clues.refused is null then '0' else '1' end,
                cast(coalesce(host_clues.step, 9) as varchar),
                host_clues.kind,
                ':',
                host_clues.key
            )),
            3
        ) as id
    from host_clues
    group by host_clues.host
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
