"""Windows: `winget list` as printed: names, identifiers and versions below one long line.

Forms: Microsoft's page on `winget list` and reports about it. Headers are translated; the order of the first columns is
not. An identifier is a package's of a source, or the install key or family name of what no source knows.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from fullcount.errors import UnreadableError
from fullcount.model import Batch, Lists, Os, Record, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows.lines import BLOCK, SHOWN, cells_of, first_lines, numbered

if TYPE_CHECKING:
    from collections.abc import Iterator

_RULE = re.compile(r"-{20,}\s*")
_WORDS = re.compile(r"\S+")
_PATH = re.compile(r"(ARP|MSIX)\\(?:(?:Machine|User)\\(?:X64|X86|Arm64|Arm)\\)?(.+)", re.IGNORECASE)
_FAMILY = re.compile(r"[\w.-]{3,64}_[0-9a-hjkmnp-tv-z]{13}", re.ASCII)
_FULL = re.compile(r"([\w.-]{3,64})_\d[\d.]{0,40}_\w{0,20}_[^_]{0,40}_([0-9a-hjkmnp-tv-z]{13})", re.ASCII)
_NO_VERSION = {"unknown", "unbekannt", "inconnu", "desconocido", "sconosciuto", "неизвестно", "desconhecido", "未知", "不明"}
_CUT = "…"
_SOURCES = {"winget", "msstore"}
_AGAIN = "winget export, or a list of the Uninstall keys, says more: see the readers `winget` and `uninstall`"


def _starts(header: str, rule: str) -> list[int] | None:
    """Where the columns begin: name, identifier, version, and up to two more."""
    words = list(_WORDS.finditer(header))
    return [match.start() for match in words] if _RULE.fullmatch(rule) and 3 <= len(words) <= 5 else None


def claims(peek: Peek) -> bool:
    """A header of few words above one long line; below it identifiers with dots, backslashes or family names."""
    lines = first_lines(peek)
    for number, (header, rule) in enumerate(pairwise(lines)):
        if starts := _starts(header, rule):
            rows = [cells for line in lines[number + 2 : number + 40] if line.strip() and (cells := _cells(line, header, starts))]
            named = [cells[1] for cells in rows if cells[1]]
            telling = sum("." in one or _PATH.match(one) is not None or _FAMILY.search(one) is not None for one in named)
            return (
                bool(named)
                and telling * 2 >= len(named)
                and all(re.match(r"[<>\s]*\d|\w", cells[2]) for cells in rows if cells[1])
            )
    return False


def _cells(line: str, header: str, starts: list[int]) -> list[str] | None:
    """Headers in wide letters are counted as their rows are."""
    cells = cells_of(line, starts)
    if cells is None and not header.isascii():
        cells = cells_of(line, _wide(header))
    return cells


def _wide(header: str) -> list[int]:
    from unicodedata import east_asian_width

    extra = 0
    found = []
    for number, char in enumerate(header):
        if char != " " and (number == 0 or header[number - 1] == " "):
            found.append(number + extra)
        extra += east_asian_width(char) in {"W", "F"}
    return found


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the line. What stands above the header, a progress bar, is no row. Raises `UnreadableError`
    where there is no header.
    """
    batch, begun, cut, lost = Batch(key="machine"), False, 0, 0
    for place, line, cells in _rows(stream):
        begun = True
        if cells and cells[1]:
            cut += any(cell.endswith(_CUT) for cell in cells[:2])
            batch.saw(_title(*cells[:3], source=cells[-1]), place, State.INSTALLED)
        elif line.strip():
            lost += cells is None
            batch.reject(place, line[:SHOWN], "no row of the list")
        if len(batch.sightings) + len(batch.rejects) >= BLOCK:
            yield batch
            batch = Batch(key="machine")
    if not begun:
        raise UnreadableError("no header of `winget list`", place=str(stream.path), hint=_AGAIN)
    notes = [f"{cut} names or identifiers are cut off"] if cut else []
    notes += [f"{lost} lines could not be read"] if lost else []
    batch.record = Record(
        place=1,
        clues=[("hostname", stream.host)] if stream.host else [],
        lists=Lists.SOME_SOFTWARE if notes else Lists.ALL_SOFTWARE,
        traces=frozenset() if notes else frozenset({Trace.PROGRAM}),
        os_family=Os.WINDOWS,
        note="; ".join(notes) or None,
    )
    yield batch


def _rows(stream: Stream) -> Iterator[tuple[int, str, list[str] | None]]:
    """The lines below a header, with their cells; the header itself is known by the line below it."""
    header, starts = "", list[int]()
    held: tuple[int, str] | None = None
    for place, line in numbered(stream):
        if held and (found := _starts(held[1], line)):
            header, starts = held[1], found
            held = None
            yield place, "", None
            continue
        if held and starts:
            yield *held, _cells(held[1], header, starts)
        held = (place, line) if line.strip() else None
    if held and starts:
        yield *held, _cells(held[1], header, starts)


def _title(name: str, identifier: str, version: str, *, source: str) -> Title:
    """An identifier that is cut off proves nothing, and is left out."""
    shown = name or None
    known = None if not version or version.lower() in _NO_VERSION else version
    if identifier.endswith(_CUT):
        return Title(Trace.PROGRAM, name=shown, version=known)
    match = _PATH.fullmatch(identifier)
    inner = match[2] if match else identifier
    full = _FULL.fullmatch(inner)
    if full or _FAMILY.fullmatch(inner):
        return Title(Trace.APP, name=shown, version=known, package=f"{full[1]}_{full[2]}" if full else inner)
    if source.lower() in _SOURCES:
        return Title(Trace.PROGRAM, name=shown, version=known, package=identifier)
    return Title(Trace.PROGRAM, name=shown, version=known, product_code=inner)


WINGET_LIST = Reader(
    name="winget-list",
    title="winget list, as printed",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PROGRAM}),
    blind=(
        "A narrow window cuts names and identifiers off: such a list is never complete.",
        "No publishers are listed; programs that were installed for other users are missing.",
        "Store apps are listed for the one user who asked.",
        "The list names neither its machine nor its date.",
    ),
    how=(
        "On each machine, in a wide window: `mode con: cols=500` and then `winget list --disable-interactivity > "
        "%COMPUTERNAME%.txt`. A list of the Uninstall keys (`uninstall`) says more."
    ),
    unit="line",
    basis=Basis.DOCUMENTATION,
    claims=claims,
    batches=batches,
    needs_host=True,
)
