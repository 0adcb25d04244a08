"""The truth about the made-up department: which exports show a machine, and where a correct count must put it.

The readings of the design that the expected standings rest on are in `READINGS`, and in every `truth.json`.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from fullcount.demo.formats import is_old_script
from fullcount.demo.machines import AS_OF, PLACEHOLDER, REMOVAL, Component, Machine, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fullcount.demo.machines import Organisation

DIRECTIVE = "us-dhs-bod-17-01"
STANDINGS = ("with it", "without it", "not covered")
FRESH_DAYS, HEARD_DAYS = 14, 90
LISTS = frozenset({"directory", "purchasing"})
_READINGS = """\
As-of is 2017-10-12, the newest date in the name of an export; a look is fresh for 14 days before it. No date in the
exports lies near enough to a border (14 or 90 days) for the hour to matter.

Where a source gives a host name and a DNS domain (Configuration Manager, GLPI, most per-machine CSV files), these are a
full name, a medium clue; where it gives a host name alone (a few per-machine CSV files, osquery), that is weak.

`headline` joins the records of a machine by strong and medium clues only, so a machine with several `pieces` is counted
several times there; `systems` are the true machines, which joining by names as well must find.

A directory object is heard of on its LastLogonDate, and is a system for 90 days. The purchasing list hears of
a machine on the day of its delivery, all of them long ago: what only it names is expected, probably gone, and no system.

Machines that only old software evidence names stay systems; if that evidence shows the product, they are with it,
whether or not the product is still there.

A finding in a list of programs is answered by any later complete look that lists programs. One in the antivirus section
is answered only by a later look that has this section.

A disabled antivirus registration is residue; a white label is silent: neither decides a standing. Titles that only look
like the vendor's are innocent and leave no doubt.

Clones have their template's UUID and no serial number, twins the serial number or the agent id of another machine: as
many machines as names. A dock's address joins nothing.

A machine in the exports of two components stands in the lines of both; `overlap` is what the sum of the lines exceeds
the total by.
"""
READINGS = tuple(" ".join(reading.split()) for reading in _READINGS.split("\n\n"))


class Look(NamedTuple):
    """A machine in one export: one record."""

    tool: str
    component: Component
    file: str  # below the folder of the exports
    name: str
    at: datetime | None  # when the tool looked at the machine or heard of it
    complete: bool  # all software of the machine is listed
    clues: frozenset[str]  # strong and medium; the same text on two looks at one machine joins these

    @property
    def is_list(self) -> bool:
        """Whether the export says only that the machine exists."""
        return self.tool in LISTS


def after(first: datetime, days: int, number: int, salt: int) -> datetime:
    """A moment within so many days, the same for the same number and salt."""
    return first + timedelta(minutes=(number * 7919 + salt * 104_729) % (days * 1440), seconds=number % 60)


def _day(month: int, day: int, year: int = 2017) -> datetime:
    return datetime(year, month, day)  # noqa: DTZ001 - UTC


def looks(machine: Machine) -> tuple[Look, ...]:
    """Every record of the machine in the exports."""
    return (*_by_tool(machine), *_by_scan(machine), *_by_directory(machine), *_by_purchasing(machine))


def _by_tool(machine: Machine) -> Iterator[Look]:
    number, tool = machine.number, machine.tool
    if not tool:
        return
    if machine.state is State.FRESH:
        at = _day(10, 10) if tool == "uninstall" else after(_day(10, 7), 4, number, 1)
        yield _tool_look(machine, machine.name, at)
    if machine.state is State.OLD:
        yield _tool_look(machine, machine.name, after(_day(8, 20), 29, number, 2))
    if machine.reimaged:
        yield _tool_look(machine, machine.old_name, after(_day(8, 20), 29, number, 3))
    if machine.state is State.VANISHED or machine.older:
        yield _tool_look(machine, machine.old_name or machine.name, after(_day(9, 8), 5, number, 4), older=True)


def _tool_look(machine: Machine, name: str, at: datetime, *, older: bool = False) -> Look:
    day = "2017-09-14" if older else "2017-10-12"
    file = {
        "sccm": f"configuration-manager-{day}.csv",
        "osquery": f"osqueryd.snapshots-{day}.log",
        "glpi": f"inventory-{day}/{name}.xml",
        "uninstall": f"2017-10-10/{name}_InstalledSoftware.csv",
    }[machine.tool]
    component = machine.component
    return Look(
        machine.tool, component, f"{component}/{file}", name, at, complete=True, clues=_clues(machine, machine.tool, name)
    )


def _by_scan(machine: Machine) -> Iterator[Look]:
    if component := machine.scanned_by:
        name = machine.old_name if machine.is_renamed else machine.name
        file, at = f"{component}/scan-2017-10-06.nessus", after(_day(10, 2), 3, machine.number, 5)
        clues = _clues(machine, "nessus", name)
        yield Look("nessus", component, file, name, at, complete=machine.credentialed, clues=clues)


def _by_directory(machine: Machine) -> Iterator[Look]:
    """A directory object follows a new name; setting a machine up anew makes a second object."""
    if machine.system.family != "windows" or machine.state is State.STOCK:
        return
    if machine.state is State.GONE:
        never = machine.number % 7 == 0
        heard = [(machine.name, None if never else after(_day(6, 1, 2016), 380, machine.number, 6))]
    else:
        heard = [(machine.name, after(_day(9, 20), 20, machine.number, 7))]
        if machine.reimaged:
            heard.append((machine.old_name, after(_day(8, 20), 29, machine.number, 3)))
    for name, at in heard:
        clues = frozenset({f"full name {name}"})
        yield Look("directory", machine.component, "ad-computers-2017-10-11.csv", name, at, complete=False, clues=clues)


def _by_purchasing(machine: Machine) -> Iterator[Look]:
    if machine.bought:
        file, clues = "purchasing-2017-10-02.csv", frozenset(() if machine.cloned == "serial" else {"serial"})
        yield Look("purchasing", machine.component, file, "", None, complete=False, clues=clues)


def _clues(machine: Machine, tool: str, name: str) -> frozenset[str]:
    """What can join this record to the machine's others. Which tool shows what is in `formats`."""
    found = set()
    new_script = tool == "uninstall" and not is_old_script(machine.number)
    if tool in {"sccm", "glpi", "nessus"} or new_script:
        found.add(f"full name {name}")
    if (tool in {"sccm", "glpi", "osquery"} or new_script) and _has_own_serial(machine):
        found.add("serial")
    knows_uuid = tool in {"sccm", "glpi", "osquery"} or (tool == "nessus" and machine.credentialed)
    if knows_uuid and machine.cloned != "uuid":
        found.add("uuid")
    if tool == "sccm" and machine.cloned != "agent" and not (machine.reimaged and name == machine.old_name):
        found.add("agent")
    if tool in {"glpi", "osquery", "nessus"} and not machine.virtual:
        found.add("address")
    return frozenset(found)


