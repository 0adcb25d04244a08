"""Windows: programs as objects of PowerShell that were saved whole: `Export-Clixml`, `ConvertTo-Xml`, `ConvertTo-Json`.

Forms: Microsoft's pages on these commands and on PowerShell's serialisation: a property is an element with its name in
`N`, and `_x000D_` stands for a character that XML does not allow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.document import documents, raw_of
from fullcount.errors import UnreadableError
from fullcount.model import Lists, Reject, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows import programs
from fullcount.readers.windows.lines import SHOWN
from fullcount.readers.windows.programs import Row, folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.model import Batch

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SAVED = re.compile(r"\b(?:N|Name)=[\"'](?:DisplayName|IdentifyingNumber|ProviderName|Vendor)[\"']")
_ROOTS = {"Objs": "Obj", "Objects": "Object"}  # -> one object
_PROPERTIES = {"Props", "MS", "Object"}  # whose children are properties
_MARKS = {"CimClass", "PSPath", "PSProvider", "__CLASS", "__PATH", "PackageCode", "FastPackageReference"}
_WHOLE = 18  # properties: fewer are a table that somebody chose, which is the reader `uninstall`'s
_DEEPEST = 60
_MOST = 300  # properties of an object
_AGAIN = "make it again as CSV: see the reader `uninstall`"
_KEYS = re.compile(r'"((?:[^"\\]|\\.){1,60}+)"\s*:')


def claims(peek: Peek) -> bool:
    """Objects that have the properties of programs: as XML, or whole ones as JSON."""
    if peek.xml_root in _ROOTS:
        return _SAVED.search(peek.text) is not None and (peek.xml_root == "Objects" or "/powershell/" in peek.text)
    if not peek.json_start:
        return False
    keys = set(_KEYS.findall(peek.text))
    named = {"Name", "Vendor", "IdentifyingNumber"} <= keys or "DisplayName" in keys or {"Name", "ProviderName"} <= keys
    return named and bool(keys & _MARKS) and len(keys) >= _WHOLE and programs.is_list(map(folded, keys & _OWN))


_OWN = {"Name", "DisplayName", "Vendor", "Publisher", "IdentifyingNumber", "ProviderName", "Version", "DisplayVersion"}


def batches(stream: Stream) -> Iterator[Batch]:
    """One record a machine. Place is the object. Raises `UnreadableError` where none is in the file, or XML breaks off."""
    found = False
    for batch in programs.batches(_rows(stream), _ordered(stream), stream.host):
        found = True
        yield batch
    if not found:
        raise UnreadableError("no objects of programs", place=str(stream.path), hint=_AGAIN)


def _rows(stream: Stream) -> Iterator[Row]:
    with stream.binary() as file:
        begins = file.read(64).lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t\0")[:1]
    if begins == b"<":
        yield from _from_xml(stream)
    elif begins in {b"{", b"["}:
        yield from _from_json(stream)


def _ordered(stream: Stream) -> Iterator[Row]:
    """The same rows up to a break: of those that are left, the order of the dates can be told."""
    try:
        yield from _rows(stream)
    except UnreadableError:
        return


def _from_json(stream: Stream) -> Iterator[Row]:
    place = 0
    for one in documents(stream):
        if isinstance(one, Reject):
            yield Row(one.place, one.raw.decode("utf-8", "replace"), one.reason)
            continue
        for value in one.value if isinstance(one.value, list) else [one.value]:
            place += 1
            raw = raw_of(value).decode("utf-8", "replace")
            yield Row(place, raw, _flat(value) if isinstance(value, dict) else "no object")


def _flat(value: dict[str, Any]) -> dict[str, str]:
    said = {}
    for name, one in list(value.items())[:_MOST]:
        if isinstance(one, (str, int, float)) and not isinstance(one, bool):
            said[folded(name)] = str(one)
    system = value.get("CimSystemProperties")
    server = system.get("ServerName") if isinstance(system, dict) else None
    if isinstance(server, str) and not said.get("pscomputername"):
        said["pscomputername"] = server
    return said


def _from_xml(stream: Stream) -> Iterator[Row]:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    depth = place = 0
    trail: list[str] = []
    said: dict[str, str] = {}
    root: Any = None
    try:
        with stream.binary() as file:
            for event, element in iterparse(file, events=("start", "end")):
                tag = element.tag.rpartition("}")[2]
                if event == "start":
                    depth += 1
                    root = element if root is None else root
                    trail.append(tag)
                    if depth > _DEEPEST:
                        raise UnreadableError("nested too deeply for any list", place=str(stream.path), hint=_AGAIN)
                    continue
                depth -= 1
                trail.pop()
                name = element.get("N") or (element.get("Name") if tag == "Property" else None)
                if name and len(trail) <= 3 and trail[-1] in _PROPERTIES and len(said) < _MOST and element.text:
                    said[folded(name)] = _ESCAPED.sub(_character, element.text)
                if depth == 1:
                    place += 1
                    raw = "; ".join(f"{one}={value}" for one, value in said.items())[:SHOWN]
                    yield Row(place, raw, said if tag in _ROOTS.values() else "no object")
                    said = {}
                    root.clear()
                elif tag in _ROOTS.values():
                    element.clear()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadableError(f"stops being XML: {error}", place=str(stream.path), hint=_AGAIN) from error


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


PS_OBJECTS = Reader(
    name="ps-objects",
    title="Windows programs saved as objects of PowerShell (Export-Clixml, ConvertTo-Xml, ConvertTo-Json)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PROGRAM}),
    blind=(
        "Objects of Win32_Product are only what Windows Installer installed.",
        "Objects of `Get-Package` name no publishers, and are complete only where the providers Programs and msi both answered.",
        "A script that reads one registry view misses the programs of the other (32 or 64 bit).",
        "Programs that were installed for other users, and portable copies, are not listed.",
        "Only objects of another machine, or of CIM, name their machine, and none says when they were saved.",
    ),
    how=(
        "On each machine, in PowerShell:\n"
        "  Get-ItemProperty HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\*,\n"
        "    HKLM:\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\* |\n"
        '    Export-Clixml "$env:COMPUTERNAME.xml"\n'
        'or, slower and less: Get-CimInstance Win32_Product | ConvertTo-Json | Out-File "$env:COMPUTERNAME.json" -Encoding UTF8'
    ),
    unit="object",
    basis=Basis.DOCUMENTATION,
    claims=claims,
    batches=batches,
    needs_host=True,
)
