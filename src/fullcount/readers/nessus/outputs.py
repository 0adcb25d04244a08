"""What the scanner's plugins wrote about one host's software: the same words in a `.nessus` file and in the cells of a
spreadsheet.

The forms of the lists are facts of the plugins: 20811 writes the names of Windows' install keys, 22869 what the package
manager said over SSH, 45590 the CPEs of what was recognised.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fullcount.model import Batch, Detail, Lists, Os, State, Title, Trace
from fullcount.text import clean
from fullcount.when import iso_day

if TYPE_CHECKING:
    from collections.abc import Iterable

PROGRAMS, PACKAGES, CPES, MAC_APPS, SCAN, WMI = "20811", "22869", "45590", "83991", "19506", "24270"
CUT = "the scanner cut the software list short"
_SHOWN = 4096  # so much of a reject is kept

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
_CREDENTIALED = re.compile(r"^[ \t]*Credentialed checks : (yes|no)\b", re.MULTILINE)


@dataclass(slots=True)
class Look:
    """What the outputs heard so far say of one host's software."""

    traces: set[Trace] = field(default_factory=set)
    gaps: list[str] = field(default_factory=list)
    credentialed: str = ""
    detected: dict[str, Title] = field(default_factory=dict)  # CPE -> what was recognised

    def hear(self, plugin: str, text: str, batch: Batch, place: int) -> None:
        """Take one plugin's output: its software goes into the batch; other plugins than those named above say nothing."""
        if plugin in _LISTS:
            self._hear_list(plugin, text, batch, place)
        elif plugin == MAC_APPS:
            batch.reject(place, text[:_SHOWN], "the form of plugin 83991's list is not known")
            self.gaps.append("the list of plugin 83991 was not read")
        elif plugin == CPES:
            self.recognise(map(str.strip, text.split("\n")), batch, place)
        elif plugin == SCAN and (said := _CREDENTIALED.search(text)):
            self.credentialed = said[1]

    def _hear_list(self, plugin: str, text: str, batch: Batch, place: int) -> None:
        seen, lost = len(batch.sightings), len(batch.rejects)
        trace, gap = _LISTS[plugin], (_read_programs if plugin == PROGRAMS else _read_packages)(text, batch, place)
        if lost < len(batch.rejects):
            gap = gap or "lines of the software list could not be read"
        elif seen == len(batch.sightings):
            gap = gap or "the software list is empty"
        self.traces.add(trace)
        self.gaps += [gap] if gap else []

    def recognise(self, lines: Iterable[str], batch: Batch, place: int) -> None:
        """Lines of plugin 45590, or `cpe` tags: `cpe:/a:vendor:product:version -> words`. See `detections`."""
        for line in lines:
            cpe, _, words = map(str.strip, line.partition(" -> "))
            if match := _CPE.fullmatch(cpe):
                if cpe not in self.detected or not self.detected[cpe].name:
                    version = None if match[1] in {"*", "-"} else clean(match[1])
                    self.detected[cpe] = Title(Trace.DETECTION, name=clean(words), version=version, cpe=cpe)
            elif line and not line.endswith(":"):
                batch.reject(place, line[:_SHOWN], "no CPE")

    def detections(self, batch: Batch, place: int) -> None:
        """Put what was recognised into the batch, each CPE once."""
        for title in self.detected.values():
            batch.saw(title, place)

    def lists(self) -> tuple[Lists, frozenset[Trace], str | None]:
        """What the software lists cover, and why they cover no more."""
        if self.gaps:
            return Lists.SOME_SOFTWARE, frozenset(), "; ".join(dict.fromkeys(self.gaps))
        if self.traces:
            return Lists.ALL_SOFTWARE, frozenset(self.traces), None
        return Lists.SOME_SOFTWARE if self.detected else Lists.MACHINES, frozenset(), self._why_no_list()

    def lists_of_findings(self) -> tuple[Lists, frozenset[Trace], str | None]:
        """The same where findings stand alone, without their scan: without a list or a detection they only name the host."""
        lists, traces, note = self.lists()
        return (lists if self.traces or self.detected else Lists.MACHINES), traces, note

    def family(self) -> Os:
        """The family that a whole list proves: install keys are Windows', and dpkg's and rpm's lines are Linux's."""
        if self.gaps or len(self.traces) != 1:
            return Os.UNKNOWN
        return Os.WINDOWS if Trace.PROGRAM in self.traces else Os.LINUX

    def _why_no_list(self) -> str:
        match self.credentialed:
            case "false" | "no":
                return "scanned without credentials: no software list"
            case "true" | "yes":
                return "scanned with credentials, but neither plugin 20811 nor 22869 reported: no software list"
            case _:
                return "neither plugin 20811 nor 22869 reported: no software list"


_LISTS = {PROGRAMS: Trace.PROGRAM, PACKAGES: Trace.PACKAGE}


def wmi_clues(text: str) -> list[tuple[str, str]]:
    """The maker and the serial number, as plugin 24270 has them."""
    kinds = (("serial", "SerialNumber"), ("manufacturer", "Manufacturer"))
    found = ((kind, re.search(rf"^[ \t]*Computer {label} : (.*)$", text, re.MULTILINE)) for kind, label in kinds)
    return [(kind, match[1].strip()) for kind, match in found if match and clean(match[1])]


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
            gap = CUT
        elif _TRUNCATED.fullmatch(line):
            batch.reject(place, line[:_SHOWN], gap := CUT)
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
        return CUT
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
            batch.reject(place, line[:_SHOWN], gap := CUT)
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
