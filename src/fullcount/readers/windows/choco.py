"""Windows: Chocolatey: `choco list` as printed, and the `.nuspec` that lies in the folder of each installed package.

Forms: Chocolatey's pages on `choco list` and `choco search`; the published schema of nuspec files, which NuGet shares.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fullcount.errors import UnreadableError
from fullcount.model import Batch, Lists, Os, Record, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows.lines import BLOCK, SHOWN, first_lines, numbered
from fullcount.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROW = re.compile(r"([A-Za-z0-9_][\w.+-]{0,199})( |\|)(\d[\w.+-]{0,99})(?: (?:\[|-|Downloads).*)?\s*", re.ASCII)
_BANNER = re.compile(r"Chocolatey v\d[\w.+-]*.{0,40}")
_TAIL = re.compile(r"(\d+) packages (installed|found)\.\s*")
_ITSELF = re.compile(r"chocolatey[ |]\d.*")
_LARGEST = 1 << 22  # bytes of a nuspec


def claims(peek: Peek) -> bool:
    """Names and versions with Chocolatey among them or above them; or a nuspec."""
    if peek.xml_root == "package":
        return peek.has("<metadata", "<id>")
    lines = [line for line in first_lines(peek) if line.strip()]
    around = [line for line in lines if _BANNER.fullmatch(line.strip()) or _TAIL.fullmatch(line)]
    rows = sum(_ROW.fullmatch(line) is not None for line in lines)
    sure = any(_BANNER.fullmatch(line.strip()) or _ITSELF.fullmatch(line) for line in lines)
    return sure and rows > 0 and rows * 10 >= (len(lines) - len(around)) * 7


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the line; that of a nuspec is 1. Raises `UnreadableError` for a nuspec that is none."""
    with stream.binary() as file:
        data = file.read(_LARGEST + 1)
    if data.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t\0").startswith(b"<"):
        yield _nuspec(stream, data)
    else:
        yield from _list(stream)


def _record(stream: Stream, notes: list[str]) -> Record:
    return Record(
        place=1,
        clues=[("hostname", stream.host)] if stream.host else [],
        lists=Lists.SOME_SOFTWARE,
        traces=frozenset(),
        os_family=Os.WINDOWS,
        note="; ".join(["only what Chocolatey installed is listed", *notes]),
    )


def _list(stream: Stream) -> Iterator[Batch]:
    """`found` below the list says that it was searched for what could be installed."""
    tail = next((match for _, line in numbered(stream) if (match := _TAIL.fullmatch(line))), None)
    offered = bool(tail and tail[2] == "found")
    state = State.MENTION if offered else State.INSTALLED
    batch, seen = Batch(key="machine"), 0
    for place, line in numbered(stream):
        match = _ROW.fullmatch(line)
        if match and not _BANNER.fullmatch(line):
            seen += 1
            batch.saw(Title(Trace.PACKAGE, name=match[1], version=match[3], package=match[1]), place, state)
        elif line.strip() and not _BANNER.fullmatch(line.strip()) and not _TAIL.fullmatch(line):
            batch.reject(place, line[:SHOWN], "no name and version")
        if len(batch.sightings) >= BLOCK:
            yield batch
            batch = Batch(key="machine")
    if not seen:
        raise UnreadableError("no name and version of a package", place=str(stream.path), hint="make it again: choco list")
    notes = ["what could be installed is listed, not what is"] if offered else []
    if tail and not offered and int(tail[1]) != seen:
        notes.append(f"{tail[1]} packages are said to be installed, {seen} are here")
    batch.record = _record(stream, notes)
    yield batch


def _nuspec(stream: Stream, data: bytes) -> Batch:
    """The description of one package. Its names stand in `metadata`; namespaces differ by version."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    hint = "take the file from the folder of the package, in %ChocolateyInstall%\\lib"
    if len(data) > _LARGEST:
        raise UnreadableError(f"a nuspec of more than {_LARGEST:,} bytes", place=str(stream.path), hint=hint)
    try:
        root = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadableError(f"stops being XML: {error}", place=str(stream.path), hint=hint) from error
    said: dict[str, str] = {}
    for element in root.iterfind("{*}metadata/{*}*"):
        if text := clean(element.text):
            said.setdefault(element.tag.rpartition("}")[2], text)
    batch = Batch(record=_record(stream, ["a nuspec is of one package"]))
    if package := said.get("id"):
        name = said.get("title", package)
        title = Title(Trace.PACKAGE, name=name, version=said.get("version"), publisher=said.get("authors"), package=package)
        batch.saw(title, 1, State.FILES)
    else:
        batch.reject(1, data[:SHOWN], "a nuspec without an id")
    return batch


CHOCOLATEY = Reader(
    name="chocolatey",
    title="Chocolatey packages (choco list, nuspec)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "Only what Chocolatey installed is listed, and what was removed past it is listed still.",
        "`choco list` names no publishers; the authors in a nuspec are often those of the software, but need not be.",
        "A nuspec also lies where a package is made: that it came from a machine with the package is taken on trust.",
        "The list names neither its machine nor its date.",
    ),
    how=(
        "On each machine: `choco list --limit-output > %COMPUTERNAME%.txt` (before version 2: `choco list --local-only`); or the "
        "files `%ChocolateyInstall%\\lib\\*\\*.nuspec` in a folder named for the machine."
    ),
    unit="line",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
