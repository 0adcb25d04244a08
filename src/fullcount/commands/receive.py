"""`fullcount receive`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fullcount import console
from fullcount.commands.check_return import asked, shown, without_gap

accept_gap = click.option(
    "--accept-gap",
    "gaps",
    multiple=True,
    metavar="COMPONENT",
    help="Accept that a number of this component never came; repeatable.",
)
why = click.option("--why", default="", metavar="TEXT", help="Why the gap is accepted; it is kept in the ledger.")


@click.command("receive")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@asked
@accept_gap
@why
def command(**chosen: Any) -> None:
    """Take in FILES, sealed files, PDFs that carry one, or folders of them: keep what is sound, refuse the rest, and enter
    both in the ledger.

    Exit code 3 where any is refused.
    """
    from fullcount.receive import office, receive

    of, on = console.workspace(chosen["workspace"]), console.day(chosen["on"])
    known = without_gap(office(of, trusted=chosen["trust"], tree=chosen["tree"]), chosen["gaps"], chosen["why"])
    found = receive(of, chosen["files"], known=known, on=on)
    shown("receive", found, known, on, as_json=chosen["as_json"])
