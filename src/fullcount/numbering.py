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
    Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
    Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]
    Words = np.ndarray[tuple[int], np.dtype[np.uint64]]

_ONES = np.uint64(0x0101010101010101)
_KEPT = np.array([(1 << 64) - (1 << 8 * (8 - size)) for size in range(9)], np.uint64)  # the first bytes of a word
_SLICE = 1 << 18  # texts whose words are made at once


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

    def without(self, nothing: Sequence[str]) -> Cells:
        """The same cells, of which those with one of these texts are null."""
        if not nothing:
            return self
        import pyarrow.compute

        pc: Any = pyarrow.compute
        none = pc.is_in(self.values, value_set=pa.array(nothing, self.values.type))
        return Cells(self.codes, pc.if_else(none, pa.scalar(None, self.values.type), self.values))

    def taken(self, rows: Ints) -> pa.Array[Any]:
        """The values of some rows."""
        return self.values.take(pa.array(self.codes[rows]))

    def filled(self, rows: Ints) -> Flags:
        """Which of some rows have a value that is not null."""
        valid: Flags = self.values.is_valid().to_numpy(zero_copy_only=False)[self.codes[rows]]
        return valid

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


def ordered(texts: pa.Array[Any]) -> tuple[Ints, Ints]:
    """By text, its rank among the distinct ones, in the order of their bytes; and by rank, a place where that text stands.

    Texts are compared eight bytes at a time, as numbers: to hash them all and then to sort the distinct ones took twice as
    long and held each text three times.

    >>> [found.tolist() for found in ordered(pa.array(["b", "ab", "b", "a"], pa.string()))]
    [[2, 1, 2, 0], [3, 1, 0]]
    """
    many = len(texts)
    if not many:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    starts, data = _bytes_of(texts)
    depth = _common(texts)
    word = _words(data, starts, np.arange(many), depth)
    order = np.argsort(word)
    word = word[order]
    begins = np.concatenate([[True], word[1:] != word[:-1]])  # whether another text than the one before stands here
    del word
    while True:
        depth += 8
        at = np.flatnonzero(~begins | ~np.append(begins[1:], True))  # where equals stand, so far
        if not (np.diff(starts)[order[at]] > depth).any():
            break
        _told_apart(order, begins, at, _words(data, starts, order[at], depth))
    rank = np.empty(many, np.int64)
    rank[order] = np.cumsum(begins) - 1
    return rank, order[begins]


def _told_apart(order: Ints, begins: Flags, at: Ints, word: Words) -> None:
    """Order those that were equal so far by their next `word`s, in place; `at` are where they stand."""
    group = np.cumsum(begins[at])
    differ = (word[1:] != word[:-1]) & (group[1:] == group[:-1])
    if not differ.any():
        return
    mixed = np.zeros(int(group[-1]) + 1, np.bool_)
    mixed[group[1:][differ]] = True
    chosen = np.flatnonzero(mixed[group])
    at, group, word = at[chosen], group[chosen], word[chosen]
    turn = np.lexsort((word, group))
    order[at] = order[at[turn]]
    word = word[turn]
    begins[at[1:]] |= word[1:] != word[:-1]


def _bytes_of(texts: pa.Array[Any]) -> tuple[Ints, Bytes]:
    """Where each text begins and the last one ends, and the bytes; at least eight, so that a word can be read."""
    buffers: list[Any] = texts.buffers()
    _, offsets, data = buffers
    wide = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    starts: Any = np.frombuffer(offsets, wide)[texts.offset : texts.offset + len(texts) + 1]
    found = np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)
    return starts, found if len(found) >= 8 else np.append(found, np.zeros(8, np.uint8))


def _common(texts: pa.Array[Any]) -> int:
    """How many bytes at their beginning all texts have in common."""
    ends: Any = pc.min_max(texts)
    least, most = (ends[name].as_py().encode() for name in ("min", "max"))
    return next((at for at, (one, other) in enumerate(zip(least, most, strict=False)) if one != other), len(least))


def _words(data: Bytes, starts: Ints, rows: Ints, depth: int) -> Words:
    """Eight bytes of some texts, from `depth` on, as a number in the order of the bytes. Every byte counts one more, which
    no byte of UTF-8 is too high for: nothing at all comes before NUL.
    """
    everywhere: Any = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))  # a word at every byte
    found = np.empty(len(rows), np.uint64)
    for begin in range(0, len(rows), _SLICE):
        some = rows[begin : begin + _SLICE]
        place = starts[some].astype(np.int64) + depth
        left = np.clip(starts[some + 1] - place, 0, 8)
        inside = np.minimum(place, len(data) - 8)  # the last texts end less than a word before the end
        word = everywhere[inside].byteswap() << (8 * np.minimum(place - inside, 7)).astype(np.uint64)
        found[begin : begin + _SLICE] = (word + _ONES) & _KEPT[left]
    return found
