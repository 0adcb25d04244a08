"""The form of a data call: a sheet for those who have no tool that lists software, as a workbook and as CSV.

It is known again by its mark, a column without a value: hidden in the workbook, and the last one of the CSV.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from typing import Any

from fullcount.workbook import workbook

MARK = "fullcount data call 1"
NONE_FOUND = "none found"
ROWS = 2_000  # with the rules for what may be written in them
_TITLE = "Which software is on which machine"
_HELP = (
    "One line for each product on each machine. Write names as the machine shows them; leave empty what you do not know."
    f" Where somebody looked at a machine and found nothing of what is asked for, write `{NONE_FOUND}` as the product."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the form: which field it holds, its heading, what a person is told of it, and its width in characters."""

    field: str
    heading: str
    help: str
    width: int


COLUMNS = (
    Column(field="hostname", heading="Host name", help="As the machine calls itself.", width=20),
    Column(field="serial", heading="Serial number", help="On its label or in its firmware; it outlives the name.", width=18),
    Column(field="name", heading="Product", help="As the machine shows it, in full.", width=44),
    Column(field="publisher", heading="Publisher", help="As the machine shows it beside the product.", width=26),
    Column(field="version", heading="Version", help="As the machine shows it.", width=14),
    Column(field="looked_at", heading="Seen on", help="The day on which somebody looked: 2017-10-10.", width=12),
    Column(field="owner", heading="Person", help="Who uses the machine or answers for it.", width=24),
)


def as_csv() -> bytes:
    """The empty form as CSV that Excel opens without asking."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([*(column.heading for column in COLUMNS), MARK])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx() -> bytes:
    """The empty form as a workbook: a row of help above the header, and a hint and a rule in every cell below it."""
    file = io.BytesIO()
    with workbook(file, title=_TITLE) as book:
        _sheet(book, book.add_worksheet("Software"))
    return file.getvalue()


def _sheet(book: Any, sheet: Any) -> None:
    last = len(COLUMNS) - 1
    head, note = (book.add_format(style | {"text_wrap": True, "valign": "top"}) for style in ({"bold": True, "bottom": 1}, {}))
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    sheet.write(0, 0, _TITLE, book.add_format({"bold": True, "font_size": 14}))
    sheet.merge_range(1, 0, 1, last, _HELP, note)
    sheet.set_row(1, 32)
    for number, column in enumerate(COLUMNS):
        sheet.set_column(number, number, column.width, day if column.field == "looked_at" else None)
        sheet.write(2, number, column.heading, head)
        sheet.data_validation(3, number, 2 + ROWS, number, _rule(column))
    sheet.set_column(last + 1, last + 1, None, None, {"hidden": True})
    sheet.write(2, last + 1, MARK)
    sheet.freeze_panes(3, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)


def _rule(column: Column) -> dict[str, Any]:
    """What may be written in a column, and what is said when it is entered."""
    said = {"input_title": column.heading, "input_message": column.help}
    if column.field == "looked_at":
        wrong = {"error_title": "No date", "error_message": "Write a date, year first: 2017-10-10."}
        return {"validate": "date", "criteria": ">=", "value": date(2000, 1, 1), **wrong, **said}
    if column.field == "hostname":
        wrong = {"error_title": "Too long", "error_message": "One machine a line: a name has at most 253 characters."}
        return {"validate": "length", "criteria": "<=", "value": 253, **wrong, **said}
    return {"validate": "any", **said}
