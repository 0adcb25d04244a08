"""`fullcount decide`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options
from fullcount.commands.count import packs_of
from fullcount.commands.hosts import carry_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fullcount.directive import Directive


@click.command("decide")
@click.argument("title")
@click.argument("what", type=click.Choice(["is", "is-not"]))
@click.option("--product", required=True, metavar="ID", help="Which product; see `fullcount directive show ID`.")
@click.option("--publisher", default="", metavar="NAME", help="Only titles of this publisher.")
@options.deciding
def command(title: str, what: str, **chosen: Any) -> None:
    """Say that TITLE, as `fullcount review` shows it, is a product or is not: whatever its version, in this month's exports
    and in the next ones.
    """
    from fullcount.decision import Decision

    of = console.workspace(chosen["workspace"])
    pack = _pack(packs_of(of, chosen["directives"]), chosen["product"])
    new = Decision(
        what=what,
        name=title,
        publisher=chosen["publisher"],
        product=chosen["product"],
        directive=pack.id,
        why=chosen["why"],
        by=chosen["by"],
    )
    carry_out(of, new, chosen)
    if not of.has_title(new):
        console.say("note: no export that was read has a title of this name; write it as `fullcount review` shows it")


def _pack(packs: Sequence[Directive], product: str) -> Directive:
    """The directive that has a product. Raises `UsageError` where none has it, or several have."""
    from fullcount.errors import UsageError
    from fullcount.text import visible

    having = [pack for pack in packs if product in {one.id for one in pack.products}]
    if not having:
        listed = "; ".join(f"{pack.id}: {', '.join(sorted(one.id for one in pack.products))}" for pack in packs)
        raise UsageError(f"there is no product `{visible(product)}`", hint=f"the products are {listed}")
    if len(having) > 1:
        names = ", ".join(pack.id for pack in having)
        raise UsageError(f"several directives have a product `{visible(product)}`", hint=f"--directive one of: {names}")
    return having[0]
