"""Containers: what is inside gzip, bzip2, xz, zstd, zip and tar is read as a stream and never unpacked to disk.

Paths inside an archive are only labels: nothing is ever opened by them. Budgets bound what a file may grow to, how
many members it may have, and how deep archives may lie in one another. What of it cannot be read is said.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any, cast

from fullcount.block import seekable
from fullcount.bundle import kind_of
from fullcount.errors import UnreadableError
from fullcount.exports import Found, Lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    _Opened = Callable[[], tuple[IO[bytes], tuple[Any, ...]]]  # a stream, and what is to be closed behind it

DEEPEST = 5  # containers inside one another; a .tar.gz is two
MEMBERS = 100_000  # of one file given, all levels together
GROWTH = 1_000  # times its own size that a file may grow to; deflate's own limit is about 1,032
FREE = 64 << 20  # what any file may grow to
MOST = 64 << 30
HELD = 32 << 20  # a member up to this size is held in memory, so that it is unpacked once
HEADERS = 1 << 20  # bytes of the headers of one member of a tar
_CHUNK = 1 << 20
_LOOKED_AT = 1 << 16  # bytes by which a tar is known for one export
_DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    RuntimeError,
    NotImplementedError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
)
_SUFFIXES = {"gzip": (".gz", ".gzip"), "bzip2": (".bz2",), "xz": (".xz",), "zstd": (".zst", ".zstd")}
_BZIP2 = (b"1AY&SY", b"\x17rE8P\x90")  # a block, or the end of an empty file, stands behind its magic and level
_HINT = "unpack it, and give what is inside"
_NO_TRAP = f"if this is no trap, {_HINT}"
_LATEST = 4_102_444_800  # the year 2100: a later time is none
_ENTRY = b"PK\x01\x02"  # begins what a zip says of one member


class Member:
    """What lies inside a container, with the part of `Path` that reading needs."""

    def __init__(self, label: str, opened: Callable[[], IO[bytes]], *, size: int, modified: float) -> None:
        """`opened` opens the bytes anew; `modified` is a time as of `os.stat`."""
        self.label, self._opened, self._size, self._modified = label, opened, size, modified

    @property
    def name(self) -> str:
        """The last part of the label."""
        return self.label.rsplit("/", 1)[-1]

    @property
    def stem(self) -> str:
        """The name without its last suffix."""
        return self.name.rsplit(".", 1)[0] if "." in self.name[1:] else self.name

    def open(self, mode: str = "rb") -> IO[bytes]:
        """The bytes, from the beginning."""
        del mode
        return self._opened()

    def stat(self) -> Any:
        """Size and time."""
        return SimpleNamespace(st_size=self._size, st_mtime=self._modified)

    def exists(self) -> bool:
        """It was found in its container."""
        return True

    def __str__(self) -> str:
        return self.label


@dataclass(slots=True, kw_only=True)
class _Budget:
    """What is left to be unpacked of one file given, everything inside it together."""

    limit: int
    left: int
    members: int = MEMBERS


class _Limited(io.RawIOBase):
    """A stream that draws on a budget, and whose damage is said in one way. It closes what it rests on."""

    def __init__(self, opened: _Opened, budget: _Budget, label: str) -> None:
        self.budget, self.label = budget, label
        self.stream, self.rests_on = opened()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self.stream.read(len(buffer))
        except _DAMAGED as error:
            raise _damaged(self.label, error) from error
        self.budget.left -= len(data)
        if self.budget.left < 0:
            message = f"the archive grows to more than {self.budget.limit:,} bytes"
            raise UnreadableError(message, place=self.label, hint=_NO_TRAP)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            for one in (self.stream, *self.rests_on):
                one.close()
        super().close()


def _limited(opened: _Opened, budget: _Budget, label: str) -> IO[bytes]:
    """Raises `UnreadableError`, also while it is read."""
    try:
        return io.BufferedReader(_Limited(opened, budget, label))
    except _DAMAGED as error:
        raise _damaged(label, error) from error


def _damaged(label: str, error: Exception) -> UnreadableError:
    said = str(error) or type(error).__name__
    return UnreadableError(f"the archive is cut or damaged: {said}", place=label, hint=_HINT)


def expanded(found: Found) -> Iterator[Found | Lost]:
    """The file itself, or what is inside it where it is a container; what cannot be opened is said."""
    try:
        size = found.path.stat().st_size
    except OSError:  # said when it is read
        yield found
        return
    limit = max(FREE, 2 * size, min(MOST, size * GROWTH))
    yield from _expanded(found, _Budget(limit=limit, left=limit), 0)


def _expanded(found: Found, budget: _Budget, depth: int) -> Iterator[Found | Lost]:
    try:
        with found.path.open("rb") as file:
            head = file.read(_LOOKED_AT)
    except OSError:  # said when it is read
        yield found
        return
    kind = _kind(head)
    if not kind or (kind == "tar" and kind_of(head)):
        yield found
        return
    if depth >= DEEPEST:
        yield Lost(name=found.name, reason=f"archives lie more than {DEEPEST} deep in one another", hint=_HINT)
        return
    anything = False
    try:
        for one in _MEMBERS[kind](found, budget):
            anything = True
            if isinstance(one, Lost) or one is found:
                yield one
            else:
                yield from _expanded(one, budget, depth + 1)
    except UnreadableError as error:
        yield Lost(name=found.name, reason=error.message, hint=error.hint)
    except _DAMAGED as error:
        yield Lost(name=found.name, reason=_damaged(found.name, error).message, hint=_HINT)
    else:
        if not anything:
            yield Lost(name=found.name, reason="the archive holds no file", hint="pack it again, or leave it out")


def _kind(head: bytes) -> str:
    """The kind of container by its first bytes; empty for none."""
    for magic, kind in (
        (b"\x1f\x8b\x08", "gzip"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"PK\x03\x04", "zip"),
        (b"PK\x05\x06", "zip"),
    ):
        if head.startswith(magic):
            return kind
    if head.startswith(b"BZh") and head.startswith(_BZIP2, 4):
        return "bzip2"
    return "tar" if head[257:262] == b"ustar" else ""


def _taken(name: str, folder: str, budget: _Budget, *, first: _Opened, again: _Opened, modified: float) -> Found:
    """A member as a file: held in memory where it is small, since readers open a file several times, else read once
    to know its size and opened anew each time. `first` opens it where the container is open already.
    """
    budget.members -= 1
    if budget.members < 0:
        raise UnreadableError(f"the archive holds more than {MEMBERS:,} members", place=name, hint=_NO_TRAP)
    with _limited(first, budget, name) as file:
        data = file.read(HELD + 1)
        size = len(data)
        if size > HELD:
            data = b""
            size += sum(map(len, iter(lambda: file.read(_CHUNK), b"")))
    if size <= HELD:
        return Found(path=Member(name, lambda: io.BytesIO(data), size=size, modified=modified), name=name, folder=folder)

    def opened() -> IO[bytes]:
        return _limited(again, _Budget(limit=size, left=size), name)

    return Found(path=Member(name, opened, size=size, modified=modified), name=name, folder=folder)


def _inside(found: Found, path: str, budget: _Budget, *, first: _Opened, again: _Opened, modified: float) -> Found | Lost:
    """A member of an archive, or why it cannot be read while others can. `path` is what the archive calls it."""
    label = _label(path)
    name, folder = f"{found.name}/{label}", "/".join(filter(None, (found.folder, label.rpartition("/")[0])))
    try:
        return _taken(name, folder, budget, first=first, again=again, modified=modified)
    except UnreadableError as error:
        if min(budget.left, budget.members) < 0:
            raise
        return Lost(name=name, reason=error.message, hint=error.hint)


def _label(path: str) -> str:
    """A path inside an archive as a label: no root, no way up, no other separator, nothing that is no text."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    return "/".join(parts).encode("utf-8", "backslashreplace").decode() or "unnamed"


