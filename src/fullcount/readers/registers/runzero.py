"""runZero: assets and software, as its exports (JSON, JSON lines, CSV) and the logs of its integrations have them.

A spreadsheet writes lists as Python does. A log holds what another tool told runZero, a machine a line, its software or findings
packed as base64. Facts: exports of a demonstration organisation, two logs, and the fields of its software export as documented.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any

from fullcount.answer import TRACES, Fields, File, Piece, family, first, machine, moment, refused, see, texts
from fullcount.clue import ip_key
from fullcount.document import clues_of, names_of
from fullcount.model import Batch, Class, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.registers.rows import Form, class_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORM = Form(
    marks=(
        frozenset({"id", "organization_id", "site_id", "detected_by"}),
        frozenset({"id", "addresses", "names", "macs", "site_id"}),
        frozenset({"software_asset_id", "software_product"}),
        frozenset({"software_product", "software_cpe23"}),
    ),
    columns={
        name: (name,)
        for name in (
            *("id", "names", "addresses", "macs", "domains", "type", "os", "os_version", "hw_vendor", "last_seen", "site_name"),
            *("org_name", "software_asset_id", "software_vendor", "software_product", "software_version", "software_cpe23"),
            *("software_installed_at", "software_installed_from", "software_app_id", "software_updated_at", "owners"),
        )
    },
    habits=({"id", "addresses", "addresses_extra", "names"}, {"software_asset_id", "software_product"}),
)
_MACHINE: Fields = {
    "id": ("id",),
    "mac": ("macs",),
    "ip": ("addresses",),
    "os": ("os",),
    "os_version": ("os_version",),
    "heard_at": ("last_seen",),
    "site": ("site_name",),
    "ou": ("org_name",),
    "owner": ("owners",),
}
_SOFTWARE: Fields = {
    "name": ("software_product",),
    "version": ("software_version",),
    "publisher": ("software_vendor",),
    "cpe": ("software_cpe23",),
    "path": ("software_installed_from",),
    "bundle_id": ("software_app_id",),
    "installed_on": ("software_installed_at",),
}
_TOLD: Fields = {
    "id": ("id",),
    "serial": ("hardware_serialNumber", "serialNumber", "serial"),
    "manufacturer": ("manufacturer",),
    "mac": ("macAddresses",),
    "ip": ("ipAddresses", "ipv4s"),
    "name": ("fqdns", "hostnames", "hostname"),
    "os": ("os", "operatingSystems"),
    "heard_at": ("general_lastContactTime", "lastSeenTS", "lastSeen"),
}
_TOLD_SOFTWARE: Fields = {"name": ("product",), "version": ("version",), "publisher": ("vendor",), "cpe": ("cpe23",)}
_LIST = ("names", "addresses", "macs", "domains", "owners")
_ITEM = re.compile(r"'([^'\\]*+)'|\"([^\"\\]*+)\"")
_LOG = {"config", "status", "stats", "result"}
_PACKED = 64 * 2**20  # characters of one packed list


def _claims(peek: Peek) -> bool:
    line = peek.json_line
    log = (
        isinstance(line, dict) and line.get("type") in _LOG and "ts" in line and bool({"probes", "probe", "source"} & line.keys())
    )
    return log or _FORM.claims(peek)


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file; in a log, that of the line among those of machines."""
    file = File()
    for piece in _FORM.pieces(stream, file):
        if isinstance(piece, Reject):
            yield Batch(rejects=[piece])
        elif not _of_a_log(piece.row):
            yield _taken(piece, file)
        elif piece.row["type"] == "result":
            yield _told(piece)
    yield from file.conclude(never="software is what runZero or a tool beside it recognised")


def _of_a_log(row: Any) -> bool:
    return isinstance(row, dict) and "ts" in row and isinstance(row.get("type"), str) and row["type"] in _LOG


