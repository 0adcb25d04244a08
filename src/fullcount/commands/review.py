"""`fullcount review`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.text import key, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from fullcount.report import Account

FIRST = 10  # titles shown where not all are asked for


@click.command("review")
@options.workspace
@options.one_directive
@click.option("--all", "every", is_flag=True, help="Show all, not only those on the most systems.")
@options.as_json
def command(workspace: Path | None, directive: str, every: bool, as_json: bool) -> None:  # noqa: FBT001 - flags
    """List titles near the vendor that no signature recognises surely and that nobody has decided, most systems first. See
    `fullcount decide`.
    """
    from fullcount.chain import last
    from fullcount.kept import kept_rows

    account = (counted := last(console.workspace(workspace))).of(directive)
    ban = account.directive["id"]
    found = [_without(row) for row in kept_rows(counted.folder, "near_titles", "directive", [ban])]
    left = [_without(row) for row in kept_rows(counted.folder, "near_left", "directive", [ban])]
    if as_json:
        document = {"schema": "fullcount.review/1", "count": account.count, "directive": ban}
        console.emit({**document, "titles": found, "left_out": left})
        return
    for line in _lines(account, found if every else found[:FIRST], len(found), left):
        console.out(line)


def _without(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"directive", "near"}}


def _lines(account: Account, shown: Sequence[Mapping[str, Any]], number: int, left: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    ban = account.directive
    yield f"{_some(number, 'title')} near the vendor that nobody has decided ({visible(ban.get('short_title', ban['id']))})."
    for turn, row in enumerate(shown, start=1):
        yield ""
        yield from _one(turn, row, ban["id"])
    if left or number > len(shown):
        yield ""
    for row in left:
        yield f"{_some(row['titles'], 'more title')} not listed, too many to tell anything: {visible(row['reason'])}."
    if number > len(shown):
        yield f"{len(shown):,} of {number:,} are shown: --all shows every one."


def _one(turn: int, row: Mapping[str, Any], directive: str) -> Iterator[str]:
    by = f", by {visible(row['publisher'])}" if row["publisher"] else ""
    yield f"{turn}. {visible(row['name'], 1000)}{by}: {_some(row['systems'], 'system')}"
    if row["first_version"]:
        last = f" to {visible(row['last_version'])}" if row["last_version"] != row["first_version"] else ""
        yield f"   version {visible(row['first_version'])}{last}"
    yield f"   {visible(row['reason'])}"
    if row["is_hint"]:
        yield "   a system with it is not covered until somebody decides"
    yield f"   seen as {row['trace']}, first in {visible(row['source'])}, {row['unit']} {row['place']}"
    about = f"--product {row['product'] or 'PRODUCT'} --directive {visible(directive)}"
    if row["publisher"]:
        about += f" --publisher {_typed(row['publisher'])}"
    for what in ("is", "is-not"):
        yield f"   fullcount decide {_typed(row['name'])} {what} {about} --why TEXT"


def _typed(name: str) -> str:
    """A name as a shell takes it; one with characters that cannot be shown as it is compared."""
    return shlex.quote(name if visible(name, len(name)) == name else visible(key(name), len(name)))


def _some(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
