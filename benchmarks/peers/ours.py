"""fullcount, as a user starts it: the commands that are measured, and what they leave behind."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "fullcount"
OTHER = "us-ndaa-fy2018-1634"  # the next ban of the same vendor
SILENT = "machines that no export names; what the directive leaves open; what else is on a host"
_PROGRAM = "from fullcount.cli import main; main()"
_TITLE = """\
id: one-title
version: "1"
title: One title
short_title: One title
issuer: nobody
jurisdiction: nowhere
issued: 2017-09-13
effective: 2017-09-13
url: https://example.org
unit: endpoint
sources: {{ours: made up}}
entities: [{{id: somebody, name: Somebody, role: principal, source: ours}}]
scope: {{branded: in}}
requires: {{windows: [program]}}
clocks: [{{id: report, kind: [report], anchor: issued, offset: 30}}]
products: [{{id: one, name: One title, family: One title, kind: app, scope: branded}}]
signatures: [{{id: one, product: one, grade: name, source: ours, name: {{words: {words}}}}}]
"""


def workspace(folder: Path, made: Path) -> Path:
    """An empty workspace with the settings of the department. One that was there is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(made / "fullcount.toml", folder)
    return folder


def pack(folder: Path, words: str) -> Path:
    """A directive that asks for one title."""
    folder.mkdir(parents=True)
    (folder / "directive.yaml").write_text(_TITLE.format(words=words), "utf-8")
    return folder


def count(into: Path, *words: str) -> tuple[str, ...]:
    """`fullcount count`, with the account as JSON."""
    return (sys.executable, "-c", _PROGRAM, "count", "-w", str(into), "-q", "--json", *words)


def explain(into: Path, host: str) -> tuple[str, ...]:
    """`fullcount explain`."""
    return (sys.executable, "-c", _PROGRAM, "explain", "-w", str(into), host)


def account(out: str) -> dict[str, Any]:
    """The account that a count printed."""
    found: dict[str, Any] = json.loads(out)["accounts"][0]
    return found


def systems(into: Path) -> Iterator[frozenset[str]]:
    """The names of each system with it, by the newest count."""
    import pyarrow.parquet as pq

    newest = max((into / "counts").glob("*/host_list.parquet"), key=lambda path: path.stat().st_mtime_ns)
    for row in pq.read_table(newest, columns=["standing", "name", "clues"]).to_pylist():
        if row["standing"] == "with it":
            clues = (row["clues"] or "").split("; ")
            yield frozenset(clue.removeprefix("hostname=") for clue in clues if clue.startswith("hostname="))
