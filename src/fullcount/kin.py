"""Kin: by which words, names and spellings a title may be one of theirs. Made from a directive; no input, no output.

Words are those of the entities' names and aliases, and those by which the pack confirms a publisher: of four letters or
more, unless they stand in the names of many vendors (`data/generic_words.tsv`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from fullcount.condition import Condition, anchors, comparison, holds, spaced
from fullcount.spelling import errors, nearly
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fullcount.directive import Directive

_SHORTEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """By what a title may be one of a directive's vendor: everything folded."""

    publishers: frozenset[str]  # names and aliases
    signs: Condition | None  # what confirms a publisher
    signals: frozenset[str]  # texts of which each publisher that is one of theirs holds one; none: it need not hold any
    words: Mapping[str, Condition]  # a word of the vendor's, and the condition that a name has it
    products: Mapping[str, Sequence[str]]  # by its most telling word, a product's name without a word of the vendor's

    def said(self) -> str:
        """All that it looks for, as one text."""
        sets = [sorted(one) for one in (self.publishers, self.signals, self.words, self.products.items())]
        return repr([self.signs, *sets])

    def is_publisher(self, publisher: str) -> bool:
        """Whether that is one of the vendor's names, or confirms one of their titles."""
        said = {"publisher": publisher}
        signs = self.signs is not None and holds(self.signs, said, {"publisher": spaced(publisher)})
        return publisher in self.publishers or signs

    def word_in(self, name: str) -> str:
        """The first word of the vendor's that a name has; empty where it has none."""
        said, words = {"name": name}, {"name": spaced(name)}
        return next((word for word, has in self.words.items() if holds(has, said, words)), "")

    def misspelt_in(self, name: str, misspelt: Mapping[str, str]) -> tuple[str, str]:
        """What a name writes, and what it may mean; both empty where it means neither the vendor nor a product.
        `misspelt` are the words that are nearly a telling one, with that one.
        """
        written = spaced(name).split()
        for word in written:
            meant = misspelt.get(word, "")
            if meant in self.words:
                return word, meant
            if wanted := self.products.get(meant):
                for start in range(len(written) - len(wanted) + 1):
                    part = written[start : start + len(wanted)]
                    if all(one == other or nearly(one, other) for one, other in zip(part, wanted, strict=True)):
                        return " ".join(part), " ".join(wanted)
        return "", ""

    def telling(self) -> list[str]:
        """The words that may be misspelt, sorted."""
        return sorted({*self.words, *self.products})


def kin_of(directive: Directive) -> Kin:
    """By what a title may be one of the vendor that a directive names."""
    names = [name for one in directive.entities for name in (one.name, *one.aliases)]
    said = [*names, *(_confirming(directive.publishers) if directive.publishers else ())]
    words = sorted({word for name in said for word in spaced(key(name)).split() if _tells(word)})
    products: dict[str, list[str]] = {}
    for product in directive.products:
        parts = spaced(key(product.name)).split()
        telling = [word for word in parts if _tells(word) and errors(word)]
        if telling and not set(parts) & set(words):
            products.setdefault(max(telling, key=lambda word: (len(word), word)), parts)
    publishers = frozenset(map(key, names))
    return Kin(
        publishers=publishers,
        signs=directive.publishers,
        signals=_signals(publishers, directive.publishers),
        words={word: comparison("name", "words", (word,)) for word in words},
        products=products,
    )


def _signals(publishers: frozenset[str], signs: Condition | None) -> frozenset[str]:
    if signs is None:
        return publishers
    found = anchors(signs)
    sure = found and all(one.field == "publisher" for one in found)
    return publishers | {one.text for one in found} if sure else frozenset()


def _confirming(condition: Condition) -> Iterator[str]:
    """The texts about a publisher of which one must be there."""
    if condition.field == "publisher":
        yield from condition.written
    if condition.join != "not":
        for part in condition.parts:
            yield from _confirming(part)


def _tells(word: str) -> bool:
    return len(word) >= _SHORTEST and not word.isdecimal() and word not in _generic()


@cache
def _generic() -> frozenset[str]:
    lines = (files("fullcount") / "data" / "generic_words.tsv").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
