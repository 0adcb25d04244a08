"""A whole government on one machine: 5 million systems with 1.5 billion observations, from stored readings to reports.

Every stage of a count runs in a process of its own, and hands its tables on to the next; what the handing on takes is not
counted. Then the count is made as `fullcount count` makes it, asked for again, made after its directive was edited, made
under a thousand signatures, and made after a day on which a hundredth of the systems had a new look. The floor is what
DuckDB takes to decode record and title of all observations, in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import counting
import statements
import stored
from disk import Disk, size, watching
from measure import Measured, attempt, run, taken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DIRECTIVE = counting.DIRECTIVE
SYSTEMS, EACH, TITLES = 5_000_000, 500_000, 1_860_000
STAGES = ("frame", "resolve", "match", "gather", "near titles", "protection", "tables (gather again)")
SEARCHING = ("match", "gather")
REPORTS = (("csv",), ("json",), ("html",), ("hosts",), ("identify", "pdf"), ("identify", "xlsx"))
DELTA = 100  # one system in so many has a new look
# Goals. Those that depend on the size are of a million systems, 2.5 million records, 300 million observations.
SEARCH = {DIRECTIVE: 0.3, "pack": 1.5}  # times the CPU of the floor: match and gather
RESOLVE = 60 / 12_500_000  # CPU seconds a record
AFTER_READING = 60.0  # seconds of wall time: the count and the account's reports
EDITED = 3.0  # seconds of wall time: a count after its directive was edited
AGAIN = 5.0  # seconds of wall time, at any size: nothing changed
NEXT_DAY = 0.05  # times the CPU of the first count
MEMORY, DISK = 6_000_000_000, 40_000_000_000  # bytes, at any size
_EDIT = """
signatures:
  - id: edited
    product: {product}
    grade: name and publisher
    source: {source}
    all: [{{name: {{equals: {name}}}}}, {{publisher: {{starts: {publisher}}}}}]
"""
_UNITS = {"x": "{:.2f} x", "s": "{:.1f} s", "s CPU": "{:.1f} s CPU", "bytes": "{:,.0f} MB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is held against a limit, in the same unit: `x`, `s`, `s CPU` or `bytes`."""

    value: float
    limit: float
    unit: str

    @property
    def missed(self) -> bool:
        """Whether it is more than it may be."""
        return self.value > self.limit

    def __str__(self) -> str:
        value, limit = (_UNITS[self.unit].format(one / 1e6 if self.unit == "bytes" else one) for one in (self.value, self.limit))
        return f"{value} of {limit}{'  MISSED' if self.missed else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the table: what was measured; bytes that stay, and bytes that were spilled at the most."""

    what: str
    measured: Measured
    kept: int = 0
    spilled: int = 0
    goals: tuple[Goal, ...] = ()


# -- what is measured: each runs in a process of its own -------------------------------------------------------------


def prepare(folder: str, names: Sequence[str]) -> None:
    """A workspace without readings, a pack of a thousand signatures, and the shipped pack with one signature more."""
    from fullcount.directive import find, folder_of
    from fullcount.workspace import Workspace

    into = Workspace.create(Path(folder), text=f'directives = ["{DIRECTIVE}"]\n').folder
    (into / "pack").mkdir()
    (into / "pack/directive.yaml").write_text(counting.pack(names), "utf-8")
    shutil.copytree(folder_of(DIRECTIVE), into / "edited")
    file, known = into / "edited/directive.yaml", find(DIRECTIVE).signatures[0]
    maker = names[0].split()[1]  # see `stored.name_of`
    more = _EDIT.format(product=known.product, source=known.source, name=json.dumps(names[0]), publisher=json.dumps(maker))
    before, after = file.read_text("utf-8").split("\nsignatures:\n")
    file.write_text(f"{before}{more}{after}", "utf-8")


def make(folder: str, name: str, share: dict[str, Any]) -> dict[str, int]:
    """A reading of a share, given as its fields. Returns its rows by table."""
    import pyarrow.parquet as pq

    reading = Path(folder) / "readings" / name
    reading.mkdir(parents=True)
    later = timedelta(days=share.pop("later", 0))
    own = stored.Share(**share)
    stored.write(reading, replace(own, day=own.day + later))
    tables = ("records", "clues", "titles", "observations")
    return {table: pq.read_metadata(reading / f"{table}.parquet").num_rows for table in tables}


def decode(folder: str) -> Any:
    """The floor: every record and title of the observations."""
    import duckdb

    path = f"{folder}/readings/*/observations.parquet"
    return duckdb.execute("select sum(record), sum(title) from read_parquet(?)", [path]).fetchall()[0]


