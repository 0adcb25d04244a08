"""Spark: as many machines as there are. The only module that knows Spark.

Readings, the tables of a count and what is made on the way are Parquet files in the workspace, a folder that the driver and
all workers must reach by the same path. What is made is written once and read by whoever needs it, never worked out again;
a table that is kept is put together into one file, as every other engine writes it.

A small count is done in one piece on the driver's side: for a few thousand rows the start of a job takes longer than the job.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fullcount import connected
from fullcount.engines import files, rounds
from fullcount.errors import FullcountError
from fullcount.tables import READING, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from pyarrow import RecordBatch
    from pyspark.sql import DataFrame, SparkSession

    from fullcount.engine import Mount

SMALL = 100_000  # rows of all readings together: up to so many, one piece is quicker than several
FEW = 1 << 20  # bytes of a table that is carried in a plan
EDGES = 10_000  # of a graph: up to so many, a round takes longer than all of it does in memory
_ROWS = 1_000_000  # of the readings, for each piece in which a large count is shuffled
_HERE = {"127.0.0.1", "localhost", "::1"}
_PATTERN = frozenset("*?[]{}")
# Without these a statement would mean something else than it does on DuckDB.
_MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
}
# One piece, and nothing is compiled that runs once.
_IN_ONE = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
# What a session of our own is begun with, where spark-submit or a file of defaults says nothing else.
_DEFAULTS = {
    "spark.app.name": "fullcount",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
_LOOPBACK = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
_HINT = "the log of the workers says why; the workspace must be reached by all of them by the same path"


class Spark:
    """An engine whose work may be spread over a cluster."""

    def __init__(self, *, spill: Path, master: str = "", small: int = SMALL, edges: int = EDGES) -> None:
        """`spill` is where tables are put that are not kept; workers must reach it. `master` is Spark's, by default that of
        the session that there is, of spark-submit, or this machine. Up to `small` rows are counted in one piece, and up to
        `edges` of a graph joined in memory. Raises `FullcountError` where Spark cannot be started.
        """
        if bad := _PATTERN.intersection(str(spill.resolve())):
            raise FullcountError(
                f"Spark takes `{min(bad)}` in a path for a pattern", place=str(spill.parent), hint="give the folder another name"
            )
        began = _active()
        parent = began or _started(master)
        self.owned = None if began else parent
        self.session = parent.newSession()  # names and settings of its own
        self.spill, self.numbers = spill, count()
        self.small, self.edges = small, edges
        self.in_one = False
        self.mounts: tuple[Mount, ...] = ()
        self.files: dict[str, Path] = {}  # of the tables that are kept
        self.names: set[str] = set()  # of the tables that are shown
        self._set(_MEANING)

    def mount(self, mounts: Sequence[Mount]) -> None:
        """Show the tables of readings as one; see `Engine.mount`."""
        self.mounts = tuple(mounts)
        rows = sum(pq.read_metadata(mount.folder / f"{table}.parquet").num_rows for mount in mounts for table in READING)
        self.in_one = rows <= self.small
        pieces = str(max(2 * self.session.sparkContext.defaultParallelism, rows // _ROWS))
        self._set(_IN_ONE if self.in_one else _unless_said(self.session, {"spark.sql.shuffle.partitions": pieces}))
        for table, columns in READING.items():
            if self.in_one or not mounts:
                self.put(table, _together(table, columns, mounts))
            else:
                self._name(table, _one([self._shifted(table, columns, mount) for mount in mounts]))

    def keep(self, tables: Collection[str], folder: Path) -> None:
        """Write these tables to Parquet files when they are made; see `Engine.keep`."""
        self.files |= {table: folder / f"{table}.parquet" for table in tables}

    def gather(self, table: str, *, by: str, query: str) -> None:
        """Make `table` from observations; see `Engine.gather`."""
        columns = ", ".join(f"observations.{name}" for name in files.GATHERED)
        asked = f"(select distinct asked.id from ({query}) as asked (id)) as wanted"
        self.make(table, f"select {columns} from observations inner join {asked} on observations.{by} = wanted.id")

    def put(self, table: str, data: pa.Table | pa.RecordBatchReader) -> None:
        """Replace `table` with rows from memory: a large one as a file."""
        path = self.files.get(table)
        if isinstance(data, pa.RecordBatchReader):
            if path and not self.in_one:
                schema = _plain(data.schema)
                files.write(path, schema, (batch.cast(schema) for batch in data))
                self._name(table, self._read(path, schema))
                return
            data = data.read_all()
        plain = data.cast(_plain(data.schema))
        if path or (plain.nbytes > FEW and not self.in_one):
            path = path or self.spill / f"{next(self.numbers)}.parquet"
            files.write(path, plain.schema, plain.to_batches())
        if path and not self.in_one:
            self._name(table, self._read(path, plain.schema))
        else:
            self._name(table, self._held(plain))

    def put_aside(self, table: str, data: pa.RecordBatchReader) -> None:
        """At once: the driver has enough to do."""
        self.put(table, data)

    def settle(self) -> None:
        """Nothing is put aside."""

    def make(self, table: str, query: str) -> None:
        """Replace `table` with the result of `query`."""
        if self.in_one:
            self.put(table, self.arrow(query))
            return
        folder, schema = self._spilled(query)
        path = self.files.get(table)
        if path:
            files.write(path, schema, _batches(folder, schema))
            shutil.rmtree(folder)
        self._name(table, self._read(path or folder, schema))

    def derive(self, tables: Sequence[str], *, reads: Collection[str], said: str, work: Callable[[], object]) -> None:  # noqa: ARG002
        """Let `work` put `tables`; see `Engine.derive`."""
        work()

    def arrow(self, query: str) -> pa.Table:
        """A small result as an Arrow table."""
        with _within_means():
            found: pa.Table = self.session.sql(translate(query)).toArrow()
            return found

    def batches(self, query: str, values: Mapping[str, Any] | None = None) -> Iterator[RecordBatch]:
        """A large result, batch by batch: the cluster writes it down, and this process reads it in order."""
        if self.in_one:
            yield from self.ask(query, values or {}).to_batches(files.BATCH)
            return
        folder, schema = self._spilled(query, values)
        try:
            yield from _batches(folder, schema)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def written(self, table: str, columns: Sequence[str]) -> Iterator[RecordBatch]:
        """A kept table as it lies in its file; see `Engine.written`."""
        return files.batches(self.files[table], columns)

    def smallest(self, edges: pa.Table) -> pa.Table:
        """By rounds, but for a graph so small that one round would take longer; see `Engine.smallest`."""
        return connected.smallest(edges) if edges.num_rows <= self.edges else rounds.smallest(self, edges)

    def show(self, tables: Collection[str], folder: Path, *, behind: str = "") -> None:
        """Show tables that are kept in a folder; see `Engine.show`."""
        for table in tables:
            path = folder / f"{table}.parquet"
            self._name(table + behind, self._read(path, _plain(pq.read_schema(path))))

    def search(self, table: str, folder: Path, *, words: Sequence[str]) -> None:
        """Show a kept table so that it can be paged and searched; see `Engine.search`."""
        path = folder / f"{table}.parquet"
        names = ", ".join(f"`{name}`" for name in words)
        found = self._read(path, _plain(pq.read_schema(path)))
        self._name(table, found.selectExpr("*", "_metadata.row_index as turn", f"lower(concat_ws(' ', {names})) as searched"))

    def hold(self, table: str) -> None:
        """Take a table that is shown into the memory of the workers; see `Engine.hold`."""
        self.session.catalog.cacheTable(table)

    def ask(self, query: str, values: Mapping[str, Any]) -> pa.Table:
        """A small result of a query with values; see `Engine.ask`."""
        with _within_means():
            found: pa.Table = self.session.sql(translate(query), args=dict(values)).toArrow()
            return found

    def rows(self, query: str) -> list[dict[str, Any]]:
        """A small result as dictionaries."""
        return self.arrow(query).to_pylist()

    def close(self) -> None:
        """Give back what the session holds; it is stopped only where it was started here."""
        for table in self.names:
            self.session.catalog.dropTempView(table)
        if self.owned:
            self.owned.stop()

    def _set(self, settings: Mapping[str, str]) -> None:
        for name, value in settings.items():
            self.session.conf.set(name, value)

    def _name(self, table: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(table)
        self.names.add(table)

    def _held(self, data: pa.Table) -> DataFrame:
        """Rows that are carried in plans; in one piece, if all is, so that nothing is ever shuffled."""
        found: DataFrame = self.session.createDataFrame(data.combine_chunks())  # of several, it stops at an empty one
        return found.coalesce(1) if self.in_one else found

    def _read(self, path: Path, schema: pa.Schema) -> DataFrame:
        from pyspark.sql.pandas.types import from_arrow_schema

        found: DataFrame = self.session.read.schema(from_arrow_schema(schema, prefer_timestamp_ntz=True)).parquet(_place(path))
        return found

    def _shifted(self, table: str, columns: dict[str, str], mount: Mount) -> DataFrame:
        """A table of a reading with the ids of the count."""
        chosen = [
            f"cast(`{name}` as bigint) + {getattr(mount, name)}L as `{name}`" if name in files.SHIFTED else f"`{name}`"
            for name in columns
        ]
        return self._read(mount.folder / f"{table}.parquet", arrow_schema(columns)).selectExpr(*chosen)

    def _spilled(self, query: str, values: Mapping[str, Any] | None = None) -> tuple[Path, pa.Schema]:
        """The folder into which the workers wrote the result of a query, in parts whose names are in its order."""
        from pyspark.sql.pandas.types import to_arrow_schema

        folder = self.spill / str(next(self.numbers))
        with _within_means():
            frame = self.session.sql(translate(query), args=dict(values or {}))
            frame.write.parquet(_place(folder))
        return folder, to_arrow_schema(frame.schema)


@lru_cache(maxsize=512)
def translate(query: str) -> str:
    """Our statements are written for DuckDB; Spark gets them translated."""
    import sqlglot

    return sqlglot.transpile(query, read="duckdb", write="spark", comments=False)[0]


def _active() -> SparkSession | None:
    """The session that there is already: whoever began it has chosen its master. Raises `FullcountError` without PySpark."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        hint = 'pip install "fullcount[spark]", and Java 17 or newer'
        raise FullcountError("the engine spark needs PySpark, which is not installed", hint=hint) from None
    found: SparkSession | None = SparkSession.getActiveSession()
    return found


