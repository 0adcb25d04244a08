"""Lines of text with their places, columns of a fixed width, and dates whose order a file shows by its own values."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from fullcount import when
from fullcount.reader import PEEK_BYTES, Peek

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fullcount.reader import Stream

LONGEST = 1 << 16  # characters of a line
SHOWN = 4096  # characters of a reject
BLOCK = 10_000  # rows that are handed on at once
_PEEKED = 400  # lines that are looked at
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}\b.*", re.DOTALL)
_FILLER = "\0"  # the second half of a wide letter


def head_of(stream: Stream) -> Peek:
    """The beginning of a stream, to find out again which form of a format it is."""
    with stream.binary() as file:
        head = file.read(PEEK_BYTES + 1)
    return Peek(path=stream.path, head=head[:PEEK_BYTES], size=len(head))


def first_lines(peek: Peek) -> list[str]:
    """The first lines, blank ones too, without one that is cut off; none of XML, which is no list of lines."""
    if peek.xml_root:
        return []
    whole = peek.lines if peek.size <= len(peek.head) else peek.lines[:-1]
    return whole[:_PEEKED]


def numbered(stream: Stream) -> Iterator[tuple[int, str]]:
    """The lines, counted from 1, without their ends; of one that is too long, its beginning."""
    place, begins = 0, True
    with stream.text() as text:
        while line := text.readline(LONGEST):
            if begins:
                place += 1
                yield place, line.rstrip("\r\n").lstrip("\ufeff").replace("\0", "\ufffd")
            begins = line.endswith(("\n", "\r"))


def cells_of(line: str, starts: list[int]) -> list[str] | None:
    """The cells of a line below columns that begin at these places; `None` where they do not stand below them.

    Some programs count a wide letter (Chinese, Japanese, Korean) as two places, some as one.

    >>> cells_of("Reader  1.0", [0, 8]), cells_of("\u6d4b\u8bd5    1.0", [0, 8]), cells_of("Reader 1.0 x", [0, 8])
    (['Reader', '1.0'], ['测试', '1.0'], None)
    """
    for text in (line, line if line.isascii() else _spread(line)):
        if not any(start and text[start - 1 : start].strip(" \t") for start in starts) and _parted(text, starts):
            ends = [*starts[1:], len(text)]
            return [text[start:end].replace(_FILLER, "").strip() for start, end in zip(starts, ends, strict=True)]
    return None


def _parted(text: str, starts: list[int]) -> bool:
    """Whether no cell but the first is begun in the column before it."""
    return all(not text[start : start + 1].startswith(_FILLER) for start in starts)


def _spread(line: str) -> str:
    return "".join(char + _FILLER if unicodedata.east_asian_width(char) in {"W", "F"} else char for char in line)


def date_order(written: Iterable[str | None]) -> str:
    """How the dates of one file are meant, `dmy` or `mdy`, where one of them can be read one way only; else empty.

    >>> date_order(["1/2/2020 9:08 AM", "1/31/2020"]), date_order(["1/2/2020"]), date_order(["31.1.2020", "1.31.2020"])
    ('mdy', '', '')
    """
    found = set()
    for text in written:
        if text and (match := _DAY.fullmatch(text.strip())):
            first, second = int(match[1]), int(match[2])
            if first > 12 >= second:
                found.add("dmy")
            elif second > 12 >= first:
                found.add("mdy")
    return found.pop() if len(found) == 1 else ""


def day(text: str | None, order: str = "") -> str | None:
    """The ISO day of a date; as it is written where its order is not known; `None` for years that mean never."""
    if not text or re.fullmatch(r"(?:0001|1601|1970|9999)-.*|0+", text):
        return None
    return when.iso_day(text, order)
