-- called: records with a name of the vendor's, as a network has seen it, and the address that called.
-- one row per directive and record; reads sightings, verdicts, titles, clues
select
    spoken.directive,
    spoken.record,
    min(spoken.name) as name,
    count(distinct spoken.name) as names,
    min(clues.key) as address
from (
    select
        verdicts.directive,
        sightings.record,
        titles.dns_name as name
    from sightings
    inner join verdicts on sightings.title = verdicts.title
    inner join titles on sightings.title = titles.title
    where titles.type = 'network'
        and sightings.state <> 'removed'
        and verdicts.in_scope <> 'out'
        and verdicts.scope <> 'decided not'
) as spoken
left join clues on spoken.record = clues.record and clues.kind = 'ip'
group by spoken.directive, spoken.record
