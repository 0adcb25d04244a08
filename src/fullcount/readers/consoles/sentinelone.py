"""SentinelOne: agents, and the applications that they report.

Three calls list applications: of all agents (`installed-applications`), of one agent (`agents/applications`, which does
not name it), and of one application at a time (`application-management/inventory/endpoints`). Facts: the names of its
interface's fields, as libraries for it define them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import (
    TRACES,
    WHOLE,
    Fields,
    File,
    Piece,
    family,
    first,
    machine,
    pieces,
    refused,
    see,
    told,
)
from fullcount.model import Batch, Class, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATHS = ("", "data")
_AGENT: Fields = {
    "id": ("uuid",),
    "serial": ("serialNumber",),
    "manufacturer": ("hardwareInformation/manufacturer",),
    "cloud_id": (
        "cloudProviders/AWS/cloudInstanceId",
        "cloudProviders/Azure/cloudInstanceId",
        "cloudProviders/GCP/cloudInstanceId",
    ),
    "mac": ("networkInterfaces/physical",),
    "ip": ("networkInterfaces/inet", "lastIpToMgmt"),
    "name": ("computerName",),
    "domain": ("domain",),
    "platform": ("osType", "osName"),
    "os": ("osName", "osType"),
    "os_version": ("osRevision",),
    "heard_at": ("lastActiveDate",),
    "ou": ("activeDirectory/computerDistinguishedName",),
    "site": ("siteName",),
    "owner": ("lastLoggedInUserName",),
}
_NAMED: Fields = {
    "id": ("agentUuid", "endpointUuid"),
    "name": ("agentComputerName", "endpointName"),
    "domain": ("agentDomain", "domain"),
    "platform": ("osType", "agentOsType"),
    "os": ("osName",),
    "site": ("siteName",),
}
_SOFTWARE: Fields = {
    "name": ("applicationName", "name"),
    "version": ("version", "applicationVersion"),
    "publisher": ("applicationVendor", "publisher", "vendor"),
    "path": ("applicationInstallationPath",),
    "installed_on": ("applicationInstallationDate", "installedAt", "installedDate"),
}
_CLASSES = {"server": Class.SERVER, "desktop": Class.WORKSTATION, "laptop": Class.WORKSTATION, "mobile": Class.PHONE}
_LIST = "list"  # the key of the one agent whose applications a file lists


def _claims(peek: Peek) -> bool:
    marks = (
        {"computerName", "networkInterfaces"},
        {"computerName", "machineType", "uuid"},
        {"agentComputerName", "agentUuid", "name", "publisher"},
        {"agentComputerName", "agentUuid", "installedAt"},
        {"endpointUuid", "applicationName"},
        {"name", "publisher", "installedDate"},
    )
    return told(peek, _PATHS, *map(frozenset, marks))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file."""
    file, alone, named, filtered = File(), False, False, False
    for piece in pieces(stream, file, _PATHS, total=("pagination/totalItems",), more=("pagination/nextCursor",)):
        if isinstance(piece, Reject):
            yield Batch(rejects=[piece])
            continue
        if first(piece.row, "computerName") is None:
            whose = first(piece.row, *_NAMED["id"], *_NAMED["name"])
            alone, named = alone or whose is None, named or whose is not None
        filtered = filtered or first(piece.row, "applicationName") is not None
        yield _taken(piece, file, stream.host)
    if alone and not named and file.total < 0 and file.more is None:
        file.total = file.rows  # the call about one agent has no pages
    yield from file.conclude(never="each answer is about one application" if filtered else "")


def _taken(piece: Piece, file: File, host: str | None) -> Batch:
    row, place = piece.row, piece.place
    if first(row, "computerName"):
        return file.described(first(row, "uuid", "id"), _agent(row, place))
    number = first(row, *_NAMED["id"], *_NAMED["name"])
    if not number and not first(row, "publisher", "installedDate", "version"):
        return refused(piece, "neither an agent nor an application")
    batch = file.software(number or _LIST, lambda: _named(row, place, host))
    see(batch, row, place, _SOFTWARE, trace=_trace(row))
    return batch


def _agent(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _AGENT, tool="sentinelone")
    if kind := _CLASSES.get((first(row, "machineType") or "").lower()):
        record.machine_class = kind
    record.retired = row.get("isDecommissioned") is True
    record.note = "its agent was uninstalled" if row.get("isUninstalled") is True else None
    return record


def _named(row: dict[str, Any], place: int, host: str | None) -> Record:
    """An agent as a row about one of its applications names it."""
    record = machine(row, place, _NAMED, tool="sentinelone")
    record.lists = Lists.SOME_SOFTWARE
    kind = (first(row, "agentMachineType", "endpointType") or "").lower()
    record.machine_class = _CLASSES.get(kind, record.machine_class)
    if host and not record.clues:
        record.clues = [("hostname", host)]
    return record


def _trace(row: dict[str, Any]) -> Trace:
    return TRACES.get(family(first(row, "osType", "agentOsType")), Trace.PROGRAM)


SENTINELONE = Reader(
    name="sentinelone",
    title="SentinelOne agents and applications (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=WHOLE,
    blind=(
        "the list is taken for whole only where the answers say how many rows there are, and all are in one file",
        "the inventory of Application Management is asked for one application at a time: what it leaves out means nothing",
        "an answer with a filter looks like a full list: ask without one",
        "machines without the agent are not listed",
    ),
    how=(
        "With the token of a service user, follow pagination.nextCursor to its end, all pages in one file:\n"
        '  curl -H "Authorization: ApiToken $TOKEN" "https://CONSOLE/web/api/v2.1/agents?limit=1000"\n'
        '  curl -H "Authorization: ApiToken $TOKEN" "https://CONSOLE/web/api/v2.1/installed-applications?limit=1000"\n'
        "Of one agent: /web/api/v2.1/agents/applications?ids=ID, in a file named after the machine."
    ),
    unit="row",
    basis=Basis.DOCUMENTATION,
    claims=_claims,
    batches=_batches,
    needs_host=True,
)
