"""The bytes of delimited text: what a scan says of them, and how they are split, against a reading byte by byte."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tries import tries

from fullcount.errors import UnreadableError
from fullcount.grammar import (
    LONGEST_CELL,
    STRAY,
    UNCLOSED,
    line_blocks,
    original,
    pieces,
    record_blocks,
    transcoded,
    utf8_chunks,
)
from fullcount.reader import DELIMITERS
from fullcount.scan import scan, survey

SHARED = Path(__file__).resolve().parents[1] / "../shared"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp1251")

CELLS = st.sampled_from([b"", b"a", b"bb", b'""', b'"a"', b'"x\ny"', b'"""q"""', b'",\r\n"', b'"\r"', b" ", b"\0", "ä".encode()])
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
ROWS = st.lists(st.tuples(st.lists(CELLS, min_size=1, max_size=3), ENDS), max_size=8)
NOISE = st.lists(st.sampled_from([b"a", b",", b'"', b"\r", b"\n", b"\r\n", b"\0", b"\xff"]), max_size=30).map(b"".join)
CUTS = st.lists(st.integers(1, 7), min_size=1, max_size=6)


@st.composite
def well_formed(draw: st.DrawFn) -> bytes:
    text = b"".join(b",".join(cells) + end for cells, end in draw(ROWS))
    return text[:-1] if draw(st.booleans()) else text


def cut(text: bytes, sizes: list[int]) -> list[bytes]:
    """The text in small chunks, so that everything straddles a border once."""
    chunks, at, turn = [], 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        chunks.append(text[at : at + size])
        at, turn = at + size, turn + 1
    return chunks


def byte_by_byte(text: bytes) -> list[tuple[bytes, int, bytes]] | None:
    """Records as (bytes, number of cells, line end); `None` where a quote is out of place. Slow and plain."""
    records, at = [], 0
    while at < len(text):
        start, cells = at, 0
        while True:
            cells += 1
            if text[at : at + 1] == b'"':
                at += 1
                while text[at : at + 1] != b'"' or text[at + 1 : at + 2] == b'"':
                    if at >= len(text):
                        return None
                    at += 2 if text[at : at + 1] == b'"' else 1
                at += 1
            while text[at : at + 1] not in (b"", b",", b"\r", b"\n"):
                if text[at : at + 1] == b'"' or text[at - 1 : at] == b'"':
                    return None
                at += 1
            if text[at : at + 1] != b",":
                break
            at += 1
        end = b"\r\n" if text[at : at + 2] == b"\r\n" else text[at : at + 1]
        records.append((text[start:at], cells, end))
        at += len(end)
    return records


def editor_lines(text: bytes) -> int:
    lines = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return lines.count(b"\n") + (bool(lines) and not lines.endswith(b"\n"))


@given(text=st.one_of(well_formed(), NOISE), sizes=CUTS)
@tries(1500)
def test_a_scan_sees_what_a_reading_byte_by_byte_sees(text: bytes, sizes: list[int]) -> None:
    found = survey(cut(text, sizes), ",")
    assert found.lines == editor_lines(text)
    assert found.nuls == (b"\0" in text)
    records = byte_by_byte(text)
    assert found.quotes_close == (records is not None)
    if records is None:
        return
    real = [(number, cells) for number, (raw, cells, _) in enumerate(records) if raw]
    widths = {cells for _, cells in real}
    names = {b"\n": "LF", b"\r": "CR", b"\r\n": "CRLF"}
    assert found.records == len(real)
    assert found.blanks == len(records) - len(real)
    assert found.blanks_between == (bool(real) and real[-1][0] + 1 > len(real))
    assert found.width == (widths.pop() if len(widths) == 1 else 0)
    assert found.ends == {names[end] for _, _, end in records if end}
    assert found.lines_in_cells == any(b"\n" in raw or b"\r" in raw for raw, _, _ in records)


@given(text=st.one_of(well_formed(), NOISE), sizes=CUTS)
@tries(1500)
def test_every_byte_lies_in_one_piece_or_in_the_line_end_behind_it(text: bytes, sizes: list[int]) -> None:
    at = 0
    for number, piece in enumerate(pieces(cut(text, sizes), ","), start=1):
        assert piece.place == number
        assert text[at:].startswith(piece.raw)
        assert text[at + len(piece.raw) : piece.end] in (b"", b"\n", b"\r", b"\r\n")
        at = piece.end
    assert at == len(text)


@given(text=well_formed(), sizes=CUTS)
@tries(500)
def test_pieces_are_what_pythons_csv_module_reads(text: bytes, sizes: list[int]) -> None:
    ours = [[cell.decode() for cell in piece.cells] for piece in pieces(cut(text, sizes), ",")]
    assert ours == list(csv.reader(io.StringIO(text.decode(), newline="")))


@given(text=well_formed(), sizes=CUTS)
@tries(500)
def test_blocks_are_the_text_and_never_cut_a_record(text: bytes, sizes: list[int]) -> None:
    whole = [piece.raw for piece in pieces([text], ",")]
    blocks = list(record_blocks(cut(text, sizes)))
    assert b"".join(blocks) == text
    assert [piece.raw for block in blocks for piece in pieces([block], ",")] == whole
    assert b"".join(line_blocks(cut(text, sizes))) == text


@given(text=st.binary(max_size=200), encoding=st.sampled_from(ENCODINGS[2:]), sizes=CUTS)
@tries(1000)
def test_any_bytes_in_any_encoding_come_back_from_their_utf8(text: bytes, encoding: str, sizes: list[int]) -> None:
    head = {"utf-16": b"\xff\xfe", "utf-32": b"\xff\xfe\x00\x00"}.get(encoding, b"")
    try:
        there = b"".join(transcoded(cut(head + text, sizes), encoding))
    except UnicodeDecodeError:
        assert encoding == "utf-32"
        return
    assert original(there, encoding, head) == text


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_offset_in_the_text_is_an_offset_in_utf8(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = "a,b\r\n1,2\r\n" * 30
    path.write_bytes(text.encode(encoding))
    for offset in (0, 1, 5, 64, len(text) - 1, len(text), len(text) + 9):
        assert b"".join(utf8_chunks(path, encoding, offset, size=32)) == text.encode()[offset:]


def faults(text: bytes) -> list[tuple[int, bytes, str]]:
    return [(piece.place, piece.raw, piece.fault) for piece in pieces([text], ",") if piece.raw]


def test_a_quote_that_never_closes_costs_one_line() -> None:
    assert faults(b'a,"b\nc,d\n') == [(1, b'a,"b', UNCLOSED), (2, b"c,d", "")]
    # the next quoted cell's opening quote is no closing one
    assert faults(b'"a","b\n"c","d"\ne,f\n') == [(1, b'"a","b', UNCLOSED), (2, b'"c","d"', ""), (3, b"e,f", "")]
    assert faults(b'a,"' + b"x\n" * (LONGEST_CELL // 2) + b'"\nc,d')[:2] == [(1, b'a,"x', UNCLOSED), (2, b"x", "")]


def test_text_behind_a_closing_quote_is_a_fault_of_that_record() -> None:
    assert faults(b'"a "b" c",d\ne,f\n') == [(1, b'"a "b" c",d', STRAY), (2, b"e,f", "")]


def test_a_quote_within_an_unquoted_cell_is_a_character() -> None:
    (piece,) = pieces([b'24" screen,2'], ",")
    assert piece.cells == [b'24" screen', b"2"]


def test_the_longest_quoted_cell_is_read_and_the_next_longer_is_not() -> None:
    for size, faulty in ((LONGEST_CELL - 3, False), (LONGEST_CELL, True)):
        text = b'a,"' + b"x" * size + b'"\n'
        (piece,) = (piece for piece in pieces([text], ",") if piece.raw)
        assert bool(piece.fault) == faulty
        assert survey([text], ",").records == 1


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_skipped_records_are_not_counted(delimiter: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f'Report "of" x\n\nName{delimiter}V\na{delimiter}1\nb{delimiter}2'.encode(encoding))
    found = scan(path, delimiter=delimiter, skip=3, encoding=encoding)
    assert (found.records, found.width, found.regular, found.why) == (2, 2, True, "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"a,b\nc,d\n", ""),
        (b'a,"b\r\nx"\nc,d\n\n\n', ""),
        (b'a,"b"x\nc,d\n', "quotes are out of place"),
        (b"a,\xff\nc,d\n", "holds bytes that are no UTF-8"),
        (b"a,b\r\nc,d\n", "lines end in different ways (CRLF, LF)"),
        (b"a,b\n\nc,d\n", "blank lines stand between the records"),
        (b"a,b\nc\n", "the records differ in width"),
        (b"", ""),
    ],
)
def test_what_is_regular(text: bytes, why: str) -> None:
    assert survey([text], ",").why == why


def test_it_is_said_how_much_is_utf8() -> None:
    found = survey(["äöü,x\n".encode(), b"caf\xe9,x\n"], ",")
    assert (found.multibyte, found.undecodable) == (3, 1)
    assert b"\xe9" in found.high


def test_a_missing_file_is_an_error_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"none\.csv: cannot be read"):
        scan(tmp_path / "none.csv", delimiter=",", encoding="utf-8")


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason="the exports of others are not here")
def test_real_exports_are_scanned_as_they_are_split() -> None:
    found = [*SHARED.glob("samples/*/*.csv"), *SHARED.glob("samples/*.tsv"), *SHARED.glob("fixtures/csv_spectrum/*.csv")]
    assert len(found) > 30
    for path in found:
        if path.read_bytes()[:2] == b"\xff\xfe":
            continue
        looked = scan(path, delimiter=",", encoding="utf-8")
        text = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        assert looked.records == sum(1 for piece in pieces([text], ",") if piece.raw), path
        assert looked.lines == editor_lines(text), path
        if (records := byte_by_byte(text)) is not None:
            assert looked.records == sum(1 for raw, _, _ in records if raw), path
