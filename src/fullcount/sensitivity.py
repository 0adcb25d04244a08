"""Sensitivity: what looks miss, and what that means for the systems that nobody looked at. Numbers alone, seeded.

The systems that have it are A (found) + B (looked at, and missed) + C (known, and not looked at) + D (seen by no source). A is
a count. B follows from two sources that look for software on the same systems: of what one found, the other found a share. C
and D follow from the share that has it, class by class: never from the share of all, since the less visible a machine is, the
likelier it is that nobody manages it, and that it has it. Where a number cannot be told from any other it is *not
identified*: said with its reason, and never taken for nought.

All unknown numbers are drawn together: sensitivities and shares from their Beta distributions (with Jeffreys' half), systems
that no source saw from the draws of whoever estimated them. False positives are corrected as by W. J. Rogan and B. Gladen,
"Estimating prevalence from the results of a screening test", American Journal of Epidemiology 107 (1978), pages 71-76.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fullcount.chance import middle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fullcount.chance import Floats

DRAWS = 20_000
HALF = 0.5  # Jeffreys
FEW_TWICE = 5  # found by both: with fewer, nothing is said of how often a look misses


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number that was estimated. `low`, `centre` and `high` are None where it is not identified: `why` says for what reason,
    and it is not nought. Where `is_floor`, only `low` is a claim. Unit: systems, or a share.
    """

    low: float | None = None
    centre: float | None = None
    high: float | None = None
    why: str = ""
    is_floor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What two sources that look for software found of one form of a product, on the systems that both looked at, and what was
    found on those that only one of them looked at. Unit: systems. The two should look in different ways: if both read the same
    key of a registry, both miss the same, and the sensitivities come out too high.
    """

    form: str  # a detectability class: machine-wide install, per-user install, portable ...
    first: int = 0  # found by the first, on systems that both looked at
    second: int = 0
    both: int = 0  # found by both
    first_alone: int = 0  # found by the first, on systems that the second did not look at
    second_alone: int = 0
    sources: int = 2  # how many sources can see this form at all

    def __post_init__(self) -> None:
        """Raises `ValueError` where the numbers contradict one another."""
        if min(self.first, self.second, self.both, self.first_alone, self.second_alone) < 0:
            raise ValueError(f"{self.form}: a number of systems is nought or more")
        if self.both > min(self.first, self.second):
            raise ValueError(f"{self.form}: more were found by both than by one")

    @property
    def found(self) -> int:
        """Systems on which it was found."""
        return self.first + self.second - self.both + self.first_alone + self.second_alone

    @property
    def why_not(self) -> str:
        """Why nothing can be said of how often it is missed; empty where something can."""
        if self.sources == 0:
            return f"{self.form}: no source can see it, so that nobody knows how often it is missed"
        if self.sources == 1:
            return f"{self.form}: one source alone can see it, so that nobody knows how often that one misses it"
        if self.both < FEW_TWICE:
            return f"{self.form}: {self.both} systems on which both sources found it are too few (at least {FEW_TWICE})"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """What was missed of one form: the sensitivity of each source, that of both together, and how many systems were missed."""

    form: str
    first: Figure
    second: Figure
    together: Figure
    systems: Figure
    draws: Floats | None = field(default=None, repr=False, compare=False)


def missed(looks: Looks, *, level: float = 0.95, seed: int = 1) -> Missed:
    """How many systems have a form of the product, were looked at, and are not among those found (B)."""
    if looks.why_not:
        unknown = Figure(why=looks.why_not)
        return Missed(form=looks.form, first=unknown, second=unknown, together=unknown, systems=unknown)
    chance = np.random.default_rng(seed)
    first = chance.beta(looks.both + HALF, looks.second - looks.both + HALF, DRAWS)
    second = chance.beta(looks.both + HALF, looks.first - looks.both + HALF, DRAWS)
    together = 1 - (1 - first) * (1 - second)
    parts = (
        (looks.first + looks.second - looks.both, together),
        (looks.first_alone, first),
        (looks.second_alone, second),
    )
    draws = sum(_unfound(chance, found, sensitivity) for found, sensitivity in parts)
    assert isinstance(draws, np.ndarray)
    shares = (first, second, together, draws)
    one, other, all_, systems = (_figure(values, level) for values in shares)
    return Missed(form=looks.form, first=one, second=other, together=all_, systems=systems, draws=draws)


def _unfound(chance: np.random.Generator, found: int, sensitivity: Floats) -> Floats:
    """Systems that have it and were not found, where `found` were: each with the chance `sensitivity`. Nothing is made of
    nothing: where none was found a nil return says what that is worth.
    """
    if not found:
        return np.zeros(len(sensitivity))
    return chance.negative_binomial(found + HALF, np.clip(sensitivity, 1e-9, 1 - 1e-12)).astype(np.float64)


def _figure(draws: Floats, level: float) -> Figure:
    low, centre, high = middle(draws, level)
    return Figure(low=low, centre=centre, high=high)


# -- false positives -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How often a check was right: of `of` systems of which the truth is known, `right` were told as it is."""

    right: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The share of systems that have it, corrected for what is missed and for what is wrongly found."""

    figure: Figure
    apparent: float  # found, of those looked at
    warning: str = ""


def corrected(
    found: int, looked_at: int, *, sensitivity: Checked, specificity: Checked, level: float = 0.95, seed: int = 1
) -> Share:
    """The share that has it: (found + Sp - 1) / (Se + Sp - 1), with Beta draws for all three, from 0 to 1. A warning where no
    more was found than wrong finds alone would make, and nothing where the check tells nothing.
    """
    if not looked_at:
        return Share(figure=Figure(why="nobody looked at any system"), apparent=0.0)
    if not (sensitivity.of and specificity.of):
        return Share(figure=Figure(why="nobody checked how often a find is right"), apparent=found / looked_at)
    chance = np.random.default_rng(seed)
    seen, right, clean = (
        chance.beta(part + HALF, whole - part + HALF, DRAWS)
        for part, whole in ((found, looked_at), (sensitivity.right, sensitivity.of), (specificity.right, specificity.of))
    )
    gain = right + clean - 1
    apparent = found / looked_at
    if np.mean(gain <= 0) > (1 - level) / 2:
        return Share(
            figure=Figure(why="the check finds it hardly more often where it is than where it is not"), apparent=apparent
        )
    truth = np.clip((seen + clean - 1) / np.where(gain > 0, gain, np.inf), 0, 1)
    wrong = 1 - specificity.right / specificity.of
    warning = "no more was found than wrong finds alone would make: it may be that none has it" if apparent < wrong else ""
    return Share(figure=_figure(truth, level), apparent=apparent, warning=warning)


# -- the systems that nobody looked at -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The systems of one class in one component. `unseen`: draws of how many no source saw; None where that was refused."""

    name: str
    inspected: int
    found: int
    uninspected: int
    looks: tuple[Looks, ...] = ()  # by form; none: what is missed is not known
    unseen: Floats | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A + B + C + D of one group or of all, shown apart. Unit: systems. `beyond`: B + C + D where all are identified, drawn
    together. `reasons`: why a part is not identified, or is a floor.
    """

    name: str
    found: int
    missed: Figure
    uninspected: Figure
    unseen: Figure
    beyond: Figure
    reasons: tuple[str, ...] = ()


def apart(groups: Sequence[Group], *, level: float = 0.95, seed: int = 1) -> tuple[Apart, ...]:
    """The four parts of each group, and of all together as the last. A part of the whole that one group cannot say is a
    floor: what the others say.
    """
    drawn = [_drawn(one, seed + turn) for turn, one in enumerate(groups)]
    lines = [_apart(one.name, one.found, parts, level) for one, parts in zip(groups, drawn, strict=True)]
    return (*lines, _apart("", sum(one.found for one in groups), _summed(drawn), level))


_PARTS = ("missed", "uninspected", "unseen")
_Drawn = dict[str, Any]  # part -> its draws, or None; and "reasons", "floor" (parts that are no more)


def _drawn(group: Group, seed: int) -> _Drawn:
    chance = np.random.default_rng(seed)
    reasons: list[str] = []
    below: set[str] = set()
    lost = np.minimum(_missed_in(group, seed, reasons, below), group.inspected - group.found)
    share = _share_of(group, lost, chance, reasons)
    if below and share is not None:
        below |= {"uninspected", "unseen"}  # a share that does not hold what was missed is too small
    found: _Drawn = {"missed": lost if group.looks else None, "reasons": reasons, "floor": below}
    found["uninspected"] = None if share is None and group.uninspected else _among(chance, group.uninspected, share)
    found["unseen"] = None
    if group.unseen is None:
        reasons.append(f"{group.name}: how many systems no source saw is not known")
    elif share is not None:
        sizes = chance.choice(np.maximum(np.rint(group.unseen), 0).astype(np.int64), DRAWS)
        found["unseen"] = chance.binomial(sizes, share).astype(np.float64)
    return found


def _missed_in(group: Group, seed: int, reasons: list[str], below: set[str]) -> Floats:
    told = [missed(one, seed=seed * 1000 + turn) for turn, one in enumerate(group.looks)]
    if not told:
        reasons.append(
            f"{group.name}: nobody knows how often a look misses it; two sources that look in different ways would tell"
        )
    reasons += [one.systems.why for one in told if one.systems.why]
    if not told or any(one.draws is None for one in told):
        below.add("missed")
    return np.asarray(sum((one.draws for one in told if one.draws is not None), np.zeros(DRAWS)))


def _share_of(group: Group, lost: Floats, chance: np.random.Generator, reasons: list[str]) -> Floats | None:
    """Draws of the share that has it, found or missed; None where nobody looked."""
    if not group.inspected:
        if group.uninspected or group.unseen is not None:
            reasons.append(f"{group.name}: nobody looked at any such system, so that the share that has it is not known")
        return None
    having = group.found + lost
    return chance.beta(having + HALF, group.inspected - having + HALF)


def _among(chance: np.random.Generator, systems: int, share: Floats | None) -> Floats:
    return np.zeros(DRAWS) if share is None else chance.binomial(systems, share).astype(np.float64)


def _summed(drawn: Sequence[_Drawn]) -> _Drawn:
    whole: _Drawn = {"reasons": [text for one in drawn for text in one["reasons"]], "floor": set()}
    for part in _PARTS:
        known = [one[part] for one in drawn if one[part] is not None]
        whole[part] = np.sum(known, axis=0) if known else None
        if known and (len(known) < len(drawn) or any(part in one["floor"] for one in drawn)):
            whole["floor"].add(part)
    return whole


def _apart(name: str, found: int, parts: Mapping[str, Any], level: float) -> Apart:
    figures = {part: _part(parts, part, level) for part in _PARTS}
    known = [parts[part] for part in _PARTS if parts[part] is not None]
    partial = len(known) < len(_PARTS) or bool(parts["floor"])
    beyond = _limited(np.sum(known, axis=0), level, floor=partial) if known else Figure(why="; ".join(parts["reasons"]))
    return Apart(name=name, found=found, beyond=beyond, reasons=tuple(dict.fromkeys(parts["reasons"])), **figures)


def _part(parts: Mapping[str, Any], part: str, level: float) -> Figure:
    if parts[part] is None:
        return Figure(why="; ".join(parts["reasons"]) or "not known")
    return _limited(parts[part], level, floor=part in parts["floor"])


def _limited(draws: Floats, level: float, *, floor: bool) -> Figure:
    """With its whole interval, or its lower end alone where part of it is not known."""
    low, centre, high = middle(draws, level)
    if floor:
        return Figure(low=low, why="only a part of it is known: no less than this", is_floor=True)
    return Figure(low=low, centre=centre, high=high)


# -- the trend, where classes are not known --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Sightings:
    """The inspected systems that so many families of sources see, and how many of them have it."""

    families: int
    inspected: int
    having: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The share that has it by the number of families that see a system, carried on to fewer: a floor, never more. `share` by
    number of families; the interval is that of a logistic line.
    """

    slope: float
    shares: Mapping[int, Figure]


