"""A lower bound that hosts seen once or twice alone decide, with an effect of each family.

A. Chao, Biometrics 43 (1987), 783-791; as a log-linear model (Mth Chao) L.-P. Rivest and S. Baillargeon, Biometrics 63 (2007),
999-1006: main effects, and one parameter for each number of sightings from three up. A bound where hosts differ in visibility
and families depend on one another positively. False single sightings - records that were not linked, stale ones - lift it above
what it bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fullcount.capture import sightings
from fullcount.estimator import LEVEL, SEED, Estimated, Estimator
from fullcount.estimators.models import design
from fullcount.estimators.poisson import estimated, fit

if TYPE_CHECKING:
    from fullcount.capture import Capture

NOTE = "A lower bound, if records are linked well and none is stale; it says nothing about how many more there are."


def estimate(capture: Capture, /, *, level: float = LEVEL, seed: int = SEED) -> Estimated:
    """Chao's bound; `low` is the lower end of its own interval, and it has no upper one."""
    del seed
    k = capture.k
    often = sightings(k)[:, None] == np.arange(3, k + 1)
    cells = np.column_stack([design(k)[:, [0, *(1 << j for j in range(k))]], often])
    fits = fit(cells, capture.counts, np.ones((1, cells.shape[1]), np.bool_))
    made = estimated(capture, fits, 0, model="Mth Chao", level=level)
    return Estimated(
        n=made.n, low=made.low, high=None, se=made.se, level=level, model=made.model, note=NOTE, aic=made.aic, bic=made.bic
    )


CHAO = Estimator(
    name="chao",
    title="lower bound by Chao, with effects of the families",
    reference="Chao 1987; Rivest & Baillargeon 2007",
    least=3,
    most=10,
    estimate=estimate,
)
