"""OCS's REST interface: small answers, written from its description."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fullcount.model import Batch, Class, Lists, Os, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers import READERS
from fullcount.readers.ocs_api import OCS_API

if TYPE_CHECKING:
    from pathlib import Path

COMPUTER: dict[str, Any] = {
    "bios": [{"HARDWARE_ID": 16, "SSN": "HC-0042", "SMANUFACTURER": "Harbour", "TYPE": "Rack Mount Chassis", "ASSETTAG": ""}],
    "hardware": {
        "ID": 16,
        "DEVICEID": "PC-1-2021-04-16-10-00-00",
        "NAME": "PC-1",
        "WORKGROUP": "CORP",
        "OSNAME": "Microsoft Windows 10 Pro",
        "UUID": "4C4C4544-0042-3510-8051-B7C04F4E5032",
        "LASTDATE": "2021-05-06 07:08:09",
        "LASTCOME": "2021-05-07 07:08:09",
    },
    "networks": [{"MACADDR": "50:9a:4c:00:00:01"}, {"MACADDR": "50:9a:4c:00:00:02", "VIRTUALDEV": 1}],
    "software": [
        {"NAME": "Kaspersky Endpoint Security", "VERSION": "11.6", "PUBLISHER": "AO Kaspersky Lab", "GUID": "{AB}"},
        {"NAME": "7-Zip", "VERSION": "", "INSTALLDATE": "2021-04-01 00:00:00", "FOLDER": "C:\\7-Zip"},
    ],
}


def read(tmp_path: Path, text: str) -> list[Batch]:
    path = tmp_path / "computers.json"
    path.write_text(text, encoding="utf-8")
    assert [reader.name for reader in READERS if reader.claims(Peek.at(path))] == ["ocs-api"]
    assert OCS_API.batches
    return list(OCS_API.batches(Stream(path=path, encoding="utf-8")))


def test_computer(tmp_path: Path) -> None:
    for around in ({"16": COMPUTER}, [{"16": COMPUTER}], {"16": COMPUTER | {"hardware": [COMPUTER["hardware"]]}}):
        [batch] = read(tmp_path, json.dumps(around))
        assert batch.record
        assert ("serial", "HC-0042") in batch.record.clues
        assert ("uuid", "4C4C4544-0042-3510-8051-B7C04F4E5032") in batch.record.clues
        assert [value for kind, value in batch.record.clues if kind == "mac"] == ["50:9a:4c:00:00:01"]
        assert batch.record.clues[0] == ("agent_id", "ocs:PC-1-2021-04-16-10-00-00"), "as a dump of the database has it"
        assert not [value for kind, value in batch.record.clues if kind == "asset_tag"]
        assert (batch.record.lists, batch.record.machine_class) == (Lists.ALL_SOFTWARE, Class.SERVER)
        assert (str(batch.record.looked_at), str(batch.record.heard_at)) == ("2021-05-06 07:08:09", "2021-05-07 07:08:09")
        first, second = batch.sightings
        assert (first.title.type, first.title.publisher, first.title.product_code) == (Trace.PROGRAM, "AO Kaspersky Lab", "{AB}")
        assert (second.title.version, second.place) == (None, 2)
        assert second.detail
        assert second.detail.installed_on == "2021-04-01"


def test_without_software_only_the_computer_is_known(tmp_path: Path) -> None:
    bare = {name: rows for name, rows in COMPUTER.items() if name != "software"}
    empty = COMPUTER | {"software": []}
    some = COMPUTER | {
        "software": [COMPUTER["software"][0], {"NAME_ID": 7}],
        "hardware": {"OSNAME": "Debian GNU/Linux 12"},
        "bios": [],
    }
    found = read(tmp_path, json.dumps({"16": bare, "17": empty, "18": some, "x": 1}))
    records = [batch.record for batch in found if batch.record]
    assert [record.lists for record in records] == [Lists.MACHINES, Lists.ALL_SOFTWARE, Lists.SOME_SOFTWARE]
    assert records[1].note == "the list of software is empty"
    assert found[2].sightings[0].title.package == "Kaspersky Endpoint Security"
    assert records[2].os_family is Os.LINUX
    assert "another call" in found[2].rejects[0].reason
    assert found[3].rejects[0].place == 4


def test_antivirus_and_a_computer_without_clues(tmp_path: Path) -> None:
    security = [{"PRODUCT": "Kaspersky", "ENABLED": 1, "CATEGORY": "AntiVirus"}, {"PRODUCT": "Old", "ENABLED": 0}]
    computer = {"hardware": {"QUALITY": "0"}, "software": [], "securitycenter": security}
    [batch] = read(tmp_path, json.dumps({"7": computer}))
    assert [(one.title.name, one.state) for one in batch.sightings] == [("Kaspersky", State.RUNNING), ("Old", State.RESIDUE)]
    assert batch.record
    assert batch.record.clues == [("agent_id", "ocs:7")]


def test_cut_answer_says_so(tmp_path: Path) -> None:
    found = read(tmp_path, json.dumps({"16": COMPUTER, "17": COMPUTER})[:-60])
    assert [batch.record.lists for batch in found if batch.record] == [Lists.ALL_SOFTWARE, Lists.SOME_SOFTWARE]
    assert [reject for batch in found for reject in batch.rejects]
