-- conflict_list: clues that were refused although several records carry them, and why.
-- one row per clue and host that carries it; reads refusals, clue_keys, clue_carried, host_of, host_names
select distinct
    clue_keys.kind,
    clue_keys.key as value,
    refusals.reason,
    clue_keys.records,
    clue_keys.sources,
    host_names.host_id as host,
    host_names.name as host_name
from refusals
inner join clue_keys on refusals.clue = clue_keys.clue
inner join clue_carried on clue_keys.clue = clue_carried.clue
inner join host_of on clue_carried.record = host_of.record
inner join host_names on host_of.host = host_names.host
where clue_keys.records > 1
order by clue_keys.kind, value, host
