"""Tables of a kept count: that a few rows of a long one are the same however they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fullcount.engines.duckdb import DuckDb
from fullcount.kept import Remembered, beside, kept_rows, lay_beside, lay_open, shown_rows

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ("host_of", "clue_keys", "host_clues", "host_list", "host_names", "apart_list")


def kept(folder: Path, first: int) -> Path:
    """A count with 200 records, one a host, numbered from `first`."""
    folder.mkdir()
    for table in TABLES:
        pq.write_table(pa.table({"record": range(200), "host": range(first, first + 200)}), folder / f"{table}.parquet")
    return folder


@pytest.mark.parametrize("values", [[], [7], [3, 199, 3000], list(range(0, 200, 2))])
def test_few_rows_are_those_of_the_table(tmp_path: Path, values: list[int]) -> None:
    folder = kept(tmp_path / "one", 1000)
    engine = DuckDb([tmp_path])
    lay_open(engine, folder)
    found = shown_rows(engine, "host_of", "record", values, names=("host",))
    assert found == [{"host": row["host"]} for row in kept_rows(folder, "host_of", "record", values)]
    engine.close()


def test_another_count_stands_beside_the_one_that_is_laid_open(tmp_path: Path) -> None:
    one, other = kept(tmp_path / "aa11", 1000), kept(tmp_path / "bb22", 5000)
    engine = DuckDb([tmp_path])
    lay_open(engine, one)
    lay_beside(engine, other)
    assert beside(other) == "_bb22"
    assert shown_rows(engine, "host_of", "record", [7], names=("host",)) == [{"host": 1007}]
    assert shown_rows(engine, f"host_of{beside(other)}", "record", [7], names=("host",)) == [{"host": 5007}]
    engine.close()


def test_what_was_asked_once_is_not_asked_again(tmp_path: Path) -> None:
    engine = DuckDb([tmp_path])
    lay_open(engine, kept(tmp_path / "one", 1000))
    remembered = Remembered(engine)

    def ask(record: int) -> list[dict[str, Any]]:
        return shown_rows(remembered, "host_of", "record", [record], names=("host",))

    first = ask(7)
    assert ask(8) == [{"host": 1008}]
    engine.close()
    assert ask(7) == first == [{"host": 1007}]
