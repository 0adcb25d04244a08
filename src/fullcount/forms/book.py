"""An open workbook of a paper. What is written into a cell stays what it is, and nothing is lost in silence."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, Self

from fullcount.cell import safe_cell
from fullcount.forms.row import held
from fullcount.paper import MONEY, NUMBER
from fullcount.workbook import streaming

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fullcount.paper import Column, Paper

OWN = ("Cover", "Gaps", "Answers", "Notes", "Read me", "Responses")  # sheets that are found by their names: no table has them
ROWS = 2**20  # of a sheet
HEAD = 3  # rows above the head of a table: title, banner, note
_DIGITS = 15  # that a number in a workbook keeps
_NAME = 31  # characters of a sheet's name
_HIGHEST = 400  # points of a row
_FIRST_DAY = date(1900, 3, 1)  # before, workbooks disagree
_INK, _PAPER, _LINE, _ALARM = "#1B2A41", "#FFFFFF", "#B8C0CC", "#9B1C1C"
_LOOKS: dict[str, dict[str, Any]] = {
    "": {},
    "plain": {"text_wrap": True, "bottom": 1, "bottom_color": _LINE},
    "row": {},
    "title": {"bold": True, "font_size": 18, "font_color": _INK},
    "banner": {"font_color": "#4A5568"},
    "alarm": {"bold": True, "font_color": _ALARM},
    "note": {"italic": True},
    "sentence": {"bold": True, "font_size": 14, "text_wrap": True, "font_color": _INK},
    "part": {"bold": True, "font_size": 13, "font_color": _INK},
    "label": {"bold": True, "text_wrap": True, "bottom": 1, "bottom_color": _LINE},
    "head": {"bold": True, "font_color": _PAPER, "bg_color": _INK, "text_wrap": True, "valign": "vcenter", "align": "left"},
    "total": {"bold": True, "top": 1, "bottom": 6, "text_wrap": True},
    "missing": {"bold": True, "font_color": _ALARM, "text_wrap": True, "bottom": 1, "bottom_color": _LINE},
    "entry": {"border": 1, "text_wrap": True},
    "count": {"bold": True, "font_color": _PAPER, "bg_color": _INK, "text_wrap": True, "valign": "vcenter", "align": "right"},
    "wide": {"text_wrap": True, "bottom": 1, "bottom_color": _LINE, "align": "left"},
}
_INSIDE = frozenset({"plain", "row", "label", "missing", "total", "entry", "head", "wide"})
_WHOLE, _MONEY, _DAY, _TIME = "#,##0", "#,##0.00##", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"


class Book:
    """A workbook that is being written for a paper. Each of its sheets says the marking, DRAFT and the count."""

    def __init__(self, file: IO[bytes], paper: Paper) -> None:
        """Open it; it is written into the file at the end of its `with`, unless something went wrong."""
        from tempfile import TemporaryDirectory

        self.paper = paper
        self._aside = TemporaryDirectory(prefix="fullcount-")  # rows of long lists, until they are packed
        self._book = streaming(file)
        self._book.tmpdir = self._aside.name
        self._book.use_zip64()
        self._book.constant_memory = False  # but for long lists: see `sheet`
        self._book.set_properties(self._properties())
        self._streamed: list[Any] = []
        self._styles: dict[tuple[str, str, str, bool], Any] = {}
        self._names = {"history", *(name.casefold() for name in OWN)}  # the first is kept by Excel for itself

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write it all, or leave nothing behind."""
        try:
            if kind is None:
                self._book.close()
        finally:
            for sheet in self._streamed:
                sheet.row_data_fh.close()
            self._aside.cleanup()

    def _properties(self) -> dict[str, Any]:
        paper = self.paper
        try:
            made = datetime.fromisoformat(paper.account.as_of).replace(tzinfo=UTC)
        except ValueError:
            made = datetime(2000, 1, 1, tzinfo=UTC)  # else XlsxWriter writes the time of today
        return {
            "title": held(paper.title)[:250],
            "author": held(paper.account.made_by)[:250],
            "company": held(paper.account.organisation)[:250],
            "keywords": held(paper.marking)[:250],
            "comments": held(paper.account.count)[:250],
            "status": "DRAFT" if paper.is_draft else "",
            "created": made,
        }

    def sheet(self, title: str, *, name: str = "", streamed: bool = False, portrait: bool = False) -> Any:
        """A new sheet, called by its title or by a `name` of its own, with what every sheet says. Of a streamed one, rows are
        written in order, once.
        """
        # how a sheet keeps its rows is decided when it is added: native tables need them all, long lists none
        self._book.constant_memory = streamed
        sheet = self._book.add_worksheet(name or self._name(title))
        self._book.constant_memory = False
        self._streamed += [sheet] if streamed else []
        self._print(sheet, portrait=portrait)
        done(sheet.set_row(0, 27))
        self.put(sheet, 0, 0, title, look="title")
        self.put(sheet, 1, 0, self.banner, look="alarm" if self.paper.is_draft or self.paper.marking else "banner")
        return sheet

    def hidden(self, name: str) -> Any:
        """A sheet that only machines look at: without a title."""
        sheet = self._book.add_worksheet(name)
        self._print(sheet, portrait=False)
        sheet.hide()
        return sheet

    @property
    def banner(self) -> str:
        """What every sheet says at its top: marking, DRAFT, directive, count and day."""
        paper, account = self.paper, self.paper.account
        draft = "DRAFT" if paper.is_draft else ""
        called = str(account.directive.get("short_title") or account.directive["id"])
        told = (paper.marking, draft, called, f"count {account.count}", f"as of {account.as_of[:10]}" if account.as_of else "")
        return " · ".join(filter(None, told))

    def _name(self, title: str) -> str:
        """A name that Excel takes: short, without signs of its own, and no other's."""
        whole = re.sub(r"[\[\]:*?/\\]", " ", held(title)).strip(" '") or "Sheet"
        name, turn = _cut(whole, _NAME), 1
        while name.casefold() in self._names:
            turn += 1
            mark = f" ({turn})"
            name = f"{_cut(whole, _NAME - len(mark))}{mark}"
        self._names.add(name.casefold())
        return name

    def _print(self, sheet: Any, *, portrait: bool) -> None:
        paper = self.paper
        if not portrait:
            sheet.set_landscape()
        sheet.set_paper(1 if paper.is_letter else 9)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        said = " · ".join(filter(None, (_spoken(paper.marking, 40), "DRAFT" if paper.is_draft else "")))
        sheet.set_header(f"&C{said}&R&A")
        sheet.set_footer(f"&Lcount {_spoken(paper.account.count, 30)}&C{said}&RPage &P of &N")

    def put(self, sheet: Any, row: int, column: int, value: object, *, look: str = "plain") -> None:
        """Write a value as what it is. What a workbook would not keep exactly, or take for a formula, is a text."""
        kept = _kept(value)
        if kept is None or kept == "":
            # a cell without value and without a look is none
            done(sheet.write_blank(row, column, None, self._style(look)))
        elif isinstance(kept, str):
            text, shape = held(kept), "text" if isinstance(value, str | date) else "number"
            done(sheet.write_string(row, column, text, self._style(look, shape=shape, quoted=safe_cell(text) != text)))
        elif isinstance(kept, date):
            form = _TIME if isinstance(kept, datetime) else _DAY
            done(sheet.write_datetime(row, column, kept, self._style(look, form, shape="text")))
        else:
            form = _WHOLE if isinstance(kept, int) else _MONEY
            done(sheet.write_number(row, column, kept, self._style(look, form, shape="number")))

    def formula(self, sheet: Any, row: int, column: int, formula: str, *, value: Any, look: str = "plain") -> None:
        """Write a formula with what it comes to, so that a reader who does not calculate sees the same."""
        style = self._style(look, _WHOLE if isinstance(value, int) else _MONEY, shape="number")
        done(sheet.write_formula(row, column, formula, style, value))

    def across(self, sheet: Any, row: int, text: str, *, span: tuple[int, int], look: str, letters: int) -> None:
        """Write a text over some columns, of which a line holds so many letters; the row gets as high as it needs."""
        first, last = span
        done(sheet.merge_range(row, first, row, last, "", self._style(look)))
        self.put(sheet, row, first, text, look=look)
        done(sheet.set_row(row, min(_HIGHEST, _LOOKS[look].get("font_size", 11) * 1.5 * _lines(held(text), letters))))

    def heads(self, sheet: Any, row: int, labels: Iterable[str], kinds: Sequence[str] = ()) -> None:
        """Write a row of column heads, those of numbers above their last digit."""
        numbers = {turn for turn, kind in enumerate(kinds) if kind in {NUMBER, MONEY}}
        for column, label in enumerate(labels):
            self.put(sheet, row, column, label, look="count" if column in numbers else "head")

    def table(self, sheet: Any, row: int, labels: Sequence[str], rows: Sequence[Sequence[object]], **more: Any) -> None:
        """A native table. `more`: `name`; `kinds` of its columns; `total`, the values of its last row; `looks` by column;
        `widest`, in letters.
        """
        total, looks, kinds = more.get("total", ()), more.get("looks", {}), more.get("kinds", ())
        heads = distinct(labels)
        self.heads(sheet, row, heads, kinds)
        widths = self._frame(sheet, row, heads, [*rows, total] if total else rows, widest=more.get("widest", 60))
        for turn, line in enumerate(rows, start=row + 1):
            for column, value in enumerate(line):
                self.put(sheet, turn, column, value, look=looks.get(column, "plain"))
            self.high(sheet, turn, line, widths)
        last = row + len(rows) + bool(total)
        if rows:
            columns = [
                {"header": head, "header_format": self._head(turn, kinds), **(_total(total[turn]) if total else {})}
                for turn, head in enumerate(heads)
            ]
            options = {"name": more["name"], "columns": columns, "total_row": bool(total), "style": "Table Style Light 1"}
            done(sheet.add_table(row, 0, last, len(heads) - 1, options))
        self._last(sheet, last, total, calculated=bool(rows))

    def _head(self, turn: int, kinds: Sequence[str]) -> Any:
        return self._style("count" if turn < len(kinds) and kinds[turn] in {NUMBER, MONEY} else "head", shape="text")

    def _last(self, sheet: Any, row: int, total: Sequence[object], *, calculated: bool) -> None:
        """The cells of a total row, which must say what the native table says of them."""
        for column, value in enumerate(total):
            if calculated and _is_counted(value):
                self.formula(sheet, row, column, _itself(value), value=value, look="total")
            else:
                # the native table knows of a total only texts and formulas
                self.put(sheet, row, column, value if value is None else str(_kept(value)), look="total")

    def high(self, sheet: Any, row: int, values: Sequence[object], widths: Sequence[int]) -> None:
        """Make a row as high as its longest text needs: not every reader does so itself."""
        texts = zip(values, widths, strict=True)
        needed = max((_lines(held(value), width - 3) for value, width in texts if isinstance(value, str)), default=1)
        if needed > 1:
            done(sheet.set_row(row, min(_HIGHEST, 15 * needed)))

    def _frame(self, sheet: Any, row: int, heads: Sequence[str], rows: Sequence[Sequence[object]], *, widest: int) -> list[int]:
        """Widths by what the columns hold, heads that stay in sight and on every page."""
        widths = []
        for column, head in enumerate(heads):
            longest = max((len(str(line[column])) for line in rows if line[column] is not None), default=0)
            widths.append(min(widest, max(11, longest + 4, min(len(head), 24) + 5)))
            done(sheet.set_column(column, column, widths[-1]))
        sheet.freeze_panes(row + 1, 0)
        sheet.repeat_rows(row)
        return widths

    def stream(self, sheet: Any, row: int, columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
        """Write many rows in order below their heads, with filters."""
        heads = distinct(column.label for column in columns)
        self.heads(sheet, row, heads, [column.kind for column in columns])
        first: list[Sequence[object]] = []
        last = row
        for last, line in enumerate(rows, start=row + 1):
            if len(first) < 1000:
                first.append(line)
            for column, value in enumerate(line):
                if value is not None:
                    self.put(sheet, last, column, value, look="row")
        done(sheet.autofilter(row, 0, max(last, row + 1), len(heads) - 1))
        self._frame(sheet, row, heads, first, widest=40)

    def _style(self, look: str, form: str = "", *, shape: str = "", quoted: bool = False) -> Any:
        """A format, made once. `form`: how a number is shown; `shape`: text stands at the left, a little in, a number right."""
        key = (look, form, shape, quoted)
        if key not in self._styles:
            made = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
            made |= {"align": "left", "indent": int(look in _INSIDE)} if shape == "text" else {}
            made |= ({"align": "right"} if shape == "number" else {}) | _LOOKS[look]
            made |= {"num_format": form} if form else {}
            made |= {"quote_prefix": True} if quoted else {}
            self._styles[key] = self._book.add_format(made)
        return self._styles[key]

    def chart(self, kind: dict[str, str]) -> Any:
        """A chart, not yet put on a sheet."""
        return self._book.add_chart(kind)


def done(code: int | None) -> None:
    """What a function of XlsxWriter gave back: anything but 0 means that something was left out."""
    if code:
        raise AssertionError(f"the workbook refused a cell or a range ({code})")


def _total(value: object) -> dict[str, Any]:
    """What a native table says of a cell of its total row. A number is a formula that is only itself: whoever calculates
    finds what the paper says, and whoever does not sees it too. A sum would count twice what stands in two rows.
    """
    if _is_counted(value):
        return {"total_function": _itself(value), "total_value": value}
    return {} if value is None or value == "" else {"total_string": held(str(_kept(value)))}


def _itself(value: object) -> str:
    return f"={value:f}" if isinstance(value, Decimal) else f"={value}"


def _lines(text: str, letters: int) -> int:
    return -(-max(1, len(text)) // letters)


def distinct(labels: Iterable[str]) -> list[str]:
    """Heads of columns as a native table takes them: each once, whatever the case, and none empty or overlong.

    >>> distinct(["System", "system", ""])
    ['System', 'system (2)', 'Column']
    """
    found: list[str] = []
    for label in labels:
        name = whole = _cut(held(label).strip(), 240) or "Column"
        turn = 1
        while name.casefold() in {one.casefold() for one in found}:
            turn += 1
            name = f"{whole} ({turn})"
        found.append(name)
    return found


def _kept(value: object) -> object:
    """A value, or its text where a workbook would change it."""
    if isinstance(value, datetime | date):
        day = value.date() if isinstance(value, datetime) else value
        return value if day >= _FIRST_DAY else value.isoformat()
    if isinstance(value, Decimal):
        return value if _is_counted(value) else f"{value:f}"
    if isinstance(value, int | float):
        return value if abs(value) < 10**_DIGITS else str(value)  # infinite and not-a-number too: no comparison holds
    return value if value is None or isinstance(value, str) else str(value)


def _is_counted(value: object) -> bool:
    """Whether it is a number that a workbook keeps to the last digit."""
    if isinstance(value, Decimal):
        return value.is_finite() and len(value.as_tuple().digits) <= _DIGITS and abs(value) < 10**_DIGITS
    return isinstance(value, int) and abs(value) < 10**_DIGITS


def _cut(text: str, most: int) -> str:
    """The beginning of a text, of so many units of UTF-16, in which Excel counts."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore").strip(" '")


def _spoken(text: str, most: int) -> str:
    """A text for a header or footer, where `&` begins a command."""
    return _cut(held(text), most).replace("&", "&&")
