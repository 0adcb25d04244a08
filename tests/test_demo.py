"""The made-up department: the same bytes for a seed, real formats, and a truth that the exports bear out."""

import csv
import hashlib
import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from fullcount.demo import organisation, write
from fullcount.demo.machines import SETTINGS, Component
from fullcount.errors import UsageError


def moment(text: str) -> datetime:
    """UTC without zone, as in the exports."""
    return datetime.fromisoformat(text.removesuffix("Z"))


def ctime(text: str) -> datetime:
    return datetime.strptime(text, "%a %b %d %H:%M:%S %Y")  # noqa: DTZ007 - the text has no zone


def told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "truth.json").read_text("utf-8"))
    return found


Record = dict[str, Any]
Machines = list[dict[str, Any]]
AS_OF = moment("2017-10-12")
# Written down again, on purpose: what makes a title the vendor's, and what only looks like it
VENDOR = re.compile(r"\bkaspersky (?!skytte)|касперского|卡巴斯基|^kesl$|^klnagent64$|^kaspersky [\w ]+\.app$", re.IGNORECASE)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    exports = write(organisation(), folder)
    assert exports == folder / "exports"
    return exports


@pytest.fixture(scope="module")
def truth(demo: Path) -> dict[str, Any]:
    return told(demo.parent)


@pytest.fixture(scope="module")
def account(truth: dict[str, Any]) -> Any:
    return truth["directives"]["us-dhs-bod-17-01"]


@pytest.fixture(scope="module")
def systems(truth: dict[str, Any]) -> Machines:
    return [machine for machine in truth["machines"] if machine["standing"]]


@pytest.fixture(scope="module")
def records(demo: Path) -> list[Record]:
    return list(read(demo))


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# A second, plain reading of the exports with the standard library: one dictionary a machine and export


def read(exports: Path) -> Iterator[Record]:
    usual = {"serial": "", "uuid": "", "agent": "", "macs": (), "complete": True, "antivirus": {}}
    for path in sorted(path for path in exports.rglob("*") if path.is_file()):
        reading = next((reading for ending, reading in READINGS.items() if path.match(ending)), None)
        for one in reading(path) if reading else ():
            yield usual | one | {"file": path.relative_to(exports).as_posix()}


def read_sccm(path: Path) -> Iterable[Record]:
    found: dict[tuple[str, str], Record] = {}
    for row in read_table(path, ",", "utf-8-sig"):
        one = found.setdefault((row["Netbios_Name0"], row["SMS_Unique_Identifier0"]), {"tool": "sccm", "titles": []})
        one |= {"name": row["Netbios_Name0"], "serial": row["SerialNumber0"], "uuid": row["SMBIOS_GUID0"]}
        one["agent"] = row["SMS_Unique_Identifier0"]
        one["at"] = moment(row["LastHWScan"])
        one["titles"].append((row["DisplayName0"], row["Publisher0"]))
    return found.values()


def read_osquery(path: Path) -> Iterable[Record]:
    found: dict[str, Record] = {}
    for line in map(json.loads, path.read_text("utf-8").splitlines()):
        assert line["action"] == "snapshot"
        one = found.setdefault(line["hostIdentifier"], {"tool": "osquery", "titles": [], "macs": ()})
        one["at"] = ctime(line["calendarTime"].removesuffix(" UTC"))
        assert (one["at"] - moment("1970-01-01")).total_seconds() == int(line["unixTime"])
        match line["name"].removeprefix("pack_inventory_"):
            case "system_info":
                row = line["snapshot"][0]
                one |= {"name": row["computer_name"], "serial": row["hardware_serial"], "uuid": row["uuid"]}
            case "interface_details":
                one["macs"] = tuple(row["mac"].upper() for row in line["snapshot"])
            case "deb_packages" | "rpm_packages" | "apps":
                one["titles"] += [(row["name"], "") for row in line["snapshot"]]
    return found.values()


def read_glpi(path: Path) -> Iterable[Record]:
    root = ET.parse(path).getroot()

    def text(where: str, under: ET.Element = root) -> str:
        return under.findtext(where) or ""

    yield {
        "tool": "glpi",
        "name": text("CONTENT/HARDWARE/NAME"),
        "serial": text("CONTENT/BIOS/SSN"),
        "uuid": text("CONTENT/HARDWARE/UUID"),
        "macs": tuple(text(".", mac) for mac in root.iter("MACADDR")),
        "at": moment(text("CONTENT/ACCESSLOG/LOGDATE")),
        "titles": [(text("NAME", one), text("PUBLISHER", one)) for one in root.iter("SOFTWARES")],
        "antivirus": {text("NAME", one): text("ENABLED", one) == "1" for one in root.iter("ANTIVIRUS")},
    }


