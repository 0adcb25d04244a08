"""The console: results on stdout, progress and warnings on stderr, and what every command needs to begin."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fullcount.errors import UsageError, WorkspaceError
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

    from rich.console import Console

    from fullcount.engine import Engine
    from fullcount.workspace import Workspace

TOML = "fullcount.toml"
ENGINES = ("duckdb", "spark")


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


def day(said: datetime | None) -> date:
    """The day on which something came or is looked at: as said, else today, in UTC."""
    return (said or datetime.now(UTC)).date()


def contents(path: Path, *, most: int, hint: str) -> bytes:
    """What is in a file of at most so many bytes; `hint` is for whoever gives a larger one. Raises `UsageError` where it
    cannot be read, or holds more.
    """
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", place=str(path), hint="check the path") from None
    if len(data) > most:
        size = f"{most >> 20} MB" if most >> 20 else f"{most >> 10} kB"
        raise UsageError(f"is larger than {size}", place=str(path), hint=hint)
    return data


def write_secret(path: Path, data: bytes) -> None:
    """Write a secret to a file that only its owner reads, where the system has such files. Raises `UsageError` where there
    is a file already: a key that is gone cannot be made again.
    """
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    except FileExistsError:
        raise UsageError(f"{path} is there already, and is never overwritten", hint="give another name") from None
    with os.fdopen(number, "wb") as file:
        file.write(data)


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


def workspace_or_new(folder: Path | None, *, make: bool, text: str = "") -> Workspace:
    """The workspace that is meant; where there is none, and one may be made, a new one with this `text` as its settings."""
    from fullcount.workspace import Workspace

    try:
        return workspace(folder)
    except WorkspaceError:
        if not make:
            raise
        made = Workspace.create(folder or Path.cwd(), text=text)
        say(f"made a workspace: {made.folder / TOML}")
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What makes the tables: one of the `ENGINES`; how much memory it may take, as DuckDB writes it; Spark's master."""

    kind: str = ENGINES[0]
    memory: str = ""
    master: str = ""


DUCKDB = Means()


@contextmanager
def engine(of: Workspace, means: Means = DUCKDB) -> Iterator[Engine]:
    """An engine that may touch nothing but the workspace."""
    with of.spilling() as spill:
        made = _spark(spill, means.master) if means.kind == "spark" else _duckdb(of, spill, means.memory)
        try:
            yield made
        finally:
            made.close()


def _duckdb(of: Workspace, spill: Path, memory: str) -> Engine:
    from fullcount.engines.duckdb import MEMORY, DuckDb

    if not memory:
        return DuckDb([of.folder], spill=spill, memory=MEMORY)
    return DuckDb([of.folder], spill=spill, memory=memory, told=lambda text: say(f"note: {text}"))


def _spark(spill: Path, master: str) -> Engine:
    from fullcount.engines.spark import Spark

    return Spark(spill=spill, master=master)


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
