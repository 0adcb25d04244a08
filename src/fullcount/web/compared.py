"""Two counts compared, for pages: each pair is compared once, and the latest few are kept. Counts are frozen, so that what was
found once stays true. The lists of a comparison are tables of an engine of its own.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fullcount.chain import load
from fullcount.diff import BESIDE, ENTERED, LEFT, LISTS, changed, compared, diff, shared_directives
from fullcount.engines.duckdb import DuckDb
from fullcount.errors import UsageError
from fullcount.web.choices import same
from fullcount.web.listing import Column, Filter, Listing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from fullcount.chain import Counted
    from fullcount.engine import Engine
    from fullcount.web.asked import Asked
    from fullcount.workspace import Workspace

PAIRS = 3  # comparisons that are kept
MEMORY = "256MB"  # of each
BOTH = ("before", "after")  # what an address calls the two counts
SIDES = {"entered": ENTERED, "left": LEFT, "beside": BESIDE}
SOURCES_ADDED, SOURCES_LEFT = HOW = "added", "left out"  # of files, in the later count


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two counts compared: what `diff.compared` says by directive, what `diff.changed` says, and the engine with their lists."""

    documents: Mapping[str, Mapping[str, Any]]
    changed: Mapping[str, Any]
    engine: Engine


class Pairs:
    """The comparisons of a workspace, by the names of both counts. Any number of threads may ask."""

    def __init__(self, workspace: Workspace, spill: Path) -> None:
        """`spill`: where an engine puts what does not fit into memory."""
        self.workspace = workspace
        self.spill = spill
        self.made: OrderedDict[tuple[str, str], Pair] = OrderedDict()
        self.lock = threading.Lock()
        self.making = threading.Lock()

    def of(self, before: str, after: str) -> Pair:
        """The comparison of two counts by their whole names. Raises `UsageError` where they share no directive."""
        found = self._kept((before, after))
        if found:
            return found
        # one at a time, in bounded memory: who waited for another's often finds it made
        with self.making:
            found = self._kept((before, after)) or self._compared(before, after)
            with self.lock:
                self.made[before, after] = found
                # an engine that is put aside closes when the last page that asks it is done
                while len(self.made) > PAIRS:
                    self.made.popitem(last=False)
            return found

    def _kept(self, names: tuple[str, str]) -> Pair | None:
        with self.lock:
            if names in self.made:
                self.made.move_to_end(names)
            return self.made.get(names)

    def _compared(self, before: str, after: str) -> Pair:
        counts = [load(self.workspace.counts / name) for name in (before, after)]
        first, second = counts
        accounts = shared_directives(first.accounts, second.accounts)
        engine = DuckDb([self.workspace.folder], memory=MEMORY, spill=self.spill)
        diff(engine, first.folder, second.folder)
        engine.put("diff_sources", _sources(*counts))
        return Pair(
            documents={one.directive["id"]: compared(engine, one, other) for one, other in accounts},
            changed=changed(first.folder, second.folder, accounts, self.workspace.decided()),
            engine=engine,
        )


def _sources(before: Counted, after: Counted) -> pa.Table:
    """The sources that only one of two counts has."""
    import pyarrow as pa

    names = ("name", "digest", "reader", "collected_at", "records")
    had, has = ({(row.digest, row.name): row for row in one.accounts[0].sources} for one in (before, after))
    rows = [
        {"how": how, **{name: getattr(mine[one], name) for name in names}}
        for how, mine, other in ((SOURCES_ADDED, has, had), (SOURCES_LEFT, had, has))
        for one in sorted(mine.keys() - other.keys())
    ]
    schema = pa.schema([(name, pa.int64() if name == "records" else pa.string()) for name in ("how", *names)])
    return pa.Table.from_pylist(rows, schema=schema)


def names(asked: Asked) -> tuple[str, str]:
    """The two counts that an address means: by default the one that is shown, and the one made before it. The first is empty
    where there is none before. Raises `UsageError` where no count is called so.
    """
    counts = asked.house.shelf.counts
    before, after = (asked.values.get(name, "") for name in BOTH)
    after = counts.named(after) if after else asked.account.count
    return (counts.named(before) if before else counts.before(after)), after


