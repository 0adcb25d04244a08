"""Nessus files: written here in small, and the real ones where they lie."""

from __future__ import annotations

import random
import tracemalloc
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import pytest

from fullcount.clue import normal
from fullcount.errors import FullcountError, UnreadableError
from fullcount.model import Batch, Class, Lists, Os, Record, State, Trace
from fullcount.reader import Peek, Stream, reader_for
from fullcount.readers.nessus import NESSUS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Scan = Callable[[str | bytes], list[Batch]]
    One = Callable[..., Batch]

SHARED = Path(__file__).resolve().parents[2] / "../shared"
SAMPLES = SHARED / "samples"
BOMBS = SHARED / "fixtures/xml_bombs"
CLAIMED = (SAMPLES / "nessus/nessus_v_unknown.xml", SAMPLES / "nessus/pytenable_example.nessus")
POLICY = "<Policy><FamilySelection><FamilyItem>Huawei Local Security Checks</FamilyItem></FamilySelection></Policy>"
PROGRAMS = "\nThe following software are installed on the remote host :\n\n{}\n"
PACKAGES = "\nHere is the list of packages installed on the remote {} system :\n\n{}\n"


def real(test: Callable[..., None]) -> Callable[..., None]:
    absent = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no real exports beside the project")
    marked: Callable[..., None] = pytest.mark.real(absent(test))
    return marked


def host(name: str = "pc1", outputs: Sequence[tuple[str, str]] = (), **tags: str) -> str:
    """One `ReportHost`; a tag's underscores stand for hyphens."""
    properties = "".join(f"<tag name={quoteattr(key.replace('_', '-'))}>{escape(value)}</tag>" for key, value in tags.items())
    items = "".join(
        f'<ReportItem pluginID="{plugin}"><plugin_output>{escape(text)}</plugin_output></ReportItem>' for plugin, text in outputs
    )
    return f"<ReportHost name={quoteattr(name)}><HostProperties>{properties}</HostProperties>{items}</ReportHost>"


def document(*hosts: str) -> str:
    return f'<?xml version="1.0" ?><NessusClientData_v2>{POLICY}<Report name="r">{"".join(hosts)}</Report></NessusClientData_v2>'


def read(path: Path) -> list[Batch]:
    assert NESSUS.batches
    return list(NESSUS.batches(Stream(path=path, encoding="utf-8")))


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    """Reads a text or bytes as a `.nessus` file."""

    def reading(content: str | bytes) -> list[Batch]:
        path = tmp_path / "scan.nessus"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read(path)

    return reading


@pytest.fixture
def one(scan: Scan) -> One:
    """Reads one host."""

    def reading(**kinds: Any) -> Batch:
        (batch,) = scan(document(host(**kinds)))
        return batch

    return reading


def of(batch: Batch) -> Record:
    assert batch.record
    return batch.record


def seen(batch: Batch, *fields: str) -> list[tuple[str | None, ...]]:
    return [tuple(getattr(sighting.title, field) for field in fields) for sighting in batch.sightings]


def keys(batch: Batch) -> set[tuple[str, str]]:
    return {key for kind, value in of(batch).clues if (key := normal(kind, value))}


# --- the real ones ---


@real
def test_real_rows_are_those_of_an_independent_count() -> None:
    rows = [line.split("\t") for line in (SAMPLES / "truth.tsv").read_text().splitlines()]
    truth = {SAMPLES / row[0]: (int(row[1]), int(row[2])) for row in rows if SAMPLES / row[0] in CLAIMED}
    for path in CLAIMED:
        found = read(path)
        # the independent count took lines that hold "[version" or "ii"
        software = [one for batch in found for one in batch.sightings if one.title.type != Trace.DETECTION and one.title.version]
        assert (len(found), len(software)) == truth[path]
        assert not any(batch.rejects for batch in found)


