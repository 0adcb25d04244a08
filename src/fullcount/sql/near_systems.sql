-- near_systems: systems on which titles near the vendor were seen; `near` numbers what near_titles lists.
-- one row per directive, near and system; reads near, near_sightings, host_of, standing
select distinct
    near.directive,
    near.near,
    standing.host
from near
inner join near_sightings on near.title = near_sightings.title
inner join host_of on near_sightings.record = host_of.record
inner join standing on host_of.host = standing.host and near.directive = standing.directive
where near_sightings.state <> 'removed'
order by near.directive, near.near, standing.host
