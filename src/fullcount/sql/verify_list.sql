-- verify_list: every system that ever had it, with its state and marks; every other one on which something is left
-- (`residue-only`); and every machine that had it and is no system any longer (`left`).
-- one row per directive and machine; reads verify_had, verify_states, verify_marks, verify_residue,
-- systems, machines, verify_working
select
    systems.directive,
    coalesce(verify_states.state, 'residue-only') as state,
    coalesce(verify_marks.mark, '') as mark,
    littered.host_number is not null as is_residue_left,
    systems.host_id as host,
    systems.name,
    systems.component,
    systems.standing,
    systems.reason,
    verify_had.products,
    verify_had.first_seen,
    verify_had.last_seen,
    verify_had.answered_on,
    systems.last_looked,
    verify_working.replacements,
    verify_working.seen_on as replacement_seen,
    verify_working.seen_by as replacement_seen_by
from systems
left join verify_had on systems.directive = verify_had.directive and systems.host = verify_had.host
left join verify_states on systems.directive = verify_states.directive and systems.host = verify_states.host
left join verify_marks on systems.directive = verify_marks.directive and systems.host = verify_marks.host
left join (
    select distinct
        verify_residue.directive,
        verify_residue.host_number
    from verify_residue
) as littered on systems.directive = littered.directive and systems.host = littered.host_number
left join verify_working
    on systems.directive = verify_working.directive and systems.host = verify_working.host and verify_states.state = 'removed'
where verify_states.host is not null or (verify_had.host is null and littered.host_number is not null)
union all
select
    verify_had.directive,
    'left' as state,
    '' as mark,
    false as is_residue_left,
    machines.host_id as host,
    machines.name,
    '' as component,
    machines.population as standing,
    coalesce(machines.population_reason, '') as reason,
    verify_had.products,
    verify_had.first_seen,
    verify_had.last_seen,
    verify_had.answered_on,
    cast(null as timestamp) as last_looked,
    cast(null as varchar) as replacements,
    cast(null as timestamp) as replacement_seen,
    cast(null as varchar) as replacement_seen_by
from verify_had
inner join machines on verify_had.host = machines.host
where machines.population <> 'system'
