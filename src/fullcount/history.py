"""History: the life of one machine, look by look, and where it stood in every count that is kept.

Reads the tables of a count, which the engine shows, and of others that are kept; makes nothing. What is returned is a plain
document, the same for a terminal and `--json`.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from fullcount.clue import KINDS, STRONG
from fullcount.errors import UsageError
from fullcount.kept import CLUE, LOOK, SOURCE, beside, carried, carriers, machine, shown_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from fullcount.kept import Asks

    # A count's name, what the engine puts behind the names of its tables, and the day as of which it counted, by directive.
    _Count = tuple[str, str, Mapping[str, str]]

_NAMES = ("hostname", "fqdn")


def history(
    engine: Asks, folder: Path, asked: str, *, counts: Sequence[tuple[Path, Mapping[str, str]]], directive: str = ""
) -> dict[str, Any]:
    """The life of one machine as the count in `folder` knows it: `asked` as for `explain`. `counts` are all that are kept, each
    with its directives and the day as of which it counted under them; the engine shows the one in `folder` (`lay_open`), and
    beside it the others (`lay_beside`).

    Raises `UsageError` where no machine is meant, or more than one, or where nothing was counted under `directive`.
    """
    known = sorted({one for path, days in counts if path == folder for one in days})
    if directive and directive not in known:
        raise UsageError(f"not counted under {directive}", hint=f"--directive one of: {', '.join(known)}")
    host = machine(engine, asked)
    records = sorted(row["record"] for row in shown_rows(engine, "host_of", "host", [host["host"]], names=("record",)))
    looks = _looks(engine, records)
    names = _names(engine, looks)
    evidence = [row for row in _evidence(engine, host["host"]) if directive in {"", row["directive"]}]
    told = [one for one in known if directive in {"", one}]
    strong = cache(partial(_strong, engine, host["host"]))
    return {
        "host": host["host_id"],
        "name": host["name"],
        **{name: host[name] for name in ("class", "os_family", "population", "population_reason")},
        "names": _lives(names, looks),
        "looks": [_look(row, names.get(row["record"], []), evidence, told) for row in looks],
        "standings": sorted(
            # by the day as of which was counted; counts of the same day as they were made
            (
                row
                for path, of in counts
                for row in _standings(engine, (path.name, "" if path == folder else beside(path), of), records, strong)
                if row["directive"] in told
            ),
            key=lambda row: str(row["as_of"]),
        ),
        "later_records": _size(folder, "later_list"),
    }


def _size(folder: Path, table: str) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(folder / f"{table}.parquet").num_rows)


def _looks(engine: Asks, records: Sequence[int]) -> list[dict[str, Any]]:
    """The looks at a machine, oldest first, undated ones last, with what their sources say."""
    found = shown_rows(engine, "looks", "record", records, names=LOOK)
    asked = sorted({row["source"] for row in found})
    sources = {row["source"]: row for row in shown_rows(engine, "live_sources", "source", asked, names=SOURCE)}
    looked = shown_rows(engine, "complete_looks", "record", records, names=("record", "is_empty"))
    complete = {row["record"]: row for row in looked}
    for row in found:
        source = sources[row["source"]]
        row |= {"source": source["name"], "unit": source["unit"], "collected_at": source["collected_at"]}
        row["complete"] = row["record"] in complete and not complete[row["record"]]["is_empty"]
        row["on"] = row["looked_at"] or row["seen_on"] or row["heard_at"]
    return sorted(found, key=lambda row: (row["on"] is None, str(row["on"]), row["source"], row["place"], row["record"]))


def _look(
    row: Mapping[str, Any], names: Sequence[str], evidence: Iterable[Mapping[str, Any]], directives: Sequence[str]
) -> dict[str, Any]:
    kept = ("on", "source", "unit", "place", "tool", "collected_at", "looked_at", "heard_at", "lists", "traces", "complete")
    mine = [one for one in evidence if one["record"] == row["record"]]
    return {
        "record": row["record"],
        **{name: row[name] for name in kept},
        "observations": row["observations"],
        "note": row["note"],
        "names": list(names),
        "saw": [{name: value for name, value in one.items() if name != "record"} for one in mine],
        # silence is absence only in a complete look, and only of the traces that it sees
        "saw_nothing_of": [one for one in directives if row["complete"] and all(found["directive"] != one for found in mine)],
    }


_KEYS = ("directive", "product", "record", "trace")
_SEEN = (*_KEYS, "signature", "state", "counts")


def _evidence(engine: Asks, number: int) -> list[dict[str, Any]]:
    """What was seen of products on a machine: by record, product, title and trace, with what answered it."""
    seen = shown_rows(engine, "evidence", "host", [number], names=_SEEN)
    answered = shown_rows(engine, "answers", "host", [number], names=(*_KEYS, "answer", "answered_on"))
    answers = {tuple(row[name] for name in _KEYS): row for row in answered}
    # a signature is of one product; the list of findings has what it is called
    called = shown_rows(engine, "finding_list", "host_number", [number], names=("directive", "signature", "product"))
    products = {(row["directive"], row["signature"]): row["product"] for row in called}
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in seen:
        answer = answers.get(tuple(row[name] for name in _KEYS), {})
        one = {
            **{name: row[name] for name in ("record", "directive", "trace", "state", "counts")},
            "product": products.get((row["directive"], row["signature"]), row["product"]),
            "answered_by": answer.get("answer"),
            "answered_on": answer.get("answered_on"),
        }
        found[tuple(str(value) for value in one.values())] = one
    return [found[name] for name in sorted(found)]


def _names(engine: Asks, looks: Sequence[Mapping[str, Any]]) -> dict[int, list[str]]:
    """The names of a machine as each record writes them. The engine shows the readings."""
    found: dict[int, list[str]] = {}
    clues = shown_rows(engine, "clues", "record", sorted(row["record"] for row in looks), names=CLUE)
    written = [row for row in clues if row["kind"] in _NAMES]
    for row in sorted(written, key=lambda row: (row["record"], _NAMES.index(row["kind"]), row["value"])):
        found.setdefault(row["record"], []).append(row["value"])
    return {record: list(dict.fromkeys(values)) for record, values in found.items()}


def _lives(names: Mapping[int, Sequence[str]], looks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """From when to when a machine had each of its names; both empty where no record with it has a date."""
    dates: dict[str, list[datetime]] = {}
    for row in looks:
        for name in names.get(row["record"], []):
            dates.setdefault(name, []).extend([row["on"]] if row["on"] else [])
    lives = [{"name": name, "first": min(days, default=None), "last": max(days, default=None)} for name, days in dates.items()]
    return sorted(lives, key=lambda one: (one["first"] is None, str(one["first"]), one["name"]))


def _strong(engine: Asks, number: int) -> set[tuple[str, str]]:
    clues = carried(engine, number)
    return {(row["kind"], row["key"]) for row in clues if KINDS[row["kind"]].strength == STRONG and not row["refused"]}


_LISTED = ("directive", "host", "name", "standing", "reason", "since")
_APART = ("host", "name", "population", "reason")


def _standings(
    engine: Asks, count: _Count, records: Sequence[int], strong: Callable[[], set[tuple[str, str]]]
) -> list[dict[str, Any]]:
    """Where a machine stood in one count: found by its records, else by its strong clues, which are only then asked for;
    several where it was counted as several then.
    """
    of, behind, days = count

    def rows(table: str, column: str, values: Collection[Any], *names: str) -> list[dict[str, Any]]:
        return shown_rows(engine, f"{table}{behind}", column, values, names=names)

    numbers = {row["host"] for row in rows("host_of", "record", records, "host")}
    shares = "records"
    if not numbers:
        numbers = {row["host"] for row in carriers(engine, strong(), behind=behind) if not row["refused"]}
        shares = "clues"
    listed = rows("host_list", "host_number", sorted(numbers), "host_number", *_LISTED)
    # a machine that is a system is not apart
    others = sorted(numbers - {row["host_number"] for row in listed})
    apart = rows("apart_list", "host", sorted(row["host_id"] for row in rows("host_names", "host", others, "host_id")), *_APART)
    found = []
    for directive, as_of in days.items():
        about = {"count": of, "as_of": as_of, "directive": directive}
        own = [row for row in listed if row["directive"] == directive]
        for row in sorted(own, key=lambda row: str(row["host"])):
            kept = {name: row[name] for name in ("host", "name", "standing", "reason", "since")}
            found.append({**about, **kept, "shares": shares})
        for row in apart:
            reason = f"{row['population']}: {row['reason']}"
            kept = {"host": row["host"], "name": row["name"], "standing": None, "reason": reason, "since": None}
            found.append({**about, **kept, "shares": shares})
        if not own and not apart:
            nothing = {"host": None, "name": None, "standing": None, "reason": "not known to this count", "since": None}
            found.append({**about, **nothing, "shares": ""})
    return found
