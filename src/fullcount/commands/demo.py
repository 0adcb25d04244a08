"""`fullcount demo`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.commands.count import packs_of, run_count, show
from fullcount.commands.read import lines, read_into
from fullcount.commands.serve import first
from fullcount.demo.machines import SETTINGS, STANDARD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fullcount.chain import Counted
    from fullcount.demo.machines import Organisation
    from fullcount.workspace import Read, Workspace

_EXPORTS = 20_000  # systems: beyond this the exports, 19 kB a system, would be all that a demo's time and disk go to
_MOST = 2_000_000
_USUAL = 2000  # systems, where nobody says
_SECONDS, _MEMORY, _DISK = 0.0008, 10_000, 1_400  # each a system: measured with 100,000, bytes rounded up


@click.command("demo")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default="demo")
@click.option(
    "--systems",
    type=click.IntRange(20, _MOST),
    show_default="2000; with --government 600, in the largest of its departments",
    help="How many systems it has.",
)
@click.option("--seed", default=17, show_default=True, help="Another seed makes another department.")
@click.option(
    "--setting", type=click.Choice(list(SETTINGS)), default=STANDARD, show_default=True, help="Which difficulties it has more of."
)
@click.option(
    "--government", is_flag=True, help="Make a government instead: many components, their sealed returns, and a roll-up of these."
)
@click.option("--open", "open_page", is_flag=True, help="Open the page in a browser.")
@options.quiet
@options.as_json
def command(folder: Path, **chosen: Any) -> None:
    """Write a made-up department with its exports into FOLDER, count it, and compare the count with its truth. Or a whole
    government: what its office makes of returns of which some are late, wrong, forged, or missing.
    """
    if chosen["government"]:
        _government(folder, chosen)
        return
    from fullcount.chain import last
    from fullcount.demo import organisation
    from fullcount.demo.compare import compare, head, identity
    from fullcount.reports.html import HTML

    systems: int = chosen["systems"] or _USUAL
    check(folder, systems, seed=chosen["seed"], setting=chosen["setting"])
    folder.mkdir(parents=True, exist_ok=True)
    if not chosen["quiet"]:
        console.say(announced(folder, systems))
        console.say(f"setting {chosen['setting']}: {SETTINGS[chosen['setting']].sentence}")
    made = organisation(systems, chosen["seed"], setting=chosen["setting"])
    into, done = by_exports(folder, made, quiet=chosen["quiet"]) if systems <= _EXPORTS else straight(folder, made)
    truth = folder / "truth.json"
    run_count(into, packs_of(into), as_of=datetime.fromisoformat(head(truth)["as_of"]))
    counted = last(into)
    account = counted.of()
    page = folder / "report.html"
    with page.open("wb") as file:
        HTML.write(account, lambda name: counted.lists(account.directive["id"], name), file)
    found = compare(counted.folder, truth, account) | {"identity": identity(counted.folder, made)}
    if chosen["as_json"]:
        console.emit({"schema": "fullcount.demo/1", "account": account.document(), "comparison": found, "page": str(page)})
    else:
        _print(counted, found, page, lines(done))
    if chosen["open_page"]:
        click.launch(str(page))


def _government(folder: Path, chosen: Mapping[str, Any]) -> None:
    from fullcount.commands.demo_government import run, show
    from fullcount.errors import UsageError

    if (chosen["systems"] or 0) > _EXPORTS:
        raise UsageError(f"a department of a government has {_EXPORTS:,} systems at most", hint="give a smaller number")
    told = run(folder, systems=chosen["systems"], seed=chosen["seed"], setting=chosen["setting"], quiet=chosen["quiet"])
    if chosen["as_json"]:
        console.emit({"schema": "fullcount.demo-government/1", **told, "account": told["account"].document()})
    else:
        show(told, folder)
    if chosen["open_page"]:
        click.launch(told["page"])


def check(folder: Path, systems: int, *, seed: int, setting: str) -> None:
    """Raises `UsageError` for a folder that holds something else; for one with another department, and for one with any
    where there are no exports by which it could be known again: two would be counted as one.
    """
    from fullcount.demo.compare import asked_for
    from fullcount.errors import UsageError
    from fullcount.workspace import folders

    hint = "name another folder: fullcount demo FOLDER"
    if folder.exists() and any(folder.iterdir()) and not (folder / "truth.json").exists():
        raise UsageError(f"{folder} is not empty", hint=hint)
    held = folders(folder / "readings")
    if held and (systems > _EXPORTS or asked_for(folder / "truth.json") != (systems, seed, setting)):
        raise UsageError(f"{folder} holds a department already", hint=hint)


def announced(folder: Path, systems: int) -> str:
    """What is going to be done, and what it takes where that is much."""
    if systems <= _EXPORTS:
        return f"writing the exports of a made-up department of {systems:,} systems into {folder} ..."
    minutes, memory, disk = systems * _SECONDS / 60, systems * _MEMORY / 1e9, systems * _DISK / 1e9
    return (
        f"writing a made-up department of {systems:,} systems straight into a reading in {folder}: above {_EXPORTS:,} systems no "
        f"exports are written. With the count this takes about {minutes:,.0f} min, up to {memory:,.1f} GB of memory and "
        f"{disk:,.1f} GB of disk ..."
    )


def by_exports(folder: Path, made: Organisation, *, quiet: bool) -> tuple[Workspace, Read]:
    """Write the department's exports and read them."""
    from fullcount.demo import write
    from fullcount.workspace import Workspace

    exports = write(made, folder)
    into = Workspace(folder)
    return into, read_into(into, [exports], {"reader": "", "host": "", "collected_at": None, "rehash": False, "quiet": quiet})


