"""A list that is one part of a larger export: its places are counted on from what stands before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.model import Batch, Record


class Part(NamedTuple):
    """A batch of the larger record, what the list says of itself where it has said it, and the last place so far."""

    batch: Batch
    said: Record | None
    last: int


def parts(found: Iterator[Batch], *, key: str, start: int) -> Iterator[Part]:
    """The batches of a list as parts of the record with this key; `start` is the last place before it."""
    last = start
    for batch in found:
        said, batch.record, batch.key = batch.record, None, key
        batch.sightings = [one._replace(place=one.place + start) for one in batch.sightings]
        batch.rejects = [one._replace(place=one.place + start) for one in batch.rejects]
        last = max([last, *(one.place for one in batch.sightings), *(one.place for one in batch.rejects)])
        yield Part(batch, said, last)
