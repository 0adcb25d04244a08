"""Reading: each kind of file against the least that reading it can take, and a first run against a plain query.

Floors, measured in the same run: DuckDB copies the CSV or JSON lines to Parquet; Python's XML parser, and orjson, parse
the inventories and keep nothing. The plain query is what somebody would write who has only a table: systems whose
programs are like one of fifty patterns.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fleet
from measure import Row, ratio, run, table

if TYPE_CHECKING:
    from collections.abc import Sequence

DIRECTIVE = "us-dhs-bod-17-01"
_WORDS = ("kaspersky", "касперск", "卡巴斯基", "kav", "kis", "kes", "kss", "kpm", "klnagent", "kavremover")
_SUFFIXES = ("", " lab", " anti-virus", " internet security", " endpoint security")


# -- what is measured: each runs in a process of its own -------------------------------------------------------------


def make(kind: str, path: str, systems: int) -> int:
    """Write an export."""
    if kind in {"xml", "json"}:
        return fleet.write_glpi(Path(path), systems, kind=kind)
    return {"csv": fleet.write_csv, "jsonl": fleet.write_jsonl}[kind](Path(path), systems)


def read(export: str, folder: str) -> dict[str, Any]:
    """`fullcount read` of an export into a new workspace. Returns what the reading holds and its sizes in bytes."""
    import pyarrow.parquet as pq

    from fullcount.read import Options
    from fullcount.readers import READERS
    from fullcount.workspace import Workspace

    into = Workspace.create(Path(folder), text=f'directives = ["{DIRECTIVE}"]\n')
    done = into.read([Path(export)], options=Options(), readers=READERS)
    reading = into.readings / done.reading
    return {
        "files": len(done.outcomes),
        "observations": pq.read_metadata(reading / "observations.parquet").num_rows,
        "titles": pq.read_metadata(reading / "titles.parquet").num_rows,
        "bytes": (reading / "observations.parquet").stat().st_size,
        "whole": sum(one.stat().st_size for one in reading.iterdir()),
    }


def read_and_count(export: str, folder: str) -> int:
    """A first run: read, then count. Returns how many systems have it."""
    from fullcount.chain import run as count
    from fullcount.directive import find
    from fullcount.engines.duckdb import DuckDb
    from fullcount.readers import READERS
    from fullcount.workspace import Workspace

    read(export, folder)
    into = Workspace(Path(folder))
    engine = DuckDb([into.folder], spill=into.folder / "spill")
    return count(into, engine, directives=[find(DIRECTIVE)], readers=READERS).of().total.with_it


def copy(export: str, target: str, kind: str) -> None:
    """The floor of a table: DuckDB copies it to Parquet, all cells as text."""
    import duckdb

    said = {"csv": "read_csv(?, all_varchar = true)", "jsonl": "read_json(?, format = 'newline_delimited')"}[kind]
    duckdb.execute(f"copy (select * from {said}) to '{target}' (format parquet, compression zstd)", [export])


def parse_xml(folder: str) -> int:
    """The floor of XML: every file is parsed."""
    from xml.etree import ElementTree as ET

    return sum(len(ET.parse(path).getroot()) for path in sorted(Path(folder).rglob("*.xml")))


def parse_json(folder: str) -> int:
    """The floor of nested JSON: every file is parsed."""
    import orjson

    return sum(len(orjson.loads(path.read_bytes())) for path in sorted(Path(folder).rglob("*.json")))


def query(export: str) -> int:
    """The plain query: fifty patterns on the CSV. Returns how many systems have it."""
    import duckdb

    patterns = [f"%{word}{suffix}%" for word in _WORDS for suffix in _SUFFIXES]
    like = " or ".join("DisplayName0 ilike ?" for _ in patterns)
    found = f"select count(distinct SerialNumber0) from read_csv(?, all_varchar = true) where {like}"
    row: tuple[int] = duckdb.execute(found, [export, *patterns]).fetchall()[0]
    return row[0]


# -- tables ----------------------------------------------------------------------------------------------------------


def tabular(kind: str, export: Path, folder: Path, systems: int) -> None:
    """A declared table against DuckDB's copy."""
    rows = run(make, kind, export, systems).result
    floor = run(copy, export, folder / f"{kind}.parquet", kind)
    ours = run(read, export, folder / f"workspace-{kind}")
    stored = ours.result
    assert stored["observations"] == rows, "every row is an observation"
    table(
        f"{kind}: {systems:,} systems, {rows:,} rows, {export.stat().st_size / 1e6:,.0f} MB, {stored['titles']:,} titles",
        [
            Row(what="floor: DuckDB copies it to Parquet", measured=floor),
            Row(what="fullcount read", measured=ours, ratio=f"{ratio(ours.cpu, floor.cpu)} CPU", goal="2.0"),
        ],
    )
    each, whole = stored["bytes"] / rows, stored["whole"] / rows
    print(f"  stored: {each:.2f} bytes an observation (goal 2.5), {whole:.2f} with titles, records and clues")


def nested(kind: str, export: Path, folder: Path, systems: int) -> None:
    """Inventories of one machine each against the bare parser."""
    run(make, kind, export, systems)
    floor = run({"xml": parse_xml, "json": parse_json}[kind], export)
    ours = run(read, export, folder / f"workspace-{kind}")
    size = sum(one.stat().st_size for one in export.rglob(f"*.{kind}"))
    table(
        f"GLPI {kind}: {ours.result['files']:,} files, {ours.result['observations']:,} observations, {size / 1e6:,.0f} MB",
        [
            Row(what={"xml": "floor: ElementTree parses it", "json": "floor: orjson parses it"}[kind], measured=floor),
            Row(what="fullcount read", measured=ours, ratio=f"{ratio(ours.cpu, floor.cpu)} CPU"),
        ],
    )


def first_run(export: Path, folder: Path) -> None:
    """Read and count against the plain query."""
    floor = run(query, export)
    ours = run(read_and_count, export, folder / "workspace-first")
    assert floor.result == ours.result, "both find the same systems"
    table(
        f"first run: {ours.result:,} systems have it",
        [
            Row(what="plain query: DuckDB, 50 patterns, on the CSV", measured=floor),
            Row(what="fullcount read + count", measured=ours, ratio=f"{ratio(ours.wall, floor.wall)} wall", goal="2.5"),
        ],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all kinds, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", type=int, default=10_000, help="of the CSV, with 300 rows each; the other kinds have fewer")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fullcount-") as name:
        folder = Path(name)
        tabular("csv", folder / "software.csv", folder, asked.systems)
        first_run(folder / "software.csv", folder)
        (folder / "software.csv").unlink()
        tabular("jsonl", folder / "software.jsonl", folder, asked.systems)
        (folder / "software.jsonl").unlink()
        for kind in ("xml", "json"):
            nested(kind, folder / kind, folder, asked.systems // 20)


if __name__ == "__main__":
    main()
