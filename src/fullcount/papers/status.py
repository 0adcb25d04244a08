"""How far it is: the report that recurs until nothing is left. What changed since the last, what is left, and by when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from fullcount.cell import number
from fullcount.paper import Figure, Kind, Paper, Section, Table
from fullcount.papers import lists, tables
from fullcount.papers.asked import asked, gathered, question, waves
from fullcount.papers.columns import columns
from fullcount.papers.identify import ALL_PARTS
from fullcount.papers.signed import due, signatories
from fullcount.report import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fullcount.paper import Facts

# What the forms of later directives of CISA ask beside the numbers: only a person can answer.
QUESTIONS = (
    (
        "re_entry",
        "Controls ensure that systems newly set up, and those that come back after being disconnected, are without the products",
    ),
    ("third_parties", "Third parties that host or run systems for the organisation are included"),
    ALL_PARTS,
    ("constraints", "Support, action or constraints that stand in the way"),
)
REMOVED = "removed"


def made(facts: Facts) -> Paper:
    """The report on progress. What is left is always derived from what was found and what was verified, never typed."""
    asks = facts.demand.asks if facts.demand else ()
    fields = [asked(facts, "status", ask) for ask in asks]
    answers, below, gaps = gathered([*fields, *(question(facts, "status", *one) for one in QUESTIONS)])
    people, missing = signatories(facts)
    account = facts.account
    sections = (
        Section(id="count", title="The count", figures=(*tables.figures(account), *residual(facts)), paragraphs=account.warnings),
        Section(id="verified", title="What became of what was found", tables=_verified(facts)),
        Section(id="changes", title="Since the last report", paragraphs=tuple(_since(facts)), tables=_changes(facts)),
        Section(id="forecast", title="When it will be gone", paragraphs=tuple(forecast(facts)), tables=_waves(facts)),
        Section(id="answers", title="What is asked", answers=answers, tables=below),
        Section(id="components", title="By component", tables=(tables.components(account),)),
        Section(id="exceptions", title="Exceptions", tables=tuple(one for one in (tables.exceptions(facts),) if one.rows)),
    )
    return Paper(
        id="status",
        title=facts.demand.title if facts.demand else "Progress of the removal",
        account=account,
        sentence=account.sentence,
        sections=tuple(one for one in sections if one.tables or one.paragraphs or one.figures or one.answers),
        listings=(lists.scheduled(facts), *lists.verified(facts), lists.not_covered(facts), lists.sources(facts)),
        gaps=(*gaps, *missing),
        signatories=people,
        due=due(facts, "status"),
        marking=facts.marking,
        without_users=facts.without_users,
    )


def residual(facts: Facts) -> tuple[Figure, ...]:
    """Found in all, verified as removed, and what is left: the first less the second."""
    found = sum(facts.verified.values())
    gone = facts.verified.get(REMOVED, 0)
    parts = (
        ("found", "Systems on which it was ever found", found, facts.account.total.with_it_label),
        ("removed", "Of these, removal verified", gone, EXACT),
        ("residual", "Left: found less removed", found - gone, facts.account.total.with_it_label),
    )
    return tuple(
        Figure(id=name, label=label, value=value, of=found, of_what="systems found", unit="systems", sure=sure)
        for name, label, value, sure in parts
    )


def _verified(facts: Facts) -> tuple[Table, ...]:
    """What became of the systems that ever had it: states that add up, and what else is said of some of them."""
    heads = columns(state="State", systems="Systems", meaning="Meaning")

    def rows(found: Mapping[str, int]) -> tuple[tuple[str, int, str], ...]:
        return tuple((name, systems, facts.meanings.get(name, "")) for name, systems in found.items())

    total = ("found in all", sum(facts.verified.values()), "")
    states = Table(id="verified", title="What became of it", columns=heads, rows=rows(facts.verified), total=total)
    marks = Table(id="marks", title="What else is said of some of them", columns=heads, rows=rows(facts.marks))
    return (states, marks)


def _since(facts: Facts) -> Iterator[str]:
    if facts.before is None:
        yield "There is no earlier count to compare with."
        return
    then, now = facts.before.total, facts.account.total
    yield (
        f"As of {facts.before.as_of or 'an unknown day'} {number(then.with_it)} of {number(then.systems)} systems had it and "
        f"{number(then.looked_at)} could be looked at; now {number(now.with_it)} of {number(now.systems)}, "
        f"and {number(now.looked_at)} could be."
    )


def _changes(facts: Facts) -> tuple[Table, ...]:
    rows = tuple((name, systems) for name, systems in facts.changes.items() if systems)
    heads = columns(change="Change", systems="Systems")
    return (Table(id="changes", title="Changes since the last report", columns=heads, rows=rows),) if rows else ()


def forecast(facts: Facts) -> Iterator[str]:
    """By when the plan ends, and by when the pace so far would end; the latter is an estimate, or refused with its reason."""
    ends = [line.ends for line in facts.waves if line.wave]
    left = sum(line.systems for line in facts.waves)
    if not left:
        yield "Nothing is left to be removed on what could be looked at."
        return
    planned = [end for end in ends if end]
    if planned and len(planned) == len(facts.waves):
        yield f"By the plan the last wave ends on {max(planned)}."
    else:
        yield "The plan has no end: some systems are in no wave, or a wave has no last day."
    yield _pace(facts)


def _pace(facts: Facts) -> str:
    """A straight line through the two counts. Said as an estimate, with what it rests on."""
    before, now = facts.before, facts.account
    if before is None or not before.as_of or not now.as_of or before.as_of >= now.as_of:
        return "No pace can be said: that takes an earlier count."
    days = (date.fromisoformat(now.as_of) - date.fromisoformat(before.as_of)).days
    fewer = before.total.with_it - now.total.with_it
    if fewer <= 0:
        return f"No pace can be said: in the last {days} days the number of systems with it did not fall."
    if now.total.looked_at < before.total.looked_at:
        return "No pace can be said: fewer systems could be looked at than before, so a smaller number may be less sight."
    more = -(-now.total.with_it * days // fewer)
    try:
        end = date.fromisoformat(now.as_of) + timedelta(days=more)
    except OverflowError:
        return "No pace can be said: it is too slow to end."
    return (
        f"Estimate: {number(fewer)} fewer in {days} days; at that pace the {number(now.total.with_it)} that are left would be "
        f"gone on {end}. It rests on two counts, and says nothing of the systems that could not be looked at."
    )


def _waves(facts: Facts) -> tuple[Table, ...]:
    return (waves(facts),) if facts.waves else ()


STATUS = Kind(name="status", title="How far it is (every 30 days)", made=made, looks_back=True)
