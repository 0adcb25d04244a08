"""A delimited file looked at as bytes, before any engine reads it: how many records it has, and whether it is regular.

The marks of a block (delimiters, line ends, quotes) are found with arrays, at several hundred megabytes a second;
only where quotes are out of place are the records counted one by one. See `grammar` for what a record is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fullcount.grammar import LONGEST_CELL, line_blocks, pieces, utf8_chunks

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from fullcount.model import File

    _Codes = NDArray[np.uint8]
    _Places = NDArray[np.int64]
    _Flags = NDArray[np.bool_]

_LF, _CR, _QUOTE = 10, 13, 34
_HIGH = re.compile(rb"[\x80-\xff]+")
_SAMPLE = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one pass over the bytes found. `skip` records (a preamble, the header) are not among any number."""

    records: int  # blank lines are not among them
    blanks: int
    lines: int  # as an editor counts them: blank ones and those inside quotes too
    width: int  # cells of every record; 0 where they differ, or where quotes are out of place
    ends: frozenset[str]  # of records: LF, CRLF, CR
    quotes_close: bool  # every quote is where the grammar wants it, so a line end outside quotes ends a record
    lines_in_cells: bool
    nuls: bool
    undecodable: int  # sequences that are no UTF-8
    multibyte: int  # characters outside ASCII that are UTF-8
    high: bytes = b""  # some of the bytes outside ASCII, where not all are UTF-8: to guess an encoding from
    offset: int = 0  # in the text as UTF-8, where the first record that is counted begins
    blanks_between: bool = False  # a blank line before the last record

    @property
    def why(self) -> str:
        """Why the file is not regular, in words; empty where it is."""
        reasons = {
            "quotes are out of place": not self.quotes_close,
            "holds bytes that are no UTF-8": self.undecodable > 0,
            f"lines end in different ways ({', '.join(sorted(self.ends))})": len(self.ends) > 1,
            "blank lines stand between the records": self.blanks_between,
            "the records differ in width": self.records > 0 and self.width == 0,
        }
        return next((reason for reason, true in reasons.items() if true), "")

    @property
    def regular(self) -> bool:
        """Whether an engine may read it: valid UTF-8, one kind of line end, closed quotes, constant width."""
        return not self.why


@dataclass(slots=True)
class _Tally:
    """The sums of a pass. `open`, `cells`, `carried`: of a record that goes on in the next block."""

    records: int = 0
    blanks: int = 0
    blanks_before: int = 0  # the last record
    lines: int = 0
    widths: set[int] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)
    misplaced: bool = False
    lines_in_cells: bool = False
    nuls: bool = False
    undecodable: int = 0
    multibyte: int = 0
    high: bytes = b""
    longest: int = 0
    open: int = 0
    cells: int = 0
    carried: int = 0


def scan(path: File, *, delimiter: str, skip: int = 0, encoding: str) -> Scan:
    """Look at a delimited file once. Raises `UnreadableError` for a line of more than `LONGEST_LINE` bytes,
    for UTF-32 that is none, and where the file cannot be opened.
    """
    offset = place = 0
    if skip:
        for piece in pieces(utf8_chunks(path, encoding), delimiter):
            offset, place = piece.end, piece.place
            if place == skip:
                break
    found = replace(survey(utf8_chunks(path, encoding, offset), delimiter), offset=offset)
    if found.quotes_close:
        return found
    # where quotes are out of place, only the grammar itself can say where a record ends
    records = sum(1 for piece in pieces(utf8_chunks(path, encoding, offset), delimiter) if piece.raw)
    return replace(found, records=records)


def survey(chunks: Iterable[bytes], delimiter: str) -> Scan:
    """The same of text that is at hand; `records` says nothing where the quotes do not close."""
    tally = _Tally()
    for block in line_blocks(chunks):
        _look(tally, block, ord(delimiter))
    return _scan_of(tally)


def _scan_of(tally: _Tally) -> Scan:
    closes = not (tally.misplaced or tally.open or tally.longest >= LONGEST_CELL)
    return Scan(
        records=tally.records,
        blanks=tally.blanks,
        lines=tally.lines,
        width=tally.widths.copy().pop() if closes and len(tally.widths) == 1 else 0,
        ends=frozenset(tally.ends),
        quotes_close=closes,
        lines_in_cells=tally.lines_in_cells,
        nuls=tally.nuls,
        undecodable=tally.undecodable,
        multibyte=tally.multibyte,
        high=tally.high,
        blanks_between=tally.blanks_before > 0,
    )


