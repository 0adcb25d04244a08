"""The paper as a workbook, in the shape of the returns that CISA collects: a cover, the answers, a sheet for each table and
each list, and a hidden sheet `Responses` that has the whole return in one row.
"""

from __future__ import annotations

from functools import partial
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any

from fullcount.forms.book import HEAD, ROWS, Book, done
from fullcount.forms.row import held, rows_of
from fullcount.forms.words import ATTESTATION, CHECKS, LABELS, STANDINGS
from fullcount.model import Standing
from fullcount.paper import NO, NOT_APPLICABLE, NUMBER, TEXT, UNABLE, YES, File, Form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from fullcount.paper import Answer, Figure, Listing, Paper, Section, Table

CHOICES = [YES, NO, NOT_APPLICABLE, UNABLE]
COVER = (30, 20, 12, 18, 24, 18)  # widths of its columns
DERIVED = {"residual": ("found", "removed")}  # a figure that is the first less the second
BARS = 40  # more are no picture
# Of a bar: the standing, its column in the table, and a pattern and colours, so that it can be told without colours too.
_PARTS = (
    (Standing.WITH_IT, "with_it", "percent_90", "#9B1C1C"),
    (Standing.EXEMPT, "exempt", "wide_upward_diagonal", "#B45309"),
    (Standing.NOT_COVERED, "not_covered", "percent_25", "#4A5568"),
    (Standing.WITHOUT_IT, "without_it", "light_horizontal", "#2B6CB0"),
)
_FIGURES = ("Figure", "Number", "Unit", "Out of", "Of what", "How sure")


def files(paper: Paper) -> Iterable[File]:
    """One file: the workbook."""
    return (File(suffix=".xlsx", write=partial(write, paper)),)


def write(paper: Paper, file: IO[bytes]) -> None:
    """The sentence and the figures, what is missing, what is asked, the tables, the lists, and what the words mean."""
    with Book(file, paper) as book:
        _cover(book)
        if paper.gaps:
            _gaps(book)
        if any(section.answers for section in paper.sections):
            _answers(book)
        if any(section.paragraphs for section in paper.sections):
            _notes(book)
        for turn, (_, table) in enumerate(_tables(paper)):
            _table(book, table, turn)
        for listing in paper.listings:
            listed(book, listing)
        _words(book)
        _responses(book)


def _tables(paper: Paper) -> Iterator[tuple[Section, Table]]:
    for section in paper.sections:
        for table in section.tables:
            yield section, table


def _cover(book: Book) -> None:
    """What a chief information officer signs."""
    paper = book.paper
    sheet = book.sheet(paper.title, portrait=True, name="Cover")
    for column, width in enumerate(COVER):
        done(sheet.set_column(column, column, width))
    book.across(sheet, 2, paper.sentence, span=(0, 5), look="sentence", letters=85)
    row = 4
    for row, (label, text) in enumerate(_facts(paper), start=4):
        book.put(sheet, row, 0, label, look="label")
        look = "missing" if label == "State" and paper.is_draft else "wide"
        book.across(sheet, row, text, span=(1, 5), look=look, letters=85)
    figures = list(chain.from_iterable(section.figures for section in paper.sections))
    if figures:
        row = _figures(book, sheet, row + 2, figures)
    _signatures(book, sheet, row + 2)


def _facts(paper: Paper) -> Iterator[tuple[str, str]]:
    account, due = paper.account, paper.due
    about = account.directive
    issued = f"issued by {about['issuer']}" if about.get("issuer") else ""
    issued += f" on {about['issued']}" if issued and about.get("issued") else ""
    version = f"version {about['version']} of the pack" if about.get("version") else ""
    yield "Organisation", account.organisation or "not named"
    yield "Directive", "; ".join(filter(None, (str(about.get("title") or about["id"]), str(about["id"]), issued, version)))
    yield "As of", f"{account.as_of or 'unknown'} ({account.as_of_how})"
    yield "Due", f"{due.on or 'no date is given'}: {due.how}" if due else "no date is given"
    yield "Count", f"{account.count}, made by {account.made_by}"
    if paper.marking:
        yield "Marking", paper.marking
    yield "State", _state(paper)


