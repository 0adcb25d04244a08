"""The forms of a paper that are tables or data: the same values in each, text that stays text, and nothing cut in silence."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import weakref
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook, SheetVisibleEnum
from tests.accounts import HOSTILE
from tests.pages import COVERS, FORMULAS, naughty
from tests.papers import hostile, listing, nothing, papers, whole

from fullcount.cell import safe_cell, unescaped
from fullcount.errors import WorkspaceError
from fullcount.forms import FORMS
from fullcount.forms.book import HEAD, OWN, Book, distinct
from fullcount.forms.csv import CSV, PLAIN
from fullcount.forms.json import JSON
from fullcount.forms.row import held
from fullcount.forms.xlsx import CHOICES, XLSX, listed
from fullcount.paper import Answer, Column, Figure, Listing, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.paper import Cell, Form, Paper

TABLES = (XLSX, CSV, PLAIN, JSON)
SOUND = ("whole", "final", "nothing", "large", "identify", "plan", "status")
ROOT = Path(__file__).resolve().parents[1]
ITSELF = re.compile(r"of:=(-?[\d.]+|\[\.B\d+\]-\[\.B\d+\])")  # a total that is only itself, and what is left


def written(form: Form, paper: Paper) -> dict[str, bytes]:
    """The files of a form, by the end of their names."""
    found = {}
    for one in form.files(paper):
        file = io.BytesIO()
        one.write(file)
        found[one.suffix] = file.getvalue()
    return found


def workbook(paper: Paper) -> dict[str, list[list[Any]]]:
    """The cells of each sheet as a reader that does not calculate finds them."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(written(XLSX, paper)[".xlsx"]))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def parts(paper: Paper) -> dict[str, str]:
    """The parts of the workbook as text."""
    with zipfile.ZipFile(io.BytesIO(written(XLSX, paper)[".xlsx"])) as book:
        return {one: book.read(one).decode("utf-8") for one in book.namelist()}


def sheets(paper: Paper) -> list[str]:
    return [text for name, text in parts(paper).items() if name.startswith("xl/worksheets/sheet")]


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def every_table(paper: Paper) -> list[Table]:
    return [table for section in paper.sections for table in section.tables]


def figures(paper: Paper) -> list[Figure]:
    return [one for section in paper.sections for one in section.figures]


def answers(paper: Paper) -> list[Answer]:
    return [one for section in paper.sections for one in section.answers]


def as_text(value: Cell) -> str:
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else value.isoformat() if isinstance(value, date) else str(value)


def same(found: Any, value: Cell) -> bool:
    """Whether a cell of a workbook holds a value: as a number or a day where a workbook can, else as text."""
    if isinstance(value, Decimal) and not isinstance(found, str):
        return Decimal(str(found)) == value
    if isinstance(value, int) and not isinstance(found, str):
        return bool(found == value)
    if isinstance(value, date) and not isinstance(found, str):
        return bool(found == value)
    return bool(found == as_text(value))


def test_forms_are_called_differently_and_so_are_their_files():
    names = [form.name for form in FORMS]
    assert [name for name in names if name in {"xlsx", "csv", "csv-plain", "json"}] == ["xlsx", "csv", "csv-plain", "json"]
    suffixes = [one.suffix for form in TABLES for one in form.files(whole(listings=(listing(1), listing(1, ident="sources"))))]
    assert len(suffixes) == len(set(suffixes)) == 10
    assert not any(form.lacks() for form in TABLES)


