"""A made-up government: components that count for themselves, their machines, their exports, and the truth about all of them.

The Government of the Delta has departments and bureaus; its largest department is that of Rivers and Roads, as `organisation`
makes it. What is wrong with the returns is planted: some of it on the machines, here; the rest on the way, by whoever sends them.
Everything that is counted follows from the seed. No government, office, person or machine is real.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from fullcount.demo.machines import AS_OF, Component, machine_of
from fullcount.demo.truth import is_system, looks, pieces, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from fullcount.demo.machines import Machine, Organisation

GOVERNMENT = "Government of the Delta"
DUE, CORRECTED, LATE, ON = date(2017, 10, 13), date(2017, 10, 20), date(2017, 11, 6), date(2017, 11, 13)  # ON: of the roll-up
USUAL, EARLY = AS_OF.date(), date(2017, 9, 20)  # as of which components count
SYSTEMS = 600  # of the largest department, where nobody says
_FIRST, _STEP = 100_000, 1_000  # numbers of the machines: those of no two components are alike

LOOKED, LISTED, NOWHERE = "looked at", "only on a list", "in no source"
RIVERS, HARVEST = "rivers", "harvest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A component: its place in the tree, and how it counts. Its first `with_it` machines have it."""

    folder: str  # also the name of its files
    name: str
    acronym: str = ""
    parent: str = ""
    tool: str = ""  # sccm | glpi | hand; empty: it has no exports of its own
    systems: int = 0
    with_it: int = 0
    as_of: date = USUAL
    sent: date | None = None  # the day on which its return came to whoever receives it; None: it sent none
    expected: int | None = None  # systems, as the office believes


# In the order of the tree. What is told of each is in `trouble`.
PARTS = (
    Part(folder=RIVERS, name="Department of Rivers and Roads", acronym="DRR", tool="all", sent=DUE),
    Part(folder="bridges", name="Bridges Bureau", acronym="BB", parent="DRR"),
    Part(folder="ports", name="Ports Bureau", acronym="PB", parent="DRR"),
    Part(folder=HARVEST, name="Department of Harvest", acronym="DH", sent=DUE),
    Part(folder="seed", name="Seed Office", acronym="SO", parent="DH", tool="sccm", systems=40, with_it=3, sent=DUE),
    Part(folder="dairy", name="Dairy Board", acronym="DB", parent="DH", tool="glpi", systems=30, with_it=2, sent=DUE),
    Part(folder="treasury", name="Department of the Treasury", acronym="DT"),
    Part(folder="exchequer", name="Exchequer", acronym="EX", parent="DT", tool="sccm", systems=90, with_it=6, sent=DUE),
    Part(folder="mint", name="Mint", acronym="MI", parent="DT", tool="sccm", systems=60, with_it=14, sent=DUE),
    Part(folder="customs", name="Customs House", acronym="CH", parent="DT", tool="sccm", systems=50, with_it=9, sent=DUE),
    Part(folder="parcel", name="Parcel Service", acronym="PS", tool="sccm", systems=70, with_it=7, sent=DUE),
    Part(folder="weather", name="Weather Service", acronym="WS", tool="sccm", systems=40, with_it=5, sent=DUE, expected=40),
    Part(folder="lighthouse", name="Lighthouse Board", acronym="LB", tool="hand", systems=6, sent=LATE, expected=6),
    Part(folder="statistics", name="Statistics Office", acronym="ST", tool="glpi", systems=35, with_it=4, sent=DUE),
    Part(folder="registry", name="Land Registry", acronym="LR", tool="sccm", systems=45, with_it=3, as_of=EARLY, sent=DUE),
    Part(folder="forest", name="Forest Office", acronym="FO", tool="glpi", systems=25, with_it=3, sent=DUE),
    Part(folder="archive", name="State Archive", acronym="SA", systems=20, with_it=1, expected=20),
)
BY_FOLDER = {one.folder: one for one in PARTS}
COUNTING = tuple(one for one in PARTS if one.tool)  # those that have exports and count them


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A machine, whose it is, and what the exports of the government show of it."""

    machine: Machine
    owner: str  # the folder of its component
    seen: str = LOOKED
    group: str = ""  # which of its component's exports it is in, where there are several
    is_cut: bool = False  # the product was taken out of the export before it was counted
    also: str = ""  # the folder of another component, whose tool lists it, too

    @property
    def listers(self) -> tuple[str, ...]:
        """The components whose exports show it."""
        own = () if self.seen == NOWHERE else (self.owner,)
        return (*own, self.also) if self.also else own

    def shows(self, at: date) -> bool:
        """Whether an export of this day shows the product on it."""
        there = self.machine.has_product or (self.machine.removed and at < USUAL)
        return there and self.seen == LOOKED and not self.is_cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Systems, and how many of them are with it."""

    systems: int
    with_it: int


