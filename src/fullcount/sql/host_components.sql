-- host_components: which components answer for a host: those of its records; *unassigned* only where none does.
-- one row per host and component; reads host_of, record_components
select distinct
    host_of.host,
    record_components.component
from host_of
inner join record_components on host_of.record = record_components.record
where record_components.component <> 'unassigned'
union all
select
    host_of.host,
    'unassigned' as component
from host_of
left join record_components
    on host_of.record = record_components.record and record_components.component <> 'unassigned'
group by host_of.host
having count(record_components.component) = 0
