"""The page of directives: what each pack covers, and how it is recognised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount import directive
from pages.layout import MADE, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.condition import Condition
    from fullcount.directive import Directive, Entity, Signature
    from fullcount.product import Called, Product


def directive_page() -> str:
    """`directives.md`."""
    head = ["# Directives\n", MADE, "The bans that come with fullcount: what each covers, and how it is recognised.\n"]
    return "\n".join([*head, *(part for name in directive.shipped() for part in _directive(directive.find(name)))])


def _directive(one: Directive) -> Iterator[str]:
    yield f"## {one.id}\n"
    yield f"{one.title}. {one.issuer}, issued {one.issued}. Version {one.version}, {len(one.examples)} examples. <{one.url}>\n"
    yield f"{one.note}\n" if one.note else ""
    yield "Scope. *Silent* is what the text does not say: never taken for *out*, and listed beside the count.\n"
    yield table(["scope", "ruling"], [[name.replace("_", " "), ruling] for name, ruling in one.scope.items()])
    if one.exclusions:
        yield from ("Left out by the directive itself:\n", *(f"- {exclusion.what}" for exclusion in one.exclusions), "")
    yield "A complete look must see:\n"
    yield table(["system", "traces"], [[str(family), ", ".join(traces)] for family, traces in one.requires.items()])
    yield "### Entities\n"
    rows = [_entity(entity) for entity in one.entities]
    yield table(["entity", "role", "also written", ""], rows)
    yield "### Products\n"
    yield table(["product", "name", "kind", "scope", "also called", "traces", "did for security"], map(_product, one.products))
    yield "### Signatures\n"
    yield "*Kind* is the strongest state that a signature can prove, *grade* how surely the title is that product.\n"
    yield table(["signature", "product", "grade", "kind", "what a title must have", "source"], map(_signature, one.signatures))
    yield "### Sources\n"
    yield table(["source", "what it is"], list(map(list, one.sources.items())))
    yield f"Each is explained in [sources.md](../../directives/{one.id}/sources.md).\n"


def _entity(one: Entity) -> list[str]:
    return [one.name, one.role, ", ".join(one.aliases), "not verified: decides nothing" if one.unverified else ""]


def _product(one: Product) -> list[str]:
    called = "; ".join(f"{name.name}{_years(name)}" for name in one.names)
    forms = "; ".join(f"{form.os} ({form.how}): {', '.join(form.traces)}" for form in one.forms)
    scope = one.scope.replace("_", " ")
    return [f"`{one.id}`", one.name, one.kind, scope, called, forms, ", ".join(one.capabilities)]


def _years(name: Called) -> str:
    doubt = ", not verified" if name.unverified else ""
    years = f"{name.since or ''}-{name.until or ''}" if name.since or name.until else ""
    return f" ({years}{doubt})" if years else doubt


def _signature(one: Signature) -> list[str]:
    grade = f"{one.grade}, unverified" if one.unverified else str(one.grade)
    return [f"`{one.id}`", f"`{one.product}`", grade, str(one.kind), _said(one.condition), one.source]


def _said(condition: Condition) -> str:
    if condition.join == "test":
        values = ", ".join(f"`{value}`" for value in condition.written)
        return f"{condition.field} {condition.how} {values if len(condition.written) == 1 else f'one of ({values})'}"
    parts = [_said(part) if part.join == "test" else f"({_said(part)})" for part in condition.parts]
    return f"not {parts[0]}" if condition.join == "not" else {"all": " and ", "any": " or "}[condition.join].join(parts)
