-- questions: clues that several systems carry and that did not make them one in the headline, with what is at stake: were
-- they one machine, there would be systems - 1 fewer, and of those with it with_it - 1. What is no clue at all, such as a
-- placeholder, asks nothing; nor does what a person has decided.
-- one row per directive and clue; reads open_clues, open_carriers, clue_keys, standing
select
    standing.directive,
    clue_keys.kind,
    clue_keys.key as value,
    open_clues.refused_by,
    open_clues.reason,
    cast(count(*) as bigint) as systems,
    cast(sum(case when standing.standing = 'with it' then 1 else 0 end) as bigint) as with_it,
    cast(sum(case when standing.standing = 'without it' then 1 else 0 end) as bigint) as without_it,
    cast(sum(case when standing.standing = 'not covered' then 1 else 0 end) as bigint) as not_covered,
    min(open_carriers.host_id) as first_host,
    max(open_carriers.host_id) as last_host
from open_clues
inner join clue_keys on open_clues.clue = clue_keys.clue
inner join open_carriers on open_clues.clue = open_carriers.clue
inner join standing on open_carriers.host = standing.host
group by standing.directive, open_clues.clue, clue_keys.kind, clue_keys.key, open_clues.refused_by, open_clues.reason
having count(*) > 1
order by standing.directive, clue_keys.kind, clue_keys.key
