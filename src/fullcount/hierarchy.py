"""The contract of a tree: which components a receiving office expects returns of, by when, and what lies below what.

`tree.toml` (the tree itself, and `[[component]]` for each), or `tree.csv`, `tree.xlsx`: one row a component, with the same
columns. A component is named exactly, by its name or its acronym; two that a person would take for one are refused.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from fullcount.entry import RowPlace, Rules, TomlPlace, built, complete, named, toml
from fullcount.errors import FullcountError, SettingsError
from fullcount.lookalike import skeleton
from fullcount.node import did_you_mean
from fullcount.row import rows_of, value_of
from fullcount.settings import FRESH_DAYS
from fullcount.text import key, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from fullcount.directive import Directive
    from fullcount.entry import Place

FILES = ("tree.toml", "tree.csv", "tree.xlsx")
SEE = "see docs/guides/receive-returns.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A component of the tree. `parent` is the name of the one that it is a part of; empty: of none."""

    name: str
    acronym: str = ""
    parent: str = ""
    expected: int | None = None  # systems, as the office knows; a number without a list
    due: date | None = None  # the last day in time; None: as above it
    note: str = ""
    place: str = field(default="", compare=False)


@dataclass(frozen=True, kw_only=True)
class Hierarchy:
    """The components in the order of their file, and what holds for all of them."""

    nodes: tuple[Node, ...]
    name: str = ""  # whose tree it is
    directive: str = ""  # the id of the only one that returns may be about; empty: any
    due: date | None = None
    stale_days: int = FRESH_DAYS  # by how much a return may be older than the newest
    pack: Directive | None = field(default=None, compare=False, repr=False)  # the directive as this office has it

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        """By acronym and name, the name last: it is what a component is called."""
        by_acronym = {one.acronym: one for one in self.nodes if one.acronym}
        return by_acronym | {one.name: one for one in self.nodes}

    @cached_property
    def _children(self) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        for one in self.nodes:
            found.setdefault(one.parent, []).append(one)
        return found

    @cached_property
    def _skeletons(self) -> dict[str, str]:
        return {skeleton(written): written for one in self.nodes for written in (one.acronym, one.name) if written}

    def named(self, text: str) -> Node | None:
        """The component of exactly this name or acronym; never one that only looks like it."""
        return self._by_name.get(exact(text))

    def looks_like(self, text: str) -> str:
        """The name or acronym that a person would take `text` for, where it is not that one itself; empty where none is."""
        found = self._skeletons.get(skeleton(text), "")
        return "" if self.named(text) else found

    def above(self, name: str) -> tuple[Node, ...]:
        """The components that one is a part of, nearest first. None of a name that is not in the tree."""
        found = []
        one = self._by_name.get(name)
        while one and (one := self._by_name.get(one.parent)):
            found.append(one)
        return tuple(found)

    def below(self, name: str) -> tuple[Node, ...]:
        """All parts of a component, whatever the depth, each before its own parts; of the name ``""``: all there are."""
        found, left = [], self._children.get(name, [])[::-1]
        while left:
            one = left.pop()
            found.append(one)
            left += self._children.get(one.name, [])[::-1]
        return tuple(found)

    def leaves(self) -> tuple[Node, ...]:
        """The components without parts."""
        return tuple(one for one in self.nodes if one.name not in self._children)

    def due_of(self, name: str) -> date | None:
        """When the return of a component is due: as said of it, else nearest above it, else of the tree."""
        one = self._by_name.get(name)
        said = (each.due for each in ((one, *self.above(name)) if one else ()))
        return next((day for day in said if day), self.due)


def exact(text: str) -> str:
    """A name as it is compared: composed (NFC), without outer space, and otherwise as it is written."""
    return unicodedata.normalize("NFC", text).strip()


@dataclass(frozen=True, kw_only=True)
class _Written:
    """The whole of a `tree.toml`."""

    name: str = ""
    directive: str = ""
    due: date | None = None
    stale_days: int | None = None
    component: tuple[Node, ...] = ()


_RULES = Rules(see=SEE, lists={"component": Node})
_HEADINGS = {key(written): one for one in named(Node) for written in (one, *{"due": ("due date",)}.get(one, ()))}


