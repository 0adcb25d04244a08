-- record_about: what the rules for components look at; where no rule asks for a kind of clue it is empty.
-- one row per record; reads looks, records, clues, asked_kinds
select
    records.record,
    records.source,
    coalesce(records.component, '') as component,
    coalesce(records.ou, '') as ou,
    coalesce(records.site, '') as site,
    coalesce(named.domain, '') as domain,
    coalesce(named.name, '') as name,
    coalesce(named.ip, '') as ip
from records
left join (
    select
        clues.record,
        min(case when asked_kinds.about = 'domain' then clues.key end) as domain,
        min(case when asked_kinds.about = 'name' then clues.key end) as name,
        min(case when asked_kinds.about = 'ip' then clues.key end) as ip
    from clues
    inner join asked_kinds on clues.kind = asked_kinds.kind
    group by clues.record
) as named on records.record = named.record
where records.record in (select looks.record from looks)
