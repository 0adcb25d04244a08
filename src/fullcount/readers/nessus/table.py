"""Nessus and Tenable: findings saved as a spreadsheet, one row a finding of a plugin on a host.

Columns of four products: Nessus (`Plugin ID`, `Host`), Tenable Security Center (`Plugin`, `IP Address`), Tenable.io
(`Host`, `FQDN`, `NetBios` ...) and Tenable Vulnerability Management (`definition.id`, `asset.name` ...). Most rows are
about weaknesses: they say that the host is there. The cells `Plugin Output` of some plugins list its software, or name it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fullcount.document import clues_of
from fullcount.model import Batch, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.nessus.outputs import CUT, PACKAGES, PROGRAMS, SCAN, WMI, Look, wmi_clues
from fullcount.scanned import class_of, family_of, fitting, moment, named, rows
from fullcount.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_HABITS = (
    {"plugin id", "host", "name"},
    {"plugin id", "host", "plugin output"},
    {"plugin", "ip address", "plugin name"},
    {"plugin", "ip address", "plugin output"},
    {"plugin", "ip address", "plugin text"},
    {"definition.id", "asset.name"},
    {"definition.id", "asset.id"},
)
_COLUMNS = {
    "plugin": ("Plugin ID", "Plugin", "definition.id"),
    "output": ("Plugin Output", "Plugin Text", "output"),
    "host": ("Host", "asset.name"),
    "ip": ("IP Address", "asset.display_ipv4_address"),
    "ips": ("asset.ipv4_addresses",),
    "fqdn": ("DNS Name", "FQDN", "asset.display_fqdn"),
    "hostname": ("asset.host_name",),
    "netbios": ("NetBIOS Name", "NetBios", "asset.netbios_name"),
    "mac": ("MAC Address", "asset.display_mac_address"),
    "agent": ("Agent ID", "Agent UUID"),
    "asset": ("Asset UUID", "asset.id", "Host ID"),
    "repository": ("Repository",),
    "os": ("OS", "asset.operating_system"),
    "type": ("System Type", "asset.system_type"),
    "looked": ("Last Authenticated Results Date", "asset.last_authenticated_scan_time"),
    "heard": ("Last Found", "Last Observed", "last_seen", "Host End"),
}
_IDENTITY = ("repository", "host", "ip", "fqdn", "netbios", "hostname")
_ABOUT = tuple(name for name in _COLUMNS if name not in {"plugin", "output"})
_LABEL = re.compile(r"\A\s*+Plugin Output:[ \t]*+\r?\n?")  # Security Center writes it before each output
_STARTED = re.compile(r"^[ \t]*Scan Start Date : (\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2})", re.MULTILINE)
_SYSTEM = re.compile(r"^[ \t]*Remote operating system : (\S.*)$", re.MULTILINE)
_RESOLVED = re.compile(r"^[ \t]*\S+ resolves as (\S+?)\.?[ \t]*$", re.MULTILINE)
_NETBIOS = re.compile(r"^[ \t]*(\S+)[ \t]*= (Computer name|Workgroup / Domain name)[ \t]*$", re.MULTILINE)
_MAC = re.compile(r"\b[0-9A-F]{2}(?::[0-9A-F]{2}){5}\b", re.IGNORECASE)
_SYSTEM_GUESS, _RESOLVING, _NETBIOS_NAMES, _ADAPTERS = "11936", "12053", "10150", "86420"
_CELL = range(32_000, 32_768)  # characters at which spreadsheets and the products' own exports cut a cell
_CELL_ENDS = re.compile(r"[,;|\t\r\n\"]+")
_REMEMBERED = 1000  # lost rows that are searched for names


@dataclass(slots=True)
class _Host:
    """What the rows of one host have said so far."""

    place: int
    names: frozenset[str]
    described: set[tuple[str | None, ...]] = field(default_factory=set)  # cells about it that were taken already
    look: Look = field(default_factory=Look)
    clues: dict[tuple[str, str], None] = field(default_factory=dict)
    looked: datetime | None = None  # when it was last scanned with credentials
    listed: datetime | None = None  # when its lists of software were last written
    os: str | None = None


def _claims(peek: Peek) -> bool:
    return bool(fitting(peek, _HABITS))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row; what all rows of a host say together comes at the end. Place is the row's."""
    hosts: dict[str, _Host] = {}
    lost: list[Reject] = []
    for row in rows(stream, _COLUMNS, _HABITS):
        if isinstance(row, Reject):
            lost += [row] if len(lost) < _REMEMBERED else []
            yield Batch(rejects=[row])
        else:
            yield _row(row.place, row.cells, hosts)
    partial = _partial(hosts, lost)
    for key, host in hosts.items():
        yield _last(key, host, lost=key in partial)


