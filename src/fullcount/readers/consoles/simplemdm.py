"""SimpleMDM: devices, and the pages of installed applications of one device, which do not say whose they are.

Facts: answers of a tenant to `/devices` and `/devices/ID/installed_apps`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fullcount.answer import Fields, File, Piece, first, machine, moment, pieces, refused, see, told
from fullcount.document import MORE
from fullcount.model import Batch, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_PATHS = ("", "data")
_APPS = frozenset({Trace.APP})
_LIST = "list"  # the key of the one machine whose applications a file lists
_MACHINE: Fields = {
    "id": ("id",),
    "serial": ("attributes/serial_number",),
    "uuid": ("attributes/unique_identifier",),
    "mac": ("attributes/wifi_mac", "attributes/ethernet_macs"),
    "name": ("attributes/device_name", "attributes/name"),
    "platform": ("attributes/model_name", "attributes/product_name"),
    "os_version": ("attributes/os_version",),
    "heard_at": ("attributes/last_seen_at",),
}
_SOFTWARE: Fields = {
    "name": ("attributes/name",),
    "version": ("attributes/version", "attributes/short_version"),
    "bundle_id": ("attributes/identifier",),
}


@dataclass(slots=True)
class _Apps:
    """What a file has said of the one device whose applications it lists."""

    rows: int = 0
    looked_at: datetime | None = None


def _claims(peek: Peek) -> bool:
    if not told(peek, _PATHS, frozenset({"type", "id", "attributes"})):
        return False
    below = tuple(f"{path}/attributes".lstrip("/") for path in _PATHS)
    app, device = {"identifier", "managed", "discovered_at"}, {"unique_identifier", "serial_number", "device_name"}
    return told(peek, below, frozenset(app), frozenset(device))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file."""
    file, apps = File(), _Apps()
    for piece in pieces(stream, file, _PATHS, more=("has_more",)):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece, file, apps)
    if apps.rows:
        yield Batch(key=_LIST, record=_listed(stream, file, apps))
    if file.more:
        yield Batch(rejects=[Reject(file.place, b"", MORE)])


def _taken(piece: Piece, file: File, apps: _Apps) -> Batch:
    row, kind = piece.row, first(piece.row, "type")
    if kind == "device":
        record = machine(row, piece.place, _MACHINE, tool="simplemdm")
        status = first(row, "attributes/status")
        record.note = f"not enrolled: {status}" if status and status != "enrolled" else None
        return file.described(first(row, "id"), record)
    if kind != "installed_app":
        return refused(piece, "neither a device nor an installed application")
    batch = Batch(key=_LIST)
    if not apps.rows:
        batch.record = Record(place=piece.place, lists=Lists.SOME_SOFTWARE, traces=frozenset())
    apps.rows += 1
    seen = moment(row, "attributes/last_seen_at")
    apps.looked_at = max(filter(None, (apps.looked_at, seen)), default=None)
    see(batch, row, piece.place, _SOFTWARE, trace=Trace.APP)
    return batch


def _listed(stream: Stream, file: File, apps: _Apps) -> Record:
    """What all rows say of the device together."""
    missing = "the file is damaged" if file.broken else "its pages do not say that they are all" if file.more is not False else ""
    record = Record(
        place=1, lists=Lists.SOME_SOFTWARE if missing else Lists.ALL_SOFTWARE, traces=frozenset() if missing else _APPS
    )
    record.looked_at = apps.looked_at
    record.note = f"not all its software may be here: {missing}" if missing else None
    record.clues = [("hostname", stream.host)] if stream.host else []
    return record


SIMPLEMDM = Reader(
    name="simplemdm",
    title="SimpleMDM devices and installed applications (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=_APPS,
    blind=(
        "a page of applications does not say which device it is about: name the file after the device",
        "pages before the first one in a file are not missed: keep all pages of a device in one file",
        "publishers are not listed: products are found by bundle id or name",
    ),
    how=(
        "With an API key, follow has_more to its end with &starting_after= the last id, all pages of a device in one file:\n"
        '  curl -u "$KEY:" "https://a.simplemdm.com/api/v1/devices?limit=100"\n'
        '  curl -u "$KEY:" "https://a.simplemdm.com/api/v1/devices/ID/installed_apps?limit=100" > NAME.json\n'
        "NAME is the device's name; or name it in the settings or with --host."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
    needs_host=True,
)
