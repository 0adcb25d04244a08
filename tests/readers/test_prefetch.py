"""Prefetch files: a real one, plain ones of every version, and what is packed."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, Answer, read, written

from fullcount.exports import Found
from fullcount.inspect import inspect
from fullcount.model import Lists, State, Trace
from fullcount.readers import READERS
from fullcount.readers.windows import PREFETCH
from fullcount.readers.windows.xpress import unpacked
from fullcount.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = SAMPLES / "winprefetch/ONEDRIVE.EXE-7E152375.pf"
RAN = 131460627025988653  # 2017-08-01 12:05:02
PLACES = {17: 120, 23: 128, 26: 128, 30: 128, 31: 128}


def plain(version: int, *, name: str = "AVP.EXE", path: str = "\\PROGRAM FILES\\KASPERSKY LAB\\AVP.EXE", ran: int = RAN) -> bytes:
    data = bytearray(300)
    struct.pack_into("<I4s", data, 0, version, b"SCCA")
    data[16:76] = name.encode("utf-16-le")[:58].ljust(60, b"\0")
    texts = "\0".join(("\\VOLUME{01d0-8e5a}\\WINDOWS\\NTDLL.DLL", f"\\VOLUME{{01d0-8e5a}}{path}", "")).encode("utf-16-le")
    struct.pack_into("<II", data, 100, len(data), len(texts))
    struct.pack_into("<Q", data, PLACES[version], ran)
    return bytes(data) + texts


def packed(data: bytes) -> bytes:
    """Every byte as it is: a table in which each of the 256 has a code of eight bits, which is itself."""
    out = b""
    for at in range(0, len(data), 65_536):
        block = data[at : at + 65_536]
        words = block + b"\0" * (2 + len(block) % 2)  # a word more is read before it is needed
        out += b"\x88" * 128 + b"\0" * 128 + b"".join(words[n : n + 2][::-1] for n in range(0, len(words), 2))
    return b"MAM\x04" + struct.pack("<I", len(data)) + out


def got(data: bytes, folder: Path, name: str = "AVP.EXE-12345678.pf", **options: Any) -> Answer:
    return read(written(folder, data, name), folder, readers=(PREFETCH,), **options)


@pytest.mark.real
@pytest.mark.skipif(not SAMPLE.is_file(), reason="no real exports beside the project")
class TestRealFile:
    def test_ran_once(self, tmp_path: Path) -> None:
        pc = read(SAMPLE, tmp_path, readers=READERS).only
        [one] = pc.seen
        assert (one.title["type"], one.title["name"], one.state) == (Trace.FILE, "ONEDRIVE.EXE", State.RESIDUE)
        assert one.title["path"] == "~\\APPDATA\\LOCAL\\MICROSOFT\\ONEDRIVE\\ONEDRIVE.EXE"
        assert one.detail == {
            "path": "\\USERS\\TEST\\APPDATA\\LOCAL\\MICROSOFT\\ONEDRIVE\\ONEDRIVE.EXE",
            "last_used": "2015-05-14",
        }
        assert (pc["lists"], str(pc["heard_at"])) == (Lists.SOME_SOFTWARE, "2015-05-14 22:11:05")
        assert pc.clues == [], "the file's name is a program's"

    def test_cut_anywhere_it_is_refused(self, tmp_path: Path) -> None:
        data = SAMPLE.read_bytes()
        for size in (9, 200, 5000, len(data) - 200):
            assert got(data[:size], tmp_path).became == "refused"


@pytest.mark.parametrize("version", PLACES)
def test_every_version(version: int, tmp_path: Path) -> None:
    [one] = got(plain(version), tmp_path).only.seen
    assert (one.title["name"], one.title["path"]) == ("AVP.EXE", "\\PROGRAM FILES\\KASPERSKY LAB\\AVP.EXE")
    assert one.detail["last_used"] == "2017-08-01"


def test_a_name_that_is_cut_has_its_path(tmp_path: Path) -> None:
    long = "AVERYLONGNAMEOFAPROGRAMTHATISCUT.EXE"
    [one] = got(plain(30, name=long, path=f"\\{long}"), tmp_path).only.seen
    assert (one.title["name"], one.title["path"]) == (long[:29], f"\\{long}")


def test_never_is_no_date(tmp_path: Path) -> None:
    pc = got(plain(23, ran=0), tmp_path).only
    assert (pc["heard_at"], pc.seen[0].detail) == (None, {})


def test_packed_in_several_blocks(tmp_path: Path) -> None:
    data = plain(30) + bytes(range(256)) * 600
    assert unpacked(packed(data)[8:], len(data)) == data
    assert got(packed(data), tmp_path).only.seen[0].title["name"] == "AVP.EXE"


def test_the_machine_is_named_by_the_user_alone(tmp_path: Path) -> None:
    assert got(plain(30), tmp_path).only.clues == []
    assert got(plain(30), tmp_path, host="PC-1").only.named("hostname") == ["PC-1"]


def test_inspect_takes_the_program_for_no_machine(tmp_path: Path) -> None:
    path = written(tmp_path, plain(30), "AVP.EXE-12345678.pf")
    document = inspect(Found(path=path, name=path.name, folder=""), READERS, Settings())
    assert document["claimed_by"] == "prefetch"
    assert document["host"].startswith("not known")
    assert "hostname" not in document["clues"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (plain(23).replace(b"\x17\0\0\0SCCA", b"\x63\0\0\0SCCA"), "version 99 is not known"),
        (plain(23, name=""), "it names no program"),
        (b"MAM\x04\xff\xff\xff\x7f" + b"\x88" * 500, "it says to have 2,147,483,647 bytes"),
        (b"MAM\x04\xff\xff\0\0" + b"\0" * 500, "a table of lengths that is none"),
        (packed(b"x" * 200), "what is packed is no prefetch file"),
        (packed(plain(30))[:300], "the compressed bytes are cut"),
    ],
)
def test_damage_is_refused(data: bytes, reason: str, tmp_path: Path) -> None:
    answer = got(data, tmp_path)
    assert (answer.became, answer.reason) == ("refused", f"a damaged prefetch file: {reason}")


def test_a_match_before_the_beginning_is_damage() -> None:
    lengths = bytearray(256)
    lengths[128] = 0x11  # two symbols of one bit, both matches: nothing can come first
    with pytest.raises(ValueError, match="begins before"):
        unpacked(bytes(lengths) + b"\0" * 8, 10)