@real
def test_real_credentialed_host() -> None:
    (batch,) = read(CLAIMED[1])
    record = of(batch)
    assert (record.place, record.lists, record.traces) == (1, Lists.ALL_SOFTWARE, frozenset({Trace.PROGRAM}))
    assert (record.machine_class, record.os_family, record.os) == (Class.WORKSTATION, Os.WINDOWS, "Microsoft Windows 10 Pro")
    assert record.looked_at == datetime(2018, 9, 14, 3, 38, 40)  # noqa: DTZ001
    assert record.heard_at == datetime(2018, 9, 14, 3, 41, 35)  # noqa: DTZ001
    assert len([kind for kind, _ in keys(batch) if kind == "uuid"]) == 1, "the VMware serial is the UUID in other bytes"
    programs = [one for one in batch.sightings if one.title.type == Trace.PROGRAM]
    assert len(programs) == 39  # one of them has a date and no version
    assert ("Sublime Text 2.0.2", None) in seen(batch, "name", "version")
    dates = {one.title.name: one.detail.installed_on for one in programs if one.detail}
    assert dates["VMware Tools"] == "2017-08-23"


@real
def test_real_hosts_scanned_without_credentials() -> None:
    found = read(CLAIMED[0])
    assert [of(batch).place for batch in found] == [1, 2, 3, 4, 5, 6, 7]
    for batch in found:
        record = of(batch)
        assert (record.lists, record.traces, record.machine_class) == (Lists.SOME_SOFTWARE, frozenset(), Class.SERVER)
        assert record.note == "scanned without credentials: no software list"
        assert {one.title.type for one in batch.sightings} == {Trace.DETECTION}
        assert ("Microsoft Internet Information Services (IIS) 7.5", "7.5") in seen(batch, "name", "version")


@real
def test_claims_its_own_and_nothing_else() -> None:
    files = [path for path in SAMPLES.rglob("*") if path.is_file()]
    claimed = {path for path in files if NESSUS.claims(Peek.at(path))}
    assert claimed == set(CLAIMED)


@real
@pytest.mark.parametrize("sample", CLAIMED, ids=lambda path: path.name)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_cut_is_a_reject_or_an_error_never_a_crash(sample: Path, seed: int, scan: Scan) -> None:
    data = sample.read_bytes()
    cut = data[: random.Random(seed).randrange(len(data))]
    whole = cut.count(b"</ReportHost>")
    if not whole:
        with pytest.raises(UnreadableError, match="no complete host"):
            scan(cut)
        return
    *hosts, rest = scan(cut)
    assert [of(batch).place for batch in hosts] == list(range(1, whole + 1))
    assert rest.rejects[0].raw == cut[cut.rindex(b"</ReportHost>") + 13 :][:4096]


@real
@pytest.mark.parametrize("sample", CLAIMED, ids=lambda path: path.name)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_flipped_bit_is_a_reject_or_an_error_never_a_crash(sample: Path, seed: int, scan: Scan) -> None:
    data = bytearray(sample.read_bytes())
    data[random.Random(seed).randrange(len(data))] ^= 1 << seed
    found: list[Batch] = []
    with suppress(FullcountError):
        found = scan(bytes(data))
        assert any(batch.record or batch.rejects for batch in found)


@real
@pytest.mark.parametrize("bomb", sorted(BOMBS.glob("*.xml")), ids=lambda path: path.name)
def test_bombs_do_not_go_off(bomb: Path, scan: Scan) -> None:
    text = bomb.read_text()
    if "<!ENTITY" in text:
        armed = text[: text.index("]>") + 2] + document(host(host_ip="10.0.0.1")).split("?>", 1)[1].replace("10.0.0.1", "&a;&ee;")
        with pytest.raises(UnreadableError):
            scan(armed)
    *hosts, rest = scan(document(host()) + text)
    assert [of(batch).place for batch in hosts] == [1]
    assert rest.rejects[0].place == 2


# --- programs, plugin 20811 ---


def programs(one: One, *lines: str) -> Batch:
    return one(outputs=[("20811", PROGRAMS.format("\n".join(lines)))])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "Kaspersky Endpoint Security  [version 10.2]  [installed on 2017/09/04]",
            ("Kaspersky Endpoint Security", "10.2", "2017-09-04"),
        ),
        ("MPlayer2", ("MPlayer2", None, None)),
        ("Tool [x64] [beta]  [version 1.0]", ("Tool [x64] [beta]", "1.0", None)),
        ("Tool [x64]", ("Tool [x64]", None, None)),
        ("Tool  [version 1]  [version 2]", ("Tool  [version 1]", "2", None)),
        ("Tool  [version 1.0 [hotfix]]  [installed on 20170904]", ("Tool", "1.0 [hotfix]", "2017-09-04")),
        ("Tool  [installed on 9/4/17]", ("Tool", None, "9/4/17")),
        ("Tool  [version ]", ("Tool", None, None)),
    ],
)
def test_program_line(one: One, line: str, expected: Any) -> None:
    batch = programs(one, line)
    (sighting,) = batch.sightings
    assert sighting.title.type == Trace.PROGRAM
    assert (sighting.title.name, sighting.title.version, sighting.detail and sighting.detail.installed_on) == expected
    assert of(batch).lists is Lists.ALL_SOFTWARE
    assert not batch.rejects