def _state(paper: Paper) -> str:
    if not paper.is_draft:
        return "complete: nothing that is asked is missing"
    missing = "1 thing is" if len(paper.gaps) == 1 else f"{len(paper.gaps):,} things are"
    return f"DRAFT: {missing} missing; the next sheet, Gaps, says what and where to fill it in"


def _figures(book: Book, sheet: Any, row: int, figures: list[Figure]) -> int:
    """The figures below their heads; the last row that they take."""
    book.heads(sheet, row, _FIGURES, (TEXT, NUMBER, TEXT, NUMBER))
    at = {one.id: (turn, one.value) for turn, one in enumerate(figures, start=row + 1)}
    for turn, one in enumerate(figures, start=row + 1):
        values = (one.label, one.value, one.unit, one.of, one.of_what, one.sure)
        for column, value in enumerate(values):
            book.put(sheet, turn, column, value)
        book.high(sheet, turn, values, COVER)
        formula = _derived(one, at)
        if formula:
            book.formula(sheet, turn, 1, formula, value=one.value)
    return row + len(figures)


def _derived(figure: Figure, at: Mapping[str, tuple[int, object]]) -> str:
    """The formula of a figure that is a difference of two others; empty where it is not just that."""
    first, second = (at.get(name, (0, None)) for name in DERIVED.get(figure.id, ("", "")))
    if not (isinstance(first[1], int) and isinstance(second[1], int) and figure.value == first[1] - second[1]):
        return ""
    return f"=B{first[0] + 1}-B{second[0] + 1}"


def _signatures(book: Book, sheet: Any, row: int) -> None:
    book.put(sheet, row, 0, "Signed by", look="part")
    book.across(sheet, row + 1, ATTESTATION, span=(0, 5), look="note", letters=115)
    book.heads(sheet, row + 2, ("Role", "Name, typed", "Date", "Telephone", "E-mail", "Signature"))
    people = [(one.role, one.name, one.on, one.telephone, one.email, None) for one in book.paper.signatories]
    for turn, person in enumerate(people or [("Nobody is named.", *[None] * 5)], start=row + 3):
        for column, value in enumerate(person):
            book.put(sheet, turn, column, value, look="entry")
        done(sheet.set_row(turn, 30))


def _gaps(book: Book) -> None:
    sheet = book.sheet("Gaps", name="Gaps")
    book.put(sheet, 2, 0, "What the paper must say and does not, and where to say it. Until then it is a draft.", look="note")
    rows = [(gap.what, gap.where, gap.id) for gap in book.paper.gaps]
    book.table(sheet, HEAD, ("What is missing", "Where to fill it in", "Field"), rows, name="gaps")


def _answers(book: Book) -> None:
    """What is asked and what is said, with a choice where one of four words is wanted. What is missing says so in words."""
    sheet = book.sheet("Answers", name="Answers")
    rows, choices = [], []
    for section in book.paper.sections:
        for one in section.answers:
            state = _standing_of(book.paper, section, one)
            rows.append((one.question, one.value, one.text, one.required, state, one.id))
            choices.append(one.value in {*CHOICES, ""})
    heads = ("Question", "Answer", "More", "Required", "State", "Field")
    book.table(sheet, HEAD, heads, rows, name="answers", looks={0: "label"}, widest=36)
    for turn, (row, chosen) in enumerate(zip(rows, choices, strict=True), start=HEAD + 1):
        if row[4].startswith("MISSING"):
            book.put(sheet, turn, 4, row[4], look="missing")
        if chosen:
            # where nobody answered, a text may be wanted instead: then the words are only offered
            done(sheet.data_validation(turn, 1, turn, 1, {"validate": "list", "source": CHOICES, "show_error": bool(row[1])}))


def _standing_of(paper: Paper, section: Section, answer: Answer) -> str:
    lacks = [gap for gap in paper.gaps if gap.id == answer.id]
    if lacks:
        return f"MISSING: see the sheet Gaps ({', '.join(dict.fromkeys(gap.where for gap in lacks))})"
    if answer.value or answer.text:
        return "answered"
    if section.tables:
        return f"no words; see the tables: {', '.join(table.title for table in section.tables)}"
    return "not answered, and not required" if answer.required == "no" else f"not answered (required: {answer.required})"


