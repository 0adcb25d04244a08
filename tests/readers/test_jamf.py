"""Jamf Pro: real answers, and small written ones, in both forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, lines, read, written

from fullcount.errors import UnreadableError
from fullcount.model import Lists, Os, State, Trace
from fullcount.reader import Stream
from fullcount.readers.jamf import JAMF

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SAMPLES / "jamf"
XML = """<?xml version="1.0" encoding="UTF-8"?>
<computer>
  <general>
    <id>2</id><name>Ann's Mac</name><mac_address>88:E9:FE:4C:9C:9E</mac_address><serial_number>C02X</serial_number>
    <udid>246F2E58-14C0-5684-AB92-6BCAF5D73838</udid><platform>Mac</platform><jamf_version>10.23.0</jamf_version>
    <report_date_utc>2020-08-03T12:24:29.968+0000</report_date_utc><last_contact_time_utc>2020-08-09T13:24:00.636+0000</last_contact_time_utc>
    <site><id>-1</id><name>None</name></site>
  </general>
  <location><username>ann</username><building>HQ</building></location>
  <hardware><make>Apple</make><os_name>Mac OS X</os_name><os_version>10.15</os_version></hardware>
  <software>
    <installed_by_installer_swu><package>com.acme.reader</package><package>com.acme.writer</package></installed_by_installer_swu>
    <running_services><name>com.acme.agent</name></running_services>
    <licensed_software/>
    <applications>
      <size>2</size>
      <application><name>Reader.app</name><path>/Applications/Reader.app</path><version>1.0</version><bundle_id>com.acme.r</bundle_id></application>
      <application><name>Mine.app</name><path>/Users/ann/Mine.app</path><version>2</version></application>
    </applications>
  </software>
