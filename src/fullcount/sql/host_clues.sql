-- host_clues: the clues of a host that identify something, in the order of their strength; which address it had on which day
-- (lease) identifies no machine.
-- one row per host and clue; reads clue_carried, clue_keys, host_of, kinds, refusals
select
    carried.host,
    clue_keys.clue,
    clue_keys.kind,
    clue_keys.key,
    kinds.step,
    refusals.reason as refused
from (
    -- numbers alone are made distinct: texts would have to be compared
    select distinct
        host_of.host,
        clue_carried.clue
    from clue_carried
    inner join host_of on clue_carried.record = host_of.record
) as carried
inner join clue_keys on carried.clue = clue_keys.clue
inner join kinds on clue_keys.kind = kinds.kind and kinds.kind <> 'lease'
left join refusals on clue_keys.clue = refusals.clue
