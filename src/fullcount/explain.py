"""Explain: one machine in a count, from its standing back to the lines of the files.

Reads the tables that a count keeps; makes nothing. What is returned is a plain document, the same for a terminal,
a page and `--json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.clue import KINDS
from fullcount.kept import kept_rows, machine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fullcount.engine import Engine


def explain(engine: Engine, folder: Path, asked: str) -> dict[str, Any]:
    """Everything that a count knows of one machine: `asked` is its stable name, its host name, or a clue (`kind=value`).

    Raises `UsageError` where no machine of the count is meant, or more than one.
    """
    host = machine(folder, asked)
    number = host["host"]
    records = [row["record"] for row in kept_rows(folder, "host_of", "host", [number])]
    return {
        "host": host["host_id"],
        "name": host["name"],
        **{name: host[name] for name in ("class", "os_family", "population", "population_reason", "last_heard", "last_looked")},
        "components": sorted(row["component"] for row in kept_rows(folder, "host_components", "host", [number])),
        "standings": [_standing(row) for row in kept_rows(folder, "host_list", "host_number", [number])],
        "exemptions": [
            {name: row[name] for name in ("directive", "product", "approver", "reason", "mitigation", "expires", "is_expired")}
            for row in kept_rows(folder, "exempted", "host", [number])
        ],
        "records": _records(engine, folder, records),
        "links": _links(folder, records),
        "refused": [
            {"clue": f"{row['kind']}={row['key']}", "reason": row["refused"]}
            for row in kept_rows(folder, "host_clues", "host", [number])
            if row["refused"]
        ],
        "evidence": _evidence(folder, number),
    }


def _standing(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("directive", "standing", "reason", "since", "products", "best_kind", "best_grade", "last_seen")
    return {name: row[name] for name in kept} | {"would_change": list(would_change(row["standing"], row["reason"]))}


def would_change(standing: str, reason: str) -> Sequence[str]:
    """What would give the machine another standing, in sentences."""
    return next(texts for said, word, texts in _CHANGES if said == standing and word in reason)


_FOUND = "a sighting of a product by any source: with it"
_CHANGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "with it",
        "",
        (
            "a later complete look that sees the same trace and no longer lists the product, or a recorded visit: without it",
            "an exemption in fullcount.toml, with approver, reason and expiry: exempt",
        ),
    ),
    (
        "exempt",
        "",
        ("the end of the exemption: with it", "a later complete look that no longer lists the product: without it"),
    ),
    ("without it", "", (_FOUND, "no complete look in the days that count as fresh: not covered")),
    ("not covered", "contradicted", ("a decision about the evidence that speaks against it", _FOUND)),
    ("not covered", "blind", ("an export that also sees the missing traces", _FOUND)),
    ("not covered", "no date", ("the date of the export: --collected-at, or a date in its folder's name", _FOUND)),
    ("not covered", "", ("a complete fresh inventory of this machine", _FOUND)),
)


def _records(engine: Engine, folder: Path, records: Sequence[int]) -> list[dict[str, Any]]:
    looks = sorted(kept_rows(folder, "looks", "record", records), key=lambda row: row["record"])
    sources = {
        row["source"]: row for row in kept_rows(folder, "live_sources", "source", sorted({row["source"] for row in looks}))
    }
    clues: dict[int, list[str]] = {}
    named = ", ".join(str(record) for record in records)
    for row in engine.rows(f"select record, kind, value from clues where record in ({named}) order by record, kind, value"):  # noqa: S608
        clues.setdefault(row["record"], []).append(f"{row['kind']}={row['value']}")
    kept = ("class", "lists", "traces", "os", "looked_at", "heard_at", "observations", "note", "tool")
    return [
        {
            "record": row["record"],
            "source": sources[row["source"]]["name"],
            "place": f"{sources[row['source']]['unit']} {row['place']}",
            **{name: row[name] for name in kept},
            "clues": clues.get(row["record"], []),
        }
        for row in looks
    ]


def _links(folder: Path, records: Sequence[int]) -> list[dict[str, Any]]:
    links = [row for row in kept_rows(folder, "links", "record", records) if row["joined_to"] in set(records)]
    clues = {row["clue"]: row for row in kept_rows(folder, "clue_keys", "clue", sorted({row["clue"] for row in links}))}
    found = [
        {
            "record": row["record"],
            "joined_to": row["joined_to"],
            "clue": f"{clues[row['clue']]['kind']}={clues[row['clue']]['key']}",
            "strength": "decided" if row["is_decided"] else KINDS[clues[row["clue"]]["kind"]].strength,
        }
        for row in links
    ]
    return sorted(found, key=lambda link: (KINDS[link["clue"].partition("=")[0]].step or 0, link["record"]))


def _evidence(folder: Path, number: int) -> list[dict[str, Any]]:
    rows = kept_rows(folder, "finding_list", "host_number", [number])
    rows.sort(key=lambda row: (row["directive"], not row["counts"], row["product"], row["source"], row["place"]))
    dropped = {"host", "host_name", "host_number"}
    return [{name: value for name, value in row.items() if name not in dropped} for row in rows]
