"""Antivirus programs that say how they are: `mdatp health` (JSON or text), and `sentinelctl status` (text).

Each describes one machine and the program itself. `mdatp` also names other antivirus programs that run beside it.
Facts: Microsoft's page "Investigate agent health issues" on Defender for Endpoint on Linux and macOS; statuses of
SentinelOne agents as support pages and open tests show them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from fullcount.bundle import kind_of
from fullcount.document import clues_of, documents, pages, raw_of, text_of
from fullcount.model import Batch, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 1 << 16  # characters of a line
_MOST_LINES = 2000  # of a status; real ones have up to 60
_HEALTH = ("healthy", "engineVersion", "realTimeProtectionEnabled")
_HEALTH_TEXT = ("healthy", "app_version", "real_time_protection_enabled")
_SENTINEL = re.compile(
    r"^(?:SentinelAgent is .*|SentinelMonitor is .*|[ \t]+Agent Operational State:.*|[ \t]+ES Framework:.*|"
    r"Agent [Ss]tate:?[ \t]+\S.*)$",
    re.MULTILINE,
)
_SENTINEL_TOO = re.compile(
    r"^(?:Monitor Build id:|[ \t]*Self-Protection status:|[ \t]+Agent Network Monitoring:|Process Name[ \t]*\||"
    r"[ \t]+Protection:|(?:Connectivity|Operational state):?[ \t])",
    re.MULTILINE | re.IGNORECASE,
)
_FIELD = re.compile(r"[ \t]*([A-Za-z_][\w /-]{0,60}?)[ \t]*:[ \t]*(.*?)[ \t]*")
_LISTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BUILD = re.compile(r"[0-9][\w.]*")


def _claims(peek: Peek) -> bool:
    if peek.json_start:
        return all(f'"{name}"' in peek.text for name in _HEALTH) and ('"appVersion"' in peek.text or '"mdeBuild"' in peek.text)
    if kind_of(peek.head):  # a tar may hold it
        return False
    return _is_health(peek.text) or _is_sentinel(peek.text)


def _is_health(text: str) -> bool:
    return all(re.search(rf"^{name}[ \t]*:", text, re.MULTILINE) for name in _HEALTH_TEXT)


def _is_sentinel(text: str) -> bool:
    return bool(_SENTINEL.search(text) and _SENTINEL_TOO.search(text))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a status. Place is its ordinal; of an antivirus, its ordinal in the status."""
    with stream.binary() as file:
        start = file.read(256).decode(stream.encoding, "replace").lstrip("\ufeff \t\r\n")[:1]
    if start not in {"{", "["}:
        yield _from_text(stream)
        return
    place = 0
    for one in documents(stream):
        if isinstance(one, Reject):
            yield Batch(rejects=[one])
            continue
        for status in pages(one.value):
            place += 1
            if isinstance(status, dict) and text_of(status, "appVersion", "mdeBuild", "engineVersion"):
                yield _health(status, place, stream.host)
            else:
                yield Batch(rejects=[Reject(place, raw_of(status), "no health of an antivirus program")])


class _Agent(NamedTuple):
    """The program that gave the status."""

    name: str
    version: str | None
    runs: bool


def _batch(agent: _Agent, clues: list[tuple[str, str]], others: list[str], *, place: int, host: str | None) -> Batch:
    record = Record(place=place, lists=Lists.SOME_SOFTWARE, traces=frozenset())
    record.clues = clues + ([("hostname", host)] if host else [])
    record.note = "the antivirus program alone, and what it sees beside it"
    batch = Batch(record=record)
    batch.saw(Title(Trace.ANTIVIRUS, name=agent.name, version=agent.version), 1, State.RUNNING if agent.runs else State.INSTALLED)
    for turn, name in enumerate(others, start=2):
        # it is found by what it has open, so that it runs; the list also has programs that only get in the way
        batch.saw(Title(Trace.ANTIVIRUS, name=name), turn, State.INSTALLED)
    return batch


# -- Defender --------------------------------------------------------------------------------------------------------


def _set(status: dict[str, Any], name: str) -> Any:
    """A setting stands alone, or with who has set it."""
    value = status.get(name)
    return value.get("value") if isinstance(value, dict) else value


def _health(status: dict[str, Any], place: int, host: str | None) -> Batch:
    conflicting = status.get("conflictingApplications")
    others = [
        name
        for one in (conflicting if isinstance(conflicting, list) else [])
        if (name := text_of(one, "name", "applicationName", "path") or text_of({"name": one}, "name"))
    ]
    runs = _set(status, "realTimeProtectionEnabled") is True or _set(status, "passiveModeEnabled") is True
    agent = _Agent("Microsoft Defender", text_of(status, "appVersion", "mdeBuild"), runs)
    batch = _batch(agent, _ids(text_of(status, "edrMachineId")), others, place=place, host=host)
    assert batch.record
    subsystem = text_of(status, "realTimeProtectionSubsystem") or ""
    batch.record.os_family = _family(subsystem, mac="fullDiskAccessEnabled" in status)
    return batch


