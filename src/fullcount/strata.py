"""Strata: one table for each kind of machine, because machines that are managed alike are listed alike.

Pooled over kinds, every estimator is too low and its interval too narrow: what is managed is in every list, what is not is in
none. So each component's kinds are estimated apart where there are enough hosts, and together with their like where there are
not; a component is never estimated from another one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fullcount.capture import Capture
from fullcount.figure import Figure, added, figure_of, handed_down
from fullcount.ladder import ladder
from fullcount.report import TOTAL
from fullcount.rung import ESTIMATE, FLOOR, RANGE, REFUSED, Facts, Reason, Rung

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

LEAST_SEEN = 100
LEAST_TWICE = 20
LEAST_FAMILIES = 2  # with `LEAST_OF` hosts each
LEAST_OF = 5
EVERY = ""  # the machine class of a line that stands for all classes
# By what strata that are too small are put together: each step forgets one thing more. Components stay apart.
STEPS = (
    ("machine_class", "os_family", "os_version", "site"),
    ("machine_class", "os_family", "os_version"),
    ("machine_class", "os_family"),
    ("machine_class",),
    (),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stratum:
    """Machines of one kind of one component. `machine_class` says how they are managed: managed workstation, server, laboratory,
    contractor's ... - told from OU, subnet, join type or owner, never from who lists them.
    """

    component: str
    machine_class: str
    capture: Capture
    os_family: str = ""
    os_version: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pool:
    """Strata that were estimated together, over the families that can see them. `besides` are hosts that only families list which
    should not be able to: they exist and say nothing of the others. `borrowed`: the correction is that of larger strata.
    """

    component: str
    strata: tuple[Stratum, ...]
    table: Capture
    besides: float
    rung: Rung
    figure: Figure
    borrowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KindLine:
    """A figure of one class of machines of one component; of all of either where it is empty."""

    component: str
    machine_class: str
    figure: Figure


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stratified:
    """Everything that the strata say: how they were put together, and the lines: classes, components, the whole."""

    pools: tuple[Pool, ...]
    lines: tuple[KindLine, ...]

    def line(self, component: str = TOTAL, machine_class: str = EVERY) -> Figure:
        """The figure of a line. Raises `StopIteration` where there is none."""
        return next(one.figure for one in self.lines if (one.component, one.machine_class) == (component, machine_class))


def stratified(strata: Sequence[Stratum], facts: Facts | None = None, *, blind: Collection[tuple[str, str]] = ()) -> Stratified:
    """The ladder for every stratum that carries it, and for those together that do not; then sums.

    `blind` are pairs of a family and a machine class or OS family that it cannot see (no Linux in SCCM): there its silence means
    nothing, and it is left out. Raises `ValueError` without any stratum.
    """
    facts = facts or Facts()
    pools = [
        pool
        for turn, component in enumerate(sorted({one.component for one in strata}))
        for pool in _pools(_Asked(component=component, facts=facts, blind=frozenset(blind), turn=turn), strata)
    ]
    return Stratified(pools=tuple(pools), lines=tuple(_lines(pools)))


def is_enough(table: Capture) -> bool:
    """Whether a table carries an estimate of its own."""
    families = sum(table.of(j) >= LEAST_OF for j in range(table.k))
    return table.seen >= LEAST_SEEN and table.twice >= LEAST_TWICE and families >= LEAST_FAMILIES


# -- put together --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What is the same for all strata of a component."""

    component: str
    facts: Facts
    blind: frozenset[tuple[str, str]]
    turn: int

    def eligible(self, one: Stratum) -> tuple[str, ...]:
        """The families that can see a stratum."""
        kinds = (one.machine_class, one.os_family)
        return tuple(name for name in one.capture.families if not any((name, kind) in self.blind for kind in kinds))


def _pools(asked: _Asked, strata: Sequence[Stratum]) -> list[Pool]:
    made: list[list[Stratum]] = []
    small = [one for one in strata if one.component == asked.component]
    for step in STEPS:
        groups = _grouped(asked, small, step)
        enough = [is_enough(_table(asked, group)[0]) for group in groups]
        made += [group for group, is_made in zip(groups, enough, strict=True) if is_made]
        small = [one for group, is_made in zip(groups, enough, strict=True) if not is_made for one in group]
    pools = [_pool(asked, group, number) for number, group in enumerate(made)]
    return [*pools, *(_borrowing(asked, group, pools) for group in _grouped(asked, small, STEPS[-1]))]


