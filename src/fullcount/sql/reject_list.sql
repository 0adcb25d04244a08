-- reject_list: pieces of sources that could not be used, verbatim. one row per reject; reads rejects, live_sources
select
    live_sources.name as source,
    live_sources.reader,
    live_sources.unit,
    rejects.place,
    rejects.reason,
    rejects.raw
from rejects
inner join live_sources on rejects.source = live_sources.source
order by live_sources.name, live_sources.identity, rejects.place, rejects.reason, rejects.raw
