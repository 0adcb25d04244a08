"""DuckDB: ILIKE on the CSV files as they are, in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peers.installed import library
from peers.layout import Layout, present
from peers.names import write
from peers.peer import Peer

if TYPE_CHECKING:
    from pathlib import Path


def table(layout: Layout, files: list[Path]) -> str:
    """A query for host, software, publisher and day of the look of all rows of a tool."""
    named = ", ".join(f"'{str(file).replace(chr(39), chr(39) * 2)}'" for file in files)
    publisher = f'"{layout.publisher}"' if layout.publisher else "null"
    looked = f'"{layout.looked}"' if layout.looked else f"'{layout.day}'"
    return (
        f'select lower(split_part("{layout.host}", \'.\', 1)) as host, "{layout.software}" as name, {publisher} as publisher,'
        f" try_cast(replace({looked}, 'Z', '') as timestamp) as looked"
        f" from read_csv([{named}], delim = '{layout.delimiter}', header = true, all_varchar = true)"
    )


def rows(exports: Path) -> str:
    """A query for all rows of all tools."""
    return " union all ".join(table(layout, files) for layout, files in present(exports))


def hosts(exports: Path, into: Path, text: str) -> None:
    """The hosts that have it."""
    import duckdb

    asked = f"select distinct host from ({rows(exports)}) where name ilike ? or publisher ilike ?"
    write(into, (str(host) for (host,) in duckdb.execute(asked, [f"%{text}%"] * 2).fetchall()))


def host(exports: Path, into: Path, text: str) -> None:
    """What one host has."""
    import duckdb

    asked = f"select distinct name from ({rows(exports)}) where host = lower(?)"
    write(into, (str(name) for (name,) in duckdb.execute(asked, [text]).fetchall()))


PEER = Peer(
    key="duckdb",
    name="DuckDB, ILIKE on the CSV",
    version=library("duckdb"),
    install="pip install duckdb",
    answer=hosts,
    look_up=host,
    silent="who was looked at; which machine has two names; what was removed since; names without the vendor's",
)
