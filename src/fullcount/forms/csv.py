"""The paper as CSV, a value a row, each list as a file of its own, and a description of them (CSVW), last.

Two dialects: `csv` for people and their spreadsheets, `csv-plain` for machines.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Protocol

from fullcount.cell import cell, safe_cell, table_writer
from fullcount.forms.row import encoded, held, rows_of
from fullcount.paper import DAY, TEXT, File, Form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fullcount.paper import Cell, Listing, Paper, Section, Table

_QUOTED = re.compile('[,"\r\n]|^ | $')
_TYPES = {TEXT: "string", DAY: "date"}  # others are numbers


class Line(NamedTuple):
    """One value of the paper, with all that it needs to be understood. `row` and `column`: of a table."""

    section: str
    kind: str  # fact, paragraph, figure, answer, cell, total, note, gap, signatory, listing
    id: str
    label: str = ""
    value: Cell = None
    unit: str = ""
    of: int | None = None
    of_what: str = ""
    sure: str = ""
    text: str = ""
    row: int | None = None  # from 1; none for the total
    column: str = ""
    required: str = ""


def lines(paper: Paper) -> Iterator[Line]:
    """The paper from its sentence down: facts, gaps, sections in their order, signatories, lists."""
    yield from _facts(paper)
    yield from (Line("", "gap", gap.id, value=gap.what, text=gap.where) for gap in paper.gaps)
    yield from chain.from_iterable(map(_section, paper.sections))
    for turn, one in enumerate(paper.signatories, start=1):
        told = {"name": one.name, "telephone": one.telephone, "email": one.email, "on": one.on}
        yield from (Line("", "signatory", name, one.role, value, row=turn, column=name) for name, value in told.items())
    yield from (Line("", "listing", one.id, one.title, one.rows, "rows") for one in paper.listings)


def _facts(paper: Paper) -> Iterator[Line]:
    account, due = paper.account, paper.due
    facts: dict[str, tuple[Cell, str]] = {
        "sentence": (paper.sentence, ""),
        "title": (paper.title, ""),
        "marking": (paper.marking, ""),
        "draft": ("yes" if paper.is_draft else "no", ""),
        "organisation": (account.organisation, ""),
        "directive": (account.directive["id"], str(account.directive.get("title", ""))),
        "as_of": (account.as_of, account.as_of_how),
        "count": (account.count, account.made_by),
        "due": (str(due.on) if due and due.on else None, due.how if due else ""),
        "without_users": ("yes" if paper.without_users else "no", ""),
    }
    for name, (value, text) in facts.items():
        yield Line("", "fact", name, value=value, text=text)


def _section(section: Section) -> Iterator[Line]:
    yield Line(section.id, "section", section.id, value=section.title)
    for turn, text in enumerate(section.paragraphs, start=1):
        yield Line(section.id, "paragraph", section.id, value=text, row=turn)
    for one in section.figures:
        yield Line(section.id, "figure", one.id, one.label, one.value, one.unit, one.of, one.of_what, one.sure)
    for answer in section.answers:
        start = Line(section.id, "answer", answer.id, answer.question, answer.value or None)
        yield start._replace(text=answer.text, required=answer.required)
    yield from chain.from_iterable(_table(section.id, table) for table in section.tables)


def _table(section: str, table: Table) -> Iterator[Line]:
    start = Line(section, "cell", table.id)
    yield start._replace(kind="table", value=table.title, text=table.note)
    for turn, row in enumerate(table.rows, start=1):
        for column, value in zip(table.columns, row, strict=True):
            yield start._replace(label=column.label, value=value, row=turn, column=column.id)
    for column, value in zip(table.columns, table.total, strict=bool(table.total)):
        yield start._replace(kind="total", label=column.label, value=value, column=column.id)


class Writer(Protocol):
    """How rows of a dialect are written."""

    def writerows(self, rows: Iterable[Iterable[str]], /) -> object:
        """Write some rows of cells."""


@dataclass(frozen=True, slots=True)
class Machines:
    """RFC 4180 with LF: no mark, quotes where they must be, texts as they are."""

    file: IO[bytes]

    def writerows(self, rows: Iterable[Iterable[str]], /) -> None:
        """Write some rows. The library would leave a lone CR without quotes before Python 3.13."""
        for row in rows:
            whole = ",".join(f'"{text.replace(chr(34), chr(34) * 2)}"' if _QUOTED.search(text) else text for text in row)
            self.file.write(encoded(f"{whole}\n"))


def _for_people(value: object) -> str:
    if isinstance(value, Decimal | float | date) and not isinstance(value, datetime):
        return _bare(value)
    return safe_cell(held(value)) if isinstance(value, str) else cell(value)


def _bare(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return f"{value.isoformat()}Z" if isinstance(value, datetime) else value.isoformat()
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How CSV is written: `suffix` of every file, the writer, the text of a value, and what CSVW says of it."""

    suffix: str
    writer: Callable[[IO[bytes]], Writer]
    told: Callable[[object], str]
    line_end: str
    about: str


