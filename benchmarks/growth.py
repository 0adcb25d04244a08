"""How each stage grows: with systems, sources, distinct titles and signatures, each alone, over three decades or four.

Processor time, without what the same stage takes of next to nothing: that is what starting costs. Each line gets the
exponent of its upper two decades (least squares on logarithms): 1 is linear, 0 is constant. `--docs` draws the lines
into `docs/reference/growth.svg` and writes the table into `docs/reference/performance.md`.
"""

from __future__ import annotations

import argparse
import math
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import counting
import fleet
import plot
from measure import run, taken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DOCS = Path(__file__).resolve().parents[1] / "docs/reference"
STAGES = ("read", "resolve", "match", "count", "load")
PRODUCTS = 10  # of a generated pack, and how many of its signatures name a title that is there
LEAST = 0.001  # seconds: what is less is drawn as this
NOISE = 0.1  # seconds: a line that rises by less is constant as far as can be said
SURE = 0.05  # seconds: points of less say nothing of a line's slope, as far as one run differs from the next
NEAR, LINEAR = 0.25, 1.2  # exponents, with what they may be off: up to here it is near-constant, and linear
ENOUGH, TIMES = 3.0, 3  # a point is measured again until it took so many seconds, or so often; the least counts
_HEADING = "\n## Growth\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One fleet: systems with `rows` programs each, in so many sources, of so many distinct titles; and the signatures of a
    generated directive, 0 for the shipped one.
    """

    systems: int = 2_000
    rows: int = 60
    sources: int = 1
    titles: int = 20_000
    signatures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What grows, from where to where, of which fleet; `stages` are those on which it has a bearing."""

    name: str
    first: int
    last: int
    size: Size = Size()
    stages: tuple[str, ...] = ("read", "resolve", "match", "count")

    def sizes(self, steps: int) -> Iterator[tuple[int, Size]]:
        """The fleets, `steps` a decade."""
        decades = math.log10(self.last / self.first)
        for turn in range(round(decades * steps) + 1):
            many = round(self.first * 10 ** (turn / steps))
            yield many, replace(self.size, **{self.name: many})


