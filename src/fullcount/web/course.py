"""How the numbers went: a point of each kept count. A count is frozen, so that each is read once.

An account names each of its sources, so that reading hundreds takes seconds: a page reads for a moment only, the newest first,
and the next one goes on.
"""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from fullcount.burndown import Point

if TYPE_CHECKING:
    from fullcount.web.counts import Counts, Head

READS = 0.1  # seconds of a page


class Read(NamedTuple):
    """The points of a directive by day, of a day the count that was made or asked for last; `left`: counts still to be read."""

    points: tuple[Point, ...]
    left: int


class Courses:
    """The points of all kept counts of a workspace. Any number of threads may ask."""

    def __init__(self, counts: Counts, *, reads: float = READS) -> None:
        """`reads`: for how long a page reads what was not read before, in seconds; one count is read in any case."""
        self.counts = counts
        self.reads = reads

    def of(self, directive: str) -> Read:
        """The points of a directive. Counts without a day have none."""
        names = self.counts.newest_first()
        self._go_on(names)
        known = [name for name in names if name in self.counts.read]
        found: dict[date, Point] = {}
        for name in known:
            if (head := self.counts.heads(name).get(directive)) and head.as_of:
                point = _point(name, head)
                found.setdefault(point.on, point)
        return Read(tuple(found[day] for day in sorted(found)), len(names) - len(known))

    def _go_on(self, names: list[str]) -> None:
        end = time.monotonic() + self.reads
        for name in names:
            if name not in self.counts.read:
                self.counts.heads(name)
                if time.monotonic() > end:
                    return


def _point(name: str, head: Head) -> Point:
    total = head.total
    return Point(
        name=name,
        on=date.fromisoformat(head.as_of[:10]),
        systems=total.systems,
        with_it=total.with_it,
        not_covered=total.not_covered,
        label=total.with_it_label,
    )
