"""Matching: on small titles, and on real ones where they are present."""

from __future__ import annotations

import csv
import gzip
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from fullcount.directive import USUAL, Directive, Example, find, load, shipped
from fullcount.engines.duckdb import DuckDb
from fullcount.errors import UsageError
from fullcount.match import VERDICTS, Decision, match, verdicts
from fullcount.model import KIND_RANK, State, Title, Trace
from fullcount.tables import arrow_schema, schema
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterable

CORPUS = Path(__file__).resolve().parents[1] / "../shared/titles"
BOD = find("us-dhs-bod-17-01")
PACKS = [find(name) for name in shipped()]
EXAMPLES = [(pack, example) for pack in PACKS for example in pack.examples]

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


def counting(directive: Directive, titles: Iterable[tuple[Title, State]]) -> set[int]:
    """The ordinals of the titles that make a counting finding."""
    listed = list(titles)
    rows = verdicts([directive], table(title for title, _ in listed))
    return {row["title"] for row in rows if proves(row, listed[row["title"]][1])}


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Directive:
    folder = tmp_path_factory.mktemp("acme")
    (folder / "directive.yaml").write_text(PACK, "utf-8")
    return load(folder)


def of(directive: Directive, title: Title, *decisions: Decision) -> list[tuple[str, str, str, str, bool]]:
    rows = verdicts([directive], table([title]), decisions)
    return [(row["product"], row["signature"], row["grade"], row["kind"], row["counts"]) for row in rows]


@pytest.mark.parametrize(("pack", "example"), EXAMPLES, ids=lambda value: getattr(value, "place", getattr(value, "id", "")))
def test_example_is_judged_as_the_pack_says(pack: Directive, example: Example) -> None:
    rows = verdicts([pack], table([example.title]))
    products = {row["product"] for row in rows}
    assert any(proves(row, example.state) for row in rows) == example.counts, rows
    assert (example.product in products) if example.product else not products, rows


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_every_product_that_counts_has_an_example(pack: Directive) -> None:
    shown = {example.product for example in pack.examples}
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


def test_a_person_has_the_last_word(acme: Directive) -> None:
    title = Title("program", name="Acme Guard", publisher="Garage Band")
    yes = Decision(directive="x", product="guard", name="ACME guard", publisher="Garage  Band")
    no = Decision(directive="x", product="guard", name="acme guard", is_it=False)
    unseen = Title("program", name="Widget")
    assert of(acme, title, yes) == [("guard", "decision", "decided", "running", True)]
    assert of(acme, title, yes, no) == [("guard", "decision", "decided", "running", False)]
    assert of(acme, title._replace(publisher=None), yes)[0][1] == "guard-a"
    assert of(acme, unseen, Decision(directive="x", product="other", name="widget"))[0][2] == "decided"
    with pytest.raises(UsageError, match="`gone`"):
        of(acme, unseen, Decision(directive="x", product="gone", name="widget"))


def test_verdicts_do_not_depend_on_order_or_on_what_stands_beside() -> None:
    titles = [example.title for example in BOD.examples]
    whole = verdicts([BOD], table(titles))
    alone = [row | {"title": number} for number, title in enumerate(titles) for row in verdicts([BOD], table([title]))]
    assert whole == alone
    order = list(range(len(titles)))
    random.Random(7).shuffle(order)
    shuffled = verdicts([BOD], table(titles[number] for number in order))
    assert sorted((order[row["title"]], row["product"], row["signature"]) for row in shuffled) == sorted(
        (row["title"], row["product"], row["signature"]) for row in whole
    )


def test_two_directives_judge_one_inventory_at_once(acme: Directive) -> None:
    rows = verdicts([acme, BOD], table([Title("program", name="Acme Guard"), Title("program", name="Kaspersky PURE")]))
    assert [(row["title"], row["directive"]) for row in rows] == [(0, "x"), (1, BOD.id)]


@pytest.mark.parametrize("name", ["", " ", "\x00" * 50, "kaspersky" * 20_000, "\ud83d\ude00 kaspersky", "(((c)c)c) Kaspersky"])
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


# Real titles. What the corpus calls a platform says which type of title an inventory would make of it.

TYPES = {
    "linux/deb": Trace.PACKAGE,
    "linux/rpm": Trace.PACKAGE,
    "android": Trace.APP,
    "android/f-droid": Trace.APP,
    "macos": Trace.APP,
    "windows/appx": Trace.APP,
    "windows/store": Trace.APP,
    "windows-service": Trace.SERVICE,
    "windows-driver": Trace.DRIVER,
    "windows-exe": Trace.PROCESS,
    "windows-dll": Trace.FILE,
    "windows path": Trace.FILE,
    "browser-extension": Trace.EXTENSION,
    "cpe": Trace.DETECTION,
    "asset/licence table": Trace.LICENCE,
    "asset catalogue": Trace.LICENCE,
}


def rows_of(name: str) -> list[dict[str, str]]:
    path = CORPUS / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    return list(csv.DictReader(text.split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE))