@dataclass(frozen=True, kw_only=True)
class Government:
    """All machines of the small components by their owner, and the large department."""

    seed: int
    rivers: Organisation
    owned: tuple[Owned, ...]

    def of(self, folder: str) -> tuple[Owned, ...]:
        """What the exports of a component show, in the order of the machines."""
        return tuple(one for one in self.owned if folder in one.listers)

    def true(self, folder: str) -> Counted:
        """What a component truly has: its own machines, on which the product is today."""
        own = [one for one in self.owned if one.owner == folder]
        machines = self.rivers.systems if folder == RIVERS else [one.machine for one in own]
        return Counted(systems=len(machines), with_it=sum(one.has_product for one in machines))

    def countable(self, folder: str) -> Counted:
        """What a right count of a component's exports says."""
        if folder == RIVERS:
            return _headline(self.rivers)
        shown = self.of(folder)
        at = BY_FOLDER[folder].as_of
        return Counted(systems=len(shown), with_it=sum(one.shows(at) for one in shown))

    def together(self, folders: Iterable[str], *, apart: Iterable[str] = ()) -> Counted:
        """What a right roll-up of the returns of these components says: every machine once, however many list it; but of
        those `apart`, whose tokens cannot be compared, every system for itself.
        """
        alone = frozenset(apart)
        joined = [one for one in folders if one not in alone and one != RIVERS]
        found = [self.countable(one) for one in (*(one for one in folders if one == RIVERS), *alone)]
        once = {one.machine.number: one for folder in joined for one in self.of(folder)}
        with_it = {one.machine.number for folder in joined for one in self.of(folder) if one.shows(BY_FOLDER[folder].as_of)}
        return Counted(
            systems=len(once) + sum(one.systems for one in found), with_it=len(with_it) + sum(one.with_it for one in found)
        )

    def whole(self) -> Counted:
        """What the government truly has."""
        every = [self.true(one.folder) for one in PARTS]
        return Counted(systems=sum(one.systems for one in every), with_it=sum(one.with_it for one in every))


def _headline(made: Organisation) -> Counted:
    """What a right count of the large department says: its machines as strong and medium clues join their records."""
    found = [
        standing(machine, piece)[0]
        for machine in (*made.systems, *made.gone)
        for piece in pieces(looks(machine))
        if is_system(piece)
    ]
    return Counted(systems=len(found), with_it=found.count("with it"))


def government(rivers: Organisation, seed: int) -> Government:
    """The government around a department that `organisation` made of the same seed."""
    owned = [one for part in PARTS if part.systems for one in _planted(part, _machines(part, seed))]
    return Government(seed=seed, rivers=rivers, owned=tuple(owned))


def _machines(part: Part, seed: int) -> Iterator[Machine]:
    """The machines of a component: all with Windows, which every tool here can list."""
    rng = random.Random(f"{seed} {part.folder}")  # noqa: S311 - a made-up government keeps no secret
    first = _FIRST + _STEP * PARTS.index(part)
    for number in range(first, first + part.systems):
        machine = machine_of(number, Component.POLICE, rng)
        product = ("endpoint", "agent", "endpoint", "server")[number % 4] if number < first + part.with_it else ""
        yield replace(machine, name=f"{part.acronym}-W{number}", product=product)


def _planted(part: Part, machines: Iterable[Machine]) -> Iterator[Owned]:
    """With what is planted on the machines of a component, by their place in it."""
    for place, machine in enumerate(machines):
        had = part.folder == "registry" and part.with_it <= place < part.with_it + 5
        plants = {name: value for name, value in _plants(part, place).items() if value}
        yield Owned(machine=_had(machine) if had else machine, owner=part.folder, **plants)


def _had(machine: Machine) -> Machine:
    """It was there in September, and is gone."""
    return replace(machine, product="endpoint", removed=True)


def _plants(part: Part, place: int) -> Mapping[str, Any]:
    """What is planted on the machine at a place among those of its component; what is empty is not."""
    last = part.systems - place  # 1: the last one
    in_depot = 2 <= place < part.with_it or last <= 20
    planted: dict[str, Mapping[str, Any]] = {
        "archive": {"seen": NOWHERE},
        # two machines of a bureau that the help desk of another looks after
        "dairy": {"also": "seed" if last <= 2 else ""},
        # a room of which no tool knows
        "exchequer": {"seen": NOWHERE if place == 0 or last <= 2 else ""},
        # somebody cleaned the export; the help desk of another looks after three machines
        "mint": {"is_cut": place < part.with_it, "also": "exchequer" if last <= 3 else ""},
        # the depots were forgotten at first; somebody with a laptop is detached to another office
        "parcel": {"group": "depots" if in_depot else "offices", "also": "" if place else "seed"},
        # two machines stand in an office of another
        "statistics": {"also": "parcel" if place == 0 or last == 1 else ""},
        # its tool is on four machines
        "weather": {"seen": LISTED if last > 4 else ""},
    }
    return planted.get(part.folder, {})


def document(made: Government) -> dict[str, Any]:
    """The truth, as a JSON document."""
    return {
        "seed": made.seed,
        "on": ON.isoformat(),
        "systems": made.whole().systems,
        "with_it": made.whole().with_it,
        "components": [_told(made, one) for one in PARTS],
        "machines": [_of(one) for one in made.owned],
    }


def _told(made: Government, part: Part) -> dict[str, Any]:
    true, countable = made.true(part.folder), made.countable(part.folder)
    said: dict[str, Any] = {"component": part.name, "folder": part.folder, "parent": part.parent}
    said |= {"systems": true.systems, "with_it": true.with_it}
    return said | {"countable": {"systems": countable.systems, "with_it": countable.with_it}}


def _of(one: Owned) -> dict[str, Any]:
    machine = one.machine
    said: dict[str, Any] = {
        "name": machine.name,
        "serial": machine.serial,
        "uuid": machine.uuid,
        "component": BY_FOLDER[one.owner].name,
    }
    said |= {"has_product": machine.has_product, "seen": one.seen, "taken_out_of_the_export": one.is_cut}
    return said | {"listed_by": [BY_FOLDER[folder].name for folder in one.listers]}


def days_before(day: date) -> date:
    """When the looks begin that a count as of a day rests on."""
    return day - timedelta(days=5)
