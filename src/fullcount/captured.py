"""Captured: the tables of a kept count as what estimates are made of: strata, what is known of their families, and groups.

Rows are those of `captures`, `family_dates` and `detections`, which are as few for a million systems as for ten.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np

from fullcount.capture import MOST_FAMILIES, Capture
from fullcount.linkage import measured
from fullcount.report import TOTAL
from fullcount.rung import Facts, Family
from fullcount.sensitivity import Group, Looks
from fullcount.strata import Stratum

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from fullcount.report import Account
    from fullcount.settings import Settings
    from fullcount.strata import Stratified

    Rows = Sequence[Mapping[str, Any]]

PARTING = "; "  # between the families of a combination
ALIVE = 0.9  # of a family's records, the share that must say when their machine was last alive
TELLING = 100  # systems of a kind of which a family would have seen one, could it see any
FORM = "installs that complete looks list"


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


def groups_of(rows: Rows, made: Stratified, strata: Sequence[Stratum], component: str = TOTAL) -> list[Group]:
    """The systems of a component, or all, by class: looked at, found, not looked at, and what two families that look found of
    each other's. The two are the same for all components.
    """
    pair = _pair([row for row in rows if row["component"] == TOTAL])
    looking = len({name for row in rows for name in _split(row["looked"])})
    groups = []
    mine = [row for row in rows if row["component"] == component]
    for name in sorted({row["class"] for row in mine}):
        own = [row for row in mine if row["class"] == name]
        inspected = [row for row in own if row["is_covered"] or row["found"]]
        found = sum(row["systems"] for row in own if row["found"])
        groups.append(
            Group(
                name=name,
                inspected=sum(row["systems"] for row in inspected),
                found=found,
                uninspected=sum(row["systems"] for row in own if row not in inspected),
                looks=(_looks(own, pair, looking),) if found else (),
                unseen=_unseen(made, strata, component, name),
            )
        )
    return groups


def _pair(rows: Rows) -> tuple[str, str]:
    """The two families that looked at most systems together; the first of several. Empty where no two did."""
    together: Counter[tuple[str, str]] = Counter()
    for row in rows:
        names = _split(row["looked"])
        for turn, one in enumerate(names):
            together.update({(one, other): row["systems"] for other in names[turn + 1 :]})
    return min(together, key=lambda pair: (-together[pair], pair), default=("", ""))


def _looks(rows: Rows, pair: tuple[str, str], looking: int) -> Looks:
    """What the two found. On a system that neither of them looked at, the others' finds are the first's: found is found."""
    numbers: Counter[str] = Counter()
    for row in rows:
        looked, found = set(_split(row["looked"])), set(_split(row["found"]))
        first, second = (one in found for one in pair)
        if set(pair) <= looked:
            numbers["first"] += row["systems"] * first
            numbers["second"] += row["systems"] * second
            numbers["both"] += row["systems"] * (first and second)
        elif pair[0] in looked:
            numbers["first_alone"] += row["systems"] * first
        elif pair[1] in looked:
            numbers["second_alone"] += row["systems"] * second
    return Looks(form=FORM, sources=min(looking, 2), **numbers)


def _unseen(made: Stratified, strata: Iterable[Stratum], component: str, machine_class: str) -> Any:
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
    seen = sum(one.capture.seen for one in strata if one.machine_class == machine_class and component in {TOTAL, one.component})
    names = dict.fromkeys(name for one in figures for name in one.draws)
    drawn = [sum(one.draws.get(name, next(iter(one.draws.values())))[1] for one in figures) for name in names]
    return np.maximum(np.concatenate(drawn) - seen, 0)
