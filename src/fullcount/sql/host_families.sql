-- host_families: the families of operating systems that a host runs: those of its complete looks that were heard of within
-- two weeks of the newest such. A machine that starts one of two is looked at in both; one set up anew runs the later one.
-- one row per host and family; reads looks, host_of, hosts
select
    hosts.host,
    coalesce(dated.os_family, hosts.os_family, '') as os_family
from hosts
left join (
    select
        ranked.host,
        ranked.os_family
    from (
        select
            host_of.host,
            looks.os_family,
            max(looks.heard_at) as heard_at,
            max(max(looks.heard_at)) over (partition by host_of.host) as newest
        from looks
        inner join host_of on looks.record = host_of.record
        where looks.lists = 'all software' and looks.os_family <> ''
        group by host_of.host, looks.os_family
    ) as ranked
    where coalesce(ranked.heard_at >= ranked.newest - interval 14 day, true)
) as dated on hosts.host = dated.host
