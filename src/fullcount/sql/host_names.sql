-- host_names: what a host is called: its strongest smallest clue, and the name that a person knows it by.
-- Hosts that share that clue (a name alone, or a clone's) are told apart by the digest of their first source.
-- one row per host; reads hosts, host_best, host_twins, clue_keys, known_as
select
    hosts.host,
    case
        when host_twins.turn is null then concat(clue_keys.kind, ':', clue_keys.key)
        else concat(clue_keys.kind, ':', clue_keys.key, '~', cast(host_twins.turn as varchar))
    end as host_id,
    coalesce(known_as.name, concat(clue_keys.kind, ':', clue_keys.key)) as name
from hosts
inner join host_best on hosts.host = host_best.host
inner join clue_keys on host_best.clue = clue_keys.clue
left join host_twins on hosts.host = host_twins.host
left join known_as on hosts.host = known_as.host
