"""Check: what the registers say against the directives and a count: names that nothing has, agreements without findings and
findings without agreements, exceptions that have expired, and how much of each agreement is spent.

Days are those of the term, the first and the last one included. An amount is never added to one in another currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fullcount.directive import shipped
from fullcount.node import did_you_mean
from fullcount.register import KINDS
from fullcount.report import UNASSIGNED
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from fullcount.directive import Directive
    from fullcount.register import Agreement, Registers
    from fullcount.report import Account
    from fullcount.settings import Exemption, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the entries of registers may name; nothing is known of `components` where no count was made and none is set."""

    components: frozenset[str]
    products: Mapping[str, str]  # id -> name
    capabilities: Mapping[str, str]
    counted: frozenset[str]  # directives of which the products and capabilities are
    directives: frozenset[str]  # these, and all that are shipped
    replacements: frozenset[str]


def known(registers: Registers, settings: Settings, directives: Sequence[Directive], accounts: Sequence[Account]) -> Known:
    """What there is to be named: by the settings, the directives, the accounts of a count and the registers themselves."""
    components = {one.name for one in settings.component} | {one.component for one in registers.components}
    components |= {one.parent for one in settings.component if one.parent}
    components |= {line.component for account in accounts for line in account.components}
    return Known(
        components=frozenset(components),
        products={product.id: product.name for one in directives for product in one.products},
        capabilities={name: word for one in directives for name, word in (one.capabilities or {}).items()},
        counted=frozenset(one.id for one in directives),
        directives=frozenset({*shipped(), *(one.id for one in directives)}),
        replacements=frozenset(one.id for one in registers.replacements),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dangling:
    """A name in a register that nothing has."""

    register: str
    what: str  # component, product, capability, replacement, directive
    name: str
    place: str
    hint: str


def dangling(registers: Registers, of: Known) -> Iterator[Dangling]:
    """Every such name, in the order of the registers."""
    for register, kind in KINDS.items():
        for one in getattr(registers, register):
            for what, name, names in _named(kind, one, of):
                if name and names and name not in names:
                    hint = f"{did_you_mean(name, names)}known: {', '.join(sorted(names)[:20])}"
                    yield Dangling(register=register, what=what, name=name, place=one.place, hint=hint)


def _named(kind: type[Any], one: Any, of: Known) -> Iterator[tuple[str, str, Collection[str]]]:
    """What an entry names, and what there is of it."""
    if kind is not KINDS["components"]:  # it says which components there are
        yield "component", getattr(one, "component", ""), of.components
    other = getattr(one, "directive", "") not in {"", *of.counted}  # its products are not known here
    product = "" if other else getattr(one, "product", "")
    # the product of an agreement may be any text, such as one of a shop; what looks like an id is one
    if kind is not KINDS["agreements"] or (product.islower() and " " not in product):
        yield "product", product, of.products
    yield from (("product", name, of.products) for name in getattr(one, "replaces", ()))
    yield from (("capability", name, of.capabilities) for name in getattr(one, "capabilities", ()))
    yield "capability", getattr(one, "capability", ""), of.capabilities
    yield "replacement", getattr(one, "replacement", ""), of.replacements or frozenset({"none is registered"})
    yield "directive", getattr(one, "directive", ""), of.directives


def missing(registers: Registers, of: Known) -> Iterator[tuple[str, str]]:
    """What a plan must say and no register does: a register, and what it lacks, in words."""
    for name in ("contacts", "agreements", "replacements", "waves"):
        if not getattr(registers, name):
            yield name, "nothing is said"
    said = {one.component for one in registers.components}
    for component in sorted(of.components - said - {"", UNASSIGNED}):
        yield "components", f"no mission function is said of {component}"
    controls = {one.capability for one in registers.controls}
    for capability, word in of.capabilities.items():
        if capability not in controls:
            yield "controls", f"nothing is said of {capability} ({word})"


def expired(registers: Registers, on: date) -> list[Exemption]:
    """Exceptions that no longer hold at the end of a day."""
    return [one for one in registers.exceptions if one.expires < on]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """How much of an agreement is spent at the end of a day. Days of the term; amounts in its currency; `None`: not known."""

    agreement: Agreement
    days: int | None
    days_left: int | None
    sunk: Decimal | None
    left: Decimal | None


def spent(one: Agreement, on: date | None) -> Spent:
    """By days: of a licence for three years of which half has passed, half is sunk. Sunk and left add up to the cost."""
    if on is None or one.starts is None or one.ends is None:
        return Spent(agreement=one, days=None, days_left=None, sunk=None, left=None)
    days = (one.ends - one.starts).days + 1
    used = min(max((on - one.starts).days + 1, 0), days)
    sunk = None if one.cost is None else (one.cost * used / days).quantize(Decimal("0.01"))
    left = None if one.cost is None or sunk is None else one.cost - sunk
    return Spent(agreement=one, days=days, days_left=days - used, sunk=sunk, left=left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lone:
    """A product that a component has and for which no agreement is registered. Unit: systems."""

    directive: str
    product: str
    name: str
    component: str
    systems: int


def without_agreement(registers: Registers, settings: Settings, accounts: Iterable[Account]) -> Iterator[Lone]:
    """What was found, product by component, and nobody says was bought: bundled, brought along, or not yet registered."""
    for account in accounts:
        for line in account.products:
            for component, systems in line.components.items():
                lines = {"", component, *settings.above(component)}
                if not any(
                    one.component in lines and _is_of(one.product, line.product, line.name) for one in registers.agreements
                ):
                    yield Lone(
                        directive=account.directive["id"],
                        product=line.product,
                        name=line.name,
                        component=component,
                        systems=systems,
                    )


def without_finding(registers: Registers, settings: Settings, accounts: Sequence[Account]) -> Iterator[Agreement]:
    """Agreements on a product that the count did not find in their component: paid for and not there, or not looked at."""
    found = {
        (line.product, line.name, component)
        for account in accounts
        for line in account.products
        for part in line.components
        for component in ("", part, *settings.above(part))
    }
    for one in registers.agreements:
        if not any(one.component == component and _is_of(one.product, product, name) for product, name, component in found):
            yield one


def _is_of(said: str, product: str, name: str) -> bool:
    """Whether an agreement is about a product: by its id or name; one that names none is about any of its supplier's."""
    return not said or key(said) in {key(product), key(name)}
