"""OpenVAS / Greenbone: a report as XML, and its results as CSV. Results are weaknesses: they say that a host is there, and
which product a test recognised. What a weakness affects elsewhere is not on this host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fullcount.document import clues_of
from fullcount.model import Batch, Lists, Record, Reject, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.scanned import class_of, elements, family_of, fitting, moment, named, rows, said, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

_HABITS = ({"ip", "hostname", "nvt name"}, {"ip", "hostname", "nvt oid"}, {"ip", "nvt name", "nvt oid"})
_COLUMNS = {
    "ip": ("IP",),
    "name": ("Hostname",),
    "product": ("Product Detection Result",),
    "date": ("Timestamp",),
    "finding": ("NVT Name", "NVT OID"),
}
_AGAIN = "download the report again, in the format XML"
_CPE = re.compile(r"cpe:(?:/|2\.3:)[aoh]:[^\s:;,]+(?::[^\s:;,]*)?(?::([^\s:;,]*))?(?::[^\s;,]*)?")
_SHORT = "seen over the network, as far as tests recognised products: no software list"


def _claims(peek: Peek) -> bool:
    return _is_report(peek) or bool(fitting(peek, _HABITS))


def _is_report(peek: Peek) -> bool:
    if peek.xml_root not in {"report", "get_reports_response"}:
        return False
    return "format_id=" in peek.text or any(mark in peek.text for mark in ("<gmp>", "<omp>", "<nvt oid=", "<scan_run_status>"))


@dataclass(slots=True)
class _Hosts:
    """The hosts of a file, and what was recognised on each: a report names it once a weakness."""

    places: dict[str, int] = field(default_factory=dict)
    seen: dict[str, dict[str, None]] = field(default_factory=dict)

    def batch(self, key: str, place: int) -> Batch:
        first = key not in self.places
        self.places.setdefault(key, place)
        self.seen.setdefault(key, {})
        return Batch(key=key, record=Record(place=place, note=_SHORT, lists=Lists.MACHINES if first else None))

    def recognised(self, key: str, batch: Batch, cpes: Iterable[str], place: int) -> None:
        """Each product once a host."""
        for cpe in cpes:
            if cpe not in self.seen[key]:
                self.seen[key][cpe] = None
                match = _CPE.fullmatch(cpe)
                version = match[1] if match else None
                batch.saw(Title(Trace.DETECTION, version=None if version in {"", "*", "-"} else version, cpe=cpe), place)
        if self.seen[key] and batch.record:
            batch.record.lists = Lists.SOME_SOFTWARE


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a result, and one a host of a report. Place is the ordinal of the row or of the element."""
    hosts = _Hosts()
    if _is_report(Peek.at(stream.path)):
        yield from _report(stream, hosts)
    else:
        for row in rows(stream, _COLUMNS, _HABITS):
            yield Batch(rejects=[row]) if isinstance(row, Reject) else _row(row.place, row.cells, hosts)


def _row(place: int, cells: dict[str, str], hosts: _Hosts) -> Batch:
    key = f"{cells.get('ip', '')}\n{cells.get('name', '')}"
    if not key.strip():
        raw = "\n".join(f"{name}: {text}" for name, text in cells.items())
        return Batch(rejects=[Reject(place, raw.encode("utf-8", "surrogatepass")[:4096], "a result that names no host")])
    batch = hosts.batch(key, place)
    assert batch.record
    if hosts.places[key] == place:
        batch.record.clues = named(cells.get("name"), cells.get("ip"))
    batch.record.heard_at = moment(cells.get("date"))
    hosts.recognised(key, batch, _cpes(cells.get("product")), place)
    return batch


def _cpes(text: str | None) -> list[str]:
    return [match[0] for match in _CPE.finditer(text or "")]


def _wanted(path: tuple[str, ...]) -> bool:
    return path[-2:] in {("results", "result"), ("report", "host")}


def _report(stream: Stream, hosts: _Hosts) -> Iterator[Batch]:
    place = 0
    for one in elements(stream, _wanted, dropped=("nvt", "refs"), again=_AGAIN):
        if isinstance(one, Reject):
            yield Batch(rejects=[one])
            continue
        place += 1
        yield _host(one, place, hosts) if one.tag == "host" else _result(one, place, hosts)
    if not hosts.places:
        yield Batch(rejects=[Reject(1, b"", "no host in this report")])


def _result(result: Element, place: int, hosts: _Hosts) -> Batch:
    address = said(result, "host")
    if not address:
        return Batch(rejects=[Reject(place, (result.get("id") or "").encode(), "a result that names no host")])
    batch = hosts.batch(address, place)
    assert batch.record
    batch.record.clues = named(said(result, "host/hostname"), address)
    batch.record.heard_at = moment(said(result, "creation_time"))
    found = [value(one.text) for one in result.findall("detection/result/details/detail/value")]
    hosts.recognised(address, batch, (cpe for text in found for cpe in _cpes(text)), place)
    return batch


def _host(host: Element, place: int, hosts: _Hosts) -> Batch:
    """What a report sums up of a host: details, each with a name and a value."""
    address = said(host, "ip") or value(host.text)
    if not address:
        return Batch(rejects=[Reject(place, b"", "a host without an address")])
    details: dict[str, list[str]] = {}
    for one in host.findall("detail"):
        if (name := said(one, "name")) and (text := said(one, "value")):
            details.setdefault(name, []).append(text)
    batch = hosts.batch(address, place)
    record = batch.record
    assert record
    record.os = next(iter((*details.get("best_os_txt", ()), *details.get("OS", ()))), None)
    systems = [record.os] if record.os else []
    record.os_family, record.machine_class = family_of(systems), class_of(systems)
    record.heard_at = moment(said(host, "end")) or moment(said(host, "start"))
    record.clues = clues_of(*(("mac", mac) for mac in details.get("MAC", ())))
    record.clues += named(*details.get("hostname", ()), *details.get("DNS-via-TargetDefinition", ()), address)
    hosts.recognised(address, batch, (cpe for text in details.get("App", ()) for cpe in _cpes(text)), place)
    return batch


OPENVAS = Reader(
    name="openvas",
    title="OpenVAS / Greenbone report (XML, CSV)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "a report lists weaknesses and the products that tests recognised (CPE), no installed software",
        "affected software, and packages in the text of a result, are not read",
        "a report filtered by severity lacks the hosts that nothing was found on",
        "an address with another host behind it later is one record with both names",
    ),
    how=(
        "Scans, Reports, the report; clear the filter (min_qod=0 levels=hmlg rows=-1); Download, report format XML "
        "(or CSV Results, which lacks hosts without a result)."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
