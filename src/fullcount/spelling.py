"""Spelling: which words are nearly another. No input, no output.

Nearly is a small number of typing errors: a letter too many, too few, another one, or two that changed places. A word of
five to eight letters may have one, a longer one two; of shorter ones too many are alike.
"""

from __future__ import annotations

from functools import cache, lru_cache, reduce
from typing import TYPE_CHECKING, Any

from fullcount.hash import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    import pyarrow as pa

    from fullcount.hash import Texts

    Letters = np.ndarray[tuple[int], np.dtype[np.uint32]]

_SHORTEST, _LONG = 5, 9
_BETWEEN = r"[^\p{L}\p{M}\p{N}]+"  # what separates words, as `condition.spaced` does


def errors(word: str) -> int:
    """How many typing errors a word may have and still be nearly itself.

    >>> errors("acme"), errors("eugene"), errors("kaspersky")
    (0, 1, 2)
    """
    return 0 if len(word) < _SHORTEST else 1 if len(word) < _LONG else 2


@lru_cache(maxsize=100_000)
def nearly(word: str, other: str) -> bool:
    """Whether `word` is `other` but for as many typing errors as `other` may have.

    >>> nearly("kapsersky", "kaspersky"), nearly("kasperskytte", "kaspersky"), nearly("acne", "acme")
    (True, False, False)
    """
    most = errors(other)
    if abs(len(word) - len(other)) > most:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(word, start=1):
        before, last, row = row, before, [place]
        for turn, wanted in enumerate(other, start=1):
            cost = min(before[turn] + 1, row[-1] + 1, before[turn - 1] + (letter != wanted))
            if place > 1 and turn > 1 and letter == other[turn - 2] and word[place - 2] == wanted:
                cost = min(cost, last[turn - 2] + 1)  # the two changed places
            row.append(cost)
        if min(row) > most and min(before) > most:
            return False
    return row[-1] <= most


def misspelt(names: pa.Array[Any], words: Iterable[str]) -> dict[str, str]:
    """The words of folded names that are nearly one of `words` and none of them, each with the word that is meant."""
    wanted = sorted({word for word in words if errors(word)})
    if not wanted:
        return {}
    import pyarrow.compute

    pc: Any = pyarrow.compute
    names = names.drop_null()
    plain = pc.string_is_ascii(names)
    written = pc.unique(pc.split_pattern_regex(names.filter(pc.invert(plain)), pattern=_BETWEEN).flatten())
    # most names are plain, and in these a word that is not plain has all its letters wrong
    easy, block = [word for word in wanted if word.isascii()], texts_of(names.filter(plain).cast("string"))
    alike = [(word, one) for word in wanted for one in _alike(written, word)] + list(_alike_in(block, easy))
    found: dict[str, str] = {}
    for word, one in sorted(alike):
        if one not in wanted and nearly(one, word):
            found.setdefault(one, word)
    return found


def _alike(written: Any, word: str) -> list[str]:
    """The words of about that length with nearly all of its letters: an error takes away no more than one of them."""
    import pyarrow.compute

    pc: Any = pyarrow.compute
    most, letters = errors(word), sorted(set(word))
    length = pc.utf8_length(written)
    fit = written.filter(pc.and_(pc.greater_equal(length, len(word) - most), pc.less_equal(length, len(word) + most)))
    there = reduce(pc.add, [pc.cast(pc.match_substring(fit, letter), "int32") for letter in letters])
    alike: list[str] = fit.filter(pc.greater_equal(there, len(letters) - most)).to_pylist()
    return alike


def _alike_in(block: Texts, wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The same of the words of plain texts, each with the word that it is like: a bit for each letter that it has."""
    import numpy as np

    if not wanted or not len(block.data):
        return
    words, bits = block.words(), _bits()
    long = np.array([len(word) for word in wanted])
    most = np.array([errors(word) for word in wanted])
    some = np.flatnonzero((words.sizes >= (long - most).min()) & (words.sizes <= (long + most).max()))
    starts, sizes = words.starts[some], words.sizes[some]
    if not len(some):
        return
    runs = np.stack([starts, starts + sizes], axis=1).ravel()
    letters = np.bitwise_or.reduceat(bits[np.append(block.data, 0)], runs)[::2]  # a run must end within
    for word, least in zip(wanted, long - most, strict=True):
        have = np.bitwise_or.reduce(bits[np.frombuffer(word.encode(), np.uint8)])
        enough = int(np.bitwise_count(have)) - errors(word)
        near = (sizes >= least) & (sizes <= len(word) + errors(word)) & (np.bitwise_count(letters & have) >= enough)
        _, first = np.unique(block.hashes(starts[near], sizes[near]), return_index=True)
        for place in np.flatnonzero(near)[first].tolist():
            yield word, block.data[starts[place] : starts[place] + sizes[place]].tobytes().decode()


@cache
def _bits() -> Letters:
    """By byte: a bit for each letter, and one for all digits; what stands between words has none."""
    import numpy as np

    found = np.zeros(256, np.uint32)
    for turn, letter in enumerate("abcdefghijklmnopqrstuvwxyz"):
        found[ord(letter)] = found[ord(letter.upper())] = 1 << turn
    found[ord("0") : ord("9") + 1] = 1 << 26
    return found
