"""The laws: what must hold of any exports whatever, tried on made-up organisations that collide as badly as real ones.

1. Nothing is lost. 2. Everything is counted once, and every number is the size of its list, also in a tree of components.
3. Order and repetition do not matter, nor do those of decisions. 4. More evidence never hides a finding, nor does a decision
about machines, nor the day as of which is counted.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.packs import BOD

from fullcount import chain, decision
from fullcount.console import engine
from fullcount.errors import UsageError
from fullcount.model import Grade, State
from fullcount.read import Options
from fullcount.readers import READERS
from fullcount.report import TOTAL
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fullcount.report import Account

FEW = settings(max_examples=max(3, settings().max_examples // 16))  # a count takes a second
BAN = "us-dhs-bod-17-01"
TOML = f"""
directives = ["{BAN}"]

[[table]]
match = "*machines.csv"
name = "machines"
lists = "machines"
[table.columns]
hostname = "name"
serial = "serial"
uuid = "uuid"
mac = "mac"
fqdn = "full name"
component = "office"
heard_at = "seen"

[[table]]
match = "*notable.csv"
name = "notable"
lists = "some software"
[table.columns]
hostname = "name"
serial = "serial"
looked_at = "seen"
name = "program"
publisher = "publisher"

[[table]]
match = "*files.csv"
name = "files"
lists = "all software"
traces = ["file"]
[table.columns]
hostname = "name"
serial = "serial"
os = "system"
looked_at = "seen"
path = "file"

[[exemption]]
clue = "serial=5CG7100001"
approver = "Chief information security officer"
reason = "drives the crane"
expires = 2017-12-31
"""


class Title(NamedTuple):
    """A program and its publisher."""

    name: str
    publisher: str


ENDPOINT = Title("Kaspersky Endpoint Security 10 for Windows", "AO Kaspersky Lab")
NEWER = Title("Kaspersky Endpoint Security 11 for Windows", "AO Kaspersky Lab")
PASSWORDS = Title("Kaspersky Password Manager", "AO Kaspersky Lab")
NEAR, NEAR_TOO = (title._replace(publisher="Acme Packaging Ltd") for title in (ENDPOINT, PASSWORDS))
LICENCE = Title("Kaspersky Endpoint Security. 1 Node 1 year Base License", "AO Kaspersky Lab")
WHITE_LABEL = Title("ZoneAlarm Extreme Security powered by Kaspersky", "Check Point Software")
MENTION = Title("Uninstall Kaspersky (all sites)", "Department of Rivers")
INNOCENT, ZIP = Title("KasperSkytte 1.2", "Skytte Software"), Title("7-Zip 16.04", "Igor Pavlov")
SOFTWARE = (
    (),
    (ZIP,),
    (ZIP,),
    (ZIP, INNOCENT),
    (ENDPOINT,),
    (ZIP, ENDPOINT),
    (ENDPOINT, NEWER, ZIP),
    (ENDPOINT, PASSWORDS, ZIP),
    (PASSWORDS, LICENCE),
    (NEAR, NEAR_TOO, ZIP),
    (LICENCE, WHITE_LABEL),
    (MENTION, ZIP),
)
ON, OFF = ("Kaspersky Endpoint Security", "On"), ("Kaspersky Endpoint Security", "Off")
REGISTRATIONS = ((), (("Windows Defender", "On"),), (ON,), (ON,), (OFF, ("Kaspersky Internet Security", "Off")))


class Machine(NamedTuple):
    """A machine as one export shows it; empty where the export does not say."""

    name: str = ""
    serial: str = ""
    uuid: str = ""
    mac: str = ""
    domain: str = ""
    system: str = ""
    day: str = ""
    office: str = ""
    titles: tuple[Title, ...] = ()
    antivirus: tuple[tuple[str, str], ...] = ()


class Export(NamedTuple):
    """One file: its kind, the folder it lies in, its machines, whether a line of it is damaged, and when it was saved."""

    kind: str
    machines: tuple[Machine, ...]
    folder: str = ""
    damaged: bool = False
    saved: str = "2017-12-24"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An export written out, with what must become of its rows."""

    name: str
    data: bytes
    saved: str
    rows: int
    software: int  # rows that name software
    rejects: int


