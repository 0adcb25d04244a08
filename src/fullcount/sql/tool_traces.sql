-- tool_traces: the matrix of coverage: systems that a tool's fresh complete looks cover, by the trace that these see.
-- Directives, tools and traces are grouped by as one number.
-- one row per directive, tool and trace; reads coverage, look_states, trace_words, freshness, tool_bits
with numbered as (
    select
        freshness.directive,
        freshness.turn,
        tool_bits.tool,
        traces.trace,
        row_number() over (order by freshness.turn, tool_bits.tool, traces.trace) as number
    from freshness
    cross join tool_bits
    cross join (
        select distinct trace_words.trace
        from trace_words
    ) as traces
)

select
    numbered.directive,
    numbered.tool,
    numbered.trace,
    cast(count(*) as bigint) as systems
from (
    select distinct
        asked.number,
        asked.turn,
        look_states.host
    from look_states
    inner join (
        select
            numbered.directive,
            numbered.turn,
            numbered.tool,
            numbered.number,
            trace_words.traces
        from numbered
        inner join trace_words on numbered.trace = trace_words.trace
    ) as asked
        on look_states.directive = asked.directive
        and look_states.tool = asked.tool
        and look_states.traces = asked.traces
    where look_states.state = 'complete'
) as seen
inner join (
    select
        freshness.turn,
        coverage.host
    from coverage
    inner join freshness on coverage.directive = freshness.directive
) as systems on seen.host = systems.host and seen.turn = systems.turn
inner join numbered on seen.number = numbered.number
group by numbered.directive, numbered.tool, numbered.trace
