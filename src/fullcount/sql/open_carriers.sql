-- open_carriers: the hosts that carry a clue of open_clues. one row per clue and host; reads open_clues, host_clues, host_names
select
    open_clues.clue,
    host_clues.host,
    host_names.host_id
from open_clues
inner join host_clues on open_clues.clue = host_clues.clue
inner join host_names on host_clues.host = host_names.host
