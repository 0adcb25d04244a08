"""The forms that are read from pages: a PDF that readers and archives accept, and a page that is inert and readable."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pdfua
import pikepdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import given
from hypothesis import strategies as st
from tests.accounts import HOSTILE, large, line, product, small
from tests.browsers import chromium, opened
from tests.letters import covered, runs
from tests.pages import ATTRIBUTES, ELEMENTS, Page, naughty
from tests.papers import final, nothing, papers, whole

from fullcount.cell import number
from fullcount.chart import described, standings
from fullcount.errors import UsageError
from fullcount.forms import FORMS
from fullcount.forms.html import HTML, quoted
from fullcount.forms.layout import SHOWN, Words, laid_out
from fullcount.forms.letters import ranges, shown
from fullcount.forms.pdf import ATTACHED, INSTALL, PDF, lacks
from fullcount.paper import Answer, Figure, Gap, Paper, Section, Signatory, Table
from fullcount.papers import tables
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.paper import Form

TEMPLATES = Path(__file__).resolve().parents[1] / "src/fullcount/forms"
PAPERS = list(papers())
PLAIN = [name for name in PAPERS if not name.startswith("hostile")]
AXES = "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"
AGAIN = """
import hashlib, io
from tests.papers import whole
from fullcount.forms.{0} import {1}
file = io.BytesIO()
next(iter({1}.files(whole()))).write(file)
print(hashlib.sha256(file.getvalue()).hexdigest())
"""


def made(form: Form, paper: Paper) -> bytes:
    [file] = form.files(paper)
    assert file.suffix == f".{form.name}"
    data = io.BytesIO()
    file.write(data)
    return data.getvalue()


@cache
def pdf_of(name: str) -> bytes:
    return made(PDF, papers()[name])


@cache
def html_of(name: str) -> Page:
    return Page(made(HTML, papers()[name]))


def pages_of(data: bytes) -> list[str]:
    """The text of each page, as a program that is not ours reads it, less everything that only breaks lines."""
    if not shutil.which("pdftotext"):
        pytest.skip("no pdftotext here")
    done = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True)
    return [solid(page) for page in done.stdout.decode().split("\f")[:-1]]


def solid(text: str) -> str:
    return re.sub(r"[\s\u200b]", "", text)


def numbers_of(paper: Paper) -> Iterator[str]:
    """Every number of the figures and of the tables, as people read it."""
    for section in paper.sections:
        for figure in section.figures:
            yield from (f"{one:,}" for one in (figure.value, figure.of) if one is not None)
        for table in section.tables:
            for row in (*table.rows, table.total):
                yield from (f"{cell:,}" for cell in row if isinstance(cell, int | Decimal))


def broad() -> Paper:
    """500 components and 20 products, each product in every component."""
    parts = tuple(line(f"Bureau of Administrative Matter No. {n:03}", n, n % 3, n * 7, n * n) for n in range(1, 501))
    four = (sum(getattr(one, part) for one in parts) for part in ("with_it", "exempt", "not_covered", "without_it"))
    within = dict.fromkeys((one.component for one in parts), 1)
    found = tuple(replace(product(f"Kaspersky Product {n:02}", 500), components=within) for n in range(1, 21))
    account = replace(large(), total=line("", *four), components=parts, products=found)
    paper = whole(account)
    more = Section(id="more", title="Products", tables=(tables.products_by_component(account),))
    return replace(paper, sections=(*paper.sections, more))


def of_names(names: list[str]) -> Paper:
    """A paper with each of the names among what is missing, and once more in one of the other kinds of place."""
    paper = whole()
    [first] = tables.components(paper.account).columns[:1]
    [listing, _] = paper.listings
    answers, cells, figures, people, titles, texts = (names[turn::6] for turn in range(6))
    column = replace(first, label=names[0])
    section = Section(
        id="names",
        title="Names",
        paragraphs=tuple(texts),
        figures=tuple(Figure(id="n", label=name, value=1, unit=name, of=2, of_what=name, sure=name) for name in figures),
        answers=tuple(Answer(id="n", question=name, value=name, text=name, required=name) for name in answers),
        tables=(Table(id="n", title=names[1], columns=(column, column), rows=tuple((one, one) for one in cells), note=names[2]),),
    )
    return replace(
        paper,
        sections=(section, *(Section(id="n", title=name, paragraphs=(name,)) for name in titles)),
        gaps=tuple(Gap(id="n", what=name, where=name) for name in names),
        signatories=tuple(Signatory(role=name, name=name, telephone=name) for name in people),
        listings=tuple(replace(listing, title=name) for name in people),
    )


# -- both ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [PDF, HTML], ids=lambda form: form.name)
def test_same_paper_gives_the_same_bytes_in_another_process_and_zone(form):
    script = AGAIN.format(form.name, form.name.upper())
    environment = {**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(made(form, whole())).hexdigest()


def test_forms_are_listed():
    assert [form.name for form in FORMS if form in (PDF, HTML)] == ["pdf", "html"]
    assert not any(form.lacks() for form in FORMS)


def test_answer_that_is_missing_is_shown_as_missing():
    table = whole().sections[1].tables[0]

    def state(answer: Answer, *, gaps: tuple[str, ...] = (), below: tuple[Table, ...] = ()) -> tuple[str, str]:
        section = Section(id="s", title="S", answers=(answer,), tables=below)
        paper = replace(nothing(), sections=(section,), gaps=tuple(Gap(id=one, what="w", where="f") for one in gaps))
        [first, *_] = laid_out(paper, Words(name=str, prose=lambda text, _: str(text)))["sections"]
        [said] = first["answers"]
        return said["value"], said["state"]

    silent = Answer(id="a", question="Q", value="")
    spoken = replace(silent, value="Yes")
    assert state(silent, gaps=("a",)) == ("", "Missing")
    assert state(silent) == ("Nothing is said.", "")
    assert state(silent, below=(table,)) == ("See below.", "")
    assert state(silent, below=(table,), gaps=("a",)) == ("See below.", "Not complete")
    assert state(spoken, gaps=("a",)) == ("Yes", "Not complete")
    assert state(spoken, gaps=("b",)) == ("Yes", "")


def test_what_is_not_known_is_empty_and_never_zero():
    [*_, costs] = whole().sections[1].tables
    rows = {row[0]: row[1:] for row in costs.rows}
    assert rows["Unknown"] == (None, None, None)
    words = Words(name=str, prose=lambda text, _: str(text))
    parts = {part["title"]: part for part in laid_out(whole(), words)["sections"]}
    shown_rows = {row[0]: row[1:] for one in parts["What is asked"]["tables"] for row in one["rows"]}
    assert shown_rows["Unknown"] == ["", "", ""]
    assert shown_rows["Charter of 1899"] == ["1899-12-31", "-0.015", f"{2**60:,}"]
    figures = {one["label"]: one for one in laid_out(whole(), words)["lead"]["figures"]}
    assert (figures["Not known"]["value"], figures["Not known"]["unit"]) == ("not known", "")


def test_methods_and_blind_spots_stand_in_every_paper_once():
    for name in PLAIN:
        account = papers()[name].account
        for text in (*account.methods, *account.blind_spots):
            parts = laid_out(papers()[name], Words(name=str, prose=lambda text, _: str(text)))["sections"]
            assert sum(text in part["paragraphs"] for part in parts) == 1, (name, text)


# -- the PDF -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAPERS)
def test_pdf_says_what_it_is(name):
    paper = papers()[name]
    with pikepdf.open(io.BytesIO(pdf_of(name))) as document:
        root = document.Root
        assert root.MarkInfo.Marked
        assert str(root.Lang) == "en"
        assert root.ViewerPreferences.DisplayDocTitle
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
            assert metadata["dc:title"] == shown(paper.title.strip())
        assert str(document.docinfo["/CreationDate"])[:10] == "D:" + (paper.account.as_of[:10].replace("-", "") or "19700101")


@pytest.mark.parametrize("name", PAPERS)
def test_pdf_carries_its_document(name):
    paper = papers()[name]
    with pikepdf.open(io.BytesIO(pdf_of(name))) as document:
        assert list(document.attachments) == [ATTACHED]
        attached = document.attachments[ATTACHED]
        data = attached.get_file().read_bytes()
        assert str(attached.obj.AFRelationship) == "/Data"
    assert data == paper.written()
    assert json.loads(data) == paper.document()


@pytest.mark.parametrize("name", ["whole", "final", "nothing", "identify", "plan", "status", "hostile: signs"])
def test_pdf_keeps_the_rules_of_pdf_ua_that_a_program_can_check(tmp_path, name):
    (tmp_path / "paper.pdf").write_bytes(pdf_of(name))
    report = pdfua.validate(str(tmp_path / "paper.pdf"))
    assert not report.findings
    # one rule of pdfua 0.1.3 falls over its own library and says so
    assert {one.rule_id for one in report.skipped} <= {"UA-14-001"}
    assert len(report.outcomes) >= 12


def elements(node: Any) -> Iterator[Any]:
    """The tags of a document, in the order in which they are read."""
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from elements(one)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


def test_pdf_has_headings_heads_of_columns_and_a_described_picture():
    with pikepdf.open(io.BytesIO(pdf_of("whole"))) as document:
        found = list(elements(document.Root.StructTreeRoot["/K"]))
        heads = [one for one in found if one["/S"] == "/TH"]
        scopes = {str(one["/A"][0]["/Scope"] if isinstance(one["/A"], pikepdf.Array) else one["/A"]["/Scope"]) for one in heads}
        pictures = [str(one["/Alt"]) for one in found if "/Alt" in one]
        levels = [int(str(one["/S"])[2:]) for one in found if re.fullmatch(r"/H\d", str(one["/S"]))]
    assert scopes == {"/Column"}
    assert pictures == [f"Systems by standing. {described(standings(small().total))}"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_page_is_letter_in_the_united_states_and_a4_elsewhere():
    def size(**directive: str) -> tuple[int, int]:
        paper = replace(final(), account=replace(small(), directive={**small().directive, **directive}))
        with pikepdf.open(io.BytesIO(made(PDF, paper))) as document:
            _, _, width, height = document.pages[0].MediaBox
            return round(width), round(height)

    assert size(jurisdiction="US federal executive branch") == size(id="us-dhs-bod-17-01") == (612, 792)
    assert size() == size(jurisdiction="Lithuania", id="us-like") == (595, 842)


def test_without_typst_it_is_said_how_to_get_it(monkeypatch):
    assert not lacks()
    monkeypatch.setitem(sys.modules, "typst", None)
    assert lacks() == PDF.lacks() == INSTALL
    with pytest.raises(UsageError) as caught:
        made(PDF, final())
    assert "pip install 'fullcount[report]'" in caught.value.hint


def test_letters_are_those_of_the_fonts():
    found = covered()
    assert ranges() == list(runs(found)), "python -m tests.letters"
    assert {ord(char) for char in "Касперский مرحبا ñß€–“”…"} <= found
    assert not {ord(char) for char in "卡🦠\x00\x1b"} & found


def test_text_without_a_letter_is_written_out():
    assert shown("卡 a") == "\\u{5361} a"
    assert shown("\x1b[2J") == visible("\x1b[2J")
    assert shown("x" * 400, 100).replace("\u200b", "") == visible("x" * 400, 100)
    assert max(map(len, re.split(r"[\s\u200b]", shown("C:\\Windows" + "x" * 200)))) <= 25


@given(st.text(max_size=60))
def test_any_text_makes_a_pdf(text):
    gap = Gap(id=text, what=text, where=text)
    paper = replace(nothing(), title=text, sentence=text, marking=text, gaps=(gap,))
    assert made(PDF, paper).startswith(b"%PDF-1.7")


@given(st.lists(st.sampled_from([chr(point) for first, last in ranges() for point in range(first, last + 1)]), max_size=80))
def test_any_letters_of_the_fonts_make_a_pdf(letters):
    assert made(PDF, replace(nothing(), sentence="".join(letters))).startswith(b"%PDF-1.7")


@pytest.mark.poppler
@pytest.mark.parametrize("name", PAPERS)
def test_pdf_has_the_sentence_and_every_number(name):
    paper = papers()[name]
    pages = pages_of(pdf_of(name))
    text = "".join(pages)
    assert solid(shown(paper.sentence, 20_000))[:400] in text
    assert name.startswith("hostile") or solid(paper.sentence) in pages[0]
    missing = [one for one in numbers_of(paper) if one not in text]
    assert not missing
    for figure in (one for section in paper.sections for one in section.figures):
        if figure.of is not None and not name.startswith("hostile"):
            assert solid(f"{figure.value:,}{figure.unit}of {number(figure.of)} {figure.of_what}{figure.sure}") in text
    assert solid(paper.account.count) in pages[-1]


@pytest.mark.poppler
@pytest.mark.parametrize("name", PLAIN)
def test_draft_and_marking_stand_on_every_page(name):
    paper = papers()[name]
    pages = pages_of(pdf_of(name))
    for turn, page in enumerate(pages, start=1):
        assert (page.count("DRAFT") >= 2) if paper.is_draft else ("DRAFT" not in page)
        assert not paper.marking or page.count(paper.marking) >= 2
        assert f"Page{turn}of{len(pages)}" in page
    for gap in paper.gaps:
        assert solid(shown(gap.what)) in "".join(pages[:2])
        assert solid(shown(gap.where)) in "".join(pages[:2])


@pytest.mark.poppler
def test_pdf_names_what_it_is_about_and_no_system():
    paper = whole()
    assert paper.due
    text = "".join(pages_of(pdf_of("whole")))
    for said in (paper.title, "Department of Examples", "Removal of Kaspersky-Branded Products", "version 1", "c0ffee1d5a7e"):
        assert solid(said) in text
    for said in (paper.due.how, "2017-12-13", "2017-11-30", "Ann Example", "Bo Example", "Unable to answer", "not known"):
        assert solid(said) in text
    names = [value for batch in paper.listings[0].batches() for value in batch.column("name").to_pylist()]
    assert len(names) == paper.listings[0].rows == 24
    assert not [name for name in names if str(name) in text]
    assert "Missing:see“Whatismissing”" in text


@pytest.mark.poppler
def test_500_components_fit_and_what_does_not_is_said():
    text = "".join(pages_of(made(PDF, broad())))
    assert not [n for n in range(1, 501) if solid(f"Bureau of Administrative Matter No. {n:03}") not in text]
    assert solid(f"{SHOWN} of 10,000 rows are shown. All of them are in the file attached to this document.") in text


@pytest.mark.poppler
@pytest.mark.real
def test_pdf_bears_naughty_names():
    names = naughty()
    text = "".join(pages_of(made(PDF, of_names(names))))
    plain = [name for name in names if name.isascii() and name.isprintable() and len(name) < 100]
    assert len(plain) > 200
    assert not [name for name in plain if solid(shown(name)) not in text]
    assert "\\u{202e}" in text


@pytest.mark.poppler
@pytest.mark.parametrize("kind", ["script", "template", "markup", "formula", "escape", "signs"])
def test_pdf_shows_hostile_names(kind):
    assert solid(shown(HOSTILE[kind])) in "".join(pages_of(pdf_of(f"hostile: {kind}")))


@pytest.mark.poppler
def test_values_are_text_and_no_program():
    said = '#panic("x") *b* $x$ #read("/etc/passwd") \\u{41} = H @label <x> `raw` // no'
    text = "".join(pages_of(made(PDF, replace(nothing(), sentence=said))))
    assert solid(said) in text


# -- the page ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAPERS)
def test_page_is_self_contained_and_inert(name):
    page = html_of(name)
    assert page.elements <= ELEMENTS | {"strong", "footer"}
    assert {attribute for attribute, _ in page.attributes} <= ATTRIBUTES
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'") in (
        page.attributes
    )
    assert all(char.isprintable() or char == "\n" for char in page.whole)


def test_template_quotes_and_trusts_nothing():
    text = (TEMPLATES / "paper.html.j2").read_text("utf-8")
    tags = re.findall(r"<[a-z][^<>]*\{\{[^<>]*>", text)
    assert tags
    for tag in tags:
        for before in re.findall(r"(.)\{\{", re.sub(r'="[^"]*"', "", tag)):
            pytest.fail(f"a value stands outside of quotes after {before!r} in {tag}")
    assert not re.search(r"\|\s*safe|autoescape|<script|href=|src=|@import|https?:", text)


@pytest.mark.parametrize("name", PLAIN)
def test_page_has_the_sentence_every_number_and_every_answer(name):
    paper, page = papers()[name], html_of(name)
    assert page.texts["sentence"] == paper.sentence
    assert not [one for one in numbers_of(paper) if one not in page.whole]
    for section in paper.sections:
        for answer in section.answers:
            assert answer.value in page.whole
            assert answer.text in page.whole
    assert page.rows.get("gaps", [[]])[1:] == [[gap.what, gap.where] for gap in paper.gaps]
    assert page.rows.get("lists", [[]])[1:] == [[one.title, number(one.rows)] for one in paper.listings]


@pytest.mark.parametrize("name", PLAIN)
def test_page_begins_and_ends_with_draft_and_marking(name):
    paper, page = papers()[name], html_of(name)
    said = " ".join(filter(None, (paper.marking, "DRAFT" if paper.is_draft else "")))
    for edge in ("top", "bottom"):
        assert page.texts.get(edge, "").strip() == said
    assert paper.is_draft or "DRAFT" not in page.whole


@pytest.mark.parametrize("kind", HOSTILE)
def test_page_shows_hostile_names(kind):
    page = html_of(f"hostile: {kind}")
    assert visible(HOSTILE[kind]) in page.whole
    assert page.rows["lists"][1][0] == visible(HOSTILE[kind])


@given(st.text())
def test_text_in_a_style_sheet_stays_in_its_string(text):
    written = str(quoted(text))
    assert re.fullmatch(r'"(?:[0-9A-Za-z ]|\\[0-9a-f]{6})*"', written)
    assert re.sub(r"\\([0-9a-f]{6})", lambda match: chr(int(match[1], 16)), written[1:-1]) == text


@pytest.fixture(scope="module")
def browser():
    yield from chromium()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["whole", "final", "plan", "nothing"])
def test_axe_has_no_complaint(browser, tmp_path, name, scheme):
    page, heard = opened(browser, tmp_path, made(HTML, papers()[name]), color_scheme=scheme)
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": list(AXES)}})
    assert found.violations_count == 0, found.generate_report()
    assert len(found.response["passes"]) > 15
    assert heard == []
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("name", [name for name in PAPERS if name.startswith("hostile")])
def test_browser_asks_for_nothing_and_runs_nothing(browser, tmp_path, name):
    page, heard = opened(browser, tmp_path, made(HTML, papers()[name]))
    assert page.locator("script, img, iframe, object, a").count() == 0
    assert page.is_visible("#sentence")
    assert page.is_visible("#gaps")
    assert heard == []
    page.close()


@pytest.mark.browser
@pytest.mark.real
def test_browser_bears_naughty_names(browser, tmp_path):
    names = naughty()
    page, heard = opened(browser, tmp_path, made(HTML, of_names(names)))
    assert page.locator("script, img, iframe, object, a").count() == 0
    assert page.locator("#gaps tbody tr").count() == len(names)
    assert heard == []
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("name", PAPERS)
def test_page_fits_every_screen(browser, tmp_path, name):
    page, heard = opened(browser, tmp_path, made(HTML, papers()[name]))
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert heard == []
    page.close()


@pytest.mark.browser
@pytest.mark.poppler
@pytest.mark.parametrize("name", ["whole", "final"])
def test_page_prints_light_with_draft_and_marking_on_every_page(browser, tmp_path, name):
    paper = papers()[name]
    page, heard = opened(browser, tmp_path, made(HTML, paper), color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(19, 23, 28)"
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    printed = pages_of(page.pdf(tagged=True, prefer_css_page_size=True))
    assert len(printed) > 2
    for turn, text in enumerate(printed, start=1):
        assert (text.count("DRAFT") >= 2) if paper.is_draft else ("DRAFT" not in text)
        assert not paper.marking or text.count(paper.marking) >= 2
        assert f"Page{turn}of{len(printed)}" in text
    assert heard == []
    page.close()
