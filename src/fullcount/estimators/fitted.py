"""Log-linear models of a table, fitted. Several estimators ask for the same fits, so the last few are kept."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from fullcount.estimators.models import Model, chosen, design
from fullcount.estimators.poisson import Fits, fit

if TYPE_CHECKING:
    from fullcount.capture import Capture


def fitted(capture: Capture, models: tuple[Model, ...], *, without: int | None = None) -> Fits:
    """The fits of these models; `without` leaves out the cell of the hosts that this family alone saw."""
    return _fitted(capture.k, capture.counts.tobytes(), models, without)


@lru_cache(maxsize=16)
def _fitted(k: int, counts: bytes, models: tuple[Model, ...], without: int | None) -> Fits:
    used = np.ones(1 << k, np.bool_)
    if without is not None:
        used[1 << without] = False
    return fit(design(k), np.frombuffer(counts), chosen(models, k), used=used)
