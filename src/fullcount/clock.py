"""Clocks: the due dates that a directive's clocks come to. Arithmetic only: nothing here knows what day it is today.

A due date always says what it is counted from. What it would be counted from and is not known (a finding, a report that
was sent) makes no date: the clock is then listed without one.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import chain, islice, takewhile
from itertools import count as turns_from
from typing import TYPE_CHECKING

from fullcount.workday import Workdays

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fullcount.directive import Clock, Directive

AHEAD = 3  # turns of a clock that goes on, from the day on which it is looked at
_LAST_YEAR = 9000  # far enough from the end of what a date can be
_DONE = {"issued": "it was issued", "published": "it was published", "effective": "it took effect"}
_GIVEN, _FOUND = frozenset({"fixed", "none"}), "discovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A due date, or the lack of one, and how it came about."""

    directive: str
    clock: str  # id of the clock
    kind: tuple[str, ...]
    report: str  # of the directive, by id; empty where no report is due
    on: date | None  # the last day in time; with a time of day (and a zone) for clocks of hours; None: no date is given
    anchor: str  # issued, published, effective, discovery, report_submitted, fixed, none
    anchored: date | None  # the day from which it is counted
    how: str  # in words: "30 calendar days after it was issued on 2017-09-13"
    turn: int = 1  # of a clock that goes on: 1, 2, 3 ...
    about: str = ""  # what was found, or which report was sent
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What was found on one day, in words. `on` None: found, and no source says when."""

    on: date | None
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What clocks are counted from besides the directive itself."""

    discoveries: Sequence[Discovery] | None = None  # None: nobody has counted
    submitted: Mapping[str, Sequence[date]] = field(default_factory=dict)  # id of a report -> the days on which it was sent
    workdays: Workdays = field(default_factory=Workdays)
    zone: tzinfo = UTC  # in which a day begins


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """A day from which a clock runs, in words; `on` None: not known."""

    on: date | None
    said: str
    about: str = ""
    more: str = ""  # what else is to be said of it


def dues(directive: Directive, known: Known, *, on: date, until: date | None = None) -> tuple[Due, ...]:
    """Every due date of a directive in order of date, those without a date last.

    Of a clock that goes on: each turn up to `until`; where no end is given, the last turn before `on` and the next few.
    """
    found = [
        due
        for clock in directive.clocks
        for start in _starts(directive, clock, known)
        for due in _window(_turns(directive, clock, start, known), known.zone, on=on, until=until)
    ]
    order = {clock.id: turn for turn, clock in enumerate(directive.clocks)}
    return tuple(sorted(found, key=lambda due: (*moment(due, known.zone), order[due.clock], due.turn, due.about)))


def moment(due: Due, zone: tzinfo) -> tuple[bool, datetime]:
    """By which due dates are ordered: a day counts as its end, and none comes last."""
    if due.on is None:
        return True, datetime.max.replace(tzinfo=UTC)
    if isinstance(due.on, datetime):
        return False, due.on
    return False, datetime.combine(due.on, time.max, tzinfo=zone)


def day_of(due: Due, zone: tzinfo) -> date | None:
    """The day of a due date, in the zone in which days are told."""
    return due.on.astimezone(zone).date() if isinstance(due.on, datetime) else due.on


def _starts(directive: Directive, clock: Clock, known: Known) -> Iterator[_Start]:
    """The days from which a clock runs: one, but for what is found or sent more than once."""
    if clock.anchor in _GIVEN:
        yield _Start(
            on=clock.date, said=f"on the day that the text gives, {clock.date}" if clock.date else "the text gives no date"
        )
    elif clock.anchor in _DONE:
        yield _Start(on=getattr(directive, clock.anchor), said=_DONE[clock.anchor])
    elif clock.anchor == _FOUND:
        waiting = "something is found" if known.discoveries is None else "something is found: nothing was so far"
        found = _found(known.discoveries or (), directive.effective)
        yield from found if known.discoveries else [_Start(on=None, said=waiting)]
    else:
        report = _before(directive, clock)
        sent = [_Start(on=day, said=f"the report {report} was sent", about=report) for day in known.submitted.get(report, ())]
        yield from sent or [_Start(on=None, said=f"the report {report} is sent")]


def _found(discoveries: Sequence[Discovery], effective: date) -> Iterator[_Start]:
    """What was there before the directive took effect is found, for the directive, on the day on which it does: all at once."""
    dated = [(one.on, one.about) for one in discoveries if one.on is not None]
    before = [one for one in dated if one[0] < effective]
    if before:
        about = "; ".join(about for _, about in sorted(before))
        yield _Start(on=effective, said="it took effect", about=about, more=f"; seen since {min(before)[0]}")
    yield from (_Start(on=day, said="it was found", about=about) for day, about in dated if day >= effective)
    unknown = [one.about for one in discoveries if one.on is None]
    yield from (_Start(on=None, said="it was found; no source says when", about=about) for about in unknown)


def _before(directive: Directive, clock: Clock) -> str:
    """The report that a clock waits for: that of the nearest clock before it that has another one."""
    earlier = takewhile(lambda one: one.id != clock.id, directive.clocks)
    return next((one.report for one in reversed(list(earlier)) if one.report not in {"", clock.report}), "before it")


