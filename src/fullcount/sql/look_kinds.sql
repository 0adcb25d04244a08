-- look_kinds: what looks are: of which source, what it lists, what it is worth, which traces it sees, and how many observations a
-- whole one has. Few differ; they are numbered from 0.
-- one row per kind; reads look_states, live_sources, peers
select
    cast(row_number() over (order by kinds.source, kinds.lists, kinds.state, kinds.traces, kinds.os_family) as bigint) - 1 as kind,
    kinds.source,
    live_sources.name as source_name,
    live_sources.tool,
    kinds.lists,
    kinds.state,
    kinds.traces,
    kinds.os_family,
    case when kinds.lists = 'all software' then peers.usual end as usual
from (
    select distinct
        look_states.source,
        look_states.lists,
        look_states.state,
        look_states.traces,
        look_states.os_family
    from look_states
) as kinds
inner join live_sources on kinds.source = live_sources.source
left join peers on live_sources.tool = peers.tool and kinds.os_family = peers.os_family
