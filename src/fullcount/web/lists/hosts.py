"""Systems, and machines that are none."""

from __future__ import annotations

from fullcount.beside import SYSTEMS
from fullcount.model import GRADE_RANK, KIND_RANK, LOOK_STATES, Grade, Standing, State
from fullcount.web.choices import components, products, reasons, same, tools
from fullcount.web.listing import TURN, Column, Filter, Listing


def _ranked(column: str, ranks: dict[State, int] | dict[Grade, int]) -> str:
    """A word as the rank that a table has for it."""
    cases = " ".join(f"when '{word}' then {rank}" for word, rank in ranks.items())
    return f"case ${column} {cases} end"


_STATE_RANKS = ", ".join(f"'{word}'" for word in LOOK_STATES)

# A host stands in the lines of its components, and in those of all that these are parts of.
_OF_COMPONENT = (
    "host_number in (select placed_systems.host from placed_systems"
    " where placed_systems.directive = $directive and placed_systems.component = $component)"
)
_OF_PRODUCT = (
    "host_number in (select findings.host from findings where findings.directive = $directive"
    " and findings.counts and findings.is_open and ($product is null or findings.product = $product)"
    f" and ($kind is null or findings.kind_rank = {_ranked('kind', KIND_RANK)})"
    f" and ($grade is null or findings.grade_rank = {_ranked('grade', GRADE_RANK)}))"
)
_SEEN_BY = (
    "host_number in (select finding_list.host_number from finding_list where finding_list.directive = $directive"
    " and finding_list.counts and finding_list.answered is null group by finding_list.host_number"
    " having max(case when finding_list.tool = $seen_by then 1 else 0 end) = 1"
    " and ($alone is null or count(distinct finding_list.tool) = 1))"
)
_WORTH = (
    "host_number in (select look_states.host from look_states where look_states.directive = $directive"
    " and look_states.tool = $look_of group by look_states.host"
    f" having min(list_position([{_STATE_RANKS}], look_states.state)) = list_position([{_STATE_RANKS}], $worth))"
)
# The same of the looks of one file, which its digest and its name say: either alone may be that of several.
_WORTH_IN = (
    "host_number in (select look_states.host from look_states where look_states.directive = $directive"
    " and look_states.source in (select live_sources.source from live_sources"
    " where live_sources.digest = $digest and live_sources.name = $file)"
    f" group by look_states.host having min(list_position([{_STATE_RANKS}], look_states.state))"
    f" = list_position([{_STATE_RANKS}], $file_worth))"
)
_TRACE = (
    "host_number in (select look_states.host from look_states where look_states.directive = $directive"
    " and look_states.tool = $sees_by and look_states.state = 'complete'"
    " and list_contains(string_split(look_states.traces, ' '), $sees))"
)

