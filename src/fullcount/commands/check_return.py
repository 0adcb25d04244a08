"""`fullcount check-return`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from click.decorators import FC

    from fullcount.received import Office, Received
    from fullcount.workspace import Workspace

_FILE = click.Path(dir_okay=False, path_type=Path)
_NOT = "was not checked"
_HEADS = ("file", "component", "return", "as of", "signed by", "verdict")
_WIDEST = 40  # characters of a column


def asked(command: FC) -> FC:
    """The options of every command that looks at returns."""
    chosen: Sequence[Callable[[FC], FC]] = (
        options.as_json,
        click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day on which they came; by default today."),
        click.option("--tree", type=_FILE, help="The components; by default the workspace's tree.toml, .csv or .xlsx."),
        click.option("--trust", type=_FILE, help="Whose signatures count; by default the workspace's trust.toml."),
        options.workspace,
    )
    for one in chosen:  # the last stands first
        command = one(command)
    return command


@click.command("check-return")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@asked
def command(**chosen: Any) -> None:
    """Say whether each of FILES is a sound return: sealed files, PDFs that carry one, or folders of them. Nothing is kept.

    Exit code 3 where any would be refused.
    """
    from fullcount.receive import files, judged, office, stranger

    of, on = _workspace(chosen["workspace"]), console.day(chosen["on"])
    known = office(of, trusted=chosen["trust"], tree=chosen["tree"]) if of else stranger(chosen["trust"], chosen["tree"])
    found = judged(files(chosen["files"]), known, on)
    shown("check-return", found, known, on, as_json=chosen["as_json"])


def _workspace(folder: Path | None) -> Workspace | None:
    """The workspace that is named, else the nearest, if there is one."""
    from fullcount.errors import WorkspaceError

    try:
        return console.workspace(folder)
    except WorkspaceError:
        if folder is not None:
            raise
        return None


def shown(name: str, found: Sequence[Received], known: Office, on: date, *, as_json: bool) -> None:
    """Show what became of files, and end with the exit code 3 where any is refused, or there is none."""
    from fullcount.received import REFUSED

    if as_json:
        returns = [_document(one) for one in found]
        console.emit({"schema": f"fullcount.{name}/1", "on": on, "notes": _notes(known), "returns": returns})
    else:
        for line in _told(found):
            console.out(line)
        for line in (*_notes(known), *([] if found else ["there is no file in what was given"])):
            console.say(line)
    if not found or any(one.verdict == REFUSED for one in found):
        click.get_current_context().exit(3)


def _notes(known: Office) -> list[str]:
    """What could not be looked at, and what would be needed for it; and keys that can never count."""
    missing = {
        "nobody's key was given: the signature": (known.trust, "--trust FILE, or trust.toml in the workspace"),
        "no tree was given: whether the component and the directive are those that are awaited": (
            known.tree,
            "--tree FILE, or tree.toml in the workspace",
        ),
        "there is no workspace with earlier returns: the number": (known.kept, "-w WORKSPACE"),
    }
    notes = [f"{what} {_NOT} ({hint})" for what, (known_of, hint) in missing.items() if known_of is None]
    if known.trust and known.tree:
        strange = {one.component for one in known.trust.keys if not known.tree.named(one.component)}
        notes += [
            f"the trust file has a key of {visible(name)}, and no component of the tree is called so" for name in sorted(strange)
        ]
    return notes


def _document(one: Received) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in ("names", "file", "component", "directive", "version", "sequence", "digest")}
    row |= {name: getattr(one, name) for name in ("as_of", "sentence", "signers", "verdict")}
    return row | {"faults": [{"id": each.id, "text": each.text, "refuses": each.refuses} for each in one.faults]}


def _told(found: Sequence[Received]) -> Iterator[str]:
    """A table of files; below each what its account says, and its faults."""
    if not found:
        return
    rows = [_row(one) for one in found]
    widths = [min(_WIDEST, max(map(len, column))) for column in zip(_HEADS, *rows, strict=True)]
    for row, one in zip((_HEADS, *rows), (None, *found), strict=True):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if one and one.sentence:
            yield f"  it says: {visible(one.sentence, 1000)}"
        for each in one.faults if one else ():
            yield f"  {'refused' if each.refuses else 'note'}: {each.id}: {each.text}"


def _row(one: Received) -> tuple[str, ...]:
    number = str(one.sequence) if one.sequence else ""
    said = ("; ".join(one.names), one.component, number, one.as_of, "; ".join(one.signers), one.verdict.upper())
    return tuple(map(visible, said))


def without_gap(known: Office, components: Sequence[str], why: str) -> Office:
    """What the office knows, and that it accepts a missing number of these components. Raises `UsageError`."""
    from fullcount.errors import UsageError

    if components and not why:
        raise UsageError("why is the missing return accepted?", hint="--why TEXT; it is kept in the ledger")
    names = []
    for one in components:
        node = known.tree.named(one) if known.tree else None
        if known.tree and not node:
            raise UsageError(f"no component of the tree is called `{visible(one)}`", hint="names are compared exactly")
        names.append(node.name if node else one)
    return replace(known, gaps=dict.fromkeys(names, why))