def load(path: Path) -> Hierarchy:
    """The tree in a file. Raises `SettingsError` with file and line."""
    if not path.is_file():
        raise SettingsError("there is no tree", place=str(path), hint=f"one of {', '.join(FILES)}; {SEE}")
    if path.suffix.lower() == ".toml":
        return _of_toml(path)
    return Hierarchy(nodes=_sound(list(_of_table(path)), path))


def _of_toml(path: Path) -> Hierarchy:
    document, place = toml(path, SEE)
    said = built(_Written, document, place, _RULES)
    places = (TomlPlace(path, place.text, "component", turn) for turn in range(len(said.component)))
    pack = _pack(said.directive, place) if said.directive else None
    days = (said.stale_days, pack.fresh_days if pack else None, FRESH_DAYS)
    return Hierarchy(
        nodes=_sound(list(zip(said.component, places, strict=True)), path),
        name=said.name,
        directive=pack.id if pack else "",
        due=said.due,
        stale_days=next(one for one in days if one is not None),
        pack=pack,
    )


def _pack(name: str, place: TomlPlace) -> Directive:
    from fullcount.directive import find

    try:
        return find(name)
    except FullcountError as error:
        raise SettingsError(error.message, place=place.of("directive"), hint=error.hint) from None


def _of_table(path: Path) -> Iterator[tuple[Node, Place]]:
    types = {name: str(item.type) for name, item in named(Node).items()}
    for row, cells in rows_of(path, _HEADINGS, ("name",), see=SEE):
        place = RowPlace(path, "component", row)
        ready = {one: value_of(types[one], one, text, place) for one, text in cells.items()}
        yield complete(Node, ready, place), place


def _sound(written: Sequence[tuple[Node, Place]], path: Path) -> tuple[Node, ...]:
    """The components, each with the name of its parent. Raises `SettingsError`."""
    if not written:
        raise SettingsError("the tree has no component", place=str(path), hint=SEE)
    rows = [(replace(one, name=exact(one.name), acronym=exact(one.acronym)), place) for one, place in written]
    for one, place in rows:
        if not one.name:
            raise SettingsError("`name` is empty", place=place.of("name"), hint="every component needs one")
    _distinct(rows)
    known = {one.acronym: one.name for one, _ in rows if one.acronym} | {one.name: one.name for one, _ in rows}
    found = tuple(replace(one, parent=_parent(one, place, known)) for one, place in rows)
    _no_circle(found, [place for _, place in rows])
    return found


def _distinct(rows: Iterable[tuple[Node, Place]]) -> None:
    """Raises `SettingsError` where a person would take one component for another."""
    seen: dict[str, tuple[str, int, str]] = {}
    for turn, (one, place) in enumerate(rows):
        for word, written in (("name", one.name), ("acronym", one.acronym)):
            mine = (written, turn, place.of(word))
            other, whose, where = seen.setdefault(skeleton(written), mine) if written else mine
            if whose == turn:
                continue
            if key(other) == key(written):
                message = f"`{visible(written)}` is there already"
            else:
                message = f"`{visible(written)}` looks like `{visible(other)}`, and is written with other letters"
            raise SettingsError(
                message, place=place.of(word), hint=f"the first is at {where}; components need names of their own"
            )


def _parent(one: Node, place: Place, known: dict[str, str]) -> str:
    asked = exact(one.parent)
    if asked and asked not in known:
        hint = f"{did_you_mean(asked, known)}a parent is the name or acronym of a component of this file"
        raise SettingsError(f"no component is called `{visible(asked)}`", place=place.of("parent"), hint=hint)
    return known.get(asked, "")


def _no_circle(nodes: Sequence[Node], places: Sequence[Place]) -> None:
    """Raises `SettingsError` where a component is a part of itself: what is left when leaves are taken away, again and again."""
    parents = {one.name: one.parent for one in nodes}
    parts = Counter(parents.values())
    leaves = [name for name in parents if not parts[name]]
    while leaves:
        parent = parents.pop(leaves.pop())
        parts[parent] -= 1
        if parent and not parts[parent]:
            leaves.append(parent)
    for one, place in zip(nodes, places, strict=True):
        if one.name in parents:
            message = f"`{visible(one.name)}` is a part of itself"
            raise SettingsError(message, place=place.of("parent"), hint="take one `parent` out of the circle")
