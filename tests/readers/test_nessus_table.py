"""Findings of Nessus and Tenable as spreadsheets: real ones, and small ones written here."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from tests.answers import SAMPLES, Answer, damaged, read, truth, written

from fullcount.model import Class, Lists, Os, State, Trace
from fullcount.reader import Peek
from fullcount.readers import READERS
from fullcount.readers.nessus import NESSUS_TABLE

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SAMPLES / "nessus"
FILES = ("issue_11102.csv", "nessus-template.csv", "nessus_many_vuln2-all.csv", "tenable_many_vuln.csv")
PROGRAMS = """
The following software are installed on the remote host :

Kaspersky Endpoint Security 10 for Windows  [version 10.3.0.6294]  [installed on 2017/08/02]
7-Zip 16.04  [version 16.04]

The following updates are installed :

Update for 7-Zip
"""
PACKAGES = "\nHere is the list of packages installed on the remote Debian Linux system :\n\n{}\n"
SCANNED = "Credentialed checks : {}\nScan Start Date : 2017/10/9 8:15 UTC\nScan duration : 7 sec\n"


def table(tmp_path: Path, header: str, *rows: tuple[str, ...], delimiter: str = ",") -> Answer:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([header.split(","), *rows])
    return read(written(tmp_path, text.getvalue(), "findings.csv"), tmp_path, readers=READERS)


def nessus(tmp_path: Path, *rows: tuple[str, str, str]) -> Answer:
    """Rows of a plugin, a host and an output."""
    full = [(plugin, "", "None", host, "tcp", "0", "a name", text) for plugin, host, text in rows]
    return table(tmp_path, "Plugin ID,CVE,Risk,Host,Protocol,Port,Name,Plugin Output", *full)


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")
class TestRealTables:
    @pytest.mark.parametrize("name", FILES)
    def test_hosts_are_those_of_an_independent_count(self, name: str, tmp_path: Path) -> None:
        found = read(FOLDER / name, tmp_path, readers=READERS)
        assert len(found.machines) == int(truth(f"nessus/{name}")["hosts"])
        assert not found.rejects
        recognised = [one.title["type"] for machine in found.machines for one in machine.seen]
        assert set(recognised) <= {Trace.DETECTION}, "none of them lists software"
        assert {machine["lists"] for machine in found.machines} == {Lists.SOME_SOFTWARE if recognised else Lists.MACHINES}

    def test_security_center(self, tmp_path: Path) -> None:
        first = read(FOLDER / "issue_11102.csv", tmp_path, readers=READERS).machines[0]
        assert first.named("mac") == ["fa:16:3e:e6:0b:98"]
        assert str(first["heard_at"]) == "2024-10-17 17:24:54"

    def test_tenable_io(self, tmp_path: Path) -> None:
        first = read(FOLDER / "tenable_many_vuln.csv", tmp_path, readers=READERS).machines[0]
        assert first["os_family"] == Os.LINUX
        assert first.named("fqdn") == ["ip-127-0-0-1.us-west-2.compute.internal"]
        assert str(first["heard_at"]) == "2023-06-08 01:58:56"

    @pytest.mark.parametrize("name", FILES)
    def test_damage_is_no_traceback(self, name: str, tmp_path: Path) -> None:
        for turn, data in enumerate(damaged((FOLDER / name).read_bytes(), name)):
            found = read(written(tmp_path, data, f"{turn}.csv"), tmp_path, readers=(NESSUS_TABLE,))
            assert found.machines or found.rejects


def test_an_output_lists_software(tmp_path: Path) -> None:
    pc = nessus(tmp_path, ("19506", "10.0.0.1", SCANNED.format("yes")), ("20811", "10.0.0.1", PROGRAMS)).only
    assert pc.names == ["Kaspersky Endpoint Security 10 for Windows", "7-Zip 16.04"]
    assert (pc["lists"], pc["traces"], str(pc["looked_at"])) == (Lists.ALL_SOFTWARE, "program", "2017-10-09 08:15:00")
    assert {one.place for one in pc.seen} == {3}, "of its row, the header being the first"
    assert pc.seen[0].detail == {"installed_on": "2017-08-02"}
    assert pc.clues == [("ip", "10.0.0.1")]
    assert pc["os_family"] == Os.WINDOWS, "nothing else has install keys"


def test_a_package_that_was_removed_is_residue(tmp_path: Path) -> None:
    text = PACKAGES.format("ii  bash  5.0  amd64  shell\nrc  kesl  10.1  amd64  guard")
    pc = nessus(tmp_path, ("22869", "srv-1.example.gov", text)).only
    assert [(one.title["package"], one.state) for one in pc.seen] == [("bash", State.INSTALLED), ("kesl", State.RESIDUE)]
    assert pc.clues == [("fqdn", "srv-1.example.gov"), ("hostname", "srv-1.example.gov")]
    assert (pc["looked_at"], pc["os_family"]) == (None, Os.LINUX)


def test_what_was_recognised_is_some_software(tmp_path: Path) -> None:
    text = "\nThe remote operating system matched the following CPE :\n\n  cpe:/o:debian:debian_linux -> Debian\n"
    found = nessus(tmp_path, ("45590", "pc-1", text), ("19506", "pc-1", SCANNED.format("no"))).only
    assert (found["lists"], found["note"]) == (Lists.SOME_SOFTWARE, "scanned without credentials: no software list")
    assert [one.title["type"] for one in found.seen] == [Trace.DETECTION]


@pytest.mark.parametrize(
    ("text", "lists"), [(PROGRAMS.replace("[version 16.04]", "[vers"), "all software"), (PROGRAMS + "truncated", "some software")]
)
def test_a_list_that_was_cut_is_some_software(text: str, lists: str, tmp_path: Path) -> None:
    assert nessus(tmp_path, ("20811", "pc-1", text)).only["lists"] == lists


@pytest.mark.parametrize(("length", "lists"), [(31_000, Lists.ALL_SOFTWARE), (32_767, Lists.SOME_SOFTWARE)])
def test_a_cell_may_have_been_cut(length: int, lists: Lists, tmp_path: Path) -> None:
    head, row = PROGRAMS.split("7-Zip", maxsplit=1)[0], "Reader  [version 1]\n"
    text = (head + row * 5000)[: length - 1].strip()
    text = text[: text.rfind("]") + 1].ljust(length - 1, "\n") + "x"
    assert len(text) == length
    assert nessus(tmp_path, ("20811", "pc-1", text)).only["lists"] == lists


def test_outputs_name_a_host_that_the_scan_knew_by_address(tmp_path: Path) -> None:
    names = "The following 2 NetBIOS names have been gathered :\n\n  PC-1   = Computer name\n  CORP   = Workgroup / Domain name\n"
    pc = nessus(
        tmp_path,
        ("12053", "10.0.0.1", "\n10.0.0.1 resolves as pc-1.corp.example.gov.\n"),
        ("10150", "10.0.0.1", names),
        ("86420", "10.0.0.1", "The following is a consolidated list of detected MAC addresses:\n  - 00:50:56:A6:60:BC\n"),
        ("24270", "10.0.0.1", "  Computer Manufacturer : Dell Inc.\n  Computer SerialNumber : 5CG71\n"),
        ("11936", "10.0.0.1", "\nRemote operating system : Microsoft Windows Server 2016 Standard\nConfidence level : 100\n"),
    ).only
    assert set(pc.clues) >= {("fqdn", "pc-1.corp.example.gov"), ("hostname", "PC-1"), ("domain", "CORP"), ("serial", "5CG71")}
    assert pc.named("mac") == ["00:50:56:A6:60:BC"]
    assert (pc["class"], pc["os_family"]) == (Class.SERVER, Os.WINDOWS)


def test_security_center_keeps_an_older_list_beside_newer_findings(tmp_path: Path) -> None:
    header = "Plugin,Plugin Name,Severity,IP Address,Repository,DNS Name,NetBIOS Name,Plugin Output,Last Observed,Agent ID"
    seen = ("20811", "a", "Info", "10.0.0.1", "R", "pc-1.example.gov", "CORP\\PC-1")
    pc = table(
        tmp_path,
        header,
        (*seen, f"Plugin Output: {PROGRAMS}", "Oct 1, 2017 10:00:00 UTC", ""),
        ("10107", *seen[1:], "Plugin Output: \nhttp", "Oct 9, 2017 10:00:00 UTC", ""),
    ).only
    assert (str(pc["looked_at"]), str(pc["heard_at"])) == ("2017-10-01 10:00:00", "2017-10-09 10:00:00")
    assert pc.names[0].startswith("Kaspersky")
    assert ("domain", "CORP") in pc.clues


def test_vulnerability_management_with_semicolons(tmp_path: Path) -> None:
    header = "age_in_days,asset.id,asset.name,asset.display_mac_address,asset.operating_system,definition.id,output,last_seen"
    row = (
        "1",
        "e6782de6-e520-4fa8-8ca9-49286d7fca2a",
        "pc-1",
        "00:50:56:a6:60:bc",
        "Windows 10",
        "20811",
        PROGRAMS,
        "2017-10-09T10:00:00Z",
    )
    pc = table(tmp_path, header, row, delimiter=";").only
    assert pc.clues[0] == ("agent_id", "tenable:e6782de6-e520-4fa8-8ca9-49286d7fca2a")
    assert (pc["lists"], pc["class"], str(pc["looked_at"])) == (Lists.ALL_SOFTWARE, Class.WORKSTATION, "2017-10-09 10:00:00")


def test_a_lost_row_makes_the_look_of_its_host_partial(tmp_path: Path) -> None:
    rows = "".join(f'20811,{name},n,"{PROGRAMS}"\n' for name in ("pc-1", "pc-2"))
    text = f"Plugin ID,Host,Name,Plugin Output\n{rows}22869,pc-2\n20811,,n,x\n"
    found = read(written(tmp_path, text, "f.csv"), tmp_path, readers=READERS)
    assert {machine["lists"] for machine in found.machines if machine.named("hostname") == ["pc-1"]} == {Lists.ALL_SOFTWARE}
    assert {machine["lists"] for machine in found.machines if machine.named("hostname") == ["pc-2"]} == {Lists.SOME_SOFTWARE}
    assert sorted(reject["reason"] for reject in found.rejects) == ["a finding that names no host", "has 2 of 4 cells"]


@pytest.mark.parametrize(
    "header", ["Host,Name,Version", "Plugin,Name,Version", "IP,Network,DNS,QID", "IP Address,DNS Name,Software"]
)
def test_other_tables_are_not_claimed(header: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"{header}\n{','.join('abcd'[: header.count(',') + 1])}\n", "t.csv")
    assert not NESSUS_TABLE.claims(Peek.at(path))
