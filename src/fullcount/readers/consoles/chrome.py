"""Google Admin: Chrome OS devices, devices of Cloud Identity, and Chrome Management's reports of applications.

`countInstalledApps` says how many devices have an application and names none. `findInstalledAppDevices` names them, but
not the application that was asked for. Facts: answers of a tenant; Cloud Identity and the second report from
their interfaces' manuals.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, Piece, first, machine, pieces, refused, told
from fullcount.document import MORE
from fullcount.model import Batch, Class, Lists, Os, Record, Reject
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATHS = ("", "chromeosdevices", "installedApps", "devices")
_KIND = re.compile(r'"kind"\s*+:\s*+"admin#directory#chromeosdevices?"')
_MACHINE: Fields = {
    "id": ("deviceId",),
    "serial": ("serialNumber",),
    "manufacturer": ("manufacturer",),
    "mac": ("macAddress", "ethernetMacAddress", "wifiMacAddresses"),
    "ip": ("lastKnownNetwork/ipAddress",),
    "name": ("hostname", "machine"),
    "platform": ("deviceType",),
    "os_version": ("osVersion",),
    "heard_at": ("lastSync", "lastSyncTime"),
    "asset_tag": ("annotatedAssetId", "assetTag"),
    "ou": ("orgUnitPath",),
    "site": ("annotatedLocation",),
    "owner": ("annotatedUser",),
}
_TYPES = {
    "WINDOWS": (Os.WINDOWS, Class.UNKNOWN),
    "MAC_OS": (Os.MACOS, Class.UNKNOWN),
    "LINUX": (Os.LINUX, Class.UNKNOWN),
    "CHROME_OS": (Os.OTHER, Class.WORKSTATION),
    "ANDROID": (Os.ANDROID, Class.PHONE),
    "IOS": (Os.IOS, Class.PHONE),
}
_RETIRED = ("deprovisioned", "disabled")


def _claims(peek: Peek) -> bool:
    if not peek.json_start:
        return False
    counted = told(peek, ("installedApps",), frozenset({"appId", "appType"}))
    found = told(peek, ("devices",), frozenset({"deviceId", "machine"}), frozenset({"deviceType", "lastSyncTime"}))
    return bool(_KIND.search(peek.text[:4096])) or counted or found


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file."""
    file = File()
    for piece in pieces(stream, file, _PATHS, more=("nextPageToken",)):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece)
    if file.more:
        yield Batch(rejects=[Reject(file.place, b"", MORE)])


def _taken(piece: Piece) -> Batch:
    row = piece.row
    if first(row, "appId"):
        return refused(piece, "a count of devices that have an application names none of them")
    if not first(row, "deviceId", "machine", "serialNumber", "deviceType"):
        return refused(piece, "no device")
    # one device has a row for each of its users in Cloud Identity
    return Batch(record=_device(row, piece.place), key=first(row, "deviceId", "serialNumber"))


def _device(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _MACHINE, tool="chrome")
    if "machine" in row and "serialNumber" not in row:
        record.note = "it has an application that the report was asked for, and that its answer does not name"
        return record
    if kind := first(row, "deviceType"):
        record.os_family, record.machine_class = _TYPES.get(kind, (Os.UNKNOWN, Class.OTHER))
        return record
    record.os, record.os_family = f"ChromeOS {record.os}" if record.os else "ChromeOS", Os.OTHER
    record.machine_class = Class.WORKSTATION
    status = (first(row, "status") or "").lower()
    record.retired = status == "deprovisioned"
    record.note = f"{status} in the console" if status in _RETIRED else None
    return record


CHROME = Reader(
    name="chrome",
    title="Google Admin Chrome OS devices and reports of applications (JSON)",
    lists=Lists.MACHINES,
    blind=(
        "no software is listed of any device: these answers say only that it exists",
        "countInstalledApps says how many devices have an application, and names no device: its rows are rejects",
        "findInstalledAppDevices names devices, but not the application that it was asked for",
    ),
    how=(
        "With a token for the Directory API, follow nextPageToken to its end, one file a page or all pages in one file:\n"
        '  curl -H "Authorization: Bearer $TOKEN" \\\n'
        '    "https://admin.googleapis.com/admin/directory/v1/customer/my_customer/devices/chromeos?maxResults=300"'
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
