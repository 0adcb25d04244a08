"""A package as rpm keeps it: the header, in its binary form and as `rpm --xml` writes it.

The binary form is two numbers (entries, bytes of data), the entries (tag, type, offset, count) and the data, all
numbers big-endian. Tags and types: rpm's documentation, "RPM header format" and "Tags".
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple
from xml.sax.saxutils import unescape

from fullcount.reader import utc
from fullcount.text import clean

_NUMBER, _STRING, _TRANSLATED = 4, 6, 9
_TAGS = {  # tag -> name in the XML form, types
    1000: ("Name", {_STRING}),
    1001: ("Version", {_STRING}),
    1002: ("Release", {_STRING}),
    1003: ("Epoch", {_NUMBER}),
    1008: ("Installtime", {_NUMBER}),
    1011: ("Vendor", {_STRING, _TRANSLATED}),
}
_ENTRY = struct.Struct(">4I")
_MOST_ENTRIES = 65_536  # rpm's own limit
_LONGEST = 1024  # bytes of a value that is read
_WORD = re.compile(r"[\w.+~^:-]+", re.ASCII)
TAGGED = re.compile(rf'<rpmTag name="({"|".join(name for name, _ in _TAGS.values())})">')
_VALUE = re.compile(TAGGED.pattern + r"\s*<(?:string|integer)>([^<]*)</")


class Package(NamedTuple):
    """What is read of a header. `version` has epoch and release: `1:2.0-3.el8`."""

    name: str
    version: str
    vendor: str | None
    installed_on: str | None  # ISO day


def package_in(blob: bytes) -> Package | str:
    """The package of a binary header; a text says why it cannot be used."""
    if len(blob) < 8:
        return "a header that is cut off"
    entries, size = struct.unpack_from(">2I", blob)
    start = 8 + entries * _ENTRY.size
    if entries > _MOST_ENTRIES or start + size > len(blob):
        return "a header that says it is longer than it is"
    found: dict[str, str] = {}
    for number in range(entries):
        tag, kind, offset, _ = _ENTRY.unpack_from(blob, 8 + number * _ENTRY.size)
        name, kinds = _TAGS.get(tag, ("", set[int]()))
        if kind not in kinds or offset + 4 > size:
            continue
        if kind == _NUMBER:
            found[name] = str(struct.unpack_from(">I", blob, start + offset)[0])
        else:
            found[name] = (
                blob[start + offset : start + min(offset + _LONGEST, size)].split(b"\0", 1)[0].decode("utf-8", "replace")
            )
    return _package(found)


def package_written(header: str) -> Package | str:
    """The package of a header as `rpm --xml` writes it; a text says why it cannot be used."""
    return _package({match[1]: unescape(match[2]).strip() for match in _VALUE.finditer(header)})


def _package(found: dict[str, str]) -> Package | str:
    name, version, release = (found.get(field, "") for field in ("Name", "Version", "Release"))
    if not _WORD.fullmatch(name):
        return "a header without a package's name that can be one"
    if not (_WORD.fullmatch(version) and _WORD.fullmatch(release)):
        return "a package without a version that can be one"
    epoch = found.get("Epoch", "0")
    seconds = found.get("Installtime", "")
    moment = utc(int(seconds)) if seconds.isdecimal() and len(seconds) <= 11 else None
    return Package(
        name=name,
        version=f"{version}-{release}" if epoch == "0" else f"{epoch}:{version}-{release}",
        vendor=clean(found.get("Vendor")),
        installed_on=moment.date().isoformat() if moment else None,
    )
