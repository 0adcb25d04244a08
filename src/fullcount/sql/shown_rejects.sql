-- shown_rejects: pieces of sources that could not be used, as reject_list has them, with the digest of their file: of several
-- files of one name it says which. one row per reject; reads rejects, live_sources
select
    live_sources.name as source,
    live_sources.digest,
    live_sources.reader,
    live_sources.unit,
    rejects.place,
    rejects.reason,
    rejects.raw
from rejects
inner join live_sources on rejects.source = live_sources.source
