-- clue_pairs: which record carries which clue. one row per record, kind and key; reads clues, looks
select distinct
    clues.record,
    looks.source,
    clues.kind,
    clues.key
from clues
inner join looks on clues.record = looks.record
where clues.key is not null
