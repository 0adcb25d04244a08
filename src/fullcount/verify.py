"""Verify: what became of every system that ever had it, from one kept count: no two counts are compared.

Each system with evidence that counts, of whatever day up to the as-of, has exactly one state (`STATES`): the first that
fits, so that they add up to the systems that ever had it. Of those from which it was removed, each has exactly one mark of
whether something does the work of what was removed (`MARKS`), and some have something left behind (`RESIDUE`). What stands
beside (`BESIDE`) is in no such sum.

*Removed* is said only of a system that is *without it* today because a later complete look has answered all its evidence. A
replacement works where a fresh look saw it running or installed, and no later complete look that sees that trace misses it;
it stands in for a product with which it shares a capability. Which does so is said in the registers.

Reads the tables that a count keeps; makes `verify_list`, `verify_residue` and `verify_sizes` in the engine, and nothing in
the workspace.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fullcount.engine import statement
from fullcount.errors import UsageError
from fullcount.model import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from fullcount.engine import Engine
    from fullcount.report import Account

STATES: dict[str, str] = {
    "removed": "removed, verified: a later complete look no longer shows it",
    "in-doubt": "removed and verified once; today nobody has looked for too long, or other evidence speaks against it",
    "gone-unverified": "a later look no longer shows it, but cannot prove that it is gone",
    "re-appeared": "there again, after a complete look had shown that it was gone",
    "still-there": "there since it was first seen, under an exemption or not",
}
MARKS: dict[str, str] = {
    "unprotected": "removed, and no registered replacement was seen working for one of its products",
    "no-replacement": "removed, and for one of its products no replacement is registered: nobody can say",
    "protected": "removed, and a registered replacement was seen working for each of its products",
    "needs-none": "removed, and its products did nothing that must be replaced",
}
RESIDUE: dict[str, str] = {"residue-left": "removed, and something of it was left behind"}
BESIDE: dict[str, str] = {
    "residue-only": "systems on which something was left behind, although it was never seen there itself",
    "left": "machines that had it and are no systems any longer: to be gone verifies no removal",
}
CLEAN_UP = "clean-up"  # the list of what was left behind, piece by piece
LISTS: dict[str, str] = {
    **STATES,
    **MARKS,
    **RESIDUE,
    **BESIDE,
    CLEAN_UP: "every piece that was left behind, with its place: what to clean up",
}
_TABLES = (
    *("verify_answers", "verify_had", "verify_states", "verify_marks", "verify_residue", "verify_working"),
    *("verify_list", "verify_sizes"),
)
_EVIDENCE = ["directive", "host", "product", "record", "trace"]
_LEFT = ["directive", "host_number", "product", "title", "version", "trace", "path", "tool", "source", "place", "seen_on"]
_SYSTEM = ["host", "name", "component", "standing", "reason"]
# A row of a list of machines, and one of the list of what is to be cleaned up.
COLUMNS = (
    *("directive", "state", "mark", "is_residue_left", *_SYSTEM),
    *("products", "first_seen", "last_seen", "answered_on", "last_looked"),
    *("replacements", "replacement_seen", "replacement_seen_by"),
)
PIECES = (
    *("directive", "state", "host", "name", "component", "product", "title", "version", "trace", "path"),
    *("tool", "source", "place", "seen_on"),
)


def verify(engine: Engine, folder: Path, *, since: Account | None = None) -> None:
    """Make the tables that look into the count in a folder; see the module. `since`: leave out what was removed before the
    end of that account's day, and is not there again. Raises `UsageError` where it has no day, or the count is too old.
    """
    if not (folder / "protections.parquet").exists():
        raise UsageError("this count was made before removals could be verified", hint="`fullcount count` makes it anew")
    engine.put("findings", _read(folder, "findings"))
    engine.put("standing", _read(folder, "standing", ["directive", "host", "reason"]))
    for table in ("protections", "replacing", "product_names"):
        engine.put(table, _read(folder, table))
    engine.put("placed_systems", _read(folder, "placed_systems", ["directive", "host", "component"]))
    names = _read(folder, "replacing", ["directive", "replacement", "name"])
    engine.put("replacement_names", names.group_by(names.column_names).aggregate([]))
    engine.put("counting", _counting(folder))
    engine.put("answers", _read(folder, "answers", [*_EVIDENCE, "answered_on"]))
    engine.put("residue", _residue(folder))
    systems = ["directive", "host_number", *_SYSTEM, "last_looked"]
    listed = _read(folder, "host_list", systems)
    engine.put("systems", listed.rename_columns(["directive", "host", "host_id", *_SYSTEM[1:], "last_looked"]))
    machines = _read(folder, "hosts", ["host", "population", "population_reason"])
    engine.put("machines", machines.join(_read(folder, "host_names", ["host", "host_id", "name"]), "host"))
    engine.put("verify_since", pa.table({"since": pa.array([_end_of(folder, since)], pa.timestamp("us"))}))
    for table in _TABLES:
        engine.make(table, statement(table))


def _read(folder: Path, table: str, columns: Sequence[str] | None = None) -> pa.Table:
    return pq.read_table(folder / f"{table}.parquet", columns=list(columns) if columns else None)


def _counting(folder: Path) -> pa.Table:
    """Evidence that counts, answered or not, and when it was seen."""
    path = folder / "evidence.parquet"
    counting = pq.read_table(path, columns=[*_EVIDENCE, "seen_on"], filters=pc.field("counts"))
    found = counting.group_by(_EVIDENCE).aggregate([("seen_on", "min"), ("seen_on", "max")])
    return found.select([*_EVIDENCE, "seen_on_min", "seen_on_max"]).rename_columns([*_EVIDENCE, "first_seen", "last_seen"])


def _residue(folder: Path) -> pa.Table:
    """Unanswered sightings of what is left of a product."""
    asked = (pc.field("kind") == State.RESIDUE.value) & pc.field("answered").is_null()
    return pq.read_table(folder / "finding_list.parquet", columns=_LEFT, filters=asked)


def _end_of(folder: Path, since: Account | None) -> datetime | None:
    """The first moment after the day of an account, in the time zone of the settings; UTC without zone."""
    if since is None:
        return None
    if not since.as_of:
        raise UsageError("that count has no day", hint="name one with a day: `--since COUNT`")
    said = json.loads((folder / "inputs.json").read_text("utf-8"))
    zone = ZoneInfo(said["settings"]["time_zone"])
    end = datetime.combine(date.fromisoformat(since.as_of) + timedelta(days=1), time(), tzinfo=zone)
    return end.astimezone(UTC).replace(tzinfo=None)


def sizes(engine: Engine, directive: str) -> dict[str, int]:
    """How many machines have each state and mark under a directive; noughts are there too. After `verify`."""
    rows = engine.rows(f"select name, systems from verify_sizes where directive = '{directive}'")  # noqa: S608 - an id is a plain word
    found = {row["name"]: row["systems"] for row in rows}
    return {name: found.get(name, 0) for name in LISTS if name != CLEAN_UP}


def verified(engine: Engine, account: Account, *, since: Account | None = None) -> dict[str, Any]:
    """What became of the systems that ever had it, each number with what it is out of. After `verify`."""
    found = sizes(engine, account.directive["id"])
    ever = sum(found[name] for name in STATES)
    out_of = dict.fromkeys(STATES, ever) | dict.fromkeys((*MARKS, *RESIDUE), found["removed"])
    return {
        "directive": account.directive["id"],
        "count": account.count,
        "as_of": account.as_of,
        "since": since.as_of if since else None,
        "sentence": _sentence(account, found, ever, since),
        "systems": ever,
        "states": [_line(name, found, out_of) for name in STATES],
        "marks": [_line(name, found, out_of) for name in (*MARKS, *RESIDUE)],
        "beside": [_line(name, found, out_of) for name in BESIDE],
    }


def _line(name: str, found: dict[str, int], out_of: dict[str, int]) -> dict[str, Any]:
    return {"list": name, "systems": found[name], "of": out_of.get(name), "means": LISTS[name]}


def _sentence(account: Account, found: dict[str, int], ever: int, since: Account | None) -> str:
    """How many had it, on how many it is gone for certain, and how many of these nothing protects."""
    day = f" up to {account.as_of}" if account.as_of else ""
    left_out = f", less those removed by {since.as_of}" if since else ""
    removed = found["removed"]
    marks = f"{found['unprotected']:,} of them unprotected, {found['residue-left']:,} with something left behind"
    return (
        f"{ever:,} systems ever had it{day}{left_out}: on {removed:,} its removal is verified ({marks}), "
        f"on {ever - removed:,} it is not ({account.directive['short_title']})."
    )


def columns(name: str) -> tuple[str, ...]:
    """The columns of a list. Raises `UsageError` where none is called so."""
    if name not in LISTS:
        raise UsageError(f"no list is called {name}", hint=f"one of: {', '.join(LISTS)}")
    return PIECES if name == CLEAN_UP else COLUMNS


def batches(engine: Engine, directive: str, name: str) -> Iterator[pa.RecordBatch]:
    """The rows of a list (`LISTS`), by component and name. After `verify`. Raises `UsageError`."""
    chosen, where = columns(name), f"state = '{name}'"
    if name in MARKS:
        where = f"mark = '{name}'"
    elif name in RESIDUE:
        where = "state = 'removed' and is_residue_left"
    elif name == CLEAN_UP:
        where = "true"
    table, order = "verify_list", "component, name, host"
    if name == CLEAN_UP:
        table, order = "verify_residue", f"{order}, product, title, path, source, place, trace, version"
    query = f"select {', '.join(chosen)} from {table} where directive = '{directive}' and {where} order by {order}"  # noqa: S608
    yield from engine.batches(query)


def listed(engine: Engine, directive: str, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a list as dictionaries; see `batches`."""
    for batch in batches(engine, directive, name):
        yield from batch.to_pylist()
