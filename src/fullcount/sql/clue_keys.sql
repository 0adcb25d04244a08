-- clue_keys: every distinct clue, numbered, with how often it occurs and how often inside one source.
-- one row per kind and key; reads clue_pairs
select
    row_number() over (order by counted.kind, counted.key) as clue,
    counted.kind,
    counted.key,
    cast(sum(counted.records) as bigint) as records,
    cast(count(*) as bigint) as sources,
    cast(max(counted.records) as bigint) as most
from (
    select
        clue_pairs.kind,
        clue_pairs.key,
        clue_pairs.source,
        count(*) as records
    from clue_pairs
    group by clue_pairs.kind, clue_pairs.key, clue_pairs.source
) as counted
group by counted.kind, counted.key
