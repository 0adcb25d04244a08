-- found_forms: in which forms each family of sources found a product on a machine, of what counts and is not answered. An install
-- that names its user is that user's; a user who last used it is no such user.
-- one row per directive, host, family of sources and form
-- reads open_evidence, source_families, details, forms
select distinct
    open_evidence.directive,
    open_evidence.host,
    source_families.family,
    forms.form,
    forms.form_rank
from open_evidence
inner join source_families on open_evidence.tool = source_families.tool
left join (
    select distinct open_evidence.detail
    from open_evidence
    inner join details on open_evidence.detail = details.detail
    where details.user is not null and details.last_used is null
) as users on open_evidence.detail = users.detail
inner join forms on open_evidence.trace = forms.trace and forms.of_user = (users.detail is not null)
