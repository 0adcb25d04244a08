"""Worded: what a roll-up says in sentences: the first one, its methods, its warnings, and the numbers beside it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fullcount.report import AT_LEAST, Beside
from fullcount.reporting import REFUSED, newest_of
from fullcount.sensor import CONTRADICTS, MORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fullcount.report import Line, ReturnLine, SensorLine
    from fullcount.reporting import Chosen

_NAMED = 5  # components that a sentence names


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the sentences of a roll-up are made of."""

    picked: Chosen
    unheard: Sequence[str]  # components for which no return speaks
    total: Line
    lines: Sequence[ReturnLine]
    short_title: str
    stale_days: int
    untold: Mapping[str, int]  # by component whose return has no usable tokens, its systems
    bare: int  # systems of other returns without a token that proves anything
    pools: int  # sets of returns whose tokens were made alike
    several: int  # systems of several returns
    disagree: int


def days_of(told: Told) -> tuple[str, str]:
    """The oldest and the newest day as of which a return counts; empty where none does."""
    days = [one.accepted.said.account.as_of[:10] for one in told.picked.counting]
    return min(days, default=""), newest_of(told.picked)


def _dated(told: Told) -> str:
    first, last = days_of(told)
    if first == last:
        return f"as of {last}" if last else "as of an unknown day"
    return f"as of days from {first} to {last}" if first else f"as of unknown days and of days up to {last}"


def found_it(told: Told) -> int:
    """How many components, of those whose returns count, found it: systems with it or exempt."""
    accounts = (one.accepted.said.account for one in told.picked.counting)
    return sum(1 for one in accounts if one.total.with_it + one.total.exempt)


def sentence(told: Told) -> str:
    """What a letter can quote: systems of systems, components of components, and never the one for the other."""
    reported, silent = len(told.picked.counting), len(told.unheard)
    if not reported:
        return f"No return counts, so that nothing can be said of any system ({told.short_title})."
    total = told.total
    label = "At least " if total.with_it_label == AT_LEAST else ""
    exempt = f" ({total.exempt:,} more by exemption)" if total.exempt else ""
    blind = total.systems - total.looked_at
    without = f"; from {_many(silent, 'component')} no return counts" if silent else "; every component reported"
    return (
        f"{label}{total.with_it:,} of {total.systems:,} systems have it{exempt}; {total.looked_at:,} could be looked at, "
        f"{blind:,} could not. It was found by {found_it(told):,} of {_many(reported, 'component')} whose returns count"
        f"{without}; {_dated(told)} ({told.short_title})."
    )


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _names(names: Iterable[str]) -> str:
    some = list(dict.fromkeys(names))
    rest = f" and {len(some) - _NAMED:,} more" if len(some) > _NAMED else ""
    return ", ".join(some[:_NAMED]) + rest


def beside(told: Told) -> Iterable[Beside]:
    """The numbers beside the count."""
    reported = len(told.picked.counting)
    if reported:
        share = f"{found_it(told):,} of {_many(reported, 'component')} whose returns count ({found_it(told) / reported:.1%})"
        text = f"{share} found it: a share of components that reported, which says nothing of the share of systems."
        yield Beside(name="found it", value=found_it(told), unit="components", text=text)
    yield Beside(
        name="in several returns",
        value=told.several,
        unit="systems",
        text="Systems that the returns of several components know, by their tokens: each stands once in the total.",
        list="overlap_list",
    )
    if told.disagree:
        text = "Systems of which one return says that they have it and another that they have not: they count as having it."
        yield Beside(name="returns disagree", value=told.disagree, unit="systems", text=text, list="overlap_list")
    if unseen := sum(told.untold.values()) + told.bare:
        text = "Systems without a token that proves anything: whether other returns know them, too, could not be seen."
        yield Beside(name="not to be told apart", value=unseen, unit="systems", text=text, list="host_list")
    for one in told.picked.counting:
        for said in one.accepted.said.account.beside:
            if said.name == "attested":
                yield Beside(name=said.name, value=said.value, unit=said.unit, text=f"{one.component}: {said.text}")


def methods(told: Told) -> Iterable[str]:
    """How returns were put together, in sentences that an auditor can check."""
    yield (
        f"{_many(len(told.picked.counting), 'return')} count: of each component the one of the highest number that was accepted. "
        "What an earlier one said counts no more, and is kept."
    )
    yield (
        "Systems of several returns are one where their tokens join them: by the rules by which records are joined inside one "
        "component (serial number, SMBIOS UUID, cloud and agent ids, then directory objects, hardware addresses and full "
        "names). A token that contradicts others joins nothing and is in the list of conflicts."
    )
    yield (
        "A system of several returns has it where any of them says so; else it is exempt, contradicted, without it or not "
        "covered, the first of these that any return says. It stands so in the lines of all components that know it."
    )
    yield (
        "The range goes down to what the systems that can be told apart leave certain, and up by what the returns' own ranges "
        "allow. A component without a return has no line among the components: nothing is said of its systems."
    )
    yield (
        "What a return says beside its count (residue, licences, unplaced records, machines that are probably gone) is in that "
        "return and is not added up: of these nobody can tell which are the same."
    )


def blind_spots() -> tuple[str, ...]:
    """What this way of adding up cannot see."""
    return (
        "What a component did not count is in no return.",
        "A machine that two components know by its host name alone is two systems here: names do not leave a component.",
    )


def warnings(told: Told) -> Iterable[str]:
    """What a reader has to know before quoting a number."""
    counting = told.picked.counting
    first, last = days_of(told)
    if not counting:
        yield "No return counts: the noughts of this roll-up are no statement that there is nothing."
    if counting and first != last:
        since = f"from {first} to {last}" if first else f"up to {last}, and some have none"
        yield f"The returns are as of different days, {since}: systems may have changed, or moved between components, in between."
    versions = Counter(str(one.accepted.said.account.directive.get("version", "")) for one in counting)
    if len(versions) > 1:
        said = ", ".join(f"version {name} in {_many(number, 'return')}" for name, number in sorted(versions.items()))
        yield f"The returns were counted under different versions of the directive: {said}."
    if told.unheard:
        yield f"From {_many(len(told.unheard), 'component')} no return counts: {_names(told.unheard)}."
    refused = [one for one in told.lines if one.state == REFUSED]
    if refused:
        yield f"{_many(len(refused), 'return')} refused: {_names(one.component or 'of nobody known' for one in refused)}."
    if stale := [one.component for one in told.lines if one.is_stale]:
        yield f"Older than the newest return by more than {told.stale_days} days: {_names(stale)}."
    if doubtful := [one.component for one in counting if one.accepted.doubts]:
        yield f"Accepted with doubts: {_names(doubtful)}."
    yield from _unseen(told)


def against(sensors: Iterable[SensorLine]) -> Iterable[str]:
    """That the office's own list speaks against returns: a number that says none must not be quoted without it."""
    if names := [one.component for one in sensors if one.verdict == CONTRADICTS]:
        yield f"The office's own list names systems where the returns say none: {_names(names)}."
    if names := [one.component for one in sensors if one.verdict == MORE]:
        yield f"The office's own list names more systems than the returns do: {_names(names)}."


def _unseen(told: Told) -> Iterable[str]:
    if told.untold:
        yield (
            f"The {sum(told.untold.values()):,} systems of {_names(told.untold)} came without usable tokens: whether other "
            "returns know them could not be seen, and they are added."
        )
    if told.pools > 1:
        yield f"The tokens were made in {told.pools} ways that have nothing in common: overlap was looked for within each alone."
