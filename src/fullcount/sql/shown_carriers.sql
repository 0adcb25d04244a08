-- shown_carriers: the first systems, by name, of those that carry a clue in doubt: as many as a page names below one clue.
-- one row per directive, clue and system; reads questions, clue_keys, host_clues, standing, host_names
select
    ordered.directive,
    ordered.kind,
    ordered.value,
    ordered.host,
    ordered.turn
from (
    select
        carried.directive,
        carried.kind,
        carried.value,
        carried.host,
        row_number() over (
            partition by carried.directive, carried.kind, carried.value
            order by host_names.name, host_names.host_id
        ) as turn
    from (
        -- distinct, so that clues are joined first: the directive alone, which is one, would pair every clue with every system
        select distinct
            questions.directive,
            questions.kind,
            questions.value,
            host_clues.host
        from questions
        inner join clue_keys
            on questions.kind = clue_keys.kind
            and questions.value = clue_keys.key
        inner join host_clues on clue_keys.clue = host_clues.clue
    ) as carried
    inner join standing
        on carried.host = standing.host
        and carried.directive = standing.directive
    inner join host_names on carried.host = host_names.host
) as ordered
where ordered.turn <= 6
order by ordered.directive, ordered.kind, ordered.value, ordered.turn
