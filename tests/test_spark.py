"""Spark: whatever DuckDB counts, it counts alike: every case of the casebook, and the errors that a person meets.

All of it runs in one session on this machine; `test_spark_cluster.py` has a master and two workers.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.alike import assert_alike
from tests.test_casebook import CASEBOOK, CASES, counted, run
from tests.test_casebook import asked as told_by

from fullcount import connected
from fullcount.errors import FullcountError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession
    from tests.test_casebook import Case

    from fullcount.engines.spark import Spark

pytest.importorskip("pyspark", reason="no PySpark here: `make test-all` installs it")
if not shutil.which("java"):
    pytest.skip("no Java here", allow_module_level=True)
pytestmark = [pytest.mark.slow, pytest.mark.spark]

# What runs once is hardly compiled, and one thread of everything is enough: a count then takes half as long.
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
WHOLE = {"small": 0, "edges": 0}  # as a large count is done: in files, and joined by rounds


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    """One for all tests: to begin takes longer than most counts."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.extraJavaOptions": JAVA,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.sql.ui.explainMode": "simple",
    }
    made = SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
    yield made
    made.stop()


def engine(folder: Path, *, small: int = 100_000, edges: int = 10_000) -> Spark:
    from fullcount.engines.spark import Spark

    folder.mkdir(exist_ok=True)
    return Spark(spill=folder, small=small, edges=edges)


def counted_alike(case: Case, folder: Path, **sizes: int) -> None:
    """Count a case by DuckDB, and its workspace again by Spark."""
    workspace, _ = counted(case, folder)
    [first] = workspace.counts.iterdir()
    aside = first.rename(folder / "aside")
    with workspace.spilling() as spill:
        made = engine(spill, **sizes)
        try:
            found = run(case, workspace, made)
        finally:
            made.close()
    assert found.folder.name == first.name, "a count's id does not depend on its engine"
    assert_alike(aside, found.folder)


@pytest.mark.parametrize("file", sorted(path.stem for path in CASEBOOK.glob("*.md")))
def test_every_case_is_counted_alike(session, tmp_path, file):
    for turn, case in enumerate(case for case in CASES if case.file == file):
        counted_alike(case, tmp_path / str(turn))


def test_a_case_is_counted_alike_in_files_and_by_rounds(session, tmp_path):
    counted_alike(CASES[0], tmp_path, **WHOLE)


