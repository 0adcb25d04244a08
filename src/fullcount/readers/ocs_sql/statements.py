"""A dump of a MySQL database as text: the rows that its INSERT statements hold, one at a time.

Facts: MySQL's manual on string literals (a quote is doubled or has a backslash before it), and what mysqldump and
phpMyAdmin write. Nothing is executed; statements other than CREATE TABLE and INSERT are passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_CHUNK = 1 << 20
_HEAD = 1 << 16  # what is held of a statement at least, so that its beginning is seen as a whole
_KEPT = 1 << 20  # of a statement that is looked at as a whole
LONGEST = 16 * 2**20  # characters of one value; the server's own limit is of this size
SHOWN = 4096  # of a reject
# Dumps write line ends inside text as escapes: a line that begins like a row or a statement is none inside text, so
# that a lost quote costs one row, and not the rest of the dump.
_NEXT_LINE = r"\n(?!\(\d|INSERT INTO|REPLACE INTO|CREATE TABLE|DROP TABLE|(?:UN)?LOCK TABLES|/\*!|-- )"
_BODY = rf"(?:[^'\\\n]++|\\.|''|{_NEXT_LINE})*+"
_STRING = rf"'{_BODY}'"
_NAME = r"(?:[`\"]?\w+[`\"]?\s*\.\s*)?[`\"]?(\w+)[`\"]?"
_BLANK = re.compile(r"(?:\s++|--[^\n]*+\n|\#[^\n]*+\n|/\*.*?\*/|;)*+", re.DOTALL)
_INSERT = re.compile(
    rf"(?:INSERT|REPLACE)\s++(?:(?:LOW_PRIORITY|DELAYED|IGNORE)\s++)*+INTO\s++{_NAME}\s*+(?:\(([^()]*+)\)\s*+)?VALUES?\s*+",
    re.IGNORECASE,
)
_CREATE = re.compile(rf"CREATE\s++TABLE\s++(?:IF\s++NOT\s++EXISTS\s++)?{_NAME}\s*+\(", re.IGNORECASE)
_COLUMN = re.compile(r"[(,]\s*+[`\"](\w+)[`\"]\s++[A-Za-z]")
_ANY_STRING = re.compile(_STRING, re.DOTALL)
_WORD = re.compile(r"\w+")
# one value: text, which may be introduced by its character set, or what has no quotes, which may be a call
_VALUE = rf"\s*+(?:_\w++\s*+)?(?:{_STRING}|[^'(),]*+(?:\([^()']*+\)[^'(),]*+)?)\s*+"
_CELLS = rf"{_VALUE}(?:,{_VALUE})*+"
_ROW = re.compile(rf"\s*+\(({_CELLS})\)\s*+([,;]?)", re.DOTALL)
_ROW_START = re.compile(rf"\s*+(?:\((?:[^'()]++|{_STRING}|\([^()']*+\))*+(?:'{_BODY}\\?|\([^()']*+)?)?", re.DOTALL)
_CELL = re.compile(rf"\s*+(?:_\w++\s*+)?(?:({_STRING})|([^,']*+))\s*+(?:,|$)", re.DOTALL)
_BETWEEN = re.compile(r"\)\s*+,\s*+(?=\()")
_MOST_BAD = 20  # bad rows of one statement: after each of them much is read again
_PIECES = re.compile(rf"(?:[^;'\"`]++|{_STRING}|\"(?:[^\"\\]++|\\.)*+\"|`[^`]*+`)*+", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "b": "\b", "Z": "\x1a"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, by column in upper case; NULL is left out. `broken`: why there is none, and what stood there."""

    table: str
    values: dict[str, str] = field(default_factory=dict)
    broken: str = ""
    raw: str = ""


