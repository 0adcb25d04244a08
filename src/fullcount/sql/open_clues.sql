-- open_clues: clues that several hosts carry and that did not make them one in the headline: refused, but not by a person or for
-- what they are, or weak. one row per clue; reads host_clues, kinds, refusals
select
    host_clues.clue,
    coalesce(min(refusals.refused_by), 'weakness') as refused_by,
    coalesce(min(refusals.reason), 'it is weak: it opens the range and joins nothing in the headline') as reason
from host_clues
inner join kinds on host_clues.kind = kinds.kind
left join refusals on host_clues.clue = refusals.clue
where host_clues.hosts > 1
    and kinds.step is not null
    and (refusals.refused_by in ('popularity', 'clone', 'contradiction') or (refusals.clue is null and kinds.is_weak))
group by host_clues.clue
