-- coverage: whether the fresh complete looks at a system together see a trace of every form that a directive requires.
-- A system of unknown family must be seen in every form of every family; one that runs two must be seen in the forms of
-- both, each by looks at that family.
-- one row per directive and system; reads hosts, host_families, required, host_traces, look_states
select
    asked.directive,
    asked.host,
    asked.missing = 0 as is_covered,
    case
        when asked.missing = 0 then ''
        when coalesce(seen.fresh, 0) > 0
            then concat('the looks at it are blind to this product (they do not see: ', asked.missing_traces, ')')
        when coalesce(seen.empty, 0) > 0 then 'its inventory is suspiciously empty'
        when coalesce(seen.stuck, 0) > 0
            then 'its inventory is stuck: the tool still hears of it, but its last complete look is too old'
        when coalesce(seen.stale, 0) > 0 then 'its last complete look is too old'
        when coalesce(seen.undated, 0) > 0 then 'the look at it has no date'
        when coalesce(seen.partial, 0) > 0 then 'only partial looks at its software'
        else 'known from lists only: nobody looked at its software'
    end as why_not
from (
    select
        required.directive,
        hosts.host,
        sum(case when forms.trace is null then 1 else 0 end) as missing,
        min(case when forms.trace is null then required.trace end) as missing_traces
    from hosts
    inner join host_families on hosts.host = host_families.host
    inner join required on host_families.os_family = required.os_family
    left join (
        -- a look that does not say of which family it is, or at a host of unknown family, speaks for any
        select distinct
            host_traces.directive,
            host_families.host,
            host_families.os_family,
            host_traces.trace
        from host_families
        inner join host_traces
            on host_families.host = host_traces.host
            and (host_traces.os_family = host_families.os_family or host_traces.os_family = '' or host_families.os_family = '')
    ) as forms
        on required.directive = forms.directive
        and hosts.host = forms.host
        and host_families.os_family = forms.os_family
        and required.trace = forms.trace
    where hosts.population = 'system'
    group by required.directive, hosts.host
) as asked
left join (
    select
        look_states.directive,
        look_states.host,
        sum(case when look_states.state = 'complete' then 1 else 0 end) as fresh,
        sum(case when look_states.state = 'empty' then 1 else 0 end) as empty,
        sum(case when look_states.state = 'stuck' then 1 else 0 end) as stuck,
        sum(case when look_states.state = 'stale' then 1 else 0 end) as stale,
        sum(case when look_states.state = 'undated' then 1 else 0 end) as undated,
        sum(case when look_states.state = 'partial' then 1 else 0 end) as partial
    from look_states
    group by look_states.directive, look_states.host
) as seen on asked.directive = seen.directive and asked.host = seen.host
