-- proven: every observation of a title that a verdict names, on a placed record, with the kind that it proves by itself.
-- The kind is the weaker of the observed state and what the signature can prove; what other looks say of it is in evidence.
-- one row per observation, directive and product; reads sightings, verdicts, host_of, looks, titles, states, moments
select
    verdicts.directive,
    host_of.host,
    verdicts.product,
    sightings.record,
    sightings.title,
    sightings.place,
    sightings.detail,
    looks.source,
    looks.tool,
    looks.seen_on,
    titles.type as trace,
    sightings.state,
    verdicts.signature,
    verdicts.scope,
    verdicts.in_scope,
    verdicts.grade_rank,
    case when states.kind_rank < verdicts.kind_rank then states.kind_rank else verdicts.kind_rank end as kind_rank,
    verdicts.counts and states.kind_rank >= moments.counting_kind and verdicts.kind_rank >= moments.counting_kind as counts
from sightings
inner join verdicts on sightings.title = verdicts.title
inner join host_of on sightings.record = host_of.record
inner join looks on sightings.record = looks.record
inner join titles on sightings.title = titles.title
inner join states on sightings.state = states.state
cross join moments
where sightings.state <> 'removed'