def _started(master: str) -> SparkSession:
    """A session of our own: the settings of spark-submit first, then ours. Raises `FullcountError`."""
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    if not _java():
        hint = "install Java 17 or newer, or let JAVA_HOME name where it is"
        raise FullcountError("the engine spark needs Java, and there is none", hint=hint)
    if "PYSPARK_GATEWAY_PORT" in os.environ:  # begun by spark-submit, which has read its own settings
        SparkContext._ensure_initialized()  # noqa: SLF001 - as SparkContext does, but before its settings are asked for
    conf = SparkConf()
    if master:
        conf.setMaster(master)
    else:
        conf.setIfMissing("spark.master", os.environ.get("SPARK_MASTER", "local[*]"))
    for name, value in _defaults(conf.get("spark.master")).items():
        conf.setIfMissing(name, value)
    try:
        made: SparkSession = SparkSession.builder.config(conf=conf).getOrCreate()
    except (Py4JError, PySparkException) as error:
        hint = f"is the master running, and can this machine be reached from it? {conf.get('spark.master')}"
        raise FullcountError(f"Spark does not start: {_first_line(error)}", hint=hint) from error
    return made


def _defaults(master: str) -> dict[str, str]:
    """What is set where nothing else is said. A master on this machine needs no other machine to reach the driver."""
    near = master.startswith("local") or urlsplit(master).hostname in _HERE
    return _DEFAULTS | (_LOOPBACK if near else {})


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=os.path.join(home, "bin") if home else None)  # noqa: PTH118 - as a search path


