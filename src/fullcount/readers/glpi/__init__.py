"""GLPI, FusionInventory and OCS agents: one machine a file, as XML (also deflated: `.ocs`) or as JSON.

Both forms have the same sections and fields, in upper or lower case: XML is turned into what the JSON form
would say, and `inventory` says what it means.
"""

from __future__ import annotations

import io
import re
import zlib
from itertools import islice
from typing import TYPE_CHECKING, Any

from fullcount.errors import UnreadableError
from fullcount.model import Lists, Reject, Trace
from fullcount.reader import PEEK_BYTES, Basis, Peek, Reader, Stream
from fullcount.readers.glpi.inventory import AGAIN, Message, batches, flag, rows, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.model import Batch

_MOST_BYTES = 256 * 2**20  # real inventories have up to a few MB, inflated
_MOST_LEVELS = 40  # real inventories have 8
_SHOWN = 4096  # bytes of what follows a break
_DEFLATED = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")  # zlib at its four levels
# `"action": "inventory"`, and never the schema's `"action": {`; a long inventory may name its action at the end
_JSON_CONTENT = re.compile(r'"content"\s*:\s*\{\s*"(?!type")\w+"\s*:')
_JSON_MARK = re.compile(r'"(?:action"\s*:\s*"(?:net)?(?:inventory|discovery)|versionclient"\s*:\s*"|logdate"\s*:\s*"\d)')


def _claims_xml(peek: Peek) -> bool:
    if peek.head.startswith(_DEFLATED):
        try:
            head = _inflated(peek.head, PEEK_BYTES, file=str(peek.path))
        except UnreadableError:
            return False
        peek = Peek(path=peek.path, head=head, size=peek.size)
    return peek.has("<REQUEST") and (peek.has("<DEVICEID>") or peek.has("<CONTENT>")) and peek.xml_root == "REQUEST"


def _claims_json(peek: Peek) -> bool:
    return peek.json_start == "{" and bool(_JSON_CONTENT.search(peek.text) and _JSON_MARK.search(peek.text))


def _inflated(data: bytes, most: int, *, file: str) -> bytes:
    """At most `most` bytes of a deflated message; a cut stream gives what it holds. Raises `UnreadableError`."""
    try:
        return zlib.decompressobj().decompress(data, most)
    except zlib.error as error:
        raise UnreadableError(f"damaged compressed message: {error}", place=file, hint=AGAIN) from error


def _bytes_of(stream: Stream) -> bytes:
    """The message, inflated. One limit holds for both: deflate cannot swell more than 1032 times, and inflating
    stops there.
    """
    file = str(stream.path)
    if (size := stream.path.stat().st_size) <= _MOST_BYTES:
        with stream.binary() as binary:
            data = binary.read()
        if data.startswith(_DEFLATED):
            data = _inflated(data, _MOST_BYTES + 1, file=file)
        if (size := len(data)) <= _MOST_BYTES:
            return data
    raise UnreadableError(f"more than {_MOST_BYTES:,} bytes for one machine ({size:,} or more)", place=file, hint=AGAIN)


def _xml_batches(stream: Stream) -> Iterator[Batch]:
    yield from batches(_from_xml(_bytes_of(stream), str(stream.path)))


def _json_batches(stream: Stream) -> Iterator[Batch]:
    encoding = stream.encoding if stream.encoding.startswith("utf") else "utf-8"  # JSON with a damaged byte is still UTF-8
    yield from batches(_from_json(_bytes_of(stream).decode(encoding, "replace"), str(stream.path)))


def _from_xml(data: bytes, file: str) -> Message:
    """The message, with all sections that are complete before the file ends or stops being XML.

    Raises `UnreadableError` for entities, for an encoding that nobody knows, and for too deep a tree.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.ElementTree import iterparse

    top: dict[str, Any] = {}
    content: dict[str, Any] = {}
    broken, path = None, list[Any]()
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end")):
            if event == "start":
                path.append(element)
                _check_levels(len(path), file)
                continue
            path.pop()
            if len(path) == 2 and path[1].tag == "CONTENT":
                _add(content, element)
                path[1].clear()
            elif len(path) == 1 and element.tag != "CONTENT":
                _add(top, element)
    except ParseError as error:
        broken = _break(data, str(error), error.position)
    except (ValueError, LookupError) as error:  # entities, encodings
        raise UnreadableError(f"XML that cannot be read safely: {error}", place=file, hint=AGAIN) from error
    tag = text_of(top, "tag") or _account_tag(content)
    return _message(top, content, file=file, kind=text_of(top, "query"), tag=tag, broken=broken)


def _message(top: dict[str, Any], content: dict[str, Any], **said: Any) -> Message:
    """A message from what stands beside its content, under the same names in both forms."""
    return Message(
        deviceid=text_of(top, "deviceid"),
        itemtype=text_of(top, "itemtype"),
        partial=bool(flag(top, "partial")),
        content=content,
        **said,
    )


def _check_levels(levels: int, file: str) -> None:
    if levels > _MOST_LEVELS:
        raise UnreadableError(f"nested deeper than {_MOST_LEVELS} levels", place=file, hint=AGAIN)


def _break(data: bytes, why: str, position: tuple[int, int]) -> Reject:
    """What follows the point at which a file stops being XML, up to a limit. `position`: line from 1, and the
    number of characters before it in that line.
    """
    line, column = position
    ends = (match.end() for match in islice(re.finditer(rb"\r\n|\r|\n", data), line - 1))
    start = max(ends, default=0)
    start += len(data[start : start + 4 * column].decode("utf-8", "ignore")[:column].encode())
    return Reject(1, data[start : start + _SHOWN], f"the file stops being XML: {why}; {len(data) - start} bytes follow")


def _add(found: dict[str, Any], element: Any) -> None:
    """Add an element under its name in lower case; what comes again makes a list."""
    name, value = element.tag.rpartition("}")[2].lower(), _value(element)
    if name not in found:
        found[name] = value
    elif isinstance(found[name], list):
        found[name].append(value)
    else:
        found[name] = [found[name], value]


def _value(element: Any) -> Any:
    """An element's text, or its children by name. The depth has been checked on the way in."""
    if not len(element):
        return element.text or ""
    found: dict[str, Any] = {}
    for child in element:
        _add(found, child)
    return found