def _look(tally: _Tally, block: bytes, delimiter: int) -> None:
    """Add one block: it begins at the beginning of a line and ends with a line end, save at the end of the file."""
    import numpy as np

    bare = not block.endswith((b"\n", b"\r"))
    codes = np.frombuffer(block + b"\n" if bare else block, np.uint8)
    tally.nuls = tally.nuls or b"\0" in block
    if not block.isascii():
        _look_at_text(tally, block, codes)
    ends = _line_ends(codes) if b"\r" in block else codes == _LF
    tally.lines += int(np.count_nonzero(ends))
    if tally.misplaced:
        return  # the records will be counted by the grammar
    quotes = b'"' in block
    marks = codes == delimiter
    marks |= ends
    if quotes:
        marks |= codes == _QUOTE
    at = np.flatnonzero(marks)
    kinds = codes[at]
    if quotes or tally.open:
        outside = _outside_quotes(tally, codes, at, kinds)
        at, kinds = at[outside], kinds[outside]
    ends_at = np.flatnonzero(kinds != delimiter)
    _look_at_ends(tally, codes, at[ends_at][: -1 if bare else None])
    _look_at_records(tally, codes, at, ends_at)


def _line_ends(codes: _Codes) -> _Flags:
    """Where a line ends: a CR LF at its CR."""
    returns: _Flags = codes == _CR
    feeds: _Flags = codes == _LF
    ends = returns | feeds
    ends[1:] &= ~(returns[:-1] & feeds[1:])
    return ends


def _look_at_ends(tally: _Tally, codes: _Codes, at: _Places) -> None:
    """Which kinds of line ends there are outside quotes. A block never ends within a CR LF."""
    kinds = codes[at]
    returns = at[kinds == _CR]
    if len(returns) < len(at):
        tally.ends.add("LF")
    if len(returns):
        followed = codes[(returns + 1).clip(max=len(codes) - 1)] == _LF
        tally.ends |= ({"CRLF"} if followed.any() else set()) | (set() if followed.all() else {"CR"})


def _look_at_text(tally: _Tally, block: bytes, codes: _Codes) -> None:
    import numpy as np

    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        text = block.decode("utf-8", "replace")
        bad = text.count("\ufffd")
        tally.undecodable += bad
        tally.multibyte += sum(1 for char in text if not char.isascii()) - bad
        if len(tally.high) < _SAMPLE:
            tally.high += b" ".join(_HIGH.findall(block))[:_SAMPLE] + b" "
    else:
        tally.multibyte += int(np.count_nonzero(codes >= 0xC2))  # each begins a character


def _outside_quotes(tally: _Tally, codes: _Codes, at: _Places, kinds: _Codes) -> _Flags:
    """Which marks are delimiters and line ends outside quotes. A quote must touch another mark on its outer side."""
    import numpy as np

    touches = np.empty(len(at) + 1, np.bool_)  # the mark before it; the beginning of a block is one, so is its end
    touches[0], touches[-1] = at[0] == 0, True
    np.equal(at[1:] - at[:-1], 1, out=touches[1:-1])
    quote = kinds == _QUOTE
    quotes = np.flatnonzero(quote)
    opening, closing = quotes[tally.open :: 2], quotes[1 - tally.open :: 2]
    alone = at[opening[~touches[opening]]]  # behind a CR LF, which has its mark at the CR
    tally.misplaced = not (bool((codes[alone - 1] == _LF).all()) and bool(touches[closing + 1].all()))
    if tally.open:
        opening = np.concatenate(([-1], opening))
    tally.open = len(opening) - len(closing)
    if tally.open:
        closing = np.concatenate((closing, [len(at)]))
    counts = closing - opening - 1  # of marks within each pair of quotes: none, for most
    pairs = np.flatnonzero(counts)
    counts = counts[pairs]
    first = np.cumsum(counts) - counts
    within = np.repeat(opening[pairs] + 1 - first, counts) + np.arange(int(counts.sum()))
    inner = kinds[within]
    tally.lines_in_cells = tally.lines_in_cells or bool(((inner == _LF) | (inner == _CR)).any())
    outside: _Flags = ~quote
    outside[within] = False
    return outside


def _look_at_records(tally: _Tally, codes: _Codes, at: _Places, ends: _Places) -> None:
    """Widths and lengths of the records that end in this block; `ends`: which of the marks end one."""
    import numpy as np

    if not len(ends):
        tally.cells += len(at)
        tally.carried += len(codes)
        return
    widths = np.diff(ends, prepend=-1 - tally.cells)
    lengths = np.diff(at[ends], prepend=-1 - tally.carried)  # with the line end, or the second half of the last one
    tally.cells = len(at) - 1 - int(ends[-1])
    tally.carried = len(codes) - 1 - int(at[ends[-1]])
    if tally.carried == 1 and codes[-1] == _LF:
        tally.carried = 0
    tally.longest = max(tally.longest, int(lengths.max()))
    blank = (widths == 1) & ((lengths == 1) | ((lengths == 2) & (codes[at[ends] - 1] == _LF)))
    if not blank.all():
        last = len(blank) - 1 - int(blank[::-1].argmin())
        tally.blanks_before = tally.blanks + int(np.count_nonzero(blank[:last]))
        widths = widths[~blank]
        tally.widths |= {int(widths.min()), int(widths.max())}
        tally.records += len(widths)
    tally.blanks += int(np.count_nonzero(blank))
