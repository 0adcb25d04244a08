"""Memory: a count keeps to what it was given, spills what does not fit, and says the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.months import CLEAN, FOUND, HEAD, Said, save

from fullcount.errors import UsageError
from fullcount.memory import LEAST, lean, of_engine, size_of

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
# The most memory that a count held, as Linux tells it of the process itself.
COUNTED = """
import sys
from fullcount.cli import main
try:
    main()
finally:
    status = open("/proc/self/status").read()
    print(next(line for line in status.splitlines() if line.startswith("VmHWM")), file=sys.stderr)
"""


@pytest.mark.parametrize(("text", "size"), [("2GB", 2 * 10**9), ("1 GiB", 1 << 30), ("0.5t", 5 * 10**11), ("800mb", 800 * 10**6)])
def test_sizes_are_understood_as_people_write_them(text: str, size: int) -> None:
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["", "much", "4", "-1GB", "1GB2", "1e9", "GB"])
def test_what_is_no_size_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="no size"):
        size_of(text)


def test_too_little_is_said_with_how_much_it_takes() -> None:
    with pytest.raises(UsageError, match="cannot be made in 100MB") as raised:
        of_engine("100MB")
    assert f"{LEAST // 10**6} MB" in raised.value.hint


def test_a_command_says_so_before_it_reads(tmp_path: Path) -> None:
    save(tmp_path, "exports/2017-09-20/programs.csv", HEAD + f"PC-1,5CG7101,{FOUND}\n")
    said = Said("count", tmp_path / "exports", "-w", tmp_path / "w", "--memory", "a lot", "-q")
    assert isinstance(said.error, UsageError)
    assert not (tmp_path / "w").exists()
    said = Said("count", "-w", tmp_path / "w", "--memory", "2GB", "--engine", "spark")
    assert said.code == 2
    assert "--memory" in said.output


def test_a_count_in_little_memory_is_the_same(tmp_path: Path) -> None:
    save(tmp_path, "exports/2017-09-20/programs.csv", HEAD + f"PC-1,5CG7101,{FOUND}\nPC-2,5CG7102,{CLEAN}\n")
    accounts = []
    for name, more in (("a", ()), ("b", ("--memory", f"{LEAST // 10**6}MB"))):
        said = Said("count", tmp_path / "exports", "-w", tmp_path / name, "-q", "--json", *more)
        accounts.append(said.document()["accounts"])
    assert accounts[0] == accounts[1]
    assert accounts[0][0]["total"]["with_it"] == 1


def test_pieces_of_memory_are_given_back() -> None:
    lean()
    lean()  # asking again changes nothing


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of a million systems and 300 million observations, from stored readings."""
    folder = tmp_path_factory.mktemp("million") / "workspace"
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(BENCHMARKS))
        import counting

        counting.make(str(folder), 1_000_000)
    return folder


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says how much a process held")
def test_a_million_systems_are_counted_in_one_gigabyte(million: Path) -> None:
    command = [sys.executable, "-c", COUNTED, "count", "-w", str(million), "--memory", "1GB", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"PYTHONIOENCODING": "utf-8"})
    [line] = [line for line in done.stderr.splitlines() if line.startswith("VmHWM")]
    assert int(line.split()[1]) * 1024 <= 1_000_000_000
    assert json.loads(done.stdout)["accounts"][0]["total"]["systems"] >= 1_000_000