def _has_own_serial(machine: Machine) -> bool:
    return not machine.virtual and machine.serial != PLACEHOLDER and machine.cloned != "serial"


def shows(machine: Machine, look: Look) -> bool:
    """Whether this look lists the product in a way that counts."""
    if not machine.product or machine.residue or not look.complete or look.at is None:
        return False
    return not (machine.removed and look.at >= REMOVAL) and (look.tool == "glpi" or not machine.registered_only)


def _answers(machine: Machine, look: Look, seen: Look) -> bool:
    assert seen.at is not None  # only a dated look shows anything
    later = look.complete and look.at is not None and look.at > seen.at and not shows(machine, look)
    return later and (look.tool == "glpi" or not machine.registered_only)


def standing(machine: Machine, piece: Sequence[Look]) -> tuple[str, str]:
    """Standing and reason of a system by these looks at it: the first line of the design that fits."""
    seen = [look for look in piece if shows(machine, look)]
    open_ones = [look for look in seen if not any(_answers(machine, other, look) for other in piece)]
    if open_ones:
        old = "gone, unverified" if machine.state is State.VANISHED else "seen by an old look"
        return "with it", "seen by a fresh look" if any(map(_is_fresh, open_ones)) else old
    if not any(map(_is_fresh, piece)):
        if any(look.complete for look in piece):
            return "not covered", "no fresh look"
        return "not covered", "scanned without credentials" if any(
            not look.is_list for look in piece
        ) else "known only from a list"
    if seen:
        return "without it", "removed, verified"
    return "without it", "residue left" if machine.residue and any(look.tool == "glpi" for look in piece) else "never seen"


def _is_fresh(look: Look) -> bool:
    return look.complete and look.at is not None and look.at >= AS_OF - timedelta(days=FRESH_DAYS)


def is_system(piece: Iterable[Look]) -> bool:
    """Whether a host of these records is a system: seen by a tool or a scan, or heard of lately."""
    return any(not look.is_list or (look.at is not None and look.at >= AS_OF - timedelta(days=HEARD_DAYS)) for look in piece)


