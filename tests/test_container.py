"""What is inside archives is read as if it lay unpacked, and no archive does harm."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import random
import sqlite3
import struct
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter  # type: ignore[import-untyped]

from fullcount import chain, console
from fullcount.block import seekable
from fullcount.container import DEEPEST, FREE, HELD, MEMBERS, expanded
from fullcount.demo import organisation
from fullcount.demo import write as write_demo
from fullcount.directive import find as directive
from fullcount.errors import UnreadableError
from fullcount.exports import Found, Lost
from fullcount.grammar import utf8_chunks
from fullcount.read import Options
from fullcount.readers import READERS
from fullcount.settings import template
from fullcount.workspace import Workspace, folders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fullcount.read import Outcome
    from fullcount.report import Account

HEAD = "ComputerName,DisplayName,DisplayVersion,Publisher,InstallDate\n"
ONE = f"{HEAD}PC-1,Reader,1.0,Acme,20170901\n".encode()
TWO = f"{HEAD}PC-2,Writer,2.0,Acme,20170902\n".encode()
GAP = 300 << 20  # bytes of memory that hostile input may take beyond harmless input
Files = dict[str, bytes]


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, 6, mtime=0)


# Suffix and what packs some bytes
WRAPPED: dict[str, Callable[[bytes], bytes]] = {".gz": gzipped, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd}
PACKED: dict[str, Callable[[Mapping[str, bytes]], bytes]] = {".zip": zipped, ".tar": tarred}


def opened(path: Path) -> tuple[Files, list[Lost]]:
    """What is inside a file, and what was said to be lost."""
    files: Files = {}
    lost = []
    for one in expanded(Found(path=path, name=path.name, folder="")):
        if isinstance(one, Lost):
            assert one.reason
            assert one.hint
            lost.append(one)
        else:
            assert one.name not in files
            with one.path.open("rb") as file:
                files[one.name] = file.read()
    return files, lost


def put(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


@pytest.fixture
def work(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "work", text=template("Department of Rivers"))


def take(work: Workspace, *paths: Path) -> dict[str, Outcome]:
    done = work.read(paths, options=Options(), readers=READERS)
    assert len({one.name for one in done.outcomes}) == len(done.outcomes)
    return {one.name: one for one in done.outcomes}


def tables(work: Workspace) -> dict[str, list[Any]]:
    """The rows of the only reading, without what tells an archive from a folder."""
    (folder,) = folders(work.readings)
    found = {path.stem: pq.read_table(path).to_pylist() for path in folder.iterdir() if path.stem != "appearances"}
    for row in found["sources"]:
        row["notes"] = None
    return found


# -- every kind ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", WRAPPED)
def test_a_compressed_file_is_what_is_in_it(suffix: str, tmp_path: Path) -> None:
    assert opened(put(tmp_path, f"list.csv{suffix}", WRAPPED[suffix](ONE))) == ({"list.csv": ONE}, [])
    # parts packed one after the other are one file
    assert opened(put(tmp_path, f"two.csv{suffix}", WRAPPED[suffix](ONE) + WRAPPED[suffix](TWO)))[0] == {"two.csv": ONE + TWO}
    assert opened(put(tmp_path, "no_suffix", WRAPPED[suffix](ONE))) == ({"no_suffix": ONE}, [])


@pytest.mark.parametrize("suffix", PACKED)
def test_an_archive_is_its_files_under_its_name(suffix: str, tmp_path: Path) -> None:
    path = put(tmp_path, f"all{suffix}", PACKED[suffix]({"b/two.csv": TWO, "one.csv": ONE, "empty.csv": b""}))
    files, lost = opened(path)
    assert files == {f"{path.name}/b/two.csv": TWO, f"{path.name}/one.csv": ONE, f"{path.name}/empty.csv": b""}
    assert not lost
    found = {one.name: one.folder for one in expanded(Found(path=path, name="x/all", folder="x")) if isinstance(one, Found)}
    assert found["x/all/b/two.csv"] == "x/b", "what lies in a folder of the archive lies in that folder"
    assert found["x/all/one.csv"] == "x"


@pytest.mark.parametrize("wrap", WRAPPED)
@pytest.mark.parametrize("pack", PACKED)
def test_containers_lie_in_one_another(wrap: str, pack: str, tmp_path: Path) -> None:
    inner = {"one.csv": ONE, f"two.csv{wrap}": WRAPPED[wrap](TWO)}
    path = put(tmp_path, f"all{pack}{wrap}", WRAPPED[wrap](PACKED[pack](inner)))
    assert opened(path) == ({f"all{pack}/one.csv": ONE, f"all{pack}/two.csv": TWO}, [])
    outer = put(tmp_path, "all.zip", zipped({path.name: path.read_bytes()}))
    assert set(opened(outer)[0]) == {f"all.zip/all{pack}/one.csv", f"all.zip/all{pack}/two.csv"}


@pytest.mark.parametrize(("name", "inner"), [("all.tgz", "all.tar"), ("all.tar.gz", "all.tar"), ("ALL", "ALL")])
def test_name_of_what_is_in_a_tarball(name: str, inner: str, tmp_path: Path) -> None:
    assert set(opened(put(tmp_path, name, gzipped(tarred({"one.csv": ONE}))))[0]) == {f"{inner}/one.csv"}


@pytest.mark.parametrize("data", [b"", b"BZhang,Li\n1,2\n", b"\x1f\x8b", b"PK", b"PK\x03\x05", ONE, b"ustar" * 40])
def test_other_files_are_themselves(data: bytes, tmp_path: Path) -> None:
    assert opened(put(tmp_path, "file", data)) == ({"file": data}, [])


def test_a_workbook_is_no_archive(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "list.xlsx") as book:
        book.add_worksheet().write_row(0, 0, ["Name", "Version"])
    data = (tmp_path / "list.xlsx").read_bytes()
    assert opened(tmp_path / "list.xlsx") == ({"list.xlsx": data}, [])
    assert opened(put(tmp_path, "all.zip", zipped({"list.xlsx": data}))) == ({"all.zip/list.xlsx": data}, [])


def tar_of_a_folder() -> bytes:
    entry = tarfile.TarInfo("only")
    entry.type = tarfile.DIRTYPE
    return entry.tobuf() + bytes(1024)


@pytest.mark.parametrize(
    "data", [zipped({}), zipped({"only/": b""}), tar_of_a_folder(), gzipped(tar_of_a_folder()), gzipped(zipped({}))],
    ids=["zip", "folders", "tar", "tar.gz", "zip.gz"],
)  # fmt: skip
def test_an_archive_of_nothing_is_said_to_be_one(data: bytes, tmp_path: Path) -> None:
    files, lost = opened(put(tmp_path, "all.zip", data))
    assert not files
    assert [one.reason for one in lost] == ["the archive holds no file"]


# -- names -----------------------------------------------------------------------------------------------------------------

# What an archive may call a file, and its label
NAMES = {
    "/etc/one.csv": "etc/one.csv",
    "//etc/one.csv": "etc/one.csv",
    "../../one.csv": "one.csv",
    "a/../../one.csv": "a/one.csv",
    "..\\..\\one.csv": "one.csv",
    "C:\\Windows\\one.csv": "C:/Windows/one.csv",
    "\\\\server\\share\\one.csv": "server/share/one.csv",
    f"{'x' * 300}.csv": f"{'x' * 300}.csv",
    "a\u202egpj.csv": "a\u202egpj.csv",
    "a\x1b[2J.csv": "a\x1b[2J.csv",
    ".": "unnamed",
    "..": "unnamed",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", PACKED)
def test_names_are_labels_and_lead_nowhere(suffix: str, name: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    path = put(tmp_path, f"all{suffix}", PACKED[suffix]({name: ONE}))
    assert opened(path) == ({f"all{suffix}/{NAMES[name]}": ONE}, [])
    assert sorted(tmp_path.rglob("*")) == [*before, path]


def test_twins_by_case_are_two_files(tmp_path: Path) -> None:
    for suffix, pack in PACKED.items():
        files, _ = opened(put(tmp_path, f"all{suffix}", pack({"one.csv": ONE, "ONE.CSV": TWO})))
        assert sorted(files.values()) == [ONE, TWO]


def test_names_that_are_no_text_can_be_stored(work: Workspace, tmp_path: Path) -> None:
    raw = tarred({"caf_.csv": ONE}, tarfile.GNU_FORMAT)
    bad = tar_header(raw[:512].replace(b"caf_", b"caf\xe9")) + raw[512:]
    outcomes = take(work, put(tmp_path, "all.tar", bad))
    assert [(one.name, one.became) for one in outcomes.values()] == [("all.tar/caf\\udce9.csv", "read")]
    with_nul = put(tmp_path, "nul.tar", tarred({"one.csv": TWO}).replace(b"one.csv", b"o\0e.csv"))
    assert opened(with_nul)[1], "the sum of its header is wrong"
    paxed = tarred({"é" * 200 + ".csv": TWO}).replace("é".encode() * 3, b"\0\xff\0\xff\0\xff", 1)
    assert {one.became for one in take(work, put(tmp_path, "pax.tar", paxed)).values()} == {"read"}


def tar_header(block: bytes, **fields: bytes) -> bytes:
    """A header with its sum set right. `fields`: offsets as `at257` and what shall stand there."""
    changed = bytearray(block)
    for at, value in fields.items():
        changed[int(at[2:]) : int(at[2:]) + len(value)] = value
    changed[148:156] = b" " * 8
    changed[148:156] = b"%06o\0 " % sum(changed)
    return bytes(changed)


# -- what cannot be read is said -------------------------------------------------------------------------------------------


def zip_entry(data: bytes, name: bytes, *, at_local: int, at_central: int, value: bytes) -> bytes:
    """A zip in which a field of one member is changed, in both of its headers."""
    changed = bytearray(data)
    local = data.index(name) - 30
    central = data.rindex(name) - 46
    for start, at in ((local, at_local), (central, at_central)):
        if at >= 0:
            changed[start + at : start + at + len(value)] = value
    return bytes(changed)


# What is wrong with one of two members, and what is said of it
WRONG_MEMBERS = {
    "encrypted": ({"at_local": 6, "at_central": 8, "value": b"\x01\0"}, "is encrypted"),
    "method of another program": ({"at_local": 8, "at_central": 10, "value": b"\x09\0"}, "compression method"),
    "patched data": ({"at_local": -1, "at_central": 8, "value": b"\x20\0"}, "patched"),
    "wrong sum": ({"at_local": 14, "at_central": 16, "value": b"\1\2\3\4"}, "CRC"),
    "smaller than it is": ({"at_local": 22, "at_central": 24, "value": struct.pack("<L", 3)}, "CRC"),
    "another name outside": ({"at_local": 30, "at_central": -1, "value": b"x"}, "differ"),
    "begins elsewhere": ({"at_local": -1, "at_central": 42, "value": struct.pack("<L", 7)}, "damaged"),
}


@pytest.mark.parametrize("what", WRONG_MEMBERS)
def test_one_bad_member_does_not_spoil_the_others(what: str, work: Workspace, tmp_path: Path) -> None:
    where, says = WRONG_MEMBERS[what]
    path = put(tmp_path, "all.zip", zip_entry(zipped({"one.csv": ONE, "two.csv": TWO}), b"one.csv", **where))  # type: ignore[arg-type]
    outcomes = take(work, path)
    assert outcomes["all.zip/two.csv"].became == "read"
    assert outcomes["all.zip/one.csv"].became == "refused"
    assert says in outcomes["all.zip/one.csv"].reason
    (kept,) = tables(work)["rejects"]
    assert kept["reason"] == outcomes["all.zip/one.csv"].reason
    again = take(work, path)
    assert {name: one.became for name, one in again.items()} == {"all.zip/one.csv": "refused", "all.zip/two.csv": "known"}
    assert len(folders(work.readings)) == 1, "the same again is nothing new"


@pytest.mark.parametrize("said", [len(ONE) + 1, FREE - 1, 1 << 31])
def test_a_member_that_says_to_be_larger_is_read_or_refused(said: int, tmp_path: Path) -> None:
    lie = zip_entry(zipped({"one.csv": ONE}), b"one.csv", at_local=22, at_central=24, value=struct.pack("<L", said))
    files, lost = opened(put(tmp_path, "all.zip", lie))
    assert (list(files.values()) or [ONE]) == [ONE]
    assert bool(files) != bool(lost)


def test_what_is_no_export_is_said_once(work: Workspace, tmp_path: Path) -> None:
    inner = {"one.csv": ONE, **{f"picture{number}.png": b"\x89PNG%d" % number for number in range(20)}}
    outcomes = take(work, put(tmp_path, "all.zip", zipped(inner)))
    assert {name: one.became for name, one in outcomes.items()} == {"all.zip/one.csv": "read", "all.zip": "refused"}
    assert "no reader claims 20 files inside it" in outcomes["all.zip"].reason


def special(kind: bytes, name: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type = kind
    entry.linkname = "../../etc/passwd"
    return entry


def test_links_and_devices_are_counted_and_not_followed(work: Workspace, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "all.tar", "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE):
            archive.addfile(special(kind, f"special{kind.decode()}"))
        archive.addfile(special(tarfile.DIRTYPE, "folder"))
        for turn, data in enumerate((ONE, TWO)):  # a file behind a link of its name
            archive.addfile(special(tarfile.SYMTYPE, f"{turn}.csv"))
            entry = tarfile.TarInfo(f"{turn}.csv")
            entry.size, entry.mtime = len(data), float("inf") if turn else 1e18
            entry.pax_headers = {"mtime": "inf" if turn else "1e18"}
            entry.mtime = 0
            archive.addfile(entry, io.BytesIO(data))
    outcomes = take(work, tmp_path / "all.tar")
    assert {name: one.became for name, one in outcomes.items()} == {
        "all.tar/0.csv": "read", "all.tar/1.csv": "read", "all.tar": "refused",
    }  # fmt: skip
    assert outcomes["all.tar"].reason == "holds 7 links or devices"


def sparse(real: int, data: bytes) -> bytes:
    """A tar of one file that is a hole with some data at its end."""
    entry = tarfile.TarInfo("list.csv")
    entry.size, entry.type = len(data), tarfile.GNUTYPE_SPARSE

    def number(value: int) -> bytes:
        return b"%011o\0" % value if value < 8**11 else b"\x80" + value.to_bytes(11, "big")

    pieces = number(real - len(data)) + number(len(data))
    header = tar_header(entry.tobuf(tarfile.GNU_FORMAT), at386=pieces, at483=number(real))
    return header + data.ljust(512, b"\0") + bytes(1024)


def test_a_sparse_member_is_what_it_would_be_on_a_disk_within_bounds(tmp_path: Path) -> None:
    files, lost = opened(put(tmp_path, "all.tar", sparse(100_000, b"end")))
    assert (list(files.values()), lost) == ([b"end".rjust(100_000, b"\0")], [])
    files, lost = opened(put(tmp_path, "all.tar", sparse(1 << 40, b"end")))
    assert not files
    assert "grows to more than" in lost[0].reason


def test_a_tar_without_its_end_is_said_to_be_cut(tmp_path: Path) -> None:
    whole = tarred({"one.csv": ONE, "two.csv": TWO})
    for end, files in ((600, []), (1024, [ONE]), (1536, [ONE]), (1540, [ONE]), (2048, [ONE, TWO]), (2100, [ONE, TWO])):
        found, lost = opened(put(tmp_path, "all.tar", whole[:end]))
        assert lost, end
        assert list(found.values()) == files, end
    broken = whole[:1024] + whole[1024:].replace(b"two", b"Two", 1)
    found, lost = opened(put(tmp_path, "all.tar", broken))
    assert (list(found.values()), len(lost)) == ([ONE], 1), "what follows a damaged header is not lost silently"


@pytest.mark.parametrize("size", [-512, -1024, -(1 << 40)])
def test_a_tar_that_leads_backwards_ends(size: int, tmp_path: Path) -> None:
    raw = tarred({"one.csv": ONE, "two.csv": TWO})
    header = tar_header(raw[:512], at124=size.to_bytes(12, "big", signed=True))
    _, lost = opened(put(tmp_path, "all.tar", header + raw[512:]))
    assert lost


# -- damage ----------------------------------------------------------------------------------------------------------------

WHOLE = {
    **{suffix: wrap(ONE * 40) for suffix, wrap in WRAPPED.items()},
    **{suffix: pack({"one.csv": ONE * 40, "b/two.csv": TWO}) for suffix, pack in PACKED.items()},
    ".tar.gz": gzipped(tarred({"one.csv": ONE * 40, "b/two.csv": TWO})),
    ".zip.xz": lzma.compress(zipped({"one.csv": ONE * 40, "b/two.csv": TWO})),
}
SUMMED = {".gz", ".bz2", ".xz", ".zip", ".tar.gz", ".zip.xz"}  # kinds whose bytes have a sum that tells


@pytest.mark.parametrize("suffix", WHOLE)
def test_damage_is_said_and_never_more(suffix: str, tmp_path: Path) -> None:
    data, dice = WHOLE[suffix], random.Random(suffix)
    good = sorted(opened(put(tmp_path, "whole", data))[0].values())
    for turn in range(150):
        at = dice.randrange(1, len(data))
        bad = data[:at] if turn % 2 else data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]
        path = put(tmp_path, f"all{suffix}", bad)
        files, lost = opened(path)
        if files == {path.name: bad}:
            continue  # it no longer looks like a container
        assert lost or len(files) == len(good)
        if suffix in SUMMED:
            assert lost or sorted(files.values()) == good
            assert all(one in good for one in files.values())


# -- bombs -----------------------------------------------------------------------------------------------------------------


def overlapping(entries: int, size: int) -> bytes:
    """A zip whose members all lie at one place: each has the same bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(bytes(size)) + packer.flush()
    facts = struct.pack("<LLLHH", zlib.crc32(bytes(size)), len(data), size, 5, 0)
    local = b"PK\3\4" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + facts + b"a.csv" + data
    central = b"PK\1\2" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + facts + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + b"a.csv"
    whole = min(entries, 0xFFFF)
    end = b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, whole, whole, len(central) * entries, len(local), 0)
    return local + central * entries + end


