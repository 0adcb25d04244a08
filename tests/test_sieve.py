"""The sieve and the look-up of signatures: neither may lose a title that a signature holds for."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from tests.packs import BOD

from fullcount.condition import (
    FIELDS,
    HOW,
    Anchor,
    Condition,
    anchors,
    comparison,
    could_tell,
    folded_fields,
    holds,
    sought,
    spaced,
    told_by,
)
from fullcount.directive import Signature
from fullcount.engines.duckdb import DuckDb
from fullcount.match import match, verdicts
from fullcount.model import Grade, Title, Trace
from fullcount.product import Product
from fullcount.sieve import folded, sieve, survivors
from fullcount.tables import schema
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fullcount.directive import Directive

CODE = "{7EC66A9F-0A49-4DC0-A9E8-460333EA8013}"
# What names, paths and codes are made of, and what folds do something to.
PIECES = (
    *("Acme", "acme", "Guard", "guard.exe", "klif", ".sys", ".SYS", ".service", "cpe:/a:", "cpe:2.3:a:", CODE, "pkg:deb/"),
    *(
        " ",
        "  ",
        "\t",
        "\x00",
        "\x7f",
        "\n",
        "\\",
        "/",
        ".",
        "-",
        "_",
        ":",
        '"',
        " -r",
        "(c)",
        "(TM)",
        "(x86)",
        "%20",
        "%41",
        "%",
    ),
    *(
        "™",
        "®",
        "\u200b",
        "\u3000",
        "é",
        "e\u0301",
        "ß",
        "İ",
        "\u212a",
        "ﬁ",
        "Ａｃｍｅ",
        "カスペルスキー",
        "卡巴斯基",
        "Касперского",
        "😀",
    ),
)
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    st.text(max_size=8),
)
TITLES = st.builds(
    Title,
    type=st.sampled_from(Trace),
    **dict.fromkeys(Title._fields[1:], st.none() | TEXTS),
)


def table(titles: Iterable[Title]) -> pa.Table:
    """Titles as a reading keeps them, an empty value included."""
    keys = {"name_key": "name", "publisher_key": "publisher"}
    rows = [
        {"title": number, **title._asdict()}
        | {column: None if (value := getattr(title, field)) is None else key(value) for column, field in keys.items()}
        for number, title in enumerate(titles)
    ]
    return pa.Table.from_pylist(rows, schema=schema("titles"))


def directive(conditions: Iterable[Condition]) -> Directive:
    """One product a signature, each sure of itself, so that a verdict says no more than that the signature holds."""
    listed = list(conditions)
    scope = next(iter(BOD.scope))
    products = [Product(id=f"{number:04}", name="x", family="x", kind="x", scope=scope) for number in range(len(listed))]
    signatures = [
        Signature(id=product.id, product=product.id, grade=Grade.PROOF, source="x", condition=condition)
        for product, condition in zip(products, listed, strict=True)
    ]
    return replace(BOD, products=tuple(products), signatures=tuple(signatures), publishers=None)


def held(conditions: Sequence[Condition], titles: Sequence[Title]) -> set[tuple[int, str]]:
    """Titles and signatures by trying each with each."""
    known = [folded_fields(title._asdict()) for title in titles]
    words = [{field: spaced(value) for field, value in one.items()} for one in known]
    return {
        (title, f"{number:04}")
        for number, condition in enumerate(conditions)
        for title in range(len(titles))
        if holds(condition, known[title], words[title])
    }


def found(conditions: Sequence[Condition], titles: Sequence[Title]) -> set[tuple[int, str]]:
    return {(row["title"], row["product"]) for row in verdicts([directive(conditions)], table(titles))}


def cut(value: str, how: str, draw: Any) -> str:
    """A piece of a value for which the test is likely to hold."""
    at = draw(st.integers(0, len(value)))
    return {"starts": value[:at], "ends": value[at:], "words": value[at:]}.get(how, value)


@st.composite
def asked_of(draw: Any, titles: Sequence[Title]) -> Condition:
    """A test of any field, often with a value that some title has."""
    field, how = draw(st.sampled_from(sorted(FIELDS))), draw(st.sampled_from(HOW))
    values = [
        value for title in titles for value in (folded_fields(title._asdict()).get(field), title._asdict().get(field)) if value
    ]
    pieces = st.sampled_from(values).map(lambda value: cut(value, how, draw)) if values else TEXTS
    drawn = draw(st.lists(pieces | TEXTS, min_size=1, max_size=2))
    usable = [value for value in drawn if comparison(field, how, (value,)).values[0].strip()]  # as a pack must
    return comparison(field, how, tuple(usable or ["acme"]))


@st.composite
def cases(draw: Any) -> tuple[list[Condition], list[Title]]:
    """Conditions as packs may have them, and titles among so many others that they lie in several runs of neighbours."""
    titles = draw(st.lists(TITLES, min_size=1, max_size=4))
    one = asked_of(titles)
    some = st.lists(one, min_size=1, max_size=3).map(tuple)
    joined = st.builds(Condition, join=st.sampled_from(("all", "any")), parts=some)
    denied = st.builds(lambda yes, no: Condition(join="all", parts=(yes, Condition(join="not", parts=(no,)))), one, one)
    drawn = draw(st.lists(one | joined | denied, min_size=1, max_size=6))
    conditions = [condition for condition in drawn if anchors(condition)]  # a pack may have no others
    between = [Title(Trace.PROGRAM, name=draw(TEXTS), signer=draw(st.none() | TEXTS))] * draw(st.sampled_from((0, 31, 40)))
    return conditions, [*titles[:1], *between, *titles[1:]]


@given(cases())
def test_every_title_that_a_signature_holds_for_is_found_and_no_other(case: tuple[list[Condition], list[Title]]) -> None:
    conditions, titles = case
    wanted = held(conditions, titles)
    event(f"some hold: {bool(wanted)}")
    assert found(conditions, titles) == wanted


# Words that no title has, so many that what must be found beside them is looked up by hashes.
MANY = [
    comparison(field, "words", (f"{turn}{'x' * 3000}",))
    for field in ("name", "publisher", "package", "signer")
    for turn in range(3)
]


@given(cases())
def test_beside_many_signatures_every_title_is_found_too(case: tuple[list[Condition], list[Title]]) -> None:
    conditions, titles = case
    wanted = held(conditions, titles)
    event(f"some hold: {bool(wanted)}")
    assert found([*conditions, *MANY], titles) == wanted


@pytest.mark.parametrize("how", ["words", "starts", "ends"])
def test_many_texts_of_any_length_are_found_at_word_bounds_within_one_title(how: str) -> None:
    """Eleven hundred texts, and titles that have them, have more of them, or have a text only together with their neighbour."""
    texts = ["".join(chr(97 + number // 26**at % 26) for at in range(2 + number % 40)) + " guard" for number in range(1100)]
    which = sieve(Anchor("name", text, how) for text in texts)
    assert which.hashed["name"].phrases if how == "words" else {way for way, _ in which.hashed["name"].ends} == {how}
    before = {"words": "x-", "starts": "", "ends": "x"}[how]
    after = {"words": "_é", "starts": "x", "ends": ""}[how]
    there = [f"{before}{text}{after}" for text in texts]
    halves = [half for text in texts for half in text.split()[how == "starts" :]]  # a long start is looked up by part of it
    none = [f"1{text}1" for text in texts] + halves
    column = pa.record_batch({"name_key": pa.array([*there, *none, None], pa.string())})
    assert survivors(which, column) == list(range(1100))
    assert survivors(which, column.slice(1090)) == list(range(10))


def test_a_few_words_are_searched_as_they_stand_one_after_the_other() -> None:
    which = sieve([Anchor("name", "security for windows", "words")])
    names = ["x security for windows", "security tools for windows", "security-for_windows", "for windows security"]
    assert survivors(which, pa.record_batch({"name_key": pa.array(names)})) == [0, 2]


def test_what_cannot_be_there_without_a_shorter_text_is_not_searched_for() -> None:
    brand, product = Anchor("name", "acme", "words"), Anchor("name", "acme guard", "words")
    which = sieve([brand, product, Anchor("name", "acmed.exe", "equals"), Anchor("name", "guard pro", "words")])
    assert which.parts["name"] == ("acme|guard[^0-9A-Za-z]+pro",)
    names = ["acme guard", "acmed.exe", "guard-pro", "pro guard", "an acme"]
    assert survivors(which, pa.record_batch({"name_key": pa.array(names)})) == [0, 1, 2, 4]


def test_a_long_text_beside_a_word_that_is_looked_up_by_its_hash_is_not_lost() -> None:
    """`acme` as a word does not find `acmed`: what has it inside is dropped only where both are searched."""
    conditions = [comparison("name", "words", ("acme",)), comparison("name", "starts", ("acmed guard",)), *MANY]
    titles = [Title("program", name="acmed guard 1"), Title("program", name="an acme"), Title("program", name="acmed")]
    assert found(conditions, titles) == {(0, "0001"), (1, "0000")}


def test_verdicts_come_in_the_order_of_titles_and_empty_columns_change_nothing() -> None:
    engine = DuckDb([])
    conditions = [comparison("name", "words", ("acme",)), comparison("signer", "equals", ("acme",))]
    titles = table([Title("program", name=f"acme {number}", signer="acme" if number == 1 else None) for number in range(4)])
    engine.put("titles", titles.take([3, 1, 2, 0]))
    match(engine, [directive(conditions)])
    rows = engine.rows("select title, product from verdicts")
    assert [(row["title"], row["product"]) for row in rows] == [(3, "0000"), (1, "0000"), (1, "0001"), (2, "0000"), (0, "0000")]


def test_what_tells_signatures_apart_is_what_they_are_tried_by() -> None:
    name = comparison("name", "words", ("security for windows",))
    alike = [Condition(join="all", parts=(name, comparison("version", "equals", (f"{number}",)))) for number in range(100)]
    asked = Counter(anchor for one in alike for anchor in could_tell(one))
    assert told_by(alike[7], asked) == {Anchor("version", "7", "equals")}
    assert sought(alike[7], asked) == {Anchor("name", "security for windows", "words")}
    publisher = comparison("publisher", "equals", ("abc",))
    rare = Condition(join="all", parts=(name, publisher))
    assert sought(rare, {}) == {Anchor("name", "security for windows", "words")}
    assert sought(rare, asked) == {Anchor("publisher", "abc", "equals")}
    titles = [Title("program", name="Security for Windows 1", version=f"{number}") for number in range(5)]
    assert found(alike, titles) == held(alike, titles) != set()


@given(st.sampled_from(sorted(set(FIELDS) & set(Title._fields))), st.lists(st.none() | TEXTS, max_size=5))
def test_columns_are_folded_to_texts_that_hold_what_their_fields_fold_to(field: str, values: list[str | None]) -> None:
    texts = folded(pa.array(values, pa.string()), field).to_pylist()
    assert [text is None for text in texts] == [value is None for value in values]
    pairs = [(FIELDS[field](value), text) for value, text in zip(values, texts, strict=True) if value is not None]
    assert all(fold in str(text) for fold, text in pairs)
    if FIELDS[field] is key:
        assert all(fold == text for fold, text in pairs)


# Titles whose fold moves what a signature looks for, one by one: a sieve over unfolded texts would lose them.
MOVED: tuple[tuple[str, str, str, Mapping[str, str]], ...] = (
    ("path", "starts", "c:/acme/", {"path": "C:\\ACME\\x"}),
    ("path", "words", "program files x86 acme", {"path": "C:\\Program Files (x86)\\Acme"}),
    ("purl", "starts", "pkg:npm/@acme/", {"purl": "pkg:npm/%40Acme/x"}),
    ("cpe", "starts", "cpe:2.3:a:acme:anti-virus", {"cpe": r"cpe:2.3:a:acme:anti\-virus:1"}),
    ("cpe", "starts", "cpe:2.3:a:acme&co:", {"cpe": "cpe:/a:acme%26co:x"}),
    ("cpe", "starts", "xa:acme:", {"cpe": "xCPE:/a:acme:x"}),
    ("package", "equals", "com.acme", {"package": " COM.Acme "}),
    ("package", "equals", "com acme", {"package": "com\u200b\u3000acme"}),
    ("bundle_id", "equals", "com.acme", {"bundle_id": "com.acme®"}),
    ("signer", "equals", "acme lab", {"signer": "Acme(C) Lab"}),
    ("signer", "equals", "acme lab", {"signer": "Acme  Lab"}),
    ("signer", "equals", "acme lab", {"signer": "Acme\x7fLab"}),
    ("dns_name", "equals", "acme.example", {"dns_name": "ACME.example."}),
    ("service", "equals", "acmed", {"service": "AcmeD.service"}),
    ("driver", "equals", "klif", {"type": "driver", "path": "C:\\drivers\\KLIF.SYS"}),
    ("driver", "equals", "klif", {"type": "driver", "name": "klif.sys"}),
    ("driver", "equals", "klif", {"driver": "\\SystemRoot\\klif.sys"}),
    ("file", "equals", "acme.exe", {"type": "process", "name": "ACME.exe"}),
    ("file", "equals", "acme.exe", {"type": "service", "name": "X", "path": '"C:\\a b\\acme.exe" -r'}),
    ("product_code", "equals", CODE, {"product_code": f"InstallWIX_{CODE.lower()}"}),
    ("upgrade_code", "equals", CODE, {"upgrade_code": CODE.strip("{}")}),
    ("extension_id", "ends", "@acme.example", {"extension_id": "X@ACME.example"}),
)


@pytest.mark.parametrize("case", MOVED, ids=lambda case: f"{case[0]} {case[3]}")
def test_what_a_fold_moves_is_found(case: tuple[str, str, str, Mapping[str, str]]) -> None:
    field, how, value, said = case
    title = Title("program")._replace(**said)
    assert found([comparison(field, how, (value,))], [title, Title("program", name="Widget")]) == {(0, "0000")}


@pytest.mark.parametrize("value", ["%20卡巴", "%20卡巴%20x"])
def test_a_word_that_may_go_on_is_no_whole_word(value: str) -> None:
    condition, titles = (
        comparison("purl", "words", (value,)),
        [Title("package", purl="a 卡巴 xyz"), Title("package", purl="卡巴斯基")],
    )
    assert found([condition], titles) == held([condition], titles) != set()


def test_a_thousand_codes_are_all_found_and_nothing_else() -> None:
    codes = [str(uuid.uuid5(uuid.NAMESPACE_DNS, str(number))) for number in range(2000)]
    which = sieve(Anchor("product_code", code, "equals") for code in codes[:1000])
    assert sum(map(len, which.parts["product_code"])) > 30_000
    assert all(len(expression) < 8000 for expression in which.parts["product_code"])  # RE2 stays linear
    column = pa.table({"product_code": pa.array([None, *codes], pa.string())})
    assert survivors(which, column) == list(range(1, 1001))


def test_a_slice_of_a_table_is_sifted_as_what_it_is() -> None:
    names = ["acme", *["widget"] * 70, "acme", "", "acme guard"]
    which = sieve([Anchor("name", "acme", "equals"), Anchor("name", "guard", "words")])
    column = pa.record_batch({"name_key": pa.array(names, pa.string())})
    assert survivors(which, column) == [0, 71, 73]
    assert survivors(which, column.slice(40)) == [31, 33]
    assert survivors(which, pa.table({"name_key": pa.chunked_array([names[:1], names[1:]], pa.string())})) == [0, 71, 73]


def test_empty_texts_and_empty_columns_have_nothing() -> None:
    which = sieve([Anchor("path", "acme", "part"), Anchor("signer", "acme", "equals")])
    for values in ([], [None], [""], ["", None, ""]):
        column = pa.array(values, pa.string())
        assert survivors(which, pa.table({"path": column, "signer": column})) == []


def test_only_columns_that_signatures_speak_of_are_read() -> None:
    engine = DuckDb([])
    conditions = [comparison("file", "equals", ("acme.exe",)), comparison("signer", "equals", ("acme",))]
    titles = [Title("file", path="C:\\acme.exe"), Title("app", signer="Acme"), Title("program", name="Widget")]
    few = ["title", "type", "name_key", "publisher_key", "path", "signer"]
    engine.put("titles", table(titles).select(few))
    match(engine, [directive(conditions)])
    made = engine.rows("select title, product, signature from verdicts order by title")
    assert [tuple(row.values()) for row in made] == [(0, "0000", "0000"), (1, "0001", "0001")]


def test_many_signatures_are_judged_as_each_alone() -> None:
    """Signatures are looked up by whole texts and words: beside a thousand others each says what it says by itself."""
    titles = [Title("program", name=f"Acme Guard {number}", package=f"acme-{number % 7}") for number in range(40)]
    conditions = [comparison("name", "words", (f"guard {number}",)) for number in range(500)]
    conditions += [comparison("name", "equals", (f"acme guard {number}",)) for number in range(500)]
    conditions += [comparison("package", "starts", ("acme-3",)), comparison("name", "ends", ("d 39",))]
    together = found(conditions, titles)
    assert together == held(conditions, titles)
    assert len(together) > 80
