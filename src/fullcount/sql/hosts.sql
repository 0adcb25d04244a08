-- hosts: every machine, what it is, and whether it counts as a system.
-- one row per host; reads looks, host_of, classes, outside, moments
select
    folded.host,
    folded.records,
    classes.class,
    folded.os_family,
    folded.last_heard,
    folded.last_looked,
    case
        when not classes.is_computer then 'apart'
        when outside.host is not null then 'out of population'
        when retired.host is not null and (retired.alive_on is null or retired.alive_on <= retired.retired_on) then 'retired'
        when folded.listed >= 1 and (folded.last_heard < moments.heard_since or folded.listed = 2) then 'gone'
        else 'system'
    end as population,
    case
        when not classes.is_computer then classes.class
        when outside.host is not null then outside.reason
        when retired.host is not null and (retired.alive_on is null or retired.alive_on <= retired.retired_on)
            then 'a source says that it is out of service'
        when folded.listed >= 1 and (folded.last_heard < moments.heard_since or folded.listed = 2)
            then 'only on lists, and silent for long'
    end as population_reason
from (
    select
        host_of.host,
        count(*) as records,
        min(ranked.class_rank) as class_rank,
        max(case when looks.os_family <> '' then looks.os_family end) as os_family,
        max(looks.heard_at) as last_heard,
        max(looks.looked_at) as last_looked,
        -- 1: it is only on lists; 2: and none of them has heard of it
        min(case when looks.lists <> 'machines' then 0 when not looks.is_unheard then 1 else 2 end) as listed
    from looks
    inner join host_of on looks.record = host_of.record
    inner join classes as ranked on looks.class = ranked.class
    group by host_of.host
) as folded
left join (
    -- few: what is asked of these alone is not asked of all
    select
        host_of.host,
        max(case when looks.retired then coalesce(looks.heard_at, looks.seen_on) end) as retired_on,
        max(case when not looks.retired then looks.heard_at end) as alive_on
    from looks
    inner join host_of on looks.record = host_of.record
    inner join (
        select distinct found.host
        from looks as said
        inner join host_of as found on said.record = found.record
        where said.retired
    ) as once on host_of.host = once.host
    group by host_of.host
) as retired on folded.host = retired.host
inner join classes on folded.class_rank = classes.class_rank
left join outside on folded.host = outside.host
cross join moments
