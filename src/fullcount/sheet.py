"""Tables in files: which ones a file may hold, by a look at its beginning, and their rows in blocks.

>>> sorted(KINDS)
['csv', 'jsonl', 'parquet', 'sqlite', 'xlsx']
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from fullcount.block import Block, Sheet, suspicious_columns
from fullcount.errors import UnreadableError
from fullcount.sheets import delimited, json, parquet, sqlite, xlsx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fullcount.model import File
    from fullcount.reader import Peek

__all__ = ["KINDS", "Block", "Sheet", "blocks", "open_sheets", "suspicious_columns"]

KINDS: dict[str, Callable[[File, Sheet, Sequence[str]], Iterator[Block]]] = {
    "xlsx": xlsx.blocks,
    "sqlite": sqlite.blocks,
    "parquet": parquet.blocks,
    "jsonl": json.blocks,
    "csv": delimited.blocks,
}
_HEADS = (xlsx.heads, sqlite.heads, parquet.heads, json.heads, delimited.heads)  # delimited last: any text may be a table
_BINARY = (xlsx.MAGIC, sqlite.MAGIC, parquet.MAGIC)


def open_sheets(peek: Peek) -> list[Sheet]:
    """The tables that a file may hold. That it is one is for a reader to say, who knows the columns.

    Raises `UnreadableError` for a workbook, database or Parquet file that cannot be used at all.
    """
    return [replace(sheet, notes=list(sheet.notes)) for sheet in _opened(peek)]


@lru_cache(maxsize=2)  # every declared reader asks for the same file
def _opened(peek: Peek) -> tuple[Sheet, ...]:
    for heads in _HEADS:
        if heads is delimited.heads and peek.head.startswith(_BINARY):
            return ()
        if found := tuple(heads(peek)):
            for sheet in found:
                sheet.notes += suspicious_columns(sheet)
                sheet.sample = ()  # it is kept for the next reader that asks, and cells may be long
            return found
    return ()


def blocks(path: File, sheet: Sheet, wanted: Sequence[str]) -> Iterator[Block]:
    """The rows of a table, with the wanted columns, of which there must be one. What cannot be used comes as rejects;
    see `Sheet` for what it adds to the sheet. Raises `UnreadableError`, also half-way, where a file proves unusable.
    """
    try:
        yield from KINDS[sheet.kind](path, sheet, wanted)
    except UnreadableError as error:
        error.place = error.place or str(path)
        raise
