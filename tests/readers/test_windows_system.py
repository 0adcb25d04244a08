"""What Windows says of itself and of its packages: real outputs in several languages, and small written ones."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.exported import one, read, written

from fullcount.errors import FullcountError
from fullcount.model import Class, Lists, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers.windows import CCM_LOG, CHOCOLATEY, DISM, MSI, MSINFO, SYSTEMINFO

if TYPE_CHECKING:
    from fullcount.reader import Reader

SAMPLES = Path(__file__).resolve().parents[2] / "../shared/samples"
FILES = {
    "systeminfo": SYSTEMINFO,
    "msinfo32": MSINFO,
    "dism": DISM,
    "choco_list": CHOCOLATEY,
    "msi": MSI,
    "sccm_client_log": CCM_LOG,
}
REAL = [(path, reader) for folder, reader in FILES.items() for path in sorted((SAMPLES / folder).glob("*"))]
real = pytest.mark.skipif(not REAL, reason="no real exports beside the project")


@pytest.mark.real
@real
@pytest.mark.parametrize(("path", "reader"), REAL, ids=lambda value: value.name)
class TestRealExports:
    def test_is_claimed_by_its_reader_and_holds_something(self, path: Path, reader: Reader) -> None:
        batch, record = one(path, reader)
        assert batch.sightings
        assert record.lists in {Lists.SOME_SOFTWARE, Lists.MACHINES}

    def test_damage_is_never_a_traceback(self, path: Path, reader: Reader, tmp_path: Path) -> None:
        whole, dice = path.read_bytes()[:40_000], random.Random(path.name)
        assert reader.batches
        for damage in ("cut", "cut", "flip", "flip", "zero"):
            at = dice.randrange(1, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            zero = whole[:at] + bytes(20) + whole[at + 20 :]
            broken = tmp_path / "broken"
            broken.write_bytes({"cut": whole[:at], "flip": flipped, "zero": zero}[damage])
            with suppress(FullcountError):  # one clear error is right, too
                assert list(reader.batches(Stream(path=broken, encoding=Peek.at(broken).encoding)))


# -- systeminfo -------------------------------------------------------------------------------------------------------------

MACHINES = {  # by the beginning of the file's name: clues, operating system, class, updates
    "10_1803_x64": ([("manufacturer", "Dell Inc."), ("ip", "192.168.148.19")], "Microsoft Windows 10 Enterprise", 6),
    "10_1803_x86": (
        [("hostname", "DESKTOP-LFQSJM4"), ("manufacturer", "VMware, Inc."), ("ip", "192.168.5.129")],
        "Microsoft Windows 10 Enterprise",
        4,
    ),
    "10_1809_x64_education_en": ([], None, 9),
    "10_1809_x64_education_es": ([], "Microsoft Windows 10 Education", 9),
    "7_sp1": (
        [("hostname", "OLI7-PC"), ("manufacturer", "LENOVO"), ("ip", "172.30.50.20")],
        "Microsoft Windows 7 Ultimate N",
        245,
    ),
    "srv_2003": (
        [("hostname", "WINSRV2K3SP0X86"), ("manufacturer", "VMware, Inc."), ("ip", "192.168.159.214")],
        "Microsoft(R) Windows(R) Server 2003, Standard Edition",
        2,
    ),
}


@pytest.mark.real
@real
@pytest.mark.parametrize("begins", MACHINES)
def test_machines_of_all_languages(begins: str) -> None:
    [path] = [path for path, _ in REAL if path.name.startswith(begins)]
    batch, record = one(path, SYSTEMINFO)
    clues, os, updates = MACHINES[begins]
    assert (record.clues, record.os, len(batch.sightings)) == (clues, os, updates)
    assert {s.state for s in batch.sightings} == {State.MENTION}
    assert record.lists is Lists.MACHINES
    assert (record.machine_class is Class.SERVER) == (begins == "srv_2003")


# The order of the lines is the program's; labels and values of a made-up machine.
CHINESE = (
    "\n主机名:           PC-ZH-1\nOS 名称:          Microsoft Windows 10 专业版\nOS 版本:          10.0.19044 暂缺 Build 19044\n"
    "OS 制造商:        Microsoft Corporation\nOS 配置:          成员工作站\nOS 构建类型:      Multiprocessor Free\n"
    "注册的所有人:     user\n注册的组织:       \n产品 ID:          00330\n初始安装日期:     2021/1/2, 10:00:00\n"
    "系统启动时间:     2021/2/3, 10:00:00\n系统制造商:       Acme\n系统型号:         Model 7\n系统类型:         {type}\n"
    "处理器:           安装了 1 个处理器。\n                  [01]: Intel64 Family 6\n"
    "BIOS 版本:        Acme 1.0\nWindows 目录:     C:\\Windows\n系统目录:         C:\\Windows\\system32\n"
    "页面文件位置:     C:\\pagefile.sys\n{domain}修补程序:         安装了 2 个修补程序。\n"
    "                  [01]: KB5004331\n                  [02]: KB5003791\n网卡:             安装了 1 个 NIC。\n"
    "                  [01]: Card\n                        [01]: 10.1.2.3\n"
)
DOMAIN = "域:               corp.example.gov\n登录服务器:       {server}\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
@pytest.mark.parametrize("server", ["\\\\DC-1", "暂缺"])
def test_a_domain_in_another_language_and_encoding(tmp_path: Path, encoding: str, server: str) -> None:
    text = CHINESE.format(type="x64-based PC", domain=DOMAIN.format(server=server))
    batch, record = one(written(tmp_path, text, encoding), SYSTEMINFO, "outside")
    assert record.clues == [
        ("hostname", "PC-ZH-1"),
        ("fqdn", "PC-ZH-1.corp.example.gov"),
        ("domain", "corp.example.gov"),
        ("manufacturer", "Acme"),
        ("ip", "10.1.2.3"),
    ]
    assert [s.title.name for s in batch.sightings] == ["KB5004331", "KB5003791"]


def test_without_a_domain_no_path_is_one(tmp_path: Path) -> None:
    _, record = one(written(tmp_path, CHINESE.format(type="基于 x64 的电脑", domain="")), SYSTEMINFO)
    assert record.clues == [("hostname", "PC-ZH-1"), ("manufacturer", "Acme"), ("ip", "10.1.2.3")]


def test_two_outputs_in_one_file_are_two_machines(tmp_path: Path) -> None:
    text = CHINESE.format(type="x64-based PC", domain="")
    batches = read(written(tmp_path, text + text.replace("PC-ZH-1", "PC-ZH-2")), SYSTEMINFO, "outside")
    assert [b.record and b.record.clues[0] for b in batches] == [("hostname", "PC-ZH-1"), ("hostname", "PC-ZH-2")]
    assert [len(b.sightings) for b in batches] == [2, 2]


def test_one_row_a_machine(tmp_path: Path) -> None:
    header = ",".join(f'"Label {number}"' for number in range(33))
    cells = ["PC-1", "Microsoft Windows Server 2019 Standard", "10.0.17763 N/A Build 17763", *["x"] * 30]
    cells[11], cells[28], cells[30] = "Acme", "corp.example.gov", "2 Hotfix(s) Installed.,[01]: KB4470788,[02]: KB4487044"
    row = ",".join(f'"{cell}"' for cell in cells)
    text = f"{header}\r\n{row}\r\n{row.replace('PC-1', 'PC-2')}\r\nbroken\r\n"
    first, second, lost = read(written(tmp_path, text), SYSTEMINFO)
    assert first.record
    assert first.record.clues[:2] == [("hostname", "PC-1"), ("fqdn", "PC-1.corp.example.gov")]
    assert first.record.machine_class is Class.SERVER
    assert [s.title.name for s in first.sightings] == ["KB4470788", "KB4487044"]
    assert second.record
    assert second.record.clues[0] == ("hostname", "PC-2")
    assert [r.raw for r in lost.rejects] == [b"broken"]


# -- msinfo32 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.real
@real
def test_report_of_a_server() -> None:
    batch, record = one(SAMPLES / "msinfo32/aws_msinfo32.nfo", MSINFO)
    assert record.clues == [("hostname", "WIN-5BRNFRHGI65"), ("manufacturer", "Xen")]
    assert record.looked_at == datetime(2015, 12, 28, 4, 28, 32)  # noqa: DTZ001 - times of the house are UTC
    assert (record.machine_class, record.os) == (Class.SERVER, "Microsoft Windows Server 2012 R2 Standard")
    types = [s.title.type for s in batch.sightings]
    counts = {Trace.DRIVER: 259, Trace.PROCESS: 56, Trace.SERVICE: 140, Trace.FILE: 490}
    assert {trace: types.count(trace) for trace in counts} == counts
    [update] = [s for s in batch.sightings if s.title.name == "Google Update"]
    assert (update.state, update.detail and update.detail.user) == (State.RESIDUE, "WIN-5BRNFRHGI65\\Administrator")
    services = [s for s in batch.sightings if s.title.type == Trace.SERVICE]
    assert (services[0].title.service, services[0].state) == ("AeLookupSvc", State.INSTALLED)
    assert {s.state for s in services} == {State.RUNNING, State.INSTALLED}


def rows(*cells: tuple[str, ...]) -> str:
    return "".join(f"<Data>{''.join(f'<C{n}><![CDATA[{cell}]]></C{n}>' for n, cell in enumerate(row))}</Data>" for row in cells)


def report(created: str = "12/28/17 04:28:32", maker: str = "Acme") -> str:
    summary = rows(
        ("Betriebssystemname", "Microsoft Windows 10 Pro"),
        ("Version", "10.0.16299 Build 16299"),
        ("Betriebssystemhersteller", "Microsoft Corporation"),
        ("Systemname", "PC-DE-1"),
        ("Systemhersteller", maker),
        ("Systemmodell", "Model 7"),
        ("Systemtyp", "x64-basierter PC"),
    )
    services = rows(
        ("Kaspersky", "AVP18", "Wird ausgeführt", "Auto", "x", '"c:\\avp\\avp.exe" -r', "Normal", "LocalSystem", "0"),
        ("Stopped one", "Other", "Beendet", "Auto", "x", "c:\\x.exe", "Normal", "LocalSystem", "0"),
    )
    start = rows(("Updater", "c:\\users\\ann\\u.exe", "PC-DE-1\\ann", "HKU\\S-1-5-21\\Software\\Run"))
    printer = rows(("Printer", "Driver", "LPT1:", "Nicht verfügbar"))
    return (
        f"<?xml version='1.0'?><MsInfo><Metadata><CreationUTC>{created}</CreationUTC></Metadata>"
        f"<Category name='Systemübersicht'>{summary}<Category name='Komponenten'>{printer}</Category>"
        f"<Category name='Softwareumgebung'><Category name='Dienste'>{services}</Category>"
        f"<Category name='Autostart'>{start}</Category></Category></Category></MsInfo>"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_report_in_german(tmp_path: Path, encoding: str) -> None:
    batch, record = one(written(tmp_path, report(), encoding), MSINFO)
    assert record.clues == [("hostname", "PC-DE-1"), ("manufacturer", "Acme")]
    assert [(s.title.name, s.title.service, s.state) for s in batch.sightings] == [
        ("Kaspersky", "AVP18", State.RUNNING),
        ("Stopped one", "Other", State.INSTALLED),
        ("Updater", None, State.RESIDUE),
    ]
    assert batch.sightings[2].title.path == "~\\u.exe"


def test_a_date_that_can_be_read_two_ways_is_none(tmp_path: Path) -> None:
    _, record = one(written(tmp_path, report("02/03/17 04:28:32", "Nicht verfügbar")), MSINFO)
    assert record.looked_at is None
    assert "two ways" in (record.note or "")
    assert record.clues == [("hostname", "PC-DE-1")]


def test_what_stands_before_a_break_is_used(tmp_path: Path) -> None:
    path = written(tmp_path, report()[:-200])
    assert MSINFO.batches
    stream = MSINFO.batches(Stream(path=path, encoding="utf-8"))
    assert next(stream).record
    with pytest.raises(FullcountError, match="stops being XML"):
        next(stream)


# -- dism -------------------------------------------------------------------------------------------------------------------


@pytest.mark.real
@real
def test_packages_of_windows() -> None:
    batch, record = one(SAMPLES / "dism/dism_get-packages.txt", DISM, "pc1")
    assert [s.state for s in batch.sightings] == [*[State.INSTALLED] * 3, State.RESIDUE, State.INSTALLED, State.INSTALLED]
    assert batch.sightings[1].title.name == "Package_for_KB4470788"
    assert [s.detail and s.detail.installed_on for s in batch.sightings[:3]] == ["2018-09-15", "2019-03-12", "2022-09-13"]
    assert record.clues == [("hostname", "pc1")]


IDENTITY = "Package_for_KB{}~31bf3856ad364e35~amd64~~10.0.1.{}"


def test_packages_in_german_and_as_a_table(tmp_path: Path) -> None:
    german = (
        f"Paketidentität : {IDENTITY.format(1, 1)}\r\nStatus : Installiert\r\nVersionstyp : Sicherheitsupdate\r\n"
        f"Installationszeit : 03.02.2019 10:00\r\n\r\nPaketidentität : {IDENTITY.format(2, 1)}\r\nStatus : Erdacht\r\n\r\n"
    )
    batch, record = one(written(tmp_path, german, "cp1252"), DISM)
    assert [(s.state, s.detail) for s in batch.sightings] == [
        (State.INSTALLED, batch.sightings[0].detail),
        (State.MENTION, None),
    ]
    assert batch.sightings[0].detail
    assert batch.sightings[0].detail.installed_on == "03.02.2019 10:00", "its order is not known"
    assert "erdacht" in (record.note or "")
    table = (
        "Package Identity | State | Release Type | Install Time\n---- | ---- | ---- | ----\n"
        f"{IDENTITY.format(1, 1)} | Installed | Update | 2/13/2019 10:00 AM\n{IDENTITY.format(2, 1)} | Staged | Update |\n"
        "Broken~x | Staged | Update |\n"
    )
    batch, _ = one(written(tmp_path, table), DISM)
    assert [s.state for s in batch.sightings] == [State.INSTALLED, State.FILES]
    assert batch.sightings[0].detail
    assert batch.sightings[0].detail.installed_on == "2019-02-13"
    assert [r.place for r in batch.rejects] == [5]


# -- Chocolatey -------------------------------------------------------------------------------------------------------------


@pytest.mark.real
@real
def test_packages_of_chocolatey() -> None:
    path = SAMPLES / "choco_list/mangeg_choco_list.txt"
    batch, _ = one(path, CHOCOLATEY)
    assert len(batch.sightings) == len(path.read_text("utf-8").split("\n")) - path.read_text("utf-8").endswith("\n")
    assert (batch.sightings[1].title.package, batch.sightings[1].title.version) == ("7zip.install", "19.0")
    batch, record = one(SAMPLES / "choco_list/atom.nuspec", CHOCOLATEY)
    [seen] = batch.sightings
    assert (seen.title.name, seen.title.package, seen.title.publisher, seen.state) == ("Atom", "atom", "GitHub Inc.", State.FILES)
    assert record.lists is Lists.SOME_SOFTWARE


def test_what_could_be_installed_is_a_mention(tmp_path: Path) -> None:
    text = "Chocolatey v2.2.2\n7zip 19.0 [Approved]\nkasperskyreset 1.0 Downloads cached for licensed users\n2 packages {}.\n"
    batch, _ = one(written(tmp_path, text.format("found")), CHOCOLATEY)
    assert [(s.title.name, s.state) for s in batch.sightings] == [("7zip", State.MENTION), ("kasperskyreset", State.MENTION)]
    batch, record = one(written(tmp_path, text.format("installed").replace("2 packages", "3 packages")), CHOCOLATEY)
    assert {s.state for s in batch.sightings} == {State.INSTALLED}
    assert "3 packages are said to be installed, 2 are here" in (record.note or "")


def test_limited_output(tmp_path: Path) -> None:
    batch, _ = one(written(tmp_path, "7zip|19.0\nchocolatey|2.2.2\n!?\ngit|2.33.1\n"), CHOCOLATEY)
    assert [(s.title.name, s.title.version) for s in batch.sightings][::2] == [("7zip", "19.0"), ("git", "2.33.1")]
    assert [r.raw for r in batch.rejects] == [b"!?"]


@pytest.mark.parametrize("text", ["bash 4.2-1\nzlib 1.2-3\n", "one 1\ntwo 2\n", "<package><x/></package>"])
def test_bare_names_and_versions_may_be_anything(tmp_path: Path, text: str) -> None:
    assert not CHOCOLATEY.claims(Peek.at(written(tmp_path, text)))


# -- installers -------------------------------------------------------------------------------------------------------------


@pytest.mark.real
@real
def test_summary_of_an_installer() -> None:
    [seen] = one(SAMPLES / "msi/python-add-to-path-msiinfo-results.txt", MSI)[0].sightings
    assert (seen.title.name, seen.title.publisher, seen.title.product_code, seen.state) == (
        "Python 3.9.5 Add to Path (64-bit)",
        "Python Software Foundation",
        None,
        State.MENTION,
    )


def test_properties_of_an_installer(tmp_path: Path) -> None:
    code = "{7EC66A9F-0A49-4DC0-A9E8-460333EA8013}"
    head = "Property\tValue\r\ns72\tl0\r\nProperty\tProperty\r\n"
    text = f"{head}ProductName\tSuite\r\nProductCode\t{code}\r\nUpgradeCode\t{code}\r\n\r\nx\r\n"
    batch, _ = one(written(tmp_path, text), MSI)
    title = batch.sightings[0].title
    assert (title.name, title.product_code, title.upgrade_code, batch.sightings[0].state) == ("Suite", code, code, State.MENTION)
    assert [r.raw for r in batch.rejects] == [b"x"]


# -- logs of the client of Configuration Manager ------------------------------------------------------------------------------


@pytest.mark.real
@real
def test_events_are_mentions() -> None:
    batch, record = one(SAMPLES / "sccm_client_log/sccm_various.log", CCM_LOG, "outside")
    assert [(s.place, s.title.name, s.state) for s in batch.sightings] == [
        (1, "Application Foo Version 2.2", State.MENTION),
        (4, "MineSweeper2000", State.MENTION),
    ]
    assert not batch.rejects
    assert record.clues == [("hostname", "COMPUTER01")]
    assert (record.looked_at, record.heard_at) == (None, datetime(2015, 1, 2, 10, 22, 50))  # noqa: DTZ001


def test_minutes_lead_to_utc_and_a_cut_entry_is_a_reject(tmp_path: Path) -> None:
    entry = (
        "<![LOG[Performing detection of app deployment type Suite(ScopeId_1)]LOG]!>"
        '<time="23:30:00.123{}" date="12-31-2017" component="x">\n'
    )
    batch, record = one(written(tmp_path, "end of an entry\n" + entry.format("+60") + "<![LOG[cut"), CCM_LOG, "pc1")
    assert [(s.place, s.title.name) for s in batch.sightings] == [(2, "Suite")]
    assert [r.place for r in batch.rejects] == [1, 3]
    assert record.heard_at == datetime(2018, 1, 1, 0, 30)  # noqa: DTZ001
    assert record.clues == [("hostname", "pc1")]