def straight(folder: Path, made: Organisation) -> tuple[Workspace, Read]:
    """Write the department straight into a reading; there are no exports."""
    import os
    import shutil

    from fullcount import ledger
    from fullcount.demo import write_about
    from fullcount.demo.direct import write_reading
    from fullcount.read import Outcome
    from fullcount.reading import Counts
    from fullcount.workspace import Read, Workspace, land

    write_about(made, folder)
    into = Workspace(folder)
    with into.writing():
        aside, final = into.readings / f"aside-{os.getpid()}", into.readings / "000001"
        aside.mkdir(parents=True)
        try:
            written = write_reading(made, aside, into.settings())
            land(aside, final)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        ledger.append(into.ledger, "read", reading=final.name, sources=len(written), made_up=True)
    outcomes = [
        Outcome(name=one.name, became="read", reader=one.reader, counts=Counts(one.records, one.observations)) for one in written
    ]
    return into, Read(reading=final.name, outcomes=tuple(outcomes))


def _print(counted: Counted, found: Mapping[str, Any], page: Path, read: list[str]) -> None:
    show(counted)
    console.out("")
    for line in read:
        console.out(f"read: {line}")
    console.out("")
    for line in _comparison(found):
        console.out(line)
    console.out("")
    console.out(f"The page: {page.resolve()}")
    console.out(f"Try: fullcount serve -w {page.parent}    every number a link, in a browser{first()}")
    console.out(f"     fullcount explain -w {page.parent} {found['example']}")


def _comparison(found: Mapping[str, Any]) -> Iterator[str]:
    yield "compared with the truth, which the count has not seen:"
    for name in ("systems", "with_it"):
        row = found[name]
        yield f"  {name.replace('_', ' ')}: counted {row['counted']:,}, true {row['true']:,}, off by {row['error']:.2%}"
    row = found["range"]
    yield f"  range of systems: {row['low']:,} to {row['high']:,}, the truth is {'inside' if row['holds'] else 'OUTSIDE'}"
    yield f"  wrongly without it (a system that has it, or that nobody looked at): {len(found['wrongly_without'])}"
    yield f"  standings that differ from the truth: {found['differing']:,} of {found['compared']:,}"
    one = found["identity"]
    yield (
        f"  pairs of records joined: {one['joined']:,}, of which {one['rightly_joined']:,} are of one machine: "
        f"precision {one['precision']:.3%}"
    )
    yield (
        f"  pairs that true clues connect: {one['connected']:,}, of which {one['connected_joined']:,} were joined: "
        f"recall {one['recall']:.3%}"
    )
    yield f"  all pairs that are of one machine: {one['true_pairs']:,}, of which {one['recall_of_all']:.1%} were joined"
