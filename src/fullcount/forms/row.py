"""A row of a listing, and a text, as the forms that are tables write them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from fullcount.cell import LONGEST
from fullcount.errors import WorkspaceError
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.paper import Listing

Row = tuple[object, ...]


@lru_cache(maxsize=2**14)  # most texts of a fleet are few: components, classes, products
def held(text: str) -> str:
    """Text as a cell holds it: harmless, and what is too long for a cell is cut and its length shown.

    >>> held("a\\x07b"), len(held("K" * 40_000)) < 32_767, held("\\x07" * 40_000)[-25:]
    ('a\\\\u{7}b', True, '\\\\u{7}… (40000 characters)')
    """
    limit = LONGEST
    # what is written out (`\u{...}`) gets longer, and Excel counts what lies beyond the first plane twice
    while len((shown := visible(text, limit)).encode("utf-16-le")) > 2 * (LONGEST + 100):
        limit //= 2
    return shown


def encoded(text: str) -> bytes:
    """Text as UTF-8, as it is. A lone surrogate, which no UTF-8 has, is written out.

    >>> encoded("a\\ud800")
    b'a\\\\ud800'
    """
    return text.encode("utf-8", "backslashreplace")


def rows_of(listing: Listing) -> Iterator[Row]:
    """The rows of a listing, batch by batch: truth as yes and no, times in UTC without a zone.

    Raises `WorkspaceError` where they are not as many as the paper says.
    """
    names = [column.id for column in listing.columns]
    found = 0
    for batch in listing.batches():
        columns = [_told(batch.column(name).to_pylist()) for name in names]
        found += batch.num_rows
        yield from zip(*columns, strict=True)
    if found != listing.rows:
        raise WorkspaceError(
            f"the list `{listing.id}` has {found:,} rows and the paper says {listing.rows:,}",
            hint="the tables of the count were altered: make it again with `fullcount count`",
        )


def _told(values: list[object]) -> list[object]:
    return [_one(value) if isinstance(value, bool | datetime) else value for value in values]


def _one(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return "yes" if value else "no"
