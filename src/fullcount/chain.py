"""The chain: sources that count, records, hosts, verdicts, findings, standings, account. One call runs it all.

A count's id is the digest of everything that goes in: sources, decisions, directives, settings, as-of and the
version of counting. The same inputs give the same id, and a count that exists is not made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fullcount import __version__, ledger, when
from fullcount.account import Context, accounts
from fullcount.count import KEPT, LIVE_SOURCES, VERSION, count, frame
from fullcount.engine import Mount, rows_table
from fullcount.errors import NothingUsableError, UsageError
from fullcount.exports import matches
from fullcount.match import match
from fullcount.model import Moment
from fullcount.read import REFUSED
from fullcount.report import Account
from fullcount.resolve import resolve
from fullcount.table import mapped
from fullcount.workspace import folders, land

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from fullcount.directive import Directive
    from fullcount.engine import Engine
    from fullcount.reader import Reader
    from fullcount.settings import Settings
    from fullcount.workspace import Workspace

_ACCOUNTS = "accounts.json"
_FIRST_YEAR, _LAST_YEAR = 1970, 9000  # far enough from the ends of what a date can be
_LISTS = {
    "hosts": "host_list",
    "findings": "finding_list",
    "unplaced": "unplaced_list",
    "conflicts": "conflict_list",
    "rejects": "reject_list",
    "apart": "apart_list",
    "later": "later_list",
}


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A count: its folder, whose name is the count's id, and an account for each directive."""

    folder: Path
    accounts: tuple[Account, ...]

    def of(self, directive: str = "") -> Account:
        """The account under a directive; the only one where none is named. Raises `UsageError`."""
        found = [one for one in self.accounts if directive in {"", one.directive["id"]}]
        if len(found) != 1:
            names = ", ".join(one.directive["id"] for one in self.accounts)
            raise UsageError(
                "which directive?" if found else f"not counted under {directive}", hint=f"--directive one of: {names}"
            )
        return found[0]

    def lists(self, directive: str, name: str) -> Iterator[pa.RecordBatch]:
        """The list behind a number, batch by batch, in a stated order: as it was written."""
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        for batch in pq.ParquetFile(self.folder / f"{_LISTS[name]}.parquet").iter_batches():
            yield batch.filter(pc.equal(batch["directive"], pa.scalar(directive))) if "directive" in batch.schema.names else batch


@dataclass(frozen=True, kw_only=True)
class _Inputs:
    """Everything that decides a count."""

    sources: Sequence[Mapping[str, Any]]
    refused: Sequence[Mapping[str, Any]]
    decided: Sequence[Mapping[str, str]]
    settings: Settings
    directives: Sequence[Directive]
    moment: Moment


def run(
    workspace: Workspace, engine: Engine, *, directives: Sequence[Directive], readers: Sequence[Reader], as_of: date | None = None
) -> Counted:
    """Count what a workspace holds. Raises `NothingUsableError` where it holds nothing."""
    with workspace.writing():
        settings = workspace.settings()
        sources, refused, dropped = live(workspace, settings)
        if not sources:
            raise NothingUsableError(
                "there is nothing to count", place=str(workspace.folder), hint="`fullcount read EXPORTS` first"
            )
        moment = moment_of(sources, settings, as_of)
        name = _id(
            _Inputs(
                sources=sources,
                refused=refused,
                decided=workspace.decided(),
                settings=settings,
                directives=directives,
                moment=moment,
            ),
        )
        final = workspace.counts / name
        if not final.exists():
            by_name = {reader.name: reader for reader in (*readers, *map(mapped, settings.table))}
            context = Context(
                count=name,
                moment=moment,
                made_by=f"fullcount {__version__}",
                settings=settings,
                readers=by_name,
                sources=sources,
                refused=refused,
                dropped=dropped,
            )
            _make(workspace, engine, directives, context)
        if name not in _asked_for(workspace)[-1:]:  # asking again changes nothing
            ledger.append(
                workspace.ledger, "count", count=name, directives=[one.id for one in directives], as_of=str(moment.end or "")
            )
    return load(final)


def load(folder: Path) -> Counted:
    """A count that was made."""
    documents = json.loads((folder / _ACCOUNTS).read_text("utf-8"))
    return Counted(folder=folder, accounts=tuple(Account.of(document) for document in documents))


def last(workspace: Workspace) -> Counted:
    """The count that was made or asked for last. Raises `NothingUsableError` where there is none."""
    present = {folder.name: folder for folder in folders(workspace.counts)}
    for name in reversed(_asked_for(workspace)):
        if name in present:
            return load(present[name])
    raise NothingUsableError("nothing was counted yet", place=str(workspace.folder), hint="`fullcount count` first")


def _asked_for(workspace: Workspace) -> list[str]:
    """The counts that were made or asked for, in that order, as the ledger has them."""
    return [entry.facts["count"] for entry in ledger.entries(workspace.ledger) if entry.what == "count"]


