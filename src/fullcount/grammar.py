"""A delimited file as text and as records: the one grammar that everything in this house splits a table by.

The text is always UTF-8. Other encodings are transcoded so that nothing is lost: what has no UTF-8 form becomes
bytes that are no UTF-8, and `original` makes the file's own bytes of it again.

The grammar is that of RFC 4180 with any line end (LF, CR LF, CR). A quote opens a cell only at its beginning;
elsewhere in an unquoted cell it is a character. Where a quoted cell does not end at a delimiter or a line end,
the record is a fault, and reading goes on at the next line.
"""

from __future__ import annotations

import codecs
import re
from functools import cache
from typing import IO, TYPE_CHECKING, NamedTuple

from fullcount.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fullcount.model import File

CHUNK = 1 << 20  # bytes looked at together: the arrays made of them stay in the processor's cache
LONGEST_CELL = 1 << 20  # a quote that is still open after so many bytes is taken for one that never closes
LONGEST_LINE = 32 << 20
UTF8 = ("utf-8", "utf-8-sig")
UNCLOSED = "a quote is opened and never closed"
STRAY = "text after a closing quote"
_LINE = re.compile(rb"[^\r\n]*+")
_QUOTED = re.compile(rb'"(?:[^"]++|"")*+"')


class Piece(NamedTuple):
    """One record, or a blank line (no cells), or what could not be split into cells (`fault` says why)."""

    place: int  # ordinal, blank lines counted: for a table without line ends in its cells, the line number
    raw: bytes  # as UTF-8, without the line end
    cells: list[bytes]
    fault: str
    end: int  # offset in the text behind its line end


def utf8_chunks(path: File, encoding: str, offset: int = 0, size: int = CHUNK) -> Iterator[bytes]:
    """The text of a file as UTF-8 without byte order mark, from an offset in that text."""
    try:
        with path.open("rb") as file:
            if encoding in UTF8:
                begun = file.read(len(codecs.BOM_UTF8))
                yield from _from(file, b"" if begun == codecs.BOM_UTF8 else begun, offset, size)
                return
            for chunk in transcoded(iter(lambda: file.read(size), b""), encoding):
                if len(chunk) > offset:
                    yield chunk[offset:]
                offset = max(0, offset - len(chunk))
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror or error}", place=str(path)) from error
    except UnicodeDecodeError as error:
        hint = "save it as UTF-8"
        raise UnreadableError(f"holds bytes that are no {encoding}", place=str(path), hint=hint) from error


def _from(file: IO[bytes], begun: bytes, offset: int, size: int) -> Iterator[bytes]:
    """What follows an offset, counted from the beginning of `begun`, which was read already."""
    if rest := begun[offset:]:
        yield rest
    gone = max(0, offset - len(begun))
    if file.seekable():
        file.seek(gone, 1)
    else:  # inside an archive
        while gone and (chunk := file.read(min(gone, CHUNK))):
            gone -= len(chunk)
    while chunk := file.read(size):
        yield chunk


def transcoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Text in another encoding as UTF-8. Lone surrogates, and bytes that the encoding has no character for, become
    surrogates, which are no UTF-8; the bytes of a character that was cut off stand in hex behind an 0xFF.
    Raises `UnicodeDecodeError` for UTF-32 that is none.
    """
    decoder = codecs.getincrementaldecoder(encoding)(_escape(encoding))
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
    tail, _ = decoder.getstate()
    if tail:
        yield b"\xff" + tail.hex().encode()


def original(raw: bytes, encoding: str, head: bytes = b"") -> bytes:
    """The file's own bytes of a piece of its text. `head`: the file's first bytes, for its byte order mark."""
    if encoding in UTF8:
        return raw
    text, _, tail = raw.partition(b"\xff")  # 0xFF: see `transcoded`
    if encoding in {"utf-16", "utf-32"}:
        encoding += "-be" if head.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)) else "-le"
    return text.decode("utf-8", "surrogatepass").encode(encoding, _escape(encoding)) + bytes.fromhex(tail.decode())


def line_blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The text in blocks that end at a line end, of any kind, inside quotes too; only the last may have none.
    Raises `UnreadableError` for a line of more than `LONGEST_LINE` bytes.
    """
    rest = bytearray()
    for chunk in filter(None, chunks):
        if rest.endswith(b"\r") and not chunk.startswith(b"\n"):
            yield bytes(rest)
            rest.clear()
        # a CR at the end of the chunk may be the first half of a CR LF
        cut = max(chunk.rfind(b"\n"), chunk.rfind(b"\r", 0, -1)) + 1
        if cut:
            yield b"".join((rest, memoryview(chunk)[:cut]))
            rest.clear()
        rest += chunk[cut:]
        if len(rest) > LONGEST_LINE:
            raise _too_long()
    if rest:
        yield bytes(rest)


