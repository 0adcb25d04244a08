"""Trend Micro Deep Security (Cloud One Workload Security): computers, with or without its agent. It lists no software.

Machines of a cloud account stand in the list whether they have an agent or not. Facts: an answer to `/api/computers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, first, machine, pieces, refused, told
from fullcount.model import Batch, Lists, Record, Reject
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATHS = ("", "computers")
_CLOUDS = (
    "ec2VirtualMachineSummary",
    "noConnectorVirtualMachineSummary",
    "azureARMVirtualMachineSummary",
    "gcpVirtualMachineSummary",
)
_MACHINE: Fields = {
    "id": ("hostGUID",),
    "uuid": ("biosUUID",),
    "cloud_id": tuple(f"{name}/instanceID" for name in _CLOUDS),
    "mac": ("interfaces/interfaces/MAC",),
    "ip": ("lastIPUsed", "interfaces/interfaces/IPs", *(f"{name}/privateIPAddress" for name in _CLOUDS)),
    "name": ("hostName",),
    "os": ("platform",),
    "heard_at": ("lastAgentCommunication",),
}


def _claims(peek: Peek) -> bool:
    marks = ("agentFingerPrint", "biosUUID", "computerStatus", "hostGUID")
    return told(peek, _PATHS, *(frozenset({"hostName", "platform", mark}) for mark in marks))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a computer. Place is the ordinal of the computer in the file."""
    file = File()
    for piece in pieces(stream, file, _PATHS):
        if isinstance(piece, Reject):
            yield Batch(rejects=[piece])
        elif first(piece.row, "hostName", "hostGUID"):
            yield file.described(first(piece.row, "hostGUID", "ID"), _computer(piece.row, piece.place))
        else:
            yield refused(piece, "a computer without a name")


def _computer(row: dict[str, Any], place: int) -> Record:
    record = machine(row, place, _MACHINE, tool="deep-security")
    if first(row, "agentVersion") == "0.0.0.0":  # noqa: S104 - a version, as the tool writes that there is none
        record.note = "without an agent: known from a directory or a cloud account"
    return record


DEEP_SECURITY = Reader(
    name="deep-security",
    title="Trend Micro Deep Security computers (JSON)",
    lists=Lists.MACHINES,
    blind=(
        "no software is listed: that a computer is protected says nothing about what else it has",
        "computers without an agent are only named",
    ),
    how=(
        "With an API key (Administration, User Management, API Keys):\n"
        '  curl -H "api-secret-key: $KEY" -H "api-version: v1" "https://SERVER:4119/api/computers" > computers.json\n'
        "In the cloud the address is https://workload.REGION.cloudone.trendmicro.com/api/computers."
    ),
    unit="computer",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
