"""Absent: why a machine is *not* counted as having a product, or not counted at all, back to the lines of the files.

Reads the tables that a count keeps and the readings; makes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fullcount.clue import meant
from fullcount.decision import told
from fullcount.engine import rows_table
from fullcount.kept import kept_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from fullcount.engine import Engine

_NEVER = datetime(1970, 1, 1)  # noqa: DTZ001 - UTC without zone, as everywhere
_SHOWN = 20  # places named of a machine that the count does not have
_OCCURS = """
select
    clues.record,
    clues.kind,
    clues.value,
    records.place,
    sources.source,
    sources.unit,
    named.name
from asked_keys
inner join clues on asked_keys.kind = clues.kind and asked_keys.key = clues.key
inner join records on clues.record = records.record
inner join sources on records.source = sources.source
inner join (
    select
        appearances.identity,
        min(appearances.name) as name
    from appearances
    group by appearances.identity
) as named on sources.identity = named.identity
order by clues.record, clues.kind
"""
_WORTH = {
    "complete": "a complete fresh look",
    "empty": "suspiciously empty",
    "stuck": "stuck: the tool still hears of it, but the look is too old",
    "stale": "too old",
    "undated": "without a date",
    "partial": "lists some software only",
    "network": "lists names that it spoke to only",
    "listed": "says only that it exists",
}


def looked_for(folder: Path, number: int, family: str | None) -> list[dict[str, Any]]:
    """By directive and required trace, the looks at a host that see it, and what each is worth; where none does, `looks` is
    empty: nobody looked there.
    """
    looks = kept_rows(folder, "look_list", "host_number", [number])
    looks.sort(key=lambda row: (row["looked_at"] is None, -(row["looked_at"] or _NEVER).timestamp(), row["source"]))
    required = [row for row in kept_rows(folder, "required") if row["os_family"] == (family or "")]
    found = []
    for row in sorted(required, key=lambda row: (row["directive"], row["trace"])):
        seeing = [one for one in looks if one["directive"] == row["directive"] and row["trace"] in (one["traces"] or "").split()]
        found.append(
            {
                "directive": row["directive"],
                "trace": row["trace"],
                "is_seen": any(one["state"] == "complete" for one in seeing),
                "looks": [
                    {"source": one["source"], "looked_at": one["looked_at"], "state": one["state"], "worth": _WORTH[one["state"]]}
                    for one in seeing
                ],
            }
        )
    return found


def not_counting(evidence: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Evidence about a machine that does not make it *with it*, each piece with the reason."""
    kept = ("directive", "product", "title", "path", "version", "source", "unit", "place", "seen_on")
    return [{name: row[name] for name in kept} | {"why": why} for row in evidence if (why := why_not(row))]


def why_not(row: Mapping[str, Any]) -> str:
    """Why a piece of evidence, as `explain` gives it, does not count; empty where it does."""
    if row["answered"]:
        return f"answered by a later complete look: {row['answered']}"
    if row["counts"]:
        return ""
    if row["scope"] == "decided not":
        by = f" ({told(row['decision'])})" if row["decision"] else ""
        return f"a person decided that it is not this product{by}"
    if row["in_scope"] != "in":
        return f"the directive's scope says {row['in_scope']} for {row['scope'].replace('_', ' ')}"
    hint = "the title is only like it: a hint, to be reviewed" if row["grade"] == "hint" else ""
    return hint or row["remains_why"] or f"it proves no more than: {row['kind']}"


def elsewhere(engine: Engine, folder: Path, asked: str) -> list[dict[str, Any]]:
    """Where a name or clue that no host of the count has occurs all the same: each place with why it does not count.

    Asks the readings (mounted): records of sources that were dropped or are later than the day of the count, and records
    that name no machine.
    """
    keys = meant(asked)
    if not keys:
        return []
    rows = [{"kind": kind, "key": key} for kind, key in sorted(keys)]
    engine.put("asked_keys", rows_table(rows, {"kind": "text", "key": "text"}))
    rows = engine.rows(_OCCURS)[:_SHOWN]
    live = {row["source"] for row in kept_rows(folder, "live_sources", "source", [row["source"] for row in rows])}
    counted = {row["record"] for row in kept_rows(folder, "looks", "record", [row["record"] for row in rows])}
    return [
        {
            "clue": f"{row['kind']}={row['value']}",
            "source": row["name"],
            "place": f"{row['unit']} {row['place']}",
            "why": _left_out(row, live, counted),
        }
        for row in rows
    ]


def _left_out(row: Mapping[str, Any], live: set[int], counted: set[int]) -> str:
    if row["source"] not in live:
        return "its source does not count: it was dropped, or read again since"
    if row["record"] not in counted:
        return "it is dated after the day of the count"
    return "the clue identifies nothing, so that the record names no machine"
