-- questions: clues that several systems carry and that did not make them one in the headline, with what is at stake: were
-- they one machine, there would be systems - 1 fewer, and of those with it with_it - 1. What is no clue at all, such as a
-- placeholder, asks nothing; nor does what a person has decided.
-- one row per directive and clue; reads host_clues, clue_keys, kinds, refusals, standing, host_names
select
    standing.directive,
    clue_keys.kind,
    clue_keys.key as value,
    asked.refused_by,
    asked.reason,
    cast(count(*) as bigint) as systems,
    cast(sum(case when standing.standing = 'with it' then 1 else 0 end) as bigint) as with_it,
    cast(sum(case when standing.standing = 'without it' then 1 else 0 end) as bigint) as without_it,
    cast(sum(case when standing.standing = 'not covered' then 1 else 0 end) as bigint) as not_covered,
    min(host_names.host_id) as first_host,
    max(host_names.host_id) as last_host
from (
    -- by numbers first: few clues are left, and only these need texts
    select
        host_clues.clue,
        coalesce(min(refusals.refused_by), 'weakness') as refused_by,
        coalesce(min(refusals.reason), 'it is weak: it opens the range and joins nothing in the headline') as reason
    from host_clues
    inner join kinds on host_clues.kind = kinds.kind
    left join refusals on host_clues.clue = refusals.clue
    where kinds.step is not null
        and (refusals.refused_by in ('popularity', 'clone', 'contradiction') or (refusals.clue is null and kinds.is_weak))
    group by host_clues.clue
    having count(*) > 1
) as asked
inner join clue_keys on asked.clue = clue_keys.clue
inner join host_clues on asked.clue = host_clues.clue
inner join standing on host_clues.host = standing.host
inner join host_names on host_clues.host = host_names.host
group by standing.directive, asked.clue, clue_keys.kind, clue_keys.key, asked.refused_by, asked.reason
having count(*) > 1
order by standing.directive, clue_keys.kind, clue_keys.key
