"""Clues that were refused, one by one and by machine."""

from __future__ import annotations

from fullcount.web.listing import Column, Filter, Listing

CLUES = Listing(
    name="refused clues",
    title="Clues that were refused",
    unit="clues",
    table="shown_clues",
    columns=(
        Column(name="kind", label="Clue"),
        Column(name="value", label="Value", kind="name"),
        Column(name="reason", label="Why it joins nothing"),
        Column(
            name="machines",
            label="Machines",
            kind="number",
            link=lambda row: ("conflicts", {"kind": row["kind"], "value": row["value"]}),
        ),
        Column(name="records", label="Records with it", kind="number"),
        Column(name="sources", label="Files with it", kind="number"),
    ),
    order="kind, value",
    of_directive=False,
    filters=(Filter(names=("q",), label="Value", sql="contains(lower(value), lower($q))"),),
)

CONFLICTS = Listing(
    name="conflicts",
    title="Machines under clues that were refused",
    unit="machines under a refused clue",
    table="conflict_list",
    columns=(
        Column(name="kind", label="Clue"),
        Column(name="value", label="Value", kind="name"),
        Column(name="reason", label="Why it joins nothing"),
        Column(name="host_name", label="Host", kind="host"),
        Column(name="records", label="Records with it", kind="number"),
        Column(name="sources", label="Files with it", kind="number"),
    ),
    kept=("host",),
    order="kind, value, host, reason",
    of_directive=False,
    filters=(
        Filter(names=("q",), label="Clue or host", sql="contains(lower(concat_ws(' ', value, host_name, host)), lower($q))"),
        Filter(names=("kind",), label="Kind of clue", sql="kind = $kind", is_offered=False),
        Filter(names=("value",), label="Value", sql="value = $value", is_offered=False),
    ),
)
