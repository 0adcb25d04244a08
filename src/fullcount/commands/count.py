"""`fullcount count`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from fullcount import options
from fullcount.commands.read import REJECTS, read_into, rejected
from fullcount.console import DUCKDB, ENGINES, Means, console, emit, engine, say, workspace_or_new

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fullcount.chain import Counted
    from fullcount.directive import Directive
    from fullcount.report import Account
    from fullcount.workspace import Workspace

FOUND, COVERAGE = 10, 12
OLD = 14  # days after which a count says how old its newest source is


@click.command("count")
@options.exports
@options.workspace
@options.directive
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Count how things stood at the end of this day.")
@options.reader
@options.host
@options.collected_at
@options.rehash
@options.memory
@options.strict
@click.option(
    "--fail-on", multiple=True, metavar="found|coverage=N", help="Exit with 10 where it is found, 12 below N % looked at."
)
@click.option(
    "--engine", "kind", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True, help="What makes the tables."
)
@click.option("--master", default="", metavar="URL", help="Spark's master; by default spark-submit's, else this machine alone.")
@options.quiet
@options.as_json
@click.pass_context
def command(context: click.Context, /, exports: Sequence[Path], **chosen: Any) -> None:
    """Count. EXPORTS (files or folders) are read first; in an empty folder this makes the workspace too."""
    limits = [_limit(text) for text in chosen["fail_on"]]
    means = _means(chosen)
    from fullcount.settings import template

    into = workspace_or_new(chosen["workspace"], make=bool(exports), text=template(""))
    packs = packs_of(into, chosen["directives"])
    done = read_into(into, exports, chosen) if exports else None
    counted = run_count(into, packs, as_of=chosen["as_of"], means=means)
    if chosen["as_json"]:
        emit({"schema": "fullcount.count/1", "accounts": [account.document() for account in counted.accounts]})
    else:
        show(counted)
    if code := _verdict(counted, limits):
        context.exit(code)
    if chosen["strict"] and done and rejected(done):
        context.exit(REJECTS)


def _means(chosen: Mapping[str, Any]) -> Means:
    """What counts, and in how much memory: what is wrong with it is said before hours of reading."""
    if chosen["master"] and chosen["kind"] != "spark":
        raise click.BadParameter("only Spark has a master: add `--engine spark`", param_hint="--master")
    if chosen["memory"] and chosen["kind"] == "spark":
        raise click.BadParameter("Spark has settings of its own: see docs/guides/run-on-spark.md", param_hint="--memory")
    if not chosen["memory"]:
        return Means(kind=chosen["kind"], master=chosen["master"])
    from fullcount.memory import of_engine

    return Means(memory=of_engine(chosen["memory"]))


def _limit(text: str) -> float:
    """-1 for `found`, else the share of systems that must be looked at."""
    if text == "found":
        return -1
    name, _, number = text.partition("=")
    try:
        share = float(number.rstrip("%"))
    except ValueError:
        share = -1
    if name != "coverage" or not 0 <= share <= 100:
        raise click.BadParameter("write `found` or `coverage=95`", param_hint="--fail-on")
    return share


def packs_of(into: Workspace, named: Sequence[str] = ()) -> list[Directive]:
    """The directives named, else those of the settings. Raises `UsageError` where none is, or one is not finished."""
    from fullcount.directive import find, folder_of, shipped
    from fullcount.draft import unfinished
    from fullcount.errors import UsageError

    names = named or into.settings().directives
    if not names:
        hint = "--directive ID, or `directives = [...]` in fullcount.toml; see `fullcount directive list`"
        raise UsageError("under which directive?", hint=hint)
    for name in dict.fromkeys(names):
        if name not in shipped() and (left := unfinished(folder_of(name))):
            hint = f"under an unfinished directive nothing is found: `fullcount directive check {name}` lists what is left"
            raise UsageError(f"{left[0]}{f' (and {len(left) - 1} more)' if len(left) > 1 else ''}", hint=hint)
    return [find(name) for name in dict.fromkeys(names)]


def last_if_any(of: Workspace) -> Counted | None:
    """The last count; `None` where nothing was counted."""
    from fullcount.chain import last
    from fullcount.errors import NothingUsableError

    try:
        return last(of)
    except NothingUsableError:
        return None


def packs_at_hand(of: Workspace, accounts: Sequence[Account] = ()) -> dict[str, Directive]:
    """By id, the directives of the settings, and of those that were counted under the ones that are shipped."""
    from fullcount.directive import find, shipped

    said = [find(name) for name in dict.fromkeys(of.settings().directives)]
    known = {one.id: one for one in said}
    counted = dict.fromkeys(account.directive["id"] for account in accounts)
    return known | {name: find(name) for name in counted if name not in known and name in shipped()}


def run_count(into: Workspace, packs: Sequence[Directive], *, as_of: datetime | None = None, means: Means = DUCKDB) -> Counted:
    """Count what the workspace holds, by these means."""
    from fullcount.chain import run
    from fullcount.readers import READERS

    with engine(into, means) as made:
        return run(into, made, directives=packs, readers=READERS, as_of=as_of.date() if as_of else None)


def show(counted: Counted) -> None:
    """The accounts on a terminal; for a pipe the sentences alone come first, one a line."""
    from fullcount.reports.terminal import summary

    screen = console()
    for account in counted.accounts:
        screen.print(
            summary(account, screen.width, ["fullcount report html", "fullcount explain HOST", "fullcount report hosts"])
        )
        if account.as_of and (age := (datetime.now(UTC).date() - datetime.fromisoformat(account.as_of).date()).days) > OLD:
            say(f"note: as of {account.as_of}, {age:,} days ago")


def _verdict(counted: Counted, limits: Sequence[float]) -> int:
    for limit in limits:
        for account in counted.accounts:
            total = account.total
            if limit < 0 and total.with_it + total.exempt:
                return FOUND
            if limit >= 0 and total.looked_at < total.systems * limit / 100:
                return COVERAGE
    return 0
