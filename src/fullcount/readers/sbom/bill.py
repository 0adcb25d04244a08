"""A bill of materials: its XML, the thing that it describes, and what all formats say in different words."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from fullcount.document import held, rows_of
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, State, Title, Trace
from fullcount.table import family_of
from fullcount.text import key, without_user, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from fullcount.reader import Stream

BROKEN = "the file is broken, and what follows the break is missing"
_MOST_LEVELS = 64  # elements in one another; real documents have up to 20
# ids of distributions in their `os-release`, beside those whose names `family_of` knows
_DISTRIBUTIONS = {
    "almalinux",
    "alpine",
    "amazon",
    "amzn",
    "arch",
    "azurelinux",
    "chainguard",
    "gentoo",
    "mariner",
    "photon",
    "wolfi",
}
_DIGEST = re.compile(r"sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})")


def elements(stream: Stream, again: str) -> Iterator[tuple[list[str], Element]]:
    """Every XML element when it ends, with the local names of the elements around it, its own the last.

    Raises `UnreadableError` for entities, odd encodings, and too long or too deep a document, `ParseError` where it
    stops being XML. `again` says how the document is made.
    """
    from defusedxml.ElementTree import iterparse

    file: Any = io.BytesIO(held(stream))
    if stream.encoding.startswith("utf"):  # UTF-16 may declare itself to be UTF-8: it is decoded here
        file = io.TextIOWrapper(file, stream.encoding, "replace", newline="")
    path: list[str] = []
    try:
        for event, element in iterparse(file, events=("start", "end")):
            if event == "start":
                path.append(local(element.tag))
                if len(path) > _MOST_LEVELS:
                    raise UnreadableError(f"nested deeper than {_MOST_LEVELS} levels", place=str(stream.path), hint=again)
            else:
                yield path, element
                path.pop()
    except (ValueError, LookupError) as error:
        raise UnreadableError(f"XML that cannot be read safely: {error}", place=str(stream.path), hint=again) from error


def local(name: str) -> str:
    """The name of an element without its namespace."""
    return name.rpartition("}")[2]


def is_xml(stream: Stream) -> bool:
    """Whether the first thing in a file is a tag."""
    with stream.text() as file:
        return file.read(4096).lstrip("\ufeff \t\r\n").startswith("<")


def objects(row: Any, name: str) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [one for one in rows_of(row, name) if isinstance(one, dict)]


def family(text: str | None) -> Os:
    """The family of an operating system, by its name or by the id of a distribution.

    >>> family("alpine 3.10.2"), family("Debian GNU/Linux 12"), family("billing")
    (<Os.LINUX: 'linux'>, <Os.LINUX: 'linux'>, <Os.UNKNOWN: ''>)
    """
    found = family_of(text)
    return Os.LINUX if found is Os.UNKNOWN and _DISTRIBUTIONS & set(words(key(text or ""))) else found


def image_clues(*texts: str | None) -> list[tuple[str, str]]:
    """Digests that identify an image (of its configuration or its manifest), as clues that all tools share."""
    found = (match for text in texts if text for match in _DIGEST.findall(text.replace("%3A", ":")))
    return [("agent_id", f"image:{digest}") for digest in dict.fromkeys(found)]


def record_of(
    kind: Class,
    clues: list[tuple[str, str]],
    *,
    os: str | None = None,
    made: datetime | None = None,
    whole: bool = False,
    note: str | None = None,
) -> Record:
    """The thing that a document describes. `whole`: its operating system's packages are listed in full."""
    return Record(
        place=1,
        clues=clues,
        machine_class=Class.SERVER if kind is Class.UNKNOWN and "server" in words(key(os or "")) else kind,
        lists=Lists.ALL_SOFTWARE if whole else Lists.SOME_SOFTWARE,
        traces=frozenset({Trace.PACKAGE}) if whole else frozenset(),
        looked_at=made,
        os=os,
        os_family=family(os),
        note=note,
    )


def break_off(record: Record) -> None:
    """Say of a record that its document breaks off."""
    record.lists, record.traces = Lists.SOME_SOFTWARE, frozenset()
    record.note = "; ".join(filter(None, (record.note, BROKEN)))


def state_in(record: Record) -> State:
    """What a listed piece is: installed in a system or an image; of a program it is a part, whose files are there."""
    return State.FILES if record.machine_class is Class.OTHER else State.INSTALLED


def saw(batch: Batch, place: int, title: Title, *, state: State, path: str | None = None) -> None:
    """Add a sighting, with the place of its file where one is named: without the user's part in the title."""
    detail = Detail(path=path) if path else None
    batch.saw(title._replace(path=without_user(path)) if path else title, place, state, detail)
