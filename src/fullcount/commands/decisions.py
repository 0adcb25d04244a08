"""`fullcount decisions`: what people decided, and undoing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.commands.hosts import carry_out
from fullcount.text import visible

if TYPE_CHECKING:
    from pathlib import Path


@click.group("decisions", invoke_without_command=True)
@options.workspace
@options.as_json
@click.pass_context
def command(context: click.Context, workspace: Path | None, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """List what people decided: sources dropped, machines linked or split, titles decided, by whom, when and why."""
    if context.invoked_subcommand:
        return
    from fullcount.decision import described, in_effect

    decided = console.workspace(workspace).decided()
    holding = {one.number for one in in_effect(decided)}
    if as_json:
        rows = [described(one) | {"number": one.number, "holds": one.number in holding} for one in decided]
        console.emit({"schema": "fullcount.decisions/1", "decisions": rows})
        return
    if not decided:
        console.out("nothing was decided")
    for one in decided:
        state = "" if one.undoes or one.number in holding else "  [undone]"
        by = f" by {visible(one.by)}" if one.by else ""
        console.out(f"{one.number:>4}  {visible(one.at[:10])}{by}: {visible(one.said(), 1000)}{state}")
        console.out(f"      {visible(one.why, 1000)}")


@command.command("undo")
@click.argument("number", type=click.IntRange(min=1))
@options.deciding
def undo(number: int, **chosen: Any) -> None:
    """Let decision NUMBER no longer hold. It stays in the list, with the undoing."""
    from fullcount.decision import UNDO, Decision

    carry_out(
        console.workspace(chosen["workspace"]), Decision(what=UNDO, undoes=number, why=chosen["why"], by=chosen["by"]), chosen
    )
