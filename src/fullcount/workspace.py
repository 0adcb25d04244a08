"""The workspace: a folder that a person can look at, and the door to everything that is done in it.

`fullcount.toml`, `readings/<id>/` (immutable tables of one read run), `decisions.jsonl`, `ledger.jsonl`, `stamps.jsonl`,
and `counts/<id>/`. One writer at a time; readers need no lock. New tables are written aside, synced and renamed,
so that a crash leaves the workspace as it was.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullcount import decision, hierarchy, ledger, register, settings, stamp, trust
from fullcount.container import expanded
from fullcount.errors import BusyError, NothingUsableError, SettingsError, UsageError, WorkspaceError
from fullcount.exports import Found, find
from fullcount.read import PASSED, Known, Options, Outcome, Run
from fullcount.stamp import Stamps
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fullcount.reader import Reader

_LOCK_FILE = "lock"
_ASIDE = "aside-"
_SPILL = "spill-"


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a `read` did: the reading (empty where nothing was new) and what became of each file."""

    reading: str
    outcomes: tuple[Outcome, ...]


class Workspace:
    """A workspace that exists. Raises `WorkspaceError` where the folder is none."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds a `fullcount.toml`."""
        self.folder = folder.resolve()
        if not self.toml.exists():
            hint = "run `fullcount init` in it, or `fullcount count EXPORTS` in an empty folder"
            raise WorkspaceError("this folder is no workspace", place=str(folder), hint=hint)

    @classmethod
    def create(cls, folder: Path, *, text: str = "") -> Workspace:
        """Make a folder a workspace; what is there already stays."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / settings.FILE
        if not path.exists():
            aside = folder / f"{_ASIDE}{os.getpid()}"
            try:
                aside.write_text(text, "utf-8")
                _sync(aside)
                aside.rename(path)
            finally:
                aside.unlink(missing_ok=True)
        return cls(folder)

    @property
    def toml(self) -> Path:
        """The settings."""
        return self.folder / settings.FILE

    @property
    def readings(self) -> Path:
        """The folder of readings."""
        return self.folder / "readings"

    @property
    def counts(self) -> Path:
        """The folder of counts."""
        return self.folder / "counts"

    @property
    def ledger(self) -> Path:
        """The ledger."""
        return self.folder / "ledger.jsonl"

    @property
    def decisions(self) -> Path:
        """What people decided, one line each."""
        return self.folder / "decisions.jsonl"

    @property
    def returns(self) -> Path:
        """The folder of returns: those that were sealed here in `sent`, those that came in `received`."""
        return self.folder / "returns"

    @property
    def rollups(self) -> Path:
        """The folder of roll-ups of the returns that were received."""
        return self.folder / "rollups"

    @property
    def audits(self) -> Path:
        """The folder of audits: what may be drawn, what was drawn, and what was found."""
        return self.folder / "audits"

    def own(self) -> list[Path]:
        """What is the workspace's own and no export."""
        return [
            self.toml,
            self.readings,
            self.counts,
            self.ledger,
            self.decisions,
            self.folder / _LOCK_FILE,
            self.folder / "views.jsonl",  # of the dashboard
            self.folder / "reports",
            self.returns,
            self.rollups,
            self.audits,
            *(self.folder / name for name in (stamp.FILE, trust.FILE, *hierarchy.FILES)),
            self.folder / register.FOLDER,
            *self.folder.glob(f"{_ASIDE}*"),
            *self.folder.glob(f"{_SPILL}*"),
        ]

    def settings(self) -> settings.Settings:
        """The settings as they are now."""
        return settings.load(self.toml)

    def registers(self) -> register.Registers:
        """The registers as they are now."""
        return register.load(self.folder / register.FOLDER)

    def take_register(self, file: Path, target: Path) -> None:
        """Copy a file of a register into the workspace, in the place of one that is there; entered in the ledger."""
        with self.writing():
            self.put(target, file.read_bytes())
            ledger.append(self.ledger, "register", file=target.name, digest=hashlib.sha256(target.read_bytes()).hexdigest())

    def put(self, target: Path, data: bytes) -> None:
        """Write a file of the workspace, aside first; for whoever is the one writer."""
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = self.folder / f"{_ASIDE}{os.getpid()}"
        try:
            aside.write_bytes(data)
            _sync(aside)
            aside.replace(target)
        finally:
            aside.unlink(missing_ok=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one writer. What a crashed one left aside is cleared away, and what it had done is entered in the
        ledger. Raises `BusyError` where another writer is at work.
        """
        with _locked(self.folder / _LOCK_FILE):
            for kind in (self.readings, self.counts, self.rollups):
                for left in kind.glob(f"{_ASIDE}*"):
                    shutil.rmtree(left)
            for left in self.folder.glob(f"{_ASIDE}*"):
                left.unlink()
            for left in self.folder.glob(f"{_SPILL}*"):
                _clear_spill(left)
            entered = {entry.facts["reading"] for entry in ledger.entries(self.ledger) if entry.what == "read"}
            for folder in folders(self.readings):
                if folder.name not in entered:
                    ledger.append(self.ledger, "read", reading=folder.name, note="entered after a crash")
            yield

    @contextmanager
    def spilling(self) -> Iterator[Path]:
        """A folder for what does not fit into memory, for as long as it is used; one that a crash left is cleared by
        the next writer.
        """
        folder = Path(tempfile.mkdtemp(prefix=_SPILL, dir=self.folder))
        try:
            with _locked(folder / _LOCK_FILE):
                yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def read(self, paths: Sequence[Path], *, options: Options, readers: tuple[Reader, ...]) -> Read:
        """Read exports into a new reading. Raises `NothingUsableError` where nothing could be used."""
        with self.writing():
            aside = self.readings / f"{_ASIDE}{os.getpid()}"
            aside.mkdir(parents=True)
            try:
                outcomes, run = self._read_into(aside, paths, options, readers)
                used = [one for one in outcomes if one.became != "refused"]
                if not used:
                    raise _nothing(outcomes)
                if not run.anything:
                    self._keep_stamps(run.known.stamps)
                    return Read(reading="", outcomes=outcomes)
                name = f"{1 + max([0, *(int(one.name[:6]) for one in folders(self.readings))]):06d}"
                land(aside, self.readings / name)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
            totals = {kind: sum(one.became == kind for one in outcomes) for kind in ("read", "known", "refused")}
            rows = {kind: sum(getattr(one.counts, kind) for one in outcomes) for kind in ("records", "observations", "rejects")}
            ledger.append(self.ledger, "read", reading=name, files=totals, **rows)
            self._keep_stamps(run.known.stamps)
        return Read(reading=name, outcomes=outcomes)

    def _read_into(
        self, aside: Path, paths: Sequence[Path], options: Options, readers: tuple[Reader, ...]
    ) -> tuple[tuple[Outcome, ...], Run]:
        from fullcount.reading import Reading

        said = self.settings()
        if taken := sorted({table.name for table in said.table} & {reader.name for reader in readers}):
            hint = "give the [[table]] another name"
            raise SettingsError(f"there is a reader called `{taken[0]}` already", place=str(self.toml), hint=hint)
        rows = self.sources()
        known = Known(
            sources={(row["identity"], row["reader_version"]) for row in rows},
            appearances={(row["identity"], name) for row in rows for name in row["names"]},
            chosen={(row["digest"], row["chosen_among"]): row["reader"] for row in rows if row.get("chosen_among")},
            stamps=Stamps(stamp.load(self.folder / stamp.FILE), held={row["digest"] for row in rows}, anew=options.rehash),
        )
        outcomes = []
        with Reading(aside) as reading:
            run = Run(reading, readers, said, options=options, known=known)
            given = list(find(paths, leave_out=self.own()))
            sizes = [known.stamps.size_of(one.path) if isinstance(one, Found) else 0 for one in given]
            run.total = sum(sizes)
            for turn, found in enumerate(given):
                run.done += sizes[turn - 1] if turn else 0
                if not isinstance(found, Found):
                    outcomes.append(Outcome.lost(found))
                    continue
                inside = [run.file(one) if isinstance(one, Found) else run.lost(found, one) for one in expanded(found)]
                outcomes += [one for one in inside if one.became != PASSED]
                if names := [one.name for one in inside if one.became == PASSED]:
                    outcomes.append(run.passed(found, names))
            reading.finish()
        return tuple(outcomes), run

    def _keep_stamps(self, stamps: Stamps) -> None:
        if (text := stamps.text()) != stamps.data:
            with suppress(OSError):  # they only save time
                self.put(self.folder / stamp.FILE, text)

    def drop(self, source: str, *, why: str) -> str:
        """Take a source out of every later count, by its name or the beginning of its digest. Returns its name."""
        with self.writing():
            matching = {
                row["identity"]: row["names"][0]
                for row in self.sources()
                if source in row["names"] or (len(source) >= 8 and row["digest"].startswith(source.lower()))
            }
            if len(matching) != 1:
                how = "no source is called" if not matching else "more than one source is called"
                raise UsageError(f"{how} {source}", hint="`fullcount report json` lists the sources with their digests")
            identity, name = str(next(iter(matching))), str(next(iter(matching.values())))
            self._keep(decision.Decision(what=decision.DROP, identity=identity, why=why))
            ledger.append(self.ledger, "drop", source=name, identity=identity, why=why)
        return name

    def decide(self, new: decision.Decision) -> decision.Decision:
        """Keep what a person decided about machines or titles, or undid. Raises `UsageError` where it contradicts what holds, or
        undoes what does not. Returns it with its number.
        """
        with self.writing():
            kept = self._keep(self.checked(new))
            facts: dict[str, Any] = {"clues": list(kept.clues)}
            if kept.what in decision.OF_TITLES:
                facts = {name: getattr(kept, name) for name in ("name", "publisher", "product", "directive")}
            ledger.append(self.ledger, kept.what, decision=kept.number, undoes=kept.undoes, why=kept.why, **facts)
        return kept

    def checked(self, new: decision.Decision) -> decision.Decision:
        """A decision as it would be kept. Raises `UsageError` as `decide` does."""
        before = self.decided()
        if new.what != decision.UNDO:
            decision.check(new, before)
        elif new.undoes not in {one.number for one in decision.in_effect(before)}:
            raise UsageError(f"there is no decision {new.undoes} that holds", hint="`fullcount decisions` lists what was decided")
        return replace(new, number=len(before) + 1)

    def _keep(self, new: decision.Decision) -> decision.Decision:
        kept = self._decision_lines()
        new = replace(new, number=len(kept) + 1, at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        with self.decisions.open("r+b" if self.decisions.exists() else "xb") as file:
            file.truncate(sum(map(len, kept)))
            file.seek(0, os.SEEK_END)
            file.write(new.line().encode())
            file.flush()
            os.fsync(file.fileno())
        return new

    def has_title(self, about: decision.Decision) -> bool:
        """Whether any reading has a title that a decision may be about."""
        import pyarrow.parquet as pq

        asked: Any = [[("name_key", "==", key(about.name))], *([(field, "==", about.name)] for field in decision.CALLED)]
        tables = (folder / "titles.parquet" for folder in folders(self.readings))
        return any(pq.read_table(table, columns=["title"], filters=asked).num_rows for table in tables)

    def decided(self) -> list[decision.Decision]:
        """What people decided, undone or not, in their order. Raises `WorkspaceError` at a line that is no decision."""
        found = []
        for number, line in enumerate(self._decision_lines(), start=1):
            try:
                found.append(decision.of(line, number))
            except (ValueError, TypeError):
                place, hint = f"{self.decisions}:{number}", "restore this line from a copy, or take it out"
                raise WorkspaceError("this line is no decision", place=place, hint=hint) from None
        return found

    def _decision_lines(self) -> list[bytes]:
        """All lines but a torn last one, left by a crash: it was never finished."""
        lines = self.decisions.read_bytes().splitlines(keepends=True) if self.decisions.exists() else []
        return lines[:-1] if lines and not lines[-1].endswith(b"\n") else lines

    def sources(self) -> list[dict[str, Any]]:
        """Every source of every reading, oldest reading first, with `turn` of the reading and all names it appeared under."""
        import pyarrow.parquet as pq

        appeared: dict[str, list[dict[str, Any]]] = {}
        rows: list[dict[str, Any]] = []
        for turn, folder in enumerate(folders(self.readings)):
            rows += [row | {"turn": turn} for row in pq.read_table(folder / "sources.parquet").to_pylist()]
            for row in pq.read_table(folder / "appearances.parquet").to_pylist():
                appeared.setdefault(row["identity"], []).append(row)
        for row in rows:
            found = sorted(appeared.get(row["identity"], []), key=lambda one: (one["name"], one["modified_at"]))
            row["names"] = sorted({one["name"] for one in found})
            row["folders"] = sorted({one["folder"] for one in found})
            row["modified_at"] = min((one["modified_at"] for one in found), default=None)
        return rows


def folders(kind: Path) -> list[Path]:
    """The finished readings or counts in a folder, by name."""
    return sorted(one for one in kind.glob("*") if one.is_dir() and not one.name.startswith(_ASIDE)) if kind.exists() else []


def _nothing(outcomes: Sequence[Outcome]) -> NothingUsableError:
    if not outcomes:
        return NothingUsableError("there is no file in what was given", hint="give the folder that holds the exports")
    first = outcomes[0]
    more = f" (and {len(outcomes) - 1:,} more files)" if len(outcomes) > 1 else ""
    return NothingUsableError(f"nothing could be used: {first.reason}{more}", place=first.name, hint=first.hint)


def land(aside: Path, final: Path) -> None:
    """Put a finished folder in its place: everything on the disk first, then one rename."""
    for file in aside.iterdir():
        _sync(file)
    _sync(aside)
    aside.rename(final)
    _sync(final.parent)


def _sync(path: Path) -> None:
    if path.is_dir() and sys.platform == "win32":
        return  # a folder cannot be opened there, and a rename is journalled
    number = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _clear_spill(folder: Path) -> None:
    """Remove a spill folder, unless somebody still uses it: then its lock is held."""
    with suppress(WorkspaceError):
        with _locked(folder / _LOCK_FILE):
            pass  # nobody has it
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a+b") as file:
        try:
            _lock(file.fileno())
        except OSError:
            hint = "wait until it has ended; a crashed one holds no lock"
            raise BusyError("somebody else is writing in this workspace", place=str(path.parent), hint=hint) from None
        yield


def _lock(number: int) -> None:
    """Take the lock of an open file or raise `OSError`; it ends with the file."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
