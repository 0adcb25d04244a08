"""`fullcount demo --government`: the chain from exports to a roll-up, over a made-up government. `demo` is the command."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from fullcount import console
from fullcount.commands.count import packs_of, run_count
from fullcount.commands.read import read_into
from fullcount.commands.seal import write
from fullcount.demo.government import (
    BY_FOLDER,
    CORRECTED,
    COUNTING,
    DUE,
    GOVERNMENT,
    HARVEST,
    LATE,
    ON,
    PARTS,
    RIVERS,
    SYSTEMS,
    document,
    government,
)
from fullcount.demo.offices import RECEIVED_BY, exports, office_settings, sensor, settings, tampered, tree
from fullcount.demo.readme import readme
from fullcount.demo.truth import DIRECTIVE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from fullcount.demo.government import Government, Part
    from fullcount.envelope import SecretKey
    from fullcount.office import Kept
    from fullcount.pseudonym import TokenKey
    from fullcount.received import Received
    from fullcount.report import Account
    from fullcount.seal import Sealed
    from fullcount.workspace import Workspace

PERIOD = "2017"
SAID = {"all_components": "yes"}
CARRIES_PDF = "exchequer"  # this component sends a paper that carries its return
WITHOUT_TOKENS, OWN_TOKENS, NEW_KEY, CHANGED, FORGOT = "lighthouse", "statistics", "forest", "customs", "parcel"
_LATER = "depots"  # the exports that were forgotten at first


class Made:
    """The made-up government in its folder: where everything lies, and its keys."""

    def __init__(self, folder: Path, of: Government, *, quiet: bool) -> None:
        """`quiet`: nothing is said while it is made."""
        self.folder, self.of, self.quiet = folder, of, quiet
        self.keys: dict[str, SecretKey] = {}
        self.notes: list[str] = []
        self.came: list[Received] = []  # everything that the office was given, with what is wrong with it

    def component(self, folder: str) -> Path:
        """The workspace of a component; of the name ``""`` that of the government's office."""
        return self.folder / "components" / folder if folder else self.folder / "office"

    def mail(self, folder: str, day: date, name: str) -> Path:
        """A file on its way from a component to whoever receives its return."""
        to = RECEIVED_BY[folder]
        return (self.component(to) if to else self.folder) / "mail" / day.isoformat() / name

    def tell(self, text: str) -> None:
        """Say how far it is."""
        if not self.quiet:
            console.say(text)


def run(folder: Path, *, systems: int | None, seed: int, setting: str, quiet: bool) -> dict[str, Any]:
    """Make a government in a folder, let its components count and report, and let its office put everything together. Returns
    what there is to say. Raises `UsageError` where there is something in the folder.
    """
    from fullcount.demo import organisation
    from fullcount.demo.trouble import compared
    from fullcount.errors import UsageError

    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", hint="name another folder: fullcount demo FOLDER --government")
    made = Made(folder, government(organisation(systems or SYSTEMS, seed, setting=setting), seed), quiet=quiet)
    size = f"{made.of.whole().systems:,} systems, {len(COUNTING)} components that count"
    made.tell(f"making the {GOVERNMENT} in {folder}: {size} ...")
    _put(folder / "truth.json", json.dumps(document(made.of), ensure_ascii=False, indent=1))
    _keys(made)
    for part in COUNTING:
        made.tell(f"  {part.name} counts and seals")
        _reported(made, part)
    _added_up(made)
    kept = _received(made)
    page = _page(made, kept)
    _put(folder / "readme.md", readme(with_pdf=not made.notes))
    found = compared(made.of, _seen(made, kept), _plain(made))
    told = {"page": str(page), "notes": made.notes, "rollup": kept.account.count, "comparison": found}
    return told | {"account": kept.account}


def _put(path: Path, text: str | bytes) -> None:
    console.write(path, partial(write, text.encode() if isinstance(text, str) else text))


# -- keys ---------------------------------------------------------------------------------------------------------------------


def _keys(made: Made) -> None:
    """A signing key for whoever seals, the token key from its holder, and a trust file for whoever receives."""
    from fullcount.envelope import new_key, written_secret
    from fullcount.pseudonym import derived, new_master, written

    master = new_master()
    holder = made.folder / "privacy-office"
    holder.mkdir(parents=True)
    console.write_secret(holder / "master.key", written(master).encode())
    usual, own = derived(master, DIRECTIVE, PERIOD), derived(new_master(), DIRECTIVE, PERIOD)
    for part in (*COUNTING, BY_FOLDER[HARVEST]):
        at = made.component(part.folder)
        at.mkdir(parents=True, exist_ok=True)
        made.keys[part.folder] = key = new_key()
        console.write_secret(at / "seal.key", written_secret(key, None))
        _put(at / "seal.key.pub", f"{key.public.text()}\n")
        if part.folder not in {WITHOUT_TOKENS, HARVEST}:
            console.write_secret(at / "tokens.key", written(own if part.folder == OWN_TOKENS else usual).encode())
    for to in ("", HARVEST):
        at = made.component(to)
        _put(at / "trust.toml", "\n".join(_trusted(made, to)))
        _put(at / "tree.toml", tree(to))
        _put(at / "fullcount.toml", office_settings(BY_FOLDER[to].name if to else GOVERNMENT))
    _put(made.component("") / "sensor.csv", sensor(made.of))


