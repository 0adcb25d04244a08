-- peers: how many observations a complete look of one tool has on one family of systems, in the middle, and the fewest that one
-- must have: one with none, or with far fewer than its peers, where these are enough to tell, is suspiciously empty.
-- one row per tool and family; reads looks
select
    alike.tool,
    alike.os_family,
    alike.usual,
    case when alike.looks >= 5 and alike.usual >= 10 then alike.usual / 10 else 1 end as fewest
from (
    select
        looks.tool,
        looks.os_family,
        cast(median(looks.observations) as double) as usual,
        count(*) as looks
    from looks
    where looks.lists = 'all software'
    group by looks.tool, looks.os_family
) as alike
