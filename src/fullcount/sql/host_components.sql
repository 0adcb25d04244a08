-- host_components: which components answer for a host: those of its records; *unassigned* only where none does.
-- one row per host and component; reads host_of, record_components
with said as (
    select distinct
        host_of.host,
        coalesce(record_components.component, 'unassigned') as component
    from host_of
    left join record_components on host_of.record = record_components.record
)

select
    said.host,
    said.component
from said
where said.component <> 'unassigned'
union all
select
    said.host,
    said.component
from said
left join (
    select distinct answered.host
    from said as answered
    inner join said as unassigned on answered.host = unassigned.host and unassigned.component = 'unassigned'
    where answered.component <> 'unassigned'
) as others on said.host = others.host
where said.component = 'unassigned' and others.host is null