def stage(folder: str, directive: str, name: str, memory: str) -> dict[str, Any]:
    """One stage on the tables of those before it. Returns what it took, without taking over and handing on."""
    from fullcount.kept import KEPT

    engine, settings, moment = counting.mounted(folder, memory)
    handed, kept = Path(folder) / "stages", Path(folder) / "stages/kept"
    kept.mkdir(parents=True, exist_ok=True)
    engine.show([file.stem for file in kept.glob("*.parquet")], kept)
    engine.keep(KEPT, kept)
    there = {file.stem for file in handed.glob("*.parquet")}
    for table in there:
        engine.connection.execute(f"create or replace table {table} as from read_parquet('{handed / table}.parquet')")
    measured = taken(counting.steps(engine, settings, moment, directive)[name])
    found = engine.connection.execute("select table_name from information_schema.tables where table_type = 'BASE TABLE'")
    for table in {row[0] for row in found.fetchall()} - there:
        engine.connection.execute(f"copy {table} to '{handed / table}.parquet' (format parquet)")
    return asdict(replace(measured, result=None))


def count(folder: str, directive: str, memory: str) -> dict[str, Any]:
    """All of a count, as `fullcount count --memory` makes it; one that is there is only shown."""
    return _counted(folder, directive, memory)[1]


def count_watched(folder: str, directive: str, memory: str) -> dict[str, Any]:
    """The same; returns its wall time and what each statement of it took."""
    logs: list[statements.Log] = []
    measured, _ = _counted(folder, directive, memory, with_engine=lambda engine: logs.append(statements.watch(engine)))
    return {"wall": measured.wall, "statements": [asdict(one) for one in logs[0].statements]}


def _counted(
    folder: str, directive: str, memory: str, with_engine: Callable[[Any], None] | None = None
) -> tuple[Measured, dict[str, Any]]:
    from fullcount.chain import run as chain
    from fullcount.directive import find
    from fullcount.engines.duckdb import DuckDb
    from fullcount.memory import of_engine
    from fullcount.readers import READERS
    from fullcount.workspace import Workspace

    into = Workspace(Path(folder))
    with into.spilling() as spill:
        engine = DuckDb([into.folder], spill=spill, memory=of_engine(memory))
        if with_engine:
            with_engine(engine)
        measured = taken(partial(chain, into, engine, directives=[find(directive)], readers=READERS))
        engine.close()
    counted = measured.result
    total = counted.of().total
    said = {"systems": total.systems, "with it": total.with_it, "kept": size(counted.folder)}
    return measured, said


def report(folder: str, name: str, form: str = "") -> int:
    """A report or, with a form, a paper of the last count. Returns its bytes."""
    from fullcount.commands.report import command

    out = Path(folder) / "reports" / f"{name}{form}"
    out.parent.mkdir(exist_ok=True)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        form_of = ["--form", form] if form else []
        command.main([name, "--workspace", folder, *form_of, "--output", str(out)], standalone_mode=False)
    return size(out) if out.is_dir() else out.stat().st_size


