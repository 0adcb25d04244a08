"""Registers of assets: real answers, and small written ones for each rule."""

from __future__ import annotations

import base64
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, Answer, damaged, lines, read, truth, written

from fullcount.model import Class, Lists, Os, State, Trace
from fullcount.reader import Peek
from fullcount.readers.registers import REGISTERS
from fullcount.readers.registers.rows import class_of
from fullcount.readers.sccm import SCCM

if TYPE_CHECKING:
    from pathlib import Path

real = [pytest.mark.real, pytest.mark.skipif(not SAMPLES.is_dir(), reason="no real exports beside the project")]
FOLDERS = {
    "device42": "device42",
    "lansweeper": "lansweeper",
    "redhatsatellite": "satellite",
    "runzero": "runzero",
    "servicenow": "servicenow",
    "snipeit": "snipe-it",
    "twistlock": "prisma",
    "wiz": "wiz",
}
NO_EXPORTS = {"splunk_soar_lansweeper.json"}


def told(tmp_path: Path, data: Any, name: str = "answer.json", **options: Any) -> Answer:
    return read(written(tmp_path, data, name), tmp_path, **options)


def sample(name: str, tmp_path: Path) -> Answer:
    return read(SAMPLES / name, tmp_path)


def reasons(answer: Answer) -> set[str]:
    return {one["reason"] for one in answer.rejects}


