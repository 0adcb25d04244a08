-- shown_records: the records of the sources that count, and which machine each is a record of. one row per record
-- reads records, live_sources, unplaced, host_of, hosts, host_names
select
    live_sources.name as source,
    live_sources.digest,
    live_sources.tool,
    live_sources.unit,
    records.record,
    records.place,
    host_names.name,
    host_names.host_id as host,
    case
        when hosts.population = 'system' then 'a system'
        when hosts.population is not null then concat('no system: ', hosts.population_reason)
        when unplaced.record is not null then 'no machine: it has no usable clue'
        else 'dated after the day of the count'
    end as became,
    records.class,
    records.os,
    records.lists,
    records.traces,
    records.looked_at,
    records.heard_at,
    records.observations,
    records.note
from records
inner join live_sources on records.source = live_sources.source
left join unplaced on records.record = unplaced.record
left join host_of on records.record = host_of.record
left join hosts on host_of.host = hosts.host
left join host_names on host_of.host = host_names.host