</computer>
"""


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")
class TestRealAnswers:
    def test_a_computer_with_its_software(self, tmp_path: Path) -> None:
        mac = read(FOLDER / "computers_1.json", tmp_path).only
        assert (mac["lists"], mac["traces"], mac["os_family"], mac["site"]) == (Lists.ALL_SOFTWARE, "app", Os.MACOS, "Test site")
        assert str(mac["looked_at"]) == "2020-08-03 12:24:29"
        assert str(mac["heard_at"]) == "2020-08-09 13:24:00"
        assert mac.named("serial") == ["C02WJ01QHTD9"]
        assert mac.named("uuid") == ["246F2E58-14C0-5684-AB92-6BCAF5D73838"]
        assert mac.named("ip") == ["192.168.1.139"]
        kinds = [(one.title["type"], one.state) for one in mac.seen]
        assert kinds.count((Trace.APP, State.INSTALLED)) == 157
        assert kinds.count((Trace.SERVICE, State.RUNNING)) == 353
        assert kinds.count((Trace.PACKAGE, State.RESIDUE)) == 123
        [first] = [one for one in mac.seen if one.place == 1]
        assert (first.title["name"], first.title["version"]) == ("AAM Registration Notifier.app", "7.0.0.485")
        assert first.title["bundle_id"] == "com.adobe.AAMRegistrationNotifier"

    def test_the_list_names_computers(self, tmp_path: Path) -> None:
        machines = read(FOLDER / "computers_0.json", tmp_path).machines
        assert [machine.named("serial") for machine in machines] == [["C02T705EGTF1"], ["C02WJ01QHTD9"]]
        assert [str(machine["heard_at"]) for machine in machines] == ["2019-06-17 16:00:56", "2020-08-03 12:24:29"]
        assert {(machine["lists"], machine["note"]) for machine in machines} == {
            (Lists.MACHINES, "its software is in another call"),
        }


def test_xml_says_the_same(tmp_path: Path) -> None:
    mac = read(written(tmp_path, XML, "mac.xml"), tmp_path).only
    assert mac.clues == [
        *(("serial", "C02X"), ("manufacturer", "Apple"), ("uuid", "246F2E58-14C0-5684-AB92-6BCAF5D73838")),
        *(("mac", "88:E9:FE:4C:9C:9E"), ("hostname", "Ann's Mac")),
    ]
    assert (mac["lists"], mac["os"], mac["owner"], mac["site"]) == (Lists.ALL_SOFTWARE, "Mac OS X 10.15", "ann", "HQ")
    assert [(one.title["type"], one.title["name"], one.state) for one in mac.seen] == [
        (Trace.APP, "Reader.app", State.INSTALLED),
        (Trace.APP, "Mine.app", State.INSTALLED),
        (Trace.SERVICE, "com.acme.agent", State.RUNNING),
        (Trace.PACKAGE, "com.acme.reader", State.RESIDUE),
        (Trace.PACKAGE, "com.acme.writer", State.RESIDUE),
    ]
    assert mac.seen[1].title["path"] == "~/Mine.app"
    assert mac.seen[1].detail == {"path": "/Users/ann/Mine.app"}


def test_xml_in_another_encoding(tmp_path: Path) -> None:
    text = XML.replace("UTF-8", "UTF-16").replace("Ann's Mac", "Zoë")
    assert read(written(tmp_path, text.encode("utf-16"), "mac.xml"), tmp_path).only.named("hostname") == ["Zoë"]


def test_xml_that_breaks_off_keeps_what_was_complete(tmp_path: Path) -> None:
    answer = read(written(tmp_path, XML[: XML.index("<version>2</version>")], "mac.xml"), tmp_path)
    assert (answer.only["lists"], answer.only["note"]) == (Lists.SOME_SOFTWARE, "the file breaks off in this computer")
    assert "Reader.app" in answer.only.names
    assert "Mine.app" not in answer.only.names
    assert [reject["reason"].startswith("stops being XML") for reject in answer.rejects] == [True]


def test_a_list_as_xml(tmp_path: Path) -> None:
    one = "<computer><id>1</id><name>a</name><serial_number>S1</serial_number><udid>u</udid></computer>"
    for text in (f"<computers><size>1</size>{one}</computers>", f"<computers>{one}</computers>"):
        machine = read(written(tmp_path, text, "list.xml"), tmp_path).only
        assert (machine.clues, machine["lists"]) == ([("serial", "S1"), ("hostname", "a")], Lists.MACHINES)


@pytest.mark.parametrize(
    "text",
    ["<!DOCTYPE r [<!ENTITY a 'b'>]><computer><udid>&a;</udid></computer>", "<computer><udid>" + "<a>" * 100],
)
def test_xml_that_is_not_safe(text: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    assert JAMF.batches
    with pytest.raises(UnreadableError, match=r"safely|nested deeper"):
        list(JAMF.batches(Stream(path=path, encoding="utf-8")))


@pytest.mark.parametrize(
    ("software", "lists", "note"),
    [
        ({"applications": [{"name": "Reader.app"}]}, Lists.ALL_SOFTWARE, None),
        ({"applications": []}, Lists.ALL_SOFTWARE, "the list of applications is empty"),
        ({"running_services": ["x"]}, Lists.MACHINES, "its software is in another call"),
    ],
)
def test_what_silence_means(software: dict[str, Any], lists: Lists, note: str | None, tmp_path: Path) -> None:
    document = {"computer": {"general": {"id": 1, "name": "a", "serial_number": "S"}, "software": software}}
    machine = read(written(tmp_path, document), tmp_path).only
    assert (machine["lists"], machine["note"]) == (lists, note)


def test_other_lists_prove_less(tmp_path: Path) -> None:
    software = {
        "applications": [{"version": "1"}],
        "unix_executables": ["/usr/local/bin/kav"],
        "cached_by_casper": ["Reader.pkg"],
        "licensed_software": ["Writer"],
        "plugins": [{"name": "P.plugin", "path": "/Library/P.plugin", "version": "3"}],
    }
    answer = read(written(tmp_path, {"computer": {"general": {"udid": "u", "id": 1}, "software": software}}), tmp_path)
    assert [(one.title["type"], one.title["name"], one.state) for one in answer.only.seen] == [
        (Trace.EXTENSION, "P.plugin", State.INSTALLED),
        (Trace.FILE, "kav", State.FILES),
        (Trace.PACKAGE, "Reader.pkg", State.MENTION),
        (Trace.LICENCE, "Writer", State.LICENCE),
    ]
    assert len(answer.rejects) == 1


def test_two_servers_number_alike(tmp_path: Path) -> None:
    general = [{"id": 1, "serial_number": f"S{n}", "udid": f"246F2E58-14C0-5684-AB92-6BCAF5D7383{n}"} for n in range(2)]
    answer = read(written(tmp_path, lines(*({"computer": {"general": one}} for one in general))), tmp_path)
    assert [machine.named("serial") for machine in answer.machines] == [["S0"], ["S1"]]
    assert not any(machine.named("agent_id") for machine in answer.machines)
