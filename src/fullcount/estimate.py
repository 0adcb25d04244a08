"""Estimate: what may be said of systems that nobody looked at or saw, from one kept count: A found, B missed by the looks, C on
systems that are known and were not looked at, D on systems that no source lists. Nothing of it is ever added to a count.

Reads `captures`, `detections` and `family_dates` of a count's folder. Where an audit was evaluated, it replaces what the models
say of systems with it. What is random is drawn from a stated seed, so that the same count gives the same numbers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from fullcount.captured import (
    USUAL_FORMS,
    blind_of,
    combinations_of,
    facts_of,
    forms_of,
    groups_of,
    out_of_window,
    strata_of,
    unseen_forms,
)
from fullcount.errors import UsageError
from fullcount.kept import kept_rows
from fullcount.nil import Nothing, Sensitivity, nil
from fullcount.report import TOTAL, UNLISTED, Estimate
from fullcount.rung import ESTIMATE, FLOOR, RANGE, REFUSED, SEED, VERDICTS
from fullcount.sensitivity import JOIN, LEAST_LOOKED, apart
from fullcount.strata import EVERY, stratified
from fullcount.unseen import counted, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from fullcount.figure import Figure as Number
    from fullcount.missed import Figure
    from fullcount.nil import Nil
    from fullcount.report import Account
    from fullcount.sensitivity import Apart, Group
    from fullcount.settings import Settings
    from fullcount.strata import Pool, Stratified

TABLES = {"captures": "is_first", "detections": "form", "family_dates": "family"}  # with the column that came last
_SOME = 0.5  # systems
_REASONS = 4  # that a sentence tells
SYSTEMS, WITH_IT = "systems", "with it"
NONE_FOUND = "none found"
MISSED = "with it, missed on inspected systems"
UNINSPECTED, UNSEEN = "with it, on systems not inspected", "with it, on systems that no source lists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an estimate is made with besides the count."""

    settings: Settings
    checked: tuple[int, int] | None = None  # of so many systems on which it was known to be, looks found it on so many
    audited: tuple[Estimate, ...] = ()  # what an audit says of all systems: it stands in the place of what models say
    seed: int = SEED


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """What is estimated under one directive: lines for the account, and everything that they rest on as a JSON document."""

    estimates: tuple[Estimate, ...]
    document: Mapping[str, Any]


def estimate(folder: Path, account: Account, asked: Asked) -> Estimated:
    """What may be said of the unseen. Raises `UsageError` where the count was made before overlaps were kept."""
    rows, found, dates = (_rows(folder, table, account) for table in TABLES)
    strata = strata_of(rows)
    if not strata:
        refused = Estimate(what=SYSTEMS, verdict=REFUSED, text="No source says when it saw any system, so nothing is estimated.")
        return Estimated(estimates=(refused,), document=_document(account, asked, (refused,), {}))
    facts = facts_of(account, dates, asked.settings, seed=asked.seed)
    blind = blind_of(rows, asked.settings)
    made = stratified(strata, facts, blind=blind)
    once = [row for row in rows if row["is_first"]]
    whole = made if len(once) == len(rows) else stratified(strata_of(once), facts, blind=blind)
    forms = forms_of(found)
    unlooked = unseen_forms(account, forms)
    worth = _nil(account, whole, unlooked, asked)
    groups = {
        component: groups_of(found, forms, component, made=made if component else whole, captures=rows if component else once)
        for component in sorted({row["component"] for row in found})
    }
    parts = [one for component, mine in groups.items() for one in _parts(apart(mine, seed=asked.seed), component, unlooked)]
    lines = _replaced((*_systems(made, whole), _unlisted(whole), *parts, *(_worth(worth) if worth else ())), asked.audited)
    rests = {
        "assumed": [*_said(made, "assumed"), *(one.note for one in forms if one.note)],
        "helps": [*_said(made, "helps"), *_looked_at(groups)],
        "families": [asdict(one) for one in combinations_of(once)],
        "forms": [asdict(one) for one in forms],
        "unseen_forms": unlooked,
        "pools": [_pool(one) for one in made.pools],
        "blind": sorted(map(list, blind)),
        "out_of_window": out_of_window(once),
        "nil": asdict(worth) if worth else None,
    }
    return Estimated(estimates=lines, document=_document(account, asked, lines, rests))


def _rows(folder: Path, table: str, account: Account) -> list[dict[str, Any]]:
    """The rows of a table about the directive, or of one that is the same for all."""
    about = () if table == "family_dates" else ("directive", [account.directive["id"]])
    rows = kept_rows(folder, table, *about) if (folder / f"{table}.parquet").exists() else [{}]
    if rows and TABLES[table] not in rows[0]:
        raise UsageError(f"this count was made before overlaps were kept ({table})", hint="`fullcount count` makes it anew")
    return rows


