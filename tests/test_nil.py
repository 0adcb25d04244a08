"""What a nil return is worth: exact numbers where anything can be said, and never *none*."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tries import tries

from fullcount.auditing import bound_once, size
from fullcount.nil import BOUNDED, CANNOT, IN_PART, Nothing, Sensitivity, detection, nil

SURE = Sensitivity(hits=1e9, misses=0)
USUAL = Sensitivity(hits=90, misses=10)
OF = Nothing(inspected=1_500, uninspected=300, unseen_high=60.4, sensitivity=USUAL, product="Acme")


def test_the_two_sentences():
    found = nil(OF)
    assert found.verdict == BOUNDED
    assert (found.most_inspected, found.most_alike, found.most_otherwise, found.unseen) == (1, 2, 360, 60)
    assert found.audit == size(300, 3)
    first, alike, otherwise = found.sentences
    assert first == "None found: with 95 % confidence at most 1 of the 1,500 inspected systems have Acme."
    assert alike == (
        "If the 300 systems not inspected and those that no source saw (at most 60) are like the inspected ones, at most 2 of all"
        " 1,860 have Acme (95 % confidence)."
    )
    assert otherwise == (
        f"Without that assumption nothing bounds them: up to all 360 may have Acme; an audit that meets {found.audit} of the 300"
        " not inspected, drawn by lot, would show whether more than 1 % of these do."
    )
    assert not found.reasons
    assert not found.helps


def test_a_look_that_never_misses_leaves_what_a_draw_leaves():
    found = nil(replace(OF, sensitivity=SURE))
    assert found.most_inspected == 0
    assert found.most_alike == bound_once(1_860, 1_500, 0, risk=0.025)


def test_the_rule_of_three():
    # the specification: 41,200 hosts, none found: 0.0073 % (here by a one-sided 95 %, since nothing is unseen that is estimated)
    found = nil(Nothing(inspected=41_200, uninspected=4_120_000, unseen_high=None, sensitivity=SURE))
    assert found.most_alike == pytest.approx(0.000073 * 4_161_200, rel=0.02)
    # half of the looks miss it: twice as many
    half = nil(Nothing(inspected=41_200, uninspected=4_120_000, unseen_high=None, sensitivity=Sensitivity(hits=5e6, misses=5e6)))
    assert half.most_alike == pytest.approx(2 * 0.000073 * 4_161_200, rel=0.02)


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        ({"inspected": 0}, CANNOT, "nobody looked"),
        ({"sensitivity": None}, CANNOT, "nobody knows how often a look misses it"),
        ({"blind": ("portable",)}, CANNOT, "some forms of it (portable)"),
        ({"blind": ("portable",), "seen": ("machine-wide install",)}, IN_PART, "some forms of it (portable)"),
        ({"unseen_high": None}, IN_PART, "how many systems no source saw is not known"),
    ],
)
def test_what_cannot_be_said_is_said_with_what_would_help(change, verdict, reason):
    found = nil(replace(OF, **change))
    assert found.verdict == verdict
    assert any(reason in one for one in found.reasons)
    assert len(found.helps) == len(found.reasons) == 1
    assert (found.most_inspected is None) == (found.most_alike is None) == (verdict == CANNOT)
    assert not any("none has" in one.lower() for one in found.sentences)
    if verdict == CANNOT:
        assert found.sentences[0] == f"None found, and what that is worth cannot be said: {found.reasons[0]}."


def test_forms_that_nobody_sees_are_named():
    found = nil(replace(OF, blind=("portable",), seen=("machine-wide install", "service")))
    assert found.sentences[0].endswith("have Acme in the forms that a source can see (machine-wide install, service).")
    assert found.sentences[-1] == "Of other forms (portable) nothing can be said: no source can see them."


def test_what_no_source_saw_is_not_counted_where_it_is_not_known():
    found = nil(replace(OF, unseen_high=None))
    assert found.most_otherwise is None
    assert found.sentences[1].endswith("How many no source saw is not known, and of them this says nothing.")
    assert "all 300 not inspected, and more, may have Acme" in found.sentences[2]


def test_where_all_were_inspected_there_is_no_second_sentence():
    found = nil(replace(OF, uninspected=0, unseen_high=0.0))
    assert len(found.sentences) == 1
    assert (found.most_otherwise, found.audit) == (0, None)
    dark = nil(replace(OF, uninspected=0))
    assert dark.sentences[-1].endswith("up to all 60 may have Acme; a survey of places drawn by lot would.")


@tries(150)
@given(st.integers(1, 300), st.integers(0, 200), st.integers(0, 40), st.tuples(st.integers(1, 60), st.integers(0, 60)))
def test_less_is_never_worth_more(inspected, uninspected, unseen, looks):
    hits, misses = looks
    of = Nothing(
        inspected=inspected, uninspected=uninspected, unseen_high=unseen, sensitivity=Sensitivity(hits=hits, misses=misses)
    )
    inside, alike = bounds(of)
    assert 0 <= inside <= inspected
    assert inside <= alike <= inspected + uninspected + unseen
    worse = bounds(replace(of, sensitivity=Sensitivity(hits=hits, misses=misses + 5)))
    assert worse >= (inside, alike)
    assert worse[1] >= alike
    assert bounds(replace(of, uninspected=uninspected + 20))[1] >= alike


def bounds(of: Nothing) -> tuple[int, int]:
    found = nil(of)
    assert found.most_inspected is not None
    assert found.most_alike is not None
    return found.most_inspected, found.most_alike


def test_draws_of_a_sensitivity_become_one():
    import numpy as np

    draws = np.random.default_rng(1).beta(90.5, 10.5, 50_000)
    found = detection(draws)
    assert found.hits == pytest.approx(90, rel=0.05)
    assert found.misses == pytest.approx(10, rel=0.05)
    assert nil(replace(OF, sensitivity=detection([1.0, 1.0]))).most_inspected == 0