def _too_long() -> UnreadableError:
    hint = "a table has a row a line: export it as one"
    return UnreadableError(f"holds a line of more than {LONGEST_LINE:,} bytes", hint=hint)


def record_blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The text in blocks that end at the end of a record, where all quotes close (`Scan.quotes_close`)."""
    rest = b""
    odd = 0
    for block in line_blocks(chunks):
        rest += block
        odd ^= block.count(b'"') & 1
        if not odd:
            yield rest
            rest = b""
    if rest:
        yield rest


def pieces(chunks: Iterable[bytes], delimiter: str, place: int = 0) -> Iterator[Piece]:
    """Split text into records by the grammar, one by one; `place` counts on from the one given.

    Every byte of the text lies in exactly one piece or in the line end behind it.
    """
    source = iter(chunks)
    data, at, gone, final = b"", 0, 0, False
    while not final or at < len(data):
        found = _piece(data, at, delimiter.encode(), final)
        if found is None:
            rest = data[at:]
            if len(rest) > LONGEST_LINE:
                raise _too_long()
            more, final = _more(source, max(len(rest), 1))
            gone, at, data = gone + at, 0, rest + more
            continue
        stop, cells, fault = found
        start, at = at, min(len(data), stop + (2 if data.startswith(b"\r\n", stop) else 1))
        place += 1
        yield Piece(place, data[start:stop], cells, fault, gone + at)


def _more(source: Iterator[bytes], wanted: int) -> tuple[bytes, bool]:
    """At least `wanted` bytes more, and whether these are the last: so a long record is not looked at too often."""
    got: list[bytes] = []
    size = 0
    for chunk in source:
        got.append(chunk)
        size += len(chunk)
        if size >= wanted:
            return b"".join(got), False
    return b"".join(got), True


def _piece(data: bytes, start: int, delimiter: bytes, final: bool) -> tuple[int, list[bytes], str] | None:  # noqa: FBT001
    """Where the record at `start` stops, its cells, its fault. `None` where `data` may end before it does."""
    stop = _line_end(data, start)
    if not final and stop + 1 >= len(data):  # a CR as last byte may be half of a CR LF
        return None
    line = data[start:stop]
    if b'"' not in line:
        return stop, line.split(delimiter) if line else [], ""
    found = _with_quotes(data, start, delimiter, final)
    return None if not final and found and found[0] + 1 >= len(data) else found


def _with_quotes(data: bytes, start: int, delimiter: bytes, final: bool) -> tuple[int, list[bytes], str] | None:  # noqa: FBT001
    cells: list[bytes] = []
    at = start
    while True:
        if data.startswith(b'"', at):
            limit = at + LONGEST_CELL
            match = _QUOTED.match(data, at, limit)
            close = match.end() if match else limit
            if not final and min(close, limit) >= len(data):
                return None
            if close >= limit:
                return _line_end(data, at), [], UNCLOSED
            if close < len(data) and data[close : close + 1] not in (delimiter, b"\r", b"\n"):
                # over several lines: a quote that never closed has met the next cell's opening one
                alone = _line_end(data, at)
                return (alone, [], UNCLOSED) if alone < close else (_line_end(data, close), [], STRAY)
            cells.append(data[at + 1 : close - 1].replace(b'""', b'"'))
        else:
            close = _plain(delimiter).match(data, at).end()  # type: ignore[union-attr]  # it matches nothing too
            if not final and close >= len(data):
                return None
            cells.append(data[at:close])
        if not data.startswith(delimiter, close):
            return close, cells, ""
        at = close + 1


def _line_end(data: bytes, start: int) -> int:
    return _LINE.match(data, start).end()  # type: ignore[union-attr]  # it matches nothing too


@cache
def _plain(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"[^\r\n" + re.escape(delimiter) + rb"]*+")


def _escape(encoding: str) -> str:
    return "surrogatepass" if encoding.startswith("utf") else "surrogateescape"
