"""Ahead: the next of some items is made on the other core while the one before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

_T = TypeVar("_T")


def ahead(items: Iterable[_T]) -> Generator[_T]:
    """The same items, one made ahead; what making one raises is raised here. An item is never `None`.

    >>> list(ahead(n * n for n in range(4)))
    [0, 1, 4, 9]
    """
    from concurrent.futures import ThreadPoolExecutor

    made = iter(items)
    with ThreadPoolExecutor(1) as other:
        coming = other.submit(next, made, None)
        while (item := coming.result()) is not None:
            coming = other.submit(next, made, None)
            yield item