def _grouped(asked: _Asked, strata: Iterable[Stratum], step: Sequence[str]) -> list[list[Stratum]]:
    """By what the step still knows of them; those that other families can see never come together."""
    groups: dict[tuple[object, ...], list[Stratum]] = defaultdict(list)
    for one in strata:
        groups[asked.eligible(one), *(getattr(one, name) for name in step)].append(one)
    return [groups[key] for key in sorted(groups, key=str)]


def _table(asked: _Asked, group: Sequence[Stratum]) -> tuple[Capture, float]:
    """The sum of some tables over the families that can see them, and the hosts that only others saw."""
    first = group[0]
    keep = [j for j, name in enumerate(first.capture.families) if name in asked.eligible(first)]
    whole = Capture(families=first.capture.families, counts=np.sum([one.capture.counts for one in group], axis=0))
    if not keep:
        return Capture(families=("none",), counts=np.zeros(2)), whole.seen
    table = whole.margin(keep)
    return table, whole.seen - table.seen


def _pool(asked: _Asked, group: Sequence[Stratum], number: int) -> Pool:
    table, besides = _table(asked, group)
    rung = ladder(table, asked.facts)
    return Pool(
        component=asked.component,
        strata=tuple(group),
        table=table,
        besides=besides,
        rung=rung,
        figure=figure_of(rung, stream=asked.turn * _MANY + number).plus(besides),
    )


_MANY = 10_000  # pools of one component


def _borrowing(asked: _Asked, group: Sequence[Stratum], pools: Sequence[Pool]) -> Pool:
    """What is too small to say anything: in proportion to what the rest of its component says, its own class before others."""
    table, besides = _table(asked, group)
    rung = _at_most_floor(ladder(table, asked.facts), table)
    figure = _lent(rung, _lender(group, pools)) or figure_of(rung)
    return Pool(
        component=asked.component,
        strata=tuple(group),
        table=table,
        besides=besides,
        rung=rung,
        figure=figure.plus(besides),
        borrowed=figure.verdict == RANGE,
    )


def _lender(group: Sequence[Stratum], pools: Sequence[Pool]) -> Figure | None:
    classes = {one.machine_class for one in group}
    near = [one for one in pools if classes & {stratum.machine_class for stratum in one.strata}] or pools
    return added([one.figure for one in near]) if near else None


def _lent(rung: Rung, lender: Figure | None) -> Figure | None:
    """What a small table is worth with the correction of a large one; never less than what is certain of it."""
    if lender is None or lender.verdict not in {ESTIMATE, RANGE} or rung.verdict != FLOOR:
        return None
    lent = handed_down(lender, rung.seen / lender.seen)
    centre, high = max(lent.centre or 0.0, rung.fresh), max(lent.high or 0.0, rung.fresh)
    return replace(lent, seen=rung.seen, floor=rung.fresh, low=rung.fresh, centre=centre, high=high)


def _at_most_floor(rung: Rung, table: Capture) -> Rung:
    if rung.verdict == REFUSED:
        return rung
    text = (
        f"{table.seen:,.0f} systems are listed here, {table.twice:,.0f} of them by two families of sources or more; "
        f"an estimate of their own needs {LEAST_SEEN} and {LEAST_TWICE}."
    )
    reason = Reason(id="small", verdict=FLOOR, text=text, help="counting these machines together with others of their kind")
    return replace(
        rung,
        verdict=FLOOR,
        floor=rung.fresh,
        low=None,
        centre=None,
        high=None,
        wide=None,
        reasons=(*rung.reasons, reason),
        helps=tuple(dict.fromkeys([*rung.helps, reason.help])),
    )


# -- lines ---------------------------------------------------------------------------------------------------------------


def _lines(pools: Sequence[Pool]) -> Iterator[KindLine]:
    components = sorted({one.component for one in pools})
    for component in components:
        own = [one for one in pools if one.component == component]
        for machine_class in sorted({stratum.machine_class for one in own for stratum in one.strata}):
            yield KindLine(component=component, machine_class=machine_class, figure=added([*_shares(own, machine_class)]))
        yield KindLine(component=component, machine_class=EVERY, figure=added([one.figure for one in own]))
    yield KindLine(component=TOTAL, machine_class=EVERY, figure=added([one.figure for one in pools]))


def _shares(pools: Sequence[Pool], machine_class: str) -> Iterator[Figure]:
    """What falls to one class: the figure of a pool that holds nothing else, else its part of it."""
    for pool in pools:
        mine = sum(one.capture.seen for one in pool.strata if one.machine_class == machine_class)
        everything = sum(one.capture.seen for one in pool.strata)
        if all(one.machine_class == machine_class for one in pool.strata):
            yield pool.figure
        elif any(one.machine_class == machine_class for one in pool.strata):
            yield handed_down(pool.figure, mine / everything if everything else 0.0)
