-- record_components: which components answer for a record: those of its group.
-- one row per record and component; reads record_about, record_groups, group_components
select
    record_about.record,
    group_components.component
from record_about
inner join record_groups
    on record_about.source = record_groups.source
    and record_about.component = record_groups.component
    and record_about.ou = record_groups.ou
    and record_about.site = record_groups.site
    and record_about.domain = record_groups.domain
    and record_about.name = record_groups.name
    and record_about.ip = record_groups.ip
inner join group_components on record_groups.record = group_components.record
