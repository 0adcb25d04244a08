"""The three stores in which rpm keeps headers: Berkeley DB (a hash), ndb, and SQLite. No rpm or Berkeley DB is needed.

Each store gives headers, and in place of what it cannot give a `Lost`. Facts: Berkeley DB's `db_page.h` (pages of a
hash and of what is too long for one), rpm's `lib/backend/ndb/rpmpkg.c` and `lib/backend/sqlite.c`.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from fullcount.errors import UnreadableError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

AGAIN = "copy the database again, while no package is being installed"
BERKELEY, NDB, SQLITE = (b"\x61\x15\x06\x00", b"\x00\x06\x15\x61"), b"RpmP", b"SQLite format 3\0"
_SHOWN = 64  # bytes of what is lost
_CUT = "the file is shorter than it says: it was cut"

_HASH_META, _OVERFLOW = 8, 7
_HASHES = frozenset({2, 13})  # pages of a hash: unsorted and sorted
_KEYDATA, _OFFPAGE = 1, 3  # how an item lies on a page: itself, or where it begins
_PAGE_HEAD = 26


class Lost(NamedTuple):
    """What a store cannot give."""

    raw: bytes
    reason: str


# -- Berkeley DB -----------------------------------------------------------------------------------------------------


class _Pages:
    """A Berkeley DB file as numbered pages."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.order = "<" if data[12:16] == BERKELEY[0] else ">"
        self.size = self.number("I", 20)
        self.last = self.number("I", 32)
        self.used: set[int] = set()  # pages of long items: each belongs to one

    def number(self, kind: str, at: int) -> int:
        """The number at a place in the file. Raises `struct.error` beyond its end."""
        (value,) = struct.unpack_from(self.order + kind, self.data, at)
        return int(value)

    def kind(self, page: int) -> int:
        return self.data[page * self.size + 25]

    def whole(self, page: int) -> bool:
        return page > 0 and (page + 1) * self.size <= len(self.data)


