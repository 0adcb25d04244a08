"""JSON as the interfaces of tools answer it: one document, one a line, or several one after the other.

Comments and commas too many, as manuals and people write them, are passed over. Of a document that is cut off or
damaged, what was complete before the break is kept and said to be broken; the rest is a reject.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from fullcount import when
from fullcount.clue import fqdn_key, name_key, normal
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Record, Reject
from fullcount.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from fullcount.model import Lists, Trace
    from fullcount.reader import Stream

HELD = 256 * 2**20  # bytes that are held whole, of a file or of one line of it
KEPT = 2**16  # bytes of a piece that cannot be used
AGAIN = "export it again, in smaller parts (fewer machines a file) or as one document a line"
MORE = "not all pages are here: the interface names a next one"

_STRING = r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)'  # to the end where it does not end, else a cut file is searched again and again
_PASSED = re.compile(rf"({_STRING})|//[^\r\n]*+|,(?=\s*+[\]}}])", re.DOTALL)
_TOKEN = re.compile(rf"{_STRING}|[\[\]{{}},]", re.DOTALL)
_SPACE = re.compile(r"[\s\0,]*+")
_CLOSING = {"[": "]", "{": "}"}


class Document(NamedTuple):
    """One document. `broken`: the file breaks off in it, so that its last pieces may be missing."""

    place: int  # its ordinal in the file; of one document a line, that of the line
    value: Any
    broken: bool = False


def documents(stream: Stream) -> Iterator[Document | Reject]:
    """The documents of a file in their order, and what is none. Raises `UnreadableError` for a file that is too
    large to be held, unless it has one document a line.
    """
    with stream.binary() as binary:
        first = binary.readline(HELD + 1)
        second = next((line for line in iter(lambda: binary.readline(HELD + 1), b"") if line.strip()), b"")
    by_line = first.strip(b"\xef\xbb\xbf \t\r\n")
    if by_line[:1] + by_line[-1:] in (b"{}", b"[]") and second and stream.encoding.startswith(("utf-8", "cp")):
        yield from _lines(stream)
        return
    data = held(stream)
    if (value := _loaded(data)) is not ...:
        yield Document(1, value)
        return
    encoding = stream.encoding if stream.encoding.startswith("utf") else "utf-8"  # JSON with a damaged byte is still UTF-8
    yield from _several(data.decode(encoding, "replace").removeprefix("\ufeff"))


def held(stream: Stream) -> bytes:
    """A whole file. Raises `UnreadableError` for one that is too large to be held."""
    with stream.binary() as binary:
        data = binary.read(HELD + 1)
    if len(data) > HELD:
        raise UnreadableError(f"one document of more than {HELD:,} bytes", place=str(stream.path), hint=AGAIN)
    return data


def _lines(stream: Stream) -> Iterator[Document | Reject]:
    with stream.binary() as binary:
        place = 0
        while line := binary.readline(HELD + 1):
            place += 1
            if len(line) > HELD and not line.endswith(b"\n"):
                yield Reject(place, line[:KEPT], f"a line of more than {HELD:,} bytes, of which {KEPT:,} are kept")
                while line and not line.endswith(b"\n"):
                    line = binary.readline(HELD)
            elif line.strip():
                if (value := _loaded(line)) is ...:
                    found = list(_several(line.decode("utf-8", "replace").strip("\ufeff\r\n")))
                    yield from (one._replace(place=place) for one in found)
                else:
                    yield Document(place, value)


def _loaded(data: bytes) -> Any:
    """A document as nearly all files have it, or `...`: `None` is a document."""
    import orjson

    try:
        return orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return ...


def _several(text: str) -> Iterator[Document | Reject]:
    """Documents one after the other, up to the point at which the text stops being JSON."""
    plain = _PASSED.sub(lambda match: match[1] or " " * len(match[0]), text)
    decoder = json.JSONDecoder(parse_int=_whole, parse_constant=lambda _: None, strict=False)
    place, at = 0, _after_space(plain, 0)
    while at < len(plain):
        place += 1
        try:
            value, end = decoder.raw_decode(plain, at)
        except RecursionError:
            yield Reject(place, _shown(text[at:]), "nested too deeply for any inventory")
            return
        except json.JSONDecodeError as error:
            value, end = _kept(decoder, plain, at, error.pos)
            if end > at:
                yield Document(place, value, broken=True)
            where = f"line {error.lineno}, column {error.colno}"
            yield Reject(
                place, _shown(text[end:]), f"stops being JSON: {error.msg} ({where}); {len(text) - end} characters follow"
            )
            return
        yield Document(place, value)
        at = _after_space(plain, end)


def _after_space(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing too


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) < 20 else digits  # a longer one is no number that any tool means


def _kept(decoder: json.JSONDecoder, text: str, start: int, end: int) -> tuple[Any, int]:
    """The pieces that were complete before a break, inside what encloses them, and where they end."""
    last, stack = start, list[str]()
    for match in _TOKEN.finditer(text, start, end):
        piece = match[0]
        if piece in _CLOSING:
            stack.append(piece)
        elif piece in {"]", "}"} and stack:
            stack.pop()
            last = match.end()
        elif piece == "," and stack[-1:] == ["["]:
            last = match.start()
    open_here = list[str]()
    for match in _TOKEN.finditer(text, start, last):
        if match[0] in _CLOSING:
            open_here.append(match[0])
        elif match[0] in {"]", "}"} and open_here:
            open_here.pop()
    try:
        value, _ = decoder.raw_decode(text[start:last] + "".join(_CLOSING[piece] for piece in reversed(open_here)))
    except (json.JSONDecodeError, RecursionError):
        return None, start
    return value, last


def _shown(text: str) -> bytes:
    return text[:KEPT].encode("utf-8", "surrogatepass")


def raw_of(value: Any) -> bytes:
    """A piece of a document as JSON, for a reject; the beginning of a long one."""
    try:
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")[:KEPT]
    except RecursionError:
        return b"(nested too deeply to be shown)"


def pages(value: Any) -> list[Any]:
    """The pages of a document: itself, or what a list of pages holds."""
    return value if isinstance(value, list) else [value]


def text_of(row: Any, *names: str) -> str | None:
    """The first of these fields that has a value, as text; numbers as they are written. `None` where none has.

    >>> text_of({"id": 7, "name": " "}, "name", "id")
    '7'
    """
    for name in names:
        value = row.get(name) if isinstance(row, dict) else None
        if isinstance(value, str):
            value = clean(value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            value = str(value)
        else:
            value = None
        if value:
            return value
    return None


def section(row: Any, *names: str) -> dict[str, Any]:
    """The mapping that stands below these names; an empty one where there is none."""
    for name in names:
        row = row.get(name) if isinstance(row, dict) else None
    return row if isinstance(row, dict) else {}


def rows_of(row: Any, name: str) -> list[Any]:
    """The rows of a list; none where it is missing or no list."""
    found = row.get(name) if isinstance(row, dict) else None
    return found if isinstance(found, list) else []


def texts_of(row: Any, name: str) -> list[str]:
    """The texts of a list, or a text alone."""
    found = row.get(name) if isinstance(row, dict) else None
    return [text for one in (found if isinstance(found, list) else [found]) if isinstance(one, str) and (text := clean(one))]


def clues_of(*pairs: tuple[str, str | None]) -> list[tuple[str, str]]:
    """Clues that have a value of their kind, each once. Zeros, and words in brackets (`[no results]`, `[REDACTED]`),
    are what tools write for a value that is not there.
    """
    good = ((kind, value) for kind, value in pairs if value and normal(kind, value) and value[0] != "[" and value.strip("0-:{} "))
    return list(dict.fromkeys(good))


def names_of(*names: str | None) -> Iterator[tuple[str, str]]:
    """What a name says, as clues: a full name is also a host name, an address is none."""
    for name in names:
        if name and fqdn_key(name):
            yield "fqdn", name
        if name and name_key(name):
            yield "hostname", name


def day_of(text: str | None) -> str | None:
    """The ISO day of a date; `None` for what is none, as years that tools write for never."""
    moment = when.parse(text)
    return moment.date().isoformat() if moment else None


@dataclass(slots=True)
class Gathered:
    """The machines of a file whose rows stand apart: each one's record is given once, and what all its rows say of
    it at the end.
    """

    records: dict[str, Record] = field(default_factory=dict)
    looked: dict[str, datetime] = field(default_factory=dict)

    def batch(self, key: str, record: Callable[[], Record], looked_at: datetime | None = None) -> Batch:
        """The batch for a row of this machine; `record` is asked for once a machine."""
        if looked_at and (key not in self.looked or self.looked[key] < looked_at):
            self.looked[key] = looked_at
        if key in self.records:
            return Batch(key=key)
        self.records[key] = record()
        return Batch(key=key, record=self.records[key])

    def last(self, key: str, lists: Lists, *, traces: frozenset[Trace] = frozenset(), note: str | None = None) -> Batch:
        """What all rows of a machine say of it together."""
        mine = self.records[key]
        record = Record(place=mine.place, lists=lists, traces=traces, looked_at=self.looked.get(key), note=note)
        return Batch(key=key, record=record)
