"""Device42: devices, and details of their software, as its interface answers them.

Facts: pages of the public demonstration (`/api/1.0/devices/all`); fields of `software_details` as its manual names them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import TRACES, Fields, File, Piece, family, first, lone, machine, refused, see
from fullcount.document import clues_of, names_of
from fullcount.model import Batch, Class, Lists, Reject, Trace
from fullcount.reader import Basis, Reader, Stream
from fullcount.readers.registers.rows import Form, class_of
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.model import Record

_FORM = Form(
    paths=("Devices", "devices", "software_details", ""),
    marks=(
        frozenset({"device_id", "is_it_switch"}),
        frozenset({"device_id", "is_it_virtual_host"}),
        frozenset({"device_id", "serial_no", "mac_addresses"}),
        frozenset({"device_id", "software", "version"}),
        frozenset({"device_id", "software_name"}),
    ),
    total=("total_count",),
)
_MACHINE: Fields = {
    "id": ("device_id", "id"),
    "serial": ("serial_no",),
    "manufacturer": ("manufacturer",),
    "uuid": ("uuid",),
    "cloud_id": ("cloud_instance_info/instance_id",),
    "mac": ("mac_addresses/mac",),
    "ip": ("ip_addresses/ip",),
    "name": ("name",),
    "os": ("os",),
    "os_version": ("osverno", "osver"),
    "asset_tag": ("asset_no",),
    "ou": ("customer",),
    "site": ("building", "room"),
}
_SOFTWARE: Fields = {
    "name": ("software", "software_name", "software/name", "alias_name"),
    "version": ("version",),
    "publisher": ("vendor", "vendor/name", "software_vendor"),
    "installed_on": ("install_date",),
    "path": ("install_path",),
}


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file."""
    file = File()
    for piece in _FORM.pieces(stream, file):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece, file)
    yield from file.conclude()


def _taken(piece: Piece, file: File) -> Batch:
    row, place = piece.row, piece.place
    number = first(row, "device_id")
    if isinstance(row, dict) and ("software" in row or "software_name" in row) and "serial_no" not in row:
        if not number:
            return refused(piece, "software on no device that it names")
        batch = file.software(number, lambda: _owner(row, str(number), place))
        see(batch, row, place, _SOFTWARE, trace=TRACES.get(family(first(row, "os")), Trace.PROGRAM))
        return batch
    number = number or first(row, "id")
    if not isinstance(row, dict) or not number or not first(row, "name", "serial_no"):
        return refused(piece, "neither a device nor software of one")
    return file.described(number, _device(row, place))


def _owner(row: dict[str, Any], number: str, place: int) -> Record:
    record = lone(number, place, tool="device42")
    record.clues += clues_of(*names_of(first(row, "device", "device_name", "device/name")))
    return record


def _device(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _MACHINE, tool="device42")
    record.machine_class = _class(row, record.machine_class)
    record.retired = row.get("in_service") is False or key(first(row, "in_service") or "") == "no"
    return record


def _class(row: dict[str, Any], guess: Class) -> Class:
    """What a device is: yes and no are texts, and a switch may be of any type."""
    if _yes(row, "is_it_switch"):
        return Class.NETWORK
    if _yes(row, "is_it_blade_host") or key(first(row, "type") or "") in {"cluster", "container cluster"}:
        return Class.OTHER
    if guess is not Class.UNKNOWN:
        return guess
    if _yes(row, "is_it_virtual_host"):
        return Class.SERVER
    return class_of(first(row, "device_sub_type", "physical_subtype", "virtual_subtype"), first(row, "category"))


def _yes(row: dict[str, Any], name: str) -> bool:
    return row.get(name) is True or key(first(row, name) or "") == "yes"


DEVICE42 = Reader(
    name="device42",
    title="Device42 devices and software details (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP}),
    blind=(
        "a device says that a machine exists: its software is in another call, and only where discovery could log in",
        "when a device was last inventoried is not said: last_updated may be any change by a person",
        "pages hold 25 or 500 devices: what is on pages that nobody fetched is not there",
    ),
    how=(
        "With an account that may read the interface, follow offset to total_count, all pages of a call in one file:\n"
        '  curl -u "$USER" "https://DEVICE42/api/1.0/devices/all/?limit=500&offset=0&blankasnull=yes"\n'
        '  curl -u "$USER" "https://DEVICE42/api/1.0/software_details/?limit=500&offset=0"'
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_FORM.claims,
    batches=_batches,
)
