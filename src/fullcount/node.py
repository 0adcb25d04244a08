"""A document written by people, piece by piece with its place, and the parsers that say what may stand where.

A parser takes a `Node` and gives a value or raises `DirectiveError` with file and line, and with the fix where there
is one. No input, no output: `directive` reads the file and hands over what YAML sees in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from fullcount.errors import DirectiveError
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from enum import StrEnum
    from pathlib import Path

MAX_DEPTH = 16
_CURLY = ("“", "”", "„", "‘", "’")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a document. `tag` is what YAML takes it for: str, int, bool, null, timestamp ...; seq, map."""

    place: str  # file:line
    tag: str
    value: Any  # str, list[Node] or dict[str, Node]


Parser = Callable[[Node], Any]


class Events(NamedTuple):
    """A YAML file as the parser of its syntax sees it, event by event."""

    path: Path
    stream: Iterator[Any]
    tag: Callable[[str], str]  # what YAML takes a plain scalar for


def document(source: Events) -> Node:
    """The one document of a file, read so that it means the same to everybody: no aliases, no tags, no key twice."""
    kinds = (type(event).__name__ for event in source.stream)
    next(kinds)  # the stream starts
    if next(kinds) != "DocumentStartEvent":
        raise DirectiveError("is empty", place=str(source.path))
    root = _piece(source, next(source.stream), 0)
    next(kinds)  # the document ends
    if next(kinds) != "StreamEndEvent":
        raise DirectiveError("has more than one document", place=str(source.path), hint="remove the line `---`")
    return root


def _piece(source: Events, event: Any, depth: int) -> Node:
    place = f"{source.path}:{event.start_mark.line + 1}"
    if getattr(event, "anchor", None) or getattr(event, "tag", None):
        raise DirectiveError("`&`, `*` and `!` are not understood here", place=place, hint="write the value out, in quotes")
    if depth > MAX_DEPTH:
        raise DirectiveError(f"nested more than {MAX_DEPTH} deep", place=place)
    match type(event).__name__:
        case "ScalarEvent":
            if event.implicit[0] and event.value[:1] in _CURLY:
                raise DirectiveError("a quote of a word processor is no quote here", place=place, hint='write plain ones: "..."')
            return Node(place, source.tag(event.value) if event.implicit[0] else "str", event.value)
        case "SequenceStartEvent":
            return Node(place, "seq", [_piece(source, child, depth + 1) for child in _until(source, "SequenceEndEvent")])
        case _:
            return Node(place, "map", _pairs(source, depth))


def _pairs(source: Events, depth: int) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for event in _until(source, "MappingEndEvent"):
        name = _piece(source, event, depth + 1)
        child = _piece(source, next(source.stream), depth + 1)
        if (written := text(name)) in found:
            raise wrong(name, f"the key `{visible(written)}` stands here twice", f"first at {found[written].place}")
        found[written] = Node(name.place, child.tag, child.value)  # an error is looked for where its key stands
    return found


def _until(source: Events, end: str) -> Iterator[Any]:
    while type(event := next(source.stream)).__name__ != end:
        yield event


def wrong(node: Node, message: str, hint: str = "") -> DirectiveError:
    """The error to raise about a piece."""
    return DirectiveError(message, place=node.place, hint=hint)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean X? `, or nothing."""
    close = get_close_matches(word, sorted(known), n=1)
    return f"did you mean `{close[0]}`? " if close else ""


def plain(node: Node) -> Any:
    """The content without places, for a digest."""
    match node.value:
        case dict():
            return {name: plain(child) for name, child in node.value.items()}
        case list():
            return [plain(child) for child in node.value]
        case _:
            return node.value


def text(node: Node) -> str:
    """Text that everybody who reads YAML takes for text."""
    if not isinstance(node.value, str):
        raise wrong(node, "here must be text")
    if not node.value.strip():
        raise wrong(node, "the value is missing or empty", "write it on this line; text that has ` #` in it goes in quotes")
    if node.tag != "str":
        hint = f'put it in quotes: "{visible(node.value)}"'
        raise wrong(node, f"`{visible(node.value)}` is no text to YAML, but {node.tag}", hint)
    return node.value.strip()


def word(node: Node) -> str:
    """A plain word that can stand for a thing anywhere: small letters, digits, `-` and `_`."""
    if not re.fullmatch("[a-z0-9][a-z0-9_-]{0,79}", written := text(node)):
        raise wrong(node, f"`{visible(written)}` is no plain word", "write small letters, digits, `-` or `_`, up to 80")
    return written


