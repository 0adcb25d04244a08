-- clue_carried: as clue_pairs, by number. one row per record and clue; reads clue_pairs, clue_keys
select
    clue_pairs.record,
    clue_pairs.source,
    clue_keys.clue
from clue_pairs
inner join clue_keys on clue_pairs.kind = clue_keys.kind and clue_pairs.key = clue_keys.key
