-- shown_clues: the clues that were refused as proof that several records are one machine, one by one.
-- one row per clue; reads conflict_list
select
    conflict_list.kind,
    conflict_list.value,
    min(conflict_list.reason) as reason,
    max(conflict_list.records) as records,
    max(conflict_list.sources) as sources,
    cast(count(distinct conflict_list.host) as bigint) as machines
from conflict_list
group by conflict_list.kind, conflict_list.value
