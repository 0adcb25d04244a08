"""The report of sos on one Linux machine (`sosreport-HOST-DATE-ID.tar.xz`), read as one machine.

It keeps what commands printed below `sos_commands/PLUGIN/`, copies of files by their paths, and links to some of both at
its top. Facts: the source of sos (plug-ins rpm, dpkg, snap, flatpak, host, hardware, networking, date).
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, NamedTuple

from fullcount import when
from fullcount.bundle import SOS, kind_of
from fullcount.clue import name_key
from fullcount.container import Member, inside
from fullcount.document import clues_of, names_of
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Lists, Os, Record, Trace
from fullcount.packages import printed
from fullcount.packages.part import parts
from fullcount.reader import Basis, Peek, Reader, Stream, encoding_of
from fullcount.readers.sosreport.dmidecode import described, sections_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_MOST_ARCHIVE = 64 << 30
_MOST_FILE = 64 << 20  # of a file that is read; lists of packages have up to a few hundred thousand bytes
_MOST_LINKS = 100_000
_AGAIN = "make the report again: sudo sos report --batch"
_RPM, _DPKG, _SNAP, _FLATPAK = "rpm", "dpkg", "snap", "flatpak"
# Where each thing may lie, the best first
_WANTED: dict[str, tuple[str, ...]] = {
    _RPM: (r"installed-rpms", r"sos_commands/rpm/(?:sh_-c_)?rpm_.*-qa.*"),
    _DPKG: (r"sos_commands/dpkg/dpkg_-l", r"installed-debs"),
    _SNAP: (r"sos_commands/snap/snap_list(?:_--all)?",),
    _FLATPAK: (r"sos_commands/flatpak/flatpak_list.*",),
    "name": (r"hostname", r"sos_commands/(?:host|general)/hostname", r"etc/hostname", r"proc/sys/kernel/hostname"),
    "full name": (r"sos_commands/(?:host|general)/hostname_-f",),
    "machine id": (r"etc/machine-id", r"var/lib/dbus/machine-id"),
    "dmidecode": (r"dmidecode", r"sos_commands/hardware/dmidecode"),
    "addresses": (r"sos_commands/networking/ip_-d_addr(?:ess)?", r"ip_addr", r"sos_commands/networking/ip_-o_addr"),
    "date": (r"date", r"sos_commands/(?:date|general)/date"),
    "system": (r"etc/os-release", r"usr/lib/os-release"),
}
_MACHINE_ID = re.compile(r"[0-9a-f]{32}")
_MAC = re.compile(r"link/ether ([0-9a-f:]{17})\b")
_ADDRESS = re.compile(r"\binet6? ([0-9a-f.:]{2,39})/")
_ZONED = re.compile(r"(\w{3} \w{3} +\d{1,2} \d\d:\d\d:\d\d) (?:[A-Z]{2,5}|[+-]\d{2,4}) (\d{4})")
_DAY_FIRST = re.compile(r"\w{3} +(\d{1,2}) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d)( [AP]M)? \S{1,6}")


class _Contents(NamedTuple):
    """What is in the report: its top folder, where the wanted things lie, and why it may not be whole."""

    top: str
    places: dict[str, str]
    problem: str


def claims(peek: Peek) -> bool:
    """A tar with one folder at its top, named as sos names it."""
    return kind_of(peek.head) == SOS


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the line in the lists of packages, counted through. Raises `UnreadableError` for a report in
    which nothing of a machine is found.
    """
    contents = _contents(stream)
    texts = _texts(stream, contents)
    if not texts:
        raise UnreadableError(contents.problem or "nothing of a machine is in it", place=str(stream.path), hint=_AGAIN)
    notes = [contents.problem] if contents.problem else []
    whole, last, seen = False, 0, False
    for role in (_RPM, _DPKG, _SNAP, _FLATPAK):
        if role not in texts or not texts[role].strip():
            continue
        try:
            listed = _listed(contents.places[role], texts[role])
            for batch, said, end in parts(printed.batches(listed), key="machine", start=last):
                last = end if said else last  # the list's own record comes last
                yield batch
                seen = seen or bool(batch.sightings)
                if said and role in {_RPM, _DPKG}:
                    whole = whole or said.lists is Lists.ALL_SOFTWARE
                    notes += [said.note] if said.note else []
        except UnreadableError as error:
            last += 1
            batch = Batch(key="machine")
            batch.reject(last, texts[role][:4096], f"{contents.places[role]}: {error.message}")
            notes.append(f"{contents.places[role]} could not be read")
            yield batch
    yield Batch(key="machine", record=_record(contents, texts, notes, whole=whole and not notes, seen=seen))


def _listed(name: str, data: bytes) -> Stream:
    member = Member(name, lambda: io.BytesIO(data), size=len(data), modified=0)
    return Stream(path=member, encoding=encoding_of(data[:65_536], whole=len(data) <= 65_536))


# -- what lies in it -------------------------------------------------------------------------------------------------


