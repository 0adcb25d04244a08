"""Hexnode: enrolled devices, most of them phones. Their applications are in another call, one a device, and are not read.

Facts: an answer of a tenant to `/devices`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, first, machine, pieces, refused, told
from fullcount.model import Batch, Lists, Record, Reject
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATHS = ("", "results")
_MACHINE: Fields = {
    "serial": ("serial_number",),
    "uuid": ("udid",),
    "mac": ("wifi_mac", "wifi_mac_address", "mac_address", "ethernet_mac_address"),
    "name": ("device_name",),
    "platform": ("os_name", "platform"),
    "os": ("os_name",),
    "os_version": ("os_version",),
    "heard_at": ("last_reported",),
    "asset_tag": ("asset_tag",),
    "owner": ("user/name",),
}


def _claims(peek: Peek) -> bool:
    return told(peek, _PATHS, frozenset({"enrollment_status", "device_name", "os_name"}))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a device. Place is the ordinal of the device in the file."""
    file = File()
    for piece in pieces(stream, file, _PATHS, more=("next",)):
        if isinstance(piece, Reject):
            yield Batch(rejects=[piece])
        elif first(piece.row, "device_name", "serial_number", "udid"):
            yield Batch(record=_device(piece.row, piece.place), key=first(piece.row, "id"))
        else:
            yield refused(piece, "a device without a name or number")
    yield from file.conclude()


def _device(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _MACHINE, tool="hexnode")
    status = first(row, "enrollment_status")
    record.note = f"not enrolled: {status}" if status and status.lower() != "enrolled" else None
    return record


HEXNODE = Reader(
    name="hexnode",
    title="Hexnode devices (JSON)",
    lists=Lists.MACHINES,
    blind=(
        "no software is listed: a device's applications are in another call",
        "phones and tablets are no systems: they are counted apart",
    ),
    how=(
        "With an API key (Admin, API), follow `next` to its end, one file a page or all pages in one file:\n"
        '  curl -H "Authorization: $KEY" "https://PORTAL.hexnodemdm.com/api/v1/devices/?per_page=100"'
    ),
    unit="device",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