# Three machines, as far as their clues tell: the last two are clones of one template. What an export shows of them may
# be missing, spelt another way, somebody else's, or nobody's.
CLUES = {
    "name": ("PC-1", "PC-2", "HARBOURMASTER-07"),
    "serial": ("5CG7100001", "5CG7100002", "5CG7100003"),
    "uuid": (
        "4C4C4544-0042-3510-8051-B7C04F4E3532",
        "4C4C4544-0042-3510-8051-B7C04F4E3599",
        "4C4C4544-0042-3510-8051-B7C04F4E3599",
    ),
    "mac": ("3C:52:82:AA:BB:01", "3C:52:82:AA:BB:02", "3C:52:82:AA:BB:03"),
    "domain": ("corp.example.gov", "corp.example.gov", "labs.example.gov"),
}
ODD = {
    "name": ("pc-1", "PC-1", "HARBOURMASTER-07.labs.example.gov"),
    "serial": ("5cg7100001", "5CG7100002", "To Be Filled By O.E.M."),
    "uuid": ("44454c4c-4200-1035-8051-b7c04f4e3532", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"),  # the first in other order
    "mac": ("3c-52-82-aa-bb-01", "00:50:B6:11:22:33"),
    "domain": (),
}


def shown_clue(kind: str, which: int) -> st.SearchStrategy[str]:
    return st.sampled_from([CLUES[kind][which]] * 4 + [""] * 3 + list(ODD[kind]))


def shown_machine(which: int) -> st.SearchStrategy[Machine]:
    return st.builds(
        Machine,
        **{kind: shown_clue(kind, which) for kind in CLUES},
        system=st.sampled_from(["Microsoft Windows NT Workstation 10.0"] * 3 + [""]),
        day=st.sampled_from(["2017-05-01", "2017-09-20", "2017-10-05", "2017-10-10", "2017-10-10", "", ""]),
        office=st.sampled_from(["Ports", "Rivers", ""]),
        titles=st.sampled_from(SOFTWARE),
        antivirus=st.sampled_from(REGISTRATIONS),
    )


EXPORTS = st.builds(
    Export,
    kind=st.sampled_from(["sccm", "sccm", "programs", "osquery", "machines", "notable", "files"]),
    folder=st.sampled_from(["", "", "Ports", "2017-10-08", "Rivers/2017-09-15"]),
    machines=st.lists(st.integers(0, 2).flatmap(shown_machine), min_size=1, max_size=4).map(tuple),
    damaged=st.booleans(),
    saved=st.sampled_from(["2017-08-15", "2017-12-24"]),
)
ORGANISATIONS = st.lists(EXPORTS, min_size=1, max_size=4)
FEW_EXPORTS = st.lists(EXPORTS, min_size=1, max_size=2)
DAYS = st.sampled_from([None, None, date(2017, 9, 30)])
# Machines of the examples.
PC_1 = Machine(name="PC-1", serial="5CG7100002", day="2017-10-10", titles=(ENDPOINT,))
PC_1_LATER = PC_1._replace(titles=(ZIP,))
PC_1_WINDOWS = PC_1._replace(system="Windows 10")
PC_2 = PC_1._replace(serial="5CG7100003", titles=(ZIP,))


# -- exports as their tools write them ----------------------------------------------------------------------------------


def table(header: str, rows: Sequence[Sequence[str]], *, damaged: bool) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([header.split(","), *rows])
    return (text.getvalue() + ('cut off in the "mid' if damaged else "")).encode()


def sccm(machine: Machine, title: Title) -> tuple[str, ...]:
    about = (machine.name, machine.domain, machine.serial, machine.uuid, machine.system, machine.day)
    return (*about, title.name, title.publisher)


def programs(machine: Machine, title: Title) -> tuple[str, ...]:
    return machine.name, machine.domain, machine.serial, title.name, "1.0", title.publisher


def notable(machine: Machine, title: Title) -> tuple[str, ...]:
    return machine.name, machine.serial, machine.day, title.name, title.publisher


FOLDER = "C:\\Program Files (x86)\\Kaspersky Lab\\Kaspersky Endpoint Security 10 for Windows SP2\\"


def files(machine: Machine, title: Title) -> tuple[str, ...]:
    """One file a title: what an installation of it leaves on the disk."""
    usual = f"C:\\Program Files\\{title.name}\\main.exe" if title.name else ""
    path = f"{FOLDER}avp.exe" if title in {ENDPOINT, NEWER} else usual
    return machine.name, machine.serial, machine.system, machine.day, path


def machines(machine: Machine, _: Title) -> tuple[str, ...]:
    full = f"{machine.name}.{machine.domain}" if machine.domain else ""
    return machine.name, machine.serial, machine.uuid, machine.mac, full, machine.office, machine.day


TABLES: dict[str, tuple[str, Callable[[Machine, Title], tuple[str, ...]]]] = {
    "sccm": (
        "Netbios_Name0,Full_Domain_Name0,SerialNumber0,SMBIOS_GUID0,Operating_System_Name_and0,LastHWScan,DisplayName0,Publisher0",
        sccm,
    ),
    "programs": ("PSComputerName,Domain,SerialNumber,DisplayName,DisplayVersion,Publisher", programs),
    "notable": ("name,serial,seen,program,publisher", notable),
    "files": ("name,serial,system,seen,file", files),
    "machines": ("name,serial,uuid,mac,full name,office,seen", machines),
}


def written(number: int, export: Export) -> File:
    """The export as a file; its number keeps names apart."""
    if export.kind == "osquery":
        return osquery(number, export)
    header, cells = TABLES[export.kind]
    listing = export.kind != "machines"
    rows = [(cells(one, title), bool(title.name)) for one in export.machines for title in shown(one, listing=listing)]
    data = table(header, [row for row, _ in rows], damaged=export.damaged)
    return File(
        name=f"{export.folder}/{number}-{export.kind}.csv".lstrip("/"),
        data=data,
        saved=export.saved,
        rows=len(rows) + export.damaged,
        software=sum(named for _, named in rows) if listing else 0,
        rejects=int(export.damaged),
    )


def shown(machine: Machine, *, listing: bool) -> tuple[Title, ...]:
    """A machine without software has a row all the same, as a left join gives it."""
    return machine.titles if listing and machine.titles else (Title("", ""),)


def osquery(number: int, export: Export) -> File:
    """Snapshots: what a machine is, its programs, and what is registered with the security centre."""
    lines: list[str] = []
    named = {(machine.name or "pc-9").lower(): machine for machine in export.machines}
    for name, machine in named.items():
        moment = datetime.fromisoformat(machine.day or "2017-10-09").replace(hour=9, tzinfo=UTC)
        about = {"hostname": name, "uuid": machine.uuid, "computer_name": machine.name, "hardware_serial": machine.serial}
        queries: dict[str, list[dict[str, str]]] = {
            "system_info": [about | {"hardware_vendor": "HP"}],
            "interface_details": [{"interface": "1", "mac": machine.mac, "mtu": "1500", "type": "6"}],
            "programs": [{"name": one.name, "publisher": one.publisher, "install_location": ""} for one in machine.titles],
            "windows_security_products": [
                {"type": "Antivirus", "name": one, "state": state, "signatures_up_to_date": "1"}
                for one, state in machine.antivirus
            ],
        }
        said = {"hostIdentifier": name, "unixTime": int(moment.timestamp()), "action": "snapshot"}
        lines += [json.dumps(said | {"name": query, "snapshot": rows}) for query, rows in queries.items() if rows]
    if export.damaged:
        lines.append('{"name":"programs","hostIdentifier":"pc-')
    return File(
        name=f"{export.folder}/{number}-osquery.log".lstrip("/"),
        data="".join(f"{line}\n" for line in lines).encode(),
        saved=export.saved,
        rows=-1,
        software=sum(len(one.titles) + len(one.antivirus) for one in named.values()),
        rejects=int(export.damaged),
    )


def files_of(exports: Sequence[Export], first: int = 0) -> list[File]:
    return [written(number, export) for number, export in enumerate(exports, first)]


# -- counting them ------------------------------------------------------------------------------------------------------


@contextmanager
def workspace(more: str = "") -> Iterator[Workspace]:
    """An empty workspace of its own for each example, with `more` in its settings."""
    folder = Path(tempfile.mkdtemp(prefix="laws-"))
    try:
        yield Workspace.create(folder / "workspace", text=TOML + more)
    finally:
        shutil.rmtree(folder)


def put(top: Path, files: Sequence[File]) -> Path:
    for file in files:
        path = top / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
        moment = datetime.fromisoformat(file.saved).replace(tzinfo=UTC).timestamp()
        os.utime(path, (moment, moment))
    return top


def read(into: Workspace, *parts: Sequence[File]) -> None:
    """One reading of these parts, each in a folder of its own, in this order."""
    tops = [put(Path(tempfile.mkdtemp(dir=into.folder.parent)), part) for part in parts]
    into.read(tops, options=Options(), readers=READERS)


def count(of: Workspace, as_of: date | None = None) -> chain.Counted:
    with engine(of) as made:
        return chain.run(of, made, directives=[BOD], readers=READERS, as_of=as_of)


def kept(counted: chain.Counted, name: str) -> list[dict[str, Any]]:
    return pq.read_table(counted.folder / f"{name}.parquet").to_pylist()


def listed(counted: chain.Counted, name: str) -> list[dict[str, Any]]:
    return [row for batch in counted.lists(BAN, name) for row in batch.to_pylist()]


# -- 1. nothing is lost -------------------------------------------------------------------------------------------------


@FEW
@given(ORGANISATIONS, DAYS)
@example([Export("sccm", (PC_1_WINDOWS,)), Export("files", (PC_1_WINDOWS._replace(titles=(ZIP,)),))], None)
def test_nothing_is_lost_and_everything_is_counted_once(exports, day):
    """The first two laws, of one count: it is the counting that takes long."""
    files = files_of(exports)
    with workspace() as made:
        read(made, files)
        counted = count(made, day)
        what_was_read_is_observations_and_rejects_and_records_are_placed_or_not(made, files, counted)
        each_system_has_one_standing_and_every_number_is_the_size_of_its_list(counted)


def what_was_read_is_observations_and_rejects_and_records_are_placed_or_not(
    of: Workspace, files: Sequence[File], counted: chain.Counted
) -> None:
    account = counted.of()
    found = {source.digest: source for source in account.sources}
    pieces = {row["digest"]: row for row in of.sources()}
    for file in files:
        digest = hashlib.sha256(file.data).hexdigest()
        source = found[digest]
        assert (source.observations, source.rejects) == (file.software, file.rejects), file.name
        if file.rows >= 0:
            assert pieces[digest]["pieces"] == file.rows == pieces[digest]["used"] + source.rejects
    records = sum(source.records for source in account.sources)
    assert records == sum(len(kept(counted, name)) for name in ("host_of", "unplaced", "later_list"))
    assert len({row["record"] for row in kept(counted, "host_of")}) == len(kept(counted, "host_of"))


# -- 2. everything is counted once --------------------------------------------------------------------------------------


def each_system_has_one_standing_and_every_number_is_the_size_of_its_list(counted: chain.Counted) -> None:
    account, lists = counted.of(), Lists(counted)
    for line in (account.total, *account.components):
        assert line.systems == line.with_it + line.exempt + line.without_it + line.not_covered
    assert sum(line.systems for line in account.components) == account.total.systems + account.overlap
    assert len({row["host"] for row in lists.hosts}) == len(lists.hosts)
    assert dict(numbers(account)) == dict(sizes(account, lists))
    what_estimates_are_made_of_has_each_system_once(lists)


def what_estimates_are_made_of_has_each_system_once(lists: Lists) -> None:
    """Systems of which something was found are taken from those of which nothing was: none may be lost or stand twice."""
    captures, detections = (kept(lists.counted, name) for name in ("captures", "detections"))
    having_it = {row["host_number"] for row in lists.hosts if row["standing"] in {"with it", "exempt"}}
    firsts = [row for row in captures if row["is_first"]]
    assert sum(row["systems"] for row in firsts) == len(lists.hosts)
    assert sum(row["found"] for row in firsts) == len(having_it)
    for component in {row["component"] for row in captures} | {""}:
        whole = len(lists.of[component or TOTAL]) if lists.hosts else 0
        alike = [row for row in detections if row["component"] == component]
        assert all(row["systems"] > 0 for row in alike)
        assert sum(row["systems"] for row in alike) == whole
        found = {row["host_number"] for row in lists.of[component or TOTAL] if row["host_number"] in having_it}
        assert sum(row["systems"] for row in alike if row["form"]) == len(found)


class Lists:
    """The lists of a count, and what is made of them more than once."""

    def __init__(self, counted: chain.Counted) -> None:
        self.counted = counted
        self.hosts = listed(counted, "hosts")
        self.findings = listed(counted, "findings")
        self.apart = listed(counted, "apart")
        self.standing = kept(counted, "standing")
        self.open = [row for row in self.findings if row["counts"] and not row["answered"]]
        # systems by component, and all of them under the name of the total
        self.of: dict[str, list[dict[str, Any]]] = {TOTAL: self.hosts}
        for row in self.hosts:
            for component in row["component"].split("; "):
                self.of.setdefault(component, []).append(row)


def numbers(account: Account) -> Iterator[tuple[tuple[str, ...], int]]:
    """Every number in an account, by what it is called."""
    for line in (account.total, *account.components):
        for name in ("systems", "with_it", "exempt", "without_it", "not_covered", "looked_at", "gone", "shared"):
            yield (line.component, name), getattr(line, name)
    for product in account.products:
        yield ("product", product.name), product.systems
        for group in (product.kinds, product.grades, product.components):
            yield from ((("product", product.name, word), number) for word, number in group.items() if number)
    for reason in account.reasons:
        yield ("reason", reason.standing, reason.reason), reason.systems
    for one in account.beside:
        yield ("beside", one.name, one.text if one.list == "apart" else ""), one.value
    for tool in account.tools:
        for name in ("systems", "looked_at", "with_it", "only", "records", "rejects", "sources"):
            yield ("tool", tool.tool, name), getattr(tool, name)
    yield ("range", "systems"), account.range_systems.low
    yield ("range", "with it"), account.range_with_it.low
    yield ("range", "systems", "high"), account.range_systems.high
    yield ("range", "with it", "high"), account.range_with_it.high


def sizes(account: Account, lists: Lists) -> Iterator[tuple[tuple[str, ...], int]]:
    """The same numbers, each counted anew from its list."""
    for component in (TOTAL, *(line.component for line in account.components)):
        yield from line_sizes(component, lists)
    yield from product_sizes(lists)
    # the list says by whom and when, the account does not
    yield from Counter(
        ("reason", row["standing"], row["reason"].split(": looked at by ")[0].split(" on ")[0]) for row in lists.hosts
    ).items()
    yield from beside_sizes(lists)
    yield from tool_sizes(account, lists)
    yield from range_sizes(lists)


def line_sizes(component: str, lists: Lists) -> Iterator[tuple[tuple[str, ...], int]]:
    own = lists.of.get(component, [])
    covered = {row["host"] for row in lists.standing if row["is_covered"]}
    gone = [row for row in lists.apart if row["population"] == "gone"]
    yield (component, "systems"), len(own)
    for standing in ("with it", "exempt", "without it", "not covered"):
        yield (component, standing.replace(" ", "_")), sum(row["standing"] == standing for row in own)
    yield (component, "looked_at"), sum(row["host_number"] in covered for row in own)
    yield (component, "gone"), sum(component in {TOTAL, *row["component"].split("; ")} for row in gone)
    yield (component, "shared"), sum("; " in row["component"] for row in own)


def product_sizes(lists: Lists) -> Iterator[tuple[tuple[str, ...], int]]:
    components = {row["host"]: row["component"].split("; ") for row in lists.hosts}
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in lists.open:
        found.setdefault((row["product"], row["host"]), []).append(row)
    sizes: Counter[tuple[str, ...]] = Counter()
    for (product, host), rows in found.items():
        sizes["product", product] += 1
        sizes["product", product, min((row["kind"] for row in rows), key=KINDS.index)] += 1
        sizes["product", product, min((row["grade"] for row in rows), key=GRADES.index)] += 1
        for component in components[host]:
            sizes["product", product, component] += 1
    yield from sizes.items()


KINDS = [str(state) for state in State]
GRADES = [str(grade) for grade in Grade]
BESIDE = {"residue": "residue", "licence or purchase": "licence", "network call-back": "call-back", "mention": "mention"}


def beside_sizes(lists: Lists) -> Iterator[tuple[tuple[str, ...], int]]:
    """What does not count, each system once under the strongest that was seen of a product, and under what was left behind."""
    groups: dict[tuple[str, str, str | None], list[dict[str, Any]]] = {}
    for row in lists.findings:
        if not row["counts"] and not row["answered"]:
            groups.setdefault((row["host"], row["product"], row["remains"]), []).append(row)
    systems: dict[str, set[str]] = {}
    for (host, _, remains), rows in groups.items():
        best = min(rows, key=lambda row: KINDS.index(row["kind"]))
        scope = f"scope {best['in_scope']}: {best['scope']}".replace("_", " ") if best["in_scope"] != "in" else "review"
        systems.setdefault(remains or BESIDE.get(best["kind"], scope), set()).add(host)
    yield from ((("beside", name, ""), len(hosts)) for name, hosts in systems.items())
    names = {"gone": "expected, probably gone", "apart": "not a computer"}
    yield from Counter(("beside", names[row["population"]], row["reason"]) for row in lists.apart).items()
    conflicts = {(row["kind"], row["value"]) for row in listed(lists.counted, "conflicts")}
    counts = {name: len(listed(lists.counted, name)) for name in ("unplaced", "rejects", "near titles", "decided titles")}
    for name, number in {**counts, "conflicts": len(conflicts), "later": len(kept(lists.counted, "later_list"))}.items():
        if number:
            yield ("beside", name, ""), number


def tool_sizes(account: Account, lists: Lists) -> Iterator[tuple[tuple[str, ...], int]]:
    saw: dict[str, set[str]] = {}
    for row in lists.open:
        saw.setdefault(row["host"], set()).add(row["tool"])
    fresh = {(row["host"], row["tool"]) for row in kept(lists.counted, "look_states") if row["state"] == "complete"}
    for tool in sorted({source.reader for source in account.sources}):
        own = [row for row in lists.hosts if tool in row["tools"].split("; ")]
        sources = [source for source in account.sources if source.reader == tool]
        yield ("tool", tool, "systems"), len(own)
        yield ("tool", tool, "looked_at"), sum((row["host_number"], tool) in fresh for row in own)
        yield ("tool", tool, "with_it"), sum(tool in tools for tools in saw.values())
        yield ("tool", tool, "only"), sum(tools == {tool} for tools in saw.values())
        yield ("tool", tool, "records"), sum(source.records for source in sources)
        yield ("tool", tool, "rejects"), sum(source.rejects for source in sources)
        yield ("tool", tool, "sources"), len(sources)


def range_sizes(lists: Lists) -> Iterator[tuple[tuple[str, ...], int]]:
    """Systems with the weak links followed, and without."""
    weak = {row["host"]: row["host_weak"] for row in kept(lists.counted, "host_of")}
    for name, own in (("systems", lists.hosts), ("with it", [row for row in lists.hosts if row["standing"] == "with it"])):
        yield ("range", name), len({weak[row["host_number"]] for row in own})
        yield ("range", name, "high"), len(own)


# -- 3. order and repetition do not matter ------------------------------------------------------------------------------


@FEW
@given(ORGANISATIONS, st.permutations(range(4)), st.lists(st.integers(0, 3), max_size=2), st.lists(st.integers(1, 4), max_size=2))
@example(  # a name that two machines had on one day, and a record with nothing else
    [Export("sccm", (PC_1,)), Export("sccm", (PC_2,)), Export("notable", (PC_1._replace(serial=""),))], [1, 2, 0, 3], [], []
)
@example(  # two titles of one product, on one line of a log
    [Export("osquery", (PC_1._replace(titles=(ENDPOINT, NEWER)),)), Export("sccm", (PC_2._replace(titles=(NEWER, ENDPOINT)),))],
    [1, 0, 2, 3],
    [0],
    [1],
)
def test_shuffling_files_and_reading_them_twice_changes_nothing(exports, order, again, ends):
    files = files_of(exports)
    shuffled = [files[place] for place in (*order, *again) if place < len(files)]
    readings = cut(shuffled, ends)
    with workspace() as one, workspace() as other:
        read(one, files)
        for part in readings:
            read(other, *([file] for file in part))
        before, after = count(one), count(other)
        assert after.of().document() == before.of().document()
        assert joined(after) == joined(before)
        for name in ("hosts", "findings", "unplaced", "conflicts", "rejects", "apart", "near titles"):
            assert plain(listed(after, name)) == plain(listed(before, name)), name


def joined(counted: chain.Counted) -> set[tuple[str, frozenset[tuple[str, int]]]]:
    """Which records are one machine, with the weak links and without, each by its source and place."""
    sources = {row["source"]: row["identity"] for row in kept(counted, "live_sources")}
    records = {row["record"]: (sources[row["source"]], row["place"]) for row in kept(counted, "looks")}
    groups: dict[tuple[str, int], set[tuple[str, int]]] = {}
    for row in kept(counted, "host_of"):
        for name in ("host", "host_weak"):
            groups.setdefault((name, row[name]), set()).add(records[row["record"]])
    return {(name, frozenset(group)) for (name, _), group in groups.items()}


def cut(files: Sequence[File], ends: Sequence[int]) -> list[Sequence[File]]:
    """The files in as many readings as there are ends, and one more."""
    places = [0, *sorted(set(ends)), len(files)]
    return [files[start:end] for start, end in pairwise(places) if files[start:end]]


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without the numbers that a count gives out as it goes."""
    return [{name: value for name, value in row.items() if name != "host_number"} for row in rows]


# Offices of the exports, and what they may be parts of: each may lie in any that comes later, so that there is no circle.
OFFICES = ("Ports", "Rivers", "Roads", "Department", "Government")
TREES = st.tuples(*(st.sampled_from(["", *OFFICES[place + 1 :]]) for place in range(len(OFFICES))))


def tree_text(parents: Sequence[str]) -> str:
    pairs = zip(OFFICES, parents, strict=True)
    return "".join(f'\n[[component]]\nname = "{name}"\n' + (f'parent = "{parent}"\n' if parent else "") for name, parent in pairs)


@FEW
@given(ORGANISATIONS, TREES, DAYS)
@example([Export("machines", (PC_1, PC_2)), Export("machines", (PC_1,))], ("Department", "Department", "", "", ""), None)
def test_a_line_of_a_tree_is_the_size_of_its_list_and_not_the_sum_of_its_parts(exports, parents, day):
    with workspace(tree_text(parents)) as made:
        read(made, files_of(exports))
        counted = count(made, day)
        account = counted.of()
        around = {
            name: {name, *made.settings().above(name)} for name in (*OFFICES, *(line.component for line in account.components))
        }
        own = {row["host"]: row["component"].split("; ") for row in listed(counted, "hosts")}
        standing = {row["host"]: row["standing"] for row in listed(counted, "hosts")}
        for line in account.components:
            inside = {host for host, parts in own.items() if any(line.component in around[part] for part in parts)}
            assert line.systems == len(inside)
            assert line.with_it == sum(standing[host] == "with it" for host in inside)
            apart = [
                host
                for host in inside
                if any(line.component not in around[part] and part not in around[line.component] for part in own[host])
            ]
            assert line.shared == len(apart)
            assert line.depth == len(around[line.component]) - 1
        tops = [line.systems for line in account.components if not line.depth]
        assert sum(tops) == account.total.systems + account.overlap
        assert account.total.systems == len(own)


# -- 4. more evidence never hides a finding -----------------------------------------------------------------------------


@FEW
@given(FEW_EXPORTS, FEW_EXPORTS)
@example([Export("programs", (PC_1,))], [Export("sccm", (PC_2,))])  # the first has no date, and was saved later than the second
@example([Export("osquery", (PC_1._replace(day="2017-09-20", titles=(ZIP,), antivirus=(ON,)),))], [Export("sccm", (PC_1_LATER,))])
@example([Export("sccm", (PC_1._replace(day="2017-09-20"),))], [Export("sccm", (PC_1_LATER._replace(titles=()),))])
@example([Export("sccm", (PC_1_WINDOWS,))], [Export("files", (PC_1_WINDOWS._replace(titles=()),))])  # an empty look at files
@example([Export("sccm", (PC_1_WINDOWS,))], [Export("files", (PC_1_WINDOWS._replace(day="2017-10-09", titles=(ZIP,)),))])
def test_a_finding_is_never_hidden_by_more_exports(exports, more):
    with workspace() as made:
        read(made, files_of(exports))
        before = count(made)
        read(made, files_of(more, first=len(exports)))
        after = count(made)
        host_of = {row["record"]: row["host"] for row in kept(after, "host_of")}
        standing = {row["host"]: row["standing"] for row in kept(after, "standing")}
        for seen in unanswered(before):
            host = host_of[seen["record"]]
            records = [record for record, of in host_of.items() if of == host]
            if not answered(after, seen, records) and not is_left_behind(after, seen, records):
                assert standing[host] in {"with it", "exempt"}, seen


@pytest.mark.parametrize(
    ("day", "paths", "is_left"), [("2017-10-10", (ZIP,), True), ("2017-10-09", (ZIP,), False), ("2017-10-10", (ENDPOINT,), False)]
)
def test_a_key_is_left_behind_only_by_a_later_look_at_files_that_shows_none(day, paths, is_left):
    """So that the law above says something of them: such exports are rarely drawn."""
    with workspace() as made:
        read(made, files_of([Export("sccm", (PC_1_WINDOWS,))]))
        [seen] = unanswered(count(made))
        read(made, files_of([Export("files", (PC_1_WINDOWS._replace(day=day, titles=paths),))], first=1))
        after = count(made)
        records = [row["record"] for row in kept(after, "host_of")]
        assert len(records) == 2
        assert is_left_behind(after, seen, records) == is_left
        assert {row["standing"] for row in kept(after, "standing")} == {"without it" if is_left else "with it"}


CLUES_DECIDED = st.sampled_from(["serial=5CG7100001", "serial=5CG7100002", "hostname=PC-1", "hostname=PC-2"])
DECIDED = st.lists(
    st.builds(
        decision.Decision,
        what=st.sampled_from([decision.LINK, decision.SPLIT]),
        clues=st.lists(CLUES_DECIDED, min_size=1, max_size=2, unique=True).map(tuple),
        why=st.just("so it is"),
    ),
    min_size=1,
    max_size=2,
)


def decide(of: Workspace, decided: Sequence[decision.Decision]) -> int:
    """Keep those decisions that contradict none before them. Returns how many were kept."""
    kept = 0
    for one in decided:
        with suppress(UsageError):
            of.decide(one)
            kept += 1
    return kept


@FEW
@given(FEW_EXPORTS, DECIDED)
@example(
    [Export("sccm", (PC_1,)), Export("notable", (PC_2,))],
    [decision.Decision(what="link", clues=("hostname=PC-1", "hostname=PC-2"))],
)
def test_a_decision_about_machines_hides_no_finding_and_loses_no_record(exports, decided):
    with workspace() as made:
        read(made, files_of(exports))
        before = count(made)
        number = decide(made, decided)
        after = count(made)
        host_of = {row["record"]: row["host"] for row in kept(after, "host_of")}
        assert host_of.keys() == {row["record"] for row in kept(before, "host_of")}
        standing = {row["host"]: row["standing"] for row in kept(after, "standing")}
        for seen in unanswered(before):
            host = host_of[seen["record"]]
            records = [record for record, of in host_of.items() if of == host]
            if host in standing and not answered(after, seen, records) and not is_left_behind(after, seen, records):
                assert standing[host] in {"with it", "exempt"}, seen
        for turn in range(number):
            made.decide(decision.Decision(what=decision.UNDO, undoes=turn + 1, why="it was not so"))
        assert count(made).of() == before.of()


@FEW
@given(ORGANISATIONS, DECIDED, st.permutations(range(4)))
def test_shuffling_files_changes_nothing_of_what_people_decided(exports, decided, order):
    files = files_of(exports)
    with workspace() as one, workspace() as other:
        read(one, files)
        read(other, *([files[place]] for place in order if place < len(files)))
        for made in (one, other):
            decide(made, decided)
        before, after = count(one), count(other)
        assert after.of().document() == before.of().document()
        assert joined(after) == joined(before)


@FEW
@given(ORGANISATIONS, st.sampled_from([date(2017, 9, 15), date(2017, 9, 30), date(2017, 10, 5)]))
def test_later_exports_change_nothing_of_a_count_as_of_an_earlier_day(exports, day):
    """What is dated after the day is left out, so that a list read since says nothing about then."""
    later = [Export("sccm", (machine._replace(day="2017-10-12"),)) for export in exports for machine in export.machines][:2]
    with workspace() as made:
        read(made, files_of(exports))
        before = count(made, day)
        read(made, files_of(later, first=len(exports)))
        after = count(made, day)
        assert after.of().total == before.of().total
        assert joined(after) == joined(before)


def unanswered(counted: chain.Counted) -> list[dict[str, Any]]:
    """The sightings that a standing rests on. A workspace gives its records the same numbers in every count."""
    gone = {(row["record"], row["product"], row["trace"]) for row in kept(counted, "answers")}
    rows = [row for row in kept(counted, "evidence") if row["counts"]]
    return [row for row in rows if (row["record"], row["product"], row["trace"]) not in gone]


def answered(counted: chain.Counted, seen: dict[str, Any], records: Sequence[int]) -> bool:
    """Whether one of the records is a later complete look that sees the trace, lists something, and not the product."""
    present = {row["record"] for row in kept(counted, "evidence") if row["counts"] and row["product"] == seen["product"]}
    return any(
        look["lists"] == "all software"
        and look["observations"]
        and seen["trace"] in look["traces"].split()
        and look["looked_at"] is not None
        and seen["seen_on"] is not None
        and look["looked_at"] > seen["seen_on"]
        for look in kept(counted, "looks")
        if look["record"] in set(records) - present
    )


def is_left_behind(counted: chain.Counted, seen: dict[str, Any], records: Sequence[int]) -> bool:
    """Whether an install key was seen, one of the records is a complete look at files, no older than it, that lists something,
    and none of them shows a file of the product.
    """
    shown = [row for row in kept(counted, "evidence") if row["record"] in set(records) and row["trace"] == "file"]
    gone = {(row["record"], row["product"], row["trace"]) for row in kept(counted, "answers")}
    there = [row for row in shown if (row["record"], row["product"], row["trace"]) not in gone and row["counts"]]
    return (
        seen["trace"] == "program"
        and not any(row["product"] == seen["product"] for row in there)
        and any(
            look["lists"] == "all software"
            and look["observations"]
            and "file" in look["traces"].split()
            and look["looked_at"] is not None
            and seen["seen_on"] is not None
            and look["looked_at"] >= seen["seen_on"]
            for look in kept(counted, "looks")
            if look["record"] in set(records)
        )
    )


# -- what people decide about titles ------------------------------------------------------------------------------------

TITLES = [ENDPOINT, NEWER, PASSWORDS, NEAR, LICENCE, WHITE_LABEL, MENTION, INNOCENT, ZIP]
PRODUCTS = {"kes-windows": "Kaspersky Endpoint Security for Windows", "other": "Kaspersky product, not further identified"}
PRODUCTS |= {"white-label": "Another vendor's product, powered by Kaspersky"}


DECISIONS = st.builds(
    lambda what, title, product, of_publisher: decision.Decision(
        what=what, name=title.name, publisher=title.publisher * of_publisher, product=product, directive=BAN, why="law"
    ),
    what=st.sampled_from([decision.IS, decision.IS_NOT]),
    title=st.sampled_from(TITLES),
    product=st.sampled_from(sorted(PRODUCTS)),
    of_publisher=st.booleans(),
)


@FEW
@given(ORGANISATIONS, DECISIONS)
@example(
    [Export("sccm", (PC_1,))],
    decision.Decision(what=decision.IS_NOT, name=ENDPOINT.name, product="kes-windows", directive=BAN, why="law"),
)
@example(
    [Export("sccm", (PC_1._replace(titles=(NEAR, ZIP)),))],
    decision.Decision(what=decision.IS, name=NEAR.name, product="kes-windows", directive=BAN, why="law"),
)
def test_a_decision_about_a_title_adds_or_takes_away_nothing_but_what_it_names(exports, new):
    with workspace() as made:
        read(made, files_of(exports))
        before = count(made)
        made.decide(new)
        after = count(made)
        if new.what == decision.IS:
            assert with_it(before) <= with_it(after)
        named_before, others_before = shown_findings(before, new)
        named_after, others_after = shown_findings(after, new)
        assert others_after == others_before
        assert {row["grade"] for row in named_after} <= {Grade.DECIDED}
        if named_after:
            said = " ".join(after.of().methods)
            assert f"A person decided that {new.name} " in said
            if new.what == decision.IS_NOT:
                assert not any(row["counts"] for row in named_after)
                assert ("although the signature" in said) == any(row["counts"] for row in named_before)


def with_it(counted: chain.Counted) -> set[int]:
    return {row["host"] for row in kept(counted, "standing") if row["standing"] == "with it"}


def shown_findings(counted: chain.Counted, said: decision.Decision) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The findings that a decision names, and all others but for what answers them."""
    named: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for row in listed(counted, "findings"):
        same = row["title"] == said.name and said.publisher in {"", row["publisher"]} and row["product"] == PRODUCTS[said.product]
        (named if same else others).append({name: value for name, value in row.items() if name != "answered"})
    return named, others