def _trusted(made: Made, to: str) -> Iterator[str]:
    """The keys that a receiving office knows: not the new one, of which nobody told it."""
    from fullcount.trust import lines

    for folder, key in made.keys.items():
        if RECEIVED_BY[folder] == to and folder != NEW_KEY:
            yield lines(key.public, component=BY_FOLDER[folder].name, name=f"Chief Information Officer, {BY_FOLDER[folder].name}")


# -- a component --------------------------------------------------------------------------------------------------------------


def _reported(made: Made, part: Part) -> None:
    """A component writes its exports, counts them, seals the count and sends it."""
    at = made.component(part.folder)
    if part.folder == RIVERS:
        from fullcount.demo import write as write_department

        write_department(made.of.rivers, at)
    else:
        _put(at / "fullcount.toml", settings(part))
        for name, encoding, text in exports(made.of, part):
            _put(at / "exports" / name, "".join(text).encode(encoding))
    parts = [("offices", DUE), (_LATER, CORRECTED)] if part.folder == FORGOT else [("", part.sent or DUE)]
    for below, day in parts:
        _sent(made, part, at / "exports" / below, day)


def _sent(made: Made, part: Part, of_exports: Path, day: date) -> None:
    from fullcount.seal import of_count, seal, stated
    from fullcount.workspace import Workspace

    of = Workspace(made.component(part.folder))
    read_into(of, [of_exports], {"reader": "", "host": "", "collected_at": None, "rehash": False, "quiet": True})
    counted = run_count(of, packs_of(of), as_of=datetime.combine(part.as_of, datetime.min.time()))
    asked = of_count(counted, DIRECTIVE, part.name, tokens=_tokens(of.folder / "tokens.key"), hosts=False)
    asked = replace(asked, statements=stated((), DIRECTIVE, SAID))
    _post(made, part, day, seal(of, asked, keys=[made.keys[part.folder]], on=day))


def _tokens(path: Path) -> TokenKey | None:
    from fullcount.pseudonym import load

    return load(path) if path.exists() else None


def _post(made: Made, part: Part, day: date, sealed: Sealed) -> None:
    """Put the return into the mail: as it is, or as what became of it on the way."""
    from fullcount.envelope import written

    if part.folder == CARRIES_PDF and sent_as_pdf(made, part, day, sealed):
        return
    envelope = sealed.envelope
    if part.folder == CHANGED:
        envelope = replace(envelope, body=tampered(envelope.body))
    _put(made.mail(part.folder, day, f"{part.folder}-{sealed.of.sequence}.json"), written(envelope))


def sent_as_pdf(made: Made, part: Part, day: date, sealed: Sealed) -> bool:
    """A paper that carries the return, where PDFs can be made here."""
    from fullcount.chain import last
    from fullcount.commands.report import carried
    from fullcount.directive import find
    from fullcount.forms.pdf import PDF
    from fullcount.papers.identify import IDENTIFY
    from fullcount.paperwork import Wanted, gathered
    from fullcount.workspace import Workspace

    if lacks := _lacks():
        made.notes.append(f"{part.name} sends the sealed file itself, and no PDF that carries it: {lacks}")
        return False
    of = Workspace(made.component(part.folder))
    wanted = Wanted(kind=IDENTIFY, counted=last(of), directive=find(DIRECTIVE))
    with console.engine(of) as engine:
        paper = replace(IDENTIFY.made(gathered(of, engine, wanted)), carried=carried(sealed.file, wanted))
    [pdf] = PDF.files(paper)
    console.write(made.mail(part.folder, day, f"{part.folder}-{sealed.of.sequence}.pdf"), pdf.write)
    return True


def _lacks() -> str:
    """What must be installed before a PDF that carries something can be written and read; empty where nothing is missing."""
    from fullcount.attachment import readable
    from fullcount.forms.pdf import lacks

    return lacks() or readable()


# -- who receives -------------------------------------------------------------------------------------------------------------


def _added_up(made: Made) -> None:
    """The department that adds up its own bureaus, and seals what they come to."""
    from fullcount.office import to_seal
    from fullcount.seal import seal, stated
    from fullcount.workspace import Workspace

    part = BY_FOLDER[HARVEST]
    made.tell(f"  {part.name} receives the returns of its bureaus, rolls them up and seals that")
    of = Workspace(made.component(HARVEST))
    _taken(of, of.folder / "mail" / DUE.isoformat(), DUE)
    asked = replace(to_seal(_rolled(of, DUE), part.name), statements=stated((), DIRECTIVE, SAID))
    _post(made, part, DUE, seal(of, asked, keys=[made.keys[HARVEST]], on=DUE))