PEOPLE = Dialect(
    suffix=".csv",
    writer=table_writer,
    told=_for_people,
    line_end="\r\n",
    about="UTF-8 with its mark, every field quoted. A text that a spreadsheet would take for a formula begins with an "
    "apostrophe that is no part of it; control and invisible characters are written as \\u{...}; what is longer than a "
    "cell is cut and its length shown. An empty field is not known, never 0.",
)
MACHINES = Dialect(
    suffix=".plain.csv",
    writer=Machines,
    told=_bare,
    line_end="\n",
    about="RFC 4180 with LF. Texts are as they were found, and nothing in them is escaped: do not open this file in a "
    "spreadsheet. An empty field is not known, never 0.",
)


@dataclass(slots=True)
class Written:
    """What one file holds, and once it is written its digest. `times`: the columns of days that hold times."""

    suffix: str
    title: str
    columns: tuple[tuple[str, str, str], ...]  # id, label, kind
    rows: Callable[[], Iterable[tuple[object, ...]]]
    dialect: Dialect
    digest: str = ""
    kinds: dict[str, set[type]] = field(default_factory=dict)  # of the columns of days: what they hold

    def write(self, file: IO[bytes]) -> None:
        """Write it row by row."""
        hashed = _Hashed(file)
        writer = self.dialect.writer(hashed)  # type: ignore[arg-type]  # all that it does is to write
        days = [(turn, name) for turn, (name, _, kind) in enumerate(self.columns) if kind == DAY]
        self.kinds = {name: set() for _, name in days}
        writer.writerows([[name for name, _, _ in self.columns]])
        writer.writerows(map(self._told, self._watched(days)))
        self.digest = hashed.sha256.hexdigest()

    def _told(self, row: tuple[object, ...]) -> list[str]:
        return [self.dialect.told(value) for value in row]

    def _watched(self, days: list[tuple[int, str]]) -> Iterator[tuple[object, ...]]:
        for row in self.rows():
            for turn, name in days:
                self.kinds[name].add(type(row[turn]))
            yield row

    def described(self, stem: str) -> dict[str, Any]:
        """The file as CSVW describes it. One that was not written yet is written into the void, for its digest."""
        if not self.digest:
            self.write(_Void())  # type: ignore[arg-type]
        return {
            "url": encoded(f"{stem}{self.suffix}").decode(),
            "dc:title": encoded(self.title).decode(),
            "schema:sha256": self.digest,
            "tableSchema": {
                "columns": [
                    {"name": name, "titles": [name, label], "datatype": self._datatype(name, kind), "null": ""}
                    for name, label, kind in self.columns
                ],
            },
        }

    def _datatype(self, name: str, kind: str) -> str:
        found = self.kinds.get(name, set()) - {type(None)}
        if found == {datetime}:
            return "dateTime"
        return "string" if str in found or len(found) > 1 else _TYPES.get(kind, "decimal")


class _Void:
    def write(self, data: bytes) -> int:
        return len(data)


class _Hashed:
    """A file that is only written to, and the digest of what was."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return self.file.write(data)


def _files(dialect: Dialect, paper: Paper) -> Iterator[File]:
    found = [_of_paper(dialect, paper), *(_of_listing(dialect, one) for one in paper.listings)]
    yield from (File(suffix=one.suffix, write=one.write) for one in found)
    yield File(suffix=f"{dialect.suffix}-metadata.json", write=partial(_metadata, paper, dialect, found))


def _of_paper(dialect: Dialect, paper: Paper) -> Written:
    numbers = {"of", "row"}  # a value is a number or a text, as its unit says
    columns = tuple((name, name.replace("_", " "), "number" if name in numbers else TEXT) for name in Line._fields)
    return Written(dialect.suffix, paper.title, columns, partial(lines, paper), dialect)


def _of_listing(dialect: Dialect, listing: Listing) -> Written:
    columns = tuple((one.id, one.label, one.kind) for one in listing.columns)
    return Written(f"-{listing.id}{dialect.suffix}", listing.title, columns, partial(rows_of, listing), dialect)


def _metadata(paper: Paper, dialect: Dialect, found: list[Written], file: IO[bytes]) -> None:
    import orjson

    document = {
        "@context": "http://www.w3.org/ns/csvw",
        "dc:title": encoded(paper.title).decode(),
        "dc:description": dialect.about,
        "dc:rights": encoded(paper.marking).decode(),
        "dc:identifier": paper.account.count,
        "dialect": {
            "encoding": "utf-8",
            "delimiter": ",",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
            "headerRowCount": 1,
            "lineTerminators": [dialect.line_end],
        },
        "tables": [one.described(paper.stem) for one in found],
    }
    file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


CSV = Form(name="csv", title="Every value and every list, for a spreadsheet (CSV)", files=partial(_files, PEOPLE))
PLAIN = Form(
    name="csv-plain", title="The same for machines (CSV as in RFC 4180, nothing escaped)", files=partial(_files, MACHINES)
)
