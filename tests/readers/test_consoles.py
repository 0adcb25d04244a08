"""Consoles: real answers, and small written ones for each rule."""

from __future__ import annotations

import json
import plistlib
from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, Answer, lines, read, written

from fullcount.model import Class, Lists, Os, State, Trace
from fullcount.reader import Peek
from fullcount.readers.consoles import CONSOLES

if TYPE_CHECKING:
    from pathlib import Path

real = [pytest.mark.real, pytest.mark.skipif(not SAMPLES.is_dir(), reason="no real exports beside the project")]


def told(tmp_path: Path, data: Any, name: str = "answer.json", **options: Any) -> Answer:
    return read(written(tmp_path, data, name), tmp_path, **options)


class TestRealAnswers:
    pytestmark = real

    def sample(self, name: str, tmp_path: Path) -> Answer:
        return read(SAMPLES / name, tmp_path)

    def test_automox(self, tmp_path: Path) -> None:
        first, _ = self.sample("automox/servers_0.json", tmp_path).machines
        assert first["os"] == "Windows 10 Home Single Language 10.0.19043"
        assert (first.named("serial"), first["lists"], first["os_family"]) == (["6414KD2"], Lists.MACHINES, Os.WINDOWS)
        assert str(first["heard_at"]) == "2022-04-29 14:04:24"

    def test_addigy_escapes_twice(self, tmp_path: Path) -> None:
        mac, tablet = self.sample("addigy/devices_0.json", tmp_path).machines
        assert (mac["os_family"], tablet["class"]) == (Os.MACOS, Class.PHONE)
        assert tablet.named("hostname") == ["Josh\u2019s Test iPad Pro"]
        assert (mac.named("mac"), mac.named("ip")) == (["14:7d:da:4f:73:10"], ["192.168.111.64"])

    def test_phones_are_phones(self, tmp_path: Path) -> None:
        assert self.sample("hexnode/devices_0.json", tmp_path).only["class"] == Class.PHONE
        computers = self.sample("cisco_secure_endpoint/v1_computers_0.json", tmp_path).machines
        assert sum(one["class"] == Class.PHONE for one in computers) == 5
        notes = [one["note"] for one in computers]
        assert (notes.count("a demonstration machine of the console"), notes.count(None)) == (37, 1)

    def test_a_mac_of_jumpcloud(self, tmp_path: Path) -> None:
        mac = self.sample("jumpcloud/applemdm_devices_0.json", tmp_path).only
        assert (mac["os_family"], mac.named("serial")) == (Os.MACOS, ["C02FF0H4MD6Q"])

    def test_kandji_joins_by_the_device_id(self, tmp_path: Path) -> None:
        device, apps = (self.sample(f"kandji/device_apps_{n}.json", tmp_path).only for n in (0, 1))
        assert device.named("serial") == [], "[REDACTED] is no serial number"
        assert device.clues[0] == apps.clues[0]
        assert (apps["lists"], apps["traces"], str(apps["looked_at"])) == (Lists.ALL_SOFTWARE, "app", "2022-09-19 12:28:40")
        assert ("Atom", "com.github.atom") in [(one.title["name"], one.title["bundle_id"]) for one in apps.seen]

    def test_pages_of_simplemdm_are_parts(self, tmp_path: Path) -> None:
        page = self.sample("simplemdm/devices_installed_apps_1.json", tmp_path)
        assert (page.only["lists"], len(page.only.seen)) == (Lists.SOME_SOFTWARE, 100)
        assert [one["reason"] for one in page.rejects] == ["not all pages are here: the interface names a next one"]
        device = self.sample("simplemdm/devices_installed_apps_0.json", tmp_path).only
        assert device.named("mac") == ["3c:22:fb:88:06:82"]

    def test_patches_are_no_installs(self, tmp_path: Path) -> None:
        answer = self.sample("manageengine/patches_0.json", tmp_path)
        assert (answer.machines, len(answer.rejects)) == ([], 25)
        never, linux, mac = self.sample("manageengine/som_computers_0.json", tmp_path).machines
        assert never["note"] == "its agent does not answer for it (yet_to_install)"
        assert (str(linux["heard_at"]), mac["os_family"]) == ("2023-09-29 13:30:18", Os.MACOS)
        assert "24:4b:fe:99:53:19" in linux.named("mac")

    def test_counts_of_chrome_name_no_device(self, tmp_path: Path) -> None:
        answer = self.sample("chromeos/chromemanagement_countInstalledApps_0.json", tmp_path)
        assert (answer.machines, {one["reason"] for one in answer.rejects}) == (
            [],
            {"a count of devices that have an application names none of them"},
        )
        device = self.sample("chromeos/directory_chromeosdevices_0.json", tmp_path).only
        assert (device["class"], device["os"], device["lists"]) == (Class.WORKSTATION, "ChromeOS 101.0.4951.59", Lists.MACHINES)

    def test_deep_security(self, tmp_path: Path) -> None:
        first, second, _ = self.sample("trend_micro/deepsecurity_computers_0.json", tmp_path).machines
        assert (first.named("cloud_id"), first["note"]) == (["i-001bb8900eca9b6fd"], None)
        assert second["note"] == "without an agent: known from a directory or a cloud account"

    def test_sal(self, tmp_path: Path) -> None:
        mac = self.sample("munki/application_fixture.json", tmp_path).only
        assert (mac["lists"], str(mac["looked_at"])) == (Lists.ALL_SOFTWARE, "2018-01-24 17:32:36")
        assert mac.seen[0].title["bundle_id"] == "com.sheagcraig.tacofortress"


