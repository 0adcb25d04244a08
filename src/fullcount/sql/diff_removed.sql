-- diff_removed: systems of the count after where evidence that counts was answered: when first.
-- one row per directive and host; reads after_answers, after_counting
select
    after_answers.directive,
    after_answers.host,
    min(after_answers.answered_on) as answered_on
from after_answers
inner join after_counting
    on after_answers.directive = after_counting.directive
    and after_answers.host = after_counting.host
    and after_answers.product = after_counting.product
    and after_answers.record = after_counting.record
    and after_answers.trace = after_counting.trace
group by after_answers.directive, after_answers.host
