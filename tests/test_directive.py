"""Packs: what loads, what is refused and where, and how text is compared."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tests.packs import PACKS, SMALL, altered

from fullcount import tree
from fullcount.cli import cli
from fullcount.condition import Anchor, anchors, comparison, folded_fields, holds, spaced
from fullcount.directive import Directive, find, load, shipped
from fullcount.errors import DirectiveError, UsageError
from fullcount.model import Grade, Os, Trace
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Load = Callable[..., Directive]

SHELF = Path(__file__).resolve().parents[1] / "directives"


@pytest.fixture
def pack(tmp_path: Path) -> Load:
    """Loads the small pack with one piece of its text replaced."""

    def loaded(old: str = "", new: str = "", examples: str = "") -> Directive:
        (tmp_path / "directive.yaml").write_text(altered(SMALL, old, new), "utf-8")
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
    ("issued: 2020-01-01", "issued: January", 7, "must be a date, not `January`.*YYYY-MM-DD"),
    ("issued: 2020-01-01", "issued: 02/01/2020", 7, "must be a date, not `02/01/2020`.*YYYY-MM-DD"),
    ("issued: 2020-01-01", "issued: 2020-1-1", 7, "must be a date.*two digits"),
    ("url: https://example.org", "url: https://example.org\nurl: https://example.com", 10, "`url` stands here twice"),
    ("id: x", "id: X 'or 1=1", 1, "no plain word"),
    ("scope: {branded: in}", "scope: {branded: maybe}", 15, "`maybe` is no scope.*known: conditional, in, out, silent"),
    ("scope: {branded: in}", "scope: {branded: yes}", 15, "`yes` is no scope.*known: conditional, in, out, silent"),
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
    (
        SIGNATURE,
        "name: {matches: acme}}",
        21,
        "unknown key `matches`.*has: brand, ends, entity, equals, starts, successor, vendor, words",
    ),
    (SIGNATURE, "name: {starts: acme, ends: guard}}", 21, "one test at a time"),
    (SIGNATURE, "name: acme}", 21, "must be a test"),
    (SIGNATURE, "name: {words: []}}", 21, "list that is not empty"),
    (SIGNATURE, "name: {starts: ['acme ', x]}}", 21, "space around a value does not count"),
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
    ("sources: {ours: made up}", "sources: {ours: made up", 12, "is not YAML: the bracket of line 11 is not closed"),
    ("sources: {ours: made up}", "sources: " + "[" * 50 + "]" * 50, 11, "nested more than"),
    ("signatures:", "---\nsignatures:", None, "more than one document"),
    (
        "  - {id: guard, product",
        "  - {id: guard, product: guard, grade: name, source: ours, name: {words: acme}}\n  - {id: guard, product",
        22,
        "the id `guard` is taken",
    ),
]


# How people who have never written YAML get it wrong: the same, and in the words of neither of YAML's two parsers.
WRITTEN_WRONG = [
    ("scope: {branded: in}", "scope:\n\tbranded: in", 16, "a tab stands before the text.*with spaces"),
    ('version: "1"', 'version: "1', 2, "the quote that opens here is not closed"),
    ("title: Removal of Acme", "title: 'Removal of Acme", 3, "the quote that opens here is not closed"),
    ("title: Removal of Acme", "title: 'Acme's end'", 3, "does not go on as the lines above.*in quotes"),
    ("title: Removal of Acme", "title: Removal: of Acme", 3, "a second `: `.*in quotes"),
    ("issuer: Somebody", " issuer: Somebody", 5, "another column.*same column"),
    ("  - {id: acme", "   - {id: acme", 14, "does not go on as the lines above.*same column"),
    ("title: Removal of Acme", "title: @Acme", 3, "a sign that YAML keeps for itself.*in quotes"),
    ("title: Removal of Acme", "title: * Acme", 3, "a sign that YAML keeps for itself.*in quotes"),
    ("title: Removal of Acme", 'title: "C:\\Acme"', 3, r"`\\` means something else.*single quotes"),
    ("unit: endpoint", "unit:endpoint", 10, "a `key: value` is expected here.*with a space"),
    ("unit: endpoint", "unit endpoint", 10, "a `key: value` is expected here"),
    ("grade: name, source: ours", "grade: name source: ours", 21, "a comma is missing"),
    ("name: Acme Inc,", "name: Acme, Inc.,", 13, r"unknown key `Inc\.`.*text with a comma goes in quotes"),
    ('version: "1"', "version: “1”", 2, "a quote of a word processor.*plain ones"),
    ("unit: endpoint", "unit: #endpoint", 10, "missing or empty.*` #` in it goes in quotes"),
]


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of YAML's parsers: the one in C is not built everywhere."""
    name = str(request.param)
    monkeypatch.setattr(yaml, "CSafeLoader", getattr(yaml, name, yaml.SafeLoader), raising=False)
    return name


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("wrong", WRITTEN_WRONG, ids=[new for _, new, _, _ in WRITTEN_WRONG])
def test_mistakes_of_writing_are_told_in_plain_words(pack: Load, tmp_path: Path, wrong: tuple[str, str, int, str]) -> None:
    test_what_is_wrong_is_said_with_file_and_line(pack, tmp_path, wrong)


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
    monkeypatch.setattr(tree, "MAX_BYTES", 10)
    (tmp_path / "directive.yaml").write_text(SMALL, "utf-8")
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