@pytest.mark.parametrize("name", SOUND)
def test_workbook_has_the_values_of_the_paper(name):
    paper, found = papers()[name], workbook(papers()[name])
    cover = found["Cover"]
    assert cover[2][0] == paper.sentence
    told = [row for row in cover if row[0] in {one.label for one in figures(paper)}]
    for row, one in zip(told, figures(paper), strict=True):
        assert row[0] == one.label
        assert [row[2], row[4], row[5]] == [one.unit, one.of_what, one.sure]
        assert same(row[1], one.value)
        assert same(row[3], one.of)
    said = found["Answers"][HEAD + 1 :] if answers(paper) else []
    assert [(row[5], row[0], row[1], row[2], row[3]) for row in said] == [
        (one.id, one.question, one.value, one.text, one.required) for one in answers(paper)
    ]
    first = 1 + bool(paper.gaps) + bool(answers(paper)) + any(section.paragraphs for section in paper.sections)
    for sheet, table in zip(list(found)[first:], every_table(paper), strict=False):
        assert found[sheet][0][0] == table.title
        assert found[sheet][HEAD][: len(table.columns)] == [column.label for column in table.columns]
        below = [row[: len(table.columns)] for row in found[sheet][HEAD + 1 :]]
        wanted = [*table.rows, *([table.total] if table.total else [])]
        for row, values in zip(below, wanted, strict=True):
            assert all(same(*pair) for pair in zip(row, values, strict=True)), (row, values)
    assert len(found) == first + len(every_table(paper)) + len(paper.listings) + 2


@pytest.mark.parametrize("form", [CSV, PLAIN], ids=lambda form: form.name)
@pytest.mark.parametrize("name", SOUND)
def test_csv_has_the_values_of_the_paper(name, form):
    paper = papers()[name]
    found = rows(next(iter(written(form, paper).values())))
    told = [(row["id"], row["value"], row["unit"], row["of"], row["sure"]) for row in found if row["kind"] == "figure"]
    assert told == [(one.id, as_text(one.value), one.unit, as_text(one.of), one.sure) for one in figures(paper)]
    said = [(row["id"], row["value"], row["text"], row["required"]) for row in found if row["kind"] == "answer"]
    assert said == [(one.id, one.value, one.text, one.required) for one in answers(paper)]
    cells = [(row["id"], row["row"], row["column"], row["value"]) for row in found if row["kind"] in {"cell", "total"}]
    assert cells == [
        (table.id, str(turn) if turn <= len(table.rows) else "", column.id, as_text(value))
        for table in every_table(paper)
        for turn, values in enumerate([*table.rows, table.total], start=1)
        for column, value in zip(table.columns, values, strict=False)
    ]
    assert [(row["value"], row["text"]) for row in found if row["kind"] == "gap"] == [(one.what, one.where) for one in paper.gaps]
    assert found[0]["value"] == paper.sentence


@pytest.mark.parametrize("name", SOUND)
def test_json_has_the_values_of_the_paper(name):
    paper = papers()[name]
    found = json.loads(written(JSON, paper)[".json"])
    assert (found["schema"], found["draft"], found["sentence"]) == ("fullcount.paper/1", paper.is_draft, paper.sentence)
    told = [one for section in found["sections"] for one in section["figures"]]
    assert [(one["id"], one["value"], one["of"]) for one in told] == [
        (one.id, plain(one.value), one.of) for one in figures(paper)
    ]
    said = [one for section in found["sections"] for one in section["answers"]]
    assert [(one["id"], one["value"], one["text"]) for one in said] == [(one.id, one.value, one.text) for one in answers(paper)]
    tables = [one for section in found["sections"] for one in section["tables"]]
    for one, table in zip(tables, every_table(paper), strict=True):
        assert one["rows"] == [[plain(value) for value in row] for row in table.rows]
        assert one["total"] == [plain(value) for value in table.total]
    assert [(one["id"], one["rows"]) for one in found["listings"]] == [(one.id, one.rows) for one in paper.listings]
    assert found["account"]["total"] == json.loads(json.dumps(paper.account.document()["total"]))
    assert list(found["responses"]) == list(paper.responses())


def plain(value: Cell) -> object:
    return value if value is None or (isinstance(value, int) and abs(value) < 2**53) else as_text(value)