class TestRealAnswers:
    pytestmark = real

    @pytest.mark.parametrize("folder", FOLDERS)
    def test_samples_are_claimed_by_one_register(self, folder: str) -> None:
        for path in sorted((SAMPLES / folder).iterdir()):
            if path.suffix not in {".gz", ".py"}:
                peek = Peek.at(path)
                expected = [] if path.name in NO_EXPORTS else [FOLDERS[folder]]
                assert [reader.name for reader in REGISTERS if reader.claims(peek)] == expected, path.name

    @pytest.mark.parametrize(
        "name",
        [
            *(
                "device42/devices_all_0.json",
                "device42/devices_all_1.json",
                "runzero/assets.json",
                "servicenow/table_cmdb_0.json",
            ),
            *("snipeit/api_hardware_0.json", "snipeit/assets-sample.csv"),
        ],
    )
    def test_hosts_are_those_of_an_independent_count(self, name: str, tmp_path: Path) -> None:
        answer = sample(name, tmp_path)
        assert (len(answer.machines), answer.rejects) == (int(truth(name)["hosts"]), [])
        assert {one["lists"] for one in answer.machines} == {Lists.MACHINES}, "a register looks at no software"

    def test_switches_and_clusters_of_device42_are_no_computers(self, tmp_path: Path) -> None:
        machines = sample("device42/devices_all_0.json", tmp_path).machines
        switch = machines[0]
        assert (switch["class"], switch.named("serial"), switch.named("asset_tag")) == (Class.NETWORK, ["FAB0447Y35M"], [])
        laptop = next(one for one in machines if one.named("hostname") == ["xbox360"])
        assert (laptop["class"], laptop["os"], laptop["os_family"]) == (
            Class.WORKSTATION,
            "Microsoft Windows 7 Professional 6.1.7601",
            Os.WINDOWS,
        )
        assert laptop.named("mac") == ["74:e5:0b:4e:1e:3c"]
        assert laptop["heard_at"] is None, "last_updated may be a change by a person"

    def test_servers_of_servicenow(self, tmp_path: Path) -> None:
        first = sample("servicenow/table_cmdb_0.json", tmp_path).machines[0]
        assert first.clues == [("agent_id", "servicenow:106c5c13c61122750194a1e96cfde951"), ("asset_tag", "P1000173")]
        assert (first["class"], first["os"], first["heard_at"]) == (Class.SERVER, "Linux Red Hat Enterprise Server 3", None)
        assert first["site"] is None, "a reference alone is no place"

    def test_assets_of_snipe_it(self, tmp_path: Path) -> None:
        laptop = sample("snipeit/assets-sample.csv", tmp_path).machines[1]
        assert (laptop["class"], laptop["owner"]) == (Class.WORKSTATION, "gmccrackem2a")
        assert laptop.named("asset_tag") == ["WBH-2841795"]

    @pytest.mark.parametrize(("name", "rows"), [("accessories", 3), ("components", 1), ("models", 20)])
    def test_what_snipe_it_keeps_by_number_is_no_machine(self, name: str, rows: int, tmp_path: Path) -> None:
        answer = sample(f"snipeit/{name}-sample.csv", tmp_path)
        assert (answer.machines, len(answer.rejects)) == ([], rows)

    def test_licences_are_no_installs(self, tmp_path: Path) -> None:
        held = sample("snipeit/licenses-sample.csv", tmp_path).only
        assert (held["class"], held.clues, len(held.seen)) == (Class.OTHER, [], 50)
        assert {(one.state, one.title["type"]) for one in held.seen} == {(State.LICENCE, Trace.LICENCE)}
        assert held.seen[0].detail["user"] == "jgoodsell0"

    def test_assets_of_lansweeper(self, tmp_path: Path) -> None:
        laptop, mac = sample("lansweeper/mockDevices.json", tmp_path).machines
        assert (laptop["class"], mac["os"], mac["os_family"]) == (Class.WORKSTATION, "Darwin 23.5.0", Os.MACOS)
        assert mac.named("serial") == ["C02ZW1CNMD6W"]

    def test_assets_of_runzero(self, tmp_path: Path) -> None:
        firewall, router, server = sample("runzero/assets.json", tmp_path).machines
        assert [one["class"] for one in (firewall, router, server)] == [Class.NETWORK, Class.NETWORK, Class.SERVER]
        assert (str(firewall["heard_at"]), len(router.named("mac"))) == ("2025-10-03 06:11:46", 9)

    def test_an_erratum_is_no_install(self, tmp_path: Path) -> None:
        answer = sample("redhatsatellite/many_packages.json", tmp_path)
        assert (answer.machines, len(answer.rejects)) == ([], 1)

    def test_an_image_is_no_machine(self, tmp_path: Path) -> None:
        image = sample("twistlock/findings_include_packages.json", tmp_path).only
        assert (image["class"], image["lists"], image.names) == (Class.IMAGE, Lists.ALL_SOFTWARE, ["mawk", "dpkg", "wsgiref"])

    def test_findings_about_users_and_clusters(self, tmp_path: Path) -> None:
        answer = sample("wiz/resolved_findings.csv", tmp_path)
        assert (answer.machines, len(answer.rejects)) == ([], 3)

    @pytest.mark.parametrize("name", ["servicenow/table_cmdb_0.json", "snipeit/assets-sample.csv", "lansweeper/mockDevices.json"])
    def test_damage_is_no_more_than_a_reject(self, name: str, tmp_path: Path) -> None:
        path = SAMPLES / name
        for turn, data in enumerate(damaged(path.read_bytes(), name)):
            assert told(tmp_path, data, f"{turn}{path.suffix}").became in {"read", "refused"}


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Laptops", Class.WORKSTATION),
        ("Laptop docking stations", Class.OTHER),
        ("Network Switches", Class.NETWORK),
        ("Mobile Workstation", Class.WORKSTATION),
        ("Mobile", Class.PHONE),
        ("cmdb_ci_linux_server", Class.SERVER),
        ("Windows", Class.UNKNOWN),
    ],
)
def test_what_words_say_of_a_kind(words: str, kind: Class) -> None:
    assert class_of(None, words) == kind


# -- ServiceNow ------------------------------------------------------------------------------------------------------------

ID = "1" * 32
ITEM = {"sys_id": ID, "sys_class_name": "cmdb_ci_computer", "name": "PC-1", "serial_number": "5CG1", "install_status": "1"}
INSTALL = {
    "sys_id": "2" * 32,
    "display_name": "Acme Reader 1",
    "publisher": "Acme",
    "version": "1",
    "prod_id": "{AC}",
    "active_install": "false",
    "last_scanned": "2017-10-01 06:00:00",
    "installed_on": {"link": f"https://x.service-now.com/api/now/table/cmdb_ci/{ID}", "value": ID},
}


