"""Rows of a table that are not all of one kind, by the name of their column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.errors import UnreadableError
from fullcount.readers.windows.lines import SHOWN, head_of
from fullcount.sheet import blocks, open_sheets
from fullcount.text import clean, key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.model import Reject
    from fullcount.reader import Peek, Stream
    from fullcount.sheet import Sheet

    Cells = dict[str, str]  # name of the column, folded -> a value that is not empty


def sheet_with(peek: Peek, *kinds: frozenset[str]) -> tuple[Sheet, frozenset[str]] | None:
    """The first table that has all columns of a kind, and which kind; columns are compared folded."""
    if peek.json_start or peek.text.lstrip().startswith("<"):
        return None
    for sheet in open_sheets(peek):
        names = {key(name) for name in sheet.columns}
        if kind := next((kind for kind in kinds if kind <= names), None):
            return sheet, kind
    return None


def rows_of(stream: Stream, *kinds: frozenset[str]) -> tuple[frozenset[str], Iterator[tuple[int, Cells] | Reject]]:
    """Which kind the table of a file is, and its rows. Raises `UnreadableError` where it is none of them."""
    found = sheet_with(head_of(stream), *kinds)
    if found is None:
        columns = "; or ".join(", ".join(sorted(kind)) for kind in kinds)
        raise UnreadableError("no table in this file has the columns", place=str(stream.path), hint=f"needed: {columns}")
    return found[1], _rows(stream, found[0])


def _rows(stream: Stream, sheet: Sheet) -> Iterator[tuple[int, Cells] | Reject]:
    names = tuple(dict.fromkeys(name for name in sheet.columns if name))
    for block in blocks(stream.path, sheet, names):
        columns = [block.columns[name].to_pylist() for name in names]
        folded = [key(name) for name in names]
        for place, *row in zip(block.places.tolist(), *columns, strict=True):
            yield place, {name: text for name, cell in zip(folded, row, strict=True) if (text := clean(cell))}
        yield from block.rejects


def shown(cells: Cells) -> str:
    """A row for a reject."""
    return "; ".join(f"{name}={value}" for name, value in cells.items())[:SHOWN]
