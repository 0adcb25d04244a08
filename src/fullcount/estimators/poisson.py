"""Maximum likelihood for many log-linear models of one overlap table at once, or of many tables.

Cells are Poisson, log-linear in their terms (S. E. Fienberg, Biometrika 59, 1972, 591-603; R. M. Cormack, Biometrics 45, 1989,
395-413); the unseen are exp(intercept), and their variance is m + m^2 Var(intercept). A term whose hosts are none has its
maximum at minus infinity: its cells are left out, and it still counts as a parameter of AIC and BIC. Whether a maximum is there
at all is a linear programme, and whether there is one only is the rank (S. E. Fienberg and A. Rinaldo, Annals of Statistics 40,
2012, 996-1023; L. Chan, B. W. Silverman and K. Vincent, JASA 116, 2021, 1297-1306).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from fullcount.estimator import Estimated, NotIdentifiedError
from fullcount.estimators.interval import lognormal

if TYPE_CHECKING:
    from typing import Any

    from fullcount.capture import Capture

    Bools = np.ndarray[Any, np.dtype[np.bool_]]
    Floats = np.ndarray[Any, np.dtype[np.float64]]

STEPS = 60
SHORTER = 8
SURE = 1e-7  # a fitted cell above this share of a host proves that the maximum is inside
_BLOCK = 2_000_000  # numbers of the normal equations that are in memory at a time


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fits:
    """One entry (or row) per model. Where `is_sound` is false there is no estimate, and the numbers mean nothing."""

    unseen: Floats
    variance: Floats  # of the unseen
    loglik: Floats
    parameters: Floats  # boundary terms and intercept among them
    expected: Floats  # models x cells, cell 0 first
    is_sound: Bools
    hosts: Floats  # that the likelihood is about

    @property
    def aic(self) -> Floats:
        """Akaike's criterion, with the constants of the Poisson likelihood in it."""
        return 2 * self.parameters - 2 * self.loglik

    @property
    def bic(self) -> Floats:
        """Schwarz's criterion; the number of observations is that of hosts seen."""
        return self.parameters * np.log(np.maximum(self.hosts, 1)) - 2 * self.loglik


