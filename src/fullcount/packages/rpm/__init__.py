"""rpm: its database in each of its three stores, and the headers as `rpm -qa --xml` writes them.

`/var/lib/rpm/Packages` (Berkeley DB), `Packages.db` (ndb), `rpmdb.sqlite`; newer systems keep them in
`/usr/lib/sysimage/rpm`. All hold the same headers.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from fullcount.errors import UnreadableError
from fullcount.model import Batch, Detail, Lists, Os, Record, State, Title, Trace
from fullcount.packages.rpm.header import TAGGED, Package, package_in, package_written
from fullcount.packages.rpm.stores import AGAIN, BERKELEY, NDB, SQLITE, Lost, berkeley, ndb, sqlite
from fullcount.sheet import open_sheets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.reader import Peek, Stream

_MOST_BYTES = 256 << 20  # real databases have up to 200 MB
_BLOCK = 10_000  # packages that are handed on at once
_LONGEST = 1 << 16  # characters of a line, and of what is kept of a header, in the XML form
_SHOWN = 4096  # bytes of what is lost
_REGION = b"\0\0\0\x3f\0\0\0\x07"  # the entry (tag 63, type 7) that begins what was signed: headers have it first
_TABLE = re.compile(rb"CREATE TABLE ['\"]?Packages['\"]?\s*\(\s*hnum INTEGER PRIMARY KEY", re.IGNORECASE)
_KEY = "gpg-pubkey"  # a key that rpm trusts is kept as if it were a package


def claims(peek: Peek) -> bool:
    """One of the stores with headers in it, or their XML. Other tables of rpm are Berkeley DB files too."""
    if peek.head[12:16] in BERKELEY:
        return _REGION in peek.head
    if peek.head.startswith(NDB):
        return peek.head[32:36] == b"Slot"
    if peek.head.startswith(SQLITE):
        return _REGION in peek.head or bool(_TABLE.search(peek.head)) or _has_table(peek)
    return peek.text.lstrip().startswith("<rpmHeader>")


def _has_table(peek: Peek) -> bool:
    """Whether the database has the table; the schema of a long-lived one lies far behind its beginning."""
    try:
        return any((sheet.name, sheet.columns) == ("Packages", ("hnum", "blob")) for sheet in open_sheets(peek))
    except UnreadableError:
        return False


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the ordinal of the header in its store; a damaged one makes the list partial.

    Raises `UnreadableError` where there is no package at all, and for a database that is too large.
    """
    batch, seen, lost = Batch(key="machine"), 0, 0
    for place, found in enumerate(_packages(stream), start=1):
        if isinstance(found, Lost):
            lost += 1
            batch.reject(place, found.raw, found.reason)
        else:
            seen += 1
            state = State.MENTION if found.name == _KEY else State.INSTALLED
            batch.saw(_title(found), place, state, Detail(installed_on=found.installed_on) if found.installed_on else None)
        if len(batch.sightings) + len(batch.rejects) >= _BLOCK:
            yield batch
            batch = Batch(key="machine")
    if not seen:
        raise UnreadableError("no package could be read from it", place=str(stream.path), hint=AGAIN)
    batch.record = Record(
        place=1,
        clues=[("hostname", stream.host)] if stream.host else [],
        lists=Lists.SOME_SOFTWARE if lost else Lists.ALL_SOFTWARE,
        os_family=Os.LINUX,
        note=f"{lost} headers could not be read" if lost else None,
    )
    yield batch


def _title(package: Package) -> Title:
    return Title(Trace.PACKAGE, name=package.name, version=package.version, publisher=package.vendor, package=package.name)


def _packages(stream: Stream) -> Iterator[Package | Lost]:
    with stream.binary() as file:
        head = file.read(16)
        if not (head[12:16] in BERKELEY or head.startswith((NDB, SQLITE))):
            yield from _written(stream)
            return
        data = head + file.read(_MOST_BYTES)
    if len(data) > _MOST_BYTES:
        hint = "give the output of `rpm -qa --xml` instead"
        raise UnreadableError(f"more than {_MOST_BYTES:,} bytes in one database", place=str(stream.path), hint=hint)
    store = ndb if data.startswith(NDB) else sqlite if data.startswith(SQLITE) else berkeley
    try:
        for blob in store(data):
            if isinstance(blob, Lost):
                yield blob
            else:
                package = package_in(blob)
                yield Lost(blob[:_SHOWN], package) if isinstance(package, str) else package
    except UnreadableError as error:
        raise UnreadableError(error.message, place=str(stream.path), hint=error.hint) from error


def _written(stream: Stream) -> Iterator[Package | Lost]:
    """Headers in XML: one document after the other. Only the tags that are read are kept."""
    # a damaged byte must not make all of it another encoding
    encoding = stream.encoding if stream.encoding.startswith("utf") else "utf-8"
    kept, begun, wanted = "", False, False
    with replace(stream, encoding=encoding).text() as text:
        while line := text.readline(_LONGEST):
            if "<rpmTag " in line:
                wanted = bool(TAGGED.search(line))
            begun = begun or bool(line.strip())
            kept += line[: _LONGEST - len(kept)] if wanted else ""
            if "</rpmHeader>" in line:
                package = package_written(kept)
                yield Lost(kept.encode()[:_SHOWN], package) if isinstance(package, str) else package
                kept, begun, wanted = "", False, False
    if begun:
        yield Lost(kept.encode()[:_SHOWN], "a header that is cut off")
