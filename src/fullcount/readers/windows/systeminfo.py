"""Windows: what `systeminfo` prints, in any language: the machine, its system and its updates.

Labels are translated and often in an encoding of the console, so they are not read. The order of the lines is the same
in every language, and some values are: a name of Windows, a version below it, `x64-based PC`, `\\\\SERVER` for who
logged the user on. `systeminfo /fo csv` has the same values in the same order in one row. `wmic qfe` lists updates alone.
"""

from __future__ import annotations

import csv
import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from fullcount.clue import name_key
from fullcount.document import clues_of
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Class, Lists, Os, Record, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows.lines import SHOWN, cells_of, first_lines, numbered
from fullcount.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

_LABELLED = re.compile(r"(\S[^:]{0,79}): *(.*)")
_ENTRY = re.compile(r"\s+\[(\d{1,4})\]: ?(.*)")
_WINDOWS = re.compile(r"Microsoft\W{0,3}(?:\(R\))?\s*Windows.*", re.IGNORECASE)
_VERSION = re.compile(r"\d{1,2}\.\d{1,2}\.\d{3,6}\b.*")
_TYPE = re.compile(r".{0,40}\b(?:x64|x86|arm64|arm|ia64|itanium)\b.{0,40}", re.IGNORECASE)
_PATCH = re.compile(r"(?:KB|Q)\d{5,8}(?:v\d+)?\b.*|File \d+", re.IGNORECASE)
_IN_LIST = re.compile(r"\[\d+\]: ([^\[,]+)")
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{0,4}:[0-9a-f:]{1,44}", re.IGNORECASE)
_NO_VALUE = {"...", "N/A", "N/D", "n/v", "Nicht zutreffend", "WORKGROUP", "To be filled by O.E.M.", "System manufacturer"}
_COLUMNS = 31  # of a row of CSV, at least
_HOST, _OS, _VERSION_AT, _MAKER, _DOMAIN, _UPDATES, _CARDS = 0, 1, 2, 11, 28, 30, 31
_ONE = 2  # lines of CSV about one machine
_MOST = 20_000  # lines; the longest real one has some hundreds
_ABOVE = 5  # lines that may stand above a table
_NOTE = "only the machine and updates of Windows are listed"
_AGAIN = "make it again: systeminfo > %COMPUTERNAME%.txt"


class _Line(NamedTuple):
    """A labelled value, and what is listed below it."""

    place: int
    value: str
    below: list[tuple[int, str]]


class _Said(NamedTuple):
    """What is said of a machine."""

    place: int
    name: str | None
    os: str
    domain: str | None
    maker: str | None


def claims(peek: Peek) -> bool:
    """A name of Windows with a version below it and a type of computer; or the row that says the same."""
    lines = first_lines(peek)
    found = [match[2].strip() for line in lines if (match := _LABELLED.fullmatch(line))]
    pairs = pairwise(found)
    if any(_is_type(value) for value in found):
        return any(_WINDOWS.fullmatch(first) and _VERSION.fullmatch(second) for first, second in pairs)
    rows = [line for line in lines if line.strip()]
    if any(_is_qfe(line) for line in rows[:_ABOVE]) and any("KB" in line for line in rows):
        return True
    return len(rows) > 1 and all(row.startswith('"') for row in rows[:2]) and _is_row(next(csv.reader(rows[1:]), []))


def _is_type(value: str) -> bool:
    return bool(_TYPE.fullmatch(value)) and not _WINDOWS.fullmatch(value)


def _is_row(cells: list[str]) -> bool:
    return len(cells) >= _COLUMNS and bool(_WINDOWS.fullmatch(cells[_OS]) and _VERSION.fullmatch(cells[_VERSION_AT]))


def batches(stream: Stream) -> Iterator[Batch]:
    """One record a machine. Place is the line. Raises `UnreadableError` where no line names Windows."""
    lines = [one for one, _ in zip(numbered(stream), range(_MOST), strict=False)]
    filled = [(place, line) for place, line in lines if line.strip()]
    if filled and filled[0][1].startswith('"'):
        found = list(_rows(stream, filled))
    elif any(_is_qfe(line) for _, line in filled[:_ABOVE]):
        found = [_updates(stream, filled)]
    else:
        found = list(_machines(stream, _labelled(lines)))
    if not found:
        raise UnreadableError("no line names Windows and its version", place=str(stream.path), hint=_AGAIN)
    yield from found


def _updates(stream: Stream, lines: list[tuple[int, str]]) -> Batch:
    """The columns of `wmic qfe`, below their names. It names the machine in `CSName`, where that was asked for."""
    starts: list[int] = []
    names: list[str] = []
    batch, hosts = Batch(), set[str]()
    for place, line in lines:
        if not names and _is_qfe(line):
            names = line.split()
            starts = [match.start() for match in re.finditer(r"\S+", line)]
        elif names and line.strip():
            cells = dict(zip(names, cells_of(line, starts) or (), strict=False))
            hosts |= {cells["CSName"]} if cells.get("CSName") else set()
            if _PATCH.fullmatch(cells.get("HotFixID", "")):
                _patch(batch, place, cells["HotFixID"])
            else:
                batch.reject(place, line[:SHOWN], "no update with a number")
    host = hosts.pop() if len(hosts) == 1 else stream.host
    batch.record = Record(place=1, lists=Lists.MACHINES, traces=frozenset(), os_family=Os.WINDOWS, note=_NOTE)
    batch.record.clues = clues_of(("hostname", host))
    return batch


def _is_qfe(line: str) -> bool:
    return {"HotFixID", "InstalledOn"} <= set(line.split()) and "=" not in line and "," not in line


