"""What looks miss, form by form: told from what other looks found, lent where a form has too little, never nought unsaid."""

from __future__ import annotations

import numpy as np
import pytest

from fullcount.missed import Find, Looks, missed, rates, rates_of


def find(looked: str, found: str, systems: int) -> Find:
    return Find(looked=frozenset(looked), found=frozenset(found), systems=systems)


# A and B looked at the same systems: A found 80, B 90, both 72.
BOTH = (find("ab", "ab", 72), find("ab", "a", 8), find("ab", "b", 18))


def of(*finds: Find, form: str = "installs") -> Looks:
    return Looks(rates=rates(form, finds, rates_of(finds)), finds=finds)


def test_what_one_source_found_tells_how_much_the_other_misses():
    found = missed(of(*BOTH))
    assert found.sources["a"].centre == pytest.approx(72 / 90, abs=0.01)
    assert found.sources["b"].centre == pytest.approx(72 / 80, abs=0.01)
    assert found.systems.low == 0  # 98 found, about 2 missed
    assert 1 <= (found.systems.centre or 0) <= 4
    assert (found.systems.high or 99) <= 8
    assert found == missed(of(*BOTH))
    assert not found.why


def test_where_one_source_alone_looked_its_own_sensitivity_counts():
    # 80 found by looks that find 4 of 5: about 20 more, and by looks that find 9 of 10 about 9
    assert missed(of(*BOTH, find("a", "a", 80))).systems.centre == pytest.approx(22, abs=4)
    assert missed(of(*BOTH, find("b", "b", 80))).systems.centre == pytest.approx(11, abs=4)


def test_what_a_third_source_found_is_not_missing():
    alone = missed(of(*BOTH, find("a", "a", 80), find("a", "c", 15)))
    assert alone.systems.centre == pytest.approx(22 - 15, abs=5), "c looked at none of them, and yet found it"


@pytest.mark.parametrize(
    ("finds", "why"),
    [
        ((find("", "a", 3),), "installs: no complete look sees these"),
        ((find("a", "a", 40),), "installs: nobody knows how often looks of a miss these (fewer than 5 systems"),
        ((find("ab", "ab", 4), find("ab", "a", 36)), "looks of a and b miss these"),
    ],
)
def test_what_is_not_identified_is_not_nought(finds, why):
    found = missed(of(*finds))
    assert found.systems.low is None
    assert found.draws is None
    assert why in found.systems.why


def test_a_source_of_which_nothing_is_known_makes_a_number_of_a_part_only():
    found = missed(of(*BOTH, find("c", "c", 30)))
    assert found.systems == missed(of(*BOTH)).systems
    assert "looks of c miss these" in found.why


def test_a_form_with_too_little_is_told_from_all_forms_and_that_is_said():
    few = (find("ab", "ab", 2), find("ab", "a", 1))
    told = rates("services", few, rates_of((*BOTH, *few)))
    assert [(one.source, one.is_lent) for one in told.rates] == [("a", True), ("b", True)]
    assert "services: how often looks of a and b miss these was told from all forms together" in told.note
    assert not told.why
    assert missed(Looks(rates=told, finds=few)).systems.low == 0
    alone = rates("services", few, rates_of(few))
    assert not alone.rates, "all forms together have no more"
    assert "nobody knows" in alone.why


def test_a_form_of_which_enough_is_known_speaks_for_itself():
    hard = (find("ab", "ab", 10), find("ab", "a", 30), find("ab", "b", 30))
    every = rates_of((*BOTH, *hard))
    own = missed(Looks(rates=rates("services", hard, every), finds=hard))
    pooled = missed(of(*BOTH, *hard))
    assert own.sources["a"].centre == pytest.approx(0.25, abs=0.02)
    assert (own.systems.centre or 0) == pytest.approx(90, abs=15), "70 found by looks that each find a quarter"
    assert (pooled.systems.centre or 0) < (own.systems.centre or 0) / 2, "what is hard to see drowns in what is not"


def test_it_covers_the_truth_of_three_sources():
    chance = np.random.default_rng(3)
    held = 0
    for turn in range(40):
        saw = chance.random((3, 400)) < np.array([[0.9], [0.7], [0.5]])
        saw[:, 200:][2] = False  # the third did not look there
        finds = [
            find(
                "abc" if one < 200 else "ab",
                "".join(name for name, is_found in zip("abc", saw[:, one], strict=True) if is_found),
                1,
            )
            for one in range(400)
            if saw[:, one].any()
        ]
        told = missed(of(*finds), seed=turn, common=turn).systems
        held += (told.low or 0) <= 400 - len(finds) <= (told.high or 0)
    assert held >= 36


def test_where_none_was_found_it_is_half_a_system_at_most_likely():
    told = rates("installs", BOTH, rates_of(BOTH))
    found = missed(Looks(rates=told, finds=(find("a", "", 0),))).systems
    assert (found.low, found.centre) == (0, 0)
    assert (found.high or 0) >= 1


def test_no_number_of_systems_is_below_nought():
    with pytest.raises(ValueError, match="nought or more"):
        find("a", "a", -1)
