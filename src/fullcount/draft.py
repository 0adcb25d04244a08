"""A pack that is being written: how one begins, and what of it is still to be filled in.

A draft loads from its first day, so that every mistake is told with its line. What nobody has filled in says `FILL IN`, or
is a day that no directive bears; of `scope` it says `silent` everywhere. No value is guessed.
"""

from __future__ import annotations

import re
from string import Template
from typing import TYPE_CHECKING

from fullcount import vendor
from fullcount.directive import find, load, shipped
from fullcount.errors import DirectiveError, UsageError
from fullcount.node import Node, did_you_mean, word
from fullcount.pack import FILE
from fullcount.product import KINDS
from fullcount.text import visible
from fullcount.tree import tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from fullcount.directive import Directive

EXAMPLES, SOURCES = "examples.yaml", "sources.md"
BLANK = "FILL IN"
NO_DAY = "0001-01-01"

_HEAD = Template("""\
# A directive: a ban as data. Replace every FILL IN and every 0001-01-01; `fullcount directive check` names what is left.
# Indent with spaces, never with tabs. Text with `: ` or ` #` in it goes in quotes; any text may.

id: $id
${more}version: "1" # raise it when the pack changes
title: "FILL IN: the full title of the text"
short_title: "FILL IN: what reports are to call it"
issuer: "FILL IN: who issued it"
jurisdiction: "FILL IN: whom it binds"
issued: 0001-01-01 # the day that the text bears, YYYY-MM-DD
effective: 0001-01-01 # the day from which it holds
url: "FILL IN: where the text can be read"
unit: system # the word that the text uses for a machine

sources: # where each fact is from; sources.md says more, under the same word
  $text: "FILL IN: the citation of the text"
""")
_SCOPE = Template("""
scope: # what the text says of each kind of thing: in, out, conditional or silent; only what is `in` counts
$scopes

clocks: # what is due when: `offset` times `unit` (calendar_day ...) after `anchor` (issued, published, effective ...)
  - id: report
    kind: [report]
    anchor: none
    offset: 0
    unit: calendar_day
    note: "FILL IN: what is due, in the words of the text; then say anchor and offset"
""")
_WHO = """\
  vendor: "FILL IN: where its products are named: a catalogue, a manual, an inventory"

entities: # whom the text names
  - id: vendor
    name: "FILL IN: the name of the firm"
    role: principal
    source: text
"""
_PRODUCTS = Template("""
requires: # the traces that a look must see before a machine can be called without it
  windows: [program]
  macos: [app]
  linux: [package]

publishers: # who confirms a name: the same name by another publisher is a hint, and does not count
  publisher: {entity: any}

products: # kind: one of
$kinds
  - id: first
    name: "FILL IN: the name of its best-known product"
    family: "FILL IN: a word for it and its like"
    kind: app
    scope: branded
  - id: other # gives way to the others
    name: "FILL IN: the vendor, not further identified"
    family: Other
    kind: not further identified
    scope: branded
    catch_all: yes

signatures: # how each product is recognised: a field equals, starts, ends or has these words
  - id: first-name
    product: first
    grade: name
    source: vendor
    name: {words: "FILL IN: the words that its name always has"}
  - id: other-publisher
    product: other
    grade: name
    source: text
    publisher: {entity: any}
""")
_EXAMPLES = """\
# Software as an inventory names it, and what must be said of it. The check tries each against the signatures.
- {name: "FILL IN: the product, as a machine lists it", publisher: "FILL IN: its publisher", product: first, counts: yes}
- {name: "FILL IN: some other product of the vendor", publisher: "FILL IN: its publisher", product: other, counts: yes}
- {name: "FILL IN: something harmless with a similar name", publisher: "FILL IN: its publisher", counts: no}
"""
_DIFFERENT = Template("""\
# What differs from $base, whose own examples hold for what a title is. `fullcount directive show $base` lists its products.
- {name: "FILL IN: what your text bans, as a machine lists it", product: $product, counts: yes}
- {name: "FILL IN: something harmless with a similar name", counts: no}
""")
_SOURCES = Template("""\
# Sources of the pack $id

This page explains each `source` of `directive.yaml` and the decisions of this pack. It is not legal advice.

## $text
FILL IN: title, number, date and address of the text, and its own words on scope, dates and reports.
""")
_VENDOR = """
## vendor
FILL IN: where each name of a product and each publisher has been read, with the address.
"""


