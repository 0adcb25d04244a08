"""macOS: property lists that say what was installed: the history of installers, receipts, and an application's own list.

In XML or binary form. `InstallHistory.plist` and receipts say what an installer once put there: both stay when the
software goes. An application's `Info.plist` lies in the application itself. Facts: Apple's "Information Property List"
and its manual pages pkgutil(1) and installer(8).
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fullcount.document import text_of, texts_of
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Detail, Lists, Os, Record, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_BYTES = 64 << 20  # real ones have up to a few hundred thousand
_AGAIN = "copy the file again"
_SHOWN = 4096
_LONGEST = 64  # bits of a number
_BINARY = b"bplist00"
_HISTORY, _RECEIPT, _INFO = ("processName", "displayName"), ("InstallProcessName", "PackageIdentifier"), ("CFBundleIdentifier",)
_OTHERS = ("_dataType", "bundleid", "PayloadType")  # system_profiler, Munki, profiles: other formats with such keys in them
_NO_MACHINE = re.compile(r"info|installhistory|(?:com|org|net|io)\.[\w.-]+", re.IGNORECASE)


def claims(peek: Peek) -> bool:
    """A property list with the keys of one of the three."""
    if peek.head.startswith(_BINARY):
        return any(all(key.encode() in peek.head for key in keys) for keys in (_HISTORY, _RECEIPT, _INFO))
    if peek.xml_root != "plist" or any(f"<key>{key}</key>" in peek.text for key in _OTHERS):
        return False
    return any(all(f"<key>{key}</key>" in peek.text for key in keys) for keys in (_HISTORY, _RECEIPT, _INFO))


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the ordinal of the installation; an application's own list is one. Raises `UnreadableError`."""
    found = _loaded(stream)
    # such files are named by what they are, not by their machine
    host = stream.host if stream.host and not _NO_MACHINE.fullmatch(stream.host) else None
    record = Record(place=1, lists=Lists.SOME_SOFTWARE, traces=frozenset(), os_family=Os.MACOS)
    record.clues = [("hostname", host)] if host else []
    batch = Batch(record=record)
    if isinstance(found, list):
        record.note = "what was once installed is listed, not what is"
        for place, row in enumerate(found, start=1):
            _installed(batch, _plain(row), place)
    elif isinstance(found, dict) and "PackageIdentifier" in found:
        record.note = "one receipt: what was once installed, not what is"
        _installed(batch, _plain(found), 1)
    else:
        record.note = "one application is described"
        _application(batch, _plain(found))
    yield batch


def _loaded(stream: Stream) -> Any:
    """The list as Python has it. Entities are refused by the parser. Raises `UnreadableError`."""
    import plistlib
    from xml.parsers.expat import ExpatError

    with stream.binary() as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise UnreadableError(f"more than {_MOST_BYTES:,} bytes in one property list", place=str(stream.path), hint=_AGAIN)
    try:
        return plistlib.loads(data)
    except (ExpatError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, MemoryError) as error:
        said = str(error) or type(error).__name__
        raise UnreadableError(f"a damaged property list: {said}", place=str(stream.path), hint=_AGAIN) from error


def _detail(row: dict[str, Any]) -> Detail | None:
    day = row.get("date") or row.get("InstallDate")
    return Detail(installed_on=day.date().isoformat()) if isinstance(day, datetime) and day.year > 1984 else None


def _plain(row: Any) -> Any:
    """A dictionary without numbers that are longer than any version: a damaged list may hold one of a million digits."""
    if not isinstance(row, dict):
        return row
    return {key: value for key, value in row.items() if not (isinstance(value, int) and value.bit_length() > _LONGEST)}


def _installed(batch: Batch, row: Any, place: int) -> None:
    """What an installer once put there, once for each of its packages."""
    name = text_of(row, "displayName", "PackageFileName")
    packages = texts_of(row, "packageIdentifiers") or texts_of(row, "PackageIdentifier")
    if not name and not packages:
        batch.reject(place, _shown(row), "an installation without a name")
        return
    version, detail = text_of(row, "displayVersion", "PackageVersion"), _detail(row)
    for package in packages or [""]:
        title = Title(Trace.PACKAGE, name=name or package, version=version, package=package or None)
        batch.saw(title, place, State.RESIDUE, detail)


def _application(batch: Batch, row: Any) -> None:
    bundle = text_of(row, "CFBundleIdentifier")
    name = text_of(row, "CFBundleDisplayName", "CFBundleName", "CFBundleExecutable") or bundle
    if not name:
        batch.reject(1, _shown(row), "a property list that names no application")
        return
    version = text_of(row, "CFBundleShortVersionString", "CFBundleVersion")
    batch.saw(Title(Trace.APP, name=name, version=version, bundle_id=bundle), 1, State.FILES)


def _shown(row: Any) -> str:
    try:
        return json.dumps(row, ensure_ascii=False, default=str, skipkeys=True)[:_SHOWN]
    except (ValueError, RecursionError):  # lists that hold themselves, or lie too deep in one another
        return "(nested too deeply to be shown)"


MACOS_PLIST = Reader(
    name="macos-plist",
    title="property lists of a Mac (InstallHistory, receipts, Info.plist)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "The history and receipts say what an installer once put there: they stay when the software goes, and count as residue.",
        "What was dragged into the folder of applications, or came from a browser, is in no history.",
        "An application's own list says that its files are present, and is of one application.",
        "The files name neither their machine nor the day on which they were copied, and no publishers.",
    ),
    how=(
        'On each Mac: `cp /Library/Receipts/InstallHistory.plist "$(hostname).plist"`. Give the machine by the file\'s name, '
        "or with `--host`. A list of what is installed now: see `system-profiler`."
    ),
    unit="installation",
    basis=Basis.SAMPLES,
    needs_host=True,
    claims=claims,
    batches=batches,
)