def _account_tag(content: dict[str, Any]) -> str | None:
    pairs = [row for row in rows(content, "accountinfo") if isinstance(row, dict)]
    return next((text_of(row, "keyvalue") for row in pairs if text_of(row, "keyname") == "TAG"), None)


def _from_json(text: str, file: str) -> Message:
    """The message. Raises `UnreadableError` for what is no JSON, has no content, or is nested too deep."""
    import orjson

    try:
        document = orjson.loads(text.removeprefix("\ufeff"))
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableError(f"no JSON: {error.msg} ({where})", place=f"{file}:{error.lineno}", hint=AGAIN) from error
    _check_nesting(document, file)
    if not isinstance(document, dict) or not isinstance(content := document.get("content"), dict):
        raise UnreadableError("an inventory without `content`", place=file, hint=AGAIN)
    return _message(document, content, file=file, kind=text_of(document, "action"), tag=text_of(document, "tag"))


def _check_nesting(document: Any, file: str) -> None:
    """Level by level, since a hostile file is nested deeper than calls can be."""
    level, levels = [document], 0
    while level:
        levels += 1
        _check_levels(levels, file)
        inner = [node.values() if isinstance(node, dict) else node for node in level if isinstance(node, (dict, list))]
        level = [child for children in inner for child in children]


_BLIND = (
    "Software installed for one user on Windows is listed only where the agent runs with scan-profiles.",
    "Of several users with the same program and version only one is listed.",
    "Programs without an install key, package or application bundle (portable copies) are not listed.",
    "Windows servers have no security centre: no antivirus section there means nothing.",
    "Guests, network equipment and printers are only named; their own software is not listed.",
    "Running processes and remote control identifiers, which the agent also sends, are not read.",
)
_TRACES = frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP, Trace.ANTIVIRUS})

GLPI_XML = Reader(
    name="glpi-xml",
    title="GLPI, FusionInventory or OCS agent (XML)",
    lists=Lists.ALL_SOFTWARE,
    traces=_TRACES,
    blind=(*_BLIND, "A file that stops being XML is read up to there, and counts as listing some software."),
    how=(
        r"Windows: `glpi-agent --local=C:\inventory --force --scan-profiles` or "
        r"`fusioninventory-agent --local=C:\inventory --force --scan-profiles` in the agent's folder, as administrator. "
        "Linux, macOS: `sudo glpi-agent --local=/tmp/inventory --force` or "
        "`sudo fusioninventory-agent --local=/tmp/inventory --force`. "
        r"OCS: `OCSInventory.exe /local=C:\inventory /xml=C:\inventory`, or `sudo ocsinventory-agent --local=/tmp/inventory`; "
        "both `.xml` and compressed `.ocs` files are read. One file a machine."
    ),
    unit="element",
    basis=Basis.SAMPLES,
    claims=_claims_xml,
    batches=_xml_batches,
)

GLPI_JSON = Reader(
    name="glpi-json",
    title="GLPI inventory (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=_TRACES,
    blind=(*_BLIND, "A partial inventory counts as listing some software."),
    how=(
        r"Windows: `glpi-agent --local=C:\inventory --json --force --scan-profiles` in the agent's folder, as administrator. "
        "Linux, macOS: `sudo glpi-agent --local=/tmp/inventory --json --force`. Not with `--partial`. "
        "Or copy what the GLPI server keeps of each machine: `files/_inventories/` in its data folder."
    ),
    unit="element",
    basis=Basis.SAMPLES,
    claims=_claims_json,
    batches=_json_batches,
)
