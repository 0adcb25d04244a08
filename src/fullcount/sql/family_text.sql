-- family_text: the families of sources that saw a machine within the window before the as-of, in one line.
-- It is made as in host_tool_text. one row per host; reads looks, host_of, family_bits, moments
with seen as (
    select
        host_of.host,
        family_bits.word,
        bit_or(family_bits.bit) as bits
    from looks
    inner join host_of on looks.record = host_of.record
    inner join family_bits on looks.tool = family_bits.tool
    cross join moments
    where coalesce(looks.heard_at, looks.looked_at, looks.seen_on) >= moments.window_since and not looks.retired
    group by host_of.host, family_bits.word
),

told as (
    select
        sets.word,
        sets.bits,
        string_agg(named.family, '; ' order by named.family) as families
    from (
        select distinct
            seen.word,
            seen.bits
        from seen
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
    select distinct seen.host
    from seen
    where seen.word > 0
)

select
    seen.host,
    told.families
from seen
inner join told on seen.word = told.word and seen.bits = told.bits
left join beyond on seen.host = beyond.host
where beyond.host is null
union all
select
    seen.host,
    string_agg(told.families, '; ' order by told.word) as families
from seen
inner join beyond on seen.host = beyond.host
inner join told on seen.word = told.word and seen.bits = told.bits
group by seen.host
