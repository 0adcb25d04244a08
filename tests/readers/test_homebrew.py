"""Homebrew: a real receipt, and written information on formulae and casks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fullcount.model import Batch, Lists, Os, State
from fullcount.reader import Peek, Stream
from fullcount.readers import READERS
from fullcount.readers.homebrew import HOMEBREW

SAMPLE = Path(__file__).resolve().parents[2] / "../shared/samples/homebrew/rclone_INSTALL_RECEIPT.json"
FORMULA: dict[str, Any] = {
    "name": "wget",
    "full_name": "wget",
    "tap": "homebrew/core",
    "versions": {"stable": "1.25"},
    "installed": [{"version": "1.24.5", "time": 1722991679}, {"version": "1.25"}],
    "linked_keg": "1.25",
}
CASK: dict[str, Any] = {
    "token": "kaspersky",
    "full_token": "kaspersky",
    "tap": "homebrew/cask",
    "name": ["Kaspersky Internet Security"],
    "version": "22.0",
    "installed": "21.0",
    "installed_time": 1722991679,
}
RECEIPT: dict[str, Any] = {
    "homebrew_version": "4.3",
    "poured_from_bottle": True,
    "time": 1722991679,
    "source": {"versions": {"stable": "1.67.0", "head": None}, "path": "/x/api/formula.jws.json", "tap": "homebrew/core"},
    "built_on": {"os": "Linux"},
}


def read(tmp_path: Path, value: Any, name: str = "pc-1.json", host: str | None = None) -> Batch:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    assert HOMEBREW.claims(Peek.at(path))
    assert HOMEBREW.batches
    [batch] = HOMEBREW.batches(Stream(path=path, encoding="utf-8", host=host))
    return batch


def seen(batch: Batch) -> list[tuple[str | None, str | None, str | None, str]]:
    return [(one.title.name, one.title.version, one.title.package, one.state) for one in batch.sightings]


@pytest.mark.real
@pytest.mark.skipif(not SAMPLE.exists(), reason="no real exports beside the project")
def test_real_receipt() -> None:
    assert [reader.name for reader in READERS if reader.claims(Peek.at(SAMPLE))] == ["homebrew"]
    assert HOMEBREW.batches
    for host, clues in (("rclone_INSTALL_RECEIPT", []), (None, [])):
        [batch] = HOMEBREW.batches(Stream(path=SAMPLE, encoding="utf-8", host=host))
        assert seen(batch) == [("rclone", "1.67.0", "rclone", State.INSTALLED)]
        assert batch.sightings[0].detail
        assert batch.sightings[0].detail.installed_on == "2024-08-07"
        assert batch.record
        assert batch.record.clues == clues, "the file's name is the formula's"
        assert (batch.record.lists, batch.record.os_family) == (Lists.SOME_SOFTWARE, Os.MACOS)


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("Cellar/rclone/1.66.0_1/INSTALL_RECEIPT.json", "/x/formula.jws.json", ("rclone", "1.66.0_1")),
        ("Caskroom/app/.metadata/INSTALL_RECEIPT.json", "/x/cask.jws.json", ("app", "1.67.0")),
        ("INSTALL_RECEIPT.json", "/opt/homebrew/Library/Taps/a/homebrew-b/Formula/c/tool.rb", ("tool", "1.67.0")),
    ],
)
def test_receipt_is_named_by_its_folder_or_its_recipe(tmp_path: Path, name: str, path: str, expected: tuple[str, str]) -> None:
    receipt = RECEIPT | {"source": RECEIPT["source"] | {"path": path}}
    batch = read(tmp_path, receipt, name, host="pc-1")
    assert [one[:2] for one in seen(batch)] == [expected]
    assert batch.record
    assert batch.record.clues == [("hostname", "pc-1")]
    assert batch.record.os_family is Os.LINUX


def test_receipt_that_names_nothing_is_a_reject(tmp_path: Path) -> None:
    batch = read(tmp_path, RECEIPT, "INSTALL_RECEIPT.json", host="INSTALL_RECEIPT")
    assert not batch.sightings
    assert "does not name its formula" in batch.rejects[0].reason
    assert batch.record
    assert not batch.record.clues


def test_information_on_what_is_installed_and_what_could_be(tmp_path: Path) -> None:
    offered = FORMULA | {"name": "curl", "full_name": "a/b/curl", "tap": "a/b", "installed": []}
    batch = read(
        tmp_path, {"formulae": [FORMULA, offered, {"name": None}], "casks": [CASK, CASK | {"installed": None}]}, host="pc-1"
    )
    assert seen(batch) == [
        ("wget", "1.24.5", "wget", State.INSTALLED),
        ("wget", "1.25", "wget", State.INSTALLED),
        ("curl", "1.25", "a/b/curl", State.MENTION),
        ("Kaspersky Internet Security", "21.0", "kaspersky", State.INSTALLED),
        ("Kaspersky Internet Security", "22.0", "kaspersky", State.MENTION),
    ]
    assert [one.place for one in batch.sightings] == [1, 1, 2, 4, 5]
    assert [reject.place for reject in batch.rejects] == [3]
    assert [one.detail.installed_on if one.detail else None for one in batch.sightings][3] == "2024-08-07"
    assert batch.record
    assert (batch.record.os_family, batch.record.clues) == (Os.MACOS, [("hostname", "pc-1")])


def test_first_version_of_the_information(tmp_path: Path) -> None:
    batch = read(tmp_path, [FORMULA])
    assert len(batch.sightings) == 2
    assert batch.record
    assert batch.record.os_family is Os.UNKNOWN, "formulae are installed on Linux too"


def test_cut_information_says_so(tmp_path: Path) -> None:
    batch = read(tmp_path, json.dumps({"formulae": [FORMULA, FORMULA]})[:-40])
    assert batch.record
    assert "breaks off" in (batch.record.note or "")


def test_other_json_is_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for text in ('{"homebrew_version": "4"}', '{"formulae": []}', '[{"name": "x", "tap": "y"}]'):
        path.write_text(text, encoding="utf-8")
        assert not HOMEBREW.claims(Peek.at(path))
