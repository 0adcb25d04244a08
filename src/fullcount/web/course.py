"""How the numbers went: a point of each kept count. A count is frozen, so that each is read once.

An account names each of its sources, so that reading hundreds takes seconds: a page reads for a moment only, the newest first,
and the next one goes on.
"""

from __future__ import annotations

import threading
import time
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from fullcount import chain
from fullcount.burndown import Point
from fullcount.workspace import folders

if TYPE_CHECKING:
    from fullcount.workspace import Workspace

READS = 0.1  # seconds of a page


class Read(NamedTuple):
    """The points of a directive by day, of a day the count that was made or asked for last; `left`: counts still to be read."""

    points: tuple[Point, ...]
    left: int


class Courses:
    """The points of all kept counts of a workspace. Any number of threads may ask."""

    def __init__(self, workspace: Workspace, *, reads: float = READS) -> None:
        """`reads`: for how long a page reads what was not read before, in seconds; one count is read in any case."""
        self.workspace = workspace
        self.reads = reads
        self.points: dict[str, dict[str, Point]] = {}  # by count and directive
        self.order: tuple[object, list[str]] = (None, [])
        self.lock = threading.Lock()

    def of(self, directive: str) -> Read:
        """The points of a directive. Counts without a day have none."""
        with self.lock:
            names = self._names()
            self._go_on(names)
            found: dict[date, Point] = {}
            for name in names:
                if point := self.points.get(name, {}).get(directive):
                    found.setdefault(point.on, point)
            left = sum(name not in self.points for name in names)
        return Read(tuple(found[day] for day in sorted(found)), left)

    def _names(self) -> list[str]:
        """The kept counts, those that were asked for last first."""
        ledger = self.workspace.ledger
        state = (ledger.stat().st_mtime_ns if ledger.exists() else 0, self.workspace.counts.stat().st_mtime_ns)
        if self.order[0] != state:
            present = {folder.name for folder in folders(self.workspace.counts)}
            asked = dict.fromkeys(reversed(chain.asked_for(self.workspace)))
            self.order = (state, [name for name in asked if name in present])
        return self.order[1]

    def _go_on(self, names: list[str]) -> None:
        end = time.monotonic() + self.reads
        for name in names:
            if name not in self.points:
                self.points[name] = self._read(name)
                if time.monotonic() > end:
                    return

    def _read(self, name: str) -> dict[str, Point]:
        documents = chain.documents(self.workspace.counts / name)
        return {
            one["directive"]["id"]: Point(
                name=name,
                on=date.fromisoformat(one["as_of"][:10]),
                systems=one["total"]["systems"],
                with_it=one["total"]["with_it"],
                not_covered=one["total"]["not_covered"],
                label=one["total"]["with_it_label"],
            )
            for one in documents
            if one["as_of"]
        }
