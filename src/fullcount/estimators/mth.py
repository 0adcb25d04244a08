"""Hosts that differ in how visible they are, by one parameter that acts on the number of sightings.

J. N. Darroch, S. E. Fienberg, G. F. V. Glonek and B. W. Junker, JASA 88 (1993), 1137-1148 (Darroch: i^2/2); L.-P. Rivest and S.
Baillargeon, Biometrics 63 (2007), 999-1006 (Poisson2: 2^i - 1; Gamma3.5: -log(3.5 + i) + log 3.5). A diagnosis, no figure to
rest on: few stale records make it explode.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from fullcount.capture import sightings
from fullcount.estimator import LEVEL, SEED, Estimated, Estimator
from fullcount.estimators.models import design
from fullcount.estimators.poisson import estimated, fit

if TYPE_CHECKING:
    from typing import Any

    from fullcount.capture import Capture

    Floats = np.ndarray[Any, np.dtype[np.float64]]

NOTE = "A diagnosis: stale or split records make it far too high."


def effect(kind: str, times: Floats) -> Floats:
    """How the logarithm of a cell depends on the number of sightings. `kind` is `darroch`, `poisson2` or `gamma3.5`."""
    if kind == "darroch":
        return np.square(times) / 2
    if kind == "poisson2":
        return np.exp2(times) - 1
    return np.asarray(np.log(3.5) - np.log(3.5 + times))


def estimate(capture: Capture, /, *, level: float = LEVEL, seed: int = SEED, kind: str = "darroch") -> Estimated:
    """The model Mth of this kind."""
    del seed
    k = capture.k
    columns = [0, *(1 << j for j in range(k))]
    extra = effect(kind, sightings(k).astype(np.float64))
    cells = np.column_stack([design(k)[:, columns], extra])
    fits = fit(cells, capture.counts, np.ones((1, k + 2), np.bool_))
    return estimated(capture, fits, 0, model=f"Mth {kind}", level=level, note=NOTE)


DARROCH, POISSON2, GAMMA = (
    Estimator(
        name=f"mth-{kind}",
        title=f"heterogeneity between hosts, Mth {kind}",
        reference=reference,
        least=3,
        most=10,
        estimate=partial(estimate, kind=kind),
    )
    for kind, reference in (
        ("darroch", "Darroch, Fienberg, Glonek & Junker 1993"),
        ("poisson2", "Rivest & Baillargeon 2007"),
        ("gamma3.5", "Rivest & Baillargeon 2007"),
    )
)