@pytest.mark.parametrize("one", PACKS.values(), ids=lambda one: one.id)
def test_a_shipped_pack_is_complete(one: Directive) -> None:
    page = (SHELF / one.id / "sources.md").read_text("utf-8")
    headings = set(re.findall(r"^## ([a-z0-9_-]+)$", page, re.MULTILINE))
    base = find(one.builds_on) if one.builds_on else None
    assert set(one.sources) - set(base.sources if base else ()) == headings
    assert {signature.product for signature in one.signatures} == {product.id for product in one.products}
    assert len(one.examples) >= (20 if base else 40)
    assert 10 <= sum(example.counts for example in one.examples) <= len(one.examples) - 10
    assert {entity.source for entity in one.entities} <= set(one.sources)


@pytest.mark.parametrize("one", PACKS.values(), ids=lambda one: one.id)
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
            assert any(anchor.text in known["name"] for anchor in literals)


def test_what_half_of_all_paths_have_is_not_looked_for() -> None:
    assert anchors(comparison("path", "words", ("program files acme",))) == {Anchor("path", "acme", "words")}
    assert anchors(comparison("path", "words", ("windows ab",))) == {Anchor("path", "windows", "words")}


MADE = "kind: tool, scope: branded}"
NAMED = [
    ("kind: gadget, scope: branded}", "`gadget` is no kind.*known: .*endpoint protection"),
    ("kind: tool, scope: branded, names: [{name: Guard, source: theirs}]}", "`theirs` is no source"),
    ("kind: tool, scope: branded, names: [{name: Guard}]}", "`source` is missing"),
    (
        "kind: tool, scope: branded, names: [{name: Guard, since: 2012, until: 2011, source: ours}]}",
        "`until` is before `since`",
    ),
    ("kind: tool, scope: branded, names: Guard}", "must be a list"),
    ("kind: tool, scope: branded, forms: [{os: dos, how: x, traces: program, source: ours}]}", "`dos` is no family"),
    ("kind: tool, scope: branded, forms: [{os: windows, how: x, traces: key, source: ours}]}", "`key` is no trace"),
    ("kind: tool, scope: branded, capabilities: [spam]}", "`spam` is no capability.*known: none"),
]


@pytest.mark.parametrize(("new", "says"), NAMED)
def test_a_product_says_only_what_is_known(pack: Load, tmp_path: Path, new: str, says: str) -> None:
    with pytest.raises(DirectiveError) as caught:
        pack(MADE, new)
    assert caught.value.place == f"{tmp_path / 'directive.yaml'}:19"
    assert re.search(says, f"{caught.value.message} {caught.value.hint}"), (caught.value.message, caught.value.hint)


def test_a_product_has_names_forms_and_capabilities(pack: Load) -> None:
    more = "names: [{name: Wache, language: de, since: 2012, source: ours}], capabilities: spam"
    forms = "forms: [{os: windows, how: installer, traces: [program, service], source: ours}]"
    one = pack(
        "scope: {branded: in}\nrequires: {windows: [program]}\nclocks: [{id: one, kind: [report], anchor: issued, offset: 30}]\n"
        "products:\n  - {id: guard, name: Acme Guard, family: Guard, kind: tool, scope: branded}",
        "scope: {branded: in}\nrequires: {windows: [program]}\nclocks: [{id: one, kind: [report], anchor: issued, offset: 30}]\n"
        "capabilities: {spam: Spam filtering}\n"
        f"products:\n  - {{id: guard, name: Acme Guard, family: Guard, kind: tool, scope: branded, {more}, {forms}}}",
    )
    guard = one.products[0]
    assert one.capabilities == {"spam": "Spam filtering"}
    assert [(name.name, name.language, name.since, name.until) for name in guard.names] == [("Wache", "de", 2012, None)]
    assert [(form.os, form.traces) for form in guard.forms] == [(Os.WINDOWS, (Trace.PROGRAM, Trace.SERVICE))]
    assert guard.capabilities == ("spam",)


@pytest.mark.parametrize("one", PACKS.values(), ids=lambda one: one.id)
def test_every_capability_of_a_shipped_pack_has_a_product(one: Directive) -> None:
    had = {capability for product in one.products for capability in product.capabilities}
    assert had <= set(one.capabilities or {})


def test_show_tells_what_is_known_of_a_product_and_an_entity() -> None:
    told = CliRunner().invoke(cli, ["directive", "show", "us-dhs-bod-17-01"]).output
    assert "entity: APROTECH LLC (affiliate, not verified)" in told
    assert "    called: Kaspersky PURE; Kaspersky Total Security\n" in told
    assert "    on linux, package: package, service, process, file\n" in told
    assert "    did: patching, network-access\n" in told
    assert "(console; branded; 4 signatures)" in told
    assert "(service; services; 1 signature)" in told
    whole = json.loads(CliRunner().invoke(cli, ["directive", "show", "us-dhs-bod-17-01", "--json"]).output)
    agent = next(product for product in whole["products"] if product["id"] == "network-agent")
    assert {form["os"] for form in agent["forms"]} == {"windows", "linux", "macos"}
    assert {"ru", "fr", "es", "pt"} <= {name["language"] for name in agent["names"]}
    assert {entity["vendor"] for entity in whole["entities"]} == {"kaspersky"}
