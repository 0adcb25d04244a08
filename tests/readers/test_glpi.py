"""GLPI, FusionInventory and OCS agents: real exports against their independent counts, and small written ones."""

from __future__ import annotations

import csv
import json
import random
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from fullcount.errors import FullcountError, UnreadableError
from fullcount.model import COMPUTERS, Batch, Class, Lists, Os, Record, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers.glpi import GLPI_JSON, GLPI_XML

SHARED = Path(__file__).resolve().parents[2] / "../shared"
READERS = (GLPI_XML, GLPI_JSON)
FOLDERS = {"glpi_xml": GLPI_XML, "glpi_json": GLPI_JSON}
SAMPLES = sorted(
    path for folder in FOLDERS for path in (SHARED / "samples" / folder).glob("*") if path.name != "inventory.schema.json"
)
BOMBS = sorted((SHARED / "fixtures/xml_bombs").glob("*"))
real = [pytest.mark.real, pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")]
NAMES = [f"{path.parent.name}/{path.name}" for path in SAMPLES]

OCS = """<?xml version="1.0" encoding="UTF-8"?>
<REQUEST>
  <CONTENT>
    <BIOS><SSN>5CG71</SSN><SMANUFACTURER>Acme</SMANUFACTURER><TYPE>Desktop</TYPE></BIOS>
    <HARDWARE>
      <NAME>PC-1</NAME><OSNAME>Microsoft Windows 7 Professional</OSNAME><WORKGROUP>corp.example.gov</WORKGROUP>
      <LASTDATE>2017-09-14 08:00:00</LASTDATE>
    </HARDWARE>
    <NETWORKS><MACADDR>00:11:22:33:44:55</MACADDR><IPADDRESS>10.0.0.7</IPADDRESS></NETWORKS>
    <NETWORKS><MACADDR>02:00:00:00:00:01</MACADDR><VIRTUALDEV>1</VIRTUALDEV></NETWORKS>
    <SECURITYCENTER>
      <CATEGORY>AntiVirus</CATEGORY><COMPANY>Kaspersky Lab</COMPANY><PRODUCT>Kaspersky Anti-Virus</PRODUCT>
      <VERSION>17.0.0</VERSION><ENABLED>1</ENABLED><UPTODATE>0</UPTODATE>
    </SECURITYCENTER>
    <SOFTWARES>
      <NAME>Reader</NAME><PUBLISHER>Acme</PUBLISHER><INSTALLDATE>02/03/2017</INSTALLDATE><FOLDER>C:\\Reader</FOLDER>
    </SOFTWARES>
    <SOFTWARES><PUBLISHER>nobody</PUBLISHER></SOFTWARES>
    <SOFTWARES><GUID>{1}</GUID></SOFTWARES>
    <VERSIONCLIENT>OCS-NG_WINDOWS_AGENT_v2.1.1.1</VERSIONCLIENT>
  </CONTENT>
  <DEVICEID>PC-1-2016-01-02-03-04-05</DEVICEID>
  <QUERY>INVENTORY</QUERY>
</REQUEST>
"""


def read(path: Path) -> list[Batch]:
    peek = Peek.at(path)
    [reader] = [reader for reader in READERS if reader.claims(peek)]
    assert reader.batches
    return list(reader.batches(Stream(path=path, encoding=peek.encoding)))


def written(tmp_path: Path, data: bytes | str) -> Path:
    path = tmp_path / "export"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def machine(batch: Batch) -> Record:
    assert batch.record
    return batch.record


def inventory(tmp_path: Path, **content: object) -> Batch:
    """The one machine of a JSON inventory with these sections."""
    sections = {"accesslog": {"logdate": "2020-01-02 03:04:05"}, "hardware": {"name": "pc1"}} | content
    document = {"action": "inventory", "content": sections, "deviceid": "pc1-2019-01-01-00-00-00"}
    return read(written(tmp_path, json.dumps(document)))[0]


def truth() -> dict[str, dict[str, str]]:
    with (SHARED / "samples/truth.tsv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}


@pytest.mark.parametrize("path", SAMPLES, ids=NAMES)
class TestRealExports:
    pytestmark = real

    def test_counts_are_those_of_an_independent_count(self, path: Path) -> None:
        row = truth()[f"{path.parent.name}/{path.name}"]
        found = read(path)
        first = machine(found[0])
        named = [s for batch in found for s in batch.sightings if s.title.type is not Trace.ANTIVIRUS]
        assert len(named) == int(row["rows"])
        assert not any(batch.rejects for batch in found)
        kaspersky = [s for batch in found for s in batch.sightings if "kaspersky" in (s.title.name or "").lower()]
        assert len(kaspersky) == int(row["kaspersky_string_hits"])
        assert (first.machine_class in COMPUTERS) == (row["hosts"] == "1")

    def test_is_claimed_by_its_own_reader(self, path: Path) -> None:
        assert [reader for reader in READERS if reader.claims(Peek.at(path))] == [FOLDERS[path.parent.name]]

    def test_damage_is_never_a_traceback(self, path: Path, tmp_path: Path) -> None:
        whole, dice = path.read_bytes(), random.Random(path.name)
        reader = FOLDERS[path.parent.name]
        assert reader.batches
        for damage in ("cut", "cut", "flip", "flip"):
            at = dice.randrange(1, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            broken = written(tmp_path, whole[:at] if damage == "cut" else flipped)
            stream = Stream(path=broken, encoding=Peek.at(broken).encoding)
            try:
                found = list(reader.batches(stream))
            except FullcountError as error:
                found = []
                said = error.place
            else:
                said = ""
            assert found or said.startswith(str(broken))


@pytest.mark.real
@pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")
class TestRealMachines:
    def test_deflated_is_the_same(self, tmp_path: Path) -> None:
        plain = [path for path in SAMPLES if path.suffix == ".xml"]
        assert plain
        for path in plain:
            assert read(written(tmp_path, zlib.compress(path.read_bytes()))) == read(path)

    def test_claims_nothing_else(self) -> None:
        others = [path for path in (SHARED / "samples").rglob("*") if path.is_file() and path not in SAMPLES]
        assert others
        assert [path.name for path in others if any(reader.claims(Peek.at(path)) for reader in READERS)] == []

    def test_kaspersky_that_only_the_security_centre_knows_is_running(self) -> None:
        [batch] = read(SHARED / "samples/glpi_xml/glpi_2.xml")
        [found] = [s for s in batch.sightings if "Kaspersky" in (s.title.name or "")]
        assert (found.title.type, found.state, found.place) == (Trace.ANTIVIRUS, State.RUNNING, 10)
        assert machine(batch).lists is Lists.ALL_SOFTWARE
        assert machine(batch).traces == frozenset({Trace.PROGRAM, Trace.ANTIVIRUS})
        assert machine(batch).looked_at == datetime(2017, 5, 15, 16, 38, 7)  # noqa: DTZ001 - times of the house are UTC
        assert ("uuid", "33E737A8-F827-11DF-9297-47C0A301005A") in machine(batch).clues
        assert ("fqdn", "pc-arg-23.cedre.local") in machine(batch).clues
        assert machine(batch).site == "3923"
        assert [s.state for s in batch.sightings].count(State.MENTION) == 1  # a patch

    def test_a_partial_inventory_lists_some_software(self) -> None:
        [batch] = read(SHARED / "samples/glpi_json/computer_1_partial_softs.json")
        assert machine(batch).lists is Lists.SOME_SOFTWARE
        assert machine(batch).note == "a partial inventory"

    def test_interfaces_that_a_mac_calls_virtual_are_kept(self) -> None:
        [batch] = read(SHARED / "samples/glpi_xml/glpi_3.xml")
        assert ("mac", "00:19:e3:db:64:d2") in machine(batch).clues
        assert {s.title.type for s in batch.sightings} == {Trace.APP}

    def test_guests_are_other_machines(self) -> None:
        [host, *guests] = read(SHARED / "samples/glpi_json/computer_2.json")
        assert machine(host).lists is Lists.MACHINES
        assert [machine(guest).machine_class for guest in guests] == [Class.CONTAINER] * 5 + [Class.UNKNOWN]
        assert {machine(guest).lists for guest in guests} == {Lists.MACHINES}
        assert [machine(guest).place for guest in guests] == [1, 2, 3, 4, 5, 6]

    def test_a_phone_is_known_by_its_packages(self) -> None:
        [batch] = read(SHARED / "samples/glpi_json/phone_1.json")
        assert (machine(batch).machine_class, machine(batch).os_family) == (Class.PHONE, Os.ANDROID)
        assert "com.amazon.mShop.android.shopping" in {s.title.bundle_id for s in batch.sightings}
        assert not [clue for clue in machine(batch).clues if clue[0] == "uuid"]

    def test_things_on_the_network_are_no_systems(self) -> None:
        [batch] = read(SHARED / "samples/glpi_xml/glpi_7.xml")
        assert (machine(batch).machine_class, machine(batch).lists) == (Class.NETWORK, Lists.MACHINES)
        assert ("serial", "SSI1912014B") in machine(batch).clues
        assert not [clue for clue in machine(batch).clues if clue[0] == "agent_id"]


@pytest.mark.real
@pytest.mark.skipif(not BOMBS, reason="no hostile files beside the project")
@pytest.mark.parametrize("path", BOMBS, ids=[path.name for path in BOMBS])
def test_hostile_xml_is_neither_claimed_nor_followed(path: Path, tmp_path: Path) -> None:
    assert not any(reader.claims(Peek.at(path)) for reader in READERS)
    text = path.read_text("utf-8", "replace")
    body = text.partition("]>")[2] if "]>" in text else text
    wrapped = text.removesuffix(body) + f"<REQUEST><CONTENT><BIOS>{body}</BIOS></CONTENT><DEVICEID>a</DEVICEID></REQUEST>"
    assert GLPI_XML.batches
    for data in (text, wrapped):
        stream = Stream(path=written(tmp_path, data), encoding="utf-8")
        try:
            found = list(GLPI_XML.batches(stream))
        except UnreadableError:
            continue
        assert sum(len(value) for batch in found for _, value in machine(batch).clues) < 100


@pytest.mark.parametrize("level", [0, 1, 6, 9])
def test_ocs_plain_and_deflated(level: int, tmp_path: Path) -> None:
    [batch] = read(written(tmp_path, zlib.compress(OCS.encode(), level)))
    assert [batch] == read(written(tmp_path, OCS))
    record = machine(batch)
    assert record.clues == [
        ("agent_id", "ocs:PC-1-2016-01-02-03-04-05"),
        ("serial", "5CG71"),
        ("manufacturer", "Acme"),
        ("mac", "00:11:22:33:44:55"),
        ("ip", "10.0.0.7"),
        ("hostname", "PC-1"),
        ("fqdn", "PC-1.corp.example.gov"),
        ("domain", "corp.example.gov"),
    ]
    assert (record.machine_class, record.os_family) == (Class.WORKSTATION, Os.WINDOWS)
    assert record.looked_at == datetime(2017, 9, 14, 8)  # noqa: DTZ001 - times of the house are UTC
    named = [(s.title.type, s.title.name, s.title.product_code, s.place, s.state) for s in batch.sightings]
    assert named == [
        (Trace.PROGRAM, "Reader", None, 1, State.INSTALLED),
        (Trace.PROGRAM, None, "{1}", 3, State.INSTALLED),
        (Trace.ANTIVIRUS, "Kaspersky Anti-Virus", None, 4, State.RESIDUE),
    ]
    assert batch.sightings[0].detail
    assert batch.sightings[0].detail[:3] == (None, "C:\\Reader", "02/03/2017")  # day or month: not said
    [reject] = batch.rejects
    assert (reject.place, json.loads(reject.raw)) == (2, {"publisher": "nobody"})


def test_what_precedes_a_break_is_kept_and_the_rest_is_shown(tmp_path: Path) -> None:
    cut = OCS.index("<PUBLISHER>nobody")
    broken = OCS[:cut] + "<PUBLISHER>ü & </PUBLISHER>" + OCS[cut:]
    [batch] = read(written(tmp_path, broken))
    assert machine(batch).lists is Lists.SOME_SOFTWARE
    assert "broken" in (machine(batch).note or "")
    assert ("serial", "5CG71") in machine(batch).clues
    assert [s.title.name for s in batch.sightings] == ["Reader", "Kaspersky Anti-Virus"]
    [reject] = batch.rejects
    assert f"line {broken[:cut].count(chr(10)) + 1}" in reject.reason
    assert broken.encode().endswith(reject.raw)
    assert reject.raw.startswith((b"& </PUBLISHER>", b" </PUBLISHER>"))


def test_a_break_before_any_clue_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="stops being XML"):
        read(written(tmp_path, OCS[: OCS.index("</BIOS>")]))


def test_a_cut_deflated_file_gives_what_it_holds(tmp_path: Path) -> None:
    filler = "".join(f"<SOFTWARES><NAME>{random.Random(n).random()}</NAME></SOFTWARES>" for n in range(2000))
    data = zlib.compress(OCS.replace("<SOFTWARES>", filler + "<SOFTWARES>", 1).encode())
    [batch] = read(written(tmp_path, data[: len(data) // 2]))
    assert machine(batch).lists is Lists.SOME_SOFTWARE
    assert 500 < len(batch.sightings) < 1500
    assert len(batch.rejects) == 1


def test_a_deflated_bomb_stops_at_the_limit(tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    pieces = [packer.compress(b"<REQUEST><CONTENT><BIOS>")]
    pieces += [packer.compress(b"A" * 2**20) for _ in range(257)]
    path = written(tmp_path, b"".join(pieces) + packer.flush())
    with pytest.raises(UnreadableError, match="more than 268,435,456 bytes"):
        read(path)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("<REQUEST><DEVICEID>a</DEVICEID><QUERY>PROLOG</QUERY></REQUEST>", "PROLOG describes no machine"),
        ("<REQUEST><CONTENT>" + "<A>" * 50_000, "nested deeper"),
        ('<!DOCTYPE r [<!ENTITY a "b">]><REQUEST><CONTENT><BIOS><SSN>&a;</SSN></BIOS></CONTENT></REQUEST>', "safely"),
        ('<?xml version="1.0" encoding="klingon"?><REQUEST><CONTENT></CONTENT></REQUEST>', "safely|stops being XML"),
        ('{"action": "inventory", "content": {"bios": [', "no JSON"),
        ('{"action": "inventory", "content": {"users": []}}', "describes no machine"),
        ('{"action": "inventory", "content": {"a": ' + "[" * 200 + "]" * 200 + "}}", "nested deeper"),
        ('{"action": "inventory", "content": {"a": ' + "[" * 5000 + "]" * 5000 + "}}", "no JSON"),
        ('{"action": "inventory", "x": {"content": {"a": 1}}}', "without `content`"),
    ],
)
def test_unreadable(data: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=why) as error:
        read(written(tmp_path, data))
    assert error.value.place
    assert error.value.hint


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ({"enabled": True, "uptodate": True}, State.RUNNING),
        ({"enabled": True}, State.RUNNING),
        ({"enabled": True, "uptodate": False}, State.RESIDUE),
        ({"enabled": False, "uptodate": True}, State.RESIDUE),
        ({"enabled": "0"}, State.RESIDUE),
        ({"uptodate": True}, State.INSTALLED),
        ({}, State.INSTALLED),
    ],
)
def test_state_of_a_registration(row: dict[str, Any], state: State, tmp_path: Path) -> None:
    batch = inventory(tmp_path, antivirus=[{"name": "X", "company": "Y", **row}])
    assert [(s.title.publisher, s.state) for s in batch.sightings] == [("Y", state)]
    assert machine(batch).lists is Lists.SOME_SOFTWARE  # a registration alone is no list of software


@pytest.mark.parametrize(
    ("system", "row", "expected"),
    [
        ("Microsoft Windows 10 Pro", {"from": "registry"}, (Trace.PROGRAM, None)),
        ("Microsoft Windows 10 Pro", {"from": "uwp"}, (Trace.APP, None)),
        ("Microsoft Windows 10 Pro", {}, (Trace.PROGRAM, None)),
        ("Debian GNU/Linux 12", {"from": "deb"}, (Trace.PACKAGE, "x")),
        ("CentOS release 5.11", {}, (Trace.PACKAGE, "x")),
        ("macOS", {"from": "apple/macos"}, (Trace.APP, None)),
        ("Mac OS X", {}, (Trace.APP, None)),
        ("FreeBSD 13.2", {"from": "pkg"}, (Trace.PACKAGE, "x")),
        ("", {"from": "apple/macos"}, (Trace.APP, None)),
        ("", {"from": "something new"}, (Trace.PACKAGE, "x")),
    ],
)
def test_trace_of_a_row(system: str, row: dict[str, str], expected: tuple[Trace, str | None], tmp_path: Path) -> None:
    batch = inventory(tmp_path, operatingsystem={"full_name": system}, softwares=[{"name": "x", **row}])
    assert [(s.title.type, s.title.package) for s in batch.sightings] == [expected]
    assert machine(batch).traces == frozenset({expected[0]})


@pytest.mark.parametrize(
    ("content", "lists", "note"),
    [
        ({}, Lists.MACHINES, "no software section"),
        ({"softwares": None}, Lists.MACHINES, "no software section"),
        ({"softwares": []}, Lists.ALL_SOFTWARE, "the software section is empty"),
        ({"softwares": [], "antivirus": [{"name": "x"}]}, Lists.ALL_SOFTWARE, "the software section is empty"),
        ({"softwares": [{"version": "1"}, 7, None]}, Lists.SOME_SOFTWARE, "no usable row in the software section"),
        ({"softwares": [{"name": "x"}, {}]}, Lists.ALL_SOFTWARE, None),
        ({"databases_services": [{"name": "MariaDB", "is_active": True}]}, Lists.SOME_SOFTWARE, "no software section"),
    ],
)
def test_what_silence_means(content: dict[str, Any], lists: Lists, note: str | None, tmp_path: Path) -> None:
    batch = inventory(tmp_path, **content)
    assert (machine(batch).lists, machine(batch).note) == (lists, note)
    pieces = sum(len(section or ()) for section in content.values())
    assert len(batch.sightings) + len(batch.rejects) == pieces  # nothing is lost


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"operatingsystem": {"full_name": "Microsoft Windows Server 2016 Standard"}}, Class.SERVER),
        ({"hardware": {"name": "a", "chassis_type": "Rack Mount Chassis"}}, Class.SERVER),
        ({"hardware": {"name": "a", "chassis_type": "Notebook"}}, Class.WORKSTATION),
        ({"hardware": {"name": "a", "vmsystem": "Docker"}}, Class.CONTAINER),
        ({"hardware": {"name": "a"}}, Class.UNKNOWN),
    ],
)
def test_class_of_a_machine(content: dict[str, Any], expected: Class, tmp_path: Path) -> None:
    assert machine(inventory(tmp_path, **content)).machine_class is expected