def begun(name: str, builds_on: str = "") -> dict[str, str]:
    """The files of a new pack, by name. Raises `UsageError` where the id cannot be one, or there is nothing to build on."""
    _free(name)
    if not builds_on:
        scopes = "  branded: silent # what is sold under the vendor's name"
        kinds = "\n".join(f"  # {line}" for line in _wrapped(KINDS))
        said = {"id": name, "more": "", "text": "text", "scopes": scopes, "kinds": kinds}
        whole = _HEAD.substitute(said) + _WHO + _SCOPE.substitute(said) + _PRODUCTS.substitute(said)
        return {FILE: whole, EXAMPLES: _EXAMPLES, SOURCES: _SOURCES.substitute(said) + _VENDOR}
    base = _base(builds_on)
    said = {
        "id": name,
        "more": f"builds_on: {builds_on} # has its products, signatures, sources and entities\n",
        "text": "text" if "text" not in base.sources else f"text-of-{name}"[:80],
        "scopes": "\n".join(f"  {scope}: silent" for scope in base.scope),
        "base": builds_on,
        "product": base.products[0].id,
    }
    whole = _HEAD.substitute(said) + _SCOPE.substitute(said)
    return {FILE: whole, EXAMPLES: _DIFFERENT.substitute(said), SOURCES: _SOURCES.substitute(said)}


def _free(name: str) -> None:
    try:
        word(Node("", "str", name))
    except DirectiveError as error:
        raise UsageError(error.message, hint=error.hint) from error
    if name in shipped():
        raise UsageError(f"a directive `{name}` comes with the program", hint="give yours another id")


def _base(name: str) -> Directive:
    if name not in shipped():
        hint = f"{did_you_mean(name, shipped())}one of: {', '.join(shipped())}"
        raise UsageError(f"no directive `{visible(name)}` comes with the program", hint=hint)
    base = find(name)
    if base.builds_on:
        raise UsageError(f"`{name}` itself builds on a pack", hint=f"--builds-on {base.builds_on}")
    return base


def _wrapped(words: tuple[str, ...]) -> Iterator[str]:
    for start in range(0, len(words), 7):
        yield ", ".join(words[start : start + 7])


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write the files of a new pack. What is there stays: raises `UsageError` where any of them is."""
    for name in sorted(texts):
        if (folder / name).exists():
            hint = "nothing was written; give another --folder, or `fullcount directive check` what is there"
            raise UsageError("is there already", place=str(folder / name), hint=hint)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        with (folder / name).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)


def gaps(folder: Path) -> list[str]:
    """What is still to be filled in, a line each with its place; nothing is missing where there is none.

    Raises `DirectiveError` where the pack is wrong.
    """
    one = load(folder)
    own = tree(folder / FILE)
    beside = [tree(path) for name in (vendor.FILE, EXAMPLES) if (path := folder / name).exists()]
    return [
        *_blanks(own, ""),
        *_scoped(one, own),
        *_products(one, own),
        *(gap for piece in beside for gap in _blanks(piece, "")),
        *_examples(one, folder),
        *_sources(own, folder),
    ]


def unfinished(folder: Path) -> list[str]:
    """What nobody has filled in yet: under such a pack nothing would be found, which is no statement that nothing is there."""
    return list(_blanks(tree(folder / FILE), ""))


def _blanks(node: Node, name: str) -> Iterator[str]:
    match node.value:
        case dict():
            for key, child in node.value.items():
                yield from _blanks(child, key)
        case list():
            for child in node.value:
                yield from _blanks(child, name)
        case str(value) if BLANK in value:
            yield f"{node.place}: `{visible(name)}`: {visible(value)}"
        case str(value) if value == NO_DAY:
            yield f"{node.place}: `{visible(name)}`: {BLANK}: the day, YYYY-MM-DD"


def _scoped(one: Directive, own: Node) -> Iterator[str]:
    if "in" not in one.scope.values():
        yield f"{own.value['scope'].place}: `scope`: nothing is `in`, so that nothing can count"


def _products(one: Directive, own: Node) -> Iterator[str]:
    """Its own ones: what is taken over is tried in the pack that it comes from."""
    recognised = {signature.product for signature in one.signatures}
    tried = {example.product for example in one.examples}
    products = own.value["products"].value if "products" in own.value else ()
    for product in products:
        name = product.value["id"].value
        if name not in recognised:
            yield f"{product.place}: no signature recognises the product `{name}`"
        if name not in tried:
            yield f"{product.place}: no example shows the product `{name}`"


def _examples(one: Directive, folder: Path) -> Iterator[str]:
    said = {example.counts for example in one.examples}
    for counts, written in ((True, "yes"), (False, "no")):
        if counts not in said:
            yield f"{folder / EXAMPLES}: no example says `counts: {written}`"


def _sources(own: Node, folder: Path) -> Iterator[str]:
    path = folder / SOURCES
    try:
        lines = path.read_text("utf-8-sig").splitlines() if path.exists() else []
    except UnicodeDecodeError as error:
        raise DirectiveError("is not UTF-8 text", place=str(path), hint="save it as UTF-8") from error
    for number, line in enumerate(lines, start=1):
        if BLANK in line:
            yield f"{path}:{number}: {visible(line.strip())}"
    headings = {found[1] for line in lines if (found := re.fullmatch(r"##\s+(\S+)\s*", line))}
    for name, child in own.value["sources"].value.items() if "sources" in own.value else ():
        if name not in headings:
            yield f"{child.place}: {SOURCES} has no line `## {name}`"
