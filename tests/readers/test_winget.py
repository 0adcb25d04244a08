"""winget's exports: real ones against their independent counts, and small written ones."""

from __future__ import annotations

import csv
import json
import random
from datetime import datetime
from pathlib import Path

import pytest

from fullcount.model import Batch, Lists, Os, Record, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers.winget import WINGET

SAMPLES = Path(__file__).resolve().parents[2] / "../shared/samples"
FILES = sorted(path for path in (SAMPLES / "winget_export").glob("*") if path.name != "ImportFile-Bad-Malformed.json")
real = [pytest.mark.real, pytest.mark.skipif(not FILES, reason="no real exports beside the project")]
SCHEMA = "https://aka.ms/winget-packages.schema.2.0.json"


def read(path: Path, host: str | None = None) -> tuple[Batch, Record]:
    peek = Peek.at(path)
    assert WINGET.claims(peek)
    assert WINGET.batches
    [batch] = WINGET.batches(Stream(path=path, encoding=peek.encoding, host=host))
    assert batch.record
    return batch, batch.record


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "export.json"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
class TestRealExports:
    pytestmark = real

    def test_counts_are_those_of_an_independent_count(self, path: Path) -> None:
        with (SAMPLES / "truth.tsv").open(encoding="utf-8", newline="") as file:
            truth = {row["file"]: row["rows"] for row in csv.DictReader(file, delimiter="\t")}
        batch, record = read(path)
        assert len(batch.sightings) == int(truth[f"winget_export/{path.name}"])
        assert not batch.rejects
        assert record.looked_at
        assert (record.lists, record.os_family, record.clues) == (Lists.SOME_SOFTWARE, Os.WINDOWS, [])

    def test_damage_is_never_a_traceback(self, path: Path, tmp_path: Path) -> None:
        whole, dice = path.read_bytes(), random.Random(path.name)
        assert WINGET.batches
        for damage in ("cut", "cut", "flip", "flip"):
            at = dice.randrange(1, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            broken = tmp_path / "broken"
            broken.write_bytes(whole[:at] if damage == "cut" else flipped)
            assert list(WINGET.batches(Stream(path=broken, encoding=Peek.at(broken).encoding)))


@pytest.mark.real
@pytest.mark.skipif(not FILES, reason="no real exports beside the project")
def test_claims_nothing_else() -> None:
    others = [path for path in SAMPLES.rglob("*") if path.is_file() and path not in FILES]
    assert len(others) > 200
    assert [path.name for path in others if WINGET.claims(Peek.at(path))] == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_packages_of_all_sources(tmp_path: Path, encoding: str) -> None:
    sources = [
        {"Packages": [{"PackageIdentifier": "7zip.7zip", "Version": "19.00"}, {"Version": "1"}]},
        {"Packages": [{"Id": "9WZDNCRFJBH4", "Version": "Unknown"}]},
        "nonsense",
    ]
    document = {"$schema": SCHEMA, "CreationDate": "2021-10-26T12:16:32.500-02:00", "Sources": sources}
    batch, record = read(written(tmp_path, json.dumps(document), encoding), "pc1")
    assert [(s.place, s.title.type, s.title.package, s.title.version) for s in batch.sightings] == [
        (1, Trace.PACKAGE, "7zip.7zip", "19.00"),
        (3, Trace.PACKAGE, "9WZDNCRFJBH4", None),
    ]
    assert [reject.place for reject in batch.rejects] == [2, 4]
    assert record.clues == [("hostname", "pc1")]
    assert record.looked_at == datetime(2021, 10, 26, 14, 16, 32)  # noqa: DTZ001 - times of the house are UTC


def test_a_comma_after_the_last_package_is_forgiven(tmp_path: Path) -> None:
    text = f'{{"$schema": "{SCHEMA}", "Sources": [{{"Packages": [{{"PackageIdentifier": "a,]"}},\n ]}},]}}'
    assert [s.title.name for s in read(written(tmp_path, text))[0].sightings] == ["a,]"]


@pytest.mark.parametrize(("rest", "reason"), [('"Sources": {}}', "no list of sources"), ('"Sources": ' + "[" * 5000, "nested")])
def test_what_holds_no_packages_is_a_reject(tmp_path: Path, rest: str, reason: str) -> None:
    assert WINGET.batches
    path = written(tmp_path, f'{{"$schema": "{SCHEMA}", {rest}')
    [batch] = WINGET.batches(Stream(path=path, encoding="utf-8"))
    assert batch.record is None
    assert reason in batch.rejects[0].reason


def test_what_is_complete_before_a_break_is_kept(tmp_path: Path) -> None:
    text = f'{{"$schema": "{SCHEMA}", "Sources": [{{"Packages": [{{"PackageIdentifier": "a"}}, {{"PackageId'
    assert WINGET.batches
    first, rest = WINGET.batches(Stream(path=written(tmp_path, text), encoding="utf-8"))
    assert [s.title.name for s in first.sightings] == ["a"]
    assert first.record
    assert "broken" in (first.record.note or "")
    assert "stops being JSON" in rest.rejects[0].reason
