"""A kept count: the rows of its tables, and how one of its machines is found."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from fullcount.clue import meant
from fullcount.errors import UsageError
from fullcount.report import Estimate, FamilyLine
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from fullcount.report import Account

ACCOUNTS = "accounts.json"  # one account a directive
ESTIMATES = "estimates.json"  # what was worked out from a count since it was made
_ASSUMED = 8  # sentences that an account repeats; the document of the estimate has all
INPUTS = "inputs.json"  # what besides the exports decided the count, so that two counts can be compared
# What a count keeps: enough to follow any number back with a plain SQL shell.
KEPT = (
    "required",
    "product_names",
    "replacing",
    "replacement_titles",
    "exempted",
    "live_sources",
    "left_files",
    "looks",
    "clue_keys",
    "clue_carried",
    "host_of",
    "links",
    "refusals",
    "unplaced",
    "relinks",
    "hosts",
    "host_names",
    "host_clues",
    "host_components",
    "host_lines",
    "host_families",
    "host_tools",
    "host_clue_text",
    "host_component_text",
    "host_tool_text",
    "family_text",
    "looked_families",
    "complete_looks",
    "look_states",
    "verdicts",
    "akin",
    "file_looks",
    "left_behind",
    "evidence",
    "answers",
    "findings",
    "coverage",
    "standing",
    "near_systems",
    "near_titles",
    "near_left",
    "decided_titles",
    "open_clues",
    "open_carriers",
    "questions",
    "placed_systems",
    "line_sizes",
    "weak_joins",
    "weak_sizes",
    "protections",
    "lines",
    "product_systems",
    "reasons",
    "tool_systems",
    "tool_states",
    "tool_traces",
    "source_states",
    "tool_overlaps",
    "family_dates",
    "capture_sizes",
    "captures",
    "found_forms",
    "detection_sizes",
    "detections",
    "beside_systems",
    "beside",
    "host_about",
    "host_list",
    "look_list",
    "finding_list",
    "unplaced_list",
    "called_list",
    "console_list",
    "conflict_list",
    "reject_list",
    "later_list",
    "apart_list",
)
# What tells where a machine stood in a count.
_STOOD = ("host_of", "clue_keys", "host_clues", "host_list", "host_names", "apart_list")
_FEW = 8  # values that are looked for one by one
SHOWN = 10  # machines named where a name fits several


class Asks(Protocol):
    """What answers about a count that is laid open: an engine, or what remembers its answers."""

    def ask(self, query: str, values: Mapping[str, Any]) -> pa.Table:
        """As `Engine.ask`."""


class Shows(Protocol):
    """What tables of a count are laid open in: an engine."""

    def show(self, tables: Collection[str], folder: Path, *, behind: str = "") -> None:
        """As `Engine.show`."""


class Remembered:
    """The answers of an engine, each asked for once: several documents about one machine begin with the same questions."""

    def __init__(self, engine: Asks) -> None:
        """Of this engine; for as long as one page takes, since nothing is ever forgotten."""
        self.engine = engine
        self.known: dict[tuple[Any, ...], pa.Table] = {}

    def ask(self, query: str, values: Mapping[str, Any]) -> pa.Table:
        """As `Engine.ask`."""
        asked = (query, *sorted(values.items()))
        if asked not in self.known:
            self.known[asked] = self.engine.ask(query, values)
        return self.known[asked]


def lay_open(engine: Shows, folder: Path) -> None:
    """Show the tables of a count: those that it has, which are fewer where an older version made it."""
    engine.show([table for table in KEPT if (folder / f"{table}.parquet").exists()], folder)


def lay_beside(engine: Shows, folder: Path) -> None:
    """Show, beside the count that is laid open, where machines stood in another one: `_STOOD`, each named as `beside` says."""
    engine.show(_STOOD, folder, behind=beside(folder))


def beside(folder: Path) -> str:
    """What stands behind the names of tables that are shown beside those of the count that is laid open."""
    return f"_{folder.name}"


def shown_rows(engine: Asks, table: str, column: str, values: Collection[Any], *, names: Sequence[str]) -> list[dict[str, Any]]:
    """The columns `names` of a table that is laid open, of its rows whose `column` is one of `values`. For a few rows of a
    long table: what is in no column of `names` is not even unpacked.
    """
    if not values:
        return []
    asked = {f"v{turn}": value for turn, value in enumerate(values)}
    columns = ", ".join(f'"{name}"' for name in names)
    found = f'select {columns} from {table} where "{column}"'  # noqa: S608 - our own words
    if len(asked) <= _FEW:
        # an engine passes over most of a long table for one value, and for a list of values looks at all of it
        query = " union all ".join(f"{found} = ${mark}" for mark in asked)
    else:
        query = f"{found} in ({', '.join(f'${mark}' for mark in asked)})"
    rows: list[dict[str, Any]] = engine.ask(query, asked).to_pylist()
    return rows


def kept_rows(
    folder: Path, table: str, column: str = "", values: Collection[Any] = (), *, names: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """The rows of a table in a count's folder whose `column` is one of `values`; all of them where no column is named. Only
    their columns `names`, where these are said.
    """
    import pyarrow.parquet as pq

    if column and not values:
        return []
    filters: Any = [(column, "in", list(values))] if column else None
    columns = list(names) if names else None
    rows: list[dict[str, Any]] = pq.read_table(folder / f"{table}.parquet", columns=columns, filters=filters).to_pylist()
    return rows


def kept_digest(folder: Path) -> str:
    """SHA-256 of the accounts of a count, as they are kept."""
    return hashlib.sha256((folder / ACCOUNTS).read_bytes()).hexdigest()


def kept_estimates(folder: Path) -> dict[str, Any]:
    """By directive, what was estimated for a count since it was made: the documents of `estimate`."""
    path = folder / ESTIMATES
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def with_estimates(folder: Path, accounts: Iterable[Account]) -> Iterator[Account]:
    """The accounts of a count, each with the lines that were estimated for it, and what these assume among its methods."""
    found = kept_estimates(folder)
    for account in accounts:
        said = found.get(account.directive["id"], {})
        lines = tuple(Estimate(**row) for row in said.get("estimates", ()))
        assumed = tuple(f"Assumed by the estimates: {text}" for text in said.get("assumed", ())[:_ASSUMED])
        families = tuple(FamilyLine(families=tuple(row["families"]), systems=row["systems"]) for row in said.get("families", ()))
        more = (*account.methods, *assumed)
        yield replace(account, estimates=lines, families=families, methods=more) if lines else account


def kept_inputs(folder: Path) -> dict[str, Any]:
    """What a count kept of its inputs besides the exports; nothing where it was made before they were kept."""
    path = folder / INPUTS
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


# What is asked of a look, a source and a clue: all that anybody tells of one, so that two who ask are answered alike.
LOOK = (
    *("record", "source", "place", "class", "lists", "traces", "os", "looked_at", "heard_at", "seen_on", "observations", "note"),
    "tool",
)
SOURCE = ("source", "name", "unit", "collected_at")
CLUE = ("record", "kind", "value")
_NAMES = ("host", "host_id", "name")
_KEY = ("clue", "kind", "key")
_CARRIED = ("host", "clue", "refused")
_HOST = ("host", "class", "os_family", "last_heard", "last_looked", "population", "population_reason")


def machine(engine: Asks, asked: str) -> dict[str, Any]:
    """One machine of a count that is laid open, as `hosts` and `host_names` have it: `asked` is its stable name, its host
    name, or a clue (`kind=value`). Raises `UsageError` where no machine of the count is meant, or more than one.
    """
    numbers = {row["host"] for row in shown_rows(engine, "host_names", "host_id", [asked], names=("host",))}
    numbers = numbers or _carrying(engine, asked)
    if not numbers:
        hint = "`fullcount report hosts` lists all; a clue is written kind=value, for example serial=5CG71"
        raise UsageError(f"no machine in this count is called {asked}", hint=hint)
    named = {row["host"]: row for row in shown_rows(engine, "host_names", "host", sorted(numbers), names=_NAMES)}
    if len(numbers) > 1:
        exact = [row for row in named.values() if key(row["name"] or "") == key(asked)]
        if len(exact) != 1:
            names = ", ".join(sorted(row["host_id"] for row in named.values())[:SHOWN])
            raise UsageError(f"{len(numbers)} machines are called {asked}", hint=f"name one of them: {names}")
        numbers = {exact[0]["host"]}
    number = numbers.pop()
    return shown_rows(engine, "hosts", "host", [number], names=_HOST)[0] | named[number]


def _carrying(engine: Asks, asked: str) -> set[int]:
    """The machines that carry a clue: one written `kind=value`, else the text as a value of any kind."""
    return {row["host"] for row in carriers(engine, meant(asked))}


def carriers(engine: Asks, clues: Collection[tuple[str, str]], *, behind: str = "") -> list[dict[str, Any]]:
    """Which machines carry some clues (kind, key), and whether these were refused, in a count that is laid open; `behind` as
    `beside` says. Rows: host, clue, kind, key, refused.
    """
    asked = sorted({key for _, key in clues})
    keys = _chosen(shown_rows(engine, f"clue_keys{behind}", "key", asked, names=_KEY), clues)
    return _keyed(shown_rows(engine, f"host_clues{behind}", "clue", sorted(keys), names=_CARRIED), keys)


def kept_carriers(folder: Path, clues: Collection[tuple[str, str]]) -> list[dict[str, Any]]:
    """As `carriers`, of a count in its folder."""
    keys = _chosen(kept_rows(folder, "clue_keys", "key", {key for _, key in clues}, names=_KEY), clues)
    return _keyed(kept_rows(folder, "host_clues", "clue", keys, names=_CARRIED), keys)


def carried(engine: Asks, host: int) -> list[dict[str, Any]]:
    """The clues that a machine of a count that is laid open carries. Rows as of `carriers`."""
    rows = shown_rows(engine, "host_clues", "host", [host], names=_CARRIED)
    return _keyed(rows, named_clues(engine, {row["clue"] for row in rows}))


def named_clues(engine: Asks, numbers: Collection[int]) -> dict[int, dict[str, Any]]:
    """By number, the kind and the key of clues of a count that is laid open."""
    return {row["clue"]: row for row in shown_rows(engine, "clue_keys", "clue", sorted(numbers), names=_KEY)}


def _chosen(rows: Iterable[dict[str, Any]], clues: Collection[tuple[str, str]]) -> dict[int, dict[str, Any]]:
    return {row["clue"]: row for row in rows if (row["kind"], row["key"]) in clues}


def _keyed(rows: Iterable[dict[str, Any]], keys: Mapping[int, dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | keys[row["clue"]] for row in rows]
