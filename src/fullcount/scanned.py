"""What network scanners write: elements of their reports one by one, rows of their spreadsheets, and names, dates and
guesses in the forms that several of them share.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from fullcount import when
from fullcount.clue import fqdn_key, ip_key, name_key
from fullcount.document import clues_of
from fullcount.errors import UnreadableError
from fullcount.model import Class, Os, Reject
from fullcount.numbering import Cells
from fullcount.reader import Declaration, Peek
from fullcount.sheet import blocks, open_sheets
from fullcount.table import columns_of
from fullcount.text import clean, key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import IO
    from xml.etree.ElementTree import Element

    import pyarrow as pa

    from fullcount.reader import Stream
    from fullcount.sheet import Sheet

    Path = tuple[str, ...]

_DEEPEST, _MOST = 64, 1_000_000  # elements in one another (real reports: 14), and inside one machine's (real ones: 20,000)
_SHOWN = 4096  # bytes of what follows a break
_LONGEST = 64  # characters of a date: a cell that holds more is none
_NOTHING = frozenset({"", "-", "--", "'-", "n/a", "na", "none", "null", "undefined", "unknown", "[redacted]", "(none)"})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = r"(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?)?\s*(?:UTC|GMT)?\s*([+-]\d{2}:?\d{2})?"
_MONTH_FIRST = re.compile(rf"([A-Za-z]{{3}})[a-z]*\.?\s+(\d{{1,2}}),?\s+(\d{{4}}){_CLOCK}")
_DAY_FIRST = re.compile(rf"(\d{{1,2}})\s+([A-Za-z]{{3}})[a-z]*\.?,?\s+(\d{{4}}){_CLOCK}")
_CLIENT = re.compile(r"windows (?:xp|vista|7|8|8\.1|10|11)\b")
# A Cisco router runs "IOS" too: only Apple's is meant.
_FAMILY = re.compile(
    r"(?P<windows>windows)|(?P<macos>mac ?os|os x)|(?P<android>android)|(?P<ios>apple ios|ipad|iphone)"
    r"|(?P<linux>linux|ubuntu|debian|centos|red hat|rhel|fedora|suse)"
)
_TYPES = {
    **dict.fromkeys(("router", "switch", "firewall", "load-balancer", "vpn", "wireless-access-point", "wap"), Class.NETWORK),
    **dict.fromkeys(("broadband-router", "hub", "bridge", "network-appliance", "proxy-server"), Class.NETWORK),
    **dict.fromkeys(("printer", "print-server", "multifunction-device"), Class.PRINTER),
    **dict.fromkeys(("embedded", "webcam", "camera", "scada", "pbx", "storage-misc", "power-device"), Class.OTHER),
    **dict.fromkeys(("voip", "voip-phone", "voip-adapter", "media-device", "game-console"), Class.OTHER),
    **dict.fromkeys(("mobile", "phone"), Class.PHONE),
    "hypervisor": Class.SERVER,
}


class Row(NamedTuple):
    """One row of a spreadsheet: its place, and its cells by field; those that say nothing are left out."""

    place: int
    cells: dict[str, str]


def value(text: str | None) -> str | None:
    """A field without outer space; `None` for the words that scanners write where they know nothing.

    >>> value(" pc1 "), value("N/A"), value("--")
    ('pc1', None, None)
    """
    cleaned = clean(text)
    return None if cleaned is None or cleaned.lower() in _NOTHING else cleaned


@lru_cache(maxsize=10_000)  # findings of one scan have few dates
def moment(text: str | None, order: str = "") -> datetime | None:
    """A date as scanners write it: what `when.parse` reads, and English months in words. `order` is as there.

    >>> moment("Oct 17, 2024 17:24:54 UTC"), moment("04 Feb 2026 10:00AM GMT-0500")
    (datetime.datetime(2024, 10, 17, 17, 24, 54), datetime.datetime(2026, 2, 4, 15, 0))
    """
    stripped = (text or "").strip()
    if not stripped or len(stripped) > _LONGEST:
        return None
    if found := when.parse(stripped, order):
        return found
    if match := _MONTH_FIRST.fullmatch(stripped):
        month, day, year = match.group(1, 2, 3)
    elif match := _DAY_FIRST.fullmatch(stripped):
        day, month, year = match.group(1, 2, 3)
    else:
        return None
    hour, minute, second, half, zone = match.group(4, 5, 6, 7, 8)
    if half and hour:
        hour = str(int(hour) % 12 + (12 if half.lower() == "pm" else 0))
    clock = f" {hour}:{minute}:{second or '00'}{zone or ''}" if hour else ""
    return when.parse(f"{year}-{_MONTHS.index(month.lower()) + 1}-{day}{clock}") if month.lower() in _MONTHS else None


def named(*texts: str | None) -> list[tuple[str, str]]:
    r"""Clues from what scanners call a machine: an address, a full name, a name, or `DOMAIN\NAME`.

    >>> named("10.0.0.1", "CORP\\PC-1", "pc-1.corp.example.gov")[:4]
    [('ip', '10.0.0.1'), ('hostname', 'PC-1'), ('domain', 'CORP'), ('fqdn', 'pc-1.corp.example.gov')]
    """
    clues: list[tuple[str, str | None]] = []
    for text in filter(None, map(value, texts)):
        if ip_key(text):
            clues.append(("ip", text))
            continue
        domain, _, name = text.rpartition("\\")
        clues += [("fqdn", name)] if fqdn_key(name) else []
        clues += [("hostname", name)] if name_key(name) else []
        clues += [("domain", domain)] if domain else []
    return clues_of(*clues)


def class_of(systems: Iterable[str], kind: str | None = None) -> Class:
    """What a machine is: by the system's name where Windows says that it is a server, else by the scanner's guess of a
    type, else a workstation where all guesses are such a Windows.
    """
    folded = list(map(key, systems))
    if folded and all("windows" in name and "server" in name for name in folded):
        return Class.SERVER
    if guess := _TYPES.get(key(kind or "").replace(" ", "-")):
        return guess
    return Class.WORKSTATION if folded and all(map(_CLIENT.search, folded)) else Class.UNKNOWN


def family_of(systems: Iterable[str]) -> Os:
    """The family of an operating system. Of several guesses only an agreed one is used."""
    matches = [_FAMILY.search(key(system)) for system in systems]
    found = {Os(match.lastgroup or "") if match else Os.OTHER for match in matches}
    return found.pop() if len(found) == 1 else Os.UNKNOWN


def said(element: Element, *paths: str) -> str | None:
    """The first of these descendants that says something; its words as `value` has them."""
    return next(filter(None, (value(element.findtext(path)) for path in paths)), None)


def elements(
    stream: Stream, wanted: Callable[[Path], bool], *, dropped: Collection[str] = (), again: str
) -> Iterator[Element | Reject]:
    """The elements of an XML file that are wanted, by their path of names without prefixes, each as it ends; memory holds
    one at most, without what lies in those that are `dropped`.

    What follows a break is one reject. Raises `UnreadableError` where the file breaks before the first is complete.
    """
    from defusedxml.ElementTree import ParseError

    complete = False
    with stream.binary() as file:
        found = _found(file, wanted, frozenset(dropped))
        while True:
            try:
                element = next(found, None)
            except (ParseError, ValueError, LookupError) as error:  # syntax, entity or depth, unknown encoding
                if not complete:
                    message = f"nothing is complete before the file breaks: {error}"
                    raise UnreadableError(message, place=str(stream.path), hint=again) from error
                line, _ = getattr(error, "position", (0, 0))
                yield Reject(line, _from_line(stream, line), f"the file breaks here: {error}")
                return
            if element is None:
                return
            complete = True
            yield element


def _found(file: IO[bytes], wanted: Callable[[Path], bool], dropped: frozenset[str]) -> Iterator[Element]:
    from defusedxml.ElementTree import iterparse

    path: list[str] = []
    open_here: list[Element] = []
    since = held = 0  # the depth of the wanted element that is open, and how many are in it
    for event, element in iterparse(file, events=("start", "end")):
        if event == "start":
            element.tag = element.tag.rpartition("}")[2]
            path.append(element.tag)
            open_here.append(element)
            held += 1
            if len(path) > _DEEPEST:
                raise ValueError(f"elements nested deeper than {_DEEPEST}")
            if since and held > _MOST:
                raise ValueError(f"more than {_MOST:,} elements of one machine")
            if not since and wanted(tuple(path)):
                since, held = len(path), 0
            continue
        if since == len(path):
            yield element
            since = 0
        elif since and element.tag in dropped:
            element.clear()
        path.pop()
        open_here.pop()
        if not since:
            (open_here[-1] if open_here else element).clear()


def _from_line(stream: Stream, line: int) -> bytes:
    """The beginning of what follows a line's beginning, as the parser counts lines."""
    if line < 1 or stream.encoding.startswith(("utf-16", "utf-32")):
        return b""
    with stream.binary() as file:
        for _ in range(line - 1):
            while (piece := file.readline(1 << 20)) and not piece.endswith(b"\n"):
                pass
        return file.read(_SHOWN)


