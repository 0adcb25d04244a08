"""Property lists of Macs: real ones in XML, the same in binary form, and small written ones."""

from __future__ import annotations

import plistlib
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fullcount.errors import FullcountError, UnreadableError
from fullcount.exports import host_in_name
from fullcount.model import Batch, Lists, Os, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers import READERS
from fullcount.readers.macos_plist import MACOS_PLIST

SHARED = Path(__file__).resolve().parents[2] / "../shared/samples/macos_plist"
SAMPLES = sorted(SHARED.glob("*.plist"))
real = [pytest.mark.real, pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")]
HISTORY = [
    {
        "date": datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC).replace(tzinfo=None),
        "displayName": "Kaspersky",
        "displayVersion": "22.0",
        "packageIdentifiers": ["com.kaspersky.kav", "com.kaspersky.agent"],
        "processName": "installer",
    },
    {"displayName": "Tool", "processName": "Installer"},
    {"processName": "installer", "displayName": ""},
]
INFO = {"CFBundleIdentifier": "com.kaspersky.kav", "CFBundleName": "KAV", "CFBundleVersion": "22.0.1"}
FORMS = [plistlib.FMT_XML, plistlib.FMT_BINARY]


def read(tmp_path: Path, data: bytes, host: str | None = None) -> Batch:
    path = tmp_path / "file.plist"
    path.write_bytes(data)
    assert MACOS_PLIST.batches
    [batch] = MACOS_PLIST.batches(Stream(path=path, encoding="utf-8", host=host))
    return batch


def claimed(tmp_path: Path, data: bytes) -> bool:
    path = tmp_path / "claimed.plist"
    path.write_bytes(data)
    return MACOS_PLIST.claims(Peek.at(path))


class TestReal:
    pytestmark = real

    def test_history_is_residue(self, tmp_path: Path) -> None:
        batch = read(tmp_path, (SHARED / "InstallHistory.plist").read_bytes(), host="mac-1")
        assert {one.state for one in batch.sightings} == {State.RESIDUE}
        assert ("VMware Tools", "9.6.1") in {(one.title.name, one.title.version) for one in batch.sightings}
        assert batch.record
        assert (batch.record.lists, batch.record.os_family) == (Lists.SOME_SOFTWARE, Os.MACOS)
        assert batch.record.clues == [("hostname", "mac-1")]

    def test_application(self, tmp_path: Path) -> None:
        data = (SHARED / "app_Info.plist").read_bytes()
        binary = plistlib.dumps(plistlib.loads(data), fmt=plistlib.FMT_BINARY)
        for one in (data, binary):
            assert claimed(tmp_path, one)
            [seen] = read(tmp_path, one).sightings
            assert (seen.title.type, seen.title.name, seen.title.bundle_id) == (Trace.APP, "Google Chrome", "com.google.Chrome")
            assert (seen.title.version, seen.state) == ("130.0.6723.69", State.FILES)

    def test_is_claimed_by_no_other(self) -> None:
        for path in SAMPLES:
            assert [reader.name for reader in READERS if reader.claims(Peek.at(path))] == ["macos-plist"]

    def test_damage_is_never_a_traceback(self, tmp_path: Path) -> None:
        dice = random.Random("plist")
        for path in SAMPLES:
            for form in FORMS:
                whole = plistlib.dumps(plistlib.loads(path.read_bytes()), fmt=form)
                for _ in range(15):
                    at = dice.randrange(len(whole))
                    for broken in (whole[:at], whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]):
                        try:
                            read(tmp_path, broken)
                        except FullcountError as error:
                            assert error.place  # noqa: PT017 - that it says where is the test


@pytest.mark.parametrize("form", FORMS)
def test_history(tmp_path: Path, form: Any) -> None:
    data = plistlib.dumps(HISTORY, fmt=form)
    assert claimed(tmp_path, data)
    batch = read(tmp_path, data)
    assert [(one.title.name, one.title.package, one.place) for one in batch.sightings] == [
        ("Kaspersky", "com.kaspersky.kav", 1),
        ("Kaspersky", "com.kaspersky.agent", 1),
        ("Tool", None, 2),
    ]
    assert [one.detail.installed_on if one.detail else None for one in batch.sightings] == ["2024-05-06", "2024-05-06", None]
    assert [reject.place for reject in batch.rejects] == [3]


@pytest.mark.parametrize("form", FORMS)
def test_receipt_and_application(tmp_path: Path, form: Any) -> None:
    receipt = {"PackageIdentifier": "com.kaspersky.kav", "PackageVersion": "22", "InstallProcessName": "installer"}
    for value, state in ((receipt, State.RESIDUE), (INFO, State.FILES)):
        data = plistlib.dumps(value, fmt=form)
        assert claimed(tmp_path, data)
        assert [one.state for one in read(tmp_path, data).sightings] == [state]
    [one] = read(tmp_path, plistlib.dumps(INFO, fmt=form)).sightings
    assert (one.title.name, one.title.version, one.title.bundle_id) == ("KAV", "22.0.1", "com.kaspersky.kav")


def test_the_files_own_names_are_no_machines(tmp_path: Path) -> None:
    for host in ("Info", "InstallHistory", "com.kaspersky.kav"):
        batch = read(tmp_path, plistlib.dumps(INFO), host=host)
        assert batch.record
        assert not batch.record.clues


@pytest.mark.parametrize("stem", ["Info", "InstallHistory", "INSTALL_RECEIPT", "snaps", "dmidecode", "popularity-contest"])
def test_usual_names_of_such_files_name_no_machine(stem: str) -> None:
    assert (host_in_name(stem), host_in_name(f"{stem}-PC7")) == ("", f"{stem}-PC7")


def test_other_lists_are_not_claimed(tmp_path: Path) -> None:
    munki = [{"bundleid": "x", "CFBundleIdentifier": "x", "path": "/A"}]
    for value in (munki, {"Label": "x"}, [{"_dataType": "SPx", "CFBundleIdentifier": "y"}]):
        assert not claimed(tmp_path, plistlib.dumps(value))


def test_entities_are_refused(tmp_path: Path) -> None:
    text = '<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "b">]>'
    text += "<plist><dict><key>CFBundleIdentifier</key><string>&a;</string></dict></plist>"
    with pytest.raises(UnreadableError, match="damaged property list"):
        read(tmp_path, text.encode())
    with pytest.raises(UnreadableError):
        read(tmp_path, b"bplist00" + b"\xff" * 40)
