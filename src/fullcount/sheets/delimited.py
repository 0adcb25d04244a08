"""Delimited text: CSV, TSV, `;` and `|`. What is regular goes to a vectorised engine, anything else row by row.

Files are first scanned as bytes (`scan`). Where the quotes close, blocks are judged one by one, so that a bad row
sends no more than its block the slow way. Rows and rejects together are what the scan counted, or the file is not read.
"""

from __future__ import annotations

import codecs
from itertools import islice
from typing import TYPE_CHECKING, Any

from fullcount.block import PREAMBLE, ROWS, SAMPLE, Block, Row, Sheet, cleaned, gathered, header_in, names_columns
from fullcount.errors import UnreadableError
from fullcount.grammar import UTF8, line_blocks, original, pieces, record_blocks, transcoded, utf8_chunks
from fullcount.model import Reject
from fullcount.reader import DELIMITERS, encoding_of
from fullcount.scan import Scan, scan, survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from fullcount.grammar import Piece
    from fullcount.model import File
    from fullcount.reader import Peek

_BLOCK = 16 << 20
_TYPE_LINE = "#TYPE "  # PowerShell's `Export-Csv` writes the type of its objects above the header
_SEP_LINE = "sep="  # Excel takes the delimiter from such a first line


def heads(peek: Peek) -> Iterator[Sheet]:
    """One table for each delimiter under which the file has a header. Where there is none, but the file is text of no
    other kind: whatever could be a header, so that its rows are listed as rejects, else a table of one column.
    """
    if peek.xml_root:
        return
    encoding = _encoding(peek)
    try:
        text = _text(peek.head, encoding)
    except UnicodeDecodeError:
        return
    forced = text[: len(_SEP_LINE) + 1].decode("utf-8", "replace").removeprefix(_SEP_LINE)
    tried = (forced,) if forced in DELIMITERS else DELIMITERS
    found = {delimiter: _rows(text, delimiter, whole=len(peek.head) == peek.size) for delimiter in tried}
    headers = {delimiter: header_in([cells for _, cells in rows]) for delimiter, rows in found.items()}
    if set(headers.values()) == {None} and not (b"\0" in text or peek.json_start):
        headers = {delimiter: _first_names(rows) for delimiter, rows in found.items()}
        if set(headers.values()) == {None} and found[tried[0]]:
            headers[tried[0]] = 0
    for delimiter, at in headers.items():
        if at is not None:
            yield _sheet(found[delimiter], at, delimiter, encoding)


def _text(head: bytes, encoding: str) -> bytes:
    return head.removeprefix(codecs.BOM_UTF8) if encoding in UTF8 else b"".join(transcoded([head], encoding))


def _first_names(rows: Sequence[tuple[int, list[str]]]) -> int | None:
    return next((number for number, (_, cells) in enumerate(rows[:PREAMBLE]) if names_columns(cells)), None)


def _sheet(rows: Sequence[tuple[int, list[str]]], at: int, delimiter: str, encoding: str) -> Sheet:
    place, names = rows[at]
    columns = tuple(name.strip() for name in names)
    sample = tuple(tuple(cells) for _, cells in rows[at + 1 : at + 1 + SAMPLE])
    sheet = Sheet(kind="csv", columns=columns, header_place=place, encoding=encoding, delimiter=delimiter, sample=sample)
    sheet.notes += [
        f"the header names `{name}` more than once: the first such column counts"
        for name in dict.fromkeys(columns)
        if name and columns.count(name) > 1
    ]
    return sheet


def _encoding(peek: Peek) -> str:
    """The encoding of the beginning. A few bad bytes in text that is otherwise UTF-8 do not make it something else."""
    if peek.encoding.startswith("utf"):
        return peek.encoding
    text = peek.head.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return "utf-8" if sum(not char.isascii() for char in text) - bad > bad else peek.encoding


def _rows(text: bytes, delimiter: str, *, whole: bool) -> list[tuple[int, list[str]]]:
    """The first records with their places; without blank lines and without what only programs read."""
    rows = []
    for piece in islice(pieces([text], delimiter), 2 * PREAMBLE + SAMPLE):
        if not whole and piece.end >= len(text):
            break
        cells = [cell.decode("utf-8", "replace") for cell in piece.cells]
        said = piece.raw.decode("utf-8", "replace").strip('"')
        if piece.raw and not said.startswith(_TYPE_LINE) and not (piece.place == 1 and said.startswith(_SEP_LINE)):
            rows.append((piece.place, cells))
    return rows


def blocks(path: File, sheet: Sheet, wanted: Sequence[str]) -> Iterator[Block]:
    """The rows. Sets `encoding`, `pieces` and `notes`. Raises `UnreadableError`."""
    found = _scanned(path, sheet)
    count = 0
    for block in _blocks(path, sheet, wanted, found):
        count += len(block.places) + len(block.rejects)
        yield block
    if count != found.records:
        message = f"{found.records} records were counted and {count} read"
        raise UnreadableError(message, place=str(path), hint="the file changed while it was read: try again")


