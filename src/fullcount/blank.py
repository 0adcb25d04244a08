"""Blank: an empty register to be filled in, with a row below the header that says what each column holds."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from fullcount.cell import table_writer
from fullcount.entry import SHOULD_BE, named, required
from fullcount.register import KINDS, rules
from fullcount.row import REMARK
from fullcount.workbook import workbook

if TYPE_CHECKING:
    from collections.abc import Callable

_WIDE = 24  # characters of a column
_IN_CELLS = {"tuple[str, ...]": "text; between several stands a ;"}


def columns(name: str) -> dict[str, str]:
    """The columns of a register, and what is said of each in the row below: a remark, so that it is no entry."""
    kind = KINDS[name]
    allowed, needed = rules(name).allowed, required(kind)
    found = {}
    for column, item in named(kind).items():
        means = ", ".join(allowed[column]) if column in allowed else _IN_CELLS.get(item.type, SHOULD_BE[item.type])
        found[column] = f"{'required' if column in needed else 'may be empty'}: {means}"
    first = next(iter(found))
    return found | {first: f"{REMARK} {found[first]}"}


def csv_blank(name: str, file: IO[bytes]) -> None:
    """As CSV, as Excel opens it."""
    table = table_writer(file)
    table.writerow(columns(name))
    table.writerow(columns(name).values())


def xlsx_blank(name: str, file: IO[bytes]) -> None:
    """As a workbook of one worksheet; cells are text, so that no number loses its first nought."""
    book = workbook(file, title=name)
    sheet = book.add_worksheet(name)
    bold, grey = book.add_format({"bold": True}), book.add_format({"italic": True, "font_color": "#666666", "text_wrap": True})
    sheet.set_column(0, len(columns(name)) - 1, _WIDE, book.add_format({"num_format": "@"}))
    sheet.freeze_panes(2, 0)
    for number, (column, text) in enumerate(columns(name).items()):
        sheet.write_string(0, number, column, bold)
        sheet.write_string(1, number, text, grey)
    book.close()


FORMS: dict[str, Callable[[str, IO[bytes]], None]] = {".csv": csv_blank, ".xlsx": xlsx_blank}
