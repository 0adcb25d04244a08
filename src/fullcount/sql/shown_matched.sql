-- shown_matched: titles that a directive's signatures matched, or that people decided, with the systems that have them.
-- one row per directive, title and product; reads verdicts, titles, product_names, evidence, standing
select
    verdicts.directive,
    verdicts.title,
    titles.name,
    titles.version,
    titles.publisher,
    titles.type as trace,
    coalesce(
        titles.name, titles.package, titles.bundle_id, titles.path, titles.service, titles.driver, titles.cpe,
        titles.extension_id, titles.dns_name, titles.product_code
    ) as called,
    titles.name_key,
    titles.publisher_key,
    product_names.name as product,
    verdicts.signature,
    verdicts.grade,
    verdicts.kind,
    verdicts.scope,
    verdicts.in_scope,
    verdicts.counts,
    verdicts.overruled,
    coalesce(found.systems, 0) as systems
from verdicts
inner join titles on verdicts.title = titles.title
inner join product_names on verdicts.directive = product_names.directive and verdicts.product = product_names.product
left join (
    select
        evidence.directive,
        evidence.title,
        cast(count(distinct evidence.host) as bigint) as systems
    from evidence
    inner join standing on evidence.directive = standing.directive and evidence.host = standing.host
    group by evidence.directive, evidence.title
) as found on verdicts.directive = found.directive and verdicts.title = found.title
