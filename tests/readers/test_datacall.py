"""The form of a data call: as it is written, as people send it back, and what is no form."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
import xlsxwriter  # type: ignore[import-untyped]

from fullcount.exports import Found
from fullcount.model import Lists
from fullcount.read import Known, Options, Run
from fullcount.reader import Peek
from fullcount.readers import READERS
from fullcount.reading import Reading
from fullcount.settings import Settings
from fullcount.template import COLUMNS, MARK, NONE_FOUND, as_csv, as_xlsx

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES = sorted((Path(__file__).parent / "datacall").glob("*.csv"))
SEEN = datetime(2017, 10, 9)  # noqa: DTZ001 - as the tables have it
HEAD = [column.heading for column in COLUMNS]


def claiming(path: Path) -> list[str]:
    peek = Peek.at(path)
    return [reader.name for reader in READERS if reader.claims(peek)]


def read(path: Path, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The tables of a reading of one file."""
    folder.mkdir()
    with Reading(folder) as reading:
        run = Run(reading, READERS, Settings(), options=Options(), known=Known(sources=set(), appearances=set()))
        outcome = run.file(Found(path=path, name=path.name, folder=""))
        reading.finish()
    assert (outcome.became, outcome.reader) == ("read", "datacall")
    names = ("sources", "records", "clues", "titles", "observations", "rejects")
    return {name: pq.read_table(folder / f"{name}.parquet").to_pylist() for name in names}


def written(path: Path, head: Sequence[str], *rows: Sequence[Any], above: Sequence[str] = ()) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for number, text in enumerate(above):
            sheet.write(number, 0, text)
        for number, row in enumerate((head, *rows), start=len(above)):
            for column, cell in enumerate(row):
                (sheet.write_datetime if isinstance(cell, date) else sheet.write)(number, column, cell)
    return path


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_samples_are_claimed_by_this_reader_and_no_other(sample):
    assert claiming(sample) == ["datacall"]


@pytest.mark.parametrize(("name", "made"), [("form.csv", as_csv), ("form.xlsx", as_xlsx)])
def test_an_empty_form_is_recognised_and_names_no_machine(name, made, tmp_path):
    (tmp_path / name).write_bytes(made())
    assert claiming(tmp_path / name) == ["datacall"]
    found = read(tmp_path / name, tmp_path / "reading")
    assert not any(found[table] for table in ("records", "titles", "observations", "rejects"))


@pytest.mark.parametrize("made", [as_csv, as_xlsx])
def test_the_same_form_has_the_same_bytes(made):
    assert made() == made()


def test_a_filled_form_is_read_line_by_line(tmp_path):
    found = read(SAMPLES[0], tmp_path / "reading")
    assert [row["name"] for row in found["titles"]] == [
        "Kaspersky Endpoint Security 10 for Windows",
        "7-Zip 16.04",
        NONE_FOUND,
    ]
    records = found["records"]
    assert [row["observations"] for row in records] == [2, 1, 0]
    assert {row["lists"] for row in records} == {Lists.SOME_SOFTWARE}
    assert {row["traces"] or "" for row in records} == {""}
    assert [row["looked_at"] for row in records] == [SEEN, SEEN, None]
    assert [row["owner"] for row in records] == ["A. Smith", "A. Smith", "B. Jones"]
    serials = [row["value"] for row in found["clues"] if row["kind"] == "serial"]
    assert serials == ["5CG7100001", "5CG7100003"]
    assert not found["rejects"]


def test_a_form_that_a_spreadsheet_saved_with_semicolons_is_read(tmp_path):
    found = read(SAMPLES[1], tmp_path / "reading")
    assert [row["owner"] for row in found["records"]] == ["C. Müller"]
    assert [row["name"] for row in found["titles"]] == ["Kaspersky Anti-Virus"]


@pytest.mark.parametrize("filled", [0, 1], ids=["empty", "one line"])
def test_empty_lines_that_a_spreadsheet_saved_are_no_machines(filled, tmp_path):
    rows = ["PO-0001,,7-Zip 16.04,,,,,"] * filled + [",,,,,,,"] * 40
    path = tmp_path / "form.csv"
    path.write_bytes(as_csv() + "\r\n".join(rows).encode())
    found = read(path, tmp_path / "reading")
    assert len(found["records"]) == len(found["observations"]) == filled
    [source] = found["sources"]
    assert source["pieces"] == source["used"] == 40 + filled


def test_a_workbook_is_read_below_its_help_with_dates_and_numbers_as_cells(tmp_path):
    row = ["PO-0001", 7100001, "Kaspersky Anti-Virus", "Kaspersky Lab", 17, date(2017, 10, 9), "A. Smith"]
    path = written(tmp_path / "a.xlsx", [*HEAD, MARK], row, above=("Which software", "One line for each product"))
    found = read(path, tmp_path / "reading")
    [record], [title] = found["records"], found["titles"]
    assert record["looked_at"] == SEEN
    assert (title["name"], title["version"]) == ("Kaspersky Anti-Virus", "17")
    assert ("serial", "7100001") in {(row["kind"], row["value"]) for row in found["clues"]}


def test_what_was_copied_without_the_hidden_mark_is_known_by_its_headings(tmp_path):
    path = written(tmp_path / "a.xlsx", HEAD, ["PO-0001", "", "Kaspersky Anti-Virus"])
    assert claiming(path) == ["datacall"]


def test_with_its_mark_a_form_may_have_lost_a_column(tmp_path):
    path = written(tmp_path / "a.xlsx", ["Host name", "Product", MARK], ["PO-0001", "Kaspersky Anti-Virus"])
    assert claiming(path) == ["datacall"]


@pytest.mark.parametrize("left_out", HEAD)
def test_a_table_of_somebody_else_is_not_taken_for_the_form(left_out, tmp_path):
    path = written(tmp_path / "a.xlsx", [name for name in HEAD if name != left_out], ["PO-0001", "a", "b"])
    assert "datacall" not in claiming(path)


def test_the_headings_of_the_csv_are_those_of_the_workbook():
    [row] = csv.reader(io.StringIO(as_csv().decode("utf-8-sig")))
    assert row == [*HEAD, MARK]
