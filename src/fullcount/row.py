"""The rows of a table that a person keeps, CSV or XLSX, with the fields that their columns hold; cells as text.

A row that begins with `#` is a remark. Everything else must be understood: a register is not an export, and somebody is
there who can mend it.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from fullcount import when
from fullcount.entry import MADE, SHOULD_BE, RowPlace
from fullcount.errors import SettingsError, UnreadableError
from fullcount.node import did_you_mean
from fullcount.reader import Peek
from fullcount.sheet import blocks, open_sheets
from fullcount.text import key, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from fullcount.sheet import Sheet

REMARK = "#"
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_WHOLE = re.compile(r"\d{1,3}(?:,\d{3})+")  # of whole things nobody can mean a part
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+")


def rows_of(path: Path, headings: Mapping[str, str], needed: Sequence[str], *, see: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row's number and what its cells say by field; empty cells are left out. `headings`: folded heading -> field.

    Of a workbook all worksheets count that have the columns which are `needed`. Raises `SettingsError`.
    """
    try:
        for sheet in _sheets(path, headings, needed, see):
            yield from _rows(path, sheet, _columns(path, sheet, headings))
    except UnreadableError as error:
        raise SettingsError(error.message, place=error.place or str(path), hint=error.hint) from None


def _sheets(path: Path, headings: Mapping[str, str], needed: Sequence[str], see: str) -> list[Sheet]:
    def known(sheet: Sheet) -> set[str]:
        return {headings[folded] for name in sheet.columns if (folded := _folded(name)) in headings}

    tried = sorted(open_sheets(Peek.at(path)), key=lambda sheet: -len(known(sheet)))  # as sure as the sort is stable
    if not tried or not known(tried[0]):
        hint = f"the first row names the columns: {', '.join(dict.fromkeys(headings.values()))}; {see}"
        raise SettingsError("no column of it is known", place=f"{path}:1", hint=hint)
    _columns(path, tried[0], headings)  # a name that is misspelt is said before the one that is missing for it
    if missing := [name for name in needed if name not in known(tried[0])]:
        hint = f"{see}; `fullcount registers new` writes one with all columns"
        raise SettingsError(f"the column `{missing[0]}` is missing", place=_head(path, tried[0]), hint=hint)
    fitting = [sheet for sheet in tried if known(sheet).issuperset(needed)]
    return fitting if tried[0].kind == "xlsx" else fitting[:1]  # a text is one table, whichever delimiter is tried


def _columns(path: Path, sheet: Sheet, headings: Mapping[str, str]) -> dict[str, str]:
    """Column -> field. Raises `SettingsError` where a column is unknown, or two hold one field."""
    found: dict[str, str] = {}
    for name in filter(None, sheet.columns):
        one = headings.get(_folded(name))
        if one is None:
            hint = f"{did_you_mean(_folded(name), headings)}columns are: {', '.join(dict.fromkeys(headings.values()))}"
            raise SettingsError(f"unknown column `{visible(name)}`", place=_head(path, sheet), hint=hint)
        if one in found.values() or sheet.columns.count(name) > 1:
            raise SettingsError(f"two columns hold `{one}`", place=_head(path, sheet), hint="take one of them out")
        found[name] = one
    return found


def _folded(heading: str) -> str:
    return key(heading.replace("_", " "))


def _head(path: Path, sheet: Sheet) -> str:
    return f"{path}:{sheet.header_place}"


def _rows(path: Path, sheet: Sheet, columns: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    names = list(columns)
    first = next(name for name in sheet.columns if name)
    for block in blocks(path, sheet, names):
        for reject in block.rejects:
            hint = "every row has as many cells as the header; a cell with the delimiter in it stands in quotes"
            if not reject.raw.lstrip(b'" \xef\xbb\xbf').startswith(REMARK.encode()):
                raise SettingsError(f"not understood: {reject.reason}", place=f"{path}:{reject.place}", hint=hint)
        cells = {name: block.columns[name].to_pylist() for name in names}
        for turn, place in enumerate(block.places.tolist()):
            if not (cells[first][turn] or "").startswith(REMARK):
                yield place, {columns[name]: text for name in names if (text := cells[name][turn])}


def value_of(kind: str, name: str, text: str, place: RowPlace) -> Any:
    """What a cell says, as a field of this type has it. Raises `SettingsError`."""
    made = _made(kind, text)
    if made is None:
        hint = f"`{visible(text, 60)}` is none; leave the cell empty where it is not known"
        raise SettingsError(f"`{name}` should be {_should_be(kind)}", place=place.of(name), hint=hint)
    return made


def _made(kind: str, text: str) -> Any:
    match kind.split(" ", maxsplit=1)[0]:
        case "date":
            day = when.parse(text)
            return date(day.year, day.month, day.day) if day else None
        case "int":
            return MADE["int"](int(text.replace(",", ""))) if text.isdecimal() or _WHOLE.fullmatch(text) else None
        case "Decimal":
            plain = _PLAIN.fullmatch(text) or _GROUPED.fullmatch(text)
            return MADE["Decimal"](text.replace(",", "")) if plain else None
        case "str":
            return text
        case _:
            return tuple(filter(None, map(str.strip, text.split(";"))))


def _should_be(kind: str) -> str:
    """In words; between the texts of a list stands `;` in a cell."""
    return SHOULD_BE[kind]
