"""Automox: devices, and the packages that it knows of each.

A package with `installed: false` is an update that waits: its product is not thereby installed. Facts: answers of a
tenant to `/servers`; the fields of packages as its API is known to name them; not checked against its manual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import (
    TRACES,
    WHOLE,
    Fields,
    File,
    Piece,
    family,
    first,
    lone,
    machine,
    pieces,
    refused,
    see,
    told,
)
from fullcount.model import Batch, Lists, Os, Record, Reject, State, Trace
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATHS = ("", "data", "results")
_DEVICE = frozenset({"agent_version", "os_family", "server_group_id"})
_PACKAGE = frozenset({"server_id", "installed", "version"})
_MACHINE: Fields = {
    "id": ("id",),
    "serial": ("serial_number", "detail/SERIAL", "detail/SERVICETAG"),
    "manufacturer": ("detail/VENDOR",),
    "cloud_id": ("instance_id",),
    "mac": ("detail/NICS/MAC",),
    "ip": ("ip_addrs_private", "detail/IPS"),
    "name": ("name",),
    "platform": ("os_family",),
    "os": ("os_name",),
    "os_version": ("os_version",),
    "heard_at": ("last_refresh_time", "last_disconnect_time"),
    "ou": ("organizational_unit", "detail/DISTINGUISHED_NAME"),
    "owner": ("last_logged_in_user",),
}
_SOFTWARE: Fields = {"name": ("display_name", "name"), "version": ("version",)}
_MANAGERS = ("apt", "yum", "dnf", "zypper", "rpm", "deb")


def _claims(peek: Peek) -> bool:
    return told(peek, _PATHS, _DEVICE, _PACKAGE | {"package_id"}, _PACKAGE | {"repo"})


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file."""
    file = File()
    for piece in pieces(stream, file, _PATHS, total=("size", "total")):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece, file)
    yield from file.conclude()


def _taken(piece: Piece, file: File) -> Batch:
    row, place = piece.row, piece.place
    if (owner := first(row, "server_id")) and isinstance(row, dict) and "installed" in row:
        batch = file.software(owner, lambda: lone(owner, place, tool="automox"))
        waiting = row["installed"] is not True and row["installed"] != 1
        see(batch, row, place, _SOFTWARE, trace=_trace(row), state=State.MENTION if waiting else State.INSTALLED)
        return batch
    number = first(row, "id")
    if not number or not first(row, "agent_version", "os_family", "name"):
        return refused(piece, "neither a device nor a package of a device")
    return file.described(number, _device(row, place))


def _device(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _MACHINE, tool="automox")
    system = first(row, "os_family")
    if record.os and system and record.os_family is Os.WINDOWS and not record.os.startswith(system):
        record.os = f"{system} {record.os}"  # its name alone is "10 Pro"
    record.retired = row.get("deleted") is True
    return record


def _trace(row: dict[str, Any]) -> Trace:
    if (first(row, "repo") or "").lower() in _MANAGERS:
        return Trace.PACKAGE
    return TRACES.get(family(first(row, "os_family"), first(row, "os_name")), Trace.PROGRAM)


AUTOMOX = Reader(
    name="automox",
    title="Automox devices and packages (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=WHOLE,
    blind=(
        "packages that are not installed are updates that wait: they are mentions, not installs",
        "publishers are not listed: products are found by name",
        "the call of packages does not say how many there are, so that a list is taken for a part of one",
        "software that Automox neither patches nor finds in the system's own lists is not named",
    ),
    how=(
        "With an API key of the organisation, follow page=0, 1, 2 ... until a page is empty, all pages in one file:\n"
        '  curl -H "Authorization: Bearer $KEY" "https://console.automox.com/api/servers?o=ORG&limit=500&page=0"\n'
        '  curl -H "Authorization: Bearer $KEY" "https://console.automox.com/api/orgs/ORG/packages?includeUnmanaged=1&limit=500&page=0"'
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
