-- standing: where each system stands under each directive: the first line of the precedence that fits, with its reason.
-- one row per directive and system; reads coverage, findings, exempted, later_looks, freshness, moments
select
    coverage.directive,
    coverage.host,
    coverage.is_covered,
    case
        when coalesce(found.open_findings, 0) > 0 and found.open_findings = found.exempt_findings then 'exempt'
        when coalesce(found.open_findings, 0) > 0 then 'with it'
        when not coverage.is_covered then 'not covered'
        when coalesce(found.contradicting, 0) > 0 then 'not covered'
        else 'without it'
    end as standing,
    case
        when coalesce(found.open_findings, 0) > 0 and found.open_findings = found.exempt_findings then 'exempted by decision'
        when coalesce(found.open_findings, 0) > 0 and later_looks.host is not null then 'gone, unverified'
        when coalesce(found.open_findings, 0) > 0 and found.last_seen is null then 'seen; the sighting has no date'
        when coalesce(found.open_findings, 0) > 0 and found.last_seen < freshness.fresh_since then 'seen; not looked at since'
        when coalesce(found.open_findings, 0) > 0 then 'seen'
        when not coverage.is_covered then coverage.why_not
        when coalesce(found.contradicting, 0) > 0 then 'contradicted: other evidence speaks against "without it"'
        when found.remains is not null then found.remains
        when found.answered_on is not null then 'removed, verified'
        when coalesce(found.residue, 0) > 0 then 'residue left'
        else 'never seen'
    end as reason,
    case
        when coalesce(found.open_findings, 0) > 0 then found.first_seen
        when coverage.is_covered and coalesce(found.contradicting, 0) = 0 then found.answered_on
    end as since,
    found.answer,
    found.remains_why
from coverage
left join (
    select
        findings.directive,
        findings.host,
        sum(case when findings.counts and findings.is_open then 1 else 0 end) as open_findings,
        sum(case when findings.counts and findings.is_open and exempted.host is not null then 1 else 0 end) as exempt_findings,
        sum(
            case
                when not findings.counts and findings.is_open
                    and (
                        -- hosts of the vendor are no product, so that a scope seldom says that they are in
                        (findings.kind_rank = moments.callback_kind and findings.in_scope <> 'out')
                        or (
                            findings.in_scope = 'in'
                            and (findings.kind_rank >= moments.counting_kind or findings.kind_rank = moments.licence_kind)
                        )
                    )
                    then 1
                else 0
            end
        ) as contradicting,
        sum(case when findings.is_open and findings.kind_rank = moments.residue_kind then 1 else 0 end) as residue,
        -- what was left behind is said before what was removed: the removal is not finished
        max(
            case
                when not findings.is_open then null
                when findings.remains = 'ghost' then 'residue left: key left, files gone'
                when findings.remains = 'leftover' then 'residue left: service or driver left, key and files gone'
            end
        ) as remains,
        min(case when findings.is_open then findings.remains_why end) as remains_why,
        min(case when findings.counts and findings.is_open then findings.first_seen end) as first_seen,
        max(case when findings.counts and findings.is_open then findings.last_seen end) as last_seen,
        max(case when findings.counts and not findings.is_open then findings.answered_on end) as answered_on,
        max(case when findings.counts and not findings.is_open then findings.answer end) as answer
    from findings
    left join exempted
        on findings.directive = exempted.directive
        and findings.host = exempted.host
        and findings.product = exempted.product
        and not exempted.is_expired
    cross join moments
    group by findings.directive, findings.host
) as found on coverage.directive = found.directive and coverage.host = found.host
left join later_looks on coverage.directive = later_looks.directive and coverage.host = later_looks.host
inner join freshness on coverage.directive = freshness.directive
