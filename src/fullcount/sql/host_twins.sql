-- host_twins: hosts that share their strongest clue (a name alone, or a clone's), in the order of their first source.
-- one row per such host; reads host_best, host_of, looks, live_sources
select
    origin.host,
    row_number() over (partition by origin.clue order by origin.identity, origin.place, origin.host) as turn
from (
    select
        host_best.host,
        host_best.clue,
        min(live_sources.identity) as identity,
        min(looks.place) as place
    from host_best
    inner join (
        select best.clue
        from host_best as best
        group by best.clue
        having count(*) > 1
    ) as shared on host_best.clue = shared.clue
    inner join host_of on host_best.host = host_of.host
    inner join looks on host_of.record = looks.record
    inner join live_sources on looks.source = live_sources.source
    group by host_best.host, host_best.clue
) as origin
