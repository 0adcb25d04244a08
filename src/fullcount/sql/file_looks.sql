-- file_looks: fresh complete looks at the files of a system: only these can tell that the files of a product are gone.
-- one row per directive and record; reads look_states, trace_words
select
    look_states.directive,
    look_states.host,
    look_states.record,
    look_states.tool,
    look_states.os_family,
    look_states.looked_at
from look_states
inner join trace_words on look_states.traces = trace_words.traces and trace_words.trace = 'file'
where look_states.state = 'complete'
