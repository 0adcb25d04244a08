"""How a count of the made-up department compares with its truth."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from fullcount.report import Account

_MACHINES = ' "machines": ['  # the line in `truth.json` below which every machine has a line


def head(truth: Path) -> dict[str, Any]:
    """What `truth.json` says of the whole department."""
    lines = []
    with truth.open(encoding="utf-8") as file:
        for line in file:
            if line.startswith(_MACHINES):
                break
            lines.append(line)
    found: dict[str, Any] = json.loads("".join(lines).rstrip(",\n") + "}")
    return found


def compare(folder: Path, truth: Path, account: Account) -> dict[str, Any]:
    """Totals, and machine by machine by the records that stand in the truth's files. `folder` is the count's.

    `wrongly_without` names the machines that the count calls *without it* although they have it or nobody looked:
    there must be none.
    """
    expected = head(truth)["directives"][account.directive["id"]]
    total, span = account.total, account.range_systems
    named = _standings(folder)
    wrong, differing, compared, example = [], 0, 0, ""
    for machine in _machines(truth):
        # by the machine's own names: a cloned UUID or a placeholder serial would name others too
        found = {standing for name in machine["names"] for standing in named.get(_key(name), ())}
        if not machine["standing"] or not found:
            continue
        compared += 1
        differing += machine["standing"] not in found
        if "without it" in found and machine["standing"] in {"with it", "not covered"}:
            wrong.append(machine["names"][0])
        example = example or (machine["names"][0] if machine["standing"] == "with it" else "")
    return {
        "systems": _number(total.systems, expected["systems"]),
        "with_it": _number(total.with_it, expected["with_it"]),
        "range": {"low": span.low, "high": span.high, "holds": span.low <= expected["systems"] <= span.high},
        "wrongly_without": wrong,
        "differing": differing,
        "compared": compared,
        "example": example,
    }


def _machines(truth: Path) -> Iterator[Mapping[str, Any]]:
    """The machines, one at a time: together they may be larger than a memory."""
    with truth.open(encoding="utf-8") as file:
        for line in file:
            if line.startswith('  {"id": '):
                yield json.loads(line.rstrip(",\n"))


def _standings(folder: Path) -> dict[str, tuple[str, ...]]:
    """The standings of the systems that carry a name."""
    import sys

    import pyarrow.parquet as pq

    named: dict[str, tuple[str, ...]] = {}
    for batch in pq.ParquetFile(folder / "host_list.parquet").iter_batches(columns=["standing", "clues"]):
        for standing, clues in zip(batch["standing"].to_pylist(), batch["clues"].to_pylist(), strict=True):
            for clue in (clues or "").split("; "):
                if clue.startswith("hostname="):
                    name = clue.removeprefix("hostname=")
                    named[name] = (*named.get(name, ()), sys.intern(str(standing)))
    return named


def _key(name: str) -> str:
    from fullcount.clue import name_key

    return name_key(name) or ""


def _number(counted: int, true: int) -> dict[str, Any]:
    return {"counted": counted, "true": true, "error": abs(counted - true) / true if true else 0.0}
