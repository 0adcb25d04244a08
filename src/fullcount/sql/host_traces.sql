-- host_traces: which traces of a product the fresh complete looks at a host would have seen, by family of its system.
-- one row per directive, host, family and trace; reads look_states, trace_words
select distinct
    look_states.directive,
    look_states.host,
    look_states.os_family,
    trace_words.trace
from look_states
inner join trace_words on look_states.traces = trace_words.traces
where look_states.state = 'complete'
