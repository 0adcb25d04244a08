"""Fleet: real answers, and small written ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, Machine, lines, read, written

from fullcount.model import Class, Lists, Os, State, Trace

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SAMPLES / "fleet"
real = [pytest.mark.real, pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")]


def host(tmp_path: Path, *software: object, **said: object) -> Machine:
    document = {"id": 5, "osquery_version": "5.9", "hostname": "pc1", "platform": "windows", "software": list(software), **said}
    return read(written(tmp_path, {"host": document}), tmp_path).only


class TestRealAnswers:
    pytestmark = real

    def test_a_host_with_its_software(self, tmp_path: Path) -> None:
        mac = read(FOLDER / "fleet_api_hosts_1.json", tmp_path).only
        assert (mac["lists"], mac["traces"], mac["os_family"]) == (Lists.ALL_SOFTWARE, "app extension", Os.MACOS)
        assert str(mac["looked_at"]) == "2023-08-23 15:51:08"
        assert str(mac["heard_at"]) == "2023-08-23 16:20:14"
        assert mac.named("serial") == ["DEVICESERIAL0"]
        assert mac.named("hostname") == ["host0", "name0"]
        assert mac.named("mac") == []
        [agent] = [one for one in mac.seen if one.title["name"] == "ARDAgent.app"]
        assert (agent.title["bundle_id"], agent.title["version"], agent.place) == ("com.apple.RemoteDesktopAgent", "3.9.8", 4)
        assert agent.detail["last_used"] == "2023-07-11"
        assert agent.title["path"] == "/System/Library/CoreServices/RemoteManagement/ARDAgent.app"

    def test_a_list_of_hosts_says_that_the_software_is_elsewhere(self, tmp_path: Path) -> None:
        machines = read(FOLDER / "fleet_api_hosts_0.json", tmp_path).machines
        assert [machine["os_family"] for machine in machines] == [Os.MACOS, Os.LINUX]
        assert {machine["lists"] for machine in machines} == {Lists.MACHINES}
        assert {machine["looked_at"] for machine in machines} == {None}
        assert {machine["note"] for machine in machines} == {"its software is in another call"}

    @pytest.mark.parametrize(
        ("name", "hostname"), [("doc_get_host_0", "Annas-MacBook-Pro.local"), ("doc_list_hosts_1", "Annas-MacBook-Pro.local")]
    )
    def test_examples_with_comments(self, name: str, hostname: str, tmp_path: Path) -> None:
        answer = read(FOLDER / f"{name}.json", tmp_path)
        assert not answer.rejects
        assert answer.only.named("hostname")[0] == hostname
        assert len(answer.only.seen) == 1

    def test_what_fleetctl_writes(self, tmp_path: Path) -> None:
        machines = read(FOLDER / "expectedListHostsJson.json", tmp_path).machines
        assert [machine.clues for machine in machines] == [[("hostname", "test_host")], [("hostname", "test_host2")]]
        assert {machine["heard_at"] for machine in machines} == {None}

    def test_the_report_lists_machines(self, tmp_path: Path) -> None:
        machines = read(FOLDER / "doc_hosts_report.csv", tmp_path).machines
        assert [machine.named("hostname") for machine in machines] == [["foo.local0"], ["foo.local1"], ["foo.local2"]]
        assert {machine["lists"] for machine in machines} == {Lists.MACHINES}
        assert str(machines[2]["heard_at"]) == "2022-03-15 17:21:56"


def test_sources_are_traces(tmp_path: Path) -> None:
    rows = (
        {"name": "Reader", "version": "1", "source": "programs", "vendor": "Acme", "upgrade_code": "{U}"},
        {"name": "curl", "version": "7", "release": "2.el8", "source": "rpm_packages"},
        {"name": "Block", "source": "chrome_extensions", "extension_id": "abc"},
        {"bundle_identifier": "com.acme.x", "source": "apps", "installed_paths": ["/Users/ann/X.app", "/Applications/X.app"]},
        {"name": "?", "source": "something_new"},
    )
    machine = host(tmp_path, *rows)
    assert [(one.title["type"], one.place) for one in machine.seen] == [
        *((Trace.PROGRAM, 1), (Trace.PACKAGE, 2), (Trace.EXTENSION, 3), (Trace.APP, 4), (Trace.APP, 4), (Trace.PACKAGE, 5)),
    ]
    program, package, extension, mine, everybodys, _ = (one.title for one in machine.seen)
    assert (program["publisher"], program["upgrade_code"]) == ("Acme", "{U}")
    assert (package["version"], package["package"]) == ("7-2.el8", "curl")
    assert extension["extension_id"] == "abc"
    assert (mine["path"], everybodys["path"]) == ("~/X.app", "/Applications/X.app")
    assert machine.seen[3].detail["path"] == "/Users/ann/X.app"
    assert {one.state for one in machine.seen} == {State.INSTALLED}


def test_ids_of_servers_are_clues_only_in_need(tmp_path: Path) -> None:
    assert host(tmp_path).clues == [("agent_id", "fleet:5"), ("hostname", "pc1")]
    named = host(tmp_path, hardware_serial="S1", uuid="564d4cbc-c6a9-1969-0000-000000000001", primary_mac="00:50:56:a6:60:bc")
    assert [kind for kind, _ in named.clues] == ["serial", "uuid", "mac", "hostname"]
    assert host(tmp_path, id=0).clues == [("hostname", "pc1")]


@pytest.mark.parametrize(
    ("said", "lists", "note"),
    [
        ({"software": []}, Lists.ALL_SOFTWARE, "the software list is empty"),
        ({"software": None}, Lists.MACHINES, "Fleet has no software list of it"),
        ({"software": [{}]}, Lists.SOME_SOFTWARE, "no usable row in its software list"),
    ],
)
def test_what_silence_means(said: dict[str, Any], lists: Lists, note: str, tmp_path: Path) -> None:
    machine = host(tmp_path, **said)
    assert (machine["lists"], machine["note"]) == (lists, note)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"platform": "ios"}, (Os.IOS, Class.PHONE)),
        ({"platform": "ubuntu", "os_version": "Ubuntu 22.04"}, (Os.LINUX, Class.UNKNOWN)),
        ({"platform": "windows", "os_version": "Windows Server 2019"}, (Os.WINDOWS, Class.SERVER)),
        ({"platform": "", "os_version": "macOS 14"}, (Os.MACOS, Class.UNKNOWN)),
    ],
)
def test_systems(said: dict[str, Any], expected: tuple[Os, Class], tmp_path: Path) -> None:
    machine = host(tmp_path, **said)
    assert (machine["os_family"], machine["class"]) == expected


def test_the_list_and_the_host_in_one_file_are_one_record(tmp_path: Path) -> None:
    brief = {"id": 3, "hostname": "a", "hardware_serial": "S", "uuid": "u", "osquery_version": "5"}
    rows = [{"name": "Reader", "source": "programs"}]
    machines = read(written(tmp_path, lines({"hosts": [brief]}, {"host": {**brief, "software": rows}})), tmp_path).machines
    assert [(machine["lists"], machine.names) for machine in machines] == [(Lists.ALL_SOFTWARE, ["Reader"])]


def test_a_host_in_which_the_file_breaks_off_is_no_full_list(tmp_path: Path) -> None:
    text = '{"hosts": [{"osquery_version": "5", "hostname": "a", "software": [{"name": "x"}]}, '
    text += '{"hostname": "b", "software": [{"name": "y"}, {"na'
    answer = read(written(tmp_path, text), tmp_path)
    assert [(machine["lists"], machine.names) for machine in answer.machines] == [
        (Lists.ALL_SOFTWARE, ["x"]),
        (Lists.SOME_SOFTWARE, ["y"]),
    ]
    assert answer.machines[1]["note"] == "the file breaks off in this host"
    assert len(answer.rejects) == 1


def test_a_bare_list_is_nobodys_unless_a_host_is_given(tmp_path: Path) -> None:
    path = written(tmp_path, [{"name": "Reader", "version": "1"}, {"name": "", "version": "2"}])
    answer = read(path, tmp_path, host="pc9.example.gov")
    assert answer.only.clues == [("fqdn", "pc9.example.gov"), ("hostname", "pc9.example.gov")]
    assert (answer.only["lists"], answer.only.names, len(answer.rejects)) == (Lists.SOME_SOFTWARE, ["Reader"], 1)