def test_a_key_without_a_display_name_gives_its_code(one: One) -> None:
    code = "{AC76BA86-7AD7-1033-7B44-AC0F074E4100}"
    assert seen(programs(one, f"{code}  [version 1]", "Other"), "name", "product_code") == [(code, code), ("Other", None)]


def test_updates_are_no_programs(one: One) -> None:
    batch = programs(one, "Office", "", "The following updates are installed :", "", "Office 2016 :", "  KB1  [version 1]")
    assert seen(batch, "name") == [("Office",)]
    assert of(batch).lists is Lists.ALL_SOFTWARE


@pytest.mark.parametrize(
    "line", ["  [version 1.0]", "  [version 1.0]  [installed on 2017/01/01]", "Tool  [version 1.", "[output truncated]"]
)
def test_a_line_that_cannot_be_used_is_kept_and_the_list_is_not_called_complete(one: One, line: str) -> None:
    batch = programs(one, "Good", line)
    assert seen(batch, "name") == [("Good",)]
    assert [reject.raw for reject in batch.rejects] == [line.strip().encode()]
    assert (of(batch).lists, of(batch).traces) == (Lists.SOME_SOFTWARE, frozenset())
    assert of(batch).note


def test_a_list_that_says_it_is_partial_is_not_complete(one: One) -> None:
    notice = "\nDue to the large number of applications installed, only a partial\nlist of software is reported below.\n"
    batch = one(outputs=[("20811", notice + PROGRAMS.format("Good"))])
    assert seen(batch, "name") == [("Good",)]
    assert (of(batch).lists, of(batch).note) == (Lists.SOME_SOFTWARE, "the scanner cut the software list short")
    assert not batch.rejects


def test_an_empty_list_is_not_complete(one: One) -> None:
    batch = programs(one, "")
    assert (of(batch).lists, of(batch).note) == (Lists.SOME_SOFTWARE, "the software list is empty")


@pytest.mark.parametrize("plugin", ["20811", "22869", "83991"])
def test_a_list_in_no_known_form_is_kept_as_a_reject(one: One, plugin: str) -> None:
    batch = one(outputs=[(plugin, "something else\n")])
    assert [reject.raw for reject in batch.rejects] == [b"something else\n"]
    assert of(batch).lists is Lists.SOME_SOFTWARE


# --- packages, plugin 22869 ---


def test_dpkg(one: One) -> None:
    lines = """
        Desired=Unknown/Install/Remove/Purge/Hold
        | Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend
        |/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)
        ||/ Name           Version        Architecture Description
        +++-==============-==============-============-=================
        ii  bash           5.0-4          amd64        GNU Bourne Again SHell
        ii  libc6:amd64    2.28-10+deb10u1 amd64       GNU C Library
        rc  klnagent       11.0.0-29      i386         removed, configuration left
        hi  acpid          1:2.0.31-1
        iU  half           1.0            all          unpacked
        iHR broken         1.0            all          half-installed
        un  vendor-agent   <none>         <none>       (no description available)
        what is this"""
    batch = one(outputs=[("22869", PACKAGES.format("Debian Linux", lines))])
    assert [(*names, one.state) for names, one in zip(seen(batch, "package", "version"), batch.sightings, strict=True)] == [
        ("bash", "5.0-4", State.INSTALLED),
        ("libc6", "2.28-10+deb10u1", State.INSTALLED),
        ("klnagent", "11.0.0-29", State.RESIDUE),
        ("acpid", "1:2.0.31-1", State.INSTALLED),
        ("half", "1.0", State.FILES),
        ("broken", "1.0", State.FILES),
        ("vendor-agent", None, State.REMOVED),
    ]
    assert [reject.raw for reject in batch.rejects] == [b"what is this"]
    assert of(batch).lists is Lists.SOME_SOFTWARE  # of the strange line


