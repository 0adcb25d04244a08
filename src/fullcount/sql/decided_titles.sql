-- decided_titles: titles that a person decided about, with the systems on which they were seen. `overruled`: the signature
-- that said something of that product itself; `overruled_counts`: by it the title would have counted.
-- one row per directive, product, name and publisher; reads verdicts, titles, sightings, host_of, coverage
select
    verdicts.directive,
    verdicts.product,
    min(coalesce(
        titles.name, titles.package, titles.bundle_id, titles.path, titles.service, titles.driver, titles.cpe,
        titles.extension_id, titles.dns_name, titles.product_code
    )) as name,
    min(titles.publisher) as publisher,
    verdicts.scope <> 'decided not' as is_it,
    max(verdicts.overruled) as overruled,
    sum(case when verdicts.overruled_counts then 1 else 0 end) > 0 as overruled_counts,
    cast(count(distinct coverage.host) as bigint) as systems
from verdicts
inner join titles on verdicts.title = titles.title
left join sightings on verdicts.title = sightings.title and sightings.state <> 'removed'
left join host_of on sightings.record = host_of.record
left join coverage on host_of.host = coverage.host and verdicts.directive = coverage.directive
where verdicts.signature = 'decision'
group by
    verdicts.directive,
    verdicts.product,
    verdicts.scope <> 'decided not',
    coalesce(
        titles.name_key, titles.package, titles.bundle_id, titles.path, titles.service, titles.driver, titles.cpe,
        titles.extension_id, titles.dns_name, titles.product_code
    ),
    titles.publisher_key
order by verdicts.directive, verdicts.product, name, publisher, is_it
