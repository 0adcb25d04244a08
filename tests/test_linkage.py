"""What missed links and false ones do to an overlap table, and that it is taken back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tries import tries

from fullcount.capture import Capture
from fullcount.linkage import TRIALS, LinkError, NotMeasured, correct_linkage, measured, split_matrix
from fullcount.report import RelinkLine

KINDS = ("serial", "uuid", "cloud_id")


def known(split: float | tuple[float, ...], merge: float = 0.0) -> LinkError:
    rates = split if isinstance(split, tuple) else (split,)
    mean = sum(rates) / len(rates)
    return LinkError(split=split, low=mean, high=mean, merge=merge)


def line(kind: str, able: int, again: int, pairs: int | None = None) -> RelinkLine:
    return RelinkLine(kind=kind, pairs=able if pairs is None else pairs, able=able, again=again)


@st.composite
def tables(draw) -> Capture:
    k = draw(st.integers(1, 4))
    counts = draw(st.lists(st.integers(0, 5000), min_size=2**k, max_size=2**k))
    return Capture(families=tuple("abcd"[:k]), counts=np.array([0, *counts[1:]], float))


def forward(true: Capture, rates: tuple[float, ...]) -> np.ndarray:
    """Splits in expectation, written out host by host: which families leave a host, and with what chance."""
    found = np.zeros_like(true.counts)
    for cell, hosts in enumerate(true.counts):
        inside = [j for j in range(true.k) if cell >> j & 1]
        for leaving in range(1 << len(inside)):
            gone = [j for turn, j in enumerate(inside) if leaving >> turn & 1]
            chance = np.prod([rates[j] if j in gone else 1 - rates[j] for j in inside])
            rest = sum(1 << j for j in inside if j not in gone)
            for one in [rest, *(1 << j for j in gone)]:
                if one:
                    found[one] += hosts * chance
    return found


@given(tables(), st.lists(st.floats(0, 0.3), min_size=4, max_size=4))
@tries(100)
def test_splits_are_taken_back_exactly_in_expectation(true, rates):
    split = tuple(rates[: true.k])
    seen = forward(true, split)
    assert np.allclose(split_matrix(split) @ true.counts, seen)
    found = correct_linkage(Capture(families=true.families, counts=seen), known(split))
    assert np.allclose(found.counts, true.counts, atol=1e-6 * (1 + true.seen))


def test_it_works_on_what_a_chance_makes_of_a_fleet():
    rng = np.random.default_rng(7)
    cells = rng.choice(8, 40_000, p=[0, 0.1, 0.1, 0.2, 0.1, 0.1, 0.1, 0.3])
    true = np.bincount(cells, minlength=8)
    seen = np.zeros(8)
    for cell in cells:
        inside = [j for j in range(3) if cell >> j & 1]
        gone = [j for j in inside if rng.random() < 0.03]
        rest = sum(1 << j for j in inside if j not in gone)
        for one in [rest, *(1 << j for j in gone)]:
            seen[one] += one > 0
    raw = Capture(families=("a", "b", "c"), counts=seen)
    found = correct_linkage(raw, known(0.03))
    assert raw.seen > true.sum() * 1.03
    assert np.abs(found.counts - true).max() < 6 * np.sqrt(true.max() * 0.03)


@given(tables(), st.floats(0.001, 0.02))
@tries(50)
def test_merges_are_taken_back_to_the_first_order(true, rate):
    share = true.counts / max(true.seen, 1)
    seen = true.counts.copy()
    for first in range(1, len(share)):
        for second in range(1, len(share)):
            pairs = rate * true.seen * share[first] * share[second]
            seen[first | second] += pairs
            seen[first] -= pairs
            seen[second] -= pairs
    raw = Capture(families=true.families, counts=np.maximum(seen, 0))
    found = correct_linkage(raw, known(0.0, merge=rate))
    assert np.abs(found.counts - true.counts).max() <= 10 * rate**2 * true.seen + 1e-6
    assert found.seen >= raw.seen


def test_nothing_known_to_be_wrong_changes_nothing():
    table = Capture(families=("a", "b"), counts=np.array([0, 3.0, 4.0, 5.0]))
    assert correct_linkage(table, known(0.0)).counts.tolist() == [0, 3, 4, 5]


def test_no_cell_falls_below_nought():
    table = Capture(families=("a", "b"), counts=np.array([0, 0.0, 1.0, 900.0]))
    found = correct_linkage(table, known(0.05))
    assert found.counts.min() == 0


@pytest.mark.parametrize("rates", [{"split": -0.1}, {"split": 1.0}, {"split": 0.1, "low": 0.2}, {"split": 0.3, "high": 0.2}])
def test_what_is_no_rate_is_refused(rates):
    with pytest.raises(ValueError, match="no rates"):
        LinkError(**{"low": 0.0, "high": 0.5} | rates)


def test_another_rate_keeps_the_proportions_of_families():
    error = LinkError(split=(0.01, 0.03), low=0.01, high=0.04)
    assert error.mean == pytest.approx(0.02)
    assert error.at(0.04).rates(2) == pytest.approx((0.02, 0.06))
    assert error.at(0.0).rates(2) == (0, 0)
    assert known(0.02).at(0.05).rates(3) == (0.05,) * 3
    assert LinkError(split=(0.0, 0.0), low=0, high=0.1).at(0.1).rates(2) == (0.1, 0.1)


def test_two_kinds_that_speak_are_measured_between_independence_and_the_best_kind():
    found = measured([line("serial", 10_000, 9_900), line("uuid", 8_000, 7_840), line("agent_id", 5_000, 10)])
    assert isinstance(found, LinkError)
    assert found.low == pytest.approx(0.01 * 0.02)
    assert found.mean == pytest.approx((0.0002 + 0.01) / 2)
    assert 0.01 < found.high < 0.0125
    assert "serial 100 of 10,000; uuid 160 of 8,000" in found.text
    assert "agent" not in found.text


def test_three_kinds_that_are_missing_independently_give_their_common_rate():
    missing = (0.1, 0.2, 0.3)
    again = [1 - np.prod([one for one in missing if one != hidden]) for hidden in missing]
    found = measured([line(kind, 100_000, round(100_000 * share)) for kind, share in zip(KINDS, again, strict=True)])
    assert isinstance(found, LinkError)
    assert found.low == pytest.approx(np.prod(missing), rel=1e-3)


def test_links_that_were_never_missed_may_still_be_missed_at_times():
    found = measured([line("serial", 3_000, 3_000), line("uuid", 3_000, 3_000)])
    assert isinstance(found, LinkError)
    assert (found.low, found.mean) == (0, 0)
    assert 0 < found.high < 0.002


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [line("serial", 10_000, 10_000)],
        [line("serial", 10_000, 10_000), line("agent_id", 10_000, 10_000)],
        [line("serial", 10_000, 10_000), line("uuid", TRIALS - 1, TRIALS - 1)],
        [line("serial", 10_000, 10_000), line("uuid", 1_000, 1_000, pairs=2_001)],
    ],
    ids=["none", "one kind", "agent ids", "few trials", "few able"],
)
def test_what_does_not_speak_is_not_measured(lines):
    found = measured(lines)
    assert isinstance(found, NotMeasured)
    assert "not measured" in found.text
