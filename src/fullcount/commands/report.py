"""`fullcount report`."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.commands.count import packs_at_hand
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import IO

    from fullcount.chain import Counted
    from fullcount.directive import Directive
    from fullcount.paper import Carried, Form, Paper
    from fullcount.paperwork import Wanted
    from fullcount.report import Account
    from fullcount.workspace import Workspace


@click.command("report")
@click.argument("name", metavar="NAME")
@options.workspace
@options.one_directive
@click.option("--count", "count_id", default="", metavar="ID", help="An earlier count; by default the last.")
@click.option("--form", "forms", multiple=True, metavar="FORM", help="pdf, xlsx, csv, csv-plain, json or html; repeatable.")
@click.option(
    "--since", default="", metavar="COUNT", help="What a paper compares with; by default the last count of an earlier day."
)
@click.option("--without-users", is_flag=True, help="Leave the names of users out of a paper's lists.")
@click.option(
    "--return",
    "sealed",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Let the PDF carry this sealed return of the same count.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The file, or a paper's folder; `-` is stdout. By default in `reports/`.",
)
@options.as_json
def command(name: str, **chosen: Any) -> None:
    """Write the last count. NAME is a paper: identify (what was found), plan (how it will go), status (how far it is), in
    every form unless --form says which. Or the account alone: csv, json, html; hosts (one row a system), coverage (one row a
    look).
    """
    from fullcount.errors import UsageError
    from fullcount.papers import KINDS
    from fullcount.paperwork import Wanted
    from fullcount.reports import REPORTS

    report = next((one for one in REPORTS if one.name == name), None)
    known = [*(one.name for one in KINDS), *(one.name for one in REPORTS)]
    if name not in known:
        raise UsageError(f"no report is called {name}", hint=f"one of: {', '.join(known)}")
    if report and any(chosen[one] for one in ("forms", "since", "without_users", "sealed", "as_json")):
        hint = "--form, --since, --without-users, --return and --json are for papers"
        raise UsageError(f"`{name}` has no options of a paper", hint=hint)
    of = console.workspace(chosen["workspace"])
    counted = _counted(of, chosen["count_id"])
    account = counted.of(chosen["directive"])
    if report:
        write = partial(report.write, account, partial(counted.lists, account.directive["id"]))
        named = f"{account.directive['id']}-{account.as_of or 'undated'}-{account.count}{report.suffix}"
        _one(write, chosen["output"] or of.folder / "reports" / named)
        return
    wanted = Wanted(
        kind=next(one for one in KINDS if one.name == name),
        counted=counted,
        directive=_pack(of, account),
        since=chosen["since"],
        without_users=chosen["without_users"],
    )
    _paper(of, wanted, chosen)


def _counted(of: Workspace, count_id: str) -> Counted:
    from fullcount.chain import last, load
    from fullcount.errors import UsageError

    if count_id and not (of.counts / count_id / "accounts.json").exists():
        raise UsageError(f"no count is called {count_id}", hint=f"look into {of.counts}")
    return load(of.counts / count_id) if count_id else last(of)


def _one(write: Callable[[IO[bytes]], None], path: Path) -> None:
    """The account, or one list, as one file."""
    if str(path) == "-":
        write(sys.stdout.buffer)
        return
    console.write(path, write)
    console.out(str(path))


def _paper(of: Workspace, wanted: Wanted, chosen: dict[str, Any]) -> None:
    """A paper in its forms. What it lacks is said before it is written."""
    from fullcount.paperwork import gathered

    forms = forms_of(chosen["forms"])
    sealed = carried(chosen["sealed"], wanted) if chosen["sealed"] else None
    if sealed and [one.name for one in forms] != ["pdf"]:
        console.say("note: the return goes with the PDF alone; no other form carries it")
    with console.engine(of) as engine:
        paper = replace(wanted.kind.made(gathered(of, engine, wanted)), carried=sealed)
        for line in _lacking(paper):
            console.say(line)
        if str(chosen["output"]) == "-":
            _to_stdout(paper, forms)
            return
        written = list(files(paper, forms, chosen["output"] or of.folder / "reports"))
    if chosen["as_json"]:
        gaps = [{"id": one.id, "what": one.what, "where": one.where} for one in paper.gaps]
        facts = {"paper": paper.id, "directive": paper.account.directive["id"], "count": paper.account.count}
        paths = [str(path) for path in written]
        console.emit({"schema": "fullcount.written/1", **facts, "is_draft": paper.is_draft, "gaps": gaps, "files": paths})
        return
    for path in written:
        console.out(str(path))


def carried(file: Path, wanted: Wanted) -> Carried:
    """The sealed return in a file, for the PDF of a paper. Raises `UsageError` where it is not of the paper's own count and
    directive, and `EnvelopeError` and `ReturnError` where it is none.
    """
    from fullcount.commands.seal import contents
    from fullcount.envelope import parsed
    from fullcount.errors import UsageError
    from fullcount.paper import Carried
    from fullcount.sealed import PAYLOAD, returned

    data = contents(file)
    envelope = parsed(data, place=str(file))
    if envelope.kind != PAYLOAD:
        raise UsageError(f"holds `{visible(envelope.kind)}`, and no return", place=str(file), hint="`fullcount seal` writes one")
    of = returned(envelope.body)
    about = wanted.counted.of(wanted.directive.id)
    said, here = ((one.count, one.directive["id"]) for one in (of.account, about))
    if said != here:
        what = f"is of count {visible(said[0])} under {visible(said[1])}, and the paper of {here[0]} under {here[1]}"
        raise UsageError(what, place=str(file), hint="seal this count, or name that one: --count ID")
    keys = tuple(one.key for one in envelope.signatures)
    return Carried(envelope=data, component=of.component, sequence=of.sequence, digest=of.digest, keys=keys)


def _pack(of: Workspace, account: Account) -> Directive:
    """The directive of an account, as the settings say where it lies, else as it is shipped. Raises `UsageError`."""
    from fullcount.directive import find

    name = account.directive["id"]
    return packs_at_hand(of, [account]).get(name) or find(name)


def forms_of(asked: Sequence[str]) -> list[Form]:
    """The forms that are asked for; else all that can be written here. Raises `UsageError`."""
    from fullcount.errors import UsageError
    from fullcount.forms import FORMS

    known = {one.name: one for one in FORMS}
    if odd := [name for name in asked if name not in known]:
        raise UsageError(f"no form is called {odd[0]}", hint=f"one of: {', '.join(known)}")
    if asked:
        return [known[name] for name in dict.fromkeys(asked)]
    there = [one for one in FORMS if one.lacks() == ""]
    for one in FORMS:
        if lacks := one.lacks():
            console.say(f"no {one.name}: {lacks}")
    return there


def _lacking(paper: Paper) -> Iterator[str]:
    if paper.gaps:
        yield f"a draft: {len(paper.gaps):,} things are missing, and every page says so"
    for one in paper.gaps:
        yield f"  {visible(one.what)}"
        yield f"    {visible(one.where)}"


def _to_stdout(paper: Paper, forms: Sequence[Form]) -> None:
    from fullcount.errors import UsageError

    made = [file for form in forms for file in form.files(paper)]
    if len(forms) != 1:
        raise UsageError("stdout takes one form", hint="--form json, for example")
    made[0].write(sys.stdout.buffer)


def files(paper: Paper, forms: Sequence[Form], folder: Path) -> Iterator[Path]:
    """Write a paper in its forms; each file as it is there."""
    for form in forms:
        for file in form.files(paper):
            path = folder / f"{paper.stem}{file.suffix}"
            console.write(path, file.write)
            yield path
