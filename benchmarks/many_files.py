"""Many files: a folder of inventories of one machine each, as agents leave them, becomes a workspace of few files."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fleet
from measure import Row, ratio, run, table
from reading import parse_xml, read_and_count

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = 65  # programs a machine: the middle of real agents' files
_GOAL = 600 / 100_000  # seconds a file


def make(folder: str, files: int) -> int:
    """Write the inventories."""
    return fleet.write_glpi(Path(folder), files, rows=ROWS)


def read(export: str, folder: str) -> dict[str, Any]:
    """Read them. Returns how many were read, and how many files the workspace then has."""
    from fullcount.read import Options
    from fullcount.readers import READERS
    from fullcount.workspace import Workspace

    into = Workspace.create(Path(folder))
    done = into.read([Path(export)], options=Options(), readers=READERS)
    held = [one for one in into.folder.rglob("*") if one.is_file()]
    return {
        "read": sum(one.became == "read" for one in done.outcomes),
        "held": len(held),
        "bytes": sum(one.stat().st_size for one in held),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure reading them, reading them again, and reading with counting."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fullcount-") as name:
        exports, into = Path(name) / "exports", Path(name) / "workspace"
        run(make, exports, asked.files)
        floor = run(parse_xml, exports)
        ours = run(read, exports, into)
        again = run(read, exports, into)
        whole = run(read_and_count, exports, Path(name) / "counted")
        assert ours.result["read"] == asked.files
        assert again.result["read"] == 0
        goal = f"{asked.files * _GOAL:.0f} s"
        table(
            f"{asked.files:,} GLPI files of {ROWS} programs",
            [
                Row(what="floor: ElementTree parses them", measured=floor),
                Row(what="fullcount read", measured=ours, ratio=f"{ratio(ours.cpu, floor.cpu)} CPU", goal=goal),
                Row(what="fullcount read, once more: all are known", measured=again),
                Row(what="fullcount read + count", measured=whole),
            ],
        )
        print(f"  the workspace: {ours.result['held']} files, {ours.result['bytes'] / 1e6:,.1f} MB")


if __name__ == "__main__":
    main()
