-- diff_shared: machines of the count before and of the count after with records in common: the same record, or the one
-- at the same place of a source that was read anew between the counts.
-- one row per pair of machines; reads before_host_of, after_host_of, before_reread, after_reread
select
    common.before_host,
    common.after_host,
    cast(sum(common.records) as bigint) as records
from (
    select
        before_host_of.host as before_host,
        after_host_of.host as after_host,
        count(*) as records
    from before_host_of
    inner join after_host_of on before_host_of.record = after_host_of.record
    group by before_host_of.host, after_host_of.host
    union all
    select
        before_reread.host as before_host,
        after_reread.host as after_host,
        count(*) as records
    from before_reread
    inner join after_reread on before_reread.digest = after_reread.digest and before_reread.place = after_reread.place
    group by before_reread.host, after_reread.host
) as common
group by common.before_host, common.after_host
