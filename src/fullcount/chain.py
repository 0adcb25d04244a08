"""The chain: sources that count, records, hosts, verdicts, findings, standings, account. One call runs it all.

A count's id is the digest of everything that goes in: sources, decisions, directives, settings, as-of and the
version of counting. The same inputs give the same id, and a count that exists is not made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fullcount import __version__, decision, ledger
from fullcount.account import Context, accounts
from fullcount.count import LIVE_SOURCES, VERSION, count, frame
from fullcount.engine import Mount, rows_table
from fullcount.entry import NOT_WRITTEN
from fullcount.errors import NothingUsableError, UsageError
from fullcount.kept import ACCOUNTS, INPUTS, KEPT, with_estimates
from fullcount.left import LEFT_FILES, left_rows
from fullcount.live import live, moment_of
from fullcount.match import match
from fullcount.memory import lean
from fullcount.near import near
from fullcount.protect import protect
from fullcount.report import Account
from fullcount.resolve import resolve
from fullcount.reuse import Reusing
from fullcount.table import mapped
from fullcount.text import key
from fullcount.workspace import folders, land

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    import pyarrow as pa

    from fullcount.decision import Decision
    from fullcount.directive import Directive
    from fullcount.engine import Engine
    from fullcount.model import Moment
    from fullcount.reader import Reader
    from fullcount.register import Registers
    from fullcount.settings import Settings
    from fullcount.workspace import Workspace

_LISTS = {
    "hosts": "host_list",
    "findings": "finding_list",
    "unplaced": "unplaced_list",
    "called back": "called_list",
    "console": "console_list",
    "conflicts": "conflict_list",
    "rejects": "reject_list",
    "apart": "apart_list",
    "later": "later_list",
    "looks": "look_list",
    "near titles": "near_titles",
    "decided titles": "decided_titles",
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
    dropped: Sequence[Mapping[str, Any]]
    decided: Sequence[Decision]
    registers: Registers
    settings: Settings  # with the exceptions of the registers
    directives: Sequence[Directive]
    moment: Moment


def run(
    workspace: Workspace, engine: Engine, *, directives: Sequence[Directive], readers: Sequence[Reader], as_of: date | None = None
) -> Counted:
    """Count what a workspace holds. Raises `NothingUsableError` where it holds nothing."""
    lean()
    with workspace.writing():
        inputs = _inputs(workspace, workspace.decided(), directives, as_of)
        name = _id(inputs)
        final = workspace.counts / name
        if not final.exists():
            reusing = _reusing(workspace, engine)
            with _aside(workspace, reusing) as aside:
                made = _made(workspace, reusing, inputs, _context(inputs, readers))
                reusing.say()
                _land(aside, inputs, made, final)
        if name not in asked_for(workspace)[-1:]:  # asking again changes nothing
            as_of_end = str(inputs.moment.end or "")
            ledger.append(workspace.ledger, "count", count=name, directives=[one.id for one in directives], as_of=as_of_end)
    return load(final)


def preview(
    workspace: Workspace,
    engine: Engine,
    *,
    also: Decision,
    directives: Sequence[Directive],
    readers: Sequence[Reader],
) -> tuple[Account, ...]:
    """The accounts of a count in which one more decision holds; nothing is kept. Raises as `run` does."""
    inputs = _inputs(workspace, [*workspace.decided(), also], directives, None)
    reusing = _reusing(workspace, engine)
    with workspace.writing(), _aside(workspace, reusing):
        return tuple(_made(workspace, reusing, inputs, _context(inputs, readers)))


def _reusing(workspace: Workspace, engine: Engine) -> Reusing:
    """An engine that takes over what earlier counts have made of the same."""
    order = {name: turn for turn, name in enumerate(asked_for(workspace))}
    earlier = sorted(folders(workspace.counts), key=lambda folder: order.get(folder.name, -1), reverse=True)
    return Reusing(engine, earlier, version=f"{VERSION} {__version__}")


def _inputs(workspace: Workspace, decided: Sequence[Decision], directives: Sequence[Directive], as_of: date | None) -> _Inputs:
    settings, registers = workspace.settings(), workspace.registers()
    settings = replace(settings, exemption=(*settings.exemption, *registers.exceptions))
    holding = decision.in_effect(decided)
    sources, refused, dropped = live(workspace, settings, holding, as_of)
    if not sources:
        raise NothingUsableError("there is nothing to count", place=str(workspace.folder), hint="`fullcount read EXPORTS` first")
    return _Inputs(
        sources=sources,
        refused=refused,
        dropped=dropped,
        decided=holding,
        registers=registers,
        settings=settings,
        directives=directives,
        moment=moment_of(sources, settings, as_of),
    )


def _context(inputs: _Inputs, readers: Sequence[Reader]) -> Context:
    return Context(
        count=_id(inputs),
        moment=inputs.moment,
        made_by=f"fullcount {__version__}",
        settings=inputs.settings,
        readers={reader.name: reader for reader in (*readers, *map(mapped, inputs.settings.table))},
        sources=inputs.sources,
        refused=inputs.refused,
        dropped=len(inputs.dropped),
        attestations=inputs.registers.attestations,
    )


def load(folder: Path) -> Counted:
    """A count that was made, with what was estimated for it since."""
    return Counted(folder=folder, accounts=tuple(with_estimates(folder, map(Account.of, documents(folder)))))


def documents(folder: Path) -> list[dict[str, Any]]:
    """The accounts of a count, as they are written."""
    return list(json.loads((folder / ACCOUNTS).read_text("utf-8")))


def last(workspace: Workspace) -> Counted:
    """The count that was made or asked for last. Raises `NothingUsableError` where there is none."""
    present = {folder.name: folder for folder in folders(workspace.counts)}
    for name in reversed(asked_for(workspace)):
        if name in present:
            return load(present[name])
    raise NothingUsableError("nothing was counted yet", place=str(workspace.folder), hint="`fullcount count` first")


def named(workspace: Workspace, asked: str) -> Counted:
    """The count that is meant: its id, the beginning of it that no other has, `last` or `previous` (the one that was made
    or asked for before the last). Raises `UsageError` where that is none, or several.
    """
    newest = last(workspace).folder.name
    present = [folder.name for folder in folders(workspace.counts)]
    if asked == "last":
        return load(workspace.counts / newest)
    order = [name for name in reversed(asked_for(workspace)) if name in present]
    listed = ", ".join(dict.fromkeys(order))
    if asked == "previous":
        found = [name for name in order if name != newest][:1]
    else:
        found = [name for name in present if asked and name.startswith(asked)]
    if len(found) != 1:
        how = "there is no count before the last" if asked == "previous" else f"no count is called {asked}"
        hint = f"the counts are, newest first: {listed}"
        raise UsageError(f"more than one count begins with {asked}" if found else how, hint=hint)
    return load(workspace.counts / found[0])


def kept_counts(workspace: Workspace) -> list[Counted]:
    """All counts that are kept, each once, in the order in which they were first made."""
    present = {folder.name: folder for folder in folders(workspace.counts)}
    return [load(present[name]) for name in dict.fromkeys(asked_for(workspace)) if name in present]


def asked_for(workspace: Workspace) -> list[str]:
    """The counts that were made or asked for, in that order, as the ledger has them."""
    return [entry.facts["count"] for entry in ledger.entries(workspace.ledger) if entry.what == "count"]


@cache
def statements() -> str:
    """The digest of all statements: a corrected one makes a new count of the same inputs."""
    folder = files("fullcount") / "sql"
    texts = [one.read_bytes() for one in sorted(folder.iterdir(), key=lambda one: one.name) if _counts(one.name)]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def _counts(name: str) -> bool:
    """Whether a statement has a say in a count: those that look into counts have none."""
    return name.endswith(".sql") and not name.startswith(("diff_", "verify_", "shown_"))


def _id(inputs: _Inputs) -> str:
    parts = [
        VERSION,
        __version__,
        statements(),
        sorted((row["identity"], row["reader_version"], row["names"], str(row["collected_at"])) for row in inputs.sources),
        sorted((row["identity"], row["names"]) for row in inputs.refused),
        sorted((one.what, one.identity, sorted(one.keys())) for one in inputs.decided if one.what not in decision.OF_TITLES),
        [(one.directive, one.product, key(one.name), key(one.publisher), one.what) for one in decision.of_titles(inputs.decided)],
        [(one.id, one.version, one.digest) for one in inputs.directives],
        repr(inputs.settings),
        repr(inputs.registers.counted()),
        str(inputs.moment),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _made(workspace: Workspace, engine: Engine, inputs: _Inputs, context: Context) -> list[Account]:
    """Run the stages: the tables of the count are then in the engine."""
    mounts, starts = _mounts(workspace)
    engine.mount(mounts)
    rows = [dict(row) | {"source": starts[row["turn"]] + row["source"]} for row in context.sources]
    engine.put("live_sources", rows_table([{name: row[name] for name in LIVE_SOURCES} for row in rows], LIVE_SOURCES))
    components = [{"source": row["source"], "component": one} for row in rows for one in row["components"]]
    engine.put("left_files", rows_table(left_rows(inputs.refused, inputs.dropped, inputs.decided), LEFT_FILES))
    engine.put("source_components", rows_table(components, {"source": "int64", "component": "text"}))
    frame(engine, context.settings, context.moment, inputs.directives)
    resolve(engine, decision.identity(inputs.decided))
    match(engine, inputs.directives, decision.of_titles(inputs.decided))
    near(engine, inputs.directives)
    protect(engine, inputs.directives, inputs.registers.replacements)
    count(engine, context.settings, inputs.directives)
    return accounts(engine, inputs.directives, context)


@contextmanager
def _aside(workspace: Workspace, engine: Engine) -> Iterator[Path]:
    """A folder into which the engine writes the tables of a count as they are made; for as long as it is used."""
    folder = workspace.counts / f"aside-{os.getpid()}"
    folder.mkdir(parents=True)
    try:
        engine.keep(KEPT, folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _land(aside: Path, inputs: _Inputs, made: Sequence[Account], final: Path) -> None:
    """Put the accounts beside the tables of a count, and all in their place."""
    (aside / ACCOUNTS).write_text(json.dumps([one.document() for one in made], ensure_ascii=False, indent=1), "utf-8")
    kept = {"counting": VERSION, "statements": statements(), "settings": _said(inputs.settings)}
    kept["registers"] = inputs.registers.counted()
    kept["decisions"] = [decision.described(one) for one in inputs.decided]
    (aside / INPUTS).write_text(json.dumps(kept, ensure_ascii=False, indent=1, default=str), "utf-8")
    land(aside, final)


def _said(settings: Settings) -> dict[str, Any]:
    """The settings, less the places of files: a workspace may be moved."""
    said = {name: value for name, value in asdict(settings).items() if name not in {*NOT_WRITTEN, "marking"}}
    rows = [{name: value for name, value in row.items() if name not in NOT_WRITTEN} for row in said["exemption"]]
    return said | {"exemption": rows}


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
