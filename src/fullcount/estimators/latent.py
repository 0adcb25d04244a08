"""Latent classes of hosts: within a class the families are independent, and how many classes there are is drawn, too.

D. Manrique-Vallier, "Bayesian population size estimation using Dirichlet process mixtures", Biometrics 72 (2016), 1246-1254:
weights of classes by stick-breaking with concentration a ~ Gamma(1/4, 1/4), a family sees a host of a class with a probability
that is Beta(1, 1), and p(N) is 1/N. The Gibbs sampler works on the cells of the table, so a step costs the same for any number
of hosts; several chains run side by side. From four families up; it mixes slowly, which `agreement` measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from fullcount.capture import members
from fullcount.estimator import LEVEL, SEED, Estimated, Estimator, NotIdentifiedError
from fullcount.estimators.canonical import canonical, ordered
from fullcount.estimators.interval import ends

if TYPE_CHECKING:
    from typing import Any

    from fullcount.capture import Capture

    Floats = np.ndarray[Any, np.dtype[np.float64]]

CLASSES = 8
CHAINS, BURN, KEPT, EVERY = 6, 3000, 5000, 5
SHAPE = 0.25  # and rate, of the prior of the concentration
SLIDES = (0.05, 0.2, 0.6, 2.0)  # how far a class is moved at once, in logits
START = -2.0  # logit of the families at the start: few see a host, and chains come down more quickly than up
UNSTEADY = 1.2  # chains that agree are at 1
MOST = 1e9  # hosts; draws of binomials are whole numbers of 64 bits
NOTE = "Assumes that hosts fall into classes within which the families are independent."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chains:
    """Draws of the number of hosts: one row per chain."""

    draws: Floats

    @property
    def agreement(self) -> float:
        """How much wider all chains together are than each alone, 1 where they agree (A. Gelman and D. B. Rubin, Statistical
        Science 7, 1992, 457-472), of logarithms.
        """
        logs = np.log(self.draws)
        steps = logs.shape[1]
        within = logs.var(axis=1, ddof=1).mean()
        between = logs.mean(axis=1).var(ddof=1)
        return float(np.sqrt((within * (steps - 1) / steps + between) / within)) if within > 0 else 1.0


def sampled(capture: Capture, *, seed: int = SEED, bounded_by: int | None = None, kept: int = KEPT, burn: int = BURN) -> Chains:
    """The draws of all chains after `burn` steps, every fifth of `kept`. With `bounded_by` a family's own cell is not looked at,
    and counts as many as are drawn for it, at most those it has.
    """
    state = _State(capture, seed, bounded_by)
    draws = []
    for step in range(burn + kept):
        state.step()
        if step >= burn and not (step - burn) % EVERY:
            draws.append(state.hosts())
    return Chains(draws=np.array(draws).T)


class _State:
    """Where all chains are."""

    def __init__(self, capture: Capture, seed: int, bounded_by: int | None) -> None:
        self.random = np.random.default_rng(seed)
        hidden = [0] if bounded_by is None else [0, 1 << bounded_by]
        observed = np.round(capture.counts).astype(np.int64)
        shown = np.setdiff1d(np.flatnonzero(observed), hidden)
        self.most, self.counts, self.hidden = capture.counts[hidden], observed[shown], len(hidden)
        self.sure = capture.counts.sum() - self.most.sum()
        self.pattern = members(capture.k)[np.concatenate([hidden, shown])].astype(np.float64)
        self.logit = self.random.logistic(START, size=(CHAINS, CLASSES, capture.k))
        self.weight = np.full((CHAINS, CLASSES), 1 / CLASSES)
        self.concentration = np.ones(CHAINS)
        self.missing = np.zeros((CHAINS, self.hidden), np.int64)
        self.chance = self._chance(self.logit)

    def hosts(self) -> Floats:
        """The number of hosts of each chain."""
        bounded = np.minimum(self.missing[:, 1:], self.most[1:]).sum(axis=1)
        return np.asarray(self.sure + self.missing[:, 0] + bounded, np.float64)

    def step(self) -> None:
        """Each part of the state given the others, then two moves by which chains get along where that alone is slow."""
        joint = self.chance * self.weight[:, None, :] + 1e-290
        self._draw_missing(joint[:, : self.hidden].sum(axis=2))
        shown = np.broadcast_to(self.counts, (CHAINS, len(self.counts)))
        hosts = np.concatenate([self.missing, shown], axis=1)
        classes = self.random.multinomial(hosts, joint / joint.sum(axis=2, keepdims=True)).astype(np.float64)
        seen = np.matmul(classes.swapaxes(1, 2), self.pattern)
        size = classes.sum(axis=1)
        yes, no = self.random.standard_gamma(seen + 1), self.random.standard_gamma(size[:, :, None] - seen + 1)
        self.logit = np.log(np.maximum(yes, 1e-290)) - np.log(np.maximum(no, 1e-290))
        self._draw_weights(size)
        self.chance = self._chance(self.logit)
        self._slide()
        self._swap()

    def _chance(self, logit: Floats) -> Floats:
        """The probability of each cell within each class: chains x cells x classes."""
        unseen = np.logaddexp(0, logit).sum(axis=2)
        return cast("Floats", np.exp(np.matmul(self.pattern, logit.swapaxes(1, 2)) - unseen[:, None, :]))

    def _draw_missing(self, chance: Floats) -> None:
        """With p(N) = 1/N the number of the missing is negative binomial."""
        every = np.minimum(chance.sum(axis=1), 1 - 1e-9)
        mean = self.random.gamma(self.counts.sum(), every / (1 - every))
        total = self.random.poisson(np.minimum(mean, MOST * 1e6))
        self.missing = self.random.multinomial(total, chance / chance.sum(axis=1, keepdims=True))

    def _draw_weights(self, size: Floats) -> None:
        """Sticks broken one after the other, and the concentration of the process."""
        after = size[:, ::-1].cumsum(axis=1)[:, ::-1]
        stick = self.random.beta(1 + size[:, :-1], self.concentration[:, None] + after[:, 1:])
        stick = np.clip(stick, 1e-12, 1 - 1e-12)
        rest = np.log1p(-stick).cumsum(axis=1)
        self.weight[:, 0] = stick[:, 0]
        self.weight[:, 1:-1] = stick[:, 1:] * np.exp(rest[:, :-1])
        self.weight[:, -1] = np.exp(rest[:, -1])
        self.concentration = self.random.gamma(SHAPE + CLASSES - 1, 1 / (SHAPE - rest[:, -1]))

    def _slide(self) -> None:
        """Metropolis: one class becomes less visible and larger (or the reverse), so that as many of it are seen as before. The
        table hardly speaks against that, and the other draws take thousands of steps for it.
        """
        which = self.random.integers(CLASSES)
        logit = self.logit[:, which] + (self.random.standard_normal(CHAINS) * self.random.choice(SLIDES, CHAINS))[:, None]
        old = self.chance[:, :, which]
        new = self._chance(logit[:, None, :])[:, :, 0]
        before, after = (np.maximum(1 - one[:, : self.hidden].sum(axis=1), 1e-290) for one in (old, new))
        weight = self.weight.copy()
        weight[:, which] *= before / after
        total = weight.sum(axis=1)
        weight /= total[:, None]
        cells = np.matmul(self.chance, self.weight[:, :, None])[:, :, 0]
        others = cells - old * self.weight[:, which, None]
        moved = np.maximum(others, 0) / total[:, None] + new * weight[:, which, None]
        gain = self._likelihood(moved) - self._likelihood(cells)
        gain += self._prior(weight) - self._prior(self.weight)
        gain += _density(logit) - _density(self.logit[:, which])
        taken = np.log(self.random.random(CHAINS)) < gain
        self.logit[taken, which], self.chance[taken, :, which] = logit[taken], new[taken]
        self.weight[taken] = weight[taken]

    def _swap(self) -> None:
        """Metropolis: two classes change places, so that no order of the sticks is kept for long."""
        chains = np.arange(CHAINS)
        first, second = self.random.integers(CLASSES, size=(2, CHAINS))
        weight = self.weight.copy()
        weight[chains, first], weight[chains, second] = self.weight[chains, second], self.weight[chains, first]
        taken = np.log(self.random.random(CHAINS)) < self._prior(weight) - self._prior(self.weight)
        chains, first, second = chains[taken], first[taken], second[taken]
        self.weight = np.where(taken[:, None], weight, self.weight)
        for table in (self.logit, self.chance.swapaxes(1, 2)):
            table[chains, first], table[chains, second] = table[chains, second], table[chains, first]

    def _likelihood(self, cells: Floats) -> Floats:
        """Of the hosts that are shown, by the probabilities of all cells; classes and missing hosts are summed out."""
        shown = np.log(np.maximum(cells[:, self.hidden :], 1e-290)) @ self.counts
        hidden = np.minimum(cells[:, : self.hidden].sum(axis=1), 1 - 1e-12)
        return cast("Floats", shown - self.counts.sum() * np.log1p(-hidden))

    def _prior(self, weight: Floats) -> Floats:
        """The density of the weights, of which logarithms are the coordinates."""
        logs = np.log(np.maximum(weight, 1e-290))
        rest = weight[:, ::-1].cumsum(axis=1)[:, ::-1]
        sticks = np.log(np.maximum(rest[:, :-1], 1e-290)).sum(axis=1)
        return cast("Floats", logs.sum(axis=1) + (self.concentration - 1) * logs[:, -1] - sticks)


def _density(logit: Floats) -> Floats:
    """The density of a class whose families have uniform probabilities, of which logits are the coordinates."""
    return cast("Floats", (logit - 2 * np.logaddexp(0, logit)).sum(axis=1))


def estimate(capture: Capture, /, *, level: float = LEVEL, seed: int = SEED, bounded_by: int | None = None) -> Estimated:
    """The median of the draws and their middle. Raises `NotIdentifiedError` for more hosts than can be drawn."""
    if capture.seen > MOST:
        raise NotIdentifiedError(f"more than {MOST:,.0f} hosts are too many to draw classes for")
    family = None if bounded_by is None else ordered(capture).index(bounded_by)
    chains = sampled(canonical(capture), seed=seed, bounded_by=family, kept=KEPT, burn=BURN)
    draws = chains.draws.ravel()
    low, high = ends(draws, level)
    steady = "" if chains.agreement < UNSTEADY else f" The chains do not agree ({chains.agreement:.2f} for 1): not to be used."
    return Estimated(
        n=float(np.median(draws)),
        low=low,
        high=high,
        se=float(draws.std()),
        level=level,
        model=f"up to {CLASSES} latent classes",
        note=NOTE + steady,
        draws=draws,
    )


LATENT = Estimator(
    name="latent",
    title="latent classes, Dirichlet process",
    reference="Manrique-Vallier 2016",
    least=4,
    most=8,
    estimate=estimate,
)
