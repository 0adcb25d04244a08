"""Two families, without the bias that few common hosts bring.

D. G. Chapman, University of California Publications in Statistics 1 (1951), 131-160: N = (n1 + 1)(n2 + 1)/(m + 1) - 1; its
variance (n1 + 1)(n2 + 1)(n1 - m)(n2 - m)/((m + 1)^2 (m + 2)) is by G. A. F. Seber, Biometrika 57 (1970), 313-318. Nearly without
bias from seven common hosts up (D. S. Robson and H. A. Regier, Transactions of the American Fisheries Society 93, 1964).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.estimator import LEVEL, SEED, Estimated, Estimator, NotIdentifiedError
from fullcount.estimators.interval import lognormal

if TYPE_CHECKING:
    from fullcount.capture import Capture

LEAST = 7  # hosts that both families saw
NOTE = "Right only if the two families are independent, which two families cannot show."


def estimate(capture: Capture, /, *, level: float = LEVEL, seed: int = SEED) -> Estimated:
    """Chapman's estimate, with a log-normal interval on the unseen. Raises `NotIdentifiedError` below seven common hosts."""
    del seed
    n1, n2, m = capture.of(0), capture.of(1), capture.both(0, 1)
    if m < LEAST:
        raise NotIdentifiedError(f"only {m:,.0f} hosts were seen by both families; with fewer than {LEAST} it is biased")
    unseen = (n1 - m) * (n2 - m) / (m + 1)
    variance = (n1 + 1) / (m + 1) * (n2 + 1) / (m + 1) * (n1 - m) * (n2 - m) / (m + 2)
    low, high = lognormal(capture.seen, unseen, variance, level)
    return Estimated(n=capture.seen + unseen, low=low, high=high, se=variance**0.5, level=level, model="[1][2]", note=NOTE)


CHAPMAN = Estimator(
    name="chapman",
    title="Chapman",
    reference="Chapman 1951; Seber 1970",
    least=2,
    most=2,
    estimate=estimate,
)
