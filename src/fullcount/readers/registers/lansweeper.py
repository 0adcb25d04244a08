"""Lansweeper: assets and their software, as its cloud answers (GraphQL), and as reports of the classic edition.

Facts: an answer of the cloud, the fields that its schema names, and the tables that its reports are made from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import TRACES, Fields, File, Piece, family, first, machine, moment, refused, see
from fullcount.document import MORE, clues_of, raw_of, rows_of, section
from fullcount.model import Batch, Class, Lists, Os, Record, Reject, Trace
from fullcount.reader import Basis, Reader, Stream
from fullcount.readers.registers.rows import Form, class_of
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterator

_SITES = ("data/authorizedSites/sites", "data/site", "authorizedSites/sites", "site", "sites")
_ITEMS = tuple(f"{path}/assetResources" for path in _SITES)
_FORM = Form(
    paths=(*_SITES, *_ITEMS, *(f"{path}/items" for path in _ITEMS), "assetResources", "assetResources/items", "items", ""),
    marks=(frozenset({"assetBasicInfo"}), frozenset({"assetResources"}), frozenset({"assetCustom", "key"})),
    columns={
        "AssetID": ("AssetID",),
        "AssetName": ("AssetName", "Asset Name", "AssetUnique"),
        "Domain": ("Domain",),
        "FQDN": ("FQDN",),
        "IPAddress": ("IPAddress", "IP Address"),
        "Mac": ("Mac", "Mac Address"),
        "AssetTypename": ("AssetTypename", "AssetType", "Type"),
        "Serialnumber": ("Serialnumber", "Serial Number", "Serial"),
        "Manufacturer": ("Manufacturer",),
        "Username": ("Username", "Last user"),
        "OS": ("OSname", "OS", "Operating system"),
        "Location": ("IPLocation", "IP Location", "Location"),
        "Statename": ("Statename", "State"),
        "Lastseen": ("Lastseen", "Last seen"),
        "Lasttime": ("Lasttime", "SoftwareLastScanned", "Last software scan"),
        "softwareName": ("softwareName", "Software", "Software Name"),
        "softwareVersion": ("softwareVersion", "Version", "Software Version"),
        "SoftwarePublisher": ("SoftwarePublisher", "Publisher", "Software Publisher"),
        "Installdate": ("Installdate", "installationDate", "Install date"),
    },
    habits=(
        *({"assetid", "assetname", name} for name in ("domain", "ipaddress", "ip address", "mac", "lastseen", "serialnumber")),
        {"assetname", "softwarename"},
        {"assetname", "software", "publisher"},
        {"assetname", "domain", "lastseen"},
        {"assetname", "assettypename"},
        {"assetunique", "softwarename"},
    ),
)
_MACHINE: Fields = {
    "id": ("key", "AssetID"),
    "serial": ("assetCustom/serialNumber", "Serialnumber"),
    "manufacturer": ("assetCustom/manufacturer", "Manufacturer"),
    "mac": ("assetBasicInfo/mac", "networks/macAddress", "networkAdapters/macAddress", "Mac"),
    "ip": ("assetBasicInfo/ipAddress", "IPAddress"),
    "name": ("assetBasicInfo/fqdn", "FQDN", "assetBasicInfo/name", "AssetName", "name"),
    "domain": ("assetBasicInfo/domain", "Domain"),
    "os": ("operatingSystem/caption", "operatingSystem/name", "assetBasicInfo/osName", "OS"),
    "platform": ("assetBasicInfo/type", "AssetTypename"),
    "heard_at": ("assetBasicInfo/lastSeen", "Lastseen"),
    "owner": ("assetBasicInfo/userName", "Username"),
    "site": ("assetBasicInfo/ipLocation", "Location"),
}
_SOFTWARE: Fields = {
    "name": ("name", "softwareName"),
    "version": ("version", "softwareVersion"),
    "publisher": ("publisher", "SoftwarePublisher"),
    "installed_on": ("installDate", "installationDate", "Installdate"),
}
_RETIRED = frozenset({"retired", "disposed", "sold", "not active", "non-active", "inactive"})
_LISTED = frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP})


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch an asset or a row of a report. Place of an asset is its ordinal; of software, that in its list."""
    file, place, total = File(), 0, 0
    for piece in _FORM.pieces(stream, file):
        if isinstance(piece, Reject):
            yield Batch(rejects=[piece])
            continue
        items, more = _items(piece.row)
        total = max(total, more)
        for number, row in enumerate(items, start=1):
            place = piece.place if row is piece.row else place + 1
            yield _taken(Piece(place, row, piece.cut and number == len(items)), file)
    if total > max(place, file.place):
        yield Batch(rejects=[Reject(place, b"", MORE)])
    yield from file.conclude(never="a report shows what it was made to show")


