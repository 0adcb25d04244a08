"""Read: exports become the tables of one reading. The exports are never changed.

Every file given ends as a source, as one already known, or as a reject of one file with its reason.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fullcount import sheet, when
from fullcount.ahead import ahead
from fullcount.container import Member
from fullcount.errors import UnknownFormatError, UnreadableError
from fullcount.exports import Found, Lost, host_beside, host_in_name, matches
from fullcount.model import Lists, Record, Reject
from fullcount.reader import Declaration, Peek, Reader, Stream, among, reader_for
from fullcount.reading import Counts, Pending, Reading, uncollected
from fullcount.stamp import Stamps
from fullcount.table import Tabulator, columns_of, fits, mapped, needs_host

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fullcount.block import Sheet
    from fullcount.settings import Settings

PASSED = "passed"  # a member of an archive that no reader claims
REFUSED = ""  # the reader of a source that could not be used at all
_KEPT = 4096  # bytes of a refused file that are kept in its reject
_LARGE = 8 << 20  # bytes from which a second thread is worth its start


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one file: `read`, `known` (an earlier reading holds it) or `refused` with a reason."""

    name: str
    became: str
    reader: str = ""
    counts: Counts = field(default_factory=Counts)
    reason: str = ""
    hint: str = ""

    @classmethod
    def lost(cls, what: Lost) -> Outcome:
        """What is no file that can be read."""
        return cls(name=what.name, became="refused", reason=what.reason, hint=what.hint)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the user says about all files given."""

    reader: str = ""
    host: str = ""
    collected_at: datetime | None = None
    rehash: bool = False  # also files that have not changed since they were hashed
    progress: Callable[[str, int, float], None] = lambda _name, _rows, _share: None  # rows of the file; share of all bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What readings hold already: sources (identity and reader version), appearances (identity and name), and which reader
    a content chose (by its digest and that of the readers that there were). `stamps` are of the files given before.
    """

    sources: set[tuple[str, int]]
    appearances: set[tuple[str, str]]
    chosen: dict[tuple[str, str], str] = field(default_factory=dict)
    stamps: Stamps = field(default_factory=Stamps)