def flag(node: Node) -> bool:
    """Yes or no."""
    match str(node.value).lower():
        case "yes" | "true":
            return True
        case "no" | "false":
            return False
    raise wrong(node, "here must be yes or no")


def number(node: Node) -> int:
    """A whole number that is not negative."""
    if not isinstance(node.value, str) or not re.fullmatch("[0-9]{1,6}", node.value):
        raise wrong(node, "here must be a whole number")
    return int(node.value)


def day(node: Node) -> date:
    """A date, YYYY-MM-DD."""
    if isinstance(node.value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", node.value):
        with suppress(ValueError):
            return date.fromisoformat(node.value)
    written = f", not `{visible(node.value)}`" if isinstance(node.value, str) and node.value else ""
    raise wrong(
        node, f"here must be a date{written}", "write YYYY-MM-DD: year, month and day, two digits for each of the last two"
    )


def items(node: Node) -> list[Node]:
    """The pieces of a list that has some."""
    if not isinstance(node.value, list) or not node.value:
        raise wrong(node, "here must be a list that is not empty", "begin each item with `- `")
    return node.value


def some(parse: Parser) -> Parser:
    """A parser of one piece, or of a list of such."""
    return lambda node: tuple(parse(item) for item in (items(node) if isinstance(node.value, list) else [node]))


texts = some(text)


def one_of(what: str, known: Iterable[str]) -> Callable[[Node], str]:
    """A parser of one of the known words."""
    allowed = tuple(known)

    def parse(node: Node) -> str:
        # what YAML takes for no text (`yes`) is no better in quotes, where it is not one of the words
        bare = node.value.strip() if isinstance(node.value, str) else ""
        if (value := bare if bare and bare not in allowed else text(node)) not in allowed:
            hint = f"{did_you_mean(value, allowed)}known: {', '.join(sorted(allowed)) or 'none'}"
            raise wrong(node, f"`{visible(value)}` is no {what}", hint)
        return value

    return parse


def member(what: str, kind: type[StrEnum]) -> Parser:
    """A parser of a value of an enum."""
    parse = one_of(what, (item.value for item in kind))
    return lambda node: kind(parse(node))


def each(parse: Parser) -> Parser:
    """A parser of a list, each item by `parse`."""
    return lambda node: tuple(parse(item) for item in items(node))


def listed(parse: Parser) -> Parser:
    """A parser of a list whose items have an `id` of their own."""

    def parse_all(node: Node) -> tuple[Any, ...]:
        seen: dict[str, str] = {}
        made = []
        for item in items(node):
            made.append(parse(item))
            if earlier := seen.get(made[-1].id):
                raise wrong(item, f"the id `{visible(made[-1].id)}` is taken", f"it stands at {earlier}")
            seen[made[-1].id] = item.place
        return tuple(made)

    return parse_all


def mapped(name: Parser, parse: Parser) -> Parser:
    """A parser of a mapping whose keys are parsed by `name`."""

    def parse_all(node: Node) -> dict[Any, Any]:
        if not isinstance(node.value, dict) or not node.value:
            raise wrong(node, "here must be `key: value` lines")
        return {name(Node(child.place, "str", written)): parse(child) for written, child in node.value.items()}

    return parse_all


def entries(node: Node, known: Iterable[str], what: str) -> dict[str, Node]:
    """The keys of a mapping and what stands there; a key that is not known is an error."""
    if not isinstance(node.value, dict):
        raise wrong(node, f"here must be {what}: `key: value` lines")
    allowed = sorted(known)
    for name, child in node.value.items():
        if name not in allowed:
            cut = "" if child.value else "text with a comma goes in quotes; "  # {name: Harbour, Inc.}
            hint = f"{cut}{did_you_mean(name, allowed)}{what} has: {', '.join(allowed)}"
            raise wrong(child, f"unknown key `{visible(name)}`", hint)
    return node.value


def keyed(names: str, /, **parsers: Parser) -> dict[str, Parser]:
    """Parsers by key: the `names` are texts."""
    return {**dict.fromkeys(names.split(), text), **parsers}


def made(kind: type[_T], node: Node, parsers: Mapping[str, Parser], **more: Any) -> _T:
    """A frozen type from a mapping: its fields without a default are required, unless given in `more`."""
    what = f"a {kind.__name__.lower()}"
    given = entries(node, parsers, what)
    for field in fields(kind):  # type: ignore[arg-type]
        if field.default is MISSING and field.name not in given and field.name not in more:
            raise wrong(node, f"`{field.name}` is missing", f"{what} needs it")
    return kind(**{name: parsers[name](child) for name, child in given.items()}, **more)
