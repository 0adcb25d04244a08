"""pandas: read the columns that are needed, `str.contains`, the different hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peers.installed import library
from peers.layout import Layout, present
from peers.names import write
from peers.peer import Peer

if TYPE_CHECKING:
    from pathlib import Path


def _of(layout: Layout, file: Path, text: str) -> set[str]:
    """The hosts of one file that have it."""
    import pandas as pd

    columns = [name for name in (layout.host, layout.software, layout.publisher) if name]
    rows: Any = pd.read_csv(file, sep=layout.delimiter, usecols=columns, dtype=str, encoding="utf-8-sig")
    has = rows[layout.software].str.contains(text, case=False, na=False, regex=False)
    if layout.publisher:
        has |= rows[layout.publisher].str.contains(text, case=False, na=False, regex=False)
    return set(rows.loc[has, layout.host].str.lower().str.split(".").str[0])


def hosts(exports: Path, into: Path, text: str) -> None:
    """The hosts of all files."""
    found = [_of(layout, file, text) for layout, files in present(exports) for file in files]
    write(into, set().union(*found))


PEER = Peer(
    key="pandas",
    name="pandas, str.contains",
    version=library("pandas"),
    install="pip install pandas pyarrow",
    answer=hosts,
    silent="who was looked at; which machine has two names; what was removed since; names without the vendor's",
)
