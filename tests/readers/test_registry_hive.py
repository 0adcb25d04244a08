"""Registry hives and regipy's dumps: real ones, and made-up ones for each rule and each kind of damage."""

from __future__ import annotations

import json
import lzma
import random
import struct
from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, Answer, read, written
from tests.hives import BASE, Made, hive, nested

from fullcount.exports import host_in_name
from fullcount.model import Lists, State, Trace
from fullcount.readers import READERS
from fullcount.readers.reg import REGIPY, REGISTRY_HIVE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.answers import Machine

FOLDER = SAMPLES / "registry_hive"
real = [pytest.mark.real, pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")]
CURRENT = "Microsoft\\Windows\\CurrentVersion"
PRODUCT = {"DisplayName": "Reader", "DisplayVersion": "1.2", "Publisher": "Acme", "InstallDate": "20200131"}


def got(data: bytes, folder: Path, **options: Any) -> Answer:
    return read(written(folder, data, "PC-7.hve"), folder, readers=(REGISTRY_HIVE,), **options)


def software(products: dict[str, Any], *, name: str = "Windows 10 Pro", wow: bool = True) -> dict[str, Any]:
    """The tree of a machine's SOFTWARE."""
    view = {"Uninstall": products}
    tree: dict[str, Any] = {
        "Microsoft": {"Windows": {"CurrentVersion": view}, "Windows NT": {"CurrentVersion": {"ProductName": name}}}
    }
    return tree | ({"WOW6432Node": nested(CURRENT, {"Uninstall": {"Old": {"DisplayName": "Old Reader"}}})} if wow else {})


def kinds(machine: Machine) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for one in machine.seen:
        kind = (one.title["type"], one.state)
        found[kind] = found.get(kind, 0) + 1
    return found


class TestRealHives:
    pytestmark = real

    def unpacked(self, name: str, folder: Path) -> Answer:
        path = folder / name
        path.write_bytes(lzma.decompress((FOLDER / f"{name}.xz").read_bytes()))
        return read(path, folder, readers=READERS)

    def test_system(self, tmp_path: Path) -> None:
        pc = self.unpacked("regipy_SYSTEM", tmp_path).only
        assert pc.clues == [
            ("hostname", "WKS-WIN732BITA"),
            ("fqdn", "WKS-WIN732BITA.shieldbase.local"),
            ("domain", "shieldbase.local"),
        ]
        assert (pc["lists"], pc["traces"], str(pc["heard_at"])) == (Lists.ALL_SOFTWARE, "driver service", "2012-04-07 13:05:14")
        assert pc["looked_at"] is None
        found = kinds(pc)
        assert (found[Trace.DRIVER, State.INSTALLED], found[Trace.SERVICE, State.INSTALLED]) == (256, 159)

    def test_system_in_use(self, tmp_path: Path) -> None:
        pc = self.unpacked("regipy_SYSTEM_WIN_10_1709", tmp_path).only
        assert pc.named("hostname") == ["DESKTOP-2KGM189"]
        assert "transaction log" in pc["note"]
        assert len(pc.seen) == 737

    def test_users(self, tmp_path: Path) -> None:
        pc = read(FOLDER / "NTUSER-WIN7.DAT", tmp_path, readers=READERS).only
        [program] = [one for one in pc.seen if one.title["type"] == Trace.PROGRAM]
        assert (program.title["name"], program.detail["user"]) == ("Google Chrome", "nfury")
        assert pc["lists"] == Lists.SOME_SOFTWARE

    def test_suggested_applications_are_mentions(self, tmp_path: Path) -> None:
        pc = self.unpacked("regipy_ntuser_software_partial", tmp_path).only
        mentions = [one for one in pc.seen if one.state == State.MENTION]
        assert len(mentions) == 8
        assert {one.title["type"] for one in mentions} == {Trace.APP}

    def test_a_layer_of_a_container_lists_some(self, tmp_path: Path) -> None:
        pc = read(FOLDER / "scancode_Software_Delta", tmp_path, readers=READERS).only
        assert [(one.title["name"], one.title["publisher"]) for one in pc.seen] == [
            ("Test", "Test Publisher"),
            ("Test2", "Test Publisher"),
        ]
        assert (pc["lists"], pc["traces"]) == (Lists.SOME_SOFTWARE, "")

    def test_amcache(self, tmp_path: Path) -> None:
        answer = read(FOLDER / "plaso_Amcache.hve", tmp_path, readers=READERS)
        pc = answer.only
        assert {one.state for one in pc.seen} == {State.RESIDUE}
        assert {kind: n for (kind, _), n in kinds(pc).items()} == {Trace.FILE: 1367, Trace.DRIVER: 311, Trace.PROGRAM: 99}
        [seven] = [one for one in pc.seen if one.title.get("name") == "7-Zip 16.04 (x64)" and "publisher" in one.title][:1]
        assert (seven.title["publisher"], seven.title["version"]) == ("Igor Pavlov", "16.04")
        messaging = next(one for one in pc.seen if one.title.get("name") == "Microsoft.Messaging")
        assert messaging.detail["installed_on"] == "2016-07-16"
        assert [row["reason"] for row in answer.rejects] == ["an entry without a name or path"]

    def test_dump_of_regipy(self, tmp_path: Path) -> None:
        answer = read(SAMPLES / "regipy_json/SOFTWARE-registry-entries.json", tmp_path, readers=READERS, host="PC-1")
        pc = answer.only
        assert (len(pc.seen), pc["lists"], pc.named("hostname")) == (7, Lists.SOME_SOFTWARE, ["PC-1"])
        assert {one.title["publisher"] for one in pc.seen} == {"Python Software Foundation"}
        assert not answer.rejects

    def test_damage_is_no_traceback(self, tmp_path: Path) -> None:
        data, dice = (FOLDER / "velociraptor_Amcache.hve").read_bytes(), random.Random(5)
        for turn in range(12):
            at = dice.randrange(4, len(data))
            bad = data[:at] if turn % 2 else data[:at] + dice.randbytes(200) + data[at + 200 :]
            assert got(bad, tmp_path).became in {"read", "refused"}


@pytest.mark.parametrize("lists", ["lf", "lh", "li", "ri"])
def test_programs_of_both_views(lists: str, tmp_path: Path) -> None:
    pc = got(hive(software({"{A}": PRODUCT, "Rest": {"NoModify": 1}}), lists=lists), tmp_path).only
    assert [(one.title.get("name"), one.title["product_code"], one.state) for one in pc.seen] == [
        ("Reader", "{A}", State.INSTALLED),
        (None, "Rest", State.RESIDUE),
        ("Old Reader", "Old", State.INSTALLED),
    ]
    assert pc.seen[0].title["version"] == "1.2"
    assert pc.seen[0].detail == {"installed_on": "2020-01-31"}
    assert (pc["lists"], pc["traces"], pc["os"]) == (Lists.ALL_SOFTWARE, "program", "Windows 10 Pro")
    assert pc.named("hostname") == ["PC-7"]


def test_one_view_is_no_complete_list(tmp_path: Path) -> None:
    pc = got(hive(software({"A": PRODUCT}, wow=False)), tmp_path).only
    assert pc["lists"] == Lists.SOME_SOFTWARE


def test_a_server(tmp_path: Path) -> None:
    assert got(hive(software({}, name="Windows Server 2019 Standard")), tmp_path).only["class"] == "server"


def test_names_in_other_scripts_and_long_values(tmp_path: Path) -> None:
    tree = software({"Читатель": {"DisplayName": "Читатель É", "Publisher": "x" * 40_000}})
    pc = got(hive(tree), tmp_path).only
    assert (pc.seen[0].title["name"], pc.seen[0].title["product_code"]) == ("Читатель É", "Читатель")
    assert pc.seen[0].title["publisher"] == "x" * 40_000


def test_a_user(tmp_path: Path) -> None:
    user = nested(f"Software\\{CURRENT}", {"Uninstall": {"A": PRODUCT}})
    user["Software"][r"TikTok Ltd"] = {}
    suggested = {"ContentDeliveryManager": {"SuggestedApps": {"BytedancePte.Ltd.TikTok": 1}}}
    user["Software"]["Microsoft"]["Windows"]["CurrentVersion"] |= suggested
    pc = got(hive(user, name="\\??\\C:\\Users\\ann\\ntuser.dat"), tmp_path).only
    assert [(one.title.get("name"), one.state, one.detail.get("user")) for one in pc.seen] == [
        ("Reader", State.INSTALLED, "ann"),
        ("BytedancePte.Ltd.TikTok", State.MENTION, None),
        ("TikTok Ltd", State.RESIDUE, "ann"),
    ]
    assert pc["lists"] == Lists.SOME_SOFTWARE


SERVICES = {"klif": {"Type": 2, "ImagePath": "system32\\drivers\\klif.sys"}, "AVP": {"Type": 16, "DisplayName": "Anti-Virus"}}
OTHER = {"gone": {"Type": 16}}


def system(**sets: Any) -> dict[str, Any]:
    name = {"ComputerName": {"ComputerName": {"ComputerName": "PC-9"}}}
    return {key: {"Control": name, "services": services} for key, services in sets.items()}


def test_services_of_the_set_that_the_machine_ran_with(tmp_path: Path) -> None:
    tree = {**system(ControlSet001=OTHER, ControlSet002=SERVICES), "Select": {"Current": 2, "Default": 1}}
    pc = got(hive(tree), tmp_path).only
    assert [(one.title["type"], one.title["name"]) for one in pc.seen] == [(Trace.DRIVER, "klif"), (Trace.SERVICE, "Anti-Virus")]
    assert pc.named("hostname") == ["PC-9"], "the hive names its machine, and the file's name does not count"
    assert (pc["lists"], pc["traces"]) == (Lists.ALL_SOFTWARE, "driver service")


def test_amcache_of_windows_7_and_10(tmp_path: Path) -> None:
    new = {
        "InventoryApplication": {"1": {"Name": "Reader", "InstallDate": "02/03/2020 10:00:00", "MsiProductCode": "{A}"}},
        "InventoryApplicationFile": {"r|1": {"LowerCaseLongPath": "c:\\users\\ann\\r.exe", "Name": "r.exe"}, "r|2": {"Size": 1}},
        "InventoryDriverBinary": {"k": {"DriverName": "klif.sys", "DriverCompany": "Kaspersky Lab"}},
    }
    old = {
        "File": {"volume": {"1": {"0": "Reader", "1": "Acme", "15": "C:\\r.exe"}}},
        "Programs": {"2": {"0": "Reader", "a": 1501593268, "d": ["c:\\reader"]}},
    }
    answer = got(hive({"Root": {**new, **old}}), tmp_path)
    pc = answer.only
    assert {one.state for one in pc.seen} == {State.RESIDUE}
    assert [(one.title["type"], one.title["name"]) for one in pc.seen] == [
        ("program", "Reader"),
        ("file", "r.exe"),
        ("driver", "klif.sys"),
        ("file", "Reader"),
        ("program", "Reader"),
    ]
    assert [one.detail.get("installed_on") for one in pc.seen if one.title["type"] == "program"] == ["2020-02-03", "2017-08-01"]
    assert (pc.seen[1].title["path"], pc.seen[1].detail["path"]) == ("~\\r.exe", "c:\\users\\ann\\r.exe")
    assert len(answer.rejects) == 1


def test_other_hives_hold_no_software(tmp_path: Path) -> None:
    answer = got(hive({"SAM": {"Domains": {}}}), tmp_path)
    assert (answer.only.seen, answer.only["lists"], answer.rejects) == ([], Lists.SOME_SOFTWARE, [])


def test_lists_that_lead_in_circles_end(tmp_path: Path) -> None:
    data = bytearray(hive(software({"A": PRODUCT})))
    root = BASE + int.from_bytes(data[36:40], "little")
    listed = BASE + int.from_bytes(data[root + 4 + 28 : root + 4 + 32], "little")
    data[listed + 8 : listed + 12] = data[36:40]  # the first key below the root is the root
    answer = got(bytes(data), tmp_path)
    assert [row["reason"] for row in answer.rejects] == ["a key that is listed twice"]
    assert answer.only["lists"] == Lists.SOME_SOFTWARE


def test_a_list_longer_than_the_file(tmp_path: Path) -> None:
    data = bytearray(hive(software({"A": PRODUCT})))
    root = BASE + int.from_bytes(data[36:40], "little")
    struct.pack_into("<I", data, root + 4 + 20, 5000)
    answer = got(bytes(data), tmp_path)
    assert "says to have 5,000 keys below it; 2 are there" in answer.rejects[0]["reason"]
    assert answer.only["lists"] == Lists.SOME_SOFTWARE


@pytest.mark.parametrize("data", [b"regf" + b"\0" * 100, hive({})[:4200], b"regf" + b"\xff" * 9000])
def test_a_hive_without_a_root_is_refused(data: bytes, tmp_path: Path) -> None:
    answer = got(data, tmp_path)
    assert (answer.became, answer.reason[:14]) == ("refused", "a damaged hive")


def test_a_transaction_log_is_no_hive(tmp_path: Path) -> None:
    data = bytearray(hive(software({"A": PRODUCT})))
    data[28] = 6
    assert got(bytes(data), tmp_path).reason == "a transaction log of a hive, no hive"


def test_a_hive_in_use_is_said_to_be(tmp_path: Path) -> None:
    for tree, note in ((software({}), "the hive was in use"), ({"Root": {}}, "what Amcache remembers; the hive was in use")):
        assert got(hive(tree, dirty=True), tmp_path).only["note"].startswith(note)
        assert "in use" not in (got(hive(tree), tmp_path).only["note"] or "")


def test_values_that_all_lead_to_one_end(tmp_path: Path) -> None:
    """Keys that share a list of values, all of them one text, are not read as often as the list says."""
    data = bytearray(hive(software({f"K{n}": {"DisplayName": "x" * 8000} for n in range(2)})))
    lists = [at for at in range(len(data) - 4) if data[at : at + 2] == b"nk" and struct.unpack_from("<I", data, at + 36) == (1,)]
    made = Made()
    made.data = bytearray(data[BASE:])
    value = struct.unpack_from("<I", data, BASE + struct.unpack_from("<I", data, lists[0] + 40)[0] + 4)[0]
    many = made.cell(struct.pack("<I", value) * 5000)
    data = data[:BASE] + made.data
    for at in lists:
        struct.pack_into("<II", data, at + 36, 5000, many)
    answer = got(bytes(data), tmp_path)
    assert any("larger than the file" in row["reason"] for row in answer.rejects)
    assert len(answer.rejects) <= len(lists)


@pytest.mark.parametrize("stem", ["NTUSER", "SYSTEM", "Amcache", "UsrClass", "SOFTWARE", "SAM", "SECURITY"])
def test_names_that_windows_gives_are_no_machines(stem: str) -> None:
    assert (host_in_name(stem), host_in_name(f"PC7-{stem}-2")) == ("", f"PC7-{stem}-2")


def row(path: str, **values: Any) -> dict[str, Any]:
    listed = [{"name": name, "value": value, "value_type": "REG_SZ", "is_corrupted": False} for name, value in values.items()]
    return {
        "subkey_name": path.rpartition("\\")[2],
        "path": path,
        "timestamp": "2021-06-05T00:07:27+00:00",
        "values_count": len(listed),
        "values": listed,
        "actual_path": None,
    }


@pytest.mark.parametrize("by_line", ["", "by line"])
def test_dump_of_a_list_or_a_key_a_line(by_line: str, tmp_path: Path) -> None:
    rows = [
        row(f"\\{CURRENT}\\Uninstall\\A", DisplayName="Reader", InstallLocation=0),
        row("\\ControlSet001\\Services\\AVP", Type=16, DisplayName="Anti-Virus"),
        row("\\ControlSet001\\Control\\ComputerName\\ComputerName", ComputerName="PC-9"),
        row("\\Software\\Acme"),
        {"subkey_name": "x"},
    ]
    text = "\n".join(map(json.dumps, rows)) if by_line else json.dumps(rows)
    answer = read(written(tmp_path, text), tmp_path, readers=(REGIPY,))
    pc = answer.only
    assert [(one.title["type"], one.title["name"], one.state) for one in pc.seen] == [
        (Trace.PROGRAM, "Reader", State.INSTALLED),
        (Trace.SERVICE, "Anti-Virus", State.INSTALLED),
        (Trace.REGISTRY, "Acme", State.RESIDUE),
    ]
    assert "path" not in pc.seen[0].title, "a number is no path"
    assert pc.named("hostname") == ["PC-9"]
    assert [one["reason"] for one in answer.rejects] == ["a key without a path"]
