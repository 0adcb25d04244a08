-- verify_answers: when a later complete look first showed that a product was gone, whatever was seen after it.
-- one row per directive, host and product; reads answers, counting
select
    answers.directive,
    answers.host,
    answers.product,
    min(answers.answered_on) as first_answered
from answers
inner join counting
    on answers.directive = counting.directive
    and answers.host = counting.host
    and answers.product = counting.product
    and answers.record = counting.record
    and answers.trace = counting.trace
group by answers.directive, answers.host, answers.product
