"""Stamps: a file that has not changed since it was hashed is not hashed again.

A file system says of each file where it lies, how large it is, and when its bytes were last written and anything of it was
last changed. The last of these is set by the system alone: who writes into a file, or sets its other time back, moves it.
These five are its *stamp*. A workspace keeps the stamps of the large files that it was given, with their digests.

What might have changed unseen is hashed again:

- Clocks of file systems go in steps of up to 2 s, and two changes in one step leave one stamp. So a stamp is *sure* only
  where hashing began 2 s or more after its times by our clock, which rules out times to come, and as long after the same
  stamp was first seen: by then the file system's own clock, maybe another machine's and wrong, has gone a step on, too.
  Until it is sure it is kept without a digest, so that another run need not see it for the first time.
- It must be the same before and after the hashing, and is asked of the opened file: what a network share remembers of a file
  that is closed may be old.
- A digest that no reading holds is not believed: a list that is damaged or made up names no source.
- Windows has no time of change, and a member of an archive has no stamp.

The list only saves time: it may be deleted, and what in it cannot be understood is passed over.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from fullcount.exports import digest_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from fullcount.model import File

FILE = "stamps.jsonl"
LEAST = 1 << 20  # bytes of a file that is worth a line here
LARGE = 1 << 30  # bytes from which reading takes so much longer than a step that a step is waited for
STEP = 2_000_000_000  # ns: the longest step of a file system's clock in use, that of FAT
MOST = 100_000  # lines, newest first: they are read in half a second, and their files are 100 GB or more
_LONGEST = 300  # bytes of a line, at most


class Stamp(NamedTuple):
    """What a file system says of a file: the numbers of its device and its own there, bytes, and times in ns since 1970."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int


class Stamps:
    """The digests of the files of one run, and of earlier ones those of the same stamp."""

    def __init__(self, data: bytes = b"", *, held: Collection[str] = (), anew: bool = False) -> None:
        """`data` is the list as it was kept, `held` are the digests that readings hold. `anew` hashes every file."""
        self.data, self.anew = data, anew
        self.seen: dict[Stamp, int] = {}  # when first, in ns since 1970
        self.before: dict[Stamp, str] = {}  # the digest, or nothing where it was not sure
        self.given: dict[Stamp, str] = {}  # the same of this run
        for stamp, seen, digest in filter(None, map(_understood, data.splitlines())):
            self.seen[stamp] = seen
            self.before[stamp] = digest if digest in held else ""

    def size_of(self, file: File) -> int:
        """Bytes of a file, whose stamp is seen thereby; nothing where it cannot be asked."""
        with suppress(OSError):
            status = file.stat()
            if _has_stamp(file) and status.st_size >= LEAST:
                self.seen.setdefault(_stamp(status), time.time_ns())
            return int(status.st_size)
        return 0

    def digest_of(self, file: File) -> str:
        """The SHA-256 of the bytes, which are not read where the stamp is sure. Raises `OSError`."""
        with file.open("rb") as stream:
            if not _has_stamp(file) or (stamp := _now(stream)).size < LEAST:
                return digest_of(stream)
            if not self.anew and (known := self.before.get(stamp)):
                self.given[stamp] = known
                return known
            return self._hashed(stream, stamp)

    def _hashed(self, stream: IO[bytes], stamp: Stamp) -> str:
        if stamp.size >= LARGE and stamp in self.seen and 0 < (left := self._sure_from(stamp) - time.time_ns()) <= STEP:
            time.sleep(left / 1e9 + 0.01)  # at most once a run: then every file that was there at its beginning is sure
        began = time.time_ns()
        digest = digest_of(stream)
        if _now(stream) == stamp:
            self.given[stamp] = digest if began >= self._sure_from(stamp, began) else ""
        return digest

    def _sure_from(self, stamp: Stamp, seen: int = 0) -> int:
        """When a hashing must begin, at the earliest, in ns since 1970; `seen` is now, where it is seen for the first time."""
        return STEP + max(self.seen.setdefault(stamp, seen), stamp.modified, stamp.changed)

    def text(self) -> bytes:
        """The list as it is to be kept: the files of this run first, then those before it, while there is room."""
        kept = self.given | {stamp: digest for stamp, digest in self.before.items() if stamp not in self.given}
        return b"".join(self._line(stamp, digest) for stamp, digest in islice(kept.items(), MOST))

    def _line(self, stamp: Stamp, digest: str) -> bytes:
        return json.dumps({**stamp._asdict(), "seen": self.seen[stamp], "digest": digest}).encode() + b"\n"


def load(path: Path) -> bytes:
    """The list as it was kept; nothing where there is none, or one that no workspace wrote."""
    with suppress(OSError):
        if path.is_file() and path.stat().st_size <= MOST * _LONGEST:
            return path.read_bytes()
    return b""


def _understood(line: bytes) -> tuple[Stamp, int, str] | None:
    """A line of the list: a stamp, when it was first seen, and the digest."""
    with suppress(ValueError, TypeError, KeyError, RecursionError):
        found = json.loads(line)
        *numbers, seen = (found[name] for name in (*Stamp._fields, "seen"))
        if all(type(number) is int for number in (*numbers, seen)) and isinstance(found["digest"], str):
            return Stamp(*numbers), seen, found["digest"]
    return None


def _has_stamp(file: File) -> bool:
    return isinstance(file, Path) and sys.platform != "win32"


def _now(stream: IO[bytes]) -> Stamp:
    return _stamp(os.fstat(stream.fileno()))


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