def _looked_at(groups: Mapping[str, Sequence[Group]]) -> Iterator[str]:
    """What would help where too few systems were looked at to say anything of the others."""
    few = [one.name for one in groups.get(TOTAL, ()) if one.inspected < LEAST_LOOKED and one.uninspected]
    if few:
        yield (
            f"complete looks at {LEAST_LOOKED} or more systems of each class (too few: {', '.join(few)}), or an audit of systems "
            "drawn by lot (`fullcount audit draw`)"
        )


def _document(account: Account, asked: Asked, lines: Sequence[Estimate], rests: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "schema": "fullcount.estimate/1",
        "directive": account.directive["id"],
        "count": account.count,
        "seed": asked.seed,
        "estimates": [asdict(one) for one in lines],
        **rests,
    }


def _replaced(lines: Sequence[Estimate], audited: Sequence[Estimate]) -> tuple[Estimate, ...]:
    """The lines, those about all systems as an audit says, where it says something of them."""
    said = {one.what: one for one in audited}
    kept = [one for one in lines if one.component or one.machine_class or one.what not in said]
    # what is about all systems first, as everybody asks it
    return tuple(sorted((*audited, *kept), key=lambda one: (bool(one.component), one.component, bool(one.machine_class))))


def _said(made: Stratified, name: str) -> list[str]:
    """What is assumed of the strata, or what would help, each sentence once."""
    return list(dict.fromkeys(text for pool in made.pools for text in getattr(pool.rung, name)))


# -- systems -------------------------------------------------------------------------------------------------------------


def _systems(made: Stratified, whole: Stratified) -> Iterator[Estimate]:
    """How many systems there are, by component and class, by component, and in all: there, each that stands in the lines of
    several components was put in the first of them before anything was worked out.
    """
    lines = [(one, made) for one in made.lines if one.component] + [(one, whole) for one in whole.lines if not one.component]
    for line, of in lines:
        pools = [one for one in of.pools if line.component in {TOTAL, one.component}]
        mine = [one for one in pools if line.machine_class in {EVERY, *(each.machine_class for each in one.strata)}]
        figure = line.figure
        yield Estimate(
            what=SYSTEMS,
            component=line.component,
            machine_class=line.machine_class,
            verdict=figure.verdict,
            low=_low(figure),
            centre=figure.centre,
            high=figure.high,
            level=figure.level,
            text=sentence(mine[0].rung) if len(mine) == 1 and line.machine_class == EVERY else _text(figure, mine),
        )


def _unlisted(whole: Stratified) -> Estimate:
    """Of the systems that there are in all, those that no source lists."""
    figure = whole.line()
    low, centre, high = (None if one is None else max(one - figure.seen, 0.0) for one in (figure.low, figure.centre, figure.high))
    if low is None or centre is None or high is None:
        return Estimate(
            what=UNLISTED, verdict=REFUSED, text="Cannot be said, as how many systems there are in all is not certified."
        )
    about = (
        f"About {centre:,.0f} ({low:,.0f} to {high:,.0f})" if figure.verdict == ESTIMATE else f"From {low:,.0f} to {high:,.0f}"
    )
    text = f"{about}: the systems that there are in all, less those that the sources list."
    return Estimate(what=UNLISTED, verdict=figure.verdict, low=low, centre=centre, high=high, level=figure.level, text=text)


def _low(figure: Number) -> float | None:
    if figure.verdict == REFUSED:
        return None
    return figure.floor if figure.low is None else figure.low


def _text(figure: Number, pools: Sequence[Pool]) -> str:
    """What is said of several strata together, or of a part of one."""
    low, centre, high = ("" if one is None else f"{one:,.0f}" for one in (_low(figure), figure.centre, figure.high))
    seen = f"The sources list {counted(figure.seen)}"
    if figure.verdict == ESTIMATE:
        return f"{seen}; from how they overlap we estimate {centre} in all ({low} to {high})."
    if figure.verdict == RANGE:
        return f"{seen}; somewhere between {low} and {high} exist. Models say {centre}, which is probably too low."
    helps = dict.fromkeys(help_ for pool in pools for help_ in pool.rung.helps[:1])
    first = f"{seen}; at least {low} are certain enough to be stood by" if figure.verdict == FLOOR else seen
    reasons = " ".join(_reasons(pools)[:2])
    return f"{first}. How many more there are is not said. {reasons}{f' What would help: {next(iter(helps))}.' if helps else ''}"


def _reasons(pools: Sequence[Pool]) -> list[str]:
    """Why no more is said, first what is so of most; what is not so of all strata names those of which it is."""
    of: dict[str, list[Pool]] = {}
    for pool in pools:
        for one in pool.rung.reasons:
            if one.verdict == pool.rung.verdict:
                of.setdefault(one.text, []).append(pool)
    ordered = sorted(of.items(), key=lambda one: -len(one[1]))
    return [text if len(mine) == len(pools) else f"Of {_named(mine)}: {text}" for text, mine in ordered]