def test_rpm(one: One) -> None:
    lines = """
        bash-4.2.46-34.el7|(none)
        kesl-11.1.0-3013.x86_64
        bind-libs-9.11.4-26.P2.el7.i686|32
        tzdata-2021a-1.el7.noarch|(none) 2021-04-12
        gpg-pubkey-352c64e5-52ae6884|(none)   Mon 12 Apr 2021 04:05:06 PM UTC"""
    batch = one(outputs=[("22869", PACKAGES.format("CentOS Linux", lines))])
    assert seen(batch, "name", "package", "version") == [
        ("bash", "bash", "4.2.46-34.el7"),
        ("kesl", "kesl", "11.1.0-3013"),
        ("bind-libs", "bind-libs", "32:9.11.4-26.P2.el7"),
        ("tzdata", "tzdata", "2021a-1.el7"),
        ("gpg-pubkey", "gpg-pubkey", "352c64e5-52ae6884"),
    ]
    dates = [one.detail.installed_on if one.detail else None for one in batch.sightings]
    assert dates == [None, None, None, "2021-04-12", "Mon 12 Apr 2021 04:05:06 PM UTC"]
    assert {one.title.type for one in batch.sightings} == {Trace.PACKAGE}
    assert (of(batch).lists, of(batch).traces) == (Lists.ALL_SOFTWARE, frozenset({Trace.PACKAGE}))


@pytest.mark.parametrize("system", ["Slackware Linux", "FreeBSD", "Mac OS X", "VMware ESXi / ESX"])
def test_other_package_lists_are_kept_but_prove_no_absence(one: One, system: str) -> None:
    batch = one(outputs=[("22869", PACKAGES.format(system, "  aaa_base-14.2-x86_64-1\n  other thing 1.0"))])
    assert seen(batch, "name", "package") == [("aaa_base-14.2-x86_64-1", None), ("other thing 1.0", None)]
    assert of(batch).lists is Lists.SOME_SOFTWARE
    assert system in (of(batch).note or "")


def test_a_package_list_that_was_cut_is_not_complete(one: One) -> None:
    batch = one(outputs=[("22869", PACKAGES.format("CentOS Linux", "bash-4.2-1\n*** truncated ***"))])
    assert seen(batch, "name") == [("bash",)]
    assert (of(batch).lists, of(batch).note) == (Lists.SOME_SOFTWARE, "the scanner cut the software list short")
    assert [reject.raw for reject in batch.rejects] == [b"*** truncated ***"]


def test_no_packages_is_not_a_complete_look(one: One) -> None:
    batch = one(outputs=[("22869", "\nThere are no packages installed on the remote Red Hat Linux system.\n")])
    assert (of(batch).lists, of(batch).note) == (Lists.SOME_SOFTWARE, "the software list is empty")
    assert not batch.rejects


# --- what the scanner recognised, and hosts without a list ---


def test_cpes_of_tags_and_plugin_are_told_once(one: One) -> None:
    text = "\nThe remote operating system matched the following CPE : \n\n  cpe:/o:linux:linux_kernel -> Linux\n\n  nonsense\n"
    batch = one(
        outputs=[("45590", text)],
        cpe="cpe:/o:linux:linux_kernel",
        cpe_0="cpe:/a:openbsd:openssh:9.2 -> OpenBSD OpenSSH",
        cpe_1="cpe:2.3:a:postgresql:postgresql:15.4:*:*:*:*:*:*:*",
        cpe_2="x-cpe:/a:vendor:product",
    )
    assert seen(batch, "cpe", "name", "version") == [
        ("cpe:/o:linux:linux_kernel", "Linux", None),
        ("cpe:/a:openbsd:openssh:9.2", "OpenBSD OpenSSH", "9.2"),
        ("cpe:2.3:a:postgresql:postgresql:15.4:*:*:*:*:*:*:*", None, "15.4"),
        ("x-cpe:/a:vendor:product", None, None),
    ]
    assert [reject.raw for reject in batch.rejects] == [b"nonsense"]
    assert (of(batch).lists, of(batch).traces) == (Lists.SOME_SOFTWARE, frozenset())


