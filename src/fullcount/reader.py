"""The contract of a reader: how it recognises a file, what it yields, and what it says about itself.

There are two kinds. A *declared* reader is data: which column is which (`Declaration`). An *irregular* one is
a generator of batches. Detection is by content; two readers that claim one file are an error, not a race.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

from fullcount import __version__
from fullcount.errors import UnknownFormatError
from fullcount.model import Batch, File, Lists, Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PEEK_BYTES = 65_536
# possessive: a head full of blanks must not be tried in every division of them
_ROOT = re.compile(
    r"\s*+(?:(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*+(?:\[.*?\])?+\s*+>)\s*+)*+<(?:[\w.-]+:)?([\w.-]+)", re.DOTALL
)
DELIMITERS = (",", ";", "\t", "|")


class Basis(StrEnum):
    """What a reader was written from."""

    SAMPLES = "tested on real exports"
    DOCUMENTATION = "written from documentation"
    MAPPED = "mapped by the organisation itself"


@dataclass(frozen=True)
class Peek:
    """The beginning of a file, looked at in the ways that recognising a format needs."""

    path: File
    head: bytes
    size: int

    @classmethod
    def at(cls, path: File) -> Peek:
        """Peek at a file. Raises `OSError`."""
        with path.open("rb") as file:
            head = file.read(PEEK_BYTES)
        return cls(path=path, head=head, size=path.stat().st_size)

    @cached_property
    def encoding(self) -> str:
        """The name of the encoding, by byte order mark, NUL pattern, strict UTF-8, else a guess of 8 bits."""
        return encoding_of(self.head, whole=len(self.head) == self.size)

    @cached_property
    def text(self) -> str:
        """The head as text, without byte order mark."""
        return self.head.decode(self.encoding, "replace").removeprefix("\ufeff")

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the head, however they end; the last one may be cut."""
        return re.split(r"\r\n|\r|\n", self.text)

    @cached_property
    def xml_root(self) -> str:
        """The name of the root element without namespace prefix; empty where this is no XML."""
        match = _ROOT.match(self.text)
        return match[1] if match else ""

    @cached_property
    def json_start(self) -> str:
        """`{` or `[` where the text begins like JSON; else empty."""
        start = self.text.lstrip()[:1]
        return start if start in {"{", "["} else ""

    @cached_property
    def json_line(self) -> Any:
        """The first line as JSON; `None` where it is none (JSON lines have one document a line)."""
        first = next((line for line in self.lines if line.strip()), "")
        try:
            return json.loads(first)
        except (ValueError, RecursionError):
            return None

    def has(self, *needles: str) -> bool:
        """Whether the head holds all these texts."""
        return all(needle in self.text for needle in needles)


def encoding_of(data: bytes, *, whole: bool = False) -> str:
    """The encoding of a file by its first bytes. `whole`: `data` is all of it, so that its end is no cut.

    >>> encoding_of(b"a\\0b\\0c\\0d\\0"), encoding_of("ä".encode()), encoding_of(b"caf\\xe9 noir", whole=True)
    ('utf-16-le', 'utf-8', 'cp1252')
    """
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe\x00\x00", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return name
    sample = data[:4096]
    if len(sample) >= 4 and b"\0" in sample:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        half = len(sample) // 2
        if odd > half * 0.4 and even < odd / 4:
            return "utf-16-le"
        if even > half * 0.4 and odd < even / 4:
            return "utf-16-be"
    for cut in range(1 if whole else 4):
        try:
            data[: len(data) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return "utf-8"
    return _eight_bit(data)


def _eight_bit(data: bytes) -> str:
    """cp1251 where the high bytes are mostly Cyrillic letters in runs, else cp1252. A guess, and said so."""
    high = re.findall(rb"[\x80-\xff]+", data)
    letters = sum(len(run) for run in high)
    in_words = sum(len(run) for run in high if len(run) >= 3 and all(byte >= 0xC0 or byte in (0xA8, 0xB8) for byte in run))
    return "cp1251" if letters and in_words > letters * 0.6 else "cp1252"


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A file as an irregular reader gets it; it may lie inside an archive."""

    path: File
    encoding: str
    host: str | None = None  # a host name given from outside the bytes

    def binary(self) -> IO[bytes]:
        """The bytes, from the beginning."""
        return self.path.open("rb")

    def text(self) -> IO[str]:
        """The text; line ends are kept as they are, bytes that are no text become U+FFFD."""
        return io.TextIOWrapper(self.binary(), self.encoding, "replace", newline="")


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """A table that says which column is which.

    `columns` maps a field of the house to the spellings of its column, the first present one counting. Fields
    are clue kinds (`hostname`, `serial`, ...), `record.` attributes (`looked_at`, `ou`, ...), title fields and
    details; see `FIELDS`. Header names are compared folded.
    """

    columns: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...] = ()
    trace: Trace = Trace.PROGRAM
    agent: str = ""  # the tool that an `agent_id` belongs to
    constants: Mapping[str, str] = field(default_factory=dict)
    part: str = ""  # the worksheet, or the table of a database, where only one is meant
    date_order: str = ""  # "dmy" or "mdy" where the tool always writes one; else ISO only
    nothing: tuple[str, ...] = ()  # cells that say that there is none, as `NULL` in a grid of SQL Server


RECORD_COLUMNS = ("class", "os", "ou", "site", "owner", "component", "looked_at", "heard_at", "retired")


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One format. What a reader says of itself is printed in the manual and in the account's methods."""

    name: str
    title: str
    version: int = 1
    lists: Lists
    traces: frozenset[Trace] = frozenset()
    blind: tuple[str, ...] = ()  # what it cannot see: sentences
    how: str  # how the user makes that export: the exact clicks or command
    unit: str  # what a place counts: line, row, element ...
    basis: Basis
    claims: Callable[[Peek], bool]
    batches: Callable[[Stream], Iterator[Batch]] | None = None
    table: Declaration | None = None
    needs_host: bool = False  # the format does not say which machine it is about; `Stream.host` may
    named_by_file: bool = True  # where it needs a host: the file's own name may be the machine's


def reader_for(peek: Peek, readers: tuple[Reader, ...]) -> Reader:
    """The one reader that claims the file. Two claims are as wrong as none."""
    match [reader for reader in readers if reader.claims(peek)]:
        case [reader]:
            return reader
        case []:
            hint = "see `fullcount inspect FILE`, `fullcount readers`, or map its columns in fullcount.toml"
            raise UnknownFormatError("no reader claims this file", place=str(peek.path), hint=hint)
        case many:
            names = ", ".join(reader.name for reader in many)
            hint = "name one with --reader"
            raise UnknownFormatError(f"more than one reader claims this file: {names}", place=str(peek.path), hint=hint)


def among(readers: tuple[Reader, ...]) -> str:
    """The digest of the readers from which a content chooses one. While it stays, the same bytes have the same reader."""
    named = sorted((reader.name, reader.version) for reader in readers)
    return hashlib.sha256(repr((__version__, named)).encode()).hexdigest()


def utc(value: float) -> datetime | None:
    """Seconds since 1970 as a UTC time without zone; `None` for what no tool can have meant."""
    if not 0 < value < 4_102_444_800:  # the year 2100
        return None
    from datetime import UTC

    return datetime.fromtimestamp(value, UTC).replace(tzinfo=None)