def _named(pools: Sequence[Pool]) -> str:
    first = pools[0]
    classes = ", ".join(dict.fromkeys(one.machine_class for one in first.strata))
    more = f" and {len(pools) - 1:,} more" if len(pools) > 1 else ""
    return f"{first.component} ({classes}){more}"


def _pool(pool: Pool) -> dict[str, Any]:
    strata = [{"class": one.machine_class, "os_family": one.os_family, "seen": one.capture.seen} for one in pool.strata]
    return {"component": pool.component, "strata": strata, "borrowed": pool.borrowed, "rung": pool.rung.document()}


# -- with it -------------------------------------------------------------------------------------------------------------


def _parts(parts: Sequence[Apart], component: str, unlooked: Sequence[str]) -> Iterator[Estimate]:
    """B, C and D of a component, or of all, by class and together, and with A the whole; each is refused where it cannot be told
    from others.
    """
    for one in parts:
        told = [(MISSED, one.missed), (UNINSPECTED, one.uninspected), (UNSEEN, one.unseen)]
        lines = [_part(what, figure) for what, figure in told]
        for line in (*([] if one.name else [_whole(one)]), *lines):
            yield replace(line, component=component, machine_class=one.name, text=f"{line.text}{_besides(line, unlooked)}")


def _besides(line: Estimate, unlooked: Sequence[str]) -> str:
    """What is assumed of a part, and in which forms of the product it is not told at all."""
    if line.what in {UNINSPECTED, UNSEEN} and line.verdict != REFUSED:
        return " That holds if these systems are like those of their class that were inspected."
    if not unlooked or (line.what, line.verdict) not in {(WITH_IT, ESTIMATE), *((MISSED, one) for one in VERDICTS)}:
        return ""
    return f" Not in this number, since no complete look sees them: {', '.join(unlooked)}."


def _part(what: str, figure: Figure, *, found: int = 0) -> Estimate:
    if figure.low is None or (figure.is_floor and found + figure.low < _SOME):  # that there are at least none says nothing
        return Estimate(what=what, verdict=REFUSED, text=_sentence(f"Cannot be said: {_shortened(figure.why)}"))
    low = found + figure.low
    if figure.is_floor or figure.centre is None or figure.high is None:
        text = f"At least {low:,.0f}; how many more is not said: {_shortened(figure.why)}"
        return Estimate(what=what, verdict=FLOOR, low=low, text=_sentence(text))
    centre, high = found + figure.centre, found + figure.high
    text = f"About {centre:,.0f} ({low:,.0f} to {high:,.0f})."
    return Estimate(what=what, verdict=ESTIMATE, low=low, centre=centre, high=high, text=text)


def _shortened(why: str) -> str:
    """The first reasons, and how many there are besides."""
    reasons = why.split(JOIN)
    more = len(reasons) - _REASONS
    besides = f"{more:,} more reason{'s' if more > 1 else ''} in the lines of its parts"
    return JOIN.join([*reasons[:_REASONS], besides] if more > 0 else reasons)


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _whole(one: Apart) -> Estimate:
    """A + B + C + D. Where a part cannot be said, what was counted is a floor and no more; none is not even that."""
    if one.beyond.low is not None and not one.beyond.is_floor:
        return _part(WITH_IT, one.beyond, found=one.found)
    why = _shortened(one.beyond.why)
    if not one.found:
        return Estimate(what=WITH_IT, verdict=REFUSED, text=_sentence(f"None was found, and how many have it is not said: {why}"))
    text = f"At least {one.found:,}: what was counted. How many more is not said: {why}"
    return Estimate(what=WITH_IT, verdict=FLOOR, low=float(one.found), text=_sentence(text))


# -- none found ----------------------------------------------------------------------------------------------------------


def _nil(account: Account, made: Stratified, unlooked: Sequence[str], asked: Asked) -> Nil | None:
    """What *none found* is worth; nothing where something was found."""
    total = account.total
    if total.with_it or total.exempt:
        return None
    whole = made.line()
    unseen = None if whole.high is None else max(whole.high - whole.seen, 0.0)
    hits, of = asked.checked or (0, 0)
    return nil(
        Nothing(
            inspected=total.looked_at,
            uninspected=total.systems - total.looked_at,
            unseen_high=unseen,
            sensitivity=Sensitivity(hits=hits, misses=of - hits) if asked.checked else None,
            blind=unlooked,
            seen=[str(one) for one in USUAL_FORMS if str(one) not in unlooked],
        )
    )


def _worth(worth: Nil) -> Iterator[Estimate]:
    """The same as a line of an account: its number is of inspected systems, and its sentences say the rest."""
    text = " ".join(worth.sentences)
    if worth.most_inspected is None:
        yield Estimate(what=NONE_FOUND, verdict=REFUSED, text=text)
    else:
        yield Estimate(what=NONE_FOUND, verdict=RANGE, low=0, high=float(worth.most_inspected), level=worth.level, text=text)