@pytest.mark.parametrize(
    ("said", "kind", "then"),
    [
        ({}, Class.UNKNOWN, ""),
        ({"sys_class_name": "cmdb_ci_ip_switch"}, Class.NETWORK, ""),
        ({"sys_class_name": "cmdb_ci_app_server"}, Class.OTHER, ""),
        ({"sys_class_name": "Web Server"}, Class.OTHER, ""),
        ({"sys_class_name": "cmdb_ci_db_instance"}, Class.OTHER, ""),
        ({"sys_class_name": "cmdb_ci_hardware"}, Class.UNKNOWN, ""),
        ({"sys_class_name": "u_terminal"}, Class.UNKNOWN, ""),
        ({"sys_class_name": "Windows Server"}, Class.SERVER, ""),
        ({"install_status": "7"}, Class.UNKNOWN, "retired"),
        ({"install_status": {"display_value": "Retired", "value": "7"}}, Class.UNKNOWN, "retired"),
        ({"operational_status": "Retired"}, Class.UNKNOWN, "retired"),
        ({"install_status": "100"}, Class.UNKNOWN, "absent: discovery does not find it any more"),
    ],
)
def test_configuration_items(said: dict[str, Any], kind: Class, then: str, tmp_path: Path) -> None:
    item = told(tmp_path, {"result": [{**ITEM, **said}]}).only
    assert (item["class"], "retired" if item["retired"] else item["note"] or "") == (kind, then)


def test_a_duplicate_is_the_item_that_it_doubles(tmp_path: Path) -> None:
    item = told(tmp_path, {"result": [{**ITEM, "duplicate_of": {"value": "3" * 32, "link": "x"}}]}).only
    assert item.named("agent_id") == [f"servicenow:{ID}", "servicenow:" + "3" * 32]


@pytest.mark.parametrize(
    "installed_on",
    [ID, {"value": ID}, {"link": f"https://x/{ID}"}, {"display_value": "PC-1", "value": ID, "link": "x"}],
)
def test_installations_join_their_items(installed_on: Any, tmp_path: Path) -> None:
    for rows in ([ITEM, {**INSTALL, "installed_on": installed_on}], [{**INSTALL, "installed_on": installed_on}, ITEM]):
        machine = told(tmp_path, {"result": rows}).only
        assert (machine.named("hostname"), machine.names, machine["lists"]) == (["PC-1"], ["Acme Reader 1"], Lists.SOME_SOFTWARE)
        assert (str(machine["looked_at"]), machine.seen[0].state) == ("2017-10-01 06:00:00", State.INSTALLED)


def test_fields_with_both_forms(tmp_path: Path) -> None:
    row = {name: {"display_value": value, "value": value} for name, value in ITEM.items()}
    row["manufacturer"] = {"display_value": "Dell Inc.", "value": "4" * 32}
    row["mac_address"] = {"display_value": "", "value": ""}
    machine = told(tmp_path, {"result": [row]}).only
    assert machine.named("serial") == ["5CG1"]
    assert (machine.named("manufacturer"), machine.named("mac")) == (["Dell Inc."], [])


def test_lists_of_servicenow(tmp_path: Path) -> None:
    text = "Installed on,Display name,Publisher,Version,Active install\nPC-1,Acme Reader,Acme,1,true\n,Acme Writer,Acme,1,true\n"
    answer = told(tmp_path, text, "list.csv")
    assert (answer.only.clues, answer.only.names) == ([("hostname", "PC-1")], ["Acme Reader"])
    assert reasons(answer) == {"software that is installed on no machine that it names"}
    text = "sys_class_name,name,serial_number\ncmdb_ci_server,web1,S1234\ncmdb_ci_spkg,Reader,\nServer,Payroll of the west,\n"
    answer = told(tmp_path, text, "items.csv")
    assert [one.named("hostname") for one in answer.machines] == [["web1"], []], "a label is no host name"
    assert len(answer.rejects) == 1


# -- Lansweeper ------------------------------------------------------------------------------------------------------------

ASSET = {
    "key": "a1",
    "assetBasicInfo": {"name": "PC-1", "domain": "CORP", "type": "Windows", "lastSeen": "2017-10-01T06:00:00Z"},
    "softwares": [{"name": "Reader", "version": "1", "publisher": "Acme", "installDate": "2017-01-02T00:00:00Z"}],
}


