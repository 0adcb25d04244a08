"""Due dates as a calendar that other programs import (iCalendar, RFC 5545). The same due dates give the same bytes.

A clock that goes on is written out turn by turn: no rule of the format can say "the next business day" or "until full
removal", and an event of its own can be ticked off, moved and commented.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import IO, TYPE_CHECKING

from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from fullcount.clock import Due
    from fullcount.directive import Directive

_WIDTH = 75  # octets of a line, the space that continues one included
_ALARMS = (("-P7D", "in a week"), ("-P1D", "tomorrow"))
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_LONGEST = 4_000  # characters of a text
_SEVERAL = frozenset({"discovery", "report_submitted"})  # anchors of clocks that run more than once


def write(dues: Iterable[Due], directives: Mapping[str, Directive], file: IO[bytes]) -> None:
    """Write the due dates that have a date. `directives`: by id, those that the due dates are of."""
    names = ", ".join(sorted({one.short_title for one in directives.values()}))
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//fullcount//deadlines//EN", "CALSCALE:GREGORIAN")
    lines = [*head, f"X-WR-CALNAME:{_text(f'Deadlines: {names}')}"]
    for due in dues:
        if due.on is not None:
            lines += _event(due, due.on, directives[due.directive])
    for line in (*lines, "END:VCALENDAR"):
        file.write(b"\r\n ".join(_folded(line)) + b"\r\n")


def _event(due: Due, on: date, directive: Directive) -> Iterator[str]:
    """An event without length: a whole day, or a moment in UTC, so that no zone need be described."""
    turn = f" ({due.turn})" if due.turn > 1 else ""
    summary = _text(f"{directive.short_title}: {due.clock}{turn} due")
    told = (f"{due.how}.", due.about, due.note, f"{directive.title} ({', '.join(directive.citations) or directive.issuer})")
    yield "BEGIN:VEVENT"
    yield f"UID:{_uid(due)}"
    yield f"DTSTAMP:{_stamp(due, directive):%Y%m%d}T000000Z"
    yield f"DTSTART:{on.astimezone(UTC):%Y%m%dT%H%M%SZ}" if isinstance(on, datetime) else f"DTSTART;VALUE=DATE:{on:%Y%m%d}"
    yield f"SUMMARY:{summary}"
    description = "\n".join(visible(one, _LONGEST) for one in told if one)
    yield f"DESCRIPTION:{_escaped(description)}"
    yield f"CATEGORIES:{','.join(_text(kind) for kind in due.kind) or 'deadline'}"
    yield f"URL:{visible(directive.url)}"
    yield "TRANSP:TRANSPARENT"  # nobody is busy on that day because of it
    for trigger, said in _ALARMS:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:{trigger}", f"DESCRIPTION:{summary} {said}", "END:VALARM")
    yield "END:VEVENT"


def _uid(due: Due) -> str:
    """The same event for as long as the clock has its name: a corrected date moves it instead of adding another. What is
    found or sent on another day is another event.
    """
    several = due.anchor in _SEVERAL
    parts = (due.directive, due.clock, due.turn, due.anchored if several else "")
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32] + "@fullcount"


def _stamp(due: Due, directive: Directive) -> date:
    """The day from which the event could be known; the moment of writing would make each export another."""
    later = due.anchored if due.anchor in _SEVERAL else None
    return max(directive.issued, later or directive.issued)


def _text(text: str) -> str:
    return _escaped(visible(text, _LONGEST))


def _escaped(text: str) -> str:
    return text.translate(_ESCAPED)


def _folded(line: str) -> Iterator[bytes]:
    """A line in pieces of at most 75 octets, with the space that continues one; no character is divided."""
    piece, room = b"", _WIDTH
    for char in line:
        octets = char.encode()
        if len(piece) + len(octets) > room:
            yield piece
            piece, room = b"", _WIDTH - 1
        piece += octets
    yield piece
