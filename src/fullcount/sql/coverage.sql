-- coverage: whether the fresh complete looks at a system together see a trace of every form that a directive requires.
-- A system of unknown family must be seen in every form of every family; one that runs two must be seen in the forms of
-- both, each by looks at that family. Traces are put together as numbers, and what is missing is put into words once.
-- one row per directive and system
-- reads hosts, host_families, required, freshness, look_states, state_ranks, trace_words, trace_bits
with wanted as (
    select
        required.directive,
        required.os_family,
        bit_or(trace_bits.bit) as bits,
        row_number() over (order by required.directive, required.os_family) as number,
        freshness.turn
    from required
    inner join freshness on required.directive = freshness.directive
    inner join trace_bits on required.trace = trace_bits.trace
    group by required.directive, required.os_family, freshness.turn
),

asked as (
    select
        wanted.turn,
        seen.host,
        bit_or(wanted.bits - (wanted.bits & coalesce(seen.bits, 0))) as missing,
        min(seen.state_rank) as state_rank
    from (
        select
            numbered.number,
            running.host,
            -- a look that does not say of which family it is, or at a host of unknown family, speaks for any
            bit_or(
                case
                    when look_states.state = 'complete'
                        and (look_states.os_family in (running.os_family, '') or running.os_family = '')
                        then words.bits
                end
            ) as bits,
            min(state_ranks.state_rank) as state_rank
        from look_states
        inner join (
            select
                hosts.host,
                host_families.os_family
            from hosts
            inner join host_families on hosts.host = host_families.host
            where hosts.population = 'system'
        ) as running on look_states.host = running.host
        inner join wanted as numbered on look_states.directive = numbered.directive and running.os_family = numbered.os_family
        inner join state_ranks on look_states.state = state_ranks.state
        left join (
            select
                trace_words.traces,
                bit_or(trace_bits.bit) as bits
            from trace_words
            inner join trace_bits on trace_words.trace = trace_bits.trace
            group by trace_words.traces
        ) as words on look_states.traces = words.traces
        group by numbered.number, running.host
    ) as seen
    inner join wanted on seen.number = wanted.number
    group by wanted.turn, seen.host
),

told as (
    select
        kinds.missing,
        kinds.state_rank,
        case
            when kinds.missing = 0 then ''
            when state_ranks.state = 'complete'
                then concat('the looks at it are blind to this product (they do not see: ', min(trace_bits.trace), ')')
            when state_ranks.state = 'empty' then 'its inventory is suspiciously empty'
            when state_ranks.state = 'stuck'
                then 'its inventory is stuck: the tool still hears of it, but its last complete look is too old'
            when state_ranks.state = 'stale' then 'its last complete look is too old'
            when state_ranks.state = 'undated' then 'the look at it has no date'
            when state_ranks.state = 'partial' then 'only partial looks at its software'
            else 'known from lists only: nobody looked at its software'
        end as why_not
    from (
        select distinct
            asked.missing,
            asked.state_rank
        from asked
    ) as kinds
    inner join state_ranks on kinds.state_rank = state_ranks.state_rank
    left join trace_bits on (kinds.missing & trace_bits.bit) <> 0
    group by kinds.missing, kinds.state_rank, state_ranks.state
)

select
    freshness.directive,
    asked.host,
    asked.missing = 0 as is_covered,
    told.why_not
from asked
inner join freshness on asked.turn = freshness.turn
inner join told on asked.missing = told.missing and asked.state_rank = told.state_rank
