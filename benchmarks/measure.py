"""Measures a function in a process of its own: wall time, CPU time of all its threads, and the most memory it held.

A number means something only beside another of the same run, so that what is measured is printed as a table with its
ratio to a floor: the least that such work can take.

`python measure.py FILE FUNCTION ARGUMENTS` is how `run` starts the other process; nobody else needs it.
"""

from __future__ import annotations

import json
import resource
import runpy
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LIMIT = 3600  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one run took. Seconds and bytes; `result` is what the function returned."""

    wall: float
    cpu: float
    peak: int
    result: Any = None


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
    file = function.__code__.co_filename
    command = [sys.executable, __file__, file, function.__name__, json.dumps(arguments, default=str)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=_LIMIT)
    if done.returncode:
        raise SystemExit(f"{Path(file).name}: {function.__name__} failed")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


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


def _peak() -> int:
    """The most memory that this process held. What `getrusage` says may be the parent's, so Linux is asked itself."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _called(file: str, name: str, arguments: str) -> None:
    function = runpy.run_path(file)[name]
    wall, cpu = time.monotonic(), _cpu()
    result = function(*json.loads(arguments))
    said = {"wall": time.monotonic() - wall, "cpu": _cpu() - cpu, "peak": _peak(), "result": result}
    print(json.dumps(said))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    _called(*sys.argv[1:])
