-- captures: systems by the families of sources that saw them within the window, and by kind of machine: what an estimate of those
-- that no source lists is made from; of them `found` with it or exempt.
-- one row per directive, component, class, family of systems, coverage, turn of the component and combination of families;
-- reads capture_sizes, moves, hosts, host_components, family_text
select
    held.directive,
    held.component,
    held.class,
    held.os_family,
    held.is_covered,
    held.is_first,
    held.families,
    cast(sum(held.systems) as bigint) as systems,
    cast(sum(held.found) as bigint) as found
from (
    select
        capture_sizes.directive,
        capture_sizes.component,
        capture_sizes.class,
        capture_sizes.os_family,
        capture_sizes.is_covered,
        capture_sizes.is_first,
        capture_sizes.families,
        capture_sizes.systems,
        0 as found
    from capture_sizes
    union all
    select
        having_it.directive,
        placed.component,
        hosts.class,
        coalesce(hosts.os_family, '') as os_family,
        having_it.is_covered,
        placed.is_first,
        coalesce(family_text.families, '') as families,
        0 as systems,
        1 as found
    from (
        select
            moves.directive,
            moves.host,
            moves.is_covered
        from moves
        where moves.systems = 1 and moves.standing in ('with it', 'exempt')
    ) as having_it
    inner join hosts on having_it.host = hosts.host
    inner join (
        select
            host_components.host,
            host_components.component,
            host_components.component = min(host_components.component) over (partition by host_components.host) as is_first
        from host_components
        inner join (select distinct moves.host from moves) as moved on host_components.host = moved.host
    ) as placed on having_it.host = placed.host
    left join family_text on having_it.host = family_text.host
) as held
group by
    held.directive,
    held.component,
    held.class,
    held.os_family,
    held.is_covered,
    held.is_first,
    held.families