def live(workspace: Workspace, settings: Settings) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    """The sources that count, with their final dates and components; the refused files; and how many were dropped.

    Of several readings of the same bytes the newest counts: by a newer reader, or by a mapping that was corrected.
    """
    gone = {one["identity"] for one in workspace.decided() if one["what"] == "drop"}
    newest = {(row["digest"], row["host"] or "", row["reader"] == REFUSED): row for row in workspace.sources()}
    rows = sorted(newest.values(), key=lambda row: (row["names"], row["identity"]))
    used = {row["digest"]: row for row in rows if row["reader"] != REFUSED}
    names = {name for row in used.values() for name in row["names"]}
    refused = [
        _named(row)
        for row in rows
        if row["reader"] == REFUSED
        and row["identity"] not in gone
        and row["digest"] not in used
        and not (row["digest"] == "" and names.issuperset(row["names"]))  # could not be opened, and later could
    ]
    found = [_dated(_named(row), settings) for row in rows if row["reader"] != REFUSED and row["identity"] not in gone]
    return found, refused, len({row["identity"] for row in rows} & gone)


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) | {"name": row["names"][0] if row["names"] else row["digest"][:12], "tool": row["reader"]}


def _dated(row: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Apply what the settings say of a source: its date, unless an option gave one, and its component."""
    rules = [rule for rule in settings.source if any(matches(name, rule.match) for name in row["names"])]
    tables = [table for table in settings.table if table.name == row["reader"] and table.date]
    dates = [rule.collected_at for rule in rules if rule.collected_at] + [table.date for table in tables]
    if dates and row["collected_how"] != "option":
        row |= {"collected_at": dates[0], "collected_how": "settings"}
    said = sorted({rule.component for rule in rules if rule.component})
    by_rule = sorted(
        {
            rule.name
            for rule in settings.component
            for folder in row["folders"]
            if any(matches(folder, one) for one in rule.folder)
        }
    )
    by_folder = sorted({part for folder in row["folders"] if (part := component_in(folder))})
    return row | {"components": said or by_rule or by_folder}


def component_in(folder: str) -> str:
    """The component that a folder stands for: its first part that is no date.

    >>> component_in("Ports/2017-10-01"), component_in("2017-10-01/Ports"), component_in("2017-10-01")
    ('Ports', 'Ports', '')
    """
    return next((part for part in folder.split("/") if when.without_date(part).strip(" _-.")), "")


def moment_of(sources: Sequence[Mapping[str, Any]], settings: Settings, as_of: date | None) -> Moment:
    """The end of the day as of which is counted, in the settings' time zone; by default that of the newest source."""
    how = "option"
    if as_of is None:
        dates = [row["collected_at"] for row in sources if row["collected_at"]]
        if not dates:
            return Moment(end=None, how="unknown")
        as_of, how = max(dates).replace(tzinfo=UTC).astimezone(settings.zone).date(), "newest source"
    if not _FIRST_YEAR <= as_of.year <= _LAST_YEAR:
        raise UsageError(f"no count can be as of {as_of}", hint=f"a day from {_FIRST_YEAR} to {_LAST_YEAR}")
    end = datetime.combine(as_of + timedelta(days=1), time(), tzinfo=settings.zone)
    return Moment(end=end.astimezone(UTC).replace(tzinfo=None), how=how)


@cache
def statements() -> str:
    """The digest of all statements: a corrected one makes a new count of the same inputs."""
    folder = files("fullcount") / "sql"
    texts = [one.read_bytes() for one in sorted(folder.iterdir(), key=lambda one: one.name) if one.name.endswith(".sql")]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def _id(inputs: _Inputs) -> str:
    parts = [
        VERSION,
        __version__,
        statements(),
        sorted((row["identity"], row["reader_version"], row["names"], str(row["collected_at"])) for row in inputs.sources),
        sorted((row["identity"], row["names"]) for row in inputs.refused),
        list(inputs.decided),
        [(one.id, one.version, one.digest) for one in inputs.directives],
        repr(inputs.settings),
        str(inputs.moment),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _make(workspace: Workspace, engine: Engine, directives: Sequence[Directive], context: Context) -> None:
    """Run the stages and land the count."""
    mounts, starts = _mounts(workspace)
    engine.mount(mounts)
    rows = [dict(row) | {"source": starts[row["turn"]] + row["source"]} for row in context.sources]
    engine.put("live_sources", rows_table([{name: row[name] for name in LIVE_SOURCES} for row in rows], LIVE_SOURCES))
    components = [{"source": row["source"], "component": one} for row in rows for one in row["components"]]
    engine.put("source_components", rows_table(components, {"source": "int64", "component": "text"}))
    frame(engine, context.settings, context.moment)
    resolve(engine)
    match(engine, directives)
    count(engine, context.settings, directives)
    made = accounts(engine, directives, context)
    aside = workspace.counts / f"aside-{os.getpid()}"
    aside.mkdir(parents=True)
    try:
        for table in KEPT:
            engine.save(table, aside / f"{table}.parquet")
        (aside / _ACCOUNTS).write_text(json.dumps([one.document() for one in made], ensure_ascii=False, indent=1), "utf-8")
        land(aside, workspace.counts / context.count)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def mount(workspace: Workspace, engine: Engine) -> None:
    """Show the readings of a workspace, with the ids that its counts use: readings are only ever added."""
    engine.mount(_mounts(workspace)[0])


def _mounts(workspace: Workspace) -> tuple[list[Mount], list[int]]:
    """The readings with what is added to their ids, and the source offsets by turn."""
    import pyarrow.parquet as pq

    ends = {"sources": 0, "records": 0, "titles": 0, "details": 0}
    mounts = []
    for folder in folders(workspace.readings):
        mounts.append(
            Mount(folder=folder, source=ends["sources"], record=ends["records"], title=ends["titles"], detail=ends["details"])
        )
        for table in ends:
            ends[table] += pq.read_metadata(folder / f"{table}.parquet").num_rows
    return mounts, [mount.source for mount in mounts]
