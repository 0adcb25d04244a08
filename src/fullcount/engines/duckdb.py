"""DuckDB: one machine, both cores, spilling to disk. The only module that knows DuckDB.

It works in bounded memory: what does not fit is spilled, and tables that are kept are written out at once. Some
aggregates (a text made of many) cannot spill; a statement that fails for want of memory is run once more with as much
as the machine allows.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import pyarrow as pa

from fullcount.connected import smallest
from fullcount.engines import files
from fullcount.errors import FullcountError
from fullcount.tables import READING, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from fullcount.engine import Mount

_T = TypeVar("_T")
MEMORY = "380MB"  # with what Python holds beside it, a count of a million systems takes no more than 1 GB


class DuckDb:
    """An engine in memory; readings stay Parquet files, and nothing outside `folders` can be read or written."""

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        memory: str = MEMORY,
        spill: Path | None = None,
        threads: int | None = None,
        told: Callable[[str], object] | None = None,
    ) -> None:
        """`memory` as DuckDB writes it ("4GB"), held to where there is a `spill`: where it may put what does not fit.
        `threads` of one query; by default as many as the machine has. What takes more memory is `told`.
        """
        self.told = told
        self.memory = memory if spill else ""
        self.connection = duckdb.connect()
        self.mounts: tuple[Mount, ...] = ()
        self.files: dict[str, Path] = {}  # of the tables that are kept
        self.coming: dict[str, Future[None]] = {}  # tables that are put aside
        allowed = [_quoted(str(folder.resolve())) for folder in [*folders, *([spill] if spill else [])]]
        for setting in (
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "allow_community_extensions = false",
            # DuckDB 2.0.0 answers 0 where it should not: a left join with a condition on the right side alone, to an empty
            # table, then a comparison of a sum; tests/test_engine.py has the statement
            "disabled_optimizers = 'statistics_propagation'",
            *([f"memory_limit = {_quoted(self.memory)}", f"temp_directory = {_quoted(str(spill))}"] if spill else []),
            *([f"threads = {threads}"] if threads else []),
            "allowed_configs = ['memory_limit']",  # see `_enough`
            f"allowed_directories = [{', '.join(allowed)}]",
            # in an interactive Python, or one started with `-c`, it would draw on stdout, into what is printed as JSON
            "enable_progress_bar = false",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            self._run(f"set {setting}")

    def mount(self, mounts: Sequence[Mount]) -> None:
        """Show the tables of readings as one; see `Engine.mount`."""
        self.mounts = tuple(mounts)
        for table, columns in READING.items():
            parts = [_selected(table, columns, mount) for mount in mounts]
            if parts:
                self._run(f"create or replace view {table} as\n" + "\nunion all\n".join(parts))
            else:
                self.put(table, arrow_schema(columns).empty_table())

    def keep(self, tables: Collection[str], folder: Path) -> None:
        """Write these tables to Parquet files when they are made; see `Engine.keep`."""
        self.files |= {table: folder / f"{table}.parquet" for table in tables}

    def gather(self, table: str, *, by: str, query: str) -> None:
        """Make `table` from observations; see `Engine.gather`."""
        # the ids are shifted on the small side, so that the scan can skip row groups by their own ids
        parts = [
            f"select o.record + {mount.record}::bigint as record, o.title + {mount.title}::bigint as title, o.place,"
            f" o.state, o.detail + {mount.detail}::bigint as detail"
            f" from read_parquet({_quoted(str(mount.folder / 'observations.parquet'))}) as o"
            f" inner join (select distinct cast(asked.id - {getattr(mount, by)} as integer) as id"
            f" from ({query}) as asked (id) where asked.id >= {getattr(mount, by)}"
            f" and asked.id - {getattr(mount, by)} <= 2147483647) as wanted on o.{by} = wanted.id"
            for mount in self.mounts
        ]
        if parts:
            self.make(table, "\nunion all\n".join(parts))
        else:
            self.put(table, arrow_schema(files.GATHERED).empty_table())

    def put(self, table: str, data: pa.Table | pa.RecordBatchReader) -> None:
        """Replace `table` with rows from memory; see `Engine.put`."""
        if isinstance(data, pa.RecordBatchReader):
            if table in self.files:
                # what is only passed through the engine, it would gather up to its limit
                files.write(self.files[table], data.schema, data)
                self._show(table)
                return
            data = data.read_all()  # it comes only once, and a statement may have to be tried twice
        self.connection.register("put_in", data)
        try:
            self.make(table, "select * from put_in")
        finally:
            self.connection.unregister("put_in")

    def put_aside(self, table: str, data: pa.RecordBatchReader) -> None:
        """As `put`, while other tables are made; see `Engine.put_aside`."""
        if table not in self.files:
            self.put(table, data)
            return
        with_it = ThreadPoolExecutor(1)
        self.coming[table] = with_it.submit(files.write, self.files[table], data.schema, data)
        with_it.shutdown(wait=False)  # it ends with its work

    def settle(self) -> None:
        """Wait for what is put aside; see `Engine.settle`."""
        while self.coming:
            table, written = self.coming.popitem()
            written.result()
            self._show(table)

    def make(self, table: str, query: str) -> None:
        """Replace `table` with the result of `query`."""
        if table in self.files:
            self._run(f"copy ({query}\n) to {_quoted(str(self.files[table]))} (format parquet, compression zstd)")
            self._show(table)
        else:
            self._run(f"create or replace table {table} as {query}")

    def _show(self, table: str) -> None:
        self._run(f"create or replace view {table} as select * from read_parquet({_quoted(str(self.files[table]))})")

    def derive(self, tables: Sequence[str], *, reads: Collection[str], said: str, work: Callable[[], object]) -> None:  # noqa: ARG002
        """Let `work` put `tables`; see `Engine.derive`."""
        work()

    def arrow(self, query: str) -> pa.Table:
        """A small result as an Arrow table."""

        def table() -> pa.Table:
            found: pa.Table = self.connection.sql(query).to_arrow_table()
            return found

        return self._enough(table)

    def batches(self, query: str, values: Mapping[str, Any] | None = None) -> Iterator[pa.RecordBatch]:
        """A large result, batch by batch, on a cursor of its own."""
        cursor = self.connection.cursor()
        try:
            with _within_means():
                yield from cursor.sql(query, params=dict(values or {})).to_arrow_reader(files.BATCH)
        finally:
            cursor.close()

    def written(self, table: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """A table as it lies in its file, or in memory; see `Engine.written`."""
        if table in self.files:
            return files.batches(self.files[table], columns)
        return self.batches(f"select {', '.join(columns)} from {table}")

    def smallest(self, edges: pa.Table) -> pa.Table:
        """In the memory of this process, where the arrays that ask for it are; see `Engine.smallest`."""
        return smallest(edges)

    def show(self, tables: Collection[str], folder: Path, *, behind: str = "") -> None:
        """Show tables that are kept in a folder; see `Engine.show`."""
        for table in tables:
            path = _quoted(str(folder / f"{table}.parquet"))
            self._run(f"create or replace view {table}{behind} as select * from read_parquet({path})")

    def search(self, table: str, folder: Path, *, words: Sequence[str]) -> None:
        """Show a kept table so that it can be paged and searched; see `Engine.search`."""
        names = ", ".join(f'"{name}"' for name in words)
        rows = f"read_parquet({_quoted(str(folder / f'{table}.parquet'))}, file_row_number = true)"
        found = f"select *, file_row_number as turn, lower(concat_ws(' ', {names})) as searched from {rows}"
        self._run(f"create or replace view {table} as {found}")

    def hold(self, table: str) -> None:
        """Take a table that is shown into memory; see `Engine.hold`."""
        cursor = self.connection.cursor()
        try:
            with _within_means():
                cursor.execute(f"create or replace table {table}_held as select * from {table}")
                cursor.execute("begin")  # who asks at this moment is answered from what was there before
                cursor.execute(f"drop view {table}")
                cursor.execute(f"alter table {table}_held rename to {table}")
                cursor.execute("commit")
        finally:
            cursor.close()

    def ask(self, query: str, values: Mapping[str, Any]) -> pa.Table:
        """A small result, on a cursor of its own; see `Engine.ask`."""
        cursor = self.connection.cursor()
        try:
            with _within_means():
                found: pa.Table = cursor.sql(query, params=dict(values)).to_arrow_table()
                return found
        finally:
            cursor.close()

    def rows(self, query: str) -> list[dict[str, Any]]:
        """A small result as dictionaries."""
        return self.arrow(query).to_pylist()

    def close(self) -> None:
        """Give back what the connection holds."""
        self.connection.close()

    def _run(self, statement: str) -> None:
        self._enough(lambda: self.connection.execute(statement).fetchall())

    def _enough(self, work: Callable[[], _T]) -> _T:
        """Work within the limit; what cannot be done so is done once more with what the machine has."""
        with _within_means():
            try:
                return work()
            except duckdb.OutOfMemoryException:
                if not self.memory:
                    raise
                if self.told:
                    self.told(f"one step does not fit into {self.memory}, and takes what it needs")
                self.connection.execute("reset memory_limit")
                try:
                    return work()
                finally:
                    with suppress(duckdb.OutOfMemoryException):  # what is held now may be too much to be spilled
                        self.connection.execute(f"set memory_limit = {_quoted(self.memory)}")


@contextmanager
def _within_means() -> Iterator[None]:
    """A full disk, or too little memory, is no bug. Raises `FullcountError`."""
    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise FullcountError(f"the count cannot go on: {str(error).splitlines()[0]}", hint=files.ROOM) from error


def _selected(table: str, columns: dict[str, str], mount: Mount) -> str:
    wanted = ", ".join(
        f'"{name}" + {getattr(mount, name)}::bigint as "{name}"' if name in files.SHIFTED else f'"{name}"' for name in columns
    )
    return f"select {wanted} from read_parquet({_quoted(str(mount.folder / f'{table}.parquet'))})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