# -- written answers -------------------------------------------------------------------------------------------------------

PACKAGE = {"server_id": 7, "package_id": 1, "installed": True, "display_name": "Reader", "version": "1", "repo": "Installed"}


@pytest.mark.parametrize("envelope", ["list", "results", "lines"])
def test_automox_packages(envelope: str, tmp_path: Path) -> None:
    rows = [PACKAGE, {**PACKAGE, "display_name": "Writer", "installed": False}, {**PACKAGE, "display_name": ""}]
    data: Any = {"list": rows, "results": {"results": rows, "size": 3}, "lines": lines(*rows)}[envelope]
    answer = told(tmp_path, data)
    assert [(one.title["name"], one.state) for one in answer.only.seen] == [
        ("Reader", State.INSTALLED),
        ("Writer", State.MENTION),
    ]
    assert [one["reason"] for one in answer.rejects] == ["software without a name"]
    assert answer.only["lists"] == (Lists.ALL_SOFTWARE if envelope == "results" else Lists.SOME_SOFTWARE)
    assert "its names are in another call" in answer.only["note"]


def test_automox_joins_devices_and_packages(tmp_path: Path) -> None:
    device = {"id": 7, "agent_version": "1", "os_family": "Linux", "os_name": "Ubuntu", "server_group_id": 1, "name": "web1"}
    for rows in ([device, PACKAGE], [PACKAGE, device]):
        machine = told(tmp_path, rows).only
        assert (machine.named("hostname"), machine.names) == (["web1"], ["Reader"])
        assert "names" not in machine["note"]
    rows = [{**device, "size": 1, "total": 1, "total_count": 1}, PACKAGE]
    assert told(tmp_path, rows).only["lists"] == Lists.SOME_SOFTWARE, "these are fields of a device"


def test_addigy_in_its_newer_form(tmp_path: Path) -> None:
    facts = {"serial_number": {"value": "C02X"}, "device_name": {"value": "mac1"}, "os_platform": {"value": "darwin"}}
    mac = told(tmp_path, {"items": [{"agentid": "a1", "facts": facts}]}).only
    assert (mac.named("serial"), mac.named("hostname"), mac["os_family"]) == (["C02X"], ["mac1"], Os.MACOS)
    apps = [{"name": "Reader", "path": "/Applications/Reader.app", "version": "1"}]
    mac = told(tmp_path, [{"agentid": "a1", "installed_applications": apps}]).only
    assert (mac["lists"], mac.clues, mac.names) == (Lists.ALL_SOFTWARE, [("agent_id", "addigy:a1")], ["Reader"])