# -- the parts of the engine ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [{}, WHOLE], ids=["in one piece", "in files"])
def test_a_kept_table_is_one_file_in_the_order_of_its_query(session, tmp_path, sizes):
    made = engine(tmp_path / "spill", **sizes)
    made.mount([])
    made.session.conf.set("spark.sql.shuffle.partitions", "3")
    made.keep(("given", "made"), tmp_path)
    made.put("given", pa.table({"n": [3, 1, 2], "text": pa.array(["c", None, "b"]).dictionary_encode()}))
    made.make("made", "select n, text from given order by text desc, n")
    made.make("other", "select cast(sum(n) as bigint) as total from made")
    assert pq.read_table(tmp_path / "made.parquet").to_pylist() == [
        {"n": 3, "text": "c"},
        {"n": 2, "text": "b"},
        {"n": 1, "text": None},
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["given.parquet", "made.parquet", "spill"]
    assert made.rows("select total from other") == [{"total": 6}]
    made.close()


def test_rows_behind_an_empty_piece_are_rows(session, tmp_path):
    made = engine(tmp_path)
    made.mount([])
    pieces = [pa.table({"number": pa.array(numbers, pa.int64())}) for numbers in ([1], [], [2])]
    made.put("some", pa.concat_tables(pieces))
    assert made.rows("select number from some order by number") == [{"number": 1}, {"number": 2}]
    made.close()


def test_batches_keep_their_order_and_leave_nothing_behind(session, tmp_path):
    made = engine(tmp_path, **WHOLE)
    made.mount([])
    made.session.conf.set("spark.sql.shuffle.partitions", "4")
    before = set(tmp_path.iterdir())
    made.put("numbers", pa.table({"n": list(range(300_000, 0, -1))}))
    before = set(tmp_path.iterdir())
    found = [batch["n"].to_pylist() for batch in made.batches("select n from numbers where n > $least order by n", {"least": 9})]
    assert len(found) > 1
    assert [number for some in found for number in some] == list(range(10, 300_001))
    assert set(tmp_path.iterdir()) == before
    made.close()


def test_rounds_find_what_the_arrays_find(session, tmp_path):
    pairs = random.Random(3)
    ends = [[pairs.randrange(400) for _ in range(300)] for _ in range(2)]
    graph = pa.table({"one": pa.array(ends[0], pa.int32()), "other": pa.array(ends[1], pa.int32())})
    made = engine(tmp_path, **WHOLE)
    assert made.smallest(graph).equals(connected.smallest(graph))
    made.close()


def test_kept_tables_are_shown_searched_and_held(session, tmp_path):
    pq.write_table(pa.table({"n": [7, 8], "name": ["Ab", None], "of": ["X", "y"]}), tmp_path / "hosts.parquet")
    made = engine(tmp_path / "spill")
    made.show(["hosts"], tmp_path, behind="_before")
    made.hold("hosts_before")
    assert made.ask("select n from hosts_before where name = $name", {"name": "Ab"}).to_pylist() == [{"n": 7}]
    made.search("hosts", tmp_path, words=("name", "of"))
    assert made.rows("select turn, searched from hosts order by turn") == [
        {"turn": 0, "searched": "ab x"},
        {"turn": 1, "searched": "y"},
    ]
    made.close()


def test_a_session_that_was_there_goes_on_with_its_own_names_and_settings(session, tmp_path):
    made = engine(tmp_path)
    made.mount([])
    made.close()
    assert session.range(3).count() == 3
    assert not session.catalog.tableExists("records")
    assert session.conf.get("spark.sql.shuffle.partitions") == "200"


def test_a_path_that_spark_would_take_for_a_pattern_is_refused(session, tmp_path):
    with pytest.raises(FullcountError, match=r"takes `\[` in a path for a pattern"):
        engine(tmp_path / "year [2017")


# -- what a person meets -------------------------------------------------------------------------------------------------

MAIN = "from fullcount.cli import main; main()"


def asked(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, which has no session."""
    return subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False)


def test_without_java_it_says_what_is_missing(tmp_path):
    workspace, _ = counted(CASES[0], tmp_path)
    shutil.rmtree(workspace.counts)
    words = ["count", "--directive", CASES[0].of("account")[0].words[0], "--engine", "spark"]
    done = asked(workspace.folder, sys.executable, "-c", MAIN, *words, PATH="", JAVA_HOME=str(tmp_path / "none"))
    assert done.returncode == 3
    assert done.stderr.splitlines()[-2:] == [
        "fullcount: the engine spark needs Java, and there is none",
        "  hint: install Java 17 or newer, or let JAVA_HOME name where it is",
    ]


def test_spark_submit_says_which_master(tmp_path):
    """Its settings hold: the name is its own, and it keeps a log of events, which fullcount never asks for."""
    import pyspark

    workspace, accounts = counted(CASES[0], tmp_path)
    words = ["count", "--json", "--directive", *accounts]
    first = json.loads(told_by(workspace, words))
    shutil.rmtree(workspace.counts)
    (tmp_path / "started.py").write_text(MAIN, "utf-8")
    home = Path(pyspark.__file__).parent
    submit = [str(home / "bin" / "spark-submit"), "--master", "local[1]", "--name", "of the agency"]
    log = tmp_path / "log"
    log.mkdir()
    settings = ("spark.eventLog.enabled=true", "spark.eventLog.compress=false", f"spark.eventLog.dir=file://{log}")
    told = [word for setting in settings for word in ("--conf", setting)]
    java = {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    done = asked(workspace.folder, *submit, *told, str(tmp_path / "started.py"), *words, "--engine", "spark", **java)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == first
    events = max((path for path in log.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    assert "of the agency" in events.read_text("utf-8", "replace")
