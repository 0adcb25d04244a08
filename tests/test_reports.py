"""Every report, for every odd account: it formats, never counts, and no name in it can do harm."""

from __future__ import annotations

import io
import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from tests.accounts import ODD, named, small
from tests.pages import (
    ATTRIBUTES,
    COVERS,
    ELEMENTS,
    FORMULAS,
    Page,
    naughty,
    naughty_account,
    page_of,
    plain,
    printed,
    table,
    written,
)

from fullcount.cell import cell, number, unescaped
from fullcount.chart import standings
from fullcount.model import Standing
from fullcount.report import Account
from fullcount.reports import REPORTS
from fullcount.reports.csv import CSV
from fullcount.reports.hosts import COLUMNS, HOSTS
from fullcount.reports.html import HTML
from fullcount.reports.json import JSON
from fullcount.reports.terminal import sentence, summary
from fullcount.text import visible

GOLDEN = Path(__file__).resolve().parent / "golden"


@pytest.mark.parametrize("form", REPORTS, ids=lambda form: form.name)
@pytest.mark.parametrize("account", ODD)
def test_same_account_gives_same_bytes(form, account):
    assert written(form, ODD[account]) == written(form, ODD[account])


def test_names_and_suffixes_are_different():
    assert len({form.name for form in REPORTS}) == len({form.suffix for form in REPORTS}) == len(REPORTS)


@pytest.mark.parametrize("form", REPORTS, ids=lambda form: form.name)
def test_golden(form):
    golden, data = GOLDEN / f"account{form.suffix}", written(form, small())
    if os.environ.get("UPDATE_GOLDEN") == "1":
        golden.write_bytes(data)
    assert data == golden.read_bytes()


def test_golden_terminal():
    golden, text = GOLDEN / "account.txt", printed(small())
    if os.environ.get("UPDATE_GOLDEN") == "1":
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


@pytest.mark.parametrize("account", ODD)
def test_json_is_the_whole_account(account):
    assert Account.of(json.loads(written(JSON, ODD[account]))) == Account.of(ODD[account].document())


@pytest.mark.parametrize("account", ODD)
def test_csv_is_one_tidy_table(account):
    data = written(CSV, ODD[account])
    assert data.startswith(b'\xef\xbb\xbf"section"')
    assert data.count(b"\n") == data.count(b"\r\n")
    rows = table(data)
    assert all(None not in row and None not in row.values() for row in rows)
    for row in rows:
        assert row["value"] or row["section"] in {"about", "warning", "method", "blind spot"}
        assert all(re.fullmatch(r"-?\d*", row[column]) for column in ("value", "of"))
        assert bool(row["value"]) == bool(row["unit"])
    sources = [row for row in rows if row["section"] == "source" and row["detail"] == "records"]
    assert len(sources) == len(ODD[account].sources)


@pytest.mark.parametrize("account", ODD)
def test_the_same_number_in_every_form(account):
    total = ODD[account].total
    four = {standing: getattr(total, standing.replace(" ", "_")) for standing in Standing}
    rows = table(written(CSV, ODD[account]))
    in_csv = {row["item"]: int(row["value"]) for row in rows if row["section"] == "total"}
    in_json = json.loads(written(JSON, ODD[account]))["total"]
    texts = page_of(account).texts
    assert {standing: in_csv[standing] for standing in Standing} == four
    assert {standing: in_json[standing.replace(" ", "_")] for standing in Standing} == four
    assert {standing: plain(texts[standing.replace(" ", "-")]) for standing in Standing} == four
    assert sum(four.values()) == in_csv["systems"] == in_json["systems"] == plain(texts["systems"]) == total.systems
    assert all(number(value) in printed(ODD[account], 160) for value in (*four.values(), total.systems))


@pytest.mark.parametrize(("account", "label"), [("estimated", "estimate"), ("not certified", "cannot be said")])
def test_combinations_of_families_are_exact_and_what_none_saw_stands_apart(account, label):
    rows = page_of(account).rows["families"]
    numbers = {line.families: line.systems for line in ODD[account].families}
    assert [(cells[1], int(cells[2])) for cells in rows[1:-1]] == [("exact", number) for number in numbers.values()]
    assert rows[-1][0].startswith("none of them")
    assert rows[-1][1:] == [label, "0 to 9" if label == "estimate" else ""]
    text = " ".join(printed(ODD[account], 160).split())
    assert "nessus + sccm 12 exact" in text
    assert ("none of them 0 to 9 estimate" if label == "estimate" else "none of them cannot be said") in text
    assert "3 combinations hold no system" in written(HTML, ODD[account]).decode()
    assert "in no estimate: 2" in written(HTML, ODD[account]).decode()


