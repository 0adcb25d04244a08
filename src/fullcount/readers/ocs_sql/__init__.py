"""OCS Inventory: a dump of its database (mysqldump or phpMyAdmin), read as text.

Tables and columns: OCS's published schema, up to 2.4 (`softwares`, flat) and from 2.5 on (`software`, with
dictionaries of names, publishers and versions). A dictionary keeps names that no machine has any more, so that only
`software` is counted; it comes before its dictionaries, so that the dump is read twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from fullcount.clue import fqdn_key
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.ocs_sql.statements import SHOWN, Row, rows
from fullcount.table import family_of
from fullcount.text import clean, key, words
from fullcount.when import iso_day, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

_AGAIN = "dump the whole database again: `mysqldump --single-transaction ocsweb > ocsweb.sql`"
_DUMP = re.compile(
    r"(?:CREATE TABLE|INSERT INTO)\s+(?:IF NOT EXISTS\s+)?[`\"]?(?:accesslog|accountinfo|bios|hardware|networks|softwares?)\b"
)
_OWN = re.compile(r"[`\"(]\s*(?:HARDWARE_ID|DEVICEID)[`\"]")
_DICTIONARIES = {"software_name": "NAME", "software_publisher": "PUBLISHER", "software_version": "VERSION"}
_ABOUT = frozenset({"hardware", "bios", "networks", "accountinfo", *_DICTIONARIES})
_LISTS = frozenset({"software", "softwares", "securitycenter"})
_GROUPS = {"_SYSTEMGROUP_", "_DOWNLOADGROUP_"}  # rows of `hardware` that are groups of machines
_NOTHING = {"", "unavailable", "0000-00-00 00:00:00", "0000-00-00"}  # as the server writes an unknown value
_DESKTOPS = {
    *("desktop", "low profile desktop", "mini tower", "tower", "all in one", "mini pc", "stick pc", "space-saving"),
    *("laptop", "notebook", "sub notebook", "portable", "tablet", "convertible", "detachable", "lunch box"),
}
_RACKS = {"server", "main server chassis", "rack mount chassis", "blade", "blade enclosing"}
_TRACES = {Os.WINDOWS: Trace.PROGRAM, Os.MACOS: Trace.APP, Os.ANDROID: Trace.APP, Os.IOS: Trace.APP}
_PATCH = re.compile(r"(?:Security Update|Update|Hotfix) KB\d+")  # as the agent names what Windows itself lists
_AT_ONCE = 20_000  # sightings


@dataclass(slots=True)
class _Machine:
    """One row of `hardware`, with what other tables say of it."""

    place: int
    values: dict[str, str]
    bios: dict[str, str] = field(default_factory=dict)
    addresses: list[tuple[str | None, str | None, bool]] = field(default_factory=list)  # MAC, IP, of a virtual interface
    tag: str | None = None
    traces: set[Trace] = field(default_factory=set)  # of the software lists that it has
    lost: bool = False  # whether a row of its software cannot be used


@dataclass(slots=True)
class _Dump:
    """What is held of a dump: machines and dictionaries, by their numbers."""

    machines: dict[str, _Machine] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=lambda: {table: {} for table in _DICTIONARIES})


def claims(peek: Peek) -> bool:
    """Statements about a table of OCS, with the column that joins its tables."""
    return bool(_DUMP.search(peek.text) and _OWN.search(peek.text))


def batches(stream: Stream) -> Iterator[Batch]:
    """Batches of software by machine, then one for each machine. Place is the ordinal of the row, counted through the
    tables of the reading that it is in: those about machines first, then those of software.

    Raises `UnreadableError` for a dump without machines: its numbers mean nothing elsewhere.
    """
    dump, lost = _Dump(), Batch()
    with stream.text() as file:
        place = 0
        for place, row in enumerate(rows(file, _ABOUT), start=1):
            _learn(dump, place, row, lost)
    for number in [number for number, machine in dump.machines.items() if not machine.values]:
        lost.reject(dump.machines.pop(number).place, number, "rows about a machine that is not in `hardware`")
    if not dump.machines:
        message = "no rows of the table `hardware`: whose software this is cannot be said"
        raise UnreadableError(message, place=str(stream.path), hint=_AGAIN)
    yield lost
    with stream.text() as file:
        yield from _software(dump, rows(file, _LISTS), place)
    for number, machine in dump.machines.items():
        yield Batch(record=_record(machine), key=number)


# -- machines ------------------------------------------------------------------------------------------------------


def _learn(dump: _Dump, place: int, row: Row, lost: Batch) -> None:
    number = row.values.get("ID" if row.table in {"hardware", *_DICTIONARIES} else "HARDWARE_ID", "")
    if row.broken:
        lost.reject(place, row.raw, row.broken)
    elif row.table in _DICTIONARIES:
        dump.words[row.table][number] = row.values.get(_DICTIONARIES[row.table], "")
    elif row.table == "hardware":
        if row.values.get("DEVICEID") not in _GROUPS:
            machine = dump.machines.setdefault(number, _Machine(place, row.values))
            machine.place, machine.values = place, row.values
    else:
        # a dump is sorted by table, and `bios` comes before `hardware`
        machine = dump.machines.setdefault(number, _Machine(place, {}))
        if row.table == "bios":
            machine.bios = row.values
        elif row.table == "networks":
            virtual = row.values.get("VIRTUALDEV") == "1"
            machine.addresses.append((_said(row.values, "MACADDR"), _said(row.values, "IPADDRESS"), virtual))
        else:
            machine.tag = _said(row.values, "TAG")


def _record(machine: _Machine) -> Record:
    values = machine.values
    os = " ".join(filter(None, (_said(values, "OSNAME"), _said(values, "OSVERSION")))) or None
    family = _family(machine)
    record = Record(place=machine.place, clues=_clues(machine, family), os=os, os_family=family)
    record.machine_class = _class(machine, family)
    record.looked_at, record.heard_at = parse(values.get("LASTDATE")), parse(values.get("LASTCOME"))
    record.site = None if machine.tag == "NA" else machine.tag
    record.retired = values.get("ARCHIVE", "0") not in {"", "0"}
    complete = machine.traces - {Trace.ANTIVIRUS}
    record.lists = Lists.ALL_SOFTWARE if complete else Lists.SOME_SOFTWARE if machine.traces else Lists.MACHINES
    record.traces = frozenset(machine.traces if complete else ())
    if machine.lost:
        record.lists, record.traces = Lists.SOME_SOFTWARE, frozenset()
        record.note = "rows of its software could not be read"
    elif not complete:
        record.note = "no software in the dump"
    return record


def _family(machine: _Machine) -> Os:
    return family_of(_said(machine.values, "OSNAME"))


def _class(machine: _Machine, family: Os) -> Class:
    if family in {Os.ANDROID, Os.IOS}:
        return Class.PHONE
    if "server" in words(key(machine.values.get("OSNAME", ""))):
        return Class.SERVER
    kind = key(machine.bios.get("TYPE", ""))
    return Class.WORKSTATION if kind in _DESKTOPS else Class.SERVER if kind in _RACKS else Class.UNKNOWN


def _clues(machine: _Machine, family: Os) -> list[tuple[str, str]]:
    """Addresses are those of interfaces that are not virtual; on macOS the agent calls every interface virtual."""
    values, bios = machine.values, machine.bios
    name, domains = _said(values, "NAME"), [_said(values, "WORKGROUP"), _said(values, "USERDOMAIN")]
    usable = [(mac, ip) for mac, ip, virtual in machine.addresses if family is Os.MACOS or not virtual]
    full = f"{name}.{domains[0]}" if name and domains[0] and "." in domains[0] and "." not in name else None
    pairs = [
        ("agent_id", f"ocs:{device}" if (device := _said(values, "DEVICEID")) else None),
        ("serial", _said(bios, "SSN")),
        ("manufacturer", _said(bios, "SMANUFACTURER")),
        ("uuid", _said(values, "UUID")),
        *(("mac", mac) for mac, _ in usable),
        *(("ip", ip) for _, ip in usable),
        ("hostname", name),
        ("fqdn", full if full and fqdn_key(full) else None),
        *(("domain", domain) for domain in domains),
        ("asset_tag", _said(bios, "ASSETTAG")),
        ("ip", _said(values, "IPADDR")),
    ]
    return list(dict.fromkeys((kind, value) for kind, value in pairs if value))


# -- software ------------------------------------------------------------------------------------------------------


def _software(dump: _Dump, found: Iterator[Row], place: int) -> Iterator[Batch]:
    """Sightings in blocks. A row that belongs to no machine, or has a number that no dictionary has, is a reject."""
    pending: dict[str, Batch] = {}
    lost = Batch()
    waiting = 0
    for place_, row in enumerate(found, start=place + 1):
        number = row.values.get("HARDWARE_ID", "")
        machine = dump.machines.get(number)
        title = None if row.broken or machine is None else _title(dump, machine, row)
        if machine is None or title is None:
            raw = row.raw or "; ".join(f"{name}={value}" for name, value in row.values.items())
            reason = row.broken or ("software without a name" if machine else "software of a machine that is not in `hardware`")
            lost.reject(place_, raw[:SHOWN], reason)
            if machine:
                machine.lost = True
            continue
        machine.traces.add(Trace(title.type))
        pending.setdefault(number, Batch(key=number)).saw(title, place_, _state(row, title), _detail(row))
        waiting += 1
        if waiting >= _AT_ONCE:
            yield from pending.values()
            pending, waiting = {}, 0
    yield from pending.values()
    yield lost


def _title(dump: _Dump, machine: _Machine, row: Row) -> Title | None:
    """A title; `None` for a row that names nothing."""
    values = row.values
    if row.table == "securitycenter":
        name = _said(values, "PRODUCT")
        title = Title(Trace.ANTIVIRUS, name=name, version=_said(values, "VERSION"), publisher=_said(values, "COMPANY"))
        return title if name else None
    if row.table == "software":
        said = {column: dump.words[table].get(values.get(f"{column}_ID", ""), "") for table, column in _DICTIONARIES.items()}
    else:
        said = values
    family = _family(machine)
    trace = _TRACES.get(family, Trace.PACKAGE if family in {Os.LINUX, Os.OTHER} else Trace.PROGRAM)
    name, code = _said(said, "NAME"), _said(values, "GUID")
    if not name and not (code and trace is Trace.PROGRAM):
        return None
    return Title(
        type=trace,
        name=name,
        version=_said(said, "VERSION"),
        publisher=_said(said, "PUBLISHER"),
        product_code=code,
        package=name if trace is Trace.PACKAGE else None,
    )


def _state(row: Row, title: Title) -> State:
    """A patch (SOURCE 0) is a mention. Of a registration with the security centre: enabled is running, disabled or
    outdated is residue.
    """
    if row.table != "securitycenter":
        patch = row.values.get("SOURCE") == "0" and _PATCH.fullmatch(title.name or "")
        return State.MENTION if patch else State.INSTALLED
    said = [row.values.get(name, "").strip().lower() for name in ("ENABLED", "UPTODATE")]
    if {"0", "false"} & set(said):
        return State.RESIDUE
    return State.RUNNING if said[0] in {"1", "true"} else State.INSTALLED


def _detail(row: Row) -> Detail | None:
    folder = (_said(row.values, "FOLDER") or "").strip('"')
    detail = Detail(path=folder or None, installed_on=_day(row.values.get("INSTALLDATE")))
    return detail if any(detail) else None


@lru_cache(maxsize=8192)
def _day(value: str | None) -> str | None:
    return iso_day(None if value and value in _NOTHING else clean(value))


def _said(values: dict[str, str], name: str) -> str | None:
    """A value as text; what the server or the agent writes for nothing is nothing."""
    value = clean(values.get(name))
    return None if value is None or value.lower() in _NOTHING else value


OCS_SQL = Reader(
    name="ocs-sql",
    title="OCS Inventory database (SQL dump)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP, Trace.ANTIVIRUS}),
    blind=(
        "Programs without an install key, package or application bundle, and portable copies, are not listed.",
        "Programs of one user on Windows are listed only where the agent was told to look for them.",
        "The names in the dictionary that no machine has are not counted.",
        "Devices that were asked over the network (SNMP), groups of machines, and deleted machines are not read.",
        "Times are those of the server's clock, and are taken for UTC.",
        "Updates are told from programs only where Windows itself lists them.",
    ),
    how=(
        "On the server: `mysqldump --single-transaction ocsweb > ocsweb.sql`; or in phpMyAdmin, the database `ocsweb`: "
        "Export, Quick, SQL. At least the tables hardware, bios, networks, accountinfo and software (with software_name, "
        "software_publisher and software_version) or softwares; of plug-ins: securitycenter."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
)
