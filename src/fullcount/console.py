"""The console: results on stdout, progress and warnings on stderr, and what every command needs to begin."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fullcount.errors import WorkspaceError
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

    from rich.console import Console

    from fullcount.engine import Engine
    from fullcount.workspace import Workspace

TOML = "fullcount.toml"


def emit(document: Any) -> None:
    """A result as JSON on stdout."""
    click.echo(json.dumps(document, ensure_ascii=not _unicode(sys.stdout), indent=2, default=_plain))


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def say(text: str) -> None:
    """A line for the person who is waiting, on stderr."""
    click.echo(_shown(text, sys.stderr), err=True)


def out(text: str) -> None:
    """A line of the result, on stdout."""
    click.echo(_shown(text, sys.stdout))


def _shown(text: str, stream: Any) -> str:
    return text if _unicode(stream) else text.encode("ascii", "backslashreplace").decode()


def _unicode(stream: Any) -> bool:
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "") in {"utf8", "utf16", "utf32"}


def write(path: Path, writer: Callable[[IO[bytes]], None]) -> None:
    """Write a file, aside first: whoever opens it finds all of it, or the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    try:
        with aside.open("wb") as file:
            writer(file)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def console() -> Console:
    """A rich console on stdout; nothing is made of markup, and no colour where it is not wanted."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False, safe_box=True)


def workspace(folder: Path | None) -> Workspace:
    """The workspace that is meant: the folder given, else the nearest above the current one that has a `fullcount.toml`."""
    from fullcount.workspace import Workspace

    if folder is not None:
        return Workspace(folder)
    here = Path.cwd()
    for one in (here, *here.parents):
        if (one / TOML).exists():
            return Workspace(one)
    hint = "`fullcount count EXPORTS` makes one here and counts; `fullcount demo` shows it on made-up data"
    raise WorkspaceError("there is no workspace here", place=str(here), hint=hint)


@contextmanager
def engine(of: Workspace) -> Iterator[Engine]:
    """An engine that may touch nothing but the workspace."""
    from fullcount.engines.duckdb import DuckDb

    with of.spilling() as spill:
        made = DuckDb([of.folder], spill=spill)
        try:
            yield made
        finally:
            made.close()


class Progress:
    """How far reading has come: files, rows and rate, on one line of stderr that is written over; nothing where
    stderr is no terminal.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        """`quiet` shows nothing."""
        self.shown = not quiet and sys.stderr.isatty()
        self.started = self.last = time.monotonic()
        self.file, self.before, self.rows = "", 0, 0

    def __call__(self, name: str, rows: int, share: float) -> None:
        """`rows` of the file `name` are read, and this `share` (0 to 1) of all bytes that were given."""
        if name != self.file:
            self.file, self.before = name, self.before + self.rows
        self.rows = rows
        now = time.monotonic()
        if self.shown and now - self.last > 0.2:
            self.last = now
            spent = now - self.started
            total = self.before + rows
            left = f", about {spent / share - spent:,.0f} s left" if share > 0.02 else ""
            line = f"  {total:,} rows, {total / spent:,.0f} a second{left}: {visible(name[-40:])}"
            click.echo(f"\r\x1b[2K{_shown(line, sys.stderr)[:110]}", err=True, nl=False)

    def end(self) -> None:
        """Clear the line."""
        if self.shown:
            click.echo("\r\x1b[2K", err=True, nl=False)
