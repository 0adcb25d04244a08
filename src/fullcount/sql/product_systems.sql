-- product_systems: systems with an open counting finding of a product, by best kind and grade.
-- one row per directive, line, product, kind and grade; reads findings, placed_systems
select
    findings.directive,
    placed_systems.component,
    findings.product,
    findings.kind_rank,
    findings.grade_rank,
    cast(count(*) as bigint) as systems
from findings
inner join placed_systems on findings.directive = placed_systems.directive and findings.host = placed_systems.host
where findings.counts and findings.is_open
group by findings.directive, placed_systems.component, findings.product, findings.kind_rank, findings.grade_rank
