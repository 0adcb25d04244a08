"""Two families taken as independent: how many of the hosts of one the other saw, carried over to those of neither.

G. C. Petersen 1896; F. C. Lincoln, US Department of Agriculture Circular 118 (1930): N = n1 n2 / m, with
Var = n1 n2 (n1 - m)(n2 - m) / m^3 (G. A. F. Seber, The Estimation of Animal Abundance, 1982). Dependence cannot be told from two
families, so `by_odds` shows what it would do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.estimator import LEVEL, SEED, Estimated, Estimator
from fullcount.estimators.interval import lognormal

if TYPE_CHECKING:
    from fullcount.capture import Capture

ODDS = (0.5, 1.0, 2.0, 4.0)
NOTE = "Right only if the two families are independent, which two families cannot show; machines under management are in both."


def estimate(capture: Capture, /, *, level: float = LEVEL, seed: int = SEED) -> Estimated:
    """Lincoln and Petersen's estimate, with a log-normal interval on the unseen."""
    del seed
    n1, n2, m = capture.of(0), capture.of(1), capture.both(0, 1)
    variance = (n1 / m) * (n2 / m) * (n1 - m) * (n2 - m) / m
    low, high = lognormal(capture.seen, (n1 - m) * (n2 - m) / m, variance, level)
    n = capture.seen + (n1 - m) * (n2 - m) / m
    return Estimated(n=n, low=low, high=high, se=variance**0.5, level=level, model="[1][2]", note=NOTE)


def by_odds(capture: Capture) -> tuple[tuple[float, float], ...]:
    """How many hosts there would be if those of one family were, by this odds ratio, likelier to be in the other, too:
    N = n + theta n10 n01 / m, in the order of `ODDS`. Empty where no host is in both.
    """
    m = capture.both(0, 1)
    if not m:
        return ()
    return tuple((odds, capture.seen + odds * capture.only(0) * capture.only(1) / m) for odds in ODDS)


LINCOLN_PETERSEN = Estimator(
    name="lincoln-petersen",
    title="Lincoln-Petersen",
    reference="Petersen 1896; Lincoln 1930",
    least=2,
    most=2,
    estimate=estimate,
)
