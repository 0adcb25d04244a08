-- addressed: records of networks that name no machine but by an address, and the host that had it: the only one that, by a lease or
-- by a record with that address, had it on the same day in the same component. Their own day must be known.
-- one row per record; reads unplaced, host_of, looks, records, live_sources, clues, clue_keys, record_components
select
    spoken.record,
    min(known.host) as host,
    min(known.host_weak) as host_weak,
    min(spoken.clue) as clue
from (
    select
        unplaced.record,
        clue_keys.clue,
        clues.key as address,
        substring(cast(records.heard_at as varchar), 1, 10) as day,
        record_components.component
    from unplaced
    inner join looks on unplaced.record = looks.record
    inner join records on unplaced.record = records.record
    inner join clues on unplaced.record = clues.record and clues.kind = 'ip'
    inner join clue_keys on clues.kind = clue_keys.kind and clues.key = clue_keys.key
    inner join record_components on unplaced.record = record_components.record
    where records.heard_at is not null and looks.lists in ('network', 'machines')
) as spoken
inner join (
    select
        host_of.host,
        host_of.host_weak,
        clues.key as address,
        substring(cast(coalesce(records.looked_at, records.heard_at, live_sources.collected_at) as varchar), 1, 10) as day,
        record_components.component
    from host_of
    inner join records on host_of.record = records.record
    inner join live_sources on records.source = live_sources.source
    inner join clues on host_of.record = clues.record and clues.kind = 'ip'
    inner join record_components on host_of.record = record_components.record
    union
    select
        host_of.host,
        host_of.host_weak,
        substring(clues.key, 1, length(clues.key) - 11) as address,
        substring(clues.key, length(clues.key) - 9) as day,
        record_components.component
    from host_of
    inner join clues on host_of.record = clues.record and clues.kind = 'lease'
    inner join record_components on host_of.record = record_components.record
) as known
    on spoken.address = known.address
    and spoken.day = known.day
    and spoken.component = known.component
group by spoken.record
having count(distinct known.host) = 1
order by spoken.record
