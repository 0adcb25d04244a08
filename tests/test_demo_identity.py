"""How well a count of the made-up department joins records: the measures on groupings made by hand, and their goals."""

from __future__ import annotations

import json
import random
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fullcount.cli import main
from fullcount.commands import demo
from fullcount.commands.count import packs_of, run_count
from fullcount.demo import organisation
from fullcount.demo.compare import Truth, compare, identity, measures, pairs, true_hosts
from fullcount.demo.machines import SETTINGS
from fullcount.errors import UsageError
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from fullcount.demo.machines import Organisation

PRECISION, RECALL, ERROR = 0.999, 0.985, 0.005
GOALS = [
    pytest.param(setting, seed, marks=[pytest.mark.slow] if seed != 17 else [])
    for setting in ("standard", "harder")
    for seed in (17, 5)
]


def labels(*values: int) -> Any:
    return np.array(values, np.int64)


@pytest.fixture(scope="module")
def made() -> Organisation:
    return organisation(120, setting="harder")


@pytest.fixture(scope="module")
def counted(made: Organisation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    into, _ = demo.straight(tmp_path_factory.mktemp("department"), made)
    return run_count(into, packs_of(into)).folder


def grouped(counted: Path, folder: Path, hosts: Any) -> Path:
    """The count with other hosts: `hosts` makes them of the records."""
    for name in ("live_sources", "looks"):
        (folder / f"{name}.parquet").write_bytes((counted / f"{name}.parquet").read_bytes())
    record = pq.read_table(counted / "host_of.parquet")["record"].to_numpy()
    host = hosts(record)
    pq.write_table(pa.table({"record": record, "host": host, "host_weak": record}), folder / "host_of.parquet")
    return folder


def test_pairs_are_those_that_counting_one_by_one_finds() -> None:
    rng = random.Random(1)
    for size in (0, 1, 2, 40):
        one, two, three = ([rng.randrange(4) for _ in range(size)] for _ in range(3))
        for columns in ([one], [one, two], [one, two, three]):
            rows = list(zip(*columns, strict=True))
            expected = sum(first == second for first, second in combinations(rows, 2))
            assert pairs(*(labels(*column) for column in columns)) == expected


def test_pairs_of_large_groups_are_counted_in_full() -> None:
    assert pairs(np.zeros(3_000_000, np.int64)) == 3_000_000 * 2_999_999 // 2


def test_measures_of_a_grouping_made_by_hand() -> None:
    # machine 0 is in two pieces; a record of machine 1 was joined to it, and the other one was missed
    true = Truth(machine=labels(0, 0, 0, 1, 1, 2), piece=labels(0, 0, 1, 2, 2, 3))
    assert measures(true, labels(5, 5, 5, 5, 6, 7)) == {
        "joined": 6,
        "rightly_joined": 3,
        "precision": 0.5,
        "connected": 2,
        "connected_joined": 1,
        "recall": 0.5,
        "true_pairs": 4,
        "recall_of_all": 0.75,
    }


def test_measures_where_there_is_no_pair() -> None:
    found = measures(Truth(machine=labels(0, 1), piece=labels(0, 1)), labels(0, 1))
    assert (found["joined"], found["precision"], found["recall"], found["recall_of_all"]) == (0, 1.0, 1.0, 1.0)


def test_a_piece_is_of_one_machine_and_a_printer_is_a_machine_of_its_own(made: Organisation) -> None:
    true = true_hosts(made)
    machines = len(made.systems) + len(made.gone)
    assert len(np.unique(np.stack(true, axis=1), axis=0)) == len(np.unique(true.piece)) > machines
    others = true.machine[true.machine >= machines]
    assert len(others) == len(np.unique(others)) > 0
    assert len(others) % 5 == 0


def test_all_in_one_host_and_all_apart_are_the_ends_of_the_measures(made: Organisation, counted: Path, tmp_path: Path) -> None:
    records = len(true_hosts(made).machine)
    for name in ("one", "apart"):
        (tmp_path / name).mkdir()
    one = identity(grouped(counted, tmp_path / "one", np.zeros_like), made)
    assert (one["joined"], one["recall"], one["recall_of_all"]) == (records * (records - 1) // 2, 1.0, 1.0)
    assert one["precision"] == one["true_pairs"] / one["joined"] < 0.1
    apart = identity(grouped(counted, tmp_path / "apart", lambda record: record), made)
    assert (apart["joined"], apart["recall"], apart["recall_of_all"]) == (0, 0.0, 0.0)
    assert apart["with_names"]["joined"] == 0


def test_records_of_another_department_are_refused(counted: Path) -> None:
    with pytest.raises(UsageError, match="the count holds"):
        identity(counted, organisation(119, setting="harder"))


@pytest.mark.parametrize(("setting", "seed"), GOALS)
def test_goals_are_met(setting: str, seed: int, tmp_path: Path) -> None:
    department = organisation(2000, seed, setting=setting)
    into, _ = demo.straight(tmp_path, department)
    done = run_count(into, packs_of(into))
    found = compare(done.folder, tmp_path / "truth.json", done.of())
    one = identity(done.folder, department)
    assert one["precision"] >= PRECISION
    assert one["recall"] >= RECALL
    assert one["connected"] > 3000
    assert one["recall_of_all"] < one["with_names"]["recall_of_all"] < 1
    assert found["systems"]["error"] <= ERROR or setting != "standard"
    assert found["wrongly_without"] == []


def test_the_command_says_how_records_were_joined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["demo", str(tmp_path / "department"), "--systems", "60", "--setting", "harder"]
    with pytest.raises(SystemExit, match="0"):
        main([*arguments, "--json"])
    one = json.loads(capsys.readouterr().out)["comparison"]["identity"]
    assert 0 < one["joined"] <= one["true_pairs"]
    with pytest.raises(SystemExit, match="0"):
        main(arguments)
    said = capsys.readouterr()
    assert f"setting harder: {SETTINGS['harder'].sentence}" in said.err
    assert f"joined: {one['joined']:,}, of which {one['rightly_joined']:,} are of one machine" in said.out
    assert f"clues connect: {one['connected']:,}, of which {one['connected_joined']:,} were joined" in said.out
    into = Workspace(tmp_path / "department")
    assert identity(run_count(into, packs_of(into)).folder, organisation(60, setting="harder")) == one
