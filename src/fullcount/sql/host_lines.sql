-- host_lines: in which lines of the account a host stands: those of its components, and of all that these are parts of.
-- It is shared where the host has a component, too, that is neither a part of this one nor the other way round.
-- one row per host and line; reads host_components, component_tree
select
    placed.host,
    placed.component,
    counted.components > placed.related as is_shared
from (
    select
        host_components.host,
        component_tree.line as component,
        count(*) as related
    from host_components
    inner join component_tree on host_components.component = component_tree.component
    group by host_components.host, component_tree.line
    having max(case when component_tree.is_part then 1 else 0 end) = 1
) as placed
inner join (
    select
        host_components.host,
        count(*) as components
    from host_components
    group by host_components.host
) as counted on placed.host = counted.host