def _row(place: int, cells: dict[str, str], hosts: dict[str, _Host]) -> Batch:
    key = "\n".join(cells.get(name, "") for name in (("asset",) if "asset" in cells else _IDENTITY))
    if not key.strip():
        raw = "\n".join(f"{name}: {text}" for name, text in cells.items())
        return Batch(rejects=[Reject(place, raw.encode("utf-8", "surrogatepass")[:4096], "a finding that names no host")])
    batch = Batch(key=key)
    if key not in hosts:
        hosts[key] = _Host(place, frozenset(cells[name] for name in (*_IDENTITY[1:], "asset") if name in cells))
        batch.record = Record(place=place)
    host = hosts[key]
    about = tuple(map(cells.get, _ABOUT))
    found = None
    if about not in host.described:  # a host has many rows that say the same of it
        host.described.add(about)
        host.clues.update(dict.fromkeys(_clues(cells)))
        found = _record(place, cells)
    if found:
        host.os = host.os or found.os
        batch.record = batch.record or found
        batch.record.os, batch.record.heard_at = found.os, found.heard_at
        batch.record.machine_class, batch.record.os_family = found.machine_class, found.os_family
    seen = moment(cells.get("looked"))
    host.looked = max(filter(None, (host.looked, seen)), default=None)
    if cells.get("plugin") in {PROGRAMS, PACKAGES}:  # a cumulative export keeps an older list beside newer findings
        host.listed = max(filter(None, (host.listed, moment(cells.get("heard")))), default=None)
    _hear(host, cells, batch, place)
    return batch


def _record(place: int, cells: dict[str, str]) -> Record | None:
    """What a row says of its host beside its names; `None` for nothing."""
    os, heard = cells.get("os"), moment(cells.get("heard"))
    if not os and not heard:
        return None
    systems = os.splitlines() if os else []
    record = Record(place=place, os=clean(" / ".join(systems)), heard_at=heard)
    record.machine_class, record.os_family = class_of(systems, cells.get("type")), family_of(systems)
    return record


def _clues(cells: dict[str, str]) -> list[tuple[str, str]]:
    agent, asset = cells.get("agent"), cells.get("asset")
    return clues_of(
        ("agent_id", f"nessus:{agent}" if agent else None),
        ("agent_id", f"tenable:{asset}" if asset else None),
        *named(cells.get("fqdn"), cells.get("hostname"), cells.get("netbios"), cells.get("host")),
        *(("ip", one) for name in ("ip", "ips") for one in re.split(r"[\s,;]+", cells.get(name, ""))),
        *(("mac", one) for one in re.split(r"[\s,;]+", cells.get("mac", ""))),
    )