# -- the run ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Run:
    """A run of the benchmark: where, how large, and the lines that it has so far."""

    folder: Path
    shares: tuple[stored.Share, ...]
    disk: Disk
    memory: str  # of a count
    rows: dict[str, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    @property
    def workspace(self) -> Path:
        """The workspace that is counted."""
        return self.folder / "workspace"

    @property
    def millions(self) -> float:
        """Million systems."""
        return sum(share.systems for share in self.shares) / 1e6

    def add(self, what: str, measured: Measured, *goals: Goal, kept: int = 0) -> Line:
        """Print a line, and keep it. All of them have the goal of memory."""
        memory = Goal(value=measured.peak, limit=MEMORY, unit="bytes")
        goals = (*goals, memory) if memory.missed else goals
        line = Line(what=what, measured=measured, kept=kept, spilled=self.disk.since(), goals=() if measured.failed else goals)
        self.lines.append(line)
        print(_text(line), flush=True)
        return line


HEAD = (
    f"  {'':<44} {'wall s':>8} {'CPU s':>8} {'peak MB':>8} {'read MB':>9} {'write MB':>9} {'kept MB':>8} {'spill MB':>8}  goals"
)


def _text(line: Line) -> str:
    one = line.measured
    said = one.failed.upper() or "; ".join(map(str, line.goals))
    bytes_ = f"{one.read / 1e6:>9,.0f} {one.written / 1e6:>9,.0f} {line.kept / 1e6:>8,.0f} {line.spilled / 1e6:>8,.0f}"
    return f"  {line.what:<44} {one.wall:>8.2f} {one.cpu:>8.2f} {one.peak / 1e6:>8,.0f} {bytes_}  {said}"


def generate(of: Run) -> None:
    """The readings, one after the other; those that are there from an earlier run are taken as they are."""
    readings = of.workspace / "readings"
    if not (of.workspace / "edited").exists():
        names = [name for share in of.shares for name in stored.rare_names(share, counting.SIGNATURES // len(of.shares))]
        run(prepare, of.workspace, names)
        for turn, share in enumerate(of.shares, start=1):
            made = run(make, of.workspace, f"{turn:06d}", _given(share))
            kept = size(readings / f"{turn:06d}")
            of.add(f"made reading {turn}: {share.systems:,} systems", replace(made, result=None), kept=kept)
    of.rows = _rows(readings)
    if of.rows["records"] != sum(2 * share.systems + -(-share.systems // 2) for share in of.shares):
        raise SystemExit(f"{of.workspace} holds another fleet, or a part of one: remove it")
    each = sum(file.stat().st_size for file in readings.glob("*/observations.parquet")) / of.rows["observations"]
    print(f"  {', '.join(f'{value:,} {name}' for name, value in of.rows.items())}; {each:.2f} bytes an observation")


def _given(share: stored.Share) -> dict[str, Any]:
    return {name: value for name, value in asdict(share).items() if name != "day"}


def _rows(readings: Path) -> dict[str, int]:
    import pyarrow.parquet as pq

    tables = ("records", "clues", "titles", "observations")
    return {table: sum(pq.read_metadata(file).num_rows for file in readings.glob(f"*/{table}.parquet")) for table in tables}


def by_stage(of: Run, floor: Measured, directive: str, stages: Sequence[str] = STAGES) -> None:
    """Each of these stages of a count; then the search, which alone can be held against a floor of observations."""
    handed, done = of.workspace / "stages", dict[str, Measured]()
    shutil.rmtree(handed, ignore_errors=True)
    for name in stages:
        before = size(handed / "kept")
        whole = attempt(stage, of.workspace, directive, name, of.memory)
        done[name] = one = whole if whole.failed else Measured(**whole.result)
        goals = [Goal(value=one.cpu, limit=RESOLVE * of.rows["records"], unit="s CPU")] if name == "resolve" else []
        of.add(f"  {name}", one, *goals, kept=size(handed / "kept") - before)
        if one.failed:
            break
    shutil.rmtree(handed, ignore_errors=True)
    parts = [done[name] for name in ("match", "gather") if name in done]
    if len(parts) == 2 and not any(one.failed for one in parts):
        search = together(parts)
        goal = Goal(value=search.cpu / floor.cpu, limit=SEARCH[Path(directive).name], unit="x")
        of.add("search: match and gather, against the floor", search, goal)


def counted(of: Run, what: str, directive: str, *, at: Path | None = None, goals: Callable[[Measured], list[Goal]]) -> Measured:
    """A whole count, as a line."""
    one = attempt(count, at or of.workspace, directive, of.memory)
    said = one.result or {"systems": 0, "with it": 0, "kept": 0}
    line = of.add(f"{what}: {said['with it']:,} have it", replace(one, result=said), *goals(one), kept=said["kept"])
    return line.measured


def together(parts: Sequence[Measured]) -> Measured:
    """What they took one after the other."""
    wall, cpu = sum(one.wall for one in parts), sum(one.cpu for one in parts)
    read, written = sum(one.read for one in parts), sum(one.written for one in parts)
    failed = next((one.failed for one in parts if one.failed), "")
    return Measured(wall=wall, cpu=cpu, peak=max(one.peak for one in parts), read=read, written=written, failed=failed)


def reports(of: Run) -> list[Measured]:
    """The reports of the last count. Returns those that are no papers."""
    done = []
    for names in REPORTS:
        one = attempt(report, of.workspace, *names)
        of.add(f"report {' '.join(names)}", one, kept=one.result or 0)
        done += [one] if len(names) == 1 else []
    return done


def next_day(of: Run, first: Measured) -> None:
    """A hundredth of the systems has a new look, in a reading of its own, in a workspace that shares all others."""
    later = of.folder / "next day"
    shutil.rmtree(later, ignore_errors=True)
    shutil.copytree(of.workspace, later, copy_function=_shared)
    share = replace(of.shares[0], systems=max(stored.PARTS, round(of.millions * 1e6) // DELTA))
    made = run(make, later, f"{len(of.shares) + 1:06d}", _given(share) | {"later": 1})
    of.add(f"made the next day: {share.systems:,} systems", replace(made, result=None))
    counted(
        of,
        f"count of the next day, 1/{DELTA} new",
        DIRECTIVE,
        at=later,
        goals=lambda one: [Goal(value=one.cpu / first.cpu, limit=NEXT_DAY, unit="x")],
    )
    shutil.rmtree(later)


def _shared(source: str, target: str) -> None:
    """Tables never change and may have two names; what a workspace appends to may not."""
    (os.link if source.endswith(".parquet") else shutil.copy2)(source, target)


def measure(of: Run, *, watched: str) -> None:
    """Everything, in its order."""
    print(f"\n{of.millions * 1e6:,.0f} systems in {len(of.shares)} readings\n{HEAD}")
    generate(of)
    for name in ("counts", "reports"):  # of an earlier run
        shutil.rmtree(of.workspace / name, ignore_errors=True)
    (of.workspace / "ledger.jsonl").unlink(missing_ok=True)
    floor = of.add("floor: DuckDB decodes record and title", replace(run(decode, of.workspace), result=None)).measured
    by_stage(of, floor, DIRECTIVE)
    first = counted(of, "count", DIRECTIVE, goals=lambda _: [])
    if first.failed:
        return
    after = together([first, *reports(of)])
    goal = Goal(value=after.wall, limit=AFTER_READING * max(1.0, of.millions), unit="s")
    of.add("everything after reading, without papers", after, goal)
    counted(of, "asked again, nothing changed", DIRECTIVE, goals=lambda one: [Goal(value=one.wall, limit=AGAIN, unit="s")])
    limit = EDITED * max(1.0, of.millions)
    edited, pack = str(of.workspace / "edited"), str(of.workspace / "pack")
    counted(of, "one signature more", edited, goals=lambda one: [Goal(value=one.wall, limit=limit, unit="s")])
    by_stage(of, floor, pack, SEARCHING)
    counted(of, "1,000 signatures", pack, goals=lambda _: [])
    next_day(of, first)
    if watched:
        shutil.rmtree(of.workspace / "counts")
        found = run(count_watched, of.workspace, pack if watched == "pack" else DIRECTIVE, of.memory).result
        statements.show([statements.Statement(**one) for one in found["statements"]], wall=found["wall"])


def summary(of: Run) -> dict[str, Any]:
    """What is left on the disk, and everything as a document; goals with whether they were missed."""
    of.disk.most = max(of.disk.most, kept := size(of.folder))
    disk = Goal(value=of.disk.most, limit=DISK, unit="bytes")
    print(f"  disk: {kept / 1e6:,.0f} MB at the end; at the most {disk}")
    lines = [asdict(line) | {"missed": [str(goal) for goal in line.goals if goal.missed]} for line in of.lines]
    missed = sum(len(line["missed"]) for line in lines) + disk.missed
    failed = [line.what for line in of.lines if line.measured.failed]
    print(f"  goals missed: {missed}{'; died of memory: ' + ', '.join(failed) if failed else ''}")
    return {"systems": round(of.millions * 1e6), "rows": of.rows, "lines": lines, "disk": asdict(disk), "failed": failed}


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the fleet and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", type=int, default=SYSTEMS, help="each has 2.5 records and 300 observations")
    parser.add_argument("--each", type=int, default=EACH, help="systems of one reading at the most")
    parser.add_argument("--titles", type=int, default=TITLES, help="rows of titles in all readings together")
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--memory", default="", help="of a count; by default 1GB up to a million systems, and 5GB for more")
    parser.add_argument("--folder", type=Path, help="keep the fleet here, and use it again")
    parser.add_argument("--statements", choices=("shipped", "pack"), help="one more count, of which every statement is listed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured there")
    asked = parser.parse_args(arguments)
    shares = stored.shares(asked.systems, each=asked.each, titles=asked.titles, seed=asked.seed)
    with tempfile.TemporaryDirectory(prefix="fullcount-") as name:
        folder: Path = asked.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        with watching(folder) as disk:
            memory = asked.memory or ("1GB" if asked.systems <= 1_000_000 else "5GB")
            of = Run(folder=folder, shares=shares, disk=disk, memory=memory)
            measure(of, watched=asked.statements or "")
            document = summary(of)
        if asked.json:
            asked.json.write_text(json.dumps(document, indent=1), "utf-8")


if __name__ == "__main__":
    main()
