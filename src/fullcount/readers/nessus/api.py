"""Tenable's interfaces (JSON): assets and findings as Tenable Vulnerability Management exports or lists them, and findings
of Tenable Security Center's analysis. Findings carry the outputs of plugins in the words of a scan.

What assets list as installed are CPEs of what was recognised, and no whole list. Security Center's tool `listsoftware`
counts over all hosts and names none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fullcount.document import MORE, clues_of, documents, pages, raw_of, rows_of, section, text_of, texts_of
from fullcount.model import Batch, Class, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Peek, Reader, Stream, utc
from fullcount.readers.nessus.outputs import PACKAGES, PROGRAMS, WMI, Look, wmi_clues
from fullcount.scanned import class_of, family_of, moment, named, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

_MARKS = (
    ("has_agent", "last_seen"),
    ("has_agent", "installed_software"),
    ("has_plugin_results", "netbios_names"),
    ("plugin", "asset", "output"),
    ("plugin", "asset", "last_found"),
    ("pluginid", "ip", "dnsname"),
    ("detectionmethod", "count", "name"),
)
_NAMES = ("fqdns", "fqdn", "hostnames", "hostname", "netbios_names", "netbios_name", "dnsName", "netbiosName")
_ADDRESSES = ("ipv4s", "ipv4", "ipv6s", "ipv6", "ip")
_MACS = ("mac_addresses", "mac_address", "macAddress")
_CLOUD = ("aws_ec2_instance_id", "azure_vm_id", "gcp_instance_id")
_OUTPUT = ("<plugin_output>", "</plugin_output>")  # Security Center keeps these marks of a scan
_RECOGNISED = "what was recognised (CPE), no list of software"
_COUNTED = "counts of software over all hosts (listsoftware) name no machine: use the tool Vulnerability Detail List"


@dataclass(slots=True)
class _Found:
    """What the findings of one host have said so far."""

    place: int
    look: Look = field(default_factory=Look)
    clues: list[tuple[str, str]] = field(default_factory=list)
    listed: datetime | None = None  # when its lists of software were last written


def _claims(peek: Peek) -> bool:
    head = peek.text.lower() if peek.json_start else ""
    return any(all(re.search(rf'"{name}"\s*+:', head) for name in names) for names in _MARKS) and '"device_id"' not in head


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row, and one at the end a host that findings name. Place is the ordinal of the row in the file."""
    hosts: dict[str, _Found] = {}
    place, broken = 0, False
    for document in documents(stream):
        if isinstance(document, Reject):
            broken = True  # whose row it was, nobody knows
            yield Batch(rejects=[document])
            continue
        broken = broken or document.broken
        for page in pages(document.value):
            for row in (rows := _rows(page)):
                place += 1
                yield _row(row, place, hosts)
            if _more(page, len(rows)):
                broken = True
                yield Batch(rejects=[Reject(place, b"", MORE)])
    for key, found in hosts.items():
        yield _last(key, found, broken=broken)


def _rows(page: Any) -> list[Any]:
    for found in (page, section(page, "response")):
        for name in ("assets", "vulnerabilities", "findings", "results"):
            if isinstance(found, dict) and isinstance(found.get(name), list):
                return rows_of(found, name)
    return [page]


def _more(page: Any, rows: int) -> bool:
    """Whether an answer says that it has more rows than it holds, and where it began."""
    answer = section(page, "response") or section(page)
    total, start = text_of(answer, "totalRecords"), text_of(answer, "startOffset") or "0"
    numbers = [int(text) for text in (total, start) if text and text.isascii() and text.isdecimal()]
    return len(numbers) == 2 and numbers[1] + rows < numbers[0] and rows > 0


def _row(row: Any, place: int, hosts: dict[str, _Found]) -> Batch:
    if isinstance(row, dict) and isinstance(row.get("asset"), dict) and "plugin" in row:
        host, plugin, text = row["asset"], text_of(section(row, "plugin"), "id"), row.get("output")
        date = text_of(row, "last_found", "last_observed", "last_seen")
        return _finding(host, plugin, text, date, place=place, hosts=hosts)
    if isinstance(row, dict) and text_of(row, "pluginID"):
        seen = text_of(row, "lastSeen")
        return _finding(row, text_of(row, "pluginID"), row.get("pluginText"), seen, place=place, hosts=hosts)
    if isinstance(row, dict) and "detectionMethod" in row:
        return Batch(rejects=[Reject(place, raw_of(row), _COUNTED)])
    if text_of(row, "id") and any(name in row for name in ("has_agent", *_NAMES, *_ADDRESSES)):
        return _asset(row, place)
    return Batch(rejects=[Reject(place, raw_of(row), "neither an asset with an id nor a finding with its host")])


# -- assets ----------------------------------------------------------------------------------------------------------------


