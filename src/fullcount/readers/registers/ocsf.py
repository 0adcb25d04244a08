"""OCSF: events of the Open Cybersecurity Schema Framework that are inventories, one event a line or a list of them.

Class 5020 tells of software on a device, class 5001 of a device alone. Facts: the schema's published classes and objects.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.answer import TRACES, Fields, File, Piece, family, first, machine, moment, refused, see, told
from fullcount.document import rows_of, section
from fullcount.model import Batch, Class, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.registers.rows import Form, class_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORM = Form(paths=("events", "data", "records", ""), marks=(frozenset({"class_uid", "device"}),))
_CLASS = re.compile(r'"class_uid"\s*+:\s*+"?(?:5020|5001)\b')
_MACHINE: Fields = {
    "id": ("uid", "uid_alt"),
    "serial": ("hw_info/serial_number",),
    "manufacturer": ("hw_info/vendor_name", "vendor_name"),
    "uuid": ("hw_info/uuid",),
    "cloud_id": ("instance_uid",),
    "mac": ("mac", "network_interfaces/mac"),
    "ip": ("ip", "network_interfaces/ip"),
    "name": ("hostname", "name"),
    "domain": ("domain",),
    "os": ("os/name",),
    "os_version": ("os/version",),
    "platform": ("os/type",),
    "ou": ("org/name",),
    "site": ("location/desc", "location/city"),
    "owner": ("owner/name", "owner/email_addr"),
}
_SOFTWARE: Fields = {
    "name": ("name",),
    "version": ("version",),
    "publisher": ("vendor_name", "author"),
    "cpe": ("cpe_name",),
    "purl": ("purl",),
    "path": ("path",),
}
_KINDS = {
    "1": Class.SERVER,
    "2": Class.WORKSTATION,
    "3": Class.WORKSTATION,
    "5": Class.PHONE,
    "7": Class.OTHER,
    **dict.fromkeys(("9", "10", "11", "12"), Class.NETWORK),
}


def _claims(peek: Peek) -> bool:
    return told(peek, _FORM.paths, *_FORM.marks) and bool(_CLASS.search(peek.text))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch an event. Place is the ordinal of the event in the file."""
    file = File()
    for piece in _FORM.pieces(stream, file):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece, file)
    yield from file.conclude(never="a stream of events does not say when it has told all")


def _taken(piece: Piece, file: File) -> Batch:
    row, place = piece.row, piece.place
    number = first(row, "class_uid")
    if number not in {"5020", "5001"}:
        return refused(piece, f"an event of class {number or 'unknown'}, which is no inventory")
    device = section(row, "device")
    record = _device(device, place)
    if not record.clues:
        return refused(piece, "an inventory of a device without an id, a name or an address")
    own = first(device, "uid") or "\t".join(f"{kind}={value}" for kind, value in record.clues)
    record.heard_at = moment(row, "time_dt", "time")
    if number == "5001":
        return file.described(own, record)
    record.lists = Lists.SOME_SOFTWARE
    batch = file.software(own, lambda: record, looked_at=record.heard_at)
    found = list(_software(row))
    for one, trace in found:
        see(batch, one, place, _SOFTWARE, trace=trace or TRACES.get(record.os_family, Trace.PROGRAM))
    return batch if found else refused(piece, "an inventory of software that names none")


def _device(device: dict[str, Any], place: int) -> Record:
    record = machine(device, place, _MACHINE, tool="ocsf")
    kind = _KINDS.get(first(device, "type_id") or "") or class_of(first(device, "type"))
    if kind is not Class.UNKNOWN:
        record.machine_class = kind
    record.os_family = family(first(device, "os/type"), first(device, "os/name"))
    return record


def _software(row: dict[str, Any]) -> Iterator[tuple[Any, Trace | None]]:
    """What an event names: a product (of which packages below may be the parts), packages, or a bill of materials."""
    bill = section(row, "sbom")
    for product in (section(row, "product"), section(bill, "product")):
        if product:
            yield product, None
    for package in (section(row, "package"), section(bill, "package")):
        if package:
            yield package, Trace.PACKAGE
    for one in (*rows_of(bill, "software_components"), *rows_of(row, "packages")):
        yield one, Trace.PACKAGE


OCSF = Reader(
    name="ocsf",
    title="OCSF events of software and device inventory (JSON lines)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP}),
    blind=(
        "events do not say when the inventory of a machine is complete: they prove presence, never absence",
        "removals are not told: what an older event named may be gone",
        "events of other classes than 5020 and 5001 are listed as rejects",
    ),
    how=(
        "From the data lake, select the events of the classes 5020 (software inventory) and 5001 (device inventory) of the last "
        "complete collection and save them as JSON, one event a line."
    ),
    unit="event",
    basis=Basis.DOCUMENTATION,
    claims=_claims,
    batches=_batches,
)
