"""macOS: the report of system_profiler, as text, XML (`.spx`) or JSON.

Keys are those of the XML form. A guest of a virtual machine may show its Windows programs as applications of the Mac:
their information names a path of Windows, or they lie in a folder that the virtual machine keeps for them. They are
mentions, not installs on the Mac.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from fullcount import when
from fullcount.clue import normal
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.system_profiler.forms import (
    AGAIN,
    APPLICATIONS,
    HARDWARE,
    NETWORK,
    SOFTWARE,
    Break,
    Piece,
    Section,
    json_pieces,
    text_pieces,
    xml_pieces,
)
from fullcount.text import clean, without_user

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 10_000  # applications that are handed on at once
_GUEST_INFO = re.compile(r"(?:^|[\s,])[A-Za-z]:\\")
_GUEST_PATH = re.compile(r"/Applications(?: \(Parallels\))?/\{[0-9a-fA-F-]{36}\} Applications\.localized/")
_ASIDE = re.compile(r"/\.Trash(?:es)?/|^/Volumes/")  # thrown away, or on another disk
_SIGNER = re.compile(r"(.*?\([A-Z0-9]{10}\))(?:, .*)?")
_PERSONAL = ("MacBook", "iMac", "Mac mini", "Mac Pro", "Mac Studio", "Power Mac", "PowerBook")
_XML_NAME = re.compile(r"<string>SP\w+DataType</string>")
_JSON_NAME = re.compile(r'"SP\w+DataType"\s*:\s*\[')
_TEXT_NAMES = ("Applications:", "Hardware:", "Software:")


def claims(peek: Peek) -> bool:
    """A report with sections named as Apple names them; in text, with their three levels."""
    if peek.xml_root == "plist":
        return peek.has("<key>_dataType</key>") and bool(_XML_NAME.search(peek.text))
    if peek.json_start == "{":
        return bool(_JSON_NAME.search(peek.text))
    lines = [line for line in peek.lines if line.strip()]
    known = next((n for n, line in enumerate(lines) if line.rstrip() in _TEXT_NAMES), None)
    if known is None or not re.fullmatch(r"\S.*:\s*", lines[0]):
        return False
    below = lines[known + 1 : known + 3]
    return len(below) == 2 and bool(re.fullmatch(r" {4}\S.*:\s*", below[0]) and re.match(r" {6}\S.*:", below[1]))


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the ordinal of the item in the report. Raises `UnreadableError` where nothing can be used."""
    batch, record = Batch(key="machine"), Record(place=1, os_family=Os.MACOS)
    place, seen, listed, gaps = 0, 0, False, list[str]()
    for piece in _pieces(stream):
        if isinstance(piece, Piece):
            place += 1
            if piece.section == APPLICATIONS:
                gaps += _application(piece.item, place, batch)
                seen += 1
            else:
                _describe(record, piece)
        elif isinstance(piece, Break):
            gaps.append(piece.reason)
            batch.reject(place + 1, piece.raw, piece.reason)
        else:
            listed = listed or piece.name == APPLICATIONS
            _date(record, piece)
        if len(batch.sightings) + len(batch.rejects) >= _BLOCK:
            yield batch
            batch = Batch(key="machine")
    if not place:
        raise UnreadableError("no item of a report could be read", place=str(stream.path), hint=AGAIN)
    _conclude(record, gaps, listed=listed, seen=seen > 0)
    if stream.host and not record.clues:
        record.clues.append(("hostname", stream.host))
    batch.record = record
    yield batch


def _pieces(stream: Stream) -> Iterator[Piece | Section | Break]:
    with stream.binary() as file:
        head = file.read(64)
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    form = xml_pieces if plain.startswith(b"<") else json_pieces if plain.startswith(b"{") else text_pieces
    return form(stream)


def _text(item: dict[str, Any], *names: str) -> str | None:
    """The first of these that is filled; of a list the first."""
    for name in names:
        value = item.get(name)
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, (str, int, float)) and (text := clean(str(value))):
            return text
    return None


