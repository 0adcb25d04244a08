-- record_groups: records that do not differ in what the rules look at are decided once; the first one stands for all.
-- one row per group; reads record_about
select
    record_about.source,
    record_about.component,
    record_about.ou,
    record_about.site,
    record_about.domain,
    record_about.name,
    record_about.ip,
    min(record_about.record) as record
from record_about
group by
    record_about.source,
    record_about.component,
    record_about.ou,
    record_about.site,
    record_about.domain,
    record_about.name,
    record_about.ip
