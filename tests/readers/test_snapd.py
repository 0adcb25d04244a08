"""Snaps as snapd lists them: a real answer, and small written ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fullcount.model import Batch, Lists, Os, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers import READERS
from fullcount.readers.snapd import SNAPD

SAMPLE = Path(__file__).resolve().parents[2] / "../shared/samples/snap/snaps.json"
SNAP = {
    "name": "kesl",
    "title": "Kaspersky Endpoint Security",
    "version": "12.1",
    "revision": "7",
    "confinement": "strict",
    "status": "active",
    "install-date": "2024-04-05T23:30:00.123456789-04:00",
    "publisher": {"display-name": "Kaspersky", "username": "kl"},
}


def read(tmp_path: Path, text: str, host: str | None = None) -> Batch:
    path = tmp_path / "snaps.json"
    path.write_text(text, encoding="utf-8")
    assert SNAPD.claims(Peek.at(path))
    assert SNAPD.batches
    [batch] = SNAPD.batches(Stream(path=path, encoding="utf-8", host=host))
    return batch


@pytest.mark.real
@pytest.mark.skipif(not SAMPLE.exists(), reason="no real exports beside the project")
def test_real_answer(tmp_path: Path) -> None:
    assert [reader.name for reader in READERS if reader.claims(Peek.at(SAMPLE))] == ["snapd"]
    batch = read(tmp_path, SAMPLE.read_text("utf-8"), host="pc-1")
    assert (len(batch.sightings), len(batch.rejects)) == (16, 0), "as the independent count of the sample has it"
    title = batch.sightings[2].title
    assert (title.package, title.version, title.publisher) == ("postman", "10.24.26", "Postman, Inc.")
    assert {one.state for one in batch.sightings} == {State.INSTALLED}
    assert batch.record
    assert (batch.record.lists, batch.record.os_family) == (Lists.SOME_SOFTWARE, Os.LINUX)
    assert batch.record.clues == [("hostname", "pc-1")]
    assert batch.record.looked_at is None, "the answer has no date"


ANSWER = {"type": "sync", "status-code": 200}


@pytest.mark.parametrize(
    "around", [ANSWER | {"result": [SNAP]}, ANSWER | {"result": SNAP}, [SNAP], SNAP, {"result": {"snaps": [SNAP]}}]
)
def test_one_snap_however_it_is_packed(tmp_path: Path, around: Any) -> None:
    [one] = read(tmp_path, json.dumps(around, indent=2)).sightings
    assert (one.title.type, one.title.name, one.title.package) == (Trace.PACKAGE, "Kaspersky Endpoint Security", "kesl")
    assert (one.title.version, one.title.publisher, one.state, one.place) == ("12.1", "Kaspersky", State.INSTALLED, 1)
    assert one.detail
    assert one.detail.installed_on == "2024-04-06", "the day in UTC"


@pytest.mark.parametrize(
    ("status", "day", "state"),
    [
        ("installed", "2024-04-05T00:00:00Z", State.FILES),
        ("available", None, State.MENTION),
        (None, "2024-04-05T00:00:00Z", State.INSTALLED),
        (None, None, State.MENTION),
    ],
)
def test_what_a_status_proves(tmp_path: Path, status: str | None, day: str | None, state: State) -> None:
    snap = SNAP | {"status": status, "install-date": day, "installed-size": 1}
    [one] = read(tmp_path, json.dumps([snap])).sightings
    assert one.state is state


def test_lines_names_and_breaks(tmp_path: Path) -> None:
    bare = {key: value for key, value in SNAP.items() if key not in {"title", "publisher"}} | {"developer": "kl"}
    text = json.dumps(SNAP) + "\n" + json.dumps(bare) + "\n" + json.dumps({"name": "", "version": "1"}) + "\n"
    batch = read(tmp_path, text)
    assert [(one.title.name, one.title.publisher, one.place) for one in batch.sightings][1] == ("kesl", "kl", 2)
    assert [(reject.place, reject.reason) for reject in batch.rejects] == [(3, "a snap without a name")]
    whole = json.dumps(ANSWER | {"result": [SNAP, bare]})
    cut = read(tmp_path, whole[:-60])
    assert cut.record
    assert "breaks off" in (cut.record.note or "")
    assert len(cut.sightings) + len(cut.rejects) >= 2


def test_other_json_is_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"name": "x", "revision": 1, "confinement": "none"}', encoding="utf-8")
    assert not SNAPD.claims(Peek.at(path))
