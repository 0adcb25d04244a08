"""Texts looked up by hashes of their bytes: words one after the other, and what stands at an end. Needs no more time for many.

A look-up may find too many, never too few. Most texts are told by the first eight bytes of words, or of an end, in a small
table; only what that leaves is hashed whole. No input, no output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy as np
    import pyarrow as pa

    Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]
    Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]
    Places = np.ndarray[tuple[int], np.dtype[np.int64]]

ENDS = ("starts", "ends")
_SIZES = (64, 48, 40, 32, 24, 16, 12, 8, 7, 6, 5, 4, 3, 2, 1)  # bytes of what stands at an end: so much of it is looked up
_BITS = 20  # of a hash, in a table of a megabyte
_ODDS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93)  # odd and without pattern: they spread bits


@dataclass(frozen=True, slots=True)
class Lookup:
    """What to look for: phrases by their number of words, and ends by how and by how many bytes of them are told first."""

    phrases: Mapping[int, _Phrases]
    ends: Mapping[tuple[str, int], _Ends]

    def places(self, texts: pa.Array[Any]) -> Iterator[Places]:
        """The places of the texts with one of these, perhaps of some others. Best for so many that stay in the cache."""
        block = texts_of(texts)
        if self.phrases:
            yield from _with_phrases(block, self.phrases)
        for (how, size), ends in self.ends.items():
            yield from _with_ends(block, how, size, ends)


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Phrases of so many words: tables of their first and last words, and their hashes."""

    first: Bools
    last: Bools
    whole: Hashes


@dataclass(frozen=True, slots=True)
class _Ends:
    """Ends that begin alike in length: a table of the bytes that are told first, and by size the hashes."""

    short: Bools
    whole: Mapping[int, Hashes]


@dataclass(frozen=True, slots=True)
class Words:
    """Runs of ASCII letters and digits: where they start, and how long they are."""

    starts: Places
    sizes: Places


@dataclass(frozen=True, slots=True)
class Texts:
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

    def short(self, starts: Places, sizes: Places | int) -> Places:
        """The places in a table of pieces of eight bytes at most; of longer ones, of the first eight."""
        import numpy as np

        mask = _masks()[np.minimum(sizes, 8)]
        spread = ((self.eights[starts] & mask) * np.uint64(_ODDS[0])) >> np.uint64(64 - _BITS)
        return spread.view(np.int64)

    def words(self) -> Words:
        """The words of all texts, one after the other."""
        import numpy as np

        inside = np.zeros(len(self.data) + 2, np.bool_)  # one more at both ends
        inside[1:-1] = (self.data - np.uint8(48) < 10) | ((self.data | np.uint8(32)) - np.uint8(97) < 26)
        opens, closes = inside[1:] > inside[:-1], inside[1:] < inside[:-1]
        between = self.bounds[inside[self.bounds] & inside[self.bounds + 1]]
        opens[between] = closes[between] = True  # a word does not go on in the next text
        starts = np.flatnonzero(opens)
        return Words(starts, np.flatnonzero(closes) - starts)


def lookup(texts: Mapping[str, Iterable[str]]) -> Lookup:
    """What looks for texts, by how they stand there: as `words`, at the start or at the end. Words are ASCII."""
    ends: dict[tuple[str, int], _Ends] = {}
    for how in ENDS:
        sizes: dict[int, list[str]] = {}
        for text in texts.get(how, ()):
            long = len(text.encode())
            sizes.setdefault(next(size for size in _SIZES if size <= long), []).append(text)
        for short in sorted({min(size, 8) for size in sizes}):
            ends[how, short] = _ends(how, short, {size: some for size, some in sizes.items() if min(size, 8) == short})
    return Lookup(_phrases(texts.get("words", ())), ends)


def _phrases(texts: Iterable[str]) -> Mapping[int, _Phrases]:
    sizes: dict[int, list[str]] = {}
    for text in texts:
        sizes.setdefault(text.count(" ") + 1, []).append(text)
    found = {}
    for size, some in sizes.items():
        block = _block(some)
        words = block.words()
        short, at = block.short(words.starts, words.sizes), _places(range(0, len(words.starts), size))
        found[size] = _Phrases(_table(short[at]), _table(short[at + size - 1]), _sorted(_joined(block, words, at, size)))
    return found


