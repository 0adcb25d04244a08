"""`fullcount deadlines`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.commands.count import last_if_any, packs_at_hand
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fullcount.chain import Counted
    from fullcount.deadlines import Deadline
    from fullcount.directive import Directive
    from fullcount.workspace import Workspace

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("deadlines")
@options.workspace
@options.directive
@click.option("--on", type=_DAY, help="The day from which it is looked at; by default today, and that is said.")
@click.option("--until", type=_DAY, help="List every turn of what recurs up to this day; by default the last and the next three.")
@click.option(
    "--submitted", multiple=True, metavar="REPORT=DATE", help="When a report was sent, for clocks that run from it; repeatable."
)
@click.option("--holidays", default="", metavar="CODE", help="Business days of this place (US, US-TX, AU ...), or `none`.")
@click.option("--ics", type=click.Path(dir_okay=False, path_type=Path), help="Write a calendar file, for any calendar program.")
@options.as_json
def command(workspace: Path | None, **chosen: Any) -> None:
    """List the due dates of the directives (of the last count, else of the settings), each with what it is counted from."""
    from fullcount.deadlines import Asked, deadlines, discoveries, submitted
    from fullcount.workday import workdays_in

    of = _workspace(workspace, needed=not chosen["directives"])
    counted = last_if_any(of) if of else None
    packs = _packs(of, counted, chosen["directives"])
    zone = of.settings().zone if of else UTC
    on = chosen["on"].date() if chosen["on"] else datetime.now(zone).date()
    sent = submitted(chosen["submitted"], packs, of.registers().answers if of else ())
    asked = [
        Asked(
            directive=one,
            discoveries=discoveries(lists, zone) if (lists := _lists(counted, one.id)) else None,
            submitted=sent,
            workdays=workdays_in(chosen["holidays"]) if chosen["holidays"] else None,
        )
        for one in packs
    ]
    found = deadlines(asked, zone=zone, on=on, until=chosen["until"].date() if chosen["until"] else None)
    if chosen["ics"]:
        _write(found, packs, chosen["ics"])
    if chosen["as_json"]:
        how = "option" if chosen["on"] else "today"
        rows = [one.document() for one in found]
        count = counted.folder.name if counted else ""
        console.emit({"schema": "fullcount.deadlines/1", "on": on, "on_how": how, "count": count, "deadlines": rows})
    elif not chosen["ics"]:
        for line in _told(found, packs, on, is_today=not chosen["on"]):
            console.out(line)


def _workspace(folder: Path | None, *, needed: bool) -> Workspace | None:
    from fullcount.errors import WorkspaceError

    try:
        return console.workspace(folder)
    except WorkspaceError:
        if needed or folder:
            raise
        return None


def _packs(of: Workspace | None, counted: Counted | None, named: Sequence[str]) -> list[Directive]:
    """The directives that are meant. Raises `UsageError` where there is none, or that of the count is not found any more."""
    from fullcount.directive import find
    from fullcount.errors import UsageError

    if named or not counted or not of:
        names = list(dict.fromkeys(named or (of.settings().directives if of else ())))
        if not names:
            raise UsageError("of which directive?", hint="--directive ID; see `fullcount directive list`")
        return [find(name) for name in names]
    asked = [account.directive["id"] for account in counted.accounts]
    known = packs_at_hand(of, counted.accounts)
    if lost := [name for name in asked if name not in known]:
        raise UsageError(f"the pack of {lost[0]} is not known here", hint="--directive FOLDER says where it is")
    return [known[name] for name in asked]


def _lists(counted: Counted | None, directive: str) -> Any:
    """The lists of the last count under a directive; None where it was not counted under it."""
    there = counted and any(account.directive["id"] == directive for account in counted.accounts)
    return partial(counted.lists, directive) if counted and there else None


def _write(found: Sequence[Deadline], packs: Sequence[Directive], path: Path) -> None:
    from fullcount.ics import write

    console.write(path, partial(write, [one.due for one in found], {one.id: one for one in packs}))
    undated = sum(one.due.on is None for one in found)
    if undated:
        console.say(f"{undated} without a date {'is' if undated == 1 else 'are'} not in it: `fullcount deadlines` lists them")
    console.say(str(path))


def _told(found: Sequence[Deadline], packs: Sequence[Directive], on: date, *, is_today: bool) -> Iterator[str]:
    """The list as a person reads it: when, the date, which clock, and what it is counted from."""
    from fullcount.deadlines import said_in

    if is_today:
        yield f"today is {on} ({on:%a}); --on DATE looks from another day"
    else:
        yield f"seen from {on} ({on:%a})"
    several = len(packs) > 1
    names = {id(one): f"{one.due.directive} {one.due.clock}" if several else one.due.clock for one in found}
    width = max(map(len, names.values()), default=0)
    noted: set[tuple[str, str]] = set()
    for one in found:
        away = "" if one.days is None else said_in(one.days)
        # which report was sent is told already
        about = f": {visible(one.due.about)}" if one.due.about and one.due.anchor == "discovery" else ""
        yield f"{one.when:<7}  {_date(one.due.on):<20}  {away:>14}  {names[id(one)]:<{width}}  {one.due.how}{about}"
        if one.due.note and (one.due.directive, one.due.clock) not in noted:
            noted.add((one.due.directive, one.due.clock))
            yield f"{'':<{49 + width}}{visible(one.due.note)}"


def _date(on: date | None) -> str:
    if isinstance(on, datetime):
        return f"{on:%Y-%m-%d %a %H:%M %Z}"
    return f"{on:%Y-%m-%d %a}" if on else "no date given"
