"""Qualys findings as CSV: reports of VM, VMDR and PCI with a title and notes above the header. One row a finding, which
says that its host is there. Names of malware beside a finding, and its results, are nobody's software.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fullcount.document import clues_of
from fullcount.model import Batch, Class, Lists, Record, Reject
from fullcount.scanned import class_of, family_of, moment, named, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from fullcount.reader import Stream

HABITS = (
    {"ip", "qid", "title"},
    {"ip", "qid", "vuln title"},
    {"ip", "qid", "netbios"},
    {"asset id", "qid"},
    {"asset name", "asset ipv4", "qid"},
    {"ip", "netbios", "tracking method"},
)
_COLUMNS = {
    "ip": ("IP", "Asset IPV4", "IP Address"),
    "ipv6": ("Asset IPV6", "IPv6"),
    "network": ("Network",),
    "dns": ("DNS", "FQDN", "HOSTNAME", "DNS Name"),
    "fqdn": ("FQDN",),
    "netbios": ("NetBIOS", "Asset Name"),
    "os": ("OS", "Operating System"),
    "asset": ("Asset Id",),
    "agent": ("QG Host ID",),
    "host": ("Host ID",),
    "cloud": ("EC2 Instance ID", "Cloud Resource ID"),
    "tracking": ("Tracking Method",),
    "finding": ("QID", "Title"),
    "date": ("Last Detected", "LAST SCAN", "Last Scan Date", "Last VM Scanned Date"),
}
_IDENTITY = ("network", "ip", "dns", "netbios")
_MANY = re.compile(r"[\s,;]+")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/\d{4}\b")
_NO_ORDER = "its dates do not tell whether the day or the month stands first: they are left out"


@dataclass(slots=True)
class _Host:
    """The newest date of a host's findings, by how day and month may be ordered."""

    place: int
    dated: bool = False
    newest: dict[str, datetime] = field(default_factory=dict)


@dataclass(slots=True)
class _File:
    """The hosts of a file, and which orders of day and month its dates prove."""

    hosts: dict[str, _Host] = field(default_factory=dict)
    orders: set[str] = field(default_factory=set)

    def take(self, host: _Host, text: str) -> None:
        """Take a date as written."""
        host.dated = True
        for order in ("", "dmy", "mdy"):
            found = moment(text, order)
            if found and (order not in host.newest or host.newest[order] < found):
                host.newest[order] = found
        if match := _SLASHED.match(text):
            first, second = int(match[1]), int(match[2])
            self.orders |= {"dmy"} if first > 12 else {"mdy"} if second > 12 else set()

    @property
    def order(self) -> str:
        """How the file's own dates prove it; empty where they do not, or contradict one another."""
        return next(iter(self.orders)) if len(self.orders) == 1 else ""


def batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row, and one a host at the end, with its date. Place is the row's."""
    file = _File()
    for row in rows(stream, _COLUMNS, HABITS):
        yield Batch(rejects=[row]) if isinstance(row, Reject) else _row(row.place, row.cells, file)
    for key, host in file.hosts.items():
        record = Record(place=host.place, lists=Lists.MACHINES, heard_at=host.newest.get(file.order))
        record.note = _NO_ORDER if host.dated and not record.heard_at else None
        yield Batch(key=key, record=record)


def _row(place: int, cells: dict[str, str], file: _File) -> Batch:
    key = cells.get("asset") or cells.get("agent") or "\n".join(cells.get(name, "") for name in _IDENTITY)
    if not key.strip() or not (cells.keys() - {"date", "finding", "tracking", "network"}):
        raw = "\n".join(f"{name}: {text}" for name, text in cells.items())
        return Batch(rejects=[Reject(place, raw.encode("utf-8", "surrogatepass")[:4096], "a row that names no host")])
    batch = Batch(key=key)
    if key not in file.hosts:
        file.hosts[key] = _Host(place)
        batch.record = _record(place, cells)
    if "date" in cells:
        file.take(file.hosts[key], cells["date"])
    return batch


def _record(place: int, cells: dict[str, str]) -> Record:
    systems = [cells["os"]] if "os" in cells else []
    record = Record(place=place, lists=Lists.MACHINES, os=cells.get("os"), os_family=family_of(systems))
    record.machine_class = Class.CONTAINER if cells.get("tracking") == "DOCKER" else class_of(systems)
    ids = (("qualys", "host"), ("qualys-asset", "asset"), ("qualys-agent", "agent"))
    record.clues = clues_of(
        *(("agent_id", f"{tool}:{cells[name]}") for tool, name in ids if name in cells),
        ("cloud_id", cells.get("cloud")),
        *named(cells.get("fqdn"), cells.get("dns"), cells.get("netbios")),
        *(("ip", one) for name in ("ip", "ipv6") for one in _MANY.split(cells.get(name, ""))),
    )
    return record