def test_hexnode_pages_and_devices_that_left(tmp_path: Path) -> None:
    row = {"id": 2, "device_name": "mac1", "os_name": "macOS", "enrollment_status": "disenrolled"}
    answer = told(tmp_path, {"next": "https://x/?page=2", "results": [row, {"id": 3}]})
    assert (answer.only["note"], answer.only["os_family"]) == ("not enrolled: disenrolled", Os.MACOS)
    assert [one["place"] for one in answer.rejects] == [2, 2]


def test_system_insights(tmp_path: Path) -> None:
    about = {"system_id": "s1", "collection_time": "2026-03-01T10:00:00Z"}
    rows = [
        {**about, "name": "Reader", "publisher": "Acme", "identifying_number": "{A}", "uninstall_string": "x"},
        {**about, "name": "Mail.app", "bundle_identifier": "com.apple.mail", "collection_time": "2026-03-02T10:00:00Z"},
        {**about, "name": "zlib", "version": "1", "package_format": "deb"},
        {**about, "name": "Block", "identifier": "abc", "update_url": "https://x"},
        {**about, "name": "kesl", "maintainer": "x", "arch": "amd64", "status": "deinstall ok config-files"},
        {**about, "hardware_serial": "S1", "hostname": "pc1"},
        {**about, "username": "ann"},
        {**about, "name": "Ubuntu", "version": "24.04", "arch": "x86_64", "platform": "ubuntu"},
    ]
    answer = told(tmp_path, lines(*rows))
    machine = answer.only
    assert [one.title["type"] for one in machine.seen] == [
        Trace.PROGRAM,
        Trace.APP,
        Trace.PACKAGE,
        Trace.EXTENSION,
        Trace.PACKAGE,
    ]
    assert [one.state for one in machine.seen] == [State.INSTALLED] * 4 + [State.RESIDUE]
    assert machine.seen[3].title["extension_id"] == "abc"
    assert (machine["lists"], str(machine["looked_at"])) == (Lists.SOME_SOFTWARE, "2026-03-02 10:00:00")
    assert (machine.named("hostname"), machine.named("serial")) == (["pc1"], ["S1"])
    assert [one["reason"] for one in answer.rejects] == ["a table of System Insights that lists no software"] * 2


def test_a_system_of_jumpcloud(tmp_path: Path) -> None:
    row = {"_id": "s1", "hostname": "pc1", "serialNumber": "S1", "agentVersion": "1", "os": "Windows", "version": "10 Pro"}
    machine = told(tmp_path, {"totalCount": 1, "results": [{**row, "lastContact": "2026-03-01T10:00:00Z"}]}).only
    assert (machine["os"], machine.clues[0]) == ("Windows 10 Pro", ("agent_id", "jumpcloud:s1"))


def test_kandji_details_and_a_list_that_is_cut(tmp_path: Path) -> None:
    details = {
        "general": {"device_id": "d1", "device_name": "mac1", "platform": "Mac"},
        "hardware_overview": {"serial_number": "S1"},
    }
    mac = told(tmp_path, details).only
    assert (mac.named("serial"), mac["os_family"], mac["lists"]) == (["S1"], Os.MACOS, Lists.MACHINES)
    whole = json.dumps({"device_id": "d1", "apps": [{"app_name": "A", "bundle_id": "a"}, {"app_name": "B", "bundle_id": "b"}]})
    cut = told(tmp_path, whole[:-9])
    assert (cut.only["lists"], cut.only.names) == (Lists.SOME_SOFTWARE, ["A"])
    assert "breaks off" in cut.only["note"]
    empty = told(tmp_path, {"device_id": "d1", "apps": []}).only
    assert "the list of applications is empty" in empty["note"]


