-- host_component_text: the components of a host in one line. one row per host; reads host_components
select
    host_components.host,
    string_agg(host_components.component, '; ' order by host_components.component) as components
from host_components
group by host_components.host
