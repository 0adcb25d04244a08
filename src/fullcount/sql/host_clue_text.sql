-- host_clue_text: the clues of a host in one line. one row per host; reads host_clues
-- the turns are counted first: text put together in the order of three columns took twice as long
select
    ordered.host,
    string_agg(concat(ordered.kind, '=', ordered.key), '; ' order by ordered.turn) as clues
from (
    select
        host_clues.host,
        host_clues.kind,
        host_clues.key,
        row_number() over (partition by host_clues.host order by host_clues.step, host_clues.kind, host_clues.key) as turn
    from host_clues
) as ordered
group by ordered.host
