"""Audited: what the answers of an audit show, from its plan, its draws and what was recorded. Makes no file.

Only answers that follow one another in the order of the draw prove anything: whoever visits the near machines first would
choose. Where nobody could look, the system is taken to have it; where there is no such machine, it has not.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fullcount.auditing import Interval, Survey, bound, bound_planned, more, surveyed
from fullcount.auditing import Stratum as Part
from fullcount.cell import share
from fullcount.chance import middle
from fullcount.lot import DECLARED, EXPECTED
from fullcount.report import ESTIMATE, TOTAL, Estimate
from fullcount.visit import FOUND, NO_LOOK, NOT_THERE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fullcount.lot import Plan, Stratum, Tool
    from fullcount.visit import Answer

CERTIFIED, NOT_YET, FAILED, NOTHING = "certified", "not yet", "cannot be certified", "nothing to certify"
_DRAWS = 20_000
_SEED = 1  # of the draws from Beta distributions; the same answers give the same numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What was answered in a stratum, in the order of the draw up to the first system without an answer. Unit: systems.
    `waiting`: answers behind that one, which do not count yet.
    """

    name: str
    standing: str
    systems: int
    drawn: int
    visited: int
    found: int
    not_there: int
    no_look: int
    waiting: int = 0
    waiting_found: int = 0
    draw_more: int = 0

    def part(self) -> Part:
        """For the bounds: nobody could look counts as found."""
        return Part(systems=self.systems, visited=self.visited, found=self.found + self.no_look)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """At most so many systems have it, of those in question, with the confidence 1 - risk, at whatever time it is asked."""

    systems: int
    visited: int
    found: int
    no_look: int
    most: int
    most_once: int | None  # if it was decided beforehand to look once and to certify only where none is found; else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolLine:
    """On how many of the systems that have it, of those that it had looked at whole, a tool sees it; by count and audit."""

    tool: str
    looked_at: int  # visited systems at which it had had a whole look
    missed: int  # of these, found by the audit
    low: float | None
    centre: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an audit shows."""

    audit: str
    verdict: str  # CERTIFIED, NOT_YET, FAILED or NOTHING
    declared: Claim
    whole: Claim
    lines: tuple[Line, ...]
    tools: tuple[ToolLine, ...]
    with_it: Estimate
    systems: Estimate | None
    drawn: int
    answered: int
    draw_more: int
    sentences: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """As a JSON document."""
        return asdict(self)


def evaluate(
    plan: Plan, drawn: Mapping[str, Sequence[Mapping[str, str]]], answers: Mapping[str, Answer], places: Sequence[tuple[int, int]]
) -> Outcome:
    """`drawn`: by stratum, the rows of the frame in the order of the draw; `answers` by system; `places`: of the machines met in
    each place, how many the count knows.
    """
    lines = [_line(one, drawn.get(one.name, ()), answers) for one in plan.strata]
    own = [one for one in lines if one.standing == DECLARED]
    declared, whole = _claim(own, plan), _claim(lines, plan)
    verdict, missing = _verdict(own, declared, plan)
    numbers = dict(zip((one.name for one in own), missing, strict=True))
    lines = [_asked(one, numbers.get(one.name, 0)) for one in lines]
    counted = {row["system"]: answers[row["system"]] for one in lines for row in list(drawn.get(one.name, ()))[: one.visited]}
    tools = _tools(plan, lines, drawn, counted)
    with_it = _with_it(plan, lines, whole)
    systems = _systems(plan, lines, places)
    answered = sum(row["system"] in answers for rows in drawn.values() for row in rows)
    sentences = (*_said(plan, declared, verdict, sum(missing)), *_said_of_others(plan, lines, whole), with_it.text)
    return Outcome(
        audit=plan.audit,
        verdict=verdict,
        declared=declared,
        whole=whole,
        lines=tuple(lines),
        tools=tuple(tools),
        with_it=with_it,
        systems=systems,
        drawn=sum(map(len, drawn.values())),
        answered=answered,
        draw_more=sum(missing),
        sentences=(*sentences, *([systems.text] if systems else []), *_warnings(lines)),
    )


def of_audit(outcome: Outcome) -> tuple[Estimate, ...]:
    """What an audit says of all systems: where there is one, it stands in the place of what models say. Nothing before
    anybody has answered.
    """
    said = (outcome.with_it, *([outcome.systems] if outcome.systems else []))
    return said if outcome.answered else ()


# -- counting answers ------------------------------------------------------------------------------------------------------


def _line(stratum: Stratum, rows: Sequence[Mapping[str, str]], answers: Mapping[str, Answer]) -> Line:
    said = [answers[row["system"]].answer if row["system"] in answers else "" for row in rows]
    visited = said.index("") if "" in said else len(said)
    counting, waiting = said[:visited], [one for one in said[visited:] if one]
    return Line(
        name=stratum.name,
        standing=stratum.standing,
        systems=stratum.systems,
        drawn=len(rows),
        visited=visited,
        found=counting.count(FOUND),
        not_there=counting.count(NOT_THERE),
        no_look=counting.count(NO_LOOK),
        waiting=len(waiting),
        waiting_found=waiting.count(FOUND),
    )


def _asked(line: Line, number: int) -> Line:
    return Line(**{**asdict(line), "draw_more": number})


def _claim(lines: Sequence[Line], plan: Plan) -> Claim:
    own, others = ([one.part() for one in lines if (one.standing == DECLARED) == declared] for declared in (True, False))
    planned = {one.name: one.planned for one in plan.strata}
    whole = all(one.visited >= planned[one.name] for one in lines)
    seen = sum(one.found + one.waiting_found for one in lines)
    return Claim(
        systems=sum(one.systems for one in lines),
        visited=sum(one.visited for one in lines),
        found=sum(one.found for one in lines),
        no_look=sum(one.no_look for one in lines),
        most=max(seen, bound(own, risk=plan.risk, others=others)) if lines else 0,
        most_once=bound_planned([*own, *others], risk=plan.risk) if whole and lines else None,
    )


def _verdict(own: Sequence[Line], claim: Claim, plan: Plan) -> tuple[str, list[int]]:
    """What the audit certifies, and how many more to meet in each stratum of the systems declared without it."""
    if not own:
        return NOTHING, []
    if sum(one.found + one.waiting_found for one in own) > plan.most:
        return FAILED, [0 for _ in own]
    if claim.most <= plan.most:
        return CERTIFIED, [0 for _ in own]
    drawn = [Part(systems=one.systems, visited=one.drawn, found=one.found + one.no_look + one.waiting_found) for one in own]
    missing = more(drawn, plan.most, risk=plan.risk)
    return (FAILED, [0 for _ in own]) if missing is None else (NOT_YET, missing)


# -- estimates -------------------------------------------------------------------------------------------------------------


def _with_it(plan: Plan, lines: Sequence[Line], whole: Claim) -> Estimate:
    """All systems with it: those of the count, and those of the frame by strata, at most what the audit leaves possible."""
    known = float(plan.having + sum(one.found + one.waiting_found for one in lines))
    high = float(plan.having + whole.most)
    unmet = [one for one in lines if not one.visited]
    level = 1 - plan.risk
    if unmet:
        text = f"At least {known:,.0f} and at most {high:,.0f} systems have it: {len(unmet):,} strata were not visited at all."
        return Estimate(what="with it", verdict="range", low=known, high=high, level=level, text=text)
    centre = plan.having + sum(one.systems * one.found / one.visited for one in lines)
    text = (
        f"By the audit about {centre:,.0f} systems have it ({ESTIMATE}), at least {known:,.0f} and with"
        f" {_percent(level)} confidence at most {high:,.0f}: {plan.having:,} by the count, the others among those met and"
        " those like them."
    )
    return Estimate(
        what="with it", verdict="estimate", low=known, centre=min(max(centre, known), high), high=high, level=level, text=text
    )


def _systems(plan: Plan, lines: Sequence[Line], places: Sequence[tuple[int, int]]) -> Estimate | None:
    """How many systems there are, by those met of the list (E) and in places (P). Systems that have it are taken to be there."""
    listed = [one for one in lines if one.standing != EXPECTED]
    if not places or any(not one.visited - one.no_look for one in listed):
        return None
    there = [1 - one.not_there / (one.visited - one.no_look) for one in listed]
    correct = (plan.having + sum(one.systems * part for one, part in zip(listed, there, strict=True))) / plan.listed
    spread = sum(
        (one.systems / plan.listed) ** 2 * _variance(one.visited - one.no_look, part)
        for one, part in zip(listed, there, strict=True)
    )
    worth = correct * (1 - correct) / spread if spread and 0 < correct < 1 else sum(one.visited - one.no_look for one in listed)
    made = surveyed(
        Survey(listed=plan.listed, checked=worth, correct=worth * correct, places=tuple(places)), level=1 - plan.risk, seed=_SEED
    )
    return _surveyed(made, plan, sum(met for met, _ in places), len(places)) if made else None


def _variance(number: int, part: float) -> float:
    """Of a share that was seen; never nought, since the next one may differ."""
    smoothed = (number * part + 0.5) / (number + 1)
    return smoothed * (1 - smoothed) / number


def _surveyed(made: Interval, plan: Plan, met: int, places: int) -> Estimate:
    text = (
        f"By the survey of {places:,} places, where {met:,} machines were met, there are about {made.centre:,.0f} systems"
        f" ({ESTIMATE}; {made.low:,.0f} to {made.high:,.0f} with {_percent(made.level)} confidence); the sources list"
        f" {plan.listed:,}."
    )
    if places == 1:
        text += " One place cannot show how places differ: the interval is too narrow."
    return Estimate(
        what="systems",
        verdict="estimate",
        low=made.low,
        centre=made.centre,
        high=made.high,
        level=made.level,
        component=TOTAL,
        text=text,
    )


def _tools(
    plan: Plan, lines: Sequence[Line], drawn: Mapping[str, Sequence[Mapping[str, str]]], answers: Mapping[str, Answer]
) -> list[ToolLine]:
    """How often each tool sees it where it is: those it saw, over these, those it missed by the count, and those it missed by
    the audit, which stand for all like them.
    """
    by_tool: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for line in lines:
        for turn, row in enumerate(drawn.get(line.name, ())):
            tools = filter(None, row["tools"].split("; "))
            said = answers[row["system"]].answer if turn < line.visited and row["system"] in answers else ""
            for tool in tools:
                number = by_tool[tool][line.name]
                number[0] += said not in {"", NO_LOOK}
                number[1] += said == FOUND
    sizes = {line.name: line for line in lines}
    found = []
    for one in plan.tools:
        strata = by_tool.get(one.tool, {})
        parts = [(sizes[name], met, hits) for name, (met, hits) in strata.items()]
        found.append(_tool(one, parts, 1 - plan.risk))
    return found


def _tool(tool: Tool, parts: Sequence[tuple[Line, int, int]], level: float) -> ToolLine:
    saw, known = tool.saw, tool.saw + tool.missed
    looked_at, hits = sum(met for _, met, _ in parts), sum(found for _, _, found in parts)
    if not (looked_at and known + hits):
        return ToolLine(tool=tool.tool, looked_at=looked_at, missed=hits, low=None, centre=None, high=None)
    met = [(line, found) for line, _, found in parts if line.visited]
    systems = sum(line.systems for line, _ in met)
    chance = np.random.default_rng(_SEED)
    # the half of Jeffreys is shared: many strata in which nothing was found are not many halves of something
    draws = [
        line.systems * chance.beta(found + 0.5 * line.systems / systems, line.visited - found + 0.5, _DRAWS)
        for line, found in met
    ]
    seen = known * chance.beta(saw + 0.5, tool.missed + 0.5, _DRAWS) if known else np.zeros(_DRAWS)
    low, _, high = middle(seen / np.maximum(known + np.sum(draws, axis=0), 1e-9), level)
    whole = known + sum(line.systems * found / line.visited for line, found in met)
    centre = saw / whole if whole else 0.0
    return ToolLine(tool=tool.tool, looked_at=looked_at, missed=hits, low=min(low, centre), centre=centre, high=max(high, centre))


# -- in words --------------------------------------------------------------------------------------------------------------


def _percent(part: float) -> str:
    return f"{100 * part:g} %"


def _said(plan: Plan, claim: Claim, verdict: str, missing: int) -> tuple[str, ...]:
    if not claim.systems:
        return ("No system of this count is declared without it: there is nothing to certify.",)
    first = (
        f"Of the {claim.systems:,} systems declared without it, {claim.visited:,} drawn by lot were met, and {claim.found:,} had"
        f" it: with {_percent(1 - plan.risk)} confidence at most {claim.most:,} ({share(claim.most, claim.systems)}) do."
    )
    asked = f"at most {plan.most:,} ({_percent(plan.tolerable)})"
    return first, {
        CERTIFIED: f"That is certified: {asked} was asked for, and nobody needs to look at more.",
        NOT_YET: f"That is not certified yet: {asked} was asked for. {_next(missing)}",
        FAILED: f"That cannot be certified: {asked} was asked for, and more were found, or could not be looked at, than that"
        " allows. Mend what the sources miss, count anew, and audit that count.",
    }[verdict]


def _next(missing: int) -> str:
    if not missing:
        return "What is drawn and not answered is enough, if none of it has it."
    return f"If all that was drawn is answered and none more has it, {missing:,} more are needed: `fullcount audit draw --more`."


def _said_of_others(plan: Plan, lines: Sequence[Line], whole: Claim) -> tuple[str, ...]:
    others = [one for one in lines if one.standing != DECLARED]
    if not others:
        return ()
    systems, visited, found = (sum(getattr(one, name) for one in others) for name in ("systems", "visited", "found"))
    text = (
        f"Of the {systems:,} others, which nobody declared without it (not covered, or expected and silent), {visited:,} were met"
        f" and {found:,} had it; of all {whole.systems:,} together at most {whole.most:,} do"
        f" ({_percent(1 - plan.risk)} confidence)."
    )
    return (text,)


def _warnings(lines: Sequence[Line]) -> tuple[str, ...]:
    waiting = sum(one.waiting for one in lines)
    no_look = sum(one.no_look for one in lines)
    said = []
    if waiting:
        said.append(
            f"{waiting:,} answers stand behind systems that nobody answered yet in the order of the draw, and do not count yet."
        )
    if no_look:
        said.append(f"{no_look:,} systems could not be looked at; each counts as one that has it.")
    said.append("A visit is taken to find what is there, and the day of the visit stands for the day of the count.")
    return tuple(said)