def _ids(number: str | None) -> list[tuple[str, str]]:
    """The id under which Defender's console knows the machine; people blot it out with stars."""
    return clues_of(("agent_id", f"defender:{number}" if number and re.fullmatch(r"[0-9A-Fa-f]{40}", number) else None))


def _family(subsystem: str, *, mac: bool) -> Os:
    if mac or "endpoint_security" in subsystem:
        return Os.MACOS
    return Os.LINUX if subsystem in {"fanotify", "ebpf", "auditd", "netlink", "fuse"} else Os.UNKNOWN


# -- statuses in text ------------------------------------------------------------------------------------------------


def _from_text(stream: Stream) -> Batch:
    lines = []
    with stream.text() as text:
        for line in iter(lambda: text.readline(_LONGEST), ""):
            lines.append(line.rstrip("\r\n"))
            if len(lines) >= _MOST_LINES:
                break
    whole = "\n".join(lines)
    fields: dict[str, str] = {}
    for line in lines:
        if found := _FIELD.fullmatch(line):
            fields.setdefault(found[1].lower(), found[2])
    if _is_health(whole):
        return _health_text(fields, stream.host)
    if _is_sentinel(whole):
        return _sentinel(whole, fields, stream.host)
    return Batch(rejects=[Reject(1, whole[:4096].encode("utf-8", "surrogatepass"), "no status of an antivirus program")])


def _health_text(fields: dict[str, str], host: str | None) -> Batch:
    def plain(name: str) -> str:
        return fields.get(name, "").split(" [", 1)[0].strip('" ')

    runs = "true" in {plain("real_time_protection_enabled"), plain("passive_mode_enabled")}
    others = [match[1] for match in _LISTED.finditer(fields.get("conflicting_applications", "")) if match[1].strip()]
    agent = _Agent("Microsoft Defender", plain("app_version") or None, runs)
    batch = _batch(agent, _ids(plain("edr_machine_id")), others, place=1, host=host)
    assert batch.record
    batch.record.os_family = _family(plain("real_time_protection_subsystem"), mac="full_disk_access_enabled" in fields)
    return batch


def _sentinel(whole: str, fields: dict[str, str], host: str | None) -> Batch:
    lowered = whole.lower()
    windows = "sentinelmonitor is " in lowered
    state = fields.get("agent operational state") or fields.get("agent state") or _after(lowered, "agent state")
    stopped = "is not loaded" in lowered or "is not running" in lowered
    runs = (windows and "sentinelagent is loaded" in lowered and not stopped) or state.lower().startswith("enabled")
    build = _BUILD.match(fields.get("monitor build id") or fields.get("version") or fields.get("agent version") or "")
    agent = _Agent("SentinelOne", build[0] if build else None, runs)
    number = fields.get("id") or fields.get("agent uuid") or ""
    batch = _batch(agent, clues_of(("agent_id", f"sentinelone:{number}" if number else None)), [], place=1, host=host)
    assert batch.record
    mac = "es framework" in lowered
    batch.record.os_family = Os.WINDOWS if windows else Os.MACOS if mac else Os.LINUX if "process name" in lowered else Os.UNKNOWN
    return batch


def _after(text: str, label: str) -> str:
    """What follows a label that begins a line, with spaces between."""
    line = next((line for line in text.split("\n") if line.strip().startswith(label)), "")
    return line.strip()[len(label) :].strip(" \t:")


LINUX_AV = Reader(
    name="linux-av",
    title="status of an antivirus program (mdatp health, sentinelctl status)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "Only the antivirus program itself is described, and with Defender what conflicts with it: no other software.",
        "The status names no machine by its host name, and no time at which it was made.",
        "What Defender calls conflicting counts as installed: most are other antivirus programs, some only get in its way.",
        "The status of SentinelOne is read from documentation: no real one was seen.",
    ),
    how=(
        'On each machine: `mdatp health --output json > "$(hostname).json"`, or `sudo sentinelctl status > "$(hostname).txt"` '
        "(on Linux `sentinelctl control status`). Give the machine by the file's name, or with `--host`."
    ),
    unit="status",
    basis=Basis.SAMPLES,
    needs_host=True,
    claims=_claims,
    batches=_batches,
)