AXES = (
    Axis(name="systems", first=100, last=100_000),
    Axis(name="sources", first=1, last=1_000),
    Axis(name="titles", first=1_000, last=1_000_000, size=Size(systems=5_000, rows=240)),
    Axis(name="signatures", first=10, last=10_000, stages=("load", "match", "count")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A line: CPU seconds by how much there was, less the start, and the exponent of the upper two decades."""

    axis: str
    stage: str
    points: tuple[tuple[int, float], ...]
    exponent: float | None  # none where too few points are large enough to say

    @property
    def verdict(self) -> str:
        """In words; a goal that is missed in capitals."""
        if self.exponent is None:
            return "too little to say"
        if self.exponent <= NEAR:
            return "constant, or nearly"
        if self.axis == "signatures" and self.stage == "match":
            return "MISSED: not near-constant"
        return "linear or better" if self.exponent <= LINEAR else "MISSED: more than linear"


# -- what is measured: each runs in a process of its own -------------------------------------------------------------


def write(folder: str, size: dict[str, int]) -> int:
    """The exports. A sixth of a machine's programs are common ones; the others go through all titles in turn."""
    many = Size(**size)
    Path(folder).mkdir(parents=True)
    each = -(-many.systems // many.sources)
    for source in range(many.sources):
        machines = range(source * each, min((source + 1) * each, many.systems))
        with (Path(folder) / f"sccm-{source:04d}-2017-10-12.csv").open("w", encoding="utf-8", newline="") as file:
            file.write(",".join((*fleet.MACHINE, *fleet.TITLE)) + "\n")
            for machine in machines:
                about = ",".join(_machine(machine))
                file.writelines(f"{about},{title}\n" for title in _titles(machine, many))
    return many.systems * many.rows


def _machine(number: int) -> tuple[str, ...]:
    uuid = f"{number * 0x9E3779B97F4A7C15 & (1 << 64) - 1:016x}{number * 0xC2B2AE3D27D4EB4F + 0x123456789 & (1 << 64) - 1:016x}"
    system = "Microsoft Windows NT Workstation 10.0"
    return f"PC-{number:07d}", "bench.example.gov", uuid, f"5CG{number:07d}", system, "2017-10-11T03:12:00Z"


def _titles(machine: int, many: Size) -> Iterator[str]:
    common, often = min(400, many.titles // 2), many.rows // 6
    rare, tail = many.titles - common, many.rows - often
    has_it = machine % 33 == 0
    if has_it:
        yield ",".join(fleet.PRODUCT)
    yield from (title((machine * often + turn) % common) for turn in range(often))
    yield from (title(common + (machine * tail + turn) % rare) for turn in range(has_it, tail))


def title(number: int) -> str:
    """Cells of a title: name, publisher, version."""
    return f"Blueware Corepad {number},Graphtools Corporation {number % 997},{number % 23}.{number % 7}"


def read(exports: str, folder: str) -> None:
    """`fullcount read` into a new workspace."""
    from fullcount.read import Options
    from fullcount.readers import READERS
    from fullcount.workspace import Workspace

    into = Workspace.create(Path(folder), text=f'directives = ["{counting.DIRECTIVE}"]\n')
    into.read([Path(exports)], options=Options(), readers=READERS)


def stages(folder: str, directive: str) -> dict[str, float]:
    """CPU seconds of loading the directive, and of the stages; what is neither resolve nor match is *count*."""
    from fullcount.directive import find

    spent = dict.fromkeys(STAGES[1:], 0.0)
    spent["load"] = taken(find, directive).cpu
    for name, step in counting.steps(*counting.mounted(folder), directive).items():
        if name != "gather":  # count gathers, too
            spent[name if name in spent else "count"] += taken(step).cpu
    return spent


# -- lines -----------------------------------------------------------------------------------------------------------


def measured(folder: Path, size: Size, wanted: Sequence[str]) -> dict[str, float]:
    """CPU seconds of the stages of a fleet, made and removed."""
    exports, workspace = folder / "exports", folder / "workspace"
    run(write, exports, {name: getattr(size, name) for name in Size.__dataclass_fields__})
    spent: dict[str, float] = {}
    for _ in _again(spent, ["read"]):
        shutil.rmtree(workspace, ignore_errors=True)
        _least(spent, {"read": run(read, exports, workspace).cpu})
        if "read" not in wanted:
            break
    shutil.rmtree(exports)
    directive = counting.DIRECTIVE
    if size.signatures:
        (workspace / "pack").mkdir()
        names = [title(400 + turn) if turn < PRODUCTS else f"Nobody has {turn}" for turn in range(size.signatures)]
        text = counting.pack([name.split(",")[0] for name in names], products=PRODUCTS)
        (workspace / "pack/directive.yaml").write_text(text, "utf-8")
        directive = str(workspace / "pack")
    for _ in _again(spent, STAGES[1:]):
        _least(spent, run(stages, workspace, directive).result)
    shutil.rmtree(workspace)
    return spent


def _again(spent: Mapping[str, float], names: Sequence[str]) -> Iterator[int]:
    for turn in range(TIMES):
        yield turn
        if sum(spent[name] for name in names) * (turn + 1) > ENOUGH:
            return


def _least(spent: dict[str, float], found: Mapping[str, float]) -> None:
    for name, seconds in found.items():
        spent[name] = min(seconds, spent.get(name, math.inf))


def line(axis: str, stage: str, points: Sequence[tuple[int, float]]) -> Grown:
    """A line with its exponent, from seconds without the start."""
    shown = tuple((many, max(seconds, LEAST)) for many, seconds in points)
    upper = [(many, seconds) for many, seconds in shown if many >= shown[-1][0] / 101]
    if shown[-1][1] - min(seconds for _, seconds in upper) < NOISE:
        return Grown(axis=axis, stage=stage, points=shown, exponent=0.0)
    sure = [(math.log(many), math.log(seconds)) for many, seconds in upper if seconds >= SURE]
    return Grown(axis=axis, stage=stage, points=shown, exponent=_slope(sure) if len(sure) > 1 else None)


def _slope(points: Sequence[tuple[float, float]]) -> float:
    x, y = (sum(point[axis] for point in points) / len(points) for axis in (0, 1))
    return sum((one - x) * (two - y) for one, two in points) / sum((one - x) ** 2 for one, _ in points)


def grown(folder: Path, axes: Sequence[Axis], *, steps: int) -> list[Grown]:
    """Every line, printed as it is found."""
    lines = []
    for axis in axes:
        found = []
        tiny = measured(folder, Size(systems=10, titles=1_000, signatures=PRODUCTS if axis.name == "signatures" else 0), STAGES)
        print(f"starting: {', '.join(f'{name} {tiny[name]:.2f}' for name in axis.stages)}, subtracted", flush=True)
        for many, size in axis.sizes(steps):
            found.append((many, measured(folder, size, axis.stages)))
            said = ", ".join(f"{name} {found[-1][1][name]:.2f}" for name in axis.stages)
            print(f"{axis.name} {many:>9,}: {said}", flush=True)
        by_stage = {stage: [(many, spent[stage] - tiny[stage]) for many, spent in found] for stage in axis.stages}
        lines += [line(axis.name, stage, points) for stage, points in by_stage.items()]
    return lines


# -- what is written -------------------------------------------------------------------------------------------------


def table(lines: Sequence[Grown]) -> str:
    """The lines as a table of Markdown."""
    rows = ["| grows | stage | CPU seconds, from the least to the most | exponent | |", "|---|---|---|---|---|"]
    for one in lines:
        whole = [(many, seconds) for many, seconds in one.points if math.log10(many / one.points[0][0]).is_integer()]
        spent = ", ".join(f"{many:,}: {seconds:.2f}" for many, seconds in whole)
        rows.append(f"| {one.axis} | {one.stage} | {spent} | {_shown(one)} | {one.verdict} |")
    return "\n".join(rows) + "\n"


def _shown(one: Grown) -> str:
    return "-" if one.exponent is None else f"{one.exponent:.2f}"


def picture(lines: Sequence[Grown]) -> str:
    """The lines as SVG, a panel for each thing that grows."""
    panels = []
    for axis in dict.fromkeys(one.axis for one in lines):
        mine = [one for one in lines if one.axis == axis]
        curves = tuple(plot.Curve(name=f"{one.stage} {_shown(one)}", points=one.points) for one in mine)
        panels.append(plot.Panel(title=f"CPU seconds by {axis}", across=axis, curves=curves))
    return plot.svg(panels, title="How the stages grow; the dashed line is linear growth")


def section(lines: Sequence[Grown]) -> str:
    """What the page of figures says of growth."""
    usual, with_titles = _said(Size()), _said(AXES[2].size)
    return f"""
`benchmarks/growth.py --docs` makes what follows. One thing grows, all others stay: {usual}; with titles {with_titles}.
A generated directive has {PRODUCTS} products, and {PRODUCTS} of its signatures name a title that is there, however many it has.
Processor seconds, without what the stage takes of ten systems; *count* is everything after match, *load* reads the
directive. The exponent is that of the upper two decades: 1 is linear, and up to {LINEAR} is taken for it. A line that rises by
less than {NOISE} s there has 0; points of less than {SURE} s are left out of the slope, and where only one is left there is none.

![How the stages grow](growth.svg)

{table(lines)}"""


def _said(size: Size) -> str:
    return f"{size.systems:,} systems with {size.rows} programs each"


def document(lines: Sequence[Grown], folder: Path) -> None:
    """Draw the picture, and write the section anew, which is the page's last."""
    (folder / "growth.svg").write_text(picture(lines), "utf-8")
    page = folder / "performance.md"
    before = page.read_text("utf-8").split(_HEADING)[0].rstrip("\n") + "\n"
    page.write_text(f"{before}{_HEADING}{section(lines)}", "utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="up to a million systems: 9 GB of disk, 10 minutes more")
    parser.add_argument("--most", type=int, default=0, help="leave the sizes above this out: for trying")
    parser.add_argument("--steps", type=int, default=2, help="points a decade")
    parser.add_argument("--docs", action="store_true", help="write the picture and the section of the manual")
    asked = parser.parse_args(arguments)
    axes = [replace(one, last=1_000_000) if asked.large and one.name == "systems" else one for one in AXES]
    if asked.most:
        axes = [replace(one, last=min(one.last, asked.most)) for one in axes]
    with tempfile.TemporaryDirectory(prefix="fullcount-") as name:
        lines: list[Any] = grown(Path(name), axes, steps=asked.steps)
    print(f"\n{table(lines)}")
    print(f"goals missed: {sum('MISSED' in one.verdict for one in lines)}")
    if asked.docs:
        document(lines, DOCS)


if __name__ == "__main__":
    main()