def read_nessus(path: Path) -> Iterable[Record]:
    for host in ET.parse(path).getroot().iter("ReportHost"):
        tags = {tag.get("name", ""): tag.text or "" for tag in host.iter("tag")}
        text = "".join(item.findtext("plugin_output") or "" for item in host.iter("ReportItem"))
        windows = re.findall(r"^(.+?)  \[version .+?\]  \[installed on", text.split("The following updates")[0], re.MULTILINE)
        yield {
            "tool": "nessus",
            "name": tags["host-fqdn"].removesuffix(".rivers.example").upper(),
            "uuid": tags.get("bios-uuid", ""),
            "macs": tuple(tags.get("mac-address", "").split()),
            "at": ctime(tags["HOST_END"]),
            "complete": tags["Credentialed_Scan"] == "true",
            "titles": [(name, "") for name in windows or re.findall(r"^  ii  (\S+)", text, re.MULTILINE)],
            "type": tags["system-type"],
        }


def read_uninstall(path: Path) -> Iterable[Record]:
    rows = read_table(path, ",", "utf-8")
    name = path.stem.removesuffix("_InstalledSoftware")
    assert all(row.get("PSComputerName", name) == name for row in rows)
    titles = [(row["DisplayName"], row["Publisher"]) for row in rows]
    known = {"serial": rows[0]["SerialNumber"]} if "SerialNumber" in rows[0] else {}
    yield {"tool": "uninstall", "name": name, "at": moment(path.parent.name), "titles": titles, **known}


def read_table(path: Path, delimiter: str, encoding: str) -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter, strict=True))
    assert all(None not in row and None not in row.values() for row in rows)  # as wide as the header
    return rows


READINGS = {
    "configuration-manager-*.csv": read_sccm,
    "*.log": read_osquery,
    "*.xml": read_glpi,
    "*.nessus": read_nessus,
    "*_InstalledSoftware.csv": read_uninstall,
}


def is_vendors(title: tuple[str, str]) -> bool:
    return bool(VENDOR.search(title[0])) and "Powered by" not in title[0]


def product_in(record: Record) -> tuple[bool, bool]:
    """In the list of software; in the antivirus section and on."""
    return any(map(is_vendors, record["titles"])), any(on and VENDOR.search(name) for name, on in record["antivirus"].items())


def standing_by_files(mine: list[Record]) -> str:
    complete = [one for one in mine if one["complete"]]
    for trace in (0, 1):
        seen = [one for one in complete if product_in(one)[trace]]
        unseen = [one for one in complete if not product_in(one)[trace] and (trace == 0 or one["tool"] == "glpi")]
        if seen and max(one["at"] for one in seen) > max((one["at"] for one in unseen), default=moment("1970-01-01")):
            return "with it"
    fresh = any(one["at"] >= AS_OF - timedelta(days=14) for one in complete)
    return "without it" if fresh else "not covered"


def test_a_seed_makes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("two", 3), ("three", 4)):
        write(organisation(150, seed), tmp_path / name)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    assert digest(tmp_path / "one")["truth.json"] != digest(tmp_path / "three")["truth.json"]


@pytest.mark.parametrize("number", [1, 2, 9, 60, 501])
def test_has_as_many_systems_as_asked(tmp_path: Path, number: int) -> None:
    write(organisation(number), tmp_path)
    truth = told(tmp_path)
    assert truth["directives"]["us-dhs-bod-17-01"]["systems"] == number
    assert all(machine["files"] for machine in truth["machines"])


def test_the_exports_bear_out_every_expected_standing(records: list[Record], systems: Machines) -> None:
    by_name = {name: machine["id"] for machine in systems for name in machine["names"]}
    mine = defaultdict(list)
    for record in records:
        if record.get("type", "general-purpose") == "general-purpose":
            mine[by_name[record["name"]]].append(record)
    found = {machine["id"]: standing_by_files(mine[machine["id"]]) for machine in systems}
    assert found == {machine["id"]: machine["standing"] for machine in systems}


