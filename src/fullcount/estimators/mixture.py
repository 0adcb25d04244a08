"""A mixture of log-normal distributions, each from a floor of its own up: what several models say of the unseen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    Floats = np.ndarray[Any, np.dtype[np.float64]]

_HALVINGS = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixture:
    """One entry per model: its weight, what it counts for certain, the median of its unseen, and how their logarithm spreads."""

    weights: Floats
    base: Floats
    unseen: Floats
    spread: Floats

    def quantile(self, share: float) -> float:
        """The number of hosts below which this share of the mixture lies."""
        low, high = float(self.base.min()), float((self.base + self.unseen * np.exp(np.minimum(9 * self.spread, 600))).max())
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if middle in {low, high}:
                break
            low, high = (middle, high) if self._below(middle) < share else (low, middle)
        return high

    def _below(self, n: float) -> float:
        from scipy.special import ndtr

        left = n - self.base
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (np.log(left) - np.log(self.unseen)) / self.spread
        # without spread, or without anything unseen, it is a step
        step = (left >= self.unseen).astype(np.float64)
        return float((self.weights * np.where(np.isfinite(z), ndtr(np.nan_to_num(z)), step)).sum())

    def deviation(self) -> float:
        """The standard deviation of the mixture."""
        square = np.exp(np.minimum(self.spread**2, 600))
        means = self.base + self.unseen * np.sqrt(square)
        own = self.unseen**2 * square * (square - 1)
        middle = (self.weights * means).sum()
        return float(np.sqrt((self.weights * (own + (means - middle) ** 2)).sum()))

    def draws(self, number: int, seed: int) -> Floats:
        """Numbers of hosts: a model by its weight, then the unseen."""
        random = np.random.default_rng(seed)
        order = np.lexsort((self.unseen, -self.weights))
        which = order[random.choice(len(order), number, p=self.weights[order])]
        z = np.minimum(random.standard_normal(number) * self.spread[which], 600)
        return np.asarray(self.base[which] + self.unseen[which] * np.exp(z))
