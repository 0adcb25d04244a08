-- looked_families: the families of sources that looked at a machine's software completely and lately, in one line.
-- It is made as in host_tool_text. one row per directive and host; reads host_tools, family_bits
with looked as (
    select
        host_tools.directive,
        host_tools.host,
        family_bits.word,
        bit_or(family_bits.bit) as bits
    from host_tools
    inner join family_bits on host_tools.tool = family_bits.tool
    where host_tools.state_rank = 0
    group by host_tools.directive, host_tools.host, family_bits.word
),

told as (
    select
        sets.word,
        sets.bits,
        string_agg(named.family, '; ' order by named.family) as families
    from (
        select distinct
            looked.word,
            looked.bits
        from looked
    ) as sets
    inner join (
        select distinct
            family_bits.family,
            family_bits.word,
            family_bits.bit
        from family_bits
    ) as named on sets.word = named.word and (sets.bits & named.bit) <> 0
    group by sets.word, sets.bits
),

beyond as (
    select distinct
        looked.directive,
        looked.host
    from looked
    where looked.word > 0
)

select
    looked.directive,
    looked.host,
    told.families
from looked
inner join told on looked.word = told.word and looked.bits = told.bits
left join beyond on looked.directive = beyond.directive and looked.host = beyond.host
where beyond.host is null
union all
select
    looked.directive,
    looked.host,
    string_agg(told.families, '; ' order by told.word) as families
from looked
inner join beyond on looked.directive = beyond.directive and looked.host = beyond.host
inner join told on looked.word = told.word and looked.bits = told.bits
group by looked.directive, looked.host
