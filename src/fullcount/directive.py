"""The contract of a directive: a ban as data. What a pack may say, how it is read, and what is wrong with it.

A pack is a folder: `directive.yaml`, `examples.yaml` and `sources.md`. See `condition` for how software is recognised.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fullcount.condition import FIELDS, HOW, Condition, anchors, comparison, proven_by, speaks_of
from fullcount.errors import DirectiveError, UsageError
from fullcount.model import Grade, Os, State, Title, Trace
from fullcount.node import (
    Events,
    Node,
    Parser,
    day,
    did_you_mean,
    document,
    each,
    entries,
    flag,
    items,
    keyed,
    listed,
    made,
    mapped,
    member,
    number,
    one_of,
    plain,
    some,
    text,
    texts,
    word,
    wrong,
)
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

MAX_BYTES = 4_000_000
SCOPES = ("in", "out", "conditional", "silent")  # silent: the text does not say; never to be taken for out
ANCHORS = ("issued", "published", "effective", "discovery", "report_submitted", "fixed", "none")
UNITS = ("calendar_day", "business_day", "hour", "calendar_month")
# What a title of a type usually says of a machine.
USUAL = {
    Trace.PROCESS: State.RUNNING,
    Trace.FILE: State.FILES,
    Trace.REGISTRY: State.RESIDUE,
    Trace.LICENCE: State.LICENCE,
    Trace.NETWORK: State.CALLBACK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Somebody whom the directive names, or who belongs to them."""

    id: str
    name: str
    role: str
    source: str
    aliases: tuple[str, ...] = ()
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """What the directive itself leaves out."""

    what: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A clock that goes on."""

    every: int
    unit: str
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A due date as the directive writes it: `offset` `unit`s after `anchor`, or the fixed `date`."""

    id: str
    kind: tuple[str, ...]
    anchor: str
    offset: int = 0
    unit: str = "calendar_day"
    roll: str = "none"  # none | next_business_day
    date: date | None = None
    repeat: Repeat | None = None
    report: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One thing that a report must say. `required`: yes, no, or the condition in words."""

    id: str
    label: str
    required: str = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A report that the directive asks for."""

    id: str
    title: str
    asks: tuple[Ask, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product. A `catch_all` gives way to the others; `scope` is a key of the directive's scope map."""

    id: str
    name: str
    family: str
    kind: str
    scope: str
    catch_all: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """How a product is recognised. `kind` is the strongest state that it can prove, `grade` how surely.

    `own_publisher`: the condition speaks of the publisher itself, so `Directive.publishers` is not asked. `called`: it
    rests on what a title is called and on nothing else.
    """

    id: str
    product: str
    grade: Grade
    source: str
    condition: Condition
    kind: State = State.RUNNING  # no cap: the observation's state decides
    unverified: bool = False  # hints at most
    own_publisher: bool = False
    called: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Software as an inventory names it, and what must be said of it. No `product`: it is nothing at all."""

    title: Title
    state: State
    product: str | None
    counts: bool
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """A ban as data. `publishers` confirms a name, see `match`. `digest` is that of the content, not of the layout."""

    id: str
    version: str
    title: str
    short_title: str
    issuer: str
    jurisdiction: str
    issued: date
    effective: date
    url: str
    unit: str  # the word that the directive uses for a system
    sources: Mapping[str, str]  # id -> citation; `sources.md` says more
    entities: tuple[Entity, ...]
    scope: Mapping[str, str]
    requires: Mapping[Os, tuple[Trace, ...]]  # what a complete look must see on that family
    products: tuple[Product, ...]
    signatures: tuple[Signature, ...]
    clocks: tuple[Clock, ...]
    digest: str
    authority: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    published: date | None = None
    publishers: Condition | None = None
    exclusions: tuple[Exclusion, ...] = ()
    reports: tuple[Demand, ...] = ()
    note: str = ""
    examples: tuple[Example, ...] = ()


def load(folder: Path) -> Directive:
    """The pack in a folder. Raises `DirectiveError` with file and line where the pack is wrong."""
    root = _tree(folder / "directive.yaml")
    canonical = json.dumps(plain(root), ensure_ascii=False, sort_keys=True)
    examples = folder / "examples.yaml"
    products = _names(root, "products")
    return made(
        Directive,
        root,
        _parsers(root),
        digest=hashlib.sha256(canonical.encode()).hexdigest(),
        examples=tuple(_example(node, products) for node in items(_tree(examples))) if examples.exists() else (),
    )


def shipped() -> tuple[str, ...]:
    """The ids of the packs that come with the program, sorted."""
    return tuple(sorted(path.parent.name for path in _shelf().glob("*/directive.yaml")))


def find(name: str) -> Directive:
    """The directive of an id, a folder or a `directive.yaml`. Raises `DirectiveError`, and `UsageError` where there is none."""
    if name in shipped():
        return load(_shelf() / name)
    folder = Path(name).parent if Path(name).name == "directive.yaml" else Path(name)
    if (folder / "directive.yaml").is_file():
        return load(folder)
    hint = f"{did_you_mean(name, shipped())}a folder with a directive.yaml, or one of: {', '.join(shipped())}"
    raise UsageError(f"no directive is called `{visible(name)}`", hint=hint)


def _shelf() -> Path:
    installed = Path(__file__).parent / "directives"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "directives"


# What a pack may say: a parser for each key.


def _parsers(root: Node) -> Mapping[str, Parser]:
    source, report = (one_of(what, _names(root, key)) for what, key in (("source", "sources"), ("report", "reports")))
    entities = listed(
        partial(made, Entity, parsers=keyed("name role", id=word, aliases=texts, source=source, unverified=flag)),
    )
    named = {
        entity.id: (entity.name, *entity.aliases)
        for entity in (entities(root.value["entities"]) if isinstance(root.value, dict) and "entities" in root.value else ())
        if not entity.unverified
    }
    repeat = partial(made, Repeat, parsers=keyed("until", every=number, unit=one_of("unit", UNITS)))
    clock = keyed(
        "note",
        id=word,
        kind=texts,
        anchor=one_of("anchor", ANCHORS),
        offset=number,
        unit=one_of("unit", UNITS),
        roll=one_of("roll", ("none", "next_business_day")),
        date=day,
        repeat=repeat,
        report=report,
    )
    product = keyed("name family kind note", id=word, scope=one_of("scope", _names(root, "scope")), catch_all=flag)
    asks = listed(partial(made, Ask, parsers=keyed("label required", id=word)))
    signature = keyed(
        "note",
        id=word,
        product=one_of("product", _names(root, "products")),
        grade=member("grade", Grade),
        kind=member("kind", State),
        source=source,
        unverified=flag,
    )
    return {
        **keyed("version title short_title issuer jurisdiction url unit note"),
        **keyed("", id=word, authority=texts, citations=texts, issued=day, effective=day, published=day),
        "sources": mapped(word, text),
        "entities": entities,
        "scope": mapped(word, one_of("scope", SCOPES)),
        "requires": mapped(member("family", Os), each(member("trace", Trace))),
        "publishers": lambda node: _condition(node, named),
        "exclusions": each(partial(made, Exclusion, parsers=keyed("what", source=source))),
        "clocks": listed(partial(made, Clock, parsers=clock)),
        "reports": listed(partial(made, Demand, parsers=keyed("title note", id=word, asks=asks))),
        "products": listed(partial(made, Product, parsers=product)),
        "signatures": listed(lambda node: _signature(node, signature, named)),
    }


def _names(root: Node, key: str) -> tuple[str, ...]:
    """The keys of a mapping or the ids of a list, as far as they can be had: what is wrong there is said there."""
    there = root.value.get(key) if isinstance(root.value, dict) else None
    if there is None or isinstance(there.value, str):
        return ()
    if isinstance(there.value, dict):
        return tuple(there.value)
    ids = (item.value.get("id") for item in there.value if isinstance(item.value, dict))
    return tuple(str(found.value) for found in ids if found)


def _signature(node: Node, parsers: Mapping[str, Parser], entities: Mapping[str, tuple[str, ...]]) -> Signature:
    entries(node, {*parsers, *FIELDS, "all", "any", "not"}, "a signature")
    about = {name: child for name, child in node.value.items() if name in parsers}
    rest = {name: child for name, child in node.value.items() if name not in parsers}
    condition = _condition(Node(node.place, "map", rest), entities)
    if not anchors(condition):
        hint = "name a text of three characters or more (two in Chinese or Japanese) that the title must have"
        raise wrong(node, "the signature has nothing to be looked for by", hint)
    return made(
        Signature,
        Node(node.place, "map", about),
        parsers,
        condition=condition,
        own_publisher=speaks_of(condition, "publisher"),
        called=proven_by(condition) <= {"name", "publisher", "version", "type", "file"},
    )


def _condition(node: Node, entities: Mapping[str, tuple[str, ...]]) -> Condition:
    parts: list[Condition] = []
    for name, child in entries(node, {*FIELDS, "all", "any", "not"}, "a condition").items():
        if name in FIELDS:
            parts.append(_test(name, child, entities))
        elif name == "not":
            parts.append(Condition(join="not", parts=(_condition(child, entities),)))
        else:
            parts.append(Condition(join=name, parts=tuple(_condition(part, entities) for part in items(child))))
    if not parts:
        raise wrong(node, "a condition is missing", "for instance `name: {words: some product}`")
    return parts[0] if len(parts) == 1 else Condition(join="all", parts=tuple(parts))


def _test(field: str, node: Node, entities: Mapping[str, tuple[str, ...]]) -> Condition:
    there = entries(node, {*HOW, "entity"}, "a test")
    if len(there) != 1:
        raise wrong(node, "one test at a time", "join several with `all:` or `any:`, each on a line of its own")
    how, child = next(iter(there.items()))
    values = texts(child)
    if how == "entity":
        chosen = some(one_of("verified entity", (*entities, "any")))(child)
        values = tuple(name for entity in (entities if "any" in chosen else chosen) for name in entities[entity])
    if field == "type":
        some(member("type", Trace))(child)
    built = comparison(field, "equals" if how == "entity" else how, values)
    if not all(value.strip() for value in built.values):
        raise wrong(child, "nothing is left of a value once it is folded")
    return built


def _example(node: Node, products: Sequence[str]) -> Example:
    there = entries(node, {*Title._fields, "state", "product", "counts", "note"}, "an example")
    if "counts" not in there:
        raise wrong(node, "`counts` is missing", "say `counts: yes` or `counts: no`")
    given = {name: text(child) for name, child in there.items() if name in Title._fields}
    trace = member("type", Trace)(there["type"]) if "type" in there else Trace.PROGRAM
    title = Title(**{**given, "type": trace})
    state = there.get("state")
    product = there.get("product")
    return Example(
        title=title,
        state=member("state", State)(state) if state else USUAL.get(trace, State.INSTALLED),
        product=None if product is None or product.tag == "null" else one_of("product", products)(product),
        counts=flag(there["counts"]),
        place=node.place,
    )


def _tree(path: Path) -> Node:
    import yaml

    try:
        data = path.read_bytes()
    except OSError as error:
        raise DirectiveError(f"cannot be read: {error.strerror}", place=str(path)) from error
    if len(data) > MAX_BYTES:
        raise DirectiveError(f"longer than {MAX_BYTES:,} bytes", place=str(path))
    resolver = yaml.SafeLoader("")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster, where it is built
    try:
        events = yaml.parse(data.decode("utf-8-sig"), Loader=loader)
        tag = partial(resolver.resolve, yaml.ScalarNode, implicit=(True, False))
        return document(Events(path, iter(events), lambda value: str(tag(value=value)).rpartition(":")[2]))
    except UnicodeDecodeError as error:
        raise DirectiveError("is not UTF-8 text", place=str(path), hint="save it as UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise DirectiveError(f"is not YAML: {getattr(error, 'problem', None) or error}", place=place) from error