def _labelled(lines: list[tuple[int, str]]) -> list[_Line]:
    found: list[_Line] = []
    for place, line in lines:
        if match := _LABELLED.fullmatch(line):
            found.append(_Line(place, match[2].strip(), []))
        elif found and (entry := _ENTRY.fullmatch(line)):
            found[-1].below.append((place, entry[2].strip()))
    return found


def _machines(stream: Stream, lines: list[_Line]) -> Iterator[Batch]:
    """A file may hold several outputs one after the other: each begins above a name of Windows."""
    named = [
        at for at, (one, below) in enumerate(pairwise(lines)) if _WINDOWS.fullmatch(one.value) and _VERSION.fullmatch(below.value)
    ]
    for at, end in zip(named, [*(one - 1 for one in named[1:]), len(lines)], strict=False):
        above = lines[at - 1] if at and not lines[at - 1].below else None
        # a name from outside is of one machine
        yield _machine(stream.host if len(named) == 1 else None, above, lines[at:end])


def _machine(host: str | None, above: _Line | None, lines: list[_Line]) -> Batch:
    typed = next((number for number, one in enumerate(lines) if _is_type(one.value)), 0)
    updates = next((number for number, one in enumerate(lines) if _are_updates(one)), 0)
    said = _Said(
        place=lines[0].place,
        name=above.value if above else None,
        os=lines[0].value,
        domain=_domain(lines, typed, updates),
        maker=lines[typed - 2].value if typed > 2 else None,
    )
    batch = _batch(host, said)
    for place, text in lines[updates].below if updates else ():
        _patch(batch, place, text)
    assert batch.record
    addresses = [text for one in lines[typed + 1 :] for _, text in one.below if typed and _ADDRESS.fullmatch(text)]
    batch.record.clues += clues_of(*(("ip", text) for text in addresses))
    return batch


def _are_updates(line: _Line) -> bool:
    return sum(_PATCH.fullmatch(text) is not None for _, text in line.below) * 2 > len(line.below)


def _domain(lines: list[_Line], typed: int, updates: int) -> str | None:
    """It stands above the server that logged the user on, which stands above the updates. Where both are left out, the
    file of swapped memory stands there, which is a path.
    """
    server = next((n for n, one in enumerate(lines) if n > typed and one.value.startswith("\\\\")), updates - 1)
    if not typed or server <= typed + 1:
        return None
    domain = lines[server - 1].value
    return None if ":\\" in domain + lines[server].value else domain


def _rows(stream: Stream, lines: list[tuple[int, str]]) -> Iterator[Batch]:
    """CSV has a header in the language of the system, and comes again where outputs were put together."""
    lost = Batch()
    host = stream.host if len(lines) == _ONE else None  # a name from outside is of one machine
    for place, line in lines:
        try:
            cells = next(csv.reader([line]), [])
        except csv.Error as error:
            lost.reject(place, line[:SHOWN], f"a row that cannot be read: {error}")
            continue
        if _is_row(cells):
            batch = _batch(host, _Said(place, cells[_HOST], cells[_OS], cells[_DOMAIN], cells[_MAKER]))
            for text in _IN_LIST.findall(cells[_UPDATES]):
                if _PATCH.fullmatch(text.strip()):
                    _patch(batch, place, text.strip())
            yield batch
        elif len(cells) < _COLUMNS or any(_VERSION.fullmatch(cell) for cell in cells):
            lost.reject(place, line[:SHOWN], "no row of `systeminfo /fo csv`")
    if lost.rejects:
        yield lost


def _batch(outside: str | None, said: _Said) -> Batch:
    """The record of a machine. A domain without a dot is told apart from a workgroup by nothing, and names no machine."""
    inside, domain, maker = _value(said.name), _value(said.domain), _value(said.maker)
    host = inside if inside and name_key(inside) else outside
    full = f"{host}.{domain}" if host and domain and "." in domain and "." not in host else None
    clues = clues_of(("hostname", host), ("fqdn", full), ("domain", domain), ("manufacturer", maker))
    server = "server" in said.os.lower()
    record = Record(
        place=said.place,
        clues=clues,
        machine_class=Class.SERVER if server else Class.WORKSTATION,
        lists=Lists.MACHINES,
        traces=frozenset(),
        os=clean(said.os),
        os_family=Os.WINDOWS,
        note=_NOTE,
    )
    return Batch(record=record)


def _value(text: str | None) -> str | None:
    text = clean(text)
    return None if text in _NO_VALUE else text


def _patch(batch: Batch, place: int, text: str) -> None:
    """An update of Windows is no program: a mention. `File 1` stands for one that old systems know no number of."""
    if text.lower().startswith("file "):
        batch.reject(place, text[:SHOWN], "an update without a number")
    else:
        name = re.split(r"[\s\-]", text, maxsplit=1)[0]
        batch.saw(Title(Trace.PACKAGE, name=name, publisher="Microsoft", package=name), place, State.MENTION)


SYSTEMINFO = Reader(
    name="systeminfo",
    title="systeminfo of Windows (the machine and its updates)",
    lists=Lists.MACHINES,
    blind=(
        "No software is listed: only the machine, and updates of Windows, which are mentions.",
        "Serial numbers and network addresses of the hardware are not printed.",
        "A domain without a dot cannot be told from a workgroup of the same name.",
        "The output does not say when it was made: put the files into a folder named by its date.",
    ),
    how="On each machine: `systeminfo > %COMPUTERNAME%.txt`, or for several `systeminfo /s HOST /fo csv >> machines.csv`.",
    unit="line",
    basis=Basis.SAMPLES,
    claims=claims,
    batches=batches,
    needs_host=True,
)