def berkeley(data: bytes) -> Iterator[bytes | Lost]:
    """The values of a hash, page by page. Raises `UnreadableError` where the file is no hash, or is encrypted."""
    if len(data) < 512 or data[25] != _HASH_META or data[24]:
        raise UnreadableError("a Berkeley DB file that is no plain hash", hint=AGAIN)
    pages = _Pages(data)
    if not 512 <= pages.size <= 65_536:
        raise UnreadableError("a Berkeley DB file with pages of an impossible size", hint=AGAIN)
    for page in range(1, min(pages.last + 1, len(data) // pages.size)):
        if pages.kind(page) in _HASHES:
            yield from _values(pages, page)
    if (pages.last + 1) * pages.size > len(data):
        yield Lost(b"", _CUT)


def _values(pages: _Pages, page: int) -> Iterator[bytes | Lost]:
    """The values on a page: every second item. Items are put down from the page's end."""
    start = page * pages.size
    items = pages.number("H", start + 20)
    if _PAGE_HEAD + 2 * items > pages.size:
        yield Lost(pages.data[start : start + _SHOWN], "a page with more items than it can hold")
        return
    above = pages.size
    for item in range(1, items, 2):
        at = pages.number("H", start + _PAGE_HEAD + 2 * item)
        end = pages.number("H", start + _PAGE_HEAD + 2 * item - 2)
        if not _PAGE_HEAD <= at < end <= above:
            yield Lost(pages.data[start : start + _SHOWN], "an item that lies outside its page, or over another")
            continue
        above = at
        value = pages.data[start + at : start + end]
        if value[0] == _OFFPAGE and len(value) >= 12:
            yield _chained(pages, pages.number("I", start + at + 4), pages.number("I", start + at + 8))
        elif value[0] == _KEYDATA and len(value) <= 5:
            continue  # the number that the next package gets
        elif value[0] == _KEYDATA:
            yield value[1:]
        else:
            yield Lost(value[:_SHOWN], "an item of a kind that rpm does not write")


def _chained(pages: _Pages, page: int, length: int) -> bytes | Lost:
    """An item that is too long for a page: it lies on pages of its own, each of which names the next."""
    parts: list[bytes] = []
    found = 0
    while page and found < length:
        if not pages.whole(page) or page in pages.used or pages.kind(page) != _OVERFLOW:
            return Lost(b"".join(parts)[:_SHOWN], "a header whose pages are cut off, or are used twice")
        pages.used.add(page)
        start = page * pages.size
        stored = min(pages.number("H", start + 22), pages.size - _PAGE_HEAD)
        parts.append(pages.data[start + _PAGE_HEAD : start + _PAGE_HEAD + stored])
        found += stored
        page = pages.number("I", start + 16)
    blob = b"".join(parts)
    return blob if found == length else Lost(blob[:_SHOWN], "a header that is not as long as the database says")


# -- ndb -------------------------------------------------------------------------------------------------------------

_BLOCK, _NDB_PAGE = 16, 4096
_SLOT, _BLOB = b"Slot", b"BlbS"
_MOST_SLOT_PAGES = 2048  # rpm writes one for 254 packages


def ndb(data: bytes) -> Iterator[bytes | Lost]:
    """The blobs that the slots at the beginning name. Their checksums are checked."""
    (pages,) = struct.unpack_from("<I", data.ljust(16, b"\0"), 12)
    used: set[int] = set()
    for at in range(32, min(pages, _MOST_SLOT_PAGES) * _NDB_PAGE, _BLOCK):
        slot = data[at : at + _BLOCK]
        if len(slot) < _BLOCK or slot[:4] != _SLOT:
            yield Lost(slot, "a slot that is damaged or cut off")
            if len(slot) < _BLOCK:
                return
            continue
        package, offset, blocks = struct.unpack("<3I", slot[4:])
        if offset in used:
            yield Lost(slot, "a slot that names the header of another")
        elif package:  # else the slot is free
            used.add(offset)
            yield _blob(data, package, offset * _BLOCK, blocks * _BLOCK)


def _blob(data: bytes, package: int, at: int, size: int) -> bytes | Lost:
    whole = data[at : at + size]
    if len(whole) < size or size < 2 * _BLOCK or whole[:4] != _BLOB:
        return Lost(whole[:_SHOWN], "a header that is damaged or cut off")
    number, _, length = struct.unpack_from("<3I", whole, 4)
    if number != package or length > size - _BLOCK - 12:
        return Lost(whole[:_SHOWN], "a header that is not the one that its slot names")
    (checksum,) = struct.unpack_from("<I", whole, size - 12)
    if checksum != zlib.adler32(whole[: size - 12]):
        return Lost(whole[:_SHOWN], "a header with a wrong checksum")
    return whole[_BLOCK : _BLOCK + length]


# -- SQLite ----------------------------------------------------------------------------------------------------------

_LONGEST = 64 << 20  # of one value


def sqlite(data: bytes) -> Iterator[bytes | Lost]:
    """The column `blob` of the table `Packages`, in the order of its numbers. Nothing of the database runs.

    Raises `UnreadableError` where it cannot be opened or has no such table.
    """
    import sqlite3

    try:
        connection = _opened(data)
    except sqlite3.Error as error:
        raise UnreadableError(f"is a damaged database: {error}", hint=AGAIN) from error
    size, pages = struct.unpack_from(">H10xI", data.ljust(32, b"\0"), 16)
    if pages * (65_536 if size == 1 else size) > len(data):
        yield Lost(b"", _CUT)
    try:
        found = 0
        for (blob,) in connection.execute("select blob from Packages order by rowid"):
            found += 1 + (len(blob) if isinstance(blob, bytes) else 0)
            if found > len(data):  # pages that point in circles, or are part of several rows
                raise sqlite3.DatabaseError("more in its rows than it has bytes")
            yield blob if isinstance(blob, bytes) else Lost(str(blob).encode()[:_SHOWN], "a row without a header")
    except sqlite3.Error as error:
        yield Lost(b"", f"the table `Packages` cannot be read from here on: {error}")
    finally:
        connection.close()


def _opened(data: bytes) -> sqlite3.Connection:
    """The database in memory. rpm keeps a write-ahead log, which memory cannot: the two bytes that ask for one are set
    to what asks for none. Raises `sqlite3.Error`.
    """
    import sqlite3

    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(data[:18] + b"\1\1" + data[20:])
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        for setting in ("trusted_schema = off", "cell_size_check = on", "query_only = on"):
            connection.execute(f"pragma {setting}")
        plain = "select count(*) from sqlite_master where type = 'table' and name = 'Packages' and sql like 'create table%'"
        if connection.execute(plain).fetchone()[0] != 1:
            raise sqlite3.DatabaseError("it has no plain table `Packages`")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