def test_a_form_of_machines_keeps_what_a_number_of_theirs_would_not():
    assert json.loads(written(JSON, whole())[".json"])["responses"]["vast"] == str(2**53 + 1)
    found = workbook(whole())
    assert [row[1] for row in found["Cover"] if row[0] == "Vast"] == [str(2**53 + 1)]
    assert [row[3] for row in found["Costs"][HEAD + 1 :]] == [1200, str(2**60), "", ""]
    assert [row[1] for row in found["Costs"][HEAD + 1 :]] == [date(2018, 3, 31), "1899-12-31", "", ""]


@pytest.mark.parametrize("name", ["whole", "final", "plan"])
def test_responses_are_one_row_that_nobody_sees(name):
    paper = papers()[name]
    book = CalamineWorkbook.from_filelike(io.BytesIO(written(XLSX, paper)[".xlsx"]))
    hidden = [one.name for one in book.sheets_metadata if one.visible != SheetVisibleEnum.Visible]
    assert hidden == ["Responses"]
    heads, values = book.get_sheet_by_name("Responses").to_python(skip_empty_area=False)
    assert heads == list(paper.responses())
    assert all(same(*pair) for pair in zip(values, paper.responses().values(), strict=True))


def test_a_draft_and_its_marking_are_said_on_every_sheet_and_page():
    for name, row in ((name, cells[1][0]) for name, cells in workbook(whole()).items() if name != "Responses"):
        assert row.startswith("CUI · DRAFT"), name
    for sheet in sheets(whole()):
        head, foot = re.findall(r"<odd(?:Header|Footer)>([^<]*)", sheet)
        assert "CUI · DRAFT" in head
        assert "CUI · DRAFT" in foot
        assert "count c0ffee1d5a7e" in foot
        assert "Page &amp;P of &amp;N" in foot
    first, second = list(workbook(whole()))[:2]
    assert (first, second) == ("Cover", "Gaps")
    assert [row[:3] for row in workbook(whole())["Gaps"][HEAD + 1 :]] == [[one.what, one.where, one.id] for one in whole().gaps]


def test_a_whole_paper_is_no_draft_anywhere():
    named = parts(papers()["final"])
    assert "DRAFT" not in "".join(text for name, text in named.items() if name != "xl/sharedStrings.xml")
    cells = [cell for sheet, lines in workbook(papers()["final"]).items() if sheet != "Read me" for row in lines for cell in row]
    assert not [cell for cell in cells if isinstance(cell, str) and ("DRAFT" in cell or "CUI" in cell)]
    assert "Gaps" not in workbook(papers()["final"])


def test_what_is_missing_is_said_in_words():
    states = {row[5]: row[4] for row in workbook(whole())["Answers"][HEAD + 1 :]}
    assert states["all_components"].startswith("MISSING")
    assert "registers/answers.toml" in states["all_components"]
    assert states["none_found"] == "answered"
    alone = whole(sections=(Section(id="a", title="A", answers=(Answer(id="x", question="X", value=""),)),), gaps=())
    assert workbook(alone)["Answers"][HEAD + 1][4] == "not answered (required: yes)"
    assert [row[1] for row in workbook(nothing())["Cover"] if row[0] == "Due"] == ["no date is given"]
    assert "Nobody is named." in [row[0] for row in workbook(nothing())["Cover"]]


def test_answers_are_chosen_from_the_four_words():
    sheet = next(text for text in sheets(whole()) if "<dataValidation " in text)
    found = re.findall(r"<dataValidation ([^>]*)><formula1>\"([^\"]*)\"", sheet)
    assert {words for _, words in found} == {",".join(CHOICES)}
    asked = {re.findall(r'sqref="B(\d+)"', about)[0]: "showErrorMessage" in about for about, _ in found}
    # "No", missing, "Unable to answer", "Yes", missing: no other word may stand where one of the four does
    assert asked == {"5": True, "6": False, "7": True, "8": True, "10": False}


