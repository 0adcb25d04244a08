"""dpkg's database: real ones against their independent counts, and small written ones."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from fullcount.errors import FullcountError
from fullcount.model import Batch, Class, Lists, Os, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers.dpkg import DPKG_STATUS

SHARED = Path(__file__).resolve().parents[2] / "../shared/samples"
SAMPLES = sorted((SHARED / "dpkg_status").glob("*"))
real = [pytest.mark.real, pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")]

STATUS = """Package: kesl
Status: install ok installed
Maintainer: Kaspersky Lab <support@example.com>
Version: 10.1.0-5960
Description: a scanner
 Package: not one
 .
 Version: nor this

Package: gone
Status: deinstall ok config-files
Version: 1:2.0~rc1-3

Package: never
Status: purge ok not-installed

Package: broken
Status: install reinstreq half-installed
Version: 1
"""


def read(path: Path, host: str | None = None) -> list[Batch]:
    assert DPKG_STATUS.batches
    return list(DPKG_STATUS.batches(Stream(path=path, encoding=Peek.at(path).encoding, host=host)))


def written(tmp_path: Path, data: bytes | str, name: str = "status") -> Path:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def seen(batch: Batch) -> list[tuple[str | None, str | None, str, int]]:
    return [(s.title.package, s.title.version, s.state, s.place) for s in batch.sightings]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
class TestRealDatabases:
    pytestmark = real

    def test_counts_are_those_of_an_independent_count(self, path: Path) -> None:
        with (SHARED / "truth.tsv").open(encoding="utf-8", newline="") as file:
            rows = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
        row = rows[f"dpkg_status/{path.name}"]
        [batch] = read(path)
        assert len(batch.sightings) == int(row["rows"])
        residue = [s for s in batch.sightings if s.state == State.RESIDUE]
        assert len(residue) == row["note"].count("config-files")
        # one sample has two lines of prose and of another format before the first package
        assert [r.raw.decode()[:9] for r in batch.rejects] == (["Test data"] if path.suffix == ".txtar" else [])

    def test_is_claimed_and_needs_its_host_named(self, path: Path) -> None:
        assert DPKG_STATUS.claims(Peek.at(path))
        assert DPKG_STATUS.needs_host
        records = [batch.record for host in (None, "web-1") for batch in read(path, host)]
        assert [record.clues for record in records if record] == [[], [("hostname", "web-1")]]

    def test_damage_is_never_a_traceback_and_never_passes_for_whole(self, path: Path, tmp_path: Path) -> None:
        whole, dice = path.read_bytes(), random.Random(path.name)
        for damage in ("cut", "cut", "flip", "flip"):
            at = dice.randrange(200, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            broken = written(tmp_path, whole[:at] if damage == "cut" else flipped)
            try:
                [batch] = read(broken)
            except FullcountError as error:
                assert error.place  # noqa: PT017 - that it says where is the test
                continue
            assert batch.record
            cut = damage == "cut" and not whole[:at].endswith(b"\n")
            partial = bool(cut or batch.rejects)
            assert (batch.record.lists is Lists.SOME_SOFTWARE) == partial == bool(batch.record.note)


@pytest.mark.real
@pytest.mark.skipif(not SAMPLES, reason="no real exports beside the project")
class TestRealOthers:
    def test_claims_nothing_else(self) -> None:
        others = [path for path in SHARED.rglob("*") if path.is_file() and path not in SAMPLES]
        assert others
        assert not [path.name for path in others if DPKG_STATUS.claims(Peek.at(path))]

    def test_names_versions_and_maintainers(self) -> None:
        [batch] = read(SHARED / "dpkg_status/syft_dpkg_size4kb")
        [sighting] = batch.sightings
        assert sighting.title[:4] == (Trace.PACKAGE, "apt", "1.8.2", "APT Development Team <deity@lists.debian.org>")
        [batch] = read(SHARED / "dpkg_status/trivy_dpkg_valid.txtar")
        assert ("fdisk", "2.31.1-0.4ubuntu3.1", State.INSTALLED, 2) in seen(batch)


def test_state_is_what_dpkg_says_is_there(tmp_path: Path) -> None:
    path = written(tmp_path, STATUS)
    [batch] = read(path)
    assert seen(batch) == [
        ("kesl", "10.1.0-5960", State.INSTALLED, 1),
        ("gone", "1:2.0~rc1-3", State.RESIDUE, 2),
        ("never", None, State.REMOVED, 3),
        ("broken", "1", State.FILES, 4),
    ]
    assert batch.record
    assert (batch.record.lists, batch.record.os_family, batch.record.note) == (Lists.ALL_SOFTWARE, Os.LINUX, None)
    assert batch.record.machine_class is Class.UNKNOWN
    assert read(written(tmp_path, STATUS.replace("\n", "\r\n"))) == [batch]
    assert read(written(tmp_path, STATUS.encode("utf-16"))) == [batch]


@pytest.mark.parametrize(
    ("paragraph", "reason"),
    [
        ("Version: 1\nStatus: install ok installed", "without a package's name"),
        ("Package: b\x07d\nStatus: install ok installed", "none that a package can have"),
        ("Package: bad\nVersion: \ufffd\nStatus: install ok installed", "version is none"),
        ("Package: bad\nVersion: 1\nStatus: install ok instalmed", "status that is known"),
        ("Package: bad\nVersion: 1\nStatus: install", "status that is known"),
        ("Package: bad\nVersion: 1", "status that is known"),
    ],
)
def test_bad_paragraph_is_a_reject_and_the_list_partial(tmp_path: Path, paragraph: str, reason: str) -> None:
    [batch] = read(written(tmp_path, f"{paragraph}\n\n{STATUS}"))
    [reject] = batch.rejects
    assert (reject.place, reject.raw.decode().rstrip()) == (1, paragraph)
    assert reason in reject.reason
    assert len(batch.sightings) == 4
    assert batch.record
    assert batch.record.lists is Lists.SOME_SOFTWARE


def test_lost_blank_line_loses_no_package(tmp_path: Path) -> None:
    [batch] = read(written(tmp_path, STATUS.replace("\n\n", "\nx\n")))
    assert [name for name, *_ in seen(batch)] == ["kesl", "gone", "never", "broken"]


def test_very_long_line_costs_no_memory_and_no_package(tmp_path: Path) -> None:
    field = "Depends: " + "x" * (1 << 20) + "Package: y\n"
    [batch] = read(written(tmp_path, STATUS.replace("Description", field + "Description")))
    assert len(batch.sightings) == 4


def test_large_database_is_handed_on_in_pieces(tmp_path: Path) -> None:
    text = "".join(f"Package: p{n}\nStatus: install ok installed\n\n" for n in range(10_001))
    found = read(written(tmp_path, text), "big")
    assert [len(batch.sightings) for batch in found] == [10_000, 1]
    assert {batch.key for batch in found} == {"machine"}
    assert found[-1].record
    assert found[-1].record.clues == [("hostname", "big")]


def test_file_of_an_image_is_part_of_its_list(tmp_path: Path) -> None:
    one = "Package: base-files\nVersion: 11.1\nMaintainer: x\n"
    path = written(tmp_path, one, "status.d/base")
    assert DPKG_STATUS.claims(Peek.at(path))
    [batch] = read(path)
    assert seen(batch) == [("base-files", "11.1", State.INSTALLED, 1)]
    assert batch.record
    assert (batch.record.machine_class, batch.record.lists) == (Class.IMAGE, Lists.SOME_SOFTWARE)
    assert not DPKG_STATUS.claims(Peek.at(written(tmp_path, one, "control")))


def test_index_of_what_may_be_installed_is_not_claimed(tmp_path: Path) -> None:
    index = "Package: kesl\nVersion: 1\nFilename: pool/kesl.deb\nSHA256: 00\n\n"
    for name in ("Packages", "status.d/Packages"):
        assert not DPKG_STATUS.claims(Peek.at(written(tmp_path, index, name)))
