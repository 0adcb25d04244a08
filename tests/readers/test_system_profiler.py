"""system_profiler: real reports against their independent counts, and small written ones."""

from __future__ import annotations

import csv
import json
import plistlib
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fullcount.errors import FullcountError, UnreadableError
from fullcount.model import Batch, Class, Lists, Os, Record, State
from fullcount.reader import Peek, Stream
from fullcount.readers.system_profiler import SYSTEM_PROFILER, forms

SHARED = Path(__file__).resolve().parents[2] / "../shared/samples"
# The one in YAML was made by another program from such a report: system_profiler writes none.
SAMPLES = sorted(path for path in (SHARED / "system_profiler").glob("*") if path.suffix != ".yaml")
real = [pytest.mark.real, pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")]
# Programs of a Windows guest that Parallels shows on the Mac, the antivirus among them.
GUEST = {"sample2.SPApplicationsDataType": 84}

HARDWARE = {"_name": "hardware_overview", "serial_number": "C02X", "platform_UUID": "A-1", "machine_name": "MacBook Pro"}
SOFTWARE = {"_name": "os_overview", "os_version": "macOS 14.4 (23E214)", "local_host_name": "mac-1"}
NETWORK = {
    "_name": "Wi-Fi",
    "hardware": "AirPort",
    "ip_address": ["10.0.0.7"],
    "Ethernet": {"MAC Address": "f0:18:98:00:00:01"},
}
SIGNED = ["Developer ID Application: Kaspersky Lab UK Limited (2Y8XE5CQ94)", "Developer ID Certification Authority"]
APPLICATIONS: list[dict[str, Any]] = [
    {"_name": "Kaspersky", "version": "22", "path": "/Applications/Kaspersky.app", "signed_by": SIGNED},
    {"_name": "Mine", "path": "/Users/anna/Applications/Mine.app"},
    {"_name": "Gone", "path": "/Users/anna/.Trash/Gone.app"},
    {"_name": "Old", "path": "/Volumes/Backup/Old.app"},
    {
        "_name": "Guest",
        "path": "/Users/anna/Applications (Parallels)/{562821f7-d815-425f-991d-234ba29349a6} Applications.localized/G.app",
    },
    {"_name": "avp", "info": "6.0, C:\\\\Program Files\\\\x\\\\avp.exe", "path": "/Applications/avp.app"},
]
NAMED = [
    ("Kaspersky", "/Applications/Kaspersky.app", State.INSTALLED),
    ("Mine", "~/Applications/Mine.app", State.INSTALLED),
    ("Gone", "~/.Trash/Gone.app", State.FILES),
    ("Old", "/Volumes/Backup/Old.app", State.FILES),
    ("Guest", "~/Applications (Parallels)/{562821f7-d815-425f-991d-234ba29349a6} Applications.localized/G.app", State.MENTION),
    ("avp", "/Applications/avp.app", State.MENTION),
]
CLUES = [("serial", "C02X"), ("uuid", "A-1"), ("hostname", "mac-1"), ("mac", "f0:18:98:00:00:01"), ("ip", "10.0.0.7")]
SECTIONS = {
    "SPHardwareDataType": [HARDWARE],
    "SPSoftwareDataType": [SOFTWARE],
    "SPNetworkDataType": [NETWORK],
    "SPApplicationsDataType": APPLICATIONS,
}
TEXT = """Hardware:

    Hardware Overview:

      Model Name: MacBook Pro
      Serial Number (system): C02X
      Hardware UUID: A-1

Software:

    System Software Overview:

      System Version: macOS 14.4 (23E214)
      Computer Name: mac-1

Network:

    Wi-Fi:

      Hardware: AirPort
      IPv4 Addresses: 10.0.0.7
      Ethernet:
          MAC Address: f0:18:98:00:00:01

USB:

    USB Bus:

      Version: 9

Applications:

    Kaspersky:

      Version: 22
      Signed by: Developer ID Application: Kaspersky Lab UK Limited (2Y8XE5CQ94), Developer ID Certification Authority
      Location: /Applications/Kaspersky.app
""" + "".join(
    f"\n    {app['_name']}:\n\n      Get Info String: {app.get('info', '')}\n      Location: {app['path']}\n"
    for app in APPLICATIONS[1:]
)


def read(path: Path, host: str | None = None) -> list[Batch]:
    assert SYSTEM_PROFILER.batches
    return list(SYSTEM_PROFILER.batches(Stream(path=path, encoding=Peek.at(path).encoding, host=host)))


def written(tmp_path: Path, data: bytes | str) -> Path:
    path = tmp_path / "report"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def machine(batch: Batch) -> Record:
    assert batch.record
    return batch.record


def plist(sections: dict[str, Any]) -> bytes:
    made = datetime(2024, 4, 29, 6, 25, tzinfo=UTC).replace(tzinfo=None)
    return plistlib.dumps([{"_dataType": name, "_items": items, "_timeStamp": made} for name, items in sections.items()])


def refused(path: Path) -> UnreadableError:
    with pytest.raises(UnreadableError) as caught:
        read(path)
    return caught.value


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
class TestRealReports:
    pytestmark = real

    def test_counts_are_those_of_an_independent_count(self, path: Path) -> None:
        with (SHARED / "truth.tsv").open(encoding="utf-8", newline="") as file:
            truth = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
        row = truth[f"system_profiler/{path.name}"]
        [batch] = read(path)
        assert len(batch.sightings) == int(row["rows"] or 0)
        assert not batch.rejects
        assert [s.state for s in batch.sightings].count(State.MENTION) == GUEST.get(path.name, 0)
        assert machine(batch).os_family is Os.MACOS
        assert machine(batch).lists is (Lists.ALL_SOFTWARE if row["rows"] else Lists.MACHINES)
        assert bool(machine(batch).clues) == (not row["rows"])  # a report of applications alone names no machine

    def test_is_claimed_and_may_need_its_host_named(self, path: Path) -> None:
        assert SYSTEM_PROFILER.claims(Peek.at(path))
        assert SYSTEM_PROFILER.needs_host
        [alone], [named] = read(path), read(path, "mac-9")
        assert machine(named).clues == (machine(alone).clues or [("hostname", "mac-9")])

    def test_damage_is_never_a_traceback_and_a_cut_never_passes_for_whole(self, path: Path, tmp_path: Path) -> None:
        whole, dice = path.read_bytes(), random.Random(path.name)
        for damage in ("cut", "cut", "flip", "flip"):
            at = dice.randrange(len(whole) // 2, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            try:
                [batch] = read(written(tmp_path, whole[:at] if damage == "cut" else flipped))
            except FullcountError as error:
                assert error.place  # noqa: PT017 - that it says where is the test
                continue
            if damage == "cut" and not whole[:at].endswith(b"\n"):
                assert machine(batch).lists is not Lists.ALL_SOFTWARE
                assert machine(batch).note


@pytest.mark.real
@pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")
class TestRealOthers:
    def test_claims_nothing_else(self) -> None:
        others = [path for path in SHARED.rglob("*") if path.is_file() and path not in SAMPLES]
        assert SHARED / "system_profiler/sample1.yaml" in others
        assert not [path.name for path in others if SYSTEM_PROFILER.claims(Peek.at(path))]

    def test_clues_and_dates(self) -> None:
        [batch] = read(SHARED / "system_profiler/10.6-intel")
        record = machine(batch)
        assert {
            ("serial", "W8805BRDX89"),
            ("uuid", "00000000-0000-1000-8000-001EC20C3627"),
            ("mac", "00:1e:c2:0c:36:27"),
            ("hostname", "lazer"),
        } <= set(record.clues)
        assert (record.os, record.machine_class) == ("Mac OS X 10.6.4 (10F569)", Class.WORKSTATION)
        [batch] = read(SHARED / "system_profiler/sample5.SPApplicationsDataType-xml")
        assert machine(batch).looked_at == datetime(2024, 4, 29, 6, 25, 27)  # noqa: DTZ001 - times of the house are UTC

    def test_program_of_a_guest_is_not_installed_on_the_mac(self) -> None:
        [batch] = read(SHARED / "system_profiler/sample2.SPApplicationsDataType")
        [sighting] = [s for s in batch.sightings if "Kaspersky" in (s.title.name or "")]
        assert sighting.state == State.MENTION
        assert sighting.detail
        assert (sighting.detail.path or "").startswith("/Users/")
        assert (sighting.title.path or "").startswith("~/Applications/{562821f7")


def test_three_forms_say_the_same(tmp_path: Path) -> None:
    for data in (TEXT.encode(), plist(SECTIONS), json.dumps(SECTIONS).encode(), TEXT.replace("\n", "\r\n").encode("utf-16")):
        path = written(tmp_path, data)
        assert SYSTEM_PROFILER.claims(Peek.at(path))
        [batch] = read(path, "not-asked")
        assert [(s.title.name, s.title.path, s.state) for s in batch.sightings] == NAMED
        first = batch.sightings[0].title
        assert (first.version, first.signer) == ("22", SIGNED[0])
        record = machine(batch)
        assert record.clues == CLUES
        assert (record.os, record.machine_class) == ("macOS 14.4 (23E214)", Class.WORKSTATION)
        assert (record.lists, record.note) == (Lists.ALL_SOFTWARE, None)
        made = datetime(2024, 4, 29, 6, 25) if data.startswith(b"<?xml") else None  # noqa: DTZ001 - UTC
        assert (record.looked_at, record.heard_at) == (made, made)


def test_application_without_a_name_makes_the_list_partial(tmp_path: Path) -> None:
    sections = {"SPApplicationsDataType": [{"path": "/x"}, APPLICATIONS[0], "text"]}
    [batch] = read(written(tmp_path, json.dumps(sections)), "mac-2")
    assert [(reject.place, reject.raw) for reject in batch.rejects] == [(1, b'{"path": "/x"}'), (3, b"{}")]
    record = machine(batch)
    assert (record.lists, record.clues, record.note) == (
        Lists.SOME_SOFTWARE,
        [("hostname", "mac-2")],
        "applications without a name",
    )


def test_sections_that_are_missing_or_empty_are_said(tmp_path: Path) -> None:
    for sections, note in (
        ({"SPSoftwareDataType": [{"os_version": "Mac OS X Server 10.6"}]}, "no section of applications"),
        ({"SPHardwareDataType": [HARDWARE], "SPApplicationsDataType": []}, "the section of applications is empty"),
    ):
        [batch] = read(written(tmp_path, plist(sections)))
        assert (machine(batch).lists, machine(batch).note) == (Lists.MACHINES, note)
    [batch] = read(written(tmp_path, json.dumps({"SPSoftwareDataType": [{"os_version": "Mac OS X Server 10.6"}]})))
    assert machine(batch).machine_class is Class.SERVER


def test_what_precedes_a_break_is_kept(tmp_path: Path) -> None:
    data = plist(SECTIONS)
    [batch] = read(written(tmp_path, data[: data.index(b"Gone")]))
    assert [s.title.name for s in batch.sightings] == ["Kaspersky", "Mine"]
    assert machine(batch).clues == CLUES
    assert machine(batch).lists is Lists.SOME_SOFTWARE
    assert "the section of applications is cut off" in (machine(batch).note or "")
    [reject] = batch.rejects
    assert "stops being XML" in reject.reason
    [batch] = read(written(tmp_path, TEXT[: TEXT.index(".Trash")]))
    assert [s.title.name for s in batch.sightings] == ["Kaspersky", "Mine"]
    assert b"Gone" in batch.rejects[0].raw


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]><plist><array><dict><key>&a;</key></dict></array></plist>', "read safely"),
        (b"<plist>" + b"<array>" * 100, "deeper than"),
        (b'{"SPApplicationsDataType": [', "no JSON"),
        (b'{"SPApplicationsDataType": ' + b"[" * 5000, "no JSON"),
        (b'{"SPApplicationsDataType": {}}', "no item"),
        (b"[]", "no item"),
        (b"<plist></plist>", "no item"),
        (b"", "no item"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    error = refused(written(tmp_path, data))
    assert reason in error.message
    assert error.hint


def test_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "_MOST_BYTES", 500)
    for data in (plist(SECTIONS), json.dumps(SECTIONS)):
        assert "500 bytes in one report" in refused(written(tmp_path, data)).message


def test_other_plists_and_texts_are_not_claimed(tmp_path: Path) -> None:
    for other in ("Hardware:\n", "To all:\n\n  Hardware:\n\n", "x\nSoftware:\n\n    y:\n\n      z: 1\n", "<plist></plist>", "{}"):
        assert not SYSTEM_PROFILER.claims(Peek.at(written(tmp_path, other)))


def test_long_report_is_handed_on_in_pieces(tmp_path: Path) -> None:
    sections = {"SPApplicationsDataType": [{"_name": f"a{n}"} for n in range(10_001)]}
    found = read(written(tmp_path, json.dumps(sections)))
    assert [len(batch.sightings) for batch in found] == [10_000, 1]
    assert machine(found[-1]).lists is Lists.ALL_SOFTWARE


def test_json_that_is_cut_is_used_up_to_there(tmp_path: Path) -> None:
    sections = {"SPHardwareDataType": [{"_name": "x", "serial_number": "HC0042"}]}
    sections |= {"SPApplicationsDataType": [{"_name": f"a{n}", "path": "/Applications/a.app"} for n in range(3)]}
    [batch] = read(written(tmp_path, json.dumps(sections)[:-30]))
    assert [one.title.name for one in batch.sightings] == ["a0", "a1"]
    assert machine(batch).lists is Lists.SOME_SOFTWARE
    assert ("serial", "HC0042") in machine(batch).clues
    assert "stops being JSON" in batch.rejects[0].reason


def test_second_report_in_one_file_is_not_put_into_the_first(tmp_path: Path) -> None:
    one, other = ({"SPApplicationsDataType": [{"_name": name, "path": "/Applications/x.app"}]} for name in "ab")
    [batch] = read(written(tmp_path, f"{json.dumps(one)}\n{json.dumps(other)}\n"))
    assert [seen.title.name for seen in batch.sightings] == ["a"]
    assert "a second report" in batch.rejects[0].reason
