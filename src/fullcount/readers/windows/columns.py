"""Windows: a list of programs as `Format-Table` prints it: columns below underlined names."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from fullcount.errors import UnreadableError
from fullcount.model import Lists, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows import programs
from fullcount.readers.windows.lines import cells_of, first_lines, numbered
from fullcount.readers.windows.programs import Row, folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.model import Batch

_UNDERLINE = re.compile(r"\s*+-++(?:\s++-++)++\s*+")
_AGAIN = "make the list again as CSV: see the reader `uninstall`"


def _columns(above: str, underline: str) -> tuple[list[str], list[int]] | None:
    """The names of the columns and where they begin: each name stands over its own line."""
    starts = [match.start() for match in re.finditer(r"-+", underline)]
    cells = cells_of(above, starts)
    return ([folded(cell) for cell in cells], starts) if cells and all(cells) else None


def claims(peek: Peek) -> bool:
    """Underlined names of columns, which are those of a list of programs."""
    lines = first_lines(peek)
    return any(
        _UNDERLINE.fullmatch(line) and (found := _columns(above, line)) and programs.is_list(found[0])
        for above, line in pairwise(lines)
    )


def batches(stream: Stream) -> Iterator[Batch]:
    """One record a machine. Place is the line. Raises `UnreadableError` where there is no such table."""
    found = False
    for batch in programs.batches(_rows(stream), _rows(stream), stream.host):
        found = True
        yield batch
    if not found:
        raise UnreadableError("no table of programs below underlined names", place=str(stream.path), hint=_AGAIN)


def _rows(stream: Stream) -> Iterator[Row]:
    """A table's header comes again where a script prints several; a line above one is its header, else a title."""
    names: list[str] = []
    starts: list[int] = []
    held: tuple[int, str] | None = None
    for place, line in numbered(stream):
        if _UNDERLINE.fullmatch(line) and held and (found := _columns(held[1], line)):
            (names, starts), held = found, None
            continue
        if held:
            yield from _row(*held, names, starts)
        held = (place, line) if line.strip() else None
    if held:
        yield from _row(*held, names, starts)


def _row(place: int, line: str, names: list[str], starts: list[int]) -> Iterator[Row]:
    if not names:
        return  # what a script says above its table
    cells = cells_of(line, starts)
    if cells is None:
        yield Row(place, line, "its columns do not stand under those of the header")
    else:
        yield Row(place, line, dict(zip(names, cells, strict=True)))


PS_TABLE = Reader(
    name="ps-table",
    title="Windows list of programs as PowerShell prints it in columns (Format-Table)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PROGRAM}),
    blind=(
        "Columns that are too narrow cut names off: such a list is never complete, and what is cut off is not known.",
        "Columns that did not fit on the screen are missing altogether.",
        "A list of Win32_Product names only what Windows Installer installed.",
        "Programs that were installed for other users, and portable copies, are not listed.",
        "The list does not say when it was made: put the files into a folder named by its date.",
    ),
    how=(
        "Prefer CSV (see `uninstall`). Where only text is there:\n"
        "  Get-ItemProperty HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\*,\n"
        "    HKLM:\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\* |\n"
        "    Format-Table DisplayName, DisplayVersion, Publisher, InstallDate -AutoSize |\n"
        '    Out-File "$env:COMPUTERNAME.txt" -Width 500 -Encoding UTF8'
    ),
    unit="line",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
