"""Jamf Pro: computers as its Classic API answers them, in JSON or XML.

`/JSSResource/computers/subset/basic` names the computers; `/JSSResource/computers/id/N` holds one with its software.
XML is turned into what JSON would say. Numbers of computers begin at 1 on every server: they are clues only where a
computer has neither serial number nor UDID. Facts: Jamf's pages on the Classic API, and answers of a real server.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from fullcount.document import (
    AGAIN,
    KEPT,
    Document,
    clues_of,
    documents,
    held,
    names_of,
    pages,
    raw_of,
    rows_of,
    section,
    text_of,
)
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Detail, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.table import family_of
from fullcount.text import without_user
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEVELS = 40  # real answers have 8
_ROWS_AT = 4  # levels above the rows of a list: computer, software, applications
_START = re.compile(r'\s*+\{\s*+"computers?"\s*+:\s*+[\[{]')
_MARKS = ('"serial_number"', '"udid"', '"jamf_version"', '"mac_address"')
# What a list of a computer's software holds, and what it proves. A receipt of an installer stays when the software goes.
_KINDS: dict[str, tuple[Trace, State]] = {
    "applications": (Trace.APP, State.INSTALLED),
    "plugins": (Trace.EXTENSION, State.INSTALLED),
    "running_services": (Trace.SERVICE, State.RUNNING),
    "unix_executables": (Trace.FILE, State.FILES),
    "installed_by_casper": (Trace.PACKAGE, State.RESIDUE),
    "installed_by_installer_swu": (Trace.PACKAGE, State.RESIDUE),
    "cached_by_casper": (Trace.PACKAGE, State.MENTION),
    "licensed_software": (Trace.LICENCE, State.LICENCE),
}


def _claims(peek: Peek) -> bool:
    if peek.xml_root in {"computer", "computers"}:
        return peek.has("<udid") or peek.has("<jamf_version") or peek.has("<serial_number")
    return bool(_START.match(peek.text)) and any(mark in peek.text for mark in _MARKS)


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a computer. Place of a computer is its ordinal; of software, that in its list, lists counted through."""
    place = 0
    for document in _from_xml(stream) if _is_xml(stream) else documents(stream):
        if isinstance(document, Reject):
            yield Batch(rejects=[document])
            continue
        computers = [computer for page in pages(document.value) for computer in _computers(page)]
        if not computers:
            yield Batch(rejects=[Reject(document.place, raw_of(document.value), "no answer about computers")])
        for number, computer in enumerate(computers, start=1):
            place += 1
            if isinstance(computer, dict):
                yield _batch(computer, place, whole=not (document.broken and number == len(computers)))
            else:
                yield Batch(rejects=[Reject(place, raw_of(computer), "a computer without fields")])


def _computers(page: Any) -> list[Any]:
    if not isinstance(page, dict):
        return []
    return [page["computer"]] if "computer" in page else rows_of(page, "computers")


def _batch(computer: dict[str, Any], place: int, *, whole: bool) -> Batch:
    general = section(computer, "general") or computer  # the basic list has no sections
    record = _record(computer, general, place)
    number = text_of(general, "id")
    # a computer in two answers of one file is one record
    batch = Batch(record=record, key=f"{number} {text_of(general, 'udid')}" if number else None)
    software = section(computer, "software")
    if not isinstance(software.get("applications"), list):
        record.lists, record.traces = Lists.MACHINES, frozenset()
        record.note = "its software is in another call" if whole else "the file breaks off in this computer"
    else:
        record.lists, record.traces = Lists.ALL_SOFTWARE, frozenset({Trace.APP})
        record.looked_at = parse(text_of(general, "report_date_utc", "report_date"))
        record.note = None if software["applications"] else "the list of applications is empty"
        if not whole:
            record.lists, record.note = Lists.SOME_SOFTWARE, "the file breaks off in this computer"
    turn = 0
    for name, (trace, state) in _KINDS.items():
        for row in rows_of(software, name):
            turn += 1
            _see(batch, row, turn, trace=trace, state=state)
    return batch


