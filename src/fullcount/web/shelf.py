"""The shelf: the counts of a workspace laid open for reading, each once, the latest few at a time.

A count is frozen, so that what was read from it once is never wrong; nothing is written here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from fullcount import chain
from fullcount.engine import statement
from fullcount.engines.duckdb import DuckDb
from fullcount.errors import FullcountError, UsageError
from fullcount.kept import KEPT, lay_beside, lay_open
from fullcount.report import SourceLine
from fullcount.web.compared import Pairs
from fullcount.web.counts import Counts, Kept
from fullcount.web.course import Courses
from fullcount.web.drafts import Drafts
from fullcount.web.due import Dues
from fullcount.web.packs import Packs
from fullcount.web.queued import exceptions

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

    from fullcount.chain import Counted
    from fullcount.engine import Engine
    from fullcount.workspace import Workspace

# The lists that grow with the fleet, and what is looked through where somebody searches them.
SEARCHED = {
    "host_list": ("name", "host", "clues"),
    "look_list": ("name", "host", "source"),
    "finding_list": ("title", "path", "host_name", "publisher"),
}
# Tables of which a page wants a few rows: held in memory, where they are not long, a page takes a tenth of the time.
HELD = (
    *SEARCHED,
    "hosts",
    "host_names",
    "host_components",
    "host_of",
    "host_clues",
    "clue_keys",
    "links",
    "looks",
    "complete_looks",
    "clues",
    "live_sources",
    "evidence",
    "answers",
    "exempted",
)
MOST = 1_000_000  # rows of such a table
OPEN = 3  # counts that are open at a time: the last, and two that are compared
MEMORY = "256MB"  # of each
# Small tables that pages need, made when a count is opened.
MADE = ("shown_clues", "shown_reasons", "shown_matched", "shown_carriers", "shown_exceptions")


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A count and an engine that shows its tables, and those of the readings."""

    counted: Counted
    engine: Engine
    beside: set[str] = field(default_factory=set)  # other counts of which the engine shows where machines stood
    known: dict[Hashable, Any] = field(default_factory=dict)  # what was found in it once

    def once(self, key: Hashable, find: Callable[[], Any]) -> Any:
        """What `find` finds in the count, which never changes; two threads may look at the same time, and both are right."""
        if key not in self.known:
            self.known[key] = find()
        return self.known[key]


class Shelf:
    """The counts of a workspace, by name. Any number of threads may ask."""

    def __init__(self, workspace: Workspace, spill: Path) -> None:
        """`spill`: where an engine puts what does not fit into memory."""
        self.workspace = workspace
        self.spill = spill
        self.opened: OrderedDict[str, Opened] = OrderedDict()
        self.lock = threading.Lock()
        self.newest = ("", "")
        self.counts = Counts(workspace)
        self.pairs = Pairs(workspace, spill)
        self.packs, self.courses = Packs(workspace), Courses(self.counts)
        self.dues, self.drafts = Dues(), Drafts()

    def state(self) -> str:
        """What changes whenever something was done in the workspace: reading, counting, deciding."""
        ledger = self.workspace.ledger
        return f"{(found := ledger.stat()).st_mtime_ns}-{found.st_size}" if ledger.exists() else ""

    def last(self) -> str:
        """The name of the count that was made or asked for last. Raises `NothingUsableError` where there is none."""
        state = self.state()
        if self.newest[0] != state or not self.newest[1]:
            self.newest = (state, chain.last(self.workspace).folder.name)
        return self.newest[1]

    def lay_beside(self, opened: Opened) -> list[Kept]:
        """Let the engine of a count show where machines stood in all others, too. Returns all that are kept, in the order in
        which they were first made.
        """
        counts = self.counts.kept()[::-1]
        with self.lock:
            for one in counts:
                if one.name not in opened.beside:
                    lay_beside(opened.engine, self.workspace.counts / one.name)
                    opened.beside.add(one.name)
        return counts

    def open(self, asked: str) -> Opened:
        """A count by its name, the beginning of it, `last` or `previous`. Raises `UsageError`; so does one of another version."""
        name = self.last() if asked == "last" else asked
        with self.lock:
            if name in self.opened:
                self.opened.move_to_end(name)
                return self.opened[name]
        counted = chain.named(self.workspace, name)
        with self.lock:
            if counted.folder.name not in self.opened:
                self.opened[counted.folder.name] = self._laid_open(counted)
                # an engine that is put aside closes when the last page that asks it is done
                while len(self.opened) > OPEN:
                    self.opened.popitem(last=False)
            return self.opened[counted.folder.name]

    def close(self) -> None:
        """Give back what the engines hold."""
        with self.lock:
            for one in self.opened.values():
                one.engine.close()
            self.opened.clear()

    def warm(self) -> None:
        """Read beforehand what the first pages would wait for: lists, packs, numbers of earlier counts."""
        import fullcount.readers  # noqa: F401 - the page of sources tells of all

        with suppress(FullcountError):  # the page says it
            newest = self.open("last")
            newest.once("held", lambda: _hold(newest))
            for account in newest.counted.accounts:
                self.packs.at_hand(account)
                while self.courses.of(account.directive["id"]).left:
                    pass

    def _laid_open(self, counted: Counted) -> Opened:
        if any(not (counted.folder / f"{table}.parquet").exists() for table in KEPT):
            hint = "`fullcount count` makes it anew from what was read"
            raise UsageError(f"count {counted.folder.name} was made by another version of fullcount", hint=hint)
        engine = DuckDb([self.workspace.folder], memory=MEMORY, spill=self.spill, threads=1)  # several pages ask at a time
        lay_open(engine, counted.folder)
        for table, words in SEARCHED.items():
            engine.search(table, counted.folder, words=words)
        chain.mount(self.workspace, engine)
        _put_sources(engine, counted)
        engine.put("account_exceptions", exceptions(counted))
        for table in MADE:
            engine.make(table, statement(table))
        return Opened(counted=counted, engine=engine)


def _hold(opened: Opened) -> bool:
    """Take tables into memory; the engine puts aside what does not fit. Whether all are: others are read where they lie."""
    with suppress(FullcountError):
        for table in HELD:
            found = opened.engine.ask(f"select count(*) as number from {table}", {})  # noqa: S608 - our own words
            if found.column("number")[0].as_py() <= MOST:
                opened.engine.hold(table)
        return True
    return False


def _put_sources(engine: Engine, counted: Counted) -> None:
    """The sources as the account tells of them: they are the same under every directive."""
    import pyarrow as pa

    rows = [{**asdict(one), "notes": "\n".join(one.notes)} for one in counted.accounts[0].sources]
    kinds = {one.name: pa.int64() if one.type == "int" else pa.string() for one in fields(SourceLine)}
    schema = pa.schema(list(kinds.items()))
    engine.put("account_sources", pa.Table.from_pylist(rows, schema=schema))
