"""Packs that build on others: what is taken over, what never is, and what is refused where."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.packs import HEAD, altered

from fullcount import directive, pack
from fullcount.directive import Directive, find, load, shipped
from fullcount.engine import rows_table
from fullcount.errors import DirectiveError
from fullcount.match import verdicts
from fullcount.sieve import KEYS
from fullcount.tables import TITLE_FIELDS
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Load = Callable[..., Directive]

BASE = (
    f"id: base\n{HEAD}"
    """\
note: of the base
sources: {ours: made up}
entities:
  - {id: acme, name: Acme Inc, role: principal, source: ours}
scope: {branded: in, inside: out}
exclusions: [{what: what is inside of others, source: ours}]
requires: {windows: [program]}
clocks: [{id: one, kind: [report], anchor: issued, offset: 30}]
reports: [{id: count, title: Count}]
publishers: {publisher: {words: acme}}
capabilities: {guarding: Guarding}
products:
  - {id: guard, name: Acme Guard, family: Guard, kind: tool, scope: branded, capabilities: [guarding]}
  - {id: engine, name: Acme inside, family: Others, kind: engine, scope: inside}
signatures:
  - {id: guard, product: guard, grade: name, source: ours, name: {words: acme guard}}
  - {id: engine, product: engine, grade: name, source: ours, name: {words: powered by acme}, not: {publisher: {words: acme}}}
"""
)
WIDER = """\
id: wider
builds_on: base
version: "1"
title: No Acme in whole or in part
short_title: Wider
issuer: Somebody else
jurisdiction: there
issued: 2021-01-01
effective: 2021-01-02
url: https://example.com
unit: system
sources: {law: a law}
entities:
  - {id: acme-group, name: Acme Group, role: parent, source: law}
scope: {branded: in, inside: in, given: silent}
clocks: [{id: stop, kind: [remove], anchor: fixed, date: 2022-01-01}]
products:
  - {id: present, name: Acme Present, family: Others, kind: tool, scope: given}
signatures:
  - {id: present, product: present, grade: name, source: law, name: {words: acme present}}
"""


@pytest.fixture
def wider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads the wider pack from a shelf that has the base, each with one piece of its text replaced."""
    monkeypatch.setattr(pack, "shelf", lambda: tmp_path)
    monkeypatch.setattr(directive, "shelf", lambda: tmp_path)

    def loaded(old: str = "", new: str = "", base: tuple[str, str] = ("", "")) -> Directive:
        for name, text, what, by in (("base", BASE, *base), ("wider", WIDER, old, new)):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "directive.yaml").write_text(altered(text, what, by), "utf-8")
        return find("wider")

    return loaded


def test_products_signatures_and_sources_stand_beside_its_own(wider: Load) -> None:
    one = wider()
    assert one.builds_on == "base"
    assert [product.id for product in one.products] == ["guard", "engine", "present"]
    assert [signature.id for signature in one.signatures] == ["guard", "engine", "present"]
    assert one.sources == {"ours": "made up", "law": "a law"}


def test_what_it_does_not_say_itself_is_taken_over_whole(wider: Load) -> None:
    one = wider()
    base = find("base")
    assert (one.requires, one.publishers, one.capabilities) == (base.requires, base.publishers, base.capabilities)
    assert [entity.id for entity in one.entities] == ["acme-group"]
    again = wider(WIDER[WIDER.index("entities") : WIDER.index("scope:")], "requires: {linux: [package]}\n")
    assert [entity.id for entity in again.entities] == ["acme"]
    assert again.requires != base.requires


def test_what_a_text_says_is_never_taken_over(wider: Load) -> None:
    one = wider()
    assert one.scope == {"branded": "in", "inside": "in", "given": "silent"}
    assert ([clock.id for clock in one.clocks], one.reports, one.exclusions, one.note) == (["stop"], (), (), "")


def test_a_pack_may_add_nothing_but_its_scope(wider: Load) -> None:
    one = wider(WIDER[WIDER.index("products:") :], "")
    assert [product.id for product in one.products] == ["guard", "engine"]
    assert one.sources == {"ours": "made up", "law": "a law"}


def test_the_digest_covers_what_it_builds_on(wider: Load) -> None:
    plain = wider().digest
    assert wider(base=("words: acme guard", "words: acme guards")).digest != plain
    assert wider(base=("sources: {ours: made up}", "sources: {ours: made up again}")).digest != plain
    assert wider("inside: in", "inside: out").digest != plain
    assert wider(base=("note: of the base", "note: which is not taken over")).digest == plain


