"""A program as PowerShell and scripts around it print or save it: a row of properties becomes a title.

Property names: Microsoft's pages on the Uninstall keys, on the class Win32_Product and on `Get-Package`. Russian
captions are those that scripts give them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from fullcount.model import Batch, Detail, Lists, Os, Record, State, Title, Trace
from fullcount.readers.windows.lines import BLOCK, SHOWN, date_order, day
from fullcount.text import clean, without_user

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# What a property says -> its names in lower case without spaces, the first that has a value counting.
_SAYS: Mapping[str, tuple[str, ...]] = {
    "name": ("displayname", "name", "caption", "имя", "название", "наименование", "программа", "названиепрограммы"),
    "version": ("displayversion", "version", "версия"),
    "publisher": ("publisher", "vendor", "издатель", "производитель", "поставщик", "разработчик"),
    "code": ("identifyingnumber", "productcode", "pschildname", "keyname"),
    "installed": ("installdate", "датаустановки", "installed", "installedon"),
    "path": ("installlocation", "installdir", "папкаустановки", "расположение"),
    "host": ("pscomputername", "computername", "computer", "machinename", "hostname", "имякомпьютера", "компьютер", "server"),
    "uninstall": ("uninstallstring", "quietuninstallstring", "uninstall", "строкаудаления"),
    "provider": ("providername",),
    "reference": ("fastpackagereference",),
    "component": ("systemcomponent",),
    "state": ("installstate",),
}
_ALSO = {
    *("assignmenttype", "helplink", "helptelephone", "installdate2", "installsource", "language", "localpackage", "size"),
    *("packagecache", "packagecode", "packagename", "productid", "regcompany", "regowner", "skunumber", "transforms"),
    *("urlinfoabout", "urlupdateinfo", "wordcount", "description", "status", "source", "summary", "canonicalid", "comments"),
    *("authorizedcdfprefix", "contact", "estimatedsize", "estimatedsize:", "modifypath", "noremove", "nomodify", "norepair"),
    *("displayicon", "versionmajor", "versionminor", "windowsinstaller", "pspath", "psparentpath", "psdrive", "psprovider"),
    *("readme", "settingsidentifier", "sharename", "bundleversion", "releasetype", "parentkeyname", "architecture"),
    *("fromtrustedsource", "packagefilename", "metadata", "swidtagtext", "runspaceid", "psshowcomputername", "размер"),
}
KNOWN = frozenset(_ALSO.union(*_SAYS.values()))
_NAMES, _OTHERS = set(_SAYS["name"]), set(_SAYS["version"]) | set(_SAYS["publisher"]) | set(_SAYS["code"])
_GUID = re.compile(r"\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
_CUT = ("...", "…")
_ADVERTISED = "1"  # InstallState: offered by a domain, and not installed
_UPDATES = "msu"  # the provider of Windows' own updates
_DATES = 20_000  # dates that are looked at for their order


class Row(NamedTuple):
    """A program's properties, by name in lower case without spaces; or why it cannot be used."""

    place: int
    raw: str
    said: dict[str, str] | str


def folded(name: str) -> str:
    """A property's name as it is compared."""
    return name.lower().replace(" ", "").replace("_", "")


def is_list(names: Iterable[str]) -> bool:
    """Whether properties (folded) are those of a list of programs, and none but a few are foreign."""
    found = set(names)
    named = found & _NAMES and found & _OTHERS
    whose = {"displayname", "vendor", "publisher", "identifyingnumber", "providername", "имя", "название", "наименование"}
    return bool(named and found & (whose | set(_SAYS["publisher"]))) and len(found - KNOWN) * 5 <= len(found)


@dataclass(slots=True)
class _Machine:
    place: int
    batch: Batch
    names: set[str] = field(default_factory=set)  # of properties
    providers: set[str] = field(default_factory=set)
    lost: int = 0
    cut: int = 0


