"""Wazuh: real answers and messages, and small written ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, Answer, lines, read, written

from fullcount.model import Class, Lists, Os, State, Trace

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SAMPLES / "wazuh"
SCANNED = {"scan": {"id": 1, "time": "2023-01-02T03:04:05Z"}}
PACKAGE = {"agent_id": "001", "name": "Reader", "version": "1", "vendor": "Acme", "format": "win", **SCANNED}


def package(**said: object) -> dict[str, Any]:
    return {**PACKAGE, **said}


def answer_of(*items: object, total: int | None = None) -> dict[str, Any]:
    return {"data": {"affected_items": list(items), "total_affected_items": len(items) if total is None else total}, "error": 0}


def hits(*rows: tuple[str, dict[str, Any]], total: int | None = None) -> dict[str, Any]:
    found = [
        {"_index": f"wazuh-states-{index}-cluster", "_source": {"agent": {"id": "001", "name": "pc1"}, **source}}
        for index, source in rows
    ]
    return {"took": 1, "hits": {"total": {"value": len(rows) if total is None else total}, "hits": found}}


def pages(tmp_path: Path, *documents: object) -> Answer:
    return read(written(tmp_path, lines(*documents)), tmp_path)


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")
class TestRealAnswers:
    def test_a_first_message_lists_all_packages(self, tmp_path: Path) -> None:
        server = read(FOLDER / "vd_first_windows.json", tmp_path).only
        assert (server["lists"], server["class"], server["os_family"]) == (Lists.ALL_SOFTWARE, Class.SERVER, Os.WINDOWS)
        assert ("hostname", "WINDOWS-SERVER-") in server.clues
        assert str(server["looked_at"]) == "2026-05-21 19:57:52"
        assert [(one.title["name"], one.place) for one in server.seen][-1] == ("WinRAR 6.22 (64-bit)", 16)
        assert server.seen[-1].title["path"] == "C:\\Program Files\\WinRAR\\"
        assert (server.seen[-1].title["publisher"], server.seen[-1].detail["installed_on"]) == ("win.rar GmbH", "2026-05-21")

    def test_a_message_of_changes_is_no_list(self, tmp_path: Path) -> None:
        machine = read(FOLDER / "syscollector_sync_debian.json", tmp_path, host="web1").only
        assert (machine["lists"], machine["looked_at"]) == (Lists.SOME_SOFTWARE, None)
        assert machine.clues == [("hostname", "web1")]
        running = [one.title["service"] for one in machine.seen if one.state == State.RUNNING and "service" in one.title]
        assert running == ["systemd-udevd", "dbus"]
        assert [one.title["name"] for one in machine.seen if one.state == State.MENTION] == ["auditd"]

    def test_vulnerable_packages_are_some_of_them(self, tmp_path: Path) -> None:
        machines = read(FOLDER / "wazuh_indexer_4.8_vulnerabilities_states.json", tmp_path).machines
        assert sum(len(machine.seen) for machine in machines) == 10
        assert {machine["lists"] for machine in machines} == {Lists.SOME_SOFTWARE}
        assert machines[0].clues == [("agent_id", "wazuh:001"), ("hostname", "myhost0")]
        assert machines[0]["os"] == "Ubuntu 24.04.2 LTS (Noble Numbat)"
        assert machines[0].seen[0].title["package"] == "linux-image-6.8.0-60-generic"
        named = read(FOLDER / "v4-7_one_finding_with_endpoint.json", tmp_path).only
        assert named.clues == [("ip", "111.111.111.111"), ("hostname", "agent-1")]

    def test_an_answer_that_names_no_machine_is_nobodys(self, tmp_path: Path) -> None:
        machine = read(FOLDER / "wazuh_api_4.7_vulnerability.json", tmp_path).only
        assert (machine.clues, machine["note"]) == ([], "the answer does not name its machine")


AGENTS = answer_of(
    {"id": "000", "name": "manager", "ip": "127.0.0.1", "lastKeepAlive": "9999-12-31T23:59:59+00:00", "node_name": "node01"},
    {
        "id": "001",
        "name": "pc1",
        "ip": "10.0.0.7",
        "registerIP": "any",
        "lastKeepAlive": "2023-01-03T00:00:00+00:00",
        "os": {"name": "Microsoft Windows Server 2019", "platform": "windows", "version": "10.0"},
        "group": ["default", "ports"],
    },
)


def test_agents(tmp_path: Path) -> None:
    manager, agent = pages(tmp_path, AGENTS).machines
    assert (manager.clues, manager["heard_at"]) == ([("agent_id", "wazuh:000"), ("hostname", "manager")], None)
    assert agent.clues == [("agent_id", "wazuh:001"), ("ip", "10.0.0.7"), ("hostname", "pc1")]
    assert (agent["class"], agent["ou"], agent["lists"]) == (Class.SERVER, "default/ports", Lists.MACHINES)
    assert str(agent["heard_at"]) == "2023-01-03 00:00:00"


def test_packages_have_the_id_of_an_agent_that_is_named_elsewhere(tmp_path: Path) -> None:
    rows = (
        PACKAGE,
        package(name="curl", format="deb", location=" "),
        package(name="Safari.app", format="pkg", location="/Users/ann/Safari.app", install_time="2022/11/15 06:36:21"),
    )
    machine = pages(tmp_path, answer_of(*rows)).only
    assert (machine.clues, machine["note"]) == ([("agent_id", "wazuh:001")], "its names are in another call")
    assert (machine["lists"], machine["traces"], str(machine["looked_at"])) == (
        *(Lists.ALL_SOFTWARE, "app package program", "2023-01-02 03:04:05"),
    )
    assert [one.title["type"] for one in machine.seen] == [Trace.PROGRAM, Trace.PACKAGE, Trace.APP]
    assert machine.seen[1].title["package"] == "curl"
    assert machine.seen[2].title["path"] == "~/Safari.app"
    assert machine.seen[2].detail == {"path": "/Users/ann/Safari.app", "installed_on": "2022-11-15"}


@pytest.mark.parametrize(
    ("documents", "lists"),
    [
        ([answer_of(PACKAGE, total=2)], Lists.SOME_SOFTWARE),
        ([answer_of(PACKAGE, total=2), answer_of(PACKAGE, total=2)], Lists.ALL_SOFTWARE),
        ([answer_of(PACKAGE, total=2), answer_of(package(agent_id="002"), total=1)], Lists.SOME_SOFTWARE),
        ([answer_of(PACKAGE, package(agent_id="002"), total=9)], Lists.SOME_SOFTWARE),
        ([answer_of(PACKAGE, package(agent_id="002"))], Lists.ALL_SOFTWARE),
        ([AGENTS, answer_of(PACKAGE)], Lists.ALL_SOFTWARE),
        ([answer_of({"agent_id": "001", "name": "curl", "version": "1", "cve": "CVE-1"})], Lists.SOME_SOFTWARE),
        ([answer_of({"agent_id": "001", "hostname": "pc1", "os": {"name": "Ubuntu"}})], Lists.MACHINES),
        ([hits(("inventory-packages", {"package": {"name": "curl", "type": "deb"}}))], Lists.ALL_SOFTWARE),
        ([hits(("inventory-packages", {"package": {"name": "curl", "type": "deb"}}), total=3)], Lists.SOME_SOFTWARE),
        ([PACKAGE], Lists.SOME_SOFTWARE),
    ],
)
def test_what_silence_means(documents: list[object], lists: Lists, tmp_path: Path) -> None:
    answer = read(written(tmp_path, lines(*documents)), tmp_path, reader="wazuh")
    machine = next(one for one in answer.machines if ("agent_id", "wazuh:001") in one.clues)
    assert machine["lists"] == lists
    assert bool(machine["traces"]) == (lists is Lists.ALL_SOFTWARE)


def test_a_damaged_line_leaves_no_list_whole(tmp_path: Path) -> None:
    answer = read(written(tmp_path, lines(answer_of(PACKAGE)) + '{"data": {"affected_items"\n'), tmp_path)
    assert (answer.only["lists"], len(answer.rejects)) == (Lists.SOME_SOFTWARE, 1)


def test_other_calls_name_the_machine(tmp_path: Path) -> None:
    documents = (
        answer_of(PACKAGE),
        answer_of({"agent_id": "001", "hostname": "pc1", "os": {"name": "Microsoft Windows 10 Pro", "version": "10.0"}}),
        answer_of({"agent_id": "001", "board_serial": "S1", "cpu": {}}),
        answer_of({"agent_id": "001", "mac": "00:50:56:a6:60:bc", "name": "eth0"}),
        answer_of({"agent_id": "001", "hotfix": "KB1"}, {"agent_id": "001", "local": {"ip": "0.0.0.0", "port": 1}}),
        answer_of({"agent_id": "001", "pid": "1", "name": "avp.exe", "cmd": "C:\\avp.exe"}),
    )
    answer = pages(tmp_path, *documents)
    assert answer.rejects == []
    assert answer.only.clues == [
        *(("agent_id", "wazuh:001"), ("hostname", "pc1"), ("serial", "S1"), ("mac", "00:50:56:a6:60:bc")),
    ]
    assert (answer.only["os"], answer.only["os_family"]) == ("Microsoft Windows 10 Pro 10.0", Os.WINDOWS)
    assert [(one.title["type"], one.state) for one in answer.only.seen] == [
        (Trace.PROGRAM, State.INSTALLED),
        (Trace.PROCESS, State.RUNNING),
    ]


def test_indices_of_the_inventory(tmp_path: Path) -> None:
    rows = (
        ("inventory-system", {"host": {"hostname": "pc1", "os": {"full": "Ubuntu 24.04", "platform": "ubuntu"}}}),
        ("inventory-hardware", {"host": {"serial_number": "0"}}),
        ("inventory-interfaces", {"host": {"mac": ["00:50:56:a6:60:bc", "00:00:00:00:00:00"]}}),
        ("inventory-browser-extensions", {"package": {"name": "Block", "id": "abc", "version": "2", "path": "/home/ann/x"}}),
        ("inventory-services", {"service": {"id": "AVP", "name": "Kaspersky", "state": "RUNNING", "start_type": "AUTO"}}),
        ("inventory-hotfixes", {"package": {"hotfix": {"name": "KB1"}}}),
        ("inventory-something", {"x": 1}),
        ("inventory-packages", {"package": {"version": "1"}}),
    )
    answer = pages(tmp_path, hits(*rows))
    assert answer.only.clues == [("agent_id", "wazuh:001"), ("hostname", "pc1"), ("mac", "00:50:56:a6:60:bc")]
    assert answer.only["os"] == "Ubuntu 24.04"
    extension, service = answer.only.seen
    assert (extension.title["extension_id"], extension.title["path"]) == ("abc", "~/x")
    assert (service.title["service"], service.state) == ("AVP", State.RUNNING)
    assert [reject["reason"] for reject in answer.rejects] == [
        "an index that is not known: something",
        "software without a name",
    ]


def item(number: int, name: str, *, operation: str = "Upsert", identity: str = "") -> dict[str, Any]:
    return {
        "seq": number,
        "operation": operation,
        "id": identity or name,
        "index": "wazuh-states-inventory-packages",
        "data": {"package": {"name": name, "type": "win"}, "state": {"modified_at": f"2026-01-0{number}T00:00:00Z"}},
    }


@pytest.mark.parametrize(
    ("metadata", "lists"),
    [
        ({"mode": "ModuleDelta", "option": "VDFirst"}, Lists.ALL_SOFTWARE),
        ({"mode": "ModuleFull", "option": "Sync"}, Lists.ALL_SOFTWARE),
        ({"mode": "ModuleDelta", "option": "Sync"}, Lists.SOME_SOFTWARE),
    ],
)
def test_messages_are_replayed(metadata: dict[str, str], lists: Lists, tmp_path: Path) -> None:
    items = [item(1, "Reader"), item(2, "Writer"), item(3, "Reader", operation="Delete"), {"index": "x"}]
    document = {"metadata": {"module": "syscollector", **metadata}, "items": items}
    answer = read(written(tmp_path, document), tmp_path)
    assert [(one.title["name"], one.state, one.place) for one in answer.only.seen] == [
        ("Writer", State.INSTALLED, 2),
        ("Reader", State.REMOVED, 3),
    ]
    assert (answer.only["lists"], str(answer.only["looked_at"])) == (lists, "2026-01-03 00:00:00")
    assert [reject["place"] for reject in answer.rejects] == [4]


def test_a_message_that_breaks_off_is_no_list(tmp_path: Path) -> None:
    text = '{"metadata": {"module": "syscollector_vd", "option": "VDFirst"}, "items": ['
    text += lines(item(1, "Reader")).strip() + ', {"seq": 2'
    answer = read(written(tmp_path, text), tmp_path)
    assert (answer.only["lists"], answer.only.names) == (Lists.SOME_SOFTWARE, ["Reader"])
    assert len(answer.rejects) == 1
