"""Files, and what of them could not be used or placed."""

from __future__ import annotations

from fullcount.engine import statement
from fullcount.web.choices import same, tools
from fullcount.web.listing import Column, Filter, Listing
from fullcount.web.lists.records import OF_FILE, records_of, rejects_of

SOURCES = Listing(
    name="files",
    title="Files",
    unit="sources",
    table="account_sources",
    columns=(
        Column(name="name", label="File", kind="source"),
        Column(name="reader", label="Reader"),
        Column(name="component", label="Component"),
        Column(name="collected_at", label="Collected"),
        Column(name="collected_how", label="Known by", narrow=True),
        Column(name="records", label="Records", kind="number", link=records_of),
        Column(name="observations", label="Observations", kind="number"),
        Column(name="rejects", label="Rejects", kind="number", link=rejects_of),
    ),
    kept=("digest",),
    order="name, digest",
    of_directive=False,
    filters=(
        Filter(names=("q",), label="File", sql="contains(lower(name), lower($q))"),
        Filter(names=("tool",), label="Reader", sql="reader = $tool", choices=tools),
        Filter(names=("component",), label="Component", sql="list_contains(string_split(component, '; '), $component)"),
    ),
)

LEFT = Listing(
    name="left files",
    title="Files of which nothing was counted",
    unit="files",
    table="left_files",
    columns=(
        Column(name="name", label="File", kind="name"),
        Column(name="left", label="How"),
        Column(name="reason", label="Why"),
        Column(name="digest", label="Digest", kind="name", narrow=True),
    ),
    order="name, digest",
    of_directive=False,
    filters=(Filter(names=("left",), label="How", sql='"left" = $left', choices=lambda _: same(("refused", "dropped"))),),
)

REJECTS = Listing(
    name="rejects",
    title="Pieces that could not be used",
    unit="pieces",
    table=f"({statement('shown_rejects')}) as reject_list",
    columns=(
        Column(name="source", label="File", kind="name"),
        Column(name="reader", label="Reader", narrow=True),
        Column(name="unit", label="Unit", narrow=True),
        Column(name="place", label="Place", kind="number"),
        Column(name="reason", label="Reason"),
        Column(name="raw", label="Word for word", kind="bytes"),
    ),
    kept=("digest",),
    order="source, digest, place, reason, raw",
    of_directive=False,
    filters=(
        Filter(names=("q",), label="File or reason", sql="contains(lower(concat_ws(' ', source, reason)), lower($q))"),
        Filter(names=("reason",), label="Reason", sql="reason = $reason", is_offered=False),
        OF_FILE,
        Filter(names=("tool",), label="Reader", sql="reader = $tool", choices=tools),
    ),
)

UNPLACED = Listing(
    name="unplaced",
    title="Records that name no machine",
    unit="records",
    table="unplaced_list",
    columns=(
        Column(name="source", label="File", kind="name"),
        Column(name="unit", label="Unit"),
        Column(name="place", label="Place", kind="number"),
        Column(name="class", label="Class"),
        Column(name="lists", label="Lists"),
        Column(name="observations", label="Rows", kind="number"),
        Column(name="note", label="Note"),
    ),
    order="source, place",
    of_directive=False,
    filters=(
        Filter(names=("q",), label="File", sql="contains(lower(source), lower($q))"),
        Filter(names=("source",), label="File", sql="source = $source", is_offered=False),
    ),
)

LATER = Listing(
    name="later",
    title="Records dated after the day of the count",
    unit="records",
    table="later_list",
    columns=(
        Column(name="source", label="File", kind="name"),
        Column(name="unit", label="Unit"),
        Column(name="place", label="Place", kind="number"),
        Column(name="looked_at", label="Looked", kind="time"),
        Column(name="heard_at", label="Heard of", kind="time"),
        Column(name="collected_at", label="Collected", kind="time"),
    ),
    order="source, place",
    of_directive=False,
)
