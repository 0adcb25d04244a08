"""Conflicts: what a person should look at in a count's identities, biggest effect on the count first.

Reads the tables that a count keeps; makes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.kept import kept_carriers, kept_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SHOWN = 20  # machines named below one clue
# A value on very many records is most likely no clue at all, so it is asked about last.
_TIERS = {"contradiction": 0, "clone": 0, "weakness": 0, "popularity": 1}


def conflicts(folder: Path, directive: str, *, most: int | None = None) -> tuple[list[dict[str, Any]], int]:
    """The questions of a count under a directive and how many there are: `most` of them (all where it is None), each with
    the machines that it is about.

    Ordered by how many fewer systems would be *with it* were the machines one, then by how many fewer systems there would
    be; clues that too many records carry come last.
    """
    rows = kept_rows(folder, "questions", "directive", [directive])
    rows.sort(key=_order)
    chosen = rows if most is None else rows[:most]
    by_clue = _machines(folder, directive, [(row["kind"], row["value"]) for row in chosen])
    found = [
        {
            "clue": f"{row['kind']}={row['value']}",
            **{name: row[name] for name in ("reason", "refused_by", "systems", "with_it", "without_it", "not_covered")},
            "systems_less": row["systems"] - 1,
            "with_it_less": max(0, row["with_it"] - 1),
            "machines": by_clue.get((row["kind"], row["value"]), [])[:SHOWN],
        }
        for row in chosen
    ]
    return found, len(rows)


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (_TIERS[row["refused_by"]], -max(0, row["with_it"] - 1), -row["systems"], row["kind"], row["value"])


def _machines(folder: Path, directive: str, clues: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """By clue, the systems that carry it, by name."""
    asked = set(clues)
    if not asked:
        return {}
    pairs = [(row["kind"], row["key"], row["host"]) for row in kept_carriers(folder, asked)]
    numbers = sorted({host for *_, host in pairs})
    kept = ("host", "name", "standing", "reason", "tools", "last_heard", "clues")
    hosts = {
        row["host_number"]: {name: row[name] for name in kept}
        for row in kept_rows(folder, "host_list", "host_number", numbers)
        if row["directive"] == directive
    }
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for kind, key, number in pairs:
        if number in hosts:
            found.setdefault((kind, key), []).append(hosts[number])
    for machines in found.values():
        machines.sort(key=lambda one: (one["name"] or "", one["host"]))
    return found
