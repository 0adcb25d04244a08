"""SQLite: load the columns that are needed into a table, then LIKE."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from peers.layout import Layout, present
from peers.names import write
from peers.peer import Peer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def rows(layout: Layout, file: Path) -> Iterator[tuple[str, str, str]]:
    """Host, software and publisher of each line."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        lines = csv.reader(text, delimiter=layout.delimiter)
        next(lines)
        host, software = layout.columns.index(layout.host), layout.columns.index(layout.software)
        publisher = layout.columns.index(layout.publisher) if layout.publisher else software
        for line in lines:
            yield line[host], line[software], line[publisher]


def hosts(exports: Path, into: Path, text: str) -> None:
    """The hosts that have it, from a database beside the answer. LIKE knows the case of ASCII letters only."""
    with closing(sqlite3.connect(f"{into}.sqlite", isolation_level=None)) as database:
        database.execute("pragma journal_mode = off")
        database.execute("pragma synchronous = off")
        database.execute("create table software (host text, name text, publisher text)")
        database.execute("begin")
        for layout, files in present(exports):
            for file in files:
                database.executemany("insert into software values (?, ?, ?)", rows(layout, file))
        database.execute("commit")
        asked = (
            "select distinct lower(case instr(host, '.') when 0 then host else substr(host, 1, instr(host, '.') - 1) end)"
            " from software where name like ?1 or publisher like ?1"
        )
        write(into, (host for (host,) in database.execute(asked, [f"%{text}%"])))


PEER = Peer(
    key="sqlite",
    name="SQLite, LIKE",
    version=lambda _: f"SQLite {sqlite3.sqlite_version}",
    install="comes with Python",
    answer=hosts,
    silent="who was looked at; which machine has two names; what was removed since; names without the vendor's",
)
