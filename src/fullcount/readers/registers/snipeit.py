"""Snipe-IT: hardware, and licences, by its interface and as spreadsheets for its importer.

A licence is bought, not installed; it is listed by itself, on no machine. Accessories, components, consumables and models are
no machines. Facts: answers of a server, the samples that Snipe-IT ships for its importer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, Piece, first, machine, refused, see, texts
from fullcount.document import clues_of, names_of, section
from fullcount.model import Batch, Class, Lists, Record, Reject, State, Trace
from fullcount.reader import Basis, Reader, Stream
from fullcount.readers.registers.rows import Form, class_of, plain_names
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORM = Form(
    paths=("rows", ""),
    marks=(
        frozenset({"asset_tag", "status_label"}),
        frozenset({"asset_tag", "rtd_location"}),
        frozenset({"product_key", "seats", "free_seats_count"}),
        frozenset({"license_email", "seats"}),
        frozenset({"category", "remaining_qty"}),
        frozenset({"category", "remaining", "qty"}),
    ),
    columns={
        "asset_tag": ("Asset Tag",),
        "name": ("Name", "Item Name", "Asset Name"),
        "software": ("Item name", "Software Name", "License Name", "Name"),
        "serial": ("Serial", "Serial number"),
        "category": ("Category",),
        "manufacturer": ("Manufacturer",),
        "model": ("Model", "Model Name"),
        "location": ("Location",),
        "company": ("Company",),
        "status": ("Status",),
        "username": ("Checked Out To: Username", "Checked Out To", "Username", "Assigned To"),
        "mac": ("MAC Address",),
        "ip": ("IP Address",),
        "seats": ("Seats", "Total Seats"),
        "quantity": ("QTY", "Quantity", "Min Amount", "Min Qty"),
    },
    habits=(
        {"asset tag", "category", "model", "location", "purchase date"},
        {"asset tag", "category", "model", "checked out to"},
        {"asset tag", "checkout type"},
        {"item name", "asset tag", "category"},
        {"seats", "reassignable"},
        {"seats", "licensed to name"},
        {"category", "qty", "min amount"},
        {"item name", "category", "quantity", "order number"},
        {"category", "model number", "fieldset", "requestable"},
    ),
)
_MACHINE: Fields = {
    "id": ("id",),
    "serial": ("serial",),
    "manufacturer": ("manufacturer/name", "manufacturer"),
    "mac": ("mac",),
    "ip": ("ip",),
    "asset_tag": ("asset_tag",),
    "ou": ("company/name", "company"),
    "site": ("location/name", "rtd_location/name", "location"),
    "owner": ("username",),
}
_LICENCE: Fields = {"name": ("software", "name"), "publisher": ("manufacturer/name", "manufacturer"), "user": ("username",)}
_COUNTED = ("quantity", "qty", "remaining_qty", "remaining")  # of things that are kept by number
_LICENCES = "licences that were bought: they name no machine"


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file; all licences stand together, apart from the machines."""
    file = File()
    for piece in _FORM.pieces(stream, file):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece, file)


def _taken(piece: Piece, file: File) -> Batch:
    row, place = piece.row, piece.place
    if not isinstance(row, dict):
        return refused(piece, "neither an asset nor a licence")
    if first(row, "seats") and not first(row, "asset_tag", *_COUNTED):
        batch = file.machines.batch("licences", lambda: _licences(place))
        see(batch, row, place, _LICENCE, trace=Trace.LICENCE, state=State.LICENCE)
        return batch
    if first(row, *_COUNTED) or not first(row, "asset_tag", "serial"):
        return refused(piece, "an accessory, component, consumable or model: no machine")
    return file.described(first(row, "id"), _asset(row, place))


def _licences(place: int) -> Record:
    return Record(place=place, machine_class=Class.OTHER, lists=Lists.MACHINES, traces=frozenset(), note=_LICENCES)


def _asset(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _MACHINE, tool="snipeit")
    record.clues += clues_of(*_custom(row), *names_of(*plain_names(texts(row, "name"))))
    if (kind := class_of(first(row, "category/name", "category"), first(row, "model/name", "model"))) is not Class.UNKNOWN:
        record.machine_class = kind
    if first(row, "assigned_to/type") == "user":
        record.owner = first(row, "assigned_to/username", "assigned_to/name")
    states = {
        key(text) for text in texts(row, "status_label/status_meta", "status_label/status_type", "status_label/name", "status")
    }
    record.retired = bool(states & {"archived", "disposed", "retired"} or first(row, "deleted_at/datetime", "deleted_at"))
    return record


def _custom(row: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Addresses that stand in fields of the organisation's own."""
    for one in section(row, "custom_fields").values():
        form = first(one, "field_format")
        if form in {"MAC", "IP"}:
            yield form.lower(), first(one, "value")


SNIPEIT = Reader(
    name="snipe-it",
    title="Snipe-IT hardware and licences (JSON, CSV, XLSX)",
    lists=Lists.MACHINES,
    blind=(
        "an asset says that a machine exists: nothing looks at its software",
        "a licence says that somebody bought it, for no machine that it names",
        "the name of an asset is what people call it, which may not be its host name",
        "whether an asset is a computer is taken from the words of its category and model",
    ),
    how=(
        "In Snipe-IT: Assets, List All, the export button, CSV, all rows; Licenses likewise. Or, following offset to the end:\n"
        '  curl -H "Authorization: Bearer $TOKEN" "https://SNIPE/api/v1/hardware?limit=500&offset=0"\n'
        '  curl -H "Authorization: Bearer $TOKEN" "https://SNIPE/api/v1/licenses?limit=500&offset=0"'
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_FORM.claims,
    batches=_batches,
)
