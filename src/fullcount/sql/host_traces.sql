-- host_traces: which traces of a product the fresh complete looks at a host would have seen.
-- one row per host and trace; reads complete_looks, trace_words
select distinct
    complete_looks.host,
    trace_words.trace
from complete_looks
inner join trace_words on complete_looks.traces = trace_words.traces
where complete_looks.is_fresh and not complete_looks.is_empty
