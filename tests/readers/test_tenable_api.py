"""Tenable's interfaces: a real export of assets, and small written answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, Answer, damaged, lines, read, written

from fullcount.model import Class, Lists, Os, Trace
from fullcount.reader import Peek
from fullcount.readers import READERS
from fullcount.readers.nessus import TENABLE_API

if TYPE_CHECKING:
    from pathlib import Path

ASSETS = SAMPLES / "tenable_api/io_assets_chunk_0.json"
PROGRAMS = """
The following software are installed on the remote host :

Kaspersky Endpoint Security 10 for Windows  [version 10.3.0.6294]
"""
HOST = {"uuid": "e6782de6", "hostname": "pc-1", "fqdn": "pc-1.example.gov", "ipv4": "10.0.0.1", "netbios_name": "PC-1"}


def reading(data: Any, tmp_path: Path) -> Answer:
    return read(written(tmp_path, data), tmp_path, readers=READERS)


def finding(plugin: int, output: str, date: str = "2017-10-09T10:00:00Z", **said: Any) -> dict[str, Any]:
    asset = {**HOST, "operating_system": ["Microsoft Windows 10 Pro"], "mac_address": "00:50:56:a6:60:bc", **said}
    return {"asset": asset, "output": output, "plugin": {"id": plugin}, "last_found": date}


@pytest.mark.real
@pytest.mark.skipif(not ASSETS.is_file(), reason="no real exports beside the project")
class TestRealAssets:
    def test_what_was_recognised_is_no_list(self, tmp_path: Path) -> None:
        found = read(ASSETS, tmp_path, readers=READERS)
        assert (len(found.machines), found.rejects) == (6, [])
        mac = found.machines[0]
        assert (mac["lists"], mac["os_family"], len(mac.seen)) == (Lists.SOME_SOFTWARE, Os.MACOS, 38)
        assert (str(mac["looked_at"]), str(mac["heard_at"])) == ("2022-05-28 15:11:31", "2022-06-03 16:05:52")
        assert {one.title["type"] for one in mac.seen} == {Trace.DETECTION}
        assert mac.named("mac") == [], "redacted"
        assert mac.named("agent_id")[1] == "nessus:9928ced55f8a4121b63c15b50cd461e6"

    def test_a_web_site_is_no_computer(self, tmp_path: Path) -> None:
        site = read(ASSETS, tmp_path, readers=READERS).machines[1]
        assert (site.named("fqdn"), site["class"], site["lists"]) == (["www.itsecgames.com"], Class.OTHER, Lists.MACHINES)

    def test_damage_is_no_traceback(self, tmp_path: Path) -> None:
        for turn, data in enumerate(damaged(ASSETS.read_bytes(), "tenable")):
            found = read(written(tmp_path, data, f"{turn}"), tmp_path, readers=(TENABLE_API,))
            assert found.machines or found.rejects


def test_findings_carry_the_list(tmp_path: Path) -> None:
    rows = [finding(20811, PROGRAMS, "2017-10-01T10:00:00Z"), finding(10107, "http")]
    pc = reading(rows, tmp_path).only
    assert (pc["lists"], pc["traces"], pc["class"]) == (Lists.ALL_SOFTWARE, "program", Class.WORKSTATION)
    assert (str(pc["looked_at"]), str(pc["heard_at"])) == ("2017-10-01 10:00:00", "2017-10-09 10:00:00")
    assert pc.names == ["Kaspersky Endpoint Security 10 for Windows"]
    assert pc.named("agent_id") == ["tenable:e6782de6"]
    assert pc.named("mac") == ["00:50:56:a6:60:bc"]


def test_weaknesses_alone_say_that_the_host_is_there(tmp_path: Path) -> None:
    assert reading(lines(finding(10107, "http"), finding(10108, "ftp")), tmp_path).only["lists"] == Lists.MACHINES


def test_a_broken_export_is_a_partial_look(tmp_path: Path) -> None:
    text = lines(finding(20811, PROGRAMS)) + '{"asset": {"uuid": "x"'
    assert reading(text, tmp_path).only["lists"] == Lists.SOME_SOFTWARE


def center(*rows: dict[str, Any], total: int) -> dict[str, Any]:
    return {"type": "regular", "response": {"totalRecords": str(total), "startOffset": "0", "results": list(rows)}}


CENTER = {"pluginID": "20811", "ip": "10.0.0.1", "dnsName": "pc-1.example.gov", "netbiosName": "CORP\\PC-1", "macAddress": "n/a"}


@pytest.mark.parametrize(("total", "lists"), [(1, Lists.ALL_SOFTWARE), (5, Lists.SOME_SOFTWARE)])
def test_security_center(total: int, lists: Lists, tmp_path: Path) -> None:
    row = {**CENTER, "pluginText": f"<plugin_output>{PROGRAMS}</plugin_output>", "lastSeen": "1507543200"}
    found = reading(center(row, total=total), tmp_path)
    assert (found.only["lists"], str(found.only["looked_at"])) == (lists, "2017-10-09 10:00:00")
    assert found.only.names == ["Kaspersky Endpoint Security 10 for Windows"]
    assert ("domain", "CORP") in found.only.clues
    assert len(found.rejects) == (total > 1), "a next page"


def test_counts_over_all_hosts_name_no_machine(tmp_path: Path) -> None:
    row = {"count": "13", "detectionMethod": "Active", "name": "kesl-10.1"}
    found = reading(center(row, total=1), tmp_path)
    assert not found.machines
    assert ["listsoftware" in reject["reason"] for reject in found.rejects] == [True]


def test_workbench_and_deleted_assets(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "has_agent": False, "last_seen": "2017-10-09T10:00:00Z", "netbios_name": ["PC-1"], "ipv4": ["10.0.0.1"]},
        {"id": "b", "has_agent": True, "last_seen": "2017-10-09T10:00:00Z", "fqdns": [], "deleted_at": "2017-10-10T10:00:00Z"},
        {"name": "no id"},
    ]
    found = reading({"assets": rows, "total": 3}, tmp_path)
    assert [machine["retired"] for machine in found.machines] == [False, True]
    assert found.machines[0].clues == [("agent_id", "tenable:a"), ("hostname", "PC-1"), ("ip", "10.0.0.1")]
    assert len(found.rejects) == 1


@pytest.mark.parametrize("data", [{"count": 1, "name": "a"}, {"plugin": 1, "asset": 2}, [{"ip": "a", "name": "b"}]])
def test_other_answers_are_not_claimed(data: Any, tmp_path: Path) -> None:
    assert not TENABLE_API.claims(Peek.at(written(tmp_path, data)))
