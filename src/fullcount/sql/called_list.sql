-- called_list: who called back, found in no inventory: records with a name of the vendor's that are unplaced, or whose machine no
-- list of software shows. It proves no installation: it says where to look.
-- one row per directive and record; reads called, looks, live_sources, host_of, host_names
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
from called
inner join looks on called.record = looks.record
inner join live_sources on looks.source = live_sources.source
left join host_of on called.record = host_of.record
left join host_names on host_of.host = host_names.host
left join (
    select distinct shown.host
    from called
    inner join host_of on called.record = host_of.record
    inner join host_of as shown on host_of.host = shown.host
    inner join looks on shown.record = looks.record
    where looks.lists in ('all software', 'some software')
) as inventoried on host_of.host = inventoried.host
where inventoried.host is null
order by called.directive, live_sources.name, live_sources.identity, looks.place
