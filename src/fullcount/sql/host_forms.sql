-- host_forms: the form in which a product is on a machine: of several the first, an install before what installs bring along.
-- one row per directive and host where any was found; reads found_forms
select
    found_forms.directive,
    found_forms.host,
    min(found_forms.form_rank) as form_rank
from found_forms
group by found_forms.directive, found_forms.host
