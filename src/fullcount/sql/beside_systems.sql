-- beside_systems: systems with evidence that decides no standing, and what it is.
-- one row per directive, system and name; reads findings, coverage, moments
select distinct
    findings.directive,
    findings.host,
    case
        when findings.scope = 'decided not' then 'decided not'
        when findings.remains is not null then findings.remains
        when findings.kind_rank = moments.residue_kind then 'residue'
        when findings.kind_rank = moments.licence_kind then 'licence'
        when findings.kind_rank = moments.callback_kind then 'call-back'
        when findings.kind_rank < moments.callback_kind then 'mention'
        when findings.in_scope <> 'in' then concat('scope ', findings.in_scope, ': ', findings.scope)
        else 'review'
    end as name
from findings
inner join coverage on findings.directive = coverage.directive and findings.host = coverage.host
cross join moments
where not findings.counts and findings.is_open
