"""Wiz: findings about resources of clouds, as its pages export them.

A finding says that a resource exists. One on a vulnerability names the software it is in, which is there unless the finding is
resolved. Facts: an export of issues; captions of the export of vulnerabilities as its manual names them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, Piece, first, machine, moment, refused, see
from fullcount.document import clues_of, names_of
from fullcount.model import Batch, Class, Lists, Reject, State, Trace
from fullcount.reader import Basis, Reader, Stream
from fullcount.readers.registers.rows import Form, class_of, plain_names
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.model import Record

_FORM = Form(
    columns={
        "type": ("Resource Type", "AssetType", "Asset Type"),
        "name": ("Resource Name", "AssetName", "Asset Name"),
        "external": ("Resource external ID", "ProviderUniqueId", "Provider ID"),
        "id": ("Resource vertex ID", "AssetID", "Asset ID"),
        "os": ("Resource OS", "OperatingSystem", "Operating System"),
        "site": ("Resource Region", "AssetRegion"),
        "ou": ("Subscription Name", "SubscriptionName"),
        "status": ("Status", "FindingStatus", "Finding Status"),
        "software": ("DetailedName", "Detailed Name"),
        "version": ("Version",),
        "path": ("LocationPath", "Location Path"),
        "seen": ("LastDetected", "Last Detected"),
    },
    habits=(
        {"resource type", "resource external id", "resource name"},
        {"resource type", "resource vertex id"},
        {"assetname", "detailedname", "providerurl"},
        {"assetname", "detailedname", "assettype"},
        {"asset name", "detailed name", "asset type"},
    ),
)
_MACHINE: Fields = {"id": ("id",), "cloud_id": ("external",), "os": ("os",), "site": ("site",), "ou": ("ou",)}
_SOFTWARE: Fields = {"name": ("software",), "version": ("version",), "path": ("path",)}
_MACHINES = (
    "virtual machine",
    "virtualmachine",
    "ec2 instance",
    "compute instance",
    "vm instance",
    "microsoft.compute/virtualmachines",
)
_IMAGES = ("container image", "containerimage", "vm image", "virtual machine image", "machine image")
_GONE = frozenset({"resolved", "fixed", "closed"})


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a finding. Place is the row of the finding."""
    file = File()
    for piece in _FORM.pieces(stream, file):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece, file)
    yield from file.conclude(never="findings name software only where it is vulnerable")


def _taken(piece: Piece, file: File) -> Batch:
    row, place = piece.row, piece.place
    kind = _class(first(row, "type"))
    if kind is None:
        return refused(piece, f"a finding about no machine: {first(row, 'type') or 'no type'}")
    record = _record(row, place, kind)
    number = first(row, "id", "external", "name")
    if not record.clues or not number:
        return refused(piece, "a finding about a machine without an id or a name")
    if not first(row, "software"):
        return file.described(number, record)
    record.lists = Lists.SOME_SOFTWARE
    batch = file.software(number, lambda: record, looked_at=moment(row, "seen"))
    gone = key(first(row, "status") or "") in _GONE
    see(batch, row, place, _SOFTWARE, trace=Trace.PACKAGE, state=State.MENTION if gone else State.INSTALLED)
    return batch


def _class(kind: str | None) -> Class | None:
    """What a resource is; `None` for what is no machine, image or container."""
    folded = key(kind or "").replace("_", " ")
    if folded in _IMAGES:
        return Class.IMAGE
    if folded in _MACHINES or folded == "":
        return Class.UNKNOWN
    return Class.CONTAINER if folded == "container" else None


def _record(row: dict[str, Any], place: int, kind: Class) -> Record:
    record = machine(row, place, _MACHINE, tool="wiz")
    if kind is not Class.UNKNOWN:
        record.machine_class = kind
        return record
    record.clues += clues_of(*names_of(*plain_names(list(filter(None, [first(row, "name")])))))
    record.machine_class = class_of(record.os)
    return record


WIZ = Reader(
    name="wiz",
    title="Wiz issues and vulnerability findings (CSV, XLSX)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PROGRAM, Trace.PACKAGE}),
    blind=(
        "findings are not inventories: a machine without findings is not in them",
        "software is named only where it is vulnerable: findings prove presence, never absence",
        "a resolved finding may mean that the software was updated or that it is gone: it is a mention",
        "resources that are no machines (users, clusters, buckets) are listed as rejects",
    ),
    how="In Wiz: Findings, Vulnerability Findings (or Issues), filter to virtual machines, download, CSV, all columns.",
    unit="row",
    basis=Basis.SAMPLES,
    claims=_FORM.claims,
    batches=_batches,
)
