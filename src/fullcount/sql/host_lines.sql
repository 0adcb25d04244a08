-- host_lines: in which lines of the account a host stands: those of its components, and of all that these are parts of.
-- It is shared where the host has a component, too, that is neither a part of this one nor the other way round; one that has
-- a single component, as nearly all have, is not.
-- one row per host and line; reads host_components, component_tree
with counted as (
    select
        host_components.host,
        count(*) as components,
        min(host_components.component) as component
    from host_components
    group by host_components.host
)

select
    counted.host,
    component_tree.line as component,
    false as is_shared
from counted
inner join component_tree on counted.component = component_tree.component
where counted.components = 1 and component_tree.is_part
union all
select
    counted.host,
    component_tree.line as component,
    max(counted.components) > count(*) as is_shared
from counted
inner join host_components on counted.host = host_components.host
inner join component_tree on host_components.component = component_tree.component
where counted.components > 1
group by counted.host, component_tree.line
having max(case when component_tree.is_part then 1 else 0 end) = 1