def titled(name: str, publisher: str, platform: str, ident: str = "", *, code: str = "") -> tuple[Title, State]:
    trace = TYPES.get(platform, Trace.PROGRAM)
    cpe = re.search(r"cpe:\S+", ident)
    package = re.search(r"\bcom\.[\w.]+", ident)
    title = Title(
        trace,
        name=name or None,
        publisher=publisher or None,
        product_code=code or None,
        cpe=cpe[0] if cpe else None,
        bundle_id=package[0] if package and trace is Trace.APP else None,
        package=name if trace is Trace.PACKAGE else None,
        path=name if trace is Trace.FILE else None,
    )
    return title, USUAL.get(trace, State.INSTALLED)


@pytest.mark.real
@pytest.mark.parametrize(("evidence", "recall"), [("AB", 0.97), ("CD", 0.97)])
def test_real_products_are_found(evidence: str, recall: float) -> None:
    rows = [row for row in rows_of("kaspersky_titles.tsv") if row["evidence"] in evidence]
    titles = [titled(row["title"], row["publisher"], row["platform"], row["other_id"], code=row["product_code"]) for row in rows]
    found = counting(BOD, titles)
    missed = [row["title"] for number, row in enumerate(rows) if number not in found]
    assert len(found) >= recall * len(rows), missed


@pytest.mark.real
def test_names_and_codes_each_suffice() -> None:
    rows = [row for row in rows_of("kaspersky_titles.tsv") if row["evidence"] in "AB" and row["product_code"]]
    by_name = [titled(row["title"], row["publisher"], row["platform"]) for row in rows]
    by_code = [titled("", "", row["platform"], code=f"InstallWIX_{row['product_code'].lower()}") for row in rows]
    assert len(counting(BOD, by_name)) == len(counting(BOD, by_code)) == len(rows) > 5


@pytest.mark.real
def test_products_that_hide_their_name_are_found() -> None:
    rows = [row for row in rows_of("confusables.tsv") if row["direction"] == "false_negative" and row["class"] != "other fields"]
    found = counting(BOD, [titled(row["value"], row["publisher_or_owner"], row["platform"], row["why"]) for row in rows])
    assert [row["value"] for number, row in enumerate(rows) if number not in found] == []


@pytest.mark.real
def test_traps_do_not_count_whatever_an_inventory_takes_them_for() -> None:
    rows = [row for row in rows_of("confusables.tsv") if row["direction"] == "false_positive"]
    for platform in (None, "windows", "macos", "linux/deb", "windows-service", "windows path", "windows-exe", "cpe"):
        listed = [row for row in rows if platform is None or row["class"] != "licence record"]
        titles = [titled(row["value"], row["publisher_or_owner"], platform or row["platform"]) for row in listed]
        assert [listed[number]["value"] for number in sorted(counting(BOD, titles))] == [], platform


@pytest.mark.real
def test_other_vendors_titles_do_not_count() -> None:
    rows = rows_of("other_titles.tsv.gz")
    titles = [titled(row["name"], row["publisher"], row["platform"], row["ident"]) for row in rows]
    assert [rows[number] for number in sorted(counting(BOD, titles))] == []
    assert len(rows) > 200_000


@pytest.mark.real
def test_other_vendors_products_with_the_engine_inside_do_not_count() -> None:
    rows = rows_of("oem_embedded.tsv")
    own = ("Kaspersky TDSSKiller", "Kaspersky VPN")  # the vendor's own, whoever repacks them or works inside them
    others = [row for row in rows if not row["product"].startswith(own)]
    titles = [titled(row["product"], row["vendor"], "windows") for row in others]
    assert [others[number]["product"] for number in sorted(counting(BOD, titles))] == []
    assert len(others) == len(rows) - 2


ARTIFACTS = {
    "msi_product_code": ("program", "product_code"),
    "msi_upgrade_code": ("program", "upgrade_code"),
    "store_package_family": ("app", "package"),
    "android_package": ("app", "package"),
    "macos_pkg_receipt": ("package", "package"),
    "apple_team_id": ("app", "signer"),
    "codesign_subject": ("app", "signer"),
    "cpe": ("detection", "cpe"),
    "legal_or_publisher_name": ("program", "publisher"),
}


@pytest.mark.real
@pytest.mark.parametrize("kind", ARTIFACTS)
def test_every_identifier_suffices_alone(kind: str) -> None:
    trace, field = ARTIFACTS[kind]
    rows = [row for row in rows_of("kaspersky_artifacts.tsv") if row["kind"] == kind]
    values = [re.sub(r" \(with literal quotes\)", "", row["value"]) for row in rows]
    found = counting(BOD, [(Title(trace)._replace(**{field: value}), State.INSTALLED) for value in values])
    assert rows
    assert [value for number, value in enumerate(values) if number not in found] in ([], ["APROTECH LLC"])


@pytest.mark.real
def test_a_bare_process_name_never_decides_and_most_are_seen() -> None:
    rows = [row for row in rows_of("kaspersky_artifacts.tsv") if row["kind"] == "process"]
    made = verdicts([BOD], table(Title("process", name=row["value"]) for row in rows))
    assert {row["grade"] for row in made} == {"hint"}
    assert len({row["title"] for row in made}) > 0.9 * len(rows)