def test_what_is_left_is_a_formula_with_its_value():
    cover = next(text for text in sheets(whole()) if "<f>B" in text)
    first, second, value = re.findall(r"<f>B(\d+)-B(\d+)</f><v>(\d+)</v>", cover)[0]
    lines = workbook(whole())["Cover"]
    assert [lines[int(row) - 1][0] for row in (first, second)] == ["Ever found", "Removal verified"]
    assert value == "5"


def test_what_is_no_difference_is_no_formula():
    wrong = tuple(Figure(id=name, label=name, value=3, unit="systems") for name in ("found", "removed", "residual"))
    paper = replace(nothing(), sections=(Section(id="count", title="The count", figures=wrong),))
    assert not [text for text in sheets(paper) if "<f>" in text]
    assert [row[1] for row in workbook(paper)["Cover"] if row[0] == "residual"] == [3]


def test_a_total_stands_in_the_native_table_and_needs_no_calculation():
    books = parts(whole())
    table = next(text for name, text in books.items() if name.startswith("xl/tables") and 'name="Without it"' in text)
    assert 'totalsRowCount="1"' in table
    assert "<totalsRowFormula>24</totalsRowFormula>" in table
    assert any("<f>24</f><v>24</v>" in text for text in books.values())
    assert not [text for text in books.values() if re.search(r"<f>[^<]*</f><v>0</v>", text) and "<f>0</f>" not in text]


def test_the_chart_says_in_words_what_it_shows():
    drawing = next(text for name, text in parts(whole()).items() if name.startswith("xl/drawings/drawing"))
    told = re.findall(r'descr="([^"]*)"', drawing)[0]
    assert "Border Office: 3 with it, 1 exempt, 2 not covered, 6 without it" in told
    chart = next(text for name, text in parts(whole()).items() if name.startswith("xl/charts/chart"))
    assert len(set(re.findall(r'<a:pattFill prst="(\w+)"', chart))) == 4  # told apart without colours
    assert not [name for name in parts(nothing()) if name.startswith("xl/charts")]


def test_pages_are_made_for_paper():
    for sheet in sheets(whole()):
        assert 'fitToHeight="0"' in sheet
        assert 'paperSize="9"' in sheet
    assert sum('orientation="landscape"' in sheet for sheet in sheets(whole())) == len(sheets(whole())) - 1
    us = replace(whole().account, directive={**whole().account.directive, "id": "us-dhs-bod-17-01"})
    assert all('paperSize="1"' in sheet for sheet in sheets(whole(us)))
    frozen = [sheet for sheet in sheets(whole()) if f'ySplit="{HEAD + 1}"' in sheet and 'state="frozen"' in sheet]
    names = parts(whole())["xl/workbook.xml"]
    assert len(frozen) == names.count("_xlnm.Print_Titles") == len(sheets(whole())) - 2  # but the cover and the row for machines


@pytest.mark.parametrize("name", [name for name in papers() if name not in {"large", "hostile: long"}])
def test_same_paper_gives_the_same_bytes(name):
    for form in TABLES:
        first, second = written(form, papers()[name]), written(form, papers()[name])
        assert first == second


AGAIN = """
import hashlib, io
from tests.papers import whole
from fullcount.forms import FORMS
for form in FORMS:
    if form.name in {"xlsx", "csv", "csv-plain", "json"}:
        for one in form.files(whole()):
            file = io.BytesIO()
            one.write(file)
            print(one.suffix, hashlib.sha256(file.getvalue()).hexdigest())
"""


