"""Audits in numbers: the published sizes, bounds against every possibility, and how often a bound at every look fails."""

from __future__ import annotations

from itertools import product
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tries import tries

from fullcount import auditing
from fullcount.auditing import FLAT, PRIOR, PUBLISHED, Prior, Stratum, Survey
from fullcount.chance import log_drawn

# The table of section 6 of the specification: hosts; at most 5, 1, 0.5 and 0.1 %; 1 % with one hit allowed, with 90 %
# detection, and with 99 % confidence.
SIZES = {
    200: (47, 126, 155, 190, 173, 140, 157),
    1_000: (56, 238, 393, 777, 364, 264, 341),
    5_000: (58, 284, 543, 1_965, 447, 316, 430),
    20_000: (59, 295, 584, 2_658, 466, 328, 451),
    100_000: (59, 298, 595, 2_922, 472, 331, 457),
}


# -- sizes -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("systems", SIZES)
def test_sizes_are_those_of_the_table_and_of_the_close_formula(systems):
    most = [systems // 20, systems // 100, systems // 200, systems // 1000]
    found = [auditing.size(systems, one) for one in most]
    assert found == [auditing.close_size(systems, one) for one in most]
    one = most[1]
    found += [
        auditing.size(systems, one, allowed=1),
        auditing.size(systems, one, sensitivity=0.9),
        auditing.size(systems, one, risk=0.01),
    ]
    assert tuple(found) == SIZES[systems]


def test_sizes_at_the_ends():
    assert auditing.size(50, 50) == 0
    assert auditing.size(50, 0, risk=1e-9) == 50
    assert auditing.size(50, 0, sensitivity=0.5) == 50  # no draw will do: all of them, and it is not shown even so
    assert auditing.size(0, 0) == 0


@tries(200)
@given(st.integers(1, 60), st.data())
def test_the_bound_of_one_look_is_the_last_number_that_is_not_rare(systems, data):
    visited = data.draw(st.integers(0, systems))
    found = data.draw(st.integers(0, visited))
    bound = auditing.bound_once(systems, visited, found)
    assert found <= bound <= systems - (visited - found)
    assert chance_of(found, systems, bound, visited) > 0.05
    if bound < systems - (visited - found):
        assert chance_of(found, systems, bound + 1, visited) <= 0.05 + 1e-12


def chance_of(found: int, systems: int, having: int, visited: int) -> float:
    """Of `found` or fewer, by sums of binomial coefficients."""
    from math import comb

    ways = sum(comb(having, one) * comb(systems - having, visited - one) for one in range(found + 1) if one <= having)
    return ways / comb(systems, visited)


def test_a_size_is_what_its_bound_needs():
    for systems, most in ((200, 2), (1_000, 10), (300, 0)):
        drawn = auditing.size(systems, most)
        assert auditing.bound_once(systems, drawn, 0) <= most < auditing.bound_once(systems, drawn - 1, 0)


# -- the bound that holds at every look ------------------------------------------------------------------------------------


def brute(strata: list[Stratum], prior: Prior, risk: float = 0.05) -> int:
    """The largest sum that the martingale does not exclude, by trying every choice."""
    given_by = auditing._log_prior_of(strata, prior)
    best = 0
    for having in product(*(range(one.systems + 1) for one in strata)):
        surprise = -sum(
            float(log_drawn(one.found, systems=one.systems, having=np.array([number]), drawn=one.visited)[0])
            for one, number in zip(strata, having, strict=True)
        )
        if given_by + surprise < log(1 / risk):
            best = max(best, sum(having))
    return best


@pytest.mark.parametrize("prior", [PRIOR, PUBLISHED, FLAT, Prior(clean=1.0)])
@pytest.mark.parametrize(
    "strata",
    [
        [(30, 20, 0)],
        [(30, 20, 2)],
        [(20, 12, 0), (14, 9, 0)],
        [(10, 6, 1), (8, 5, 0), (6, 3, 0)],
        [(16, 0, 0), (10, 10, 1)],
    ],
)
def test_the_bound_excludes_what_the_martingale_does(strata, prior):
    parts = [Stratum(systems=systems, visited=visited, found=found) for systems, visited, found in strata]
    exact = brute(parts, prior)
    possible = sum(one.systems - one.visited + one.found for one in parts)
    if prior.clean == 1 and any(one.found for one in parts):
        assert auditing.bound(parts, prior=prior) == possible  # it gave no chance to what was seen
    else:
        assert auditing.bound(parts, prior=prior) == exact


def test_a_clean_fleet_is_certified_early():
    # the specification: 350 by the prior Beta(.5, 200), 960 by a flat one, 295 by the fixed design
    assert 340 <= auditing.sample([20_000], 200, prior=PUBLISHED)[0] <= 350
    assert 945 <= auditing.sample([20_000], 200, prior=FLAT)[0] <= 960
    assert auditing.sample([20_000], 200) == [299]


def test_all_met_is_a_count():
    parts = [Stratum(systems=12, visited=12, found=3), Stratum(systems=4, visited=4)]
    assert auditing.bound(parts) == 3
    assert auditing.bound_planned([Stratum(systems=12, visited=12, found=3)]) == 3


def test_strata_are_worth_nearly_as_much_as_one_draw():
    shared = auditing.sample([1_000, 500, 400, 100], 20)
    assert sum(shared) <= auditing.sample([2_000], 20)[0] + 8
    assert auditing.bound([Stratum(systems=n, visited=m) for n, m in zip([1_000, 500, 400, 100], shared, strict=True)]) <= 20
    assert auditing.sample([], 0) == []
    assert auditing.bound([]) == 0


def test_the_planned_bound_is_that_of_one_look_or_none():
    assert auditing.bound_planned([Stratum(systems=1_000, visited=238)]) == auditing.bound_once(1_000, 238, 0) == 10
    two = [Stratum(systems=500, visited=119), Stratum(systems=500, visited=119)]
    assert 10 <= (auditing.bound_planned(two) or 0) <= 11
    assert auditing.bound_planned([*two, Stratum(systems=50, visited=9, found=1)]) is None


def test_others_have_a_prior_of_their_own():
    own, others = [Stratum(systems=400, visited=200)], [Stratum(systems=100, visited=40, found=8)]
    assert auditing.bound(own, others=others) < auditing.bound([*own, *others])


@pytest.mark.parametrize("prior", [PRIOR, PUBLISHED])
@pytest.mark.parametrize("having", [(0, 6), (3, 3)])
def test_a_bound_that_may_always_be_asked_seldom_fails(prior, having):
    # nominal at most 5 %; asked again and again, of two strata
    chance = np.random.default_rng(7)
    missed, tries_ = 0, 60
    for _ in range(tries_):
        decks = [chance.permutation(np.arange(120) < number) for number in having]
        for visited in range(10, 115, 15):
            parts = [Stratum(systems=120, visited=visited, found=int(deck[:visited].sum())) for deck in decks]
            if auditing.bound(parts, prior=prior) < sum(having):
                missed += 1
                break
    assert missed <= 0.05 * tries_


def test_more_is_what_is_missing():
    strata = [Stratum(systems=400, visited=120, found=1), Stratum(systems=100, visited=30)]
    missing = auditing.more(strata, 10)
    assert missing
    after = [
        Stratum(systems=one.systems, visited=one.visited + more, found=one.found)
        for one, more in zip(strata, missing, strict=True)
    ]
    assert auditing.bound(strata) > 10 >= auditing.bound(after)
    assert auditing.more(after, 10) == [0, 0]
    assert auditing.more(strata, 0) is None


def test_visits_go_where_they_tell_most():
    numbers = auditing.neyman([1_000, 1_000, 20], [0.005, 0.2, 0.005], 500)
    assert numbers[2] == 20
    assert numbers[0] < numbers[1] < 500
    assert auditing.neyman([10, 50], [0.0, 0.0], 5, at_least=30) == [10, 30]


# -- the survey of places --------------------------------------------------------------------------------------------------


def test_a_survey_is_the_product_of_its_shares():
    survey = Survey(listed=1_000, checked=200, correct=174, places=((100, 86), (100, 86)))
    found = auditing.surveyed(survey)
    assert found
    assert found.centre == pytest.approx(1_000 * 0.87 / 0.86)
    assert found.low < found.centre < found.high
    assert found.effect == 1
    assert found == auditing.surveyed(survey)


def test_places_that_differ_make_the_interval_wider():
    alike = Survey(listed=1_000, checked=200, correct=174, places=((50, 43),) * 4)
    unlike = Survey(listed=1_000, checked=200, correct=174, places=((50, 50), (50, 50), (50, 50), (50, 22)))
    one, other = auditing.surveyed(alike), auditing.surveyed(unlike)
    assert one
    assert other
    assert other.effect > 10
    assert other.high - other.low > 2 * (one.high - one.low)


def test_an_empty_survey_says_nothing():
    for checked, correct, places in ((0, 0, ((5, 5),)), (5, 0, ((5, 5),)), (5, 5, ()), (5, 5, ((5, 0),))):
        assert auditing.surveyed(Survey(listed=9, checked=checked, correct=correct, places=places)) is None
    assert auditing.design_effect(()) == auditing.design_effect(((4, 4), (4, 4))) == 1


def test_a_survey_covers_the_truth():
    chance = np.random.default_rng(3)
    held = 0
    for turn in range(100):
        # 5,000 systems, of which 86 % are listed; 87 % of the records are right
        correct = int(chance.binomial(400, 0.87))
        places = tuple((10, int(one)) for one in chance.binomial(10, 0.86, 40))
        survey = Survey(listed=round(5_000 * 0.86 / 0.87), checked=400, correct=correct, places=places)
        found = auditing.surveyed(survey, seed=turn)
        held += found is not None and found.low <= 5_000 <= found.high
    assert held >= 90
