"""Axonius: devices as it puts them together from other tools, by its interface (JSON) and as a spreadsheet.

A cell holds the values of all tools, one a line. Names and versions of software stand in cells of their own, from which missing
and equal values were left out: which version belongs to which name can be told only where there is one of each. Facts: names of
fields as Axonius documents them, and captions of its spreadsheets.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.answer import TRACES, Fields, File, Piece, machine, moment, refused, see, texts
from fullcount.document import clues_of, names_of, raw_of
from fullcount.model import Batch, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Reader, Stream
from fullcount.readers.registers.rows import Form

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATA = "specific_data.data."
_CAPTIONS = {
    "hostname": "Host Name",
    "name": "Asset Name",
    "last_seen": "Last Seen",
    "network_interfaces.mac": "Network Interfaces: MAC",
    "network_interfaces.ips": "Network Interfaces: IPs",
    "os.type": "OS: Type",
    "os.distribution": "OS: Distribution",
    "device_serial": "Device Manufacturer Serial",
    "device_manufacturer": "Device Manufacturer",
    "domain": "Domain",
    "cloud_id": "Cloud ID",
    "last_used_users": "Last Used Users",
    "organizational_unit": "Organizational Unit",
    "installed_software": "Installed Software",
    "installed_software.name": "Installed Software: Software Name",
    "installed_software.version": "Installed Software: Software Version",
    "installed_software.vendor": "Installed Software: Software Vendor",
}
_FORM = Form(
    paths=("assets", "data", ""),
    marks=(frozenset({"internal_axon_id"}), frozenset({f"{_DATA}hostname"}), frozenset({f"{_DATA}name", "adapters"})),
    columns={
        "internal_axon_id": ("internal_axon_id", "Asset Unique ID"),
        **{
            f"{_DATA}{name}": (
                f"{_DATA}{name}",
                f"{_DATA}{name}_preferred",
                f"Aggregated: {caption}",
                f"Preferred {caption}",
                caption,
            )
            for name, caption in _CAPTIONS.items()
        },
    },
    habits=(
        {f"{_DATA}hostname"},
        {"internal_axon_id", "adapters"},
        {"aggregated: host name"},
        {"adapter connections", "aggregated: last seen"},
        {"adapters", "host name", "installed software: software name"},
    ),
)
_MACHINE: Fields = {"id": ("internal_axon_id",)}
_SOFTWARE: Fields = {
    "name": ("name",),
    "version": ("version",),
    "publisher": ("vendor", "publisher"),
    "path": ("path",),
    "installed_on": ("install_date",),
}


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a device. Place is its ordinal or row; of software, that in its list."""
    file = File()
    for piece in _FORM.pieces(stream, file):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece, file)


def _taken(piece: Piece, file: File) -> Batch:
    if not isinstance(piece.row, dict):
        return refused(piece, "no device")
    row = {name: _values(value) for name, value in piece.row.items()}
    record = _record(row, piece.place)
    if not record.clues:
        return refused(piece, "a device without an id, a name or an address")
    number = next(iter(texts(row, "internal_axon_id")), None)
    batch = file.described(number, record)
    for turn, one in enumerate(_software(row), start=1):
        if isinstance(one, dict):
            see(batch, one, turn, _SOFTWARE, trace=TRACES.get(record.os_family, Trace.PROGRAM))
        else:
            batch.reject(turn, raw_of(one), "software without a name")
    if batch.sightings:
        record.lists, record.note = (
            Lists.SOME_SOFTWARE,
            "put together from other tools: whether all its software is here is not said",
        )
    return batch


def _values(value: Any) -> Any:
    """The values in a cell, one a line; what an interface answers stays as it is."""
    return [part for part in re.split(r"[\r\n]+", value) if part.strip()] if isinstance(value, str) else value


def _said(row: dict[str, Any], *names: str) -> list[str]:
    return texts(row, *(f"{_DATA}{name}{end}" for name in names for end in ("", "_preferred")))


def _software(row: dict[str, Any]) -> Iterator[Any]:
    """The software of a device: objects with fields of their own, or names in one cell beside versions in another."""
    whole = row.get(f"{_DATA}installed_software")
    for one in whole if isinstance(whole, list) else []:
        yield {"name": one} if isinstance(one, str) else one
    if whole:
        return
    names, versions, vendors = (_said(row, f"installed_software.{part}") for part in ("name", "version", "vendor"))
    for name in dict.fromkeys(names):
        alone = len(set(names)) == 1
        version = versions[0] if alone and len(set(versions)) == 1 else None
        yield {"name": name, "version": version, "vendor": vendors[0] if alone and len(set(vendors)) == 1 else None}


def _record(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _MACHINE, tool="axonius")
    record.clues += clues_of(
        *(("serial", serial) for serial in _said(row, "device_serial")),
        *(("mac", mac) for mac in _said(row, "network_interfaces.mac")),
        *(("ip", address) for text in _said(row, "network_interfaces.ips") for address in re.split(r"[,;\s]+", text)),
        *names_of(*_said(row, "hostname")),
        *names_of(*([] if _said(row, "hostname") else _said(row, "name"))),
    )
    record.clues += clues_of(*(("manufacturer", one) for one in _said(row, "device_manufacturer")[:1]))
    systems = _said(row, "os.distribution", "os.type")
    said = machine({"os": " ".join(dict.fromkeys(reversed(systems[:2])))}, place, {"os": ("os",)}, tool="axonius")
    record.os, record.os_family, record.machine_class = said.os, said.os_family, said.machine_class
    record.heard_at = moment({"seen": _said(row, "last_seen")}, "seen")
    record.ou = next(iter(_said(row, "organizational_unit")), None)
    record.owner = next(iter(_said(row, "last_used_users")), None)
    return record


AXONIUS = Reader(
    name="axonius",
    title="Axonius devices and installed software (JSON, CSV)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP}),
    blind=(
        "a device is put together from several tools: which of them listed software, and when, is not said",
        "in spreadsheets versions and vendors of several names cannot be told apart and are left out",
        "long cells are cut by spreadsheets: a list proves presence, never absence",
        "Axonius may have put two machines together, whose clues then stand on one record",
    ),
    how=(
        "In Axonius: Assets, Devices, Edit Columns, add Host Name, Device Manufacturer Serial, Network Interfaces: MAC, "
        "OS: Type, Last Seen and Installed Software; Export CSV. Or by its interface: POST /api/v2/assets/devices with these, "
        "following the pages to the end."
    ),
    unit="device",
    basis=Basis.DOCUMENTATION,
    claims=_FORM.claims,
    batches=_batches,
)