def fitting(peek: Peek, habits: Sequence[Collection[str]]) -> list[Sheet]:
    """The tables of a file that have all columns of one of these habits; names are compared folded."""
    if peek.json_start:
        return []
    return [
        sheet for sheet in open_sheets(peek) if (names := set(map(key, sheet.columns))) and any(names >= {*one} for one in habits)
    ]


def rows(stream: Stream, columns: Mapping[str, tuple[str, ...]], habits: Sequence[Collection[str]]) -> Iterator[Row | Reject]:
    """The rows of a spreadsheet, and what is none. `columns`: field -> spellings of its column, the first present one
    counting; a row none of whose cells are among them is blank. Raises `UnreadableError`, also half-way.
    """
    sheets = fitting(Peek.at(stream.path), habits)
    if not sheets:
        hint = f"the columns are, at least: {', '.join(sorted(habits[0]))}"
        raise UnreadableError("no table in this file has the columns", place=str(stream.path), hint=hint)
    for sheet in sheets if sheets[0].kind == "xlsx" else sheets[:1]:  # a text is one table, whichever delimiter is tried
        chosen = columns_of(Declaration(columns=columns), sheet.columns)
        for block in blocks(stream.path, sheet, tuple(dict.fromkeys(chosen.values()))):
            cells = {name: cells_of(block.columns[column]) for name, column in chosen.items()}
            for turn, place in enumerate(block.places.tolist()):
                texts = {name: text for name, column in cells.items() if (text := column[turn])}
                if texts:
                    yield Row(place, texts)
            yield from block.rejects


def cells_of(column: pa.Array[Any]) -> list[str | None]:
    """The cells of a column of a block, as `value` has them; each distinct one is looked at once."""
    cells = Cells.of(column)
    known = [value(text) for text in cells.values.to_pylist()]
    return [known[code] for code in cells.codes.tolist()]