def nested(levels: int) -> bytes:
    data = ONE
    for level in range(levels):
        data = zipped({f"{level}.zip": data})
    return data


def wide(levels: int) -> bytes:
    """Sixteen archives in each of sixteen, and so on: 16 ** levels times a megabyte."""
    data = bytes(1 << 20)
    for _ in range(levels):
        data = zipped({f"{number}.zip": data for number in range(16)})
    return data


def long_header(size: int) -> bytes:
    """A tar whose first header is a comment of so many bytes."""
    entry = tarfile.TarInfo("comment")
    entry.type, entry.size = b"x", size
    return entry.tobuf(tarfile.GNU_FORMAT) + bytes(size)


# What it is, and what is said of it
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "zip over one place": (lambda: overlapping(60_000, 1 << 20), "says to hold 60,000 members"),
    "zip of too many": (lambda: overlapping(MEMBERS + 1, 10), "more than 100,000 members"),
    "gzip": (lambda: gzip.compress(bytes(16 << 20), 9, mtime=0) * 8, "grows to more than"),
    "bzip2": (lambda: bz2.compress(bytes(16 << 20)) * 6, "grows to more than"),
    "xz": (lambda: lzma.compress(bytes(16 << 20)) * 6, "grows to more than"),
    "zstd": (lambda: zstd(bytes(16 << 20)) * 6, "grows to more than"),
    "gzip in gzip": (lambda: gzipped(gzipped(bytes(96 << 20))), "grows to more than"),
    "zip in gzip": (lambda: gzipped(zipped({"a.csv": bytes(96 << 20)}, zipfile.ZIP_STORED)), "grows to more than"),
    "deep": (lambda: nested(DEEPEST + 2), f"more than {DEEPEST} deep"),
    "wide": (lambda: wide(3), "says to hold 16 members"),
    "tar of too many": (lambda: gzipped(tarred({"a.csv": b""})[:512] * (MEMBERS + 1)), "more than 100,000 members"),
    "tar with a long header": (lambda: gzipped(long_header(60 << 20)), "headers of a member"),
    "tar of holes": (lambda: sparse(1 << 40, b"end")[:1024] * 50, "grows to more than"),
}
CHILD = """
import json, re, sys, time
from pathlib import Path
from fullcount.container import expanded
from fullcount.exports import Found, Lost
import pyarrow

def peak():  # not ru_maxrss: that of a child begins with its parent's
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) << 10

found = {}
for path in map(Path, sys.argv[1:]):
    Path("/proc/self/clear_refs").write_text("5")
    start, before = time.monotonic(), peak()
    lost = [one.reason for one in expanded(Found(path=path, name=path.name, folder="")) if isinstance(one, Lost)]
    found[path.name] = (lost, time.monotonic() - start, peak() - before)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def exploded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[str], float, int]]:
    folder = tmp_path_factory.mktemp("bombs")
    paths = [str(put(folder, name, make())) for name, (make, _) in BOMBS.items()]
    assert all(Path(path).stat().st_size < 10 << 20 for path in paths)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}  # measuring takes memory
    start = [sys.executable, "-c", CHILD, *paths]
    done = subprocess.run(start, env=plain, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    found: dict[str, tuple[list[str], float, int]] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_stopped_soon_and_in_little_memory(name: str, exploded: dict[str, tuple[list[str], float, int]]) -> None:
    lost, seconds, gained = exploded[name]
    assert any(BOMBS[name][1] in reason for reason in lost), lost
    assert len(lost) <= 300
    assert seconds < 60
    assert gained < GAP


def test_many_members_are_not_slow(tmp_path: Path) -> None:
    before = time.process_time()
    files, lost = opened(put(tmp_path, "all.zip", zipped({f"{number}.csv": b"%d" % number for number in range(5000)})))
    assert (len(files), lost) == (5000, [])
    assert time.process_time() - before < 20


# -- the same rows as unpacked ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large() -> bytes:
    """A list that is too large to be held, with a line end in a cell and a row that is a reject."""
    row = f'PC-%d,"Reader\n{"x" * 2000}",1.0,Acme,20170901\n'
    rows = "".join(row % (number % 50) for number in range(HELD // 2000))
    return f"{HEAD}{rows}PC-1,too,few\n{rows[:4100]}".encode()


LARGE: dict[str, Callable[[bytes], bytes]] = {
    **WRAPPED,
    ".zip": lambda data: zipped({"list.csv": data}),
    ".tar": lambda data: tarred({"before.csv": b"", "list.csv": data, "after.csv": b""}),
    ".tar.gz": lambda data: gzipped(tarred({"list.csv": data})),
}


@pytest.mark.parametrize("suffix", LARGE)
def test_a_large_member_is_read_anew_each_time(suffix: str, large: bytes, tmp_path: Path) -> None:
    assert len(large) > HELD
    path = put(tmp_path, f"list.csv{suffix}", LARGE[suffix](large))
    (found,) = [
        one for one in expanded(Found(path=path, name=path.name, folder="")) if isinstance(one, Found) and one.path.stat().st_size
    ]
    assert found.path.stat().st_size == len(large)
    for _ in range(2):
        with found.path.open("rb") as file:
            assert not file.seekable()
            assert file.read(100) == large[:100]
    for offset in (0, 2, 3, 5000):
        assert b"".join(utf8_chunks(found.path, "utf-8", offset)) == large[offset:]


@pytest.mark.parametrize("suffix", [".gz", ".zip", ".tar"])
def test_a_large_member_gives_the_same_rows(suffix: str, large: bytes, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "packed").mkdir()
    put(tmp_path / "plain", "list.csv", large)
    put(tmp_path / "packed", f"list.csv{suffix}", LARGE[suffix](large))
    found = []
    for kind in ("plain", "packed"):
        work = Workspace.create(tmp_path / f"{kind}-work", text=template(""))
        work.read([tmp_path / kind], options=Options(), readers=READERS)
        rows = tables(work)
        whole = {row["source"] for row in rows["sources"] if row["reader"]}
        rejects = [(row["place"], row["raw"], row["reason"]) for row in rows["rejects"] if row["source"] in whole]
        found.append((len(rows["observations"]), rejects, rows["titles"]))
    assert found[0][0] > HELD // 2000
    assert found[0][1]
    assert found[0] == found[1]


def database(path: Path) -> bytes:
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode = wal")
    connection.execute("create table programs (ComputerName, DisplayName, DisplayVersion, Publisher)")
    connection.executemany("insert into programs values (?, ?, ?, ?)", [(f"PC-{n}", "Reader", "1.0", "Acme") for n in range(50)])
    connection.commit()
    connection.execute("pragma wal_checkpoint(truncate)")
    data = path.read_bytes()
    connection.close()
    return data


def workbook(path: Path) -> bytes:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((("ComputerName", "DisplayName", "DisplayVersion", "Publisher"), ("PC-1", "a", "1", "b"))):
            sheet.write_row(number, 0, row)
    return path.read_bytes()


def parquet_file(path: Path) -> bytes:
    names = ("ComputerName", "DisplayName", "DisplayVersion", "Publisher")
    pq.write_table(pa.table({name: [f"{name} {number}" for number in range(30)] for name in names}), path)
    return path.read_bytes()


NESSUS = (
    b"<NessusClientData_v2><Report name='r'>"
    + b"".join(
        b"<ReportHost name='pc-%d'><HostProperties><tag name='host-fqdn'>pc-%d.example</tag></HostProperties></ReportHost>"
        % (n, n)
        for n in range(3)
    )
    + b"<ReportHost name='cut'><HostProp"
)
SAMPLES: dict[str, Callable[[Path], bytes]] = {
    "list.db": database,
    "list.xlsx": workbook,
    "list.parquet": parquet_file,
    "cut.nessus": lambda _: NESSUS,
    "list.jsonl": lambda _: b'{"ComputerName": "PC-1", "DisplayName": "a", "DisplayVersion": "1", "Publisher": "b"}\n' * 3,
    "utf-16.csv": lambda _: ONE.decode().encode("utf-16"),
    "PC-7_software.csv": lambda _: b"DisplayName,DisplayVersion,Publisher\nReader,1.0,Acme\n",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_kind_of_file_gives_the_same_rows_inside_an_archive(name: str, tmp_path: Path) -> None:
    data = SAMPLES[name](tmp_path / name)
    (tmp_path / name).write_bytes(data)
    put(tmp_path, "all.zip", zipped({name: data}))
    put(tmp_path, "all.tar.gz", gzipped(tarred({name: data})))
    found = []
    for turn, path in enumerate((name, "all.zip", "all.tar.gz")):
        work = Workspace.create(tmp_path / f"work{turn}", text=template(""))
        assert {one.became for one in take(work, tmp_path / path).values()} == {"read"}
        found.append(tables(work))
    assert found[0]["records"]
    assert found[0] == found[1] == found[2]


def test_what_must_be_held_has_bounds(tmp_path: Path) -> None:
    path = put(tmp_path, "list.csv.gz", gzipped(bytes(65 << 20)) + gzip.compress(random.Random(1).randbytes(1 << 20), 1))
    (found,) = [one for one in expanded(Found(path=path, name=path.name, folder="")) if isinstance(one, Found)]
    with pytest.raises(UnreadableError, match="lies in an archive and has more than"):
        seekable(found.path)


# -- the same account ------------------------------------------------------------------------------------------------------


def told(account: Account) -> str:
    """An account without the names of files and without its id, of which the names are a part."""
    whole = replace(account, count="", sources=tuple(sorted((replace(one, name="") for one in account.sources), key=str)))
    return json.dumps(whole.document(), sort_keys=True)


@pytest.mark.parametrize("suffix", [".zip", ".tar.xz"])
def test_an_archive_of_all_exports_counts_as_the_folder_does(suffix: str, tmp_path: Path) -> None:
    exports = write_demo(organisation(80, 5), tmp_path / "demo")
    files = {path.relative_to(exports).as_posix(): path.read_bytes() for path in sorted(exports.rglob("*")) if path.is_file()}
    assert len(files) > 5
    data = zipped(files) if suffix == ".zip" else lzma.compress(tarred(files), preset=0)
    archive = put(tmp_path, f"all{suffix}", data)
    accounts = []
    for turn, path in enumerate((exports, archive)):
        work = Workspace.create(tmp_path / f"work{turn}", text=(tmp_path / "demo" / "fullcount.toml").read_text("utf-8"))
        work.read([path], options=Options(), readers=READERS)
        with console.engine(work) as engine:
            counted = chain.run(work, engine, directives=[directive("us-dhs-bod-17-01")], readers=READERS)
        accounts.append(counted.of())
    assert accounts[0].total.systems > 50
    assert len(accounts[0].components) > 1
    assert told(accounts[0]) == told(accounts[1])
