"""`fullcount history`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@click.command("history")
@click.argument("host")
@options.workspace
@options.one_directive
@click.option("--count", "asked", default="last", metavar="COUNT", help="The count that says what is HOST; by default the last.")
@options.as_json
def command(host: str, *, workspace: Path | None, directive: str, asked: str, as_json: bool) -> None:
    """Show the life of HOST: each look at it with what was seen and what has answered it, its names over time, and where it
    stood in every count that is kept. HOST is a name, a stable id or a clue such as serial=5CG71.
    """
    from fullcount.chain import kept_counts, mount, named
    from fullcount.history import history
    from fullcount.kept import lay_beside, lay_open

    of = console.workspace(workspace)
    counted = named(of, asked)
    counts = [(one.folder, {each.directive["id"]: each.as_of for each in one.accounts}) for one in kept_counts(of)]
    with console.engine(of) as engine:
        mount(of, engine)
        lay_open(engine, counted.folder)
        for folder, _ in counts:
            lay_beside(engine, folder)
        found = history(engine, counted.folder, host, counts=counts, directive=directive)
    if as_json:
        console.emit({"schema": "fullcount.history/1", "count": counted.folder.name, **found})
        return
    for line in _lines(found):
        console.out(line)


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{visible(found['name'])}  ({visible(found['host'])})"
    yield f"  {visible(found['class'])}, {visible(found['os_family'] or 'unknown system')}"
    if found["population"] != "system":
        yield f"  not counted as a system: {visible(found['population_reason'])}"
    yield ""
    yield f"names ({len(found['names'])})"
    for one in found["names"]:
        dates = " to ".join(dict.fromkeys(_when(one[name]) for name in ("first", "last")))
        yield f"  {visible(one['name'])}: {dates}"
    yield ""
    yield f"looks ({len(found['looks'])})"
    for look in found["looks"]:
        yield from _look(look)
    if found["later_records"]:
        yield f"  {found['later_records']:,} records of all machines are dated after the day of the count: they are left out"
    yield ""
    yield f"standings ({len(found['standings'])})"
    for row in found["standings"]:
        yield f"  {_when(row['as_of'])}  {visible(row['directive'])}: {_standing(row)} (count {row['count'][:8]})"


def _standing(row: Mapping[str, Any]) -> str:
    words = [visible(part) for part in (row["standing"], row["reason"]) if part]
    named = f", as {visible(row['name'])}" if row["name"] else ""
    return f"{': '.join(words)}{named}"


def _look(look: Mapping[str, Any]) -> Iterator[str]:
    """A look: when, by which tool, and below it where that stands and what it saw."""
    sees = f", sees {look['traces']}" if look["complete"] and look["traces"] else ""
    whole = "complete look" if look["complete"] else "no complete look"
    yield f"  {_when(look['on'])}  {visible(look['tool'])}: {whole}, lists {look['lists']}{sees}"
    collected = f", collected {_when(look['collected_at'])}" if look["collected_at"] else ""
    note = f"; {visible(look['note'])}" if look["note"] else ""
    place = f"{visible(look['source'])}, {look['unit']} {look['place']}"
    yield f"     {place}{collected}; {look['observations']:,} observations{note}"
    for saw in look["saw"]:
        counts = "" if saw["counts"] else ", does not count"
        answered = f", answered by {visible(saw['answered_by'])}" if saw["answered_by"] else ""
        yield f"     saw {visible(saw['product'])} [{saw['trace']}, {saw['state']}]{counts}{answered}"
    yield from (f"     no product of {visible(one)} among what it sees" for one in look["saw_nothing_of"])


def _when(moment: Any) -> str:
    return str(moment).removesuffix(" 00:00:00") if moment else "no date"
