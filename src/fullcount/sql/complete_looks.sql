-- complete_looks: looks whose silence means absence, on placed records. An inventory with far fewer rows than its
-- peers has, or with none, is no complete look: it is flagged as suspiciously empty.
-- one row per record; reads looks, host_of, peers
select
    looks.record,
    host_of.host,
    looks.tool,
    looks.source,
    looks.traces,
    looks.os_family,
    looks.looked_at,
    looks.observations < peers.fewest as is_empty
from looks
inner join host_of on looks.record = host_of.record
inner join peers on looks.tool = peers.tool and looks.os_family = peers.os_family
where looks.lists = 'all software'