def prism(name: str) -> dict[str, Any]:
    return {
        "device_id": "d1",
        "device__name": "mac1",
        "bundle_id": name,
        "name": name,
        "modification_date": "2026-01-02T00:00:00Z",
    }


@pytest.mark.parametrize(("total", "lists"), [(2, Lists.ALL_SOFTWARE), (3, Lists.SOME_SOFTWARE)])
def test_prism_is_whole_where_all_rows_are_here(total: int, lists: Lists, tmp_path: Path) -> None:
    mac = told(tmp_path, {"data": [prism("a"), prism("b")], "total": total}).only
    assert (mac["lists"], mac.names, mac.named("hostname")) == (lists, ["a", "b"], ["mac1"])
    assert ("2 of 3 rows" in (mac["note"] or "")) == (total == 3)


def app(name: str) -> dict[str, Any]:
    said = {"name": name, "identifier": f"com.{name}", "managed": False, "discovered_at": "2026-01-01T00:00:00Z"}
    return {"type": "installed_app", "id": 1, "attributes": said}


def test_simplemdm_is_whole_when_the_last_page_is_here(tmp_path: Path) -> None:
    pages = [{"data": [app("a")], "has_more": True}, {"data": [app("b"), {"type": "app_group"}], "has_more": False}]
    answer = told(tmp_path, pages, "mac1.json")
    assert (answer.only["lists"], answer.only.names, answer.only.named("hostname")) == (Lists.ALL_SOFTWARE, ["a", "b"], ["mac1"])
    assert [one["place"] for one in answer.rejects] == [3]
    alone = told(tmp_path, {"data": [app("a")]}, host="PC-9").only
    assert (alone["lists"], alone.named("hostname")) == (Lists.SOME_SOFTWARE, ["PC-9"])


@pytest.mark.parametrize(("total", "lists"), [(1, Lists.ALL_SOFTWARE), (170, Lists.SOME_SOFTWARE)])
def test_software_of_endpoint_central(total: int, lists: Lists, tmp_path: Path) -> None:
    row = {"software_name": "Reader", "software_version": "--", "manufacturer_name": "Acme", "installed_date": 1693601264963}
    page = {"message_type": "installedsoftware", "message_response": {"total": total, "limit": 25, "installedsoftware": [row]}}
    machine = told(tmp_path, page, "pc-7.json").only
    assert (machine["lists"], machine.named("hostname")) == (lists, ["pc-7"])
    assert machine.seen[0].title == {"type": Trace.PROGRAM, "name": "Reader", "publisher": "Acme"}
    assert machine.seen[0].detail == {"installed_on": "2023-09-01"}


def test_counts_of_endpoint_central_name_no_computer(tmp_path: Path) -> None:
    row = {"software_name": "Reader", "managed_installations": 3, "network_installations": 4}
    answer = told(tmp_path, {"message_type": "software", "message_response": {"software": [row]}})
    assert (answer.machines, answer.rejects[0]["reason"]) == ([], "a count of installs names no computer")


def test_devices_of_google(tmp_path: Path) -> None:
    found = told(tmp_path, {"devices": [{"deviceId": "d1", "machine": "PC-1"}], "totalSize": 1, "nextPageToken": "x"})
    assert (found.only.named("hostname"), found.only["lists"], found.only.seen) == (["PC-1"], Lists.MACHINES, [])
    assert "does not name" in found.only["note"]
    assert len(found.rejects) == 1
    row = {"name": "devices/1", "deviceType": "WINDOWS", "lastSyncTime": "2026-01-01T00:00:00Z", "serialNumber": "S1"}
    assert told(tmp_path, {"devices": [row]}).only["os_family"] == Os.WINDOWS
    gone = {"kind": "admin#directory#chromeosdevice", "deviceId": "d", "serialNumber": "S2", "status": "DEPROVISIONED"}
    assert told(tmp_path, gone).only["retired"]


