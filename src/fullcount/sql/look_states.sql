-- look_states: how far each record's look counts under each directive. *complete*: whole and fresh. Of whole ones that are
-- not: *empty* has far fewer rows than its peers; *stuck* is old although the tool still hears of the machine; *stale* is
-- old; *undated* has no date. *partial* lists some software; *listed* and *network* list none.
-- one row per directive and placed record; reads freshness, looks, host_of, peers
select
    freshness.directive,
    host_of.host,
    looks.record,
    looks.source,
    looks.tool,
    looks.lists,
    looks.traces,
    looks.os_family,
    looks.looked_at,
    looks.heard_at,
    looks.observations,
    case
        when looks.lists = 'some software' then 'partial'
        when looks.lists = 'network' then 'network'
        when looks.lists = 'machines' then 'listed'
        when looks.looked_at is null then 'undated'
        when looks.looked_at < freshness.fresh_since and looks.heard_at >= freshness.fresh_since then 'stuck'
        when looks.looked_at < freshness.fresh_since then 'stale'
        when looks.lists = 'all software' and looks.observations < peers.fewest then 'empty'
        else 'complete'
    end as state
from looks
inner join host_of on looks.record = host_of.record
left join peers on looks.tool = peers.tool and looks.os_family = peers.os_family
cross join freshness
