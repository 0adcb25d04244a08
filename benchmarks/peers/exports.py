"""The made-up department of `fullcount demo` as a user of spreadsheets would have it: every export a CSV, each tool with
columns of its own, and the truth beside them.

The difficulties are the demo's: machines in several exports, renamed, set up anew, cloned, not looked at for weeks, or
known from lists only; products in several languages, removed since the export of the month before, and titles that look
like the vendor's. What one file a machine shows (an antivirus section, a file's name) has no place in a table: what is
registered only is in the list of programs here, and what is left of a product is not there. Each machine has a tail of
rare programs besides, since real inventories are long.
"""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import fleet
from fullcount.demo import formats, lists, organisation
from fullcount.demo.formats import DOMAIN, OPERATING, Title, is_old_script, row, swapped
from fullcount.demo.machines import STANDARD, Component
from fullcount.demo.shown import shown_of
from fullcount.demo.truth import is_system, looks, pieces, standing
from peers.layout import AGENTS, INVENTORY, PROGRAMS, SCAN, SCCM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from fullcount.demo.formats import Shown
    from fullcount.demo.machines import Machine, Organisation
    from fullcount.demo.truth import Look

TAIL = 60  # rare programs of a machine
_REACHED = ("DNS name", "MAC address", "System", "Scanned")
_FILES = {"osquery": "agents", "glpi": "inventory"}

SETTINGS = f"""\
organisation = "Department of Rivers and Roads"
directives = ["us-dhs-bod-17-01"]

[[table]]
match = "agents-*.csv"
name = "agents"
lists = "all software"
[table.columns]
hostname = "hostname"
serial = "hardware_serial"
uuid = "uuid"
mac = "mac"
os = "os_version"
looked_at = "collected"
name = "software"
package = "package"
bundle_id = "bundle_identifier"
version = "version"

[[table]]
match = "inventory-*.csv"
name = "inventory"
lists = "all software"
[table.columns]
hostname = "Computer"
domain = "Domain"
serial = "Serial number"
uuid = "UUID"
mac = "MAC"
os = "Operating system"
looked_at = "Last inventory"
name = "Software"
publisher = "Publisher"
version = "Version"

[[table]]
match = "scan-*.csv"
name = "scan"
lists = "all software"
[table.columns]
fqdn = "DNS name"
mac = "MAC address"
uuid = "BIOS UUID"
os = "System"
looked_at = "Scanned"
name = "Program"
version = "Program version"

[[table]]
match = "reached-*.csv"
name = "scan without credentials"
lists = "machines"
[table.columns]
fqdn = "DNS name"
mac = "MAC address"
os = "System"
heard_at = "Scanned"

[[table]]
match = "*computers*.csv"
name = "active-directory"
lists = "machines"
{lists.DIRECTORY_COLUMNS}
[[table]]
match = "purchasing*.csv"
name = "purchasing"
lists = "machines"
dates = "dmy"
{lists.PURCHASING_COLUMNS}"""


class Truth(NamedTuple):
    """What is so, whatever the exports show. Machines go by number."""

    named: dict[str, int]  # every name that a machine goes or went by, in small letters
    systems: frozenset[int]
    has: frozenset[int]  # it is on them today
    shown: frozenset[int]  # the exports show it on them, and do not show that it is gone
    counted: int  # systems with it for who joins records by serial numbers and the like, and not by host names alone


def write(folder: Path, systems: int, *, seed: int = 17, setting: str = STANDARD) -> Truth:
    """Write `exports/` and `fullcount.toml` into the folder."""
    made = _as_table(organisation(systems, seed, setting=setting))
    tail = _tails(seed)
    held: dict[str, list[tuple[Machine, Look]]] = {}
    for machine in (*made.systems, *made.gone):
        for look in looks(machine):
            held.setdefault(_file(machine, look), []).append((machine, look))
    for name, seen in held.items():
        path = folder / "exports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        encoding = "cp1252" if seen[0][1].tool == "purchasing" else "utf-8"
        with path.open("w", encoding=encoding, newline="") as file:
            file.writelines(_export(seen, (_with_tail(machine, look, seed, tail) for machine, look in seen)))
    components = (f'\n[[component]]\nname = "{component}"\nou = "OU={component.unit}"\n' for component in Component)
    (folder / "fullcount.toml").write_text(SETTINGS + "".join(components), "utf-8")
    return truth(made)


def write_tiny(folder: Path, source: Path, text: str, rows: int) -> None:
    """Write so many rows of a file of Configuration Manager, the last three with the text where there are as many."""
    file = SCCM.files(source)[-1]
    having: list[str] = []
    plain: list[str] = []
    with file.open(encoding="utf-8", newline="") as lines:
        head = next(lines)
        for line in lines:
            (having if text in line.lower() else plain).append(line)
            if len(having) == 3 and len(plain) >= rows:
                break
    into = folder / "exports" / file.relative_to(source)
    into.parent.mkdir(parents=True)
    last = having[:3]
    into.write_text("".join([head, *plain[: rows - len(last)], *last]), "utf-8", newline="")
    (folder / "fullcount.toml").write_text(SETTINGS, "utf-8")


def _as_table(made: Organisation) -> Organisation:
    """The department without what a table cannot show."""
    systems = tuple(
        replace(machine, registered_only=False, product="" if machine.residue else machine.product, residue=False)
        for machine in made.systems
    )
    return replace(made, systems=systems)