ITEM = {
    "bundleid": "com.acme.reader",
    "bundlename": "Reader",
    "name": "Reader",
    "path": "/Applications/Reader.app",
    "version": "1",
}


@pytest.mark.parametrize("form", ["plist", "json"])
def test_the_list_of_munki(form: str, tmp_path: Path) -> None:
    rows = [ITEM, {"path": "/x", "version": "2", "bundleid": ""}]
    mac = told(tmp_path, plistlib.dumps(rows) if form == "plist" else rows, f"mac-9.{form}")
    assert (mac.only["lists"], mac.only.named("hostname"), mac.only["os_family"]) == (Lists.ALL_SOFTWARE, ["mac-9"], Os.MACOS)
    assert mac.only.seen[0].title["bundle_id"] == "com.acme.reader"
    assert [one["reason"] for one in mac.rejects] == ["software without a name"]
    damaged = told(tmp_path, plistlib.dumps(rows)[:-60], "x.plist")
    assert damaged.became == "refused"


def test_sal_joins_its_tables_in_any_order(tmp_path: Path) -> None:
    rows = [
        {
            "model": "inventory.inventoryitem",
            "pk": 1,
            "fields": {"application": 4, "machine": 2, "path": "/A.app", "version": "1"},
        },
        {"model": "inventory.inventoryitem", "pk": 2, "fields": {"application": 5, "machine": 2}},
        {"model": "inventory.inventory", "pk": 3, "fields": {"machine": 2, "datestamp": "2026-01-01T00:00:00Z"}},
        {"model": "inventory.application", "pk": 4, "fields": {"name": "A", "bundleid": "com.a"}},
        {"model": "server.machine", "pk": 2, "fields": {"serial": "C02X", "hostname": "mac1", "os_family": "Darwin"}},
        {"model": "auth.user", "pk": 1, "fields": {"name": "ann"}},
    ]
    answer = told(tmp_path, rows)
    assert (answer.only.named("serial"), answer.only.names, answer.only["lists"]) == (["C02X"], ["A"], Lists.ALL_SOFTWARE)
    assert sorted(one["place"] for one in answer.rejects) == [2, 6]


def test_rows_of_munkireport(tmp_path: Path) -> None:
    head = "serial_number,name,version,bundleid,bundlename,path\n"
    mac = told(tmp_path, head + "C02X,Reader,1,com.acme.reader,Reader,/Applications/Reader.app\n", "inventoryitem.csv").only
    assert (mac.named("serial"), mac["lists"], mac["os_family"]) == (["C02X"], Lists.SOME_SOFTWARE, Os.MACOS)
    assert (mac.seen[0].title["type"], mac.seen[0].title["bundle_id"]) == (Trace.APP, "com.acme.reader")
    row = {"serial_number": "C02X", "name": "Reader", "version": "1", "bundleid": "com.acme.reader", "path": "/Reader.app"}
    assert told(tmp_path, [row, row], "inventoryitem.json").machines[0].named("serial") == ["C02X"]


AGENT = {
    "uuid": "u1",
    "computerName": "PC-1",
    "domain": "corp.example.gov",
    "osType": "windows",
    "osName": "Windows Server 2019",
    "machineType": "server",
    "networkInterfaces": [{"physical": "00:11:43:aa:bb:cc", "inet": ["10.0.0.5"]}],
    "lastActiveDate": "2026-03-01T10:00:00Z",
    "isDecommissioned": False,
}
S1_APP = {
    "agentUuid": "u1",
    "agentComputerName": "PC-1",
    "name": "Reader",
    "publisher": "Acme",
    "version": "1",
    "osType": "windows",
}