def _notes(book: Book) -> None:
    sheet = book.sheet("Notes", name="Notes")
    rows = [(section.title, text) for section in book.paper.sections for text in section.paragraphs]
    book.table(sheet, HEAD, ("Part", "Text"), rows, name="notes")


def _table(book: Book, table: Table, turn: int) -> None:
    sheet = book.sheet(table.title)
    book.put(sheet, 2, 0, table.note or ("" if table.rows else "There is nothing to list here."), look="note")
    labels, kinds = [column.label for column in table.columns], [column.kind for column in table.columns]
    book.table(sheet, HEAD, labels, table.rows, name=f"table_{turn + 1}", kinds=kinds, total=table.total)
    if table.id == "components" and 0 < len(table.rows) <= BARS:
        _chart(book, sheet, table)


def _chart(book: Book, sheet: Any, table: Table) -> None:
    """A bar a component, with the four standings one after the other. Its alternative text is made from the same numbers."""
    columns = {column.id: turn for turn, column in enumerate(table.columns)}
    if not columns.keys() >= {name for _, name, _, _ in _PARTS}:
        return
    chart = book.chart({"type": "bar", "subtype": "stacked"})
    first, last = HEAD + 1, HEAD + len(table.rows)
    for standing, name, pattern, colour in _PARTS:
        at = columns[name]
        chart.add_series(
            {
                "name": str(standing),
                "categories": [sheet.name, first, 0, last, 0],
                "values": [sheet.name, first, at, last, at],
                "pattern": {"pattern": pattern, "fg_color": colour, "bg_color": "#FFFFFF"},
                "border": {"color": colour},
                "gap": 40,
            },
        )
    chart.set_title({"name": "Systems of each component, by standing", "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"})
    chart.set_y_axis({"reverse": True, "crossing": "max"})
    chart.set_x_axis({"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#D9DEE5"}}})
    chart.set_size({"width": 900, "height": 140 + 26 * len(table.rows)})
    told = (
        f"{row[0]}: " + ", ".join(f"{row[columns[name]]} {standing}" for standing, name, _, _ in _PARTS) for row in table.rows
    )
    text = "A stacked bar for each component. " + "; ".join(told)
    done(sheet.insert_chart(last + 3, 0, chart, {"description": held(text)[:2000]}))


def listed(book: Book, listing: Listing, most: int = ROWS) -> None:
    """The sheets of a list: of `most` rows each, heads included, and each says whether it goes on."""
    rows = rows_of(listing)
    room = most - HEAD - 1
    parts = max(1, -(-listing.rows // room))
    for part in range(parts):
        sheet = book.sheet(listing.title, streamed=True)
        begins, ends = part * room + 1, min((part + 1) * room, listing.rows)
        book.put(sheet, 2, 0, _extent(listing, begins, ends), look="note")
        book.stream(sheet, HEAD, listing.columns, islice(rows, room) if part + 1 < parts else rows)


def _extent(listing: Listing, begins: int, ends: int) -> str:
    if not listing.rows:
        return "There is nothing to list here."
    rows = "1 row" if listing.rows == 1 else f"{listing.rows:,} rows"
    if (begins, ends) == (1, listing.rows):
        return f"{rows}. Times are UTC."
    on = "" if ends == listing.rows else "; it goes on in the next sheet, since a sheet holds no more"
    return f"Rows {begins:,} to {ends:,} of {rows}{on}. Times are UTC."


def _words(book: Book) -> None:
    sheet = book.sheet("Read me", name="Read me")
    parts = (("Standing of a system", STANDINGS), ("Label", LABELS), ("How to check", CHECKS))
    rows = [(part, word, meaning) for part, lines in parts for word, meaning in lines]
    book.table(sheet, HEAD, ("Part", "Word", "Meaning"), rows, name="words", looks={1: "label"})


def _responses(book: Book) -> None:
    """One row of heads and one of values: what is collated from many such papers."""
    sheet = book.hidden("Responses")
    found = book.paper.responses()
    for column, (name, value) in enumerate(found.items()):
        book.put(sheet, 0, column, name, look="")
        book.put(sheet, 1, column, value, look="")


XLSX = Form(name="xlsx", title="Workbook, with every list (XLSX)", files=files)