def fit(design: Floats, counts: Floats, chosen: Bools, *, used: Bools | None = None, is_judged: bool = True) -> Fits:
    """Fit models (rows of `chosen`: which columns of `design` they have, the first of which is the intercept) to counts: one
    table, or one per model. Rows of `design` and counts are cells; the first is that of the unseen, which is not looked at.

    `used` leaves other cells out of the likelihood, too. Without `is_judged` a model whose maximum is not plain to see is taken
    as having none, which is quicker than to find out.
    """
    needed = chosen.any(axis=0)
    design, chosen = design[:, needed], chosen[:, needed]
    size = max(1, _BLOCK // design.shape[1] ** 2)
    parts = []
    for start in range(0, len(chosen), size):
        part = slice(start, start + size)
        own = counts[part] if counts.ndim == 2 else np.broadcast_to(counts, (len(chosen[part]), len(counts)))
        parts.append(_fit(design, own, chosen[part], used=used, is_judged=is_judged))
    return parts[0] if len(parts) == 1 else _joined(parts)


def estimated(capture: Capture, fits: Fits, row: int, *, model: str, level: float, note: str = "") -> Estimated:
    """One fit as an estimate, with a log-normal interval on the unseen. Raises `NotIdentifiedError` where it is none."""
    if not fits.is_sound[row]:
        raise NotIdentifiedError(f"the model {model} has no estimate on this table: its likelihood has no single maximum")
    unseen, variance = float(fits.unseen[row]), float(fits.variance[row])
    low, high = lognormal(capture.seen, unseen, variance, level)
    return Estimated(
        n=capture.seen + unseen,
        low=low,
        high=high,
        se=variance**0.5,
        level=level,
        model=model,
        note=note,
        aic=float(fits.aic[row]),
        bic=float(fits.bic[row]),
    )


def _joined(parts: list[Fits]) -> Fits:
    return Fits(**{name: np.concatenate([getattr(one, name) for one in parts]) for name in Fits.__slots__})


def _fit(design: Floats, counts: Floats, chosen: Bools, *, used: Bools | None, is_judged: bool) -> Fits:
    cells = np.ones(len(design), np.bool_) if used is None else used.copy()
    cells[0] = False
    y = np.where(cells, counts, 0.0)
    kept, active = _inside(design, y, chosen, cells)
    active &= (kept.astype(np.float64) @ np.abs(design)) > 0  # a term without a cell has no say
    beta, information, is_there = _newton(_Problem(design=design, y=y, kept=kept, active=active))
    eta = beta @ design.T
    with np.errstate(over="ignore"):
        expected = np.exp(np.minimum(eta, 700.0))
    inside = np.where(kept, expected, np.inf).min(axis=1) > SURE
    sound = is_there & inside
    if is_judged:
        for row in np.flatnonzero(~sound & active[:, 0]):
            sound[row] = _exists(design[kept[row]][:, active[row]], y[row, kept[row]])
    sound &= _ranks(design, kept, active) & active[:, 0] & np.isfinite(expected[:, 0])
    at_boundary = _cut(design, y, chosen, cells)
    return Fits(
        unseen=expected[:, 0],
        variance=expected[:, 0] + np.square(np.minimum(expected[:, 0], 1e150)) * _first(information),
        loglik=_loglik(y, eta, kept),
        parameters=chosen.sum(axis=1).astype(np.float64),
        expected=np.where(at_boundary & cells, 0.0, expected),
        is_sound=sound,
        hosts=y.sum(axis=1),
    )


def _cut(design: Floats, y: Floats, chosen: Bools, cells: Bools) -> Bools:
    """Cells whose expectation is nought, since a term of theirs is at minus infinity."""
    zero = chosen & (y @ (design > 0) == 0) & (design >= 0).all(axis=0)
    zero &= (cells.astype(np.float64) @ (design > 0)) > 0
    return cast("Bools", (zero.astype(np.float64) @ (design > 0).T) > 0)


def _inside(design: Floats, y: Floats, chosen: Bools, cells: Bools) -> tuple[Bools, Bools]:
    """The cells and terms that are left when terms without any host are at minus infinity."""
    dropped = _cut(design, y, chosen, cells)
    gone = (y @ (design > 0) == 0) & (design >= 0).all(axis=0)
    return cells & ~dropped, chosen & ~gone


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Problem:
    """What is fitted: one row per model, but for the design."""

    design: Floats
    y: Floats
    kept: Bools
    active: Bools

    def expected(self, beta: Floats) -> Floats:
        return np.where(self.kept, np.exp(np.clip(beta @ self.design.T, -700.0, 700.0)), 0.0)

    def value(self, beta: Floats) -> Floats:
        """The log-likelihood without its constant."""
        eta = np.clip(beta @ self.design.T, -700.0, 700.0)
        return cast("Floats", np.where(self.kept, self.y * eta - np.exp(eta), 0.0).sum(axis=1))

    def information(self, weight: Floats) -> Floats:
        """The normal equations for these weights of cells; a term that is not in a model stands alone in them."""
        columns = self.active.shape[1]
        products = (self.design[:, :, None] * self.design[:, None, :]).reshape(len(self.design), -1)
        both = self.active[:, :, None] & self.active[:, None, :]
        idle = np.eye(columns) * (~self.active)[:, None, :]
        return np.where(both, (weight @ products).reshape(-1, columns, columns), 0.0) + idle


def _newton(problem: _Problem) -> tuple[Floats, Floats, Bools]:
    """Newton's method with shortened steps: coefficients, information, and whether it came to rest."""
    y, kept, active, design = problem.y, problem.kept, problem.active, problem.design
    start = np.where(kept, np.log(y + 0.5) * (y + 0.5), 0.0)
    beta = _solved(problem.information(np.where(kept, y + 0.5, 0.0)), np.where(active, start @ design, 0.0))
    is_there, step = np.zeros(len(active), np.bool_), np.zeros_like(beta)
    for _ in range(STEPS):
        mu = problem.expected(beta)
        slope = np.where(active, (np.where(kept, y, 0.0) - mu) @ design, 0.0)
        step = _solved(problem.information(mu), slope)
        is_there = np.abs((step * slope).sum(axis=1)) <= 1e-12 + 1e-15 * y.sum(axis=1)
        if is_there.all():
            break
        beta = _stepped(problem, beta, step)
    # convergence is quadratic: the last step is worth as many digits as all before it
    beta = np.where(is_there[:, None], beta + step, beta)
    return beta, problem.information(problem.expected(beta)), is_there


def _stepped(problem: _Problem, beta: Floats, step: Floats) -> Floats:
    """The next coefficients: a whole step, or a part of it where a whole one makes the likelihood worse."""
    size = np.ones(len(beta))
    before = problem.value(beta)
    least = before - 1e-12 * (1 + np.abs(before))
    for _ in range(SHORTER):
        worse = ~(problem.value(beta + size[:, None] * step) >= least)
        if not worse.any():
            break
        size = np.where(worse, size / 4, size)
    return beta + size[:, None] * step


def _solved(matrices: Floats, right: Floats) -> Floats:
    """Solutions of positive definite systems; those that are next to singular get a small one instead of none."""
    scale = 1 / np.sqrt(np.maximum(np.diagonal(matrices, axis1=1, axis2=2), 1e-290))
    scaled = matrices * scale[:, :, None] * scale[:, None, :]
    found = np.linalg.solve(scaled + 1e-13 * np.eye(right.shape[1]), (right * scale)[:, :, None])[:, :, 0]
    return cast("Floats", found * scale)


def _first(information: Floats) -> Floats:
    """The variance of the intercept."""
    unit = np.zeros(information.shape[:2])
    unit[:, 0] = 1
    return np.maximum(_solved(information, unit)[:, 0], 0.0)


def _loglik(y: Floats, eta: Floats, kept: Bools) -> Floats:
    from scipy.special import gammaln

    eta = np.clip(eta, -700.0, 700.0)
    return cast("Floats", np.where(kept, y * eta - np.exp(eta) - gammaln(y + 1), 0.0).sum(axis=1))


def _exists(design: Floats, y: Floats) -> bool:
    """Whether some table with every cell above nought has the margins of `y`: then the likelihood has a maximum."""
    from scipy.optimize import linprog

    if not len(y) or not y.any():
        return False
    if (y > 0).all():
        return True
    cells, terms = design.shape
    y = y / y.max()
    equal = np.hstack([design.T, np.zeros((terms, 1))])
    above = np.hstack([-np.eye(cells), np.ones((cells, 1))])
    goal = np.append(np.zeros(cells), -1.0)
    bounds = [(0, None)] * cells + [(0, 1)]
    found = linprog(goal, A_ub=above, b_ub=np.zeros(cells), A_eq=equal, b_eq=design.T @ y, bounds=bounds, method="highs")
    return found.status == 0 and found.x is not None and bool(found.x[-1] > 1e-9)


def _ranks(design: Floats, kept: Bools, active: Bools) -> Bools:
    """Whether the cells that are left tell all terms that are left apart."""
    patterns, place = np.unique(np.hstack([kept, active]), axis=0, return_inverse=True)
    cells = patterns[:, : kept.shape[1]]
    terms = patterns[:, kept.shape[1] :]
    masked = design * cells[:, :, None] * terms[:, None, :]
    return cast("Bools", (np.linalg.matrix_rank(masked) == terms.sum(axis=1))[place.ravel()])
