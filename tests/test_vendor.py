"""Vendors: what loads, what is refused and where, and what a directive makes of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.packs import SMALL, altered

from fullcount.condition import folded_fields, holds, spaced
from fullcount.directive import load
from fullcount.errors import DirectiveError
from fullcount.rule import ASKED
from fullcount.vendor import FACTS, FILE, ROLES, branded, known_by, loaded, own_names, succeeded, vendors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fullcount.directive import Directive
    from fullcount.vendor import Fact, Firm, Vendor

    Shelf = Callable[..., dict[str, Vendor]]
    Load = Callable[..., Directive]

VENDORS = """\
sources: {ours: made up, rumours: heard}
vendors:
  - id: acme
    name: Acme
    firms:
      - {id: acme-inc, name: "Acme, Inc.", role: principal, source: ours, until: 2020-01-01, aliases: [Acme Inc]}
      - {id: acme-llc, name: Acme LLC, role: affiliate, source: rumours, unverified: yes}
      - {id: heir, name: Heir Ltd, role: successor, source: ours, since: 2021-05-06, aliases: [Heir]}
    names: [{values: [Acme, アクメ], source: ours}, {values: [Acmee], source: rumours, unverified: yes}]
    brands: [{values: [acme, アクメ], source: ours}]
    signers: [{values: Acme Signing, source: ours}]
    team_ids: [{values: [ACME12345X], source: ours}]
    domains: [{values: [acme.example], source: ours}]
    cpe_vendors: [{values: [acme, acme_inc], source: ours}]
    namespaces: [{values: [com.acme], source: ours}]
    purls: [{values: ["pkg:npm/@acme"], source: ours}]
    ouis: [{values: ["00:00:5E"], source: ours}]
  - id: bare
    name: Bare
    firms: [{id: bare, name: Bare Ltd, role: principal, source: ours}]
"""
PACK = altered(
    SMALL.replace("name: {words: acme guard}", "publisher: {vendor: acme}"),
    SMALL[SMALL.index("  - {id: acme,") : SMALL.index("scope:")],
    "  - {vendor: acme, source: ours}\n",
)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Loads the small file with one piece of its text replaced."""

    def made(old: str = "", new: str = "") -> dict[str, Vendor]:
        (tmp_path / FILE).write_text(altered(VENDORS, old, new), "utf-8")
        return loaded(tmp_path / FILE)

    return made


@pytest.fixture
def pack(shelf: Shelf, tmp_path: Path) -> Load:
    """Loads the small pack, beside its vendors, with one piece of its text replaced."""

    def made(old: str = "", new: str = "") -> Directive:
        shelf()
        (tmp_path / "directive.yaml").write_text(altered(PACK, old, new), "utf-8")
        return load(tmp_path)

    return made


def passes(vendor: Vendor, field: str, value: str, how: str = "vendor") -> bool:
    condition = ASKED[how](vendor, field)
    assert condition is not None
    title = folded_fields({field: value, "type": "program"})
    return holds(condition, title, {name: spaced(text) for name, text in title.items()})


def test_names_are_those_of_verified_firms_but_successors(shelf: Shelf) -> None:
    assert own_names(shelf()["acme"]) == ("Acme, Inc.", "Acme Inc", "Acme", "アクメ")


SHOWN = [
    ("publisher", "ACME, inc.", True),
    ("publisher", "アクメ", True),
    ("publisher", "Acme LLC", False),  # not verified
    ("publisher", "Acmee", False),
    ("publisher", "Heir Ltd", False),  # a successor is somebody else
    ("publisher", "The Acme Fan Club", False),
    ("signer", 'CN="Acme, Inc.", O="Acme, Inc.", C=US', True),
    ("signer", "Developer ID Application: Somebody (ACME12345X)", True),
    ("signer", "CN=Acme Signing 3", True),
    ("signer", "CN=Acme Garden", False),
    ("dns_name", "acme.example.", True),
    ("dns_name", "update.acme.example", True),
    ("dns_name", "notacme.example", False),
    ("cpe", "cpe:/a:acme:guard:1", True),
    ("cpe", "cpe:2.3:o:acme_inc:guard_firmware:1:*:*:*:*:*:*:*", True),
    ("cpe", "cpe:2.3:a:acmespace:guard:1:*:*:*:*:*:*:*", False),
    ("cpe", "cpe:2.3:a:other:acme:1:*:*:*:*:*:*:*", False),
    ("package", "com.acme.guard", True),
    ("package", "com.acmespace.guard", False),
    ("bundle_id", "com.acme", True),
    ("purl", "pkg:npm/%40acme/ui@1", True),
    ("purl", "pkg:npm/@acmespace/ui@1", False),
]


