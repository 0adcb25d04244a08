-- unplaced_list: records that name no machine. one row per record; reads unplaced, looks, live_sources
select
    live_sources.name as source,
    live_sources.unit,
    looks.place,
    looks.class,
    looks.lists,
    looks.observations,
    looks.note
from unplaced
inner join looks on unplaced.record = looks.record
inner join live_sources on looks.source = live_sources.source
order by live_sources.name, live_sources.identity, looks.place