@pytest.mark.parametrize("envelope", ["site", "sites", "items", "lines"])
def test_software_of_lansweeper(envelope: str, tmp_path: Path) -> None:
    found = {"assetResources": {"total": 1, "items": [ASSET]}}
    data: Any = {
        "site": {"data": {"site": found}},
        "sites": {"data": {"authorizedSites": {"sites": [found]}}},
        "items": {"items": [ASSET]},
        "lines": lines(ASSET),
    }[envelope]
    answer = told(tmp_path, data)
    machine = answer.only
    assert (machine["lists"], machine.names, answer.rejects) == (Lists.ALL_SOFTWARE, ["Reader"], [])
    assert (str(machine["heard_at"]), machine["looked_at"]) == ("2017-10-01 06:00:00", None)
    assert machine.seen[0].detail["installed_on"] == "2017-01-02"


@pytest.mark.parametrize("softwares", [[], None])
def test_an_empty_list_of_lansweeper_is_no_look(softwares: Any, tmp_path: Path) -> None:
    assert told(tmp_path, [{**ASSET, "softwares": softwares}]).only["lists"] == Lists.MACHINES


def test_pages_of_lansweeper_that_are_missing(tmp_path: Path) -> None:
    answer = told(tmp_path, {"data": {"site": {"assetResources": {"total": 2, "items": [ASSET]}}}})
    assert reasons(answer) == {"not all pages are here: the interface names a next one"}


def test_reports_of_lansweeper(tmp_path: Path) -> None:
    text = "AssetName;Domain;SoftwarePublisher;softwareName;softwareVersion;AssetTypename\nPC-1;CORP;Acme;Reader;1;Windows\n"
    machine = told(tmp_path, text + "PC-1;CORP;Acme;Writer;2;Windows\n", "report.csv").only
    assert (machine.names, machine["lists"]) == (["Reader", "Writer"], Lists.SOME_SOFTWARE)
    assert ("domain", "CORP") in machine.clues
    switch = told(tmp_path, "AssetID,AssetName,AssetTypename,IPAddress\n7,core1,Switch,10.0.0.1\n", "assets.csv").only
    assert (switch["class"], switch["lists"]) == (Class.NETWORK, Lists.MACHINES)


# -- Snipe-IT, Device42, runZero -------------------------------------------------------------------------------------------


def test_snipe_it_in_full(tmp_path: Path) -> None:
    asset = {
        "id": 1,
        "name": "PC-1",
        "asset_tag": "A-1",
        "serial": "5CG1",
        "status_label": {"name": "Gone", "status_meta": "archived"},
        "category": {"name": "Laptops"},
        "assigned_to": {"type": "user", "username": "ann"},
        "custom_fields": {
            "MAC": {"field_format": "MAC", "value": "00:50:56:AA:BB:01"},
            "Ram": {"field_format": "ANY", "value": "x"},
        },
    }
    machine = told(tmp_path, {"total": 1, "rows": [asset]}).only
    assert (machine["class"], machine["retired"], machine["owner"]) == (Class.WORKSTATION, True, "ann")
    assert (machine.named("mac"), machine.named("hostname")) == (["00:50:56:AA:BB:01"], ["PC-1"])
    licence = {"id": 1, "name": "Reader", "product_key": "x", "seats": 5, "free_seats_count": 1, "manufacturer": {"name": "Acme"}}
    held = told(tmp_path, {"total": 1, "rows": [licence]}).only
    assert (held["class"], held.seen[0].state, held.seen[0].title["publisher"]) == (Class.OTHER, State.LICENCE, "Acme")


def test_device42_joins_devices_and_software(tmp_path: Path) -> None:
    device = {"device_id": 7, "name": "web1", "serial_no": "S1", "is_it_switch": "no", "in_service": "no", "type": "virtual"}
    rows = {"total_count": 1, "software_details": [{"device_id": 7, "software": "Reader", "version": "1", "vendor": "Acme"}]}
    machine = told(tmp_path, lines({"Devices": [device]}, rows)).only
    assert (machine.named("hostname"), machine.names, machine["retired"]) == (["web1"], ["Reader"], True)
    part = told(tmp_path, {**rows, "total_count": 2}).only
    assert (part["lists"], "1 of 2 rows are here" in part["note"]) == (Lists.SOME_SOFTWARE, True)


