"""Reporting: which return of each component counts, and what became of every other, of late ones and of missing ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from fullcount.errors import FullcountError
from fullcount.report import ReturnLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fullcount.arrival import Accepted, Refused
    from fullcount.hierarchy import Hierarchy

COUNTS, SUPERSEDED, REFUSED, MISSING, AWAITED = "counts", "superseded", "refused", "missing", "awaited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A return under the name that its component has in the tree; `tokens` is how many of them may be used."""

    component: str
    accepted: Accepted
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The returns that count, one a component, in the order of names; and the others, with the state that they are in and why.

    The others have lost their tokens: a department keeps every return that it ever had, and needs the tokens of few.
    """

    counting: tuple[Entered, ...]
    others: tuple[tuple[Entered, str, str], ...]

    @property
    def names(self) -> frozenset[str]:
        """The components whose returns count."""
        return frozenset(one.component for one in self.counting)


def chosen(accepted: Iterable[Accepted], hierarchy: Hierarchy) -> Chosen:
    """Of each component the return of the highest number, whatever the order in which they come, and however often.

    Raises `FullcountError` where two different returns of one number are among them: `receive` accepts no fork, and to count
    either would be to choose.
    """
    held: dict[str, dict[int, Entered]] = {}
    unknown: dict[str, Entered] = {}
    for one in accepted:
        node = hierarchy.named(one.said.component)
        if node is None:
            unknown[one.said.digest] = _light(_entered(one.said.component, one))
            continue
        numbers = held.setdefault(node.name, {})
        known = numbers.setdefault(one.said.sequence, _entered(node.name, one)).accepted
        if known.said.digest != one.said.digest:
            message = f"there are two different returns number {one.said.sequence} of {node.name}"
            raise FullcountError(message, hint="compare them with `fullcount check-return`, and ask which one is meant")
        if one.received < known.received:  # the very same, which came twice: it was there since the first time
            numbers[one.said.sequence] = _entered(node.name, one)
        for number in sorted(numbers)[:-1]:
            numbers[number] = _light(numbers[number])
    others = [(one, REFUSED, "the tree names no such component") for one in unknown.values()]
    for numbers in held.values():
        text = f"return {max(numbers)} has replaced it"
        others += [(one, SUPERSEDED, text) for number, one in numbers.items() if number < max(numbers)]
    return Chosen(
        counting=tuple(held[name][max(held[name])] for name in sorted(held)),
        others=tuple(sorted(others, key=lambda one: _order(one[0]))),
    )


def _entered(component: str, accepted: Accepted) -> Entered:
    tokens = accepted.said.tokens
    return Entered(
        component=component, accepted=accepted, tokens=len(tokens.systems.of) if tokens and accepted.tokens_count else 0
    )


def _light(one: Entered) -> Entered:
    return replace(one, accepted=replace(one.accepted, said=replace(one.accepted.said, tokens=None)))


def _order(one: Entered) -> tuple[str, int, str]:
    return one.component, one.accepted.said.sequence, one.accepted.said.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """What lateness is measured by: the day of the roll-up, and when returns are due where the tree does not say."""

    on: date
    due: date | None


def return_lines(picked: Chosen, refused: Iterable[Refused], hierarchy: Hierarchy, days: Days) -> tuple[ReturnLine, ...]:
    """A line for every return, and for every component that should have one and has none.

    A return speaks for everything that its component is made of. So a component without parts is *missing* where neither it
    nor anything above it has a return that counts and its day has passed, and *awaited* until then; where something above it
    has, the line says whose return speaks for it, with no number: nobody has said how many are its own.
    """
    newest = newest_of(picked)
    lines = [
        replace(line, is_stale=_is_stale(line.as_of, newest, hierarchy.stale_days))
        for line in (
            _line(one, COUNTS, "; ".join(one.accepted.doubts), hierarchy=hierarchy, days=days) for one in picked.counting
        )
    ]
    lines += [_line(one, state, text, hierarchy=hierarchy, days=days) for one, state, text in picked.others]
    lines = _first_in_time(lines)
    lines += _refused_lines(refused, picked, hierarchy, days)
    lines += _silent(lines, picked, hierarchy, days)
    turns = {node.name: turn for turn, node in enumerate(hierarchy.below(""))}
    return tuple(sorted(lines, key=lambda one: (turns.get(one.component, len(turns)), one.component, one.sequence, one.digest)))


def newest_of(picked: Chosen) -> str:
    """The newest day as of which a return counts; empty where none does."""
    return max((one.accepted.said.account.as_of[:10] for one in picked.counting), default="")


def _line(one: Entered, state: str, text: str, *, hierarchy: Hierarchy, days: Days) -> ReturnLine:
    said, account = one.accepted.said, one.accepted.said.account
    due = due_of(one.component, hierarchy, days)
    late = max(0, (one.accepted.received - due).days) if due else 0
    found = account.total.with_it + account.total.exempt
    return ReturnLine(
        component=one.component,
        state=state,
        text=text,
        sequence=said.sequence,
        digest=said.digest,
        as_of=account.as_of[:10],
        received=one.accepted.received.isoformat(),
        due=due.isoformat() if due else "",
        days_overdue=late,
        directive=str(account.directive.get("version", "")),
        signers=one.accepted.signers,
        is_nil=not found,
        is_late=late > 0,
        systems=account.total.systems,
        with_it=account.total.with_it,
        exempt=account.total.exempt,
        looked_at=account.total.looked_at,
        tokens=one.tokens,
    )


def due_of(component: str, hierarchy: Hierarchy, days: Days) -> date | None:
    """When the return of a component is due: as the tree says, else as the directive does."""
    return hierarchy.due_of(component) or days.due


def _is_stale(as_of: str, newest: str, most: int) -> bool:
    """Whether a return is older than the newest by more days than it may be."""
    return not as_of or date.fromisoformat(newest) - date.fromisoformat(as_of) > timedelta(days=most)


def _first_in_time(lines: Sequence[ReturnLine]) -> list[ReturnLine]:
    """A correction is not late where an earlier return of its component came in time."""
    in_time: dict[str, int] = {}
    for one in lines:
        if not one.is_late and one.state != REFUSED:
            in_time[one.component] = min(one.sequence, in_time.get(one.component, one.sequence))
    return [
        replace(one, is_late=False, days_overdue=0)
        if one.is_late and in_time.get(one.component, one.sequence) < one.sequence
        else one
        for one in lines
    ]


def _refused_lines(refused: Iterable[Refused], picked: Chosen, hierarchy: Hierarchy, days: Days) -> list[ReturnLine]:
    once = {(one.digest, one.component, one.reasons, one.received): one for one in refused}
    found = []
    for one in once.values():
        node = hierarchy.named(one.component)
        component = node.name if node else one.component
        due = due_of(component, hierarchy, days) if node else None
        waits = due and not speaks(component, picked.names, hierarchy)
        found.append(
            ReturnLine(
                component=component,
                state=REFUSED,
                text="; ".join(one.reasons),
                sequence=one.sequence,
                digest=one.digest,
                as_of=one.as_of,
                received=one.received.isoformat(),
                due=due.isoformat() if due else "",
                days_overdue=max(0, (days.on - due).days) if due and waits else 0,
            )
        )
    return found


def speaks(component: str, names: frozenset[str], hierarchy: Hierarchy) -> str:
    """Whose return speaks for a component: its own, else that of the nearest above it; empty where nobody's does."""
    own = (component, *(node.name for node in hierarchy.above(component)))
    return next((name for name in own if name in names), "")


def _silent(lines: Iterable[ReturnLine], picked: Chosen, hierarchy: Hierarchy, days: Days) -> Iterable[ReturnLine]:
    """The components without parts that have no return of their own, not even a refused one."""
    heard = {one.component for one in lines}
    for node in hierarchy.leaves():
        if node.name in heard:
            continue
        due = due_of(node.name, hierarchy, days)
        past = (days.on - due).days if due else 0
        if name := speaks(node.name, picked.names, hierarchy):
            state, text, past = COUNTS, f"the return of {name} speaks for it", 0
        elif past > 0:
            state, text = MISSING, "nothing was received that counts, or could be read"
        else:
            state, text = AWAITED, "nothing was received yet" if due else "nothing was received; no day is set"
        yield ReturnLine(
            component=node.name,
            state=state,
            text=text,
            due=due.isoformat() if due else "",
            days_overdue=max(0, past),
        )


def unheard(picked: Chosen, hierarchy: Hierarchy) -> tuple[str, ...]:
    """The components without parts for which no return that counts speaks, in the order of the tree."""
    leaves = {node.name for node in hierarchy.leaves()}
    return tuple(
        node.name for node in hierarchy.below("") if node.name in leaves and not speaks(node.name, picked.names, hierarchy)
    )
