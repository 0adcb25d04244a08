"""The contract of an estimator: from an overlap table to how many hosts there are, seen or not. Never added to a count."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from fullcount.errors import FullcountError

if TYPE_CHECKING:
    from typing import Any

    import numpy as np

    from fullcount.capture import Capture

    Floats = np.ndarray[Any, np.dtype[np.float64]]

LEVEL = 0.95
SEED = 1


class NotIdentifiedError(FullcountError):
    """The table does not say how many hosts there are, whatever the arithmetic. The message is the reason, in words."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimated:
    """How many hosts there are by one estimator, those that were seen among them; never fewer than were seen. Unit: hosts.

    `low` and `high` are a two-sided interval of confidence (or, of a posterior distribution, of probability) `level`, None where
    the method has none. A lower bound has `high` None.
    """

    n: float
    low: float | None
    high: float | None
    se: float | None
    level: float
    model: str  # which model, in the notation of its literature: [12][3] has an interaction of the families 1 and 2
    note: str = ""  # one sentence: what is odd about this table, or what the number does not mean
    aic: float | None = None
    bic: float | None = None
    weights: tuple[tuple[str, float], ...] = ()  # of an average: models and what each counts for, heaviest first
    draws: Floats | None = None  # of the number of hosts, equally likely; to add strata up


class Estimate(Protocol):
    """What an estimator does. Deterministic, or random from `seed` alone. Raises `NotIdentifiedError`."""

    def __call__(self, capture: Capture, /, *, level: float = LEVEL, seed: int = SEED) -> Estimated:
        """How many hosts there are."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator:
    """One way to tell how many there are: what it is called, where it is published, and for how many families it is meant."""

    name: str
    title: str
    reference: str  # paper and year
    least: int
    most: int
    estimate: Estimate


def applied(estimator: Estimator, capture: Capture, *, level: float = LEVEL, seed: int = SEED) -> Estimated:
    """What an estimator makes of a table, after what every estimator needs was looked for, and never a number that is none.

    Raises `NotIdentifiedError`.
    """
    if not estimator.least <= capture.k <= estimator.most:
        needed = f"{estimator.least} to {estimator.most}" if estimator.most > estimator.least else f"exactly {estimator.least}"
        raise NotIdentifiedError(f"needs {needed} families; this table has {capture.k}")
    if not capture.seen:
        raise NotIdentifiedError("no family saw any host")
    if not capture.twice:
        raise NotIdentifiedError("no host was seen by two families: nothing says how many they all missed")
    made = estimator.estimate(capture, level=level, seed=seed)
    numbers = (made.n, made.low, made.high, made.se, made.aic, made.bic)
    if not all(math.isfinite(one) for one in numbers if one is not None):
        raise NotIdentifiedError(f"the numbers of {made.model} run away: this table does not bound how many there are")
    return made
