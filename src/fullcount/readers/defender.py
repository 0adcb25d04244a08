"""Microsoft Defender for Endpoint: machines, and their software by machine, as its interfaces and exports answer them.

Software is listed by two calls, of products with and without a product code (CPE), and by the hunting table
DeviceTvmSoftwareInventory, which holds both. Vendors and products have Defender's own spelling (`endpoint_security`),
which is kept. Facts: Microsoft's pages on these calls and tables, and answers of real tenants to the call `machines`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fullcount.document import (
    MORE,
    Gathered,
    clues_of,
    documents,
    names_of,
    pages,
    raw_of,
    rows_of,
    section,
    text_of,
    texts_of,
)
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, Reject, Title, Trace
from fullcount.reader import Basis, Declaration, Peek, Reader, Stream
from fullcount.sheet import open_sheets
from fullcount.table import family_of, fits, table_reader
from fullcount.text import key, without_user
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLAIMED = (("computerdnsname", "osplatform"), ("softwarename", "deviceid"), ("productvendor", "machineid"))
_UNCODED = re.compile(r"non_?cpe|noproductcode", re.IGNORECASE)
_PRODUCT = re.compile(r"\\Uninstall\\([^\\]+)$", re.IGNORECASE)
_CUT = 10_000  # rows of a hunting query from which on it may have been cut; the limit depends on where it was run
_LISTS = frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP})
_TRACES = {Os.MACOS: Trace.APP, Os.IOS: Trace.APP, Os.ANDROID: Trace.APP, Os.LINUX: Trace.PACKAGE}

Row = dict[str, Any]  # by field in lower case: the interfaces write deviceId, hunting DeviceId


@dataclass(slots=True)
class _File:
    """What a file has said so far."""

    machines: Gathered = field(default_factory=Gathered)
    listed: dict[str, set[str]] = field(default_factory=dict)  # machine -> the kinds of rows seen of it
    more: dict[str, str | None] = field(default_factory=dict)  # call -> the next page that its last page here names
    broken: bool = False


def _claims(peek: Peek) -> bool:
    head = peek.text.lower() if peek.json_start else ""
    return any(all(re.search(rf'"{name}"\s*+:', head) for name in names) for names in _CLAIMED)


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file."""
    file, place = _File(), 0
    for document in documents(stream):
        if isinstance(document, Reject):
            file.broken = True  # whose row it was, nobody knows
            yield Batch(rejects=[document])
            continue
        file.broken = file.broken or document.broken
        for page in pages(document.value):
            rows, kind = _rows(page, file)
            for row in rows:
                place += 1
                yield _row(row, kind, place, file)
    for more in filter(None, file.more.values()):
        yield Batch(rejects=[Reject(place, more.encode("utf-8", "surrogatepass"), MORE)])
    yield from _ends(file)


def _rows(page: Any, file: _File) -> tuple[list[Any], str]:
    """The rows of a page, and which call they are from, where the page says it."""
    if not isinstance(page, dict):
        return [page], ""
    if isinstance(page.get("value"), list):
        kind = "uncoded" if _UNCODED.search(text_of(page, "@odata.context") or "") else ""
        file.more[kind] = text_of(page, "@odata.nextLink")
        return page["value"], kind
    if isinstance(results := page.get("Results", page.get("results")), list):
        return results, "whole" if len(results) < _CUT else "cut"
    return [page], ""


def _row(row: Any, kind: str, place: int, file: _File) -> Batch:
    lower: Row = {name.lower(): value for name, value in row.items()} if isinstance(row, dict) else {}
    if "computerdnsname" in lower and (number := text_of(lower, "id")):
        survivor = text_of(lower, "mergedintomachineid") or number
        return Batch(record=_machine(lower, number, survivor, place), key=survivor)
    number, name = text_of(lower, "deviceid", "machineid"), text_of(lower, "softwarename", "productname")
    if not number or not name:
        reason = "software without a machine's id or a name" if number or name else "neither a machine nor its software"
        return Batch(rejects=[Reject(place, raw_of(row), reason)])
    vulnerable = "machineid" in lower or "cveid" in lower
    file.listed.setdefault(number, set()).add("vulnerable" if vulnerable else kind or "coded")
    seen = None if vulnerable else parse(text_of(lower, "softwarelastseentimestamp"))
    batch = file.machines.batch(number, lambda: _named(lower, number, place), seen)
    _see(batch, lower, name, place)
    return batch


def _machine(row: Row, number: str, survivor: str, place: int) -> Record:
    """A machine of the call `machines`. One that was merged into another is that one."""
    record = _system(Record(place=place, lists=Lists.MACHINES, traces=frozenset()), row)
    record.heard_at, record.ou = parse(text_of(row, "lastseen")), text_of(row, "rbacgroupname")
    onboarded = text_of(row, "onboardingstatus") or "Onboarded"
    notes = [
        f"merged into {survivor}" if survivor != number else "",
        "Defender takes it for a possible duplicate" if row.get("ispotentialduplication") is True else "",
        "" if onboarded == "Onboarded" else f"seen on the network, without Defender's sensor ({onboarded})",
    ]
    record.note = "; ".join(filter(None, notes)) or None
    record.clues = clues_of(
        ("agent_id", f"defender:{survivor}"),
        ("agent_id", f"defender:{number}"),
        ("cloud_id", text_of(section(row, "vmmetadata"), "vmId")),
        ("ad_object", text_of(row, "aaddeviceid")),
        *names_of(text_of(row, "computerdnsname")),
        *(
            clue
            for address in rows_of(row, "ipaddresses")
            if text_of(address, "type") not in {"Tunnel", "SoftwareLoopback"}
            for clue in (("mac", text_of(address, "macAddress")), ("ip", text_of(address, "ipAddress")))
        ),
        ("ip", text_of(row, "lastipaddress")),
    )
    return record


