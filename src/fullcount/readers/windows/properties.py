"""Windows: a list of programs as `Format-List`, or a script that reads the Uninstall keys, prints it: `Name : value`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fullcount.errors import UnreadableError
from fullcount.model import Lists, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows import programs
from fullcount.readers.windows.lines import SHOWN, first_lines, numbered
from fullcount.readers.windows.programs import KNOWN, Row, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fullcount.model import Batch

_PAIR = re.compile(r"(\w[\w ()]{0,60}+):(.*)")
_MOST = 200  # properties of a program
_AGAIN = "make the list again as CSV: see the reader `uninstall`"


def _pair(line: str) -> tuple[str, str] | None:
    match = _PAIR.fullmatch(line)
    return (folded(match[1]), match[2].strip()) if match else None


def claims(peek: Peek) -> bool:
    """Blocks of properties, which are those of a list of programs; what is not one of them is the rest of a long value."""
    if peek.json_start or peek.text.lstrip().startswith(("<", "Package Identity")):
        return False
    pairs = [pair for line in first_lines(peek) if (pair := _pair(line))]
    blocks = list(_rows(enumerate(first_lines(peek), 1)))
    told = [row.said for row in blocks if isinstance(row.said, dict)]
    good = [said for said in told if programs.is_list(said)]
    return bool(good) and len(good) * 10 >= len(blocks) * 9 and sum(name in KNOWN for name, _ in pairs) * 10 >= len(pairs) * 8


def batches(stream: Stream) -> Iterator[Batch]:
    """One record a machine. Place is the first line of a block. Raises `UnreadableError` where there is none."""
    found = False
    for batch in programs.batches(_rows(numbered(stream)), _rows(numbered(stream)), stream.host):
        found = True
        yield batch
    if not found:
        raise UnreadableError("no blocks of a program's properties", place=str(stream.path), hint=_AGAIN)


def _rows(lines: Iterable[tuple[int, str]]) -> Iterator[Row]:
    """Blocks end at a blank line, or where a property comes again. A value that goes on is indented."""
    begun, raw, said, last = 0, "", dict[str, str](), ""
    for place, line in lines:
        pair = _pair(line)
        if said and (not line.strip() or (pair and (pair[0] in said or len(said) > _MOST))):
            yield from _block(begun, raw, said)
            said, last, raw = {}, "", ""
        if pair:
            begun = begun if said else place
            last = pair[0]
            said[last] = pair[1]
            raw += f"{line}\n"[: max(0, SHOWN - len(raw))]
        elif last and line[:1].isspace() and line.strip():
            # lines are broken between words; what has none is broken anywhere
            said[last] = (said[last] + (" " if " " in said[last] else "") + line.strip())[:SHOWN]
        elif line.strip():
            yield Row(place, line, "neither a property nor a blank line")
    if said:
        yield from _block(begun, raw, said)


def _block(place: int, raw: str, said: dict[str, str]) -> Iterator[Row]:
    if any(said.values()) and said.keys() & KNOWN:
        yield Row(place, raw, said)
    elif any(said.values()):
        yield Row(place, raw, "no program's properties")  # a heading has a name and no value, and is no row


PS_LIST = Reader(
    name="ps-list",
    title="Windows list of programs as PowerShell or a script prints it, one property a line (Format-List)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PROGRAM}),
    blind=(
        "A script that reads one registry view misses the programs of the other (32 or 64 bit).",
        "A list of Win32_Product names only what Windows Installer installed.",
        "Programs that were installed for other users, and portable copies, are not listed.",
        "Scripts that print no publishers leave only names to go by.",
        "The list does not say when it was made: put the files into a folder named by its date.",
    ),
    how=(
        "Prefer CSV (see `uninstall`). Where only text is there:\n"
        "  Get-ItemProperty HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\*,\n"
        "    HKLM:\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\* |\n"
        "    Format-List DisplayName, DisplayVersion, Publisher, InstallDate, PSChildName |\n"
        '    Out-File "$env:COMPUTERNAME.txt" -Encoding UTF8'
    ),
    unit="line",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
