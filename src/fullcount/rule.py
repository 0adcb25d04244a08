"""A condition as a pack writes it, with its entities and vendors put in.

Beside the tests of `condition` a field may be asked for `entity` (it is the name of an entity of the pack, or of `any`),
for `vendor` (it shows this vendor: a publisher its name, a CPE its vendor, a package its namespace ...), for `brand` (it has
the vendor's brand as a word) and for `successor` (it names who took the vendor's place).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fullcount.condition import FIELDS, HOW, Condition, comparison
from fullcount.model import Trace
from fullcount.node import Node, entries, items, member, one_of, some, texts, wrong
from fullcount.vendor import Vendor, branded, known_by, succeeded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

JOINS = ("all", "any", "not")
ASKED: Mapping[str, Callable[[Vendor, str], Condition | None]] = {
    "vendor": known_by,
    "brand": branded,
    "successor": succeeded,
}


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a condition may speak of: the verified entities with their names, and the vendors, by id."""

    entities: Mapping[str, tuple[str, ...]]
    vendors: Mapping[str, Vendor]


def condition_of(node: Node, named: Named) -> Condition:
    """The condition that a piece writes. Raises `DirectiveError` with its place."""
    parts: list[Condition] = []
    for name, child in entries(node, {*FIELDS, *JOINS}, "a condition").items():
        if name in FIELDS:
            parts.append(_test(name, child, named))
        elif name == "not":
            parts.append(Condition(join="not", parts=(condition_of(child, named),)))
        else:
            parts.append(Condition(join=name, parts=tuple(condition_of(part, named) for part in items(child))))
    if not parts:
        raise wrong(node, "a condition is missing", "for instance `name: {words: some product}`")
    return _joined(parts, "all")


def _joined(parts: list[Condition], join: str) -> Condition:
    return parts[0] if len(parts) == 1 else Condition(join=join, parts=tuple(parts))


def _test(field: str, node: Node, named: Named) -> Condition:
    there = entries(node, {*HOW, "entity", *ASKED}, "a test")
    if len(there) != 1:
        raise wrong(node, "one test at a time", "join several with `all:` or `any:`, each on a line of its own")
    how, child = next(iter(there.items()))
    if how in ASKED:
        return _asked(field, how, child, named)
    values = texts(child)
    for one in child.value if isinstance(child.value, list) else [child]:
        if one.value != one.value.strip():  # `starts: "acme "` would mean less than it says
            raise wrong(one, "the space around a value does not count", "write it without, or as `words:`")
    if how == "entity":
        chosen = some(one_of("verified entity", (*named.entities, "any")))(child)
        all_of = named.entities if "any" in chosen else chosen
        values = tuple(name for entity in all_of for name in named.entities[entity])
    if field == "type":
        some(member("type", Trace))(child)
    built = comparison(field, "equals" if how == "entity" else how, values)
    if not all(value.strip() for value in built.values):
        raise wrong(child, "nothing is left of a value once it is folded")
    return built


def _asked(field: str, how: str, node: Node, named: Named) -> Condition:
    parts = []
    for name in some(one_of("vendor", named.vendors))(node):
        if (part := ASKED[how](named.vendors[name], field)) is None:
            hint = "write the values out, or add them to vendors.yaml with their source"
            raise wrong(node, f"the vendor `{name}` has nothing verified that `{field}: {{{how}: ...}}` could look for", hint)
        parts.append(part)
    return _joined(parts, "any")
