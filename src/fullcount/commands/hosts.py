"""`fullcount hosts`: which records are one and the same machine, and what people decide about that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.commands.count import packs_of
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from fullcount.decision import Decision
    from fullcount.report import Account
    from fullcount.workspace import Workspace

FIRST, FEW = 10, 5  # questions shown, and machines of each, where not all are asked for
_NUMBERS = ("systems", "with it", "exempt", "without it", "not covered")


@click.group("hosts")
def command() -> None:
    """Look at what is in doubt about which records are one machine, and decide it."""


@command.command("conflicts")
@options.workspace
@options.one_directive
@click.option("--all", "every", is_flag=True, help="Show all, not only those with the biggest effect.")
@options.as_json
def conflicts_(workspace: Path | None, directive: str, every: bool, as_json: bool) -> None:  # noqa: FBT001 - flags
    """List what a person should look at, biggest effect on the count first: clues that several systems carry and that did
    not make them one.
    """
    from fullcount.chain import last
    from fullcount.conflicts import conflicts

    account = (counted := last(console.workspace(workspace))).of(directive)
    found, number = conflicts(counted.folder, account.directive["id"], most=None if every or as_json else FIRST)
    if as_json:
        document = {"schema": "fullcount.conflicts/1", "count": account.count, "directive": account.directive["id"]}
        console.emit({**document, "conflicts": found})
        return
    for line in _asked(account, found, number, every=every):
        console.out(line)


def _asked(account: Account, found: Sequence[Mapping[str, Any]], number: int, *, every: bool) -> Iterator[str]:
    low, high = account.range_systems.low, account.range_systems.high
    open_ = f"; with weak links followed there are {low:,} to {high:,}" if low != high else ""
    yield f"{number:,} clues are in doubt among {account.total.systems:,} systems{open_} ({account.directive['short_title']})."
    if not found:
        yield "Nothing is in doubt: no clue that several systems carry was left aside."
        return
    for turn, one in enumerate(found, start=1):
        yield ""
        yield f"{turn}. {visible(one['clue'])}: {_some(one['systems'], 'system')}, {one['with_it']:,} with it"
        yield f"   not joined: {visible(one['reason'])}"
        less = f", {one['with_it_less']:,} fewer with it" if one["with_it_less"] else ""
        yield f"   if they are one machine: {_some(one['systems_less'], 'system')} fewer{less}"
        shown = one["machines"] if every else one["machines"][:FEW]
        for machine in shown:
            named = f"{visible(machine['name'] or '')} ({visible(machine['host'])})"
            heard = f", heard of {machine['last_heard']:%Y-%m-%d}" if machine["last_heard"] else ""
            yield f"     {named}: {machine['standing']}; {visible(machine['tools'] or '')}{heard}"
        if one["systems"] > len(shown):
            yield f"     and {one['systems'] - len(shown):,} more"
    yield ""
    if number > len(found):
        yield f"{len(found):,} of {number:,} are shown: --all shows every one."
    yield "One machine:   fullcount hosts link CLUE [CLUE ...] --why TEXT      (--what-if shows the effect first)"
    yield "Not the same:  fullcount hosts split CLUE [CLUE ...] --why TEXT"


def _some(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


@command.command("link")
@click.argument("clues", nargs=-1, required=True)
@options.deciding
def link(clues: Sequence[str], **chosen: Any) -> None:
    """Say that all machines which carry any of CLUES (kind=value) are one: `serial=OLD serial=NEW` after a new mainboard,
    or `hostname=PC7` where only the name is in common.
    """
    _decide("link", clues, chosen)


@command.command("split")
@click.argument("clues", nargs=-1, required=True)
@options.deciding
def split(clues: Sequence[str], **chosen: Any) -> None:
    """Say that one clue (kind=value) proves nothing, such as a cloned id; or, of several CLUES, that the machines which
    carry them are different ones.
    """
    _decide("split", clues, chosen)


def _decide(what: str, clues: Sequence[str], chosen: Mapping[str, Any]) -> None:
    from fullcount.decision import Decision

    of = console.workspace(chosen["workspace"])
    carry_out(of, Decision(what=what, clues=tuple(clues), why=chosen["why"], by=chosen["by"]), chosen)


def carry_out(of: Workspace, new: Decision, chosen: Mapping[str, Any]) -> None:
    """Keep a decision or, with `--what-if`, show what it would change. Raises `UsageError`."""
    from fullcount.decision import described
    from fullcount.errors import UsageError

    if chosen["what_if"]:
        changes = _effect(of, of.checked(new), packs_of(of, chosen["directives"]))
        if chosen["as_json"]:
            console.emit({"schema": "fullcount.effect/1", "kept": False, "decision": described(new), "directives": changes})
        else:
            for line in _changed(changes):
                console.out(line)
        return
    if not new.why.strip():
        raise UsageError("a decision needs its reason", hint="--why TEXT; or --what-if to see the effect without keeping it")
    kept = of.decide(new)
    if chosen["as_json"]:
        console.emit({"schema": "fullcount.decision/1", "kept": True, "decision": described(kept)})
        return
    said = f"decision {kept.undoes} no longer holds" if kept.undoes else visible(kept.said(), 1000)
    console.out(f"decision {kept.number}: {said}")
    console.out(
        "Next: `fullcount count`" + ("" if kept.undoes else f"; undo: `fullcount decisions undo {kept.number} --why TEXT`")
    )


def _effect(of: Workspace, new: Decision, packs: Sequence[Any]) -> list[dict[str, Any]]:
    """By directive the numbers of the count as it is, and with one more decision."""
    from fullcount.chain import preview, run
    from fullcount.readers import READERS

    with console.engine(of) as engine:
        before = run(of, engine, directives=packs, readers=READERS).accounts
    with console.engine(of) as engine:
        after = preview(of, engine, also=new, directives=packs, readers=READERS)
    return [
        {"directive": one.directive["id"], "before": _numbers(one), "after": _numbers(two)}
        for one, two in zip(before, after, strict=True)
    ]


def _numbers(account: Account) -> dict[str, int]:
    return {name: getattr(account.total, name.replace(" ", "_")) for name in _NUMBERS}


def _changed(changes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in changes:
        yield f"{visible(one['directive'])}: what would change (nothing is kept)"
        for name in _NUMBERS:
            before, after = one["before"][name], one["after"][name]
            yield f"  {name:<12}{before:>12,} -> {after:>12,}  {f'{after - before:+,}' if after != before else 'as it is'}"
