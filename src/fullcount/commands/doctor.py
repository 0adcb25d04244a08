"""`fullcount doctor`."""

from __future__ import annotations

import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import click

from fullcount import __version__, console, options
from fullcount.errors import FullcountError, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LIBRARIES = (
    "duckdb",
    "pyarrow",
    "numpy",
    "scipy",
    "click",
    "rich",
    "defusedxml",
    "orjson",
    "python-calamine",
    "jinja2",
    "pyyaml",
    "holidays",
    "xlsxwriter",
)


@click.command("doctor")
@options.workspace
@options.as_json
@click.pass_context
def command(context: click.Context, /, workspace: Path | None, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Check the installation, the directives and the workspace. Exits with 3 where something is wrong."""
    checks = [*_installation(), *_directives(), *_workspace(workspace)]
    if as_json:
        console.emit(
            {
                "schema": "fullcount.doctor/1",
                "checks": [{"what": what, "good": good, "says": says} for what, good, says in checks],
            }
        )
    else:
        for what, good, says in checks:
            console.out(f"{'ok   ' if good else 'WRONG'}  {what}: {says}")
    if not all(good for _, good, _ in checks):
        context.exit(3)


def _installation() -> Iterator[tuple[str, bool, str]]:
    yield "fullcount", True, f"{__version__} on Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    for name in _LIBRARIES:
        try:
            yield name, True, version(name)
        except PackageNotFoundError:
            yield name, False, "is not installed"
    encoding = sys.stdout.encoding or "unknown"
    yield "terminal", True, f"{encoding}; names are written out in plain letters where it cannot show them"


def _directives() -> Iterator[tuple[str, bool, str]]:
    from fullcount.directive import find, shipped
    from fullcount.match import failures

    for name in shipped():
        try:
            one = find(name)
            wrong = failures(one)
        except FullcountError as error:
            yield name, False, str(error)
        else:
            yield name, not wrong, f"{len(one.signatures)} signatures, {len(one.examples)} examples, {len(wrong)} fail"


def _workspace(folder: Path | None) -> Iterator[tuple[str, bool, str]]:
    from fullcount import ledger
    from fullcount.reuse import altered
    from fullcount.workspace import folders

    try:
        found = console.workspace(folder)
    except WorkspaceError as error:
        yield "workspace", folder is None, error.message
        return
    yield "workspace", True, f"{found.folder}: {len(folders(found.readings))} readings, {len(folders(found.counts))} counts"
    try:
        found.settings()
        yield "fullcount.toml", True, "is understood"
    except FullcountError as error:
        yield "fullcount.toml", False, str(error)
    try:
        yield "ledger", True, f"{len(ledger.entries(found.ledger)):,} lines, the chain holds"
    except FullcountError as error:
        yield "ledger", False, str(error)
    harmed = [f"{count.name}/{table}" for count in folders(found.counts) for table in altered(count)]
    yield "counts", not harmed, f"altered since: {', '.join(harmed)}" if harmed else "their tables are as they were written"
    free = shutil.disk_usage(found.folder).free
    yield "disk", free > 1 << 30, f"{free >> 30:,} GiB free"
