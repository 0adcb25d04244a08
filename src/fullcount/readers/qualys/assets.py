"""Qualys assets as its interfaces for inventory answer them: `HostAsset` of Asset Management (XML or JSON), and assets of
Global AssetView / CyberSecurity Asset Management (JSON). Both list software where the agent or a login saw it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.document import MORE, clues_of, day_of, documents, pages, raw_of, rows_of, section, text_of
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.readers.qualys.reports import AGAIN
from fullcount.scanned import class_of, elements, family_of, moment, named, value
from fullcount.text import without_user

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from fullcount.reader import Stream

TRACES = frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP})
MARKS = (re.compile(r'"HostAsset"\s*+:'), re.compile(r'"assetListData"\s*+:'))
_TRACES = {Os.LINUX: Trace.PACKAGE, Os.MACOS: Trace.APP}
_NO_LIST = "its software was not asked for, or nobody was let in to list it"
_NO_AGENT = "software as a scan found it: the answer does not say whether it was let in"
_NO_NEXT = "the file breaks off in this machine"


def xml_batches(stream: Stream) -> Iterator[Batch]:
    """One batch an asset; place is its ordinal."""
    place = 0
    for one in elements(stream, _wanted, again=AGAIN):
        if isinstance(one, Reject):
            yield Batch(rejects=[one])
        elif one.tag == "hasMoreRecords":
            if value(one.text) == "true":
                yield Batch(rejects=[Reject(place, b"<hasMoreRecords>true", MORE)])
        else:
            place += 1
            yield _host_asset(_tree(one), place, broken=False)


def json_batches(stream: Stream) -> Iterator[Batch]:
    """One batch an asset; place is its ordinal in the file."""
    place = 0
    for document in documents(stream):
        if isinstance(document, Reject):
            yield Batch(rejects=[document])
            continue
        found = [one for page in pages(document.value) for one in _assets(page)]
        for turn, one in enumerate(found, start=1):
            place += 1
            broken = document.broken and turn == len(found)
            if isinstance(one, dict) and isinstance(one.get("HostAsset"), dict):
                yield _host_asset(one["HostAsset"], place, broken=broken)
            elif isinstance(one, dict) and text_of(one, "assetId", "hostId", "agentId"):
                yield _asset(one, place, broken=broken)
            else:
                yield Batch(rejects=[Reject(place, raw_of(one), "no asset with an id")])
        if any(_more(page) for page in pages(document.value)):
            yield Batch(rejects=[Reject(place, b"", MORE)])


def _wanted(path: tuple[str, ...]) -> bool:
    return path[-2:] in {("data", "HostAsset"), ("ServiceResponse", "hasMoreRecords")}


def _assets(page: Any) -> list[Any]:
    if data := section(page, "ServiceResponse"):
        return rows_of(data, "data")
    if data := section(page, "assetListData"):
        return rows_of(data, "asset")
    return [page]


def _more(page: Any) -> bool:
    more = text_of(section(page, "ServiceResponse"), "hasMoreRecords") or text_of(page, "hasMore")
    return (more or "").lower() in {"true", "1"}


def _tree(element: Element) -> Any:
    """An element as the JSON form would say it: a `list` holds one mapping a child."""
    if not len(element):
        return element.text or ""
    levels: list[tuple[Element, Any]] = [(element, {})]
    whole = levels[0][1]
    while levels:  # level by level: calls are not as deep as a file may be
        node, into = levels.pop()
        for child in node:
            made: Any = ([] if child.tag == "list" else {}) if len(child) else child.text or ""
            if isinstance(into, list):
                into.append({child.tag: made})
            else:
                into[child.tag] = made
            if len(child):
                levels.append((child, made))
    return whole


def _listed(row: dict[str, Any], name: str) -> list[Any]:
    """The rows of a list, each without the name of its type."""
    found = rows_of(section(row, name), "list")
    return [next(iter(one.values()), None) if isinstance(one, dict) else one for one in found]


def _host_asset(row: dict[str, Any], place: int, *, broken: bool) -> Batch:
    os, agent = value(text_of(row, "os")), section(row, "agentInfo")
    record = _described(place, os)
    record.heard_at = _date(agent.get("lastCheckedIn")) or _date(row.get("lastVulnScan"))
    clues = _ids(text_of(row, "qwebHostId"), text_of(row, "id"), text_of(agent, "agentId"))
    clues += [("manufacturer", text_of(row, "manufacturer")), ("serial", text_of(row, "biosSerialNumber"))]
    clues += [("cloud_id", text_of(one, "instanceId", "vmId")) for one in _listed(row, "sourceInfo")]
    clues += named(text_of(row, "fqdn"), text_of(row, "dnsHostName"), text_of(row, "netbiosName"), text_of(row, "address"))
    for one in _listed(row, "networkInterface"):
        clues += [("mac", text_of(one, "macAddress")), *named(text_of(one, "address"))]
    record.clues = clues_of(*clues)
    batch = Batch(record=record)
    rows = _listed(row, "software")
    for turn, one in enumerate(rows, start=1):
        _see(batch, one, text_of(one, "name"), turn)
    if agent and batch.sightings:
        record.looked_at = _date(row.get("lastVulnScan"))
    _cover(batch, agented=bool(agent), broken=broken)
    return batch


def _asset(row: dict[str, Any], place: int, *, broken: bool) -> Batch:
    system, hardware = section(row, "operatingSystem"), section(row, "hardware")
    record = _described(place, text_of(system, "osName", "fullName") or text_of(row, "operatingSystemName"))
    record.owner = text_of(row, "assetOwner")
    agent = section(row, "agent")
    record.heard_at = _date(agent.get("lastCheckedIn")) or _date(agent.get("lastActivity"))
    if (kind := text_of(hardware, "category1", "category") or "") in _KINDS:
        record.machine_class = _KINDS[kind]
    clues = _ids(text_of(row, "hostId"), text_of(row, "assetId"), text_of(row, "agentId"))
    clues += [("serial", text_of(row, "biosSerialNumber")), ("uuid", text_of(row, "hwUUID", "hardwareUUID"))]
    clues += [("manufacturer", text_of(hardware, "manufacturer")), ("asset_tag", text_of(row, "biosAssetTag"))]
    clues += named(text_of(row, "dnsName"), text_of(row, "netbiosName"), text_of(row, "address"))
    for one in rows_of(section(row, "networkInterfaceListData"), "networkInterface"):
        clues += [("mac", text_of(one, "macAddress")), *named(text_of(one, "addressIpV4"), text_of(one, "hostname"))]
    record.clues = clues_of(*((kind, value(text)) for kind, text in clues))
    batch = Batch(record=record)
    rows = rows_of(section(row, "softwareListData"), "software")
    for turn, one in enumerate(rows, start=1):
        _see(batch, one, text_of(one, "discoveredName", "fullName", "productName"), turn)
    looks = [one for one in rows_of(section(row, "inventoryListData"), "inventory") if "AGENT" in (text_of(one, "source") or "")]
    if batch.sightings:
        record.looked_at = max(filter(None, (_date(one.get("lastUpdated")) for one in looks)), default=None)
    _cover(batch, agented=bool(agent or looks), broken=broken)
    return batch


_KINDS = {
    **dict.fromkeys(("Networking Device", "Network Security Device"), Class.NETWORK),
    **dict.fromkeys(("Printers", "Printer"), Class.PRINTER),
    **dict.fromkeys(("Mobile", "Smartphone"), Class.PHONE),
}


def _described(place: int, os: str | None) -> Record:
    systems = [os] if os else []
    return Record(place=place, os=os, os_family=family_of(systems), machine_class=class_of(systems))


def _ids(host: str | None, asset: str | None, agent: str | None) -> list[tuple[str, str | None]]:
    pairs = (("qualys", host), ("qualys-asset", asset), ("qualys-agent", agent))
    return [("agent_id", f"{tool}:{number}") for tool, number in pairs if number]


def _date(found: Any) -> Any:
    """A date, alone or below `date`; milliseconds since 1970 too."""
    text = text_of(found, "date") if isinstance(found, dict) else text_of({"date": found}, "date")
    if text and text.isdecimal() and len(text) == 13:
        from fullcount.reader import utc

        return utc(int(text) / 1000)
    return moment(text)


def _see(batch: Batch, row: Any, name: str | None, place: int) -> None:
    record = batch.record
    if not name or record is None:
        batch.reject(place, raw_of(row), "software without a name")
        return
    trace = _TRACES.get(record.os_family, Trace.PROGRAM)
    path = value(text_of(row, "installPath"))
    title = Title(
        type=trace,
        name=name,
        version=value(text_of(row, "version")),
        publisher=value(text_of(row, "publisher")),
        package=name if trace is Trace.PACKAGE else None,
        path=without_user(path) if path else None,
    )
    installed = _date(row.get("installDate"))
    full = path if path and without_user(path) != path else None
    detail = Detail(installed_on=installed.date().isoformat() if installed else day_of(text_of(row, "installDate")), path=full)
    batch.saw(title, place, State.INSTALLED, detail if any(detail) else None)


def _cover(batch: Batch, *, agented: bool, broken: bool) -> None:
    """What the list covers. Only the agent is known to have seen everything."""
    record = batch.record
    assert record is not None
    if not batch.sightings:
        record.lists, record.note = Lists.MACHINES, _NO_LIST
    elif broken or batch.rejects or not agented:
        record.lists = Lists.SOME_SOFTWARE
        record.note = _NO_NEXT if broken else "rows of its list could not be used" if batch.rejects else _NO_AGENT
    else:
        record.lists, record.traces = Lists.ALL_SOFTWARE, TRACES