def trend(seen: Sequence[Sightings], *, to: Sequence[int] = (0,), level: float = 0.95, seed: int = 1) -> Trend | None:
    """Fit a logistic line to the share that has it by number of sightings, and carry it to the numbers in `to`. None where there
    are fewer than two numbers of sightings, or nobody or everybody has it: then there is no line.
    """
    rows = [one for one in seen if one.inspected]
    having, inspected = sum(one.having for one in rows), sum(one.inspected for one in rows)
    if len({one.families for one in rows}) < 2 or having in {0, inspected}:
        return None
    x = np.array([[1.0, one.families] for one in rows])
    n, y = np.array([one.inspected for one in rows], float), np.array([one.having for one in rows], float)
    # a half of Jeffreys to each side, shared like the systems: a row with none must not send the line away
    n, y = n + n / inspected, y + HALF * n / inspected
    line, spread = _logistic(x, y, n)
    draws = np.random.default_rng(seed).multivariate_normal(line, spread, DRAWS)
    shares = {}
    for families in to:
        low, centre, _ = middle(1 / (1 + np.exp(-(draws @ np.array([1.0, families])))), level)
        shares[families] = Figure(low=low, centre=centre, is_floor=True, why="a trend carried on: no less than this")
    return Trend(slope=float(line[1]), shares=shares)


def _logistic(x: Floats, y: Floats, n: Floats) -> tuple[Floats, Floats]:
    """The line by Newton's method with halved steps, and its covariance."""
    line: Floats = np.zeros(x.shape[1])
    line[0] = np.log(y.sum() / (n.sum() - y.sum()))
    spread: Floats = np.eye(len(line))
    for _ in range(100):
        share = 1 / (1 + np.exp(-np.clip(x @ line, -30, 30)))
        spread = np.asarray(np.linalg.inv(x.T @ (x * (n * share * (1 - share))[:, None])), np.float64)
        step = np.clip(spread @ (x.T @ (y - n * share)), -2, 2)
        line = line + step
        if np.abs(step).max() < 1e-10:
            break
    return line, spread
