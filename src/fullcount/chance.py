"""Chance: the distributions that audits and nil returns rest on, exact; the door to scipy's statistics.

A draw without replacement from a finite number of systems is hypergeometric. Nothing here is an approximation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Ints = np.ndarray[Any, np.dtype[np.int64]]


def log_drawn(found: int, *, systems: int, having: Ints, drawn: int) -> Floats:
    """Logarithm of the chance that exactly `found` of `drawn` systems have it where `having` of `systems` do; minus infinity
    where that cannot be.
    """
    from scipy.stats import hypergeom

    return np.asarray(hypergeom.logpmf(found, systems, having, drawn), np.float64)


def at_most(found: int, *, systems: int, having: int, drawn: int, sensitivity: float = 1.0) -> float:
    """The chance that a look at `drawn` of `systems`, of which `having` have it, finds `found` or fewer. A look at one that has
    it finds it with the chance `sensitivity`, each time anew.
    """
    from scipy.stats import binom

    among, chances = among_drawn(systems, having, drawn, most=found if sensitivity >= 1 else having)
    seen = chances if sensitivity >= 1 else chances * binom.cdf(found, among, sensitivity)
    return min(1.0, float(seen.sum()))


def rare(chance: float, risk: float) -> bool:
    """Whether a chance is at most `risk`: equal where they differ by no more than what a float loses.

    >>> rare(0.05 + 1e-15, 0.05), rare(0.0501, 0.05)
    (True, False)
    """
    return chance <= risk * (1 + 1e-9)


def log_missed_all(among: Ints, hits: float, misses: float) -> Floats:
    """Logarithm of the chance that looks find none of `among` systems that have it, where the chance that one look finds it is
    not known but Beta(`hits`, `misses`): the mean over it of (1 - s) to the power of `among`.
    """
    from scipy.special import betaln

    return np.asarray(betaln(hits, misses + among) - betaln(hits, misses), np.float64)


def among_drawn(systems: int, having: int, drawn: int, *, most: int) -> tuple[Ints, Floats]:
    """How many of `drawn` systems may have it, up to `most`, and the chance of each."""
    from scipy.stats import hypergeom

    among = np.arange(max(0, drawn + having - systems), min(having, drawn, most) + 1)
    # its `pmf` is thirty times slower, and no more exact than is needed here
    return among, np.exp(np.asarray(hypergeom.logpmf(among, systems, having, drawn), np.float64))


def log_prior(found: int, visited: int, *, hits: float, misses: float) -> float:
    """Logarithm of the chance of `found` among `visited` where the share that has it is Beta(`hits`, `misses`): the
    beta-binomial distribution.
    """
    from scipy.stats import betabinom

    return float(betabinom.logpmf(found, visited, hits, misses))


def middle(draws: Floats, level: float) -> tuple[float, float, float]:
    """Lower end, median and upper end of draws: the ends leave out (1 - level) / 2 each."""
    share = (1 - level) / 2
    low, centre, high = np.quantile(draws, [share, 0.5, 1 - share])
    return float(low), float(centre), float(high)


def least(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The least whole number from `low` to `high` for which `holds` is true, where it stays true from then on; `high` where it
    is true of none below it.

    >>> least(0, 100, lambda number: number * number >= 50)
    8
    """
    while low < high:
        half = (low + high) // 2
        if holds(half):
            high = half
        else:
            low = half + 1
    return high
