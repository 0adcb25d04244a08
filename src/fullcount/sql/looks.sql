-- looks: every record that counts, with its dates made final: evidence dated after the as-of moment is left out, which a
-- time of saving never is a reason for: an old export is copied, and then its file is young.
-- one row per record; reads records, live_sources, source_ends, moments
select
    dated.record,
    dated.source,
    dated.tool,
    dated.place,
    dated.class,
    dated.lists,
    dated.traces,
    dated.os,
    dated.os_family,
    dated.retired,
    dated.observations,
    dated.note,
    dated.looked_at,
    dated.heard_at,
    dated.is_unheard,
    dated.seen_on,
    -- a record that its own source has not heard of for two weeks has ended its life there
    coalesce(dated.heard_at >= dated.last_heard - interval 14 day, true) as is_live
from (
    select
        records.record,
        records.source,
        live_sources.tool,
        records.place,
        records.class,
        records.lists,
        coalesce(records.traces, '') as traces,
        records.os,
        coalesce(records.os_family, '') as os_family,
        coalesce(records.retired, false) as retired,
        records.observations,
        records.note,
        case
            when records.lists in ('all software', 'some software')
                then coalesce(
                    records.looked_at,
                    -- a tool cannot have looked at a machine after it last heard of it
                    case
                        when records.heard_at < live_sources.collected_at then records.heard_at
                        else live_sources.collected_at
                    end
                )
        end as looked_at,
        -- a list that says when it heard of its machines has not heard of those without a date; one that never says
        -- it hears of all of them on its own day
        coalesce(
            records.heard_at,
            records.looked_at,
            case
                when records.lists <> 'machines' or source_ends.ever_heard is null
                    then live_sources.collected_at
            end
        ) as heard_at,
        records.lists = 'machines'
            and records.heard_at is null
            and source_ends.ever_heard is not null as is_unheard,
        coalesce(
            records.looked_at,
            records.heard_at,
            live_sources.collected_at,
            case when live_sources.modified_at < moments.as_of then live_sources.modified_at end
        ) as seen_on,
        source_ends.last_heard
    from records
    inner join live_sources on records.source = live_sources.source
    inner join source_ends on records.source = source_ends.source
    cross join moments
) as dated
cross join moments
where dated.seen_on is null or dated.seen_on < moments.as_of