def _record(computer: dict[str, Any], general: dict[str, Any], place: int) -> Record:
    hardware, location = section(computer, "hardware"), section(computer, "location")
    system = " ".join(filter(None, (text_of(hardware, "os_name"), text_of(hardware, "os_version"))))
    platform = text_of(general, "platform")
    record = Record(place=place, os=system or platform)
    record.os_family = Os.MACOS if platform == "Mac" else family_of(system or platform)
    record.heard_at = parse(text_of(general, "last_contact_time_utc", "last_contact_time", "report_date_utc"))
    record.owner = text_of(location, "username") or text_of(general, "username")
    record.ou = text_of(location, "department") or text_of(general, "department")
    site = text_of(section(general, "site"), "name")
    record.site = site if site and site != "None" else text_of(location, "building") or text_of(general, "building")
    serial, uuid, number = text_of(general, "serial_number"), text_of(general, "udid"), text_of(general, "id")
    record.clues = clues_of(
        ("serial", serial),
        ("manufacturer", text_of(hardware, "make")),
        ("uuid", uuid),
        ("agent_id", f"jamf:{number}" if number and not serial and not uuid else None),
        ("mac", text_of(general, "mac_address")),
        ("mac", text_of(general, "alt_mac_address")),
        ("ip", text_of(general, "last_reported_ip")),
        *names_of(text_of(general, "name")),
        ("asset_tag", text_of(general, "asset_tag")),
    )
    return record


def _see(batch: Batch, row: Any, place: int, *, trace: Trace, state: State) -> None:
    """A row of one of the lists: fields, or a name alone."""
    name = row.strip() if isinstance(row, str) else text_of(row, "name")
    if not name:
        batch.reject(place, raw_of(row), "software without a name")
        return
    path = name if trace is Trace.FILE else text_of(row, "path")
    title = Title(
        type=trace,
        name=re.split(r"[\\/]", name)[-1] or name if trace is Trace.FILE else name,
        version=text_of(row, "version"),
        bundle_id=text_of(row, "bundle_id"),
        package=name if trace is Trace.PACKAGE else None,
        service=name if trace is Trace.SERVICE else None,
        path=without_user(path) if path else None,
    )
    batch.saw(title, place, state, Detail(path=path) if path else None)


# -- XML -----------------------------------------------------------------------------------------------------------


def _is_xml(stream: Stream) -> bool:
    with stream.binary() as binary:
        head = binary.read(256).replace(b"\0", b"")
    return head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def _from_xml(stream: Stream) -> Iterator[Document | Reject]:
    """The document that the XML form stands for. Raises `UnreadableError` for entities and for too deep a tree.

    Where the file breaks off, what was complete is kept: rows that were still open are left out.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.ElementTree import iterparse

    data, open_here, root, broken = held(stream), list[Any](), None, None
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end")):
            if event == "end":
                open_here.pop()
                continue
            root = element if root is None else root
            open_here.append(element)
            if len(open_here) > _LEVELS:
                raise UnreadableError(f"nested deeper than {_LEVELS} levels", place=str(stream.path), hint=AGAIN)
    except ParseError as error:
        broken = error
    except (ValueError, LookupError) as error:  # entities, encodings
        raise UnreadableError(f"XML that cannot be read safely: {error}", place=str(stream.path), hint=AGAIN) from error
    for above, element in zip(open_here[_ROWS_AT - 2 :], open_here[_ROWS_AT - 1 :], strict=False):
        above.remove(element)
    if root is not None:
        yield Document(1, {root.tag: _value(root)}, broken=broken is not None)
    if broken is not None:
        line, column = broken.position
        rest = b"\n".join(data.split(b"\n")[line - 1 :])[column:]
        yield Reject(1, rest[:KEPT], f"stops being XML: {broken}; {len(rest)} bytes follow")


def _value(element: Any) -> Any:
    """An element as JSON would have it. A list has its `size` first, and else only elements of one name."""
    if not len(element):
        return [] if element.tag in _KINDS else element.text or ""
    names = {child.tag for child in element}
    if element.tag in _KINDS or "size" in names or names == {"computer"}:
        return [_value(child) for child in element if child.tag != "size"]
    return {child.tag: _value(child) for child in element}


JAMF = Reader(
    name="jamf",
    title="Jamf Pro computers (Classic API, JSON or XML)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.APP}),
    blind=(
        "applications are listed where Jamf was told to look (by default /Applications and below), not in users' folders",
        "publishers are not listed: products are found by bundle id, name or path",
        "receipts of installers stay when the software goes: they are residue",
        "packages of other managers (Homebrew, pip) are not listed",
    ),
    how=(
        "With an account that may read computers, ask for the list, then for each computer by its id:\n"
        '  curl -H "Authorization: Bearer $TOKEN" -H "Accept: application/json" "https://JAMF/JSSResource/computers/subset/basic"\n'
        '  curl -H "Authorization: Bearer $TOKEN" -H "Accept: application/json" "https://JAMF/JSSResource/computers/id/1"\n'
        "One file a computer, or all of them in one file, one a line. Without the Accept header the answer is XML: one a file."
    ),
    unit="computer",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
