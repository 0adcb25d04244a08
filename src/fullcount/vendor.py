"""The contract of a vendor: who it is over time, and the names, keys and numbers by which its software shows it.

Vendors stand in `vendors.yaml`: the shipped one beside the packs, and a pack's own in its folder. A directive names
them instead of repeating them, as entities and in its signatures; `rule` says how. A fact that is not verified is shown
and never decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fullcount.condition import Condition, comparison
from fullcount.node import (
    Node,
    Parser,
    day,
    each,
    entries,
    flag,
    keyed,
    listed,
    made,
    mapped,
    one_of,
    text,
    texts,
    word,
    wrong,
)
from fullcount.text import key
from fullcount.tree import shelf, tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

FILE = "vendors.yaml"
ROLES = ("principal", "parent", "affiliate", "former", "successor")
# What a vendor can be known by, beside the names of its firms.
FACTS = {
    "names": "as publishers are written: former, localised and short names, in any script",
    "brands": "words that name the vendor wherever they stand in a name",
    "signers": "what the subject of a signing certificate says, word by word",
    "team_ids": "Apple's ten characters of a developer",
    "domains": "of hosts, with everything below them",
    "cpe_vendors": "the vendor's part of a CPE",
    "namespaces": "how packages, bundles and store families begin, up to a boundary",
    "purls": "how package URLs begin, up to a boundary",
    "ouis": "address blocks of network cards",
}
_AFTER = ".:/-_"  # what may follow a namespace


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """A legal person: its name, what it is to the vendor, and from when to when it was so."""

    id: str
    name: str
    role: str  # one of ROLES
    source: str
    aliases: tuple[str, ...] = ()  # the same name as certificates and publishers write it
    since: date | None = None
    until: date | None = None
    unverified: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Values of one kind that one source gives."""

    values: tuple[str, ...]
    source: str
    since: date | None = None
    until: date | None = None
    unverified: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """Who it is: its firms, and by kind (`FACTS`) what it is known by. `written`: as in the file, for a pack's digest."""

    id: str
    name: str
    firms: tuple[Firm, ...]
    facts: Mapping[str, tuple[Fact, ...]]
    sources: Mapping[str, str]
    written: Node
    note: str = ""


def vendors(folder: Path | None = None) -> dict[str, Vendor]:
    """The shipped vendors by id, and those of a pack's own folder. Raises `DirectiveError` with file and line."""
    found = loaded(shelf() / FILE) if (shelf() / FILE).is_file() else {}
    if folder is None or not (folder / FILE).is_file():
        return found
    own = loaded(folder / FILE)
    for name in sorted(own.keys() & found.keys()):
        raise wrong(own[name].written, f"the vendor `{name}` comes with the program", "give yours another id")
    return found | own


def loaded(path: Path) -> dict[str, Vendor]:
    """The vendors of one file, by id. Raises `DirectiveError` with file and line."""
    there = entries(tree(path), {"sources", "vendors"}, "a file of vendors")
    if "vendors" not in there:
        return {}
    sources = mapped(word, text)(there["sources"]) if "sources" in there else {}
    return {one.id: one for one in listed(partial(_vendor, sources=sources))(there["vendors"])}


def own_names(vendor: Vendor) -> tuple[str, ...]:
    """How the vendor is written as a publisher: its verified firms but successors, their aliases, and its names."""
    firms = (name for firm in _firms(vendor, successors=False) for name in (firm.name, *firm.aliases))
    return tuple(dict.fromkeys((*firms, *_values(vendor, "names"))))


def _values(vendor: Vendor, kind: str) -> tuple[str, ...]:
    return tuple(value for fact in vendor.facts.get(kind, ()) if not fact.unverified for value in fact.values)


def _firms(vendor: Vendor, *, successors: bool) -> Iterator[Firm]:
    return (firm for firm in vendor.firms if not firm.unverified and (firm.role == "successor") is successors)


# The tests that a signature may leave to a vendor: which field is compared with what.


def known_by(vendor: Vendor, field: str) -> Condition | None:
    """The condition that a field shows this vendor; none where the vendor has no verified fact for such a field."""
    parts = [comparison(field, how, values) for how, values in _tests(vendor, field) if values]
    return None if not parts else parts[0] if len(parts) == 1 else Condition(join="any", parts=tuple(parts))


def branded(vendor: Vendor, field: str) -> Condition | None:
    """The condition that a field has one of the vendor's brands as a word; none where it has no verified brand."""
    brands = _values(vendor, "brands")
    return comparison(field, "words", brands) if brands else None


def succeeded(vendor: Vendor, field: str) -> Condition | None:
    """The condition that a field names a successor of the vendor; none where it has none."""
    names = tuple(name for firm in _firms(vendor, successors=True) for name in (firm.name, *firm.aliases))
    return comparison(field, "words" if field == "signer" else "equals", names) if names else None


def _tests(vendor: Vendor, field: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """How a field is compared, and with what: any of these will do."""
    facts = partial(_values, vendor)
    legal = tuple(firm.name for firm in _firms(vendor, successors=False))
    spaces = "purls" if field == "purl" else "namespaces"
    return {
        "publisher": (("equals", own_names(vendor)),),
        "signer": (("equals", own_names(vendor)), ("words", (*legal, *facts("signers"), *facts("team_ids")))),
        "dns_name": (("equals", facts("domains")), ("ends", tuple(f".{domain}" for domain in facts("domains")))),
        "cpe": (("starts", tuple(f"cpe:2.3:{part}:{name}:" for name in facts("cpe_vendors") for part in "aoh")),),
        **dict.fromkeys(("package", "bundle_id", "purl"), _begun(facts(spaces))),
    }.get(field, ())


def _begun(spaces: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("equals", spaces), ("starts", tuple(f"{space}{sign}" for space in spaces for sign in _AFTER))


# What the file may say: a parser for each key.


def _vendor(node: Node, sources: Mapping[str, str]) -> Vendor:
    source = one_of("source", sources)
    firm = keyed(
        "name note", id=word, role=one_of("role", ROLES), source=source, aliases=texts, since=day, until=day, unverified=flag
    )
    fact = keyed("note", values=texts, source=source, since=day, until=day, unverified=flag)
    about: dict[str, Parser] = keyed("name note", id=word, firms=listed(partial(_firm, parsers=firm)))
    there = entries(node, {*about, *FACTS}, "a vendor")
    facts = {kind: each(partial(_fact, parsers=fact))(there[kind]) for kind in FACTS if kind in there}
    rest = Node(node.place, "map", {name: child for name, child in there.items() if name in about})
    return made(Vendor, rest, about, facts=facts, sources=sources, written=node)


def _firm(node: Node, parsers: Mapping[str, Parser]) -> Firm:
    one = made(Firm, node, parsers)
    _in_order(one, node)
    if one.role == "successor" and one.since is None:
        raise wrong(node, "`since` is missing", "a successor is one from a day on")
    return one


def _fact(node: Node, parsers: Mapping[str, Parser]) -> Fact:
    one = made(Fact, node, parsers)
    _in_order(one, node)
    if not all(key(value) for value in one.values):
        raise wrong(node, "nothing is left of a value once it is folded")
    return one


def _in_order(one: Firm | Fact, node: Node) -> None:
    if one.since and one.until and one.until < one.since:
        raise wrong(node.value["until"], f"`until` is before `since`: {one.until} < {one.since}")