def test_the_truth_adds_up(account: dict[str, Any], systems: Machines) -> None:
    words = Counter(machine["standing"].replace(" ", "_") for machine in systems)
    for counted in (account, account["headline"]):
        for line in (counted, *counted["components"].values()):
            assert line["systems"] == line["with_it"] + line["without_it"] + line["not_covered"]
        for word in ("systems", "with_it", "without_it", "not_covered"):
            assert sum(line[word] for line in counted["components"].values()) - counted["overlap"][word] == counted[word]
    assert words == {word: account[word] for word in words}
    twice = sum(len(machine["components"]) - 1 for machine in systems)
    assert account["overlap"]["systems"] == twice > 0
    assert account["systems"] == len(systems) == 2000


def test_a_count_without_names_exceeds_the_truth_only_where_there_are_only_names(
    account: dict[str, Any], systems: Machines
) -> None:
    several = [machine for machine in systems if sum(piece["standing"] is not None for piece in machine.get("pieces", ())) > 1]
    assert {machine["component"] for machine in several} == {"Records Office"}
    assert account["headline"]["systems"] == account["systems"] + len(several)


def test_pieces_are_the_files_of_their_machine(truth: dict[str, Any]) -> None:
    for machine in truth["machines"]:
        files = [file for piece in machine.get("pieces", ()) for file in piece["files"]]
        assert not files or set(files) == set(machine["files"])


def test_the_truth_names_the_exports_and_no_others(demo: Path, truth: dict[str, Any]) -> None:
    named = {file for machine in truth["machines"] for file in machine["files"]}
    assert named == {path.relative_to(demo).as_posix() for path in demo.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", SETTINGS)
def test_shares_are_as_the_setting_says(name: str, tmp_path: Path) -> None:
    asked = SETTINGS[name]
    write(organisation(1000, 5, setting=name), tmp_path)
    truth = told(tmp_path)
    systems = [machine for machine in truth["machines"] if machine["standing"]]
    planted = Counter(flag for machine in systems for flag in machine["planted"])
    tools = [{"scan" if file.endswith(".nessus") else "tool" for file in machine["files"] if "/" in file} for machine in systems]
    found = {
        "overlap": sum(len(one) == 2 for one in tools),
        "renamed": planted["renamed"],
        "cloned": planted["cloned"],
        "twins": planted["twin"],
        "stale": sum(machine["reason"] == "gone" for machine in truth["machines"]),
        "reimaged": planted["reimaged"],
    }
    assert found == {name: round(1000 * getattr(asked, name)) for name in found}
    assert truth["setting"] == name
    assert 0.05 <= truth["has_product"] / 1000 <= 0.08


def test_the_harder_setting_is_all_of_the_others_together() -> None:
    together = {name: SETTINGS[name] for name in ("overlap", "renamed", "cloned", "stale")}
    harder, standard = SETTINGS["harder"], SETTINGS["standard"]
    for share in ("overlap", "renamed", "cloned", "twins", "stale", "reimaged"):
        changed = {getattr(one, share) for one in together.values()} - {getattr(standard, share)}
        assert {getattr(harder, share)} == (changed or {getattr(standard, share)})
    assert harder.cloned + harder.twins == pytest.approx(0.03)


@pytest.mark.parametrize("wrong", [{"setting": "easy"}, {"systems": 0}])
def test_what_is_no_setting_and_no_number_of_systems_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"setting|system"):
        organisation(**wrong)


@pytest.mark.parametrize(("setting", "shared"), [("cloned", {"uuid", "serial", "agent"}), ("images", {"uuid", "serial"})])
def test_twins_and_clones_share_an_id_in_one_export_or_in_several(setting: str, shared: set[str], tmp_path: Path) -> None:
    exports = write(organisation(1000, 5, setting=setting), tmp_path)
    by_name = {name: machine for machine in told(tmp_path)["machines"] for name in machine["names"]}
    holders: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in read(exports):
        if record["tool"] in {"sccm", "glpi"}:
            for kind in ("uuid", "serial", "agent"):
                holders[kind, record[kind]].append(record)
    found = set()
    for (kind, value), records in holders.items():
        machines = {by_name[record["name"]]["id"]: by_name[record["name"]] for record in records}
        if len(machines) > 1 and value not in {"", "To Be Filled By O.E.M."}:
            found.add(kind)
            assert {"cloned", "twin"} & set.intersection(*(set(machine["planted"]) for machine in machines.values()))
            fresh = [record["file"] for record in records if record["at"] > AS_OF - timedelta(days=14)]
            assert len(fresh) >= len(machines)
            assert len(set(fresh)) == (1 if setting == "cloned" else len(fresh))
    assert found == shared


