"""A paper in the order in which it is read, for the forms with pages: every value as the text that stands there.

Both forms show the same words. What differs is how text is made harmless, which each of them says by its `Words`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fullcount.cell import number, share
from fullcount.chart import described, standings, widened, widths
from fullcount.model import Standing
from fullcount.paper import DAY, MONEY, NUMBER, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fullcount.paper import Answer, Cell, Column, Figure, Gap, Listing, Paper, Table
    from fullcount.report import Account

SHOWN = 500  # rows of a table on a page; the workbook, the CSV and the JSON form have all of them
PROSE = 20_000  # characters of a sentence or an answer: a method is never cut, a broken file is
TOLD = 1000  # characters of a cell of a table
NARROW, BROAD = 8, 40  # characters: less and more than that make no column of text narrower or broader
LONG_WORD = 14  # characters in the label of a column of numbers, from which it is treated as one of text
UNKNOWN = "not known"

MEANING = {
    Standing.WITH_IT: "there, or not shown to be gone",
    Standing.EXEMPT: "there, under an exemption in force",
    Standing.NOT_COVERED: "nobody can say",
    Standing.WITHOUT_IT: "looked at, and not there",
}


@dataclass(frozen=True, kw_only=True)
class Words:
    """How a form writes text of others: a name, and anything up to a number of characters."""

    name: Callable[[object], str]
    prose: Callable[[object, int], str]


def laid_out(paper: Paper, words: Words) -> dict[str, Any]:
    """The paper as maps, lists and text. Numbers are those of the paper."""
    account = paper.account
    return {
        "title": words.name(paper.title.strip() or paper.id),
        "organisation": words.name(account.organisation),
        "marking": words.name(paper.marking),
        "draft": paper.is_draft,
        "count": words.name(account.count),
        "facts": _facts(paper, words),
        "sentence": words.prose(paper.sentence, PROSE),
        "bar": _bar(account),
        "lead": _lead(paper, words),
        "gaps": [{"what": words.prose(one.what, TOLD), "where": words.prose(one.where, TOLD)} for one in paper.gaps],
        "sections": [_section(one, paper.gaps, words) for one in _parts(paper)],
        "listings": [_listing(one, words) for one in paper.listings],
        "exports": number(len(account.sources)),
        "rests": f"{'return' if account.returns else 'export'}{'' if len(account.sources) == 1 else 's'}",
        "signatories": [
            {
                "role": words.name(one.role),
                "name": words.name(one.name),
                "reached": words.name(", ".join(filter(None, (one.telephone, one.email)))),
                "on": _day(one.on),
            }
            for one in paper.signatories
        ],
    }


def _facts(paper: Paper, words: Words) -> list[tuple[str, str]]:
    """What the paper is about, as label and text."""
    account, directive = paper.account, paper.account.directive
    version = f", version {directive['version']}" if directive.get("version") else ""
    due = f"{_day(paper.due.on) or 'no date'}: {paper.due.how}" if paper.due else ""
    told = (
        ("Organisation", account.organisation or UNKNOWN),
        (
            "Directive",
            f"{directive['title']} ({directive['id']}{version})" if directive.get("title") else directive["id"] + version,
        ),
        ("Issued by", ", ".join(filter(None, (directive.get("issuer"), directive.get("issued"))))),
        ("Due", due),
        ("As of", account.as_of[:10] or f"{UNKNOWN}: no export says when it was made"),
        ("Count", f"{account.count}, made by {account.made_by}"),
    )
    return [(label, words.prose(text, TOLD)) for label, text in told if text]


def _bar(account: Account) -> dict[str, Any]:
    """The four standings as a bar: parts with their widths in percent, and the same as a sentence."""
    parts = standings(account.total)
    found = zip(parts, widths([part.value for part in parts]), strict=True)
    return {
        "alt": f"Systems by standing. {described(parts)}",
        "widened": widened(parts),
        "parts": [
            {
                "kind": str(part.kind),
                "number": number(part.value),
                "share": share(part.value, account.total.systems),
                "meaning": MEANING[Standing(part.kind)],
                "width": width,
            }
            for part, width in found
        ],
    }


def _first(paper: Paper) -> Section:
    """The first section that has figures, or one of nothing: its figures and sentences stand on the first page."""
    return next((section for section in paper.sections if section.figures), Section(id="", title=""))


def _lead(paper: Paper, words: Words) -> dict[str, Any]:
    return _section(replace(_first(paper), answers=(), tables=()), (), words)


def _parts(paper: Paper) -> list[Section]:
    """The sections that say something behind the first page, and what every paper has to tell."""
    first = _first(paper)
    without = (replace(one, figures=(), paragraphs=()) if one is first else one for one in paper.sections)
    parts = (*without, *_rest(paper))
    return [one for one in parts if one.paragraphs or one.figures or one.answers or one.tables]


def _rest(paper: Paper) -> list[Section]:
    """How it was looked for and what that cannot see, where no section of the paper says it."""
    said = {text for section in paper.sections for text in section.paragraphs}
    account = paper.account
    parts = (
        Section(id="looked", title="How it was looked for", paragraphs=account.methods),
        Section(id="blind", title="What this way of looking cannot see", paragraphs=account.blind_spots),
    )
    return [part for part in parts if not said.issuperset(part.paragraphs)]


def _section(section: Section, gaps: Sequence[Gap], words: Words) -> dict[str, Any]:
    title = words.name(section.title.strip() or section.id or "Part")  # a heading without a text is no heading
    tables = [_table(one, words) for one in section.tables]
    return {
        "title": title,
        "paragraphs": [words.prose(text, PROSE) for text in section.paragraphs],
        "figures": [_figure(one, words) for one in section.figures],
        "answers": [_answer(one, section, gaps, words) for one in section.answers],
        # what alone stands below a heading of the same words need not repeat them
        "tables": [
            one | {"shows_title": one["title"] not in {"", title if not (at or section.figures) else ""}}
            for at, one in enumerate(tables)
        ],
    }


def _figure(figure: Figure, words: Words) -> dict[str, str]:
    """A number with its unit, what it is out of, and how sure it is."""
    known = figure.value is not None
    of = f"of {number(figure.of)} {figure.of_what}".strip() if figure.of is not None else ""
    return {
        "label": words.prose(figure.label, TOLD),
        "value": _number(figure.value) if known else UNKNOWN,
        "unit": words.name(figure.unit) if known else "",
        "of": words.name(of),
        "sure": words.name(figure.sure),
    }


def _answer(answer: Answer, section: Section, gaps: Sequence[Gap], words: Words) -> dict[str, Any]:
    """A question and what is said. `state` says what is wrong with it, in words; empty where nothing is.

    A section that asks one thing may answer it by its tables; below several questions a table answers none for certain.
    """
    said = bool(answer.value or answer.text)
    by_tables = len(section.answers) == 1 and bool(section.tables)
    lacks = any(gap.id == answer.id for gap in gaps)
    state = ("Not complete" if said or by_tables else "Missing") if lacks else ""
    otherwise = "See below." if by_tables else "" if lacks else "Nothing is said."
    return {
        "question": "" if section.title.endswith(f" {answer.question}") else words.prose(answer.question, TOLD),
        "value": words.prose(answer.value if said else otherwise, PROSE),
        "text": words.prose(answer.text, PROSE),
        "required": words.name({"yes": "", "no": "optional"}.get(answer.required, answer.required)),
        "state": state,
    }


def _table(table: Table, words: Words) -> dict[str, Any]:
    """A table less the columns in which nothing stands and nothing is missing: all of their cells are the empty text."""
    every = (*table.rows, table.total) if table.total else table.rows
    kept = [at for at in range(len(table.columns)) if not at or not every or any(row[at] != "" for row in every)]
    columns = [table.columns[at] for at in kept]
    total = [_cell(table.total[at], table.columns[at], words) for at in kept] if table.total else []
    rows = [[_cell(row[at], table.columns[at], words) for at in kept] for row in table.rows[:SHOWN]]
    return {
        "title": words.name(table.title.strip()),
        "columns": [
            {
                "label": words.name(column.label),
                "number": column.kind in {NUMBER, MONEY},
                "day": column.kind == DAY,
                **_width(column, [row[at] for row in (*rows, total)] if total else [row[at] for row in rows]),
            }
            for at, column in enumerate(columns)
        ],
        "rows": rows,
        "total": total,
        "note": words.prose(table.note, TOLD),
        "cut": f"{number(SHOWN)} of {number(len(table.rows))} rows are shown." if len(table.rows) > SHOWN else "",
    }


def _width(column: Column, cells: Sequence[str]) -> dict[str, int]:
    """How wide a column is: `signs`, what its numbers and the words of its label need; or, for text, its `weight` in what
    such columns leave of the page.
    """
    longest = max(map(len, cells), default=0)
    label = max(map(len, column.label.split()), default=0)
    if column.kind in {NUMBER, MONEY, DAY} and label < LONG_WORD:
        return {"weight": 0, "signs": max(longest, label, min(len(column.label), NARROW))}
    word = max((len(word) for cell in cells for word in cell.split()), default=0)
    return {"weight": min(max(longest, round(1.5 * max(word, label)), NARROW), BROAD), "signs": 0}


def _cell(value: Cell, column: Column, words: Words) -> str:
    """A cell as text; empty where nothing is known."""
    if value is None:
        return ""
    if isinstance(value, Decimal) or (isinstance(value, int) and column.kind in {NUMBER, MONEY}):
        return _number(value)
    return _day(value) if isinstance(value, date) else words.prose(value, TOLD)


def _listing(listing: Listing, words: Words) -> dict[str, str]:
    return {"title": words.name(listing.title), "rows": number(listing.rows)}


def _number(value: int | Decimal | None) -> str:
    return "" if value is None else f"{value:,}"


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""
