"""Tanium: real answers, and small written ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, Answer, lines, read, written

from fullcount.model import Class, Lists, Os, Trace

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SAMPLES / "tanium"


def page(*nodes: object, name: str = "endpoints", more: bool = False) -> dict[str, Any]:
    return {"data": {name: {"edges": [{"node": node} for node in nodes], "pageInfo": {"hasNextPage": more}}}}


def pages(tmp_path: Path, *documents: object) -> Answer:
    return read(written(tmp_path, lines(*documents)), tmp_path)


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")
class TestRealAnswers:
    def test_machines(self, tmp_path: Path) -> None:
        machines = read(FOLDER / "gateway_graphql_0.json", tmp_path).machines
        assert [machine["os_family"] for machine in machines] == [Os.LINUX, Os.LINUX, Os.MACOS, Os.LINUX, Os.WINDOWS]
        assert [machine["class"] for machine in machines][-1] == Class.SERVER
        assert {machine["lists"] for machine in machines} == {Lists.MACHINES}
        mac = machines[2]
        assert mac.clues == [
            *(("agent_id", "tanium:4264722398"), ("serial", "C02D91CNPV4M"), ("manufacturer", "Apple")),
            *(("ip", "192.168.111.197"), ("hostname", "jhenry-mbp.localdomain")),
        ]
        assert str(mac["heard_at"]) == "2023-05-18 17:00:03"

    def test_software_has_the_id_of_a_machine_that_is_named_elsewhere(self, tmp_path: Path) -> None:
        machine = read(FOLDER / "gateway_graphql_3.json", tmp_path).only
        assert machine.clues == [("agent_id", "tanium:3553271117")]
        assert machine["note"] == "its names are in another call"
        assert (machine["lists"], machine["traces"]) == (Lists.ALL_SOFTWARE, "app package program")
        assert (machine.names[0], machine.seen[0].title["version"]) == ("libpwquality", "1.4.4")
        named = read(FOLDER / "gateway_graphql_0.json", tmp_path).machines
        assert machine.clues[0] in [clue for one in named for clue in one.clues]

    def test_counts_of_products_name_no_machine(self, tmp_path: Path) -> None:
        answer = read(FOLDER / "gateway_graphql_1.json", tmp_path)
        assert answer.machines == []
        assert [reject["reason"] for reject in answer.rejects] == ["counts of products name no machine"]


ERROR = {"name": "TSE-Error: The sensor timed out", "version": ""}
READER = {"name": "Reader", "version": "1", "silentUninstallString": "MsiExec.exe /X{0A0A0A0A-1111-2222-3333-444444444444} /qn"}


@pytest.mark.parametrize(
    ("rows", "lists", "note"),
    [
        ([READER], Lists.ALL_SOFTWARE, None),
        ([], Lists.ALL_SOFTWARE, "the list of applications is empty"),
        ([ERROR], Lists.MACHINES, "Tanium's sensor failed: TSE-Error: The sensor timed out"),
        ([READER, ERROR], Lists.SOME_SOFTWARE, "Tanium's sensor failed: TSE-Error: The sensor timed out"),
        ([{"name": "[current result unavailable]"}], Lists.MACHINES, "Tanium's sensor failed: [current result unavailable]"),
        (None, Lists.MACHINES, None),
    ],
)
def test_what_silence_means(rows: list[Any] | None, lists: Lists, note: str | None, tmp_path: Path) -> None:
    answer = pages(tmp_path, page({"computerID": "7", "name": "pc1.example.gov", "installedApplications": rows}))
    assert (answer.only["lists"], answer.only["note"]) == (lists, note)
    assert len(answer.only.seen) + len(answer.rejects) == len(rows or [])


def test_all_that_a_query_may_ask(tmp_path: Path) -> None:
    node = {
        "computerID": "7",
        "name": "pc1.example.gov",
        "serialNumber": "S1",
        "systemUUID": "564d4cbc-c6a9-1969-0000-000000000001",
        "macAddresses": ["00-50-56-A6-60-BC"],
        "ipAddress": "10.0.0.7",
        "os": {"name": "Windows Server 2022", "platform": "Windows"},
        "eidLastSeen": "2023-08-30T15:00:05Z",
        "installedApplications": [READER],
    }
    machine = pages(tmp_path, page(node)).only
    assert [kind for kind, _ in machine.clues] == ["agent_id", "serial", "uuid", "mac", "ip", "fqdn", "hostname"]
    assert (machine["class"], machine["os_family"]) == (Class.SERVER, Os.WINDOWS)
    assert str(machine["looked_at"]) == str(machine["heard_at"]) == "2023-08-30 15:00:05"
    assert machine.seen[0].title == {
        "type": Trace.PROGRAM,
        "name": "Reader",
        "version": "1",
        "product_code": "{0A0A0A0A-1111-2222-3333-444444444444}",
    }


@pytest.mark.parametrize(
    ("platform", "name", "trace"),
    [
        ("Linux", "curl", Trace.PACKAGE),
        ("Mac", "Reader", Trace.APP),
        (None, "Reader.app", Trace.APP),
        (None, "curl", Trace.PROGRAM),
    ],
)
def test_traces_by_system(platform: str | None, name: str, trace: Trace, tmp_path: Path) -> None:
    node = {"computerID": "7", "os": {"platform": platform}, "installedApplications": [{"name": name}]}
    assert pages(tmp_path, page(node)).only.seen[0].title["type"] == trace


def test_names_and_software_of_one_file_are_one_record(tmp_path: Path) -> None:
    names = page({"computerId": "7", "computerName": "pc1"}, name="assetProductEndpoints")
    machine = pages(tmp_path, names, page({"computerID": "7", "installedApplications": [READER]})).only
    assert machine.named("hostname") == ["pc1"]
    assert (machine["lists"], machine.names) == (Lists.ALL_SOFTWARE, ["Reader"])


def test_pages_that_are_not_here(tmp_path: Path) -> None:
    first, second = ({"computerID": number, "name": f"pc{number}"} for number in "12")
    assert pages(tmp_path, page(first, more=True), page(second)).rejects == []
    [reject] = pages(tmp_path, page(first), page(second, more=True)).rejects
    assert "not all pages" in reject["reason"]


def test_an_endpoint_without_an_id_is_a_reject(tmp_path: Path) -> None:
    answer = pages(tmp_path, page({"computerID": ""}, {"computerID": "7", "name": "a"}))
    assert ([reject["place"] for reject in answer.rejects], len(answer.machines)) == ([1], 1)
