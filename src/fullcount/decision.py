"""A decision: what a person said about sources, machines and titles. Kept as data, never baked into a table, and undoable.

A decision about machines names *clues*, not records, and one about titles what they are *called*, so that next month's
export obeys it too. A decision's number is its line in `decisions.jsonl`; a line is never changed: undoing is one more line.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fullcount.clue import KINDS, named, unusable
from fullcount.condition import FIELDS
from fullcount.errors import UsageError
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DROP, LINK, SPLIT, UNDO = "drop", "link", "split", "undo"
IS, IS_NOT = "is", "is-not"
OF_TITLES = frozenset({IS, IS_NOT})
# What a title is called: the first of these fields that it has.
CALLED = ("name", "package", "bundle_id", "path", "service", "driver", "cpe", "extension_id", "dns_name", "product_code")
_ABOUT_TITLES = ("name", "publisher", "product", "directive")
Clue = tuple[str, str]  # kind and key


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One line of `decisions.jsonl`.

    `link`: all machines that carry one of `clues` are one. `split`: of one clue, it is no proof that two machines are
    one; of several, the machines that carry them are different ones. `drop`: the source `identity` does not count.
    `is`, `is-not`: titles called `name`, of `publisher` where one is given, are `product` of `directive`, or are not.
    `undo`: the decision `number` of `undoes` does not hold.
    """

    what: str
    why: str = ""
    by: str = ""
    at: str = ""  # UTC, ISO
    clues: tuple[str, ...] = ()  # kind=value, as the person wrote them
    identity: str = ""
    name: str = ""
    publisher: str = ""
    product: str = ""
    directive: str = ""
    undoes: int = 0
    number: int = 0

    def line(self) -> str:
        """The line that keeps it, with its end."""
        said = {name: value for name, value in asdict(self).items() if value and name != "number"}
        return json.dumps(said, ensure_ascii=False, sort_keys=True) + "\n"

    def keys(self) -> tuple[Clue, ...]:
        """Its clues as (kind, key), each once, in their order. Raises `UsageError` where one is no clue."""
        return tuple(dict.fromkeys(clue_named(clue) for clue in self.clues))

    def speaks_of(self, title: Mapping[str, str]) -> bool:
        """Whether it is about a title, given by its folded fields."""
        field = called_by(title)
        return (
            bool(field)
            and title[field] == FIELDS[field](self.name)
            and (not self.publisher or title.get("publisher") == key(self.publisher))
        )

    def said(self) -> str:
        """What was decided, in words."""
        match self.what:
            case _ if self.what in OF_TITLES:
                by = f" of {self.publisher}" if self.publisher else ""
                return f"`{self.name}`{by} {'is' if self.what == IS else 'is not'} {self.product} ({self.directive})"
            case "undo":
                return f"undo decision {self.undoes}"
            case _:
                return f"{self.what} {' '.join(self.clues) or f'source {self.identity[:12]}'}"


def told(one: Mapping[str, Any]) -> str:
    """Which decision it is, by whom, when and why, in words; `one` as `described` gives it.

    >>> told({"number": 3, "by": "A. Berg", "at": "2017-10-12T09:30:00Z", "why": "a game"})
    'decision 3 by A. Berg on 2017-10-12: a game'
    """
    by = f" by {one['by']}" if one.get("by") else ""
    at = f" on {one['at'][:10]}" if one.get("at") else ""
    why = f": {one['why']}" if one.get("why") else ""
    return f"decision {one['number']}{by}{at}{why}"


def called_by(title: Mapping[str, Any]) -> str:
    """The field that says what a title is called; empty where none does."""
    return next((field for field in CALLED if title.get(field)), "")


def of(line: bytes, number: int) -> Decision:
    """The decision in a line. Raises `ValueError` where it is none."""
    said = json.loads(line)
    if not isinstance(said, dict) or not isinstance(said.get("what"), str):
        raise ValueError  # noqa: TRY004 - what is wrong with the line is the caller's to say
    known = {name: said[name] for name in ("what", "why", "by", "at", "identity", *_ABOUT_TITLES) if name in said}
    if not all(isinstance(value, str) for value in known.values()):
        raise ValueError
    if known["what"] in OF_TITLES and not all(known.get(name) for name in ("name", "product", "directive")):
        raise ValueError
    found = Decision(**known, clues=tuple(map(str, said.get("clues", ()))), undoes=int(said.get("undoes", 0)), number=number)
    try:
        found.keys()
    except UsageError:
        raise ValueError from None
    return found


