-- diff_strong: machines of two counts with strong clues in common, where one of the two has no record in the other count.
-- one row per pair of machines; reads before_clues, after_clues, diff_shared
select
    before_clues.host as before_host,
    after_clues.host as after_host,
    cast(count(*) as bigint) as clues
from before_clues
inner join after_clues on before_clues.kind = after_clues.kind and before_clues.key = after_clues.key
left join (select distinct diff_shared.before_host from diff_shared) as known_before
    on before_clues.host = known_before.before_host
left join (select distinct diff_shared.after_host from diff_shared) as known_after
    on after_clues.host = known_after.after_host
where known_before.before_host is null or known_after.after_host is null
group by before_clues.host, after_clues.host
