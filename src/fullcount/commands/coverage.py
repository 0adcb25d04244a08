"""`fullcount coverage`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.model import LOOK_STATES, Trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fullcount.chain import Counted
    from fullcount.report import Account

FIRST = 30  # systems shown, where not all are asked for


@click.command("coverage")
@options.workspace
@options.one_directive
@click.option("--in", "known_to", default="", metavar="TOOL", help="List the systems that this tool knows ...")
@click.option("--not-in", "unknown_to", default="", metavar="TOOL", help="... and this one does not.")
@click.option("--state", type=click.Choice(LOOK_STATES), help="List the looks that are worth this; with --in, of one tool.")
@click.option("--all", "every", is_flag=True, help="List all, not only the first.")
@options.as_json
def command(**chosen: Any) -> None:
    """Show what the looks of each tool are worth and which traces they see, and for every two tools how many systems are on
    the one list and not on the other.
    """
    from fullcount.chain import last
    from fullcount.reports.terminal import coverage

    account = (counted := last(console.workspace(chosen["workspace"]))).of(chosen["directive"])
    if chosen["known_to"] or chosen["unknown_to"] or chosen["state"]:
        _list(counted, account, chosen)
    elif chosen["as_json"]:
        tools = [{"tool": one.tool, "systems": one.systems, "states": one.states, "traces": one.traces} for one in account.tools]
        pairs = [{"tool": one.tool, "other": one.other, "both": one.both, "only": one.only} for one in account.pairs]
        document = {"schema": "fullcount.coverage/1", "count": account.count, "directive": account.directive["id"]}
        console.emit({**document, "systems": account.total.systems, "tools": tools, "pairs": pairs})
    else:
        screen = console.console()
        screen.print(coverage(account, screen.width, tuple(Trace)))


def _list(counted: Counted, account: Account, chosen: dict[str, Any]) -> None:
    from fullcount.errors import UsageError

    names = [one.tool for one in account.tools]
    for asked in filter(None, (chosen["known_to"], chosen["unknown_to"])):
        if asked not in names:
            raise UsageError(f"no tool of this count is called {asked}", hint=f"one of: {', '.join(names)}")
    rows = list(_looks(counted, account, chosen) if chosen["state"] else _systems(counted, account, chosen))
    if chosen["as_json"]:
        console.emit({"schema": "fullcount.coverage-list/1", "count": account.count, "rows": rows})
        return
    what = "looks" if chosen["state"] else "systems"
    console.out(f"{len(rows):,} {what}, of {account.total.systems:,} systems")
    shown = rows if chosen["every"] else rows[:FIRST]
    for line in _lines(shown):
        console.out(line)
    if len(shown) < len(rows):
        console.out(f"{len(shown):,} of {len(rows):,} are shown: --all shows every one.")


def _systems(counted: Counted, account: Account, chosen: dict[str, Any]) -> Iterator[dict[str, Any]]:
    kept = ("host", "name", "standing", "reason", "component", "tools", "last_heard")
    for batch in counted.lists(account.directive["id"], "hosts"):
        for row in batch.select(list(kept)).to_pylist():
            tools = (row["tools"] or "").split("; ")
            if (not chosen["known_to"] or chosen["known_to"] in tools) and chosen["unknown_to"] not in tools:
                yield row


def _looks(counted: Counted, account: Account, chosen: dict[str, Any]) -> Iterator[dict[str, Any]]:
    kept = ("host", "name", "tool", "source", "state", "looked_at", "heard_at", "observations", "usual")
    for batch in counted.lists(account.directive["id"], "looks"):
        for row in batch.select(list(kept)).to_pylist():
            if row["state"] == chosen["state"] and chosen["known_to"] in {"", row["tool"]}:
                yield row


def _lines(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    from fullcount.text import visible

    for row in rows:
        named = f"{visible(row['name'] or '')} ({visible(row['host'])})"
        if "standing" in row:
            heard = f", heard of {row['last_heard']:%Y-%m-%d}" if row["last_heard"] else ""
            yield f"  {named}: {row['standing']}; {visible(row['component'] or '')}; {visible(row['tools'] or '')}{heard}"
        else:
            dates = "; ".join(
                f"{word} {row[name]:%Y-%m-%d}"
                for name, word in (("looked_at", "looked at"), ("heard_at", "heard of"))
                if row[name]
            )
            usual = f", its peers have {row['usual']:,.0f}" if row["usual"] else ""
            yield f"  {named}: {row['state']}, {row['observations']:,} observations{usual}; {visible(row['source'])}; {dates}"