def _unless_said(session: SparkSession, settings: Mapping[str, str]) -> dict[str, str]:
    said = session.sparkContext.getConf()
    return {name: value for name, value in settings.items() if not said.contains(name)}


@contextmanager
def _within_means() -> Iterator[None]:
    """A job that failed on the workers is no bug. Raises `FullcountError`."""
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import SparkRuntimeException

    try:
        yield
    except (Py4JJavaError, SparkRuntimeException) as error:
        raise FullcountError(f"the count cannot go on: {_first_line(error)}", hint=_HINT) from error


def _first_line(error: Exception) -> str:
    java = getattr(error, "java_exception", None)
    return str(java.getMessage() if java else error).strip().splitlines()[0]


def _one(frames: Sequence[DataFrame]) -> DataFrame:
    first, *rest = frames
    for frame in rest:
        first = first.unionAll(frame)
    return first


def _together(table: str, columns: dict[str, str], mounts: Sequence[Mount]) -> pa.Table:
    """A table of all readings with the ids of the count, in memory."""
    schema = arrow_schema(columns)
    wide = arrow_schema({name: "int64" if name in files.SHIFTED else kind for name, kind in columns.items()})
    found = [wide.empty_table()]
    for mount in mounts:
        rows = pq.read_table(mount.folder / f"{table}.parquet", columns=list(columns)).cast(schema).cast(wide)
        for turn, name in enumerate(columns):
            if name in files.SHIFTED:
                rows = rows.set_column(turn, name, pc.add(rows[name], pa.scalar(getattr(mount, name), pa.int64())))
        found.append(rows)
    return pa.concat_tables(found)


def _plain(schema: pa.Schema) -> pa.Schema:
    """The same columns without what is only a way of storing them: Spark has no dictionaries and one kind of text."""
    types: dict[pa.DataType, pa.DataType] = {pa.large_string(): pa.string(), pa.large_binary(): pa.binary()}
    kinds = (field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in schema)
    return pa.schema([(field.name, types.get(kind, kind)) for field, kind in zip(schema, kinds, strict=True)])


def _batches(folder: Path, schema: pa.Schema) -> Iterator[RecordBatch]:
    """What the workers wrote, in the order of their parts."""
    for part in sorted(folder.glob("part-*.parquet")):
        yield from (batch.cast(schema) for batch in files.batches(part))


def _place(path: Path) -> str:
    """A path as Spark wants it: a file of this machine whatever the cluster's own file system is."""
    return f"file://{path.resolve().as_posix()}"
