"""Delimited tables: nothing is lost, whatever the encoding, the line ends or the damage. Other kinds: `test_sheet_kinds`."""

from __future__ import annotations

import csv
import io
import itertools
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tries import tries

from fullcount import grammar
from fullcount.errors import FullcountError, UnreadableError
from fullcount.reader import DELIMITERS, Peek
from fullcount.sheet import Sheet, blocks, open_sheets
from fullcount.sheets import delimited

if TYPE_CHECKING:
    from fullcount.model import Reject

SHARED = Path(__file__).resolve().parents[1] / "../shared"
real = pytest.mark.skipif(not SHARED.is_dir(), reason="the exports of others are not here")

ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
    "utf-16-le without mark": b"",
    "utf-16-be without mark": b"",
    "cp1252": b"",
}
ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r", "mixed": ""}
DAMAGE = ("none", "unclosed", "ragged", "nul", "blank")
Rows = list[tuple[int, dict[str, str | None]]]


def read(path: Path, sheet: Sheet, *wanted: str) -> tuple[Rows, list[Reject]]:
    rows: Rows = []
    rejects: list[Reject] = []
    wanted = wanted or tuple(dict.fromkeys(sheet.columns))
    for block in blocks(path, sheet, wanted):
        assert set(block.columns) == set(wanted)
        assert all(len(column) == len(block.places) for column in block.columns.values())
        cells = zip(*(column.to_pylist() for column in block.columns.values()), strict=True)
        rows += zip(block.places.tolist(), (dict(zip(block.columns, row, strict=True)) for row in cells), strict=True)
        rejects += block.rejects
    assert sheet.pieces == len(rows) + len(rejects)
    places = [place for place, _ in rows] + [reject.place for reject in rejects]
    assert len(set(places)) == len(places)
    return rows, rejects


def the_sheet(path: Path, delimiter: str = "") -> Sheet:
    (sheet,) = (sheet for sheet in open_sheets(Peek.at(path)) if delimiter in ("", sheet.delimiter))
    return sheet


def written(tmp_path: Path, data: bytes | str) -> Path:
    path = tmp_path / "export.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def lines_of(damage: str, delimiter: str) -> list[str]:
    """Nine records of four cells, each cell unlike all others."""
    rows = [[f"r{row}c{column}é" for column in range(4)] for row in range(9)]
    rows[1][2] = '"r1c2 ""q"" é"'
    lines = [delimiter.join(row) for row in rows]
    if damage == "unclosed":
        lines[4] = delimiter.join(["r4c0é", '"r4c1é', "r4c2é", "r4c3é"])
        lines[6] = delimiter.join(f'"r6c{column}é"' for column in range(4))
    elif damage == "ragged":
        lines[3] = delimiter.join(rows[3][:3])
        lines[5] += f"{delimiter}extra é"
        lines[7] += delimiter * 2
    elif damage == "nul":
        lines[2] = lines[2].replace("r2c1", "r2\0c1")
    elif damage == "blank":
        lines[4:4] = [""]
        lines += ["", ""]
    return lines


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_nothing_is_lost(encoding: str, end: str, damage: str, tmp_path: Path) -> None:
    codec, mark = encoding.split(maxsplit=1)[0], ENCODINGS[encoding]
    for delimiter, last in itertools.product(DELIMITERS, (True, False)):
        lines = [delimiter.join(("Name", "Version", "Vendor", "Größe")), *lines_of(damage, delimiter)]
        ends = [ENDS[end] or ("\n", "\r\n", "\r")[number % 3] for number in range(len(lines))]
        text = "".join(line + its for line, its in zip(lines, ends, strict=True))
        if not last and damage != "blank":
            text = text[: -len(ends[-1])]
        path = written(tmp_path, mark + text.encode(codec))
        sheet = the_sheet(path, delimiter)
        assert sheet.columns == ("Name", "Version", "Vendor", "Größe")
        rows, rejects = read(path, sheet)
        found = {place: list(cells.values()) for place, cells in rows}
        refused = {reject.place: reject.raw for reject in rejects}
        assert len(found) + len(refused) == sum(1 for line in lines[1:] if line)
        for place, line in enumerate(lines[1:], start=2):
            if place in refused:
                assert refused[place] == line.encode(codec.removesuffix("-sig"))
            elif line:
                assert [cell.strip('"').replace('""', '"') for cell in line.split(delimiter)[:4]] == found[place]
        assert len(refused) == {"unclosed": 1, "ragged": 2}.get(damage, 0)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff"), max_size=8)