def in_effect(decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions that hold: all but those undone and the undoings themselves, in their order."""
    every = list(decisions)
    undone = {one.undoes for one in every if one.what == UNDO}
    return [one for one in every if one.what != UNDO and one.number not in undone]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What people said about which machines are the same, ready for `resolve`."""

    links: Sequence[tuple[Clue, ...]] = ()  # carriers of any of them are one machine
    silenced: Sequence[Clue] = ()  # join nothing
    apart: Sequence[tuple[Clue, ...]] = ()  # carriers of different ones are different machines


def identity(decisions: Iterable[Decision]) -> Identity:
    """What the decisions that hold say about identity; their order does not matter."""
    links, silenced, apart = set(), set(), set()
    for one in in_effect(decisions):
        keys = tuple(sorted(one.keys()))
        if one.what == LINK:
            links.add(keys)
        elif one.what == SPLIT and len(keys) == 1:
            silenced.add(keys[0])
        elif one.what == SPLIT:
            apart.add(keys)
    return Identity(links=sorted(links), silenced=sorted(silenced), apart=sorted(apart))


def of_titles(decisions: Iterable[Decision]) -> list[Decision]:
    """What the decisions that hold say about titles, by directive, product and title; of several about one title in the
    order in which they were made: the last word holds.
    """
    about = [one for one in in_effect(decisions) if one.what in OF_TITLES]
    return sorted(about, key=lambda one: (one.directive, one.product, key(one.name), one.number))


def clue_named(text: str) -> Clue:
    """`kind=value` as (kind, key). Raises `UsageError`."""
    found = named(text)
    if not found or KINDS[found[0]].step is None:
        names = ", ".join(sorted(kind.name for kind in KINDS.values() if kind.step is not None))
        raise UsageError(f"`{text}` is no clue", hint=f"write kind=value, where kind is one of: {names}")
    return found


def check(new: Decision, before: Iterable[Decision]) -> None:
    """Raises `UsageError` where a decision contradicts one that holds, repeats it, or can have no effect."""
    holding = in_effect(before)
    if new.what in OF_TITLES:
        _check_title(new, [one for one in holding if one.what in OF_TITLES])
    else:
        _check_clues(new, [one for one in holding if one.what in {LINK, SPLIT}])


def _check_title(new: Decision, before: Iterable[Decision]) -> None:
    """One publisher's titles may be an exception of what was said of all; what was said of one is not silently undone."""
    if not key(new.name):
        raise UsageError("a decision needs a title", hint="`fullcount review` lists the titles that nobody has decided")
    last = [one for one in before if _same(one, new, "directive", "product", "name", "publisher")][-1:]
    if new.publisher:
        contrary = [one for one in last if one.what != new.what]
    else:
        contrary = [one for one in before if one.what != new.what and _same(one, new, "directive", "product", "name")]
    for one in contrary:
        raise _opposite(one)
    for one in last:
        raise _repeated(one)


def _same(one: Decision, other: Decision, *names: str) -> bool:
    return all(key(getattr(one, name)) == key(getattr(other, name)) for name in names)


def _check_clues(new: Decision, before: Iterable[Decision]) -> None:
    keys = new.keys()
    if new.what == LINK:
        for (kind, value), written in zip(keys, new.clues, strict=False):
            if why := unusable(kind, value):
                raise UsageError(f"{written} can link nothing: {why}", hint="name a clue that only this machine has")
    for one in before:
        mine, theirs = set(keys), set(one.keys())
        if one.what == new.what and mine == theirs:
            raise _repeated(one)
        link, split = (mine, theirs) if new.what == LINK else (theirs, mine)
        clash = bool(split & link) if len(split) == 1 else len(split & link) > 1
        if one.what != new.what and clash:
            raise _opposite(one)


def _repeated(one: Decision) -> UsageError:
    return UsageError(f"decision {one.number} says so already", hint="`fullcount decisions` lists what was decided")


def _opposite(one: Decision) -> UsageError:
    hint = f"`fullcount decisions undo {one.number} --why ...` first"
    return UsageError(f"decision {one.number} says the opposite: {one.said()}", hint=hint)


def described(one: Decision) -> dict[str, Any]:
    """A decision as a plain document, without what is empty."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(one).items() if value}


def redescribed(said: Mapping[str, Any]) -> Decision:
    """The decision that `described` gave as a document."""
    return of(json.dumps(said).encode(), said["number"])
