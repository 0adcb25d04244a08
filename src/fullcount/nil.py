"""Nil: what a return of *none found* is worth. Never *none*: a bound with its two sentences, or *cannot be said* with reasons.

What was looked at bounds what was looked at: each of K systems that have it was missed with the chance 1 - s, so that K is
small where looks seldom miss. Of systems that nobody looked at it says something only if they are like the others; that is an
assumption, and it is printed as one. Half of the error goes to the share that has it and half to how many systems no source
saw, whose upper end is therefore taken from a two-sided interval of the same level.

The share is bounded exactly: the systems looked at are taken as drawn without replacement from all (hypergeometric).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING

import numpy as np

from fullcount.auditing import size
from fullcount.chance import among_drawn, least, log_missed_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fullcount.chance import Floats, Ints

BOUNDED, IN_PART, CANNOT = "bounded", "bounded in part", "cannot be said"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """How often a look finds it where it is: Beta(`hits` + 1/2, `misses` + 1/2), of systems on which it was known to be."""

    hits: float
    misses: float

    def log_missed(self, among: Ints) -> Floats:
        """Logarithm of the chance to miss all of so many systems."""
        return log_missed_all(among, self.hits + 0.5, self.misses + 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """None found: on how many systems, and how many there are besides. Unit: systems. `sensitivity` is None where nobody knows
    how often a look misses it. `blind`: forms of the product that no source can see; `seen`: those that some source can.
    """

    inspected: int
    uninspected: int
    unseen_high: float | None  # upper end of an interval of `level`; None where it was not estimated
    sensitivity: Sensitivity | None
    product: str = "it"
    blind: Sequence[str] = ()
    seen: Sequence[str] = ()
    level: float = 0.95
    tolerable: float = 0.01  # share of systems, for the audit that is proposed


@dataclass(frozen=True, slots=True, kw_only=True)
class Nil:
    """What *none found* is worth. Unit: systems; a number is None where it cannot be said."""

    verdict: str  # BOUNDED, IN_PART or CANNOT
    level: float
    inspected: int
    uninspected: int
    unseen: int | None  # at most so many
    most_inspected: int | None = None  # of the inspected, at most so many have it
    most_alike: int | None = None  # of all that are known or were estimated, if the others are like the inspected
    most_otherwise: int | None = None  # of the others, without that assumption
    audit: int | None = None  # systems to meet of the others, to know that at most the tolerable share has it
    sentences: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()  # what data would lift each reason


def nil(of: Nothing) -> Nil:
    """What can be said where none was found."""
    reasons, helps = _reasons(of)
    unseen = None if of.unseen_high is None else floor(of.unseen_high)
    base = {"level": of.level, "inspected": of.inspected, "uninspected": of.uninspected, "unseen": unseen}
    others = of.uninspected + (unseen or 0)
    audit = size(of.uninspected, floor(of.uninspected * of.tolerable), risk=1 - of.level) if of.uninspected else None
    known = {
        "most_otherwise": None if unseen is None else others,
        "audit": audit,
        "reasons": tuple(reasons),
        "helps": tuple(helps),
    }
    if of.sensitivity is None or not of.inspected or (of.blind and not of.seen):
        said = (f"None found, and what that is worth cannot be said: {'; '.join(reasons)}.", *_otherwise(of, unseen, audit))
        return Nil(verdict=CANNOT, sentences=said, **base, **known)  # type: ignore[arg-type]
    inspected = _most_missed(of.inspected, of.sensitivity, 1 - of.level)
    risk = 1 - of.level if unseen is None else (1 - of.level) / 2  # the other half is in how many no source saw
    alike = _most_alike(of.inspected, of.inspected + others, of.sensitivity, risk)
    said = (
        _first(of, inspected),
        *_alike(of, alike, others),
        *_otherwise(of, unseen, audit),
        *_blind(of),
    )
    verdict = IN_PART if of.blind or unseen is None else BOUNDED
    return Nil(verdict=verdict, most_inspected=inspected, most_alike=alike, sentences=said, **base, **known)  # type: ignore[arg-type]


def _reasons(of: Nothing) -> tuple[list[str], list[str]]:
    found = [
        (not of.inspected, "nobody looked at the software of any system", "a complete and fresh inventory of any of them"),
        (
            of.sensitivity is None,
            "nobody knows how often a look misses it where it is",
            "two sources that look for software in different ways on the same systems, or an audit",
        ),
        (
            bool(of.blind),
            f"no source can see some forms of it ({', '.join(of.blind)})",
            "a source that sees these forms, or an audit that looks for them",
        ),
        (
            of.unseen_high is None,
            "how many systems no source saw is not known",
            "a third, independent list of systems, or a survey of places drawn by lot",
        ),
    ]
    holding = [(why, helps) for holds, why, helps in found if holds]
    return [why for why, _ in holding], [helps for _, helps in holding]


def _most_missed(inspected: int, sensitivity: Sensitivity, risk: float) -> int:
    """The most systems that can have it without any of them being found."""
    among = np.arange(inspected + 1)
    return int(among[sensitivity.log_missed(among) > np.log(risk)].max())


def _most_alike(inspected: int, whole: int, sensitivity: Sensitivity, risk: float) -> int:
    """The most of all systems that can have it, if those looked at are like a draw from all."""

    def excluded(having: int) -> bool:
        among, chances = among_drawn(whole, having, inspected, most=having)
        return float((chances * np.exp(sensitivity.log_missed(among))).sum()) <= risk

    return least(0, whole + 1, lambda having: having > whole or excluded(having)) - 1


# -- in words --------------------------------------------------------------------------------------------------------------


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


def _first(of: Nothing, most: int) -> str:
    forms = f" in the forms that a source can see ({', '.join(of.seen)})" if of.blind else ""
    return (
        f"None found: with {_percent(of.level)} confidence at most {most:,} of the {of.inspected:,} inspected systems have"
        f" {of.product}{forms}."
    )


def _alike(of: Nothing, most: int, others: int) -> tuple[str, ...]:
    if not others:
        return ()
    known = others - of.uninspected
    unseen = f" and those that no source saw (at most {known:,})" if of.unseen_high is not None else ""
    rest = "" if unseen else " How many no source saw is not known, and of them this says nothing."
    text = (
        f"If the {of.uninspected:,} systems not inspected{unseen} are like the inspected ones, at most {most:,} of all"
        f" {of.inspected + others:,} have {of.product} ({_percent(of.level)} confidence).{rest}"
    )
    return (text,)


def _otherwise(of: Nothing, unseen: int | None, audit: int | None) -> tuple[str, ...]:
    if not of.uninspected and not unseen:
        return ()
    up_to = f"up to all {of.uninspected + unseen:,}" if unseen is not None else f"all {of.uninspected:,} not inspected, and more,"
    met = (
        f"; an audit that meets {audit:,} of the {of.uninspected:,} not inspected, drawn by lot, would show whether more than"
        f" {_percent(of.tolerable)} of these do"
        if audit
        else "; a survey of places drawn by lot would"
    )
    return (f"Without that assumption nothing bounds them: {up_to} may have {of.product}{met}.",)


def _blind(of: Nothing) -> tuple[str, ...]:
    return (f"Of other forms ({', '.join(of.blind)}) nothing can be said: no source can see them.",) if of.blind else ()


def detection(s: Sequence[float] | Floats) -> Sensitivity:
    """The sensitivity whose Beta distribution has the mean and spread of draws, so that what `sensitivity.missed` drew can be
    used here. Draws without spread: as good as certain.
    """
    mean, spread = float(np.mean(s)), float(np.var(s))
    mean = min(max(mean, 1e-6), 1 - 1e-6)
    weight = max(1.0, mean * (1 - mean) / max(spread, 1e-12) - 1)
    return Sensitivity(hits=max(mean * weight - 0.5, 0.0), misses=max((1 - mean) * weight - 0.5, 0.0))
