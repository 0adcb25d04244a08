"""Reuse: what an earlier count made of the same is not made again.

A count keeps its tables, and says of each what it was made of: the statement (or the step and what it was told) and, in
turn, what every table that it reads was made of, down to the readings and the parameters. The next count takes over
each table whose making would be the same, as a link to the same file, and makes the others. A table that is not kept is
made only when somebody reads it. So the correction of a directive costs what depends on the directive, and a decision
about a title what depends on that title; the result is the same as if all had been made anew.

A file that is no longer what was written is not taken over.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from fullcount.engine import tables_in
from fullcount.tables import READING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from fullcount.engine import Engine, Mount

MADE_OF = "made_of.json"  # in the folder of a count: by table, what it was made of, and the digest of its file


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What makes some tables when they are asked for: it reads others, which must be there then."""

    tables: tuple[str, ...]
    reads: frozenset[str]
    work: Callable[[], object]


class Reusing:
    """An engine that makes by another one only what no earlier count has; see the module, and `Engine` for the methods."""

    def __init__(self, engine: Engine, earlier: Sequence[Path], *, version: str) -> None:
        """`earlier` are the folders of counts, newest first; `version` is what besides statements decides a table."""
        self.engine = engine
        self.version = version
        self.kept: frozenset[str] = frozenset()
        self.folder: Path | None = None  # where kept tables go
        self.earlier: dict[tuple[str, str], tuple[Path, str]] = {}
        for folder in reversed(earlier):
            for table, (made_of, digest) in _said(folder).items():
                self.earlier[table, made_of] = (folder / f"{table}.parquet", digest)
        self.made_of: dict[str, str] = {}
        self.digests: dict[str, str] = {}  # of the files that were taken over
        self.waiting: dict[str, _Step] = {}
        self.running: set[str] = set()  # tables that a step is putting

    def mount(self, mounts: Sequence[Mount]) -> None:
        """Readings never change; where their tables begin is part of what is made of them."""
        self.engine.mount(mounts)
        said = [(one.folder.name, one.source, one.record, one.title, one.detail) for one in mounts]
        stamps = [(one.folder / "sources.parquet").stat() for one in mounts]
        made_of = _digest(said, [(stamp.st_size, stamp.st_mtime_ns) for stamp in stamps])
        self.made_of |= {table: _digest(made_of, table) for table in READING}

    def keep(self, tables: Collection[str], folder: Path) -> None:
        """As `Engine.keep`; these are the tables that can be taken over."""
        self.engine.keep(tables, folder)
        self.kept, self.folder = frozenset(tables), folder

    def derive(self, tables: Sequence[str], *, reads: Collection[str], said: str, work: Callable[[], object]) -> None:
        """Take over the tables, or make them: at once where they are kept, else when somebody reads them."""
        names = tuple(tables)
        known = frozenset(one for one in reads if one in self.made_of)
        made_of = {one: _digest(self.version, one, said, sorted((name, self.made_of[name]) for name in known)) for one in names}
        self._let_go(names)
        step = _Step(tables=names, reads=known, work=work)
        if self.kept.issuperset(names) and self._taken_over(made_of):
            self.made_of |= made_of
        elif self.kept.isdisjoint(names):
            self.made_of |= made_of
            self.waiting |= dict.fromkeys(names, step)
        else:
            self._do(step)
            self.made_of |= made_of

    def make(self, table: str, query: str) -> None:
        """As `Engine.make`."""
        self.derive((table,), reads=tables_in(query), said=query, work=lambda: self.engine.make(table, query))

    def gather(self, table: str, *, by: str, query: str) -> None:
        """As `Engine.gather`."""
        reads = {*tables_in(query), "observations"}

        def work() -> None:
            self.engine.gather(table, by=by, query=query)

        self.derive((table,), reads=reads, said=f"gather by {by}: {query}", work=work)

    def put(self, table: str, data: pa.Table | pa.RecordBatchReader) -> None:
        """As `Engine.put`: rows from memory are what they are made of, but for those of a step."""
        if table in self.running:
            self.engine.put(table, data)
            return
        data = data if isinstance(data, pa.Table) else data.read_all()
        self._let_go((table,))
        self._unlink((table,))
        self.engine.put(table, data)
        self.made_of[table] = _digest("rows", table, _content(data))

    def put_aside(self, table: str, data: pa.RecordBatchReader) -> None:
        """As `Engine.put_aside`, for the tables of a step."""
        if table in self.running:
            self.engine.put_aside(table, data)
        else:
            self.put(table, data)

    def settle(self) -> None:
        """As `Engine.settle`."""
        self.engine.settle()

    def arrow(self, query: str) -> pa.Table:
        """As `Engine.arrow`."""
        self._need(tables_in(query))
        return self.engine.arrow(query)

    def batches(self, query: str, values: Mapping[str, Any] | None = None) -> Iterator[pa.RecordBatch]:
        """As `Engine.batches`."""
        self._need(tables_in(query))
        return self.engine.batches(query, values)

    def written(self, table: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """As `Engine.written`."""
        self._need((table,))
        return self.engine.written(table, columns)

    def ask(self, query: str, values: Mapping[str, Any]) -> pa.Table:
        """As `Engine.ask`."""
        self._need(tables_in(query))
        return self.engine.ask(query, values)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """As `Engine.rows`."""
        self._need(tables_in(query))
        return self.engine.rows(query)

    def smallest(self, edges: pa.Table) -> pa.Table:
        """As `Engine.smallest`."""
        return self.engine.smallest(edges)

    def show(self, tables: Collection[str], folder: Path, *, behind: str = "") -> None:
        """As `Engine.show`."""
        self.engine.show(tables, folder, behind=behind)

    def search(self, table: str, folder: Path, *, words: Sequence[str]) -> None:
        """As `Engine.search`."""
        self.engine.search(table, folder, words=words)

    def hold(self, table: str) -> None:
        """As `Engine.hold`."""
        self._need((table,))
        self.engine.hold(table)

    def close(self) -> None:
        """As `Engine.close`."""
        self.engine.close()

    def say(self) -> None:
        """Write, beside the tables that are kept, what each was made of."""
        if self.folder is not None:
            files = {table: self.folder / f"{table}.parquet" for table in sorted(self.kept & self.made_of.keys())}
            said = {table: [self.made_of[table], self.digests.get(table) or _of_file(file)] for table, file in files.items()}
            (self.folder / MADE_OF).write_text(json.dumps(said, indent=1), "utf-8")

    def _taken_over(self, made_of: Mapping[str, str]) -> bool:
        """Whether an earlier count had all of these, as they were written; they are then shown, and kept with this count."""
        found = {table: self.earlier[table, said] for table, said in made_of.items() if (table, said) in self.earlier}
        if self.folder is None or len(found) < len(made_of) or not all(_is_whole(*one) for one in found.values()):
            return False
        for table, (file, digest) in found.items():
            _link(file, self.folder / file.name)
            self.digests[table] = digest
        self.engine.show(list(found), self.folder)
        return True

    def _need(self, tables: Collection[str]) -> None:
        """Make what is waiting of these tables."""
        for table in tables:
            if step := self.waiting.get(table):
                self._do(step)

    def _do(self, step: _Step) -> None:
        for table in step.tables:
            self.waiting.pop(table, None)
        self._need(step.reads)
        self._unlink(step.tables)
        before, self.running = self.running, {*self.running, *step.tables}
        try:
            step.work()
        finally:
            self.running = before

    def _let_go(self, tables: Collection[str]) -> None:
        """What waits for tables that are replaced now was meant to read them as they were."""
        for table in tables:
            if table in self.made_of:
                for step in list(self.waiting.values()):
                    if table in step.reads and not self.waiting.keys().isdisjoint(step.tables):
                        self._do(step)

    def _unlink(self, tables: Collection[str]) -> None:
        """What is written anew must not be written into the file of an earlier count."""
        for table in self.digests.keys() & set(tables):
            del self.digests[table]
            if self.folder is not None:
                (self.folder / f"{table}.parquet").unlink()


def altered(folder: Path) -> list[str]:
    """The tables of a count that are no longer what was written; of a count that does not say, none is known."""
    return [table for table, (_, digest) in sorted(_said(folder).items()) if not _is_whole(folder / f"{table}.parquet", digest)]


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _content(data: pa.Table) -> str:
    """The digest of rows in their order, however they lie in memory."""
    written = hashlib.sha256(data.schema.to_string(show_field_metadata=False).encode())
    for batch in data.combine_chunks().to_batches():
        # written out: a slice of a longer column would else be told from the same rows alone
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as stream:
            stream.write_batch(batch)
        written.update(sink.getvalue())
    return written.hexdigest()


def _of_file(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _is_whole(file: Path, digest: str) -> bool:
    with suppress(OSError):
        return _of_file(file) == digest
    return False


def _link(file: Path, to: Path) -> None:
    """The same file under another name; where links cannot be made, a copy."""
    to.unlink(missing_ok=True)
    try:
        os.link(file, to)
    except OSError:
        shutil.copyfile(file, to)


def _said(folder: Path) -> dict[str, tuple[str, str]]:
    """What a count says its tables were made of; nothing where it does not say."""
    try:
        read = json.loads((folder / MADE_OF).read_text("utf-8"))
        return {str(table): (str(made_of), str(digest)) for table, (made_of, digest) in read.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
