"""CrowdStrike: real answers, and small written ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, Answer, lines, read, written

from fullcount.model import Class, Lists, Os, State, Trace

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SAMPLES / "crowdstrike"
HOST = {"aid": "0" * 31 + "1", "id": "c_1", "hostname": "PC-1", "platform_name": "Windows", "product_type_desc": "Server"}
ROW = {"id": "c_a", "name": "Reader", "vendor": "Acme", "version": "1", "name_vendor_version": "Reader-Acme-1", "host": HOST}


def application(**said: object) -> dict[str, Any]:
    return {**ROW, **said}


def page(*rows: object, total: int | None = None) -> dict[str, Any]:
    return {"meta": {} if total is None else {"pagination": {"total": total}}, "resources": list(rows)}


def pages(tmp_path: Path, *documents: object) -> Answer:
    return read(written(tmp_path, lines(*documents)), tmp_path)


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")
class TestRealAnswers:
    def test_hosts(self, tmp_path: Path) -> None:
        pc = read(FOLDER / "devices_v1_0.json", tmp_path).only
        assert (pc["class"], pc["os"], pc["lists"]) == (Class.WORKSTATION, "Windows 7", Lists.MACHINES)
        assert pc.named("mac") == ["08-00-27-51-56-d8"]
        assert str(pc["heard_at"]) == "2019-12-02 15:54:42"
        mac = read(FOLDER / "discover_applications_0.json", tmp_path).only
        assert (mac.named("serial"), mac["os_family"]) == (["C02FF0H4MD6Q"], Os.MACOS)

    def test_applications_of_a_mac(self, tmp_path: Path) -> None:
        mac = read(FOLDER / "discover_applications_1.json", tmp_path).only
        assert (mac["lists"], mac["os_family"], str(mac["looked_at"])) == (Lists.SOME_SOFTWARE, Os.MACOS, "2023-09-08 11:35:32")
        used = [one for one in mac.seen if one.title["type"] == Trace.FILE]
        assert len(used) == 79
        assert {one.state for one in used} == {State.FILES}
        assert ("runningboardd", "2023-08-31") in [(one.title["name"], one.detail["last_used"]) for one in used]
        [game] = [one for one in mac.seen if one.title["name"] == "Game Center.app"]
        assert (game.title["publisher"], game.title["signer"]) == ("Apple", "Apple")
        assert (game.title["type"], game.detail["installed_on"]) == (Trace.APP, "2023-05-12")
        chrome = [one for one in mac.seen if one.title["name"].startswith("Google Chrome Helper")]
        assert {(one.title["publisher"], one.title["signer"]) for one in chrome} == {("Google LLC", "Google LLC (EQHXZ8M8AV)")}

    def test_hexadecimal_names_are_read_back(self, tmp_path: Path) -> None:
        pc = read(FOLDER / "discover_applications_windows_5.json", tmp_path).only
        sensors = [one.title for one in pc.seen if one.title["name"] == "CrowdStrike Windows Sensor"]
        assert len({title["version"] for title in sensors}) == 4
        assert {title["publisher"] for title in sensors} == {"CrowdStrike, Inc."}
        assert "6.50.16410.0" in {title["version"] for title in sensors}
        assert not any("430072006f00" in name for name in pc.names)
        assert pc.clues[0] == ("agent_id", "crowdstrike:cf2297cedfc34be78496505291f51b8e")
        assert pc.named("mac") == ["00-0C-29-2B-65-BB"]


def test_a_row(tmp_path: Path) -> None:
    row = application(installation_paths=["C:\\Users\\ann\\r.exe"], installation_timestamp="0001-01-01T00:00:00Z")
    machine = pages(tmp_path, page(row)).only
    assert machine.clues == [("agent_id", "crowdstrike:" + "0" * 31 + "1"), ("hostname", "PC-1")]
    assert machine["class"] == Class.SERVER
    [one] = machine.seen
    assert (one.title["type"], one.title["path"]) == (Trace.PROGRAM, "~\\r.exe")
    assert one.detail == {"path": "C:\\Users\\ann\\r.exe"}
    assert "signer" not in one.title


@pytest.mark.parametrize(
    ("written_as", "name"),
    [
        ("1A043B043000" + "0000", "1A043B0430000000"),  # capitals are not how it is written
        ("1a043b0430000000", "Кл0"),
        ("20170000", "20170000"),
        ("201701012359000000000000", "201701012359000000000000"),
        ("52006500610064006500720000", "52006500610064006500720000"),  # not in fours
    ],
)
def test_what_is_hexadecimal(written_as: str, name: str, tmp_path: Path) -> None:
    assert pages(tmp_path, page(application(name=written_as))).only.names == [name]


@pytest.mark.parametrize(
    ("documents", "lists", "note"),
    [
        ([page(ROW, total=1)], Lists.ALL_SOFTWARE, None),
        ([page(ROW, total=2)], Lists.SOME_SOFTWARE, "1 of 2 rows are here"),
        ([page(ROW, total=2), page(ROW, total=2)], Lists.ALL_SOFTWARE, None),
        ([page(ROW)], Lists.SOME_SOFTWARE, "the answer does not say how many rows there are"),
        ([page({**HOST, "device_id": "d"}, total=1), page(ROW, total=2)], Lists.SOME_SOFTWARE, "1 of 2 rows are here"),
    ],
)
def test_what_silence_means(documents: list[object], lists: Lists, note: str | None, tmp_path: Path) -> None:
    machine = next(one for one in pages(tmp_path, *documents).machines if one.seen)
    assert machine["lists"] == lists
    assert (machine["note"] or "").endswith(note or "")
    assert bool(machine["note"]) == bool(note)


def test_a_damaged_file_leaves_no_list_whole(tmp_path: Path) -> None:
    answer = read(written(tmp_path, lines(page(ROW, total=1)) + '{"resources": [{"x": \n'), tmp_path)
    assert answer.only["note"].endswith("the file is damaged")


def test_host_details(tmp_path: Path) -> None:
    row = {
        "device_id": "f" * 32,
        "hostname": "web1",
        "machine_domain": "corp.example.gov",
        "platform_name": "Linux",
        "ou": ["Servers", "Ports"],
        "site_name": "HQ",
        "instance_id": "i-0abc",
        "serial_number": "S1",
        "product_type_desc": "Domain Controller",
    }
    machine = pages(tmp_path, page(row)).only
    assert machine.named("fqdn") == ["web1.corp.example.gov"]
    assert machine.named("cloud_id") == ["i-0abc"]
    assert (machine["ou"], machine["site"], machine["class"]) == ("Servers/Ports", "HQ", Class.SERVER)


def test_hosts_without_the_sensor_are_named_as_such(tmp_path: Path) -> None:
    managed = {"id": "c_1", "aid": "0" * 32, "hostname": "a", "entity_type": "managed", "cid": "c"}
    other = {"id": "c_2", "hostname": "cam", "entity_type": "unmanaged"}
    first, second = pages(tmp_path, page(managed, other)).machines
    assert (first["note"], second["note"]) == (None, "seen on the network, without Falcon's sensor (unmanaged)")
    assert second.named("agent_id") == ["crowdstrike:c_2"]


def test_rows_of_nobody_are_rejects(tmp_path: Path) -> None:
    answer = pages(tmp_path, page(ROW, {"id": "x"}, application(name="", version="2"), 7))
    assert [reject["place"] for reject in answer.rejects] == [2, 3, 4]
