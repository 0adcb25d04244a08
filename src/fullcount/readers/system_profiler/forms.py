"""The three forms in which system_profiler writes one report: text, an XML property list, and JSON.

All become `Piece`s: an item of a section, with the keys of the XML form. Items are counted over the whole report.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from fullcount.document import documents, raw_of
from fullcount.errors import UnreadableError
from fullcount.model import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from fullcount.reader import Stream

AGAIN = "make the report again: system_profiler -xml SPHardwareDataType SPSoftwareDataType SPApplicationsDataType"
APPLICATIONS, HARDWARE, SOFTWARE, NETWORK = (f"SP{name}DataType" for name in ("Applications", "Hardware", "Software", "Network"))
_SECTIONS = {"Applications": APPLICATIONS, "Hardware": HARDWARE, "Software": SOFTWARE, "Network": NETWORK}
_LABELS = {
    APPLICATIONS: {"Version": "version", "Location": "path", "Get Info String": "info", "Signed by": "signed_by"},
    HARDWARE: {
        "Serial Number": "serial_number",
        "Serial Number (system)": "serial_number",
        "Hardware UUID": "platform_UUID",
        "Model Name": "machine_name",
    },
    SOFTWARE: {"System Version": "os_version", "Computer Name": "local_host_name"},
    NETWORK: {"Hardware": "hardware", "MAC Address": "MAC Address", "IPv4 Addresses": "ip_address"},
}
_MOST_BYTES = 256 << 20  # of a property list or of JSON; real ones have up to a few MB
_MOST_LEVELS = 40
_LONGEST = 1 << 16  # characters of a line
_SHOWN = 4096


class Piece(NamedTuple):
    """An item of a section."""

    section: str
    item: dict[str, Any]


class Section(NamedTuple):
    """A section is complete; `made_at` is when, where the form says it."""

    name: str
    made_at: str | None = None


class Break(NamedTuple):
    """Where the report ends too early."""

    raw: bytes
    reason: str


def text_pieces(stream: Stream) -> Iterator[Piece | Section | Break]:
    """The text: a heading at the margin, items four columns in, their fields six and more."""
    # a damaged byte must not make all of it another encoding
    encoding = stream.encoding if stream.encoding.startswith("utf") else "utf-8"
    section, item, fields, whole = "", "", dict[str, Any](), True
    with replace(stream, encoding=encoding).text() as text:
        while line := text.readline(_LONGEST):
            begins, whole = whole, line.endswith(("\n", "\r"))
            heading, named = _HEADING.fullmatch(line), _ITEM.fullmatch(line)
            if begins and (heading or named):
                if item and section:
                    yield Piece(section, {"_name": item, **fields})
                if heading:
                    if section:
                        yield Section(section)
                    section = _SECTIONS.get(heading[1], "")
                item, fields = named[1] if named else "", {}
            elif begins and (field := _FIELD.fullmatch(line)) and (label := _LABELS.get(section, {}).get(field[1])):
                fields.setdefault(label, field[2])
    if item and section and whole:
        yield Piece(section, {"_name": item, **fields})
    if section and whole:
        yield Section(section)
    if not whole:
        yield Break(f"{item}: {fields}".encode()[:_SHOWN], "the report ends in the middle of a line")


_HEADING = re.compile(r"(\S.*?):[ \t]*[\r\n]*")
_ITEM = re.compile(r" {4}(\S.*?):[ \t]*[\r\n]*")
_FIELD = re.compile(r" {6,}(\S[^:]*):[ \t]*(.*?)[ \t]*[\r\n]*")


def json_pieces(stream: Stream) -> Iterator[Piece | Section | Break]:
    """JSON: a list of items a section. What was complete before a break is used. Raises `UnreadableError` for what is no JSON,
    or is too large.
    """
    if stream.path.stat().st_size > _MOST_BYTES:
        raise UnreadableError(f"more than {_MOST_BYTES:,} bytes in one report", place=str(stream.path), hint=AGAIN)
    begun = False
    for one in documents(stream):
        if isinstance(one, Reject):
            if not begun:
                raise UnreadableError(f"no JSON: {one.reason}", place=str(stream.path), hint=AGAIN)
            yield Break(one.raw, one.reason)
            continue
        begun = True
        if one.place > 1:
            yield Break(raw_of(one.value), "a second report in one file: each Mac needs a file of its own")
            return
        sections = [(name, items) for name, items in _sections_of(one.value) if isinstance(items, list)]
        for turn, (name, items) in enumerate(sections, start=1):
            for item in items:
                yield Piece(name, item if isinstance(item, dict) else {})
            if not (one.broken and turn == len(sections)):
                yield Section(name)


def _sections_of(document: Any) -> list[tuple[str, Any]]:
    found = document.items() if isinstance(document, dict) else ()
    return [(name, items) for name, items in found if name.startswith("SP")]


def xml_pieces(stream: Stream) -> Iterator[Piece | Section | Break]:
    """A property list. What was complete before a break is used. Raises `UnreadableError` for entities, too deep a
    tree, and a file that is too large.
    """
    from defusedxml.ElementTree import ParseError

    with stream.binary() as file:
        limited = _Limited(file, str(stream.path))
        try:
            yield from _sections(limited)
        except ParseError as error:
            yield Break(b"", f"the file stops being XML: {error}")
        except (ValueError, LookupError) as error:  # entities, depth, encodings
            raise UnreadableError(f"XML that cannot be read safely: {error}", place=str(stream.path), hint=AGAIN) from error


class _Limited:
    """A file that may give so many bytes and no more."""

    def __init__(self, file: IO[bytes], place: str) -> None:
        self.file, self.place, self.left = file, place, _MOST_BYTES

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise UnreadableError(f"more than {_MOST_BYTES:,} bytes in one report", place=self.place, hint=AGAIN)
        return data


_AT_ITEM = ["plist", "array", "dict", "array", "dict"]
_AT_SECTION = _AT_ITEM[:3]


def _sections(file: _Limited) -> Iterator[Piece | Section]:
    """Items as they end, forgotten once said. The name of their section stands before them, as keys are sorted."""
    from defusedxml.ElementTree import iterparse

    path: list[Element] = []
    for event, element in iterparse(file, events=("start", "end")):
        if event == "start":
            path.append(element)
            if len(path) > _MOST_LEVELS:
                raise ValueError(f"nested deeper than {_MOST_LEVELS} levels")
            continue
        at = [step.tag for step in path] if len(path) <= len(_AT_ITEM) else []
        path.pop()
        if at == _AT_ITEM and (name := _pairs(path[2]).get("_dataType")):
            yield Piece(str(name), _pairs(element))
            path[3].clear()
        elif at == _AT_SECTION:
            said = _pairs(element)
            yield Section(str(said.get("_dataType", "")), said.get("_timeStamp"))
            path[1].clear()


def _pairs(element: Element) -> dict[str, Any]:
    """A dictionary of a property list: keys and values take turns."""
    children = list(element)
    pairs = zip(children[::2], children[1::2], strict=False)
    return {key.text or "": _value(value) for key, value in pairs if key.tag == "key"}


def _value(element: Element) -> Any:
    match element.tag:
        case "dict":
            return _pairs(element)
        case "array":
            return [_value(child) for child in element]
        case "true" | "false":
            return element.tag
        case _:
            return element.text or ""