def _engine(asked: Asked) -> Engine:
    before, after = names(asked)
    if not before:
        raise UsageError("there is one count only", hint="two are compared: count again when new exports are there")
    return asked.house.shelf.pairs.of(before, after).engine


def _about(asked: Asked) -> tuple[str, str]:
    """Which two counts are compared, and the page that does."""
    before, after = names(asked)
    known = {one.name: one.heads.get(asked.directive) for one in asked.house.shelf.counts.kept()}
    days = [(head.as_of if (head := known.get(name)) else "") or "an unknown day" for name in (before, after)]
    words = f"Count {before[:8]} as of {days[0]}, compared with {after[:8]} as of {days[1]}"
    return words, asked.place("compare", frozen=True, before=before, after=after)


def _host(asked: Asked, row: Mapping[str, Any]) -> str:
    """The page of a system: in the count after, else, where that has none, in the one before."""
    from urllib.parse import quote

    before, after = names(asked)
    count, host = (after, row["after_host"]) if row["after_host"] else (before, row["before_host"])
    return asked.elsewhere(count, f"host/{quote(host, safe='')}")


def file_page(asked: Asked, row: Mapping[str, Any]) -> str:
    """The page of a file that only one of the counts has, in that count; `row` as the listing `FILES` has it."""
    before, after = names(asked)
    return asked.elsewhere(after if row["how"] == SOURCES_ADDED else before, f"source/{row['digest']}")


def _of_side() -> str:
    cases = (f"when list in ({', '.join(map(repr, lists))}) then '{side}'" for side, lists in SIDES.items())
    return f"case {' '.join(cases)} end = $side"


SYSTEMS = Listing(
    name="compared systems",
    title="Systems of which two counts differ",
    unit="systems, once for each list they are in",
    table="diff_list",
    place="compare/list",
    engine=_engine,
    chosen=BOTH,
    about=_about,
    columns=(
        Column(name="name", label="Host", kind="host", where=_host),
        Column(name="list", label="List"),
        Column(name="component", label="Component"),
        Column(name="before_standing", label="Stood", kind="standing"),
        Column(name="before_reason", label="Because", narrow=True),
        Column(name="after_standing", label="Stands", kind="standing"),
        Column(name="after_reason", label="Because", narrow=True),
        Column(name="detail", label="What is special"),
        Column(name="products", label="Products"),
        Column(name="last_seen", label="Last seen", kind="time", narrow=True),
        Column(name="last_looked", label="Last whole look", kind="time"),
    ),
    kept=("host", "before_host", "after_host", "before_looked_at", "after_looked_at", "how", "shares", "near_host"),
    order="component, name, host, list, before_host",
    filters=(
        Filter(names=("q",), label="Name", sql="contains(lower(concat_ws(' ', name, host)), lower($q))"),
        Filter(names=("list",), label="List", sql="list = $list", choices=lambda _: same(LISTS)),
        Filter(names=("side",), label="Of those with it", sql=_of_side(), choices=lambda _: same(SIDES)),
        Filter(
            names=("detail",),
            label="What is special",
            sql="how not in ('merged', 'split') and detail = $detail",
            is_offered=False,
        ),
    ),
)
FILES = Listing(
    name="compared files",
    title="Files that only one of two counts has",
    unit="sources",
    table="diff_sources",
    place="compare/files",
    engine=_engine,
    chosen=BOTH,
    about=_about,
    columns=(
        Column(name="name", label="File", kind="name", where=file_page),
        Column(name="how", label="In the later count"),
        Column(name="reader", label="Reader"),
        Column(name="collected_at", label="Collected"),
        Column(name="records", label="Records", kind="number"),
    ),
    kept=("digest",),
    order="how, name, digest",
    of_directive=False,
    filters=(
        Filter(names=("q",), label="File", sql="contains(lower(name), lower($q))"),
        Filter(names=("how",), label="In the later count", sql="how = $how", choices=lambda _: same(HOW)),
    ),
)
COMPARED = (SYSTEMS, FILES)
