"""One order of the families of a table, whatever order they came in: what is drawn from a seed must not depend on labels."""

from __future__ import annotations

from itertools import groupby, permutations, product
from math import factorial, prod
from typing import TYPE_CHECKING

import numpy as np

from fullcount.capture import Capture, sightings

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRIED = 5040  # orders of families that look alike


def canonical(capture: Capture) -> Capture:
    """The same table with its families in an order that their numbers alone decide."""
    order = ordered(capture)
    return Capture(families=tuple(capture.families[j] for j in order), counts=_moved(capture, order))


def ordered(capture: Capture) -> list[int]:
    """The families in that order: by their own numbers; of those that look alike, by the first table in the order of tables."""
    looks = {j: _looks(capture, j) for j in range(capture.k)}
    groups = [list(alike) for _, alike in groupby(sorted(looks, key=looks.__getitem__), looks.__getitem__)]
    if prod(factorial(len(alike)) for alike in groups) > _TRIED:
        return [j for alike in groups for j in alike]
    return min(_orders(groups), key=lambda order: tuple(_moved(capture, order)))


def _orders(groups: list[list[int]]) -> Iterator[list[int]]:
    for chosen in product(*(permutations(alike) for alike in groups)):
        yield [j for alike in chosen for j in alike]


def _looks(capture: Capture, j: int) -> tuple[float, ...]:
    """What is true of a family under any labels: its hosts by how many families saw them, and its overlaps."""
    own = (np.arange(1 << capture.k) >> j & 1).astype(np.bool_)
    often = np.bincount(sightings(capture.k)[own], capture.counts[own], capture.k + 1)
    overlaps = sorted(capture.both(j, other) for other in range(capture.k) if other != j)
    return (*often, *overlaps)


def _moved(capture: Capture, order: list[int]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    cells = np.arange(1 << capture.k)
    old = np.zeros_like(cells)
    for place, j in enumerate(order):
        old |= (cells >> place & 1) << j
    return np.asarray(capture.counts[old])
