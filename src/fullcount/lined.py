"""Lined: the lines of a roll-up's account, made of its distinct systems: of components, of products, and of reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fullcount.carried import NO_CLUE
from fullcount.overlaps import AGAINST, AS_SAID_BY_SEVERAL
from fullcount.report import AT_LEAST, EXACT, TOTAL, Line, ProductLine, Range, ReasonLine
from fullcount.reporting import unheard
from fullcount.rolled import by_node, by_product, touched
from fullcount.sealed import CONTRADICTED, STANDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fullcount.carried import Ints
    from fullcount.distinct import Distinct, Part
    from fullcount.hierarchy import Hierarchy, Node
    from fullcount.reporting import Chosen
    from fullcount.rolled import Boughs, Found, Numbers

_FOUR = {"with_it": "with it", "exempt": "exempt", "without_it": "without it", "not_covered": "not covered"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Returns whose systems were told apart. By return that counts: `parts`, and `place`, its node in the order of the tree."""

    picked: Chosen
    hierarchy: Hierarchy
    nodes: tuple[Node, ...]  # in the order of the tree
    boughs: Boughs
    parts: tuple[Part, ...]
    place: Ints
    products: tuple[tuple[str, str], ...]  # id and name, by number
    found: Distinct
    ranges: tuple[Range, Range]  # systems, with it

    @property
    def silent(self) -> tuple[str, ...]:
        """The components for which nobody speaks."""
        return unheard(self.picked, self.hierarchy)


def _numbers(numbers: Numbers) -> dict[str, Any]:
    return {
        "systems": numbers.systems,
        "looked_at": numbers.covered,
        "shared": numbers.shared,
        **{field: numbers.of(standing) for field, standing in _FOUR.items()},
    }


def total_line(work: Work, total: Numbers) -> Line:
    """The line of all. Expected is known where it is of every component that is a part of none."""
    tops = [node.expected for node in work.nodes if not node.parent]
    expected = [number for number in tops if number is not None]
    is_open = bool(work.silent) or any(one.low != one.high for one in work.ranges)
    return Line(
        component=TOTAL,
        **_numbers(total),
        with_it_label=AT_LEAST if is_open or total.of(STANDINGS[-1]) else EXACT,
        expected=sum(expected) if tops and len(expected) == len(tops) else None,
    )


def component_lines(work: Work) -> tuple[Line, ...]:
    """A line for every node that a return counts for, in the order of the tree: the distinct systems of its own return and of
    those below it. A component without one has no line: a line of noughts would be read as a finding of nothing.
    """
    open_at = _open(work)
    names = work.picked.names
    heard = names | {node.name for name in names for node in work.hierarchy.above(name)}
    found = by_node(work.found, work.place, work.boughs)
    return tuple(
        Line(
            component=node.name,
            **_numbers(numbers),
            with_it_label=AT_LEAST if node.name in open_at or numbers.of(STANDINGS[-1]) else EXACT,
            expected=node.expected,
            parent=node.parent,
            depth=int(depth),
        )
        for node, numbers, depth in zip(work.nodes, found, work.boughs.depth, strict=True)
        if node.name in heard
    )


def _open(work: Work) -> frozenset[str]:
    """The nodes whose numbers may be more: nobody speaks for something in them, or a return's own range is open, or it lists
    systems that cannot be told from those of others.
    """
    unsure = set(work.silent)
    bare = np.zeros(len(work.parts), np.bool_)
    bare[work.found.pair_source[work.found.clue[work.found.pair_system] == NO_CLUE]] = True
    for one, is_bare in zip(work.picked.counting, bare.tolist(), strict=True):
        account = one.accepted.said.account
        if is_bare or any(each.low != each.high for each in (account.range_systems, account.range_with_it)):
            unsure.add(one.component)
    above = {node.name for name in unsure for node in work.hierarchy.above(name)}
    return frozenset(unsure | above)


def product_lines(work: Work) -> tuple[ProductLine, ...]:
    """By product, the distinct systems with it; of returns that list none, what their accounts say is added."""
    found = by_product(work.found, len(work.products), work.place, work.boughs)
    made = []
    for (product, name), one in zip(work.products, found, strict=True):
        tops = {work.nodes[node].name: systems for node, systems in one.tops.items()}
        line = _product(product, name, one, tops)
        for entered, place in zip(work.picked.counting, work.place.tolist(), strict=True):
            if entered.accepted.said.tokens is None:
                line = _with(line, entered.accepted.said.account.products, work.nodes[work.boughs.at[0][place]].name)
        made.append(line)
    return tuple(sorted((one for one in made if one.systems), key=lambda one: (-one.systems, one.product)))


def _product(product: str, name: str, found: Found, tops: Mapping[str, int]) -> ProductLine:
    return ProductLine(
        product=product,
        name=name,
        systems=found.systems,
        kinds=found.kinds,
        grades=found.grades,
        components=dict(sorted(tops.items())),
    )


def _with(line: ProductLine, others: Iterable[ProductLine], top: str) -> ProductLine:
    for other in others:
        if other.product == line.product:
            line = replace(
                line,
                systems=line.systems + other.systems,
                kinds=_added(line.kinds, other.kinds),
                grades=_added(line.grades, other.grades),
                components=dict(sorted(_added(line.components, {top: other.systems}).items())),
            )
    return line


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in [*one, *(name for name in other if name not in one)]}


def reason_lines(work: Work, total: Numbers) -> tuple[ReasonLine, ...]:
    """Why systems stand where they stand. The reasons of returns are added up as long as that gives the distinct systems. A
    standing that a system of several returns has, or has in one of them, cannot be told by reason: tokens say no reasons.
    """
    several = touched(work.found)
    added: dict[tuple[str, str], int] = {}
    for one in work.picked.counting:
        for line in one.accepted.said.account.reasons:
            if line.standing not in several:
                added[line.standing, line.reason] = added.get((line.standing, line.reason), 0) + line.systems
    against = total.standings[STANDINGS.index(CONTRADICTED)]
    for standing in several:
        rest = total.of(standing)
        if standing == STANDINGS[-1] and against:
            added[standing, AGAINST], rest = against, rest - against
        added[standing, AS_SAID_BY_SEVERAL] = rest
    lines = [ReasonLine(standing=one, reason=reason, systems=number) for (one, reason), number in added.items() if number]
    return tuple(sorted(lines, key=lambda one: (one.standing, -one.systems, one.reason)))
