"""A kept count: the rows of its tables, and how one of its machines is found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fullcount.clue import meant
from fullcount.errors import UsageError
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

INPUTS = "inputs.json"  # what besides the exports decided the count, so that two counts can be compared
SHOWN = 10  # machines named where a name fits several


def kept_rows(folder: Path, table: str, column: str = "", values: Collection[Any] = ()) -> list[dict[str, Any]]:
    """The rows of a table in a count's folder whose `column` is one of `values`; all of them where no column is named."""
    import pyarrow.parquet as pq

    if column and not values:
        return []
    filters: Any = [(column, "in", list(values))] if column else None
    rows: list[dict[str, Any]] = pq.read_table(folder / f"{table}.parquet", filters=filters).to_pylist()
    return rows


def kept_inputs(folder: Path) -> dict[str, Any]:
    """What a count kept of its inputs besides the exports; nothing where it was made before they were kept."""
    path = folder / INPUTS
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def machine(folder: Path, asked: str) -> dict[str, Any]:
    """One machine of a count, as `hosts` and `host_names` have it: `asked` is its stable name, its host name, or a clue
    (`kind=value`). Raises `UsageError` where no machine of the count is meant, or more than one.
    """
    numbers = {row["host"] for row in kept_rows(folder, "host_names", "host_id", [asked])} or _carrying(folder, asked)
    if not numbers:
        hint = "`fullcount report hosts` lists all; a clue is written kind=value, for example serial=5CG71"
        raise UsageError(f"no machine in this count is called {asked}", hint=hint)
    named = {row["host"]: row for row in kept_rows(folder, "host_names", "host", sorted(numbers))}
    if len(numbers) > 1:
        exact = [row for row in named.values() if key(row["name"] or "") == key(asked)]
        if len(exact) != 1:
            names = ", ".join(sorted(row["host_id"] for row in named.values())[:SHOWN])
            raise UsageError(f"{len(numbers)} machines are called {asked}", hint=f"name one of them: {names}")
        numbers = {exact[0]["host"]}
    number = numbers.pop()
    return kept_rows(folder, "hosts", "host", [number])[0] | named[number]


def _carrying(folder: Path, asked: str) -> set[int]:
    """The machines that carry a clue: one written `kind=value`, else the text as a value of any kind."""
    found: set[int] = set()
    for clue in meant(asked):
        found |= {row["host"] for row in kept_rows(folder, "host_clues", "key", [clue[1]]) if row["kind"] == clue[0]}
    return found
