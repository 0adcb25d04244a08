"""The contract of a directive: a ban as data. What a pack may say, how it is read, and what is wrong with it.

A pack is a folder: `directive.yaml`, `examples.yaml` and `sources.md`. See `condition` for how software is recognised, and
`pack` for what one pack takes over from another.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullcount.condition import FIELDS, Condition, anchors, proven_by, speaks_of
from fullcount.errors import UsageError
from fullcount.model import USUAL, Grade, Os, State, Title, Trace
from fullcount.node import (
    Node,
    Parser,
    day,
    did_you_mean,
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
from fullcount.pack import FILE, whole
from fullcount.product import Product, product_parser
from fullcount.rule import ASKED, JOINS, Named, condition_of
from fullcount.text import visible
from fullcount.tree import shelf, tree
from fullcount.vendor import vendors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from fullcount.vendor import Firm, Vendor

SCOPES = ("in", "out", "conditional", "silent")  # silent: the text does not say; never to be taken for out
ANCHORS = ("issued", "published", "effective", "discovery", "report_submitted", "fixed", "none")
UNITS = ("calendar_day", "business_day", "hour", "calendar_month")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Somebody whom the directive names, or who belongs to them."""

    id: str
    name: str
    role: str
    source: str
    aliases: tuple[str, ...] = ()
    unverified: bool = False
    vendor: str = ""  # of vendors.yaml, where it is one of its firms


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
    """A ban as data. `publishers` confirms a name, see `match`. `digest` is that of the content, not of the layout.

    `builds_on`: the pack from which products, signatures and sources are taken over; they stand here with its own.
    """

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
    builds_on: str = ""
    capabilities: Mapping[str, str] | None = None  # what a plan must say is lost: id -> the directive's word
    fresh_days: int | None = None  # how long a look counts as fresh
    publishers: Condition | None = None
    exclusions: tuple[Exclusion, ...] = ()
    reports: tuple[Demand, ...] = ()
    note: str = ""
    examples: tuple[Example, ...] = ()

    @property
    def vendors(self) -> tuple[str, ...]:
        """The vendors that its entities are firms of, by id, sorted."""
        return tuple(sorted({one.vendor for one in self.entities} - {""}))


def load(folder: Path) -> Directive:
    """The pack in a folder. Raises `DirectiveError` with file and line where the pack is wrong. One whose files are as they
    were when it was loaded last is not taken apart again.
    """
    files = (*sorted(folder.glob("*.yaml")), *sorted(shelf().glob(f"*/{FILE}")), *sorted(shelf().glob("*.yaml")))
    state = hashlib.sha256()
    for path in files:
        with suppress(OSError):  # said when it is taken apart
            state.update(hashlib.sha256(path.read_bytes()).digest())
    return _loaded(folder, state.hexdigest())


@lru_cache(maxsize=64)
def _loaded(folder: Path, state: str) -> Directive:
    """The pack in a folder whose files, and those that it may build on, are in a certain state."""
    del state
    root = whole(folder, shipped())
    known = vendors(folder)
    examples = folder / "examples.yaml"
    products = _names(root, "products")
    return made(
        Directive,
        root,
        _parsers(root, known),
        digest=_digest(plain(root), known),
        examples=tuple(_example(node, products) for node in items(tree(examples))) if examples.exists() else (),
    )


def _digest(content: Any, known: Mapping[str, Vendor]) -> str:
    """That of the content of a pack, with what it takes over, and of the vendors that it names."""
    said = [content, *(plain(known[name].written) for name in sorted(_vendors_in(content) & known.keys()))]
    canonical = "\n".join(json.dumps(part, ensure_ascii=False, sort_keys=True) for part in said)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _vendors_in(content: Any) -> frozenset[str]:
    below = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    found = frozenset().union(*map(_vendors_in, below))
    values = [content[how] for how in ASKED if how in content] if isinstance(content, dict) else []
    names = (name for value in values for name in (value if isinstance(value, list) else [value]))
    return found | {name for name in names if isinstance(name, str)}


def shipped() -> tuple[str, ...]:
    """The ids of the packs that come with the program, sorted."""
    return tuple(sorted(path.parent.name for path in shelf().glob(f"*/{FILE}")))


def find(name: str) -> Directive:
    """The directive of an id, a folder or a `directive.yaml`. Raises `DirectiveError`, and `UsageError` where there is none."""
    return load(folder_of(name))


