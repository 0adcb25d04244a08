"""Nessus and Tenable: a scan exported as `.nessus` (version 2).

Only `Report/ReportHost` is read: the policy before it names vendors in its plugin families.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from fullcount.errors import UnreadableError
from fullcount.model import Batch, File, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Peek, Reader, Stream, utc
from fullcount.readers.nessus.outputs import CPES, MAC_APPS, PACKAGES, PROGRAMS, SCAN, WMI, Look, wmi_clues
from fullcount.scanned import class_of, family_of
from fullcount.text import clean
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from xml.etree.ElementTree import Element

_ROOT = "NessusClientData_v2"
_HEARD = PROGRAMS, PACKAGES, CPES, MAC_APPS, SCAN, WMI
_DEEPEST, _SHOWN, _CHUNK = 64, 4096, 1 << 20  # elements in one another (real files: 6); so much of a reject is kept

_ADDRESS = re.compile(r"\d+(?:\.\d+){3}|\S*:\S*")
_TAG_CLUES = (
    ("ip", "host-ip"),
    ("mac", "mac-address"),  # a list
    ("uuid", "bios-uuid"),
    ("cloud_id", "aws-instance-instanceId"),
    ("cloud_id", "azure-instance-id"),
    ("cloud_id", "gcp-instance-id"),
)


@dataclass(slots=True, kw_only=True)
class _Host:
    """What is kept of one `ReportHost` while the file goes by."""

    name: str
    tags: dict[str, list[str]] = field(default_factory=dict)
    outputs: dict[str, list[str]] = field(default_factory=dict)  # plugin -> what it wrote

    def tag(self, name: str) -> str | None:
        return self.tags.get(name, [None])[0]

    def output(self, plugin: str) -> str:
        return "\n".join(self.outputs.get(plugin, ()))


def claims(peek: Peek) -> bool:
    """Version 2 of the format, by its root element."""
    return peek.xml_root == _ROOT


def batches(stream: Stream) -> Iterator[Batch]:
    """One batch a scanned host; place is the ordinal of its `ReportHost`.

    Hosts that end before a break in the file are used, what follows them is one reject. Raises `UnreadableError`
    where the file breaks before its first host is complete.
    """
    from defusedxml.ElementTree import ParseError

    place = 0
    with stream.binary() as file:
        hosts = _hosts(file)
        while True:
            try:
                host = next(hosts, None)
            except (ParseError, ValueError, LookupError) as error:  # syntax, entity or depth, unknown encoding
                yield _broken(stream.path, place, str(error))
                return
            if host is None:
                break
            place += 1
            yield _batch(host, place)
    if not place:
        reason = "no scanned host in this file: a policy alone, or a scan that reached nothing"
        yield Batch(rejects=[Reject(1, _after(stream.path, 0), reason)])


def _hosts(file: IO[bytes]) -> Iterator[_Host]:
    """The hosts, one at a time; whatever has been heard is forgotten, so that memory holds one host at most."""
    from defusedxml.ElementTree import iterparse

    path: list[Element] = []
    host: _Host | None = None
    for event, element in iterparse(file, events=("start", "end")):
        if event == "start":
            path.append(element)
            if len(path) > _DEEPEST:
                raise ValueError(f"elements nested deeper than {_DEEPEST}")
            if [step.tag for step in path] == [_ROOT, "Report", "ReportHost"]:
                host = _Host(name=element.get("name", ""))
            continue
        path.pop()
        if host and len(path) == 3:
            _hear(host, element)
        elif host and len(path) == 2:
            yield host
            host = None
        if path and (host is None or len(path) == 3):
            path[-1].clear()


def _hear(host: _Host, element: Element) -> None:
    if element.tag == "HostProperties":
        for tag in element:
            if value := clean(tag.text):
                host.tags.setdefault(tag.get("name", ""), []).append(value)
    elif (plugin := element.get("pluginID", "")) in _HEARD and (text := element.findtext("plugin_output")):
        host.outputs.setdefault(plugin, []).append(text)


def _broken(path: File, complete: int, reason: str) -> Batch:
    if not complete:
        message = f"no complete host before the file breaks: {reason}"
        raise UnreadableError(message, place=str(path), hint="export the scan again, in the format Nessus")
    return Batch(rejects=[Reject(complete + 1, _after(path, complete), f"the file breaks here: {reason}")])


def _after(path: File, complete: int) -> bytes:
    """The bytes that follow so many closing tags; none where the encoding hides the tags."""
    end = b"</ReportHost>"
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            data, at = rest + chunk, 0
            while complete and (found := data.find(end, at)) >= 0:
                at = found + len(end)
                complete -= 1
            if not complete:
                return (data[at:] + file.read(_SHOWN))[:_SHOWN]
            rest = data[max(at, len(data) + 1 - len(end)) :]
    return b""


def _batch(host: _Host, place: int) -> Batch:
    batch = Batch()
    lists, traces, note = _software(host, batch, place)
    ended = _epoch(host.tag("HOST_END_TIMESTAMP")) or parse(host.tag("HOST_END"))
    looked = ended
    if lists is Lists.ALL_SOFTWARE and (authenticated := _epoch(host.tag("LastAuthenticatedResults"))):
        # a cumulative export may keep an older list beside a newer contact
        looked = min(authenticated, ended) if ended else authenticated
    systems = (host.tag("operating-system") or "").splitlines()  # several where the scanner is not sure
    batch.record = Record(
        place=place,
        clues=_clues(host),
        machine_class=class_of(systems, host.tag("system-type")),
        lists=lists,
        traces=traces,
        looked_at=looked,
        heard_at=ended,
        os=clean(" / ".join(systems)),
        os_family=family_of(systems),
        note=note,
    )
    return batch


def _software(host: _Host, batch: Batch, place: int) -> tuple[Lists, frozenset[Trace], str | None]:
    """Fills the batch; returns what the lists cover and why they cover no more."""
    look = Look()
    look.recognise(
        (value for name, values in host.tags.items() if re.fullmatch(r"cpe(?:-\d+)?", name) for value in values), batch, place
    )
    for plugin in _HEARD:
        for text in host.outputs.get(plugin, ()):
            look.hear(plugin, text, batch, place)
    look.detections(batch, place)
    look.credentialed = host.tag("Credentialed_Scan") or look.credentialed
    return look.lists()


def _clues(host: _Host) -> list[tuple[str, str]]:
    clues = _names(host)
    clues += [(kind, word) for kind, name in _TAG_CLUES for value in host.tags.get(name, ()) for word in value.split()]
    clues += [("agent_id", f"nessus:{value}") for value in host.tags.get("host-uuid", ())]
    clues += wmi_clues(host.output(WMI))
    return list(dict.fromkeys(clues))


def _names(host: _Host) -> list[tuple[str, str]]:
    """A full name is a host name too. What the scan was aimed at, `ReportHost@name`, may be an address."""
    clues: list[tuple[str, str]] = []
    for value in (*host.tags.get("host-fqdn", ()), *host.tags.get("hostname", ()), *filter(None, [clean(host.name)])):
        if _ADDRESS.fullmatch(value):
            clues.append(("ip", value))
        else:
            clues += [("fqdn", value)] if "." in value else []
            clues.append(("hostname", value))
    for value in host.tags.get("netbios-name", ()):
        domain, _, name = value.rpartition("\\")
        clues += [("hostname", name)] if name else []
        clues += [("domain", domain)] if domain else []
    return clues


def _epoch(value: str | None) -> datetime | None:
    return utc(int(value)) if value and value.isdecimal() and len(value) <= 11 else None


NESSUS = Reader(
    name="nessus",
    title="Nessus / Tenable scan (.nessus, version 2)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PROGRAM, Trace.PACKAGE}),
    blind=(
        "A host scanned without credentials has no software list; at most what the scanner recognised (CPE) is known.",
        "Plugin 20811 lists machine-wide install keys: no programs of one user, no portable ones, no publishers.",
        "An install key may be left over from a program that is gone.",
        "Updates listed by plugin 20811 are patches of programs and are not read.",
        "Nessus writes `.` for every character that is not ASCII: such names cannot be restored.",
        "Package lists other than those of dpkg and rpm are kept line by line and make no complete look.",
        "The list of Mac applications (plugin 83991) is not read.",
        "HOST_END has no time zone: it is taken for UTC, unless HOST_END_TIMESTAMP stands beside it.",
    ),
    how=(
        "Scan with credentials (Windows: an administrator, Remote Registry; Linux: SSH) or with agents, plugins 20811 and "
        "22869 enabled, and under Report let the policy report as much information as possible. Then, without any filter, "
        "Nessus and Tenable Vulnerability Management: Scans, the scan, Export, Nessus. Tenable Security Center: Scans, "
        "Scan Results, the gear of the scan, Download."
    ),
    unit="host element",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
)
