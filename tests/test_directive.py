"""Packs: what loads, what is refused and where, and how text is compared."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullcount import directive
from fullcount.condition import anchors, comparison, folded_fields, holds, spaced
from fullcount.directive import Directive, find, load, shipped
from fullcount.errors import DirectiveError, UsageError
from fullcount.model import Grade, Os, Trace
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Load = Callable[..., Directive]

PACKS = [find(name) for name in shipped()]
SHELF = Path(__file__).resolve().parents[1] / "directives"

PACK = """\
id: x
version: "1"
title: Removal of Acme
short_title: Acme
issuer: Somebody
jurisdiction: here
issued: 2020-01-01
effective: 2020-01-02
url: https://example.org
unit: endpoint
sources: {ours: made up}
entities:
  - {id: acme, name: Acme Inc, role: principal, source: ours, aliases: [Acme]}
  - {id: rumour, name: Acne Inc, role: affiliate, source: ours, unverified: yes}
scope: {branded: in}
requires: {windows: [program]}
clocks: [{id: one, kind: [report], anchor: issued, offset: 30}]
products:
  - {id: guard, name: Acme Guard, family: Guard, kind: tool, scope: branded}
signatures:
  - {id: guard, product: guard, grade: name, source: ours, name: {words: acme guard}}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Load:
    """Loads the small pack with one piece of its text replaced."""

    def loaded(old: str = "", new: str = "", examples: str = "") -> Directive:
        assert PACK.count(old) == 1 or not old
        (tmp_path / "directive.yaml").write_text(PACK.replace(old, new) if old else PACK, "utf-8")
        if examples:
            (tmp_path / "examples.yaml").write_text(examples, "utf-8")
        return load(tmp_path)

    return loaded


def test_a_pack_says_what_is_written(pack: Load) -> None:
    one = pack()
    assert (one.id, one.version, one.issued, one.effective) == ("x", "1", date(2020, 1, 1), date(2020, 1, 2))
    assert one.requires == {Os.WINDOWS: (Trace.PROGRAM,)}
    assert one.entities[0].aliases == ("Acme",)
    assert (one.signatures[0].grade, one.signatures[0].condition) == (Grade.NAME, comparison("name", "words", ("acme guard",)))
    assert (one.clocks[0].offset, one.clocks[0].unit, one.clocks[0].roll) == (30, "calendar_day", "none")


def test_the_digest_is_that_of_the_content(pack: Load) -> None:
    plain = pack().digest
    assert re.fullmatch("[0-9a-f]{64}", plain)
    assert pack("unit: endpoint", "unit:   'endpoint' # as the directive says").digest == plain
    assert pack("issuer: Somebody\njurisdiction: here", "jurisdiction: here\nissuer: Somebody").digest == plain
    assert pack("offset: 30", "offset: 31").digest != plain
    assert pack("words: acme guard", "words: acme guards").digest != plain


def test_an_entity_test_takes_the_names_of_verified_entities(pack: Load) -> None:
    one = pack("name: {words: acme guard}", "publisher: {entity: any}")
    assert one.signatures[0].condition.values == ("acme inc", "acme")


SIGNATURE = "name: {words: acme guard}}"

