"""DuckDB, with an afternoon's care: fifty names of products in three scripts and of packages, the white label left out, and
of each host only what its newest look says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from peers.duckdb_ilike import rows
from peers.installed import library
from peers.names import FIFTY, write
from peers.peer import Peer

if TYPE_CHECKING:
    from pathlib import Path


def hosts(exports: Path, into: Path, text: str) -> None:
    """The hosts whose newest look shows it. The text is one of the fifty."""
    del text
    import duckdb

    asked = f"""
        with looks as ({rows(exports)}),
        newest as (select host, max(looked) as looked from looks group by host),
        found as (
            select host, looked from looks
            where regexp_matches(lower(name), ?) and not lower(name) like '%powered by%'
        )
        select distinct found.host from found join newest using (host, looked)
    """
    write(into, (str(host) for (host,) in duckdb.execute(asked, ["|".join(FIFTY)]).fetchall()))


PEER = Peer(
    key="duckdb-newest",
    name="DuckDB, 50 patterns, newest look of each name",
    version=library("duckdb"),
    install="pip install duckdb",
    answer=hosts,
    silent="who was looked at; which machine has two names, or which name two machines; which evidence",
)