def test_configuration_manager_is_written_as_its_views_are_exported(demo: Path) -> None:
    for path in demo.rglob("configuration-manager-*.csv"):
        data = path.read_bytes()
        assert data.startswith(b"\xef\xbb\xbfResourceID,Netbios_Name0,Full_Domain_Name0,SMBIOS_GUID0,SMS_Unique_Identifier0,")
        assert data.count(b"\n") == data.count(b"\r\n") > 30


def test_lists_of_software_are_of_a_real_size(records: list[Record]) -> None:
    sizes = [len(record["titles"]) for record in records if record["complete"]]
    assert min(sizes) >= 30
    assert max(sizes) <= 125
    assert len({title for record in records for title in record["titles"]}) > 300


def test_the_settings_read_the_two_lists(demo: Path) -> None:
    settings = tomllib.loads((demo.parent / "fullcount.toml").read_text("utf-8"))
    directory, purchasing = settings["table"]
    assert [path.name for path in demo.glob(directory["match"])] == ["ad-computers-2017-10-11.csv"]
    assert [path.name for path in demo.glob(purchasing["match"])] == ["purchasing-2017-10-02.csv"]
    objects = read_table(demo / "ad-computers-2017-10-11.csv", ",", "utf-8")
    bought = read_table(demo / "purchasing-2017-10-02.csv", ";", "cp1252")
    assert set(directory["columns"].values()) <= set(objects[0])
    assert set(purchasing["columns"].values()) <= set(bought[0])
    rules = {rule["ou"]: rule["name"] for rule in settings["component"]}
    assert set(rules.values()) == set(Component)
    for one in objects:
        assert sum(unit in one["DistinguishedName"] for unit in rules) == 1
    assert {one["Office"] for one in bought} == set(Component)
    assert any("Mühlrad" in one["Manufacturer"] for one in bought)
    assert b"M\xfchlrad" in (demo / "purchasing-2017-10-02.csv").read_bytes()


def test_no_date_lies_near_a_border_or_after_the_as_of(demo: Path, records: list[Record]) -> None:
    for record in records:
        age = AS_OF - record["at"]
        assert timedelta() < age <= timedelta(days=12) or timedelta(days=20) <= age
    for one in read_table(demo / "ad-computers-2017-10-11.csv", ",", "utf-8"):
        if one["LastLogonDate"]:
            age = AS_OF - moment(one["LastLogonDate"])
            assert timedelta() < age <= timedelta(days=80) or timedelta(days=100) <= age


def test_a_component_sent_nothing_and_is_known_from_lists(demo: Path, systems: Machines) -> None:
    assert not (demo / "Tolls Office").exists()
    tolls = [machine for machine in systems if machine["component"] == "Tolls Office"]
    assert len(tolls) == 140
    assert {machine["reason"] for machine in tolls} == {"known only from a list"}
    assert any("purchasing-2017-10-02.csv" in machine["files"] for machine in tolls)
    assert any(machine["has_product"] for machine in tolls)


def test_clones_share_a_uuid_in_one_export_under_different_names_without_a_serial(
    records: list[Record], systems: Machines
) -> None:
    cloned = {name for machine in systems if "cloned" in machine["planted"] for name in machine["names"]}
    groups = defaultdict(set)
    for record in records:
        if record["tool"] == "sccm" and record["name"] in cloned:
            assert record["serial"] == ""
            groups[record["file"].split("/")[0], record["uuid"]].add(record["name"])
    assert {2, 3, 6} <= {len(names) for names in groups.values()}


def test_renamed_machines_keep_their_uuid(records: list[Record], systems: Machines) -> None:
    renamed = {machine["id"]: machine for machine in systems if "renamed" in machine["planted"]}
    assert renamed
    for machine in renamed.values():
        assert len(machine["names"]) == 2
        mine = [record for record in records if record["name"] in machine["names"]]
        assert len({record["name"] for record in mine}) == 2
        uuids = {bytes.fromhex(record["uuid"].replace("-", "")) for record in mine}
        assert len({min(one, one[3::-1] + one[5:3:-1] + one[7:5:-1] + one[8:]) for one in uuids}) == 1


def test_machines_set_up_anew_stand_twice_in_one_export(records: list[Record], systems: Machines) -> None:
    again = [machine for machine in systems if "reimaged" in machine["planted"]]
    assert again
    for machine in again:
        mine = [record for record in records if record["name"] in machine["names"] and record["tool"] == "sccm"]
        assert len(mine) == len({record["name"] for record in mine}) == 2
        assert len({(record["serial"], record["uuid"], record["file"]) for record in mine}) == 1


