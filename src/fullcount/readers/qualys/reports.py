"""Qualys reports and lists of hosts as XML: each host of `ASSET_DATA_REPORT`, `SCAN`, `HOST_LIST_OUTPUT` and
`HOST_LIST_VM_DETECTION_OUTPUT`. They list weaknesses, not software: a host in them is there, and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.document import clues_of
from fullcount.model import Batch, Class, Lists, Record, Reject
from fullcount.scanned import class_of, elements, family_of, moment, named, said, value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from fullcount.reader import Stream

ROOTS = frozenset({"ASSET_DATA_REPORT", "SCAN", "HOST_LIST_OUTPUT", "HOST_LIST_VM_DETECTION_OUTPUT"})
AGAIN = "ask for the list or the report again, page by page, and save each answer in a file of its own"
_DROPPED = ("RESULT", "RESULTS", "DIAGNOSIS", "CONSEQUENCE", "SOLUTION", "CORRELATION")  # long, and not about the host
_ONLY_ID = "only its id is here: ask for the list again with details=All"
_VISITS = (
    *("LAST_VM_SCANNED_DATE", "LAST_VULN_SCAN_DATETIME", "LAST_SCAN_DATETIME", "LAST_PC_SCANNED_DATE"),
    *("LAST_COMPLIANCE_SCAN_DATETIME", "LAST_ACTIVITY", "LAST_SCAN_DATE"),
)
_FOUND = ("LAST_FOUND", "LAST_FOUND_DATETIME")  # of a weakness
_CLOUD = ("EC2_INSTANCE_ID", "CLOUD_RESOURCE_ID")


def _wanted(path: tuple[str, ...]) -> bool:
    return path[-2:] in {("HOST_LIST", "HOST"), ("SCAN", "IP"), ("ID_SET", "ID"), ("SCAN", "HEADER"), ("RESPONSE", "WARNING")}


def batches(stream: Stream) -> Iterator[Batch]:
    """One batch a host; place is the host's ordinal."""
    place, scanned, empty = 0, None, True
    for one in elements(stream, _wanted, dropped=_DROPPED, again=AGAIN):
        if isinstance(one, Reject):
            empty = False
            yield Batch(rejects=[one])
        elif one.tag == "HEADER":
            keys = {key.get("value"): key.text for key in one.iter("KEY")}
            scanned = moment(value(keys.get("DATE")))
        elif one.tag == "WARNING":
            if address := said(one, "URL"):
                reason = "not all hosts are here: the answer names a next page"
                yield Batch(rejects=[Reject(place, address.encode("utf-8", "surrogatepass"), reason)])
        else:
            place, empty = place + 1, False
            yield Batch(record=_record(one, place, scanned))
    if empty:
        yield Batch(rejects=[Reject(1, b"", "no host in this file")])


def _record(one: Element, place: int, scanned: datetime | None) -> Record:
    if one.tag == "ID":
        return Record(place=place, clues=_ids(value(one.text)), lists=Lists.MACHINES, note=_ONLY_ID)
    os = said(one, "OS", "OPERATING_SYSTEM")
    record = Record(place=place, lists=Lists.MACHINES, os=os, os_family=family_of([os] if os else []))
    record.machine_class = class_of([os] if os else [])
    record.heard_at = max(filter(None, _visits(one)), default=scanned)
    record.owner = said(one, "OWNER")
    if said(one, "TRACKING_METHOD") == "DOCKER":
        record.machine_class = Class.CONTAINER
    clues = [*_ids(said(one, "ID"), said(one, "ASSET_ID"), said(one, "QG_HOSTID")), ("serial", said(one, "SERIAL_NUMBER"))]
    clues += [("uuid", said(one, "HARDWARE_UUID")), ("cloud_id", said(one, *_CLOUD))]
    names = (said(one, "DNS_DATA/FQDN"), said(one, "DNS"), said(one, "NETBIOS", "NETBIOS_HOSTNAME"), said(one, "IP"))
    clues += named(*names, value(one.get("name")), value(one.get("value")), said(one, "IPV6"))
    record.clues = clues_of(*clues)
    return record


def _ids(host: str | None, asset: str | None = None, agent: str | None = None) -> list[tuple[str, str]]:
    """Qualys numbers a host in three ways; each is an id within its own list."""
    pairs = (("qualys", host), ("qualys-asset", asset), ("qualys-agent", agent))
    return [("agent_id", f"{tool}:{number}") for tool, number in pairs if number]


def _visits(one: Element) -> Iterator[datetime | None]:
    for name in _VISITS:
        yield moment(said(one, name))
    for name in _FOUND:
        for element in one.iter(name):
            yield moment(value(element.text))
