"""Tables in JSON, Parquet and databases. Hostile input is normal input. Workbooks: `test_sheet_xlsx`."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from tests.tries import tries

from fullcount.errors import FullcountError, UnreadableError
from fullcount.reader import Peek
from fullcount.sheet import KINDS, Sheet, blocks, open_sheets

if TYPE_CHECKING:
    from fullcount.model import Reject

SHARED = Path(__file__).resolve().parents[1] / "../shared"
real = pytest.mark.skipif(not SHARED.is_dir(), reason="the exports of others are not here")
Rows = list[tuple[int, tuple[str | None, ...]]]


def read(path: Path, sheet: Sheet, *wanted: str) -> tuple[Rows, list[Reject]]:
    rows: Rows = []
    rejects: list[Reject] = []
    for block in blocks(path, sheet, wanted or tuple(dict.fromkeys(sheet.columns))):
        rows += zip(block.places.tolist(), zip(*(c.to_pylist() for c in block.columns.values()), strict=True), strict=True)
        rejects += block.rejects
    if sheet.pieces >= 0:
        assert sheet.pieces == len(rows) + len(rejects)
    return rows, rejects


def the_sheet(path: Path) -> Sheet:
    (sheet,) = open_sheets(Peek.at(path))
    return sheet


def read_all(path: Path) -> None:
    """Read whatever tables a file may hold; only an error of ours may come of it."""
    with suppress(FullcountError):
        for sheet in open_sheets(Peek.at(path)):
            read(path, sheet)


# --- JSON


def lines(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "export.json"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_json_lines_stand_as_written(tmp_path: Path) -> None:
    path = lines(
        tmp_path,
        '{"name": " a ", "v": 1.10, "n": 12345678901234567890123}\r\n\n'
        '{"name": null, "v": true, "x": {"k": [1, "é"]}}\nno json\n[1]\n{"name": "\\ud800b", "v": -1e400}\n',
    )
    sheet = the_sheet(path)
    assert (sheet.kind, sheet.columns) == ("jsonl", ("name", "v", "n", "x"))
    rows, rejects = read(path, sheet)
    assert rows == [
        (1, ("a", "1.10", "12345678901234567890123", None)),
        (3, (None, "true", None, '{"k":[1,"é"]}')),
        (6, ("\\ud800b", "-1e400", None, None)),
    ]
    assert [(reject.place, reject.raw, reject.reason) for reject in rejects] == [
        (4, b"no json", "is no JSON"),
        (5, b"[1]", "is no JSON object"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    path = lines(tmp_path, '{"name": "Größe"}\n{"name": x}\n'.encode(encoding))
    rows, (reject,) = read(path, the_sheet(path))
    assert rows == [(1, ("Größe",))]
    assert reject.raw == '{"name": x}'.encode({"utf-16": "utf-16-le"}.get(encoding, "utf-8"))


def test_an_array_is_read_element_by_element(tmp_path: Path) -> None:
    path = lines(tmp_path, ' [ {"a": 1.50},\n {"a": "x", "b": []}, 7, {"a": 2} ] ')
    rows, rejects = read(path, the_sheet(path))
    assert rows == [(1, ("1.50", None)), (2, ("x", "[]")), (4, ("2", None))]
    assert [(reject.place, reject.raw) for reject in rejects] == [(3, b"7")]


@pytest.mark.parametrize(
    ("text", "rest"),
    [('[{"a": 1}, {"a":', b'{"a":'), ('[{"a": 1}', b""), ('[{"a": 1}] x', b"x"), ('[{"a": 1},,{"a": 2}]', b',{"a": 2}]')],
)
def test_what_is_left_of_a_broken_array_is_a_reject(text: str, rest: bytes, tmp_path: Path) -> None:
    path = lines(tmp_path, text)
    rows, rejects = read(path, the_sheet(path))
    assert rows == [(1, ("1",))]
    assert [(reject.place, reject.raw, reject.reason) for reject in rejects] == [(2, rest, "is no JSON")]


@pytest.mark.parametrize("depth", [200, 900, 1020, 5000])
def test_deep_json_is_a_value_or_a_reject(depth: int, tmp_path: Path) -> None:
    deep = '{"a": ' + "[" * depth + "1.5" + "]" * depth + ', "b": 1.5}'
    for text in ('{"a": 1, "b": 2}\n' + deep, f'[{{"a": 1, "b": 2}}, {deep}]'):
        path = lines(tmp_path, text)
        rows, rejects = read(path, the_sheet(path))
        assert len(rows) + len(rejects) == 2
        assert len(rejects) == (depth > 250)


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(found=st.lists(st.dictionaries(st.sampled_from(["a", "b", "c"]), DOCUMENTS, min_size=1), min_size=1, max_size=6))
@tries(300)
def test_json_objects_are_read_back(found: list[dict[str, Any]], tmp_path: Path) -> None:
    for text in (json.dumps(found), "\n".join(map(json.dumps, found))):
        path = lines(tmp_path, text)
        sheet = the_sheet(path)
        assert sheet.columns == tuple(dict.fromkeys(name for item in found for name in item))
        rows, rejects = read(path, sheet)
        assert len(rows) + len(rejects) == len(found)
        for place, values in rows:
            for name, value in zip(sheet.columns, values, strict=True):
                expected = found[place - 1].get(name)
                if isinstance(expected, str):
                    assert value == (expected.strip() or None)
                elif expected is None:
                    assert value is None
                elif not isinstance(expected, dict | list):
                    assert value == json.dumps(expected)


@pytest.mark.real
@real
def test_the_json_test_suite_never_ends_in_a_traceback(tmp_path: Path) -> None:
    found = list(SHARED.glob("fixtures/json_test_suite/*.json"))
    assert len(found) > 200
    for path in found:
        read_all(path)
        data = path.read_bytes()
        for text in (b'{"a": 1}\n{"a": ' + data + b"}\n", b'[{"a": 1}, {"a": ' + data + b"}]"):
            together = lines(tmp_path, text)
            rows, rejects = read(together, the_sheet(together))
            assert rows[0] == (1, ("1",))
            if path.name.startswith("y_") and b"\n" not in data:
                assert len(rows) + len(rejects) == 2


# --- Parquet


def test_parquet_columns_are_text(tmp_path: Path) -> None:
    path = tmp_path / "export.parquet"
    table = pa.table(
        {
            "name": pa.array(["a", " ", None]).dictionary_encode(),
            "n": pa.array([1, None, 3], pa.int64()),
            "price": pa.array([Decimal("1.10"), Decimal("2.00"), None]),
            "on": pa.array([dt.date(2017, 9, 13), None, None]),
            "list": pa.array([["x", "é"], [], None]),
            "raw": pa.array([b"text", b"\xff", None]),
        }
    )
    parquet.write_table(table, path)
    sheet = the_sheet(path)
    assert (sheet.kind, sheet.columns) == ("parquet", tuple(table.column_names))
    rows, rejects = read(path, sheet)
    assert rows == [(1, ("a", "1", "1.10", "2017-09-13", '["x","é"]', "text")), (3, (None, "3", None, None, None, None))]
    assert [(reject.place, reject.raw) for reject in rejects] == [(2, b"\xff")]
    assert read(path, sheet, "n")[0] == [(1, ("1",)), (2, (None,)), (3, ("3",))]


def test_a_damaged_parquet_file_is_rows_or_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "export.parquet"
    parquet.write_table(pa.table({"name": [f"n{row}" for row in range(2000)], "n": list(range(2000))}), path)
    data = path.read_bytes()
    for turn in range(120):
        changed = bytearray(data[: len(data) - (turn % 2) * turn * 40])
        changed[turn * 7919 % len(changed)] ^= 1 << turn % 8
        path.write_bytes(changed)
        read_all(path)
    path.write_bytes(data[:-4])
    with pytest.raises(UnreadableError, match="damaged Parquet file"):
        open_sheets(Peek.at(path))


# --- SQLite


def database(tmp_path: Path, *statements: str) -> Path:
    path = tmp_path / "export 100%.db"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def test_plain_tables_are_read_and_nothing_in_the_file_runs(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        'create table "a ""b c" (name text, n, doubled as (n * 2))',
        """insert into "a ""b c" values ('x', 1), (' ', 2.5), (x'ff', null), (null, 'é')""",
        "create table keyed (k text primary key, v) without rowid",
        "insert into keyed values ('b', 1), ('a', 2)",
        "create view everything as select * from keyed",
        "create virtual table found using fts5(text)",
    )
    sheets = {sheet.name: sheet for sheet in open_sheets(Peek.at(path))}
    assert {'a "b c', "keyed"} <= sheets.keys()
    assert not {"everything", "found"} & sheets.keys()
    assert sheets['a "b c'].columns == ("name", "n")
    rows, rejects = read(path, sheets['a "b c'])
    assert rows == [(1, ("x", "1")), (2, (None, "2.5")), (4, (None, "é"))]
    assert [(reject.place, reject.raw) for reject in rejects] == [(3, b"\xff")]
    assert read(path, sheets["keyed"], "v")[0] == [(1, ("2",)), (2, ("1",))]


def test_a_database_damaged_midway_gives_the_rows_before_and_a_reject(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        "create table programs (name text, version text)",
        "with recursive c(x) as (select 1 union all select x + 1 from c where x < 5000) "
        "insert into programs select 'Program ' || x, '1.' || x from c",
    )
    data = bytearray(path.read_bytes())
    half = len(data) // 2 // 4096 * 4096
    data[half : half + 4096] = b"\xaa" * 4096
    path.write_bytes(data)
    sheet = the_sheet(path)
    rows, rejects = read(path, sheet)
    assert rows[:1] == [(1, ("Program 1", "1.1"))]
    assert 1000 < len(rows) < 5000
    assert len(rejects) == 1
    assert sheet.pieces == -1
    assert any("is damaged" in note for note in sheet.notes)


def test_pages_that_point_in_circles_come_to_an_end(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        "pragma page_size = 512",
        "create table t (a, b)",
        "with recursive c(x) as (select 1 union all select x + 1 from c where x < 3000) insert into t select x, x from c",
    )
    data = bytearray(path.read_bytes())
    interior = [at for at in range(512, len(data), 512) if data[at] == 5]
    leaf = next(at // 512 + 1 for at in range(512, len(data), 512) if data[at] == 13)
    for at in interior[1:]:
        for cell in range(int.from_bytes(data[at + 3 : at + 5], "big")):
            pointer = int.from_bytes(data[at + 12 + 2 * cell : at + 14 + 2 * cell], "big")
            data[at + pointer : at + pointer + 4] = leaf.to_bytes(4, "big")
    path.write_bytes(data)
    sheet = the_sheet(path)
    read(path, sheet)
    assert sheet.pieces == -1


def test_a_log_beside_the_database_is_said(tmp_path: Path) -> None:
    path = database(tmp_path, "create table t (a, b)")
    Path(f"{path}-wal").write_bytes(b"x")
    assert the_sheet(path).notes == ["`export 100%.db-wal` lies beside it: what only that log holds is not read"]


def test_a_damaged_database_is_rows_or_an_error_of_ours(tmp_path: Path) -> None:
    path = database(tmp_path, "create table t (a, b)", "insert into t values ('x', 'y'), (1, 2)")
    data = path.read_bytes()
    for turn in range(200):
        changed = bytearray(data[: len(data) - (turn % 2) * turn * 20])
        changed[turn * 7 % min(len(changed), 400)] ^= 1 << turn % 8
        path.write_bytes(changed)
        read_all(path)


@pytest.mark.real
@real
def test_real_databases_and_json_lose_nothing() -> None:
    found = [path for path in SHARED.glob("samples/*/*") if path.suffix in {".sqlite", ".db", ".json", ".xlsx", ".parquet"}]
    assert len(found) > 80
    kinds = set()
    for path in found:
        for sheet in open_sheets(Peek.at(path)):
            kinds.add(sheet.kind)
            read(path, sheet)
    assert kinds <= KINDS.keys()
    assert {"sqlite", "jsonl"} <= kinds
