"""Auditing: how many systems must be met, what a draw proves, and how many there are by a survey of places. Numbers alone.

Sizes and the bound of one look are exact: a draw without replacement is hypergeometric. The close formula for sizes is that of
J. A. Aslam, R. A. Popa and R. L. Rivest, "On estimating the size and confidence of a statistical audit", EVT 2007.

The bound that holds at every look is a prior-posterior-ratio martingale: I. Waudby-Smith and A. Ramdas, "Confidence sequences
for sampling without replacement", NeurIPS 2020. For each possible number K of systems that have it, the ratio of what a prior
gives to what is seen and what K gives to it is a martingale; the chance that it ever passes 1/risk is at most `risk`. Over
several strata the ratios multiply, whatever the order in which strata are visited. Its prior here is a mixture: with the
weight `clean` none has it at all, else the share of every stratum is Beta(`hits`, `misses`). So a draw in which nothing is
found proves nearly as much as one that was to be looked at once; and one in which something is found can go on.

The survey of places is the dual system of a census with a sample of records (E) and one of places (P).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite, log, log1p, sqrt
from typing import TYPE_CHECKING

import numpy as np

from fullcount.chance import at_most, least, log_drawn, log_prior, middle, rare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fullcount.chance import Floats

FLOOR = 30  # systems met in a stratum, or all of it
_DRAWS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What the bound that holds at every look was tuned for. Whatever it is, the bound holds; a prior near what comes true
    needs fewer visits. `clean`: the weight of *none at all*; with the rest a share of Beta(`hits`, `misses`).
    """

    clean: float = 0.9
    hits: float = 0.5
    misses: float = 200.0


