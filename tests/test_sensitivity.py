"""What looks miss, and what that means for systems that nobody looked at: never nought where nobody knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fullcount.missed import Find, Looks, rates, rates_of
from fullcount.sensitivity import LEAST_LOOKED, Checked, Group, Sightings, apart, corrected, trend

# -- false positives -------------------------------------------------------------------------------------------------------


def test_wrong_finds_and_misses_are_corrected():
    found = corrected(150, 1_000, sensitivity=Checked(right=900, of=1_000), specificity=Checked(right=950, of=1_000))
    assert found.apparent == 0.15
    assert found.figure.centre == pytest.approx((0.15 + 0.95 - 1) / (0.9 + 0.95 - 1), abs=0.003)
    assert not found.warning
    assert 0 < (found.figure.low or 0) < (found.figure.high or 0) < 1


def test_no_more_than_wrong_finds_alone_is_a_warning():
    found = corrected(20, 1_000, sensitivity=Checked(right=90, of=100), specificity=Checked(right=95, of=100))
    assert "it may be that none has it" in found.warning
    assert found.figure.low == 0


@pytest.mark.parametrize(
    ("looked_at", "right", "clean", "why"),
    [
        (0, Checked(right=9, of=10), Checked(right=9, of=10), "nobody looked"),
        (10, Checked(right=0, of=0), Checked(right=9, of=10), "nobody checked"),
        (10, Checked(right=5, of=10), Checked(right=5, of=10), "hardly more often"),
    ],
)
def test_a_check_that_tells_nothing_says_nothing(looked_at, right, clean, why):
    found = corrected(0, looked_at, sensitivity=right, specificity=clean)
    assert found.figure.low is None
    assert why in found.figure.why


# -- A + B + C + D ---------------------------------------------------------------------------------------------------------


def unseen(number: float) -> Any:
    return np.full(1_000, number)


def looks(first: int, second: int, both: int, *, form: str = "x") -> Looks:
    """Of two sources that looked at the same systems."""
    pair = frozenset({"a", "b"})
    found = ((pair, both), (frozenset({"a"}), first - both), (frozenset({"b"}), second - both))
    finds = tuple(Find(looked=pair, found=who, systems=systems) for who, systems in found)
    return Looks(rates=rates(form, finds, {}), finds=finds)


BOTH_CLASSES = (looks(18, 18, 16),)
MANAGED = Group(name="managed", inspected=1_000, found=20, uninspected=100, looks=BOTH_CLASSES, unseen=unseen(50))
LABS = Group(name="labs", inspected=100, found=20, uninspected=100, looks=BOTH_CLASSES, unseen=unseen(50))


def test_every_class_has_its_own_share():
    managed, labs, whole = apart([MANAGED, LABS])
    assert (managed.name, labs.name, whole.name) == ("managed", "labs", "")
    assert managed.uninspected.centre == pytest.approx(2, abs=1)
    assert labs.uninspected.centre == pytest.approx(20, abs=4)
    assert labs.unseen.centre == pytest.approx(10, abs=3)
    assert whole.found == 40
    assert whole.beyond.centre == pytest.approx(33, abs=8)
    assert not whole.reasons
    assert not whole.beyond.is_floor
    # drawn together: narrower than the sum of the limits
    parts = (whole.missed, whole.uninspected, whole.unseen)
    assert (whole.beyond.high or 0) < sum(one.high or 0 for one in parts)
    assert apart([MANAGED, LABS]) == apart([MANAGED, LABS])


def test_a_class_that_nobody_looked_at_is_not_nought():
    dark = Group(name="dark", inspected=0, found=0, uninspected=70, unseen=unseen(10))
    line, whole = apart([dark])
    assert line.uninspected.low is None
    assert line.unseen.low is None
    assert any("nobody looked at any such system" in one for one in line.reasons)
    assert (whole.beyond.is_floor, whole.beyond.low, whole.beyond.high) == (True, 0, None), "and no more is said"
    together = apart([MANAGED, dark])[-1]
    assert together.uninspected.is_floor
    assert together.uninspected.high is None
    assert together.beyond.is_floor


def test_too_few_that_were_looked_at_say_nothing_of_others():
    few = Group(name="labs", inspected=LEAST_LOOKED - 1, found=1, uninspected=9_000, looks=BOTH_CLASSES, unseen=unseen(50))
    line, whole = apart([few])
    assert (line.uninspected.low, line.unseen.low) == (None, None)
    assert line.missed.low is not None
    assert "labs: looked at were 99 of 9,099, too few to tell" in line.uninspected.why
    assert whole.beyond.is_floor
    assert apart([replace(few, inspected=LEAST_LOOKED)])[0].uninspected.low is not None
    every = apart([replace(few, uninspected=0)])[0]
    assert (every.uninspected.low, every.uninspected.high) == (0, 0), "where all were looked at there are no others"


def test_nobody_to_look_at_is_nought():
    line, _ = apart([Group(name="none", inspected=0, found=0, uninspected=0)])
    assert (line.uninspected.low, line.uninspected.high) == (0, 0)
    assert (line.missed.low, line.missed.high) == (0, 0), "nothing is missed where nobody looks"
    assert line.reasons == ("of class none: how many systems no source saw is not known",)
    [line, _] = apart([Group(name="some", inspected=1, found=0, uninspected=0, unseen=unseen(0))])
    assert (
        "of class some: nobody knows how often a look misses it (two sources that look in different ways would tell)"
        in line.reasons
    )


def test_what_one_form_cannot_tell_makes_a_floor():
    unseen_form = (Find(looked=frozenset(), found=frozenset({"a"}), systems=3),)
    forms = (*MANAGED.looks, Looks(rates=rates("portable", unseen_form, rates_of(MANAGED.looks[0].finds)), finds=unseen_form))
    line, _ = apart([Group(name="managed", inspected=1_000, found=20, uninspected=100, looks=forms, unseen=unseen(50))])
    assert line.missed.is_floor
    assert line.uninspected.is_floor
    assert line.unseen.is_floor
    assert any("portable: no complete look sees these" in one for one in line.reasons)


def test_it_covers_the_truth_where_classes_differ():
    chance = np.random.default_rng(5)
    classes = {"managed": (4_000, 0.03, 500, 200), "labs": (400, 0.25, 300, 200)}
    held, tries_ = 0, 25
    for turn in range(tries_):
        groups, truth = [], 0
        for name, (inspected, share, others, dark) in classes.items():
            having = int(chance.binomial(inspected, share))
            first, second = (chance.random(having) < one for one in (0.9, 0.75))
            found = int((first | second).sum())
            truth += having - found + int(chance.binomial(others + dark, share))
            told = looks(int(first.sum()), int(second.sum()), int((first & second).sum()))
            groups.append(
                Group(name=name, inspected=inspected, found=found, uninspected=others, looks=(told,), unseen=unseen(dark))
            )
        whole = apart(groups, seed=turn)[-1]
        held += (whole.beyond.low or 0) <= truth <= (whole.beyond.high or 0)
    assert held >= 0.85 * tries_


# -- the trend -------------------------------------------------------------------------------------------------------------


def test_the_less_seen_the_more_have_it():
    rows = [Sightings(families=1, inspected=500, having=40), Sightings(families=2, inspected=1_000, having=40)]
    found = trend([*rows, Sightings(families=3, inspected=2_000, having=40)], to=(0, 1))
    assert found
    assert found.slope < 0
    assert found.shares[1].centre == pytest.approx(0.08, abs=0.01)
    assert 0.1 < (found.shares[0].centre or 0) < 0.2
    assert found.shares[0].is_floor
    assert found.shares[0].high is None


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [Sightings(families=1, inspected=10, having=5)],
        [Sightings(families=1, inspected=10, having=0), Sightings(families=2, inspected=10, having=0)],
        [Sightings(families=1, inspected=10, having=10), Sightings(families=2, inspected=10, having=10)],
    ],
)
def test_without_a_line_there_is_no_trend(rows):
    assert trend(rows) is None


def test_a_number_of_sightings_with_none_does_not_send_the_line_away():
    found = trend([Sightings(families=1, inspected=50, having=5), Sightings(families=2, inspected=50, having=0)])
    assert found
    assert 0.05 < (found.shares[0].centre or 0) < 0.995
