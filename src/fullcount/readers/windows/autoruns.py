"""Windows: what starts by itself, as Autoruns (`autorunsc -c`) lists it: services, drivers, tasks, run keys, add-ins.

A start entry is no install: with a file behind it the file is present, without one the entry is residue. Columns:
Sysinternals' page on Autoruns; the text before a signer says whether the signature was verified.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from fullcount.model import Batch, Detail, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows.lines import BLOCK
from fullcount.readers.windows.rows import rows_of, sheet_with, shown
from fullcount.text import without_user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.readers.windows.rows import Cells

_COLUMNS = frozenset({"entry location", "entry", "image path", "launch string"})
_TRACES = {"services": Trace.SERVICE, "drivers": Trace.DRIVER}  # by category; any other entry is a file
_MISSING = re.compile(r"file not found:?\s*(.*)", re.IGNORECASE)
_VERIFIED = re.compile(r"\(verified\)\s*(.+)", re.IGNORECASE)
_ENTRY = 2  # which column it is
_EVERYBODY = "system-wide"
_HOSTS = ("pscomputername", "computername", "hostname")


def claims(peek: Peek) -> bool:
    """A table with the columns of `autorunsc -c`, whatever stands above it."""
    return sheet_with(peek, _COLUMNS) is not None


def batches(stream: Stream) -> Iterator[Batch]:
    """One record a machine. Place is the row. Rows without an entry are headings. Raises `UnreadableError` for no such table."""
    _, rows = rows_of(stream, _COLUMNS)
    known: set[str] = set()
    batch = Batch()
    for row in rows:
        if isinstance(row, Reject):
            if not _is_heading(row, stream.encoding):
                batch.rejects.append(row)
            continue
        place, cells = row
        host = next((cells[name] for name in _HOSTS if name in cells), stream.host or "")
        if batch.key != host or len(batch.sightings) + len(batch.rejects) >= BLOCK:
            if batch.key is not None or batch.rejects:
                yield batch
            batch = Batch(key=host, record=None if host in known else _record(host, place))
            known.add(host)
        _take(batch, place, cells)
    if not known:
        batch.record = _record(stream.host or "", 1)
    yield batch


def _is_heading(reject: Reject, encoding: str) -> bool:
    """Whether a row is a heading, which has a cell less than others: a time, a place and a category, and no entry."""
    try:
        cells = next(csv.reader([reject.raw.decode(encoding, "replace").strip("\r\n\0")]), [])
    except csv.Error:
        return False
    return len(cells) > _ENTRY and bool(cells[_ENTRY - 1]) and not any(cells[_ENTRY : _ENTRY + 2] + cells[_ENTRY + 4 :])


def _record(host: str, place: int) -> Record:
    return Record(
        place=place,
        clues=[("hostname", host)] if host else [],
        lists=Lists.SOME_SOFTWARE,
        traces=frozenset(),
        os_family=Os.WINDOWS,
        note="only what starts by itself is listed",
    )


def _take(batch: Batch, place: int, cells: Cells) -> None:
    entry, image = cells.get("entry"), cells.get("image path")
    if not entry and not image:
        if "launch string" in cells:
            batch.reject(place, shown(cells), "an entry without a name")
        return  # a heading: a place that was looked at, with the time of its last change
    missing = _MISSING.fullmatch(image or "")
    path = (missing[1] if missing else image) or None
    signer = _VERIFIED.fullmatch(cells.get("signer", ""))
    trace = _TRACES.get(cells.get("category", "").lower(), Trace.FILE)
    title = Title(
        trace,
        name=entry or None,
        version=cells.get("version"),
        publisher=cells.get("company"),
        path=without_user(path) if path else None,
        signer=signer[1].strip() if signer else None,
        service=entry if trace is Trace.SERVICE else None,
        driver=entry if trace is Trace.DRIVER else None,
    )
    user = cells.get("profile", "")
    detail = Detail(
        user=user if user and user.lower() != _EVERYBODY else None,
        path=path if path and path != title.path else None,
    )
    batch.saw(title, place, State.FILES if path and not missing else State.RESIDUE, detail if any(detail) else None)


AUTORUNS = Reader(
    name="autoruns",
    title="Autoruns of Windows (autorunsc, CSV)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "Only what starts by itself is listed: a program that people start is not, and nothing here is an install.",
        "Signers are listed only with `-s`, and count only where the signature was verified.",
        "With `-m` entries of Microsoft are hidden, and without `-a *` most kinds of entries are missing.",
        "The list names neither its machine nor its date.",
    ),
    how=(
        "As administrator, on each machine: `autorunsc -accepteula -nobanner -a * -s -c -h * > %COMPUTERNAME%.csv` "
        "(the last `*` lists all users' entries)."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