def _turns(directive: Directive, clock: Clock, start: _Start, known: Known) -> Iterator[Due]:
    """The due dates that one start leads to, without end for a clock that goes on.

    Each is counted from the start, never from the one before: the 31st stays the 31st where the month has one, and a date
    that moved to the next business day does not move those after it.
    """
    if start.on is None:
        yield _due(directive, clock, start, turn=1, on=None, how=_undated(clock, start))
        return
    for turn in turns_from(1) if clock.repeat and clock.repeat.every else (1,):
        day, how = _counted(clock, start, known, turn)
        if day.year > _LAST_YEAR:
            return
        if clock.roll == "next_business_day" and not isinstance(day, datetime) and day not in known.workdays:
            moved = known.workdays.rolled(day)
            how, day = f"{how}; moved from {day} to the next business day ({known.workdays.label})", moved
        yield _due(directive, clock, start, turn=turn, on=day, how=how)


def _counted(clock: Clock, start: _Start, known: Known, turn: int) -> tuple[date, str]:
    """A due date before it is moved, and how it was counted."""
    assert start.on is not None
    repeat = clock.repeat
    if clock.anchor in _GIVEN:
        offset, how = (0, "calendar_day"), start.said
    else:
        offset, how = (clock.offset, clock.unit), _said(clock, start, known)
    if repeat is None or turn == 1:
        return _shifted(start.on, *offset, known), how
    end = f" until {repeat.until}" if repeat.until else ""
    how = f"{how}, then every {_length(repeat.every, repeat.unit)}{end}: turn {turn}"
    more = repeat.every * (turn - 1)
    if repeat.unit == offset[1]:
        return _shifted(start.on, offset[0] + more, repeat.unit, known), how
    return _shifted(_shifted(start.on, *offset, known), more, repeat.unit, known), how


def _shifted(day: date, offset: int, unit: str, known: Known) -> date:
    """A day or moment `offset` units later."""
    try:
        if unit == "hour":
            # no text says at which hour it was issued or found: the whole day before would be too late
            start = day if isinstance(day, datetime) else datetime.combine(day, time(), tzinfo=known.zone)
            return (start.astimezone(UTC) + timedelta(hours=offset)).astimezone(known.zone)
        if unit == "business_day":
            return known.workdays.after(day, offset)
        if unit == "calendar_month":
            return _months(day, offset)
        return day + timedelta(days=offset)
    except OverflowError:
        return date.max


def _months(day: date, offset: int) -> date:
    """The same day of a later month; its last day where it is shorter.

    >>> _months(date(2025, 1, 31), 1)
    datetime.date(2025, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + offset, 12)
    if year > _LAST_YEAR:
        raise OverflowError
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def _said(clock: Clock, start: _Start, known: Known) -> str:
    said = f"{start.said} on {start.on}{start.more}"
    if clock.offset == 0:
        return f"on the day on which {start.said}, {start.on}{start.more}"
    if clock.unit == "hour" and not isinstance(start.on, datetime):
        return f"{_length(clock.offset, clock.unit)} after the day began on which {said}"
    business = f" ({known.workdays.label})" if clock.unit == "business_day" else ""
    return f"{_length(clock.offset, clock.unit)}{business} after {said}"


def _undated(clock: Clock, start: _Start) -> str:
    if clock.anchor in _GIVEN:
        return start.said
    if clock.anchor in _DONE:
        return f"{_length(clock.offset, clock.unit)} after {start.said}; the directive does not say when"
    return f"{_length(clock.offset, clock.unit)} after {start.said}" if clock.offset else f"when {start.said}"


def _length(number: int, unit: str) -> str:
    """A length of time in words.

    >>> _length(1, "business_day"), _length(3, "calendar_month")
    ('1 business day', '3 calendar months')
    """
    return f"{number} {unit.replace('_', ' ')}{'' if number == 1 else 's'}"


def _due(directive: Directive, clock: Clock, start: _Start, *, turn: int, on: date | None, how: str) -> Due:
    return Due(
        directive=directive.id,
        clock=clock.id,
        kind=clock.kind,
        report=clock.report,
        on=on,
        anchor=clock.anchor,
        anchored=start.on,
        how=how,
        turn=turn,
        about=start.about,
        note=clock.note,
    )


def _window(turns: Iterator[Due], zone: tzinfo, *, on: date, until: date | None) -> Iterator[Due]:
    """The turns that are wanted of one start; its first in any case, so that every clock is seen."""
    first = next(turns)
    rest = list(islice(turns, 1))  # of most clocks none
    if not rest:
        yield first
        return
    turns = chain((first, *rest), turns)
    if until is not None:
        yield from takewhile(lambda due: due.turn == 1 or _day(due, zone) <= until, turns)
        return
    past: list[Due] = []
    for due in turns:
        if _day(due, zone) >= on:
            yield from (*past, due, *islice(turns, AHEAD - 1))
            return
        past = [due]
    yield from past


def _day(due: Due, zone: tzinfo) -> date:
    return day_of(due, zone) or date.max
