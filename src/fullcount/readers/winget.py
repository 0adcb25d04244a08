"""Windows: what `winget export` writes, a list of package identifiers by source.

Field names: the published schemas of winget's packages, 1.0 (`Id`) and 2.0 (`PackageIdentifier`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.document import documents, raw_of, rows_of, text_of
from fullcount.model import Batch, Lists, Os, Record, Reject, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.document import Document

_SCHEMA = re.compile(r'"\$schema"\s*:\s*"https?://aka\.ms/winget-packages\.schema\.')
_NO_VERSION = {"Unknown", "unknown"}  # as winget writes a version that an installer did not say


def claims(peek: Peek) -> bool:
    """The address of the schema."""
    return peek.json_start == "{" and bool(_SCHEMA.search(peek.text))


def batches(stream: Stream) -> Iterator[Batch]:
    """One batch a document; people edit these files, and leave a comma after the last package. Place is the ordinal of
    the package, counted through the sources. Raises `UnreadableError` for what is too long to be held.
    """
    for one in documents(stream):
        if isinstance(one, Reject):
            yield Batch(rejects=[one])
        elif not isinstance(one.value, dict) or not isinstance(one.value.get("Sources"), list):
            yield Batch(rejects=[Reject(one.place, raw_of(one.value), "no list of sources")])
        else:
            yield _batch(one, stream)


def _batch(one: Document, stream: Stream) -> Batch:
    record = Record(place=1, lists=Lists.SOME_SOFTWARE, traces=frozenset(), os_family=Os.WINDOWS)
    record.looked_at = parse(text_of(one.value, "CreationDate"))
    record.clues = [("hostname", stream.host)] if stream.host else []
    record.note = "the file is broken, and what follows the break is missing" if one.broken else None
    batch = Batch(record=record)
    place = 0
    for source in rows_of(one.value, "Sources"):
        packages = source.get("Packages") if isinstance(source, dict) else None
        for package in packages if isinstance(packages, list) else [source]:
            place += 1
            _package(batch, place, package)
    return batch


def _package(batch: Batch, place: int, package: Any) -> None:
    name, version = text_of(package, "PackageIdentifier", "Id"), text_of(package, "Version")
    if name:
        batch.saw(Title(Trace.PACKAGE, name=name, version=None if version in _NO_VERSION else version, package=name), place)
    else:
        batch.reject(place, raw_of(package), "a package without an identifier")


WINGET = Reader(
    name="winget",
    title="winget export (JSON)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "Only installed software that a source of winget knows is listed; what it does not know is only named on the screen.",
        "Packages are named by their identifiers: no display names, no publishers, and no versions unless asked for.",
        "The same form serves as a wish list for `winget import`: that the file came from a machine is taken on trust.",
    ),
    how="On each machine: `winget export -o HOST.json --include-versions`, HOST being the machine's name.",
    unit="package",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
