"""`fullcount report`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from fullcount import console, options


@click.command("report")
@click.argument("name", metavar="csv|json|html|hosts|coverage")
@options.workspace
@options.one_directive
@click.option("--count", "count_id", default="", metavar="ID", help="An earlier count; by default the last.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file; `-` is stdout. By default in `reports/`."
)
def command(name: str, *, workspace: Path | None, directive: str, count_id: str, output: Path | None) -> None:
    """Write the last count as a report: csv (the account), json (the account), html (a page), hosts (one row a
    system), coverage (one row a look at a system).
    """
    from fullcount.chain import last, load
    from fullcount.errors import UsageError
    from fullcount.reports import REPORTS

    report = next((one for one in REPORTS if one.name == name), None)
    if report is None:
        raise UsageError(f"no report is called {name}", hint=f"one of: {', '.join(one.name for one in REPORTS)}")
    of = console.workspace(workspace)
    if count_id and not (of.counts / count_id / "accounts.json").exists():
        raise UsageError(f"no count is called {count_id}", hint=f"look into {of.counts}")
    counted = load(of.counts / count_id) if count_id else last(of)
    account = counted.of(directive)
    lists = partial(counted.lists, account.directive["id"])
    if str(output) == "-":
        report.write(account, lists, sys.stdout.buffer)
        return
    path = (
        output or of.folder / "reports" / f"{account.directive['id']}-{account.as_of or 'undated'}-{account.count}{report.suffix}"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    with aside.open("wb") as file:
        report.write(account, lists, file)
    aside.replace(path)
    console.out(str(path))
