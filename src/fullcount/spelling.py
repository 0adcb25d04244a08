"""Spelling: which words are nearly another. No input, no output.

Nearly is a small number of typing errors: a letter too many, too few, another one, or two that changed places. A word of
five to eight letters may have one, a longer one two; of shorter ones too many are alike.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

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
    found: dict[str, str] = {}
    if not wanted:
        return found
    import pyarrow.compute

    pc: Any = pyarrow.compute
    written = pc.unique(pc.split_pattern_regex(names, pattern=_BETWEEN).flatten())
    for word in wanted:
        for one in _alike(written, word):
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
