"""Counting from stored state: a shipped directive, a generated one of a thousand signatures, and identity alone.

The floor is what DuckDB takes to decode the two columns that say which title is on which record, in full and in the same
run. What is held against it is the part of a count that looks for titles and then for their observations; the rest of a
count grows with records, not with observations, and is shown stage by stage.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import stored
from measure import Measured, Row, ratio, run, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DIRECTIVE = "us-dhs-bod-17-01"
SIGNATURES = 1000
_SEARCH = ("match", "gather")  # what a floor of observations can be held against
_IDENTITY = 15 / 2_500_000  # CPU seconds a record, of identity


# -- what is measured: each runs in a process of its own -------------------------------------------------------------


def make(folder: str, systems: int) -> dict[str, int]:
    """A workspace with one reading, and a pack. Returns rows of tables, and the bytes of observations."""
    import pyarrow.parquet as pq

    from fullcount.workspace import Workspace, folders

    into = Workspace.create(Path(folder), text=f'directives = ["{DIRECTIVE}"]\n')
    reading = into.readings / "000001"
    reading.mkdir(parents=True)
    share = stored.Share(systems=systems)
    stored.write(reading, share)
    assert folders(into.readings) == [reading]
    (into.folder / "pack").mkdir()
    (into.folder / "pack" / "directive.yaml").write_text(pack(stored.rare_names(share, SIGNATURES)), "utf-8")
    counted = {
        name: pq.read_metadata(reading / f"{name}.parquet").num_rows for name in ("records", "titles", "observations", "clues")
    }
    return counted | {"bytes": (reading / "observations.parquet").stat().st_size}


def make_records(folder: str, systems: int) -> dict[str, int]:
    """The same workspace without titles and observations."""
    import pyarrow.parquet as pq

    from fullcount.workspace import Workspace

    into = Workspace.create(Path(folder), text=f'directives = ["{DIRECTIVE}"]\n')
    reading = into.readings / "000001"
    reading.mkdir(parents=True)
    stored.write_records(reading, stored.Share(systems=systems))
    return {name: pq.read_metadata(reading / f"{name}.parquet").num_rows for name in ("records", "clues")}


def pack(titles: Sequence[str], *, products: int = 0) -> str:
    """A directive with a signature for each of these names of titles, and a product for each or, where that is said, so
    many products: the text of its `directive.yaml`.
    """
    names = [json.dumps(one) for one in titles]
    said = ("title", "short_title", "issuer", "jurisdiction", "url", "unit")
    lines = [
        "id: generated",
        "version: '1'",
        *(f"{name}: generated" for name in said),
        "issued: 2017-09-13",
        "effective: 2017-09-13",
    ]
    lines += [
        "sources: {ours: made up}",
        "entities: [{id: somebody, name: Somebody, role: principal, source: ours}]",
        "clocks: [{id: remove, kind: [remove], anchor: issued}]",
        "scope: {branded: in}",
        "requires: {windows: [program]}",
        "products:",
    ]
    lines += [
        f"  - {{id: p{turn}, name: {name}, family: generated, kind: app, scope: branded}}"
        for turn, name in enumerate(names[:products] if products else names)
    ]
    lines += ["signatures:"]
    many = products or len(names)
    lines += [
        f"  - {{id: s{turn}, product: p{turn % many}, grade: name, source: ours, name: {{equals: {name}}}}}"
        for turn, name in enumerate(names)
    ]
    return "\n".join(lines) + "\n"


def decode(folder: str) -> Any:
    """The floor: every record and title of the observations."""
    import duckdb

    path = str(Path(folder) / "readings" / "000001" / "observations.parquet")
    return duckdb.execute("select sum(record), sum(title) from read_parquet(?)", [path]).fetchall()[0]


def count(folder: str, directive: str) -> int:
    """All of a count, as `fullcount count` makes it. Returns how many systems have it."""
    from fullcount.chain import run as chain
    from fullcount.directive import find
    from fullcount.engines.duckdb import DuckDb
    from fullcount.readers import READERS
    from fullcount.workspace import Workspace

    into = Workspace(Path(folder))
    shutil.rmtree(into.counts, ignore_errors=True)  # a count that was made before would only be shown
    engine = DuckDb([into.folder], spill=into.folder / "spill")
    return int(chain(into, engine, directives=[find(directive)], readers=READERS).of().total.with_it)


def stages(folder: str, directive: str) -> dict[str, tuple[float, float]]:
    """The stages of a count one by one: wall and CPU seconds of each."""
    return {name: _timed(step) for name, step in steps(*mounted(folder), directive).items()}


def steps(engine: Any, settings: Any, moment: Any, directive: str) -> dict[str, Callable[[], object]]:
    """The stages of a count by name, in their order: what `chain.run` calls, and the gathering of observations apart."""
    from fullcount.count import count as make_tables
    from fullcount.count import frame
    from fullcount.decision import Identity
    from fullcount.directive import find
    from fullcount.match import match
    from fullcount.near import near
    from fullcount.protect import protect
    from fullcount.resolve import resolve

    packs = [find(directive)]
    return {
        "frame": lambda: frame(engine, settings, moment, packs),
        "resolve": lambda: resolve(engine, Identity()),
        "match": lambda: match(engine, packs),
        "gather": lambda: engine.gather("sightings", by="title", query="select distinct verdicts.title from verdicts"),
        "near titles": lambda: near(engine, packs),
        "protection": lambda: protect(engine, packs, ()),
        "tables (gather again)": lambda: make_tables(engine, settings, packs),
    }


def identity(folder: str) -> dict[str, tuple[float, float]]:
    """The stages up to identity; the peak of this process is theirs."""
    from fullcount.count import frame
    from fullcount.decision import Identity
    from fullcount.directive import find
    from fullcount.resolve import resolve

    engine, settings, moment = mounted(folder)
    packs = [find(DIRECTIVE)]
    return {
        "frame": _timed(lambda: frame(engine, settings, moment, packs)),
        "resolve": _timed(lambda: resolve(engine, Identity())),
    }


def mounted(folder: str, memory: str = "1GB") -> tuple[Any, Any, Any]:
    """An engine with the sources of a workspace, its settings, and the moment of the count."""
    from fullcount import chain, live
    from fullcount.count import LIVE_SOURCES
    from fullcount.engine import rows_table
    from fullcount.engines.duckdb import DuckDb
    from fullcount.left import LEFT_FILES
    from fullcount.memory import of_engine
    from fullcount.workspace import Workspace

    into = Workspace(Path(folder))
    settings = into.settings()
    sources, _, _ = live.live(into, settings, [])
    moment = live.moment_of(sources, settings, None)
    engine = DuckDb([into.folder], spill=into.folder / "spill", memory=of_engine(memory))
    chain.mount(into, engine)
    starts = [mount.source for mount in engine.mounts]
    sources = [dict(row) | {"source": starts[row["turn"]] + row["source"]} for row in sources]
    engine.put("live_sources", rows_table([{name: row[name] for name in LIVE_SOURCES} for row in sources], LIVE_SOURCES))
    components = [{"source": row["source"], "component": one} for row in sources for one in row["components"]]
    engine.put("left_files", rows_table([], LEFT_FILES))
    engine.put("source_components", rows_table(components, {"source": "int64", "component": "text"}))
    return engine, settings, moment


def _timed(step: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.monotonic(), time.process_time()
    step()
    return time.monotonic() - wall, time.process_time() - cpu


# -- tables ----------------------------------------------------------------------------------------------------------


def directive(name: str, folder: Path, *, which: str, goal: float) -> None:
    """A directive's count beside the floor."""
    import pyarrow.parquet as pq

    records = pq.read_metadata(folder / "readings" / "000001" / "records.parquet").num_rows
    floor, whole = run(decode, folder), run(count, folder, which)
    apart = run(stages, folder, which)
    steps = {stage: Measured(wall=wall, cpu=cpu, peak=apart.peak) for stage, (wall, cpu) in apart.result.items()}
    found = [steps[stage] for stage in _SEARCH]
    search = Measured(wall=sum(one.wall for one in found), cpu=sum(one.cpu for one in found), peak=apart.peak)
    rows = [
        Row(what="floor: DuckDB decodes record and title", measured=floor),
        Row(what="search: match, gather", measured=search, ratio=f"{ratio(search.cpu, floor.cpu)} CPU", goal=f"{goal}"),
        Row(
            what=f"whole count: {whole.result:,} systems have it",
            measured=whole,
            ratio=f"{ratio(whole.cpu, floor.cpu)} CPU",
            goal="1,000 MB",
        ),
        *(Row(what=f"  {stage}", measured=step) for stage, step in steps.items()),
    ]
    table(name, rows)
    goal_of_identity = records * _IDENTITY
    print(f"  identity alone: {steps['resolve'].cpu:.1f} s of CPU for {records:,} records (goal {goal_of_identity:.1f})")


