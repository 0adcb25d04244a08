"""Sensitivity: what looks miss, and what that means for the systems that nobody looked at. Numbers alone, seeded.

The systems that have it are A (found) + B (looked at, and missed) + C (known, and not looked at) + D (seen by no source). A is
a count. B follows from sources that look for software on the same systems: see `missed`. C and D follow from the share that has
it, class by class: never from the share of all, since the less visible a machine is, the likelier it is that nobody manages it,
and that it has it. Where a number cannot be told from any other it is *not identified*: said with its reason, and never taken
for nought.

All unknown numbers are drawn together: sensitivities and shares from their Beta distributions (with Jeffreys' half), systems
that no source saw from the draws of whoever estimated them. False positives are corrected as by W. J. Rogan and B. Gladen,
"Estimating prevalence from the results of a screening test", American Journal of Epidemiology 107 (1978), pages 71-76.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fullcount.chance import middle
from fullcount.missed import DRAWS, HALF, Figure, figure, missed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fullcount.chance import Floats
    from fullcount.missed import Looks

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
    return Share(figure=figure(truth, level), apparent=apparent, warning=warning)


LEAST_LOOKED = 100  # systems of a class with a complete look: an estimate of its own needs as many, as of how many there are


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
    drawn = [_drawn(one, seed + turn, seed) for turn, one in enumerate(groups)]
    lines = [_apart(one.name, one.found, parts, level) for one, parts in zip(groups, drawn, strict=True)]
    return (*lines, _apart("", sum(one.found for one in groups), _summed(drawn), level))


MISSED, UNINSPECTED, UNSEEN = _PARTS = ("missed", "uninspected", "unseen")
_Drawn = dict[str, Any]  # part -> its draws, or None; and "reasons" (of a part that is not known, or a floor), "floor"
_Reason = tuple[str, str]  # of which class (empty: of all), and why


def _drawn(group: Group, seed: int, common: int) -> _Drawn:
    chance = np.random.default_rng(seed)
    lost, is_said, no_rate = _missed_in(group, seed, common)
    share, no_share = _share_of(group, lost, chance)
    not_seen = [(group.name, "how many systems no source saw is not known")] if group.unseen is None else []
    not_whole = [("", "how many were missed on inspected systems is not known, or only of a part")] if no_rate else []
    found: _Drawn = {
        MISSED: lost if is_said else None,
        UNINSPECTED: None if share is None and group.uninspected else _among(chance, group.uninspected, share),
        UNSEEN: None,
        "reasons": {MISSED: no_rate, UNINSPECTED: [*no_share, *not_whole], UNSEEN: [*not_seen, *no_share, *not_whole]},
        # a share that does not hold what was missed is too small
        "floor": {MISSED} | ({UNINSPECTED, UNSEEN} if share is not None else set()) if no_rate else set(),
    }
    if group.unseen is not None and share is not None:
        sizes = chance.choice(np.maximum(np.rint(group.unseen), 0).astype(np.int64), DRAWS)
        found[UNSEEN] = chance.binomial(sizes, share).astype(np.float64)
    return found


def _missed_in(group: Group, seed: int, common: int) -> tuple[Floats, bool, list[_Reason]]:
    """Draws of how many were missed in all forms, whether that says anything, and why it is not all."""
    if not group.inspected:  # nothing was missed where nobody looked
        return np.zeros(DRAWS), True, []
    told = [missed(one, seed=seed * 1000 + turn, common=common) for turn, one in enumerate(group.looks)]
    lost = np.asarray(sum((one.draws for one in told if one.draws is not None), np.zeros(DRAWS)))
    why: list[_Reason] = [("", one.why) for one in told if one.why]
    if not told:
        why = [(group.name, "nobody knows how often a look misses it (two sources that look in different ways would tell)")]
    return np.minimum(lost, group.inspected - group.found), any(one.draws is not None for one in told), why


def _share_of(group: Group, lost: Floats, chance: np.random.Generator) -> tuple[Floats | None, list[_Reason]]:
    """Draws of the share that has it, found or missed; None, and why, where nobody looked, or at too few to say it of others."""
    if group.inspected >= LEAST_LOOKED:
        having = group.found + lost
        return chance.beta(having + HALF, group.inspected - having + HALF), []
    if not group.uninspected and group.unseen is None:
        return None, []
    if not group.inspected:
        return None, [(group.name, "nobody looked at any such system, so that the share that has it is not known")]
    few = (
        f"looked at were {group.inspected:,} of {group.inspected + group.uninspected:,}, too few to tell how many of the others "
        f"have it (at least {LEAST_LOOKED})"
    )
    return None, [(group.name, few)]


def _among(chance: np.random.Generator, systems: int, share: Floats | None) -> Floats:
    return np.zeros(DRAWS) if share is None else chance.binomial(systems, share).astype(np.float64)


def _summed(drawn: Sequence[_Drawn]) -> _Drawn:
    whole: _Drawn = {"reasons": {}, "floor": set()}
    for part in _PARTS:
        whole["reasons"][part] = [text for one in drawn for text in one["reasons"][part]]
        known = [one[part] for one in drawn if one[part] is not None]
        whole[part] = np.sum(known, axis=0) if known else None
        if known and (len(known) < len(drawn) or any(part in one["floor"] for one in drawn)):
            whole["floor"].add(part)
    return whole


def _apart(name: str, found: int, parts: Mapping[str, Any], level: float) -> Apart:
    figures = {part: _part(parts, part, level) for part in _PARTS}
    known = [parts[part] for part in _PARTS if parts[part] is not None]
    partial = len(known) < len(_PARTS) or bool(parts["floor"])
    reasons = _said([one for part in _PARTS for one in parts["reasons"][part]])
    beyond = Figure(why=JOIN.join(_said(parts["reasons"][UNINSPECTED] + parts["reasons"][UNSEEN])))
    if known:
        beyond = _limited(np.sum(known, axis=0), level, why=beyond.why if partial else "")
    return Apart(name=name, found=found, beyond=beyond, reasons=tuple(reasons), **figures)


def _part(parts: Mapping[str, Any], part: str, level: float) -> Figure:
    why = JOIN.join(_said(parts["reasons"][part])) or "not known"
    if parts[part] is None:
        return Figure(why=why)
    return _limited(parts[part], level, why=why if part in parts["floor"] else "")


JOIN = "; "


def _said(reasons: Sequence[_Reason]) -> list[str]:
    """Each reason once, with the classes of which it is."""
    of: dict[str, list[str]] = {}
    for name, text in reasons:
        of.setdefault(text, []).append(name)
    return [f"{_of_class([name for name in names if name])}{text}" for text, names in of.items()]


def _of_class(names: Sequence[str]) -> str:
    return f"of class {', '.join(dict.fromkeys(names))}: " if names else ""


def _limited(draws: Floats, level: float, *, why: str) -> Figure:
    """With its whole interval, or its lower end alone where part of it is not known: `why`."""
    whole = figure(draws, level)
    return Figure(low=whole.low, why=why, is_floor=True) if why else whole


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
