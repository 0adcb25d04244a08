"""What was seen of products, by whom, and what each look at a machine is worth."""

from __future__ import annotations

from fullcount.model import LOOK_STATES, Grade, State, Trace
from fullcount.web.choices import same, tools, yes_no
from fullcount.web.listing import TURN, Column, Filter, Listing

FINDINGS = Listing(
    name="evidence",
    title="Evidence",
    unit="sightings",
    table="finding_list",
    columns=(
        Column(name="host_name", label="Host", kind="host"),
        Column(name="product", label="Product"),
        Column(name="title", label="Title", kind="name"),
        Column(name="version", label="Version", narrow=True),
        Column(name="publisher", label="Publisher", narrow=True),
        Column(name="trace", label="Trace", narrow=True),
        Column(name="kind", label="Kind"),
        Column(name="grade", label="Grade"),
        Column(name="counts", label="Counts", kind="yes"),
        Column(name="answered", label="Answered by", narrow=True),
        Column(name="seen_on", label="Seen", kind="time"),
        Column(name="source", label="File", kind="name"),
        Column(name="unit", label="Unit", narrow=True),
        Column(name="place", label="Place", kind="number"),
        Column(name="path", label="Path", kind="name", narrow=True),
    ),
    kept=("host",),
    order=TURN,
    filters=(
        Filter(
            names=("q",),
            label="Title, path or host",
            sql="contains(searched, lower($q))",
        ),
        Filter(
            names=("product_name",),
            label="Product",
            sql="product = $product_name",
            choices=lambda account: same(one.name for one in account.products),
        ),
        Filter(names=("kind",), label="Kind", sql="kind = $kind", choices=lambda _: same(State)),
        Filter(names=("grade",), label="Grade", sql="grade = $grade", choices=lambda _: same(Grade)),
        Filter(names=("counts",), label="Counts", sql="counts = ($counts = 'yes')", choices=yes_no),
        Filter(names=("trace",), label="Trace", sql="trace = $trace", choices=lambda _: same(Trace)),
        Filter(names=("tool",), label="Tool", sql="tool = $tool", choices=tools),
        Filter(names=("source",), label="File", sql="source = $source", is_offered=False),
        Filter(names=("host",), label="Host", sql="host = $host", is_offered=False),
    ),
)

LOOKS = Listing(
    name="looks",
    title="Looks",
    unit="looks",
    table="look_list",
    columns=(
        Column(name="name", label="Host", kind="host"),
        Column(name="is_covered", label="System looked at", kind="yes", narrow=True),
        Column(name="tool", label="Tool"),
        Column(name="source", label="File", kind="name"),
        Column(name="lists", label="Lists"),
        Column(name="state", label="Worth"),
        Column(name="traces", label="Traces", narrow=True),
        Column(name="looked_at", label="Looked", kind="time"),
        Column(name="heard_at", label="Heard of", kind="time", narrow=True),
        Column(name="observations", label="Rows", kind="number"),
        Column(name="usual", label="Usual", kind="number", narrow=True),
    ),
    kept=("host",),
    order=TURN,
    filters=(
        Filter(names=("q",), label="Host or file", sql="contains(searched, lower($q))"),
        Filter(names=("state",), label="Worth", sql="state = $state", choices=lambda _: same(LOOK_STATES)),
        Filter(
            names=("suspicious",),
            label="Suspicious",
            sql="(state in ('empty', 'stuck')) = ($suspicious = 'yes')",
            is_offered=False,
        ),
        Filter(names=("tool",), label="Tool", sql="tool = $tool", choices=tools),
        Filter(names=("source",), label="File", sql="source = $source", is_offered=False),
        Filter(names=("host",), label="Host", sql="host = $host", is_offered=False),
    ),
)

CALLED = Listing(
    name="called back",
    title="Called back, found in no inventory",
    unit="records",
    table="called_list",
    columns=(
        Column(name="address", label="Address", kind="name"),
        Column(name="name", label="Spoke to", kind="name"),
        Column(name="names", label="Names", kind="number"),
        Column(name="heard_at", label="When", kind="time"),
        Column(name="host_name", label="Host", kind="host"),
        Column(name="source", label="File", kind="name"),
        Column(name="unit", label="Unit"),
        Column(name="place", label="Place", kind="number"),
    ),
    kept=("host",),
    order="source, place, address",
)
