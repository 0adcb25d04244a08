-- peers: how many observations a complete look of one tool has on one family of systems, in the middle.
-- one row per tool and family; reads looks
select
    looks.tool,
    looks.os_family,
    cast(median(looks.observations) as double) as usual,
    count(*) as looks
from looks
where looks.lists = 'all software'
group by looks.tool, looks.os_family