HOSTS = Listing(
    name="hosts",
    title="Hosts",
    unit="systems",
    table="host_list",
    columns=(
        Column(name="name", label="Host", kind="host"),
        Column(name="standing", label="Standing", kind="standing"),
        Column(name="reason", label="Reason"),
        Column(name="component", label="Component"),
        Column(name="products", label="Products"),
        Column(name="best_kind", label="Kind", narrow=True),
        Column(name="best_grade", label="Grade", narrow=True),
        Column(name="last_seen", label="Last seen", kind="time"),
        Column(name="last_looked", label="Last whole look", kind="time"),
        Column(name="last_heard", label="Last heard of", kind="time", narrow=True),
        Column(name="os", label="System", narrow=True),
        Column(name="tools", label="Known to", narrow=True),
        Column(name="records", label="Records", kind="number", narrow=True, link=lambda row: ("looks", {"host": row["host"]})),
    ),
    kept=("host", "class", "since", "clues"),
    order=TURN,
    filters=(
        Filter(names=("q",), label="Name or clue", sql="contains(searched, lower($q))"),
        Filter(names=("standing",), label="Standing", sql="standing = $standing", choices=lambda _: same(Standing)),
        Filter(
            names=("reason",),
            label="Reason",
            sql="host_number in (select standing.host from standing"
            " where standing.directive = $directive and standing.reason = $reason)",
            choices=reasons,
        ),
        Filter(names=("component",), label="Component", sql=_OF_COMPONENT, choices=components),
        Filter(names=("product", "kind", "grade"), label="Product", sql=_OF_PRODUCT, choices=products),
        Filter(
            names=("looked",),
            label="Looked at",
            sql="host_number in (select coverage.host from coverage where coverage.directive = $directive"
            " and coverage.is_covered = ($looked = 'yes'))",
            choices=lambda _: [("yes", "could be looked at"), ("no", "could not be looked at")],
        ),
        Filter(names=("tool",), label="Known to", sql="list_contains(string_split(tools, '; '), $tool)", choices=tools),
        Filter(
            names=("not_tool",),
            label="Not known to",
            sql="not coalesce(list_contains(string_split(tools, '; '), $not_tool), false)",
            choices=tools,
        ),
        Filter(
            names=("and_tool",),
            label="Known to, too",
            sql="list_contains(string_split(tools, '; '), $and_tool)",
            choices=tools,
            is_offered=False,
        ),
        Filter(
            names=("class",), label="Class", sql='"class" = $class', choices=lambda _: same(("workstation", "server", "unknown"))
        ),
        Filter(names=("tools",), label="Known to exactly", sql="tools = $tools", is_offered=False),
        Filter(names=("seen_by", "alone"), label="Product seen by", sql=_SEEN_BY, is_offered=False),
        Filter(names=("look_of", "worth"), label="Best look of", sql=_WORTH, is_offered=False),
        Filter(names=("file_worth", "file", "digest"), label="Best look in", sql=_WORTH_IN, is_offered=False),
        Filter(names=("sees_by", "sees"), label="Complete fresh look by", sql=_TRACE, is_offered=False),
        Filter(
            names=("shared",),
            label="In other components, too",
            sql="host_number in (select placed_systems.host from placed_systems where placed_systems.directive = $directive"
            " and placed_systems.component = $shared and placed_systems.is_shared)",
            is_offered=False,
        ),
        Filter(
            names=("beside",),
            label="Beside the count",
            sql="host_number in (select beside_systems.host from beside_systems where beside_systems.directive = $directive"
            " and replace(beside_systems.name, '_', ' ') = $beside)",
            choices=lambda _: same(SYSTEMS),
            is_offered=False,
        ),
        Filter(
            names=("console",),
            label="The vendor's console",
            sql="host_number in (select console_list.host_number from console_list where console_list.directive = $directive"
            " and console_list.name = $console)",
            is_offered=False,
        ),
        Filter(
            names=("clue", "clue_kind"),
            label="Carrying the clue",
            sql="host_number in (select host_clues.host from host_clues"
            " inner join clue_keys on host_clues.clue = clue_keys.clue"
            " where clue_keys.key = $clue and clue_keys.kind = $clue_kind)",
            is_offered=False,
        ),
        Filter(
            names=("title",),
            label="Seen with title number",
            sql="host_number in (select host_of.host from observations inner join host_of on observations.record = host_of.record"
            " where observations.title = try_cast($title as bigint) and observations.state <> 'removed')",
            is_offered=False,
        ),
        Filter(
            names=("near",),
            label="Seen with near title number",
            sql="host_number in (select near_systems.host from near_systems where near_systems.directive = $directive"
            " and near_systems.near = try_cast($near as bigint))",
            is_offered=False,
        ),
    ),
)

APART = Listing(
    name="apart",
    title="Machines that are no systems",
    unit="machines",
    table="apart_list",
    columns=(
        Column(name="name", label="Machine", kind="host"),
        Column(name="population", label="Stands apart as"),
        Column(name="reason", label="Reason"),
        Column(name="class", label="Class"),
        Column(name="component", label="Component"),
        Column(name="last_heard", label="Last heard of", kind="time"),
        Column(name="records", label="Records", kind="number"),
    ),
    kept=("host", "clues"),
    order="population, name, host",
    of_directive=False,
    filters=(
        Filter(names=("q",), label="Name or clue", sql="contains(lower(concat_ws(' ', name, host, clues)), lower($q))"),
        Filter(
            names=("population",),
            label="Apart as",
            sql="population = $population",
            choices=lambda _: same(("apart", "gone", "retired", "out of population")),
        ),
        Filter(names=("reason",), label="Reason", sql="reason = $reason", is_offered=False),
        Filter(
            names=("component",),
            label="Component",
            sql="host in (select host_names.host_id from host_lines inner join host_names on host_lines.host = host_names.host"
            " where host_lines.component = $component)",
            choices=components,
        ),
    ),
)