PRIOR = Prior()
PUBLISHED = Prior(clean=0.0)  # the prior of the specification, for a clean fleet
OTHERS = Prior(clean=0.0, misses=5.0)  # where nobody said that none has it
FLAT = Prior(clean=0.0, hits=1.0, misses=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A part of what is audited: its systems, how many of them were met in the order of the draw, and how many of these have
    it.
    """

    systems: int
    visited: int = 0
    found: int = 0


# -- sizes -----------------------------------------------------------------------------------------------------------------


def size(systems: int, most: int, *, risk: float = 0.05, sensitivity: float = 1.0, allowed: int = 0) -> int:
    """How many of `systems` must be met so that, with `allowed` found or fewer, at most `most` have it: the smallest number for
    which more would show with the chance 1 - `risk`. All of them where no smaller number will do.
    """

    def shows(drawn: int) -> bool:
        chance = at_most(allowed, systems=systems, having=most + 1, drawn=drawn, sensitivity=sensitivity)
        return rare(chance, risk)

    return 0 if most >= systems else least(0, systems, shows)


def close_size(systems: int, most: int, *, risk: float = 0.05) -> int:
    """The size by the close formula of Aslam, Popa and Rivest.

    >>> close_size(20_000, 200), close_size(200, 0)
    (295, 190)
    """
    part: float = 1 - risk ** (1 / (most + 1))
    return ceil((systems - most / 2) * part)


def bound_once(systems: int, visited: int, found: int, *, risk: float = 0.05, sensitivity: float = 1.0) -> int:
    """The most systems that can have it where `found` of `visited` do, looked at once as it was decided beforehand."""
    top = systems - (visited - found)

    def excluded(having: int) -> bool:
        chance = at_most(found, systems=systems, having=having, drawn=visited, sensitivity=sensitivity)
        return having > top or rare(chance, risk)

    return least(found, top + 1, excluded) - 1


# -- the bound that holds at every look ------------------------------------------------------------------------------------


def bound(strata: Sequence[Stratum], *, risk: float = 0.05, prior: Prior = PRIOR, others: Sequence[Stratum] = ()) -> int:
    """The most systems that can have it, over all strata together, at any time of the draw: the chance that it is ever too
    small is at most `risk`. `others` are strata of which nobody said that they are without it. Unit: systems.
    """
    given = _log_prior_of(strata, prior) + _log_prior_of(others, OTHERS)
    return _most([*strata, *others], log(1 / risk) - given)


def bound_planned(strata: Sequence[Stratum], *, risk: float = 0.05) -> int | None:
    """The most systems that can have it, where it was decided beforehand to look once, and to certify only if nothing is found.
    None where something was found in one of several strata: such a draw certifies nothing.
    """
    if len(strata) == 1:
        return bound_once(strata[0].systems, strata[0].visited, strata[0].found, risk=risk)
    return None if any(one.found for one in strata) else _most(strata, log(1 / risk))


def _most(strata: Sequence[Stratum], budget: float) -> int:
    """The largest sum of numbers, one a stratum, that together speak less against what was seen than `budget`; all that is left
    possible where every number speaks more against it.

    The least surprise for a sum is found by adding one system after the other where it costs least, since each surprise is
    convex: the logarithm of a hypergeometric chance is concave in the number of systems that have it.
    """
    if not strata:
        return 0
    surprises = [_surprise(one) for one in strata]
    steps = np.sort(np.concatenate([np.diff(one) for one in surprises]))
    levels = sum(float(one[0]) for one in surprises) + np.concatenate([[0.0], np.cumsum(steps)])
    left = np.flatnonzero(levels < budget)
    return sum(one.found for one in strata) + int(left[-1] if len(left) else len(steps))


def _surprise(one: Stratum) -> Floats:
    """How much each number of systems that have it speaks against what was seen: from those found to what is left possible."""
    having = np.arange(one.found, one.systems - (one.visited - one.found) + 1)
    return -log_drawn(one.found, systems=one.systems, having=having, drawn=one.visited)


def _log_prior_of(strata: Sequence[Stratum], prior: Prior) -> float:
    """Logarithm of the chance that the prior gave to what was seen."""
    spread = sum(log_prior(one.found, one.visited, hits=prior.hits, misses=prior.misses) for one in strata)
    if not prior.clean:
        return spread
    spread += log1p(-prior.clean) if prior.clean < 1 else float("-inf")
    return spread if any(one.found for one in strata) else float(np.logaddexp(log(prior.clean), spread))


def sample(systems: Sequence[int], most: int, *, risk: float = 0.05, prior: Prior = PRIOR) -> list[int]:
    """How many to meet in each stratum, in proportion, so that where none is found at most `most` have it, by the bound that
    holds at every look.
    """
    total = sum(systems)

    def shared(number: int) -> list[int]:
        return [min(one, ceil(one * number / total)) for one in systems]

    def proves(number: int) -> bool:
        return bound(_clean(systems, shared(number)), risk=risk, prior=prior) <= most

    return shared(least(0, total, proves)) if total else [0 for _ in systems]


def _clean(systems: Sequence[int], visited: Sequence[int]) -> list[Stratum]:
    return [Stratum(systems=one, visited=met) for one, met in zip(systems, visited, strict=True)]


def more(strata: Sequence[Stratum], most: int, *, risk: float = 0.05, prior: Prior = PRIOR) -> list[int] | None:
    """How many more to meet in each stratum until the bound is `most`, if nothing more is found. None: more than `most` were
    found, or the bound never falls to it.
    """
    if sum(one.found for one in strata) > most:
        return None

    def grown(share: int) -> list[Stratum]:
        return [
            Stratum(
                systems=one.systems,
                visited=max(one.visited, min(one.systems, ceil(one.systems * share / 10_000))),
                found=one.found,
            )
            for one in strata
        ]

    share = least(0, 10_000, lambda part: bound(grown(part), risk=risk, prior=prior) <= most)
    return [after.visited - now.visited for after, now in zip(grown(share), strata, strict=True)]


def neyman(systems: Sequence[int], shares: Sequence[float], number: float, *, at_least: int = FLOOR) -> list[int]:
    """How to share `number` visits among strata, so that the total that has it is known best: in proportion to systems times
    the spread that is expected (the square root of p(1-p)), at least `at_least` in each, and never more than there are.
    """
    weights = [one * sqrt(share * (1 - share)) for one, share in zip(systems, shares, strict=True)]
    whole = sum(weights) or 1.0
    return [min(one, max(at_least, ceil(number * part / whole))) for one, part in zip(systems, weights, strict=True)]


# -- the survey of places --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A post-enumeration survey. `listed`: systems that the sources list; of `checked` of these drawn by lot, `correct` are
    there, once and in scope; of the systems met in places drawn by lot, by place, `met`, so many were `matched` to the list.
    """

    listed: int
    checked: float  # of a sample by strata: what it is worth
    correct: float
    places: tuple[tuple[int, int], ...]  # met, matched

    @property
    def met(self) -> int:
        """Systems met in all places."""
        return sum(met for met, _ in self.places)

    @property
    def matched(self) -> int:
        """Of these, matched to the list."""
        return sum(matched for _, matched in self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A number with its interval. Unit: systems."""

    low: float
    centre: float
    high: float
    level: float = 0.95
    effect: float = 1.0  # by how much places make the sample worth less


def surveyed(survey: Survey, *, level: float = 0.95, seed: int = 1) -> Interval | None:
    """How many systems there are: listed x correct/checked x met/matched, with Beta draws for both shares and the design
    effect of places. None where a sample is empty or nothing matched: then nothing can be said.
    """
    if not (survey.checked and survey.correct and survey.matched):
        return None
    effect = design_effect(survey.places)
    chance = np.random.default_rng(seed)
    correct = chance.beta(survey.correct + 0.5, survey.checked - survey.correct + 0.5, _DRAWS)
    matched = survey.matched / effect
    missed = (survey.met - survey.matched) / effect
    covered = chance.beta(matched + 0.5, missed + 0.5, _DRAWS)
    low, _, high = middle(survey.listed * correct / covered, level)
    centre = survey.listed * survey.correct / survey.checked * survey.met / survey.matched
    return Interval(low=low, centre=centre, high=high, level=level, effect=effect)


def design_effect(places: Sequence[tuple[int, int]]) -> float:
    """By how much the share that matched varies more from place to place than if systems were drawn one by one; at least 1. The
    variance of a ratio of clusters, over that of a share. 1 where there is one place: then nobody can know.
    """
    met = sum(one for one, _ in places)
    if len(places) < 2 or not met:
        return 1.0
    share = sum(matched for _, matched in places) / met
    if not 0 < share < 1:
        return 1.0
    spread = sum((matched - share * one) ** 2 for one, matched in places) * len(places) / (len(places) - 1)
    effect = spread / met**2 / (share * (1 - share) / met)
    return max(1.0, effect) if isfinite(effect) else 1.0


def survey_size(half_width: float, *, covered: float = 0.86, correct: float = 0.87) -> int:
    """How many systems to meet in places, and as many records to check, so that the number of systems is known to plus or minus
    `half_width` (a share). Multiply by the design effect of places.

    >>> survey_size(0.05), survey_size(0.03)
    (480, 1333)
    """
    return round(1.96**2 * ((1 - covered) / covered + (1 - correct) / correct) / half_width**2)
