"""Measures the days after the first: a fleet's export is read and counted; the next day a hundredth of the machines have a
new look, in an export of their own; then nothing has changed, and the same files are given again.

What is new costs what it costs to read; the count itself is made anew from all records, as long as anything is new.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import fleet
from measure import Row, run, table

if TYPE_CHECKING:
    from collections.abc import Sequence

DIRECTIVE = "us-dhs-bod-17-01"
DELTA = 100  # one machine in so many has a new look
NOTHING_CHANGED = 5.0  # seconds of wall time, at a million systems


def write(export: str, systems: int, rows: int) -> int:
    """An export. Returns its rows."""
    return fleet.write_csv(Path(export), systems, rows=rows)


def day(exports: str, folder: str) -> int:
    """What `fullcount count EXPORTS` does. Returns how many systems have it."""
    from fullcount.chain import run as count
    from fullcount.directive import find
    from fullcount.engines.duckdb import DuckDb
    from fullcount.read import Options
    from fullcount.readers import READERS
    from fullcount.workspace import Workspace

    into = Workspace.create(Path(folder), text=f'directives = ["{DIRECTIVE}"]\n')
    into.read([Path(exports)], options=Options(), readers=READERS)
    with into.spilling() as spill:
        engine = DuckDb([into.folder], spill=spill)
        return count(into, engine, directives=[find(DIRECTIVE)], readers=READERS).of().total.with_it


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure three days."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=300, help="programs of a machine")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fullcount-") as name:
        exports, folder = Path(name) / "exports", Path(name) / "workspace"
        exports.mkdir()
        run(write, exports / "sccm-2017-10-12.csv", asked.systems, asked.rows)
        first = run(day, exports, folder)
        run(write, exports / "sccm-2017-10-13.csv", asked.systems // DELTA, asked.rows)
        second = run(day, exports, folder)
        third = run(day, exports, folder)
        limit = f"{NOTHING_CHANGED * max(1.0, asked.systems / 1_000_000):.0f} s of wall time"
        rows = [
            Row(what="first day", measured=first),
            Row(what="a hundredth is new", measured=second, ratio=f"{second.cpu / first.cpu:.2f}x", goal="0.05x"),
            Row(what="nothing changed, all files given again", measured=third, ratio=f"{third.cpu / first.cpu:.2f}x", goal=limit),
        ]
        table(f"{asked.systems:,} systems with {asked.rows} programs each, day after day", rows)


if __name__ == "__main__":
    main()
