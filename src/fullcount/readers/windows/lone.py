"""One file of a machine, such as an installer or a program: it is held whole, and is all that is known of its machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.document import clues_of, names_of
from fullcount.errors import UnreadableError
from fullcount.model import Lists, Os, Record

if TYPE_CHECKING:
    from fullcount.reader import Stream

_HELD = 512 << 20


def held(stream: Stream, *, what: str, hint: str) -> bytes:
    """The bytes of the file. Raises `UnreadableError` for one that is too large to be held."""
    with stream.binary() as file:
        data = file.read(_HELD + 1)
    if len(data) > _HELD:
        raise UnreadableError(f"{what} of more than {_HELD:,} bytes", place=str(stream.path), hint=hint)
    return data


def machine(host: str | None, note: str) -> Record:
    """The machine that has the file: what else it has is not known."""
    return Record(
        place=1,
        clues=clues_of(*names_of(host)),
        lists=Lists.SOME_SOFTWARE,
        traces=frozenset(),
        os_family=Os.WINDOWS,
        note=note,
    )
