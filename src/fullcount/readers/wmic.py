"""Windows: what `wmic` prints, as columns, as CSV and as `Key=Value` lists. Software is that of the class Win32_Product;
lists of Win32_ComputerSystem, Win32_OperatingSystem, Win32_BIOS and Win32_ComputerSystemProduct name a machine; those of
Win32_Service, Win32_SystemDriver, Win32_Process and of the security centre's AntiVirusProduct are evidence beside.

`wmic` ends its lines with two carriage returns, writes UTF-16 into a file, and quotes no commas in CSV: of a row with
too many only what can be parted in one way is used. CSV with a column `Vendor` is read as a list of programs (`uninstall`).
Property names and values: Microsoft's pages of these classes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from fullcount.errors import UnreadableError
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, State, Title, Trace
from fullcount.reader import PEEK_BYTES, Basis, Peek, Reader, Stream
from fullcount.text import clean, without_user
from fullcount.when import iso_day, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BLOCK = 10_000  # programs that are handed on at once
_LONGEST = 1 << 16  # characters of a line
_SHOWN = 4096
_PEEKED = 100  # filled lines that are looked at
_HEADER_WITHIN = 50  # filled lines
_MOST_KEYS = 300  # of an instance; the longest class that is read has 80
_FREE = {"Caption", "Description", "InstallLocation", "Name", "Vendor"}  # properties whose values may hold commas
_PRODUCT = _FREE | {
    *("AssignmentType", "HelpLink", "HelpTelephone", "IdentifyingNumber", "InstallDate", "InstallDate2", "InstallSource"),
    *("InstallState", "Language", "LocalPackage", "PackageCache", "PackageCode", "PackageName", "ProductID", "RegCompany"),
    *("RegOwner", "SKUNumber", "Transforms", "URLInfoAbout", "URLUpdateInfo", "Version", "WordCount"),
}
_TELLING = {"IdentifyingNumber", "InstallDate", "Vendor", "Version"}  # one of them beside a name
_PAIR = re.compile(r"([A-Za-z_]\w{1,60})=(.*)")
_CIM = re.compile(r"(\d{14})\.\d{6}([+-])(\d{3})")
_WORKSTATIONS = {"0", "1"}  # DomainRole: alone, and of a domain
_SERVERS = {"2", "3"}  # ProductType: domain controller, server
_ADVERTISED = "1"  # InstallState: offered by a domain, and not installed
_AGAIN = "make the list again: wmic product get name,version,vendor,identifyingnumber,installdate /format:list"
_DIGITS = 12  # that no state has
_NOTE = "only what Windows Installer installed is listed"


class _Line(NamedTuple):
    place: int
    text: str


class _Row(NamedTuple):
    """One instance of a class: its properties, or why it cannot be used."""

    place: int
    raw: str
    said: dict[str, str] | str


@dataclass(slots=True)
class _Machine:
    """What the rows of one machine have said so far."""

    place: int
    batch: Batch
    record: Record = field(init=False)
    seen: bool = False
    beside: bool = False  # whether there is evidence that is no list of programs
    lost: int = 0

    def __post_init__(self) -> None:
        self.record = Record(place=self.place, os_family=Os.WINDOWS)


def _lines(stream: Stream) -> Iterator[_Line]:
    """The filled lines, numbered without the blank ones; of one that is too long, its beginning."""
    place, begins = 0, True
    with stream.text() as text:
        while line := text.readline(_LONGEST):
            if begins and line.strip():
                place += 1
                yield _Line(place, line.rstrip("\r\n"))
            begins = line.endswith(("\n", "\r"))


# -- recognising -----------------------------------------------------------------------------------------------------


def _form(head: list[str]) -> Callable[[Iterator[_Line]], Iterator[_Row]] | None:
    """Which of the three forms the first filled lines are; `None` for neither."""
    pairs = [match for line in head if (match := _PAIR.fullmatch(line.strip()))]
    if len(pairs) >= 2 and len(pairs) * 10 >= len(head) * 9:
        return _listed if _is_known({match[1] for match in pairs}, [match[1] for match in pairs]) else None
    if head and head[0].startswith("Node,"):
        names = set(head[0].strip().split(","))
        mine = names <= _PRODUCT | {"Node"} and {"Name"} <= names and bool(names & _TELLING)
        return _separated if mine and "Vendor" not in names else None
    return _columned if _header(head) is not None else None


def _header(head: list[str]) -> int | None:
    """Which line names the columns. Tables of other tools underline theirs, or have columns of their own."""
    for number, line in enumerate(head[:_HEADER_WITHIN]):
        names = line.split()
        below = head[number + 1 : number + 20]
        if not _names_columns(names) or len(below) < 2 or not below[0].strip(" -"):
            continue
        # wmic pads every line to one width; a name in wide letters may be off
        padded = sum(len(row) == len(line) for row in below) * 5 >= len(below) * 4 and line.endswith("  ")
        return number if padded and (len(names) == 1 or set(names) & _TELLING) else None
    return None


def _names_columns(names: list[str]) -> bool:
    return "Name" in names and set(names) <= _PRODUCT


def _is_known(keys: set[str], order: list[str]) -> bool:
    products = order.count("Name") >= 2 and keys <= _PRODUCT and bool(keys & _TELLING)
    machine = any(needed <= keys for needed in ({"CSName"}, {"DNSHostName"}, _COMPUTER, _BIOS, _SYSTEM_PRODUCT))
    return products or machine or any(needed <= keys for needed in _EVIDENCE)


_COMPUTER = {"Name", "Domain", "Manufacturer", "Model"}
_BIOS = {"SerialNumber", "SMBIOSBIOSVersion"}
_SYSTEM_PRODUCT = {"IdentifyingNumber", "UUID"}
_SERVICE, _PROCESS = {"Name", "PathName", "ServiceType", "State"}, {"Name", "ExecutablePath", "ProcessId"}
_ANTIVIRUS = {"displayName", "instanceGuid"}
_EVIDENCE = (_SERVICE, _PROCESS, _ANTIVIRUS)
_DRIVERS = {"Kernel Driver", "File System Driver"}
_ON, _OUTDATED = 0x1000, 0x10  # of a product's state, as the security centre keeps it


def claims(peek: Peek) -> bool:
    """One of the forms, with properties of one of the classes."""
    whole = peek.lines if peek.size <= len(peek.head) else peek.lines[:-1]
    return _form([line for line in whole if line.strip()][:_PEEKED]) is not None


# -- the three forms -------------------------------------------------------------------------------------------------


def _columned(lines: Iterator[_Line]) -> Iterator[_Row]:
    """Columns of a fixed width, which the header gives. What stands before it is no row."""
    starts: list[tuple[str, int]] = []
    for place, line in lines:
        if not starts:
            if _names_columns(line.split()):
                starts = [(match[0], match.start()) for match in re.finditer(r"\S+", line)]
            else:
                yield _Row(place, line, "stands before the list")
            continue
        ends = [start for _, start in starts[1:]] + [len(line)]
        if any(start and line[start - 1 : start].strip() for _, start in starts):
            yield _Row(place, line, "its columns do not stand under those of the header")
        else:
            yield _Row(place, line, {name: line[start:end] for (name, start), end in zip(starts, ends, strict=True)})


def _separated(lines: Iterator[_Line]) -> Iterator[_Row]:
    """CSV without quotes. A row with too many commas is parted where only one column can hold them."""
    header: list[str] = []
    for place, line in lines:
        cells = line.strip("\r").split(",")
        if not header:
            header = [name.strip() for name in cells]
            continue
        free = [number for number, name in enumerate(header) if name in _FREE]
        more = len(cells) - len(header)
        if more > 0 and len(free) == 1:
            first, last = free[0], free[0] + more
            cells = [*cells[:first], ",".join(cells[first : last + 1]), *cells[last + 1 :]]
        if len(cells) != len(header):
            yield _Row(place, line, f"has {len(cells)} cells under a header of {len(header)}: commas are not quoted here")
        else:
            yield _Row(place, line, dict(zip(header, cells, strict=True)))


def _listed(lines: Iterator[_Line]) -> Iterator[_Row]:
    """`Key=Value` lines. A key that comes again begins the next instance."""
    row: dict[str, str] = {}
    begun, shown = 0, ""
    for place, line in lines:
        match = _PAIR.fullmatch(line.strip())
        if not match:
            yield _Row(place, line, "is no `Key=Value`")
            continue
        if match[1] in row or len(row) > _MOST_KEYS:
            yield _Row(begun, shown, row)
            row, shown = {}, ""
        begun = begun if row else place
        row[match[1]] = match[2]
        shown += f"{line}\n"[: max(0, _SHOWN - len(shown))]
    if row:
        yield _Row(begun, shown, row)


# -- what a row says -------------------------------------------------------------------------------------------------


def batches(stream: Stream) -> Iterator[Batch]:
    """One record a node, or one in all. Place is the line, blank ones not counted. Raises `UnreadableError` where it is
    no such list.
    """
    with stream.binary() as file:
        head = file.read(PEEK_BYTES + 1)
    peek = Peek(path=stream.path, head=head[:PEEK_BYTES], size=len(head))
    form = _form([line for line in peek.lines if line.strip()][:_PEEKED])
    if form is None:
        raise UnreadableError("no list of wmic that is known", place=str(stream.path), hint=_AGAIN)
    machines: dict[str, _Machine] = {}
    for row in form(_lines(stream)):
        node = (clean(row.said.get("Node")) or "") if isinstance(row.said, dict) else next(iter(machines), "")
        machine = machines.setdefault(node, _Machine(row.place, Batch(key=node)))
        _take(machine, row)
        if len(machine.batch.sightings) + len(machine.batch.rejects) >= _BLOCK:
            yield machine.batch
            machine.batch = Batch(key=node)
    for node, machine in machines.items():
        yield _finished(machine, node or stream.host)


def _take(machine: _Machine, row: _Row) -> None:
    if isinstance(row.said, str):
        machine.lost += machine.seen
        machine.batch.reject(row.place, row.raw[:_SHOWN], row.said)
        return
    said = {name: value for name, written in row.said.items() if (value := clean(written))}
    if not row.said.keys() - _PRODUCT - {"Node"}:
        machine.seen = True
        wrong = _see(machine.batch, row.place, said)
        if wrong:
            machine.lost += 1
            machine.batch.reject(row.place, row.raw[:_SHOWN], wrong)
    else:
        if title := _beside(set(row.said), said):
            machine.beside = True
            machine.batch.saw(title, row.place, _state_of(title.type, said))
        _describe(machine.record, set(row.said), said)


def _see(batch: Batch, place: int, said: dict[str, str]) -> str | None:
    """See one program; else why the row cannot be used."""
    name, code = said.get("Name") or said.get("Caption"), said.get("IdentifyingNumber")
    if not name and not code:
        return "a program without a name"
    path = said.get("InstallLocation")
    title = Title(
        Trace.PROGRAM,
        name=name,
        version=said.get("Version"),
        publisher=said.get("Vendor"),
        product_code=code,
        path=without_user(path) if path else None,
    )
    detail = Detail(path=path, installed_on=iso_day(said.get("InstallDate")))
    state = State.MENTION if said.get("InstallState") == _ADVERTISED else State.INSTALLED
    batch.saw(title, place, state, detail if any(detail) else None)
    return None


def _beside(keys: set[str], said: dict[str, str]) -> Title | None:
    """A service, driver, process or antivirus registration; nothing for an instance of another class."""
    name, path = said.get("Name"), said.get("PathName") or said.get("ExecutablePath") or said.get("pathToSignedProductExe")
    path = without_user(path) if path else None
    if keys >= _ANTIVIRUS and (display := said.get("displayName")):
        return Title(
            Trace.ANTIVIRUS, name=display, version=said.get("versionNumber"), publisher=said.get("companyName"), path=path
        )
    if keys >= _SERVICE and name:
        display, driver = said.get("DisplayName") or name, said.get("ServiceType") in _DRIVERS
        return (
            Title(Trace.DRIVER, name=display, driver=name, path=path)
            if driver
            else Title(Trace.SERVICE, name=display, service=name, path=path)
        )
    return Title(Trace.PROCESS, name=name, path=path) if keys >= _PROCESS and name else None


def _state_of(trace: str, said: dict[str, str]) -> State:
    """A registration that is off or outdated is residue; a service that does not run is installed."""
    if trace == Trace.PROCESS:
        return State.RUNNING
    if trace != Trace.ANTIVIRUS:
        return State.RUNNING if said.get("State") == "Running" else State.INSTALLED
    written = said.get("productState", "")
    if written.isdecimal() and len(written) < _DIGITS:
        number = int(written)
        return State.RUNNING if number & _ON and not number & _OUTDATED else State.RESIDUE
    flags = {said.get("onAccessScanningEnabled", ""), said.get("productUptoDate", "")}  # Windows XP says it in words
    return State.RESIDUE if "FALSE" in flags else State.RUNNING if flags == {"TRUE"} else State.INSTALLED


def _describe(record: Record, keys: set[str], said: dict[str, str]) -> None:
    """What an instance of another class says of the machine. The serial number of an operating system is a licence's,
    and the manufacturer of a BIOS is not the machine's.
    """
    found: dict[str, str | None] = {}
    if keys >= _SYSTEM_PRODUCT:
        found = {"serial": said.get("IdentifyingNumber"), "uuid": said.get("UUID"), "manufacturer": said.get("Vendor")}
    elif keys >= _BIOS:
        found = {"serial": said.get("SerialNumber")}
    elif "CSName" in keys:
        found = {"hostname": said.get("CSName")}
        if "ProductType" in keys:
            record.os = said.get("Caption")
            record.machine_class = Class.SERVER if said.get("ProductType") in _SERVERS else Class.WORKSTATION
            record.heard_at = _moment(said.get("LocalDateTime", ""))
        elif "HotFixID" in keys:
            record.note = "its updates are not read"
    elif keys >= _SERVICE:
        found = {"hostname": said.get("SystemName")}
    elif keys >= _COMPUTER or "DNSHostName" in keys:
        found = _computer(record, said)
    record.clues += [clue for kind, value in found.items() if value and (clue := (kind, value)) not in record.clues]


def _computer(record: Record, said: dict[str, str]) -> dict[str, str | None]:
    """A computer system. Outside a domain, `Domain` names a workgroup."""
    name, domain = said.get("DNSHostName") or said.get("Name"), said.get("Domain")
    if role := said.get("DomainRole"):
        record.machine_class = Class.WORKSTATION if role in _WORKSTATIONS else Class.SERVER
    joined = domain if said.get("PartOfDomain") == "TRUE" else None
    full = f"{name}.{joined}" if name and joined and "." in joined else None
    return {"hostname": name, "fqdn": full, "domain": joined, "manufacturer": said.get("Manufacturer")}


def _moment(written: str) -> datetime | None:
    """A date of CIM: its last part is how many minutes the zone is before UTC.

    >>> _moment("20130822204447.709000+120")
    datetime.datetime(2013, 8, 22, 18, 44, 47)
    """
    match = _CIM.fullmatch(written)
    local = parse(match[1]) if match else None
    return local - timedelta(minutes=int(f"{match[2]}{match[3]}")) if match and local else None


def _finished(machine: _Machine, host: str | None) -> Batch:
    """The record of a machine. A name from outside counts only where none is inside."""
    record = machine.record
    if host and not any(kind == "hostname" for kind, _ in record.clues):
        record.clues.append(("hostname", host))
    record.lists = Lists.SOME_SOFTWARE if machine.seen or machine.beside else Lists.MACHINES
    notes = [_NOTE] if machine.seen else [record.note] if record.note else []
    notes += [] if machine.seen or not machine.beside else ["it is no list of programs"]
    notes += [f"{machine.lost} lines could not be read"] if machine.lost else []
    record.note = "; ".join(notes) or None
    machine.batch.record = record
    return machine.batch


WMIC = Reader(
    name="wmic",
    title="wmic output (Windows)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "`wmic product` lists only what Windows Installer installed: other programs, and those of other users, are missing.",
        "`wmic product get name,version` names no publishers.",
        "Only CSV names its machine, and none says when it was made.",
        "Services, drivers, processes and antivirus registrations are read from `Key=Value` lists alone; updates are not read.",
    ),
    how=(
        "Prefer a list of the Uninstall keys (see `uninstall`), which is complete. Where only wmic is there, on each machine: "
        "`wmic product get name,version,vendor,identifyingnumber,installdate /format:list > %COMPUTERNAME%.txt`; beside it "
        "`wmic csproduct list full > %COMPUTERNAME%-csproduct.txt`. Give the machine by the file's name, or with `--host`, and "
        "put the files of one day into a folder named by its date (2017-10-10)."
    ),
    unit="line",
    basis=Basis.SAMPLES,
    needs_host=True,
    claims=claims,
    batches=batches,
)
