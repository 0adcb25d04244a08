"""Decomposable graphs of families: their cliques and separators."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from fullcount.estimators.models import pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Cliques and separators as sets of families (numbers whose bit `j` is family `j`). No separator: not connected there."""

    cliques: tuple[int, ...]
    separators: tuple[int, ...]  # without the empty ones, of which nothing depends

    def name(self, k: int) -> str:
        """The cliques, families counted from 1."""
        written = sorted([j + 1 for j in range(k) if clique >> j & 1] for clique in self.cliques)
        return "".join(f"[{''.join(map(str, one))}]" for one in written)


@lru_cache
def decomposable(k: int) -> tuple[Graph, ...]:
    """Every chordal graph of k families (R. E. Tarjan and M. Yannakakis, SIAM J. Computing 13, 1984, 566-579: search by maximum
    cardinality), the complete one among them.

    >>> [len(decomposable(k)) for k in (2, 3, 4, 5)]
    [2, 8, 61, 822]
    """
    every = pairs(k)
    made = (_graph(k, [term for place, term in enumerate(every) if code >> place & 1]) for code in range(1 << len(every)))
    return tuple(graph for graph in made if graph)


def _graph(k: int, edges: list[int]) -> Graph | None:
    """The graph with these edges, or None where it is not chordal."""
    near = [sum(edge & ~(1 << j) for edge in edges if edge >> j & 1) for j in range(k)]
    cliques: list[int] = []
    separators: list[int] = []
    done, before = 0, -1
    for _ in range(k):
        left = [j for j in range(k) if not done >> j & 1]
        chosen = max(left, key=lambda j: ((near[j] & done).bit_count(), -j))
        parents = near[chosen] & done
        if any(parents & ~(near[j] | 1 << j) for j in range(k) if parents >> j & 1):
            return None
        if parents.bit_count() <= before:
            separators.append(parents)
            cliques.append(0)
        if not cliques:
            cliques.append(0)
        cliques[-1] = parents | 1 << chosen
        before = parents.bit_count()
        done |= 1 << chosen
    return Graph(cliques=tuple(cliques), separators=tuple(one for one in separators if one))
