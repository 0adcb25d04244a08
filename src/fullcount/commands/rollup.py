"""`fullcount rollup`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fullcount import console
from fullcount.commands.check_return import asked, without_gap
from fullcount.commands.receive import accept_gap, why
from fullcount.commands.report import files, forms_of
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from fullcount.hierarchy import Hierarchy
    from fullcount.office import Kept
    from fullcount.received import Office, Received
    from fullcount.report import Account
    from fullcount.workspace import Workspace

_DAY = click.DateTime(["%Y-%m-%d"])
_SENSOR = click.Path(dir_okay=False, path_type=Path)


@click.command("rollup")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@asked
@click.option("--directive", default="", metavar="ID", help="Which directive, where returns were received under several.")
@click.option("--due", type=_DAY, help="When returns are due where the tree sets no day; by default as the directive says.")
@click.option(
    "--sensor",
    type=_SENSOR,
    metavar="FILE",
    help="Systems that the office saw itself: CSV, XLSX or TOML; set against the returns.",
)
@accept_gap
@why
@click.option("--public", "is_public", is_flag=True, help="Leave out whatever tells a small number about a component.")
@click.option(
    "--form", "forms", multiple=True, metavar="FORM", help="Write it as pdf, xlsx, csv, csv-plain, json or html; repeatable."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The folder of what is written; by default `reports/`.")
def command(**chosen: Any) -> None:
    """Take in FILES (returns, PDFs that carry one, or folders of them), and put all accepted returns together: one count in which
    every system stands once, and who has not reported. In an empty folder this makes the workspace of the office, too.
    """
    of, on = console.workspace_or_new(chosen["workspace"], make=bool(chosen["files"])), console.day(chosen["on"])
    known = _office(of, chosen)
    if chosen["files"]:
        from fullcount.receive import receive

        _say(receive(of, chosen["files"], known=without_gap(known, chosen["gaps"], chosen["why"]), on=on))
    kept = _rolled_up(of, known, chosen, on)
    account = _published(kept.account) if chosen["is_public"] else kept.account
    written = list(_written(of, kept, account, chosen)) if chosen["forms"] or chosen["output"] else []
    if chosen["as_json"]:
        told = {"rollup": kept.account.count, "is_public": chosen["is_public"], "files": list(map(str, written))}
        console.emit({"schema": "fullcount.rollup/1", **told, "account": account.document()})
        return
    _show(account)
    for path in written:
        console.out(str(path))


def _office(of: Workspace, chosen: Mapping[str, Any]) -> Office:
    """What the office knows. Without keys every return would be refused, and without a tree nobody would be missing."""
    from fullcount.errors import UsageError
    from fullcount.receive import office

    known = office(of, trusted=chosen["trust"], tree=chosen["tree"])
    if known.tree is None:
        hint = "--tree FILE, or tree.toml in the workspace: docs/guides/receive-returns.md; a CSV with a column `name` will do"
        raise UsageError("which components report?", hint=hint)
    if known.trust is None and chosen["files"]:
        hint = "--trust FILE, or trust.toml in the workspace: docs/guides/keys-and-trust.md"
        raise UsageError("whose signatures count? Without a key every return would be refused", hint=hint)
    return known


def _say(found: Sequence[Received]) -> None:
    """What became of the files that came in, on stderr: how many, and each one that was refused or is in doubt."""
    from collections import Counter

    many = Counter(one.verdict for one in found)
    console.say(f"files: {', '.join(f'{number:,} {verdict}' for verdict, number in sorted(many.items())) or 'none'}")
    for one in found:
        name = "; ".join(visible(name) for name in one.names)
        for each in one.faults:
            if each.id != "replay":
                console.say(f"  {'refused' if each.refuses else 'note'}: {name}: {each.id}: {visible(each.text, 500)}")


def _rolled_up(of: Workspace, known: Office, chosen: Mapping[str, Any], on: date) -> Kept:
    from fullcount.directive import find
    from fullcount.office import directive_of, rolled_up

    tree = known.tree
    assert tree is not None
    name = directive_of(of, tree, chosen["directive"])
    pack = tree.pack if tree.pack and tree.pack.id == name else find(name)
    sensor = list(sightings(chosen["sensor"], tree)) if chosen["sensor"] else []
    return rolled_up(of, tree, pack, on=on, due=chosen["due"].date() if chosen["due"] else None, sensor=sensor)


def sightings(path: Path, tree: Hierarchy) -> Iterator[dict[str, Any]]:
    """The office's own list, row by row. Raises `SettingsError` where a row names no component of the tree."""
    from fullcount.sighting import load, seen

    def named(written: str) -> str:
        node = tree.named(written)
        return node.name if node else ""

    found = load(path)
    seen(found, named, known=[word for node in tree.nodes for word in (node.name, node.acronym) if word])
    for one in found:
        yield {"component": one.component, "system": one.system, "seen_on": one.seen_on}


def _published(account: Account) -> Account:
    from fullcount.public import public

    return public(account)


def _written(of: Workspace, kept: Kept, account: Account, chosen: Mapping[str, Any]) -> Iterator[Path]:
    """The paper in its forms. Of what is published no list goes with it."""
    from fullcount.papers.rollup import made

    lists = {} if chosen["is_public"] else kept.lists()
    paper = made(account, lists, rows=kept.rows(), marking=of.settings().marking, is_public=chosen["is_public"])
    yield from files(paper, forms_of(chosen["forms"]), chosen["output"] or of.folder / "reports")


def _show(account: Account) -> None:
    from fullcount.reports.terminal import rolled_up

    screen = console.console()
    screen.print(rolled_up(account, screen.width, ["fullcount rollup --form html", "fullcount seal --rollup last --key FILE"]))
