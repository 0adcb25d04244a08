"""Tables that several papers have: the numbers of the account as rows, with what they are out of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.cell import number
from fullcount.model import State
from fullcount.paper import NUMBER, Column, Figure, Table
from fullcount.papers.columns import columns
from fullcount.report import ESTIMATE, EXACT, UNASSIGNED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fullcount.paper import Facts
    from fullcount.register import Agreement
    from fullcount.report import Account, Line

_LINE = {
    "systems": "Systems",
    "with_it": "With it",
    "exempt": "Exempt",
    "not_covered": "Not covered",
    "without_it": "Without it",
    "looked_at": "Looked at",
    "expected": "Expected",
}


def figures(account: Account) -> tuple[Figure, ...]:
    """The numbers of the headline, each with its denominator."""
    total = account.total
    parts = (
        ("with_it", "Systems with it", total.with_it, total.with_it_label),
        ("exempt", "Systems with it, under an exemption in force", total.exempt, EXACT),
        ("not_covered", "Systems of which nobody can say", total.not_covered, EXACT),
        ("without_it", "Systems without it", total.without_it, EXACT),
        ("looked_at", "Systems that could be looked at", total.looked_at, EXACT),
    )
    found = [
        Figure(id=name, label=label, value=value, unit="systems", of=total.systems, of_what="systems known", sure=sure)
        for name, label, value, sure in parts
    ]
    return (Figure(id="systems", label="Systems known", value=total.systems, unit="systems", sure=EXACT), *found)


def components(account: Account) -> Table:
    """A row a component, those that it is made of below it; the last row counts every system once."""
    overlap = account.overlap
    stand = "system stands" if overlap == 1 else "systems stand"
    note = f"{number(overlap)} {stand} in more than one line; the last line counts each once." if overlap else ""
    return Table(
        id="components",
        title="By component",
        columns=columns(component="Component", parent="Part of", **_LINE),
        rows=tuple((line.component or UNASSIGNED, line.parent, *_numbers(line)) for line in account.components),
        total=("All, each system once", "", *_numbers(account.total)),
        note=note,
    )


def _numbers(line: Line) -> tuple[int | None, ...]:
    return tuple(getattr(line, name) for name in _LINE)


def products(account: Account) -> Table:
    """A row a product: systems by the best that is known of it there."""
    kinds = [kind for kind in map(str, State) if any(line.kinds.get(kind) for line in account.products)]
    by_kind = (Column(id=kind.replace(" ", "_"), label=kind.capitalize(), kind=NUMBER) for kind in kinds)
    return Table(
        id="products",
        title="By product",
        columns=(*columns(product="Product", systems="Systems"), *by_kind),
        rows=tuple((line.name, line.systems, *(line.kinds.get(kind, 0) for kind in kinds)) for line in account.products),
        note="A system with two products stands in two rows, so these are not added up." if len(account.products) > 1 else "",
    )


def products_by_component(account: Account) -> Table:
    """A row a product and component: what a directive means by endpoints impacted by each product."""
    rows = tuple(
        (line.name, component or UNASSIGNED, systems)
        for line in account.products
        for component, systems in line.components.items()
    )
    return Table(
        id="products_by_component",
        title="By product and component",
        columns=columns(product="Product", component="Component", systems="Systems"),
        rows=rows,
        note="A system with two products, or of two components, stands in two rows." if len(rows) > 1 else "",
    )


def reasons(account: Account) -> Table:
    """Why systems stand where they stand."""
    return Table(
        id="reasons",
        title="Why",
        columns=columns(standing="Standing", reason="Reason", systems="Systems"),
        rows=tuple((line.standing, line.reason, line.systems) for line in account.reasons),
        total=("all", "", account.total.systems) if account.reasons else (),
    )


def tools(account: Account) -> Table:
    """A row a tool: what its exports contributed."""
    return Table(
        id="tools",
        title="What was looked into",
        columns=columns(
            tool="Tool",
            lists="Lists",
            sources="Exports",
            systems="Systems",
            looked_at="Looked at",
            with_it="With it",
            only="Seen by it alone",
            rejects="Rejects",
            newest="Newest export",
        ),
        rows=tuple(
            (one.title, one.lists, one.sources, one.systems, one.looked_at, one.with_it, one.only, one.rejects, one.newest)
            for one in account.tools
        ),
        note="Tools overlap, so their systems are not added up." if len(account.tools) > 1 else "",
    )


def beside(account: Account) -> Table:
    """The numbers that are no part of the count."""
    return Table(
        id="beside",
        title="Beside the count, and no part of it",
        columns=columns(what="What", value="Number", unit="Unit", text="Meaning"),
        rows=tuple((one.name, one.value, one.unit, one.text) for one in account.beside),
    )


def attestations(facts: Facts) -> Table:
    """Numbers that a person gave for a component that sent no exports: said, not counted, never added."""
    return Table(
        id="attestations",
        title="Said by others, and never added",
        columns=columns(
            component="Component or contractor", value="Number", unit="Unit", name="Said by", on="On", basis="On what basis"
        ),
        rows=tuple((one.component, one.value, one.unit, one.name, one.on, one.basis) for one in facts.registers.attestations),
    )


def exceptions(facts: Facts) -> Table:
    """Exemptions that somebody approved, with their ends."""
    return Table(
        id="exceptions",
        title="Exceptions",
        columns=columns(
            clue="System", product="Product", approver="Approved by", reason="Reason", mitigation="Mitigation", expires="Ends"
        ),
        rows=tuple((one.clue, one.product, one.approver, one.reason, one.mitigation, one.expires) for one in facts.exceptions),
    )


def lone(found: Iterable[tuple[str, str, int]]) -> Table:
    """What was found and nobody says was bought: product, component and how many systems."""
    return Table(
        id="without_agreement",
        title="Found, and no agreement is registered",
        columns=columns(product="Product", component="Component", systems="Systems"),
        rows=tuple((product, component or UNASSIGNED, systems) for product, component, systems in found),
    )


def unfound(found: Iterable[Agreement]) -> Table:
    """What was bought and not found: paid for and not there, or not looked at."""
    return Table(
        id="without_finding",
        title="Agreements on what was not found",
        columns=columns(agreement="Agreement", supplier="Supplier", product="Product", component="Component", ends="Ends"),
        rows=tuple((one.id, one.supplier, one.product, one.component, one.ends) for one in found),
    )


def estimates(account: Account) -> Table:
    """What was worked out, with its interval. A number that the verdict does not allow is empty."""
    return Table(
        id="estimates",
        title="Worked out, not counted",
        columns=columns(
            what="What", component="Component", **{"class": "Class"}, verdict="Verdict", low="From", high="To", text="In words"
        ),
        rows=tuple(
            (one.what, one.component, one.machine_class, one.verdict, _rounded(one.low), _rounded(one.high), one.text)
            for one in account.estimates
        ),
        note=f"Label: {ESTIMATE}. Each holds only if what it assumes holds, and none is added to a count.",
    )


def _rounded(value: float | None) -> str:
    return "" if value is None else number(round(value))
