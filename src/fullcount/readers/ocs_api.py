"""OCS Inventory: computers as its REST interface answers them (`/computers`, `/computer/ID`).

A mapping of the computer's number to its sections, named as the tables of OCS's database; a section is a list of rows, or one
row. Facts: OCS's description of its REST interface, and its published schema. Numbers of computers begin at 1 on every
server: they are clues only where a computer has nothing better.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.document import clues_of, day_of, documents, names_of, pages, raw_of, text_of
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.table import family_of
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERED = re.compile(r'\s*+\[?\s*+\{\s*+"\d{1,12}"\s*+:\s*+\{\s*+"[a-z_]{2,40}"\s*+:')
_OWN = re.compile(r'"(?:HARDWARE_ID|DEVICEID|LASTCOME|QUALITY)"\s*+:')
_SOFTWARE = ("software", "softwares")
_SERVERS = {"rack mount chassis", "main server chassis", "blade", "main system chassis"}
_DESKTOPS = {"desktop", "mini tower", "tower", "all in one", "mini pc", "laptop", "notebook", "portable", "sub notebook"}


def claims(peek: Peek) -> bool:
    """A mapping of numbers to sections with the columns of OCS."""
    return bool(_NUMBERED.match(peek.text) and _OWN.search(peek.text))


def batches(stream: Stream) -> Iterator[Batch]:
    """One batch a computer. Place of a computer is its ordinal; of software, that in its list."""
    place = 0
    for one in documents(stream):
        if isinstance(one, Reject):
            yield Batch(rejects=[one])
            continue
        for page in pages(one.value):
            computers = list(page.items()) if isinstance(page, dict) else [("", page)]
            for turn, (number, sections) in enumerate(computers, start=1):
                place += 1
                if isinstance(sections, dict) and number.isdecimal():
                    yield _batch(number, sections, place, whole=not (one.broken and turn == len(computers)))
                else:
                    yield Batch(rejects=[Reject(place, raw_of(sections), "no computer: no number, or no sections")])


def _rows(sections: dict[str, Any], *names: str) -> list[Any] | None:
    """The rows of a section; `None` where it was not asked for."""
    for name in names:
        found = sections.get(name)
        if isinstance(found, dict):
            return [found]
        if isinstance(found, list):
            return found
    return None


def _batch(number: str, sections: dict[str, Any], place: int, *, whole: bool) -> Batch:
    record = _record(number, sections, place)
    batch = Batch(record=record, key=number)  # a computer in two answers of one file is one record
    software = _rows(sections, *_SOFTWARE)
    record.traces = frozenset()
    if software is None:
        record.lists = Lists.MACHINES
        record.note = "its software was not asked for" if whole else "the file breaks off in this computer"
    elif not whole:
        record.lists, record.note = Lists.SOME_SOFTWARE, "the file breaks off in this computer"
    else:
        record.lists, record.traces = Lists.ALL_SOFTWARE, frozenset({_trace(record.os_family)})
        record.note = None if software else "the list of software is empty"
    for turn, row in enumerate(software or [], start=1):
        if not _see(batch, row, turn, record.os_family):
            record.lists, record.traces, record.note = Lists.SOME_SOFTWARE, frozenset(), "software without a name is listed"
    for turn, row in enumerate(_rows(sections, "securitycenter") or [], start=len(software or []) + 1):
        name = text_of(row, "PRODUCT")
        if name and text_of(row, "CATEGORY") in {None, "AntiVirus"}:
            title = Title(Trace.ANTIVIRUS, name=name, version=text_of(row, "VERSION"), publisher=text_of(row, "COMPANY"))
            batch.saw(title, turn, _registered(row))
    return batch


def _registered(row: Any) -> State:
    """Enabled is running, disabled or outdated is residue."""
    said = text_of(row, "ENABLED"), text_of(row, "UPTODATE")
    return State.RESIDUE if "0" in said else State.RUNNING if said[0] == "1" else State.INSTALLED


def _trace(family: Os) -> Trace:
    return Trace.APP if family is Os.MACOS else Trace.PACKAGE if family is Os.LINUX else Trace.PROGRAM


def _see(batch: Batch, row: Any, turn: int, family: Os) -> bool:
    """See one row; false where it names nothing that can be matched."""
    name = text_of(row, "NAME")
    if not name:
        known = text_of(row, "NAME_ID")
        batch.reject(
            turn, raw_of(row), "software by a number: its name is in another call" if known else "software without a name"
        )
        return False
    trace = _trace(family)
    title = Title(
        trace,
        name=name,
        version=text_of(row, "VERSION"),
        publisher=text_of(row, "PUBLISHER"),
        product_code=text_of(row, "GUID") if trace is Trace.PROGRAM else None,
        package=name if trace is Trace.PACKAGE else None,
    )
    detail = Detail(path=text_of(row, "FOLDER"), installed_on=day_of(text_of(row, "INSTALLDATE")))
    batch.saw(title, turn, detail=detail if any(detail) else None)
    return True


def _class(kind: str, record: Record) -> Class:
    """By the operating system, then by the chassis."""
    if record.os_family in {Os.ANDROID, Os.IOS}:
        return Class.PHONE
    if "server" in (record.os or "").lower() or kind in _SERVERS:
        return Class.SERVER
    return Class.WORKSTATION if kind in _DESKTOPS else Class.UNKNOWN


def _record(number: str, sections: dict[str, Any], place: int) -> Record:
    hardware = next(iter(_rows(sections, "hardware") or []), None)
    bios = next(iter(_rows(sections, "bios") or []), None)
    system = text_of(hardware, "OSNAME")
    family = family_of(system)
    record = Record(place=place, os=system, os_family=family)
    record.looked_at, record.heard_at = parse(text_of(hardware, "LASTDATE")), parse(text_of(hardware, "LASTCOME"))
    kind = (text_of(bios, "TYPE") or "").lower()
    record.machine_class = _class(kind, record)
    cards = _rows(sections, "networks") or []
    device = text_of(hardware, "DEVICEID")
    record.clues = clues_of(
        ("agent_id", f"ocs:{device}" if device else None),
        ("serial", text_of(bios, "SSN")),
        ("manufacturer", text_of(bios, "SMANUFACTURER")),
        ("uuid", text_of(hardware, "UUID")),
        *(("mac", text_of(card, "MACADDR")) for card in cards if family is Os.MACOS or text_of(card, "VIRTUALDEV") != "1"),
        ("ip", text_of(hardware, "IPADDR")),
        *names_of(text_of(hardware, "NAME")),
        ("asset_tag", text_of(bios, "ASSETTAG")),
        ("domain", text_of(hardware, "WORKGROUP") if family is Os.WINDOWS else None),
    )
    if not any(kind in {"agent_id", "serial", "uuid", "mac", "hostname"} for kind, _ in record.clues):
        record.clues += [("agent_id", f"ocs:{number}")]
    return record


OCS_API = Reader(
    name="ocs-api",
    title="OCS Inventory, REST interface (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP}),
    blind=(
        "Without the section `software` only that a computer exists is known.",
        "What a user installed for himself alone is not listed on Windows unless the agent runs as that user.",
        "Where software is given by numbers only, its names are in another call, and each row is a reject.",
        "Dates are those of the server's clock and time zone.",
    ),
    how=(
        "`curl -u USER:PASSWORD 'https://SERVER/ocsapi/v1/computers?start=0&limit=100' > computers.json`, and so on with the "
        "next `start`; or `/ocsapi/v1/computer/ID` for one. Give all files together."
    ),
    unit="row",
    basis=Basis.DOCUMENTATION,
    claims=claims,
    batches=batches,
)
