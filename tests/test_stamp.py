"""Stamps: a file is only passed over where it cannot have changed, and whatever becomes of the list changes nothing."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import time
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from fullcount import stamp
from fullcount.cli import cli
from fullcount.errors import NothingUsableError
from fullcount.exports import find
from fullcount.read import Options
from fullcount.readers import READERS
from fullcount.settings import template
from fullcount.stamp import LARGE, LEAST, MOST, Stamps
from fullcount.workspace import Read, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = "ComputerName,DisplayName,DisplayVersion,Publisher,InstallDate,Note"
LONG_AGO = 1_500_000_000  # seconds: 2017
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no time of change: every file is hashed")


def export(path: Path, machine: str, *, size: int = LEAST, modified: float = LONG_AGO) -> Path:
    """An export of a few machines, padded to a size by a column that nobody reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{machine}-{number},Reader,1.0,Acme,," for number in range(4)]
    pad = (size - len(HEAD) - sum(map(len, rows)) - 5) // 4 + 1
    path.write_text("\n".join([HEAD, *(row + "x" * pad for row in rows)]) + "\n", "utf-8")
    os.utime(path, (modified, modified))
    return path


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports that nobody changed for two seconds: no test may change them, since no program can set the time of a change."""
    folder = tmp_path_factory.mktemp("exports")
    for name in ("one", "two"):
        export(folder / f"{name}.csv", name.upper())
    export(folder / "future.csv", "FUTURE", modified=time.time() + 86_400)
    export(folder / "small.csv", "SMALL", size=LEAST // 2)
    with zipfile.ZipFile(folder / "packed.zip", "w") as archive:
        archive.writestr("packed.csv", (folder / "one.csv").read_text("utf-8").replace("ONE", "PACKED"))
    time.sleep(2.1)
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "work", text=template(""))


def take(work: Workspace, *paths: Path, **options: Any) -> Read:
    return work.read(paths, options=Options(**options), readers=READERS)


def became(work: Workspace, path: Path, **options: Any) -> str:
    (one,) = take(work, path, **options).outcomes
    return one.became


def lines(work: Workspace) -> list[dict[str, Any]]:
    path = work.folder / stamp.FILE
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def keep(work: Workspace, kept: list[dict[str, Any]]) -> None:
    (work.folder / stamp.FILE).write_text("".join(f"{json.dumps(line)}\n" for line in kept), "utf-8")


def age(work: Workspace) -> None:
    """Let what was seen have been seen an hour before."""
    keep(work, [line | {"seen": line["seen"] - 3600 * 10**9} for line in lines(work)])


def sure(work: Workspace, *paths: Path) -> None:
    """Read files until their stamps are sure."""
    take(work, *paths)
    age(work)
    take(work, *paths)
    assert [line["digest"] for line in lines(work)] == [digest(path) for path in paths]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def asked(act: Callable[[], object]) -> int:
    """How many bytes of files this process asks for while it does something."""
    if sys.platform != "linux":
        pytest.skip("only Linux tells how much a process reads")

    def so_far() -> int:
        return int(Path("/proc/self/io").read_text("ascii").split()[1])

    before = so_far()
    act()
    return so_far() - before


# -- what is passed over ---------------------------------------------------------------------------------------------------


def test_the_bytes_of_an_unchanged_file_are_not_read(work: Workspace, old: Path) -> None:
    sure(work, old / "one.csv")
    before = (work.folder / stamp.FILE).read_bytes()
    assert asked(lambda: became(work, old / "one.csv")) < LEAST
    assert asked(lambda: became(work, old / "one.csv", rehash=True)) > LEAST
    assert became(work, old / "one.csv") == "known"
    assert (work.folder / stamp.FILE).read_bytes() == before
    assert len(work.sources()) == 1


def test_a_new_name_of_an_unchanged_file_is_an_appearance(work: Workspace, old: Path, tmp_path: Path) -> None:
    sure(work, old / "one.csv")
    (tmp_path / "link.csv").symlink_to(old / "one.csv")
    assert asked(lambda: became(work, tmp_path / "link.csv")) < LEAST
    assert [source["names"] for source in work.sources()] == [["link.csv", "one.csv"]]


def test_a_stamp_must_have_been_seen_two_seconds_before(work: Workspace, old: Path) -> None:
    for _ in range(2):
        take(work, old / "one.csv")
        assert [line["digest"] for line in lines(work)] == [""], "the file system's clock may be behind ours, and coarse"
    age(work)
    take(work, old / "one.csv")
    assert [line["digest"] for line in lines(work)] == [digest(old / "one.csv")]


def test_small_files_and_what_lies_in_archives_have_no_line(work: Workspace, old: Path) -> None:
    take(work, old / "small.csv", old / "packed.zip")
    assert not (work.folder / stamp.FILE).exists()
    assert {one.became for one in take(work, old / "small.csv", old / "packed.zip").outcomes} == {"known"}


def test_a_very_large_file_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.touch()
    os.truncate(path, LARGE)
    stamps = Stamps()
    assert stamps.size_of(path) == LARGE
    found = stamps.digest_of(path)
    assert found == "49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14"  # of 1 GiB of nothing
    assert [json.loads(line)["digest"] for line in stamps.text().splitlines()] == [found]


# -- what is not -----------------------------------------------------------------------------------------------------------


def test_other_content_is_noticed_though_size_and_time_were_set_back(work: Workspace, tmp_path: Path) -> None:
    path = export(tmp_path / "one.csv", "ONE")
    time.sleep(2.1)
    sure(work, path)
    before = path.stat()
    with path.open("r+b") as file:
        file.write(path.read_bytes().replace(b"Reader", b"Writer"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (before.st_ino, before.st_size, before.st_mtime_ns)
    assert became(work, path) == "read"
    assert len(work.sources()) == 2


def test_a_file_that_was_only_touched_is_hashed_again_and_known(work: Workspace, tmp_path: Path) -> None:
    path = export(tmp_path / "one.csv", "ONE")
    time.sleep(2.1)
    sure(work, path)
    path.touch()
    assert asked(lambda: became(work, path)) > LEAST
    assert became(work, path) == "known"
    assert [line["digest"] for line in lines(work)] == ["", digest(path)], "the new stamp is not sure, the old one is kept"


def test_a_file_changed_a_moment_ago_is_not_sure(work: Workspace, tmp_path: Path) -> None:
    path = export(tmp_path / "one.csv", "ONE")
    for _ in range(2):
        take(work, path)
        age(work)
    assert [line["digest"] for line in lines(work)] == [""]


def test_a_time_to_come_is_never_sure(work: Workspace, old: Path) -> None:
    for _ in range(2):
        take(work, old / "future.csv")
        age(work)
    assert [line["digest"] for line in lines(work)] == [""]


def test_a_file_rewritten_quicker_than_the_clock_goes_is_told_apart(tmp_path: Path) -> None:
    path = export(tmp_path / "one.csv", "ONE")
    data, told, held = b"", 0, set[str]()
    for turn in range(60):
        with path.open("r+b") as file:
            file.write(bytes([turn]))
        os.utime(path, (LONG_AGO, LONG_AGO))
        stamps = Stamps(data.replace(b'"seen": 1', b'"seen": '), held=held)  # long ago
        found = stamps.digest_of(path)
        told += found == digest(path)
        held.add(found)
        data = stamps.text()
    assert told == len(held) == 60


class Restless(io.FileIO):
    """A file that somebody writes into while it is read."""

    def read(self, size: int | None = -1, /) -> Any:
        os.utime(str(self.name), (LONG_AGO, LONG_AGO))
        return super().read(-1 if size is None else size)


class Written(type(Path())):  # type: ignore[misc]
    """The path of a restless file."""

    def open(self, *_: Any, **__: Any) -> IO[bytes]:
        return Restless(str(self))


def test_a_file_that_changes_while_it_is_hashed_has_no_line(tmp_path: Path) -> None:
    path = export(tmp_path / "one.csv", "ONE")
    stamps = Stamps()
    assert stamps.digest_of(Written(path)) == digest(path)
    assert not stamps.text()
    assert stamps.digest_of(path) == digest(path)
    assert stamps.text()


# -- the list itself -------------------------------------------------------------------------------------------------------


def line(path: Path, **other: Any) -> bytes:
    """A line of the list, as a workspace writes it, but for what is given."""
    now = path.stat()
    numbers = {"device": now.st_dev, "inode": now.st_ino, "size": now.st_size}
    times = {"modified": now.st_mtime_ns, "changed": now.st_ctime_ns, "seen": 1}
    return json.dumps({**numbers, **times, "digest": digest(path), **other}).encode() + b"\n"


BROKEN: dict[str, Callable[[Path], bytes]] = {
    "no text": lambda _: b"\xff\xfe\x00\x01\n\x80",
    "torn": lambda path: line(path)[:-20],
    "deep": lambda _: b"[" * 200_000,
    "others": lambda _: b'[1]\n"text"\nnull\n{}\n{"digest": 1}\n',
    "no numbers": lambda path: line(path, inode="1") + line(path, size=1.5) + line(path, seen=None) + line(path, device=[]),
    "long number": lambda path: line(path).replace(b'"seen": 1', b'"seen": ' + b"1" * 5000),
    "no digest": lambda path: line(path, digest=["a"]) + line(path, digest="x"),
    "a digest of nothing": lambda path: line(path, digest="a" * 64),
    "too long": lambda path: line(path, digest="a" * 64) + bytes(MOST * 301),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_list_is_passed_over_and_mended(kind: str, work: Workspace, old: Path) -> None:
    take(work, old / "one.csv")
    (work.folder / stamp.FILE).write_bytes(BROKEN[kind](old / "one.csv"))
    assert became(work, old / "one.csv") == "known"
    assert len(work.sources()) == 1
    age(work)
    assert became(work, old / "one.csv") == "known"
    assert [one["digest"] for one in lines(work)] == [digest(old / "one.csv")]


def test_a_list_that_cannot_be_written_stops_nothing(work: Workspace, old: Path) -> None:
    (work.folder / stamp.FILE).mkdir()
    assert became(work, old / "one.csv") == "read"
    assert became(work, old / "one.csv") == "known"
    assert {path.name for path in work.folder.iterdir()} == {"fullcount.toml", "readings", "ledger.jsonl", "lock", stamp.FILE}


def test_it_may_be_deleted_and_is_no_export(work: Workspace, old: Path) -> None:
    sure(work, old / "one.csv")
    assert list(find([work.folder], leave_out=work.own())) == []
    (work.folder / stamp.FILE).unlink()
    assert became(work, old / "one.csv") == "known"


def test_a_read_that_fails_keeps_the_list(work: Workspace, old: Path, tmp_path: Path) -> None:
    sure(work, old / "one.csv")
    before = lines(work)
    (tmp_path / "refused.bin").write_bytes(bytes(LEAST))
    with pytest.raises(NothingUsableError):
        take(work, tmp_path / "refused.bin")
    assert lines(work) == before


def test_rehash_looks_at_every_byte_and_mends_the_list(work: Workspace, old: Path) -> None:
    both = [old / "one.csv", old / "two.csv"]
    sure(work, *both)
    right = lines(work)
    keep(work, [mine | {"digest": other["digest"]} for mine, other in zip(right, reversed(right), strict=True)])
    arguments = ["read", *map(str, both), "-w", str(work.folder), "-q"]
    done = CliRunner().invoke(cli, [*arguments, "--rehash"])
    assert done.exit_code == 0, done.output
    assert [source["names"] for source in work.sources()] == [["one.csv"], ["two.csv"]]
    assert lines(work) == right
    keep(work, [mine | {"digest": other["digest"]} for mine, other in zip(right, reversed(right), strict=True)])
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    assert [source["names"] for source in work.sources()] == [["one.csv", "two.csv"]] * 2, "without it the list was believed"


def test_the_newest_lines_are_kept_up_to_a_number(tmp_path: Path) -> None:
    path = export(tmp_path / "one.csv", "ONE")
    form = '{{"device": 1, "inode": {}, "size": 1048576, "modified": 1, "changed": 1, "seen": 1, "digest": ""}}\n'
    data = "".join(map(form.format, range(MOST))).encode()
    stamps = Stamps(data)
    assert stamps.text() == data
    stamps.digest_of(path)
    kept = stamps.text().splitlines(keepends=True)
    assert len(kept) == MOST
    assert json.loads(kept[0])["inode"] == path.stat().st_ino
    assert b"".join(kept[1:]) == b"".join(data.splitlines(keepends=True)[:-1])
