-- family_text: the families of sources that saw a machine within the window before the as-of, in one line.
-- one row per host; reads looks, host_of, source_families, moments
select
    seen.host,
    string_agg(seen.family, '; ' order by seen.family) as families
from (
    select distinct
        host_of.host,
        source_families.family
    from looks
    inner join host_of on looks.record = host_of.record
    inner join source_families on looks.tool = source_families.tool
    cross join moments
    where coalesce(looks.heard_at, looks.looked_at, looks.seen_on) >= moments.window_since and not looks.retired
) as seen
group by seen.host