def test_sentinelone_agents(tmp_path: Path) -> None:
    rows = [AGENT, {**AGENT, "uuid": "u2", "isDecommissioned": True}]
    first, second = told(tmp_path, {"data": rows, "pagination": {"nextCursor": None, "totalItems": 2}}).machines
    assert (first.named("fqdn"), first["class"], first.named("ip")) == (["PC-1.corp.example.gov"], Class.SERVER, ["10.0.0.5"])
    assert (first["retired"], second["retired"]) == (False, True)


@pytest.mark.parametrize(
    ("paging", "lists"),
    [
        ({"nextCursor": None, "totalItems": 1}, Lists.ALL_SOFTWARE),
        ({"nextCursor": "abc", "totalItems": 9}, Lists.SOME_SOFTWARE),
        ({"nextCursor": None, "totalItems": 9}, Lists.SOME_SOFTWARE),
    ],
)
def test_sentinelone_applications(paging: dict[str, Any], lists: Lists, tmp_path: Path) -> None:
    answer = told(tmp_path, {"data": [{**S1_APP, "installedAt": "2026-01-02T00:00:00Z"}], "pagination": paging})
    machine = answer.only
    assert (machine["lists"], machine.clues) == (lists, [("agent_id", "sentinelone:u1"), ("hostname", "PC-1")])
    assert (machine.seen[0].title["type"], machine.seen[0].detail["installed_on"]) == (Trace.PROGRAM, "2026-01-02")
    assert bool(answer.rejects) == (paging["nextCursor"] is not None)


def test_sentinelone_rows_of_agents_do_not_make_a_list_whole(tmp_path: Path) -> None:
    machine = told(tmp_path, [AGENT, S1_APP]).only
    assert (machine["lists"], machine.named("fqdn"), machine.names) == (
        Lists.SOME_SOFTWARE,
        ["PC-1.corp.example.gov"],
        ["Reader"],
    )


def test_sentinelone_of_one_application_or_one_agent(tmp_path: Path) -> None:
    row = {"endpointUuid": "u1", "endpointName": "PC-1", "applicationName": "Reader", "applicationVendor": "Acme", "version": "1"}
    found = told(tmp_path, {"data": [row], "pagination": {"totalItems": 1, "nextCursor": None}}).only
    assert (found["lists"], found.seen[0].title["publisher"]) == (Lists.SOME_SOFTWARE, "Acme")
    rows = [{"name": "Reader", "publisher": "Acme", "version": "1", "size": 5, "installedDate": "2026-01-02T00:00:00Z"}]
    alone = told(tmp_path, {"data": rows}, "PC-3.json").only
    assert (alone["lists"], alone.named("hostname")) == (Lists.ALL_SOFTWARE, ["PC-3"])


def test_carbon_black(tmp_path: Path) -> None:
    device = {
        "id": 9,
        "name": "CORP\\PC-1",
        "os": "WINDOWS",
        "os_version": "Server 2012 x64",
        "sensor_version": "3.6",
        "mac_address": "000000000000",
        "last_contact_time": "2026-03-01T10:00:00.518Z",
        "status": "DEREGISTERED",
    }
    machine = told(tmp_path, {"results": [device], "num_found": 1}).only
    assert (machine["class"], machine.named("mac"), machine.named("domain")) == (Class.SERVER, [], ["CORP"])
    assert (machine["note"], machine["lists"]) == ("its sensor is deregistered", Lists.MACHINES)


def test_carbon_black_names_some_of_the_devices_with_a_product(tmp_path: Path) -> None:
    product = {"vendor": "Acme", "product": "Reader", "version": "1"}
    row = {"product_info": product, "vuln_info": {}, "affected_assets": ["PC-1", "PC-2"], "os_info": {"os_type": "WINDOWS"}}
    answer = told(tmp_path, {"results": [row, {**row, "affected_assets": []}], "num_found": 2})
    assert [(one["lists"], one.names) for one in answer.machines] == [(Lists.SOME_SOFTWARE, ["Reader"])] * 2
    assert answer.machines[0].seen[0].title["type"] == Trace.DETECTION
    assert "does not name the devices" in answer.rejects[0]["reason"]