@pytest.mark.parametrize(
    ("tags", "outputs", "word"),
    [
        ({"Credentialed_Scan": "false"}, [], "without credentials"),
        ({}, [("19506", "Nessus version : 5\nCredentialed checks : no\n")], "without credentials"),
        ({}, [("19506", "Credentialed checks : yes, as 'CORP\\scan' via ssh\n")], "with credentials, but"),
        ({}, [], "neither plugin"),
    ],
)
def test_a_host_without_a_list_is_a_machine_and_says_why(
    scan: Scan, tags: Any, outputs: list[tuple[str, str]], word: str
) -> None:
    tag = "".join(f'<tag name="{name}">{value}</tag>' for name, value in tags.items())
    (batch,) = scan(document(host(outputs=outputs).replace("<HostProperties>", f"<HostProperties>{tag}")))
    assert (of(batch).lists, of(batch).traces) == (Lists.MACHINES, frozenset())
    assert word in (of(batch).note or "")


# --- who it is ---


def test_clues(one: One) -> None:
    batch = one(
        name="10.0.0.7",
        outputs=[
            ("24270", "\n  Computer Manufacturer : Dell Inc.\n  Computer SerialNumber : 5CG71\n  Computer Type : Desktop\n")
        ],
        host_fqdn="pc1.example.gov",
        netbios_name="WORKGROUP\\PC-ONE",
        host_ip="10.0.0.7",
        mac_address="00:50:56:AB:CD:01\n00:1B:21:AB:CD:02",
        bios_uuid="4C4C4544-0042-3510-8051-B4C04F4E4D32",
        host_uuid="22633c46-e142-4c6c-912c-271b15810d47",
        aws_instance_instanceId="i-0abc1234def567890",
    )
    assert keys(batch) == {
        ("fqdn", "pc1.example.gov"),
        ("hostname", "pc1"),
        ("hostname", "pc-one"),
        ("domain", "workgroup"),
        ("ip", "10.0.0.7"),
        ("mac", "005056ABCD01"),
        ("mac", "001B21ABCD02"),
        normal("uuid", "4C4C4544-0042-3510-8051-B4C04F4E4D32"),
        ("agent_id", "nessus:22633c46-e142-4c6c-912c-271b15810d47"),
        ("cloud_id", "i-0abc1234def567890"),
        ("serial", "5CG71"),
        ("manufacturer", "dell"),
    }


@pytest.mark.parametrize(
    ("name", "clues"),
    [
        ("pc1", [("hostname", "pc1")]),
        ("pc1.example.gov", [("fqdn", "pc1.example.gov"), ("hostname", "pc1.example.gov")]),
        ("10.0.0.7", [("ip", "10.0.0.7")]),
        ("fe80::1", [("ip", "fe80::1")]),
        ("", []),
    ],
)
def test_the_name_of_the_element_may_be_an_address(one: One, name: str, clues: list[tuple[str, str]]) -> None:
    assert of(one(name=name)).clues == clues


@pytest.mark.parametrize(
    ("system", "kind", "expected"),
    [
        ("Microsoft Windows Server 2019 Standard", "general-purpose", (Class.SERVER, Os.WINDOWS)),
        ("Microsoft Windows 11 Enterprise", "general-purpose", (Class.WORKSTATION, Os.WINDOWS)),
        ("Microsoft Windows 10\nMicrosoft Windows Server 2016", "general-purpose", (Class.UNKNOWN, Os.WINDOWS)),
        ("Linux Kernel 5.4 on Ubuntu 20.04", "general-purpose", (Class.UNKNOWN, Os.LINUX)),
        ("Mac OS X 10.14", "general-purpose", (Class.UNKNOWN, Os.MACOS)),
        ("CISCO IOS 15", "router", (Class.NETWORK, Os.OTHER)),
        ("Linux Kernel 2.6\nHP JetDirect", "printer", (Class.PRINTER, Os.UNKNOWN)),
        ("Apple iOS 12", "mobile", (Class.PHONE, Os.IOS)),
        ("VMware ESXi", "hypervisor", (Class.SERVER, Os.OTHER)),
        ("", "", (Class.UNKNOWN, Os.UNKNOWN)),
    ],
)
def test_class_and_family(one: One, system: str, kind: str, expected: Any) -> None:
    record = of(one(operating_system=system, system_type=kind))
    assert (record.machine_class, record.os_family) == expected