def _application(item: dict[str, Any], place: int, batch: Batch) -> list[str]:
    """See one application. Returns why the list is less than complete, where it is."""
    name, path, info = (_text(item, field) for field in ("_name", "path", "info"))
    if not name:
        batch.reject(place, json.dumps(item, ensure_ascii=False, default=str)[:4096], "an application without a name")
        return ["applications without a name"]
    state = State.INSTALLED
    if _GUEST_INFO.search(info or "") or _GUEST_PATH.search(path or ""):
        state = State.MENTION
    elif _ASIDE.search(path or ""):
        state = State.FILES
    signed = _text(item, "signed_by") or ""
    signer = _SIGNER.fullmatch(signed)
    title = Title(
        Trace.APP,
        name=name,
        version=_text(item, "version"),
        path=without_user(path) if path else None,
        signer=signer[1] if signer else signed.split(", ", 1)[0] or None,
    )
    batch.saw(title, place, state, Detail(path=path) if path else None)
    return []


def _describe(record: Record, piece: Piece) -> None:
    """What an item of another section says of the machine."""
    item = piece.item
    if piece.section == HARDWARE:
        record.clues += [
            (kind, value)
            for kind, value in (("serial", _text(item, "serial_number")), ("uuid", _text(item, "platform_UUID")))
            if value
        ]
        if (_text(item, "machine_name") or "").startswith(_PERSONAL):
            record.machine_class = Class.WORKSTATION
    elif piece.section == SOFTWARE:
        record.os = record.os or _text(item, "os_version")
        record.clues += [("hostname", name)] if (name := _text(item, "local_host_name")) else []
        if "Server" in (record.os or ""):
            record.machine_class = Class.SERVER
    elif piece.section == NETWORK and _text(item, "hardware") in {"Ethernet", "AirPort"}:
        inner = item.get("Ethernet")
        values = item | inner if isinstance(inner, dict) else item
        addresses = (_text(values, "ip_address") or "").split(", ")
        found = [("mac", _text(values, "MAC Address") or ""), *(("ip", address) for address in addresses)]
        record.clues += [(kind, value) for kind, value in found if normal(kind, value)]


def _date(record: Record, section: Section) -> None:
    """A section says when it was made: that of applications dates the look, any the contact."""
    made = when.parse(section.made_at)
    if made and section.name == APPLICATIONS:
        record.looked_at = made
    if made and (record.heard_at is None or made > record.heard_at):
        record.heard_at = made


def _conclude(record: Record, gaps: list[str], *, listed: bool, seen: bool) -> None:
    """What the record's silence means."""
    if listed and seen and not gaps:
        record.lists = Lists.ALL_SOFTWARE
        return
    record.lists = Lists.SOME_SOFTWARE if seen else Lists.MACHINES
    notes = [] if listed else ["no section of applications" if not seen else "the section of applications is cut off"]
    notes += ["the section of applications is empty"] if listed and not seen else []
    record.note = "; ".join(dict.fromkeys([*notes, *gaps])) or None


SYSTEM_PROFILER = Reader(
    name="system-profiler",
    title="macOS system report (system_profiler)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.APP}),
    blind=(
        "Applications are found by Spotlight: what lies on disks or in folders that it does not index is not listed.",
        "Agents and daemons without an application bundle, kernel and system extensions, and browser extensions are not read.",
        "The report names no publisher: from macOS 10.15 on it names who signed.",
        "Windows programs that a virtual machine shows on the Mac are mentions: the guest needs an inventory of its own.",
        "Applications in the Trash and on other disks count as files that are present.",
        "Only the English labels of the text form are known, and only the XML form says when it was made.",
    ),
    how=(
        "On each Mac: `system_profiler -xml SPHardwareDataType SPSoftwareDataType SPNetworkDataType SPApplicationsDataType > "
        '"$(hostname).spx"`; `-json` and the text form are read too. Or in System Information: File, Save. A report of '
        "applications alone does not name its machine: give it by the file's name, or with `--host`."
    ),
    unit="item",
    basis=Basis.SAMPLES,
    needs_host=True,
    claims=claims,
    batches=batches,
)
