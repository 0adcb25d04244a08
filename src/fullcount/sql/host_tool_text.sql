-- host_tool_text: the tools that have a record of a host, in one line. Few sets of tools differ: they are made as numbers, and
-- each is put into words once. A number holds only so many tools, in order; the words of a host that needs several stand in a row.
-- one row per host; reads host_tools, tool_bits
with carried as (
    select
        host_tools.host,
        tool_bits.word,
        bit_or(tool_bits.bit) as bits
    from host_tools
    inner join tool_bits on host_tools.tool = tool_bits.tool
    group by host_tools.host, tool_bits.word
),

told as (
    select
        sets.word,
        sets.bits,
        string_agg(tool_bits.tool, '; ' order by tool_bits.tool) as tools
    from (
        select distinct
            carried.word,
            carried.bits
        from carried
    ) as sets
    inner join tool_bits on sets.word = tool_bits.word and (sets.bits & tool_bits.bit) <> 0
    group by sets.word, sets.bits
),

beyond as (
    select distinct carried.host
    from carried
    where carried.word > 0
)

select
    carried.host,
    told.tools
from carried
inner join told on carried.word = told.word and carried.bits = told.bits
left join beyond on carried.host = beyond.host
where beyond.host is null
union all
select
    carried.host,
    string_agg(told.tools, '; ' order by told.word) as tools
from carried
inner join beyond on carried.host = beyond.host
inner join told on carried.word = told.word and carried.bits = told.bits
group by carried.host