def test_software_of_runzero(tmp_path: Path) -> None:
    row = {"software_asset_id": "u1", "software_product": "Reader", "software_vendor": "Acme", "names": ["PC-1"], "macs": []}
    row["software_cpe23"] = "cpe:2.3:a:acme:reader:1:*:*:*:*:*:*:*"
    machine = told(tmp_path, lines(row, {**row, "software_product": "Writer"})).only
    assert (machine.named("hostname"), machine.names, machine["lists"]) == (["PC-1"], ["Reader", "Writer"], Lists.SOME_SOFTWARE)
    assert machine.seen[0].title["cpe"] == row["software_cpe23"]
    text = "software_asset_id,software_product,software_version,names\nu1,Reader,1,\"['PC-1', 'PC-1.EXAMPLE.GOV']\"\n"
    assert told(tmp_path, text, "software.csv").only.named("fqdn") == ["PC-1.EXAMPLE.GOV"]


def log(**info: Any) -> str:
    return lines({"type": "config", "ts": 1, "probes": ["custom"]}, {"type": "result", "ts": 2, "probe": "custom", "info": info})


def test_logs_of_runzero(tmp_path: Path) -> None:
    packed = base64.b64encode(json.dumps([{"product": "Reader.app", "version": "1"}, {"product": ""}]).encode()).decode()
    answer = told(
        tmp_path, log(id="x-1", hostnames="Ann's Mac", os="macOS 14.5", general_reportDate="2024-05-15", _software=packed)
    )
    assert (answer.only.names, str(answer.only["looked_at"])) == (["Reader.app"], "2024-05-15 00:00:00")
    assert answer.only.seen[0].title["type"] == Trace.APP
    assert reasons(answer) == {"software without a name"}
    answer = told(tmp_path, log(id="10.0.0.7", macAddresses="00:50:56:AA:BB:01", _software="%"))
    assert answer.only.clues == [("mac", "00:50:56:AA:BB:01")], "an address is no id"
    assert reasons(answer) == {"a packed list that cannot be unpacked"}


# -- Satellite, Prisma, Wiz ------------------------------------------------------------------------------------------------


def test_packages_of_a_host_of_satellite(tmp_path: Path) -> None:
    rows = [{"id": 1, "name": "bash", "nvra": "bash-5.1.8-6.el9.x86_64"}, {"id": 2, "name": "", "nvra": "x"}]
    machine = told(tmp_path, {"total": 2, "subtotal": 2, "results": rows}, "web1.json").only
    assert (machine.named("hostname"), machine["lists"]) == (["web1"], Lists.ALL_SOFTWARE)
    assert machine.seen[0].title["version"] == "5.1.8-6.el9"
    part = told(tmp_path, {"total": 9, "subtotal": 9, "results": rows}, "web2.json")
    assert (part.only["lists"], len(part.rejects)) == (Lists.SOME_SOFTWARE, 2)


def test_hosts_of_satellite(tmp_path: Path) -> None:
    row = {"id": 3, "name": "web1.example.gov", "operatingsystem_name": "RedHat 9.2", "organization_name": "Ports", "mac": None}
    host = told(tmp_path, {"total": 1, "results": [row]}).only
    assert (host.named("fqdn"), host["ou"], host["lists"]) == (["web1.example.gov"], "Ports", Lists.MACHINES)


