"""The sieve: which titles have a literal that some signature must find. It may keep too many, never too few.

Nearly all titles are somebody else's, so that they are looked at a column at a time. Whole texts are looked up; parts of
texts are joined to expressions, which RE2 runs in linear time as long as they are short, over many neighbours at once.
Where that would be many expressions, words one after the other and what stands at an end are looked up by hashes.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from fullcount.condition import FIELDS, TAKEN_FROM, Anchor
from fullcount.hash import ENDS, Lookup, lookup
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    import numpy as np
    import pyarrow as pa

    Places = np.ndarray[tuple[int], np.dtype[np.int64]]

_BETWEEN = "[^0-9A-Za-z]+"  # what may stand between words, and more
_THREADS = min(4, os.cpu_count() or 1)
_BLOCK = 65_536  # titles that are looked at at once: their texts stay in the cache
KEYS: Mapping[str, str] = {"name": "name_key", "publisher": "publisher_key"}  # columns of `titles` that come folded
# A value that has none of this folds, as ASCII, to its lower case without outer spaces.
_ODD = r"[^ -~]|  |\((?i:tm|r|c)\)"
# What the folds of these fields take for a sign of its own, or take from the middle.
_UNQUOTED = {"cpe": r"[%\\]|.(?i:cpe:(?:2\.3:|/))", "purl": "%"}
_SLASHED = frozenset({"path", "driver"})  # fields whose folds turn `\` to `/`
_LONGEST = 4000  # bytes of an expression: far beyond, RE2 forgets its states faster than it uses them, and is 100 times slower
_FEW = 100  # whole texts: beside parts of the same field they are searched with these at no cost
_FEW_EXPRESSIONS = 2  # a search costs half of what hashing all words of a column does
_COMPARED = 1000  # texts of a field: among more it takes longer to see which have another inside than it saves
_NEIGHBOURS = 32  # values that are searched as one text: a call for each costs more than the search


@dataclass(frozen=True, slots=True)
class Sieve:
    """What to look for: by field of a title, the whole texts, the expressions for what is somewhere in the text, and the
    texts that are looked up by hashes, by how they stand there.
    """

    whole: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, tuple[str, ...]]
    hashed: Mapping[str, Lookup]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are looked at, sorted."""
        return tuple(sorted({*self.whole, *self.parts, *self.hashed}))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `titles` that it reads, in the order of their fields."""
        return tuple(KEYS.get(field, field) for field in self.fields)

    def narrowed(self, columns: Collection[str]) -> Sieve:
        """What is looked for in these columns."""
        fields = {field for field in self.fields if KEYS.get(field, field) in columns}
        whole = {field: texts for field, texts in self.whole.items() if field in fields}
        parts = {field: texts for field, texts in self.parts.items() if field in fields}
        return Sieve(whole, parts, {field: texts for field, texts in self.hashed.items() if field in fields})


def sieve(anchors: Iterable[Anchor]) -> Sieve:
    """The sieve that keeps every title with one of these anchors."""
    whole: dict[str, set[str]] = {}
    parts: dict[str, set[Anchor]] = {}
    for anchor in anchors:
        for field in TAKEN_FROM.get(anchor.field, (anchor.field,)):
            if anchor.how == "equals" and _kept_whole(anchor.field):
                whole.setdefault(field, set()).add(anchor.text)
            else:
                parts.setdefault(field, set()).add(anchor)
    expressions, hashed = {}, {}
    for field in sorted(whole.keys() | parts.keys()):
        searched = parts.get(field, set())
        if searched and len(whole.get(field, ())) <= _FEW:
            searched |= {Anchor(field, text, "part") for text in whole.pop(field, ())}
        found = tuple(_expressions(_patterns(_shortest(searched))))
        if len(found) > _FEW_EXPRESSIONS and (some := {one for one in searched if _can_hash(one)}):
            hashed[field] = lookup(_by_how(some))
            found = tuple(_expressions(_patterns(_shortest(searched - some))))
        expressions[field] = found
    return Sieve({field: tuple(sorted(texts)) for field, texts in whole.items()}, expressions, hashed)


def _kept_whole(field: str) -> bool:
    """Whether the texts of a field are here just what the field folds to, and not more."""
    return FIELDS[field] is key and field not in TAKEN_FROM


def _can_hash(anchor: Anchor) -> bool:
    """Whether a text can be looked up by its hash. Words that are not ASCII cannot: their bounds are not seen in bytes."""
    return _kept_whole(anchor.field) and (anchor.how in ENDS or (anchor.how == "words" and anchor.text.isascii()))


def _by_how(anchors: Iterable[Anchor]) -> Mapping[str, tuple[str, ...]]:
    texts: dict[str, list[str]] = {}
    for anchor in sorted(anchors):
        texts.setdefault(anchor.how, []).append(anchor.text)
    return {how: tuple(some) for how, some in texts.items()}


def _patterns(anchors: Iterable[Anchor]) -> list[str]:
    """An expression for each: words may have anything between them that is not surely part of a word."""
    return [_BETWEEN.join(map(re.escape, words)) for words in sorted(set(map(_runs, anchors)))]


def _runs(anchor: Anchor) -> tuple[str, ...]:
    """What is searched as it stands: the words, or all of the text."""
    return tuple(anchor.text.split(" ")) if anchor.how == "words" else (anchor.text,)


def _shortest(anchors: set[Anchor]) -> set[Anchor]:
    """The anchors without those that cannot be there unless another is: who looks for the brand finds its products. Only for
    what is searched: a hash finds words and ends nowhere else.
    """
    if len(anchors) > _COMPARED:
        return anchors
    kept: set[Anchor] = set()
    alone: list[str] = []
    for anchor in sorted(anchors, key=lambda one: (len(one.text), one)):
        runs = _runs(anchor)
        if not any(text in run for run in runs for text in alone):
            kept.add(anchor)
            if len(runs) == 1:
                alone.append(anchor.text)
    return kept


def survivors(which: Sieve, titles: pa.Table | pa.RecordBatch) -> list[int]:
    """The rows that the sieve keeps, ascending. Of the columns of `titles` those of its fields must be there."""

    def of(start: int) -> list[int]:
        kept: list[int] = (start + _kept(which, titles.slice(start, _BLOCK))).tolist()
        return kept

    if titles.num_rows <= _BLOCK:  # an engine hands over such, and makes the next one meanwhile
        return of(0)
    with ThreadPoolExecutor(_THREADS) as threads:  # numpy and Arrow let go of the interpreter where the work is
        return list(chain.from_iterable(threads.map(of, range(0, titles.num_rows, _BLOCK))))


def _kept(which: Sieve, titles: pa.Table | pa.RecordBatch) -> Places:
    import numpy as np

    kept = np.zeros(titles.num_rows, np.bool_)
    for field in which.fields:
        for rows in _rows(which, titles, field):
            kept[rows] = True
    return np.flatnonzero(kept)


def _rows(which: Sieve, titles: pa.Table | pa.RecordBatch, field: str) -> Iterator[Places]:
    import pyarrow as pa
    import pyarrow.compute as pc

    column = titles[KEYS.get(field, field)]
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if values.null_count == len(values):
        return
    texts = (values if field in KEYS else folded(values, field)).cast(pa.string())
    if field in which.whole:
        wanted = pa.array(which.whole[field], texts.type)
        yield pc.indices_nonzero(pc.is_in(texts, value_set=wanted)).to_numpy()
    for expression in which.parts.get(field, ()):
        yield _holding(texts, expression)
    if field in which.hashed:
        yield from which.hashed[field].places(texts)


def folded(values: pa.Array[Any], field: str) -> pa.Array[Any]:
    """Values of a field, so that what its fold makes of a value is part of the text here, and where the fold is `key`
    the whole. Those that are not plain ASCII are folded one by one.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.match_substring_regex(values, "|".join(filter(None, (_ODD, _UNQUOTED.get(field)))))
    odd: pa.BooleanArray = found.fill_null(False)  # type: ignore[assignment]  # the stubs lose the type
    texts = pc.ascii_trim(pc.ascii_lower(values), " ")
    if field in _SLASHED:
        texts = pc.replace_substring(texts, "\\", "/")
    strange = [str(value) for value in values.filter(odd).to_pylist()]
    known = {value: FIELDS[field](value) for value in set(strange)}
    folds = pa.array([known[value] for value in strange], texts.type)
    whole: pa.Array[Any] = pc.replace_with_mask(texts, odd, folds)
    return whole


