"""Explain: one machine in a count, from its standing back to the lines of the files.

Reads the tables that a count keeps; makes nothing. What is returned is a plain document, the same for a terminal,
a page and `--json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount import decision
from fullcount.clue import KINDS
from fullcount.condition import folded_fields
from fullcount.kept import kept_inputs, kept_rows, machine
from fullcount.tables import TITLE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fullcount.decision import Decision
    from fullcount.engine import Engine


def explain(engine: Engine, folder: Path, asked: str) -> dict[str, Any]:
    """Everything that a count knows of one machine: `asked` is its stable name, its host name, or a clue (`kind=value`).

    Raises `UsageError` where no machine of the count is meant, or more than one.
    """
    host = machine(folder, asked)
    number = host["host"]
    records = [row["record"] for row in kept_rows(folder, "host_of", "host", [number])]
    decided = _decided(folder)
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
        "links": _links(folder, records, decided),
        "refused": [
            {"clue": f"{row['kind']}={row['key']}", "reason": row["refused"]}
            for row in kept_rows(folder, "host_clues", "host", [number])
            if row["refused"]
        ],
        "evidence": _evidence(engine, folder, number, decided),
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


def _decided(folder: Path) -> list[Decision]:
    """The decisions that held when the count was made."""
    return [decision.redescribed(one) for one in kept_inputs(folder).get("decisions", ())]


def _links(folder: Path, records: Sequence[int], decided: Sequence[Decision]) -> list[dict[str, Any]]:
    links = [row for row in kept_rows(folder, "links", "record", records) if row["joined_to"] in set(records)]
    clues = {row["clue"]: row for row in kept_rows(folder, "clue_keys", "clue", sorted({row["clue"] for row in links}))}
    found = [
        {
            "record": row["record"],
            "joined_to": row["joined_to"],
            "clue": f"{clues[row['clue']]['kind']}={clues[row['clue']]['key']}",
            "strength": "decided" if row["is_decided"] else _strength(clues[row["clue"]]["kind"]),
            "decision": _linking(decided, clues[row["clue"]]) if row["is_decided"] else None,
        }
        for row in links
    ]
    return sorted(found, key=lambda link: (_turn(link["clue"].partition("=")[0]), link["record"]))


def _turn(kind: str) -> int:
    step = KINDS[kind].step
    return len(KINDS) if step is None else step


def _strength(kind: str) -> str:
    """How far a link is trusted. What joins nothing else joined a record to the only machine that had it that day."""
    return "that day" if KINDS[kind].step is None else KINDS[kind].strength


def _linking(decided: Sequence[Decision], clue: Mapping[str, Any]) -> dict[str, Any] | None:
    """The last decision that links the carriers of a clue."""
    mine = [one for one in decided if one.what == decision.LINK and (clue["kind"], clue["key"]) in one.keys()]  # noqa: SIM118 - its clues
    return decision.described(mine[-1]) if mine else None


def _evidence(engine: Engine, folder: Path, number: int, decided: Sequence[Decision]) -> list[dict[str, Any]]:
    """Every sighting of a product on the host, and for one that a person decided which decision it was."""
    rows = kept_rows(folder, "finding_list", "host_number", [number])
    rows.sort(key=lambda row: (row["directive"], not row["counts"], row["product"], row["source"], row["place"]))
    dropped = {"host", "host_name", "host_number"}
    said = _said_of_titles(engine, folder, number, decided)
    kept = [{name: value for name, value in row.items() if name not in dropped} for row in rows]
    return [row | {"decision": said.get(_sighting(row))} for row in kept]


def _sighting(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("directive", "product", "source", "place", "trace", "title"))


def _said_of_titles(
    engine: Engine, folder: Path, number: int, decided: Sequence[Decision]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The decision that each sighting rests on, where it rests on one: the last that speaks of its title and product."""
    seen = [row for row in kept_rows(folder, "evidence", "host", [number]) if row["signature"] == "decision"]
    if not seen:
        return {}
    named = ", ".join(sorted({str(row["title"]) for row in seen}))
    columns = ", ".join(("title", *TITLE_FIELDS))
    titles = {row["title"]: row for row in engine.rows(f"select {columns} from titles where title in ({named})")}  # noqa: S608 - numbers
    sources = {row["source"]: row["name"] for row in kept_rows(folder, "live_sources")}
    starts = {row["record"]: row["place"] for row in kept_rows(folder, "looks", "record", {row["record"] for row in seen})}
    products = {(row["directive"], row["product"]): row["name"] for row in kept_rows(folder, "product_names")}
    found = {}
    for row in seen:
        fields = folded_fields(titles[row["title"]])
        about = [one for one in decided if (one.directive, one.product) == (row["directive"], row["product"])]
        speaking = [one for one in about if one.what in decision.OF_TITLES and one.speaks_of(fields)]
        place = {"source": sources[row["source"]], "place": starts[row["record"]] + row["place"]}
        title = {"product": products[row["directive"], row["product"]], "title": titles[row["title"]]["name"]}
        if speaking:
            found[_sighting(row | place | title)] = decision.described(speaking[-1])
    return found