def test_hosts_and_images_of_prisma(tmp_path: Path) -> None:
    packages = [{"pkgsType": "package", "pkgs": [{"name": "bash", "version": "5"}]}]
    scanned = {"_id": "web1", "hostname": "web1", "type": "host", "distro": "Ubuntu 22.04", "osDistroRelease": "jammy"}
    host = told(tmp_path, [{**scanned, "scanTime": "2024-07-01T12:00:00Z", "packages": packages}]).only
    assert (host["class"], host.named("hostname"), str(host["looked_at"])) == (Class.UNKNOWN, ["web1"], "2024-07-01 12:00:00")
    assert (host["lists"], host.names) == (Lists.ALL_SOFTWARE, ["bash"])
    image = {**scanned, "type": "image", "_id": "sha256:1", "repoTag": {"registry": "r.example", "repo": "web", "tag": "2"}}
    found = [{"packageName": "glibc (used in libc6)", "packageVersion": "2"}] * 2
    one = told(tmp_path, [{**image, "vulnerabilities": found}]).only
    assert (one["class"], one.named("hostname"), one.names) == (Class.IMAGE, [], ["glibc"])
    assert (one["lists"], one["note"]) == (Lists.SOME_SOFTWARE, "only software with known vulnerabilities is listed")


def test_vulnerabilities_of_wiz(tmp_path: Path) -> None:
    text = (
        "AssetName,AssetType,AssetID,DetailedName,Version,FindingStatus\n"
        "web1,VIRTUAL_MACHINE,u1,Reader,1,OPEN\nweb1,VIRTUAL_MACHINE,u1,Writer,2,RESOLVED\nimg,CONTAINER_IMAGE,u2,Reader,1,OPEN\n"
    )
    web, image = told(tmp_path, text, "findings.csv").machines
    assert [(one.title["name"], one.state) for one in web.seen] == [("Reader", State.INSTALLED), ("Writer", State.MENTION)]
    assert (web["lists"], web.named("hostname"), image["class"]) == (Lists.SOME_SOFTWARE, ["web1"], Class.IMAGE)


# -- written from documentation --------------------------------------------------------------------------------------------

_A = "specific_data.data."


def test_axonius_as_its_interface_answers(tmp_path: Path) -> None:
    row = {
        "internal_axon_id": "x1",
        f"{_A}hostname": ["PC-1", "pc-1.example.gov"],
        f"{_A}device_serial": ["5CG1"],
        f"{_A}os.type": ["Windows"],
        f"{_A}last_seen": ["2017-10-01T06:00:00Z", "2017-09-01T06:00:00Z"],
        f"{_A}installed_software": [{"name": "Reader", "version": "1", "vendor": "Acme"}, {"version": "2"}],
    }
    answer = told(tmp_path, {"assets": [row]})
    machine = answer.only
    assert (machine.named("fqdn"), machine.named("serial"), machine["os_family"]) == (["pc-1.example.gov"], ["5CG1"], Os.WINDOWS)
    assert (machine.names, str(machine["heard_at"]), machine["looked_at"]) == (["Reader"], "2017-10-01 06:00:00", None)
    assert (machine["lists"], len(answer.rejects)) == (Lists.SOME_SOFTWARE, 1)


@pytest.mark.parametrize(
    ("names", "versions", "seen"),
    [
        ("Reader", "1", [("Reader", "1")]),
        ("Reader\nWriter", "1\n2", [("Reader", None), ("Writer", None)]),
        ("Reader\nWriter", "1", [("Reader", None), ("Writer", None)]),
    ],
)
def test_axonius_never_guesses_a_version(names: str, versions: str, seen: list[Any], tmp_path: Path) -> None:
    text = (
        "Aggregated: Host Name,Aggregated: Installed Software: Software Name,Aggregated: Installed Software: Software Version\n"
        f'PC-1,"{names}","{versions}"\nPC-2,,\n'
    )
    first, second = told(tmp_path, text, "devices.csv").machines
    assert [(one.title["name"], one.title.get("version")) for one in first.seen] == seen
    assert second["lists"] == Lists.MACHINES


def database(path: Path) -> Path:
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "CREATE TABLE Computers (ComputerId INTEGER, Name TEXT, SerialNumber TEXT, SuccessfulScanDate TEXT);"
            "CREATE TABLE Applications (ApplicationId INTEGER, ComputerId INTEGER, Name TEXT, Publisher TEXT, Version TEXT);"
            "INSERT INTO Computers VALUES (1, 'PC-1', '5CG1', '2017-10-01 06:00:00'), (2, 'PC-2', '5CG2', NULL);"
            "INSERT INTO Applications VALUES (1, 1, 'Reader', 'Acme', '1'), (2, 1, NULL, NULL, '2');"
            "INSERT INTO Applications VALUES (3, 9, 'Writer', 'Acme', '1');"
        )
    connection.close()
    return path