def test_another_process_elsewhere_gives_the_same_bytes():
    there = os.environ | {
        "TZ": "Asia/Tokyo",
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
    }
    run = subprocess.run([sys.executable, "-c", AGAIN], capture_output=True, check=True, text=True, env=there)
    found = dict(line.split() for line in run.stdout.splitlines())
    here = {suffix: data for form in TABLES for suffix, data in written(form, whole()).items()}
    assert found == {suffix: hashlib.sha256(data).hexdigest() for suffix, data in here.items()}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_stays_text(kind):
    paper, name = hostile(HOSTILE[kind]), HOSTILE[kind]
    cells = workbook(paper)
    assert cells["Cover"][0][0] == cells["Cover"][2][0] == held(name)
    for text in parts(paper).values():
        assert not re.search(r"<f>(?!-?[\d.]+<|B\d+-B\d+<)", text)
        assert not re.search(r"<hyperlink|externalLink|<ddeLink|Target=\"(?:https?|file):", text)
    strings = [cell for lines in cells.values() for row in lines for cell in row if isinstance(cell, str)]
    assert max(len(text.encode("utf-16-le")) // 2 for text in strings) <= 32_767
    assert all(char.isprintable() for text in strings for char in text)
    for row in rows(written(CSV, paper)[".csv"]):
        if row["kind"] == "answer":
            assert row["value"] == safe_cell(held(name))
    said = [row["value"] for row in rows(written(PLAIN, paper)[".plain.csv"]) if row["kind"] == "answer"]
    assert said == [name] * 6
    assert json.loads(written(JSON, paper)[".json"])["title"] == name


def test_what_looks_like_a_formula_stays_text_when_somebody_edits_it():
    paper = replace(nothing(), title="=1+1", sentence="As of never")
    books = parts(paper)
    formats = re.findall(r"<xf [^>]*>", books["xl/styles.xml"].split("<cellXfs")[1])
    quoted = {str(turn) for turn, form in enumerate(formats) if 'quotePrefix="1"' in form}
    assert quoted
    first = dict(re.findall(r'<c r="(A[13])" s="(\d+)" t="s">', books["xl/worksheets/sheet1.xml"]))
    assert first["A1"] in quoted
    assert first["A3"] not in quoted


def naughty_paper() -> Paper:
    """A paper with a table of all strings that are known to break software, and a list of them."""
    names = [
        *naughty(),
        *(cover + formula for cover in COVERS for formula in FORMULAS),
        "_x0041_",
        "\x00" * 40_000,
        "🦠" * 30_000,
    ]
    columns = (Column(id="name", label="Name"), Column(id="number", label="Number", kind="number"))
    made = Table(id="names", title="Names", columns=columns, rows=tuple((name, turn) for turn, name in enumerate(names)))

    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"name": names, "number": [-turn for turn in range(len(names))]})

    lines = Listing(id="names", title="All names", columns=columns, rows=len(names), batches=batches)
    return replace(nothing(), sections=(Section(id="names", title="Names", tables=(made,)),), listings=(lines,))


@pytest.mark.real
def test_every_naughty_string_is_kept_by_every_form():
    paper = naughty_paper()
    names = [str(row[0]) for row in every_table(paper)[0].rows]
    cells = workbook(paper)
    assert [row[0] for row in cells["Names"][HEAD + 1 :]] == list(map(held, names))
    assert [row[0] for row in cells["All names"][HEAD + 1 :]] == list(map(held, names))
    assert [row[1] for row in cells["All names"][HEAD + 1 :]] == [-turn for turn in range(len(names))]
    for row, name in zip(rows(written(CSV, paper)["-names.csv"]), names, strict=True):
        assert unescaped(row["name"]) == held(name)
    assert [row["name"] for row in rows(written(PLAIN, paper)["-names.plain.csv"])] == names
    assert [row[0] for row in json.loads(written(JSON, paper)[".json"])["sections"][0]["tables"][0]["rows"]] == names


@given(st.text() | st.text(st.characters(categories=("Cc", "Cf", "Zs", "Lo")), min_size=1))
def test_plain_csv_is_read_back_as_it_was(text):
    name = text.encode("utf-8", "backslashreplace").decode()
    paper = replace(nothing(), title=text, sentence="x")
    found = list(csv.reader(io.StringIO(written(PLAIN, paper)[".plain.csv"].decode("utf-8"), newline=""), strict=True))
    assert found[2][4] == name
    assert {len(row) for row in found} == {13}
    assert json.loads(written(JSON, paper)[".json"])["title"] == name


