"""Which words are nearly another: against the plain definition, and through the sieve."""

from __future__ import annotations

from functools import cache

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullcount.spelling import errors, misspelt, nearly

WORD = st.text(alphabet="abcde", min_size=4, max_size=10)
ODD = st.text(alphabet="abcdé7", min_size=4, max_size=10)  # names that are not plain go another way


@cache
def distance(one: str, other: str) -> int:
    """Typing errors between two words, by the definition: each letter is changed at most once."""
    if not one or not other:
        return len(one) + len(other)
    steps = [
        distance(one[:-1], other) + 1,
        distance(one, other[:-1]) + 1,
        distance(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    ]
    if one[-2:] == other[-2:][::-1] and len(one) > 1 and len(other) > 1:
        steps.append(distance(one[:-2], other[:-2]) + 1)
    return min(steps)


@pytest.mark.parametrize("written", ["kapsersky", "kasperski", "kaspersy", "kaspersskyy", "caspersky", "kaaspersky", "kaspesrky"])
def test_slips_of_the_pen_are_nearly_the_word(written: str) -> None:
    assert nearly(written, "kaspersky")
    assert misspelt(pa.array([f"old_{written}-guard 2"]), ["kaspersky", "guard"]) == {written: "kaspersky"}


@pytest.mark.parametrize("written", ["kasperskytte", "kasparov", "casper", "sky", "kas"])
def test_other_words_are_not(written: str) -> None:
    assert not nearly(written, "kaspersky")


def test_short_words_may_have_no_error() -> None:
    assert [errors(word) for word in ("acme", "acmes", "acmeacme", "acmeacmea")] == [0, 1, 1, 2]
    assert misspelt(pa.array(["acne guard"]), ["acme"]) == {}
    assert misspelt(pa.array([], pa.string()), ["kaspersky"]) == {}


@given(WORD, WORD)
def test_nearly_is_what_the_definition_says(one: str, other: str) -> None:
    assert nearly(one, other) == (distance(one, other) <= errors(other))


@given(st.lists(WORD | ODD, min_size=1, max_size=20), st.lists(WORD | ODD, min_size=1, max_size=3), st.sampled_from([" ", "-"]))
def test_the_sieve_loses_no_word(written: list[str], wanted: list[str], between: str) -> None:
    half = len(written) // 2  # in two names of which one may be plain
    names = [between.join(written[:half]), None, between.join(written[half:])]
    found = misspelt(pa.array(names, pa.string()), wanted)
    expected = {one for one in written if one not in wanted and any(nearly(one, word) for word in wanted if errors(word))}
    assert {one for one in found if one not in wanted} == expected
    assert all(nearly(one, word) for one, word in found.items())
