"""All log-linear pair models of a table at once, each by the weight that its AIC gives it.

K. P. Burnham and D. R. Anderson, Model Selection and Multimodel Inference (2002), for weights of exp(-AIC/2); for
capture-recapture A. Chao and others, Statistics in Medicine 20 (2001), 3123-3157. The unseen are a mixture: a model by its
weight, then log-normal with the median and the variance of its fit. The interval is that of the mixture, worked out, not drawn;
the draws are for adding strata up.

`bounded_by` leaves the cell of the hosts that one family alone saw out of every fit, and counts at most what the models expect
there: a list that may hold former members (A. M. Overstall, R. King, S. M. Bird, S. J. Hutchinson and G. Hay, Statistics in
Medicine 33, 2014, 1564-1579).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fullcount.estimator import LEVEL, SEED, Estimated, Estimator, NotIdentifiedError
from fullcount.estimators.fitted import fitted
from fullcount.estimators.interval import spread
from fullcount.estimators.mixture import Mixture
from fullcount.estimators.models import name, pair_models

if TYPE_CHECKING:
    from fullcount.capture import Capture

DRAWS = 4000
SHOWN = 5  # models
NOTE = "Assumes that no three families interact; models are weighed by AIC."
BOUNDED_NOTE = "The hosts that only {family} saw count as many as the models expect, and no more than there are."


def estimate(capture: Capture, /, *, level: float = LEVEL, seed: int = SEED, bounded_by: int | None = None) -> Estimated:
    """The middle of the mixture and its interval. Raises `NotIdentifiedError` where no pair model has an estimate."""
    models = pair_models(capture.k)
    fits = fitted(capture, models, without=bounded_by)
    rows = np.flatnonzero(fits.is_sound)
    if not len(rows):
        raise NotIdentifiedError("no model of pairs of families has an estimate on this table")
    aic = fits.aic[rows]
    weights = np.exp(-(aic - aic.min()) / 2)
    weights /= weights.sum()
    base, note = np.full(len(rows), capture.seen), NOTE
    if bounded_by is not None:
        cell = 1 << bounded_by
        base -= np.maximum(capture.counts[cell] - fits.expected[rows, cell], 0.0)
        note = BOUNDED_NOTE.format(family=capture.families[bounded_by])
    unseen = fits.unseen[rows]
    mixture = Mixture(weights=weights, base=base, unseen=unseen, spread=spread(unseen, fits.variance[rows]))
    n, low, high = (mixture.quantile(share) for share in (0.5, (1 - level) / 2, (1 + level) / 2))
    heaviest = np.argsort(-weights, kind="stable")[:SHOWN]
    return Estimated(
        n=n,
        low=low,
        high=high,
        se=mixture.deviation(),
        level=level,
        model=f"{len(rows):,} of {len(models):,} pair models, by AIC",
        note=note,
        weights=tuple((name(models[rows[one]], capture.k), float(weights[one])) for one in heaviest),
        draws=mixture.draws(DRAWS, seed),
    )


AVERAGED = Estimator(
    name="averaged",
    title="log-linear, all pair models averaged by AIC",
    reference="Burnham & Anderson 2002; Chao et al. 2001",
    least=3,
    most=5,
    estimate=estimate,
)
