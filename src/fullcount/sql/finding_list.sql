-- finding_list: every observation that speaks of a product on a system, with its file and place: the list an auditor follows.
-- one row per observation, directive and product; reads evidence, answers, hosts, host_names, titles, records, details,
-- live_sources, product_names, kind_names, grade_names, coverage
select
    evidence.directive,
    host_names.host_id as host,
    host_names.name as host_name,
    product_names.name as product,
    titles.name as title,
    titles.version,
    titles.publisher,
    evidence.trace,
    evidence.state,
    kind_names.kind,
    grade_names.grade,
    evidence.signature,
    evidence.scope,
    evidence.in_scope,
    evidence.counts,
    answers.answer as answered,
    evidence.remains,
    evidence.remains_why,
    evidence.seen_on,
    live_sources.name as source,
    live_sources.unit,
    records.place + evidence.place as place,
    coalesce(details.path, titles.path) as path,
    details.user,
    details.installed_on,
    evidence.tool,
    evidence.host as host_number
from evidence
inner join coverage on evidence.directive = coverage.directive and evidence.host = coverage.host
inner join host_names on evidence.host = host_names.host
inner join titles on evidence.title = titles.title
inner join records on evidence.record = records.record
inner join live_sources on evidence.source = live_sources.source
inner join product_names on evidence.directive = product_names.directive and evidence.product = product_names.product
inner join kind_names on evidence.kind_rank = kind_names.kind_rank
inner join grade_names on evidence.grade_rank = grade_names.grade_rank
left join details on evidence.detail = details.detail
left join answers
    on evidence.directive = answers.directive
    and evidence.host = answers.host
    and evidence.product = answers.product
    and evidence.record = answers.record
    and evidence.trace = answers.trace
order by
    evidence.directive,
    host_names.host_id,
    product_names.name,
    live_sources.name,
    live_sources.identity,
    place,
    evidence.signature,
    evidence.trace,
    titles.name,
    titles.version,
    titles.publisher,
    path,
    details.user,
    evidence.state
