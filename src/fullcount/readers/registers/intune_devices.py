"""Microsoft Intune: the list of all devices, as its admin center exports it (CSV).

Its captions are those of the portal, not of the interface. Phones and tablets stand among the computers. Facts: captions that
Microsoft's pages on the list of devices name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.answer import Fields, File, Piece, first, machine, refused
from fullcount.document import clues_of
from fullcount.model import Batch, Lists, Reject
from fullcount.reader import Basis, Reader, Stream
from fullcount.readers.registers.rows import Form
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORM = Form(
    columns={
        "id": ("Device ID",),
        "name": ("Device name",),
        "directory": ("Microsoft Entra Device ID", "Azure AD Device ID"),
        "serial": ("Serial number",),
        "manufacturer": ("Manufacturer",),
        "wifi": ("Wi-Fi MAC",),
        "ethernet": ("EthernetMAC", "Ethernet MAC"),
        "os": ("OS",),
        "os_version": ("OS version",),
        "heard_at": ("Last check-in",),
        "owner": ("Primary user UPN", "Primary user email address"),
        "category": ("Category", "Device category"),
        "state": ("Device state",),
    },
    habits=({"device id", "device name", "last check-in", "os"}, {"device id", "device name", "last check-in", "managed by"}),
)
_MACHINE: Fields = {
    "id": ("id",),
    "name": ("name",),
    "serial": ("serial",),
    "manufacturer": ("manufacturer",),
    "mac": ("wifi", "ethernet"),
    "os": ("os",),
    "os_version": ("os_version",),
    "heard_at": ("heard_at",),
    "owner": ("owner",),
    "ou": ("category",),
}
_LEAVING = ("retire", "wipe", "delete", "unenroll")


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a device. Place is its row."""
    file = File()
    for piece in _FORM.pieces(stream, file):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece, file)


def _taken(piece: Piece, file: File) -> Batch:
    number = first(piece.row, "id")
    if not number:
        return refused(piece, "a device without an id")
    record = machine(piece.row, piece.place, _MACHINE, tool="intune")
    record.clues += clues_of(("ad_object", first(piece.row, "directory")))
    state = first(piece.row, "state") or ""
    if key(state).startswith(_LEAVING):
        record.note = f"it is leaving Intune ({state})"
    return file.described(number, record)


INTUNE_DEVICES = Reader(
    name="intune-devices",
    title="Microsoft Intune list of all devices (CSV)",
    lists=Lists.MACHINES,
    blind=(
        "the list says that a device is managed, nothing of its software: detected apps are in another export",
        "captions are known in English: an export in another language is to be mapped in fullcount.toml",
        "a device that was enrolled twice is listed twice, with the same serial number",
    ),
    how="In the Intune admin center: Devices, All devices, Export, all inventory data; unpack the archive that it gives.",
    unit="row",
    basis=Basis.DOCUMENTATION,
    claims=_FORM.claims,
    batches=_batches,
)
