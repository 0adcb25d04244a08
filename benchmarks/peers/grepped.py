"""ripgrep, or grep: the lines with the vendor's name, the column of the host, sorted, each once."""

from __future__ import annotations

import subprocess
from shlex import quote
from typing import TYPE_CHECKING

from peers.installed import program
from peers.layout import present
from peers.peer import Peer

if TYPE_CHECKING:
    from pathlib import Path


def hosts(exports: Path, into: Path, text: str) -> None:
    """The hosts of the lines: one command a tool, since the host is in another column in each."""
    found = _search()
    lines = []
    for layout, files in present(exports):
        column = layout.columns.index(layout.host) + 1  # no cell before it holds a delimiter
        named = " ".join(quote(str(file)) for file in files)
        lines.append(f"{found} {quote(text)} {named} | cut -d '{layout.delimiter}' -f {column}")
    cleaned = "tr -d '\"' | tr A-Z a-z | cut -d . -f 1 | LC_ALL=C sort -u"
    _shell(f"( {' ; '.join(lines)} ) | {cleaned} > {quote(str(into))}")


def host(exports: Path, into: Path, text: str) -> None:
    """The lines of one host."""
    named = " ".join(quote(str(file)) for _, files in present(exports) for file in files)
    _shell(f"{_search()} {quote(text)} {named} > {quote(str(into))}")


def _shell(command: str) -> None:
    subprocess.run(["sh", "-c", command], check=True)


def _search() -> str:
    """What searches, without names of files or colours."""
    return "rg -i -F -N -I --color never" if program("rg") else "grep -i -F -h --color=never"


PEER = Peer(
    key="grep",
    name="ripgrep or grep, cut, sort -u",
    version=lambda _: program("rg", "grep"),
    install="apt-get install ripgrep",
    answer=hosts,
    look_up=host,
    silent="anything but the number: a line with the name in any column counts",
)