@pytest.mark.parametrize(("field", "value", "shown"), SHOWN)
def test_each_field_shows_the_vendor_in_its_own_way(shelf: Shelf, field: str, value: str, *, shown: bool) -> None:
    assert passes(shelf()["acme"], field, value) is shown


def test_a_brand_is_a_word_anywhere_and_a_successor_is_a_name(shelf: Shelf) -> None:
    acme = shelf()["acme"]
    assert passes(acme, "name", "The Acme fan club", "brand")
    assert passes(acme, "name", "アクメガード", "brand")
    assert not passes(acme, "name", "Acmespace", "brand")
    assert passes(acme, "publisher", "Heir", "successor")
    assert passes(acme, "signer", "CN=Heir Ltd, C=US", "successor")
    assert not passes(acme, "publisher", "Acme", "successor")


def test_what_is_not_known_is_no_test(shelf: Shelf) -> None:
    bare = shelf()["bare"]
    assert known_by(bare, "cpe") is known_by(bare, "service") is branded(bare, "name") is succeeded(bare, "publisher") is None


# what is replaced, by what, the line where the error must stand, and what it must say
WRONG = [
    ("name: Acme\n", "nmae: Acme\n", 4, "unknown key `nmae`.*did you mean `name`"),
    ("name: Acme\n", "name: Acme\n    name: Acme\n", 5, "`name` stands here twice"),
    ("role: principal, source: ours, until", "role: owner, source: ours, until", 6, "`owner` is no role.*known: .*successor"),
    ("source: ours, until", "source: theirs, until", 6, "`theirs` is no source"),
    ("until: 2020-01-01", "since: 2021-01-01, until: 2020-01-01", 6, "`until` is before `since`"),
    ("until: 2020-01-01", "until: 2020", 6, "must be a date"),
    (", since: 2021-05-06", "", 8, "`since` is missing"),
    ("{values: [acme, アクメ], source: ours}", "{values: [acme]}", 10, "`source` is missing"),
    ("{values: [acme, アクメ], source: ours}", "{source: ours}", 10, "`values` is missing"),
    ("{values: [acme, アクメ], source: ours}", "{values: ['™'], source: ours}", 10, "nothing is left"),
    ("{values: [acme, アクメ], source: ours}", "acme", 10, "must be a fact"),
    ("id: bare\n", "id: acme\n", 18, "the id `acme` is taken"),
    ("id: acme-llc", "id: acme-inc", 7, "the id `acme-inc` is taken"),
    ("vendors:\n", "vendor:\n", 2, "unknown key `vendor`.*did you mean `vendors`"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=[f"{new[:40]}-{line}" for _, new, line, _ in WRONG])
def test_what_is_wrong_is_said_with_file_and_line(shelf: Shelf, tmp_path: Path, wrong: tuple[str, str, int, str]) -> None:
    old, new, line, says = wrong
    with pytest.raises(DirectiveError) as caught:
        shelf(old, new)
    assert caught.value.place == f"{tmp_path / FILE}:{line}"
    assert re.search(says, f"{caught.value.message} {caught.value.hint}"), (caught.value.message, caught.value.hint)


def test_a_file_without_vendors_has_none(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("sources: {ours: made up}\n", "utf-8")
    assert loaded(tmp_path / FILE) == {}


def test_a_directive_names_a_vendor_instead_of_repeating_it(pack: Load) -> None:
    one = pack()
    assert [(entity.id, entity.unverified) for entity in one.entities] == [("acme-inc", False), ("acme-llc", True)]
    assert one.signatures[0].condition.values == ("acme, inc.", "acme inc", "acme", "アクメ")
    assert one.signatures[0].own_publisher
    only = pack("{vendor: acme, source: ours}", "{vendor: acme, firms: [acme-inc], source: ours}")
    assert [(entity.id, entity.aliases, entity.role) for entity in only.entities] == [("acme-inc", ("Acme Inc",), "principal")]


def test_a_pack_changes_with_the_vendors_that_it_names(pack: Load, shelf: Shelf, tmp_path: Path) -> None:
    plain = pack().digest
    (tmp_path / FILE).write_text(VENDORS.replace("アクメ], source: ours}, {", "Akume], source: ours}, {"), "utf-8")
    assert load(tmp_path).digest != plain
    (tmp_path / FILE).write_text(VENDORS.replace("Bare Ltd", "Bare Limited"), "utf-8")
    assert load(tmp_path).digest == plain


DANGLING = [
    ("{vendor: acme, source: ours}", "{vendor: acmee, source: ours}", 13, "`acmee` is no vendor.*did you mean `acme`"),
    ("{vendor: acme, source: ours}", "{vendor: acme}", 13, "`source` is missing"),
    ("{vendor: acme, source: ours}", "{vendor: acme, source: theirs}", 13, "`theirs` is no source"),
    ("{vendor: acme, source: ours}", "{vendor: acme, firms: [heir], source: ours}", 13, "`heir` is no firm of acme"),
    ("{vendor: acme, source: ours}", "{vendor: acme, source: ours, role: x}", 13, "unknown key `role`"),
    (
        "  - {vendor: acme, source: ours}\n",
        "  - {vendor: acme, source: ours}\n  - {id: acme-inc, name: A, role: x, source: ours}\n",
        14,
        "id `acme-inc` is taken",
    ),
    ("publisher: {vendor: acme}", "publisher: {vendor: acmee}", 20, "`acmee` is no vendor"),
    ("publisher: {vendor: acme}", "publisher: {vendor: {a: b}}", 20, "must be text"),
    ("publisher: {vendor: acme}", "service: {vendor: acme}", 20, "nothing verified that `service: {vendor: ...}` could look for"),
    ("publisher: {vendor: acme}", "cpe: {vendor: bare}", 20, "the vendor `bare` has nothing verified"),
    ("publisher: {vendor: acme}", "name: {brand: bare}", 20, "nothing verified"),
    ("publisher: {vendor: acme}", "publisher: {vendor: acme, equals: x}", 20, "one test at a time"),
]


@pytest.mark.parametrize("wrong", DANGLING, ids=[new[:50] for _, new, _, _ in DANGLING])
def test_a_dangling_reference_is_said_with_file_and_line(pack: Load, tmp_path: Path, wrong: tuple[str, str, int, str]) -> None:
    old, new, line, says = wrong
    with pytest.raises(DirectiveError) as caught:
        pack(old, new)
    assert caught.value.place == f"{tmp_path / 'directive.yaml'}:{line}"
    assert re.search(says, f"{caught.value.message} {caught.value.hint}"), (caught.value.message, caught.value.hint)


def test_a_pack_may_bring_vendors_but_none_that_comes_with_the_program(shelf: Shelf, tmp_path: Path) -> None:
    shelf()
    assert {"acme", "kaspersky"} <= vendors(tmp_path).keys()
    shelf("id: acme\n", "id: kaspersky\n")
    with pytest.raises(DirectiveError, match="comes with the program"):
        vendors(tmp_path)


@pytest.mark.parametrize("one", vendors().values(), ids=lambda one: one.id)
def test_a_shipped_vendor_is_sourced_and_can_be_named(one: Vendor) -> None:
    facts: list[Firm | Fact] = [fact for listed in one.facts.values() for fact in listed]
    for said in [*one.firms, *facts]:
        assert said.source in one.sources
        assert said.unverified or said.source != "recalled", said
    assert one.facts.keys() <= FACTS.keys()
    assert {firm.role for firm in one.firms} <= set(ROLES)
    assert own_names(one) or branded(one, "name"), one.id


def test_no_two_shipped_vendors_share_a_name() -> None:
    seen: dict[str, str] = {}
    for one in vendors().values():
        for name in own_names(one):
            assert seen.setdefault(name.casefold(), one.id) == one.id