class Run:
    """One `read` run over files, into one folder of tables."""

    def __init__(
        self, reading: Reading, readers: tuple[Reader, ...], settings: Settings, *, options: Options, known: Known
    ) -> None:
        """`known` is what earlier readings hold; it grows. `total` and `done` are bytes of the files given, for progress."""
        self.reading, self.readers, self.settings, self.options, self.known = reading, readers, settings, options, known
        self.among = among(readers)
        self.anything = False  # whether the reading holds anything new
        self.total = self.done = 0

    def file(self, found: Found) -> Outcome:
        """Read one file."""
        peek, digest = Peek(path=found.path, head=b"", size=0), ""
        try:
            peek = Peek.at(found.path)
            digest = self.known.stamps.digest_of(found.path)
            reader, chosen_among = self._reader(found, peek, digest)
            host, how = self._host(found, peek, reader)
        except (OSError, UnreadableError) as error:
            return self._unread(found, peek, digest, error)
        identity = identity_of(digest, reader.name, host)
        if (identity, reader.version) in self.known.sources:
            self._appear(identity, found)
            return Outcome(name=found.name, became="known", reader=reader.name)
        work = _Source(self, found, peek, reader, number=self.reading.next_source(), host=host)
        try:
            work.run()
        except UnreadableError as error:
            return self._unread(found, peek, digest, error)
        self.known.sources.add((identity, reader.version))
        self._appear(identity, found)
        self._add_source(identity, digest, work, host_how=how, chosen_among=chosen_among)
        return Outcome(name=found.name, became="read", reader=reader.name, counts=replace(self.reading.counts))

    def tell(self, found: Found, rows: int, size: float = 0) -> None:
        """Say how far it is: `rows` of this file, and about how many bytes of it, where that is known."""
        self.options.progress(found.name, rows, (self.done + size) / self.total if self.total else 0)

    def passed(self, archive: Found, names: Sequence[str]) -> Outcome:
        """Keep as one reject what no reader claims inside an archive."""
        shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        reason = f"no reader claims {len(names):,} files inside it ({shown})"
        return self.lost(archive, Lost(name=archive.name, reason=reason, hint="see `fullcount inspect`"), "\n".join(names))

    def lost(self, archive: Found, what: Lost, said: str = "") -> Outcome:
        """Keep what cannot be read of an archive as a reject of one file."""
        peek = replace(Peek.at(archive.path), head=said.encode()) if said else Peek.at(archive.path)
        digest = hashlib.sha256(f"{what.name}\0{what.reason}\0{said}".encode()).hexdigest()
        return self._refused(replace(archive, name=what.name), peek, digest, reason=what.reason, hint=what.hint)

    def _unread(self, found: Found, peek: Peek, digest: str, error: OSError | UnreadableError) -> Outcome:
        if isinstance(error, OSError):
            return self._refused(found, peek, digest, reason=f"cannot be opened: {error.strerror}", hint="check its permissions")
        if isinstance(error, UnknownFormatError) and isinstance(found.path, Member):
            return Outcome(name=found.name, became=PASSED)  # an archive holds much that is no export: it is said once
        return self._refused(found, peek, digest, reason=error.message, hint=error.hint)

    def _reader(self, found: Found, peek: Peek, digest: str) -> tuple[Reader, str]:
        """The file's reader, and the digest of those of which its content chose it, if it did. A content that they were
        asked about is not looked at again; in an archive it may be too large to be looked at, which is to be said.
        """
        if not peek.size:
            raise UnknownFormatError("the file is empty", hint="export it again")
        if self.options.reader:
            return self._called(self.options.reader), ""
        for table in self.settings.table:
            if matches(found.name, table.match):
                return mapped(table), ""
        before = "" if isinstance(found.path, Member) else self.known.chosen.get((digest, self.among), "")
        return self._called(before) if before else reader_for(peek, self.readers), self.among

    def _called(self, name: str) -> Reader:
        return next(reader for reader in self.readers if reader.name == name)

    def _host(self, found: Found, peek: Peek, reader: Reader) -> tuple[str, str]:
        """A host name from outside the bytes, where the format holds none: from the option, the toml or the file's name."""
        if not needs_host(reader, peek):
            return "", ""
        if self.options.host:
            return self.options.host, "option"
        for rule in self.settings.source:
            if rule.host and matches(found.name, rule.match):
                folder = found.folder.rsplit("/", 1)[-1]
                return rule.host.replace("{folder}", folder).replace("{stem}", found.path.stem), "settings"
        if name := host_beside(found.path):
            return name, "side file"
        if not reader.named_by_file:  # a program's or a format's name, as Windows and tools give it
            return "", ""
        return (name, "file name") if (name := host_in_name(found.path.stem)) else ("", "")

    def _appear(self, identity: str, found: Found) -> None:
        if (identity, found.name) not in self.known.appearances:
            self.known.appearances.add((identity, found.name))
            self.anything = True
            modified = datetime.fromtimestamp(found.path.stat().st_mtime, UTC).replace(tzinfo=None, microsecond=0)
            row = {"identity": identity, "name": found.name, "folder": found.folder, "modified_at": modified}
            self.reading.add("appearances", row)

    def _refused(self, found: Found, peek: Peek, digest: str, *, reason: str, hint: str) -> Outcome:
        """Keep a file that cannot be used as a reject of one file. One that cannot be opened has no digest: its name tells."""
        identity = identity_of(digest or found.name, REFUSED, "")
        if (identity, 0) not in self.known.sources:
            self.known.sources.add((identity, 0))
            self.anything = True
            number = self.reading.next_source()
            self.reading.reject(number, Reject(0, peek.head[:_KEPT], reason))
            self.reading.add(
                "sources",
                {
                    "source": number,
                    "identity": identity,
                    "digest": digest,
                    "reader": REFUSED,
                    "reader_version": 0,
                    "bytes": peek.size,
                    "pieces": 1,
                    "used": 0,
                    "records": 0,
                    "observations": 0,
                    "rejects": 1,
                    "unit": "file",
                    "notes": reason,
                },
            )
        if found.path.exists():
            self._appear(identity, found)
        return Outcome(name=found.name, became="refused", reason=reason, hint=hint)

    def _add_source(self, identity: str, digest: str, work: _Source, *, host_how: str, chosen_among: str) -> None:
        counts = self.reading.counts
        collected, how = self._collected(work)
        self.anything = True
        if chosen_among:
            self.known.chosen[digest, chosen_among] = work.reader.name
        self.reading.add(
            "sources",
            {
                "source": work.number,
                "identity": identity,
                "digest": digest,
                "reader": work.reader.name,
                "reader_version": work.reader.version,
                "chosen_among": chosen_among or None,
                "bytes": work.peek.size,
                "encoding": work.encoding,
                "collected_at": collected,
                "collected_how": how,
                "host": work.host or None,
                "host_how": host_how or None,
                "unit": work.reader.unit,
                "pieces": work.pieces,
                "used": work.used,
                "records": counts.records,
                "observations": counts.observations,
                "rejects": counts.rejects,
                "notes": "\n".join(dict.fromkeys(work.notes)) or None,
            },
        )

    def _collected(self, work: _Source) -> tuple[datetime | None, str]:
        if self.options.collected_at:
            return self.options.collected_at, "option"
        named = when.in_name(work.found.name)
        # an export cannot have been made before the newest thing in it
        if named and (work.newest is None or named >= work.newest):
            return named, "name"
        return (work.newest.replace(microsecond=0), "content") if work.newest else (None, "")


