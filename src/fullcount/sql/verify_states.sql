-- verify_states: what became of each system that ever had it: exactly one state, the first that fits. What was removed
-- before the day since which is asked, and is not there again, is left out.
-- one row per directive and system; reads verify_had, verify_answers, findings, standing, verify_since
select
    verify_had.directive,
    verify_had.host,
    case
        when not verify_had.is_open and standing.reason = 'removed, verified' then 'removed'
        when not verify_had.is_open then 'in-doubt'
        when standing.reason = 'gone, unverified' then 'gone-unverified'
        when returned.host is not null or answered.first_answered <= verify_had.open_since then 're-appeared'
        else 'still-there'
    end as state
from verify_had
inner join standing on verify_had.directive = standing.directive and verify_had.host = standing.host
cross join verify_since
left join (
    select
        verify_answers.directive,
        verify_answers.host,
        min(verify_answers.first_answered) as first_answered
    from verify_answers
    group by verify_answers.directive, verify_answers.host
) as answered on verify_had.directive = answered.directive and verify_had.host = answered.host
left join (
    select distinct
        findings.directive,
        findings.host
    from findings
    inner join verify_answers
        on findings.directive = verify_answers.directive
        and findings.host = verify_answers.host
        and findings.product = verify_answers.product
        and verify_answers.first_answered <= findings.first_seen
    where findings.counts and findings.is_open
) as returned on verify_had.directive = returned.directive and verify_had.host = returned.host
where verify_had.is_open or verify_since.since is null or verify_had.answered_on >= verify_since.since