def test_database_of_pdq(tmp_path: Path) -> None:
    answer = read(database(tmp_path / "Database.db"), tmp_path)
    machines = {tuple(one.named("agent_id")): one for one in answer.machines}
    first, second, third = (machines[(f"pdq:{number}",)] for number in (1, 2, 9))
    assert (first.named("serial"), first.names, first["lists"]) == (["5CG1"], ["Reader"], Lists.ALL_SOFTWARE)
    assert str(first["looked_at"]) == "2017-10-01 06:00:00"
    assert (second["lists"], second.names) == (Lists.MACHINES, []), "never scanned"
    assert (third.names, third["note"]) == (["Writer"], None)
    assert reasons(answer) == {"software without a name"}


def test_reports_of_pdq(tmp_path: Path) -> None:
    text = "Computer Name,Application Name,Application Version,Application Publisher\nPC-1,Reader,1,Acme\n,Writer,1,Acme\n"
    answer = told(tmp_path, text, "report.csv")
    assert (answer.only.names, answer.only["lists"], reasons(answer)) == (
        ["Reader"],
        Lists.SOME_SOFTWARE,
        {"a row without a computer"},
    )


def test_answers_of_tanium(tmp_path: Path) -> None:
    code = "{00000000-0000-0000-0000-000000000001}"
    text = (
        "Computer Name,Name,Silent Uninstall String,Uninstallable,Version\n"
        f"PC-1,Reader,msiexec /qn /X{code},Is Uninstallable,1\nPC-2,[current result unavailable],,,\nmac1,Maps.app,nothing,,3\n"
        'PC-3,"Reader\nWriter",,,"1\n2"\n'
    )
    answer = told(tmp_path, text, "question.csv")
    pc, failed, mac, several = answer.machines
    assert (pc.seen[0].title["product_code"], pc["lists"]) == (code, Lists.SOME_SOFTWARE)
    assert (failed["lists"], failed["note"]) == (Lists.MACHINES, "Tanium's sensor failed: [current result unavailable]")
    assert mac.seen[0].title["type"] == Trace.APP
    assert [one.title["version"] for one in several.seen] == ["1", "2"]
    assert len(answer.rejects) == 1


def test_counts_of_tanium_name_no_machine(tmp_path: Path) -> None:
    text = "Name,Silent Uninstall String,Uninstallable,Version,Count\nReader,nothing,No,1,7\n[too many results],,,,9\n"
    answer = told(tmp_path, text, "counts.csv")
    assert (answer.machines, len(answer.rejects)) == ([], 2)


EVENT = {
    "class_uid": 5020,
    "time": 1506837600000,
    "device": {"uid": "d1", "hostname": "PC-1", "type_id": 3, "os": {"name": "Windows 10", "type": "Windows"}},
    "product": {"name": "Reader", "vendor_name": "Acme", "version": "1"},
}


def test_events_of_ocsf(tmp_path: Path) -> None:
    bill = {"software_components": [{"name": "zlib", "version": "1.3", "purl": "pkg:deb/debian/zlib@1.3"}]}
    other = {**EVENT, "class_uid": 1007}
    answer = told(tmp_path, lines(EVENT, {**EVENT, "product": None, "sbom": bill}, other, {**EVENT, "product": {}}))
    machine = answer.only
    assert (machine["class"], machine["os_family"], machine["lists"]) == (Class.WORKSTATION, Os.WINDOWS, Lists.SOME_SOFTWARE)
    assert [(one.title["name"], one.title["type"]) for one in machine.seen] == [
        ("Reader", Trace.PROGRAM),
        ("zlib", Trace.PACKAGE),
    ]
    assert str(machine["looked_at"]) == "2017-10-01 06:00:00"
    assert reasons(answer) == {"an event of class 1007, which is no inventory", "an inventory of software that names none"}
    device = told(tmp_path, lines({**EVENT, "class_uid": 5001})).only
    assert (device["lists"], str(device["heard_at"])) == (Lists.MACHINES, "2017-10-01 06:00:00")


