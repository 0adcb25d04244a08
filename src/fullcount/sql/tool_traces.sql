-- tool_traces: the matrix of coverage: systems that a tool's fresh complete looks cover, by the trace that these see.
-- one row per directive, tool and trace; reads coverage, look_states, trace_words
select
    seen.directive,
    seen.tool,
    seen.trace,
    cast(count(*) as bigint) as systems
from (
    select distinct
        look_states.directive,
        look_states.host,
        look_states.tool,
        trace_words.trace
    from look_states
    inner join trace_words on look_states.traces = trace_words.traces
    where look_states.state = 'complete'
) as seen
inner join coverage on seen.directive = coverage.directive and seen.host = coverage.host
group by seen.directive, seen.tool, seen.trace
