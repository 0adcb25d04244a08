-- verify_marks: whether something does the work of what was removed: exactly one mark for each system from which it was
-- removed, the first that fits: of one of its products no registered replacement works, none is registered, one works for
-- each, or no product did anything that must be replaced.
-- one row per directive and system; reads verify_states, findings, product_names, replacing, placed_systems, protections
select
    judged.directive,
    judged.host,
    case
        when max(case when judged.needs <> '' and judged.registered > 0 and judged.working = 0 then 1 else 0 end) = 1
            then 'unprotected'
        when max(case when judged.needs <> '' and judged.registered = 0 then 1 else 0 end) = 1 then 'no-replacement'
        when max(case when judged.needs <> '' then 1 else 0 end) = 1 then 'protected'
        else 'needs-none'
    end as mark
from (
    select
        removed.directive,
        removed.host,
        removed.product,
        removed.needs,
        count(placed_systems.host) as registered,
        count(protections.host) as working
    from (
        select distinct
            findings.directive,
            findings.host,
            findings.product,
            product_names.capabilities as needs
        from findings
        inner join verify_states
            on findings.directive = verify_states.directive
            and findings.host = verify_states.host
            and verify_states.state = 'removed'
        inner join product_names on findings.directive = product_names.directive and findings.product = product_names.product
        where findings.counts
    ) as removed
    left join replacing on removed.directive = replacing.directive and removed.product = replacing.product
    left join placed_systems
        on removed.directive = placed_systems.directive
        and removed.host = placed_systems.host
        and replacing.component = placed_systems.component
    left join protections
        on placed_systems.directive = protections.directive
        and placed_systems.host = protections.host
        and replacing.replacement = protections.replacement
    group by removed.directive, removed.host, removed.product, removed.needs
) as judged
group by judged.directive, judged.host
