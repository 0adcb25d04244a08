"""Rolled: distinct systems counted by component of a tree, by product and by standing. Arrays alone.

A system stands where it stands, in whatever line it is (law 2): what one return says of it holds in the lines of all
components that it is in. What each return says by itself is in its own line of `returns`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fullcount.carried import NO_CLUE
from fullcount.distinct import once
from fullcount.model import GRADE_RANK, KIND_RANK
from fullcount.sealed import CONTRADICTED, STANDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fullcount.carried import Bools, Ints
    from fullcount.distinct import Distinct

    Table = np.ndarray[tuple[int, int], np.dtype[np.int64]]

NOWHERE = -1
KIND_NAMES = {rank: str(kind) for kind, rank in KIND_RANK.items()}
GRADE_NAMES = {rank: str(grade) for grade, rank in GRADE_RANK.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Boughs:
    """A tree as numbers: `at[depth, node]` is the node of that depth that a node lies in (itself in its own), or `NOWHERE`."""

    at: Table
    depth: Ints

    @classmethod
    def of(cls, parents: Sequence[int]) -> Boughs:
        """The tree of nodes whose parents have these numbers; a parent comes before its parts, -1 is none."""
        depth = np.zeros(len(parents), np.int64)
        for node, parent in enumerate(parents):
            depth[node] = depth[parent] + 1 if parent >= 0 else 0
        at = np.full((int(depth.max(initial=0)) + 1, len(parents)), NOWHERE, np.int64)
        for node, parent in enumerate(parents):
            if parent >= 0:
                at[:, node] = at[:, parent]
            at[depth[node], node] = node
        return cls(at=at, depth=depth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The systems of a set: how many by place in `STANDINGS`, how many are covered, how many are in an unrelated line, too."""

    standings: tuple[int, ...]
    covered: int
    shared: int = 0

    @property
    def systems(self) -> int:
        """All of them."""
        return sum(self.standings)

    def of(self, name: str) -> int:
        """Those of one standing. What is contradicted is not covered."""
        found = self.standings[STANDINGS.index(name)]
        return found + self.standings[STANDINGS.index(CONTRADICTED)] if name == STANDINGS[-1] else found


def whole(found: Distinct) -> Numbers:
    """All distinct systems."""
    standings = np.bincount(found.standing, minlength=len(STANDINGS))
    return Numbers(standings=tuple(standings.tolist()), covered=int(found.covered.sum()))


def by_node(found: Distinct, place: Ints, boughs: Boughs) -> list[Numbers]:
    """By node, the distinct systems of the returns of itself and of all below it. `place` is by return, its node.

    *Shared* are those that stand in the line of a node, too, that is neither above nor below: a return of another node that is
    unrelated knows them.
    """
    nodes = len(boughs.depth)
    width = len(STANDINGS)
    own = once(found.pair_system * max(1, nodes) + place[found.pair_source])  # each system and node whose return knows it
    system, node = own // max(1, nodes), own % max(1, nodes)
    known_by = np.bincount(system, minlength=len(found.standing))
    standings, covered, shared = np.zeros((nodes, width), np.int64), np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    for depth, at in enumerate(boughs.at):
        inside = at[node] != NOWHERE
        line = system[inside] * nodes + at[node[inside]]  # in order: by system already
        line, below = _counted(line)
        one, where = line // nodes, line % nodes
        standings += np.bincount(where * width + found.standing[one], minlength=nodes * width).reshape(nodes, width)
        covered += np.bincount(where[found.covered[one]], minlength=nodes)
        several = known_by[one] > 1
        one, where, related = one[several], where[several], below[several]
        for above in boughs.at[:depth]:
            related = related + _among(one * nodes + above[where], own)
        shared += np.bincount(where[related < known_by[one]], minlength=nodes)
    return [
        Numbers(standings=tuple(standings[one].tolist()), covered=int(covered[one]), shared=int(shared[one]))
        for one in range(nodes)
    ]


def _counted(numbers: Ints) -> tuple[Ints, Ints]:
    """Distinct numbers in order, and how often each occurs."""
    found, times = np.unique(numbers, return_counts=True)
    return found, times


def _among(some: Ints, ordered: Ints) -> Bools:
    """Which numbers are among those of a list in order."""
    at = np.searchsorted(ordered, some)
    result: Bools = ordered[np.minimum(at, len(ordered) - 1)] == some if len(ordered) else np.zeros(len(some), np.bool_)
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The distinct systems with one product: by kind and by grade, best first, and by node of depth 0."""

    systems: int
    kinds: Mapping[str, int]
    grades: Mapping[str, int]
    tops: Mapping[int, int]


def by_product(found: Distinct, products: int, place: Ints, boughs: Boughs) -> list[Found]:
    """By number of product, the systems that have an open counting finding of it."""
    nodes = max(1, len(boughs.depth))
    tops = boughs.at[0][place] if len(boughs.at) and len(place) else place
    pairs = once(found.pair_system * nodes + tops[found.pair_source])
    system, top = pairs // nodes, pairs % nodes
    made = []
    for number in range(products):
        mine = found.findings.product == number
        has = np.zeros(len(found.standing), np.bool_)
        has[found.findings.system[mine]] = True
        by_top = np.bincount(top[has[system]], minlength=nodes)
        made.append(
            Found(
                systems=int(mine.sum()),
                kinds=_named(found.findings.kind[mine], KIND_NAMES),
                grades=_named(found.findings.grade[mine], GRADE_NAMES),
                tops={int(node): int(by_top[node]) for node in np.flatnonzero(by_top)},
            )
        )
    return made


def _named(ranks: Any, names: Mapping[int, str]) -> dict[str, int]:
    numbers = np.bincount(ranks, minlength=max(names) + 1)
    return {names[rank]: int(numbers[rank]) for rank in sorted(names, reverse=True) if numbers[rank]}


def touched(found: Distinct) -> frozenset[str]:
    """The standings that systems of several records have, or have in one of these: what returns say of such a standing does
    not add up to the distinct systems.
    """
    records = np.bincount(found.system, minlength=len(found.standing))
    several = np.flatnonzero(records > 1)
    said = np.unique(np.concatenate([found.standing[several], found.said[records[found.system] > 1]]))
    return frozenset(STANDINGS[-1] if STANDINGS[one] == CONTRADICTED else STANDINGS[one] for one in said.tolist())


def told_apart(found: Distinct, standing: str = "") -> dict[int, int]:
    """By pool, the distinct systems that have a token, of one standing or of any."""
    chosen = found.clue != NO_CLUE
    if standing:
        chosen &= found.standing == STANDINGS.index(standing)
    pools, numbers = np.unique(found.pool[chosen], return_counts=True)
    return dict(zip(pools.tolist(), numbers.tolist(), strict=True))
