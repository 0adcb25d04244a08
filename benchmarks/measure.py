"""Measures a function in a process of its own: wall time, CPU time of all its threads, and the most memory it held.

A number means something only beside another of the same run, so that what is measured is printed as a table with its
ratio to a floor: the least that such work can take.

`python measure.py FILE FUNCTION ARGUMENTS` is how `run` starts the other process; nobody else needs it.
"""

from __future__ import annotations

import json
import re
import resource
import runpy
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LIMIT = 3600  # seconds
_KILLED = -9  # what Linux does to the largest process where memory ends
_NO_MEMORY = re.compile(r"\bMemoryError|\bOutOfMemory|\bout of memory|\bmalloc of size", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one run took. Seconds and bytes; `read` and `written` are what it asked of files, from a disk or not. `result` is
    what the function returned; `failed` says why there is nothing to say.
    """

    wall: float
    cpu: float
    peak: int
    read: int = 0
    written: int = 0
    result: Any = None
    failed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table. `ratio` is to the floor, `goal` what it should not exceed, in the same unit of words."""

    what: str
    measured: Measured
    ratio: str = ""
    goal: str = ""


def run(function: Callable[..., Any], *arguments: object) -> Measured:
    """Call a function of a module, with arguments that JSON can hold, in a new process. What it imports counts, starting
    Python does not.
    """
    measured = attempt(function, *arguments)
    if measured.failed:
        raise SystemExit(f"{Path(function.__code__.co_filename).name}: {function.__name__} failed: {measured.failed}")
    return measured


def attempt(function: Callable[..., Any], *arguments: object) -> Measured:
    """As `run`, but of a process that dies of memory the result says so. How long it lived is known, and no more."""
    file = function.__code__.co_filename
    command = [sys.executable, __file__, file, function.__name__, json.dumps(arguments, default=str)]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_LIMIT)
    if not done.returncode:
        return Measured(**json.loads(done.stdout.splitlines()[-1]))
    if done.returncode == _KILLED or _NO_MEMORY.search(done.stderr):
        return Measured(wall=time.monotonic() - began, cpu=0.0, peak=0, failed="died of memory")
    raise SystemExit(f"{done.stderr}{Path(file).name}: {function.__name__} failed")


def taken(function: Callable[..., Any], *arguments: object) -> Measured:
    """Call a function here, and measure it. The peak is that of this process while the function runs, where Linux lets it
    be set back; else its highest so far.
    """
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew from what is held now
    wall, cpu, (read, written) = time.monotonic(), _cpu(), _passed()
    result = function(*arguments)
    read, written = (after - before for after, before in zip(_passed(), (read, written), strict=True))
    wall, cpu = time.monotonic() - wall, _cpu() - cpu
    return Measured(wall=wall, cpu=cpu, peak=peak(), read=read, written=written, result=result)


def table(title: str, rows: Sequence[Row]) -> None:
    """Print what was measured."""
    print(f"\n{title}")
    print(f"  {'':<58} {'wall s':>8} {'CPU s':>8} {'peak MB':>8}  {'ratio':<14} goal")
    for row in rows:
        one = row.measured
        print(f"  {row.what:<58} {one.wall:>8.2f} {one.cpu:>8.2f} {one.peak / 1e6:>8.0f}  {row.ratio:<14} {row.goal}", flush=True)


def ratio(part: float, floor: float) -> str:
    """How many times the floor."""
    return f"{part / floor:.2f} x" if floor else "no floor"


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _passed() -> tuple[int, int]:
    """Bytes that this process has read and written so far, by what it asked of the system."""
    io = Path("/proc/self/io")
    if not io.exists():
        return 0, 0
    said = dict(line.split(": ") for line in io.read_text().splitlines())
    return int(said["rchar"]), int(said["wchar"])


def peak() -> int:
    """The most memory that this process held. What `getrusage` says may be the parent's, so Linux is asked itself."""
    return _status("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def held() -> int:
    """The memory that this process holds now; 0 where nobody says."""
    return _status("VmRSS")


def _status(name: str) -> int:
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    line = next(line for line in status.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


def _called(file: str, name: str, arguments: str) -> None:
    function = runpy.run_path(file)[name]
    print(json.dumps(asdict(taken(function, *json.loads(arguments)))))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    _called(*sys.argv[1:])
