"""The contract of an engine: it makes tables from tables, by the statements in `sql/`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

_READS = re.compile(r"\b(?:from|join)\s+([a-z_0-9]+)")


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A reading as a count sees it: its folder and what is added to its ids to make them the count's own."""

    folder: Path
    source: int
    record: int
    title: int
    detail: int


class Engine(Protocol):
    """Two engines exist because of size, not taste: both run the same statements over the same Parquet."""

    def mount(self, mounts: Sequence[Mount]) -> None:
        """Show the tables of readings as one, with the count's ids: `sources`, `appearances`, `records`, `clues`,
        `titles`, `details`, `rejects`, and `observations`, of which a statement takes those of one title: for many see `gather`.
        """

    def keep(self, tables: Collection[str], folder: Path) -> None:
        """Write each of `tables` to `<table>.parquet` in `folder` when it is made, in the order that its query asks for,
        and read it from there afterwards: what is kept anyway need not be held.
        """

    def gather(self, table: str, *, by: str, query: str) -> None:
        """Make `table` (record, title, place, state, detail; ids of the count) from the observations whose
        `by` (`title` or `record`) is in the one column of `query`.
        """

    def put(self, table: str, data: pa.Table | pa.RecordBatchReader) -> None:
        """Replace `table` with rows from memory, or with what comes batch by batch, in its order."""

    def put_aside(self, table: str, data: pa.RecordBatchReader) -> None:
        """As `put`, but other tables may be made while its rows come: it is there from the next `settle` on."""

    def settle(self) -> None:
        """Wait for what is put aside. Raises what went wrong with it."""

    def make(self, table: str, query: str) -> None:
        """Replace `table` with the result of `query`."""

    def derive(self, tables: Sequence[str], *, reads: Collection[str], said: str, work: Callable[[], object]) -> None:
        """Let `work` put `tables`, which it makes of the tables `reads` and of what it was told, `said`: nothing else may
        decide what they hold, so that what an earlier count made of the same can stand for it.
        """

    def arrow(self, query: str) -> pa.Table:
        """A small result as an Arrow table."""

    def batches(self, query: str, values: Mapping[str, Any] | None = None) -> Iterator[pa.RecordBatch]:
        """A large result, batch by batch; `values` as for `ask`."""

    def smallest(self, edges: pa.Table) -> pa.Table:
        """Of a graph whose `edges` (one, other) join numbers: each `node`, ascending, and the `smallest` of all nodes that it
        is connected with, itself among them.
        """

    def written(self, table: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """These columns of a table that is kept, batch by batch, in the order in which it was written: sorting a long one
        again would take time and memory.
        """

    def show(self, tables: Collection[str], folder: Path, *, behind: str = "") -> None:
        """Show tables that are kept in `folder`, one file each, and never change; with `behind` put behind each name."""

    def search(self, table: str, folder: Path, *, words: Sequence[str]) -> None:
        """Show a table that is kept in `folder` with two columns more: `turn`, the number of a row in the order in which it
        was kept, and `searched`, the texts of the columns `words` in small letters.
        """

    def hold(self, table: str) -> None:
        """Take a table that is shown into memory: whoever asks for a few of its rows need not unpack it. Others may ask at
        the same time.
        """

    def ask(self, query: str, values: Mapping[str, Any]) -> pa.Table:
        """A small result of a query in which `$name` stands for one of `values`: those that it names, and no other. Any
        number of threads may ask at the same time.
        """

    def rows(self, query: str) -> list[dict[str, Any]]:
        """A small result as dictionaries."""

    def close(self) -> None:
        """Give back what the engine holds."""


@cache
def statement(table: str) -> str:
    """The statement that makes `table`: `sql/<table>.sql`."""
    return (files("fullcount") / "sql" / f"{table}.sql").read_text("utf-8")


def tables_in(query: str) -> frozenset[str]:
    """The names that a statement reads from; a word of a comment may be among them."""
    return frozenset(_READS.findall(query))


def rows_table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> pa.Table:
    """A few rows from memory as an Arrow table with the columns of a table of the house."""
    from fullcount.tables import arrow_schema

    schema = arrow_schema(dict(columns))
    return pa.Table.from_pylist([dict(row) for row in rows], schema=schema)
