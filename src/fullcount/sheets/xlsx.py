"""XLSX: each worksheet. Numbers without a needless `.0`, dates as ISO. Blank rows are nothing."""

from __future__ import annotations

import re
import zipfile
import zlib
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from fullcount.block import PREAMBLE, SAMPLE, Block, Row, Sheet, gathered, header_in, seekable
from fullcount.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from python_calamine import CalamineSheet, CalamineWorkbook

    from fullcount.model import File
    from fullcount.reader import Peek

MAGIC = b"PK\x03\x04"
_BOOK = "xl/workbook.xml"
_BUDGET = 1 << 30  # bytes of all parts, unpacked
_RATIO = 1000
_AREA = 32_000_000  # cells of one worksheet, empty ones too, at 32 bytes
_COLUMN = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})[0-9]""")
_ROW = re.compile(rb"""\br\s*=\s*["'][A-Za-z]{0,3}([0-9]{1,7})["']""")
_CHUNK = 4 << 20
_LONGEST_ROW = 64 << 20


def heads(peek: Peek) -> Iterator[Sheet]:
    """One table for each worksheet with a header. Raises `UnreadableError` for a workbook that is damaged, that
    is locked by a password, or that would take too much memory.
    """
    if not peek.head.startswith(MAGIC) or not _is_workbook(peek.path):
        return
    book = _opened(peek.path)
    for name in book.sheet_names:
        rows = []
        for place, cells in enumerate(_rows_of(peek.path, book, name), start=1):
            if any(cells):
                rows.append((place, cells))
            if len(rows) == PREAMBLE + SAMPLE:
                break
        at = header_in([cells for _, cells in rows])
        if at is not None:
            place, cells = rows[at]
            sample = tuple(tuple(row) for _, row in rows[at + 1 :])
            yield Sheet(kind="xlsx", name=name, columns=tuple(map(str.strip, cells)), header_place=place, sample=sample)


def blocks(path: File, sheet: Sheet, wanted: Sequence[str]) -> Iterator[Block]:
    """The rows below the header; `place` is the number of the row in the worksheet."""
    numbers = [sheet.columns.index(name) for name in wanted]
    rows = enumerate(_rows_of(path, _opened(path), sheet.name), start=1)
    items = (
        Row(place, tuple(cells[number] for number in numbers))
        for place, cells in rows
        if place > sheet.header_place and any(map(str.strip, cells))
    )
    yield from gathered(wanted, items)


def _rows_of(path: File, book: CalamineWorkbook, name: str) -> Iterator[list[str]]:
    from python_calamine import CalamineError

    try:
        found: CalamineSheet = book.get_sheet_by_name(name)
    except CalamineError as error:
        raise UnreadableError(f"the worksheet `{name}` is damaged: {error}", place=str(path), hint="save it again") from error
    for row in found.iter_rows():
        yield [_text(cell) for cell in row]


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, datetime | date | time) else str(cell)


def _opened(path: File) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with seekable(path) as file:
            return CalamineWorkbook.from_filelike(file)  # it takes all bytes at once
    except (CalamineError, OSError) as error:
        raise UnreadableError(f"is a damaged workbook: {error}", place=str(path), hint="save it again") from error


def _is_workbook(path: File) -> bool:
    """Whether a ZIP file is a workbook; its parts are unpacked once to see that they stay within bounds."""
    try:
        with seekable(path) as file, zipfile.ZipFile(file) as parts:
            if _BOOK not in parts.namelist():
                return False
            unpacked = 0
            for part in parts.infolist():
                unpacked += part.file_size
                if unpacked > _BUDGET or part.file_size > max(part.compress_size, 1000) * _RATIO:
                    raise _too_large(path, "its parts are too large when unpacked")
            for part in parts.infolist():
                if part.filename.startswith("xl/worksheets/") and _area(parts, part) > _AREA:
                    raise _too_large(path, f"`{part.filename}` has a cell far from all others, or too many cells")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise UnreadableError(f"is a damaged or locked workbook: {error}", place=str(path), hint="save it again") from error
    return True


def _area(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Rows times columns up to the farthest cell: what the worksheet takes in memory."""
    columns: set[bytes] = {b"A"}
    rows: set[bytes] = {b"1"}
    count = widest = 0  # cells and rows may also come without a reference, and then stand one after another
    rest = b""
    with parts.open(part) as file:
        while chunk := file.read(_CHUNK):
            text = rest + chunk
            columns.update(_COLUMN.findall(text))
            rows.update(_ROW.findall(text))
            *whole, rest = text.split(b"<row")
            count += len(whole)
            widest = max(widest, *(row.count(b"<c ") + row.count(b"<c>") for row in (*whole, rest)))
            if len(rest) > _LONGEST_ROW:
                raise zipfile.BadZipFile("a row is too long")
    return max(count, *map(int, rows)) * max(widest, *map(_number, columns))


def _number(column: bytes) -> int:
    number = 0
    for letter in column.upper():
        number = number * 26 + letter - 64
    return number


def _too_large(path: File, message: str) -> UnreadableError:
    return UnreadableError(message, place=str(path), hint="save the worksheet as CSV")