# what is replaced, by what, the line where the error must stand, and what it must say
WRONG = [
    ("unit: endpoint", "unti: endpoint", 10, "unknown key `unti`.*did you mean `unit`"),
    ("unit: endpoint", "", 1, "`unit` is missing"),
    ("unit: endpoint", "unit:", 10, "missing or empty"),
    ("unit: endpoint", "unit: ' '", 10, "missing or empty"),
    ("unit: endpoint", "unit: [endpoint]", 10, "must be text"),
    ("unit: endpoint", "unit: no", 10, "no text to YAML, but bool.*in quotes"),
    ('version: "1"', "version: 1.10", 2, "no text to YAML, but float.*in quotes"),
    ("title: Removal of Acme", "title: 2017-01-01", 3, "no text to YAML, but timestamp"),
    ("issued: 2020-01-01", "issued: 2020-13-01", 7, "must be a date.*YYYY-MM-DD"),
    ("issued: 2020-01-01", "issued: January", 7, "must be a date"),
    ("url: https://example.org", "url: https://example.org\nurl: https://example.com", 10, "`url` stands here twice"),
    ("id: x", "id: X 'or 1=1", 1, "no plain word"),
    ("scope: {branded: in}", "scope: {branded: maybe}", 15, "`maybe` is no scope.*known: conditional, in, out, silent"),
    ("scope: {branded: in}", "scope: {'a b': in}", 15, "no plain word"),
    ("{windows: [program]}", "{windos: [program]}", 16, "`windos` is no family.*did you mean `windows`"),
    ("{windows: [program]}", "{windows: [programs]}", 16, "`programs` is no trace"),
    ("anchor: issued", "anchor: someday", 17, "`someday` is no anchor"),
    ("offset: 30", "offset: -30", 17, "whole number"),
    ("offset: 30", "report: gone", 17, "`gone` is no report.*known: none"),
    ("scope: branded}", "scope: brand}", 19, "`brand` is no scope.*did you mean `branded`"),
    ("kind: tool, scope", "catch_all: perhaps, kind: tool, scope", 19, "must be yes or no"),
    ("product: guard,", "product: gard,", 21, "`gard` is no product.*did you mean `guard`"),
    ("grade: name,", "grade: certain,", 21, "`certain` is no grade"),
    ("grade: name, source: ours", "grade: name, source: theirs", 21, "`theirs` is no source"),
    (SIGNATURE, "}", 21, "a condition is missing"),
    (SIGNATURE, "sofware: {words: acme}}", 21, "unknown key `sofware`.*a signature has: .*software|unknown key `sofware`"),
    (SIGNATURE, "name: {matches: acme}}", 21, "unknown key `matches`.*a test has: ends, entity, equals, starts, words"),
    (SIGNATURE, "name: {starts: acme, ends: guard}}", 21, "one test at a time"),
    (SIGNATURE, "name: acme}", 21, "must be a test"),
    (SIGNATURE, "name: {words: []}}", 21, "list that is not empty"),
    (SIGNATURE, "name: {equals: '™'}}", 21, "nothing is left"),
    (SIGNATURE, "publisher: {entity: rumour}}", 21, "`rumour` is no verified entity"),
    (SIGNATURE, "type: {equals: programme}}", 21, "`programme` is no type"),
    (SIGNATURE, "name: {words: ac}}", 21, "nothing to be looked for by"),
    (SIGNATURE, "name: {words: a b c d}}", 21, "nothing to be looked for by"),
    (SIGNATURE, "name: {words: [acme, ab]}}", 21, "nothing to be looked for by"),
    (SIGNATURE, "name: {equals: 卡}}", 21, "nothing to be looked for by"),
    (SIGNATURE, "not: {name: {words: acme}}}", 21, "nothing to be looked for by"),
    (SIGNATURE, "type: {equals: program}}", 21, "nothing to be looked for by"),
    (SIGNATURE, "any: [{name: {words: acme}}, {type: {equals: program}}]}", 21, "nothing to be looked for by"),
    (SIGNATURE, "any: {name: {words: acme}}}", 21, "must be a list"),
    ("sources: {ours: made up}", "sources: &a {ours: made up}", 11, "are not understood"),
    ("sources: {ours: made up}", "sources: !!python/object:os.system {ours: made up}", 11, "are not understood"),
    ("sources: {ours: made up}", "sources: *a", 11, "are not understood"),
    ("sources: {ours: made up}", "sources: {ours: made up", 12, "is not YAML"),
    ("sources: {ours: made up}", "sources: " + "[" * 50 + "]" * 50, 11, "nested more than"),
    ("signatures:", "---\nsignatures:", None, "more than one document"),
    (
        "  - {id: guard, product",
        "  - {id: guard, product: guard, grade: name, source: ours, name: {words: acme}}\n  - {id: guard, product",
        22,
        "the id `guard` is taken",
    ),
]


@pytest.mark.parametrize("wrong", WRONG, ids=[f"{new[:40]}-{line}" for _, new, line, _ in WRONG])
def test_what_is_wrong_is_said_with_file_and_line(pack: Load, tmp_path: Path, wrong: tuple[str, str, int | None, str]) -> None:
    old, new, line, says = wrong
    with pytest.raises(DirectiveError) as caught:
        pack(old, new)
    error = caught.value
    assert error.place == f"{tmp_path / 'directive.yaml'}{f':{line}' if line else ''}"
    assert re.search(says, f"{error.message} {error.hint}"), (error.message, error.hint)


