-- later_looks: open counting findings whose product a later look of any kind no longer lists: gone, but unverified.
-- one row per directive and host; reads findings, looks, host_of, evidence
select distinct
    findings.directive,
    findings.host
from findings
inner join host_of on findings.host = host_of.host
inner join looks
    on host_of.record = looks.record and looks.lists in ('all software', 'some software') and findings.last_seen < looks.looked_at
where findings.counts and findings.is_open
