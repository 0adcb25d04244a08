-- verify_residue: what was left behind where the product itself is gone or was never seen: what to clean up.
-- one row per observation; reads residue, systems, verify_had, verify_states
select
    residue.directive,
    residue.host_number,
    coalesce(verify_states.state, 'residue-only') as state,
    systems.host_id as host,
    systems.name,
    systems.component,
    residue.product,
    residue.title,
    residue.version,
    residue.trace,
    residue.path,
    residue.tool,
    residue.source,
    residue.place,
    residue.seen_on
from residue
inner join systems on residue.directive = systems.directive and residue.host_number = systems.host
left join verify_had on residue.directive = verify_had.directive and residue.host_number = verify_had.host
left join verify_states on residue.directive = verify_states.directive and residue.host_number = verify_states.host
where verify_had.host is null or (not verify_had.is_open and verify_states.host is not null)
