-- console_list: the vendor's own console is a witness, checked both ways. `console alone`: systems that it lists with a product, and
-- no inventory does. `not on console`: systems that have one by an inventory, and that it does not list at all; this is asked only
-- where it lists one of the directive's products on some system. It changes no standing: it says which of the two to look at.
-- one row per directive and system; reads evidence, open_evidence, coverage, host_tools, consoles, host_names
select
    judged.directive,
    host_names.host_id as host,
    host_names.name as host_name,
    case when judged.by_console = 1 then 'console alone' else 'not on console' end as name,
    judged.seen_on,
    judged.host as host_number
from (
    select
        open_evidence.directive,
        open_evidence.host,
        max(case when consoles.tool is not null then 1 else 0 end) as by_console,
        max(case when consoles.tool is null then 1 else 0 end) as by_others,
        max(open_evidence.seen_on) as seen_on
    from open_evidence
    inner join coverage on open_evidence.directive = coverage.directive and open_evidence.host = coverage.host
    left join consoles on open_evidence.tool = consoles.tool
    group by open_evidence.directive, open_evidence.host
) as judged
inner join host_names on judged.host = host_names.host
inner join (
    select distinct evidence.directive
    from evidence
    inner join consoles on evidence.tool = consoles.tool
    where evidence.counts
) as witnessed on judged.directive = witnessed.directive
left join (
    select distinct host_tools.host
    from host_tools
    inner join consoles on host_tools.tool = consoles.tool
) as listed on judged.host = listed.host
where (judged.by_console = 1 and judged.by_others = 0) or (judged.by_console = 0 and listed.host is null)
order by judged.directive, judged.by_console desc, host_names.host_id