def _hear(host: _Host, cells: dict[str, str], batch: Batch, place: int) -> None:
    """Take the output that a row has, if any: software goes into the batch, names and dates into the host."""
    plugin, text = cells.get("plugin", ""), cells.get("output")
    if not text:
        return
    host.clues.update(dict.fromkeys(_said_clues(plugin, text)))
    if plugin == _SYSTEM_GUESS and (found := _SYSTEM.search(text)):
        host.os = host.os or found[1].strip()
    elif plugin == SCAN and (found := _STARTED.search(text)) and (started := moment(found[1])):
        host.looked = max(filter(None, (host.looked, started)))
    host.look.hear(plugin, _LABEL.sub("", text, count=1), batch, place)
    if plugin in {PROGRAMS, PACKAGES} and len(text) in _CELL:
        host.look.gaps.append(CUT)


def _said_clues(plugin: str, text: str) -> list[tuple[str, str]]:
    """The clues in the outputs of plugins that name a host."""
    if plugin == _RESOLVING:
        return named(*_RESOLVED.findall(text))
    if plugin == _NETBIOS_NAMES:
        names = {what: name for name, what in _NETBIOS.findall(text)}
        return clues_of(("hostname", names.get("Computer name")), ("domain", names.get("Workgroup / Domain name")))
    if plugin == _ADAPTERS:
        return clues_of(*(("mac", one) for one in _MAC.findall(text)))
    return clues_of(*wmi_clues(text)) if plugin == WMI else []


def _partial(hosts: dict[str, _Host], lost: list[Reject]) -> set[str]:
    """The hosts that a lost row may have been about: those it names, or all where it names none."""
    if len(lost) >= _REMEMBERED:
        return set(hosts)
    named_by: dict[str, set[str]] = {}
    for key, host in hosts.items() if lost else ():
        for name in host.names:
            named_by.setdefault(name, set()).add(key)
    found: set[str] = set()
    for reject in lost:
        cells = {cell.strip() for cell in _CELL_ENDS.split(reject.raw.decode("utf-8", "replace"))}
        found |= set().union(*(named_by[cell] for cell in cells & named_by.keys())) or set(hosts)
    return found


def _last(key: str, host: _Host, *, lost: bool) -> Batch:
    """What all rows of a host say of it."""
    batch = Batch(key=key)
    host.look.detections(batch, host.place)
    if lost:
        host.look.gaps.append("rows about it could not be used")
    lists, traces, note = host.look.lists_of_findings()
    batch.record = Record(place=host.place, clues=list(host.clues), lists=lists, traces=traces, note=note)
    batch.record.looked_at = (host.listed or host.looked) if lists is not Lists.MACHINES else None
    batch.record.os_family = host.look.family()
    if host.os:
        systems = host.os.split(" / ")
        batch.record.os, batch.record.os_family, batch.record.machine_class = host.os, family_of(systems), class_of(systems)
    return batch


NESSUS_TABLE = Reader(
    name="nessus-table",
    title="Nessus / Tenable findings (spreadsheet)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PROGRAM, Trace.PACKAGE}),
    blind=(
        "A spreadsheet of weaknesses alone, without plugins 20811 and 22869, says only that its hosts are there.",
        "Plugin 20811 lists machine-wide install keys: no programs of one user, no portable ones, no publishers.",
        "An output of about 32,000 characters or more may have been cut by the spreadsheet: its list counts as some software.",
        "The spreadsheet of Nessus itself names a host as the scan was aimed at it, often by its address alone.",
        "A look has a date only where the file has it, in a column or in plugin 19506; that plugin's time zone is not read.",
        "A host that several scans call differently is several records of one file.",
    ),
    how=(
        "Better the format Nessus (.nessus), where the product offers it. Else scan with credentials or agents, and export "
        "with the column Plugin Output and without any filter by severity, since lists of software are informational.\n"
        "Nessus: the scan, Report, CSV, all columns. Security Center: Analysis, Vulnerabilities, tool Vulnerability Detail List, "
        "filter Plugin ID = 19506,20811,22869,24270,45590, Options, Export as CSV, all columns. Vulnerability Management: "
        "Explore, Findings, severity Info too, Export, CSV, with definition.id, output, last_seen and all asset columns."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
