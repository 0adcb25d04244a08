-- later_list: records that are dated after the as-of moment and were left out. one row per record
-- reads records, live_sources, looks
select
    live_sources.name as source,
    live_sources.unit,
    records.place,
    records.looked_at,
    records.heard_at,
    live_sources.collected_at
from records
inner join live_sources on records.source = live_sources.source
left join looks on records.record = looks.record
where looks.record is null
order by live_sources.name, live_sources.identity, records.place
