"""The engine: tables that are kept are files in their order, and bounded memory is no reason to fail."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fullcount.console import Means, engine
from fullcount.engines.duckdb import DuckDb
from fullcount.errors import FullcountError
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMIT = "select value from duckdb_settings() where name = 'memory_limit'"
LONG = "select string_agg(concat(repeat('x', 1000), i), ',' order by i) as text from range(60000) as numbers (i)"
SORTED = "select i * 7919 % 1000003 as number, repeat('x', 100) as text from range(1000003) as numbers (i) order by number"


def test_a_kept_table_is_a_file_as_soon_as_it_is_made_and_later_statements_read_it(tmp_path: Path) -> None:
    engine = DuckDb([tmp_path])
    engine.keep(("given", "made"), tmp_path)
    engine.put("given", pa.table({"n": [3, 1, 2], "text": ["c", None, "b"]}))
    engine.make("made", "select n, text from given order by n -- in this order")
    engine.make("other", "select cast(sum(n) as bigint) as total from made")
    assert pq.read_table(tmp_path / "made.parquet").to_pylist() == [
        {"n": 1, "text": None},
        {"n": 2, "text": "b"},
        {"n": 3, "text": "c"},
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["given.parquet", "made.parquet"]
    assert engine.rows("select total from other") == [{"total": 6}]
    engine.put("given", pa.table({"n": [9], "text": ["z"]}))
    engine.make("made", "select n, text from given")
    assert engine.rows("select n, text from made") == [{"n": 9, "text": "z"}]


def test_nothing_is_drawn_on_stdout_where_duckdb_takes_the_python_for_an_interactive_one():
    shown = "select value from duckdb_settings() where name = 'enable_progress_bar'"
    program = f'from fullcount.engines.duckdb import DuckDb; print(DuckDb([]).rows("{shown}"))'
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[{'value': 'false'}]\n"


def test_a_kept_table_that_needs_more_than_the_limit_is_whole_and_in_order(tmp_path: Path) -> None:
    (tmp_path / "spill").mkdir()
    engine = DuckDb([tmp_path], memory="48MB", spill=tmp_path / "spill")
    engine.keep(("made",), tmp_path)
    engine.make("made", SORTED)
    numbers = pq.read_table(tmp_path / "made.parquet")["number"].to_pylist()
    assert numbers == list(range(1000003))


def test_what_cannot_be_done_within_the_limit_is_done_with_what_the_machine_has(tmp_path: Path) -> None:
    (tmp_path / "spill").mkdir()
    told: list[str] = []
    engine = DuckDb([tmp_path], memory="48MB", spill=tmp_path / "spill", told=told.append)
    before = engine.rows(LIMIT)
    engine.make("made", f"select length(made.text) as long from ({LONG}) as made")
    assert told == ["one step does not fit into 48MB, and takes what it needs"]
    assert engine.rows("select long from made") == [{"long": 60_348_889}]
    assert engine.rows(f"select length(made.text) as long from ({LONG}) as made") == [{"long": 60_348_889}]
    assert engine.rows(LIMIT) == before, "one greedy statement does not free the next ones"
    with pytest.raises(FullcountError, match="cannot go on"):
        engine.make("made", f"select * from read_parquet('{tmp_path / 'none.parquet'}')")


# `count` and `answers` ask such things all the time: which findings are not answered, not exempted, not undone
SUMMED = """
select count(*) as n
from (
    select
        found.host,
        sum(case when found.counts then 1 else 0 end) as number
    from found
    left join excused on found.host = excused.host and not excused.is_over
    group by found.host
) as summed
where summed.number > 0
"""


@pytest.mark.parametrize("excused", [[], [(1, False)], [(1, True)]])
def test_a_sum_over_a_left_join_to_nothing_is_no_wrong_zero(tmp_path: Path, excused: list[tuple[int, bool]]) -> None:
    engine = DuckDb([tmp_path])
    engine.put("found", pa.table({"host": pa.array(range(5), pa.int64()), "counts": [True] * 5}))
    hosts, over = [host for host, _ in excused], [is_over for _, is_over in excused]
    engine.put("excused", pa.table({"host": pa.array(hosts, pa.int64()), "is_over": pa.array(over, pa.bool_())}))
    assert engine.rows(SUMMED) == [{"n": 5}]
    engine.close()


def test_without_pyspark_the_engine_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)  # as where it is not installed
    with pytest.raises(FullcountError, match="needs PySpark") as raised, engine(Workspace.create(tmp_path), Means(kind="spark")):
        pytest.fail("there is no such engine")
    assert raised.value.exit_code == 3
    assert raised.value.hint == 'pip install "fullcount[spark]", and Java 17 or newer'


@pytest.mark.parametrize("kept", [(), ("made",)])
def test_a_table_comes_in_the_order_in_which_it_was_written(tmp_path: Path, kept: tuple[str, ...]) -> None:
    engine = DuckDb([tmp_path])
    engine.keep(kept, tmp_path)
    engine.make("made", SORTED)
    numbers = [number for batch in engine.written("made", ["number"]) for number in batch["number"].to_pylist()]
    assert numbers == list(range(1000003))


def _numbers(gate: threading.Event | None = None, *, broken: bool = False) -> pa.RecordBatchReader:
    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(3):
            if gate:
                assert gate.wait(60)
            if broken and number:
                raise OSError(28, "No space left on device")
            yield pa.record_batch({"n": [number]})

    return pa.RecordBatchReader.from_batches(pa.schema({"n": pa.int64()}), batches())


def test_what_is_put_aside_is_written_while_others_are_made(tmp_path: Path) -> None:
    engine, gate = DuckDb([tmp_path]), threading.Event()
    engine.keep(("aside", "made"), tmp_path)
    engine.put_aside("aside", _numbers(gate))
    engine.make("made", "select 7 as n")
    assert engine.rows("select n from made") == [{"n": 7}]
    gate.set()
    engine.settle()
    assert engine.rows("select n from aside order by n") == [{"n": 0}, {"n": 1}, {"n": 2}]
    engine.settle()  # nothing is left


def test_what_is_not_kept_is_put_at_once(tmp_path: Path) -> None:
    engine = DuckDb([tmp_path])
    engine.put_aside("aside", _numbers())
    assert len(engine.rows("select n from aside")) == 3


def test_what_goes_wrong_aside_is_said_when_it_is_waited_for(tmp_path: Path) -> None:
    engine = DuckDb([tmp_path])
    engine.keep(("aside",), tmp_path)
    engine.put_aside("aside", _numbers(broken=True))
    with pytest.raises(FullcountError, match="No space left"):
        engine.settle()
    engine.settle()  # it is said once
