"""The one door to XlsxWriter: a workbook whose text stays text, and whose bytes are the same for the same content."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import IO, Any

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # XlsxWriter writes the time of today otherwise
_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def workbook(file: IO[bytes], *, title: str = "", made: datetime | None = None) -> Any:
    """A new `xlsxwriter.Workbook`, in memory; whoever asks for it closes it. `made`: the day of what is in it."""
    return _opened(file, title=title, made=made, how={"in_memory": True})


def streaming(file: IO[bytes], *, title: str = "", made: datetime | None = None) -> Any:
    """A new workbook of which one row is held at a time: rows are written from the first to the last."""
    return _opened(file, title=title, made=made, how={"constant_memory": True})


def _opened(file: IO[bytes], *, title: str, made: datetime | None, how: dict[str, bool]) -> Any:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    book = Workbook(file, {**_TEXT, **how})
    book.set_properties({"title": title, "author": "fullcount", "created": made or _EPOCH})
    return book
