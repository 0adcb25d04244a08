"""Log-linear models of an overlap table: their terms, their names, and which there are.

A term is a set of families, written as a number whose bit `j` is set where family `j` is in it; 0 is the intercept. A model is
hierarchical: with a term it has every part of it. Every family has its main effect, and the interaction of all families is in
no model: the table cannot speak of it, since the cell of those that nobody saw is missing.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    Bools = np.ndarray[Any, np.dtype[np.bool_]]
    Floats = np.ndarray[Any, np.dtype[np.float64]]

Model = frozenset[int]


def of_generators(k: int, generators: Iterable[Iterable[int]] = ()) -> Model:
    """The smallest hierarchical model with these interactions, each a set of families.

    >>> sorted(of_generators(3, [(0, 1)]))
    [0, 1, 2, 3, 4]
    """
    tops = [sum(1 << j for j in one) for one in generators] + [1 << j for j in range(k)]
    return frozenset(part for part in range(1 << k) if any(part & top == part for top in tops))


def pairs(k: int) -> list[int]:
    """The terms of two families."""
    return [1 << i | 1 << j for i, j in combinations(range(k), 2)]


@lru_cache
def pair_models(k: int) -> tuple[Model, ...]:
    """Every model without an interaction of three families or more: 8, 64 and 1,024 of 3, 4 and 5 families.

    >>> [len(pair_models(k)) for k in (2, 3, 4, 5)]
    [1, 8, 64, 1024]
    """
    plain, every = of_generators(k), pairs(k)
    chosen = chain.from_iterable(combinations(every, size) for size in range(len(every) + 1))
    return tuple(one for one in (plain.union(extra) for extra in chosen) if _is_open(one, k))


@lru_cache
def hierarchical_models(k: int) -> tuple[Model, ...]:
    """Every hierarchical model without the interaction of all families: 113 of 4 families, 6,893 of 5.

    >>> [len(hierarchical_models(k)) for k in (2, 3, 4)]
    [1, 8, 113]
    """
    found: set[Model] = {of_generators(k)}
    for size in range(2, k):
        terms = [sum(1 << j for j in one) for one in combinations(range(k), size)]
        parts = {term: [term & ~(1 << j) for j in range(k) if term >> j & 1] for term in terms}
        more: set[Model] = set()
        for model in found:
            able = [term for term in terms if model.issuperset(parts[term])]
            more.update(model.union(extra) for count in range(len(able) + 1) for extra in combinations(able, count))
        found = more
    return tuple(sorted(found, key=lambda one: (len(one), sorted(one))))


def _is_open(model: Model, k: int) -> bool:
    return (1 << k) - 1 not in model


def design(k: int) -> Floats:
    """Which terms (columns) act on which cells (rows): 1 where the term is a part of the cell. Cell 0 is among them."""
    cells = np.arange(1 << k)
    return np.asarray((cells[:, None] & cells) == cells, np.float64)


def chosen(models: Sequence[Model], k: int) -> Bools:
    """One row per model: which of all terms it has."""
    found = np.zeros((len(models), 1 << k), np.bool_)
    for row, model in zip(found, models, strict=True):
        row[list(model)] = True
    return found


def name(model: Model, k: int) -> str:
    """The largest terms of a model, families counted from 1.

    >>> name(of_generators(4, [(0, 1, 2), (0, 3)]), 4)
    '[123][14]'
    """
    tops = [term for term in model if term and not any(term != one and term & one == term for one in model)]
    written = sorted([j + 1 for j in range(k) if term >> j & 1] for term in tops)
    between = "," if k > 9 else ""
    return "".join(f"[{between.join(map(str, one))}]" for one in written)