@pytest.mark.parametrize(
    "data", [b"", b"# nothing\n", b"\xff\xfe\x00", b"a\x00b", b"- 1\n", b"just text", b"x: \x1b[2J", b"? [a]\n: b"]
)
def test_what_is_no_pack_at_all_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "directive.yaml").write_bytes(data)
    with pytest.raises(DirectiveError):
        load(tmp_path)


def test_a_missing_or_endless_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DirectiveError, match="cannot be read"):
        load(tmp_path)
    monkeypatch.setattr(directive, "MAX_BYTES", 10)
    (tmp_path / "directive.yaml").write_text(PACK, "utf-8")
    with pytest.raises(DirectiveError, match="longer than 10 bytes"):
        load(tmp_path)


@given(st.binary(max_size=200))
def test_any_bytes_load_or_are_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "directive.yaml").write_bytes(data)
    with pytest.raises(DirectiveError):
        load(folder)


EXAMPLES = [
    ("- {name: Acme}", "`counts` is missing"),
    ("- {name: Acme, counts: maybe}", "must be yes or no"),
    ("- {name: Acme, product: gard, counts: no}", "did you mean `guard`"),
    ("- {name: Acme, software: Acme, counts: no}", "unknown key `software`"),
    ("- {type: thing, name: Acme, counts: no}", "`thing` is no type"),
    ("name: Acme", "must be a list"),
]


@pytest.mark.parametrize(("examples", "says"), EXAMPLES)
def test_wrong_examples_are_refused(pack: Load, tmp_path: Path, examples: str, says: str) -> None:
    with pytest.raises(DirectiveError) as caught:
        pack(examples=examples)
    assert caught.value.place == f"{tmp_path / 'examples.yaml'}:1"
    assert says in f"{caught.value.message} {caught.value.hint}"


def test_examples_say_yes_and_no_as_people_write_it(pack: Load) -> None:
    one = pack(examples='- {name: A, product: guard, counts: yes}\n- {name: B, product: null, counts: "no"}\n')
    assert [(example.product, example.counts) for example in one.examples] == [("guard", True), (None, False)]


def test_a_pack_is_found_by_id_folder_or_file(pack: Load, tmp_path: Path) -> None:
    assert pack().id == find(str(tmp_path)).id == find(str(tmp_path / "directive.yaml")).id == "x"
    assert find(shipped()[0]).id == shipped()[0]
    with pytest.raises(UsageError) as caught:
        find("us-dhs-bod-17-1")
    assert "did you mean `us-dhs-bod-17-01`" in caught.value.hint


@pytest.mark.parametrize("one", PACKS, ids=lambda one: one.id)
def test_a_shipped_pack_is_complete(one: Directive) -> None:
    page = (SHELF / one.id / "sources.md").read_text("utf-8")
    headings = set(re.findall(r"^## ([a-z0-9_-]+)$", page, re.MULTILINE))
    assert set(one.sources) == headings
    assert {signature.product for signature in one.signatures} == {product.id for product in one.products}
    assert len(one.examples) >= 40
    assert 10 <= sum(example.counts for example in one.examples) <= len(one.examples) - 10
    assert {entity.source for entity in one.entities} <= set(one.sources)


@pytest.mark.parametrize("one", PACKS, ids=lambda one: one.id)
def test_everything_in_a_shipped_pack_is_folded_and_findable(one: Directive) -> None:
    for signature in one.signatures:
        assert anchors(signature.condition), signature.id
        assert signature.grade is not Grade.DECIDED


def test_bod_17_01_has_its_four_dates() -> None:
    bod = find("us-dhs-bod-17-01")
    assert {clock.id: clock.offset for clock in bod.clocks} == {"identify": 30, "plan": 60, "remove": 90, "status": 120}
    assert all(clock.unit == "calendar_day" and clock.anchor == "issued" for clock in bod.clocks)
    assert (bod.issued, bod.clocks[3].repeat and bod.clocks[3].repeat.every) == (date(2017, 9, 13), 30)
    assert bod.scope["branded"] == "in"
    assert bod.scope["embedded_in_third_party"] == "out"


