"""Red Hat Satellite and Foreman: hosts, packages of one host, and errata, as the interface answers them.

An erratum says which packages could be updated, and how many hosts it concerns: it names no host and is no install. The list of
packages of a host does not name it. Facts: an answer on errata; the calls on hosts and packages as the manual describes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, Piece, first, machine, refused, see
from fullcount.document import MORE, clues_of, names_of
from fullcount.model import Batch, Class, Lists, Os, Record, Reject, Trace
from fullcount.reader import Basis, Reader, Stream
from fullcount.readers.registers.rows import Form
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORM = Form(
    paths=("results", ""),
    marks=(
        frozenset({"errata_id", "pulp_id"}),
        frozenset({"errata_id", "hosts_applicable_count"}),
        frozenset({"operatingsystem_name", "organization_name"}),
        frozenset({"operatingsystem_id", "hostgroup_id"}),
        frozenset({"nvra", "name"}),
    ),
    total=("subtotal", "total"),
)
_MACHINE: Fields = {
    "id": ("subscription_facet_attributes/uuid", "id"),
    "serial": ("facts/dmi::system::serial_number", "reported_data/serial"),
    "uuid": ("facts/dmi::system::uuid",),
    "mac": ("mac", "interfaces/mac"),
    "ip": ("ip", "interfaces/ip"),
    "name": ("name", "certname"),
    "os": ("operatingsystem_name",),
    "heard_at": ("subscription_facet_attributes/last_checkin", "last_report"),
    "ou": ("organization_name",),
    "site": ("location_name",),
    "owner": ("owner_name",),
}
_PACKAGE: Fields = {"name": ("name",), "version": ("evr", "version")}


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row; the packages of one host, which the file does not name, are one record. Place is that of the row."""
    file = File()
    for piece in _FORM.pieces(
        stream,
        file,
    ):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece, file, stream.host)
    if not file.rows:
        return
    whole = 0 <= file.total <= file.rows and not file.broken
    if file.rows < file.total:
        yield Batch(rejects=[Reject(file.place, b"", MORE)])
    if whole:
        yield file.machines.last("host", Lists.ALL_SOFTWARE, traces=frozenset({Trace.PACKAGE}))
    else:
        yield file.machines.last("host", Lists.SOME_SOFTWARE, note=f"not all its packages may be here: {file.missing}")


def _taken(piece: Piece, file: File, host: str | None) -> Batch:
    row, place = piece.row, piece.place
    if not isinstance(row, dict):
        return refused(piece, "neither a host nor a package")
    if "errata_id" in row:
        return refused(piece, "an erratum: packages that could be updated, on hosts that it only counts")
    if "nvra" in row:
        batch = file.software("host", lambda: _owner(place, host))
        see(batch, _package(row), place, _PACKAGE, trace=Trace.PACKAGE)
        return batch
    if not first(row, "name", "certname"):
        return refused(piece, "neither a host nor a package")
    return file.described(first(row, "id"), _host(row, place))


def _owner(place: int, host: str | None) -> Record:
    return Record(place=place, clues=clues_of(*names_of(host)), os_family=Os.LINUX)


def _package(row: dict[str, Any]) -> dict[str, Any]:
    """A package whose version is what its full name has behind the name."""
    name, full = first(row, "name") or "", first(row, "nvra") or ""
    if first(row, "evr", "version") or not full.startswith(f"{name}-"):
        return row
    return {**row, "version": full.removeprefix(f"{name}-").rpartition(".")[0]}


def _host(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _MACHINE, tool="satellite")
    if key(first(row, "model_name") or "").startswith("virt-who"):
        record.machine_class = Class.SERVER
    return record


SATELLITE = Reader(
    name="satellite",
    title="Red Hat Satellite hosts, packages of a host, and errata (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PACKAGE}),
    blind=(
        "a list of hosts names no packages, and a list of packages not its host: name the file after it",
        "errata name packages that could be updated and no hosts: they are listed as rejects",
        "software that was not installed by rpm is not listed",
    ),
    how=(
        "For each host, under its name, with an account that may view hosts:\n"
        '  curl -u "$USER" "https://SATELLITE/api/hosts/web1.example.gov/packages?per_page=all" > web1.example.gov.json\n'
        'and the hosts themselves: curl -u "$USER" "https://SATELLITE/api/hosts?per_page=all" > hosts.json'
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_FORM.claims,
    batches=_batches,
    needs_host=True,
)
