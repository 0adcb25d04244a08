"""Matching: on small titles; `test_matching.py` has the real ones."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from tests.packs import BOD, PACKS

from fullcount.decision import IS, IS_NOT, Decision
from fullcount.directive import Directive, load
from fullcount.engines.duckdb import DuckDb
from fullcount.errors import UsageError
from fullcount.match import VERDICTS, match, verdicts
from fullcount.model import KIND_RANK, State, Title, Trace
from fullcount.tables import arrow_schema, schema
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterable

EXAMPLES = [
    pytest.param(pack, number, id=f"{pack.id}-{example.place}")
    for pack in PACKS.values()
    for number, example in enumerate(pack.examples)
]

PACK = """
id: x
version: "1"
title: Removal of Acme
short_title: Acme
issuer: Somebody
jurisdiction: here
issued: 2020-01-01
effective: 2020-01-01
url: https://example.org
unit: endpoint
sources: {ours: made up}
entities: [{id: acme, name: Acme Inc, role: principal, source: ours}]
scope: {branded: in, white_label: silent}
requires: {windows: [program]}
clocks: [{id: one, kind: [report], anchor: issued, offset: 30}]
publishers: {publisher: {words: acme}}
products:
  - {id: guard, name: Acme Guard, family: Guard, kind: tool, scope: branded}
  - {id: brand, name: Guard by Acme, family: Guard, kind: tool, scope: white_label}
  - {id: other, name: Acme, family: Other, kind: tool, scope: branded, catch_all: yes}
signatures:
  - {id: guard-b, product: guard, grade: name, source: ours, name: {words: acme guard}}
  - {id: guard-a, product: guard, grade: name, source: ours, name: {starts: acme guard}}
  - {id: guard-code, product: guard, grade: proof, source: ours, product_code: {equals: "{00000000-0000-0000-0000-000000000001}"}}
  - {id: guard-file, product: guard, grade: hint, source: ours, file: {equals: guard.exe}}
  - {id: guard-rumour, product: guard, grade: proof, source: ours, unverified: yes, package: {equals: acme-guard}}
  - {id: brand, product: brand, grade: name, source: ours, name: {words: guard by acme}}
  - {id: other, product: other, grade: name, source: ours, publisher: {entity: any}}
  - {id: other-folder, product: other, grade: name, source: ours, path: {words: program files acme}}
  - {id: mention, product: other, grade: name, kind: mention, source: ours, name: {words: uninstall acme}}
"""


def table(titles: Iterable[Title]) -> pa.Table:
    """Titles as a reading keeps them."""
    rows = [
        {
            "title": number,
            **title._asdict(),
            "name_key": key(title.name) if title.name else None,
            "publisher_key": key(title.publisher) if title.publisher else None,
        }
        for number, title in enumerate(titles)
    ]
    return pa.Table.from_pylist(rows, schema=schema("titles"))


def proves(row: dict[str, Any], state: State) -> bool:
    """Whether a verdict counts for an observation of that state."""
    return bool(row["counts"]) and min(row["kind_rank"], KIND_RANK[state]) >= KIND_RANK[State.FILES]


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Directive:
    folder = tmp_path_factory.mktemp("acme")
    (folder / "directive.yaml").write_text(PACK, "utf-8")
    return load(folder)


def of(directive: Directive, title: Title, *decisions: Decision) -> list[tuple[str, str, str, str, bool]]:
    rows = verdicts([directive], table([title]), decisions)
    return [(row["product"], row["signature"], row["grade"], row["kind"], row["counts"]) for row in rows]


@cache
def judged(name: str) -> dict[int, list[dict[str, Any]]]:
    """The verdicts on the examples of a shipped pack, by number; a test below shows that titles are judged one by one."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in verdicts([PACKS[name]], table([example.title for example in PACKS[name].examples])):
        found.setdefault(row["title"], []).append(row)
    return found


@pytest.mark.parametrize(("pack", "number"), EXAMPLES)
def test_example_is_judged_as_the_pack_says(pack: Directive, number: int) -> None:
    example, rows = pack.examples[number], judged(pack.id).get(number, [])
    products = {row["product"] for row in rows}
    assert any(proves(row, example.state) for row in rows) == example.counts, rows
    assert (example.product in products) if example.product else not products, rows


@pytest.mark.parametrize("pack", PACKS.values(), ids=lambda pack: pack.id)
def test_every_product_that_counts_has_an_example(pack: Directive) -> None:
    base = PACKS[pack.builds_on].examples if pack.builds_on else ()
    shown = {example.product for example in (*base, *pack.examples)}
    assert {product.id for product in pack.products} - shown == set()


@pytest.mark.parametrize(
    ("publisher", "grade"),
    [(None, "name"), ("N/A", "name"), ("ACME, Inc.", "name and publisher"), ("Somebody Else", "hint")],
)
def test_the_publisher_confirms_or_contradicts_a_name(acme: Directive, publisher: str | None, grade: str) -> None:
    title = Title("program", name="Acme® Guard 3", publisher=publisher)
    assert of(acme, title) == [("guard", "guard-a", grade, "running", grade != "hint")]


def test_the_strongest_signature_wins_and_then_the_smallest_id(acme: Directive) -> None:
    code = "InstallWIX_{00000000-0000-0000-0000-000000000001}"
    assert of(acme, Title("program", name="Acme Guard"))[0][1] == "guard-a"
    assert of(acme, Title("program", name="Acme Guard", product_code=code))[0][1:3] == ("guard-code", "proof")


def test_a_catch_all_gives_way_to_a_product_that_is_as_sure(acme: Directive) -> None:
    assert [row[0] for row in of(acme, Title("program", name="Acme Guard", publisher="Acme Inc"))] == ["guard"]
    assert of(acme, Title("program", name="Widget", publisher="Acme Inc")) == [("other", "other", "name", "running", True)]


