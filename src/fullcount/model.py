"""The words of the house as types. No input, no output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import IO, TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class File(Protocol):
    """A file, or what lies inside an archive: the part of `Path` that reading needs."""

    @property
    def name(self) -> str:
        """The last part of its path."""

    @property
    def stem(self) -> str:
        """The name without its last suffix."""

    def open(self, mode: Literal["rb"], /) -> IO[bytes]:
        """The bytes, from the beginning."""

    def stat(self) -> Any:
        """`st_size` and `st_mtime`."""

    def exists(self) -> bool:
        """Whether it is there."""


class Lists(StrEnum):
    """What one record's inventory lists, and so what its silence means. Strongest first."""

    ALL_SOFTWARE = "all software"  # not listed means not installed
    SOME_SOFTWARE = "some software"  # not listed means nothing
    NETWORK = "network"  # names that a machine spoke to; not listed means nothing
    MACHINES = "machines"  # says only that the machine exists


# What a look can be worth, best first; see `sql/look_states.sql`.
LOOK_STATES = ("complete", "empty", "stuck", "stale", "undated", "partial", "network", "listed")


class Class(StrEnum):
    """What kind of thing a record describes. Only workstations and servers are counted as systems."""

    WORKSTATION = "workstation"
    SERVER = "server"
    PHONE = "phone"
    NETWORK = "network"
    PRINTER = "printer"
    CONTAINER = "container"
    IMAGE = "image"
    OTHER = "other"
    UNKNOWN = "unknown"  # the source does not say: taken for a computer, since most tools list only those


COMPUTERS = frozenset({Class.WORKSTATION, Class.SERVER, Class.UNKNOWN})


class Os(StrEnum):
    """The family of an operating system; a pack says per family which traces a product must leave."""

    WINDOWS = "windows"
    MACOS = "macos"
    LINUX = "linux"
    ANDROID = "android"
    IOS = "ios"
    OTHER = "other"
    UNKNOWN = ""


class Trace(StrEnum):
    """What a title is, and so which trace of a product it is."""

    PROGRAM = "program"  # an install key: a row of Windows' list of programs
    PACKAGE = "package"  # a package manager's row
    APP = "app"  # an application bundle or store package
    ANTIVIRUS = "antivirus"  # a registration with the operating system's security centre
    EXTENSION = "extension"  # in a browser
    SERVICE = "service"
    DRIVER = "driver"
    PROCESS = "process"
    FILE = "file"
    REGISTRY = "registry"  # a key that is not an install key
    DETECTION = "detection"  # what a scanner recognised, as a CPE
    LICENCE = "licence"
    NETWORK = "network"  # a name that the machine spoke to


class Form(StrEnum):
    """In which form a product is on a system, as the looks that see it tell: the first of these that any source found. What
    sees one form may be blind to another, so how often a look misses it is told for each form apart.
    """

    MACHINE_WIDE = "installs for the whole machine"
    PER_USER = "installs for one user"
    EXTENSION = "browser extensions alone"
    LEFT = "services and drivers alone"  # without an install
    FILES = "files alone (portable copies)"
    ANTIVIRUS = "antivirus registrations alone"
    OTHER = "other traces alone"


FORM_OF: dict[Trace, Form] = {
    Trace.PROGRAM: Form.MACHINE_WIDE,
    Trace.PACKAGE: Form.MACHINE_WIDE,
    Trace.APP: Form.MACHINE_WIDE,
    Trace.EXTENSION: Form.EXTENSION,
    Trace.SERVICE: Form.LEFT,
    Trace.DRIVER: Form.LEFT,
    Trace.PROCESS: Form.LEFT,
    Trace.FILE: Form.FILES,
    Trace.ANTIVIRUS: Form.ANTIVIRUS,
}  # any other: `Form.OTHER`


class State(StrEnum):
    """What a source says of a title on a machine: strongest first; the kinds of a finding are the same words."""

    RUNNING = "running"
    INSTALLED = "installed"
    FILES = "files present"
    RESIDUE = "residue"
    LICENCE = "licence or purchase"
    CALLBACK = "network call-back"
    MENTION = "mention"
    REMOVED = "removed"  # the source says that it is gone: no evidence that it is there


