"""Strata: estimated apart where they can be, put together where not, and added up so that no error is averaged away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tries import tries

from fullcount.capture import Capture
from fullcount.estimator import Estimated
from fullcount.figure import Figure, added, drawn, figure_of, handed_down
from fullcount.ladder import ladder
from fullcount.linkage import LinkError
from fullcount.rung import ESTIMATE, FLOOR, RANGE, REFUSED, VERDICTS, Facts, Rung
from fullcount.strata import Stratum, is_enough, stratified

FACTS = Facts(links=LinkError(split=0.0, low=0.0, high=0.0))


def fleet(hosts: int, *chances: float, seed: int = 1) -> Capture:
    rng = np.random.default_rng(seed)
    cells = (rng.random((hosts, len(chances))) < chances) @ (1 << np.arange(len(chances)))
    counts = np.bincount(cells, minlength=1 << len(chances)).astype(float)
    counts[0] = 0
    return Capture(families=("directory", "manager", "agent", "network")[: len(chances)], counts=counts)


OFFICE = fleet(4000, 0.9, 0.8, 0.8, 0.6)
LABORATORY = fleet(1500, 0.4, 0.3, 0.3, 0.5, seed=2)
SMALL = fleet(70, 0.6, 0.5, 0.5, 0.5, seed=3)


def stratum(component: str, machine_class: str, capture: Capture, **more: Any) -> Stratum:
    return Stratum(component=component, machine_class=machine_class, capture=capture, **more)


def figure(verdict: str, low: float, centre: float, high: float) -> Figure:
    """A figure with normal draws of one estimator, as wide as its ends say."""
    shown = verdict in {ESTIMATE, RANGE}
    draws = {}
    if verdict == ESTIMATE:
        rng = np.random.default_rng(int(low))
        draws["averaged"] = (centre, centre + rng.standard_normal(4000) * (high - low) / 3.92)
    made = Figure(verdict=verdict, seen=low, floor=low, level=0.95, draws=draws)
    return replace(made, low=low, centre=centre, high=high) if shown else made


def ends(one: Figure | Rung) -> tuple[float, float, float]:
    assert one.low is not None
    assert one.centre is not None
    assert one.high is not None
    return one.low, one.centre, one.high


# -- adding up -----------------------------------------------------------------------------------------------------------


def test_estimates_are_added_by_draws_so_that_chance_averages_out():
    both = added([figure(ESTIMATE, 900, 1000, 1100), figure(ESTIMATE, 1850, 2000, 2150)])
    assert both.verdict == ESTIMATE
    assert both.centre == 3000
    assert both.low == pytest.approx(3000 - np.hypot(100, 150), abs=8)
    assert both.high == pytest.approx(3000 + np.hypot(100, 150), abs=8)
    assert both.floor == both.low


def test_what_estimators_disagree_about_does_not_average_out():
    def two(turn: int) -> Figure:
        base = figure(ESTIMATE, 990 - turn, 1000, 1010 + turn)
        other = (1100.0, base.draws["averaged"][1] + 100)
        return replace(base, draws={**base.draws, "bma": other}, high=1110.0)

    parts = [two(turn) for turn in range(9)]
    both = added(parts)
    assert both.low is not None
    assert both.high is not None
    assert both.high > 9 * 1100
    assert sum(one.low or 0 for one in parts) + 50 < both.low < 9 * 1000


def test_limits_of_ranges_are_added():
    both = added([figure(RANGE, 900, 1000, 1300), figure(RANGE, 1800, 2000, 2500)])
    assert (both.verdict, both.low, both.centre, both.high, both.floor) == (RANGE, 2700, 3000, 3800, 2700)


def test_a_range_and_estimates_are_a_range():
    full = [figure(ESTIMATE, 900, 1000, 1100), figure(ESTIMATE, 1850, 2000, 2150)]
    drawn_together = added(full)
    both = added([*full, figure(RANGE, 500, 600, 900)])
    assert both.verdict == RANGE
    low, centre, high = ends(drawn_together)
    assert ends(both) == (low + 500, centre + 600, high + 900)


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        ([ESTIMATE, FLOOR], FLOOR),
        ([RANGE, REFUSED], FLOOR),
        ([REFUSED, REFUSED], REFUSED),
        ([FLOOR, REFUSED], FLOOR),
    ],
)
def test_floors_are_added_and_nothing_else_is_said(verdicts, verdict):
    both = added([figure(one, 100 * turn, 120 * turn, 150 * turn) for turn, one in enumerate(verdicts, start=1)])
    assert both.verdict == verdict
    assert both.floor == 300
    assert (both.low, both.centre, both.high) == (None, None, None)


def test_what_is_too_wide_alone_may_be_good_in_a_sum():
    wide = replace(figure(FLOOR, 100, 150, 300), wide=(100.0, 150.0, 300.0))
    both = added([wide, figure(RANGE, 900, 1000, 1300)])
    assert both.verdict == RANGE
    assert ends(both) == (1000, 1150, 1600)
    every = added([wide, wide.plus(10)])
    assert (every.verdict, every.floor, every.low) == (FLOOR, 210, None)
    assert every.wide == (210, 310, 610)


def test_nothing_cannot_be_added():
    with pytest.raises(ValueError, match="nothing"):
        added([])


def test_what_is_handed_down_is_no_estimate():
    part = handed_down(figure(ESTIMATE, 900, 1000, 1100), 0.1)
    assert part.verdict == RANGE
    assert ends(part) == pytest.approx((90, 100, 110))
    assert handed_down(figure(FLOOR, 900, 1000, 1100), 0.1).centre is None


def test_draws_without_draws_follow_the_interval():
    rng = np.random.default_rng(1)
    one = Estimated(n=1100, low=1020, high=1500, se=None, level=0.95, model="")
    numbers = drawn(one, least=1000, rng=rng, number=20_000)
    assert np.quantile(numbers, [0.025, 0.5, 0.975]) == pytest.approx([1020, 1100, 1500], rel=0.02)
    assert numbers.min() > 1000
    assert set(drawn(replace(one, low=None), least=1000, rng=rng)) == {1100}


# -- putting together ----------------------------------------------------------------------------------------------------


def test_large_strata_stand_alone_and_add_up():
    found = stratified([stratum("A", "office", OFFICE), stratum("A", "laboratory", LABORATORY)], FACTS)
    assert [len(pool.strata) for pool in found.pools] == [1, 1]
    whole = found.line()
    assert whole.verdict == ESTIMATE
    low, centre, high = ends(whole)
    assert low < 5500 < high
    assert centre == found.line("A").centre
    for name, capture in (("office", OFFICE), ("laboratory", LABORATORY)):
        alone = ladder(capture, FACTS)
        part = found.line("A", name)
        assert ends(part) == ends(alone)
    pooled = ladder(Capture(families=OFFICE.families, counts=OFFICE.counts + LABORATORY.counts), FACTS)
    assert pooled.verdict != ESTIMATE or ends(pooled)[2] < 5500  # which is why they are not pooled


def test_sites_come_together_before_versions_and_versions_before_systems():
    pieces = [fleet(60, 0.6, 0.5, 0.5, 0.5, seed=seed) for seed in range(10, 16)]
    kinds = [("windows", "10", "x"), ("windows", "10", "y"), ("windows", "10", "z"), ("windows", "7", "x"), ("macos", "10", "x")]
    strata = [
        stratum("A", "office", piece, os_family=family, os_version=version, site=site)
        for piece, (family, version, site) in zip(pieces, kinds, strict=False)
    ]
    found = stratified([*strata, stratum("A", "office", OFFICE, os_family="linux")], FACTS)
    by_size = sorted(found.pools, key=lambda pool: len(pool.strata))
    assert [len(pool.strata) for pool in by_size] == [1, 2, 3]
    assert {one.os_version for one in by_size[2].strata} == {"10"}
    assert {one.os_family for one in by_size[1].strata} == {"windows", "macos"}
    assert found.line("A", "office").seen == OFFICE.seen + sum(piece.seen for piece in pieces[:5])


def test_components_never_come_together():
    found = stratified([stratum("A", "office", OFFICE), stratum("B", "office", SMALL)], FACTS)
    small = found.line("B")
    assert small.verdict == FLOOR
    assert small.floor == SMALL.seen
    [pool] = [one for one in found.pools if one.component == "B"]
    assert any(reason.id == "small" for reason in pool.rung.reasons)
    assert found.line().verdict == FLOOR
    assert found.line().floor == found.line("A").floor + SMALL.seen


def test_what_is_too_small_borrows_from_its_class_first():
    strata = [stratum("A", "office", OFFICE), stratum("A", "laboratory", LABORATORY)]
    found = stratified(
        [*strata, stratum("A", "laboratory", SMALL, os_family="linux", site="x")], FACTS, blind=[("agent", "linux")]
    )
    [pool] = [one for one in found.pools if one.borrowed]
    alone = ladder(LABORATORY, FACTS)
    share = pool.table.seen / LABORATORY.seen
    assert pool.figure.verdict == RANGE
    low, centre, _ = ends(pool.figure)
    assert centre == pytest.approx(ends(alone)[1] * share + pool.besides)
    assert low == pool.rung.fresh + pool.besides == SMALL.seen
    assert pool.besides == SMALL.only(2)
    assert found.line("A", "laboratory").verdict == RANGE


def test_classes_that_were_pooled_get_their_part():
    parts = [fleet(70, 0.6, 0.5, 0.5, 0.5, seed=seed) for seed in (21, 22)]
    found = stratified([stratum("A", name, part) for name, part in zip(("office", "server"), parts, strict=True)], FACTS)
    [pool] = found.pools
    assert len(pool.strata) == 2
    shares = [found.line("A", name) for name in ("office", "server")]
    if pool.figure.verdict in {ESTIMATE, RANGE}:
        assert all(one.verdict == RANGE for one in shares)
        assert sum(ends(one)[1] for one in shares) == pytest.approx(ends(pool.figure)[1])
    assert sum(one.seen for one in shares) == pytest.approx(pool.figure.seen)


def test_families_that_cannot_see_a_class_are_left_out_there():
    blind = OFFICE.counts.copy()
    for cell in range(16):
        if cell & 4:
            blind[cell ^ 4] += blind[cell]
            blind[cell] = 0
    blind[0] = 0
    capture = Capture(families=OFFICE.families, counts=blind)
    seen = stratified([stratum("A", "linux", capture)], FACTS, blind=[("agent", "linux")])
    assert seen.pools[0].table.families == ("directory", "manager", "network")
    one = stratified([stratum("A", "linux", capture)], FACTS, blind=[(name, "linux") for name in ("agent", "manager", "network")])
    assert one.line().verdict == REFUSED
    none = stratified([stratum("A", "linux", capture)], FACTS, blind=[(name, "linux") for name in capture.families])
    assert (none.line().seen, none.line().floor) == (capture.seen, capture.seen)


def test_enough_is_what_the_house_says():
    def of(*cells: float) -> Capture:
        return Capture(families=("a", "b"), counts=np.array([0, *cells], float))

    assert is_enough(of(50, 30, 20))
    assert not is_enough(of(50, 29, 20))
    assert not is_enough(of(60, 30, 19))


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(["x", "y"]), st.integers(0, 400)), min_size=1, max_size=4))
@tries(20)
def test_every_host_is_in_one_pool_and_every_line_adds_up(asked):
    strata = [
        stratum(component, name, fleet(hosts, 0.6, 0.5, 0.4, seed=turn), site=str(turn))
        for turn, (component, name, hosts) in enumerate(asked)
    ]
    found = stratified(strata, FACTS)
    whole = sum(one.capture.seen for one in strata)
    assert sum(len(pool.strata) for pool in found.pools) == len(strata)
    assert found.line().seen == pytest.approx(whole)
    for component in {one.component for one in strata}:
        own = sum(one.capture.seen for one in strata if one.component == component)
        lines = [one for one in found.lines if one.component == component and one.machine_class]
        assert found.line(component).seen == pytest.approx(own)
        assert sum(one.figure.seen for one in lines) == pytest.approx(own)
    for one in found.lines:
        if one.figure.verdict in {ESTIMATE, RANGE}:
            assert list(ends(one.figure)) == sorted(ends(one.figure))
        else:
            assert one.figure.low is one.figure.centre is one.figure.high is None
        assert one.figure.verdict in VERDICTS


def test_the_same_seed_says_the_same():
    strata = [stratum("A", "office", OFFICE), stratum("A", "laboratory", LABORATORY)]
    one, other = (stratified(strata, FACTS).line() for _ in range(2))
    assert (one.low, one.high) == (other.low, other.high)
    more = figure_of(ladder(OFFICE, FACTS), stream=1).draws["averaged"][1]
    assert not np.array_equal(more, figure_of(ladder(OFFICE, FACTS), stream=2).draws["averaged"][1])