def _unwrapped(kind: str, opener: Callable[[IO[bytes]], Any]) -> Callable[[Found, _Budget], Iterator[Found]]:
    """What reads a compressed file; the file in it has its name less the suffix."""

    def members(found: Found, budget: _Budget) -> Iterator[Found]:
        name = found.name
        for suffix in _SUFFIXES[kind]:
            name = name.removesuffix(suffix)
        if name.endswith(".tgz"):
            name = name.removesuffix("gz") + "ar"

        def opened() -> tuple[IO[bytes], tuple[Any, ...]]:
            file = found.path.open("rb")
            return opener(file), (file,)

        yield _taken(name, found.folder, budget, first=opened, again=opened, modified=found.path.stat().st_mtime)

    return members


def _unzstd(file: IO[bytes]) -> Any:
    import pyarrow as pa

    return pa.CompressedInputStream(pa.PythonFile(cast("Any", file), "r"), "zstd")


def _in_zip(found: Found, budget: _Budget) -> Iterator[Found | Lost]:
    """The members of a zip, by name; or the file itself, where it is a workbook or another document."""
    modified = found.path.stat().st_mtime
    with seekable(found.path) as file:
        _check_entries(found, file)
        with zipfile.ZipFile(file) as archive:
            if "[Content_Types].xml" in archive.namelist():
                yield found
                return
            entries = sorted((one for one in archive.infolist() if not one.is_dir()), key=lambda one: one.filename)
            if (total := sum(one.file_size for one in entries)) > budget.left:
                message = f"the archive says to hold {len(entries):,} members of {total:,} bytes"
                raise UnreadableError(message, place=found.name, hint=_NO_TRAP)
            for entry in entries:

                def first(entry: zipfile.ZipInfo = entry) -> tuple[IO[bytes], tuple[Any, ...]]:
                    if entry.flag_bits & 1:
                        raise UnreadableError("is encrypted inside the archive", hint=_HINT)
                    return archive.open(entry), ()

                def again(entry: zipfile.ZipInfo = entry) -> tuple[IO[bytes], tuple[Any, ...]]:
                    anew = seekable(found.path)
                    opened = zipfile.ZipFile(anew)
                    return opened.open(entry), (opened, anew)

                yield _inside(found, entry.filename, budget, first=first, again=again, modified=modified)


