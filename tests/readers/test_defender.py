"""Defender for Endpoint: real answers, and small written ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, Answer, lines, read, written

from fullcount.model import Class, Lists, Os, Trace

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SAMPLES / "defender"
API = "https://api.securitycenter.microsoft.com/api/$metadata#Collection(contoso.windowsDefenderATP.api."
ROW = {
    "deviceId": "d1",
    "rbacGroupName": "Ports",
    "deviceName": "pc1.example.gov",
    "osPlatform": "Windows10",
    "softwareVendor": "acme",
    "softwareName": "reader_pro",
    "softwareVersion": "1.0",
    "diskPaths": ["C:\\Users\\ann\\reader.exe", "C:\\Reader\\reader.exe"],
    "registryPaths": ["HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{0A}"],
    "softwareFirstSeenTimestamp": "2020-11-25 10:00:00",
    "softwareLastSeenTimestamp": "2020-11-26 02:19:31",
}


def page(*rows: object, call: str = "AssetSoftware", more: str = "") -> dict[str, Any]:
    return {"@odata.context": f"{API}{call})", "value": list(rows)} | ({"@odata.nextLink": more} if more else {})


def pages(tmp_path: Path, *documents: object) -> Answer:
    return read(written(tmp_path, lines(*documents)), tmp_path)


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")
class TestRealAnswers:
    def test_machines(self, tmp_path: Path) -> None:
        machines = read(FOLDER / "mde_machines_0.json", tmp_path).machines
        assert [machine["class"] for machine in machines].count(Class.SERVER) == 1
        assert {machine["lists"] for machine in machines} == {Lists.MACHINES}
        first = machines[0]
        assert str(first["heard_at"]) == "2024-01-25 18:45:56"
        assert (first["os"], first["os_family"]) == ("Ubuntu 20.4", Os.LINUX)
        assert first.named("cloud_id") == ["2ca81940-456f-4e56-b80a-68b4f3d3da23"]
        assert first.named("mac") == ["000D3A9ABB3A"]
        assert first.named("ip") == ["10.6.0.6"]
        assert first.named("fqdn") == ["VM1.oipfwnijg2hexlv4f1mw1ugjgg.bx.internal.cloudapp.net"]

    def test_one_machine_is_the_same_as_in_the_list(self, tmp_path: Path) -> None:
        several = read(FOLDER / "mde_machines_0.json", tmp_path).machines
        for turn, name in enumerate(("mde_machines_1", "mde_machines_2")):
            assert read(FOLDER / f"{name}.json", tmp_path).only.clues == several[turn].clues

    def test_vulnerable_software_is_some_of_it(self, tmp_path: Path) -> None:
        answer = read(FOLDER / "dd_defender_vulns.json", tmp_path)
        assert answer.only.names == ["tools"] * 4
        assert answer.only["lists"] == Lists.SOME_SOFTWARE
        assert answer.only.clues == [("agent_id", "defender:wjeriowerjoiewrjoweirjeowij")]
        assert [reject["raw"] for reject in answer.rejects] == [b"https://apiofazure?$skip=10000"]


def test_a_row_of_software(tmp_path: Path) -> None:
    machine = pages(tmp_path, page(ROW)).only
    assert machine.clues == [("agent_id", "defender:d1"), ("fqdn", "pc1.example.gov"), ("hostname", "pc1.example.gov")]
    assert (machine["ou"], machine["os_family"], str(machine["looked_at"])) == ("Ports", Os.WINDOWS, "2020-11-26 02:19:31")
    assert [one.title["path"] for one in machine.seen] == ["~\\reader.exe", "C:\\Reader\\reader.exe"]
    title = machine.seen[0].title
    assert (title["type"], title["name"], title["publisher"]) == (Trace.PROGRAM, "reader_pro", "acme")
    assert (title["version"], title["product_code"]) == ("1.0", "{0A}")
    assert machine.seen[0].detail == {"path": "C:\\Users\\ann\\reader.exe"}


HUNTED = {"DeviceId": "d1", "DeviceName": "pc1", "OSPlatform": "macOS", "SoftwareName": "x", "ProductCodeCpe": "cpe:2.3:a:acme:x"}


@pytest.mark.parametrize(
    ("documents", "lists", "note"),
    [
        ([page(ROW)], Lists.SOME_SOFTWARE, "software with a product code only"),
        ([page(ROW, call="AssetNonCpeSoftware")], Lists.SOME_SOFTWARE, "software without a product code only"),
        ([page(ROW), page(ROW, call="AssetNonCpeSoftware")], Lists.ALL_SOFTWARE, None),
        ([page(ROW, more="https://x"), page(ROW, call="AssetNonCpeSoftware")], Lists.SOME_SOFTWARE, "not all rows are here"),
        ([page(ROW, more="https://x"), page(ROW), page(ROW, call="AssetNonCpeSoftware")], Lists.ALL_SOFTWARE, None),
        ([{"Schema": [], "Results": [HUNTED]}], Lists.ALL_SOFTWARE, None),
        ([{"Schema": [], "Results": [HUNTED] * 10_000}], Lists.SOME_SOFTWARE, "not all rows are here"),
        ([ROW, {**ROW, "softwareName": "writer"}], Lists.SOME_SOFTWARE, "software with a product code only"),
    ],
)
def test_what_silence_means(documents: list[object], lists: Lists, note: str | None, tmp_path: Path) -> None:
    machine = pages(tmp_path, *documents).only
    assert machine["lists"] == lists
    assert (machine["note"] or "").startswith(note or "")
    assert bool(machine["note"]) == bool(note)
    assert bool(machine["traces"]) == (lists is Lists.ALL_SOFTWARE)


def test_hunted_rows_have_a_cpe(tmp_path: Path) -> None:
    [one] = pages(tmp_path, {"Schema": [], "Results": [HUNTED]}).only.seen
    assert one.title == {"type": Trace.APP, "name": "x", "cpe": "cpe:2.3:a:acme:x"}
    [one] = pages(tmp_path, {"Schema": [], "Results": [{**HUNTED, "ProductCodeCpe": "Not Available"}]}).only.seen
    assert "cpe" not in one.title


def test_a_damaged_line_leaves_no_list_whole(tmp_path: Path) -> None:
    text = lines(page(ROW), page(ROW, call="AssetNonCpeSoftware"))
    answer = read(written(tmp_path, text + '{"value": oops}\n'), tmp_path)
    assert answer.only["lists"] == Lists.SOME_SOFTWARE
    assert len(answer.rejects) == 1


def test_a_merged_machine_is_the_one_that_it_was_merged_into(tmp_path: Path) -> None:
    rows = [
        {"id": "new", "computerDnsName": "pc1", "osPlatform": "Windows10", "mergedIntoMachineId": None},
        {"id": "old", "computerDnsName": "pc1-old", "osPlatform": "Windows10", "mergedIntoMachineId": "new"},
        {"id": "net", "computerDnsName": "cam", "osPlatform": "Other", "onboardingStatus": "CanBeOnboarded"},
    ]
    merged, other = pages(tmp_path, page(*rows)).machines
    assert merged.clues == [
        *(("agent_id", "defender:new"), ("hostname", "pc1"), ("agent_id", "defender:old"), ("hostname", "pc1-old")),
    ]
    assert other["note"] == "seen on the network, without Defender's sensor (CanBeOnboarded)"


def test_rows_of_nobody_are_rejects(tmp_path: Path) -> None:
    answer = pages(tmp_path, page(ROW, {"softwareName": "x"}, {"deviceId": "d"}, 7))
    assert [reject["place"] for reject in answer.rejects] == [2, 3, 4]


def test_the_hunting_table_as_csv(tmp_path: Path) -> None:
    header = "DeviceId,DeviceName,OSPlatform,OSVersion,OSArchitecture,SoftwareVendor,SoftwareName,SoftwareVersion,"
    header += "EndOfSupportStatus,EndOfSupportDate,ProductCodeCpe\n"
    row = "d1,pc1.example.gov,WindowsServer2019,10.0,x64,acme,reader,1.0,,,cpe:2.3:a:acme:reader:1.0\n"
    machine = read(written(tmp_path, header + row, "export.csv"), tmp_path).only
    assert machine.clues[0] == ("agent_id", "defender:d1")
    assert ("fqdn", "pc1.example.gov") in machine.clues
    assert (machine["class"], machine["lists"]) == (Class.SERVER, Lists.SOME_SOFTWARE)
    assert machine.seen[0].title["cpe"] == "cpe:2.3:a:acme:reader:1.0"
