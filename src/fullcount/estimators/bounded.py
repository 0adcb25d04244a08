"""One family may hold hosts that are gone: those that it alone saw count at most as many as the others lead one to expect.

A. M. Overstall, R. King, S. M. Bird, S. J. Hutchinson and G. Hay, "Incomplete contingency tables with censored cells with
application to estimating the number of people who inject drugs in Scotland", Statistics in Medicine 33 (2014), 1564-1579: for
them a list of former and present members; here a directory whose machines nobody has seen alive. The result may be below what
was seen, since some of what was seen is not there.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fullcount.estimator import Estimator
from fullcount.estimators import averaged, latent

if TYPE_CHECKING:
    from fullcount.capture import Capture

REFERENCE = "Overstall, King, Bird, Hutchinson & Hay 2014"


def bounded(capture: Capture, family: int) -> tuple[Estimator, ...]:
    """The estimators that take what this family alone saw as an upper bound: the average of pair models, and latent classes."""
    name = capture.families[family]
    return (
        Estimator(
            name="averaged-bounded",
            title=f"as averaged, hosts that only {name} saw as an upper bound",
            reference=REFERENCE,
            least=3,
            most=5,
            estimate=partial(averaged.estimate, bounded_by=family),
        ),
        Estimator(
            name="latent-bounded",
            title=f"as latent, hosts that only {name} saw as an upper bound",
            reference=f"{REFERENCE}; Manrique-Vallier 2016",
            least=4,
            most=8,
            estimate=partial(latent.estimate, bounded_by=family),
        ),
    )
