"""What a table says of the unseen under each decomposable graph, and where that matters; see `bma` for the formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from fullcount.estimator import NotIdentifiedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from fullcount.capture import Capture
    from fullcount.estimators.graphs import Graph

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Ints = np.ndarray[Any, np.dtype[np.int64]]

ALL = 20_000  # numbers of a grid that leaves none out
_ROUGH = 600
_ZOOMS, _POINTS = 12, 17
_AROUND = np.concatenate([np.linspace(-6, 6, 481), np.geomspace(6.1, 40, 40)])  # standard deviations around a peak
_FARTHEST, _PRECISE = 1e4, 1e13  # times the hosts that were seen; where logarithms of factorials get too coarse
_NEGLIGIBLE = 20.0  # in logarithms
_FALLEN = 1e-4  # of the mass of the densest part of the grid, by logarithm, may be at its end


class Density:
    """The logarithm of the joint density of graph and number of unseen hosts, but for a constant."""

    def __init__(self, capture: Capture, graphs: Sequence[Graph], *, delta: float, prior: Callable[[Floats], Floats]) -> None:
        """`delta` is the prior weight of a cell of the whole table, `prior` the logarithm of that of the number of hosts."""
        self.seen, self.prior = capture.seen, prior
        self.total = delta * 2.0**capture.k
        self.outside, self.constant = _parts(capture, delta)
        self.share = np.zeros((len(graphs), len(self.outside)))
        for row, graph in zip(self.share, graphs, strict=True):
            np.add.at(row, np.array(graph.cliques) - 1, 1)
            np.add.at(row, np.array(graph.separators, np.int64) - 1, -1)

    def at(self, unseen: Floats, rows: Ints) -> Floats:
        """One row per graph, one column per number of unseen hosts."""
        from scipy.special import gammaln

        parts = gammaln(unseen + self.outside[:, None]) + self.constant[:, None] - gammaln(self.seen + unseen + self.total)
        return cast("Floats", self.share[rows] @ parts + self._common(unseen))

    def _common(self, unseen: Floats) -> Floats:
        from scipy.special import gammaln

        n = self.seen + unseen
        return cast("Floats", gammaln(n + 1) - gammaln(unseen + 1) + self.prior(n))

    def _each(self, unseen: Floats) -> Floats:
        """As `at`, with numbers of its own for every graph."""
        from scipy.special import gammaln

        least = gammaln(self.seen + unseen + self.total)
        parts = gammaln(unseen[:, None, :] + self.outside[:, None]) + self.constant[:, None] - least[:, None, :]
        return cast("Floats", np.einsum("gs,gsp->gp", self.share, parts) + self._common(unseen))

    def grid(self) -> tuple[Ints, Floats]:
        """The graphs and the numbers of unseen hosts that matter: all numbers where they are few, else those around the peaks.
        Raises `NotIdentifiedError` where the density does not fall off.
        """
        last = max(min(_FARTHEST * (self.seen + 10), _PRECISE), 3 * self.seen)
        rough = np.unique(np.round(np.geomspace(1, last + 1, _ROUGH)) - 1)
        peak, height, wide = self._peaks(rough)
        mass = height + np.log(wide)
        rows = np.flatnonzero(mass > mass.max() - _NEGLIGIBLE)
        by_log = np.exp(self.at(rough, rows) - mass.max()) * (rough + 1)
        if by_log[:, -1].sum() > _FALLEN:
            raise NotIdentifiedError("how many are unseen has no upper end on this table: its likelihood does not fall off")
        matters = rough[by_log.sum(axis=0) > 1e-9]
        near = np.concatenate([np.round(peak[rows, None] + wide[rows, None] * _AROUND).ravel(), matters])
        near = near[(near >= 0) & (near <= last)]
        if near.max() - near.min() < ALL:
            return rows, np.arange(near.min(), near.max() + 1)
        near = np.unique(near)
        return rows, near[:: -(-len(near) // ALL)]

    def _peaks(self, rough: Floats) -> tuple[Floats, Floats, Floats]:
        """For each graph the likeliest number of unseen hosts, the density there, and how wide it is around."""
        place = self.at(rough, np.arange(len(self.share))).argmax(axis=1)
        low, high = rough[np.maximum(place - 1, 0)], rough[np.minimum(place + 1, len(rough) - 1)]
        for _ in range(_ZOOMS):
            points = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, _POINTS)
            best = self._each(points).argmax(axis=1)
            every = np.arange(len(points))
            low, high = points[every, np.maximum(best - 1, 0)], points[every, np.minimum(best + 1, _POINTS - 1)]
            if (high - low < 0.5).all():
                break
        peak = (low + high) / 2
        return peak, self._each(peak[:, None])[:, 0], self._width(peak)

    def _width(self, peak: Floats) -> Floats:
        """One over the root of the curvature: a standard deviation, were it normal."""
        from scipy.special import polygamma

        n = self.seen + peak
        bend = polygamma(1, n + 1) - polygamma(1, peak + 1) + 1 / n**2
        bend += (self.share * polygamma(1, peak[:, None] + self.outside)).sum(axis=1)
        bend -= self.share.sum(axis=1) * polygamma(1, n + self.total)
        return cast("Floats", 1 / np.sqrt(np.maximum(-bend, 1 / (peak + 1) ** 2)))


def _parts(capture: Capture, delta: float) -> tuple[Floats, Floats]:
    """For each set of families (from 1): what is added to the unseen in its first cell, and what does not depend on them."""
    from scipy.special import gammaln

    outside, constant = [], []
    for keep in range(1, 1 << capture.k):
        families = [j for j in range(capture.k) if keep >> j & 1]
        margin = capture.margin(families).counts
        d = delta * 2.0 ** (capture.k - len(families))
        outside.append(capture.seen - margin.sum() + d)
        constant.append(gammaln(margin[1:] + d).sum() - len(margin) * gammaln(d) + gammaln(delta * 2.0**capture.k))
    return np.array(outside), np.array(constant)
