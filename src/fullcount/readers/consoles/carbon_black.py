"""Carbon Black Cloud: devices, and products with known vulnerabilities on the devices that an answer names.

What has no known vulnerability is not listed, so that silence means nothing. Facts: the fields of its interface, as the
vendor's own library documents them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, Piece, family, first, machine, pieces, refused, texts, title, told
from fullcount.document import clues_of, names_of, raw_of
from fullcount.model import Batch, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATHS = ("", "results")
_MACHINE: Fields = {
    "id": ("device_id", "id"),
    "mac": ("mac_address",),
    "ip": ("last_internal_ip_address",),
    "cloud_id": ("cloud_provider_resource_id",),
    "name": ("name", "host_name"),
    "platform": ("os", "os_info/os_type"),
    "os": ("os", "os_info/os_name"),
    "os_version": ("os_version", "os_info/os_version"),
    "heard_at": ("last_contact_time", "last_sync_ts"),
    "ou": ("ad_domain", "ad_org_unit"),
    "site": ("asset_group/name", "policy_name"),
    "owner": ("login_user_name",),
}
_SOFTWARE: Fields = {
    "name": ("product_info/product",),
    "version": ("product_info/version",),
    "publisher": ("product_info/vendor",),
}
_GONE = ("deregistered", "uninstalled", "pending_uninstall", "bypass")


def _claims(peek: Peek) -> bool:
    marks = (
        {"sensor_version", "last_contact_time", "name"},
        {"device_id", "os_info", "vuln_count"},
        {"product_info", "vuln_info", "affected_assets"},
    )
    return told(peek, _PATHS, *map(frozenset, marks))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a device. Place is the ordinal of the row in the file."""
    file = File()
    for piece in pieces(stream, file, _PATHS):
        if isinstance(piece, Reject):
            yield Batch(rejects=[piece])
        elif first(piece.row, "product_info/product", "product_info/vendor") or texts(piece.row, "affected_assets"):
            yield from _vulnerable(piece)
        elif number := first(piece.row, *_MACHINE["id"]):
            yield file.described(number, _device(piece.row, piece.place))
        else:
            yield refused(piece, "neither a device nor a product on devices")


def _device(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _MACHINE, tool="carbon-black")
    name = first(row, *_MACHINE["name"]) or ""
    if "\\" in name:
        record.clues += clues_of(("domain", name.split("\\", 1)[0]))
    status = (first(row, "status") or "").lower()
    record.note = f"its sensor is {status}" if status in _GONE else None
    return record


def _vulnerable(piece: Piece) -> Iterator[Batch]:
    """A product, once for each device that is named as having it."""
    found, assets = title(piece.row, _SOFTWARE, Trace.DETECTION), texts(piece.row, "affected_assets")
    if found is None or not assets:
        why = "a product without a name" if found is None else "the answer does not name the devices that have the product"
        yield Batch(rejects=[Reject(piece.place, raw_of(piece.row), why)])
        return
    for asset in assets:
        record = Record(place=piece.place, clues=clues_of(*names_of(asset)), os=first(piece.row, "os_info/os_name"))
        record.lists, record.traces = Lists.SOME_SOFTWARE, frozenset()
        record.os_family = family(first(piece.row, "os_info/os_type"), record.os)
        batch = Batch(record=record, key=f"asset {asset}")
        batch.saw(found, piece.place)
        yield batch


CARBON_BLACK = Reader(
    name="carbon-black",
    title="Carbon Black Cloud devices and vulnerable products (JSON)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.DETECTION}),
    blind=(
        "only products with known vulnerabilities are listed: what is not listed may be there",
        "an answer about vulnerabilities names at most some of the devices that have a product",
        "machines without the sensor are not listed",
    ),
    how=(
        "With an API key that may read devices (device: READ), all rows in one answer or a page a file:\n"
        '  curl -X POST -H "X-Auth-Token: $SECRET/$ID" -H "Content-Type: application/json" \\\n'
        '    -d \'{"rows": 10000, "start": 0}\' "https://HOST/appservices/v6/orgs/ORG/devices/_search"'
    ),
    unit="row",
    basis=Basis.DOCUMENTATION,
    claims=_claims,
    batches=_batches,
)
