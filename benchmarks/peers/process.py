"""Whole processes, measured: wall time, processor time and memory of a program and of all that it starts.

A program is started in a session of its own, and the session is watched in /proc: what it leaves behind for the system
to adopt (a Java machine, say) is counted too. Linux only.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_EVERY = 0.02  # seconds between two looks
_TICK, _PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
_SHOWN = 120  # characters of the last line of what a program that failed said


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a whole process took: seconds and bytes. `fault` says why there is no answer; empty where there is one."""

    wall: float
    cpu: float
    peak: int
    out: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A process in /proc at one moment: ticks of its own, and bytes in memory."""

    pid: int
    ticks: int
    resident: int


def run(command: Sequence[str], *, limit: float, environment: Mapping[str, str], folder: Path) -> Ran:
    """Run a program to its end, or for `limit` seconds of wall time. `folder` is where it runs."""
    out, err = folder / "stdout", folder / "stderr"
    with out.open("wb") as said, err.open("wb") as complained:
        began = time.monotonic()
        child = subprocess.Popen(
            command, stdout=said, stderr=complained, cwd=folder, env=dict(environment), start_new_session=True
        )
        ticks, peak, late = _watch(child, began + limit)
        usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(usage[1])
    _end(child.pid)
    cpu = max(usage[2].ru_utime + usage[2].ru_stime, sum(ticks.values()) / _TICK)
    fault = f"no answer in {limit:,.0f} s" if late else ""
    if child.returncode and not late:
        last = err.read_text("utf-8", "replace").strip().rpartition("\n")[2]
        fault = f"failed ({child.returncode}) {last[:_SHOWN]}".strip()
    return Ran(wall=wall, cpu=cpu, peak=peak, out=out.read_text("utf-8", "replace"), fault=fault)


def _watch(child: subprocess.Popen[bytes], until: float) -> tuple[dict[int, int], int, bool]:
    """Ticks by process, the most memory that all of them held at once, and whether time ran out."""
    ticks: dict[int, int] = {}
    peak = 0
    while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        seen = list(_session(child.pid))
        ticks |= {one.pid: one.ticks for one in seen}
        peak = max(peak, sum(one.resident for one in seen), _high(child.pid) if len(seen) == 1 else 0)
        if time.monotonic() > until:
            _end(child.pid)
            return ticks, peak, True
        time.sleep(_EVERY)
    return ticks | {one.pid: one.ticks for one in _session(child.pid)}, peak, False


def _session(leader: int) -> Iterator[_Seen]:
    """The processes of a session that are alive now."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        if int(fields[3]) == leader:
            yield _Seen(int(folder.name), int(fields[11]) + int(fields[12]), int(fields[21]) * _PAGE)


def _high(pid: int) -> int:
    """The most memory that one process has held, also between two looks."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8", "replace").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def _end(leader: int) -> None:
    """End what is left of a session."""
    for one in list(_session(leader)):
        try:
            os.kill(one.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
