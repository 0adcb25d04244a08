"""JumpCloud: systems, devices of Apple MDM, and what System Insights lists of each system.

The tables of System Insights are osquery's, with the system's id and the time at which each row was collected. Facts:
an answer of a tenant about Apple devices; systems and System Insights as its API is known to name them; not checked
against its manual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, Piece, first, lone, machine, moment, pieces, refused, see, told
from fullcount.model import Batch, Lists, Reject, State, Trace
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATHS = ("", "results")
_TRACES = frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP, Trace.EXTENSION})
_APPLE: Fields = {
    "serial": ("serialNumber",),
    "uuid": ("udid",),
    "mac": ("deviceInformation/wifiMac", "deviceInformation/ethernetMac"),
    "name": ("deviceInformation/deviceName",),
    "platform": ("deviceInformation/modelName", "deviceInformation/productName"),
    "os_version": ("osVersion",),
}
_SYSTEM: Fields = {
    "id": ("_id", "id"),
    "serial": ("serialNumber",),
    "manufacturer": ("hwVendor",),
    "ip": ("networkInterfaces/address",),
    "name": ("hostname", "displayName"),
    "platform": ("osFamily", "os"),
    "os": ("os",),
    "os_version": ("version", "osVersionDetail/osName"),
    "heard_at": ("lastContact",),
}
_INFO: Fields = {
    "id": ("system_id",),
    "serial": ("hardware_serial",),
    "manufacturer": ("hardware_vendor",),
    "uuid": ("uuid",),
    "name": ("hostname", "computer_name", "local_hostname"),
}
_SOFTWARE: Fields = {
    "name": ("name", "bundle_name"),
    "publisher": ("publisher", "vendor", "mantainer_or_vendor", "maintainer", "author"),
    "version": ("version", "bundle_short_version", "bundle_version"),
    "bundle_id": ("bundle_identifier",),
    "product_code": ("identifying_number",),
    "path": ("path", "install_location"),
    "installed_on": ("install_date", "install_time"),
    "last_used": ("last_opened_time",),
}
# A field that only one table has, of those of System Insights that list software
_TABLES = (
    ("bundle_identifier", Trace.APP),
    ("identifying_number", Trace.PROGRAM),
    ("uninstall_string", Trace.PROGRAM),
    ("install_source", Trace.PROGRAM),
    ("package_format", Trace.PACKAGE),
    ("maintainer", Trace.PACKAGE),
    ("sha1", Trace.PACKAGE),
    ("browser_type", Trace.EXTENSION),
    ("update_url", Trace.EXTENSION),
    ("sdk", Trace.EXTENSION),
    ("source_url", Trace.EXTENSION),
)


def _claims(peek: Peek) -> bool:
    marks = ({"appleMdmId", "serialNumber"}, {"system_id", "collection_time"})
    return told(peek, _PATHS, *map(frozenset, marks), frozenset({"hostname", "serialNumber", "agentVersion", "lastContact"}))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file."""
    file = File()
    for piece in pieces(stream, file, _PATHS):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece, file)
    yield from file.conclude()


def _taken(piece: Piece, file: File) -> Batch:
    row, place = piece.row, piece.place
    if number := first(row, "system_id"):
        return _insight(piece, number, file)
    if first(row, "appleMdmId"):
        return Batch(record=machine(row, place, _APPLE, tool="jumpcloud"), key=f"apple {first(row, 'id') or place}")
    if (number := first(row, "_id", "id")) and first(row, "hostname", "displayName", "serialNumber"):
        return file.described(number, machine(row, place, _SYSTEM, tool="jumpcloud"))
    return refused(piece, "neither a system nor a row of System Insights")


def _insight(piece: Piece, number: str, file: File) -> Batch:
    """A row of System Insights: of its table about the system, or of one that lists software."""
    row: dict[str, Any] = piece.row
    if "hardware_serial" in row:
        return file.described(number, machine(row, piece.place, _INFO, tool="jumpcloud"))
    trace = next((trace for name, trace in _TABLES if name in row), None)
    if trace is None:
        return refused(piece, "a table of System Insights that lists no software")
    batch = file.software(number, lambda: lone(number, piece.place, tool="jumpcloud"), looked_at=moment(row, "collection_time"))
    fields = {**_SOFTWARE, "extension_id": ("identifier",)} if trace is Trace.EXTENSION else _SOFTWARE
    removed = trace is Trace.PACKAGE and "config-files" in (first(row, "status") or "")
    see(batch, row, piece.place, fields, trace=trace, state=State.RESIDUE if removed else State.INSTALLED)
    return batch


JUMPCLOUD = Reader(
    name="jumpcloud",
    title="JumpCloud systems, Apple devices and System Insights (JSON)",
    lists=Lists.SOME_SOFTWARE,
    traces=_TRACES,
    blind=(
        "answers of System Insights do not say how many rows there are: a list is taken for a part of one",
        "each of its tables lists one kind of software: ask for programs, apps and linux_packages",
        "a device of Apple MDM has no id of an agent: it is joined by its serial number",
    ),
    how=(
        "With an API key, follow skip=0, 100, 200 ... until a page is empty, all pages in one file:\n"
        '  curl -H "x-api-key: $KEY" "https://console.jumpcloud.com/api/systems?limit=100&skip=0"\n'
        '  curl -H "x-api-key: $KEY" "https://console.jumpcloud.com/api/v2/systeminsights/programs?limit=1000&skip=0"\n'
        "and so for systeminsights/apps and systeminsights/linux_packages."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
