"""The counts that are kept: when each was made, and what it says of all systems. A count is frozen: it is read once."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fullcount import chain, ledger
from fullcount.report import Line
from fullcount.workspace import folders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fullcount.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a count says under one directive: as of which day, and how many systems stand where."""

    as_of: str
    title: str  # the directive's short title
    total: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A count that is kept: its name, when it was first made (ISO, UTC), and what it says, by directive."""

    name: str
    made_at: str
    heads: Mapping[str, Head]


class Counts:
    """The counts of a workspace. Any number of threads may ask."""

    def __init__(self, workspace: Workspace) -> None:
        """Of this workspace."""
        self.workspace = workspace
        self.read: dict[str, Mapping[str, Head]] = {}  # by name: a few numbers each
        self.order: tuple[object, list[tuple[str, str]]] = (None, [])  # of a state of the ledger and of the folder of counts
        self.lock = threading.Lock()

    def kept(self) -> list[Kept]:
        """All that are kept, each once, the one that was made last first."""
        made: dict[str, str] = {}
        for at, name in self._asked_for():
            made.setdefault(name, at)
        return [Kept(name=name, made_at=at, heads=self.heads(name)) for name, at in reversed(made.items())]

    def newest_first(self) -> list[str]:
        """Their names, those that were asked for last first."""
        return list(dict.fromkeys(name for _, name in reversed(self._asked_for())))

    def named(self, asked: str) -> str:
        """The whole name of a count; see `chain.named`. Raises `UsageError`."""
        return asked if asked in self.read else chain.named(self.workspace, asked).folder.name

    def before(self, name: str) -> str:
        """The count that was made or asked for before another one was, the last time; empty where there is none."""
        order = [one for _, one in reversed(self._asked_for())]  # the newest first
        later = order.index(name) if name in order else len(order)
        return next((one for one in order[later:] if one != name), "")

    def _asked_for(self) -> list[tuple[str, str]]:
        """When which count was made or asked for, in that order."""
        ledger_file = self.workspace.ledger
        state = (ledger_file.stat().st_mtime_ns if ledger_file.exists() else 0, self.workspace.counts.stat().st_mtime_ns)
        if self.order[0] != state:
            present = {folder.name for folder in folders(self.workspace.counts)}
            entries = [entry for entry in ledger.entries(ledger_file) if entry.what == "count"]
            self.order = (state, [(one.at, one.facts["count"]) for one in entries if one.facts["count"] in present])
        return self.order[1]

    def heads(self, name: str) -> Mapping[str, Head]:
        """What a count says, by directive."""
        with self.lock:
            if name not in self.read:
                self.read[name] = {
                    one["directive"]["id"]: Head(
                        as_of=one["as_of"], title=one["directive"].get("short_title") or "", total=Line(**one["total"])
                    )
                    for one in chain.documents(self.workspace.counts / name)
                }
            return self.read[name]
