-- verify_working: the replacements that work on a system, in one line. one row per directive and host
-- reads protections, replacement_names
select
    protections.directive,
    protections.host,
    string_agg(replacement_names.name, '; ' order by replacement_names.name) as replacements,
    max(protections.seen_on) as seen_on,
    max(substring(protections.seen_by, 21)) as seen_by
from protections
inner join replacement_names
    on protections.directive = replacement_names.directive and protections.replacement = replacement_names.replacement
group by protections.directive, protections.host
