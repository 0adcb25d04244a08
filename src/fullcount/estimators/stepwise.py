"""A log-linear model that grows by one pair of families at a time.

L. Chan, B. W. Silverman and K. Vincent, "Multiple systems estimation for sparse capture data", JASA 116 (2021), 1297-1306. How
many hosts two families have in common is, without their interaction, a Poisson number with the mean that the model so far says;
the pair whose number is the least likely is added, while its one-sided p-value is below 2 % and the model still has an estimate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fullcount.estimator import LEVEL, SEED, Estimated, Estimator
from fullcount.estimators.fitted import fitted
from fullcount.estimators.models import Model, name, of_generators, pairs
from fullcount.estimators.poisson import Fits, estimated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.capture import Capture

THRESHOLD = 0.02
NOTE = "The interval does not know that the table itself chose the model; it is too short."


def estimate(capture: Capture, /, *, level: float = LEVEL, seed: int = SEED, threshold: float = THRESHOLD) -> Estimated:
    """The last model of the way up. Raises `NotIdentifiedError` where even independence has no estimate."""
    del seed
    model = of_generators(capture.k)
    fits = fitted(capture, (model,))
    found = estimated(capture, fits, 0, model=name(model, capture.k), level=level, note=NOTE)
    while step := _next(capture, model, fits, threshold):
        model, fits = step
        found = estimated(capture, fits, 0, model=name(model, capture.k), level=level, note=NOTE)
    return found


def _next(capture: Capture, model: Model, fits: Fits, threshold: float) -> tuple[Model, Fits] | None:
    for _, term in sorted(_candidates(capture, model, fits, threshold)):
        larger = model | {term}
        made = fitted(capture, (larger,))
        if made.is_sound[0]:
            return larger, made
    return None


def _candidates(capture: Capture, model: Model, fits: Fits, threshold: float) -> Iterator[tuple[float, int]]:
    """The pairs that are not in the model, with the p-values of what they have in common."""
    from scipy.special import gammainc, gammaincc

    cells = np.arange(1, 1 << capture.k)
    for term in pairs(capture.k):
        if term in model or term == cells[-1]:
            continue
        common = (cells & term) == term
        seen, mean = capture.counts[1:][common].sum(), fits.expected[0, 1:][common].sum()
        above = float(gammainc(seen, mean)) if seen else 1.0  # Poisson: this many or more
        below = float(gammaincc(seen + 1, mean))  # this many or fewer
        if (value := min(above, below)) < threshold:
            yield value, term


STEPWISE = Estimator(
    name="stepwise",
    title="log-linear, pairs added step by step",
    reference="Chan, Silverman & Vincent 2021",
    least=3,
    most=10,
    estimate=estimate,
)
