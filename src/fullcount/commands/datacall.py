"""`fullcount datacall`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.commands.count import last_if_any
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from fullcount.datacall import Packet
    from fullcount.directive import Directive


@click.command("datacall")
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@options.workspace
@options.directive
@click.option("--component", "components", multiple=True, metavar="NAME", help="Only for this component; repeatable.")
@click.option(
    "--tool", "tools", multiple=True, metavar="NAME", help="Tell how this reader's export is made, or `all`; repeatable."
)
@click.option("--by", type=click.DateTime(["%Y-%m-%d"]), help="The day by which you want the exports.")
@click.option(
    "--contact",
    "contacts",
    multiple=True,
    metavar="TEXT",
    help="Whom to ask, besides those of the register: name, telephone, address; repeatable.",
)
@options.as_json
def command(folder: Path | None, workspace: Path | None, **chosen: Any) -> None:
    """Write a packet for each component into FOLDER (by default `reports/datacall` of the workspace): what to export with which
    tool, how to name it, by when; and a form for those who have no tool.
    """
    from fullcount.datacall import Call, packets, write
    from fullcount.readers import READERS
    from fullcount.table import mapped

    of = console.workspace(workspace)
    settings = of.settings()
    counted = last_if_any(of)
    account = counted.accounts[0] if counted else None
    call = Call(
        organisation=settings.organisation,
        directives=tuple(_packs(settings.directives, chosen["directives"])),
        by=chosen["by"].date() if chosen["by"] else None,
        contacts=of.registers().contacts,
        asked=chosen["contacts"],
    )
    readers = (*READERS, *map(mapped, settings.table))
    named = {"components": chosen["components"], "tools": chosen["tools"]}
    found = packets(call, settings, account, readers=readers, **named)
    written, left = write(folder or of.folder / "reports/datacall", found)
    _warn(found, call.by, call.directives, left)
    if chosen["as_json"]:
        by_packet = [
            {"component": one.component, "folder": one.folder, "tools": [tool.name for tool in one.tools]} for one in found
        ]
        paths = {"files": list(map(str, written)), "left": list(map(str, left))}
        console.emit({"schema": "fullcount.datacall/1", "by": call.by, "packets": by_packet, **paths})
        return
    for path in written:
        console.out(str(path))


def _packs(settled: Sequence[str], named: Sequence[str]) -> list[Directive]:
    from fullcount.directive import find
    from fullcount.errors import UsageError

    names = dict.fromkeys(named or settled)
    if not names:
        hint = "--directive ID, or `directives = [...]` in fullcount.toml; see `fullcount directive list`"
        raise UsageError("under which directive?", hint=hint)
    return [find(name) for name in names]


def _warn(found: Sequence[Packet], by: date | None, packs: Sequence[Directive], left: Sequence[Path]) -> None:
    """Say what a person may not expect: on stderr, nothing of it stops the call."""
    from fullcount.clock import Known, dues

    for one in found:
        if one.component and one.folder != one.component:
            text = f"{visible(one.component)}: what comes back lies in `{one.folder}`"
            console.say(f'{text}; write folder = "{one.folder}*" below its [[component]]')
    for pack in packs:
        first = next((due for due in dues(pack, Known(), on=pack.issued) if due.on and due.anchor != "discovery"), None)
        if by and first and first.on and first.on < by:
            console.say(f"note: {first.clock} of {pack.short_title} was due on {first.on}, before that day")
    for path in left:
        console.say(f"left as it is, since somebody may have filled it in: {path}")
