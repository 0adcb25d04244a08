-- near_systems: systems on which titles near the vendor were seen; `near` numbers what near_titles lists.
-- one row per directive, near and system; reads near, near_sightings, host_of, coverage
select distinct
    near.directive,
    near.near,
    coverage.host
from near
inner join near_sightings on near.title = near_sightings.title
inner join host_of on near_sightings.record = host_of.record
inner join coverage on host_of.host = coverage.host and near.directive = coverage.directive
where near_sightings.state <> 'removed'
order by near.directive, near.near, coverage.host