@pytest.mark.parametrize("account", ["small", "large", "hundred components", "one in five million", "huge"])
def test_components_are_the_same_in_page_and_csv(account):
    components = ODD[account].components
    rows = [row for row in table(written(CSV, ODD[account])) if row["section"] == "component"]
    columns = ("systems", "with it", "exempt", "not covered", "without it", "looked at")
    in_csv = {name: {row["item"]: int(row["value"]) for row in rows if row["component"] == name} for name in named_in(rows)}
    body = page_of(account).rows["components"][1 : len(components) + 1]
    in_page = {cells[0].strip(): [plain(text) for text in cells[1:7]] for cells in body}
    assert in_page == {name: [values[column] for column in columns] for name, values in in_csv.items()}
    assert in_page == {
        line.component: [line.systems, *(part.value for part in standings(line)), line.looked_at] for line in components
    }


def named_in(rows: list[dict[str, str]]) -> list[str]:
    return list(dict.fromkeys(row["component"] for row in rows))


@pytest.mark.parametrize("account", ["small", "one", "everything exempt", "empty", "no date"])
def test_list_of_hosts_has_a_row_for_every_system(account):
    rows = table(written(HOSTS, ODD[account]))
    total = ODD[account].total
    assert len(rows) == total.systems
    for standing in Standing:
        assert sum(row["standing"] == standing for row in rows) == getattr(total, standing.replace(" ", "_"))
    for row in rows:
        assert tuple(row) == COLUMNS
        assert (row["directive"], row["count"], row["as_of"]) == ("bod-17-01", ODD[account].count, ODD[account].as_of)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["last_looked"])
        assert row["last_heard"] == ""
        assert row["records"] == "2"


@pytest.mark.parametrize("form", [CSV, HOSTS], ids=lambda form: form.name)
@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(form, formula):
    for cover in COVERS:
        rows = table(written(form, named(cover + formula), cover + formula))
        # what hides a control character is written out, and so no longer hides anything
        assert not [
            text for row in rows for text in row.values() if text[:1] in "=+-@|%\t\r\n\0＝＋－＠" and text and text != "-1"
        ]
        assert any(text == cell(cover + formula) for row in rows for text in row.values())


@pytest.mark.real
def test_naughty_names_do_no_harm():
    account = naughty_account()
    page = Page(written(HTML, account))
    assert page.elements <= ELEMENTS
    assert {name for name, _ in page.attributes} <= ATTRIBUTES
    rows = table(written(CSV, account))
    assert [row["item"] for row in rows if row["section"] == "source" and row["detail"] == "records"] == list(
        map(cell, naughty())
    )
    assert {unescaped(row["note"]) for row in rows if row["section"] == "method"} == {visible(name, 32_000) for name in naughty()}
    assert Account.of(json.loads(written(JSON, account))).methods == account.methods
    for name in naughty():
        (shown,) = {row["name"] for row in table(written(HOSTS, ODD["one"], name))}
        assert unescaped(shown) == visible(name, 32_000)
        assert all(char.isprintable() or char == "\n" for char in printed(replace(account, sentence=name, components=())))


@pytest.mark.parametrize("width", [40, 79, 100, 200])
@pytest.mark.parametrize("account", ODD)
def test_terminal_is_safe_and_says_the_sentence_first(account, width):
    text = printed(ODD[account], width)
    assert all(char.isprintable() or char == "\n" for char in text)
    said = sentence(ODD[account])
    assert "\n" not in said
    assert "".join(text.split()).startswith("".join(said.split()))


def test_terminal_never_interprets_markup_and_offers_what_next():
    account = ODD["hostile: markup"]
    assert "[bold red]not red[/bold red]" in printed(account, 200)
    file = io.StringIO()
    Console(file=file, width=100).print(summary(account, 100, ["fullcount explain PC-1"]))
    assert file.getvalue().splitlines()[-1].strip() == "fullcount explain PC-1"


def test_terminal_shows_a_part_of_many_components_and_says_so():
    assert "20 of 100 components are shown" in printed(ODD["hundred components"])
