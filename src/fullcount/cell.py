"""How a value is written in a report: a cell of a table that a spreadsheet will open, a number, a share."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from datetime import datetime
from typing import IO, TYPE_CHECKING

from fullcount.text import visible

if TYPE_CHECKING:
    from _csv import Writer

LONGEST = 32_000  # characters; a cell of Excel holds 32,767
QUOTE = "'"

# What a spreadsheet may take for a formula. It looks past spaces, invisible characters and quotes, and some
# fold full-width signs. CWE-1236; OWASP ASVS 1.2.10 adds NUL; `|` and `%` begin a command in old macros.
_HIDDEN = "\\s\\x00-\\x1f\\x7f-\\xa0\\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\"'`\u2018\u2019\u201c\u201d"
_FORMULA = re.compile(f"[{_HIDDEN}]*[=+\\-@|%\uff1d\uff0b\uff0d\uff20\\t\\r\\n\\0]")


def safe_cell(text: str) -> str:
    """Text as a spreadsheet keeps it for text: what it would take for a formula gets a leading `'`.

    Only for columns of text: a number is never escaped.

    >>> safe_cell("=1+1"), safe_cell(" \\u200b@SUM(A1)"), safe_cell("Kaspersky")
    ("'=1+1", "' \\u200b@SUM(A1)", 'Kaspersky')
    """
    return QUOTE + text if _FORMULA.match(text) else text


def unescaped(text: str) -> str:
    """What `safe_cell` was given. Quotes are among what a formula may hide behind, so nothing is ambiguous.

    >>> unescaped("'=1+1"), unescaped("'tis"), unescaped(safe_cell("'=1+1"))
    ('=1+1', "'tis", "'=1+1")
    """
    return text[1:] if text.startswith(QUOTE) and _FORMULA.match(text, 1) else text


def cell(value: object) -> str:
    """A value as a cell for Excel: numbers bare, times ISO in UTC, text harmless, nothing for `None`."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    return safe_cell(visible(value, LONGEST))


def table_writer(file: IO[bytes]) -> Writer:
    """A CSV as Excel opens it without asking: UTF-8 with its mark, CRLF, every field quoted."""
    import csv

    file.write(codecs.BOM_UTF8)
    return csv.writer(codecs.getwriter("utf-8")(file), quoting=csv.QUOTE_ALL, lineterminator="\r\n")


def said(value: object) -> str:
    """A fact of an account in words: a list in one line, a map turned round, since a person asks what is *in*.

    >>> said({"branded": "in", "embedded": "out", "bundled": "in"}), said(["a", "b"]), said(2)
    ('in: branded, bundled; out: embedded', 'a; b', '2')
    """
    if isinstance(value, Mapping):
        turned: dict[str, list[str]] = {}
        for name, ruling in value.items():
            turned.setdefault(str(ruling), []).append(str(name).replace("_", " "))
        return "; ".join(f"{ruling}: {', '.join(names)}" for ruling, names in turned.items())
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def number(value: int) -> str:
    """A number for people.

    >>> number(5000000)
    '5,000,000'
    """
    return f"{value:,}"


def share(part: int, whole: int) -> str:
    """A part of a whole in percent; 0% and 100% are said only of none and of all. Empty where there is no whole.

    >>> share(1, 3), share(1, 5_000_000), share(4_999_999, 5_000_000), share(0, 3), share(0, 0)
    ('33.3%', 'under 0.1%', 'over 99.9%', '0%', '')
    """
    if not whole:
        return ""
    if part in {0, whole}:
        return "100%" if part else "0%"
    percent = 100 * part / whole
    if percent < 0.1:
        return "under 0.1%"
    return "over 99.9%" if percent > 99.9 else f"{percent:.1f}%"
