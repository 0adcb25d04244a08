"""Captured: the tables of a kept count as what estimates are made of: strata, what is known of their families, and groups.

Rows are those of `captures`, `family_dates` and `detections`, which are as few for a million systems as for ten.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fullcount.capture import MOST_FAMILIES, Capture
from fullcount.linkage import measured
from fullcount.missed import Find, Looks, rates, rates_of
from fullcount.model import FORM_OF, Form, Trace
from fullcount.report import TOTAL, FamilyLine
from fullcount.rung import Facts, Family
from fullcount.sensitivity import Group
from fullcount.strata import Stratum

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from fullcount.missed import Rates
    from fullcount.report import Account
    from fullcount.settings import Settings
    from fullcount.strata import Stratified

    Rows = Sequence[Mapping[str, Any]]

PARTING = "; "  # between the families of a combination
ALIVE = 0.9  # of a family's records, the share that must say when their machine was last alive
TELLING = 100  # systems of a kind of which a family would have seen one, could it see any
USUAL_FORMS = (Form.MACHINE_WIDE, Form.PER_USER, Form.LEFT, Form.FILES)  # that any product can have


def families_of(rows: Rows) -> tuple[str, ...]:
    """The families that saw anything: the largest, as many as an overlap table can have, sorted."""
    seen: Counter[str] = Counter()
    for row in rows:
        for name in _split(row["families"]):
            seen[name] += row["systems"]
    return tuple(sorted(sorted(seen, key=lambda name: (-seen[name], name))[:MOST_FAMILIES]))


def _split(families: str) -> list[str]:
    return families.split(PARTING) if families else []


def strata_of(rows: Rows) -> list[Stratum]:
    """The systems by component, class and family of operating systems, each with its overlap table. Those that no family saw
    within the window are in none.
    """
    families = families_of(rows)
    bit = {name: 1 << turn for turn, name in enumerate(families)}
    cells: dict[tuple[str, str, str], Any] = defaultdict(lambda: np.zeros(1 << len(families)))
    for row in rows:
        if pattern := sum(bit.get(name, 0) for name in _split(row["families"])):
            cells[row["component"], row["class"], row["os_family"]][pattern] += row["systems"]
    return [
        Stratum(
            component=component,
            machine_class=machine_class,
            os_family=os_family,
            capture=Capture(families=families, counts=counts),
        )
        for (component, machine_class, os_family), counts in sorted(cells.items())
    ]


def combinations_of(rows: Rows) -> tuple[FamilyLine, ...]:
    """How many systems exactly these families saw within the window, most first: each system once, and those that none saw in
    no line.
    """
    names = set(families_of(rows))
    systems: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        systems[tuple(one for one in _split(row["families"]) if one in names)] += row["systems"]
    del systems[()]
    ordered = sorted(systems.items(), key=lambda one: (-one[1], one[0]))
    return tuple(FamilyLine(families=families, systems=number) for families, number in ordered)


def out_of_window(rows: Rows) -> int:
    """Systems that no family saw within the window: counted, and in no estimate."""
    return sum(row["systems"] for row in rows if not row["families"])


def facts_of(account: Account, dates: Rows, settings: Settings, *, seed: int) -> Facts:
    """What is known besides the overlaps: how often links fail, which families prove that a machine lives, and as of when."""
    families = tuple(
        Family(
            name=row["family"],
            is_live=row["dated"] >= ALIVE * row["records"] > 0,
            as_of=row["newest"].date() if row["newest"] else None,
        )
        for row in dates
    )
    return Facts(links=measured(account.relinks), families=families, window_days=settings.window_days, seed=seed)


def blind_of(rows: Rows, settings: Settings) -> set[tuple[str, str]]:
    """Pairs of a family of sources and a class of machines, or family of operating systems, that it cannot see: as the settings
    say, and where it saw none of very many.
    """
    said = {(one.name, word) for one in settings.family for word in one.blind}
    names = families_of(rows)
    every: Counter[str] = Counter()
    seen: Counter[tuple[str, str]] = Counter()
    for row in rows:
        for word in {row["class"], row["os_family"]} - {""}:
            every[word] += row["systems"]
            seen.update({(name, word): row["systems"] for name in _split(row["families"])})
    return said | {(name, word) for name in names for word, many in every.items() if many >= TELLING and not seen[name, word]}


def finds_of(rows: Rows) -> dict[str, list[Find]]:
    """By form of the product, the systems on which it was found: who looked, and who found it."""
    finds: dict[str, list[Find]] = {str(form): [] for form in Form}
    for row in rows:
        if row["form"]:
            finds[row["form"]].append(_find(row))
    return {form: found for form, found in finds.items() if found}


def _find(row: Mapping[str, Any]) -> Find:
    return Find(looked=frozenset(_split(row["looked"])), found=frozenset(_split(row["found"])), systems=row["systems"])


def forms_of(rows: Rows) -> tuple[Rates, ...]:
    """How often the looks of each family find each form that was found, told from the systems of all components and classes."""
    finds = finds_of([row for row in rows if row["component"] == TOTAL])
    every = rates_of([one for found in finds.values() for one in found])
    return tuple(rates(form, found, every) for form, found in finds.items())


def unseen_forms(account: Account, found: Iterable[Rates]) -> list[str]:
    """Forms in which any product may be, and which no complete look sees and nobody found."""
    seen = {FORM_OF.get(Trace(trace), Form.OTHER) for tool in account.tools for trace, systems in tool.traces.items() if systems}
    known = {*seen, *(one.form for one in found)}
    return [str(form) for form in USUAL_FORMS if form not in known]


def groups_of(rows: Rows, forms: Sequence[Rates], component: str = TOTAL, *, made: Stratified, captures: Rows) -> list[Group]:
    """The systems of a component, or all, by class: looked at, found in each form, and not looked at."""
    groups = []
    mine = [row for row in rows if row["component"] == component]
    for name in sorted({row["class"] for row in mine}):
        own = [row for row in mine if row["class"] == name]
        inspected = [row for row in own if row["is_covered"] or row["found"]]
        groups.append(
            Group(
                name=name,
                inspected=sum(row["systems"] for row in inspected),
                found=sum(row["systems"] for row in own if row["found"]),
                uninspected=sum(row["systems"] for row in own if row not in inspected),
                looks=tuple(_looks(own, forms)),
                unseen=_unseen(made, captures, component, name),
            )
        )
    return groups


def _looks(rows: Rows, forms: Sequence[Rates]) -> Iterator[Looks]:
    """What was found of each form; where nothing was, who looked at most, once: of the first form that is known."""
    finds = finds_of(rows)
    for one in forms:
        if one.form in finds:
            yield Looks(rates=one, finds=tuple(finds[one.form]))
    looked = [row for row in rows if row["looked"]]
    if not finds and forms and looked:
        most = _find(max(looked, key=lambda row: (row["systems"], row["looked"])))
        yield Looks(rates=forms[0], finds=(replace(most, systems=0),))


def _unseen(made: Stratified, captures: Rows, component: str, machine_class: str) -> Any:
    """Equally likely numbers of systems of a class that no source lists, all estimators alike; nothing where any component's was
    not estimated.
    """
    figures = [
        one.figure
        for one in made.lines
        if one.component and one.machine_class == machine_class and component in {TOTAL, one.component}
    ]
    if not figures or not all(one.draws for one in figures):
        return None
    mine = [row for row in captures if row["class"] == machine_class and component in {TOTAL, row["component"]}]
    seen = sum(row["systems"] for row in mine if row["families"])
    names = dict.fromkeys(name for one in figures for name in one.draws)
    drawn = [sum(one.draws.get(name, next(iter(one.draws.values())))[1] for one in figures) for name in names]
    return np.maximum(np.concatenate(drawn) - seen, 0)
