-- family_dates: how many records of a family of sources say themselves when their machine was last alive, and of which days its
-- exports are: without that nobody knows whether what it lists is still there.
-- one row per family; reads records, live_sources, source_families
select
    source_families.family,
    cast(count(*) as bigint) as records,
    cast(sum(case when records.heard_at is not null or records.looked_at is not null then 1 else 0 end) as bigint) as dated,
    min(live_sources.collected_at) as oldest,
    max(live_sources.collected_at) as newest
from records
inner join live_sources on records.source = live_sources.source
inner join source_families on live_sources.tool = source_families.tool
group by source_families.family
