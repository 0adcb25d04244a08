"""Prisma Cloud Compute (Twistlock): packages of images and hosts, as twistcli and the console's interface answer.

An image is no machine, whatever host it was scanned on. Without a list of packages a result names only the vulnerable ones.
Facts: a result of twistcli, and the calls `/images` and `/hosts` as their manual describes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, Piece, first, machine, moment, refused, see
from fullcount.document import clues_of, rows_of, section
from fullcount.model import Batch, Class, Lists, Reject, Trace
from fullcount.reader import Basis, Reader, Stream
from fullcount.readers.registers.rows import Form
from fullcount.table import family_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.model import Record

_FORM = Form(
    paths=("results", ""),
    marks=(
        frozenset({"distro", "complianceDistribution"}),
        frozenset({"distro", "compliances"}),
        frozenset({"distro", "vulnerabilityDistribution"}),
        frozenset({"distro", "osDistro", "packages"}),
        frozenset({"distro", "osDistroRelease"}),
    ),
)
_MACHINE: Fields = {
    "id": ("_id", "id"),
    "cloud_id": ("cloudMetadata/resourceID",),
    "name": ("hostname",),
    "os": ("distro", "osDistro"),
    "site": ("cloudMetadata/region",),
    "ou": ("cluster", "clusters"),
}
_PACKAGE: Fields = {"name": ("name",), "version": ("version",), "path": ("path",), "purl": ("purl",)}
# a name may say in which packages: glibc (used in libc6, libc-bin)
_VULNERABLE: Fields = {"name": ("packageName",), "version": ("packageVersion",)}


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch an image or a host. Place is its ordinal in the file; of a package, that in its list."""
    for piece in _FORM.pieces(stream, File()):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece)


def _taken(piece: Piece) -> Batch:
    row, place = piece.row, piece.place
    number = first(row, "_id", "id", "hostname")
    if not number or not isinstance(row, dict) or not first(row, *_MACHINE["os"]):
        return refused(piece, "neither an image nor a host that was scanned")
    record = _record(row, place)
    batch = Batch(record=record, key=number)
    packages = [one for one in rows_of(row, "packages") for one in _flat(one)]
    for turn, one in enumerate(packages, start=1):
        see(batch, one, turn, _PACKAGE, trace=Trace.PACKAGE)
    if packages and not (piece.cut or batch.rejects):
        record.lists, record.traces = Lists.ALL_SOFTWARE, frozenset({Trace.PACKAGE})
        return batch
    record.lists = Lists.SOME_SOFTWARE
    if not packages:
        record.note = "only software with known vulnerabilities is listed"
        _vulnerable(batch, row)
    return batch


def _flat(package: Any) -> list[Any]:
    """A package, or those of one kind as the console groups them."""
    return rows_of(package, "pkgs") if isinstance(package, dict) and "pkgs" in package else [package]


def _vulnerable(batch: Batch, row: dict[str, Any]) -> None:
    seen = set()
    for turn, one in enumerate(rows_of(row, "vulnerabilities"), start=1):
        name, version = first(one, "packageName"), first(one, "packageVersion")
        if (name, version) in seen:
            continue  # one package has many vulnerabilities
        seen.add((name, version))
        see(
            batch,
            {"packageName": name and name.partition(" (used in")[0], "packageVersion": version},
            turn,
            _VULNERABLE,
            trace=Trace.PACKAGE,
        )


def _record(row: dict[str, Any], place: int) -> Record:
    host = first(row, "type") in {"host", "vm"} or (first(row, "hostname") and not _named(row) and "repoTag" not in row)
    record = machine(row if host else {**row, "hostname": None}, place, _MACHINE, tool="prisma")
    record.os_family = family_of(record.os)
    record.looked_at = moment(row, "scanTime", "entityInfo/scanTime")
    if not host:
        record.machine_class = Class.IMAGE
        record.note = f"image {name}" if (name := _named(row)) else None
        record.clues = clues_of(*((kind, value) for kind, value in record.clues if kind == "agent_id"))
    return record


def _named(row: dict[str, Any]) -> str | None:
    """The name of an image, as twistcli writes it or by its tag."""
    tag = section(row, "repoTag")
    parts = [first(tag, name) for name in ("registry", "repo")]
    path = "/".join(filter(None, parts))
    return f"{path}:{first(tag, 'tag') or 'latest'}" if path else first(row, "name", "imageName")


PRISMA = Reader(
    name="prisma",
    title="Prisma Cloud (Twistlock) packages of images and hosts (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PACKAGE}),
    blind=(
        "images are no machines: what is in one counts where it runs, which a scan of the image does not say",
        "results without packages name only software with known vulnerabilities",
        "software that was not installed by a package manager is listed only where the scanner knows it",
    ),
    how=(
        "twistcli images scan --details --output-file image.json IMAGE; or from the console, following offset to the end:\n"
        '  curl -H "Authorization: Bearer $TOKEN" "https://CONSOLE/api/v1/hosts?limit=50&offset=0"'
    ),
    unit="image or host",
    basis=Basis.SAMPLES,
    claims=_FORM.claims,
    batches=_batches,
)