# with another line end that module leaves line ends in cells unquoted, unless it quotes all
DIALECTS = [("\r\n", csv.QUOTE_MINIMAL), ("\r\n", csv.QUOTE_ALL), ("\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL)]
TABLES = st.integers(2, 5).flatmap(lambda width: st.lists(st.lists(TEXT, min_size=width, max_size=width), max_size=9))


@given(
    table=TABLES,
    form=st.sampled_from(list(itertools.product(DELIMITERS, DIALECTS))),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    block=st.sampled_from([7, 64, 8 << 20]),
)
@tries(400)
def test_what_pythons_csv_module_writes_is_read_back(
    *,
    table: list[list[str]],
    form: tuple[str, tuple[str, int]],
    encoding: str,
    block: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delimited, "_BLOCK", block)
    header = [f"column {number}" for number in range(len(table[0]) if table else 2)]
    text = io.StringIO()
    delimiter, (end, quoting) = form
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([header, *table])  # type: ignore[arg-type]
    path = written(tmp_path, text.getvalue().encode(encoding))
    sheet = Sheet(kind="csv", columns=tuple(header), header_place=1, encoding=encoding, delimiter=delimiter)
    rows, rejects = read(path, sheet)
    assert not rejects
    assert [list(cells.values()) for _, cells in rows] == [[cell.strip() or None for cell in row] for row in table]
    assert [place for place, _ in rows] == list(range(2, 2 + len(table)))


@given(data=st.binary(max_size=300))
@tries(500)
def test_random_bytes_are_rows_or_rejects_or_an_error_of_ours(data: bytes, tmp_path: Path) -> None:
    path = written(tmp_path, data)
    with suppress(FullcountError):
        for sheet in open_sheets(Peek.at(path)):
            read(path, sheet)  # rows and rejects are what was counted


@given(noise=st.lists(st.sampled_from(['"', ",", "\n", "\r\n", "\r", "a", "\0", " ", "é"]), max_size=60).map("".join))
@tries(600)
def test_noise_below_a_header_is_accounted_for_line_by_line(noise: str, tmp_path: Path) -> None:
    path = written(tmp_path, "Name,Version\n" + noise)
    sheet = Sheet(kind="csv", columns=("Name", "Version"), header_place=1, encoding="utf-8", delimiter=",")
    rows, rejects = read(path, sheet)
    letters = "".join(cell or "" for _, cells in rows for cell in cells.values()).count("a")
    assert letters + b"".join(reject.raw for reject in rejects).count(b"a") == noise.count("a")


def test_one_bad_row_sends_only_its_block_by_row_and_changes_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_BLOCK", 1000)
    good = [f'PC-{number},"Kit ""{number}"", x64","two\nlines"' for number in range(400)]
    bad = [*good[:200], "PC-x,short", *good[200:]]
    results = []
    for lines in (good, bad):
        path = written(tmp_path, "Host,Name,Note\n" + "\n".join(lines) + "\n")
        results.append(read(path, the_sheet(path, ",")))
    (rows, none), (others, rejects) = results
    assert [cells for _, cells in rows] == [cells for _, cells in others]
    assert not none
    assert [(reject.place, reject.raw, reject.reason) for reject in rejects] == [(202, b"PC-x,short", "has 2 of 3 cells")]
    assert [place for place, _ in others] == [*range(2, 202), *range(203, 403)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("note", ["plain", "two\nlines", "two\r\nlines", "two\rlines"])
def test_the_engine_cuts_no_record_where_it_divides_a_block(
    end: str, note: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "_BLOCK", 1000)
    lines = [f'PC-{number},"{note} {number}","{"x" * (number % 50)}"' for number in range(3000)]
    path = written(tmp_path, end.join(["Host,Name,Note", *lines]))
    sheet = the_sheet(path, ",")
    rows, _ = read(path, sheet)
    assert not sheet.notes
    assert rows == [
        (number + 2, {"Host": f"PC-{number}", "Name": f"{note} {number}", "Note": "x" * (number % 50) or None})
        for number in range(3000)
    ]


def test_a_line_without_end_is_an_error_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammar, "LONGEST_LINE", 2_000_000)
    path = written(tmp_path, b"Name,V\na,1\n" + b"\0" * 5_000_000)
    with pytest.raises(UnreadableError, match=r"export\.csv: holds a line of more than 2,000,000 bytes"):
        read(path, the_sheet(path, ","))


def test_bytes_that_are_no_utf8_are_rejects_among_rows_that_are(tmp_path: Path) -> None:
    path = written(tmp_path, "Name,V\nGröße,1\nÄpfel,2\n".encode() + b"caf\xe9,3\n")
    rows, rejects = read(path, the_sheet(path, ","))
    assert [cells["Name"] for _, cells in rows] == ["Größe", "Äpfel"]
    assert [(reject.place, reject.raw, reject.reason) for reject in rejects] == [
        (4, b"caf\xe9,3", "holds bytes that are no utf-8")
    ]


def test_eight_bit_text_is_known_by_the_whole_file_and_said_to_be_a_guess(tmp_path: Path) -> None:
    lines = [f"Program {number},1.{number}" for number in range(9000)]
    path = written(tmp_path, ("\n".join(["Name,V", *lines, "Касперский антивирус,2"])).encode("cp1251"))
    sheet = the_sheet(path, ",")
    assert sheet.encoding == "utf-8"
    rows, rejects = read(path, sheet)
    assert rows[-1] == (9002, {"Name": "Касперский антивирус", "V": "2"})
    assert not rejects
    assert sheet.notes == ["the text is no UTF-8: read as cp1251, which is a guess"]


def test_half_characters_of_utf16_are_rejects_with_their_own_bytes(tmp_path: Path) -> None:
    text = "Name,V\na,1\nb\ud800,2\nc,3".encode("utf-16-le", "surrogatepass")
    path = written(tmp_path, b"\xff\xfe" + text + b"\x41")
    rows, rejects = read(path, the_sheet(path, ","))
    assert [cells["Name"] for _, cells in rows] == ["a"]
    assert [reject.raw for reject in rejects] == [
        "b\ud800,2".encode("utf-16-le", "surrogatepass"),
        "c,3".encode("utf-16-le") + b"\x41",
    ]


HEADERS = {
    "plain": ("Name,Version\na,1\nb,2\n", ",", 1),
    "sep line": ("sep=;\nName;Version,x\na;1,0\n", ";", 2),
    "PowerShell": ('#TYPE Selected.System.Object\r\n"Name","Version"\r\n"a","1"\r\n', ",", 2),
    "report titles": ("Report,1\nSoftware by computer\n\nName,Version,Vendor\na,1,x\nb,2,y\nc,3,z\n", ",", 4),
    "no rows": ("Name\tVersion\n", "\t", 1),
    "trailing delimiters": ("Name;Version\na;1;\nb;2;;\n", ";", 1),
    "blank names": ("Name,,Version,\na,b,1,c\n", ",", 1),
    "a name twice": ("Name,Name,V\na,b,1\n", ",", 1),
    "one column": ("Computer\nPC-1\nPC-2\n", ",", 1),
    "all rows ragged": ("Name,Version,Vendor\na`t1`tx\nb`t2`ty\nc`t3`tz\n", ",", 1),
}


@pytest.mark.parametrize("case", HEADERS)
def test_the_header_is_found(case: str, tmp_path: Path) -> None:
    text, delimiter, place = HEADERS[case]
    path = written(tmp_path, text)
    sheet = the_sheet(path)
    names = text.splitlines()[place - 1].replace('"', "").split(delimiter)
    assert (sheet.delimiter, sheet.header_place, list(sheet.columns)) == (delimiter, place, names)
    rows, rejects = read(path, sheet)
    below = sum(1 for line in text.splitlines()[place:] if line)
    assert (len(rows), len(rejects)) == ((0, below) if case == "all rows ragged" else (below, 0))


def test_of_equal_names_the_first_column_counts_and_it_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, "Name,Name,V\na,b,1\n")
    sheet = the_sheet(path)
    assert read(path, sheet)[0] == [(2, {"Name": "a", "V": "1"})]
    assert sheet.notes == ["the header names `Name` more than once: the first such column counts"]


def test_a_swapped_header_is_said_and_nothing_is_swapped(tmp_path: Path) -> None:
    path = written(tmp_path, "Name,Vendor,Version\na,1.2.3,X\nb,2.0,Y\nc,3.1.4,Z\n")
    sheet = the_sheet(path)
    assert sheet.notes == ["the column `Vendor` holds what looks like versions, and `Version` does not"]
    assert read(path, sheet)[0][0] == (2, {"Name": "a", "Vendor": "1.2.3", "Version": "X"})
    path = written(tmp_path, "Name,Version,Vendor\na,1.2.3,X\nb,2.0,Y\nc,3.1.4,Z\n")
    assert the_sheet(path).notes == []


def test_documents_of_other_kinds_are_no_tables(tmp_path: Path) -> None:
    for text in ('{\n "a": 1,\n "b": 2\n}\n', "<?xml version='1.0'?><REQUEST a='b,c'></REQUEST>", b"\0\1\2\3,\n", ""):
        assert open_sheets(Peek.at(written(tmp_path, text))) == []


def test_space_and_empty_are_missing(tmp_path: Path) -> None:
    path = written(tmp_path, 'Name,V\n" a ",\u00a0\n"",\t\n')
    assert [cells for _, cells in read(path, the_sheet(path, ","))[0]] == [{"Name": "a", "V": None}, {"Name": None, "V": None}]


@pytest.mark.real
@real
def test_real_tables_lose_nothing() -> None:
    found = [*SHARED.glob("samples/*/*.csv"), *SHARED.glob("samples/*.tsv"), *SHARED.glob("fixtures/csv_*/*")]
    assert len(found) > 35
    for path in found:
        for sheet in open_sheets(Peek.at(path)):
            read(path, sheet)


@pytest.mark.real
@real
@pytest.mark.parametrize("turn", range(3))
def test_cut_and_flipped_real_tables_lose_nothing(turn: int, tmp_path: Path) -> None:
    for path in SHARED.glob("samples/uninstall_csv/*.csv"):
        data = bytearray(path.read_bytes())
        for at in range(100 + turn, len(data), 997):
            data[at] ^= 1 << (at % 8)
        changed = written(tmp_path, bytes(data[: len(data) - turn * 31]))
        for sheet in open_sheets(Peek.at(changed)):
            read(changed, sheet)
