"""DuckDB: one machine, both cores, spilling to disk. The only module that knows DuckDB."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

from fullcount.errors import FullcountError
from fullcount.tables import READING, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from fullcount.engine import Mount

# The id columns of a reading: each is shifted to become the count's own.
_SHIFTED = frozenset({"source", "record", "title", "detail"})
_BATCH = 131_072


class DuckDb:
    """An engine in memory; readings stay Parquet files, and nothing outside `folders` can be read or written."""

    def __init__(self, folders: Sequence[Path], *, memory: str = "", spill: Path | None = None) -> None:
        """`memory` as DuckDB writes it ("4GB"); `spill` is where it may put what does not fit."""
        self.connection = duckdb.connect()
        self.mounts: tuple[Mount, ...] = ()
        allowed = [_quoted(str(folder.resolve())) for folder in [*folders, *([spill] if spill else [])]]
        for setting in (
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "allow_community_extensions = false",
            *([f"memory_limit = {_quoted(memory)}"] if memory else []),
            *([f"temp_directory = {_quoted(str(spill))}"] if spill else []),
            f"allowed_directories = [{', '.join(allowed)}]",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            self._run(f"set {setting}")

    def mount(self, mounts: Sequence[Mount]) -> None:
        """Show the tables of readings as one; see `Engine.mount`."""
        self.mounts = tuple(mounts)
        for table, columns in READING.items():
            if table != "observations":
                parts = [_selected(table, columns, mount) for mount in mounts]
                if parts:
                    self._run(f"create or replace view {table} as\n" + "\nunion all\n".join(parts))
                else:
                    self.put(table, arrow_schema(columns).empty_table())

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
            columns = {"record": "int64", "title": "int64", "place": "int64", "state": "text", "detail": "int64"}
            self.put(table, arrow_schema(columns).empty_table())

    def put(self, table: str, data: pa.Table) -> None:
        """Replace `table` with rows from memory."""
        self.connection.register("put_in", data)
        try:
            self.make(table, "select * from put_in")
        finally:
            self.connection.unregister("put_in")

    def make(self, table: str, query: str) -> None:
        """Replace `table` with the result of `query`."""
        self._run(f"create or replace table {table} as {query}")

    def arrow(self, query: str) -> pa.Table:
        """A small result as an Arrow table."""
        with _within_means():
            table: pa.Table = self.connection.sql(query).to_arrow_table()
        return table

    def batches(self, query: str) -> Iterator[pa.RecordBatch]:
        """A large result, batch by batch, on a cursor of its own."""
        cursor = self.connection.cursor()
        try:
            with _within_means():
                yield from cursor.sql(query).to_arrow_reader(_BATCH)
        finally:
            cursor.close()

    def rows(self, query: str) -> list[dict[str, Any]]:
        """A small result as dictionaries."""
        return self.arrow(query).to_pylist()

    def save(self, table: str, path: Path) -> None:
        """Write `table` as a Parquet file."""
        self._run(f"copy {table} to {_quoted(str(path))} (format parquet, compression zstd)")

    def close(self) -> None:
        """Give back what the connection holds."""
        self.connection.close()

    def _run(self, statement: str) -> None:
        with _within_means():
            self.connection.execute(statement).fetchall()


@contextmanager
def _within_means() -> Iterator[None]:
    """A full disk, or too little memory, is no bug. Raises `FullcountError`."""
    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        hint = "make room on the disk of the workspace, or in memory, and run it again: the workspace is as it was"
        raise FullcountError(f"the count cannot go on: {str(error).splitlines()[0]}", hint=hint) from error


def _selected(table: str, columns: dict[str, str], mount: Mount) -> str:
    wanted = ", ".join(
        f'"{name}" + {getattr(mount, name)}::bigint as "{name}"' if name in _SHIFTED else f'"{name}"' for name in columns
    )
    return f"select {wanted} from read_parquet({_quoted(str(mount.folder / f'{table}.parquet'))})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
