"""Tables in workbooks. Hostile input is normal input."""

from __future__ import annotations

import datetime as dt
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from fullcount.errors import FullcountError, UnreadableError
from fullcount.reader import Peek
from fullcount.sheet import Sheet, blocks, open_sheets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Rows = list[tuple[int, tuple[str | None, ...]]]


def read(path: Path, sheet: Sheet) -> Rows:
    rows: Rows = []
    for block in blocks(path, sheet, tuple(dict.fromkeys(sheet.columns))):
        assert not block.rejects
        rows += zip(block.places.tolist(), zip(*(c.to_pylist() for c in block.columns.values()), strict=True), strict=True)
    return rows


def workbook(tmp_path: Path, fill: Callable[[xlsxwriter.Workbook], object]) -> Path:
    path = tmp_path / "export.xlsx"
    with xlsxwriter.Workbook(path) as book:
        fill(book)
    return path


def test_a_worksheet_reads_as_a_person_sees_it(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("Software")
        sheet.write_row(1, 1, ["Software by computer"])
        sheet.write_row(3, 1, ["Name", "Version", "Seen", "Size", "Found"])
        sheet.write_row(4, 1, ["a", 10, None, 1.5, True])
        sheet.write_datetime(4, 3, dt.datetime(2017, 9, 13), book.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001
        sheet.write_row(7, 1, ["b", " 1.10 ", None, 123456789012, False])
        sheet.write_datetime(7, 3, dt.datetime(2017, 9, 13, 4, 5), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))  # noqa: DTZ001
        book.add_worksheet("Empty")
        book.add_worksheet("Hosts").write_row(0, 0, ["Host", "OS"])
        book.add_chartsheet("Chart")

    path = workbook(tmp_path, fill)
    software, hosts = open_sheets(Peek.at(path))
    assert (software.name, software.header_place, software.columns) == (
        "Software", 4, ("Name", "Version", "Seen", "Size", "Found"),
    )  # fmt: skip
    assert read(path, software) == [
        (5, ("a", "10", "2017-09-13", "1.5", "true")),
        (8, ("b", "1.10", "2017-09-13T04:05:00", "123456789012", "false")),
    ]
    assert (hosts.name, hosts.columns, read(path, hosts)) == ("Hosts", ("Host", "OS"), [])


def test_a_far_cell_makes_no_million_rows(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Version"])
        sheet.write_row(1, 0, ["a", "1"])
        sheet.write(1_048_575, 0, "far")

    path = workbook(tmp_path, fill)
    (sheet,) = open_sheets(Peek.at(path))
    assert read(path, sheet) == [(2, ("a", "1")), (1_048_576, ("far", None))]


def test_a_cell_in_the_farthest_corner_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Version"])
        sheet.write(1_048_575, 16_383, "far")

    with pytest.raises(UnreadableError, match="far from all others"):
        open_sheets(Peek.at(workbook(tmp_path, fill)))


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


def packed(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def test_parts_too_large_when_unpacked_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, lambda book: book.add_worksheet().write_row(0, 0, ["a", "b"]))
    with pytest.raises(UnreadableError, match="too large when unpacked"):
        open_sheets(Peek.at(packed(path, parts_of(path) | {"xl/sharedStrings.xml": b" " * 30_000_000})))


def test_rows_without_references_have_their_bounds_too(tmp_path: Path) -> None:
    path = workbook(tmp_path, lambda book: book.add_worksheet().write_row(0, 0, ["a", "b"]))
    name = "xl/worksheets/sheet1.xml"
    wide = b"<row>" + b"<c/>" * 100 + b"<c><v>1</v></c>" * 16_000 + b"</row>"
    rows = wide + b"<row/>" * 20_000 + b"<row><c><v>2</v></c></row>"
    sheet = b"<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData>%s</sheetData></worksheet>"
    packed(path, parts_of(path) | {name: sheet % rows})
    with pytest.raises(UnreadableError, match="far from all others"):
        open_sheets(Peek.at(path))


@pytest.mark.parametrize("kind", ["zip", "xml"])
def test_a_damaged_workbook_is_rows_or_an_error_of_ours(kind: str, tmp_path: Path) -> None:
    path = workbook(tmp_path, lambda book: [book.add_worksheet().write_row(row, 0, ["a", row, "b"]) for row in range(3)])
    data, parts = path.read_bytes(), parts_of(path)
    for turn in range(150):
        if kind == "zip":
            changed = bytearray(data[: len(data) - (turn % 3) * turn * 10])
            changed[turn * 7919 % len(changed)] ^= 1 << turn % 8
            path.write_bytes(changed)
        else:
            name = sorted(name for name in parts if name.startswith("xl/"))[turn % 6]
            part = bytearray(parts[name])
            part[turn * 7919 % len(part)] ^= 1 << turn % 7
            packed(path, parts | {name: bytes(part[: len(part) - turn % 2 * turn])})
        with suppress(FullcountError):
            for sheet in open_sheets(Peek.at(path)):
                read(path, sheet)


def test_a_zip_file_is_no_workbook(tmp_path: Path) -> None:
    assert open_sheets(Peek.at(packed(tmp_path / "a.zip", {"a.csv": b"Name,V\n"}))) == []