def test_a_lone_surrogate_is_written_out():
    paper = whole(title="x\ud800")
    assert json.loads(written(JSON, paper)[".json"])["title"] == "x\\ud800"
    assert b"x\\ud800" in written(PLAIN, paper)[".plain.csv"]
    assert workbook(paper)["Cover"][0][0] == "x\\u{d800}"


def test_what_is_too_long_is_cut_and_says_so():
    for text in ("K" * 40_000, "\x07" * 40_000, "🦠" * 40_000):
        assert held(text).endswith("… (40000 characters)")
        assert 8_000 < len(held(text).encode("utf-16-le")) // 2 < 32_767


@given(
    st.lists(
        st.text(max_size=40)
        | st.sampled_from(["", "'a'", "History", "responses", "Cover", "A/B", "a b", "A B", "x" * 40, "🦠" * 31]),
        max_size=9,
    )
)
def test_sheets_are_named_as_excel_takes_it(titles):
    book = Book(io.BytesIO(), nothing())
    found = [book._name(title) for title in titles]
    book.__exit__(KeyboardInterrupt, None, None)  # given up: to write it would take longer than to name its sheets
    assert len({name.casefold() for name in (*found, *OWN)}) == len(titles) + len(OWN)
    for name in found:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not re.search(r"[\[\]:*?/\\]|^'|'$", name)
        assert name.casefold() != "history"
        assert name.isprintable()


@given(st.lists(st.text(max_size=300) | st.sampled_from(["a", "A", "a (2)"]), max_size=6))
def test_columns_of_a_native_table_are_called_differently(labels):
    found = distinct(labels)
    assert len({name.casefold() for name in found}) == len(labels)
    assert all(0 < len(name) < 255 for name in found)


def test_a_list_that_a_sheet_does_not_hold_goes_on_and_says_so():
    file = io.BytesIO()
    with Book(file, whole()) as book:
        listed(book, listing(25, size=7), most=HEAD + 1 + 10)
    file.seek(0)
    reader = CalamineWorkbook.from_filelike(file)
    assert reader.sheet_names == ["Systems", "Systems (2)", "Systems (3)"]
    found = [reader.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in reader.sheet_names]
    assert found[0][2][0] == "Rows 1 to 10 of 25 rows; it goes on in the next sheet, since a sheet holds no more. Times are UTC."
    assert found[2][2][0] == "Rows 21 to 25 of 25 rows. Times are UTC."
    assert [len(cells) - HEAD - 1 for cells in found] == [10, 10, 5]
    hosts = [row[0] for cells in found for row in cells[HEAD + 1 :]]
    assert hosts == [f"serial:5CG{turn:07}" for turn in range(25)]


def test_a_list_has_its_times_numbers_and_truth():
    cells = workbook(whole())["Systems"]
    heads = cells[HEAD]
    row = dict(zip(heads, cells[HEAD + 2], strict=True))
    assert (row["Last looked at"], row["Place"], row["Counts"]) == (datetime(2017, 11, 1, 6, 31), 1, "no")  # noqa: DTZ001
    assert row["Last seen"] == ""
    told = rows(written(CSV, whole())["-systems.csv"])[1]
    assert (told["last_looked"], told["place"], told["counts"], told["last_seen"]) == ("2017-11-01T06:31:00Z", "1", "no", "")
    assert workbook(whole())["Systems (2)"][2][0] == "There is nothing to list here."


def test_a_list_may_have_fractions_zones_and_none():
    columns = (Column(id="usual", label="Usual", kind="number"), Column(id="at", label="At", kind="day"))
    there = timezone(timedelta(hours=9))
    values: dict[str, list[Any]] = {
        "usual": [-1.5, None, float("inf")],
        "at": [datetime(2017, 11, 1, 6, 30, tzinfo=there), None, None],
    }
    batch = pa.RecordBatch.from_pydict(values)
    paper = whole(listings=(Listing(id="odd", title="Odd", columns=columns, rows=3, batches=lambda: iter((batch,))),))
    cells = workbook(paper)["Odd"][HEAD + 1 :]
    assert cells == [[-1.5, datetime(2017, 10, 31, 21, 30)], ["", ""], ["inf", ""]]  # noqa: DTZ001
    for form in (CSV, PLAIN):
        told = [list(row.values()) for row in rows(list(written(form, paper).values())[1])]
        assert told == [["-1.5", "2017-10-31T21:30:00Z"], ["", ""], ["inf", ""]]


