"""AppStream metainfo: how one application describes itself; flatpaks and packages keep it beside the application.

Root `component` (older: `application`), with `id`, `name`, `developer`, `releases`. A catalogue (root `components`) lists
what could be installed, and is not read. Facts: the AppStream specification, "Upstream Metadata".
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from fullcount.errors import UnreadableError
from fullcount.model import Batch, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_MOST_BYTES = 8 << 20  # real ones have up to a few hundred thousand
_MOST_LEVELS = 40
_AGAIN = "copy the file again"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def claims(peek: Peek) -> bool:
    """One component with an id and what only such a description has."""
    if peek.xml_root not in {"component", "application"}:
        return False
    return peek.has("<id") and any(peek.has(f"<{tag}") for tag in ("metadata_license", "summary", "developer_name", "launchable"))


def batches(stream: Stream) -> Iterator[Batch]:
    """One record with one application. Raises `UnreadableError` for a file that is damaged, too large, or no safe XML."""
    root = _root(stream)
    record = Record(place=1, lists=Lists.SOME_SOFTWARE, traces=frozenset(), os_family=Os.LINUX)
    record.note = "one application is described"
    number = _plain(root, "id")
    # such a file is named by its application, not by its machine
    host = stream.host if stream.host and not stream.host.lower().startswith((number or "?").lower()) else None
    record.clues = [("hostname", host)] if host and "metainfo" not in host.lower() and "appdata" not in host.lower() else []
    name = _plain(root, "name") or number
    if not name:
        yield Batch(rejects=[Reject(1, b"", "a description without a name")])
        return
    developer = root.find("developer")
    publisher = (_plain(developer, "name") if developer is not None else None) or _plain(root, "developer_name")
    bundle = number.removesuffix(".desktop") if number else None
    batch = Batch(record=record)
    title = Title(Trace.PACKAGE, name=name, version=_version(root), publisher=publisher, package=bundle)
    batch.saw(title, 1, State.FILES)
    yield batch


def _root(stream: Stream) -> Element:
    from defusedxml.ElementTree import ParseError, iterparse

    with stream.binary() as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise UnreadableError(f"more than {_MOST_BYTES:,} bytes for one application", place=str(stream.path), hint=_AGAIN)
    try:
        return _parsed(iterparse(io.BytesIO(data), events=("start", "end")))
    except ParseError as error:
        raise UnreadableError(f"the file stops being XML: {error}", place=str(stream.path), hint=_AGAIN) from error
    except (ValueError, LookupError) as error:  # entities, depth, encodings
        raise UnreadableError(f"XML that cannot be read safely: {error}", place=str(stream.path), hint=_AGAIN) from error


def _parsed(events: Iterator[tuple[str, Element]]) -> Element:
    """The root. Raises `ValueError` for too deep a tree."""
    level, root = 0, None
    for event, element in events:
        root = element if root is None else root
        level += 1 if event == "start" else -1
        if level > _MOST_LEVELS:
            raise ValueError(f"nested deeper than {_MOST_LEVELS} levels")
    assert root is not None, "a parser that names no root raises"
    return root


def _plain(element: Element, tag: str) -> str | None:
    """The text of the child that is in no particular language."""
    children = [child for child in element.findall(tag) if _LANGUAGE not in child.attrib] or element.findall(tag)
    return clean(children[0].text) if children else None


def _version(root: Element) -> str | None:
    """The newest release: they stand newest first, and those with dates are compared by them."""
    releases = [one for one in root.iterfind("releases/release") if one.get("version")]
    newest = max(releases, key=lambda one: one.get("date") or "", default=None)
    return clean(newest.get("version")) if newest is not None else None


METAINFO = Reader(
    name="metainfo",
    title="description of an application (AppStream metainfo, flatpak)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "One application is described; of what else is installed the file says nothing.",
        "That it lay beside an installed application is taken on trust: the file says neither machine nor day.",
        "The version is that of the newest release described.",
    ),
    how=(
        'On each machine: `tar cf "$(hostname).tar" /usr/share/metainfo`, or of '
        "`/var/lib/flatpak/app/*/current/active/files/share/metainfo`, and give it with `--host`. A list of all flatpaks is "
        "better: `flatpak list`, see `package-text`."
    ),
    unit="application",
    basis=Basis.SAMPLES,
    needs_host=True,
    claims=claims,
    batches=batches,
)
