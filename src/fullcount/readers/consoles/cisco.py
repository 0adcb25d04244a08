"""Cisco Secure Endpoint (AMP): computers with its connector. It lists no software.

Facts: an answer to `/v1/computers`, with the demonstration machines that the console can show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, first, machine, pieces, refused, told
from fullcount.model import Batch, Lists, Record, Reject
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATHS = ("", "data")
_MACHINE: Fields = {
    "id": ("connector_guid",),
    "serial": ("serial_number", "windows_serial_number", "hardware_id/serial_number"),
    "mac": ("network_addresses/mac",),
    "ip": ("internal_ips", "network_addresses/ip"),
    "name": ("hostname",),
    "os": ("operating_system",),
    "os_version": ("os_version",),
    "heard_at": ("last_seen",),
}


def _claims(peek: Peek) -> bool:
    return told(peek, _PATHS, frozenset({"connector_guid", "hostname"}))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a computer. Place is the ordinal of the computer in the file."""
    file = File()
    for piece in pieces(stream, file, _PATHS, more=("metadata/links/next",)):
        if isinstance(piece, Reject):
            yield Batch(rejects=[piece])
        elif number := first(piece.row, "connector_guid"):
            yield file.described(number, _computer(piece.row, piece.place))
        else:
            yield refused(piece, "a row without a connector's id")
    yield from file.conclude()


def _computer(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _MACHINE, tool="cisco-endpoint")
    record.note = "a demonstration machine of the console" if row.get("demo") is True else None
    return record


CISCO_ENDPOINT = Reader(
    name="cisco-endpoint",
    title="Cisco Secure Endpoint computers (JSON)",
    lists=Lists.MACHINES,
    blind=(
        "no software is listed: a computer has the connector, and no more is said of it",
        "demonstration machines are listed among the others: their note says so",
    ),
    how=(
        "With an API client that may read computers, follow metadata.links.next to its end, one file a page or all in one:\n"
        '  curl -u "$CLIENT:$KEY" "https://api.amp.cisco.com/v1/computers?limit=500&offset=0"'
    ),
    unit="computer",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