@pytest.mark.parametrize(
    ("tags", "looked_at"),
    [
        ('<tag name="HOST_END">Mon Jul  1 11:40:48 2013</tag>', datetime(2013, 7, 1, 11, 40, 48)),  # noqa: DTZ001
        (
            '<tag name="HOST_END">Mon Jul  1 11:40:48 2013</tag><tag name="HOST_END_TIMESTAMP">1372671648</tag>',
            datetime(2013, 7, 1, 9, 40, 48),  # noqa: DTZ001
        ),
        ('<tag name="HOST_END">lundi 1 juillet</tag>', None),
        ('<tag name="HOST_END_TIMESTAMP">²</tag>', None),
        ("", None),
    ],
)
def test_the_end_of_the_scan(scan: Scan, tags: Any, looked_at: datetime | None) -> None:
    (batch,) = scan(document(host().replace("<HostProperties>", f"<HostProperties>{tags}")))
    assert of(batch).looked_at == of(batch).heard_at == looked_at


# --- files that break, and hostile ones ---


def test_a_break_costs_no_host_before_it(scan: Scan) -> None:
    whole = document(host("one"), host("two"), host("three"))
    first, second, rest = scan(whole[: whole.index("three") + 3])
    assert of(first).clues == [("hostname", "one")]
    assert of(second).clues == [("hostname", "two")]
    (reject,) = rest.rejects
    assert (rest.record, reject.place, reject.raw) == (None, 3, b'<ReportHost name="thr')
    assert "line 1, column" in reject.reason


def test_a_break_before_any_host_is_an_error_with_a_place(scan: Scan) -> None:
    with pytest.raises(UnreadableError) as caught:
        scan(document(host())[:-80])
    assert caught.value.place.endswith("scan.nessus")
    assert caught.value.hint


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 5000,
        b'<?xml version="1.0" encoding="klingon"?><NessusClientData_v2/>',
        b'<?xml version="1.0" encoding="utf-7"?><NessusClientData_v2/>',
        b"<NessusClientData_v2>" + b"<a>" * 100_000,
    ],
)
def test_what_cannot_be_read_at_all_is_an_error(scan: Scan, content: bytes) -> None:
    with pytest.raises(UnreadableError):
        scan(content)


def test_a_broken_file_in_another_encoding_keeps_its_hosts(scan: Scan) -> None:
    first, rest = scan(document(host()).replace("?>", 'encoding="utf-16"?>')[:-10].encode("utf-16"))
    assert first.record
    assert [reject.raw for reject in rest.rejects] == [b""]


@pytest.mark.parametrize("content", [document(), f"<NessusClientData_v2>{POLICY}</NessusClientData_v2>", "<other/>"])
def test_a_file_without_hosts_is_a_reject(scan: Scan, content: str) -> None:
    (batch,) = scan(content)
    assert batch.record is None
    assert [reject.raw for reject in batch.rejects] == [content.encode()]


def test_a_host_outside_the_report_is_not_read(scan: Scan) -> None:
    policy = f"<Policy>{host('trap')}</Policy>"
    (batch,) = scan(document(host("pc1")).replace(POLICY, policy))
    assert of(batch).clues == [("hostname", "pc1")]


@pytest.mark.parametrize("plugin", ["20811", "22869", "45590", "24270", "19506"])
@pytest.mark.parametrize(
    "piece", ["  [version ", " [version a]", ".", "a-", "a|", "cpe:/a:b:", "\n", " ", "truncated ", "ii  ", "]"]
)
def test_long_lines_cost_no_more_than_their_length(one: One, plugin: str, piece: str) -> None:
    heading = {"20811": PROGRAMS, "22869": PACKAGES.replace("{}", "Linux", 1)}.get(plugin, "{}")
    batch = one(outputs=[(plugin, heading.format("x" + piece * 50_000 + "x"))])
    assert all(len(reject.raw) <= 4096 for reject in batch.rejects)


def test_memory_holds_one_host(tmp_path: Path) -> None:
    path = tmp_path / "large.nessus"
    path.write_text(document(*(host(f"pc{n}", outputs=[("1", "x" * 50_000)]) for n in range(200))))
    assert NESSUS.batches
    tracemalloc.start()
    try:
        count = sum(1 for _ in NESSUS.batches(Stream(path=path, encoding="utf-8")))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 200
    assert peak < path.stat().st_size / 4


def test_is_chosen_by_its_root(tmp_path: Path) -> None:
    path = tmp_path / "any.name"
    path.write_text(document(host()))
    assert reader_for(Peek.at(path), (NESSUS,)) is NESSUS
    path.write_text(document(host()).replace("_v2", ""))
    assert not NESSUS.claims(Peek.at(path))