# what is replaced, by what, the line where the error must stand, and what it must say
WRONG = [
    ("builds_on: base", "builds_on: bas", 2, "`bas` is no shipped pack.*did you mean `base`"),
    ("builds_on: base", "builds_on: wider", 2, "`wider` itself builds on a pack"),
    ("builds_on: base", "builds_on: [base]", 2, "must be text"),
    ("inside: in, ", "", 15, "the scope `inside` is missing.*silent"),
    ("sources: {law:", "sources: {ours: mine, law:", 12, "`ours` stands in base, too.*another id"),
    ("id: present, name", "id: guard, name", 18, "the id `guard` is taken.*base.directive.yaml:23"),
    ("id: present, product", "id: engine, product", 20, "the id `engine` is taken.*base.directive.yaml:27"),
    ("sources: {law: a law}", "sources: [law]", 14, "`law` is no source"),
    ("scope: {branded", "scope: [branded]\nnote: {branded", 15, "must be `key: value` lines|must be text"),
    (WIDER[WIDER.index("  - {id: present, name") : WIDER.index("signatures:")], "", 17, "must be a list"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=[f"{new[:40]}-{line}" for _, new, line, _ in WRONG])
def test_what_is_wrong_is_said_with_file_and_line(wider: Load, tmp_path: Path, wrong: tuple[str, str, int, str]) -> None:
    old, new, line, says = wrong
    with pytest.raises(DirectiveError) as caught:
        wider(old, new)
    assert caught.value.place == f"{tmp_path / 'wider' / 'directive.yaml'}:{line}"
    assert re.search(says, f"{caught.value.message} {caught.value.hint}"), (caught.value.message, caught.value.hint)


def test_a_folder_of_ones_own_may_build_on_a_shipped_pack(tmp_path: Path) -> None:
    base = find("us-dhs-bod-17-01")
    scope = ", ".join(f"{name}: silent" for name in base.scope)
    own = WIDER[: WIDER.index("products:")].replace("builds_on: base", "builds_on: us-dhs-bod-17-01")
    own = own.replace("{branded: in, inside: in, given: silent}", f"{{{scope}}}")
    (tmp_path / "directive.yaml").write_text(own, "utf-8")
    assert [one.id for one in load(tmp_path).signatures] == [one.id for one in base.signatures]


BUILT = [one for one in map(find, shipped()) if one.builds_on]


@pytest.mark.parametrize("one", BUILT, ids=lambda one: one.id)
def test_a_title_is_the_same_product_under_the_pack_that_it_builds_on(one: Directive) -> None:
    base = find(one.builds_on)
    added = {product.id for product in one.products} - {product.id for product in base.products}
    there, here = recognised(base, base), recognised(one, base)
    assert len(there) >= 40
    assert [(title, product) for title, product in here if product not in added] == there


@pytest.mark.parametrize("one", BUILT, ids=lambda one: one.id)
def test_what_a_pack_decides_otherwise_has_an_example_of_its_own(one: Directive) -> None:
    base = find(one.builds_on)
    shown = {(example.product, example.counts) for example in one.examples}
    ruled = {(product.id, one.scope[product.scope] == "in") for product in one.products}
    before = {(product.id, base.scope[product.scope] == "in") for product in base.products}
    assert ruled - before
    assert ruled - before <= shown


def recognised(one: Directive, examples_of: Directive) -> list[tuple[int, str]]:
    """The products that a pack sees in the examples of another, each with the ordinal of its example."""
    rows = [
        {"title": number} | title | {column: key(title[name]) if title[name] else None for name, column in KEYS.items()}
        for number, title in enumerate(example.title._asdict() for example in examples_of.examples)
    ]
    columns = {"title": "int64", **dict.fromkeys(TITLE_FIELDS, "text"), **dict.fromkeys(KEYS.values(), "text")}
    return [(verdict["title"], verdict["product"]) for verdict in verdicts([one], rows_table(rows, columns))]


def test_directives_on_one_vendor_differ_in_what_is_in() -> None:
    asked = ("branded", "white_label", "embedded_in_third_party", "threat_intelligence", "training")
    about = [find("us-dhs-bod-17-01"), *(one for one in BUILT if one.builds_on == "us-dhs-bod-17-01")]
    ruled = {one.id: [one.scope[name] for name in asked] for one in about}
    assert ruled["us-dhs-bod-17-01"] == ["in", "silent", "out", "out", "out"]
    assert ruled["us-ndaa-fy2018-1634"] == ["in", "in", "in", "in", "in"]
    assert ruled["us-commerce-icts-2021-002"] == ["in", "in", "in", "out", "out"]
    assert ruled["au-pspf-002-2025"] == ["in", "silent", "silent", "in", "silent"]


def test_the_contract_clause_counts_business_days_from_a_discovery_and_from_the_report_on_it() -> None:
    statute = find("us-ndaa-fy2018-1634")
    said = [(clock.anchor, clock.offset, clock.unit, clock.date) for clock in statute.clocks]
    assert said == [
        ("fixed", 0, "calendar_day", date(2018, 10, 1)),
        ("discovery", 3, "business_day", None),
        ("report_submitted", 10, "business_day", None),
    ]
