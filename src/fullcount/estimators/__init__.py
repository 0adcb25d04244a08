"""The estimators, in the order in which they are printed: the plainest first.

`bounded` makes more of them, for a table of which one family may hold hosts that are gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.estimators.averaged import AVERAGED
from fullcount.estimators.bma import BMA
from fullcount.estimators.bootstrap import BOOTSTRAP, BOOTSTRAP_ALL
from fullcount.estimators.chao import CHAO
from fullcount.estimators.chapman import CHAPMAN
from fullcount.estimators.coverage import COVERAGE
from fullcount.estimators.latent import LATENT
from fullcount.estimators.lincoln_petersen import LINCOLN_PETERSEN
from fullcount.estimators.loglinear import ALL_PAIRS, BEST_AIC, BEST_BIC, BEST_BIC_ALL, INDEPENDENCE
from fullcount.estimators.mth import DARROCH, GAMMA, POISSON2
from fullcount.estimators.profile import PROFILE
from fullcount.estimators.stepwise import STEPWISE

if TYPE_CHECKING:
    from fullcount.estimator import Estimator

ESTIMATORS: tuple[Estimator, ...] = (
    *(LINCOLN_PETERSEN, CHAPMAN),
    *(INDEPENDENCE, ALL_PAIRS, PROFILE, BEST_AIC, BEST_BIC, BEST_BIC_ALL, STEPWISE),
    *(AVERAGED, BOOTSTRAP, BOOTSTRAP_ALL, BMA, LATENT),
    *(CHAO, DARROCH, POISSON2, GAMMA, COVERAGE),
)