def pieces(seen: Sequence[Look]) -> list[list[Look]]:
    """The records of one machine as strong and medium clues join them, in the order of their first records."""
    found: list[list[Look]] = []
    for look in seen:
        joined = [piece for piece in found if any(look.clues & other.clues for other in piece)]
        found = [piece for piece in found if piece not in joined]
        found.append([*(one for piece in joined for one in piece), look])
    return sorted(found, key=lambda piece: min(map(seen.index, piece)))


class Tally:
    """Counts of standings, in all and by component."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.total: Counter[str] = Counter()
        self.lines: dict[Component, Counter[str]] = {component: Counter() for component in Component}

    def add(self, standing: str, components: Iterable[Component]) -> None:
        """Count one system."""
        self.total[standing] += 1
        for component in components:
            self.lines[component][standing] += 1

    def document(self) -> dict[str, Any]:
        """The counts, their sum and what the components count twice."""
        lines = {str(component): _line(counts) for component, counts in self.lines.items()}
        total = _line(self.total)
        overlap = {name: sum(line[name] for line in lines.values()) - number for name, number in total.items()}
        return {**total, "components": lines, "overlap": overlap}


def _line(counts: Counter[str]) -> dict[str, int]:
    return {"systems": counts.total()} | {name.replace(" ", "_"): counts[name] for name in STANDINGS}


def truth(organisation: Organisation, apart: int) -> Iterator[str]:
    """`truth.json`, piece by piece: one machine a line. `apart`: how many printers and switches the scans found.

    The machines are gone through twice, since the sums stand before them and all their lines would fill a memory.
    """
    machines = (*organisation.systems, *organisation.gone)
    yield json.dumps(_head(organisation, machines, apart), ensure_ascii=False, indent=1).removesuffix("\n}")
    yield ',\n "machines": ['
    for turn, machine in enumerate(machines):
        seen = looks(machine)
        yield (",\n  " if turn else "\n  ") + json.dumps(_document(machine, seen, pieces(seen)), ensure_ascii=False)
    yield "\n ]\n}\n"


def _head(organisation: Organisation, machines: Iterable[Machine], apart: int) -> dict[str, Any]:
    whole, headline, gone = Tally(), Tally(), 0
    for machine in machines:
        seen = looks(machine)
        parts = pieces(seen)
        for piece in filter(is_system, parts):
            headline.add(standing(machine, piece)[0], sorted({look.component for look in piece}))
        gone += sum(not is_system(piece) for piece in parts)
        if is_system(seen):
            whole.add(standing(machine, seen)[0], sorted({look.component for look in seen}))
    return {
        "as_of": f"{AS_OF:%Y-%m-%d}",
        "seed": organisation.seed,
        "setting": organisation.setting,
        "readings": READINGS,
        "directives": {DIRECTIVE: {**whole.document(), "headline": headline.document()}},
        "has_product": sum(machine.has_product for machine in organisation.systems),
        "expected_gone": gone,
        "apart": apart,
    }


def _document(machine: Machine, seen: Sequence[Look], parts: Sequence[Sequence[Look]]) -> dict[str, Any]:
    """What `truth.json` says of a machine. `standing` is null for what is no system."""
    word, reason = standing(machine, seen) if is_system(seen) else (None, str(machine.state))
    found = {
        "id": machine.number,
        "component": machine.component,
        "components": sorted({look.component for look in seen}),
        "names": sorted({look.name for look in seen if look.name}),
        "serial": machine.serial,
        "uuid": machine.uuid,
        "kind": machine.kind,
        "has_product": machine.has_product,
        "product": machine.product or None,
        "looked_at_all": any(map(_is_fresh, seen)),
        "standing": word,
        "reason": reason,
        "planted": _planted(machine),
        "files": sorted({look.file for look in seen}),
    }
    if len(parts) > 1:
        found["pieces"] = [
            {"files": [look.file for look in piece], "standing": standing(machine, piece)[0] if is_system(piece) else None}
            for piece in parts
        ]
    return found


def _planted(machine: Machine) -> list[str]:
    flags = {
        "renamed": machine.is_renamed,
        "reimaged": machine.reimaged,
        "cloned": machine.cloned == "uuid",
        "twin": machine.cloned in {"serial", "agent"},
        "dock": machine.dock,
        "placeholder serial": machine.serial == PLACEHOLDER,
        "removed": machine.removed,
        "registered only": machine.registered_only,
        "residue": machine.residue,
        "visiting": machine.scanned_by and machine.scanned_by is not machine.component,
        machine.extra: machine.extra,
    }
    return [name for name, planted in flags.items() if planted]
