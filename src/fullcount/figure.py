"""Figure: what may be said of the number of systems of one part, and of several together.

Parts that were estimated add up draw by draw, one estimator at a time: chance averages out over parts, but how an estimator errs
is the same everywhere and does not, and so what counts is the hull of what each estimator says of the sum. Ranges are about
such errors alone: their limits are added. Floors are added.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from fullcount.refusals import MOST_WIDE
from fullcount.rung import ESTIMATE, FLOOR, RANGE, REFUSED, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fullcount.estimator import Estimated
    from fullcount.rung import Rung

    Floats = np.ndarray[Any, np.dtype[np.float64]]

DRAWS = 4000
_NORMAL = 1.959964
_LEAST = 1e-9  # hosts; a draw is made of its logarithm


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figure:
    """A verdict with its numbers, as of a `Rung`. Unit: systems. `floor` is there whatever the verdict: of what was refused it is
    what live families vouch for.
    """

    verdict: str
    seen: float
    floor: float
    low: float | None = None
    centre: float | None = None
    high: float | None = None
    wide: tuple[float, float, float] | None = None  # as of a `Rung`
    level: float
    # of an estimate, by estimator: its own number, and equally likely ones
    draws: Mapping[str, tuple[float, Floats]] = field(default_factory=dict)

    def plus(self, hosts: float) -> Figure:
        """With hosts that are known one by one."""
        if not hosts:
            return self
        draws = {name: (n + hosts, drawn + hosts) for name, (n, drawn) in self.draws.items()}
        ends = [None if one is None else one + hosts for one in (self.low, self.centre, self.high)]
        made = _figure(self.verdict, (self.seen + hosts, self.floor + hosts), ends, level=self.level, draws=draws)
        low, centre, high = self.wide or (0.0, 0.0, 0.0)
        return replace(made, wide=(low + hosts, centre + hosts, high + hosts) if self.wide else None)


def _figure(
    verdict: str,
    known: tuple[float, float],
    ends: Sequence[float | None],
    *,
    level: float,
    draws: Mapping[str, tuple[float, Floats]] | None = None,
) -> Figure:
    low, centre, high = ends
    seen, floor = known
    return Figure(verdict=verdict, seen=seen, floor=floor, low=low, centre=centre, high=high, level=level, draws=draws or {})


def figure_of(rung: Rung, *, stream: int = 0) -> Figure:
    """The figure of one table. `stream` tells tables apart, so that what is drawn for one is not drawn again for the next."""
    draws: dict[str, tuple[float, Floats]] = {}
    if rung.verdict == ESTIMATE:
        for turn, one in enumerate(rung.members):
            rng = np.random.default_rng([rung.seed, stream, turn])
            draws[one.name] = (one.estimated.n, drawn(one.estimated, least=rung.fresh, rng=rng))
    floor = rung.fresh if rung.floor is None else rung.floor
    made = _figure(rung.verdict, (rung.seen, floor), (rung.low, rung.centre, rung.high), level=rung.level, draws=draws)
    return replace(made, wide=rung.wide)


def drawn(estimated: Estimated, *, least: float, rng: np.random.Generator, number: int = DRAWS) -> Floats:
    """So many equally likely numbers of hosts: the estimator's own; where it has none, the unseen are log-normal on either side
    of what it estimates, as far as its interval goes (A. Chao, Biometrics 43, 1987, 783-791).
    """
    if estimated.draws is not None and len(estimated.draws):
        return rng.choice(np.asarray(estimated.draws, np.float64), number)
    if estimated.low is None or estimated.high is None:
        return np.full(number, estimated.n)
    ends = np.array([estimated.low, estimated.n, estimated.high]) - least
    low, middle, high = np.log(np.maximum(ends, _LEAST))
    chance = rng.standard_normal(number)
    width = np.where(chance < 0, middle - low, high - middle) / _NORMAL
    return cast("Floats", least + np.exp(middle + chance * width))


def handed_down(figure: Figure, share: float) -> Figure:
    """The part of a figure that falls to some of its systems, in proportion to what was counted: the others' correction is taken
    for theirs (synthetic estimation), so that no more than a range is said.
    """
    if figure.verdict in {FLOOR, REFUSED}:
        return _figure(figure.verdict, (figure.seen * share, figure.floor * share), (None, None, None), level=figure.level)
    ends = [None if one is None else one * share for one in (figure.low, figure.centre, figure.high)]
    return _figure(RANGE, (figure.seen * share, figure.floor * share), ends, level=figure.level)


def added(figures: Sequence[Figure]) -> Figure:
    """Several parts that have no system in common, together. A part whose only fault is that its ends are far apart adds them
    like a range, and what must not be too wide then is the sum. Raises `ValueError` without any part.
    """
    if len(figures) == 1:
        return figures[0]
    if not figures:
        raise ValueError("nothing to add up")
    made = _together([_opened(one) for one in figures])
    if made.low is None or made.centre is None or made.high is None or made.high <= MOST_WIDE * made.low:
        return made
    floor = _figure(FLOOR, (made.seen, made.floor), (None, None, None), level=made.level)
    return replace(floor, wide=(made.low, made.centre, made.high))


def _opened(one: Figure) -> Figure:
    return _figure(RANGE, (one.seen, one.floor), one.wide, level=one.level) if one.wide else one


def _together(figures: Sequence[Figure]) -> Figure:
    verdict = max((one.verdict for one in figures), key=VERDICTS.index)
    known = (sum(one.seen for one in figures), sum(one.floor for one in figures))
    level = min(one.level for one in figures)
    if verdict in {FLOOR, REFUSED}:
        every = all(one.verdict == REFUSED for one in figures)
        return _figure(REFUSED if every else FLOOR, known, (None, None, None), level=level)
    full = [one for one in figures if one.verdict == ESTIMATE]
    parts = [one for one in figures if one.verdict == RANGE]
    if full:
        parts.append(_drawn_together(full))
    if len(parts) == 1:
        return parts[0]
    low, centre, high = (sum(_number(getattr(one, name)) for one in parts) for name in ("low", "centre", "high"))
    return _figure(RANGE, (known[0], low), (low, centre, high), level=level)


def _drawn_together(figures: Sequence[Figure]) -> Figure:
    if len(figures) == 1:
        return figures[0]
    level = min(one.level for one in figures)
    names = list(dict.fromkeys(name for one in figures for name in one.draws))
    draws = {name: _sum([one.draws.get(name) or next(iter(one.draws.values())) for one in figures]) for name in names}
    least = (1 - level) / 2
    ends = np.array([np.quantile(numbers, [least, 1 - least]) for _, numbers in draws.values()])
    centre = median(n for n, _ in draws.values())
    low, high = min(float(ends[:, 0].min()), centre), max(float(ends[:, 1].max()), centre)
    return _figure(ESTIMATE, (sum(one.seen for one in figures), low), (low, centre, high), level=level, draws=draws)


def _sum(pieces: Sequence[tuple[float, Floats]]) -> tuple[float, Floats]:
    return sum(n for n, _ in pieces), np.sum([numbers for _, numbers in pieces], axis=0)


def _number(value: float | None) -> float:
    assert value is not None, "an estimate and a range have both ends and a centre"
    return value
