"""A count that is killed, or that meets a full disk, leaves a workspace that the next count completes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from fullcount import console, ledger
from fullcount.demo import organisation, write
from fullcount.settings import template
from fullcount.stamp import LEAST
from fullcount.workspace import Workspace, folders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOD = "us-dhs-bod-17-01"
MAIN = "import sys; from fullcount.cli import main; main(sys.argv[1:])"
OWN = {"fullcount.toml", "readings", "counts", "ledger.jsonl", "stamps.jsonl", "lock"}
KILLS = [pytest.param(seed, marks=[pytest.mark.slow] if seed >= 3 else []) for seed in range(200)]
DISKS = ("4k", "96k", "128k", "192k", "1m")  # the last is enough

# a killed child must not leave half of a file for whoever measures coverage
UNMEASURED = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed as they are nowhere else")


def command(exports: Path, work: Path) -> list[str]:
    options = ["-w", str(work), "--directive", BOD, "-q", "--json"]
    return [sys.executable, "-c", MAIN, "count", str(exports), *options]


def counted(exports: Path, work: Path) -> Any:
    done = subprocess.run(command(exports, work), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exports of a small made-up department, one of them so large that it has a stamp."""
    folder = write(organisation(30, 11), tmp_path_factory.mktemp("department"))
    row = f"CRASH-1,Reader,1.0,Acme,{'x' * LEAST}\n"
    (folder / "2017-10-12 large.csv").write_text(f"ComputerName,DisplayName,DisplayVersion,Publisher,Note\n{row}", "utf-8")
    return folder


@pytest.fixture(scope="module")
def undisturbed(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, float]:
    """What the count says, and how long it takes."""
    start = time.monotonic()
    said = counted(exports, tmp_path_factory.mktemp("undisturbed") / "work")
    assert said["accounts"][0]["total"]["with_it"] > 0
    return said, time.monotonic() - start


def whole(work: Workspace) -> None:
    """A workspace with nothing half-written, in which the ledger tells all that is there."""
    assert {path.name for path in work.folder.iterdir()} <= OWN
    assert not [path for path in work.folder.rglob("*") if path.name.startswith(("aside-", "spill-", "."))]
    told = ledger.entries(work.ledger)
    assert Counter(entry.facts["reading"] for entry in told if entry.what == "read") == {
        folder.name: 1 for folder in folders(work.readings)
    }
    assert {entry.facts["count"] for entry in told if entry.what == "count"} == {folder.name for folder in folders(work.counts)}


# -- killed ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", KILLS)
def test_a_killed_count_is_completed_by_the_next(
    seed: int, exports: Path, undisturbed: tuple[Any, float], tmp_path: Path
) -> None:
    said, seconds = undisturbed
    dice = random.Random(seed)
    for _ in range(1 + seed % 2):
        with subprocess.Popen(
            command(exports, tmp_path / "work"), env=UNMEASURED, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as child:
            with suppress(subprocess.TimeoutExpired):
                child.wait(seconds * dice.uniform(0.2, 1.0))
            child.send_signal(signal.SIGKILL)
    assert counted(exports, tmp_path / "work") == said
    whole(Workspace(tmp_path / "work"))
    assert len((tmp_path / "work" / "stamps.jsonl").read_bytes().splitlines()) == 1
    assert len(folders(tmp_path / "work" / "readings")) == len(folders(tmp_path / "work" / "counts")) == 1


def test_a_reading_that_landed_before_the_crash_is_entered_in_the_ledger(exports: Path, tmp_path: Path) -> None:
    said = counted(exports, tmp_path / "work")
    work = Workspace(tmp_path / "work")
    lines = work.ledger.read_bytes().splitlines(keepends=True)
    for left in (b"", lines[0][:40]):
        work.ledger.write_bytes(left)
        assert counted(exports, work.folder) == said
        whole(work)
        assert [entry.what for entry in ledger.entries(work.ledger)] == ["read", "count"]


def test_settings_are_there_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "aside-1").write_text("organisa", "utf-8")
    work = Workspace.create(tmp_path, text=template("Department of Rivers"))
    assert work.settings().organisation == "Department of Rivers"
    with work.writing():
        assert {path.name for path in tmp_path.iterdir()} == {"fullcount.toml", "lock"}


def test_what_a_crashed_engine_spilled_is_cleared_and_what_another_one_uses_is_not(tmp_path: Path) -> None:
    work = Workspace.create(tmp_path, text=template(""))
    (tmp_path / "spill-old").mkdir()
    (tmp_path / "spill-old" / "lock").touch()
    (tmp_path / "spill-old" / "duckdb_temp_storage-0.tmp").write_bytes(b"x")
    (tmp_path / "spill-new").mkdir()
    with console.engine(work) as engine:
        (mine,) = set(tmp_path.glob("spill-*")) - {tmp_path / "spill-old", tmp_path / "spill-new"}
        assert mine in work.own(), "it is no export"
        with work.writing():
            assert set(tmp_path.glob("spill-*")) == {mine}
        assert engine.rows("select 1 as one") == [{"one": 1}]
    assert not list(tmp_path.glob("spill-*"))


# -- a full disk -----------------------------------------------------------------------------------------------------------


@contextmanager
def disk(folder: Path, size: str) -> Iterator[None]:
    """A disk of its own size. Skips where it cannot be made, unless it must."""
    folder.mkdir()
    made = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    if os.geteuid() or subprocess.run(made, capture_output=True, check=False).returncode:
        if os.environ.get("CI") == "true":
            pytest.fail("a small disk must be made under CI: this needs root")
        pytest.skip("a small disk needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="needs tmpfs")
@pytest.mark.parametrize("size", [pytest.param(one, marks=[pytest.mark.slow] if one in DISKS[1:-1] else []) for one in DISKS])
def test_a_full_disk_is_one_clear_error_and_no_harm(
    size: str, exports: Path, undisturbed: tuple[Any, float], tmp_path: Path
) -> None:
    with disk(tmp_path / "disk", size):
        folder = tmp_path / "disk" / "work"
        done = subprocess.run(command(exports, folder), capture_output=True, text=True, check=False, timeout=120)
        if size != DISKS[-1]:
            assert done.returncode == 3, done.stderr
            errors = [line for line in done.stderr.splitlines() if line.startswith("fullcount: ")]
            assert len(errors) == 1
            assert "No space left on device" in errors[0]
            assert "Traceback" not in done.stderr
            assert not done.stdout
            whole(Workspace(folder))
            assert not folders(folder / "counts")
        else:
            assert done.returncode == 0, done.stderr
        subprocess.run(["mount", "-o", "remount,size=64m", str(tmp_path / "disk")], check=True)
        assert counted(exports, folder) == undisturbed[0]
        whole(Workspace(folder))


@pytest.mark.skipif(sys.platform != "linux", reason="needs tmpfs")
def test_no_room_for_the_settings_is_said_and_leaves_none(exports: Path, tmp_path: Path) -> None:
    with disk(tmp_path / "disk", "4k"):
        (tmp_path / "disk" / "filler").write_bytes(bytes(4096))
        done = subprocess.run(
            command(exports, tmp_path / "disk" / "work"), capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 3
        assert done.stderr.startswith("fullcount: No space left on device")
        assert not list((tmp_path / "disk" / "work").iterdir())
