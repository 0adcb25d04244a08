"""`fullcount drop`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fullcount import console, options

if TYPE_CHECKING:
    from pathlib import Path


@click.command("drop")
@click.argument("source")
@options.workspace
@click.option("--why", required=True, help="The reason; it stands in the ledger.")
@options.as_json
def command(source: str, workspace: Path | None, why: str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Take SOURCE (its name, or the beginning of its digest) out of every later count. Its tables are kept."""
    name = console.workspace(workspace).drop(source, why=why)
    if as_json:
        console.emit({"schema": "fullcount.drop/1", "source": name, "why": why})
    else:
        console.out(f"dropped {name}")
        console.out("Next: `fullcount count`")
