-- source_ends: when a source last says that it heard of a machine, and when it last heard of one among the records that count,
-- as `looks` dates them. A window over all records would hold all of them; a few rows are joined instead.
-- one row per live source with records; reads records, live_sources, moments
select
    records.source,
    listed.ever_heard,
    max(
        case
            when coalesce(
                records.looked_at,
                records.heard_at,
                live_sources.collected_at,
                case when live_sources.modified_at < moments.as_of then live_sources.modified_at end,
                moments.as_of - interval 1 day
            ) < moments.as_of
                then coalesce(
                    records.heard_at,
                    records.looked_at,
                    case when records.lists <> 'machines' or listed.ever_heard is null then live_sources.collected_at end
                )
        end
    ) as last_heard
from records
inner join live_sources on records.source = live_sources.source
inner join (
    select
        said.source,
        max(said.heard_at) as ever_heard
    from records as said
    group by said.source
) as listed on records.source = listed.source
cross join moments
group by records.source, listed.ever_heard