def batches(rows: Iterable[Row], order_of: Iterable[Row], host: str | None) -> Iterator[Batch]:
    """The programs of a file, one record a machine. `order_of`: the same rows, for the order of their dates.

    A row that cannot be used belongs to the machine before it, or to the first one.
    """
    order = _order(order_of)
    machines: dict[str, _Machine] = {}
    current, early = "", Batch()
    for row in rows:
        if isinstance(row.said, str):
            one = machines[current] if machines else None
            (one.batch if one else early).reject(row.place, row.raw[:SHOWN], row.said)
            if one:
                one.lost += 1
        else:
            current = _said(row.said, "host") or ""
            one = machines.setdefault(current, _Machine(row.place, Batch(key=current)))
            _take(one, row, row.said, order)
        if one and len(one.batch.sightings) + len(one.batch.rejects) >= BLOCK:
            yield one.batch
            one.batch = Batch(key=current)
    for name, machine in machines.items():
        yield _finished(machine, name or host, lost_before=bool(early.rejects))
    if early.rejects:
        yield early


def _order(rows: Iterable[Row]) -> str:
    found = (_said(row.said, "installed") for row, _ in zip(rows, range(_DATES), strict=False) if isinstance(row.said, dict))
    return date_order(found)


def _said(said: Mapping[str, str], what: str) -> str | None:
    return next((value for name in _SAYS[what] if (value := clean(said.get(name)))), None)


def _take(machine: _Machine, row: Row, said: dict[str, str], order: str) -> None:
    machine.names |= said.keys()
    name, code = _said(said, "name"), _code(said)
    machine.providers.add((_said(said, "provider") or "").lower())
    if not name and not code:
        machine.batch.reject(row.place, row.raw[:SHOWN], "a program without a name")
        return
    path = whole(_said(said, "path"))
    machine.cut += any(value.endswith(_CUT) for value in (name, _said(said, "publisher")) if value)
    title = Title(
        Trace.PROGRAM,
        name=name,
        version=whole(_said(said, "version")),
        publisher=_said(said, "publisher"),
        product_code=code,
        path=without_user(path) if path else None,
    )
    detail = Detail(path=path if path != title.path else None, installed_on=day(_said(said, "installed"), order))
    machine.batch.saw(title, row.place, _state(said) if name else State.RESIDUE, detail if any(detail) else None)


def _state(said: dict[str, str]) -> State:
    """What Windows itself lists as an update, or a domain offers, is a mention."""
    update = (_said(said, "provider") or "").lower() == _UPDATES
    return State.MENTION if update or _said(said, "state") == _ADVERTISED else State.INSTALLED


def _code(said: dict[str, str]) -> str | None:
    """The installer's code: a property, or part of the command that uninstalls by it."""
    if code := whole(_said(said, "code")):
        return code
    command, reference = _said(said, "uninstall") or "", _said(said, "reference") or ""
    match = _GUID.search(command) if "msiexec" in command.lower() else None
    return match[0] if match else whole(re.split(r"[\\/]", reference)[-1] or None)


def whole(value: str | None) -> str | None:
    """A value that is not cut off; what is left of a code or version proves another one."""
    return None if value and value.endswith(_CUT) else value


def _finished(machine: _Machine, host: str | None, *, lost_before: bool) -> Batch:
    names, notes = machine.names, list[str]()
    everything = "displayname" in names or {"programs", "msi"} <= machine.providers
    if not everything and "providername" in names:
        notes.append("the list does not show that all providers answered")
    elif not everything:
        notes.append("only what Windows Installer installed is listed, or the list does not say what it lists")
    if machine.cut:
        notes.append(f"{machine.cut} names are cut off")
    if machine.lost or lost_before:
        notes.append("rows of the list could not be used")
    machine.batch.record = Record(
        place=machine.place,
        clues=[("hostname", host)] if host else [],
        os_family=Os.WINDOWS,
        lists=Lists.SOME_SOFTWARE if notes else Lists.ALL_SOFTWARE,
        traces=frozenset() if notes else frozenset({Trace.PROGRAM}),
        note="; ".join(notes) or None,
    )
    return machine.batch