def _asset(row: dict[str, Any], place: int) -> Batch:
    record = _record(row, place)
    record.heard_at = _date(text_of(row, "last_seen"))
    record.retired = bool(text_of(row, "terminated_at", "deleted_at"))
    if {text_of(source, "name") for source in rows_of(row, "sources")} == {"WAS"}:
        record.machine_class = Class.OTHER  # a web site that is scanned as such, and no computer
    batch, look = Batch(record=record), Look()
    look.recognise(texts_of(row, "installed_software"), batch, place)
    look.detections(batch, place)
    record.lists = Lists.SOME_SOFTWARE if batch.sightings else Lists.MACHINES
    if batch.sightings:
        record.looked_at = _date(text_of(row, "last_authenticated_scan_date"))
        record.note = _RECOGNISED
    return batch


def _record(row: dict[str, Any], place: int) -> Record:
    systems = list(dict.fromkeys(_texts(row, ("operating_systems", "operating_system"))))
    kinds = set(_texts(row, ("system_types", "system_type", "device_type")))
    record = Record(place=place, os=" / ".join(systems) or None, os_family=family_of(systems))
    record.machine_class = class_of(systems, kinds.pop() if len(kinds) == 1 else None)
    record.clues = _clues(row)
    return record


def _clues(row: dict[str, Any]) -> list[tuple[str, str]]:
    asset = text_of(row, "uuid", "id") or text_of(row, "hostUUID")
    agent = text_of(row, "agent_uuid")
    return clues_of(
        ("agent_id", f"tenable:{asset}" if asset else None),
        ("agent_id", f"nessus:{agent}" if agent else None),
        ("uuid", text_of(row, "bios_uuid")),
        *(("cloud_id", text_of(row, name)) for name in _CLOUD),
        *(("mac", one) for text in _texts(row, _MACS) for one in text.split()),
        *named(*_texts(row, _NAMES)),
        *(("ip", text) for text in _texts(row, _ADDRESSES)),
    )


def _texts(row: dict[str, Any], names: Iterable[str]) -> list[str]:
    return [found for name in names for text in texts_of(row, name) if (found := value(text))]


def _date(text: str | None) -> datetime | None:
    """A date in words, or seconds since 1970."""
    return utc(int(text)) if text and text.isascii() and text.isdecimal() and len(text) == 10 else moment(text)


# -- findings --------------------------------------------------------------------------------------------------------------


def _finding(
    host: dict[str, Any], plugin: str | None, text: Any, date: str | None, *, place: int, hosts: dict[str, _Found]
) -> Batch:
    key = text_of(host, "uuid", "hostUUID") or "\n".join(_texts(host, (*_ADDRESSES, *_NAMES)))
    if not key:
        return Batch(rejects=[Reject(place, raw_of(host), "a finding that names no host")])
    batch, seen = Batch(key=key), _date(date)
    if key not in hosts:
        hosts[key] = _Found(place)
        batch.record = _record(host, place)
    if seen:
        batch.record = batch.record or Record(place=place)
        batch.record.heard_at = seen
    found = hosts[key]
    if plugin in {PROGRAMS, PACKAGES}:
        found.listed = max(filter(None, (found.listed, seen)), default=None)
    if isinstance(text, str) and plugin:
        said = text.strip().removeprefix(_OUTPUT[0]).removesuffix(_OUTPUT[1])
        found.look.hear(plugin, said, batch, place)
        found.clues += wmi_clues(said) if plugin == WMI else []
    return batch


def _last(key: str, found: _Found, *, broken: bool) -> Batch:
    """What all findings of a host say of it."""
    batch = Batch(key=key)
    found.look.detections(batch, found.place)
    if broken:
        found.look.gaps.append("not all findings are here")
    lists, traces, note = found.look.lists_of_findings()
    batch.record = Record(place=found.place, clues=found.clues, lists=lists, traces=traces, note=note)
    batch.record.looked_at, batch.record.os_family = found.listed, found.look.family()
    return batch


TENABLE_API = Reader(
    name="tenable-api",
    title="Tenable assets and findings (JSON of the interfaces)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PROGRAM, Trace.PACKAGE}),
    blind=(
        "what an asset lists as installed is what was recognised (CPE): it is no whole list",
        "a whole list is only in findings of plugins 20811 and 22869, which are informational: ask for severity info too",
        "Plugin 20811 lists machine-wide install keys: no programs of one user, no portable ones, no publishers.",
        "counts of software by Security Center's tool listsoftware name no machine",
        "assets that were deleted or terminated stay in an export: they count as retired",
    ),
    how=(
        "Vulnerability Management: POST https://cloud.tenable.com/assets/export and /vulns/export (filters: severity info too, "
        "plugin_id 19506, 20811, 22869, 24270, 45590), then GET each chunk. Security Center: POST /rest/analysis with the tool "
        "vulndetails and a filter pluginID of the same, with offsets until totalRecords. All answers may stand in one file."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
