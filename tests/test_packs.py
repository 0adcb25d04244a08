"""The shipped packs among each other: what one ban counts, a ban of other firms does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from tests.packs import PACKS

from fullcount.match import verdicts
from fullcount.tables import schema
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fullcount.directive import Directive, Example

COUNTED = [(pack, example) for pack in PACKS.values() for example in pack.examples if example.counts]


def judged(packs: Sequence[Directive], examples: Iterable[Example]) -> list[dict[str, Any]]:
    """The verdicts of all packs on all examples, whose titles are numbered in their order."""
    rows = [
        {
            "title": number,
            **example.title._asdict(),
            "name_key": key(example.title.name) if example.title.name else None,
            "publisher_key": key(example.title.publisher) if example.title.publisher else None,
        }
        for number, example in enumerate(examples)
    ]
    return verdicts(packs, pa.Table.from_pylist(rows, schema=schema("titles")))


@pytest.fixture(scope="module")
def across() -> list[dict[str, Any]]:
    """The verdicts of every pack on what counts for any of them."""
    return judged([*PACKS.values()], [example for _, example in COUNTED])


def firms(pack: Directive) -> set[str]:
    return {entity.id for entity in pack.entities}


@pytest.mark.parametrize("pack", PACKS.values(), ids=lambda pack: pack.id)
def test_a_ban_says_nothing_of_the_firms_of_another(pack: Directive, across: list[dict[str, Any]]) -> None:
    foreign = {number for number, (owner, _) in enumerate(COUNTED) if not firms(owner) & firms(pack)}
    said = [(COUNTED[row["title"]][1].place, row["signature"]) for row in across if row["directive"] == pack.id]
    places = {COUNTED[number][1].place for number in foreign}
    assert [found for found in said if found[0] in places] == []
    assert said  # of its own it speaks


def test_the_list_of_texas_can_be_counted_by_an_earlier_state() -> None:
    texas = PACKS["us-tx-prohibited"]
    states = [scope for scope, ruling in texas.scope.items() if ruling == "in"]
    assert states == ["listed_2022_12_07", "listed_by_2025_01_31", "listed_2025_01_31", "listed_2026_01_26"]
    earlier = replace(texas, scope={**texas.scope, states[-1]: "out"})
    last = {product.id for product in texas.products if product.scope == states[-1]}
    examples = [example for example in texas.examples if example.counts]
    dropped = {examples[row["title"]].product for row in judged([texas], examples) if row["counts"]}
    dropped -= {examples[row["title"]].product for row in judged([earlier], examples) if row["counts"]}
    assert dropped == last
    assert len(last) == 26  # firms added on 26 January 2026