def truth(made: Organisation) -> Truth:
    """What a number is held against."""
    named: dict[str, int] = {}
    shown: set[int] = set()
    counted = 0
    for machine in (*made.systems, *made.gone):
        seen = looks(machine)
        named |= {look.name.lower(): machine.number for look in seen if look.name}
        if standing(machine, seen)[0] == "with it":
            shown.add(machine.number)
        counted += sum(is_system(piece) and standing(machine, piece)[0] == "with it" for piece in pieces(seen))
    systems = frozenset(machine.number for machine in made.systems)
    has = frozenset(machine.number for machine in made.systems if machine.has_product)
    return Truth(named, systems, has, frozenset(shown), counted)


def save(known: Truth, path: Path) -> None:
    """Write the truth beside the exports, for who wants to look."""
    said = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in known._asdict().items()}
    path.write_text(json.dumps(said), "utf-8")


def _file(machine: Machine, look: Look) -> str:
    """Which file a look is in: one a tool and component, where the demo has one a machine."""
    day = "2017-09-14" if "2017-09-14" in look.file else "2017-10-12"
    match look.tool:
        case "osquery" | "glpi":
            return f"{look.component}/{_FILES[look.tool]}-{day}.csv"
        case "nessus":
            return f"{look.component}/{'scan' if machine.credentialed else 'reached'}-2017-10-06.csv"
        case "uninstall":
            return f"{look.component}/{PROGRAMS.day}/{PROGRAMS.pattern}"
    return look.file


# -- rows ------------------------------------------------------------------------------------------------------------


def _tails(seed: int) -> list[Title]:
    made = fleet.titles(random.Random(seed))[fleet.COMMON :]
    return [Title(name, publisher, version, "") for name, publisher, version in made]


def _with_tail(machine: Machine, look: Look, seed: int, tail: Sequence[Title]) -> Shown:
    shown = shown_of(machine, look, seed)
    if not look.complete:
        return shown
    return shown._replace(titles=(*shown.titles, *random.Random(machine.number).choices(tail, k=TAIL)))


def _export(seen: Sequence[tuple[Machine, Look]], shown: Iterator[Shown]) -> Iterator[str]:
    found: Iterator[str]
    match seen[0][1].tool:
        case "sccm":
            found = formats.sccm(shown)
        case "osquery":
            found = _agents(shown)
        case "glpi":
            found = _inventory(shown)
        case "nessus":
            found = _scan(shown) if seen[0][0].credentialed else _reached(shown)
        case "uninstall":
            found = _programs(shown)
        case "directory":
            found = lists.directory(
                (machine.component.unit, look.at, one) for (machine, look), one in zip(seen, shown, strict=True)
            )
        case _:
            found = lists.purchasing((machine.component, one) for (machine, _), one in zip(seen, shown, strict=True))
    return found


def _rows(about: Iterable[object], titles: Iterable[Iterable[object]], delimiter: str = ",") -> str:
    head = row(*about, delimiter=delimiter).rstrip("\r\n")
    return "".join(f"{head}{delimiter}{row(*title, delimiter=delimiter)}" for title in titles)


def _agents(machines: Iterable[Shown]) -> Iterator[str]:
    yield row(*AGENTS.columns)
    for shown in machines:
        system = shown.system
        about = (shown.name, shown.serial, shown.uuid, shown.macs[0], f"{system.name} {system.version}", shown.at)
        is_mac = system.family == "macos"
        titles = (
            (title.name, "" if is_mac else title.name, title.ident if is_mac else "", title.version) for title in shown.titles
        )
        yield _rows(about, titles)


def _inventory(machines: Iterable[Shown]) -> Iterator[str]:
    yield row(*INVENTORY.columns, delimiter=";")
    for shown in machines:
        about = (shown.name, DOMAIN, shown.serial, shown.uuid, shown.macs[0], shown.system.name, shown.at)
        yield _rows(about, ((title.name, title.publisher, title.version) for title in shown.titles), ";")


def _scan(machines: Iterable[Shown]) -> Iterator[str]:
    """A scanner without Unicode, and without publishers. It gives UUIDs in the other byte order."""
    yield row(*SCAN.columns)
    for shown in machines:
        about = (shown.full_name, shown.macs[0], swapped(shown.uuid), _scanned(shown), shown.at)
        titles = (("".join(char if char.isascii() else "." for char in title.name), title.version) for title in shown.titles)
        yield _rows(about, titles)


def _reached(machines: Iterable[Shown]) -> Iterator[str]:
    yield row(*_REACHED)
    for shown in machines:
        yield row(shown.full_name, shown.macs[0], _scanned(shown), shown.at)


def _scanned(shown: Shown) -> str:
    return OPERATING[shown.system.family].format(shown.system)


def _programs(machines: Iterable[Shown]) -> Iterator[str]:
    """The old script of some machines gave neither domain nor serial number."""
    yield row(*PROGRAMS.columns)
    for shown in machines:
        old, days = is_old_script(shown.number), shown.installed("%Y%m%d")
        about = (shown.name, "" if old else DOMAIN, "" if old else shown.serial)
        yield _rows(
            about,
            ((title.name, title.version, title.publisher, days[place & 3]) for place, title in enumerate(shown.titles)),
        )
