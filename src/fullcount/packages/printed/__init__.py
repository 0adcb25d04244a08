"""What package managers print: one list of one machine, one line or block a package.

Which list it is, is seen by its lines. Only lists that can be nothing else are claimed: two bare columns of names and
versions may be anything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fullcount.bundle import kind_of
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Lists, Record, State
from fullcount.packages.printed.blocks import BLOCKS
from fullcount.packages.printed.item import Found, Kind, Lost
from fullcount.packages.printed.lists import LISTS
from fullcount.packages.printed.others import OTHERS
from fullcount.reader import PEEK_BYTES, Peek, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS = (*LISTS, *BLOCKS, *OTHERS)
_LONGEST = 1 << 16  # characters of a line
_SHOWN = 4096  # characters of a reject
_BLOCK = 10_000  # packages that are handed on at once
_PEEKED = 60  # lines that are looked at
_AGAIN = "make the list again, with LC_ALL=C"


def claims(peek: Peek) -> bool:
    """The first lines are those of a list that is known; no such list begins like JSON or XML."""
    if peek.json_start or peek.text.lstrip().startswith("<"):
        return False
    if b"\0" in peek.head[:4] or kind_of(peek.head):  # a tar may begin with such a list
        return False
    return _kind(peek) is not None


def _kind(peek: Peek) -> Kind | None:
    whole = peek.lines if peek.size <= len(peek.head) else peek.lines[:-1]
    lines = [line for line in whole if line.strip()][:_PEEKED]
    return next((kind for kind in _KINDS if lines and kind.fits(lines)), None)


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the line, or the first line of a block. Raises `UnreadableError` where it is no such list."""
    with stream.binary() as file:
        head = file.read(PEEK_BYTES + 1)
    kind = _kind(Peek(path=stream.path, head=head[:PEEK_BYTES], size=len(head)))
    if kind is None:
        raise UnreadableError("no list of a package manager that is known", place=str(stream.path), hint=_AGAIN)
    batch, lost, short, seen = Batch(key="machine"), 0, dict.fromkeys([kind.note] if kind.note else []), set[State]()
    for place, raw, said in kind.read(_lines(stream)):
        if isinstance(said, Found):
            seen.add(said.state)
            batch.saw(said.title, place, said.state, said.detail)
        elif isinstance(said, Lost):
            # what a tool says before its list is no part of it, unless it speaks of its database
            lost += bool(seen) or raw.startswith("error:") or "rpmdb" in raw
            batch.reject(place, raw[:_SHOWN], said.reason)
        else:
            short[said.reason] = None
        if len(batch.sightings) + len(batch.rejects) >= _BLOCK:
            yield batch
            batch = Batch(key="machine")
    whole = kind.whole and not lost and not short.keys() - {kind.note}
    notes = [f"{lost} lines could not be read"] if lost else []
    if not seen - {State.MENTION}:
        whole = False
        notes.append("what could be installed is listed, not what is")
    batch.record = Record(
        place=1,
        clues=[("hostname", stream.host)] if stream.host else [],
        lists=Lists.ALL_SOFTWARE if whole else Lists.SOME_SOFTWARE,
        os_family=kind.os_family,
        note="; ".join([*notes, *short]) or None,
    )
    yield batch


def _lines(stream: Stream) -> Iterator[tuple[int, str]]:
    """The lines with their places; of one that is too long, its beginning."""
    # a damaged byte must not make all of it another encoding
    encoding = stream.encoding if stream.encoding.startswith("utf") else "utf-8"
    place, whole = 0, True
    with replace(stream, encoding=encoding).text() as text:
        while line := text.readline(_LONGEST):
            begins, whole = whole, line.endswith(("\n", "\r"))
            if begins:
                place += 1
                yield place, line.rstrip("\r\n")
