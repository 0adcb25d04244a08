"""The machines of the made-up department: what can be true of one, and how one comes to be. `demo.py` plants them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from fullcount.demo.formats import System

if TYPE_CHECKING:
    import random

AS_OF = datetime(2017, 10, 12)  # noqa: DTZ001 - UTC; the day before the first deadline of BOD 17-01
REMOVAL = datetime(2017, 9, 25)  # noqa: DTZ001 - on this day what was removed was removed
# Shares of systems: have the product; had it until REMOVAL; and see `State`.
AFFECTED, REMOVED, VANISHED, OLD, MISSING = 0.065, 0.01, 0.012, 0.04, 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How hard it is to tell the department's machines apart and together. All numbers are shares of its systems; one is
    met exactly where there are enough machines that it can fall on, else all of these get it.
    """

    sentence: str
    overlap: float = 0.5  # in two or more exports of software or scans
    renamed: float = 0.03  # known under an old name in one of these
    cloned: float = 0.02  # virtual, with the UUID of a template and no serial number
    twins: float = 0.0  # physical, with the serial number or the agent id of another machine
    clones_in: str = "sccm"  # the tool of clones and twins: one export for all machines, or a file for each
    stale: float = 0.05  # directory objects of machines that are gone
    reimaged: float = 0.01  # set up anew: the tool and the directory have the machine twice


SETTINGS = {
    "standard": Setting(sentence="The difficulties of an ordinary department."),
    "overlap": Setting(sentence="Only 30 % of the systems are in more than one export of software or scans.", overlap=0.3),
    "renamed": Setting(sentence="5 % of the systems have another name in one of their exports.", renamed=0.05),
    "cloned": Setting(
        sentence="3 % of the systems have the UUID, the serial number or the agent id of another one in the same export.",
        cloned=0.01,
        twins=0.02,
    ),
    "stale": Setting(
        sentence="10 % of the systems were set up anew and are listed twice; as many directory objects outlived their machines.",
        stale=0.1,
        reimaged=0.1,
    ),
    "harder": Setting(
        sentence="All of overlap, renamed, cloned and stale together.",
        overlap=0.3,
        renamed=0.05,
        cloned=0.01,
        twins=0.02,
        stale=0.1,
        reimaged=0.1,
    ),
    "images": Setting(
        sentence="As cloned, but among machines whose tool writes a file for each: no export shows two of them together.",
        cloned=0.01,
        twins=0.02,
        clones_in="glpi",
    ),
}
STANDARD = "standard"


class Kind(StrEnum):
    """What a machine is."""

    DESKTOP = "desktop"
    LAPTOP = "laptop"
    SERVER = "server"  # with Windows
    LINUX = "Linux server"
    MAC = "Mac"


class State(StrEnum):
    """What the tool of its component, or nobody, knows of a machine."""

    FRESH = "fresh"  # inventoried in the last days
    OLD = "old"  # listed, last inventoried weeks ago
    VANISHED = "vanished"  # only in the export of the month before
    MISSING = "missing"  # not in the tool at all: known from a list or a scan
    GONE = "gone"  # no system: a directory object that outlived its machine
    STOCK = "stock"  # no system: bought and never deployed


class Component(StrEnum):
    """The components; the value is the name."""

    HEADQUARTERS = "Headquarters"
    BRIDGES = "Bridges Bureau"
    PORTS = "Ports Bureau"
    SURVEY = "Survey Office"
    POLICE = "River Police"
    RECORDS = "Records Office"
    TOLLS = "Tolls Office"  # sent nothing

    @property
    def unit(self) -> str:
        """The name of its organisational unit in the directory."""
        return self.split()[1] if self is Component.POLICE else self.split()[0]

    @property
    def code(self) -> str:
        """How its machines' names begin."""
        return self[:2].upper()