def test_devices_of_intune(tmp_path: Path) -> None:
    text = (
        "Device ID,Device name,Last check-in,Azure AD Device ID,OS version,Serial number,Wi-Fi MAC,Primary user UPN,OS,"
        "Device state\n"
        "d1,PC-1,2017-10-01 06:00:00.0000000,e1,10.0.19045.1,5CG1,005056AABB01,ann@example.gov,Windows,Managed\n"
        "d2,Ann's iPhone,2017-10-01 06:00:00.0000000,,16.1,F17X,,,iOS,Retire pending\n,PC-3,,,,,,,Windows,\n"
    )
    answer = told(tmp_path, text, "devices.csv")
    pc, phone = answer.machines
    assert (pc.clues[0], pc.named("ad_object"), pc.named("mac")) == (("agent_id", "intune:d1"), ["e1"], ["005056AABB01"])
    assert (pc["os_family"], str(pc["heard_at"]), pc["lists"]) == (Os.WINDOWS, "2017-10-01 06:00:00", Lists.MACHINES)
    assert (phone["class"], phone["note"]) == (Class.PHONE, "it is leaving Intune (Retire pending)")
    assert reasons(answer) == {"a device without an id"}


def test_captions_of_portals(tmp_path: Path) -> None:
    text = "Application name,Application publisher,Application version,Device ID,Device name\nReader,Acme,1,d1,PC-1\n"
    assert told(tmp_path, text, "apps.csv").only.clues == [("agent_id", "intune:d1"), ("hostname", "PC-1")]
    text = "Device ID,Device name,OS platform,Software vendor,Software name,Software version\nf1,PC-1,Windows10,acme,reader,1\n"
    machine = told(tmp_path, text, "software.csv").only
    assert (machine.named("agent_id"), machine.names) == (["defender:f1"], ["reader"])


# -- Configuration Manager, as it leaves its house -------------------------------------------------------------------------


def sccm(tmp_path: Path, text: str) -> Answer:
    return told(tmp_path, text, "rows.csv", readers=(SCCM,))


def test_null_in_a_grid_is_no_program(tmp_path: Path) -> None:
    text = "Netbios_Name0,SerialNumber0,DisplayName0,Publisher0,Version0\nPC-1,5CG1,Reader,NULL,1\nPC-2,NULL,NULL,NULL,NULL\n"
    first, second = sccm(tmp_path, text).machines
    assert first.seen[0].title == {"type": "program", "name": "Reader", "version": "1"}
    assert (second.names, second.clues) == ([], [("hostname", "PC-2")])


def test_a_report_has_lines_above_its_columns(tmp_path: Path) -> None:
    head = "Software on all computers,,,\nPrinted 11/28/2017,,,\n\n"
    names = ("Netbios_Name0", "DisplayName0", "Publisher0", "Version0")
    for prefix in ("", "Details_Table0_"):
        columns = ",".join(prefix + name for name in names)
        machine = sccm(tmp_path, f"{head}{columns}\nPC-1,Reader,Acme,1\nPC-1,Writer,Acme,2\n").only
        assert (machine.named("hostname"), machine.names) == (["PC-1"], ["Reader", "Writer"])


# -- what is no register's -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "Display name,Publisher,Installed on\nReader,Acme,2017-10-01\n"),  # a date, no machine
        ("b.csv", "Computer Name,Name,Version\nPC-1,Reader,1\n"),
        ("c.csv", "Host,Serial,Asset Tag\nPC-1,5CG1,A-1\n"),
        ("d.json", '[{"id": 1, "name": "PC-1", "type": "result", "ts": 1}]'),
        ("e.json", '[{"class_uid": 1007, "device": {"hostname": "PC-1"}}]'),
        ("f.csv", "Name,Version,Vendor\nReader,1,Acme\n"),
    ],
)
def test_what_no_register_claims(name: str, text: str, tmp_path: Path) -> None:
    peek = Peek.at(written(tmp_path, text, name))
    assert [reader.name for reader in REGISTERS if reader.claims(peek)] == []
