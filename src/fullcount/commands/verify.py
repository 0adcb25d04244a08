"""`fullcount verify`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fullcount.engine import Engine

FIRST = 5  # rows of a list that are shown with the summary
_SHOWN = ("in-doubt", "gone-unverified", "re-appeared", "unprotected", "residue-left", "left")  # where somebody must act


@click.command("verify")
@options.workspace
@options.one_directive
@click.option("--count", "asked", default="last", metavar="COUNT", help="Which count, by default the last one.")
@click.option("--since", default="", metavar="COUNT", help="Leave out what was removed by the day of this count.")
@click.option("--list", "name", default="", metavar="NAME", help="Print this list whole, as CSV.")
@click.option("-o", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the list to this file, for Excel.")
@options.as_json
def command(**chosen: Any) -> None:
    """Say what became of every system that ever had it: removed and verified by whom, gone without proof, there again or
    still there; where nothing does the work of what was removed, and what was left behind.
    """
    from fullcount.chain import named
    from fullcount.errors import UsageError
    from fullcount.verify import LISTS, columns, listed, verified, verify

    if chosen["name"]:
        columns(chosen["name"])
    elif chosen["file"]:
        raise UsageError("which list is to be written?", hint=f"--list one of: {', '.join(LISTS)}")
    of = console.workspace(chosen["workspace"])
    counted = named(of, chosen["asked"])
    account = counted.of(chosen["directive"])
    since = named(of, chosen["since"]).of(account.directive["id"]) if chosen["since"] else None
    with console.engine(of) as engine:
        verify(engine, counted.folder, since=since)
        found = verified(engine, account, since=since)
        if chosen["as_json"]:
            rows = list(listed(engine, account.directive["id"], chosen["name"])) if chosen["name"] else []
            console.emit({"schema": "fullcount.verify/1", **found, "list": chosen["name"], "rows": rows})
        elif chosen["name"]:
            _written(engine, account.directive["id"], chosen["name"], chosen["file"])
        else:
            for line in _overview(engine, found):
                console.out(line)


def _written(engine: Engine, directive: str, name: str, path: Path | None) -> None:
    if path is None:
        _write(engine, directive, name, sys.stdout.buffer)
        return
    console.write(path, partial(_write, engine, directive, name))
    console.out(str(path))


def _write(engine: Engine, directive: str, name: str, file: IO[bytes]) -> None:
    from fullcount.cell import cell, table_writer
    from fullcount.verify import columns, listed

    table = table_writer(file)
    table.writerow(columns(name))
    table.writerows(map(cell, row.values()) for row in listed(engine, directive, name))
    file.flush()


def _overview(engine: Engine, found: Mapping[str, Any]) -> Iterator[str]:
    """Every number with what it is out of, and the first rows of the lists about which somebody must do something."""
    yield visible(found["sentence"], 2000)
    for part, title in (("states", "of all that ever had it"), ("marks", "of those where it is removed"), ("beside", "beside")):
        yield ""
        yield f"{title}:"
        for line in found[part]:
            of = "" if line["of"] is None else f" of {line['of']:,}"
            yield f"{line['systems']:>10,}{of:<10} {line['list']:<16} {line['means']}"
    for line in (*found["states"], *found["marks"], *found["beside"]):
        if line["list"] in _SHOWN and line["systems"]:
            yield from _first(engine, found["directive"], line)


def _first(engine: Engine, directive: str, line: Mapping[str, Any]) -> Iterator[str]:
    from itertools import islice

    from fullcount.verify import listed

    yield from ("", f"{line['list']} ({line['systems']:,}):")
    for row in islice(listed(engine, directive, line["list"]), FIRST):
        yield f"  {_row(row)}"
    if line["systems"] > FIRST:
        yield f"  ... {line['systems'] - FIRST:,} more: --list {line['list']}"


def _row(row: Mapping[str, Any]) -> str:
    seen = f"; last seen {row['last_seen']:%Y-%m-%d}" if row["last_seen"] else ""
    told = f"{row['standing']}: {row['reason']}"
    by = f"; {row['products']}" if row["products"] else ""
    named = ", ".join(filter(None, (visible(row["host"]), visible(row["component"] or ""))))
    return f"{visible(row['name'] or row['host'])} ({named}): {visible(told)}{visible(by)}{seen}"
