"""Whether two counts of the same inputs are alike, to the last column of every table that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from fullcount import chain
from fullcount.engine import statement
from fullcount.kept import KEPT

if TYPE_CHECKING:
    from pathlib import Path


def assert_alike(one: Path, other: Path) -> None:
    """Two folders of counts hold the same accounts and the same tables."""
    said = [[account.document() for account in chain.load(folder).accounts] for folder in (one, other)]
    assert said[0] == said[1]
    for table in KEPT:
        first, second = (plain(pq.read_table(folder / f"{table}.parquet")) for folder in (one, other))
        assert first.schema == second.schema, table
        rows = [found if is_ordered(table) else ordered(found) for found in (first, second)]
        assert rows[0].equals(rows[1]), f"{table}: {differing(first, second)} and {differing(second, first)}"


def plain(table: pa.Table) -> pa.Table:
    """The same without what is only a way of storing it: dictionaries, and texts with large offsets."""
    found = {}
    for name in table.column_names:
        column = table[name]
        column = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        found[name] = column.cast(pa.string()) if pa.types.is_large_string(column.type) else column
    return pa.table(found)


def is_ordered(table: str) -> bool:
    """Whether the statement that makes the table says in which order its rows stand."""
    try:
        return "order by" in statement(table).rsplit(")", 1)[-1]
    except FileNotFoundError:  # put there by Python, in its order
        return True


def ordered(table: pa.Table) -> pa.Table:
    """The rows in the order of all columns."""
    return table.sort_by([(name, "ascending") for name in table.column_names])


def differing(one: pa.Table, other: pa.Table) -> list[dict[str, object]]:
    """A few rows that only the first has; where there are none, the order of the rows differs."""
    others = {repr(row) for row in other.to_pylist()}
    return [row for row in one.to_pylist() if repr(row) not in others][:3]