@dataclass(slots=True)
class _Text:
    """The part of the dump that is held: from `at` on it has not been read yet."""

    file: IO[str]
    held: str = ""
    at: int = 0
    ended: bool = False

    def more(self) -> bool:
        """Hold more; false where there is no more, or where what is held is too long for one value."""
        if self.ended or len(self.held) - self.at > LONGEST:
            return False
        chunk = self.file.read(_CHUNK)
        self.ended = not chunk
        self.held, self.at = self.held[self.at :] + chunk, 0
        return bool(chunk)

    def row(self) -> re.Match[str] | None:
        """The next row of values; `None` where what stands here is none, however much of the dump follows."""
        while True:
            match = _ROW.match(self.held, self.at)
            if match and match.end() < len(self.held):
                self.at = match.end()
                return match
            start = _ROW_START.match(self.held, self.at)
            cut = match or (start and start.end() == len(self.held))
            if not (cut and self.more()):
                self.at = match.end() if match else self.at
                return match

    def statement(self) -> bool:
        """Go to the next statement, past blanks and comments; its beginning, which is short, is held. False at the end."""
        while True:
            while len(self.held) - self.at < _HEAD and self.more():
                pass
            blank = _BLANK.match(self.held, self.at)
            if not blank or blank.end() == self.at:
                return self.at < len(self.held)
            self.at = blank.end()


def rows(file: IO[str], tables: Collection[str]) -> Iterator[Row]:
    """The rows of these tables (names in lower case), and what of them cannot be used."""
    text = _Text(file)
    columns: dict[str, list[str]] = {}
    while text.statement():
        if create := _CREATE.match(text.held, text.at):
            columns[create[1].lower()] = [name.upper() for name in _COLUMN.findall(_ANY_STRING.sub("", _rest(text)))]
        elif (insert := _INSERT.match(text.held, text.at)) and (table := insert[1].lower()) in tables:
            text.at = insert.end()
            named = [name.upper() for name in _WORD.findall(insert[2] or "")]
            yield from _values(text, table, named or columns.get(table, []))
        else:
            _rest(text)


def _values(text: _Text, table: str, columns: list[str]) -> Iterator[Row]:
    """The rows of one INSERT, up to its semicolon. After a bad row it goes on with what looks like the next."""
    if not columns:
        yield Row(table, broken=f"rows of `{table}` whose columns are not named", raw=_rest(text)[:SHOWN])
        return
    bad = 0
    while bad < _MOST_BAD:
        match = text.row()
        cells = _cells(match[1]) if match else []
        if match and len(cells) == len(columns):
            yield Row(table, {name: cell for name, cell in zip(columns, cells, strict=True) if cell is not None})
            if match[2] == ";":
                return
            if match[2] == "":
                break
            continue
        bad += 1
        text.at = match.start() if match else text.at
        between = _BETWEEN.search(text.held, text.at)
        if not between:
            break
        reason = f"a row of `{table}` that cannot be read, or has not {len(columns)} values"
        yield Row(table, broken=reason, raw=text.held[text.at : min(between.end(), text.at + SHOWN)])
        text.at = between.end()
    left = _rest(text).strip()
    if left and not left.upper().startswith("ON DUPLICATE KEY"):
        yield Row(table, broken=f"the rest of the rows of `{table}`, which cannot be read", raw=left[:SHOWN])


def _cells(row: str) -> list[str | None]:
    """The values of a row. The pattern matches once more, at the end, so that the last one is none."""
    found = [_unquoted(text) if text else _bare(bare) for text, bare in _CELL.findall(row)]
    return found if row.rstrip().endswith(",") else found[:-1]


def _rest(text: _Text) -> str:
    """Pass over what is left of a statement, and return its beginning."""
    start = ""
    while True:
        match = _PIECES.match(text.held, text.at)
        assert match
        start += match[0][: _KEPT - len(start)]
        text.at = match.end()
        if text.held[text.at : text.at + 1] == ";":
            text.at += 1
            return start
        if not text.more():
            text.at += 1  # a quote that is never closed: go on behind it
            if text.at >= len(text.held) and text.ended:
                return start


def _unquoted(text: str) -> str:
    inner = text[1:-1]
    return _ESCAPE.sub(_plain, inner) if "\\" in inner or "''" in inner else inner


def _plain(match: re.Match[str]) -> str:
    return _ESCAPED.get(match[1], match[1]) if match[1] else "'"


def _bare(text: str) -> str | None:
    text = text.strip()
    return None if text.upper() in {"NULL", "DEFAULT"} else text
