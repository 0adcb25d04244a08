-- host_products: open counting findings of a system in one line, for the list of systems.
-- one row per directive and host; reads findings, product_names, kind_names, grade_names
select
    found.directive,
    found.host,
    string_agg(found.name, '; ' order by found.name) as products,
    max(found.kind_rank) as kind_rank,
    max(found.grade_rank) as grade_rank,
    max(found.last_seen) as last_seen
from (
    select
        findings.directive,
        findings.host,
        product_names.name,
        findings.kind_rank,
        findings.grade_rank,
        findings.last_seen
    from findings
    inner join product_names on findings.directive = product_names.directive and findings.product = product_names.product
    where findings.counts and findings.is_open
) as found
group by found.directive, found.host
