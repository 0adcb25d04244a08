"""`fullcount directive`."""

from __future__ import annotations

import click

from fullcount import console, options


@click.group("directive")
def command() -> None:
    """List, show and check directives."""


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
                "entities": [{"id": entity.id, "name": entity.name, "role": entity.role} for entity in one.entities],
                "requires": {str(family): [str(trace) for trace in traces] for family, traces in one.requires.items()},
                "products": [{"id": product.id, "name": product.name, "scope": product.scope} for product in one.products],
                "signatures": [{"id": sig.id, "product": sig.product, "grade": str(sig.grade)} for sig in one.signatures],
            }
        )
        return
    console.out(f"{one.title}")
    console.out(f"{one.issuer}, issued {one.issued}; {', '.join(one.citations)}")
    console.out(f"{one.id} version {one.version}, digest {one.digest}")
    console.out(f"scope: {', '.join(f'{name} {ruling}' for name, ruling in one.scope.items())}")
    for exclusion in one.exclusions:
        console.out(f"left out: {exclusion.what}")
    for entity in one.entities:
        console.out(f"entity: {entity.name} ({entity.role})")
    for family, traces in one.requires.items():
        console.out(f"a complete look on {family} sees: {', '.join(traces)}")
    console.out(f"{len(one.products)} products, {len(one.signatures)} signatures, {len(one.examples)} examples:")
    for product in one.products:
        rules = sum(signature.product == product.id for signature in one.signatures)
        console.out(f"  {product.id}: {product.name} ({product.scope}; {rules} signatures)")


@command.command("check")
@click.argument("name")
@options.as_json
def check(name: str, as_json: bool) -> None:  # noqa: FBT001 - a flag
    """Check a directive: its files, its references, and every example against its signatures."""
    from fullcount.directive import find
    from fullcount.errors import DirectiveError
    from fullcount.match import failures

    one = find(name)
    wrong = failures(one)
    if as_json:
        console.emit({"schema": "fullcount.check/1", "id": one.id, "examples": len(one.examples), "wrong": wrong})
    for failure in wrong:
        console.say(f"{failure}")
    if wrong:
        raise DirectiveError(
            f"{len(wrong)} of {len(one.examples)} examples fail", place=one.id, hint="correct the signatures or the examples"
        )
    if not as_json:
        console.out(f"{one.id}: {len(one.signatures)} signatures and {len(one.examples)} examples, all as they should be")
