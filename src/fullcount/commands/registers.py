"""`fullcount registers`: what an organisation knows beside its inventories."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.commands.count import last_if_any, packs_at_hand
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fullcount.check import Known
    from fullcount.register import Registers
    from fullcount.report import Account
    from fullcount.workspace import Workspace

FIRST = 10  # lines of one kind that are shown


@click.group("registers", invoke_without_command=True)
@options.workspace
@click.option("--all", "every", is_flag=True, help="Show all, not only the first of each kind.")
@options.as_json
@click.pass_context
def command(context: click.Context, workspace: Path | None, every: bool, as_json: bool) -> None:  # noqa: FBT001 - flags
    """Show the registers against the last count: what is missing, what names nothing, what was found and nobody bought, what
    was bought and not found, and what is spent of each agreement.
    """
    if context.invoked_subcommand:
        return
    found = _checked(console.workspace(workspace))
    if as_json:
        console.emit({"schema": "fullcount.registers/1", **found})
        return
    for line in _shown(found, most=None if every else FIRST):
        console.out(line)


def _accounts(of: Workspace) -> tuple[Account, ...]:
    """The accounts of the last count; none where nothing was counted."""
    counted = last_if_any(of)
    return counted.accounts if counted else ()


def _known(of: Workspace, registers: Registers) -> Known:
    from fullcount.check import known

    accounts = _accounts(of)
    return known(registers, of.settings(), list(packs_at_hand(of, accounts).values()), accounts)


def _checked(of: Workspace) -> dict[str, Any]:
    """Everything that is shown, as a document."""
    from fullcount.check import dangling, expired, missing, spent, without_agreement, without_finding
    from fullcount.register import KINDS, money

    registers, accounts, settings = of.registers(), _accounts(of), of.settings()
    known = _known(of, registers)
    days = [account.as_of for account in accounts if account.as_of]
    on = date.fromisoformat(days[0]) if days else None
    terms = [spent(one, on) for one in registers.agreements]
    return {
        "digest": registers.digest,
        "as_of": on,
        "registers": [{"register": name, "entries": len(getattr(registers, name))} for name in KINDS],
        "missing": [{"register": name, "what": what} for name, what in missing(registers, known)],
        "dangling": [_place(of, asdict(one)) for one in dangling(registers, known)],
        "expired": [_place(of, asdict(one)) for one in (expired(registers, on) if on else ())],
        "without_agreement": [asdict(one) for one in without_agreement(registers, settings, accounts)],
        "without_finding": [one.id for one in (without_finding(registers, settings, accounts) if accounts else ())],
        "agreements": [
            _place(of, asdict(one.agreement)) | {name: getattr(one, name) for name in ("days", "days_left", "sunk", "left")}
            for one in terms
        ],
        "sunk": money((one.agreement.currency, one.sunk) for one in terms),
        "left": money((one.agreement.currency, one.left) for one in terms),
    }


def _place(of: Workspace, row: dict[str, Any]) -> dict[str, Any]:
    """A row with its place as seen from the workspace."""
    return row | {"place": row["place"].removeprefix(f"{of.folder}/").removeprefix(f"{of.folder}\\")}


def _shown(found: Mapping[str, Any], most: int | None) -> Iterator[str]:
    for row in found["registers"]:
        yield f"{row['entries']:>6,}  {row['register']}"
    yield from _part("missing", (f"{row['register']}: {visible(row['what'])}" for row in found["missing"]), most)
    names = (f"{row['place']}: no {row['what']} is called `{visible(row['name'])}`" for row in found["dangling"])
    yield from _part("names that nothing has", names, most)
    gone = (f"{row['place']}: {visible(row['clue'])}, {visible(row['reason'])}: {row['expires']}" for row in found["expired"])
    yield from _part("exceptions that have expired, and when: they excuse nothing", gone, most)
    lone = (
        f"{visible(row['name'])}, {visible(row['component'])}: {row['systems']:,} systems" for row in found["without_agreement"]
    )
    yield from _part("found, and no agreement is registered", lone, most)
    yield from _part("agreements on what was not found", map(visible, found["without_finding"]), most)
    day = f"spent by {found['as_of']}" if found["as_of"] else "nothing was counted yet, so nobody can say what is spent"
    yield from _part(f"agreements, {day}", map(_term, found["agreements"]), most)
    for currency in found["sunk"]:
        yield f"  in all {currency}: {found['sunk'][currency]:,} is sunk, {found['left'][currency]:,} is left"


def _term(row: Mapping[str, Any]) -> str:
    named = f"{visible(row['id'])} ({visible(row['supplier'])}, {row['kind']})"
    if row["days"] is None:
        return f"{named}: its term is not known" if row["starts"] is None or row["ends"] is None else named
    amounts = "its cost is not known"
    if row["sunk"] is not None:
        amounts = f"{row['sunk']:,} {row['currency']} is sunk, {row['left']:,} {row['currency']} is left"
    return f"{named}: {row['days_left']:,} of {row['days']:,} days are left; {amounts}"


def _part(title: str, lines: Iterator[str] | map[str], most: int | None) -> Iterator[str]:
    every = list(lines)
    if every:
        yield from ("", f"{title} ({len(every):,}):", *(f"  {line}" for line in every[:most]))
        if most is not None and len(every) > most:
            yield f"  ... {len(every) - most:,} more: --all"


@command.command("new")
@click.argument("names", nargs=-1, metavar="[NAME ...]")
@click.option("--xlsx", is_flag=True, help="As workbooks, not CSV.")
@options.workspace
@options.as_json
def new(names: Sequence[str], xlsx: bool, workspace: Path | None, as_json: bool) -> None:  # noqa: FBT001 - flags
    """Write empty registers to be filled in: all of them, or those called NAME. What is there already stays."""
    from fullcount.blank import FORMS
    from fullcount.register import FOLDER, files, written

    of, asked, suffix = console.workspace(workspace), written(names), ".xlsx" if xlsx else ".csv"
    made = []
    with of.writing():
        folder = of.folder / FOLDER
        folder.mkdir(exist_ok=True)
        there = {path.stem.lower() for path in files(folder)}
        for name in asked:
            if name not in there:
                with (folder / f"{name}{suffix}").open("xb") as file:
                    FORMS[suffix](name, file)
                made.append(f"{FOLDER}/{name}{suffix}")
    kept = [name for name in asked if name in there]
    if as_json:
        console.emit({"schema": "fullcount.registers.new/1", "made": made, "kept": kept})
        return
    for name in made:
        console.out(name)
    for name in kept:
        console.out(f"{name} is there already, and stays as it is")


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "name", required=True, metavar="NAME", help="Which register it is.")
@click.option("--replace", is_flag=True, help="Put it in the place of the file that is there.")
@options.workspace
@options.as_json
def import_(file: Path, name: str, **chosen: Any) -> None:
    """Check FILE (CSV, XLSX or TOML) and copy it into the registers: every name in it must be one that there is."""
    from fullcount.errors import UsageError
    from fullcount.register import FOLDER, SUFFIXES, entries, files, once, written

    of, suffix = console.workspace(chosen["workspace"]), file.suffix.lower()
    written([name])
    if suffix not in SUFFIXES:
        raise UsageError(f"a register is no {suffix or 'file without a suffix'}", hint=f"one of: {', '.join(SUFFIXES)}")
    if not file.is_file():
        raise UsageError(f"there is no file {file}", hint="check the path")
    rows = entries(file, name)
    _meant(of, name, rows)
    target = of.folder / FOLDER / f"{name}{suffix}"
    if target.exists() and not chosen["replace"]:
        raise UsageError(f"{FOLDER}/{target.name} is there already", hint="--replace puts FILE in its place")
    others = [one for path in files(target.parent) if path.stem.lower() == name and path != target for one in entries(path, name)]
    once([*others, *rows])
    of.take_register(file, target)
    if chosen["as_json"]:
        console.emit({"schema": "fullcount.registers.import/1", "register": name, "entries": len(rows), "file": target.name})
    else:
        console.out(f"{FOLDER}/{target.name}: {len(rows):,} entries")


def _meant(of: Workspace, name: str, rows: Sequence[Any]) -> None:
    """Raises `SettingsError` where an entry names what there is not."""
    from dataclasses import replace

    from fullcount.check import dangling
    from fullcount.errors import SettingsError
    from fullcount.register import Registers

    now = of.registers()
    known = _known(of, replace(now, **{name: (*getattr(now, name), *rows)}))
    for one in dangling(Registers(**{name: tuple(rows)}), known):
        raise SettingsError(f"no {one.what} is called `{one.name}`", place=one.place, hint=one.hint)
