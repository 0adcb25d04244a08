"""Velociraptor: an answer of its own tests, and rows written from the artifacts' definitions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, Answer, lines, read, written

from fullcount.model import Lists, State, Trace
from fullcount.reader import Peek
from fullcount.readers import READERS
from fullcount.readers.velociraptor import VELOCIRAPTOR

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SAMPLES / "velociraptor"
ANN = "HKEY_USERS\\S-1-5-21-7\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{A}"
PROGRAM = {
    "KeyName": "{A}",
    "KeyLastWriteTimestamp": "2021-01-02T00:00:00Z",
    "DisplayName": "Reader",
    "DisplayVersion": "1",
    "InstallLocation": "C:\\Users\\ann\\Reader",
    "Publisher": "Acme",
    "InstallDate": "20210102",
    "KeyPath": ANN,
}
TRUSTED = {"Trusted": "trusted", "SubjectName": "C=CH, O=Kaspersky Lab Switzerland GmbH, CN=Kaspersky Lab"}
PROCESS = {"Pid": 4, "Ppid": 1, "TokenIsElevated": True, "Name": "avp.exe", "Exe": "C:\\avp.exe", "Username": "SYSTEM"}
SERVICE: dict[str, Any] = {"State": "Running", "Name": "AVP", "DisplayName": "Anti-Virus", "AbsoluteExePath": "C:\\avp.exe"}
SERVICE |= {"HashServiceExe": None, "CertinfoServiceExe": TRUSTED}
PACKAGE = {"Package": "kesl", "InstalledSize": 7, "Version": "11.2", "Source": None, "_Description": "x", "Architecture": "amd64"}
CLIENT: dict[str, Any] = {
    "client_id": "C.1",
    "agent_information": {"version": "0.7"},
    "os_info": {
        "system": "windows",
        "hostname": "PC1",
        "fqdn": "pc1.rivers.gov",
        "release": "Microsoft Windows Server 2019",
        "mac_addresses": ["00:0c:29:aa:bb:cc"],
    },
    "last_seen_at": 1602103388000000,
}


def got(folder: Path, *rows: object, **options: Any) -> Answer:
    return read(written(folder, lines(*rows), "Windows.Sys.Programs.json"), folder, readers=(VELOCIRAPTOR,), **options)


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")
class TestRealFiles:
    def test_answers_of_a_test(self, tmp_path: Path) -> None:
        answer = read(FOLDER / "amcache.out.yaml", tmp_path, readers=READERS)
        pc = answer.only
        assert {(one.title["type"], one.state) for one in pc.seen} == {(Trace.FILE, State.RESIDUE)}
        assert len(pc.seen) == 8
        assert ("7z.exe", "igor pavlov") in [(one.title["name"], one.title.get("publisher")) for one in pc.seen]
        assert not answer.rejects

    def test_a_definition_is_no_data(self) -> None:
        peek = Peek.at(FOLDER / "Windows.Sys.Programs.yaml")
        assert not [reader.name for reader in READERS if reader.claims(peek)]


def test_a_program_of_an_offline_collection(tmp_path: Path) -> None:
    pc = got(tmp_path, PROGRAM, {**PROGRAM, "DisplayName": None}).only
    [one, rest] = pc.seen
    assert (one.title["name"], one.title["product_code"], one.title["path"]) == ("Reader", "{A}", "~\\Reader")
    assert one.detail == {"user": "S-1-5-21-7", "path": "C:\\Users\\ann\\Reader", "installed_on": "2021-01-02"}
    assert (one.state, rest.state) == (State.INSTALLED, State.RESIDUE)
    assert (pc["lists"], pc.clues) == (Lists.SOME_SOFTWARE, []), "the artifact's name is no machine's"
    assert got(tmp_path, PROGRAM, host="PC-1").only.named("hostname") == ["PC-1"]


def test_rows_of_a_hunt_go_to_their_clients(tmp_path: Path) -> None:
    rows = [{**PROGRAM, "ClientId": f"C.{n}", "Fqdn": f"pc{n}.rivers.gov"} for n in (1, 2, 1)]
    answer = got(tmp_path, *rows)
    assert [(one.named("agent_id"), one.named("fqdn"), len(one.seen)) for one in answer.machines] == [
        (["velociraptor:C.1"], ["pc1.rivers.gov"], 2),
        (["velociraptor:C.2"], ["pc2.rivers.gov"], 1),
    ]


@pytest.mark.parametrize("whole", ["", "whole"])
def test_clients(whole: str, tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps({"items": [CLIENT]} if whole else CLIENT))
    pc = read(path, tmp_path, readers=(VELOCIRAPTOR,)).only
    assert pc.clues == [
        ("agent_id", "velociraptor:C.1"),
        ("mac", "00:0c:29:aa:bb:cc"),
        ("fqdn", "pc1.rivers.gov"),
        ("hostname", "pc1.rivers.gov"),
        ("hostname", "PC1"),
    ]
    assert (pc["lists"], pc["class"], str(pc["heard_at"])) == (Lists.MACHINES, "server", "2020-10-07 20:43:08")


def test_the_artifact_on_the_client(tmp_path: Path) -> None:
    row = {"Name": "velociraptor", "BuildTime": "x", "Hostname": "PC1", "OS": "linux", "Platform": "debian", "Fqdn": "pc1"}
    pc = got(tmp_path, {**row, "MACAddresses": ["00:0c:29:aa:bb:cc"], "Labels": None}).only
    assert (pc.named("hostname"), pc["os_family"], pc["lists"]) == (["pc1", "PC1"], "linux", Lists.MACHINES)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({**PROCESS, "Authenticode": TRUSTED}, (Trace.PROCESS, State.RUNNING, "avp.exe", "Kaspersky Lab")),
        ({**PROCESS, "Authenticode": {**TRUSTED, "Trusted": "untrusted"}}, (Trace.PROCESS, State.RUNNING, "avp.exe", None)),
        (SERVICE, (Trace.SERVICE, State.RUNNING, "Anti-Virus", "Kaspersky Lab")),
        ({**SERVICE, "State": "Stopped"}, (Trace.SERVICE, State.INSTALLED, "Anti-Virus", "Kaspersky Lab")),
        (PACKAGE, (Trace.PACKAGE, State.INSTALLED, "kesl", None)),
    ],
)
def test_other_artifacts(row: dict[str, Any], expected: tuple[object, ...], tmp_path: Path) -> None:
    [one] = got(tmp_path, row).only.seen
    assert (one.title["type"], one.state, one.title["name"], one.title.get("signer")) == expected


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    nothing = dict.fromkeys(PROGRAM)
    answer = got(tmp_path, PROGRAM, nothing, {"a": 1}, 7)
    assert [row["reason"] for row in answer.rejects] == [
        "a program without a name",
        "a row of no artifact that is known",
        "a row of no artifact that is known",
    ]


def test_no_other_reader_claims_them(tmp_path: Path) -> None:
    for number, row in enumerate((PROGRAM, PROCESS, SERVICE, PACKAGE, CLIENT)):
        peek = Peek.at(written(tmp_path, lines(row), f"{number}.json"))
        assert [reader.name for reader in READERS if reader.claims(peek)] == ["velociraptor"]
