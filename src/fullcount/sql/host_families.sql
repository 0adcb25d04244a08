-- host_families: the families of operating systems that a host runs: those of its complete looks that were heard of within
-- two weeks of the newest such. A machine that starts one of two is looked at in both; one set up anew runs the later one.
-- Nearly all hosts have one family; only of the others are dates compared.
-- one row per host and family; reads looks, complete_looks, hosts
with ran as (
    select
        complete_looks.host,
        min(complete_looks.os_family) as os_family,
        max(complete_looks.os_family) as other
    from complete_looks
    where complete_looks.os_family <> ''
    group by complete_looks.host
)

select
    hosts.host,
    coalesce(ran.os_family, hosts.os_family, '') as os_family
from hosts
left join ran on hosts.host = ran.host
where ran.host is null or ran.os_family = ran.other
union all
select
    ranked.host,
    ranked.os_family
from (
    select
        complete_looks.host,
        complete_looks.os_family,
        max(looks.heard_at) as heard_at,
        max(max(looks.heard_at)) over (partition by complete_looks.host) as newest
    from complete_looks
    inner join ran on complete_looks.host = ran.host and ran.os_family <> ran.other
    inner join looks on complete_looks.record = looks.record
    where complete_looks.os_family <> ''
    group by complete_looks.host, complete_looks.os_family
) as ranked
where coalesce(ranked.heard_at >= ranked.newest - interval 14 day, true)
