"""`fullcount diff`."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fullcount.engine import Engine
    from fullcount.report import Account

FIRST = 5  # rows of a list that are shown with the summary
_SIGNS = {1: "+", -1: "-", 0: ""}


@click.command("diff")
@click.argument("before", default="previous", metavar="[COUNT]")
@click.argument("after", default="last", metavar="[COUNT]")
@options.workspace
@options.one_directive
@click.option("--list", "name", default="", metavar="NAME", help="Print this list whole.")
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the list to this file, for Excel.")
@options.as_json
def command(before: str, after: str, *, workspace: Path | None, directive: str, **chosen: Any) -> None:
    """Compare two counts, by default the one before the last with the last: which systems have it now and did not, which
    had it, which are looked at and which no longer. COUNT is an id or its beginning, `last` or `previous`.
    """
    from fullcount.chain import named
    from fullcount.diff import changed, compared, diff, listed, shared_directives

    of = console.workspace(workspace)
    counts = named(of, before), named(of, after)
    pairs = shared_directives(counts[0].accounts, counts[1].accounts, directive)
    with console.engine(of) as engine:
        diff(engine, counts[0].folder, counts[1].folder)
        found = {
            "schema": "fullcount.diff/1",
            "directives": [compared(engine, *both) for both in pairs],
            "changed": changed(counts[0].folder, counts[1].folder, pairs, of.decided()),
        }
        if chosen["file"]:
            _write(engine, pairs, chosen["name"], chosen["file"])
        if chosen["as_json"]:
            names = [both[0].directive["id"] for both in pairs]
            rows = [row for one in names for row in listed(engine, one, chosen["name"])] if chosen["name"] else []
            console.emit({**found, "list": chosen["name"], "rows": rows})
        elif not chosen["file"]:
            _show(engine, found, chosen["name"])


def _write(engine: Engine, pairs: Sequence[tuple[Account, Account]], name: str, path: Path) -> None:
    from fullcount.cell import cell, table_writer
    from fullcount.diff import COLUMNS, LISTS, listed
    from fullcount.errors import UsageError

    if not name:
        raise UsageError("which list is to be written?", hint=f"--list one of: {', '.join(LISTS)}")

    def rows(file: IO[bytes]) -> None:
        table = table_writer(file)
        table.writerow(COLUMNS)
        for before, _ in pairs:
            table.writerows(map(cell, row.values()) for row in listed(engine, before.directive["id"], name))

    console.write(path, rows)
    console.out(str(path))


def _show(engine: Engine, found: Mapping[str, Any], name: str) -> None:
    from fullcount.diff import listed

    for one in found["directives"]:
        lines = map(_row, listed(engine, one["directive"], name)) if name else _overview(engine, one)
        for line in lines:
            console.out(line)
    if not name:
        for line in _changed(found["changed"]):
            console.out(line)


def _overview(engine: Engine, one: Mapping[str, Any]) -> Iterator[str]:
    """The summary, and the first rows of each list that has any."""
    from fullcount.diff import listed

    yield from _summary(one)
    for part in one["lists"]:
        if part["systems"]:
            yield from ("", f"{part['list']} ({part['systems']:,}): {part['means']}")
            yield from (f"  {_row(row)}" for row in listed(engine, one["directive"], part["list"], FIRST))
        if part["systems"] > FIRST:
            yield f"  ... {part['systems'] - FIRST:,} more: --list {part['list']}"
    yield ""


def _summary(one: Mapping[str, Any]) -> Iterator[str]:
    yield visible(one["sentence"], 2000)
    yield ""
    for part in one["lists"]:
        of = "; ".join(f"{row['systems']:,} {visible(row['detail'])}" for row in part["of"])
        size = f"{_SIGNS[part['effect']] if part['systems'] else ''}{part['systems']:,}"
        yield f"{size:>10}  {part['list']:<16}{f'  ({of})' if of else ''}".rstrip()


def _row(row: Mapping[str, Any]) -> str:
    """A system of a list: its name, where it stood and stands, and what is special about it."""
    sides = [
        f"{row[f'{side}_standing']}: {row[f'{side}_reason']}" if row[f"{side}_standing"] else "no system"
        for side in ("before", "after")
    ]
    moved = sides[0] if sides[0] == sides[1] else " -> ".join(sides)
    parts = [moved, "" if row["detail"] in moved else row["detail"], row["products"]]
    told = "; ".join(visible(part) for part in parts if part)
    return f"{visible(row['name'])} ({visible(row['host'])}, {visible(row['component'])}): {told}"


def _changed(changed: Mapping[str, Any]) -> Iterator[str]:
    """What is not the same in what went into the two counts."""
    for words, names in (("sources added", changed["sources_added"]), ("sources left out", changed["sources_left"])):
        if names:
            more = f", ... {len(names) - FIRST:,} more" if len(names) > FIRST else ""
            yield f"{words} ({len(names):,}): {', '.join(visible(name) for name in names[:FIRST])}{more}"
    yield from _decided(changed)
    entries = {"added": changed["settings_added"], "left out": changed["settings_left"]}
    for words, rows in entries.items():
        for one in rows:
            told = ", ".join(f"{name} {value}" for name, value in one["entry"].items())
            yield f"setting {words}: {visible(one['setting'])}: {visible(told, 1000)}"
    told_apart = {f"setting {one['setting']}" for rows in entries.values() for one in rows}
    for one in (one for one in changed["inputs"] if one["what"] not in told_apart):
        yield f"not the same: {visible(one['what'])}: {_said(one['before'])}, then {_said(one['after'])}"


def _decided(changed: Mapping[str, Any]) -> Iterator[str]:
    """The decisions that hold in one of the counts alone, with who made or undid them, when and why."""
    from fullcount.decision import told

    for one in changed["decisions_added"]:
        yield f"decision added: {visible(one['said'], 1000)}; {visible(told(one), 1000)}"
    for one in changed["decisions_undone"]:
        undone = f"; undone by {visible(told(one['undone']), 1000)}" if one["undone"] else ""
        yield f"decision no longer holds: {visible(one['said'], 1000)}; {visible(told(one), 1000)}{undone}"


def _said(value: Any) -> str:
    if value is None:
        return "not known"
    return visible(str(value) or "nothing", 100)
