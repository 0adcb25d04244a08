"""pacman's database: a real package, and small written databases."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fullcount.errors import FullcountError
from fullcount.model import Batch, Lists, Os, State
from fullcount.reader import Peek, Stream
from fullcount.readers.pacman import PACMAN_DB

SHARED = Path(__file__).resolve().parents[2] / "../shared/samples"
SAMPLE = SHARED / "pacman_db/pacman_local_desc"
real = [pytest.mark.real, pytest.mark.skipif(not SAMPLE.exists(), reason="no real exports beside the project")]

ONE = "%NAME%\n{name}\n\n%VERSION%\n{version}\n\n%INSTALLDATE%\n1733011443\n\n%PACKAGER%\nUnknown Packager\n\n"
TWO = ONE.format(name="gawk", version="5.3.1-1") + ONE.format(name="gtk2+extra", version="1:2.0-3")


def read(path: Path, host: str | None = None) -> list[Batch]:
    assert PACMAN_DB.batches
    return list(PACMAN_DB.batches(Stream(path=path, encoding=Peek.at(path).encoding, host=host)))


def written(tmp_path: Path, data: bytes | str) -> Path:
    path = tmp_path / "desc"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def seen(batch: Batch) -> list[tuple[str | None, str | None, str, int]]:
    return [(s.title.package, s.title.version, s.state, s.place) for s in batch.sightings]


class TestRealPackage:
    pytestmark = real

    def test_is_one_package_and_no_whole_list(self) -> None:
        assert PACMAN_DB.claims(Peek.at(SAMPLE))
        [batch] = read(SAMPLE, "web-1")
        assert seen(batch) == [("gawk", "5.3.1-1", State.INSTALLED, 1)]
        [sighting] = batch.sightings
        assert sighting.title.publisher == "Tobias Powalowski <tpowa@archlinux.org>"
        assert sighting.detail
        assert sighting.detail.installed_on == "2024-12-01"
        assert batch.record
        assert (batch.record.clues, batch.record.os_family) == ([("hostname", "web-1")], Os.LINUX)
        assert (batch.record.lists, batch.record.note) == (Lists.SOME_SOFTWARE, "one package of the machine's list")

    def test_claims_nothing_else(self) -> None:
        others = [path for path in SHARED.rglob("*") if path.is_file() and path != SAMPLE]
        assert others
        assert not [path.name for path in others if PACMAN_DB.claims(Peek.at(path))]

    def test_damage_is_never_a_traceback(self, tmp_path: Path) -> None:
        whole, dice = SAMPLE.read_bytes(), random.Random(SAMPLE.name)
        for damage in ("cut", "cut", "flip", "flip"):
            at = dice.randrange(1, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            try:
                [batch] = read(written(tmp_path, whole[:at] if damage == "cut" else flipped))
            except FullcountError as error:
                assert error.place  # noqa: PT017 - that it says where is the test
                continue
            assert batch.record
            assert batch.record.lists is Lists.SOME_SOFTWARE


def test_all_packages_of_a_machine_in_one_file(tmp_path: Path) -> None:
    path = written(tmp_path, TWO)
    assert PACMAN_DB.claims(Peek.at(path))
    [batch] = read(path)
    assert seen(batch) == [("gawk", "5.3.1-1", State.INSTALLED, 1), ("gtk2+extra", "1:2.0-3", State.INSTALLED, 2)]
    assert batch.record
    assert (batch.record.lists, batch.record.clues, batch.record.note) == (Lists.ALL_SOFTWARE, [], None)
    assert {s.title.publisher for s in batch.sightings} == {None}
    assert read(written(tmp_path, TWO.replace("\n", "\r\n"))) == [batch]


def test_what_a_repository_offers_is_a_mention(tmp_path: Path) -> None:
    offered = "%FILENAME%\nx.pkg\n\n%NAME%\nx\n\n%VERSION%\n1-1\n\n"
    assert not PACMAN_DB.claims(Peek.at(written(tmp_path, offered * 2)))
    [batch] = read(written(tmp_path, offered * 2))
    assert seen(batch) == [("x", "1-1", State.MENTION, 1), ("x", "1-1", State.MENTION, 2)]


@pytest.mark.parametrize(
    ("old", "new"), [("gawk", "ga wk"), ("%NAME%\ngawk", "%NANE%\ngawk"), ("5.3.1-1", "5 3"), ("%VERSION%", "%VERSIOM%")]
)
def test_bad_package_is_a_reject_and_the_list_partial(tmp_path: Path, old: str, new: str) -> None:
    [batch] = read(written(tmp_path, TWO.replace(old, new, 1)))
    assert seen(batch) == [("gtk2+extra", "1:2.0-3", State.INSTALLED, 2)]
    [reject] = batch.rejects
    assert (reject.place, b"gawk" in reject.raw or b"ga wk" in reject.raw) == (1, True)
    assert batch.record
    assert batch.record.lists is Lists.SOME_SOFTWARE
    assert batch.record.note


def test_cut_and_overlong_lines_are_said(tmp_path: Path) -> None:
    [batch] = read(written(tmp_path, TWO[: TWO.rindex("Unknown")] + "Unk"))
    assert batch.record
    assert batch.record.note == "the file ends in the middle of a line"
    [batch] = read(written(tmp_path, TWO.replace("Unknown", "x" * (1 << 20))))
    assert [name for name, *_ in seen(batch)] == ["gawk", "gtk2+extra"]


def test_large_database_is_handed_on_in_pieces(tmp_path: Path) -> None:
    found = read(written(tmp_path, "".join(f"%NAME%\np{n}\n%VERSION%\n1-1\n" for n in range(10_001))))
    assert [len(batch.sightings) for batch in found] == [10_000, 1]
