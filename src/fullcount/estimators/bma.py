"""All decomposable graphs of the families, averaged by Bayes: in closed form, without a chain.

D. Madigan and J. C. York, "Bayesian methods for estimation of the size of a closed population", Biometrika 84 (1997), 19-31;
the prior of cells as in HRDAG's dga: each has weight 2^-k. For a graph with cliques C and separators S,
log p(table, u | graph) = sum L(C) - sum L(S) + lgamma(N + 1) - lgamma(u + 1) + log p(N), with u unseen hosts, N all, and
L(A) = lgamma(u + a0 + d) + sum over the other cells lgamma(a + d) - 2^|A| lgamma(d) + lgamma(t) - lgamma(N + t), where a are the
margins over A, a0 that of the hosts that A did not see and others did, d the prior of a cell of A and t that of all. p(N) is
1/N unless another is given. The complete graph is left out: it says nothing of the unseen. Weak against links that were missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from fullcount.estimator import LEVEL, SEED, Estimated, Estimator
from fullcount.estimators.density import Density
from fullcount.estimators.graphs import Graph, decomposable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fullcount.capture import Capture

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Prior = Callable[[Floats], Floats]

DRAWS = 4000
SHOWN = 5  # graphs
NOTE = "Assumes that the families depend on one another as one of these graphs says; missed links make it far too high."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posterior:
    """What is believed of the unseen: a probability for each number of a grid, or, where the grid leaves numbers out, for what
    is around it. `width` says how many numbers that is.
    """

    seen: float
    unseen: Floats
    width: Floats
    probability: Floats
    graphs: tuple[tuple[Graph, float], ...]  # likeliest first

    @property
    def mean(self) -> float:
        """The expected number of hosts."""
        return self.seen + float((self.unseen * self.probability).sum())

    @property
    def deviation(self) -> float:
        """The standard deviation."""
        return float(np.sqrt(((self.seen + self.unseen - self.mean) ** 2 * self.probability).sum()))

    @property
    def mode(self) -> float:
        """The likeliest number of hosts."""
        return self.seen + float(self.unseen[(self.probability / self.width).argmax()])

    @property
    def relative(self) -> float:
        """The number of hosts that has the least expected squared error relative to the truth (Madigan and York)."""
        n = self.seen + self.unseen
        return float((self.probability / n).sum() / (self.probability / n**2).sum())

    def quantile(self, share: float) -> float:
        """The first number of hosts at or below which this share lies."""
        below = np.cumsum(self.probability)
        place = min(int(np.searchsorted(below, share)), len(below) - 1)
        edge = self.unseen[0] - 0.5 if not place else (self.unseen[place - 1] + self.unseen[place]) / 2
        part = (share - below[place] + self.probability[place]) / max(self.probability[place], 1e-300)
        return self.seen + float(np.ceil(edge + min(part, 1.0) * self.width[place] - 0.5))

    def draws(self, number: int, seed: int) -> Floats:
        """Numbers of hosts, equally likely."""
        return self.seen + np.random.default_rng(seed).choice(self.unseen, number, p=self.probability)


def reciprocal(n: Floats) -> Floats:
    """The logarithm of the prior 1/N."""
    return -np.log(n)


def negative_binomial(a: float, b: float) -> Prior:
    """The logarithm of Madigan and York's prior: a Poisson number of hosts whose mean is a Gamma number with shape `a` and scale
    `b`.
    """
    from scipy.special import gammaln

    def prior(n: Floats) -> Floats:
        logs = n * np.log(b) - (n + a) * np.log1p(b) + gammaln(n + a) - gammaln(n + 1) - gammaln(a)
        return cast("Floats", logs)

    return prior


def informative(k: int) -> tuple[Graph, ...]:
    """The decomposable graphs but the complete one, under which the table says nothing of the unseen."""
    return tuple(one for one in decomposable(k) if len(one.cliques) > 1)


def posterior(
    capture: Capture,
    *,
    unseen: Floats | None = None,
    delta: float | None = None,
    prior: Prior = reciprocal,
    graphs: tuple[Graph, ...] = (),
) -> Posterior:
    """The posterior over these numbers of the unseen; by default over all that matter. `delta` is the prior weight of a cell of
    the whole table, by default 2^-k. The graphs, by default the `informative` ones, are equally likely beforehand. Raises
    `NotIdentifiedError` where the posterior does not fall off.
    """
    graphs = graphs or informative(capture.k)
    density = Density(capture, graphs, delta=2.0**-capture.k if delta is None else delta, prior=prior)
    if unseen is None:
        rows, unseen = density.grid()
    else:
        rows = np.arange(len(graphs))
    width = np.gradient(unseen) if len(unseen) > 1 else np.ones(1)
    logs = density.at(unseen, rows) + np.log(width)
    joint = np.exp(logs - logs.max())
    joint /= joint.sum()
    by_graph = joint.sum(axis=1)
    order = np.argsort(-by_graph, kind="stable")
    return Posterior(
        seen=capture.seen,
        unseen=unseen,
        width=width,
        probability=joint.sum(axis=0),
        graphs=tuple((graphs[rows[one]], float(by_graph[one])) for one in order),
    )


def estimate(capture: Capture, /, *, level: float = LEVEL, seed: int = SEED) -> Estimated:
    """The median of the posterior and its middle. Raises `NotIdentifiedError`."""
    found = posterior(capture)
    low, n, high = (found.quantile(share) for share in ((1 - level) / 2, 0.5, (1 + level) / 2))
    return Estimated(
        n=n,
        low=low,
        high=high,
        se=found.deviation,
        level=level,
        model=f"decomposable graphs, of which {len(found.graphs):,} matter",
        note=NOTE,
        weights=tuple((graph.name(capture.k), weight) for graph, weight in found.graphs[:SHOWN]),
        draws=found.draws(DRAWS, seed),
    )


BMA = Estimator(
    name="bma",
    title="decomposable graphs, averaged by Bayes",
    reference="Madigan & York 1997",
    least=2,
    most=5,
    estimate=estimate,
)
