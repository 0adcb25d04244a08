"""What a software identification tag says, in whichever form it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fullcount.document import clues_of, names_of
from fullcount.model import Batch, Lists, Record, State, Title, Trace
from fullcount.text import clean

if TYPE_CHECKING:
    from datetime import datetime

BLIND = (
    "A tag says that its product was installed with it; a tag may stay when the product goes.",
    "Tags of installers (corpus), patches and supplements are mentions: no product is installed by them.",
    "Few vendors write tags: that there is none for a product says nothing.",
    "A tag names neither its machine nor the day on which it was copied.",
)


@dataclass(slots=True, kw_only=True)
class Tag:
    """One tag. `less`: it is of an installer, a patch or a supplement."""

    name: str | None
    version: str | None = None
    publisher: str | None = None
    less: bool = False
    gathered: datetime | None = None  # when a tool found the product, where one made the tag


def record(host: str | None, tag: Tag | None = None) -> Record:
    """The machine that tags lie on."""
    return Record(
        place=1,
        clues=clues_of(*names_of(host)),
        lists=Lists.SOME_SOFTWARE,
        traces=frozenset(),
        looked_at=tag.gathered if tag else None,
        note="a tag is of one product",
    )


def see(batch: Batch, tag: Tag, place: int, raw: bytes) -> None:
    """The product of a tag, or a reject."""
    name = clean(tag.name)
    if name is None:
        batch.reject(place, raw, "a tag without the name of a product")
        return
    title = Title(Trace.PROGRAM, name=name, version=clean(tag.version), publisher=clean(tag.publisher))
    batch.saw(title, place, State.MENTION if tag.less else State.INSTALLED)
