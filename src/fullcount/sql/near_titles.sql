-- near_titles: titles near the vendor that no signature recognises surely and nobody has decided, whatever their version,
-- with the systems on which they were seen and the first place. The reasons stand beside one another; `is_hint`: it speaks
-- against *without it*.
-- one row per directive, name and publisher; reads near, near_named, near_systems, near_sightings, host_of, coverage, looks,
-- records, live_sources
select
    near_named.directive,
    near_named.near,
    near_named.name,
    near_named.publisher,
    near_named.trace,
    near_named.first_version,
    near_named.last_version,
    near_named.product,
    near_named.is_hint,
    near_named.reason,
    seen.systems,
    places.source,
    places.unit,
    places.place
from near_named
inner join (
    select
        near_systems.near,
        cast(count(*) as bigint) as systems
    from near_systems
    group by near_systems.near
) as seen on near_named.near = seen.near
inner join (
    select
        placed.near,
        live_sources.name as source,
        live_sources.unit,
        placed.place,
        row_number() over (partition by placed.near order by live_sources.name, live_sources.identity) as turn
    from (
        select
            near.near,
            looks.source,
            min(records.place + near_sightings.place) as place
        from near
        inner join near_sightings on near.title = near_sightings.title
        inner join host_of on near_sightings.record = host_of.record
        inner join coverage on host_of.host = coverage.host and near.directive = coverage.directive
        inner join looks on near_sightings.record = looks.record
        inner join records on near_sightings.record = records.record
        where near_sightings.state <> 'removed'
        group by near.near, looks.source
    ) as placed
    inner join live_sources on placed.source = live_sources.source
) as places on near_named.near = places.near
where places.turn = 1
order by near_named.directive, seen.systems desc, near_named.name, near_named.publisher