def _taken(piece: Piece, file: File) -> Batch:
    row, place = piece.row, piece.place
    if not isinstance(row, dict):
        return refused(piece, "neither an asset nor software")
    row = {**row, **{name: _items(row[name]) for name in _LIST if isinstance(row.get(name), str)}}
    if "software_product" in row or "software_asset_id" in row:
        number = first(row, "software_asset_id")
        if not number:
            return refused(piece, "software on no asset that it names")
        batch = file.software(number, lambda: _owner(row, str(number), place))
        see(batch, row, place, _SOFTWARE, trace=TRACES.get(family(first(row, "os")), Trace.PROGRAM))
        return batch
    number = first(row, "id")
    if not number or not texts(row, "names", "addresses", "macs"):
        return refused(piece, "an asset without an id, or without names and addresses")
    return file.described(number, _asset(row, place))


def _items(text: str) -> list[str]:
    """The texts of a list as Python writes it, or of a plain cell.

    >>> _items("['A.EXAMPLE', 'B']"), _items("10.0.0.1 10.0.0.2")
    (['A.EXAMPLE', 'B'], ['10.0.0.1', '10.0.0.2'])
    """
    if text.startswith("["):
        return [match[1] or match[2] or "" for match in _ITEM.finditer(text)]
    return [part for part in re.split(r"[\s,;]+", text) if part]


def _asset(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _MACHINE, tool="runzero")
    record.clues += clues_of(*names_of(*texts(row, "names")))
    if (kind := class_of(first(row, "type"))) is not Class.UNKNOWN:
        record.machine_class = kind
    return record


def _owner(row: dict[str, Any], number: str, place: int) -> Record:
    record = machine({**row, "id": number}, place, _MACHINE, tool="runzero")
    record.clues += clues_of(*names_of(*texts(row, "names")))
    return record


def _told(piece: Piece) -> Batch:
    """The machine of a line of a log: an integration's answer, flattened to texts."""
    info = piece.row.get("info")
    probe = first(piece.row, "probe")
    if not isinstance(info, dict) or probe is None:
        return refused(piece, "a result of an integration without a machine")
    info = {**info, **{name: re.split(r"\t", info[name]) for name in ("hostnames", "fqdns") if isinstance(info.get(name), str)}}
    record = machine(info, piece.place, _TOLD, tool=f"runzero-{probe}")
    if ip_key(first(info, "id") or ""):  # scanners have no other id than the address, which others have on another day
        record.clues = [clue for clue in record.clues if clue[0] != "agent_id"]
    if not any(kind in {"serial", "mac", "ip", "hostname", "fqdn"} for kind, _ in record.clues):
        return refused(piece, "a result of an integration without a machine")
    if (kind := class_of(first(info, "systemTypes"), first(info, "model"))) is not Class.UNKNOWN:
        record.machine_class = kind
    batch = Batch(record=record, key=f"{probe}\t{first(info, 'id') or piece.place}")
    if packed := info.get("_software"):
        record.lists, record.looked_at = Lists.SOME_SOFTWARE, moment(info, "general_reportDate")
        record.note = "what another tool told runZero of its list"
        _unpack(batch, packed, piece.place, TRACES.get(record.os_family, Trace.PROGRAM))
    return batch


def _unpack(batch: Batch, packed: Any, place: int, trace: Trace) -> None:
    try:
        if not isinstance(packed, str) or len(packed) > _PACKED:
            raise ValueError("no text, or too long a one")  # noqa: TRY301 - as what b64decode raises
        rows = json.loads(base64.b64decode(packed, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        batch.reject(place, str(packed)[:1000], "a packed list that cannot be unpacked")
        return
    for row in rows if isinstance(rows, list) else [rows]:
        see(batch, row, place, _TOLD_SOFTWARE, trace=trace)


RUNZERO = Reader(
    name="runzero",
    title="runZero assets, software and logs of integrations (JSON, CSV)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PROGRAM}),
    blind=(
        "assets are things on the network that were seen: without the software export nothing is said of their software",
        "software is what runZero recognises from outside or another tool has told it: it proves presence, never absence",
        "names of an asset may be those of services on its address, not its own",
        "findings that a log of Nessus carries are not read from it: read the scan itself",
    ),
    how=(
        "In runZero: Inventory, Assets, Export, JSON lines; Inventory, Software, Export, JSON lines. Or, with an export token:\n"
        '  curl -H "Authorization: Bearer $TOKEN" https://console.runzero.com/api/v1.0/export/org/assets.jsonl\n'
        '  curl -H "Authorization: Bearer $TOKEN" https://console.runzero.com/api/v1.0/export/org/software.jsonl'
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
