"""Log-linear models of three to five families: one that is named, or the best of a set.

S. E. Fienberg, Biometrika 59 (1972), 591-603; R. M. Cormack, Biometrics 45 (1989), 395-413; sparse tables by L. Chan, B. W.
Silverman and K. Vincent, JASA 116 (2021), 1297-1306. How they are fitted is in `poisson`. A model that the table itself chose
has an interval that is too short: the choice is not in it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from fullcount.estimator import LEVEL, SEED, Estimated, Estimator, NotIdentifiedError
from fullcount.estimators.fitted import fitted
from fullcount.estimators.models import Model, hierarchical_models, name, of_generators, pair_models, pairs
from fullcount.estimators.poisson import estimated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fullcount.capture import Capture

CHOSEN = "The interval does not know that the table itself chose the model; it is too short."
FREE = "Taken as independent; machines under management are in many families, so this is usually too low."
CLOSED = "Assumes that the interaction of all families is nought, which no table can show."


def of_model(
    capture: Capture, generators: Iterable[Iterable[int]] = (), *, level: float = LEVEL, note: str = CLOSED
) -> Estimated:
    """The hierarchical model with these interactions (each a set of families, from 0) and every main effect. Raises
    `NotIdentifiedError`.
    """
    model = of_generators(capture.k, generators)
    if (1 << capture.k) - 1 in model:
        raise NotIdentifiedError("the interaction of all families cannot be told from a table without those that nobody saw")
    return estimated(capture, fitted(capture, (model,)), 0, model=name(model, capture.k), level=level, note=note)


def best(capture: Capture, models: tuple[Model, ...], *, by: str, level: float = LEVEL) -> Estimated:
    """The model with the smallest `aic` or `bic` of those that have an estimate. Raises `NotIdentifiedError` where none has."""
    fits = fitted(capture, models)
    if not fits.is_sound.any():
        raise NotIdentifiedError("no model of the set has an estimate on this table")
    row = int(np.where(fits.is_sound, getattr(fits, by), np.inf).argmin())
    return estimated(capture, fits, row, model=name(models[row], capture.k), level=level, note=CHOSEN)


def _independence(capture: Capture, /, *, level: float = LEVEL, seed: int = SEED) -> Estimated:
    del seed
    return of_model(capture, level=level, note=FREE)


def _all_pairs(capture: Capture, /, *, level: float = LEVEL, seed: int = SEED) -> Estimated:
    del seed
    k = capture.k
    return of_model(capture, ([j for j in range(k) if term >> j & 1] for term in pairs(k)), level=level)


def _best(
    capture: Capture, /, *, level: float = LEVEL, seed: int = SEED, by: str, models: Callable[[int], tuple[Model, ...]]
) -> Estimated:
    del seed
    return best(capture, models(capture.k), by=by, level=level)


INDEPENDENCE = Estimator(
    name="independence",
    title="log-linear, independent families (Mt)",
    reference="Fienberg 1972; Cormack 1989",
    least=3,
    most=10,
    estimate=_independence,
)
ALL_PAIRS = Estimator(
    name="all-pairs",
    title="log-linear, all pairs of families",
    reference="Fienberg 1972; Bishop, Fienberg & Holland 1975",
    least=3,
    most=8,
    estimate=_all_pairs,
)
BEST_AIC = Estimator(
    name="best-aic",
    title="log-linear, pair model of the smallest AIC",
    reference="Fienberg 1972; Chan, Silverman & Vincent 2021",
    least=3,
    most=5,
    estimate=partial(_best, by="aic", models=pair_models),
)
BEST_BIC = Estimator(
    name="best-bic",
    title="log-linear, pair model of the smallest BIC",
    reference="Silverman, Chan & Vincent 2024",
    least=3,
    most=5,
    estimate=partial(_best, by="bic", models=pair_models),
)
BEST_BIC_ALL = Estimator(
    name="best-bic-all",
    title="log-linear, hierarchical model of the smallest BIC",
    reference="Silverman, Chan & Vincent 2024",
    least=3,
    most=4,
    estimate=partial(_best, by="bic", models=hierarchical_models),
)
