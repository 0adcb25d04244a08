"""Intervals and summaries of a number of hosts that is never below those that were seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    Floats = np.ndarray[Any, np.dtype[np.float64]]


def normal(level: float) -> float:
    """How many standard errors a two-sided normal interval reaches to each side; 1.96 for 95 %."""
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))


def spread(unseen: Floats, variance: Floats) -> Floats:
    """The standard deviation of the logarithm of the unseen."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.where(unseen > 0, variance / np.square(unseen), 0.0)
    return np.sqrt(np.log1p(np.minimum(share, 1e300)))


def lognormal(seen: float, unseen: float, variance: float, level: float) -> tuple[float, float]:
    """An interval that is log-normal in the unseen, so that it never goes below what was seen (A. Chao, Biometrics 43, 1987,
    783-791): f/C to f C with C = exp(z sqrt(log(1 + Var/f^2))).
    """
    wide = float(np.exp(np.minimum(normal(level) * spread(np.array(unseen), np.array(variance)), 700.0)))
    return seen + unseen / wide, seen + unseen * wide


def ends(draws: Floats, level: float) -> tuple[float, float]:
    """The middle `level` of draws."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
