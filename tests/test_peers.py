"""Side by side: what the peers answer on the made-up department as CSV, how wrong it is, and what measures them."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


class Made(NamedTuple):
    folder: Path
    truth: Any


@pytest.fixture(scope="module")
def side() -> Iterator[Any]:
    """`benchmarks/side_by_side.py`, which finds its modules beside it, as when it is run."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(BENCHMARKS))
        import side_by_side

        yield side_by_side


@pytest.fixture(scope="module")
def made(side: Any, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("peers")
    return Made(folder, side.exports.write(folder, 200))


def test_every_peer_that_is_here_answers_and_its_errors_add_up(side, made):
    there = [peer for peer in side.PEERS if peer.version(sys.executable) and peer.key != "spark"]  # it takes half a minute
    assert {"sqlite", "duckdb", "duckdb-newest"} <= {peer.key for peer in there}
    for peer in there:
        into = made.folder / f"names-{peer.key}"
        peer.answer(made.folder / "exports", into, side.ONE)
        one = side.judge(side.hosts(into), made.truth)
        assert one.says == one.right + one.twice + one.wrong > 0
        assert one.right + one.missed == len(made.truth.shown)


def test_like_takes_the_white_label_and_what_was_removed_and_misses_other_scripts(side, made):
    into = made.folder / "names"
    next(peer for peer in side.PEERS if peer.key == "sqlite").answer(made.folder / "exports", into, side.ONE)
    one = side.judge(side.hosts(into), made.truth)
    assert one.wrong
    assert one.missed


def test_fullcount_gives_the_truth_of_the_exports_within_its_range(side, made):
    into = side.ours.workspace(made.folder / "workspace", made.folder)
    asked = side.Asked(rounds=1, limit=600, python=sys.executable, markdown=False)
    ran = side.start(side.ours.count(into, str(made.folder / "exports")), made.folder, asked)
    assert ran.fault == ""
    said = side.ours.account(ran.out)
    assert said["total"]["with_it"] == made.truth.counted
    assert said["range_with_it"]["low"] <= len(made.truth.shown) <= said["range_with_it"]["high"]
    assert said["range_systems"]["low"] <= len(made.truth.systems) <= said["range_systems"]["high"]
    one = side.judge(side.ours.systems(into), made.truth)
    assert (one.says, one.wrong, one.missed) == (made.truth.counted, 0, 0)


def test_a_number_that_is_right_by_chance_is_seen(side):
    truth = side.exports.Truth({"a": 1, "a-old": 1, "b": 2, "c": 3}, frozenset({1, 2, 3}), frozenset(), frozenset({1, 2, 3}), 3)
    one = side.judge([{"a"}, {"a-old"}, {"z"}], truth)
    assert (one.says, one.right, one.twice, one.wrong, one.missed) == (3, 1, 1, 1, 2)
    assert side.off(3, 3) == "0"
    assert side.off(36, 30) == "+6 (+20.0 %)"


def test_what_a_program_starts_is_measured_and_ended(side, tmp_path):
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    both = f'import subprocess, sys; subprocess.run([sys.executable, "-c", {burn!r}])'
    ran = side.run([sys.executable, "-c", both], limit=20, environment=os.environ, folder=tmp_path)
    assert ran.fault == ""
    assert 0.3 <= ran.cpu < 5
    assert ran.peak > 5_000_000

    began = time.monotonic()
    ran = side.run(["sh", "-c", "sleep 60 & wait"], limit=0.2, environment=os.environ, folder=tmp_path)
    assert "no answer in" in ran.fault
    assert time.monotonic() - began < 20
    broken = side.run(["sh", "-c", "echo one >&2; echo two >&2; exit 3"], limit=20, environment=os.environ, folder=tmp_path)
    assert broken.fault == "failed (3) two"


def test_tables_are_as_wide_as_what_they_hold(side):
    head, lines = ("", "says"), [("a long name", "1"), ("b", "1,000")]
    assert side.printed.table(head, lines, markdown=False).splitlines() == [
        "                says",
        "  a long name      1",
        "  b            1,000",
    ]
    assert side.printed.table(head, lines, markdown=True).splitlines()[1:3] == ["| --- | ---: |", "| a long name | 1 |"]
