-- shown_reasons: why pieces of sources could not be used. one row per reader and reason; reads reject_list
select
    reject_list.reader,
    reject_list.reason,
    cast(count(*) as bigint) as rejects,
    cast(count(distinct reject_list.source) as bigint) as files
from reject_list
group by reject_list.reader, reject_list.reason
