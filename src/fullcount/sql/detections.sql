-- detections: systems by the form in which a product was found on them, by the families of sources whose complete and late looks
-- see that form, and by those that found it: what one found and another one did not says how often a look misses it.
-- Where none was found the form is empty, and any complete look counts. A form that no reader says it sees is
-- seen by the families that have shown it (`is_shown`).
-- one row per directive, component (empty: all, each system once), class, coverage, form and combinations
-- reads standing, hosts, host_components, looked_families, source_families, look_states, trace_words, forms, found_forms, host_forms
select
    standing.directive,
    placed.component,
    hosts.class,
    standing.is_covered,
    coalesce(named.form, '') as form,
    case when host_forms.host is null then coalesce(looked_families.families, '') else coalesce(looked.families, '') end as looked,
    coalesce(saw.families, '') as found,
    cast(count(*) as bigint) as systems
from standing
inner join hosts on standing.host = hosts.host
inner join (
    select
        host_components.host,
        host_components.component
    from host_components
    union all
    select
        hosts.host,
        '' as component
    from hosts
) as placed on standing.host = placed.host
left join host_forms on standing.directive = host_forms.directive and standing.host = host_forms.host
left join (
    select distinct
        forms.form,
        forms.form_rank
    from forms
) as named on host_forms.form_rank = named.form_rank
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
) as looked on standing.directive = looked.directive and standing.host = looked.host
left join looked_families on standing.directive = looked_families.directive and standing.host = looked_families.host
left join (
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
) as saw on standing.directive = saw.directive and standing.host = saw.host
group by
    standing.directive,
    placed.component,
    hosts.class,
    standing.is_covered,
    coalesce(named.form, ''),
    case when host_forms.host is null then coalesce(looked_families.families, '') else coalesce(looked.families, '') end,
    coalesce(saw.families, '')
