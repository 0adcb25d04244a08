"""A product of a directive: what it is, how it was called, how it stands on a machine, and what it did for security."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fullcount.model import Os, Trace
from fullcount.node import each, flag, keyed, made, member, number, one_of, some, word, wrong

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fullcount.node import Node, Parser

KINDS = (
    "endpoint protection",
    "detection and response",
    "management agent",
    "management server",
    "console",
    "mobile",
    "gateway",
    "appliance",
    "password manager",
    "parental control",
    "vpn",
    "backup",
    "encryption",
    "browser extension",
    "browser",
    "removal tool",
    "rescue medium",
    "tool",
    "app",
    "service",
    "engine",
    "developer library",
    "hardware",
    "driver",
    "network",
    "not further identified",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A name that the product bears or bore, in a language (`en`, `ru` ...), from one year to another as far as known."""

    name: str
    source: str
    language: str = "en"
    since: int | None = None
    until: int | None = None
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How the product comes to a family of systems, and the traces that it leaves there."""

    os: Os
    how: str  # installer, package, store, portable ...
    traces: tuple[Trace, ...]
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product. A `catch_all` gives way to the others; `scope` is a key of the directive's scope map.

    `capabilities` are keys of the directive's map of them: what removal takes away.
    """

    id: str
    name: str
    family: str
    kind: str  # one of KINDS
    scope: str
    names: tuple[Called, ...] = ()
    forms: tuple[Form, ...] = ()
    capabilities: tuple[str, ...] = ()
    catch_all: bool = False
    note: str = ""


def product_parser(*, source: Parser, scopes: Iterable[str], capabilities: Iterable[str]) -> Parser:
    """The parser of one product, which may speak of these sources, scopes and capabilities."""
    called = keyed("name language", source=source, since=number, until=number, unverified=flag)
    form = keyed("how note", os=member("family", Os), traces=some(member("trace", Trace)), source=source)
    parsers = keyed(
        "name family note",
        id=word,
        kind=one_of("kind", KINDS),
        scope=one_of("scope", scopes),
        names=each(partial(_called, parsers=called)),
        forms=each(partial(made, Form, parsers=form)),
        capabilities=some(one_of("capability", capabilities)),
        catch_all=flag,
    )
    return partial(made, Product, parsers=parsers)


def _called(node: Node, parsers: dict[str, Parser]) -> Called:
    one = made(Called, node, parsers)
    if one.since and one.until and one.until < one.since:
        raise wrong(node, f"`until` is before `since`: {one.until} < {one.since}")
    return one