@pytest.mark.parametrize(
    ("kind", "family", "expected"),
    [
        ("WINDOWS_SERVER", Os.WINDOWS, Class.SERVER),
        ("LINUX_WORKSTATION", Os.LINUX, Class.WORKSTATION),
        ("MAC", Os.MACOS, Class.WORKSTATION),
        ("NMS_SWITCH", Os.UNKNOWN, Class.NETWORK),
        ("NMS_PRINTER", Os.UNKNOWN, Class.PRINTER),
        ("APPLE_IOS", Os.IOS, Class.PHONE),
        ("CLOUD_MONITOR_TARGET", Os.UNKNOWN, Class.OTHER),
    ],
)
def test_classes_of_ninja(kind: str, family: Os, expected: Class, tmp_path: Path) -> None:
    row = {"id": 1, "organizationId": 2, "nodeClass": kind, "systemName": "PC-1", "lastContact": 1772359200.5}
    machine = told(tmp_path, [row]).only
    assert (machine["os_family"], machine["class"], str(machine["heard_at"])[:10]) == (family, expected, "2026-03-01")


def test_software_of_ninja(tmp_path: Path) -> None:
    row = {
        "name": "Reader",
        "version": "1",
        "publisher": "Acme",
        "installDate": 1672617600.0,
        "location": "C:\\R",
        "productCode": "{A}",
    }
    fleet = told(tmp_path, {"cursor": {"name": "x"}, "results": [{**row, "deviceId": 4, "timestamp": 1772359200.5}]}).only
    assert (fleet["lists"], fleet.clues, str(fleet["looked_at"])[:10]) == (
        Lists.SOME_SOFTWARE,
        [("agent_id", "ninja:4")],
        "2026-03-01",
    )
    assert fleet.seen[0].detail["installed_on"] == "2023-01-02"
    alone = told(tmp_path, [row], "PC-4.json").only
    assert (alone["lists"], alone.named("hostname"), alone.seen[0].title["product_code"]) == (Lists.ALL_SOFTWARE, ["PC-4"], "{A}")


@pytest.mark.parametrize(("said", "state"), [("ON", State.RUNNING), ("OFF", State.RESIDUE)])
def test_antivirus_of_ninja(said: str, state: State, tmp_path: Path) -> None:
    row = {"deviceId": 4, "productName": "Guard", "productState": said, "version": "1"}
    machine = told(tmp_path, {"results": [row]}).only
    assert [(one.title["type"], one.state) for one in machine.seen] == [(Trace.ANTIVIRUS, state)]
    assert machine["lists"] == Lists.SOME_SOFTWARE


STRANGE = (
    {"data": [{"type": "user", "id": "1", "attributes": {"name": "ann"}}]},
    [{"name": "Reader", "version": "1", "publisher": "Acme"}],
    {"results": [{"id": 1, "hostname": "pc1"}], "count": 1},
    {"devices": [{"id": 1, "name": "x"}]},
    {"message": "not authorised"},
    '"\\' * 30_000,
    '{"a":' * 5_000,
)


@pytest.mark.parametrize("data", STRANGE, ids=range(len(STRANGE)))
def test_what_is_none_of_them_is_not_claimed(data: Any, tmp_path: Path) -> None:
    peek = Peek.at(written(tmp_path, data))
    assert [one.name for one in CONSOLES if one.claims(peek)] == []


@pytest.mark.parametrize("reader", CONSOLES, ids=lambda reader: reader.name)
def test_rows_of_any_shape_are_rows_or_rejects(reader: Any, tmp_path: Path) -> None:
    rows: list[Any] = [None, 7, "x", [], {}, {"id": {}}, {"data": 1}, {"results": {"x": []}}, {"apps": 3}, {"fields": []}]
    answer = told(tmp_path, rows, reader=reader.name)
    assert answer.became in {"read", "refused"}
    assert not any(one.seen for one in answer.machines)
