"""`fullcount directive`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.directive import Entity
    from fullcount.product import Product


@click.group("directive")
def command() -> None:
    """List, show and check directives, and begin one of your own."""


@command.command("list")
@options.as_json
def list_(as_json: bool) -> None:  # noqa: FBT001 - a flag
    """List the directives that come with fullcount."""
    from fullcount.directive import find, shipped

    packs = [find(name) for name in shipped()]
    if as_json:
        rows = [
            {"id": one.id, "version": one.version, "title": one.title, "issued": one.issued, "digest": one.digest}
            for one in packs
        ]
        console.emit({"schema": "fullcount.directives/1", "directives": rows})
    else:
        for one in packs:
            console.out(f"{one.id}  {one.title} (issued {one.issued}, {len(one.signatures)} signatures)")


@command.command("show")
@click.argument("name")
@options.as_json
def show(name: str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Show a directive: NAME is an id or a folder."""
    from fullcount.directive import find

    one = find(name)
    if as_json:
        console.emit(
            {
                "schema": "fullcount.directive/1",
                "id": one.id,
                "version": one.version,
                "title": one.title,
                "issuer": one.issuer,
                "issued": one.issued,
                "digest": one.digest,
                "scope": dict(one.scope),
                "exclusions": [exclusion.what for exclusion in one.exclusions],
                "entities": [_entity(entity) for entity in one.entities],
                "requires": {str(family): [str(trace) for trace in traces] for family, traces in one.requires.items()},
                "capabilities": dict(one.capabilities or {}),
                "products": [_product(product) for product in one.products],
                "signatures": [{"id": sig.id, "product": sig.product, "grade": str(sig.grade)} for sig in one.signatures],
            }
        )
        return
    console.out(f"{one.title}")
    console.out("; ".join([f"{one.issuer}, issued {one.issued}", *([", ".join(one.citations)] if one.citations else [])]))
    console.out(f"{one.id} version {one.version}, digest {one.digest}")
    console.out(f"scope: {', '.join(f'{name} {ruling}' for name, ruling in one.scope.items())}")
    for exclusion in one.exclusions:
        console.out(f"left out: {exclusion.what}")
    for entity in one.entities:
        doubt = ", not verified" if entity.unverified else ""
        console.out(f"entity: {entity.name} ({entity.role}{doubt})")
    for family, traces in one.requires.items():
        console.out(f"a complete look on {family} sees: {', '.join(traces)}")
    console.out(f"{len(one.products)} products, {len(one.signatures)} signatures, {len(one.examples)} examples:")
    for product in one.products:
        rules = sum(signature.product == product.id for signature in one.signatures)
        console.out(
            f"  {product.id}: {product.name} ({product.kind}; {product.scope}; {rules} signature{'' if rules == 1 else 's'})"
        )
        for line in _told(product):
            console.out(f"    {line}")


def _told(product: Product) -> Iterator[str]:
    """What else is known of a product, a line each."""
    if product.names:
        names = (f"{name.name} (not verified)" if name.unverified else name.name for name in product.names)
        yield f"called: {'; '.join(names)}"
    for form in product.forms:
        yield f"on {form.os}, {form.how}: {', '.join(form.traces)}"
    if product.capabilities:
        yield f"did: {', '.join(product.capabilities)}"
    if product.note:
        yield product.note


def _entity(one: Entity) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "role": one.role, "vendor": one.vendor, "unverified": one.unverified}


def _product(one: Product) -> dict[str, Any]:
    names = [{"name": name.name, "language": name.language, "since": name.since, "until": name.until} for name in one.names]
    forms = [{"os": str(form.os), "how": form.how, "traces": [str(trace) for trace in form.traces]} for form in one.forms]
    told = {"id": one.id, "name": one.name, "family": one.family, "kind": one.kind, "scope": one.scope}
    return {**told, "names": names, "forms": forms, "capabilities": list(one.capabilities)}


@command.command("check")
@click.argument("name")
@options.as_json
def check(name: str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Check a directive: its files, its references, what is still to be filled in, and every example against its signatures.

    The examples are tried once nothing is left to be filled in.
    """
    from fullcount.directive import find, folder_of
    from fullcount.draft import gaps
    from fullcount.errors import DirectiveError
    from fullcount.match import failures

    one = find(name)
    left = gaps(folder_of(name))
    wrong = [] if left else failures(one)
    if as_json:
        told = {"schema": "fullcount.check/1", "id": one.id, "examples": len(one.examples), "gaps": left, "wrong": wrong}
        console.emit(told)
    for line in (*left, *wrong):
        console.say(line)
    if left:
        things = "1 thing is" if len(left) == 1 else f"{len(left)} things are"
        raise DirectiveError(
            f"{things} still to be filled in", place=one.id, hint="write them, then check again: the examples are tried last"
        )
    if wrong:
        raise DirectiveError(
            f"{len(wrong)} of {len(one.examples)} examples fail", place=one.id, hint="correct the signatures or the examples"
        )
    if not as_json:
        console.out(f"{one.id}: {len(one.signatures)} signatures and {len(one.examples)} examples, all as they should be")


@command.command("new")
@click.argument("name", metavar="ID")
@click.option("--builds-on", default="", metavar="ID", help="A directive on the same vendor, whose products it shares.")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Where to write it; else a folder ID here."
)
def new(name: str, builds_on: str, folder: Path | None) -> None:
    """Begin a directive of your own: write a pack that says what is to be filled in. What is there already stays."""
    from fullcount.draft import begun, write

    texts = begun(name, builds_on)
    into = folder or Path(name)
    write(into, texts)
    for file in texts:
        console.out(f"{into / file}")
    console.out(f"Next: fill them in; `fullcount directive check {into}` says what is left")
