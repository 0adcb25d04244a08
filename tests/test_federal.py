"""The benchmarks of size are true in small: several readings are one fleet, and every stage gives what a count gives."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest

from fullcount import chain
from fullcount.workspace import Workspace

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
SYSTEMS, EACH, TITLES = 300, 100, 3_000


def _benchmark(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where the others, and dataclasses, look for it
    spec.loader.exec_module(module)
    return module


MEASURE, DISK, STORED, COUNTING, STATEMENTS, FEDERAL, FLEET, PLOT, GROWTH = map(
    _benchmark, ("measure", "disk", "stored", "counting", "statements", "federal", "fleet", "plot", "growth")
)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with three readings of a hundred systems, and the two packs."""
    folder = tmp_path_factory.mktemp("federal") / "workspace"
    shares = STORED.shares(SYSTEMS, each=EACH, titles=TITLES)
    FEDERAL.prepare(str(folder), [name for share in shares for name in STORED.rare_names(share, 5)])
    for turn, share in enumerate(shares, start=1):
        FEDERAL.make(str(folder), f"{turn:06d}", FEDERAL._given(share))
    return folder


def test_a_fleet_in_several_readings_is_one_fleet(fleet):
    readings = sorted((fleet / "readings").iterdir())
    tables = [pq.read_table(one / "clues.parquet") for one in readings]
    names_of_systems = [
        key for table in tables for key in map(str, table["key"].to_pylist()) if key.startswith("pc-") and "." not in key
    ]
    assert len(readings) == SYSTEMS // EACH
    assert len(set(names_of_systems)) == SYSTEMS, "no system is in two readings"
    names = [set(pq.read_table(one / "titles.parquet")["name"].to_pylist()) for one in readings]
    assert len(set.intersection(*names)) == 2 * STORED.COMMON + 4, "common titles and products are everybody's, and only they"
    counted = FEDERAL.count(str(fleet), FEDERAL.DIRECTIVE, "1GB")
    assert (counted["systems"], counted["with it"]) == (SYSTEMS, len(range(0, SYSTEMS, 33)))


def test_the_same_seed_is_the_same_fleet(tmp_path):
    shares = STORED.shares(60, each=30, titles=2_000)
    other = STORED.shares(60, each=30, titles=2_000, seed=18)
    read = []
    for turn, share in enumerate((shares[1], shares[1], other[1])):
        (tmp_path / str(turn)).mkdir()
        STORED.write(tmp_path / str(turn), share)
        read.append(pq.read_table(tmp_path / str(turn) / "observations.parquet"))
    assert read[0].equals(read[1])
    assert not read[0].equals(read[2])


def test_stages_hand_on_what_a_count_has(fleet):
    """One process after the other in the benchmark; here one call after the other, each with an engine of its own."""
    taken = [FEDERAL.stage(str(fleet), FEDERAL.DIRECTIVE, name, "1GB") for name in FEDERAL.STAGES]
    assert all(one["peak"] > 0 and one["wall"] > 0 for one in taken)
    FEDERAL.count(str(fleet), FEDERAL.DIRECTIVE, "1GB")
    count = chain.last(Workspace(fleet)).folder
    for table in ("host_of", "findings", "standing", "host_list", "finding_list"):
        left, made = (pq.read_table(folder / f"{table}.parquet") for folder in (fleet / "stages/kept", count))
        assert left.num_rows == made.num_rows > 0
        assert sorted(map(str, left.to_pylist())) == sorted(map(str, made.to_pylist()))


def test_an_edited_directive_is_another_count_and_its_statements_are_listed(fleet, capsys):
    first = FEDERAL.count(str(fleet), FEDERAL.DIRECTIVE, "1GB")
    found = FEDERAL.count_watched(str(fleet), str(fleet / "edited"), "1GB")
    again = FEDERAL.count(str(fleet), str(fleet / "edited"), "1GB")
    assert again["with it"] > first["with it"], "the signature that is new is one that counts"
    listed = {one["what"]: one for one in found["statements"]}
    assert listed["make standing"]["rows"] == SYSTEMS
    assert listed["gather sightings"]["rows"] > 0
    assert sum(one["wall"] for one in found["statements"]) < found["wall"]
    STATEMENTS.show([STATEMENTS.Statement(**one) for one in found["statements"]], wall=found["wall"])
    assert "most memory more than before" in capsys.readouterr().out