def of_identity(systems: int, folder: Path) -> None:
    """Identity alone, on records that have nothing else."""
    made = run(make_records, folder, systems)
    apart = run(identity, folder)
    rows = [Row(what=", ".join(f"{value:,} {what}" for what, value in made.result.items()), measured=made)]
    for stage, (wall, cpu) in apart.result.items():
        goal = f"{made.result['records'] * _IDENTITY:.1f} s" if stage == "resolve" else ""
        rows.append(Row(what=f"  {stage}", measured=Measured(wall=wall, cpu=cpu, peak=apart.peak), goal=goal))
    table("identity alone; the peak is of all stages", rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure both directives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", type=int, default=100_000, help="each has 2.5 records and 300 observations")
    parser.add_argument("--folder", type=Path, help="keep the workspace here, and use it again")
    parser.add_argument("--identity", action="store_true", help="identity alone: no titles, no observations")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fullcount-") as name:
        if asked.identity:
            of_identity(asked.systems, Path(name))
            return
        folder = asked.folder or Path(name)
        if not (folder / "pack").exists():
            made = run(make, folder, asked.systems)
            table("made", [Row(what=", ".join(f"{value:,} {what}" for what, value in made.result.items()), measured=made)])
        directive(DIRECTIVE, folder, which=DIRECTIVE, goal=0.3)
        directive(f"generated: {SIGNATURES:,} signatures", folder, which=str(folder / "pack"), goal=1.5)


if __name__ == "__main__":
    main()
