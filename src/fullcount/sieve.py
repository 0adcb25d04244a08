"""The sieve: which titles have a literal that some signature must find. It may keep too many, never too few.

Nearly all titles are somebody else's, so that they are looked at a column at a time. Whole texts are looked up; parts of
texts are joined to expressions, which RE2 runs in linear time as long as they are short, over many neighbours at once.
Where that would be many expressions, words one after the other and what stands at an end are looked up by a hash of
their bytes: that takes the same time for any number of them.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fullcount.condition import FIELDS, TAKEN_FROM, Anchor
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np
    import pyarrow as pa

    Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]
    Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]
    Places = np.ndarray[tuple[int], np.dtype[np.int64]]

_BETWEEN = "[^0-9A-Za-z]+"  # what may stand between words, and more
_ENDS = ("starts", "ends")
_SIZES = (64, 48, 40, 32, 24, 16, 12, 8, 7, 6, 5, 4, 3, 2, 1)  # bytes of what stands at an end: so much of it is looked up
_THREADS = min(4, os.cpu_count() or 1)
_BITS = 20  # of a hash, in a table of a megabyte
_BLOCK = 100_000  # texts that are hashed at once
_ODDS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93)  # odd and without pattern: they spread bits
KEYS: Mapping[str, str] = {"name": "name_key", "publisher": "publisher_key"}  # columns of `titles` that come folded
# A value that has none of this folds, as ASCII, to its lower case without outer spaces.
_ODD = r"[^ -~]|  |\((?i:tm|r|c)\)"
# What the folds of these fields take for a sign of its own, or take from the middle.
_UNQUOTED = {"cpe": r"[%\\]|.(?i:cpe:(?:2\.3:|/))", "purl": "%"}
_SLASHED = frozenset({"path", "driver"})  # fields whose folds turn `\` to `/`
_LONGEST = 4000  # bytes of an expression: far beyond, RE2 forgets its states faster than it uses them, and is 100 times slower
_FEW = 100  # whole texts: beside parts of the same field they are searched with these at no cost
_FEW_EXPRESSIONS = 2  # a search costs half of what hashing all words of a column does
_NEIGHBOURS = 32  # values that are searched as one text: a call for each costs more than the search


@dataclass(frozen=True, slots=True)
class Sieve:
    """What to look for: by field of a title, the whole texts, the expressions for what is somewhere in the text, and the
    texts that are looked up by hashes, by how they stand there.
    """

    whole: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, tuple[str, ...]]
    hashed: Mapping[str, Mapping[str, tuple[str, ...]]]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are looked at, sorted."""
        return tuple(sorted({*self.whole, *self.parts, *self.hashed}))


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
        found = tuple(_expressions(_patterns(searched)))
        if len(found) > _FEW_EXPRESSIONS:
            hashed[field] = _by_how(one for one in searched if _can_hash(one))
            found = tuple(_expressions(_patterns(one for one in searched if not _can_hash(one))))
        expressions[field] = found
    return Sieve({field: tuple(sorted(texts)) for field, texts in whole.items()}, expressions, hashed)


def _kept_whole(field: str) -> bool:
    """Whether the texts of a field are here just what the field folds to, and not more."""
    return FIELDS[field] is key and field not in TAKEN_FROM


def _can_hash(anchor: Anchor) -> bool:
    """Whether a text can be looked up by its hash. Words that are not ASCII cannot: their bounds are not seen in bytes."""
    return _kept_whole(anchor.field) and (anchor.how in _ENDS or (anchor.how == "words" and anchor.text.isascii()))


def _by_how(anchors: Iterable[Anchor]) -> Mapping[str, tuple[str, ...]]:
    texts: dict[str, list[str]] = {}
    for anchor in sorted(anchors):
        texts.setdefault(anchor.how, []).append(anchor.text)
    return {how: tuple(some) for how, some in texts.items()}


def _patterns(anchors: Iterable[Anchor]) -> list[str]:
    """An expression for each: words may have anything between them that is not surely part of a word."""
    apart = {(tuple(one.text.split(" ")) if one.how == "words" else (one.text,)) for one in anchors}
    return [_BETWEEN.join(map(re.escape, words)) for words in sorted(apart)]


def survivors(which: Sieve, titles: pa.Table | pa.RecordBatch) -> list[int]:
    """The rows that the sieve keeps, ascending. Of the columns of `titles` those of its fields must be there."""
    import numpy as np

    kept = np.zeros(titles.num_rows, np.bool_)
    for field in which.fields:
        for rows in _rows(which, titles, field):
            kept[rows] = True
    return [int(row) for row in np.flatnonzero(kept)]


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
        yield from _hashed(texts, which.hashed[field])


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


# -- many texts: looked up by hashes of bytes ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Hashes to look for. `table` says of their first bits whether one begins so: most others go by that alone."""

    hashes: Hashes
    table: Bools

    def among(self, hashes: Hashes) -> Places:
        """The places of those that are wanted, ascending."""
        import numpy as np

        near = np.flatnonzero(self.table[hashes >> np.uint64(64 - _BITS)])
        at = np.searchsorted(self.hashes, hashes[near])
        found: Places = near[self.hashes[np.minimum(at, len(self.hashes) - 1)] == hashes[near]]
        return found


def _wanted(hashes: Hashes) -> _Wanted:
    import numpy as np

    table = np.zeros(1 << _BITS, np.bool_)
    table[hashes >> np.uint64(64 - _BITS)] = True
    return _Wanted(np.unique(hashes), table)