def _taken(of: Workspace, folder: Path, on: date) -> list[Received]:
    from fullcount.receive import office, receive

    return receive(of, [folder], known=office(of), on=on)


def _rolled(of: Workspace, on: date, own: Path | None = None) -> Kept:
    from fullcount.commands.rollup import sightings
    from fullcount.office import rolled_up
    from fullcount.receive import office

    known = office(of).tree
    assert known is not None
    assert known.pack is not None
    return rolled_up(of, known, known.pack, on=on, sensor=list(sightings(own, known)) if own else [])


def _received(made: Made) -> Kept:
    """The office takes in the mail, day by day, and puts together what it has accepted."""
    from fullcount.workspace import Workspace

    made.tell("  the office receives the returns, and rolls them up")
    of = Workspace(made.component(""))
    for day in (DUE, CORRECTED, LATE):
        made.came += _taken(of, made.folder / "mail" / day.isoformat(), day)
    return _rolled(of, ON, of.folder / "sensor.csv")


def _page(made: Made, kept: Kept) -> Path:
    from fullcount.forms.html import HTML
    from fullcount.papers.rollup import made as paper_of

    paper = paper_of(kept.account, kept.lists(), rows=kept.rows())
    [file] = HTML.files(paper)
    path = made.folder / "office" / "reports" / f"{paper.stem}{file.suffix}"
    console.write(path, file.write)
    return path


# -- what is to be compared -----------------------------------------------------------------------------------------------------


def _seen(made: Made, kept: Kept) -> Any:
    from fullcount.demo.trouble import Seen

    pairs = [row for batch in kept.lists()["pair_list"]() for row in batch.to_pylist()]
    faults = {name: [(one.id, one.text) for one in came.faults] for came in made.came for name in came.names}
    return Seen(account=kept.account, pairs=pairs, faults=faults)


def _plain(made: Made) -> dict[str, dict[str, int]]:
    """What the newest file of each component says, read as anybody reads a file that came by mail: nothing is checked."""
    from fullcount.envelope import parsed
    from fullcount.receive import opened

    found: dict[str, tuple[int, dict[str, int]]] = {}
    names = {one.name: one.folder for one in PARTS}
    for path in sorted((made.folder / "mail").glob("*/*")):
        said = json.loads(parsed(opened(path)).body)["predicate"]
        folder, total = names[said["component"]], said["account"]["total"]
        if folder not in found or found[folder][0] < said["sequence"]:
            found[folder] = said["sequence"], {"systems": total["systems"], "with_it": total["with_it"]}
    return {folder: numbers for folder, (_, numbers) in found.items()}


# -- what is shown --------------------------------------------------------------------------------------------------------------


def show(told: Mapping[str, Any], folder: Path) -> None:
    """The roll-up, as the office sees it, and beside the truth."""
    from fullcount.reports.terminal import rolled_up

    account: Account = told["account"]
    screen = console.console()
    screen.print(rolled_up(account, screen.width))
    console.out("")
    for line in _compared(told["comparison"]):
        console.out(line)
    for note in told["notes"]:
        console.out(f"note: {note}")
    console.out("")
    console.out(f"The page: {told['page']}")
    console.out(f"Every command, to run again: {folder / 'readme.md'}")


def _compared(found: Mapping[str, Any]) -> Iterator[str]:
    yield "compared with the truth, which nobody in this government has seen:"
    for name, title in (
        ("plain_sum", "plain sum of every newest file, none of them checked"),
        ("roll_up", "roll-up of the accepted returns"),
        ("right_roll_up", "a right roll-up of right counts of these"),
        ("truth", "the truth about the whole government"),
    ):
        yield f"  {found[name]['systems']:>7,} systems, {found[name]['with_it']:>4,} with it: {title}"
    low, high = found["range_systems"]
    yield f"  range of the roll-up: {low:,} to {high:,} systems; it is about those whose returns count, not about the others"
    yield from _by_component(found["components"])
    yield from _troubles(found["troubles"])


def _by_component(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    widest = max(len(one["component"]) for one in rows)
    yield "by component: what its newest file says of systems and of those with it, and what is true of its own"
    for one in rows:
        said, true = one["sent"], one["true"]
        sent = f"says {said['systems']:>4,} {said['with_it']:>3,}" if said else "says nothing "
        states = f"; {', '.join(one['states'])}" if one["states"] else ""
        yield f"  {one['component']:<{widest}}  {sent}   true {true['systems']:>4,} {true['with_it']:>3,}{states}"


def _troubles(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    from fullcount.demo.trouble import unseen
    from fullcount.text import visible

    missed = unseen(rows)
    yield f"{len(rows)} things were planted; the office saw {len(rows) - len(missed)}, and did not see {len(missed)}:"
    for one in rows:
        yield f"  {'seen' if one['is_seen'] else 'NOT SEEN'}: {one['component']}: {one['planted']}"
        if one["is_seen"]:
            yield f"      {visible(one['evidence'], 400)}"
        else:
            yield "      nothing in the returns, or in the office's own list, tells of it"
