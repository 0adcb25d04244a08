"""A database of packages as text, one paragraph a package: what those of Alpine, Arch and Debian have in common."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fullcount.model import Batch, Lists, Os, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

    from fullcount.reader import Stream

LONGEST = 1 << 20  # characters of a line; names and versions are far shorter
SHOWN = 4096  # characters of a paragraph that are kept in its reject
_BLOCK = 10_000  # packages that are handed on at once


@dataclass(slots=True)
class Paragraph:
    """One package as its lines say."""

    fields: dict[str, str] = field(default_factory=dict)
    shown: str = ""
    ended: bool = True  # by a line end: the file was not cut within it


def machine(
    stream: Stream,
    paragraphs: Callable[[IO[str]], Iterator[Paragraph]],
    take: Callable[[dict[str, str], int, Batch], str | None],
    *,
    what: str = "paragraphs",
    also: Callable[[int], str] = lambda _: "",
) -> Iterator[Batch]:
    """One record. Place is the ordinal of the paragraph. `take` sees one package in the batch, else says why its paragraph
    cannot be used: that is a reject, and makes the list partial, as does what there is `also` to say of so many paragraphs.
    """
    batch, place, lost, ended = Batch(key="machine"), 0, 0, True
    # a damaged byte must not make all of it another encoding
    encoding = stream.encoding if stream.encoding.startswith("utf") else "utf-8"
    with replace(stream, encoding=encoding).text() as text:
        for place, paragraph in enumerate(paragraphs(text), start=1):
            ended = paragraph.ended
            if reason := take(paragraph.fields, place, batch):
                lost += 1
                batch.reject(place, paragraph.shown, reason)
            if len(batch.sightings) + len(batch.rejects) >= _BLOCK:
                yield batch
                batch = Batch(key="machine")
    notes = [f"{lost} {what} could not be read"] if lost else []
    notes += [] if ended else ["the file ends in the middle of a line"]
    notes += [more] if (more := also(place)) else []
    batch.record = Record(
        place=1,
        clues=[("hostname", stream.host)] if stream.host else [],
        lists=Lists.SOME_SOFTWARE if notes else Lists.ALL_SOFTWARE,
        os_family=Os.LINUX,
        note="; ".join(notes) or None,
    )
    yield batch
