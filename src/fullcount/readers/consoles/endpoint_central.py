"""ManageEngine Endpoint Central (Desktop Central): computers, and the software of one computer, which does not name it.

Its answers say in `message_type` what they are about. Patches are what the tool could install, and counts of a
product name no computer. Facts: answers of a tenant to `/som/computers` and `/patch/allpatches`; the software as its
API is known to name them; not checked against its manual.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, Piece, first, machine, pieces, refused, see, shape
from fullcount.model import Batch, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS = ("computers", "scancomputers", "allsystems", "installedsoftware", "software", "allpatches", "patches", "compdetails")
_PATHS = tuple(f"{above}/{kind}" for above in ("message_response", "MessageResponse") for kind in _KINDS)
_TOTALS = ("message_response/total", "MessageResponse/total")
_PROGRAMS = frozenset({Trace.PROGRAM, Trace.APP})
_LIST = "list"  # the key of the one computer whose software a file lists
_MACHINE: Fields = {
    "id": ("resource_id_string", "resource_id", "computer_id"),
    "serial": ("serial_number", "servicetag"),
    "mac": ("mac_address",),
    "ip": ("ip_address",),
    "name": ("fqdn_name", "resource_name", "computer_name", "full_name"),
    "platform": ("os_platform_name",),
    "os": ("os_name", "service_pack"),
    "os_version": ("os_version",),
    "heard_at": ("agent_last_contact_time", "last_contact_time"),
    "domain": ("domain_netbios_name", "domain_name"),
    "site": ("branch_office_name",),
    "owner": ("agent_logged_on_users", "owner"),
}
_SOFTWARE: Fields = {
    "name": ("software_name", "display_name"),
    "version": ("software_version",),
    "publisher": ("manufacturer_name", "vendor_name"),
    "path": ("location", "install_location"),
    "installed_on": ("installed_date",),
    "user": ("installed_user",),
}
_COUNTS = ("managed_installations", "network_installations")
_START = re.compile(r'\s*+[\[{]\s*+(?:\{\s*+)?"')


def _claims(peek: Peek) -> bool:
    if not _START.match(peek.text):
        return False
    found = shape(peek.text)
    above, below = found.get("", frozenset()), {path.split("/")[0] for path in found}
    return bool(above & {"message_response", "MessageResponse"}) and (
        bool(above & {"message_type", "MessageType"}) or bool(below & {"message_response", "MessageResponse"})
    )


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file."""
    file = File()
    for piece in pieces(stream, file, _PATHS, total=_TOTALS):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece, file, stream.host)
    yield from file.conclude(traces=_PROGRAMS)


def _taken(piece: Piece, file: File, host: str | None) -> Batch:
    row, place = piece.row, piece.place
    if first(row, "software_name") and not any(name in row for name in _COUNTS):
        number = first(row, *_MACHINE["id"])
        batch = file.software(number or _LIST, lambda: _whose(row, place, host if not number else None))
        see(batch, row, place, _SOFTWARE, trace=Trace.PROGRAM)
        return batch
    if first(row, "patch_id", "patch_name"):
        return refused(piece, "a patch that the tool knows is no install on a computer")
    if first(row, *_SOFTWARE["name"]):
        return refused(piece, "a count of installs names no computer")
    if not first(row, *_MACHINE["name"]):
        return refused(piece, "neither a computer nor software of one")
    record = machine(row, place, _MACHINE, tool="endpoint-central")
    if (label := first(row, "status_label")) and not label.endswith("installed_successfully"):
        record.note = f"its agent does not answer for it ({label.rsplit('.', 1)[-1]})"
    return file.described(first(row, *_MACHINE["id"]), record)


def _whose(row: dict[str, Any], place: int, host: str | None) -> Record:
    record = machine(row, place, {name: _MACHINE[name] for name in ("id", "name")}, tool="endpoint-central")
    record.lists = Lists.SOME_SOFTWARE
    if host and not record.clues:
        record.clues = [("hostname", host)]
    return record


ENDPOINT_CENTRAL = Reader(
    name="endpoint-central",
    title="ManageEngine Endpoint Central computers and software (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=_PROGRAMS,
    blind=(
        "the call of computers lists no software: that of each computer is another call, which does not name it",
        "patches and counts of installs are rejects: they name no computer that has the software",
        "a computer whose agent was never installed is only named",
    ),
    how=(
        "With an API token, page=1, 2, 3 ... to the end; for the software of a computer all pages in one file:\n"
        '  curl -H "Authorization: $TOKEN" "https://SERVER:8383/api/1.4/som/computers?pagelimit=1000&page=1"\n'
        '  curl -H "Authorization: $TOKEN" "https://SERVER:8383/api/1.4/inventory/installedsoftware?resid=ID&pagelimit=1000" '
        "> NAME.json\n"
        "NAME is the computer's name; or name it in the settings or with --host."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
    needs_host=True,
)