def test_a_miss_is_marked():
    assert str(FEDERAL.Goal(value=0.4, limit=0.3, unit="x")) == "0.40 x of 0.30 x  MISSED"
    assert str(FEDERAL.Goal(value=5e9, limit=6e9, unit="bytes")) == "5,000 MB of 6,000 MB"


def test_a_file_of_two_names_takes_its_room_once(tmp_path):
    (tmp_path / "one").write_bytes(bytes(range(256)) * 400)
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    assert 102_400 <= DISK.size(tmp_path) < 204_800


def test_a_process_that_dies_of_memory_says_so(tmp_path):
    (tmp_path / "dying.py").write_text("def full():\n    raise MemoryError\n\ndef wrong():\n    raise ValueError('why')\n")
    spec = importlib.util.spec_from_file_location("dying", tmp_path / "dying.py")
    assert spec
    assert spec.loader
    dying = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(dying)
    assert MEASURE.attempt(dying.full).failed == "died of memory"
    with pytest.raises(SystemExit, match="why"):
        MEASURE.attempt(dying.wrong)


# -- growth --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("power", "verdict"), [(0.0, "constant, or nearly"), (1.0, "linear or better"), (2.0, "MISSED")])
def test_an_exponent_is_that_of_the_upper_two_decades(power, verdict):
    points = [(many, 7.0 if many < 1_000 else many**power / 10.0**power) for many in (10, 100, 1_000, 10_000, 100_000)]
    grown = GROWTH.line("systems", "read", points)
    assert grown.exponent == pytest.approx(power)
    assert grown.verdict.startswith(verdict)


def test_what_is_too_small_to_be_measured_has_no_exponent():
    assert GROWTH.line("systems", "read", [(10, 0.01), (100, 0.01), (1_000, 0.04)]).exponent == 0.0
    risen = GROWTH.line("systems", "read", [(10, 0.001), (100, 0.01), (1_000, 0.3)])
    assert (risen.exponent, risen.verdict) == (None, "too little to say")


def test_what_grows_is_what_is_asked_for(tmp_path):
    size = {"systems": 40, "rows": 60, "sources": 4, "titles": 1_000, "signatures": 0}
    assert GROWTH.write(str(tmp_path / "exports"), size) == 2_400
    files = sorted((tmp_path / "exports").iterdir())
    GROWTH.read(str(tmp_path / "exports"), str(tmp_path / "workspace"))
    reading = tmp_path / "workspace/readings/000001"
    rows = {
        name: pq.read_metadata(reading / f"{name}.parquet").num_rows for name in ("sources", "records", "titles", "observations")
    }
    assert len(files) == 4
    assert rows == {"sources": 4, "records": 40, "titles": 1_001, "observations": 2_400}  # and the product
    spent = GROWTH.stages(str(tmp_path / "workspace"), COUNTING.DIRECTIVE)
    assert set(spent) == set(GROWTH.STAGES[1:])
    assert all(seconds > 0 for seconds in spent.values())


def test_growth_is_drawn_and_written(tmp_path):
    (tmp_path / "performance.md").write_text("# What it costs\n\n| a | b |\n\n## Growth\n\nold\n", "utf-8")
    lines = [
        GROWTH.line(axis.name, stage, [(10, 0.5), (100, 1.0), (1_000, 9.0)]) for axis in GROWTH.AXES for stage in axis.stages
    ]
    GROWTH.document(lines, tmp_path)
    page = (tmp_path / "performance.md").read_text("utf-8")
    assert page.startswith("# What it costs\n\n| a | b |\n\n## Growth\n\n`benchmarks/growth.py")
    assert "old" not in page
    assert page.count("\n| ") == 2 + len(lines)  # the table before, the head, the lines
    drawn = ET.parse(tmp_path / "growth.svg").getroot()
    text = "".join(drawn.itertext())
    assert all(f"CPU seconds by {axis.name}" in text for axis in GROWTH.AXES)
    places = [float(x) for x in re.findall(r"translate\(([\d.]+) ", (tmp_path / "growth.svg").read_text("utf-8"))]
    assert min(places) >= 0
    assert max(places) <= 2 * PLOT.WIDTH
