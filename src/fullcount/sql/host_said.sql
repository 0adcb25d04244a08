-- host_said: what the list of systems (host_list) says of each under a directive, which is named behind this.
-- one row per system; reads standing, host_products, kind_names, grade_names
select
    standing.host,
    standing.standing,
    case
        when standing.reason = 'removed, verified' and standing.answer is not null
            then concat('removed, verified on ', substring(standing.answer, 1, 10), ' by ', substring(standing.answer, 21))
        when standing.reason like 'residue left: %' then concat('residue left: ', standing.remains_why)
        else standing.reason
    end as reason,
    standing.since,
    host_products.products,
    kind_names.kind as best_kind,
    grade_names.grade as best_grade,
    host_products.last_seen
from standing
left join host_products on standing.directive = host_products.directive and standing.host = host_products.host
left join kind_names on host_products.kind_rank = kind_names.kind_rank
left join grade_names on host_products.grade_rank = grade_names.grade_rank
