-- host_best: the strongest smallest clue of a host; one that was refused only where it has no other.
-- Clues are numbered by kind and key: the smallest number of a kind is that of its smallest key.
-- one row per host; reads host_clues
select
    ranked.host,
    ranked.best_rank % 1000000000000 as clue
from (
    select
        host_clues.host,
        min(
            (case when host_clues.refused is null then 0 else 10 end + coalesce(host_clues.step, 9)) * 1000000000000
            + host_clues.clue
        ) as best_rank
    from host_clues
    group by host_clues.host
) as ranked
