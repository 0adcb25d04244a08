"""JSON lines that are read together give the same rows and rejects as one by one. Other JSON: `test_sheet_kinds`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.tries import tries

from fullcount.block import ROWS, Block, Sheet, gathered
from fullcount.sheets import json as sheet_json
from fullcount.sheets.json.alike import columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHARED = Path(__file__).resolve().parents[1] / "../shared"
WANTED = ("a", "b", "é", "missing")


def told(found: Iterable[Block]) -> list[tuple[Any, ...]]:
    """Rows and rejects in the order of their places."""
    pieces: list[tuple[Any, ...]] = []
    for block in found:
        cells = [block.columns[name].to_pylist() for name in WANTED]
        pieces += zip(block.places.tolist(), *cells, strict=True)
        pieces += [(one.place, one.raw, one.reason) for one in block.rejects]
    return sorted(pieces, key=lambda piece: piece[0])


def together(path: Path, size: int) -> list[tuple[Any, ...]]:
    sheet = Sheet(kind="jsonl", columns=WANTED, encoding="utf-8")
    found = told(sheet_json.blocks(path, sheet, WANTED, size=size))
    assert sheet.pieces == len(found)
    return found


def one_by_one(text: bytes) -> list[tuple[Any, ...]]:
    sheet = Sheet(kind="jsonl", columns=WANTED, encoding="utf-8", pieces=0)
    lines = enumerate(text.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1)
    numbered = ((place, line) for place, line in lines if line.strip())
    return told(gathered(WANTED, sheet_json._items(numbered, sheet, WANTED, b"")))


def taken(text: bytes, *wanted: str) -> list[list[str | None]] | None:
    """What the lines give where they are alike."""
    found = columns(text, wanted or WANTED[:1], sheet_json._written)
    return None if found is None else [column.to_pylist() for column in found]


# --- what is taken, and what is not


def test_values_stand_as_written() -> None:
    values = ['"x"', "1.10", "-0", "0", "null", "true", '""', "12345678901234567890123", "1e400", "[1, 2]", "{}", '"\\u00e9\\\\"']
    texts = ["x", "1.10", "0", "0", None, "true", "", "12345678901234567890123", "1e400", "[1,2]", "{}", "é\\"]
    middle = "".join(f'{{"a": {value}, "b": "{turn}"}}\n' for turn, value in enumerate(values)).encode()
    numbers = [str(turn) for turn in range(len(values))]
    assert taken(middle, "b", "none", "a") == [numbers, [None] * len(values), texts]
    last = "".join(f'{{"b":"{turn}","a":{value}}}\r\n' for turn, value in enumerate(values)).encode()
    assert taken(last, "a", "b") == [texts, numbers]


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": "x"}\n{"a" : "x"}\n',  # other spaces
        b'{"a": "x", "b": 1}\n{"b": 1, "a": "x"}\n',  # another order
        b'{"a": 1}\n{"a": 1, "a": 2}\n',  # one key more, behind a number
        b'{"a": 1, "b": 1}\n{"a": 1, "c": 2, "b": 1}\n',
        b'{"a": "x", "a": "y"}\n{"a": "x", "a": "y"}\n',
        b'{"a": 1, "b": 2}\n{"a": , "b": 2}\n',
        b'{"a":1 ,"b":2}\n{"a": ,"b":2}\n',
        b'{"a": "x"}\n{"a": "x"\n',
        b'{"a": "x"}\n{"a": "x\n"}\n',
        b'{"a": "x"}\n{"a": "\n{"a": "x"}\n',
        b'{"a": "x"}\n{"a": "x"}{"a": "x"}\n',
        b'{"a": "x"}\n\n{"a": "x"}\n',
        b'{"a": "x"}\r\n{"a": "x"}\n',
        b'{"a": "x"}\r{"a": "x"}\r',
        b'{"a": "x"}\n{"a": "\t"}\n',
        b'{"a": "x"}\n{"a": "\0"}\n',
        b'{"a": "x"}\n{"a": "\xff"}\n',
        b'{"a": "x"}\n{"a": "\xed\xa0\x80"}\n',
        b'{"a": "x"}\n{"a": "\\x"}\n',
        b'{"a": "x", "b": 1}\n{"a": "x", "b": "\\ud800"}\n',  # half a character, in a column that nobody wants
        b'{"a": "x", "b": 1}\n{"a": "x", "b": 01}\n',
        b'{"a": "x"}\n{"a": NaN}\n',
        b'{"a": "x"}\n{"a": "\\"}\n',
        b'{"a\\u0062": "x"}\n{"a\\u0062": "x"}\n',
        b'{"a": {"b": "x"}}\n{"a": {"b": "x"}}\n',
        b'\xef\xbb\xbf{"a": "x"}\n',
        b"{}\n{}\n",
        b"\n",
    ],
)
def test_what_is_not_alike_or_no_json_is_not_taken(text: bytes) -> None:
    assert taken(text) is None


def test_any_objects_are_read_together_but_nothing_else() -> None:
    text = b'{"a": 1.10, "b": {"k": ["\xc3\xa9"]}}\n \n{"b": "x", "a": null}\r\n{"a": true}'
    part = sheet_json._parsed(text, 10, ("a", "b"))
    assert part is not None
    assert part.places.tolist() == [11, 13, 14]
    assert [column.to_pylist() for column in part.columns] == [["1.10", None, "true"], ['{"k":["é"]}', "x", None]]
    assert part.lines == 4
    for bad in (b"x", b"[1]", b"1", b'{"a": "\\ud800"}'):
        assert sheet_json._parsed(text + b"\n" + bad, 0, ("a", "b")) is None


def test_blocks_are_bounded_and_places_go_on(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes(b'{"a":1}\n' * (ROWS + 10_000) + b'x\n\n{"b":2,"a":3}\n')
    sheet = Sheet(kind="jsonl", columns=WANTED, encoding="utf-8")
    found = list(sheet_json.blocks(path, sheet, WANTED))
    assert max(len(block.places) for block in found) <= ROWS
    assert sheet.pieces == ROWS + 10_002
    assert [place for block in found for place in block.places.tolist()] == [*range(1, ROWS + 10_001), ROWS + 10_003]
    assert pa.types.is_dictionary(found[0].columns["a"].type)  # one that was read together
    assert [(one.place, one.raw) for block in found for one in block.rejects] == [(ROWS + 10_001, b"x")]


# --- the same as one by one

TEXTS = st.text(max_size=6) | st.sampled_from(["", " ", "C:\\x\\", 'a"b', "\\", "{x}", "\u3000x\x85", "\x00", "😀", "\ud800"])
NUMBERS = [
    "1.10",
    "1e400",
    "-0",
    "-0.0",
    "0",
    "01",
    "9" * 18,
    "9" * 19,
    "9" * 40,
    "9" * 400,
    "1E-5",
    "0e0",
    "1.",
    "+1",
    ".5",
    "NaN",
    "-Infinity",
]
OTHERS = ["null", "true", "false", "nul", "[1]", "[", "{}", '{"b":1}', "1, 2", '1, "a": 2', '"a": 1', ""]
STRINGS = ['"', '"\\ud83d\\ude00"', '"\\ud800"', '"\\x"', '"\\u0020x"']
LITERALS = st.sampled_from([*NUMBERS, *OTHERS, *STRINGS])


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Lines that are alike save for some."""
    keys = draw(st.lists(st.sampled_from(["a", "b", "é", "c d", '"', ""]), min_size=1, max_size=3))
    comma, colon = draw(st.sampled_from([(", ", ": "), (",", ":"), (" ,", " :")]))
    dumped = TEXTS.map(json.dumps) | TEXTS.map(lambda text: json.dumps(text, ensure_ascii=False))
    value = draw(st.sampled_from([dumped, dumped | LITERALS]))
    lines = []
    for _ in range(draw(st.integers(1, 6))):
        names = draw(st.permutations(keys)) if draw(st.integers(0, 9)) == 0 else keys
        lines.append("{" + comma.join(f"{json.dumps(name, ensure_ascii=False)}{colon}{draw(value)}" for name in names) + "}")
    end = draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
    return (end.join(lines) + draw(st.sampled_from(["", end]))).encode("utf-8", "surrogatepass")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The same with some bytes put in or taken out."""
    text = draw(documents())
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        put = draw(
            st.sampled_from([b"", b'"', b"\\", b"\n", b"\r", b"\0", b"\t", b" ", b",", b"{", b"}", b"\xff", b"\xef\xbb\xbf"])
        )
        text = text[:at] + put + text[at + draw(st.integers(0, 2)) :]
    return text


@given(text=damaged(), size=st.integers(1, 200))
@example(text=b'{"a":1 ,"b":2}\n{"a": ,"b":2}\n', size=200)
@example(text=b'{"a": 1}\n{"a": 1, "a": 2}\n', size=200)
@example(text=b'{"b": "x"}\n{"b": "' + b"\\" * 5 + b'"}\n{"b": "' + b"\\" * 6 + b'"}', size=200)
@tries(300)
def test_lines_read_together_are_what_they_are_one_by_one(text: bytes, size: int, tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_bytes(text)
    if not text.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
        assert together(path, size) == one_by_one(text)


def torture() -> Sequence[bytes]:
    return [path.read_bytes() for path in sorted(SHARED.glob("fixtures/json_test_suite/*.json"))]


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason="the exports of others are not here")
def test_the_json_test_suite_is_the_same_together_and_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    found = torture()
    assert len(found) > 200
    for form in (
        b'{"a": %b}',
        b'{"b": "x", "a": %b}',
        b'{"\xc3\xa9": %b, "a": "x"}',
        b'{"x": %b, "a": 1}',
        b'{"a": [%b], "b": 2}',
    ):
        text = b"\n".join(form % value for data in found for value in (b'"first"', data, b"1.10"))
        path.write_bytes(text)
        for size in (1, 80):  # a line alone, and with its neighbours
            assert together(path, size) == one_by_one(text)