def test_local_time_by_the_offset_that_the_agent_gives(tmp_path: Path) -> None:
    with_offset = inventory(tmp_path, operatingsystem={"timezone": {"name": "CEST", "offset": "+0200"}})
    assert machine(with_offset).looked_at == datetime(2020, 1, 2, 1, 4, 5)  # noqa: DTZ001 - times of the house are UTC
    assert machine(inventory(tmp_path)).looked_at == datetime(2020, 1, 2, 3, 4, 5)  # noqa: DTZ001


def test_dates_of_the_agents_are_day_first(tmp_path: Path) -> None:
    row = {"name": "x", "installdate": "03/01/2017", "username": "ann", "userid": "S-1-5-21"}
    batch = inventory(tmp_path, versionclient="GLPI-Agent_v1.7", softwares=[row, {"name": "y", "installdate": "N/A"}])
    assert [s.detail for s in batch.sightings] == [("ann", None, "2017-01-03", None), None]


def test_network_equipment_as_json(tmp_path: Path) -> None:
    device = {
        "type": "Printer",
        "name": "prn1",
        "serial": "S1",
        "mac": "00:11:22:33:44:55",
        "ips": ["10.0.0.9"],
        "location": "HQ",
    }
    document = {"action": "netinventory", "deviceid": "agent", "content": {"network_device": device}}
    [batch] = read(written(tmp_path, json.dumps(document)))
    assert (machine(batch).machine_class, machine(batch).lists, machine(batch).site) == (Class.PRINTER, Lists.MACHINES, "HQ")
    clues = [("serial", "S1"), ("mac", "00:11:22:33:44:55"), ("hostname", "prn1"), ("ip", "10.0.0.9")]
    assert machine(batch).clues == clues


def test_one_damaged_byte_in_json_is_one_damaged_character(tmp_path: Path) -> None:
    document = {"action": "inventory", "content": {"softwares": [{"name": "Téléphone"}, {"name": "x?y"}]}}
    data = json.dumps(document, ensure_ascii=False).encode().replace(b"x?y", b"x\xffy")
    [batch] = read(written(tmp_path, data))
    assert [s.title.name for s in batch.sightings] == ["Téléphone", "x\ufffdy"]


def test_a_computer_found_on_the_network_is_no_network_equipment(tmp_path: Path) -> None:
    device = "<TYPE>COMPUTER</TYPE><DNSHOSTNAME>pc9.example.gov</DNSHOSTNAME><IP>10.0.0.9</IP>"
    data = f"<REQUEST><CONTENT><DEVICE>{device}</DEVICE><DEVICE/></CONTENT><QUERY>NETDISCOVERY</QUERY></REQUEST>"
    [found, empty] = read(written(tmp_path, data))
    assert machine(found).machine_class is Class.UNKNOWN
    assert machine(found).clues == [("fqdn", "pc9.example.gov"), ("hostname", "pc9.example.gov"), ("ip", "10.0.0.9")]
    assert (empty.record, len(empty.rejects)) == (None, 1)
