-- shown_exceptions: the exceptions that a count knew, with how many systems each one names.
-- one row per directive and exception; reads account_exceptions, clue_keys, host_clues, standing
select
    account_exceptions.directive,
    account_exceptions.number,
    account_exceptions.clue,
    account_exceptions.kind,
    account_exceptions.value,
    account_exceptions.product,
    account_exceptions.approver,
    account_exceptions.reason,
    account_exceptions.expires,
    account_exceptions.days,
    account_exceptions.state,
    cast(count(distinct standing.host) as bigint) as systems
from account_exceptions
left join clue_keys
    on account_exceptions.kind = clue_keys.kind
    and account_exceptions.value = clue_keys.key
left join host_clues on clue_keys.clue = host_clues.clue
left join standing
    on host_clues.host = standing.host
    and account_exceptions.directive = standing.directive
group by
    account_exceptions.directive,
    account_exceptions.number,
    account_exceptions.clue,
    account_exceptions.kind,
    account_exceptions.value,
    account_exceptions.product,
    account_exceptions.approver,
    account_exceptions.reason,
    account_exceptions.expires,
    account_exceptions.days,
    account_exceptions.state