@dataclass(frozen=True, slots=True)
class _Bytes:
    """Texts as bytes. `bounds` are where they start, and the end of the last; `eights` what stands at each byte, eight long."""

    data: np.ndarray[tuple[int], np.dtype[np.uint8]]
    bounds: Places
    eights: Hashes

    def hashes(self, starts: Places, sizes: Places | int) -> Hashes:
        """Hashes of pieces, by where they start and how long they are; of long ones, of their first and last bytes."""
        import numpy as np

        size = np.asarray(sizes, np.int64)
        mask = _masks()[np.minimum(size, 8)]
        last = self.eights[np.maximum(starts + size - 8, starts)] & mask
        return _mixed((self.eights[starts] & mask) * np.uint64(_ODDS[0]) ^ last * np.uint64(_ODDS[1]) ^ size.astype(np.uint64))

    def words(self) -> tuple[Places, Hashes]:
        """Runs of ASCII letters and digits: where they start, and their hashes."""
        import numpy as np

        inside = np.zeros(len(self.data) + 2, np.bool_)  # one more at both ends
        inside[1:-1] = _letters()[self.data]
        first = np.zeros(len(self.data) + 1, np.bool_)
        first[self.bounds] = True  # a word does not go on in the next text
        opens = inside[1:] & (first | ~inside[:-1])
        closes = inside[:-1] & (first | ~inside[1:])
        starts = np.flatnonzero(opens)
        return starts, self.hashes(starts, np.flatnonzero(closes) - starts)


def _bytes(texts: pa.Array[Any]) -> _Bytes:
    import numpy as np

    _, offsets, buffer = texts.buffers()
    bounds = np.frombuffer(memoryview(offsets or bytes(4)), np.int32)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(memoryview(buffer or b""), np.uint8)[bounds[0] : bounds[-1]]
    padded = np.concatenate([data, np.zeros(8, np.uint8)])  # so that eight bytes stand at the last one too
    eights: Hashes = np.ndarray((len(data) + 1,), "<u8", padded, strides=(1,))
    return _Bytes(data, bounds.astype(np.int64) - int(bounds[0]), eights)


def _letters() -> Bools:
    """By byte, whether it is an ASCII letter or digit."""
    import numpy as np

    return np.array([chr(byte).isascii() and chr(byte).isalnum() for byte in range(256)])


def _masks() -> Hashes:
    import numpy as np

    return np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)


def _mixed(hashes: Hashes) -> Hashes:
    import numpy as np

    mixed: Hashes = (hashes ^ (hashes >> np.uint64(29))) * np.uint64(_ODDS[2])
    return mixed


def _hashed(texts: pa.Array[Any], wanted: Mapping[str, tuple[str, ...]]) -> Iterator[Places]:
    """The places of the texts with one of these, perhaps of some others. A block at a time, to stay in the cache."""
    phrases = _phrases(wanted.get("words", ()))
    ends = [(how, size, one) for how in _ENDS for size, one in _at_end(wanted.get(how, ()), how).items()]

    def of(start: int) -> list[Places]:
        block = _bytes(texts.slice(start, _BLOCK))
        found = list(_with_phrases(block, phrases)) if phrases else []
        for how, size, one in ends:
            places, hashes = _end_of(block, how, size)
            found.append(places[one.among(hashes)])
        return [start + places for places in found]

    with ThreadPoolExecutor(_THREADS) as threads:  # numpy lets go of the interpreter where the work is
        for found in threads.map(of, range(0, len(texts), _BLOCK)):
            yield from found


def _phrases(texts: Iterable[str]) -> Mapping[int, tuple[_Wanted, _Wanted]]:
    """By the number of words, the first words and the phrases to look for."""
    import pyarrow as pa

    sizes: dict[int, list[str]] = {}
    for text in texts:
        sizes.setdefault(text.count(" ") + 1, []).append(text)
    found = {}
    for size, some in sizes.items():
        words = _bytes(pa.array(some, pa.string())).words()[1].reshape(-1, size)
        found[size] = _wanted(words[:, 0]), _wanted(_joined([words[:, at] for at in range(size)]))
    return found


def _with_phrases(block: _Bytes, phrases: Mapping[int, tuple[_Wanted, _Wanted]]) -> Iterator[Places]:
    import numpy as np

    starts, hashes = block.words()
    for size, (first, whole) in phrases.items():
        near = first.among(hashes[: max(0, len(hashes) - size + 1)])
        near = near[whole.among(_joined([hashes[near + at] for at in range(size)]))]
        ends = [np.searchsorted(block.bounds, starts[near + at], "right") - 1 for at in (0, size - 1)]
        yield ends[0][ends[0] == ends[1]]  # a phrase does not go on in the next text


def _joined(words: Sequence[Hashes]) -> Hashes:
    """The hash of words one after the other, by those of each."""
    whole = words[0]
    for word in words[1:]:
        whole = _mixed(whole) + word
    return whole


def _at_end(texts: Iterable[str], how: str) -> Mapping[int, _Wanted]:
    """By their size, what to look for at that end."""
    import pyarrow as pa

    sizes: dict[int, list[str]] = {}
    for text in texts:
        long = len(text.encode())
        sizes.setdefault(next(size for size in _SIZES if size <= long), []).append(text)
    return {size: _wanted(_end_of(_bytes(pa.array(some, pa.string())), how, size)[1]) for size, some in sizes.items()}


def _end_of(block: _Bytes, how: str, size: int) -> tuple[Places, Hashes]:
    """The texts that are long enough, and hashes of so many of their first or last bytes."""
    import numpy as np

    starts, ends = block.bounds[:-1], block.bounds[1:]
    places = np.flatnonzero(ends - starts >= size)
    return places, block.hashes(starts[places] if how == "starts" else ends[places] - size, size)