def folder_of(name: str) -> Path:
    """The folder of the pack of an id, a folder or a `directive.yaml`. Raises `UsageError` where there is none."""
    if name in shipped():
        return shelf() / name
    folder = Path(name).parent if Path(name).name == FILE else Path(name)
    if (folder / FILE).is_file():
        return folder
    hint = f"{did_you_mean(name, shipped())}a folder with a directive.yaml, or one of: {', '.join(shipped())}"
    raise UsageError(f"no directive is called `{visible(name)}`", hint=hint)


# What a pack may say: a parser for each key.


def _parsers(root: Node, known: Mapping[str, Vendor]) -> Mapping[str, Parser]:
    source, report = (one_of(what, _names(root, key)) for what, key in (("source", "sources"), ("report", "reports")))
    entities = _entities(root, source, known)
    named = Named({one.id: (one.name, *one.aliases) for one in entities if not one.unverified}, known)
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
    product = product_parser(source=source, scopes=_names(root, "scope"), capabilities=_names(root, "capabilities"))
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
        **keyed("", id=word, builds_on=word, authority=texts, citations=texts, issued=day, effective=day, published=day),
        "fresh_days": number,
        "sources": mapped(word, text),
        "entities": lambda _: entities,
        "scope": mapped(word, one_of("scope", SCOPES)),
        "capabilities": mapped(word, text),
        "requires": mapped(member("family", Os), each(member("trace", Trace))),
        "publishers": lambda node: condition_of(node, named),
        "exclusions": each(partial(made, Exclusion, parsers=keyed("what", source=source))),
        "clocks": listed(partial(made, Clock, parsers=clock)),
        "reports": listed(partial(made, Demand, parsers=keyed("title note", id=word, asks=asks))),
        "products": listed(product),
        "signatures": listed(lambda node: _signature(node, signature, named)),
    }


def _entities(root: Node, source: Parser, known: Mapping[str, Vendor]) -> tuple[Entity, ...]:
    """Those written out, and the firms of the vendors that are named: their verified and unverified ones."""
    node = root.value.get("entities") if isinstance(root.value, dict) else None
    found: dict[str, Entity] = {}
    for item in items(node) if node else ():
        for one in _entity(item, source, known):
            if one.id in found:
                raise wrong(item, f"the id `{visible(one.id)}` is taken", "an entity stands once")
            found[one.id] = one
    return tuple(found.values())


def _entity(node: Node, source: Parser, known: Mapping[str, Vendor]) -> list[Entity]:
    parsers = keyed("name role", id=word, aliases=texts, source=source, unverified=flag)
    if not isinstance(node.value, dict) or "vendor" not in node.value:
        return [made(Entity, node, parsers)]
    there = entries(node, {"vendor", "firms", "source"}, "an entity that is a vendor")
    vendor = known[one_of("vendor", known)(there["vendor"])]
    if "source" not in there:
        raise wrong(node, "`source` is missing", "say what lets the directive reach this vendor")
    firms = {firm.id: firm for firm in vendor.firms if firm.role != "successor"}
    chosen = some(one_of(f"firm of {vendor.id}", firms))(there["firms"]) if "firms" in there else tuple(firms)
    why = source(there["source"])
    return [_firm(firms[name], vendor.id, why) for name in chosen]


def _firm(one: Firm, vendor: str, why: str) -> Entity:
    return Entity(
        id=one.id,
        name=one.name,
        role=one.role,
        source=why,
        aliases=one.aliases,
        unverified=one.unverified,
        vendor=vendor,
    )


def _names(root: Node, key: str) -> tuple[str, ...]:
    """The keys of a mapping or the ids of a list, as far as they can be had: what is wrong there is said there."""
    there = root.value.get(key) if isinstance(root.value, dict) else None
    if there is None or isinstance(there.value, str):
        return ()
    if isinstance(there.value, dict):
        return tuple(there.value)
    ids = (item.value.get("id") for item in there.value if isinstance(item.value, dict))
    return tuple(str(found.value) for found in ids if found)


def _signature(node: Node, parsers: Mapping[str, Parser], named: Named) -> Signature:
    entries(node, {*parsers, *FIELDS, *JOINS}, "a signature")
    about = {name: child for name, child in node.value.items() if name in parsers}
    rest = {name: child for name, child in node.value.items() if name not in parsers}
    condition = condition_of(Node(node.place, "map", rest), named)
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
