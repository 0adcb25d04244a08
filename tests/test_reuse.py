"""Reuse: what an earlier count made of the same stands for it, and nothing else does."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot
from sqlglot import exp
from tests.months import CLEAN, FOUND, HEAD, Said, save

from fullcount.engine import Mount, tables_in
from fullcount.engines.duckdb import DuckDb
from fullcount.reuse import MADE_OF, Reusing
from fullcount.tables import READING, arrow_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from fullcount.engine import Engine

# -- a step at a time ------------------------------------------------------------------------------------------------------


class Watched(DuckDb):
    """An engine that remembers what it made."""

    made: list[str]

    def make(self, table: str, query: str) -> None:
        if "put_in" not in query:  # rows from memory
            self.made.append(table)
        super().make(table, query)


def count(base: Path, name: str, steps: Callable[[Engine], object], *earlier: str, version: str = "1") -> list[str]:
    """Make a count of these steps; returns the statements that were run for it."""
    folder = base / name
    folder.mkdir()
    engine = Watched([base])
    engine.made = []
    reusing = Reusing(engine, [base / one for one in earlier], version=version)
    reusing.keep(("doubled", "summed", "apart"), folder)
    steps(reusing)
    reusing.say()
    engine.close()
    return engine.made


def rows(base: Path, name: str, table: str) -> list[dict[str, Any]]:
    return list(pq.read_table(base / name / f"{table}.parquet").to_pylist())


def steps(given: Sequence[int], *, least: int = 0, ask: bool = False) -> Callable[[Engine], None]:
    def run(engine: Engine) -> None:
        engine.put("given", pa.table({"n": list(given)}))
        engine.put("limits", pa.table({"least": [least]}))
        engine.make("twice", "select given.n * 2 as n from given")
        engine.make("doubled", "select twice.n from twice")
        engine.make("between", "select doubled.n from doubled cross join limits where doubled.n >= limits.least")
        engine.make("summed", "select cast(sum(between.n) as bigint) as n from between")
        if ask:
            assert engine.rows("select twice.n from twice order by twice.n")[0] == {"n": 2 * min(given)}

    return run


def test_a_table_is_made_once_of_the_same_and_what_is_not_kept_only_where_it_is_read(tmp_path: Path) -> None:
    assert count(tmp_path, "a", steps([1, 2])) == ["twice", "doubled", "between", "summed"]
    assert count(tmp_path, "b", steps([1, 2]), "a") == []
    assert (tmp_path / "b" / "summed.parquet").samefile(tmp_path / "a" / "summed.parquet")
    assert count(tmp_path, "c", steps([1, 2], least=3), "b", "a") == ["between", "summed"]
    assert (rows(tmp_path, "a", "summed"), rows(tmp_path, "c", "summed")) == ([{"n": 6}], [{"n": 4}])
    assert count(tmp_path, "d", steps([1, 2], ask=True), "c") == ["between", "summed", "twice"]
    assert count(tmp_path, "e", steps([1, 3]), "c", "a") == ["twice", "doubled", "between", "summed"]
    assert rows(tmp_path, "e", "summed") == [{"n": 8}]
    assert json.loads((tmp_path / "b" / MADE_OF).read_text()) == json.loads((tmp_path / "a" / MADE_OF).read_text())


def test_another_version_of_counting_takes_nothing_over(tmp_path: Path) -> None:
    count(tmp_path, "a", steps([1]))
    assert count(tmp_path, "b", steps([1]), "a", version="2") == ["twice", "doubled", "between", "summed"]


@pytest.mark.parametrize("harm", ["other bytes", "gone", "no list", "no list of ours", "garbled"])
def test_what_is_no_longer_what_was_written_is_made_anew(tmp_path: Path, harm: str) -> None:
    count(tmp_path, "a", steps([1, 2]))
    file, said = tmp_path / "a" / "summed.parquet", tmp_path / "a" / MADE_OF
    match harm:
        case "other bytes":
            pq.write_table(pa.table({"n": [0]}), file)
        case "gone":
            file.unlink()
        case "no list":
            said.unlink()
        case "no list of ours":
            said.write_text('{"summed": "x"}')
        case _:
            said.write_bytes(b"\xff{")
    assert "summed" in count(tmp_path, "b", steps([1, 2]), "a")
    assert rows(tmp_path, "b", "summed") == [{"n": 6}]


def test_a_table_that_is_replaced_leaves_the_earlier_count_and_what_was_to_read_it_as_they_were(tmp_path: Path) -> None:
    def first(engine: Engine) -> None:
        engine.put("given", pa.table({"n": [1]}))
        engine.make("doubled", "select given.n * 2 as n from given")
        engine.make("waiting", "select doubled.n + 100 as n from doubled")

    def second(engine: Engine) -> None:
        first(engine)
        engine.put("doubled", pa.table({"n": [7]}))
        engine.make("summed", "select waiting.n + doubled.n as n from waiting cross join doubled")

    count(tmp_path, "a", first)
    assert count(tmp_path, "b", second, "a") == ["waiting", "summed"]
    assert [rows(tmp_path, name, "doubled") for name in ("a", "b")] == [[{"n": 2}], [{"n": 7}]]
    assert rows(tmp_path, "b", "summed") == [{"n": 109}]
    assert count(tmp_path, "c", second, "b") == ["doubled", "waiting"], "the table of before it was replaced is not kept"
    assert rows(tmp_path, "c", "doubled") == [{"n": 7}]


def test_steps_in_python_are_taken_over_by_what_they_read_and_were_told(tmp_path: Path) -> None:
    ran: list[str] = []

    def of(said: str) -> Callable[[Engine], None]:
        def run(engine: Engine) -> None:
            def work() -> None:
                ran.append(said)
                (row,) = engine.rows("select cast(sum(twice.n) as bigint) as n from twice")
                numbers = pa.table({"n": [row["n"]]})
                engine.put("summed", pa.RecordBatchReader.from_batches(numbers.schema, numbers.to_batches()))
                engine.put("apart", numbers)

            engine.put("given", pa.table({"n": [1, 2]}))
            engine.make("twice", "select given.n * 2 as n from given")
            engine.derive(("summed", "apart"), reads=("twice",), said=said, work=work)

        return run

    count(tmp_path, "a", of("so"))
    count(tmp_path, "b", of("so"), "a")
    count(tmp_path, "c", of("otherwise"), "b", "a")
    assert ran == ["so", "otherwise"]
    assert [rows(tmp_path, name, "summed") for name in "abc"] == [[{"n": 6}]] * 3


def test_rows_are_told_apart_by_what_they_hold_and_not_by_how_they_lie(tmp_path: Path) -> None:
    whole = pa.table({"n": [0, 1, 2, 3]})
    apart = pa.concat_tables([whole.slice(1, 1), whole.slice(2, 1)])

    def of(data: pa.Table) -> Callable[[Engine], None]:
        def run(engine: Engine) -> None:
            engine.put("given", data)
            engine.make("summed", "select given.n from given")

        return run

    count(tmp_path, "a", of(pa.table({"n": [1, 2]})))
    assert count(tmp_path, "b", of(apart), "a") == []
    assert count(tmp_path, "c", of(pa.table({"n": [2, 1]})), "a") == ["summed"]


def test_a_reading_that_is_added_makes_all_that_reads_anew(tmp_path: Path) -> None:
    def reading(name: str) -> Mount:
        folder = tmp_path / name
        folder.mkdir()
        for table, columns in READING.items():
            pq.write_table(arrow_schema(columns).empty_table(), folder / f"{table}.parquet")
        return Mount(folder=folder, source=0, record=0, title=0, detail=0)

    one, two = reading("1"), reading("2")

    def of(*mounts: Mount) -> Callable[[Engine], None]:
        def run(engine: Engine) -> None:
            engine.mount(mounts)
            engine.make("summed", "select records.record from records")

        return run

    count(tmp_path, "a", of(one))
    assert count(tmp_path, "b", of(one), "a") == []
    assert count(tmp_path, "c", of(one, two), "a") == ["summed"]


def test_every_table_that_a_statement_reads_is_seen() -> None:
    from tests.test_house import STATEMENTS

    for path in STATEMENTS:
        text = path.read_text("utf-8")
        read = {table.name for table in sqlglot.parse_one(text, read="duckdb").find_all(exp.Table)}
        assert read <= tables_in(text), path.stem


# -- whole counts ----------------------------------------------------------------------------------------------------------

TOML = 'directives = ["us-dhs-bod-17-01"]\n'
HOSTS = ("ONE", "TWO", "THREE")


def decide(into: Path) -> None:
    said = Said("decide", "Kaspersky-like Cleaner", "is", "--product", "password-manager", "--why", "r", "--by", "A", "-w", into)
    assert said.code == 0, said.output


def link(into: Path) -> None:
    said = Said("hosts", "link", "serial=5CG710ONE", "serial=5CG710TWO", "--why", "one machine", "--by", "A", "-w", into)
    assert said.code == 0, said.output


def read_more(into: Path, base: Path) -> None:
    save(base, "later/2017-10-01/programs.csv", HEAD + f"PC-TWO,5CG710TWO,{CLEAN}\nPC-FOUR,5CG710FOUR,{FOUND}\n")
    assert Said("read", base / "later", "-w", into, "-q").code == 0


def drop(into: Path) -> None:
    said = Said("drop", "2017-10-01/programs.csv", "-w", into, "--why", "r")
    assert said.code == 0, said.output


STEPS: tuple[tuple[str, Callable[[Path, Path], None]], ...] = (
    ("the same again, as of another day", lambda into, _: save(into, "fullcount.toml", TOML + "fresh_days = 20\n")),
    (
        "a component by rule",
        lambda into, _: save(
            into, "fullcount.toml", TOML + '[[component]]\nname = "Help desk"\nprefix = ["PC-T"]\nexpected = 9\n'
        ),
    ),
    ("a title is decided", lambda into, _: decide(into)),
    ("machines are linked", lambda into, _: link(into)),
    ("an export more", read_more),
    ("one less", lambda into, _: drop(into)),
)


def tables(folder: Path) -> dict[str, list[str]]:
    """The rows of every table, in an order of their own where the table has none."""
    files = sorted(folder.glob("*.parquet"))
    return {file.stem: sorted(map(repr, pq.read_table(file).to_pylist())) for file in files}


def test_a_count_is_the_same_whatever_was_counted_before(tmp_path: Path) -> None:
    into, base = tmp_path / "workspace", tmp_path / "exports"
    lines = [f"PC-{one},5CG710{one},{FOUND if one == 'ONE' else CLEAN}\n" for one in HOSTS]
    save(base, "first/2017-09-20/programs.csv", HEAD + "".join(lines) + "PC-ONE,5CG710ONE,Kaspersky-like Cleaner,1,Nobody\n")
    save(base, "first/2017-09-20/machines.csv", "Host,Serial\nPC-ONE,5CG710ONE\nPC-LISTED,5CG710LISTED\n")
    save(into, "fullcount.toml", TOML)
    assert Said("count", base / "first", "-w", into, "-q").code == 0
    taken_over = []
    for what, step in STEPS:
        step(into, base)
        name = Said("count", "-w", into, "--json").document()["accounts"][0]["count"]
        again = tmp_path / "again"
        shutil.copytree(into, again)
        shutil.rmtree(again / "counts")
        assert Said("count", "-w", again, "-q").code == 0
        assert tables(into / "counts" / name) == tables(again / "counts" / name), what
        assert (into / "counts" / name / "accounts.json").read_text() == (again / "counts" / name / "accounts.json").read_text()
        taken_over.append((into / "counts" / name / "looks.parquet").stat().st_nlink > 1)
        shutil.rmtree(again)
    assert taken_over[2], "a decision about a title changes no look"