@pytest.mark.parametrize("form", [XLSX, CSV, PLAIN], ids=lambda form: form.name)
def test_a_list_of_another_length_is_refused(form, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    paper = whole(listings=(replace(listing(20), rows=21),))
    with pytest.raises(WorkspaceError, match="has 20 rows and the paper says 21"):
        written(form, paper)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", [XLSX, CSV, PLAIN], ids=lambda form: form.name)
def test_a_list_is_written_batch_by_batch(form):
    alive: list[weakref.ref[pa.RecordBatch]] = []
    most = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal most
        for batch in listing(200, size=10).batches():
            alive.append(weakref.ref(batch))
            yield batch
            most = max(most, sum(one() is not None for one in alive))

    assert len(written(form, whole(listings=(replace(listing(200), batches=batches),)))) in {1, 3}
    assert len(alive) == 20 or form is not XLSX
    assert 1 <= most <= 2


@pytest.mark.parametrize("form", [CSV, PLAIN], ids=lambda form: form.name)
def test_metadata_describes_every_file(form):
    files = written(form, whole())
    end = next(name for name in files if name.endswith("-metadata.json"))
    assert list(files)[-1] == end
    found = json.loads(files[end])
    assert found["dialect"]["lineTerminators"] == (["\r\n"] if form is CSV else ["\n"])
    assert [one["url"] for one in found["tables"]] == [f"{whole().stem}{name}" for name in files if name != end]
    for one in found["tables"]:
        data = files[one["url"].removeprefix(whole().stem)]
        assert one["schema:sha256"] == hashlib.sha256(data).hexdigest()
        head = next(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        assert [column["name"] for column in one["tableSchema"]["columns"]] == head
    types = {column["name"]: column["datatype"] for column in found["tables"][1]["tableSchema"]["columns"]}
    assert (types["last_looked"], types["last_seen"], types["place"], types["host"]) == ("dateTime", "date", "decimal", "string")
    only = io.BytesIO()
    list(form.files(whole()))[-1].write(only)  # the description alone says the same
    assert only.getvalue() == files[end]


def test_dialects_of_csv_are_what_they_say():
    people, machines = written(CSV, whole())[".csv"], written(PLAIN, whole())[".plain.csv"]
    assert people.startswith(b"\xef\xbb\xbf")
    assert people.count(b"\r\n") == people.count(b"\n")
    assert all(line.startswith(b'"') and line.endswith(b'"') for line in people.removeprefix(b"\xef\xbb\xbf").split(b"\r\n")[:-1])
    assert machines.startswith(b"section,kind,id,")
    assert b"\r" not in machines


MEASURED = """
import resource, sys
from fullcount.forms import FORMS
from tests.papers import listing, whole
class Void:
    def write(self, data): return len(data)
    def flush(self): pass
    def seekable(self): return False
    def tell(self): raise OSError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
form = next(form for form in FORMS if form.name == sys.argv[1])
for one in form.files(whole(listings=(listing(int(sys.argv[2])),))):
    one.write(Void())
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("form", "many"), [("xlsx", 50_000), ("csv", 200_000), ("csv-plain", 200_000)])
def test_a_list_as_long_as_a_fleet_needs_little_memory(form, many):
    there = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    command = [sys.executable, "-c", MEASURED, form, str(many)]
    run = subprocess.run(command, capture_output=True, check=True, text=True, env=there)
    assert int(run.stdout) < 200  # MiB more than before


TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


class Judged:
    """What LibreOffice makes of a file: the formulas that live in it, and the cells of its sheets as it shows them."""

    def __init__(self, path: Path) -> None:
        root = ElementTree.parse(path).getroot()
        assert root is not None
        self.formulas = [cell.get(f"{TABLE}formula", "") for cell in root.iter(f"{TABLE}table-cell")]
        self.formulas = [formula for formula in self.formulas if formula]
        self.sheets = {sheet.get(f"{TABLE}name", ""): list(self._rows(sheet)) for sheet in root.iter(f"{TABLE}table")}

    def _rows(self, sheet: Any) -> Iterator[list[str]]:
        for row in sheet.iter(f"{TABLE}table-row"):
            cells: list[str] = []
            for cell in row:
                text = "".join("".join(one.itertext()) for one in cell.iter(f"{TEXT}p"))
                cells += [cell.get(f"{OFFICE}value") or text] * min(99, int(cell.get(f"{TABLE}number-columns-repeated", "1")))
            yield from [cells] * min(9, int(row.get(f"{TABLE}number-rows-repeated", "1")))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judged]:
    """LibreOffice opens a workbook and CSVs, once for all tests."""
    if not (office := shutil.which("soffice")):
        pytest.skip("no soffice here")
    place = tmp_path_factory.mktemp("office")
    vectors = naughty_paper()
    given_files = {
        "whole.xlsx": written(XLSX, whole())[".xlsx"],
        "large.xlsx": written(XLSX, papers()["large"])[".xlsx"],
        "vectors.xlsx": written(XLSX, vectors)[".xlsx"],
        "people.csv": written(CSV, vectors)["-names.csv"],
        "paper.csv": written(CSV, vectors)[".csv"],
        "machines.csv": written(PLAIN, vectors)["-names.plain.csv"],
    }
    for name, data in given_files.items():
        (place / name).write_bytes(data)
    command = [office, f"-env:UserInstallation={(place / 'profile').as_uri()}", "--headless", "--convert-to", "fods"]
    found: dict[str, Judged] = {}
    for kind in ("xlsx", "csv"):  # a file of each kind may have the stem of another's
        chosen = [str(place / name) for name in given_files if name.endswith(kind)]
        subprocess.run([*command, "--outdir", str(place / kind), *chosen], check=True, capture_output=True, timeout=300)
        found |= {f"{path.stem}.{kind}": Judged(path) for path in (place / kind).glob("*.fods")}
    assert found.keys() == given_files.keys()
    return found


@pytest.mark.office
@pytest.mark.real
def test_nothing_that_was_found_lives_in_a_spreadsheet(judged):
    assert judged["machines.csv"].formulas  # the judge sees a formula where there is one
    assert not judged["people.csv"].formulas
    lines = next(iter(judged["people.csv"].sheets.values()))
    assert [row[1] for row in lines[1:4]] == ["0", "-1", "-2"]  # while a number is one
    assert not judged["paper.csv"].formulas
    assert not judged["vectors.xlsx"].formulas
    for name in ("whole.xlsx", "large.xlsx"):
        assert judged[name].formulas
        assert all(ITSELF.fullmatch(formula) for formula in judged[name].formulas)


@pytest.mark.office
@pytest.mark.real
@pytest.mark.parametrize("name", ["whole", "large"])
def test_libreoffice_shows_the_totals_of_the_paper(judged, name):
    total = papers()[name].account.total
    row = next(row for row in judged[f"{name}.xlsx"].sheets["By component"] if row[0] == "All, each system once")
    assert row[2:8] == [
        str(value) for value in (total.systems, total.with_it, total.exempt, total.not_covered, total.without_it, total.looked_at)
    ]
    left = next(row for row in judged[f"{name}.xlsx"].sheets["Cover"] if row[0] == "Left: found less removed")
    assert left[1] == "5"


@pytest.mark.office
@pytest.mark.real
def test_libreoffice_shows_every_sheet(judged):
    expected = list(workbook(whole()))
    assert [name for name in judged["whole.xlsx"].sheets if name in expected] == expected
