"""apk's database: real ones against their independent counts, and small written ones."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from fullcount.errors import FullcountError
from fullcount.model import Batch, Lists, Os, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers.apk import APK_INSTALLED

SHARED = Path(__file__).resolve().parents[2] / "../shared/samples"
SAMPLES = sorted((SHARED / "apk_installed").glob("*"))
real = [pytest.mark.real, pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")]

INSTALLED = """C:Q1abc=
P:bash
V:5.2.21-r0
A:x86_64
m:Natanael <n@example.com>
F:bin
R:bash

P:.build
V:20230101.010101
A:noarch
m:
"""


def read(path: Path, host: str | None = None) -> list[Batch]:
    assert APK_INSTALLED.batches
    return list(APK_INSTALLED.batches(Stream(path=path, encoding=Peek.at(path).encoding, host=host)))


def written(tmp_path: Path, data: bytes | str) -> Path:
    path = tmp_path / "installed"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def seen(batch: Batch) -> list[tuple[str | None, str | None, str | None, int]]:
    return [(s.title.package, s.title.version, s.title.publisher, s.place) for s in batch.sightings]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
class TestRealDatabases:
    pytestmark = real

    def test_counts_are_those_of_an_independent_count(self, path: Path) -> None:
        with (SHARED / "truth.tsv").open(encoding="utf-8", newline="") as file:
            rows = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
        [batch] = read(path)
        assert len(batch.sightings) == int(rows[f"apk_installed/{path.name}"]["rows"])
        assert not batch.rejects
        assert {s.state for s in batch.sightings} == {State.INSTALLED}
        assert batch.record
        assert (batch.record.lists, batch.record.os_family) == (Lists.ALL_SOFTWARE, Os.LINUX)

    def test_is_claimed_and_needs_its_host_named(self, path: Path) -> None:
        assert APK_INSTALLED.claims(Peek.at(path))
        assert APK_INSTALLED.needs_host
        records = [batch.record for host in (None, "web-1") for batch in read(path, host)]
        assert [record.clues for record in records if record] == [[], [("hostname", "web-1")]]

    def test_damage_is_never_a_traceback_and_never_passes_for_whole(self, path: Path, tmp_path: Path) -> None:
        whole, dice = path.read_bytes(), random.Random(path.name)
        for damage in ("cut", "cut", "flip", "flip"):
            at = dice.randrange(100, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            broken = written(tmp_path, whole[:at] if damage == "cut" else flipped)
            try:
                [batch] = read(broken)
            except FullcountError as error:
                assert error.place  # noqa: PT017 - that it says where is the test
                continue
            assert batch.record
            cut = damage == "cut" and not whole[:at].endswith(b"\n")
            assert (batch.record.lists is Lists.SOME_SOFTWARE) == bool(cut or batch.rejects) == bool(batch.record.note)


@pytest.mark.real
@pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")
class TestRealOthers:
    def test_claims_nothing_else_and_no_index(self) -> None:
        others = [path for path in SHARED.rglob("*") if path.is_file() and path not in SAMPLES]
        assert SHARED / "linux_pkg_text/pkg-index-apk.out" in others
        assert not [path.name for path in others if APK_INSTALLED.claims(Peek.at(path))]

    def test_names_versions_and_maintainers(self) -> None:
        [batch] = read(SHARED / "apk_installed/scalibr_apk_installed")
        assert seen(batch)[0] == ("alpine-baselayout", "3.4.3-r1", "Natanael Copa <ncopa@alpinelinux.org>", 1)
        [batch] = read(SHARED / "apk_installed/syft_apk_installed_multiple1")
        assert [s.title.publisher for s in batch.sightings][2] == "Timo Teräs <timo.teras@iki.fi>"


def test_each_paragraph_is_a_package(tmp_path: Path) -> None:
    path = written(tmp_path, INSTALLED)
    assert APK_INSTALLED.claims(Peek.at(path))
    [batch] = read(path)
    assert seen(batch) == [("bash", "5.2.21-r0", "Natanael <n@example.com>", 1), (".build", "20230101.010101", None, 2)]
    assert {s.title.type for s in batch.sightings} == {Trace.PACKAGE}
    assert read(written(tmp_path, INSTALLED.replace("\n", "\r\n"))) == [batch]
    assert APK_INSTALLED.claims(Peek.at(path))


@pytest.mark.parametrize(
    ("line", "instead", "reason"),
    [
        ("P:bash", "Q:bash", "without a package's name"),
        ("P:bash", "P:b sh", "none that a package can have"),
        ("V:5", "W:5", "without a version"),
        ("V:5", "V:;", "without a version"),
    ],
)
def test_bad_paragraph_is_a_reject_and_the_list_partial(tmp_path: Path, line: str, instead: str, reason: str) -> None:
    [batch] = read(written(tmp_path, INSTALLED.replace(line, instead)))
    [reject] = batch.rejects
    assert (reject.place, reject.raw.decode()[:8]) == (1, "C:Q1abc=")
    assert reason in reject.reason
    assert [name for name, *_ in seen(batch)] == [".build"]
    assert batch.record
    assert batch.record.lists is Lists.SOME_SOFTWARE


def test_lost_blank_line_loses_no_package(tmp_path: Path) -> None:
    [batch] = read(written(tmp_path, INSTALLED.replace("\n\n", "\nx\n")))
    assert [name for name, *_ in seen(batch)] == ["bash", ".build"]


def test_very_long_line_is_passed_over(tmp_path: Path) -> None:
    [batch] = read(written(tmp_path, INSTALLED.replace("F:bin\n", "D:" + "x" * (1 << 20) + "P:y\n")))
    assert [name for name, *_ in seen(batch)] == ["bash", ".build"]


def test_large_database_is_handed_on_in_pieces(tmp_path: Path) -> None:
    found = read(written(tmp_path, "".join(f"P:p{n}\nV:1\n\n" for n in range(10_001))))
    assert [len(batch.sightings) for batch in found] == [10_000, 1]
    assert {batch.key for batch in found} == {"machine"}