def test_a_catch_all_does_not_give_way_to_a_mere_hint(acme: Directive) -> None:
    title = Title("file", name="guard.exe", path="D:\\Program Files\\Acme\\guard.exe")
    assert [(row[0], row[4]) for row in of(acme, title)] == [("guard", False), ("other", True)]


def test_a_mention_proves_no_more_by_another_name_but_a_code_does(acme: Directive) -> None:
    named = Title("program", name="Uninstall Acme Guard")
    assert {row[3] for row in of(acme, named)} == {"mention"}
    coded = named._replace(product_code="{00000000-0000-0000-0000-000000000001}")
    assert ("guard", "guard-code", "proof", "running", True) in of(acme, coded)


def test_an_unverified_fact_only_hints(acme: Directive) -> None:
    assert of(acme, Title("package", package="acme-guard")) == [("guard", "guard-rumour", "hint", "running", False)]


def test_what_the_directive_is_silent_about_does_not_count(acme: Directive) -> None:
    assert of(acme, Title("program", name="Guard by Acme"))[0][::4] == ("brand", False)


def decided(name: str, product: str = "guard", *, what: str = IS, publisher: str = "") -> Decision:
    return Decision(what=what, directive="x", product=product, name=name, publisher=publisher)


def test_a_person_has_the_last_word(acme: Directive) -> None:
    title = Title("program", name="Acme Guard", publisher="Garage Band")
    yes = decided("ACME guard", publisher="Garage  Band")
    no = decided("acme guard", what=IS_NOT)
    unseen = Title("program", name="Widget")
    assert of(acme, title, yes) == [("guard", "decision", "decided", "running", True)]
    assert of(acme, title, yes, no) == [("guard", "decision", "decided", "mention", False)]
    assert of(acme, title, no, yes) == of(acme, title, yes)
    assert of(acme, title._replace(publisher=None), yes)[0][1] == "guard-a"
    assert of(acme, unseen, decided("widget", "other"))[0][2] == "decided"
    with pytest.raises(UsageError, match="`gone`"):
        of(acme, unseen, decided("widget", "gone"))


def test_what_a_person_overruled_is_kept(acme: Directive) -> None:
    sure, hint = Title("program", name="Acme Guard"), Title("program", name="Acme Guard", publisher="Garage Band")
    [row] = verdicts([acme], table([sure]), [decided("Acme Guard", what=IS_NOT)])
    assert (row["scope"], row["in_scope"], row["overruled"], row["overruled_counts"]) == ("decided not", "out", "guard-a", True)
    [row] = verdicts([acme], table([hint]), [decided("Acme Guard")])
    assert (row["scope"], row["in_scope"], row["overruled"], row["overruled_counts"]) == ("branded", "in", "guard-a", False)
    [row] = verdicts([acme], table([Title("program", name="Widget")]), [decided("Widget")])
    assert (row["overruled"], row["overruled_counts"]) == (None, False)


def test_a_title_without_a_name_is_called_by_the_next_that_it_has(acme: Directive) -> None:
    file = Title("file", path="D:\\Tools\\guard.exe")
    assert of(acme, file) == [("guard", "guard-file", "hint", "running", False)]
    assert of(acme, file, decided("d:/tools/GUARD.exe"))[0][1::3] == ("decision", True)
    assert of(acme, file._replace(name="guard.exe"), decided("d:/tools/guard.exe"))[0][1] == "guard-file"


def test_verdicts_do_not_depend_on_order_or_on_what_stands_beside() -> None:
    titles = [example.title for example in BOD.examples]
    whole = verdicts([BOD], table(titles))
    some = range(0, len(titles), 7)  # a pack is made ready anew for each
    alone = [row | {"title": number} for number in some for row in verdicts([BOD], table([titles[number]]))]
    assert [row for row in whole if row["title"] in some] == alone
    order = list(range(len(titles)))
    random.Random(7).shuffle(order)
    shuffled = verdicts([BOD], table(titles[number] for number in order))
    assert sorted((order[row["title"]], row["product"], row["signature"]) for row in shuffled) == sorted(
        (row["title"], row["product"], row["signature"]) for row in whole
    )


def test_two_directives_judge_one_inventory_at_once(acme: Directive) -> None:
    rows = verdicts([acme, BOD], table([Title("program", name="Acme Guard"), Title("program", name="Kaspersky PURE")]))
    assert [(row["title"], row["directive"]) for row in rows] == [(0, "x"), (1, BOD.id)]


@pytest.mark.parametrize("name", ["", " ", "\x00" * 50, "kaspersky" * 4_000, "\ud83d\ude00 kaspersky", "(((c)c)c) Kaspersky"])
def test_odd_names_are_judged_without_a_crash(name: str) -> None:
    odd = name.encode("utf-16", "surrogatepass").decode("utf-16")
    for trace in Trace:
        verdicts([BOD], table([Title(trace, name=odd, publisher=odd, path=odd, cpe=odd, product_code=odd)]))


def test_match_makes_the_table(acme: Directive) -> None:
    engine = DuckDb([])
    titles = [Title("program", name=f"Acme Guard {number}") for number in range(5)]
    engine.put("titles", table([*titles, Title("program", name="Widget"), Title("program")]))
    match(engine, [acme])
    made = engine.arrow("select * from verdicts order by title")
    assert made.schema == arrow_schema(VERDICTS)
    assert made["title"].to_pylist() == list(range(5))
    engine.put("titles", table([]))
    match(engine, [acme])
    assert engine.rows("select title from verdicts") == []
