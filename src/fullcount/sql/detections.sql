-- detections: systems by the form in which a product was found on them, by the families of sources whose complete and late looks
-- see that form, and by those that found it: what one found and another one did not says how often a look misses it.
-- Where none was found the form is empty, and any complete look counts: all systems (detection_sizes) but those on which one
-- was. A form that no reader says it sees is seen by the families that have shown it (`is_shown`).
-- one row per directive, component (empty: all, each system once), class, coverage, form and combinations
-- reads detection_sizes, coverage, hosts, host_components, looked_families, source_families, look_states, trace_words, forms,
-- found_forms, host_forms
select
    told.directive,
    told.component,
    told.class,
    told.is_covered,
    told.form,
    told.looked,
    told.found,
    cast(sum(told.systems) as bigint) as systems
from (
    select
        detection_sizes.directive,
        detection_sizes.component,
        detection_sizes.class,
        detection_sizes.is_covered,
        '' as form,
        detection_sizes.looked,
        '' as found,
        detection_sizes.systems
    from detection_sizes
    union all
    select
        coverage.directive,
        placed.component,
        hosts.class,
        coverage.is_covered,
        case when sides.systems = 1 then named.form else '' end as form,
        case when sides.systems = 1 then coalesce(looked.families, '') else coalesce(looked_families.families, '') end as looked,
        case when sides.systems = 1 then saw.families else '' end as found,
        sides.systems
    from host_forms
    inner join coverage on host_forms.directive = coverage.directive and host_forms.host = coverage.host
    inner join hosts on host_forms.host = hosts.host
    inner join (
        select
            host_components.host,
            host_components.component
        from host_components
        inner join (select distinct host_forms.host from host_forms) as having_it on host_components.host = having_it.host
        union all
        select distinct
            host_forms.host,
            '' as component
        from host_forms
    ) as placed on host_forms.host = placed.host
    inner join (
        select distinct
            forms.form,
            forms.form_rank
        from forms
    ) as named on host_forms.form_rank = named.form_rank
    inner join (
        select
            seen.directive,
            seen.host,
            string_agg(seen.family, '; ' order by seen.family) as families
        from (
            select distinct
                found_forms.directive,
                found_forms.host,
                found_forms.family
            from found_forms
        ) as seen
        group by seen.directive, seen.host
    ) as saw on host_forms.directive = saw.directive and host_forms.host = saw.host
    left join (
        select
            whole.directive,
            whole.host,
            string_agg(whole.family, '; ' order by whole.family) as families
        from (
            select distinct
                look_states.directive,
                look_states.host,
                source_families.family
            from look_states
            inner join host_forms on look_states.directive = host_forms.directive and look_states.host = host_forms.host
            inner join source_families on look_states.tool = source_families.tool
            inner join trace_words on look_states.traces = trace_words.traces
            inner join forms on trace_words.trace = forms.trace and host_forms.form_rank = forms.form_rank
            left join (
                select distinct
                    found_forms.directive,
                    found_forms.family,
                    found_forms.form
                from found_forms
            ) as showing
                on look_states.directive = showing.directive
                and source_families.family = showing.family
                and forms.form = showing.form
            where look_states.state = 'complete' and (not forms.is_shown or showing.family is not null)
        ) as whole
        group by whole.directive, whole.host
    ) as looked on host_forms.directive = looked.directive and host_forms.host = looked.host
    left join looked_families
        on host_forms.directive = looked_families.directive
        and host_forms.host = looked_families.host
    cross join (
        select 1 as systems
        union all
        select -1 as systems
    ) as sides
) as told
group by told.directive, told.component, told.class, told.is_covered, told.form, told.looked, told.found
having sum(told.systems) > 0
