-- coverage: whether the fresh complete looks at a system together see a trace of every form that a directive requires.
-- A system of unknown family must be seen in every form of every family.
-- one row per directive and system; reads hosts, required, host_traces, complete_looks, looks, host_of
select
    asked.directive,
    asked.host,
    asked.missing = 0 as is_covered,
    case
        when asked.missing = 0 then ''
        when coalesce(seen.fresh, 0) > 0
            then concat('the looks at it are blind to this product (they do not see: ', asked.missing_traces, ')')
        when coalesce(seen.empty, 0) > 0 then 'its inventory is suspiciously empty'
        when coalesce(seen.dated, 0) > 0 then 'its last complete look is too old'
        when coalesce(seen.complete, 0) > 0 then 'the look at it has no date'
        when coalesce(seen.partial, 0) > 0 then 'only partial looks at its software'
        else 'known from lists only: nobody looked at its software'
    end as why_not
from (
    select
        required.directive,
        hosts.host,
        sum(case when host_traces.trace is null then 1 else 0 end) as missing,
        min(case when host_traces.trace is null then required.trace end) as missing_traces
    from hosts
    inner join required on coalesce(hosts.os_family, '') = required.os_family
    left join host_traces on hosts.host = host_traces.host and required.trace = host_traces.trace
    where hosts.population = 'system'
    group by required.directive, hosts.host
) as asked
left join (
    select
        host_of.host,
        sum(case when complete_looks.is_fresh and not complete_looks.is_empty then 1 else 0 end) as fresh,
        sum(case when complete_looks.is_fresh and complete_looks.is_empty then 1 else 0 end) as empty,
        sum(case when complete_looks.looked_at is not null then 1 else 0 end) as dated,
        sum(case when complete_looks.record is not null then 1 else 0 end) as complete,
        sum(case when looks.lists = 'some software' then 1 else 0 end) as partial
    from host_of
    inner join looks on host_of.record = looks.record
    left join complete_looks on looks.record = complete_looks.record
    group by host_of.host
) as seen on asked.host = seen.host
