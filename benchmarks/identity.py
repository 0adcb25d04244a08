"""Identity measured on truth: the made-up department in each of its settings, counted, and its joined pairs of records
held against the truth.

Precision is the share of the joined pairs that are one machine; recall the share of joined pairs among those that a chain
of true, strong or medium clues connects. A goal that is missed is marked; the error of a count has a goal in the standard
setting only.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullcount.demo.machines import SETTINGS, STANDARD
from measure import run

if TYPE_CHECKING:
    from collections.abc import Sequence

PRECISION, RECALL, ERROR = 0.999, 0.985, 0.005
_MILLION = 1_000_000
_HEAD = (
    "setting",
    "systems",
    "precision",
    "recall",
    "of all pairs",
    "systems off",
    "with it off",
    "wrongly without",
    "CPU s",
    "MB",
)


def counted(systems: int, setting: str) -> dict[str, Any]:
    """Make, count and compare one department, in a process of its own. Returns the comparison."""
    from fullcount.commands.count import packs_of, run_count
    from fullcount.commands.demo import straight
    from fullcount.demo import organisation
    from fullcount.demo.compare import compare, head, identity

    with tempfile.TemporaryDirectory(prefix="fullcount-") as name:
        folder = Path(name)
        made = organisation(systems, setting=setting)
        into, _ = straight(folder, made)
        truth = folder / "truth.json"
        done = run_count(into, packs_of(into), as_of=datetime.fromisoformat(head(truth)["as_of"]))
        found = compare(done.folder, truth, done.of()) | {"identity": identity(done.folder, made)}
        return found | {"wrongly_without": len(found["wrongly_without"])}


def line(systems: int, setting: str) -> tuple[str, ...]:
    """The cells of one department; what misses its goal ends with an exclamation mark."""
    measured = run(counted, systems, setting)
    found, one = measured.result, measured.result["identity"]
    off = found["systems"]["error"]
    return (
        setting,
        f"{systems:,}",
        _marked(f"{one['precision']:.3%}", missed=one["precision"] < PRECISION),
        _marked(f"{one['recall']:.3%}", missed=one["recall"] < RECALL),
        f"{one['recall_of_all']:.1%}",
        _marked(f"{off:.2%}", missed=setting == STANDARD and off > ERROR),
        f"{found['with_it']['error']:.2%}",
        f"{found['wrongly_without']:,}",
        f"{measured.cpu:.1f}",
        f"{measured.peak / 1e6:.0f}",
    )


def _marked(text: str, *, missed: bool) -> str:
    return f"{text} !" if missed else text


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every setting at every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", type=int, nargs="+", default=[2000, 100_000])
    parser.add_argument("--million", action="store_true", help=f"{_MILLION:,} systems too")
    parser.add_argument("--setting", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    asked = parser.parse_args(arguments)
    for setting in asked.setting:
        print(f"  {setting}: {SETTINGS[setting].sentence}")
    print(f"\n  goals: precision {PRECISION:.1%}, recall {RECALL:.1%}, systems off by at most {ERROR:.1%} ({STANDARD})\n")
    print("  " + "".join(f"{cell:>16}" for cell in _HEAD), flush=True)
    for systems in [*asked.systems, *[_MILLION] * asked.million]:
        for setting in asked.setting:
            print("  " + "".join(f"{cell:>16}" for cell in line(systems, setting)), flush=True)


if __name__ == "__main__":
    main()
