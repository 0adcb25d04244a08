"""Linkage: how often the records of one host are not joined, or two hosts are, and what that does to an overlap table.

A link that is missed makes one host two, each seen by fewer families: it looks as if many hosts were hardly ever seen, and
every estimate of the unseen rises steeply. A false link does the opposite, more gently. The two do not cancel.

The model of errors is that of Y. Ding and S. E. Fienberg, "Dual system estimation of census undercount in the presence of
matching error", Survey Methodology 20 (1994), 149-158, for several lists as in L. Di Consiglio and T. Tuoto, "Coverage
evaluation on probabilistically linked data", Journal of Official Statistics 31 (2015), 415-429.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod, sqrt
from typing import TYPE_CHECKING, cast

import numpy as np

from fullcount.capture import Capture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fullcount.report import RelinkLine

    Floats = np.ndarray[Any, np.dtype[np.float64]]

# Strong clues that records of different tools share. An agent id is compared within its tool only, so that hiding it says
# nothing about links between families.
SPEAKING = ("serial", "uuid", "cloud_id")
TRIALS = 100  # pairs that another clue could join: fewer say too little about a rate of one in a hundred
ABLE = 0.5  # share of the pairs with another clue to go by: fewer, and those that are tried are a chosen few
_NORMAL = 1.959964  # upper 2.5 % of the normal distribution
_FEWEST = 2  # kinds that speak: one alone does not say how often it is itself missing


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkError:
    """How often links go wrong. `split` is the share of a family's records that are not joined to the other records of their
    host: one rate for all families, or one for each. `low` and `high` bound it (its mean, where there are several). `merge` is
    the number of false links between two hosts per host.
    """

    split: float | tuple[float, ...]
    low: float
    high: float
    merge: float = 0.0
    text: str = ""  # how it was measured

    def __post_init__(self) -> None:
        """Raises `ValueError` where a rate is none, or the interval does not hold what it bounds."""
        rates = (*self.rates(1), self.low, self.high, self.merge)
        if not all(0 <= rate < 1 for rate in rates) or not self.low <= self.mean <= self.high:
            raise ValueError(f"these are no rates of link errors: {rates}")

    @property
    def mean(self) -> float:
        """The rate at which links are missed, over all families."""
        rates = self.split if isinstance(self.split, tuple) else (self.split,)
        return sum(rates) / len(rates)

    def rates(self, k: int) -> tuple[float, ...]:
        """One rate for each family; `k` says for how many, where one rate is for all."""
        return self.split if isinstance(self.split, tuple) else (self.split,) * k

    def at(self, mean: float) -> LinkError:
        """The same with another rate of missed links; those of the families keep their proportions."""
        if not isinstance(self.split, tuple) or not self.mean:
            return replace(self, split=mean, low=min(self.low, mean), high=max(self.high, mean))
        rates = tuple(min(rate * mean / self.mean, _MOST) for rate in self.split)
        ends = (*(self.low, self.high), sum(rates) / len(rates))
        return replace(self, split=rates, low=min(ends), high=max(ends))


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMeasured:
    """Nobody knows how often links go wrong, and why not. It is not a rate of nought."""

    text: str = "how often records of one machine are not joined was not measured"


_MOST = 0.99  # a rate; with all links missed there would be nothing to correct


def correct_linkage(capture: Capture, error: LinkError) -> Capture:
    """The table as it would be without link errors, in expectation. Merges are taken back first, then splits.

    Each family leaves a host with its own rate and stands alone: observed = A true, one matrix A for all families, and true is
    its inverse times what was observed. A cell that would fall below nought is nought.

    >>> table = Capture(families=("a", "b"), counts=np.array([0, 30.0, 30.0, 80.0]))
    >>> correct_linkage(table, LinkError(split=(0.1, 0.0), low=0.05, high=0.05)).counts.round(1).tolist()
    [0.0, 21.1, 21.1, 88.9]
    """
    counts = _unmerged(capture.counts, error.merge)
    matrix = split_matrix(error.rates(capture.k))
    found = np.linalg.solve(matrix, counts)
    found[0] = capture.counts[0]
    return Capture(families=capture.families, counts=np.maximum(found, 0.0))


def split_matrix(rates: Sequence[float]) -> Floats:
    """What missed links make of a table: column `h` says into which cells the hosts of cell `h` go, in expectation. Columns add
    up to more than one where a host becomes several.
    """
    size = 1 << len(rates)
    matrix = np.eye(size)
    for family, rate in enumerate(rates):
        bit = 1 << family
        step = np.eye(size)
        for cell in range(size):
            if cell & bit and cell != bit:
                step[cell, cell] = 1 - rate
                step[cell ^ bit, cell] += rate
                step[bit, cell] += rate
        matrix = step @ matrix
    return matrix


def _unmerged(counts: Floats, merge: float) -> Floats:
    """Two hosts that became one are two again: to the first order, each pair of cells in proportion to its hosts."""
    seen = counts.copy()
    seen[0] = 0.0
    total = seen.sum()
    if not merge or not total:
        return counts
    share = seen / total
    cell = np.arange(len(counts))
    both = np.zeros(len(counts))
    np.add.at(both, cell[:, None] | cell[None, :], share[:, None] * share[None, :])
    found = counts - merge * total * (both - 2 * share)
    found[0] = counts[0]
    return cast("Floats", np.maximum(found, 0.0))


def measured(lines: Sequence[RelinkLine]) -> LinkError | NotMeasured:
    """The rate of missed links, from the links that were hidden and tried again (see `relink`).

    A kind speaks if tools share it, if at least `TRIALS` of its pairs have another clue to go by, and if these are at least half.
    What is measured is s: how often a pair is parted *where that kind is not there*. A link is missed only where every kind
    fails. Were kinds missing independently, it would be missed with the rate (s1 s2 ... sk)^(1/(k-1)), and never more
    often than with the smallest s. Kinds are missing together rather than apart, so the independent rate is the low end, its
    middle with the smallest s the figure, and the upper limit of the smallest s (97.5 %) the high end. False links are
    not measured by this and taken for none: they make estimates too low, not too high.
    """
    speaking = [one for one in lines if one.kind in SPEAKING and one.able >= max(TRIALS, ABLE * one.pairs)]
    if len(speaking) < _FEWEST:
        names = ", ".join(one.kind for one in speaking) or "none"
        text = (
            f"how often links are missed is not measured: two kinds of strong clue must each join {TRIALS} pairs of records "
            f"that have another clue to go by, and here do: {names}"
        )
        return NotMeasured(text=text)
    parted = [1 - one.again / one.able for one in speaking]
    least = speaking[parted.index(min(parted))]
    low = min(prod(parted) ** (1 / (len(parted) - 1)), *parted)
    tried = "; ".join(f"{one.kind} {one.able - one.again:,} of {one.able:,}" for one in speaking)
    return LinkError(
        split=(low + min(parted)) / 2,
        low=low,
        high=_upper(least.able - least.again, least.able),
        text=f"pairs of records parted when one kind of clue was hidden: {tried}",
    )


def _upper(missed: int, tried: int) -> float:
    """The upper limit of a share, 97.5 % (E. B. Wilson, Journal of the American Statistical Association 22, 1927, 209-212)."""
    share, square = missed / tried, _NORMAL**2 / tried
    wide = _NORMAL * sqrt(share * (1 - share) / tried + square / (4 * tried))
    return min((share + square / 2 + wide) / (1 + square), _MOST)
