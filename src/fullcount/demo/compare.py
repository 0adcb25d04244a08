"""How a count of the made-up department compares with its truth: the numbers, and which records are one machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fullcount.demo import formats
from fullcount.demo.machines import STANDARD
from fullcount.demo.truth import DIRECTIVE, looks, pieces
from fullcount.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from fullcount.demo.machines import Organisation
    from fullcount.report import Account

    Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

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


def asked_for(truth: Path) -> tuple[int, int, str] | None:
    """How many systems, which seed and which setting a department was made with; `None` where the truth was not finished."""
    try:
        found = head(truth)
        return found["directives"][DIRECTIVE]["systems"], found["seed"], found.get("setting", STANDARD)
    except (ValueError, KeyError):
        return None


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


# -- identity --------------------------------------------------------------------------------------------------------


class Truth(NamedTuple):
    """The true machine of every record, and the piece of it: its records that a chain of true clues connects, strong or
    medium ones. Parallel arrays, in the order of the exports' names and of the machines in each export.
    """

    machine: Ints
    piece: Ints


class Hosts(NamedTuple):
    """The host that a count gave every record, by strong and medium clues alone and by names as well. In the order of
    `Truth`; a record without a host is one of its own.
    """

    surely: Ints
    by_name: Ints


def identity(folder: Path, made: Organisation) -> dict[str, Any]:
    """How well a count joined the records of the department `made`, in pairs of records; `folder` is the count's.

    Raises `UsageError` where the count holds other records than the department's exports.
    """
    true = true_hosts(made)
    found = counted_hosts(folder, true)
    return measures(true, found.surely) | {"with_names": measures(true, found.by_name)}


def measures(true: Truth, host: Ints) -> dict[str, Any]:
    """Precision: of the pairs joined, how many are one machine. Recall: of the pairs that a chain of true clues connects,
    and of all pairs that are one machine, how many were joined. Shares are from 0 to 1, and 1 where there is no pair.
    """
    joined, right = pairs(host), pairs(true.machine, host)
    connected, found = pairs(true.piece), pairs(true.piece, host)
    same = pairs(true.machine)
    return {
        "joined": joined,
        "rightly_joined": right,
        "precision": right / joined if joined else 1.0,
        "connected": connected,
        "connected_joined": found,
        "recall": found / connected if connected else 1.0,
        "true_pairs": same,
        "recall_of_all": right / same if same else 1.0,
    }


def pairs(*labels: Ints) -> int:
    """How many pairs of records have the same label in each of the arrays: by the sizes of groups, not one by one.

    >>> pairs(np.array([1, 1, 1, 2, 2])), pairs(np.array([1, 1, 1, 2, 2]), np.array([7, 7, 8, 8, 8]))
    (4, 2)
    """
    group = np.unique(labels[0], return_inverse=True)[1]
    for label in labels[1:]:
        values, number = np.unique(label, return_inverse=True)
        group = np.unique(group.astype(np.int64) * len(values) + number, return_inverse=True)[1]
    sizes = np.bincount(group).astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def true_hosts(made: Organisation) -> Truth:
    """The truth of every record that the department's exports hold."""
    held: dict[str, list[tuple[int, int]]] = {}
    piece = 0
    for machine in (*made.systems, *made.gone):
        seen = looks(machine)
        part = {id(look): number for number, one in enumerate(pieces(seen), start=piece) for look in one}
        for look in seen:
            held.setdefault(look.file, []).append((machine.number, part[id(look)]))
        piece = max(part.values(), default=piece - 1) + 1
    first = len(made.systems) + len(made.gone)
    scans = sorted(file for file in held if file.endswith(".nessus"))
    others = len(formats.apart(first))
    for turn, file in enumerate(scans):  # printers and switches: each is seen once
        held[file] += [(first + others * turn + one, piece + others * turn + one) for one in range(others)]
    found = np.array([pair for file in sorted(held) for pair in held[file]], np.int64).reshape(-1, 2)
    return Truth(found[:, 0], found[:, 1])


def counted_hosts(folder: Path, true: Truth) -> Hosts:
    """The hosts of a count's records. Exports and readings have the same machines in the same order, so that a record is
    found by where it stands, and never by the clues that are being judged.
    """
    import pyarrow.parquet as pq

    sources = pq.read_table(folder / "live_sources.parquet", columns=["source", "name"]).to_pylist()
    order = {row["source"]: turn for turn, row in enumerate(sorted(sources, key=lambda row: str(row["name"])))}
    records = pq.read_table(folder / "looks.parquet", columns=["record", "source", "place"])
    record, source, place = (records[name].to_numpy().astype(np.int64) for name in ("record", "source", "place"))
    if len(record) != len(true.machine):
        what = f"the count holds {len(record):,} records, and the department's exports {len(true.machine):,}"
        raise UsageError(what, hint="something was added or dropped since: name another folder: fullcount demo FOLDER")
    turn = np.vectorize(order.__getitem__, otypes=[np.int64])(source)
    record = record[np.lexsort((place, turn))]
    placed = pq.read_table(folder / "host_of.parquet", columns=["record", "host", "host_weak"])
    return Hosts(*(_labels(record, placed["record"].to_numpy(), placed[name].to_numpy()) for name in ("host", "host_weak")))


def _labels(record: Ints, placed: Ints, host: Ints) -> Ints:
    """The host by record; a host is named by a record of its own, so that a record without one can name itself."""
    known = dict(zip(placed.tolist(), host.tolist(), strict=True))
    return np.array([known.get(one, one) for one in record.tolist()], np.int64)
