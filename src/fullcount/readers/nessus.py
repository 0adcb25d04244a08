"""Nessus and Tenable: a scan exported as `.nessus` (version 2).

The forms of the lists are facts of the scanner's plugins: 20811 writes the names of Windows' install keys, 22869
what the package manager said over SSH, 45590 the CPEs of what was recognised. Only `Report/ReportHost` is read:
the policy before it names vendors in its plugin families.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from fullcount.errors import UnreadableError
from fullcount.model import Batch, Class, Detail, File, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream, utc
from fullcount.text import clean, key
from fullcount.when import iso_day, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from xml.etree.ElementTree import Element

_ROOT = "NessusClientData_v2"
_HEARD = _PROGRAMS, _PACKAGES, _CPES, _MAC_APPS, _SCAN, _WMI = "20811", "22869", "45590", "83991", "19506", "24270"
_DEEPEST, _SHOWN, _CHUNK = 64, 4096, 1 << 20  # elements in one another (real files: 6); so much of a reject is kept
_CUT = "the scanner cut the software list short"

_PROGRAM_HEADING = re.compile(r"The following software (?:is|are) installed on the remote host\s*:?")
_UPDATE_HEADING = re.compile(r"The following updates are installed\s*:?")
_PACKAGE_HEADING = re.compile(r"Here is the list of packages installed on the remote (.+?) (?:system|host)\s*:?")
_NO_PACKAGES = re.compile(r"There are no packages installed on the remote .+")
_TRUNCATED = re.compile(r"\W*(?:\w+\W+){0,10}truncated\W*", re.IGNORECASE)
# One inner pair of brackets is allowed; the two parts stand at the end of the line, in this order.
_INSTALLED_ON = re.compile(r"(?:^| )\[installed on ((?:[^\[\]]|\[[^\[\]]*\])*)\]$")
_VERSION = re.compile(r"(?:^| )\[version ((?:[^\[\]]|\[[^\[\]]*\])*)\]$")
_OPEN = re.compile(r"  \[(?:version|installed on) [^\[\]]*$")
_CODE = re.compile(r"\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
_DPKG = re.compile(r"[uirph]([ncHUFWti])R?\s+([^\s:]+)(?::\S+)?\s+(\S+)(?:\s.*)?")
_DPKG_TOP = ("Desired=", "| Status=", "|/ Err?=", "||/ ", "+++-")
# What dpkg's second letter says: half-configured and waiting for triggers are unpacked in full.
_DPKG_STATE = {"n": State.REMOVED, "c": State.RESIDUE, "H": State.FILES, "U": State.FILES}
_RPM_ARCH = r"\.(?:noarch|src|i[3-6]86|x86_64|amd64|ia64|ppc(?:64(?:le)?)?|s390x?|armv7hl|aarch64|riscv64)"
_RPM = re.compile(rf"([^\s|]+)-([^\s|-]+)-([^\s|-]+?)(?:{_RPM_ARCH})?(?:\|(\S+))?(?:\s+(.*))?")
# Systems whose package managers write neither dpkg's nor rpm's lines.
_BY_LINE = ("AIX", "FreeBSD", "Gentoo", "HP-UX", "JunOS", "Mac OS X", "macOS", "Slackware", "Solaris", "ESX", "Zscaler")
_CPE = re.compile(r"(?:x-)?cpe:(?:/|2\.3:)[aoh]:[^\s:]+(?::[^\s:]*)?(?::([^\s:]*))?(?::\S*)?")
_CREDENTIALED = re.compile(r"^Credentialed checks : (yes|no)\b", re.MULTILINE)
_ADDRESS = re.compile(r"\d+(?:\.\d+){3}|\S*:\S*")
_CLIENT = re.compile(r"windows (?:xp|vista|7|8|8\.1|10|11)\b")
_TYPES = {
    **dict.fromkeys(("router", "switch", "firewall", "load-balancer", "vpn", "wireless-access-point"), Class.NETWORK),
    **dict.fromkeys(("printer", "print-server"), Class.PRINTER),
    **dict.fromkeys(("embedded", "webcam", "camera", "scada", "pbx"), Class.OTHER),
    "mobile": Class.PHONE,
    "hypervisor": Class.SERVER,
}
# A Cisco router runs "IOS" too: only Apple's is meant.
_FAMILY = re.compile(r"(?P<windows>windows)|(?P<macos>mac ?os)|(?P<android>android)|(?P<ios>apple ios)|(?P<linux>linux)")
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
    names = [key(system) for system in systems]
    batch.record = Record(
        place=place,
        clues=_clues(host),
        machine_class=_class(names, host.tag("system-type") or ""),
        lists=lists,
        traces=traces,
        looked_at=looked,
        heard_at=ended,
        os=clean(" / ".join(systems)),
        os_family=_family(names),
        note=note,
    )
    return batch


def _software(host: _Host, batch: Batch, place: int) -> tuple[Lists, frozenset[Trace], str | None]:
    """Fills the batch; returns what the lists cover and why they cover no more."""
    traces: set[Trace] = set()
    gaps: list[str] = []
    for plugin, trace, read in ((_PROGRAMS, Trace.PROGRAM, _read_programs), (_PACKAGES, Trace.PACKAGE, _read_packages)):
        for text in host.outputs.get(plugin, ()):
            seen, lost = len(batch.sightings), len(batch.rejects)
            gap = read(text, batch, place)
            if lost < len(batch.rejects):
                gap = gap or "lines of the software list could not be read"
            elif seen == len(batch.sightings):
                gap = gap or "the software list is empty"
            traces.add(trace)
            gaps += [gap] if gap else []
    for text in host.outputs.get(_MAC_APPS, ()):
        batch.reject(place, text[:_SHOWN], "the form of plugin 83991's list is not known")
        gaps.append("the list of plugin 83991 was not read")
    detected = _read_detections(host, batch, place)
    if gaps:
        return Lists.SOME_SOFTWARE, frozenset(), "; ".join(dict.fromkeys(gaps))
    if traces:
        return Lists.ALL_SOFTWARE, frozenset(traces), None
    return Lists.SOME_SOFTWARE if detected else Lists.MACHINES, frozenset(), _why_no_list(host)


def _why_no_list(host: _Host) -> str:
    said = _CREDENTIALED.search(host.output(_SCAN))
    match host.tag("Credentialed_Scan") or (said[1] if said else ""):
        case "false" | "no":
            return "scanned without credentials: no software list"
        case "true" | "yes":
            return "scanned with credentials, but neither plugin 20811 nor 22869 reported: no software list"
        case _:
            return "neither plugin 20811 nor 22869 reported: no software list"


def _read_programs(text: str, batch: Batch, place: int) -> str | None:
    """Plugin 20811: one line a program, between two headings. Returns why the list is less than complete."""
    gap = None
    section = "before"
    for line in map(str.strip, text.split("\n")):
        if _PROGRAM_HEADING.fullmatch(line):
            section = "programs"
        elif _UPDATE_HEADING.fullmatch(line):
            section = "updates"  # patches of programs, not programs
        elif section == "before" and "only a partial" in line:  # it goes on: report verbosity
            gap = _CUT
        elif _TRUNCATED.fullmatch(line):
            batch.reject(place, line[:_SHOWN], gap := _CUT)
        elif section == "programs" and line:
            gap = _read_program(line, batch, place) or gap
    if section == "before":
        batch.reject(place, text[:_SHOWN], "plugin 20811 without its heading")
    return gap


def _read_program(line: str, batch: Batch, place: int) -> str | None:
    """One program. A name may hold brackets, so the parts are taken from the right."""
    name, installed, version = line, None, None
    if match := _INSTALLED_ON.search(name):
        name, installed = name[: match.start()].rstrip(), clean(match[1])
    if match := _VERSION.search(name):
        name, version = name[: match.start()].rstrip(), clean(match[1])
    if not name:
        batch.reject(place, line[:_SHOWN], "a program without a name")
    elif _OPEN.search(name):
        batch.reject(place, line[:_SHOWN], "the line ends inside a bracket")
        return _CUT
    else:
        code = name if _CODE.fullmatch(name) else None  # a key without a display name is listed by its own name
        title = Title(Trace.PROGRAM, name=name, version=version, product_code=code)
        batch.saw(title, place, detail=Detail(installed_on=iso_day(installed)) if installed else None)
    return None


def _read_packages(text: str, batch: Batch, place: int) -> str | None:
    """Plugin 22869: what the package manager printed. Returns why the list is less than complete."""
    gap = None
    headed = by_line = False
    for line in map(str.strip, text.split("\n")):
        if heading := _PACKAGE_HEADING.fullmatch(line):
            headed = True
            if by_line := any(word in heading[1] for word in _BY_LINE):
                gap = f"the package list of {heading[1]} is kept line by line, names and versions unparted"
        elif _NO_PACKAGES.fullmatch(line):
            headed = True
        elif _TRUNCATED.fullmatch(line):
            batch.reject(place, line[:_SHOWN], gap := _CUT)
        elif headed and by_line and line:
            batch.saw(Title(Trace.PACKAGE, name=line), place)
        elif headed and line and not line.startswith(_DPKG_TOP):
            _read_package(line, batch, place)
    if not headed:
        batch.reject(place, text[:_SHOWN], "plugin 22869 without its heading")
    return gap


def _read_package(line: str, batch: Batch, place: int) -> None:
    """A line of `dpkg -l`, or of rpm: `name-version-release.arch|epoch date`, the last three where there are any."""
    if match := _DPKG.fullmatch(line):
        letter, name, version = match.groups()
        title = Title(Trace.PACKAGE, name=name, version=None if version == "<none>" else version, package=name)
        batch.saw(title, place, _DPKG_STATE.get(letter, State.INSTALLED))
    elif match := _RPM.fullmatch(line):
        name, version, release, epoch, installed = match.groups()
        full = f"{version}-{release}"
        if epoch and epoch.isdecimal() and epoch.strip("0"):  # else "(none)"
            full = f"{epoch}:{full}"
        detail = Detail(installed_on=iso_day(installed)) if installed else None
        batch.saw(Title(Trace.PACKAGE, name=name, version=full, package=name), place, detail=detail)
    else:
        batch.reject(place, line[:_SHOWN], "neither a dpkg nor an rpm line")


def _read_detections(host: _Host, batch: Batch, place: int) -> bool:
    """Plugin 45590 and the `cpe` tags: `cpe:/a:vendor:product:version -> words`. Returns whether there were any."""
    tags = [value for name, values in host.tags.items() if re.fullmatch(r"cpe(?:-\d+)?", name) for value in values]
    named: dict[str, Title] = {}
    for line in (*tags, *map(str.strip, host.output(_CPES).split("\n"))):
        cpe, _, words = map(str.strip, line.partition(" -> "))
        if match := _CPE.fullmatch(cpe):
            if cpe not in named or not named[cpe].name:
                version = None if match[1] in {"*", "-"} else clean(match[1])
                named[cpe] = Title(Trace.DETECTION, name=clean(words), version=version, cpe=cpe)
        elif line and not line.endswith(":"):
            batch.reject(place, line[:_SHOWN], "no CPE")
    for title in named.values():
        batch.saw(title, place)
    return bool(named)


def _clues(host: _Host) -> list[tuple[str, str]]:
    clues = _names(host)
    clues += [(kind, word) for kind, name in _TAG_CLUES for value in host.tags.get(name, ()) for word in value.split()]
    clues += [("agent_id", f"nessus:{value}") for value in host.tags.get("host-uuid", ())]
    for kind, label in (("serial", "SerialNumber"), ("manufacturer", "Manufacturer")):
        if (match := re.search(rf"^[ \t]*Computer {label} : (.*)$", host.output(_WMI), re.MULTILINE)) and clean(match[1]):
            clues.append((kind, match[1].strip()))
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


def _class(names: list[str], kind: str) -> Class:
    """By the system's name where Windows says that it is a server, else by the scanner's guess of a type."""
    if names and all("windows" in name and "server" in name for name in names):
        return Class.SERVER
    if guess := _TYPES.get(key(kind).replace(" ", "-")):
        return guess
    return Class.WORKSTATION if names and all(map(_CLIENT.search, names)) else Class.UNKNOWN


def _family(names: list[str]) -> Os:
    """Of several guesses only an agreed one is used."""
    matches = map(_FAMILY.search, names)
    found = {Os(match.lastgroup or "") if match else Os.OTHER for match in matches}
    return found.pop() if len(found) == 1 else Os.UNKNOWN


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
