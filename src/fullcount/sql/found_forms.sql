-- found_forms: in which forms each family of sources found a product on a machine, of what counts and is not answered. An install
-- that names its user is that user's; a user who last used it is no such user.
-- one row per directive, host, family of sources and form
-- reads evidence, answers, source_families, details, forms
select distinct
    evidence.directive,
    evidence.host,
    source_families.family,
    forms.form,
    forms.form_rank
from evidence
inner join source_families on evidence.tool = source_families.tool
left join (
    select distinct evidence.detail
    from evidence
    inner join details on evidence.detail = details.detail
    where evidence.counts and details.user is not null and details.last_used is null
) as users on evidence.detail = users.detail
inner join forms on evidence.trace = forms.trace and forms.of_user = (users.detail is not null)
left join answers
    on evidence.directive = answers.directive
    and evidence.host = answers.host
    and evidence.product = answers.product
    and evidence.record = answers.record
    and evidence.trace = answers.trace
where evidence.counts and answers.record is null