def _items(row: Any) -> tuple[list[Any], int]:
    """The assets in a row: those of a site, or itself; and how many the site has."""
    below = section(row, "assetResources") or row
    items = rows_of(below, "items")
    if not items or first(row, "assetBasicInfo/name"):
        return [row], 0
    number = first(below, "total") or ""
    return items, int(number) if number.isdecimal() and len(number) < 12 else 0


def _taken(piece: Piece, file: File) -> Batch:
    row, place = piece.row, piece.place
    if not isinstance(row, dict) or not first(row, *_MACHINE["name"], *_MACHINE["serial"], *_MACHINE["mac"]):
        return refused(piece, "an asset without a name, a serial number or an address")
    number = first(row, *_MACHINE["id"])
    if "softwareName" in row:
        known = number or "\t".join(filter(None, (first(row, "AssetName"), first(row, "Domain"))))
        batch = file.software(known, lambda: _reported(row, place), looked_at=moment(row, "Lasttime"))
        see(batch, row, place, _SOFTWARE, trace=_trace(row))
        return batch
    batch = file.described(number, _asset(row, place))
    if isinstance(row.get("softwares"), list):
        _listed(batch, row, cut=piece.cut)
    return batch


def _reported(row: dict[str, Any], place: int) -> Record:
    record = _asset(row, place)
    record.lists = Lists.SOME_SOFTWARE
    return record


def _listed(batch: Batch, row: dict[str, Any], *, cut: bool) -> None:
    """The list of software of an asset; an empty one is no list: Lansweeper lists assets that it could not log in to."""
    for place, one in enumerate(row["softwares"], start=1):
        if isinstance(one, dict):
            see(batch, one, place, _SOFTWARE, trace=_trace(row))
        else:
            batch.reject(place, raw_of(one), "software without a name")
    record = batch.record
    if record is None or not batch.sightings:
        return
    whole = not cut and not batch.rejects
    record.lists = Lists.ALL_SOFTWARE if whole else Lists.SOME_SOFTWARE
    record.traces = _LISTED if whole else frozenset()


def _asset(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _MACHINE, tool="lansweeper")
    kind = class_of(first(row, "assetBasicInfo/subType"), first(row, *_MACHINE["platform"]))
    unsaid = record.machine_class is Class.UNKNOWN and record.os_family in {Os.UNKNOWN, Os.OTHER}
    if unsaid or kind in {Class.WORKSTATION, Class.SERVER}:  # a Windows of the type "Network device" is a computer
        record.machine_class = kind
    record.retired = key(first(row, "assetCustom/stateName", "Statename") or "") in _RETIRED
    record.clues += clues_of(("uuid", first(row, "assetCustom/uuid")))
    return record


def _trace(row: dict[str, Any]) -> Trace:
    return TRACES.get(family(*(first(row, *_MACHINE[name]) for name in ("platform", "os"))), Trace.PROGRAM)


LANSWEEPER = Reader(
    name="lansweeper",
    title="Lansweeper assets and software (cloud JSON, reports as CSV or XLSX)",
    lists=Lists.ALL_SOFTWARE,
    traces=_LISTED,
    blind=(
        "an asset without software in its list was seen, but nobody could log in to it: it counts as not looked at",
        "when software was scanned is in no answer, only when the asset was last seen: lists are undated without a dated folder",
        "a report of the classic edition shows the rows that its query asks for: it proves presence, never absence",
        "programs of users who were not logged in at the scan may be missing",
    ),
    how=(
        "In Lansweeper's cloud, with a token, follow the cursor of the pagination to its end, one page a line:\n"
        '  query { site(id: "SITE") { assetResources(assetPagination: {limit: 500, page: FIRST}, fields: [\n'
        '    "key", "assetBasicInfo.name", "assetBasicInfo.fqdn", "assetBasicInfo.domain", "assetBasicInfo.mac",\n'
        '    "assetBasicInfo.ipAddress", "assetBasicInfo.type", "assetBasicInfo.lastSeen", "assetCustom.serialNumber",\n'
        '    "operatingSystem.caption", "softwares.name", "softwares.version", "softwares.publisher"]) { total items } } }\n'
        "In the classic edition: Reports, a report on tblAssets with tblSoftware and tblSoftwareUni, Export options, CSV."
    ),
    unit="asset",
    basis=Basis.SAMPLES,
    claims=_FORM.claims,
    batches=_batches,
)