SHARES: dict[Component, tuple[int, tuple[int, int, int, int, int]]] = {
    # percent of systems; of these percent desktops, laptops, servers, Linux servers, Macs
    Component.HEADQUARTERS: (26, (38, 34, 13, 8, 7)),
    Component.BRIDGES: (22, (40, 34, 11, 10, 5)),
    Component.PORTS: (17, (44, 40, 11, 5, 0)),
    Component.SURVEY: (10, (12, 14, 5, 44, 25)),
    Component.POLICE: (15, (48, 42, 10, 0, 0)),
    Component.RECORDS: (3, (80, 20, 0, 0, 0)),
    Component.TOLLS: (7, (60, 25, 15, 0, 0)),
}
_SYSTEMS = {
    Kind.DESKTOP: (
        System("windows", "Windows 10 Enterprise", "10.0.15063", "Microsoft Windows NT Workstation 10.0"),
        System("windows", "Windows 7 Enterprise", "6.1.7601", "Microsoft Windows NT Workstation 6.1"),
    ),
    Kind.SERVER: (
        System("windows", "Windows Server 2012 R2 Standard", "6.3.9600", "Microsoft Windows NT Advanced Server 6.3"),
        System("windows", "Windows Server 2008 R2 Standard", "6.1.7601", "Microsoft Windows NT Advanced Server 6.1"),
    ),
    Kind.LINUX: (System("linux", "Ubuntu", "16.04.3 LTS", "deb"), System("linux", "CentOS Linux", "7.4.1708", "rpm")),
    Kind.MAC: (System("macos", "Mac OS X", "10.12.6", "app"),),
}
_SYSTEMS[Kind.LAPTOP] = _SYSTEMS[Kind.DESKTOP]
# maker: the first half of its hardware addresses, how a serial number begins and how long it is
_MAKERS = {
    "Dell Inc.": ("F8:B1:56", "", 7),
    "HP": ("3C:D9:2B", "5CG", 10),
    "LENOVO": ("54:EE:75", "PF", 8),
    "Mühlrad Rechnerbau": ("00:19:99", "MR-", 9),
    "Apple Inc.": ("A4:5E:60", "C02", 12),
    "VMware, Inc.": ("00:50:56", "", 0),
}
_WHITE_BOX = "Mühlrad Rechnerbau"
PLACEHOLDER = "To Be Filled By O.E.M."
_DIGITS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
DOCK, UNLISTED_DOCK = "00:E0:4C", "3C:18:A0"  # the maker of adapters that all know, and one that only repeats
# The products that are planted, in turn (`data/demo_titles.tsv`, by role)
PRODUCTS = {
    Kind.DESKTOP: (
        *("endpoint", "agent", "internet security", "endpoint", "antivirus, Russian", "total security", "endpoint"),
        *("agent, French", "antivirus", "endpoint", "security, Chinese", "small office", "agent, Russian"),
    ),
    Kind.SERVER: ("server", "agent"),
    Kind.LINUX: ("endpoint, Linux", "agent, Linux"),
    Kind.MAC: ("endpoint, macOS", "internet security, macOS"),
}
PRODUCTS[Kind.LAPTOP] = PRODUCTS[Kind.DESKTOP]
# A scanner without Unicode cannot name these: they are on machines that only their component's own tool sees
UNSCANNABLE = frozenset({"antivirus, Russian", "security, Chinese"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A true machine, and what was planted on it."""

    number: int
    component: Component
    kind: Kind
    virtual: bool
    maker: str
    name: str
    serial: str  # what its firmware says: empty or a placeholder for some
    uuid: str
    mac: str
    state: State = State.FRESH
    older: bool = False  # also in the export of the month before
    scanned_by: Component | None = None
    credentialed: bool = False
    cloned: str = ""  # which of its ids is another machine's, or a template's: uuid | serial | agent
    template: int = -1  # the number of that machine
    old_name: str = ""  # its name in one source, or before it was set up anew
    reimaged: bool = False
    dock: str = ""  # the hardware address of a dock that goes from laptop to laptop
    product: str = ""
    removed: bool = False  # the product was there until REMOVAL
    registered_only: bool = False  # the product shows only in the antivirus section
    residue: bool = False  # a disabled registration is left of the product
    extra: str = ""  # role of an innocent title planted on it: confusable | white label
    bought: bool = False  # on the purchasing list

    @property
    def system(self) -> System:
        """Its operating system: of two, every third machine has the second."""
        choices = _SYSTEMS[self.kind]
        return choices[min(self.number % 3 // 2, len(choices) - 1)]

    @property
    def tool(self) -> str:
        """The tool that its component inventories it with; empty where there is none."""
        match self.component:
            case Component.TOLLS:
                return ""
            case Component.RECORDS:
                return "uninstall"
            case Component.PORTS:
                return "glpi"
        return "osquery" if self.kind in {Kind.LINUX, Kind.MAC} else "sccm"

    @property
    def has_product(self) -> bool:
        """Whether the product is on it at the as-of."""
        return bool(self.product) and not self.removed and not self.residue

    @property
    def is_listed(self) -> bool:
        """Whether its tool shows it, whenever that looked."""
        return self.state in {State.FRESH, State.OLD, State.VANISHED}

    @property
    def is_renamed(self) -> bool:
        """Whether it got its name between two exports."""
        return bool(self.old_name) and not self.reimaged


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """The department: its systems, and what is on its lists without being a system."""

    seed: int
    setting: str
    systems: tuple[Machine, ...]
    gone: tuple[Machine, ...]


def machine_of(number: int, component: Component, rng: random.Random) -> Machine:
    """A machine as chance makes it; nothing is planted on it yet. Its number makes its names and addresses its own."""
    kind = rng.choices(list(Kind), SHARES[component][1])[0]
    chance = {Kind.SERVER: 0.8, Kind.LINUX: 0.7, Kind.DESKTOP: 0.08}.get(kind, 0.0)
    virtual = rng.random() < chance
    maker = (
        "VMware, Inc." if virtual else "Apple Inc." if kind is Kind.MAC else rng.choices(list(_MAKERS)[:4], (45, 25, 20, 10))[0]
    )
    uuid = f"{rng.getrandbits(128):032x}"
    prefix, begins, length = _MAKERS[maker]
    serial = begins + "".join(rng.choices(_DIGITS, k=length - len(begins) - 4)) + _unique(number) if length else ""
    if virtual and component is not Component.TOLLS:
        serial = "VMware-" + " ".join(uuid[at : at + 2] for at in range(0, 16, 2)) + "-"
        serial += " ".join(uuid[at : at + 2] for at in range(16, 32, 2))
    if maker == _WHITE_BOX and rng.random() < 0.6:
        serial = PLACEHOLDER
    return Machine(
        number=number,
        component=component,
        kind=kind,
        virtual=virtual,
        maker=maker,
        name=f"{component.code}-{'WLSXM'[list(Kind).index(kind)]}{number:06d}",
        serial=serial,
        uuid="-".join((uuid[:8], uuid[8:12], uuid[12:16], uuid[16:20], uuid[20:])),
        mac=f"{prefix}:{number >> 16 & 255:02X}:{number >> 8 & 255:02X}:{number & 255:02X}",
        state=State.MISSING if component is Component.TOLLS else State.FRESH,
    )


def _unique(number: int) -> str:
    """Signs that no other machine has: four, and five from 1.3 million on.

    >>> _unique(1_336_335), _unique(1_336_336)
    ('ZZZZ', '10000')
    """
    signs = ""
    while number or len(signs) < 4:
        number, digit = divmod(number, len(_DIGITS))
        signs = _DIGITS[digit] + signs
    return signs


def is_scannable(machine: Machine) -> bool:
    """Whether its component's scanner reaches it, and could name what is on it."""
    if machine.component in {Component.RECORDS, Component.TOLLS} or machine.product in UNSCANNABLE:
        return False
    return machine.system.manager != "rpm"


def components_of(systems: int) -> list[Component]:
    """Which component each system belongs to; what rounding leaves over goes to the largest."""
    found = [component for component, (share, _) in SHARES.items() for _ in range(systems * share // 100)]
    return sorted([*found, *[Component.HEADQUARTERS] * (systems - len(found))], key=list(Component).index)


def gone_of(systems: int, stale: int, rng: random.Random) -> list[Machine]:
    """What only lists know: directory objects of machines that are gone, and machines still in their boxes."""
    stock = max(1, systems // 100)
    components = rng.choices(list(Component), [share for share, _ in SHARES.values()], k=stale + stock)
    found = []
    for number, component in enumerate(components, start=systems):
        machine = replace(machine_of(number, component, rng), kind=Kind.DESKTOP, virtual=False)
        while machine.serial == PLACEHOLDER or machine.maker in {"VMware, Inc.", "Apple Inc."}:
            machine = replace(machine_of(number, component, rng), kind=Kind.DESKTOP, virtual=False)
        state = State.GONE if number < systems + stale else State.STOCK
        found.append(replace(machine, state=state, bought=state is State.STOCK))
    return found
