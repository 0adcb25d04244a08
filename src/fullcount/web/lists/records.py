"""The listing of records, and what narrows a list to those of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.engine import statement
from fullcount.web.listing import Column, Filter, Listing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fullcount.report import Account


def _tools(account: Account) -> Sequence[tuple[str, str]]:
    return [(line.tool, line.title) for line in account.tools]


# An export that is saved anew under its old name is another file, and two machines may give the same bytes.
OF_FILE = Filter(
    names=("source", "digest"),
    label="File",
    sql="source = $source and ($digest is null or digest = $digest)",
    is_offered=False,
)

RECORDS = Listing(
    name="records",
    title="Records",
    unit="records",
    table=f"({statement('shown_records')}) as record_list",
    columns=(
        Column(name="source", label="File", kind="name"),
        Column(name="unit", label="Unit", narrow=True),
        Column(name="place", label="Place", kind="number"),
        Column(name="name", label="Machine", kind="host"),
        Column(name="became", label="Is"),
        Column(name="class", label="Class"),
        Column(name="os", label="System", narrow=True),
        Column(name="lists", label="Lists"),
        Column(name="traces", label="Traces", narrow=True),
        Column(name="looked_at", label="Looked", kind="time"),
        Column(name="heard_at", label="Heard of", kind="time"),
        Column(name="observations", label="Rows", kind="number"),
        Column(name="note", label="Note", narrow=True),
    ),
    kept=("host", "digest"),
    order="source, digest, record",
    of_directive=False,
    filters=(
        Filter(names=("q",), label="Machine or file", sql="contains(lower(concat_ws(' ', name, host, source)), lower($q))"),
        Filter(
            names=("tool",),
            label="Reader",
            sql="tool = $tool",
            choices=_tools,
        ),
        OF_FILE,
    ),
)


def records_of(row: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The list of the records of a file, by a row that has its `name` and `digest`."""
    return "records", {"source": row["name"], "digest": row["digest"]}


def rejects_of(row: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The list of what could not be used of a file, by such a row."""
    return "rejects", {"source": row["name"], "digest": row["digest"]}
