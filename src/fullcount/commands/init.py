"""`fullcount init`."""

from __future__ import annotations

from pathlib import Path

import click

from fullcount.console import out


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option("--organisation", default="", help="Its name, for the reports.")
def command(folder: Path, organisation: str) -> None:
    """Make FOLDER a workspace: write a `fullcount.toml` to be edited. What is there already stays."""
    from fullcount.settings import template
    from fullcount.workspace import Workspace

    made = Workspace.create(folder, text=template(organisation))
    out(f"workspace {made.folder}")
    out("Next: edit fullcount.toml if you have components, then `fullcount count EXPORTS`")
