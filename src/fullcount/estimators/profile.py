"""The interval of a log-linear model by its profile likelihood: every N that the table does not speak against.

R. M. Cormack, Biometrics 48 (1992), 567-576. For each number of unseen hosts the multinomial likelihood is made as large as the
model allows; N is where it is largest, and the interval where it is not worse by more than the chi-square quantile says.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from fullcount.estimator import LEVEL, SEED, Estimated, Estimator, NotIdentifiedError
from fullcount.estimators.fitted import fitted
from fullcount.estimators.interval import normal
from fullcount.estimators.models import chosen, design, name, of_generators
from fullcount.estimators.poisson import fit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fullcount.capture import Capture

_FARTHEST = 1e4  # times the fitted unseen


def of_model(capture: Capture, generators: Iterable[Iterable[int]] = (), *, level: float = LEVEL) -> Estimated:
    """The hierarchical model with these interactions. Raises `NotIdentifiedError` where it has no estimate, or the likelihood
    does not fall off on either side.
    """
    model = of_generators(capture.k, generators)
    row = chosen([model], capture.k)
    called = name(model, capture.k)
    plain = fitted(capture, (model,))
    if not plain.is_sound[0]:
        raise NotIdentifiedError(f"the model {called} has no estimate on this table: its likelihood has no single maximum")
    value = partial(_profile, capture, row)
    start = max(float(plain.unseen[0]), 0.5)
    peak = _peak(value, start)
    limit = value(peak) - normal(level) ** 2 / 2
    low = 0.0 if value(0.0) > limit else _crossing(value, limit, (0.0, peak))
    high = _crossing(value, limit, (peak, _beyond(value, limit, peak + start)))
    n, ends = capture.seen + peak, (capture.seen + low, capture.seen + high)
    return Estimated(n=n, low=ends[0], high=ends[1], se=float(plain.variance[0] ** 0.5), level=level, model=called)


def _profile(capture: Capture, row: np.ndarray[tuple[int, int], np.dtype[np.bool_]], unseen: float) -> float:
    """The log-likelihood, but for a constant, if that many hosts are unseen."""
    from scipy.special import gammaln, xlogy

    counts = np.concatenate([[0.0], capture.counts])  # the first row is not looked at, so the unseen stand in the second
    counts[1] = unseen
    cells = design(capture.k)
    fits = fit(np.vstack([cells[:1], cells]), counts, row, is_judged=False)
    total = capture.seen + unseen
    share = fits.expected[0, 1:] / total
    logs = np.where(counts[1:] > 0, xlogy(counts[1:], np.maximum(share, 1e-300)), 0.0).sum()
    return float(gammaln(total + 1) - gammaln(unseen + 1) + logs)


def _peak(value: Callable[[float], float], start: float) -> float:
    from scipy.optimize import minimize_scalar

    high = start * 2 + 10
    while value(high) > value(high * 0.9) and high < start * _FARTHEST:
        high *= 2
    found = minimize_scalar(lambda one: -value(one), bounds=(0.0, high), method="bounded", options={"xatol": 1e-7 * start})
    return float(found.x)


def _beyond(value: Callable[[float], float], limit: float, start: float) -> float:
    high = start
    while value(high) > limit:
        high *= 2
        if high > start * _FARTHEST:
            raise NotIdentifiedError("the likelihood does not fall off: the table does not bound how many there are")
    return high


def _crossing(value: Callable[[float], float], limit: float, between: Sequence[float]) -> float:
    from scipy.optimize import brentq

    low, high = between
    return float(brentq(lambda one: value(one) - limit, low, high, xtol=1e-6 * max(high, 1.0)))


def estimate(capture: Capture, /, *, level: float = LEVEL, seed: int = SEED) -> Estimated:
    """The model of all pairs, with its profile interval."""
    del seed
    k = capture.k
    return of_model(capture, [(i, j) for i in range(k) for j in range(i)] if k > 2 else (), level=level)


PROFILE = Estimator(
    name="profile",
    title="log-linear, all pairs, profile interval",
    reference="Cormack 1992",
    least=3,
    most=6,
    estimate=estimate,
)
