-- host_list: the list of systems, one row per directive and system, ready to be written out.
-- reads standing, hosts, host_names, host_products, host_clue_text, host_component_text, host_tool_text, kind_names, grade_names
select
    standing.directive,
    host_names.host_id as host,
    host_names.name,
    standing.standing,
    case
        when standing.reason = 'removed, verified' and standing.answer is not null
            then concat('removed, verified on ', substring(standing.answer, 1, 10), ' by ', substring(standing.answer, 21))
        when standing.reason like 'residue left: %' then concat('residue left: ', standing.remains_why)
        else standing.reason
    end as reason,
    standing.since,
    host_component_text.components as component,
    hosts.class,
    hosts.os_family as os,
    host_products.products,
    kind_names.kind as best_kind,
    grade_names.grade as best_grade,
    host_products.last_seen,
    hosts.last_looked,
    hosts.last_heard,
    host_tool_text.tools,
    host_clue_text.clues,
    hosts.records,
    hosts.host as host_number
from standing
inner join hosts on standing.host = hosts.host
inner join host_names on standing.host = host_names.host
left join host_products on standing.directive = host_products.directive and standing.host = host_products.host
left join kind_names on host_products.kind_rank = kind_names.kind_rank
left join grade_names on host_products.grade_rank = grade_names.grade_rank
left join host_clue_text on standing.host = host_clue_text.host
left join host_component_text on standing.host = host_component_text.host
left join host_tool_text on standing.host = host_tool_text.host
order by standing.directive, host_component_text.components, host_names.name, host_names.host_id