# Rank of a state or kind: higher proves more. A finding counts from FILES upwards.
KIND_RANK: dict[State, int] = {state: len(State) - 1 - n for n, state in enumerate(State)}


# What a title of a type usually says of a machine; else it is installed.
USUAL: dict[Trace, State] = {
    Trace.PROCESS: State.RUNNING,
    Trace.FILE: State.FILES,
    Trace.REGISTRY: State.RESIDUE,
    Trace.LICENCE: State.LICENCE,
    Trace.NETWORK: State.CALLBACK,
}


class Grade(StrEnum):
    """How surely a title is the product: strongest first."""

    DECIDED = "decided"  # a person said so
    PROOF = "proof"  # signer, product or upgrade code, bundle id, package
    NAME_AND_PUBLISHER = "name and publisher"
    NAME = "name"
    HINT = "hint"  # a file name alone


GRADE_RANK: dict[Grade, int] = {grade: len(Grade) - n for n, grade in enumerate(Grade)}


class Standing(StrEnum):
    """Where a system stands under a directive: the first that fits, in this order."""

    EXEMPT = "exempt"
    WITH_IT = "with it"
    NOT_COVERED = "not covered"
    WITHOUT_IT = "without it"


class Title(NamedTuple):
    """One piece of software as a source writes it. `None` where the source says nothing."""

    type: str  # a Trace
    name: str | None = None
    version: str | None = None
    publisher: str | None = None
    product_code: str | None = None  # MSI ProductCode, or the name of the install key
    upgrade_code: str | None = None
    bundle_id: str | None = None
    package: str | None = None  # package or store family name
    purl: str | None = None
    cpe: str | None = None
    path: str | None = None  # without the user's part
    signer: str | None = None
    service: str | None = None
    driver: str | None = None
    extension_id: str | None = None
    dns_name: str | None = None


class Detail(NamedTuple):
    """What is true of one sighting rather than of the title."""

    user: str | None = None
    path: str | None = None  # in full
    installed_on: str | None = None  # ISO date, or as written where it could not be read
    last_used: str | None = None


class Sighting(NamedTuple):
    """A title was seen: at this place of the source (1-based, in the reader's unit), in this state."""

    title: Title
    place: int
    state: str = State.INSTALLED
    detail: Detail | None = None


class Reject(NamedTuple):
    """A piece that could not be used, verbatim, with its place and the reason. Reported, never dropped."""

    place: int
    raw: bytes
    reason: str


@dataclass(slots=True, kw_only=True)
class Record:
    """One machine as one source describes it. Clues are (kind, value as written); see `clue.KINDS`."""

    place: int
    clues: list[tuple[str, str]] = field(default_factory=list)
    machine_class: Class = Class.UNKNOWN
    lists: Lists | None = None  # None: the reader's default
    traces: frozenset[Trace] | None = None  # of which traces this look is complete; None: the reader's default
    looked_at: datetime | None = None  # when the tool last inventoried this machine; UTC, naive
    heard_at: datetime | None = None  # when the tool last heard of it
    os: str | None = None  # as written
    os_family: Os = Os.UNKNOWN
    ou: str | None = None
    site: str | None = None
    owner: str | None = None
    component: str | None = None
    retired: bool = False  # the source itself says that the machine is out of service
    note: str | None = None  # why this look is less than complete, in words


@dataclass(slots=True, kw_only=True)
class Batch:
    """What a reader yields: a piece of one machine's inventory, or rejects that belong to no machine.

    Batches with the same `key` describe the same record of the source and are put together; `None`
    stands for a record of its own.
    """

    record: Record | None = None
    key: str | None = None
    sightings: list[Sighting] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def saw(self, title: Title, place: int, state: str = State.INSTALLED, detail: Detail | None = None) -> None:
        """Add a sighting."""
        self.sightings.append(Sighting(title, place, state, detail))

    def reject(self, place: int, raw: bytes | str, reason: str) -> None:
        """Add a piece that could not be used."""
        self.rejects.append(Reject(place, raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw, reason))


Batches = Iterator[Batch]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """As of when is counted. `end` is the first moment that no longer counts; `None` where no source has a date."""

    end: datetime | None
    how: str  # option | newest source | unknown
