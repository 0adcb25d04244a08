"""NinjaOne: devices, and the software and antivirus products of all of them or of one.

The software of one device (`/device/ID/software`) does not name it. Facts: the fields of its interface as they are
known; not checked against its manual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, Piece, first, lone, machine, moment, pieces, refused, see, told
from fullcount.model import Batch, Class, Lists, Os, Record, Reject, State, Trace
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATHS = ("", "results")
_TRACES = frozenset({Trace.PROGRAM, Trace.APP})
_MACHINE: Fields = {
    "id": ("id",),
    "serial": ("system/biosSerialNumber", "system/serialNumber"),
    "manufacturer": ("system/manufacturer",),
    "mac": ("macAddresses",),
    "ip": ("ipAddresses",),
    "name": ("dnsName", "systemName", "netbiosName"),
    "domain": ("system/domain",),
    "os": ("os/name",),
    "heard_at": ("lastContact",),
    "ou": ("references/organization/name",),
    "site": ("references/location/name",),
    "owner": ("lastLoggedInUser",),
}
_SOFTWARE: Fields = {
    "name": ("name",),
    "version": ("version",),
    "publisher": ("publisher",),
    "product_code": ("productCode",),
    "path": ("location",),
    "installed_on": ("installDate",),
}
_ANTIVIRUS: Fields = {"name": ("productName",), "version": ("version",)}
# What a `nodeClass` ends with or begins with; all others are no computers
_CLASSES = (
    ("SERVER", Class.SERVER),
    ("WORKSTATION", Class.WORKSTATION),
    ("VM_HOST", Class.SERVER),
    ("VM_GUEST", Class.UNKNOWN),
    ("MAC", Class.WORKSTATION),
)
_FAMILIES = (("WINDOWS", Os.WINDOWS), ("MAC", Os.MACOS), ("LINUX", Os.LINUX), ("APPLE", Os.IOS), ("ANDROID", Os.ANDROID))
_LIST = "list"  # the key of the one device whose software a file lists


def _claims(peek: Peek) -> bool:
    marks = (
        {"nodeClass", "organizationId"},
        {"deviceId", "name", "version", "publisher"},
        {"deviceId", "productName", "productState"},
        {"name", "version", "publisher", "installDate", "location"},
    )
    return told(peek, _PATHS, *map(frozenset, marks))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file."""
    file, named = File(), False
    for piece in pieces(stream, file, _PATHS):
        if isinstance(piece, Reject):
            yield Batch(rejects=[piece])
            continue
        named = named or first(piece.row, "deviceId") is not None
        yield _taken(piece, file, stream.host)
    if not named:
        file.total = file.rows  # the call about one device has no pages
    yield from file.conclude(traces=_TRACES)


def _taken(piece: Piece, file: File, host: str | None) -> Batch:
    row, place = piece.row, piece.place
    if first(row, "nodeClass"):
        return file.described(first(row, "id"), _device(row, place))
    number = first(row, "deviceId")
    if number and first(row, "productName"):
        batch = Batch(record=lone(number, place, tool="ninja"), key=number)
        running = (first(row, "productState") or "").upper() == "ON"
        see(batch, row, place, _ANTIVIRUS, trace=Trace.ANTIVIRUS, state=State.RUNNING if running else State.RESIDUE)
        return batch
    if not first(row, "name"):
        return refused(piece, "neither a device nor software of one")
    batch = file.software(number or _LIST, lambda: _whose(number, place, host), looked_at=moment(row, "timestamp"))
    see(batch, row, place, _SOFTWARE, trace=Trace.APP if (first(row, "location") or "").endswith(".app") else Trace.PROGRAM)
    return batch


def _whose(number: str | None, place: int, host: str | None) -> Record:
    if number:
        return lone(number, place, tool="ninja")
    return Record(place=place, clues=[("hostname", host)] if host else [], lists=Lists.SOME_SOFTWARE, traces=frozenset())


def _device(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _MACHINE, tool="ninja")
    kind = (first(row, "nodeClass") or "").upper()
    record.os_family = next((one for name, one in _FAMILIES if kind.startswith(name)), record.os_family)
    if record.os_family in {Os.IOS, Os.ANDROID}:
        record.machine_class = Class.PHONE
    elif kind.startswith("NMS"):
        record.machine_class = Class.PRINTER if "PRINTER" in kind else Class.NETWORK
    else:
        record.machine_class = next((one for name, one in _CLASSES if kind.endswith(name)), Class.OTHER)
    return record


NINJA = Reader(
    name="ninja",
    title="NinjaOne devices, software and antivirus (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=_TRACES,
    blind=(
        "the query of all devices' software does not say how many rows there are: a list is taken for a part of one",
        "the software of one device is whole, and does not name the device: name the file after it",
        "software of one user is listed only where the agent finds it in the system's own lists",
    ),
    how=(
        "With a client app that may monitor (Administration, Apps), devices, then software by cursor or by device:\n"
        '  curl -H "Authorization: Bearer $TOKEN" "https://app.ninjarmm.com/v2/devices-detailed?pageSize=1000"\n'
        '  curl -H "Authorization: Bearer $TOKEN" "https://app.ninjarmm.com/v2/queries/software?pageSize=10000"\n'
        '  curl -H "Authorization: Bearer $TOKEN" "https://app.ninjarmm.com/v2/device/ID/software" > NAME.json'
    ),
    unit="row",
    basis=Basis.DOCUMENTATION,
    claims=_claims,
    batches=_batches,
    needs_host=True,
)