def _scanned(path: File, sheet: Sheet) -> Scan:
    found = scan(path, delimiter=sheet.delimiter, skip=sheet.header_place, encoding=sheet.encoding)
    if sheet.encoding in UTF8 and found.undecodable > found.multibyte:
        sheet.encoding = encoding_of(b"? " + found.high, whole=True)
        found = scan(path, delimiter=sheet.delimiter, skip=sheet.header_place, encoding=sheet.encoding)
    if not sheet.encoding.startswith("utf"):
        sheet.notes.append(f"the text is no UTF-8: read as {sheet.encoding}, which is a guess")
    if found.nuls:
        sheet.notes.append("holds NUL characters")
    if not found.regular:
        sheet.notes.append(f"not regular: {found.why}")
    sheet.pieces = found.records
    return found


def _blocks(path: File, sheet: Sheet, wanted: Sequence[str], found: Scan) -> Iterator[Block]:
    with path.open("rb") as file:
        head = file.read(4)
    chunks = utf8_chunks(path, sheet.encoding, found.offset, _BLOCK)
    place = sheet.header_place
    if not found.quotes_close:
        yield from gathered(wanted, _items(pieces(chunks, sheet.delimiter, place), sheet, wanted, head))
        return
    width = len(sheet.columns)
    regular = _is_for_engine(found, width)
    # where no cell holds a line end, a line is a record, and no quote need be counted
    for text in record_blocks(chunks) if found.lines_in_cells else line_blocks(chunks):
        look = found if regular else survey([text], sheet.delimiter)
        # the engine would take such bytes at the beginning of a block for a byte order mark
        if text.startswith(codecs.BOM_UTF8) or not _is_for_engine(look, width):
            yield from gathered(wanted, _items(pieces([text], sheet.delimiter, place), sheet, wanted, head))
            look = survey([text], sheet.delimiter) if regular else look
            place += look.records + look.blanks
        else:
            table = _parsed(text, sheet, wanted, lines_in_cells=found.lines_in_cells)
            yield from _of(table, wanted, place)
            place += table.num_rows if regular else look.records + look.blanks


def _is_for_engine(look: Scan, width: int) -> bool:
    """Whether the engine reads it as the grammar does. It takes each line end by itself, so these may differ."""
    return look.quotes_close and not look.undecodable and not look.blanks_between and look.width == width


def _parsed(text: bytes, sheet: Sheet, wanted: Sequence[str], *, lines_in_cells: bool) -> pa.Table:
    """A regular block by the engine: all cells as text. Columns are named by position, for names may be equal."""
    import pyarrow as pa
    from pyarrow import csv

    names = [str(number) for number in range(len(sheet.columns))]
    return csv.read_csv(
        pa.BufferReader(text),  # type: ignore[arg-type]  # the stubs know Python's files only
        # in one part: between two the engine drops the LF of a CR LF, also inside a cell
        read_options=csv.ReadOptions(column_names=names, block_size=len(text)),
        parse_options=csv.ParseOptions(delimiter=sheet.delimiter, newlines_in_values=lines_in_cells),
        convert_options=csv.ConvertOptions(
            # the engine numbers the distinct cells while it parses: what is done with them later is done once for each
            column_types=dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string())),
            include_columns=[str(sheet.columns.index(name)) for name in wanted],
            strings_can_be_null=False,
        ),
    )


def _of(table: pa.Table, wanted: Sequence[str], place: int) -> Iterator[Block]:
    import numpy as np

    for batch in table.to_batches(max_chunksize=ROWS):
        columns: dict[str, pa.Array[Any]] = {name: cleaned(batch.column(number)) for number, name in enumerate(wanted)}
        yield Block(places=np.arange(place + 1, place + 1 + batch.num_rows, dtype=np.int64), columns=columns)
        place += batch.num_rows


def _items(found: Iterable[Piece], sheet: Sheet, wanted: Sequence[str], head: bytes) -> Iterator[Row | Reject]:
    width = len(sheet.columns)
    numbers = [sheet.columns.index(name) for name in wanted]
    for piece in found:
        if not piece.raw:
            continue
        if fault := piece.fault or _fault(piece, width, sheet.encoding):
            yield Reject(piece.place, original(piece.raw, sheet.encoding, head), fault)
        else:
            yield Row(piece.place, tuple(piece.cells[number] for number in numbers))


def _fault(piece: Piece, width: int, encoding: str) -> str:
    """Why a record is no row under the header; empty where it is one."""
    count = len(piece.cells)
    if count < width:
        return f"has {count} of {width} cells"
    if count > width and any(cell.strip() for cell in piece.cells[width:]):
        return f"has {count} cells under a header of {width}"
    try:
        piece.raw.isascii() or piece.raw.decode("utf-8")
    except UnicodeDecodeError:
        return f"holds bytes that are no {encoding.removesuffix('-sig')}"
    return ""
