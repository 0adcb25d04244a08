"""Addigy: devices, whose facts have the names that people read; applications, from documentation.

The newer interface wraps each fact (`facts`, `value`); both are read. Facts: an answer of a tenant to `/devices`, and
the newer interface as it is known; not checked against its manual.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, Piece, first, machine, pieces, refused, see, told
from fullcount.document import rows_of
from fullcount.model import Batch, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATHS = ("", "items", "data")


def _fact(*names: str) -> tuple[str, ...]:
    """A fact by the names that it has, as the older interface writes it and as the newer one does."""
    newer = (name.lower().replace(" ", "_") for name in names)
    return (*names, *(f"facts/{name}/value" for name in newer))


_MACHINE: Fields = {
    "id": ("agentid", "agent_id"),
    "serial": _fact("Serial Number"),
    "uuid": _fact("Mac UUID", "UDID"),
    "mac": _fact("Wifi MAC Address", "Ethernet MAC Address", "Ethernet MA CS"),
    "ip": _fact("Local IP"),
    "name": _fact("Host Name", "Device Name", "LocalHost Name"),
    "os": _fact("System Version"),
    "os_version": _fact("OS Version"),
    "platform": _fact("OS Platform", "Device Model Name", "Hardware Model", "Product Name"),
    "heard_at": _fact("Last Online"),
    "owner": _fact("Current User"),
}
_SOFTWARE: Fields = {
    "name": ("name", "app_name"),
    "version": ("version",),
    "bundle_id": ("identifier", "bundle_id", "bundle_identifier"),
    "path": ("path",),
}
_ESCAPE = re.compile(r"\\u((?!d[89a-f])[0-9a-f]{4})", re.IGNORECASE)
_LISTS = ("installed_applications", "applications")


def _claims(peek: Peek) -> bool:
    marks = ({"agentid", "Serial Number"}, {"agentid", "facts"}, *({"agentid", name} for name in _LISTS))
    return told(peek, _PATHS, *map(frozenset, marks))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a device. Place is its ordinal; of software, that in its list."""
    file = File()
    for piece in pieces(stream, file, _PATHS):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece)


def _taken(piece: Piece) -> Batch:
    number = first(piece.row, *_MACHINE["id"])
    if not number:
        return refused(piece, "a device without an agent's id")
    record = machine(piece.row, piece.place, _MACHINE, tool="addigy")
    record.clues = [(kind, _ESCAPE.sub(_sign, value)) for kind, value in record.clues]
    batch = Batch(record=record, key=number)
    if found := next((name for name in _LISTS if isinstance(piece.row.get(name), list)), None):
        _list(batch, record, rows_of(piece.row, found), whole=not piece.cut)
    return batch


def _sign(match: re.Match[str]) -> str:
    """A sign that the interface has escaped twice, as in `Ann\\u2019s Mac`."""
    return chr(int(match[1], 16))


def _list(batch: Batch, record: Record, rows: list[Any], *, whole: bool) -> None:
    for turn, row in enumerate(rows, start=1):
        see(batch, row, turn, _SOFTWARE, trace=Trace.APP)
    record.lists = Lists.ALL_SOFTWARE if whole and (batch.sightings or not rows) else Lists.SOME_SOFTWARE
    record.traces = frozenset({Trace.APP}) if record.lists is Lists.ALL_SOFTWARE else frozenset()
    if not whole:
        record.note = "the file breaks off in this device"
    elif not rows:
        record.note = "the list of applications is empty"


ADDIGY = Reader(
    name="addigy",
    title="Addigy devices and applications (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.APP}),
    blind=(
        "the call of devices lists no software: applications are in another one",
        "publishers are not listed: products are found by bundle id, name or path",
        "applications have no date of their own: give the date of the export",
    ),
    how=(
        "With a client id and secret (Account, Integrations):\n"
        '  curl "https://prod.addigy.com/api/devices?client_id=ID&client_secret=SECRET"\n'
        '  curl "https://prod.addigy.com/api/applications?client_id=ID&client_secret=SECRET"'
    ),
    unit="device",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
