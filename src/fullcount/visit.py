"""A visit: one system of an audit that somebody goes to, and the sheet on which it is asked for and answered.

The sheet is a workbook or a CSV, and comes back as either. What is read back is understood to the cell or refused: an answer
that is guessed is worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from fullcount.cell import LONGEST, cell, table_writer, unescaped
from fullcount.entry import RowPlace
from fullcount.errors import SettingsError
from fullcount.node import did_you_mean
from fullcount.row import rows_of, value_of
from fullcount.text import key, visible
from fullcount.workbook import workbook

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

FOUND, NOT_FOUND, NOT_THERE, NO_LOOK = "found", "not found", "not there", "could not look"
ANSWERS: dict[str, str] = {
    FOUND: "somebody looked, and it is there",
    NOT_FOUND: "somebody looked, and it is not there",
    NOT_THERE: "there is no such machine: scrapped, lent out for good, or never was",
    NO_LOOK: "there may be such a machine, and nobody could look at it",
}
_SEE = "see docs/guides/audit.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a sheet: its field, its heading, what a person is told of it, and its width in characters."""

    field: str
    heading: str
    help: str
    width: int
    asked: bool = False  # blank, to be filled in


VISITS = (
    Column(field="audit", heading="Audit", help="Leave it as it is.", width=8),
    Column(field="order", heading="Order", help="In the order of the draw: begin with the first.", width=7),
    Column(field="system", heading="System", help="The name by which the count knows it: leave it as it is.", width=30),
    Column(field="name", heading="Name", help="What the machine calls itself.", width=22),
    Column(field="component", heading="Where", help="The component that answers for it.", width=22),
    Column(field="marks", heading="Known by", help="Serial number and other marks.", width=40),
    Column(field="heard", heading="Last heard of", help="The day on which a source last heard of it.", width=12),
    Column(field="look_for", heading="Look for", help="What to look for.", width=44),
    Column(field="answer", heading="Answer", help=" / ".join(ANSWERS), width=16, asked=True),
    Column(field="product", heading="Which product", help="What was found, as the machine names it.", width=30, asked=True),
    Column(field="by", heading="Visited by", help="Who looked.", width=20, asked=True),
    Column(field="on", heading="Visited on", help="The day, year first: 2017-10-20.", width=12, asked=True),
    Column(field="remark", heading="Remark", help="Anything that matters.", width=40, asked=True),
)
PLACES = (
    Column(field="audit", heading="Audit", help="Leave it as it is.", width=8),
    Column(field="place", heading="Place", help="The room, subnet or switch, drawn by lot.", width=24, asked=True),
    Column(
        field="machine", heading="Machine", help="Each machine met there: its name or its serial number.", width=30, asked=True
    ),
    Column(field="by", heading="Visited by", help="Who went there, without a list of machines.", width=20, asked=True),
    Column(field="on", heading="Visited on", help="The day, year first: 2017-10-20.", width=12, asked=True),
    Column(field="remark", heading="Remark", help="Anything that matters.", width=40, asked=True),
)
BLANK_PLACES = 200  # rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody found at a system."""

    system: str
    answer: str
    by: str
    on: str  # ISO
    product: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A machine that somebody met in a place drawn by lot."""

    place: str
    machine: str
    by: str
    on: str
    remark: str = ""


# -- out -------------------------------------------------------------------------------------------------------------------


def as_csv(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], file: IO[bytes]) -> None:
    """A sheet as CSV that Excel opens without asking."""
    table = table_writer(file)
    table.writerow([one.heading for one in columns])
    table.writerows([cell(row.get(one.field, "")) for one in columns] for row in rows)
    file.flush()


def as_xlsx(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], file: IO[bytes], *, title: str) -> None:
    """A sheet as a workbook of one worksheet. Cells to be filled in say what may stand in them."""
    with workbook(file, title=title) as book:
        sheet = book.add_worksheet("Audit")
        bold, text = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@", "valign": "top"})
        blank = book.add_format({"num_format": "@", "bg_color": "#FFF8DC", "border": 1, "border_color": "#DDDDDD"})
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width, text)
            sheet.write_string(0, number, column.heading, bold)
            if rows:
                sheet.data_validation(1, number, len(rows), number, _rule(column))
        for turn, row in enumerate(rows, start=1):
            for number, column in enumerate(columns):
                shown = visible(row.get(column.field, ""), LONGEST)
                sheet.write_string(turn, number, shown, blank if column.asked else text) if shown else sheet.write_blank(
                    turn, number, None, blank if column.asked else text
                )
        sheet.freeze_panes(1, 4 if columns is VISITS else 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)


def _rule(column: Column) -> dict[str, Any]:
    said = {"input_title": column.heading, "input_message": column.help}
    if column.field == "answer":
        wrong = {"error_title": "No answer", "error_message": f"One of: {', '.join(ANSWERS)}."}
        return {"validate": "list", "source": list(ANSWERS), **wrong, **said}
    return {"validate": "any", **said}


# -- back ------------------------------------------------------------------------------------------------------------------


def answers_of(path: Path, *, audit: str, drawn: Collection[str]) -> list[Answer]:
    """The answers on a sheet that came back; rows that are blank are left out. Raises `SettingsError` at the first row that is
    of another audit, names a system that was not drawn, names one twice, or says half of what it must.
    """
    found: dict[str, Answer] = {}
    for place, row in _rows(path, VISITS, audit):
        system = row.get("system", "")
        if system not in drawn:
            hint = "only the systems on the sheets of this audit can be answered: what was not drawn proves nothing"
            raise SettingsError(f"`{visible(system, 80)}` was not drawn in audit {audit}", place=place.of("system"), hint=hint)
        if not any(row.get(field) for field in ("answer", "by", "on", "product", "remark")):
            continue
        if system in found:
            raise SettingsError(
                f"`{visible(system, 80)}` stands here twice", place=place.of("system"), hint="keep one of the rows"
            )
        found[system] = _answer(row, place)
    return list(found.values())


def _answer(row: Mapping[str, str], place: RowPlace) -> Answer:
    said = row.get("answer", "")
    if not said:
        raise SettingsError("the answer is missing", place=place.of("answer"), hint=f"one of: {', '.join(ANSWERS)}")
    told = {key(one): one for one in ANSWERS}
    if key(said) not in told:
        hint = f"{did_you_mean(key(said), told)}one of: {', '.join(ANSWERS)}"
        raise SettingsError(f"`{visible(said, 60)}` is no answer", place=place.of("answer"), hint=hint)
    product = row.get("product", "")
    if product and told[key(said)] != FOUND:
        hint = f"write `{FOUND}`, or leave the product empty"
        raise SettingsError(f"a product, and yet `{visible(said, 60)}`", place=place.of("product"), hint=hint)
    remark = row.get("remark", "")
    return Answer(system=row["system"], answer=told[key(said)], product=product, remark=remark, **_who_and_when(row, place))


def _who_and_when(row: Mapping[str, str], place: RowPlace) -> dict[str, str]:
    for field, what in (("by", "who looked"), ("on", "on which day")):
        if not row.get(field):
            raise SettingsError(f"it is not said {what}", place=place.of(field), hint="an answer that nobody stands for is none")
    day: date = value_of("date", "Visited on", row["on"], place)
    return {"by": row["by"], "on": day.isoformat()}


def met_of(path: Path, *, audit: str) -> list[Met]:
    """The machines on a sheet of places. Raises `SettingsError` at the first row that is of another audit or half filled in."""
    found: list[Met] = []
    seen: set[tuple[str, str]] = set()
    for place, row in _rows(path, PLACES, audit):
        if not any(value for field, value in row.items() if field != "audit"):
            continue
        for field, what in (("place", "in which place"), ("machine", "which machine was met")):
            if not row.get(field):
                raise SettingsError(f"it is not said {what}", place=place.of(field), hint=_SEE)
        if (twice := (key(row["place"]), key(row["machine"]))) in seen:
            raise SettingsError(
                f"`{visible(row['machine'], 80)}` stands here twice", place=place.of("machine"), hint="take one out"
            )
        seen.add(twice)
        found.append(Met(place=row["place"], machine=row["machine"], remark=row.get("remark", ""), **_who_and_when(row, place)))
    return found


def _rows(path: Path, columns: Sequence[Column], audit: str) -> Iterable[tuple[RowPlace, dict[str, str]]]:
    headings = {key(one.heading): one.field for one in columns}
    for number, cells in rows_of(path, headings, (), see=_SEE):
        place = RowPlace(path, "audit", number)
        row = {field: unescaped(text).strip() for field, text in cells.items()}
        if row.get("audit", "") != audit:
            told = f"audit {visible(row['audit'], 40)}" if row.get("audit") else "no audit"
            raise SettingsError(
                f"a row of {told}, and not of audit {audit}", place=place.of("audit"), hint="name it with --audit"
            )
        yield place, row