# field, test, value in the pack, text of the title, whether it holds
COMPARED = [
    ("name", "words", "kaspersky", "KASPERSKY® Lab", True),
    ("name", "words", "kaspersky", "KasperSkytte/ampvis2", False),
    ("name", "words", "kaspersky", "kaspersky_lab", True),
    ("name", "words", "kaspersky", "kasperskylab", False),
    ("name", "words", "anti-virus 6.0", "Anti Virus 6.0 for Servers", True),
    ("name", "words", "endpoint security", "Endpoint Protection and Security", False),
    ("name", "words", "卡巴斯基", "新卡巴斯基安全", True),
    ("name", "words", "Антивирус Касперского", "АНТИВИРУС  КАСПЕРСКОГО 2013", True),
    ("name", "words", "касперск", "Антивирус Касперского", False),
    ("name", "starts", "kesl-", "KESL-12", True),
    ("name", "ends", "@kaspersky.com", "x@Kaspersky.com", True),
    (
        "product_code",
        "equals",
        "{7EC66A9F-0A49-4DC0-A9E8-460333EA8013}",
        "InstallWIX_{7ec66a9f-0a49-4dc0-a9e8-460333ea8013}",
        True,
    ),
    ("product_code", "equals", "7EC66A9F-0A49-4DC0-A9E8-460333EA8013", "{7EC66A9F-0A49-4DC0-A9E8-460333EA8014}", False),
    ("cpe", "starts", "cpe:2.3:a:kaspersky:", "cpe:/a:kaspersky:anti-virus:1", True),
    ("cpe", "starts", "cpe:2.3:a:kaspersky:anti-virus:", r"cpe:2.3:a:kaspersky:anti\-virus:1:*", True),
    ("cpe", "starts", "cpe:2.3:a:kaspersky:", "cpe:2.3:a:kasper_skarhoj:x", False),
    ("path", "starts", "/opt/kaspersky/", "/opt/kaspersky/kesl/bin", True),
    ("path", "words", "program files kaspersky lab", "D:\\Program Files\\Kaspersky Lab\\x", True),
    ("dns_name", "ends", ".kaspersky.com", "notkaspersky.com", False),
    ("dns_name", "equals", "kaspersky.com", "Kaspersky.com.", True),
    ("service", "equals", "kesl", "kesl.service", True),
    ("purl", "starts", "pkg:npm/@kaspersky/", "pkg:npm/%40kaspersky/x@1", True),
]


@pytest.mark.parametrize("case", COMPARED)
def test_text_is_compared_as_people_read_it(case: tuple[str, str, str, str, bool]) -> None:
    field, how, value, text, true = case
    condition = comparison(field, how, (value,))
    known = folded_fields({"type": "program", field: text})
    assert holds(condition, known, {name: spaced(folded) for name, folded in known.items()}) == true


@pytest.mark.parametrize(
    ("title", "file", "driver"),
    [
        ({"type": "file", "path": "C:\\x\\AVP.exe"}, "avp.exe", None),
        ({"type": "process", "name": "avp.exe"}, "avp.exe", None),
        ({"type": "service", "name": "X", "path": '"C:\\Program Files\\x\\avp.exe" -r'}, "avp.exe", None),
        ({"type": "driver", "name": "klif.sys"}, "klif.sys", "klif"),
        ({"type": "driver", "driver": "KLIF"}, None, "klif"),
        ({"type": "file", "path": "/x/klif.sys"}, "klif.sys", "klif"),
        ({"type": "program", "name": "avp.exe", "path": "C:\\x\\avp.exe"}, None, None),
    ],
)
def test_files_and_drivers_are_taken_from_where_they_stand(
    title: Mapping[str, str], file: str | None, driver: str | None
) -> None:
    known = folded_fields(title)
    assert (known.get("file"), known.get("driver")) == (file, driver)


@given(st.text(max_size=30), st.text(min_size=3, max_size=10), st.text(max_size=30))
def test_a_title_that_holds_contains_an_anchor(before: str, value: str, after: str) -> None:
    for how in ("equals", "starts", "ends", "words"):
        condition = comparison("name", how, (value,))
        literals = anchors(condition)
        text = {"equals": value, "starts": value + after, "ends": before + value}.get(how, f"{before} {value} {after}")
        known = {"name": key(text)}
        if literals and holds(condition, known, {"name": spaced(known["name"])}):
            assert any(literal in known["name"] for _, literal in literals)
