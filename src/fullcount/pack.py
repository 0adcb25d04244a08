"""A pack as one document: what its `directive.yaml` says, and what it takes over from the pack that it builds on.

Bans on one vendor differ in scope, dates and reports; the vendor's products are the same. So a pack may say `builds_on: ID`
of a shipped pack and has its products, signatures and sources beside its own, and of `WHOLE` what it does not say itself.
Scope, clocks, reports and exclusions are never taken over: they are what the text of each directive says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.node import Node, one_of, wrong
from fullcount.text import visible
from fullcount.tree import shelf, tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FILE = "directive.yaml"
BESIDE = ("products", "signatures", "sources")  # what is taken over stands before what the pack adds
WHOLE = ("entities", "requires", "publishers", "capabilities")


def whole(folder: Path, shipped: Iterable[str]) -> Node:
    """What the pack in a folder says, with what it takes over from one of the `shipped`. Every piece keeps its own place.

    Raises `DirectiveError` with file and line.
    """
    own = tree(folder / FILE)
    if not isinstance(own.value, dict) or "builds_on" not in own.value:
        return own
    named = own.value["builds_on"]
    name = one_of("shipped pack", shipped)(named)
    base = tree(shelf() / name / FILE)
    if further := base.value.get("builds_on"):  # one step, so that a reader has two files to look at and not a chain
        raise wrong(named, f"`{name}` itself builds on a pack", f"build on `{visible(str(further.value))}`, too")
    _all_ruled(own, base, name)
    taken = {key: base.value[key] for key in WHOLE if key in base.value}
    return Node(own.place, "map", taken | own.value | dict(_joined(own, base, name)))


def _joined(own: Node, base: Node, name: str) -> Iterator[tuple[str, Node]]:
    """What stands in both, as one. Where the own piece is no such thing, it is left to its parser to say so."""
    for key in BESIDE:
        theirs, ours = base.value[key], own.value.get(key, Node(own.place, base.value[key].tag, type(base.value[key].value)()))
        if isinstance(ours.value, list) and isinstance(theirs.value, list):
            yield key, Node(ours.place, "seq", [*theirs.value, *ours.value])
        elif isinstance(ours.value, dict) and isinstance(theirs.value, dict):
            for taken in sorted(ours.value.keys() & theirs.value.keys()):
                raise wrong(ours.value[taken], f"`{visible(taken)}` stands in {name}, too", "give yours another id")
            yield key, Node(ours.place, "map", theirs.value | ours.value)


def _all_ruled(own: Node, base: Node, name: str) -> None:
    """What one directive says of a scope another does not: each must be said anew."""
    scope = own.value.get("scope")
    if scope is None or not isinstance(scope.value, dict):
        return
    for product in base.value["products"].value:
        if (asked := product.value["scope"].value) not in scope.value:
            hint = f"{name} has products of this scope: say what your directive says of it, or `silent`"
            raise wrong(scope, f"the scope `{visible(asked)}` is missing", hint)