class _Source:
    """One file on its way into the tables."""

    def __init__(self, run: Run, found: Found, peek: Peek, reader: Reader, *, number: int, host: str) -> None:
        self.run_, self.found, self.peek, self.reader, self.number, self.host = run, found, peek, reader, number, host
        self.encoding = peek.encoding
        self.pieces, self.used = -1, 0
        self.newest: datetime | None = None
        self.notes: list[str] = []
        self.began = False

    def run(self) -> None:
        """Read it, by the kind of its reader. Raises `UnreadableError` where nothing of it can be used."""
        try:
            if self.reader.table is not None:
                self._tabulated(self.reader.table)
            else:
                self._batched()
        except UnreadableError as error:
            if not self.began:
                raise
            self.run_.reading.reject(self.number, Reject(0, b"", f"the rest of the file: {error.message}"))

    def _tabulated(self, declaration: Declaration) -> None:
        fitting = [
            one for one in sheet.open_sheets(self.peek) if fits(declaration, one.columns) and declaration.part in {"", one.name}
        ]
        if not fitting:
            hint = f"the reader {self.reader.name} needs: {', '.join(declaration.required)}"
            raise UnreadableError("no table in this file has the columns", place=str(self.found.path), hint=hint)
        with uncollected():
            counted = [self._sheet(declaration, one) for one in fitting]
        self.pieces = -1 if min(counted) < 0 else sum(counted)
        rejects = self.run_.reading.counts.rejects
        if 0 <= self.pieces != self.used + rejects:
            raise AssertionError(f"{self.pieces} rows were counted, but {self.used} read and {rejects} rejected")

    def _sheet(self, declaration: Declaration, one: Sheet) -> int:
        """Read one table. Returns how many rows it has by an independent count, -1 where there is none."""
        reading = self.run_.reading
        fields = columns_of(declaration, one.columns)
        tabulator = Tabulator(reading, self.number, self.reader, fields=fields, host=self.host or None)
        broken = ""
        size = 0 if isinstance(self.found.path, Member) else self.peek.size
        try:
            blocks = sheet.blocks(self.found.path, one, tuple(dict.fromkeys(fields.values())))
            for block in ahead(blocks) if self.peek.size > _LARGE else blocks:
                self.began = True
                self.used += len(block.places)
                tabulator.block(block.places, block.columns)
                for reject in block.rejects:
                    tabulator.reject(reject, one.encoding or "utf-8")
                self.run_.tell(self.found, self.used, size * self.used / one.pieces if one.pieces > 0 else 0)
        except UnreadableError as error:
            broken = f"the file breaks: {error.message}"
            raise
        finally:
            tabulator.finish(broken)
            self.encoding = one.encoding or self.encoding
            self.notes += one.notes
            if tabulator.nameless:
                self.notes.append(f"{tabulator.nameless:,} rows have a version or a publisher and no name: they name no software")
            for machine in tabulator.machines:
                self._date(machine.record)
        return one.pieces

    def _batched(self) -> None:
        stream = Stream(path=self.found.path, encoding=self.peek.encoding, host=self.host or None)
        keyed: dict[str, _Kept] = {}
        pending = Pending(self.run_.reading)
        try:
            self._take(stream, keyed, pending)
        except UnreadableError as error:
            for kept in keyed.values():
                kept.record.lists = max(kept.record.lists or self.reader.lists, Lists.SOME_SOFTWARE, key=list(Lists).index)
                kept.record.note = f"the file breaks: {error.message}"
            raise
        finally:
            pending.hand_on()
            for kept in keyed.values():
                self._put(kept)

    def _take(self, stream: Stream, keyed: dict[str, _Kept], pending: Pending) -> None:
        """Take all batches; records with a key stay in `keyed`, since more of them may come."""
        assert self.reader.batches is not None
        reading, rows = self.run_.reading, 0
        for batch in self.reader.batches(stream):
            self.began = True
            self.used += 1
            for reject in batch.rejects:
                reading.reject(self.number, reject)
            kept = keyed.get(batch.key) if batch.key is not None else None
            if kept is None and (batch.record is not None or batch.sightings):
                kept = _Kept(reading.next_record(), batch.record or Record(place=batch.sightings[0].place))
                if batch.key is not None:
                    keyed[batch.key] = kept
            elif kept is not None and batch.record is not None:
                kept.merge(batch.record)
            if kept is not None:
                rows += len(batch.sightings)
                self.run_.tell(self.found, rows)
                kept.observations += len(batch.sightings)
                pending.take(kept.number, kept.record.place, batch.sightings)
                if batch.key is None:
                    self._put(kept)

    def _put(self, kept: _Kept) -> None:
        record = kept.record
        record.lists = record.lists or self.reader.lists
        if record.lists is not Lists.ALL_SOFTWARE:
            record.traces = frozenset()
        elif record.traces is None:
            record.traces = self.reader.traces
        self._date(record)
        self.run_.reading.put_record(kept.number, self.number, record, observations=kept.observations)

    def _date(self, record: Record) -> None:
        for moment in (record.looked_at, record.heard_at):
            if moment and (self.newest is None or moment > self.newest):
                self.newest = moment


