"""wmic: real output against its independent counts, and small written ones."""

from __future__ import annotations

import csv
import random
from datetime import datetime
from pathlib import Path

import pytest

from fullcount.errors import FullcountError, UnreadableError
from fullcount.model import Batch, Class, Lists, Os, Record, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers.uninstall import UNINSTALL
from fullcount.readers.wmic import WMIC

SHARED = Path(__file__).resolve().parents[2] / "../shared/samples"
SAMPLES = sorted(path for folder in ("wmic_text", "wmi_list") for path in (SHARED / folder).glob("*"))
real = [pytest.mark.real, pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")]
# What the lists without software say of their machine. A virtual machine's BIOS has no serial number.
IDENTITIES = {
    "11-AzureAD-Win32_ComputerSystem.wmi": [("hostname", "DESKTOP-EHRK1QO"), ("manufacturer", "LENOVO")],
    "proxmox-Win32_Bios.wmi": [],
    "win7-sp1-x64-Win32_OperatingSystem.wmi": [("hostname", "LUBIANKA")],
    "xp-Win32_QuickFixEngineering.wmi": [("hostname", "ORDI-DE-GON\u00c9RI")],
}
NOTE = "only what Windows Installer installed is listed"


def read(path: Path, host: str | None = None) -> list[Batch]:
    assert WMIC.batches
    return list(WMIC.batches(Stream(path=path, encoding=Peek.at(path).encoding, host=host)))


def written(tmp_path: Path, text: str) -> Path:
    """As wmic writes into a file: UTF-16, two carriage returns."""
    path = tmp_path / "list"
    path.write_bytes(text.replace("\n", "\r\r\n").encode("utf-16"))
    return path


def listed(tmp_path: Path, text: str) -> list[Batch]:
    path = written(tmp_path, text)
    assert WMIC.claims(Peek.at(path))
    return read(path)


def machine(batch: Batch) -> Record:
    assert batch.record
    return batch.record


def columns(header: str, *rows: str) -> str:
    """Every line padded to one width."""
    width = max(map(len, (header, *rows))) + 2
    return "".join(f"{line:{width}}\n" for line in (header, *rows))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
class TestRealOutput:
    pytestmark = real

    def test_counts_are_those_of_an_independent_count(self, path: Path) -> None:
        with (SHARED / "truth.tsv").open(encoding="utf-8", newline="") as file:
            truth = {row["file"]: row["rows"] for row in csv.DictReader(file, delimiter="\t")}
        [batch] = read(path)
        assert len(batch.sightings) == int(truth.get(f"{path.parent.name}/{path.name}") or 0)
        assert not batch.rejects
        assert machine(batch).os_family is Os.WINDOWS
        software = path.parent.name == "wmic_text"
        assert machine(batch).lists is (Lists.SOME_SOFTWARE if software else Lists.MACHINES)
        assert machine(batch).clues == IDENTITIES.get(path.name, [])

    def test_is_claimed_and_may_need_its_host_named(self, path: Path) -> None:
        assert WMIC.claims(Peek.at(path))
        assert WMIC.needs_host
        [batch] = read(path, "pc-9")
        inside = [value for kind, value in IDENTITIES.get(path.name, []) if kind == "hostname"]
        assert [value for kind, value in machine(batch).clues if kind == "hostname"] == (inside or ["pc-9"])

    def test_damage_is_never_a_traceback(self, path: Path, tmp_path: Path) -> None:
        whole, dice = path.read_bytes(), random.Random(path.name)
        for damage in ("cut", "cut", "flip", "flip", "flip"):
            at = dice.randrange(2, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            broken = tmp_path / "broken"
            broken.write_bytes(whole[:at] if damage == "cut" else flipped)
            try:
                found = read(broken)
            except FullcountError as error:
                assert error.place  # noqa: PT017 - that it says where is the test
                continue
            assert found[-1].record


@pytest.mark.real
@pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")
class TestRealOthers:
    def test_claims_nothing_else(self) -> None:
        others = [path for path in SHARED.rglob("*") if path.is_file() and path not in SAMPLES]
        assert others
        assert not [path.name for path in others if WMIC.claims(Peek.at(path))]

    def test_names_and_versions(self) -> None:
        [batch] = read(SHARED / "wmic_text/bakosog_wmic_utf16.txt")
        assert batch.sightings[0].title[1:3] == ("ILSpy", "9.0.0.7660")
        assert batch.sightings[-1].title[1:3] == ("Visual C++ Library CRT Appx Package", "14.41.34120")

    def test_system_and_its_clock(self) -> None:
        [batch] = read(SHARED / "wmi_list/win7-sp1-x64-Win32_OperatingSystem.wmi")
        record = machine(batch)
        assert (record.os, record.machine_class) == ("Microsoft Windows 7 Professionnel", Class.WORKSTATION)
        assert record.heard_at == datetime(2013, 8, 22, 18, 44, 47)  # noqa: DTZ001 - times of the house are UTC
        assert record.looked_at is None


def test_columns(tmp_path: Path) -> None:
    table = columns(
        "IdentifyingNumber  InstallDate  Name             Vendor            Version",
        "{7EC66A9F-0A49}    20171010     Kaspersky (x64)  AO Kaspersky Lab  11.0",
        "                   20171011     Other                              2",
        "{7EC66A9F-0A4A}                                                    1",
        "                                                 Nobody            1",
        "{7EC66A9F-0A4B-TOO-LONG}         Foo             Bar               3",
    )
    [batch] = listed(tmp_path, "C:\\>wmic product get name\n" + table)
    assert [(s.title.name, s.title.version, s.title.publisher, s.title.product_code, s.place) for s in batch.sightings] == [
        ("Kaspersky (x64)", "11.0", "AO Kaspersky Lab", "{7EC66A9F-0A49}", 3),
        ("Other", "2", None, None, 4),
        (None, "1", None, "{7EC66A9F-0A4A}", 5),
    ]
    assert batch.sightings[0].detail
    assert batch.sightings[0].detail.installed_on == "2017-10-10"
    assert [(reject.place, reject.reason) for reject in batch.rejects] == [
        (1, "stands before the list"),
        (6, "a program without a name"),
        (7, "its columns do not stand under those of the header"),
    ]
    assert (machine(batch).lists, machine(batch).note) == (Lists.SOME_SOFTWARE, f"{NOTE}; 2 lines could not be read")


def test_names_alone_are_known_by_their_width(tmp_path: Path) -> None:
    [batch] = listed(tmp_path, columns("Name", "Kaspersky", "Other program", "Third"))
    assert [s.title.name for s in batch.sightings] == ["Kaspersky", "Other program", "Third"]
    for other in ("Name\nKaspersky\nOther program\n", "Name  Version\n----  -------\nx     1      \n", "Name   \n"):
        assert not WMIC.claims(Peek.at(written(tmp_path, other)))


def test_csv_names_its_machines(tmp_path: Path) -> None:
    text = "\nNode,IdentifyingNumber,Name,Version\nPC-1,{1},Kaspersky,11\nPC-1,,Foo, Bar, Inc.,2\nPC-2,,Baz,3\nPC-2,short\n"
    one, two = listed(tmp_path, text)
    assert [(s.title.name, s.title.version) for s in one.sightings] == [("Kaspersky", "11"), ("Foo, Bar, Inc.", "2")]
    assert [machine(batch).clues for batch in (one, two)] == [[("hostname", "PC-1")], [("hostname", "PC-2")]]
    assert [s.title.name for s in two.sightings] == ["Baz"]
    [reject] = [reject for batch in (one, two) for reject in batch.rejects]
    assert (reject.place, "has 2 cells under a header of 4" in reject.reason) == (5, True)


def test_csv_with_a_vendor_is_read_by_another(tmp_path: Path) -> None:
    peek = Peek.at(written(tmp_path, "\nNode,Name,Vendor,Version\nPC-1,Kaspersky,AO Kaspersky Lab,11\nPC-1,Foo,Bar,1\n"))
    assert [reader.name for reader in (WMIC, UNINSTALL) if reader.claims(peek)] == ["uninstall"]


def test_list_of_products(tmp_path: Path) -> None:
    text = """

InstallLocation=C:\\Users\\anna\\AppData\\x
InstallState=5
Name=Kaspersky
Vendor=AO Kaspersky Lab
Version=11


InstallLocation=
InstallState=1
Name=Offered
Vendor=
Version=2
torn
"""
    [batch] = listed(tmp_path, text)
    first, second = batch.sightings
    assert (first.title.name, first.title.publisher, first.title.path) == ("Kaspersky", "AO Kaspersky Lab", "~\\AppData\\x")
    assert first.detail
    assert first.detail.path == "C:\\Users\\anna\\AppData\\x"
    assert (first.place, first.state, second.place, second.state) == (1, State.INSTALLED, 6, State.MENTION)
    assert [(reject.place, reject.raw) for reject in batch.rejects] == [(11, b"torn")]
    assert not WMIC.claims(Peek.at(written(tmp_path, "Name=one\nVersion=1\n")))  # may be the model of a computer


def test_lists_that_name_a_machine(tmp_path: Path) -> None:
    system = "IdentifyingNumber=5CG71\nName=EliteBook\nUUID=A-1\nVendor=HP\nVersion=\n"
    computer = "Domain=corp.example.gov\nDomainRole=3\nManufacturer=HP\nModel=x\nName=SRV-1\nPartOfDomain=TRUE\n"
    bios = "Manufacturer=AMI\nSerialNumber=5CG71\nSMBIOSBIOSVersion=1\n"
    server = "Caption=Microsoft Windows Server 2016\nCSName=SRV-1\nProductType=3\nLocalDateTime=torn\n"
    [batch] = listed(tmp_path, system)
    assert machine(batch).clues == [("serial", "5CG71"), ("uuid", "A-1"), ("manufacturer", "HP")]
    [batch] = listed(tmp_path, computer)
    assert machine(batch).machine_class is Class.SERVER
    assert machine(batch).clues[:3] == [("hostname", "SRV-1"), ("fqdn", "SRV-1.corp.example.gov"), ("domain", "corp.example.gov")]
    [batch] = listed(tmp_path, bios)
    assert machine(batch).clues == [("serial", "5CG71")]
    [batch] = listed(tmp_path, server)
    assert (machine(batch).machine_class, machine(batch).heard_at) == (Class.SERVER, None)
    [batch] = listed(tmp_path, computer + server)
    assert machine(batch).clues.count(("hostname", "SRV-1")) == 1


def test_what_is_no_such_list_is_refused(tmp_path: Path) -> None:
    for other in ("", "Dear all,\n", "A=1\nB=2\n", "Node,Load\nPC-1,7\n"):
        path = written(tmp_path, other)
        assert not WMIC.claims(Peek.at(path))
        with pytest.raises(UnreadableError, match="no list of wmic"):
            read(path)


def test_long_lists_lines_and_instances_are_bounded(tmp_path: Path) -> None:
    found = listed(tmp_path, columns("Name      Version", *(f"p{n}" for n in range(10_001))))
    assert [len(batch.sightings) for batch in found] == [10_000, 1]
    keys = "Name=a\nVersion=1\nName=b\nVersion=1\n" * 60 + "".join(f"K{n}=1\n" for n in range(700)) + "Name=" + "x" * 70_000
    [batch] = listed(tmp_path, keys)
    assert machine(batch).lists is Lists.SOME_SOFTWARE
    assert max(len(s.title.name or "") for s in batch.sightings) < 70_000


def test_services_drivers_and_processes_are_evidence_beside(tmp_path: Path) -> None:
    rows = (
        ("Suite Service", "AVP", "c:\\avp.exe -r", "7", "Own Process", "Running"),
        ("Filter", "klif", "c:\\klif.sys", "0", "File System Driver", "Stopped"),
        ("Left", "Left", "", "0", "Own Process", "Stopped"),
    )
    keys = ("DisplayName", "Name", "PathName", "ProcessId", "ServiceType", "State")
    text = "".join("\n\n" + "".join(f"{key}={value}\n" for key, value in zip(keys, row, strict=True)) for row in rows)
    [batch] = listed(tmp_path, f"{text}SystemName=PC-1\n")
    assert [(s.title.type, s.title.name, s.title.service or s.title.driver, s.state) for s in batch.sightings] == [
        (Trace.SERVICE, "Suite Service", "AVP", State.RUNNING),
        (Trace.DRIVER, "Filter", "klif", State.INSTALLED),
        (Trace.SERVICE, "Left", "Left", State.INSTALLED),
    ]
    record = machine(batch)
    assert (record.clues, record.lists) == ([("hostname", "PC-1")], Lists.SOME_SOFTWARE)
    assert record.note == "it is no list of programs"
    [batch] = listed(tmp_path, "CSName=PC-2\nExecutablePath=C:\\Users\\ann\\x.exe\nName=x.exe\nProcessId=9\n")
    [seen] = batch.sightings
    assert (seen.title.type, seen.title.path, seen.state) == (Trace.PROCESS, "~\\x.exe", State.RUNNING)
    assert machine(batch).clues == [("hostname", "PC-2")]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("productState=266240", State.RUNNING),
        ("productState=266256", State.RESIDUE),  # outdated
        ("productState=262144", State.RESIDUE),  # off
        ("onAccessScanningEnabled=TRUE\nproductUptoDate=TRUE", State.RUNNING),
        ("onAccessScanningEnabled=FALSE\nproductUptoDate=TRUE", State.RESIDUE),
        ("pathToSignedProductExe=c:\\x.exe", State.INSTALLED),
    ],
)
def test_registrations_with_the_security_centre(tmp_path: Path, said: str, state: State) -> None:
    text = f"companyName=Acme\ndisplayName=Suite Anti-Virus\ninstanceGuid={{1}}\n{said}\nversionNumber=1.0\n"
    [batch] = listed(tmp_path, text)
    [seen] = batch.sightings
    assert (seen.title.type, seen.title.name, seen.title.publisher, seen.state) == (
        Trace.ANTIVIRUS,
        "Suite Anti-Virus",
        "Acme",
        state,
    )
