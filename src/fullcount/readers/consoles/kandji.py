"""Kandji (Iru): devices, and the applications of each device, which name it by its id alone.

Facts: answers of a tenant to `/devices` and `/devices/ID/apps`; the rows of Prism as its API is known to name them;
not checked against its manual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, Piece, first, machine, moment, pieces, refused, see, told
from fullcount.document import rows_of
from fullcount.model import Batch, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATHS = ("", "results", "data")
_APPS = frozenset({Trace.APP})
_MACHINE: Fields = {
    "id": ("device_id", "general/device_id"),
    "serial": ("serial_number", "hardware_overview/serial_number"),
    "uuid": ("hardware_overview/udid",),
    "mac": ("network/mac_address",),
    "ip": ("network/ip_address",),
    "name": ("device_name", "general/device_name", "device__name", "network/local_hostname"),
    "platform": ("platform", "general/platform", "device__family", "model", "general/model"),
    "os": ("platform", "general/platform", "device__family"),
    "os_version": ("os_version", "general/os_version"),
    "heard_at": ("last_check_in", "mdm/last_check_in", "kandji_agent/last_check_in"),
    "asset_tag": ("asset_tag", "general/asset_tag"),
    "ou": ("blueprint_name", "general/blueprint_name"),
    "owner": ("user/email", "general/assigned_user/email", "device__user_email"),
}
_SOFTWARE: Fields = {
    "name": ("app_name", "name"),
    "version": ("version",),
    "bundle_id": ("bundle_id",),
    "path": ("path",),
}


def _claims(peek: Peek) -> bool:
    marks = ({"device_id", "device_name", "blueprint_id"}, {"device_id", "device_name", "last_check_in"}, {"device_id", "apps"})
    prism = frozenset({"device_id", "bundle_id", "device__name"})
    details = told(peek, ("general",), frozenset({"device_id", "device_name"}))
    return details or told(peek, _PATHS, *map(frozenset, marks), prism)


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file; of an application of a device, that in its list."""
    file = File()
    for piece in pieces(stream, file, _PATHS, total=("total",), more=("next",)):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece, file)
    yield from file.conclude()


def _taken(piece: Piece, file: File) -> Batch:
    row, place = piece.row, piece.place
    number = first(row, *_MACHINE["id"])
    if not number:
        return refused(piece, "a row without a device's id")
    if "bundle_id" in row:
        batch = file.software(number, lambda: _named(row, place), looked_at=moment(row, "modification_date"))
        see(batch, row, place, _SOFTWARE, trace=Trace.APP)
        return batch
    record = _named(row, place)
    batch = Batch(record=record, key=number)
    if isinstance(row.get("apps"), list):
        _list(batch, record, rows_of(row, "apps"), whole=not piece.cut)
    return batch


def _named(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _MACHINE, tool="kandji")
    if not first(row, *_MACHINE["name"]):
        record.note = "its names are in another call"
    elif row.get("is_removed") is True:
        record.note = "removed from Kandji"
    elif row.get("is_missing") is True:
        record.note = "missing: it has not checked in for long"
    return record


def _list(batch: Batch, record: Record, rows: list[Any], *, whole: bool) -> None:
    for turn, row in enumerate(rows, start=1):
        see(batch, row, turn, _SOFTWARE, trace=Trace.APP)
    record.looked_at = moment({"apps": rows}, "apps/modification_date")  # each inventory writes the rows again
    record.lists = Lists.ALL_SOFTWARE if whole and (batch.sightings or not rows) else Lists.SOME_SOFTWARE
    record.traces = _APPS if record.lists is Lists.ALL_SOFTWARE else frozenset()
    extra = "the file breaks off in this device" if not whole else "" if rows else "the list of applications is empty"
    record.note = "; ".join(filter(None, (record.note, extra))) or None


KANDJI = Reader(
    name="kandji",
    title="Kandji devices and applications (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=_APPS,
    blind=(
        "publishers are not listed: products are found by bundle id, name or path",
        "packages of other managers (Homebrew, pip) are not listed",
        "the applications of a device name it by its id alone: its names are in the call of devices",
    ),
    how=(
        "With an API token, the devices (offset=0, 300, 600 ... until a page is empty), then applications of each by its id:\n"
        '  curl -H "Authorization: Bearer $TOKEN" "https://TENANT.api.kandji.io/api/v1/devices?limit=300&offset=0"\n'
        '  curl -H "Authorization: Bearer $TOKEN" "https://TENANT.api.kandji.io/api/v1/devices/ID/apps"\n'
        "One file each, or all of them in one file, one a line."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