def _check_entries(found: Found, file: IO[bytes]) -> None:
    """Refuse a zip of too many members before `zipfile` takes memory for each of them."""
    count, before = 0, b""
    while chunk := file.read(_CHUNK):
        count += (before[1 - len(_ENTRY) :] + chunk).count(_ENTRY)
        before = chunk
    if count > MEMBERS:
        raise UnreadableError(f"the archive holds more than {MEMBERS:,} members", place=found.name, hint=_NO_TRAP)
    file.seek(0)


def inside(file: IO[bytes], label: str, *, most: int) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    """What a tar holds, compressed or not: entries, a regular file with its stream until the next one is asked for. Streams can
    be peeked into, as `file` can. All raise `UnreadableError` for damage, and for more than `most` bytes.
    """
    kind = _kind(cast("io.BufferedReader", file).peek(512)[:512])
    opener = _OPENERS.get(kind)
    try:
        plain = _limited(lambda: _alone(opener(file)), _Budget(limit=most, left=most), label) if opener else file
        onward = _Onward(plain)
        budget = _Budget(limit=most, left=most)
        for entry, stream in _entries(onward):
            yield entry, _limited(partial(_alone, stream), budget, label) if stream else None
    except _DAMAGED as error:
        raise _damaged(label, error) from error
    if onward.last != bytes(tarfile.BLOCKSIZE):
        raise UnreadableError("the archive has no end: it is cut or damaged there", place=label, hint="pack it again")


def _alone(stream: IO[bytes]) -> tuple[IO[bytes], tuple[Any, ...]]:
    return stream, ()


def _in_tar(found: Found, budget: _Budget) -> Iterator[Found | Lost]:
    """The regular files of a tar, in its order; links and devices are passed over and counted."""
    passed = 0
    modified = found.path.stat().st_mtime
    with found.path.open("rb") as file:
        onward = _Onward(file)
        for number, (entry, stream) in enumerate(_entries(onward)):
            if stream is not None:

                def again(number: int = number) -> tuple[IO[bytes], tuple[Any, ...]]:
                    anew = found.path.open("rb")
                    _, opened = next(one for turn, one in enumerate(_entries(_Onward(anew))) if turn == number)
                    return cast("IO[bytes]", opened), (anew,)

                mine = entry.mtime if 0 < entry.mtime < _LATEST else modified
                yield _inside(found, entry.name, budget, first=partial(_alone, stream), again=again, modified=mine)
            else:
                passed += not entry.isdir()
    if passed:
        yield Lost(name=found.name, reason=f"holds {passed:,} links or devices", hint="they were not followed")
    if onward.last != bytes(tarfile.BLOCKSIZE):
        yield Lost(name=found.name, reason="the archive has no end: it is cut or damaged there", hint="pack it again")


class _Onward:
    """A stream as `tarfile` reads it: only forwards, and with a bound on what is read of headers."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.place, self.most, self.last = stream, 0, HEADERS, b""

    def tell(self) -> int:
        return self.place

    def seek(self, place: int) -> int:
        if place < self.place:
            raise tarfile.StreamError("a member begins before the one that precedes it")
        while self.place < place and (chunk := self.stream.read(min(place - self.place, _CHUNK))):
            self.place += len(chunk)
        return self.place

    def read(self, size: int) -> bytes:
        self.most -= size
        if self.most < 0:
            raise tarfile.ReadError(f"the headers of a member take more than {HEADERS:,} bytes")
        self.last = self.stream.read(size)
        self.place += len(self.last)
        return self.last


def _entries(onward: _Onward) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    """What a tar holds, each regular file with its stream, good until the next one is asked for."""
    with tarfile.TarFile(fileobj=cast("Any", onward)) as archive:
        for entry in archive:
            cast("Any", archive).members.clear()  # else they are all kept
            onward.most = MOST
            yield entry, archive.extractfile(entry) if entry.isreg() else None
            onward.most = HEADERS


_OPENERS: dict[str, Callable[[IO[bytes]], Any]] = {
    "gzip": gzip.open,
    "bzip2": bz2.open,
    "xz": lzma.open,
    "zstd": _unzstd,
}
_MEMBERS: dict[str, Callable[[Found, _Budget], Iterator[Found | Lost]]] = {
    **{kind: _unwrapped(kind, opener) for kind, opener in _OPENERS.items()},
    "zip": _in_zip,
    "tar": _in_tar,
}
