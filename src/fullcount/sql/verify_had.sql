-- verify_had: machines on which evidence that counts was ever seen, and whether any of it is unanswered.
-- one row per directive and host; reads findings, counting, product_names
select
    found.directive,
    found.host,
    found.is_open,
    found.open_since,
    found.answered_on,
    seen.first_seen,
    seen.last_seen,
    found.products
from (
    select
        findings.directive,
        findings.host,
        max(case when findings.is_open then 1 else 0 end) = 1 as is_open,
        min(case when findings.is_open then findings.first_seen end) as open_since,
        max(case when not findings.is_open then findings.answered_on end) as answered_on,
        string_agg(product_names.name, '; ' order by product_names.name) as products
    from findings
    inner join product_names on findings.directive = product_names.directive and findings.product = product_names.product
    where findings.counts
    group by findings.directive, findings.host
) as found
inner join (
    select
        counting.directive,
        counting.host,
        min(counting.first_seen) as first_seen,
        max(counting.last_seen) as last_seen
    from counting
    group by counting.directive, counting.host
) as seen on found.directive = seen.directive and found.host = seen.host
