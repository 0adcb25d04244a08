-- called_list: who called back, found in no inventory: records with a name of the vendor's that are unplaced, or whose machine no
-- list of software shows. It proves no installation: it says where to look.
-- one row per directive and record; reads sightings, verdicts, titles, looks, live_sources, clues, host_of, host_names
select
    called.directive,
    live_sources.name as source,
    live_sources.unit,
    looks.place,
    called.address,
    looks.heard_at,
    called.name,
    called.names,
    host_names.host_id as host,
    host_names.name as host_name
from (
    select
        verdicts.directive,
        sightings.record,
        min(addresses.address) as address,
        min(titles.dns_name) as name,
        count(distinct titles.dns_name) as names
    from sightings
    inner join verdicts on sightings.title = verdicts.title
    inner join titles on sightings.title = titles.title
    left join (
        select
            clues.record,
            min(clues.key) as address
        from clues
        where clues.kind = 'ip'
        group by clues.record
    ) as addresses on sightings.record = addresses.record
    where titles.type = 'network'
        and sightings.state <> 'removed'
        and verdicts.in_scope <> 'out'
        and verdicts.scope <> 'decided not'
    group by verdicts.directive, sightings.record
) as called
inner join looks on called.record = looks.record
inner join live_sources on looks.source = live_sources.source
left join host_of on called.record = host_of.record
left join host_names on host_of.host = host_names.host
left join (
    select distinct host_of.host
    from host_of
    inner join looks on host_of.record = looks.record
    where looks.lists in ('all software', 'some software')
) as inventoried on host_of.host = inventoried.host
where inventoried.host is null
order by called.directive, live_sources.name, live_sources.identity, looks.place