def test_docks_are_on_several_machines_and_own_addresses_on_one(records: list[Record], systems: Machines) -> None:
    by_name = {name: machine["id"] for machine in systems for name in machine["names"]}
    owners = defaultdict(set)
    for record in records:
        for mac in record["macs"]:
            owners[mac].add(by_name.get(record["name"]))
    shared = {mac for mac, ids in owners.items() if len(ids) > 1} - {"00:00:00:00:00:00"}
    assert {mac[:8] for mac in shared} == {"00:E0:4C", "3C:18:A0"}
    scanned = [one["file"] for one in records if "3C:18:A0:01:02:03" in one["macs"]]
    assert len(scanned) > 3
    assert len(set(scanned)) == 1


def test_serials_are_of_one_machine_or_a_placeholder(records: list[Record], systems: Machines) -> None:
    by_name = {name: machine["id"] for machine in systems for name in machine["names"]}
    owners = defaultdict(set)
    for record in records:
        owners[record["serial"]].add(by_name.get(record["name"]))
    assert {serial for serial, ids in owners.items() if len(ids) > 1} == {"", "To Be Filled By O.E.M."}
    assert len(owners["To Be Filled By O.E.M."]) > 40


def test_what_only_looks_like_the_vendor_is_on_many_machines(records: list[Record]) -> None:
    names = Counter(name for record in records for name in {name for name, _ in record["titles"]})
    innocent = ("Kasper Skytte ampvis2", "Kingsoft Internet Security", "Bitdefender Total Security", "r-kasperskytte-ampvis2")
    for name in (*innocent, "КриптоПро CSP", "Parallels Internet Security Powered by Kaspersky"):
        assert names[name] >= 2, name
        assert not is_vendors((name, ""))


@pytest.mark.parametrize(
    "name",
    [
        "Kaspersky Endpoint Security 10 for Windows",
        "Kaspersky Security Center Network Agent",
        "Антивирус Касперского",
        "Агент администрирования Kaspersky Security Center",
        "Agent d'administration de Kaspersky Security Center",
        "卡巴斯基安全软件",
        "kesl",
        "klnagent64",
        "Kaspersky Endpoint Security.app",
    ],
)
def test_every_kind_of_product_is_there(records: list[Record], name: str) -> None:
    assert any(name == title for record in records for title, _ in record["titles"])


def test_some_agents_stand_alone(records: list[Record]) -> None:
    alone = [{name for name, _ in record["titles"] if VENDOR.search(name)} for record in records]
    assert {"Kaspersky Security Center Network Agent"} in alone
    assert {"klnagent64"} in alone


def test_the_antivirus_section_can_be_all_that_shows_a_product(records: list[Record], systems: Machines) -> None:
    by_name = {name: machine for machine in systems for name in machine["names"]}
    only = [record for record in records if product_in(record) == (False, True)]
    off = [record for record in records if any(not on and VENDOR.search(name) for name, on in record["antivirus"].items())]
    assert only
    assert off
    assert {by_name[record["name"]]["standing"] for record in only} == {"with it"}
    assert {by_name[record["name"]]["reason"] for record in off} == {"residue left"}


def test_removal_is_verified_by_a_later_look_and_by_nothing_else(records: list[Record], systems: Machines) -> None:
    reasons = Counter(machine["reason"] for machine in systems)
    assert reasons["removed, verified"] > 10
    assert reasons["gone, unverified"] > 5
    gone = [machine for machine in systems if machine["reason"] == "gone, unverified"]
    assert {machine["has_product"] for machine in gone} == {True, False}
    for machine in gone:
        dates = [record["at"] for record in records if record["name"] in machine["names"] and record["complete"]]
        assert max(dates) < moment("2017-09-25")


def test_objects_of_machines_that_are_gone_are_stale(demo: Path, truth: dict[str, Any]) -> None:
    heard = {one["Name"]: one["LastLogonDate"] for one in read_table(demo / "ad-computers-2017-10-11.csv", ",", "utf-8")}
    gone = [machine for machine in truth["machines"] if machine["reason"] == "gone"]
    assert len(gone) == 100
    dates = [heard[name] for machine in gone for name in machine["names"]]
    assert "" in dates
    assert all(AS_OF - moment(date) > timedelta(days=90) for date in dates if date)


def test_a_scan_finds_printers_and_switches_too(records: list[Record], truth: dict[str, Any]) -> None:
    kinds = Counter(record["type"] for record in records if record["tool"] == "nessus")
    assert kinds["printer"] + kinds["switch"] == truth["apart"] == 25
