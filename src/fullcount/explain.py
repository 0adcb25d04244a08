"""Explain: one machine in a count, from its standing back to the lines of the files.

Reads the tables of a count, which the engine shows; makes nothing. What is returned is a plain document, the same for a terminal,
a page and `--json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount import decision
from fullcount.clue import KINDS
from fullcount.condition import folded_fields
from fullcount.kept import CLUE, LOOK, SOURCE, carried, kept_inputs, machine, named_clues, shown_rows
from fullcount.tables import TITLE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from fullcount.decision import Decision
    from fullcount.kept import Asks


def explain(engine: Asks, folder: Path, asked: str) -> dict[str, Any]:
    """Everything that a count knows of one machine: `asked` is its stable name, its host name, or a clue (`kind=value`).

    Raises `UsageError` where no machine of the count is meant, or more than one.
    """
    host = machine(engine, asked)
    number = host["host"]
    records = sorted(row["record"] for row in shown_rows(engine, "host_of", "host", [number], names=("record",)))
    decided = _decided(folder)
    links, refused = _clued(engine, number, records, decided)
    return {
        "host": host["host_id"],
        "name": host["name"],
        **{name: host[name] for name in ("class", "os_family", "population", "population_reason", "last_heard", "last_looked")},
        "components": sorted(
            row["component"] for row in shown_rows(engine, "host_components", "host", [number], names=("component",))
        ),
        "standings": [_standing(row) for row in shown_rows(engine, "host_list", "host_number", [number], names=_STANDING)],
        "exemptions": shown_rows(engine, "exempted", "host", [number], names=_EXEMPTION),
        "records": _records(engine, records),
        "links": links,
        "refused": refused,
        "evidence": _evidence(engine, number, decided),
    }


_STANDING = ("directive", "standing", "reason", "since", "products", "best_kind", "best_grade", "last_seen")
_EXEMPTION = ("directive", "product", "approver", "reason", "mitigation", "expires", "is_expired")


def _standing(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"would_change": list(would_change(row["standing"], row["reason"]))}


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


_LOOK = ("class", "lists", "traces", "os", "looked_at", "heard_at", "observations", "note", "tool")


def _records(engine: Asks, records: Sequence[int]) -> list[dict[str, Any]]:
    looks = shown_rows(engine, "looks", "record", records, names=LOOK)
    looks.sort(key=lambda row: row["record"])
    asked = sorted({row["source"] for row in looks})
    sources = {row["source"]: row for row in shown_rows(engine, "live_sources", "source", asked, names=SOURCE)}
    clues: dict[int, list[str]] = {}
    written = shown_rows(engine, "clues", "record", records, names=CLUE)
    for row in sorted(written, key=lambda row: (row["record"], row["kind"], row["value"])):
        clues.setdefault(row["record"], []).append(f"{row['kind']}={row['value']}")
    return [
        {
            "record": row["record"],
            "source": sources[row["source"]]["name"],
            "place": f"{sources[row['source']]['unit']} {row['place']}",
            **{name: row[name] for name in _LOOK},
            "clues": clues.get(row["record"], []),
        }
        for row in looks
    ]


def _decided(folder: Path) -> list[Decision]:
    """The decisions that held when the count was made."""
    return [decision.redescribed(one) for one in kept_inputs(folder).get("decisions", ())]


_LINK = ("record", "joined_to", "clue", "is_decided")


def _clued(
    engine: Asks, number: int, records: Sequence[int], decided: Sequence[Decision]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Why the records are one machine: the links between them, and the clues that were refused."""
    links = [row for row in shown_rows(engine, "links", "record", records, names=_LINK) if row["joined_to"] in set(records)]
    clues = named_clues(engine, {row["clue"] for row in links})
    refused = [
        {"clue": f"{row['kind']}={row['key']}", "reason": row["refused"]} for row in carried(engine, number) if row["refused"]
    ]
    return _links(links, clues, decided), refused


def _links(
    links: Iterable[Mapping[str, Any]], clues: Mapping[int, Mapping[str, Any]], decided: Sequence[Decision]
) -> list[dict[str, Any]]:
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


_FINDING = (
    *("directive", "product", "title", "version", "publisher", "trace", "state", "kind", "grade", "signature", "scope"),
    *("in_scope", "counts", "answered", "remains", "remains_why", "seen_on", "source", "unit", "place", "path", "user"),
    *("installed_on", "tool"),
)


def _evidence(engine: Asks, number: int, decided: Sequence[Decision]) -> list[dict[str, Any]]:
    """Every sighting of a product on the host, and for one that a person decided which decision it was."""
    rows = shown_rows(engine, "finding_list", "host_number", [number], names=_FINDING)
    rows.sort(key=lambda row: (row["directive"], not row["counts"], row["product"], row["source"], row["place"]))
    # a sighting that a person decided carries that word for its signature
    is_decided = any(row["signature"] == _BY_PERSON for row in rows)
    said = _said_of_titles(engine, number, decided) if is_decided else {}
    return [row | {"decision": said.get(_sighting(row))} for row in rows]


_BY_PERSON = "decision"
_SEEN = ("directive", "product", "record", "title", "place", "source", "trace", "signature")


def _sighting(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("directive", "product", "source", "place", "trace", "title"))


def _said_of_titles(engine: Asks, number: int, decided: Sequence[Decision]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The decision that each sighting rests on, where it rests on one: the last that speaks of its title and product."""
    seen = [row for row in shown_rows(engine, "evidence", "host", [number], names=_SEEN) if row["signature"] == _BY_PERSON]

    def of(table: str, column: str, *names: str) -> list[dict[str, Any]]:
        return shown_rows(engine, table, column, sorted({row[column] for row in seen}), names=(column, *names))

    titles = {row["title"]: row for row in of("titles", "title", *TITLE_FIELDS)}
    sources = {row["source"]: row["name"] for row in of("live_sources", "source", "name")}
    starts = {row["record"]: row["place"] for row in of("looks", "record", "place")}
    products = {(row["directive"], row["product"]): row["name"] for row in of("product_names", "directive", "product", "name")}
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
