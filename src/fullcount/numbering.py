"""Cells as numbers: the rows of a block by the distinct combinations of cells that stand in them.

Rows are many and combinations few, so rows are only ever counted with arrays; the text of a cell is made into Python's
for combinations that somebody asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

_BETWEEN = b"\xff"  # no part of UTF-8, so that two combinations are never joined to the same bytes


@dataclass(frozen=True, slots=True)
class Cells:
    """A column of a block: by row the number of its value, and the values, of which some may be equal or null."""

    codes: np.ndarray[tuple[int], np.dtype[Any]]
    values: pa.Array[Any]

    @classmethod
    def of(cls, column: pa.Array[Any]) -> Cells:
        """The cells of a column of text, which may be encoded already."""
        encoded = column if isinstance(column, pa.DictionaryArray) else column.dictionary_encode(null_encoding="encode")
        indices, values = encoded.indices, encoded.dictionary
        if indices.null_count:
            indices, values = indices.fill_null(len(values)), pa.concat_arrays([values, pa.nulls(1, values.type)])
        return cls(indices.to_numpy(zero_copy_only=False), values)

    def taken(self, rows: Ints) -> pa.Array[Any]:
        """The values of some rows."""
        return self.values.take(pa.array(self.codes[rows]))

    def texts(self, rows: Ints) -> list[str | None]:
        """The cells of some rows: text without outer space, else `None`."""
        return [text.strip() or None if text else None for text in self.taken(rows).to_pylist()]


def distinct(columns: Sequence[Cells], rows: int) -> tuple[Ints, Ints]:
    """By row, the number of its combination of cells, in the order in which they first appear; and by combination, the
    first row that has it.
    """
    code = np.zeros(rows, np.int64)
    for cells in columns:
        code = _numbered(code * max(1, len(cells.values)) + cells.codes)
    first = np.empty(int(code.max()) + 1 if rows else 0, np.int64)
    first[code[::-1]] = np.arange(rows - 1, -1, -1)  # of equal targets the last write stays: the first row
    return code, first


def distinct_in_runs(columns: Sequence[Cells], rows: int) -> tuple[Ints, Ints]:
    """What `distinct` gives, found with less work where equal combinations mostly stand together."""
    begins = np.zeros(rows, np.bool_)
    begins[:1] = True
    for cells in columns:
        begins[1:] |= cells.codes[1:] != cells.codes[:-1]
    starts = np.flatnonzero(begins)
    code, first = distinct([Cells(cells.codes[starts], cells.values) for cells in columns], len(starts))
    return np.repeat(code, np.diff(starts, append=rows)), starts[first]


def _numbered(values: Ints) -> Ints:
    """Numbers of distinct values in the order of their first row; by hashing, which costs less than a sort."""
    indices = pa.array(values).dictionary_encode().indices
    result: Ints = indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return result


def rows_of(columns: Sequence[Cells], rows: Ints) -> Iterable[tuple[str | None, ...]]:
    """Some rows as tuples of cells."""
    if not columns:
        return [()] * len(rows)
    return zip(*(cells.texts(rows) for cells in columns), strict=True)


def joined(columns: Sequence[Cells], rows: Ints) -> list[bytes]:
    """Some rows, each as one value: equal only where all cells are, null and empty ones being the same. To look one value
    up costs a third of looking up a tuple.

    >>> joined([Cells.of(pa.array(["a", "ab"])), Cells.of(pa.array(["bc", "c"]))], np.arange(2))
    [b'a\\xffbc', b'ab\\xffc']
    """
    cells: list[Any] = [one.taken(rows).cast(pa.binary()) for one in columns]
    whole: pa.Array[Any] = pc.binary_join_element_wise(*cells, _BETWEEN, null_handling="replace", null_replacement="")
    found: list[bytes] = whole.to_numpy(zero_copy_only=False).tolist()
    return found