def _contents(stream: Stream) -> _Contents:
    """Look through the names of the report once: links at its top lead to what was printed, which may stand before them."""
    names, links, top, problem = dict[str, str](), dict[str, str](), "", ""
    with stream.binary() as raw, io.BufferedReader(raw) as file:  # type: ignore[type-var]
        try:
            for entry, member in inside(file, str(stream.path), most=_MOST_ARCHIVE):
                head, _, path = entry.name.removeprefix("./").partition("/")
                top = top or head
                role = _role(path) if head == top else ""
                if entry.issym() and role and len(links) < _MOST_LINKS:
                    links[path] = _target(path, entry.linkname)
                elif member is not None and (role or path.startswith("sos_commands/")) and len(names) < _MOST_LINKS:
                    names[path] = role
        except UnreadableError as error:
            problem = error.message
    places: dict[str, str] = {}
    for role, patterns in _WANTED.items():
        for pattern in patterns:
            fitting = sorted(path for path in (*names, *links) if re.fullmatch(pattern, path))
            found = [path for one in fitting if (path := one if one in names else links[one]) in names]
            if found and role not in places:
                places[role] = found[0]
    return _Contents(top, places, problem)


def _role(path: str) -> str:
    return next((role for role, patterns in _WANTED.items() if any(re.fullmatch(one, path) for one in patterns)), "")


def _target(path: str, link: str) -> str:
    """Where a link leads, below the top folder."""
    found = path.split("/")[:-1] if not link.startswith("/") else []
    for part in link.split("/"):
        found = found[:-1] if part == ".." else found if part in {"", "."} else [*found, part]
    return "/".join(found)


def _texts(stream: Stream, contents: _Contents) -> dict[str, bytes]:
    """The wanted things by their roles."""
    wanted = {place: role for role, place in contents.places.items()}
    texts: dict[str, bytes] = {}
    with stream.binary() as raw, io.BufferedReader(raw) as file:  # type: ignore[type-var]
        try:
            for entry, member in inside(file, str(stream.path), most=_MOST_ARCHIVE):
                head, _, path = entry.name.removeprefix("./").partition("/")
                if member is not None and head == contents.top and path in wanted and entry.size <= _MOST_FILE:
                    texts.setdefault(wanted[path], member.read())
                    if len(texts) == len(wanted):
                        break
        except UnreadableError:
            pass  # said already
    return texts


# -- the machine -----------------------------------------------------------------------------------------------------


def _record(contents: _Contents, texts: dict[str, bytes], notes: list[str], *, whole: bool, seen: bool) -> Record:
    said = {role: data.decode("utf-8", "replace").strip() for role, data in texts.items() if role not in {_RPM, _DPKG}}
    record = Record(place=1, os_family=Os.LINUX, os=_system(said.get("system", "")))
    described(record, sections_of(said.get("dmidecode", "").splitlines()))
    number = said.get("machine id", "")
    addresses = said.get("addresses", "")
    record.clues += clues_of(
        ("agent_id", f"machine-id:{number}" if _MACHINE_ID.fullmatch(number) else None),
        *(("mac", mac) for mac in _MAC.findall(addresses)),
        *(("ip", address) for address in _ADDRESS.findall(addresses)),
    )
    if "obfuscated" in contents.top:
        notes.append("the report was cleaned: its names and addresses are not those of the machine")
        record.clues = [(kind, value) for kind, value in record.clues if kind not in {"mac", "ip"}]
    else:
        names = (said.get(role, "").split("\n", 1)[0].strip() for role in ("full name", "name"))
        record.clues += dict.fromkeys(names_of(*(name for name in names if name_key(name) and " " not in name)))
    record.looked_at = _date(said.get("date", ""))
    notes += [] if seen else ["no list of packages is in it"]
    record.lists = Lists.ALL_SOFTWARE if whole else Lists.SOME_SOFTWARE if seen else Lists.MACHINES
    record.traces = None if whole else frozenset()
    record.note = "; ".join(dict.fromkeys(notes)) or None
    return record


def _system(text: str) -> str | None:
    line = next((line for line in text.splitlines() if line.startswith("PRETTY_NAME=")), "")
    return line.partition("=")[2].strip().strip("\"'") or None


def _date(text: str) -> datetime | None:
    """When the report was made, as `date` prints it: the machine's own time, up to some hours from UTC.

    >>> _date("Wed Oct 16 09:21:42 EDT 2019"), _date("Wed 16 Oct 2019 09:21:42 PM UTC")
    (datetime.datetime(2019, 10, 16, 9, 21, 42), datetime.datetime(2019, 10, 16, 21, 21, 42))
    """
    line = text.split("\n", 1)[0].strip()
    if match := _ZONED.fullmatch(line):
        return when.parse(f"{match[1]} {match[2]}")
    if match := _DAY_FIRST.fullmatch(line):
        day, month, year, hour, minute, second, half = match.groups()
        moment = when.parse(f"Mon {month} {day} {hour}:{minute}:{second} {year}")
        if moment and half:
            return moment.replace(hour=moment.hour % 12 + (12 if half == " PM" else 0))
        return moment
    return when.parse(line)


SOSREPORT = Reader(
    name="sosreport",
    title="report of sos on a Linux machine (sosreport)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PACKAGE}),
    blind=(
        "Only packages of rpm or dpkg are listed in full, and snaps and flatpaks where sos asked for them.",
        "What was unpacked or built without a package manager is not listed.",
        "The report is dated by the machine's own clock and time zone.",
        "A report that sos has cleaned (`--clean`) names no machine.",
    ),
    how=(
        "On each machine: `sudo sos report --batch` (older: `sosreport --batch`), and give the archive from `/var/tmp` as it is; "
        "a bundle of `sos collect` is read too."
    ),
    unit="line",
    basis=Basis.DOCUMENTATION,
    claims=claims,
    batches=batches,
)