def _holding(texts: pa.Array[Any], expression: str) -> Places:
    """The places of the texts in which the expression is found: first among neighbours, then in each of these."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    _, offsets, data = texts.buffers()
    starts = np.frombuffer(memoryview(offsets or b""), np.int32)[texts.offset : texts.offset + len(texts) + 1]
    bounds = np.append(starts[:-1:_NEIGHBOURS], starts[-1])
    runs = pa.StringArray.from_buffers(len(bounds) - 1, pa.py_buffer(bounds.tobytes()), data or pa.py_buffer(b""))
    found = pc.indices_nonzero(pc.match_substring_regex(runs, expression)).to_numpy()
    near = (found[:, None] * _NEIGHBOURS + np.arange(_NEIGHBOURS, dtype=found.dtype)).ravel()
    near = near[near < len(texts)].astype(np.int64)
    sure = pc.indices_nonzero(pc.match_substring_regex(texts.take(pa.array(near)), expression))
    places: Places = near[sure.to_numpy()]
    return places


def _expressions(patterns: Iterable[str]) -> Iterator[str]:
    """Expressions that together find any of the patterns."""
    some: list[str] = []
    size = 0
    for pattern in patterns:
        long = len(pattern.encode())
        if some and size + long > _LONGEST:
            yield "|".join(some)
            some, size = [], 0
        some.append(pattern)
        size += long
    if some:
        yield "|".join(some)