def _named(row: Row, number: str, place: int) -> Record:
    """The machine of a row of software."""
    record = _system(Record(place=place), row)
    record.ou, name = text_of(row, "rbacgroupname"), text_of(row, "devicename", "machinename")
    record.note = None if name else "its names are in another call"
    record.clues = clues_of(("agent_id", f"defender:{number}"), *names_of(name))
    return record


def _system(record: Record, row: Row) -> Record:
    platform, version = text_of(row, "osplatform"), text_of(row, "version", "osversion")
    record.os = " ".join(filter(None, (platform, version))) or None
    record.os_family = family_of(platform)
    if platform and "server" in key(platform):
        record.machine_class = Class.SERVER
    elif record.os_family in {Os.IOS, Os.ANDROID}:
        record.machine_class = Class.PHONE
    return record


def _see(batch: Batch, row: Row, name: str, place: int) -> None:
    """One sighting a path on disk."""
    keys = (_PRODUCT.search(path) for path in texts_of(row, "registrypaths"))
    title = Title(
        type=_TRACES.get(family_of(text_of(row, "osplatform")), Trace.PROGRAM),
        name=name,
        version=text_of(row, "softwareversion", "productversion"),
        publisher=text_of(row, "softwarevendor", "productvendor"),
        product_code=next((found[1] for found in keys if found), None),
        cpe=cpe if (cpe := text_of(row, "productcodecpe")) and cpe.startswith("cpe:") else None,
    )
    paths: list[str | None] = [*texts_of(row, "diskpaths")]
    for path in paths or [None]:
        batch.saw(title._replace(path=without_user(path)) if path else title, place, detail=Detail(path=path) if path else None)


def _ends(file: _File) -> Iterator[Batch]:
    """What each machine's rows are together: all its software only where nothing was left out."""
    for number, kinds in file.listed.items():
        if kinds == {"vulnerable"}:
            note = "only software with known vulnerabilities is listed"
        elif any(file.more.values()) or file.broken or "cut" in kinds:
            note = "not all rows are here: pages are missing, the file is damaged, or the query reached its limit"
        elif "whole" not in kinds and not {"coded", "uncoded"} <= kinds:
            note = f"software {'without' if 'uncoded' in kinds else 'with'} a product code only: the rest is in another call"
        else:
            yield file.machines.last(number, Lists.ALL_SOFTWARE, traces=_LISTS)
            continue
        yield file.machines.last(number, Lists.SOME_SOFTWARE, note=note)


_BLIND = (
    "SoftwareInventoryByMachine lists only software with a product code, SoftwareInventoryNoProductCodeByMachine the rest",
    "the list is taken for whole only where the rows of both calls stand in one file",
    "names are Defender's own (vendor `kaspersky`, product `endpoint_security`), not those of the list of programs",
    "Defender does not inventory machines without its sensor: those are only named",
    "the calls on vulnerabilities list only software with known vulnerabilities",
    "software that is gone stays listed until Defender notices; its softwareLastSeenTimestamp is used as the date",
)

DEFENDER = Reader(
    name="defender",
    title="Microsoft Defender for Endpoint machines and software (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=_LISTS,
    blind=_BLIND,
    how=(
        "With a token for https://api.securitycenter.microsoft.com (Machine.Read.All, Software.Read.All), follow "
        "@odata.nextLink to its end and append the pages of both calls to one file, one page a line:\n"
        "  GET https://api.security.microsoft.com/api/machines/SoftwareInventoryByMachine?pageSize=50000\n"
        "  GET https://api.security.microsoft.com/api/machines/SoftwareInventoryNoProductCodeByMachine?pageSize=50000\n"
        "and the machines to another: GET https://api.security.microsoft.com/api/machines"
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)

_HUNTED = Declaration(
    columns={
        "agent_id": ("DeviceId", "Device ID"),
        "hostname": ("DeviceName", "Device name"),
        "fqdn": ("DeviceName", "Device name"),
        "os": ("OSPlatform", "OS platform"),
        "ou": ("MachineGroup", "RbacGroupName"),
        "name": ("SoftwareName", "Software name"),
        "version": ("SoftwareVersion", "Software version"),
        "publisher": ("SoftwareVendor", "Software vendor"),
        "cpe": ("ProductCodeCpe",),
        "looked_at": ("SoftwareLastSeenTimestamp", "Timestamp"),
    },
    required=("agent_id", "name", "publisher"),
    agent="defender",
)


def _claims_table(peek: Peek) -> bool:
    return not peek.json_start and any(fits(_HUNTED, sheet.columns) for sheet in open_sheets(peek))


DEFENDER_TABLE = table_reader(
    name="defender-table",
    title="Microsoft Defender hunting table DeviceTvmSoftwareInventory (CSV)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PROGRAM}),
    declaration=_HUNTED,
    blind=(
        "the portal cuts long results (at 10,000, 30,000 or 100,000 rows) without a mark: a table proves presence, never absence",
        "the hunting table has no dates of its own: put it into a folder named by its date (2017-10-10)",
    ),
    how="In the Defender portal: Hunting, Advanced hunting, run the query `DeviceTvmSoftwareInventory`, then Export.",
    basis=Basis.DOCUMENTATION,
    claims=_claims_table,
)