@dataclass(slots=True)
class _Kept:
    """A record of an irregular source, while pieces of it may still come."""

    number: int
    record: Record
    observations: int = 0

    def merge(self, other: Record) -> None:
        """Put another piece of the same record in: what is known stays, clues and traces add up."""
        mine = self.record
        mine.clues += other.clues
        if other.traces is not None:
            mine.traces = (mine.traces or frozenset()) | other.traces
        ranks = list(Lists)
        if other.lists and (mine.lists is None or ranks.index(other.lists) < ranks.index(mine.lists)):
            mine.lists = other.lists
        for name in ("looked_at", "heard_at"):
            newer, older = getattr(other, name), getattr(mine, name)
            if newer and (older is None or newer > older):
                setattr(mine, name, newer)
        for name in ("machine_class", "os_family"):
            if getattr(mine, name) in {"unknown", ""}:
                setattr(mine, name, getattr(other, name))
        mine.retired = mine.retired or other.retired
        for name in ("os", "ou", "site", "owner", "component", "note"):
            setattr(mine, name, getattr(mine, name) or getattr(other, name))


def identity_of(digest: str, reader: str, host: str) -> str:
    """What makes a source the same source: its bytes, the reader, and a host name given from outside the bytes."""
    return hashlib.sha256(f"{digest}\x00{reader}\x00{host}".encode()).hexdigest()
