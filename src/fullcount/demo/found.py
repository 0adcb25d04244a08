"""What the readers find in the exports of the made-up department, without the exports: one batch a machine and look.

Each function says what its reader would say of the same machine in the file that `formats` writes; a test compares
the tables of both ways, row by row.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from fullcount.demo.formats import DOMAIN, OPERATING, swapped
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, State, Title, Trace
from fullcount.when import iso_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fullcount.demo import formats
    from fullcount.demo.formats import Shown

_LINES = 4  # of osqueryd's log a machine: three that identify it, and its software
_PACKAGES = ("deb", "rpm")
_SCANNED = {"printer": (Class.PRINTER, Os.OTHER), "switch": (Class.NETWORK, Os.OTHER)}
_CHASSIS = {"Desktop": Class.WORKSTATION, "Laptop": Class.WORKSTATION, "Rack Mount Chassis": Class.SERVER}
_RPM_DAY = "2017-06-01"  # on which rpm says that all was installed
_UNSEEN = "scanned without credentials: no software list"


def osquery(shown: Shown, turn: int) -> Batch:
    """Machine number `turn` (from 0) of osqueryd's log."""
    first = 1 + turn * _LINES
    system = shown.system
    linux = system.family == "linux"
    host = shown.full_name if linux else f"{shown.name.lower()}.local"
    record = Record(
        place=first,
        clues=_given(
            ("hostname", host),
            ("uuid", shown.uuid.upper()),
            ("serial", shown.serial),
            ("manufacturer", shown.maker),
            ("hostname", shown.name),
            ("mac", "00:00:00:00:00:00"),
            *(("mac", mac.lower()) for mac in shown.macs),
        ),
        lists=Lists.ALL_SOFTWARE,
        traces=frozenset({Trace.PACKAGE if linux else Trace.APP}),
        looked_at=shown.at,
        heard_at=shown.at,
        os=f"{system.name} {system.version}",
        os_family=Os.LINUX if linux else Os.MACOS,
    )
    batch = Batch(record=record)
    for title in shown.titles:
        said, detail = _queried(title, system.manager)
        batch.saw(said, first + _LINES - 1, detail=detail)
    return batch


@cache
def _queried(title: formats.Title, manager: str) -> tuple[Title, Detail | None]:
    if manager not in _PACKAGES:
        path = f"/Applications/{title.name}.app"
        named = Title(Trace.APP, name=f"{title.name}.app", version=title.version, bundle_id=title.ident, path=path)
        return named, Detail(path=path)
    if manager == "deb":
        return Title(Trace.PACKAGE, name=title.name, version=title.version, package=title.name), None
    version = title.version.partition("-")[0]
    return Title(Trace.PACKAGE, name=title.name, version=version, package=title.name), Detail(installed_on=_RPM_DAY)


def nessus(shown: Shown, turn: int, kind: str = "") -> Batch:
    """Host number `turn` (from 0) of a scan; `kind` is the scanner's guess for what is no computer."""
    family = shown.system.family
    guessed = Class.WORKSTATION if family == "windows" else Class.UNKNOWN
    machine_class, os_family = _SCANNED.get(kind, (_server(shown) or guessed, Os(family)))
    netbios = [("hostname", shown.name), ("domain", DOMAIN.split(".", 1)[0].upper())] if family == "windows" else []
    known = shown.credentialed
    record = Record(
        place=turn + 1,
        clues=_given(
            ("fqdn", shown.full_name),
            ("hostname", shown.full_name),
            ("ip", shown.address),
            *netbios,
            *(("mac", mac) for mac in shown.macs),
            ("uuid", swapped(shown.uuid) if known else ""),
        ),
        machine_class=machine_class,
        lists=Lists.ALL_SOFTWARE if known else Lists.MACHINES,
        traces=frozenset({Trace.PROGRAM if family == "windows" else Trace.PACKAGE} if known else ()),
        looked_at=shown.at,
        heard_at=shown.at,
        os=OPERATING.get(family, "{0.name}").format(shown.system),
        os_family=os_family,
        note=None if known else _UNSEEN,
    )
    batch = Batch(record=record)
    if known:
        details = _installed(shown, "%Y/%m/%d") if family == "windows" else (None,) * 4
        for place, title in enumerate(shown.titles):
            batch.saw(_scanned(title, family), turn + 1, detail=details[place & 3])
    return batch


@cache
def _scanned(title: formats.Title, family: str) -> Title:
    if family == "windows":
        name = "".join(char if char.isascii() else "." for char in title.name)
        return Title(Trace.PROGRAM, name=name, version=title.version)
    return Title(Trace.PACKAGE, name=title.name, version=title.version, package=title.name)


def glpi(shown: Shown) -> Batch:
    """The one machine of an agent's file."""
    system = shown.system
    windows = system.family == "windows"
    born = shown.at - timedelta(days=200 + shown.number % 200)
    record = Record(
        place=1,
        clues=_given(
            ("agent_id", f"glpi:{shown.name}-{born:%Y-%m-%d}-09-26-44"),
            ("serial", shown.serial),
            ("manufacturer", shown.maker),
            ("uuid", shown.uuid.upper()),
            *(("mac", mac) for mac in shown.macs),
            ("ip", shown.address),
            ("hostname", shown.name),
            ("fqdn", shown.full_name),
            ("fqdn", f"{shown.name}.{DOMAIN}"),
            ("domain", DOMAIN),
            ("asset_tag", shown.asset_tag),
        ),
        machine_class=_server(shown) or _CHASSIS[shown.chassis],
        lists=Lists.ALL_SOFTWARE,
        traces=frozenset({Trace.PROGRAM, Trace.ANTIVIRUS} if windows else {Trace.PACKAGE}),
        looked_at=shown.at,
        os=system.name,
        os_family=Os(system.family),
    )
    batch = Batch(record=record)
    details = _installed(shown, "%d/%m/%Y")
    for place, title in enumerate(shown.titles):
        batch.saw(_agents(title, system.family), place + 1, detail=details[place & 3])
    for place, (name, enabled) in enumerate(shown.antivirus, start=len(shown.titles) + 1):
        state = State.RUNNING if enabled else State.RESIDUE
        batch.saw(Title(Trace.ANTIVIRUS, name=name), place, state)
    return batch


@cache
def _agents(title: formats.Title, family: str) -> Title:
    package = title.name if family == "linux" else None
    trace = Trace.PACKAGE if family == "linux" else Trace.PROGRAM
    said = {"version": title.version, "publisher": title.publisher, "product_code": title.ident}
    return Title(trace, name=title.name, package=package, **{name: text or None for name, text in said.items()})


def _given(*clues: tuple[str, str]) -> list[tuple[str, str]]:
    return list(dict.fromkeys(pair for pair in clues if pair[1]))


def _server(shown: Shown) -> Class | None:
    return Class.SERVER if "Server" in shown.system.name else None


def _installed(shown: Shown, written: str) -> Sequence[Detail]:
    """The days in turn as a reader keeps them: where day and month cannot be told apart, as they are written."""
    return [_day(day) for day in shown.installed(written)]


@cache
def _day(written: str) -> Detail:
    return Detail(installed_on=iso_day(written))