def _ends(how: str, short: int, texts: Mapping[int, Iterable[str]]) -> _Ends:
    tables, whole = [], {}
    for size, some in texts.items():
        block = _block(some)
        every = _places(range(len(block.bounds) - 1))
        tables.append(block.short(_from(block, how, every, short), short))
        whole[size] = _sorted(block.hashes(_from(block, how, every, size), size))
    return _Ends(_table(*tables), whole)


def _with_phrases(block: Texts, phrases: Mapping[int, _Phrases]) -> Iterator[Places]:
    import numpy as np

    words = block.words()
    short = block.short(words.starts, words.sizes)
    for size, one in phrases.items():
        many = max(0, len(short) - size + 1)
        near = np.flatnonzero(one.first[short[:many]] & one.last[short[size - 1 :][:many]])
        near = near[_among(one.whole, _joined(block, words, near, size))]
        ends = [np.searchsorted(block.bounds, words.starts[near + at], "right") - 1 for at in (0, size - 1)]
        yield ends[0][ends[0] == ends[1]]  # a phrase does not go on in the next text


def _with_ends(block: Texts, how: str, short: int, ends: _Ends) -> Iterator[Places]:
    import numpy as np

    long = np.diff(block.bounds)
    near = np.flatnonzero(long >= short)
    near = near[ends.short[block.short(_from(block, how, near, short), short)]]
    for size, whole in ends.whole.items():
        some = near[long[near] >= size]
        yield some[_among(whole, block.hashes(_from(block, how, some, size), size))]


def _from(block: Texts, how: str, places: Places, size: int) -> Places:
    """Where the first or last bytes of texts start."""
    return block.bounds[places] if how == "starts" else block.bounds[places + 1] - size


def _joined(block: Texts, words: Words, places: Places, size: int) -> Hashes:
    """The hashes of so many words one after the other, by the places of the first."""
    whole = block.hashes(words.starts[places], words.sizes[places])
    for at in range(1, size):
        whole = _mixed(whole) + block.hashes(words.starts[places + at], words.sizes[places + at])
    return whole


def _among(wanted: Hashes, hashes: Hashes) -> Bools:
    """Which hashes are wanted; these are sorted."""
    import numpy as np

    at = np.searchsorted(wanted, hashes)
    found: Bools = wanted[np.minimum(at, len(wanted) - 1)] == hashes
    return found


def _block(texts: Iterable[str]) -> Texts:
    import pyarrow as pa

    return texts_of(pa.array(texts, pa.string()))


def texts_of(texts: pa.Array[Any]) -> Texts:
    """The texts of an array, which are there already, as bytes."""
    import numpy as np

    _, offsets, buffer = texts.buffers()
    bounds = np.frombuffer(memoryview(offsets or bytes(4)), np.int32)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(memoryview(buffer or b""), np.uint8)[bounds[0] : bounds[-1]]
    padded = np.concatenate([data, np.zeros(8, np.uint8)])  # so that eight bytes stand at the last one too
    eights: Hashes = np.ndarray((len(data) + 1,), "<u8", padded, strides=(1,))
    return Texts(data, bounds.astype(np.int64) - int(bounds[0]), eights)


def _places(numbers: range) -> Places:
    import numpy as np

    return np.arange(numbers.start, numbers.stop, numbers.step, dtype=np.int64)


def _table(*places: Places) -> Bools:
    import numpy as np

    table = np.zeros(1 << _BITS, np.bool_)
    for some in places:
        table[some] = True
    return table


def _sorted(hashes: Hashes) -> Hashes:
    import numpy as np

    found: Hashes = np.unique(hashes)
    return found


def _masks() -> Hashes:
    import numpy as np

    return np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)


def _mixed(hashes: Hashes) -> Hashes:
    import numpy as np

    mixed: Hashes = (hashes ^ (hashes >> np.uint64(29))) * np.uint64(_ODDS[2])
    return mixed
