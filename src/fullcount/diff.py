"""Diff: two kept counts compared, system by system.

Systems of the two are matched by the records that they have in common, else by strong clues, never by name: a machine that
was renamed is the same one. Reads the tables that counts keep; makes `diff_map` (what became of each system), `diff_moves`,
`diff_list` and `diff_sizes` in the engine, and nothing in the workspace.

Of the lists, those in `ENTERED` and `LEFT` add up: with it after = with it before + entered - left. The others say more of
the same systems, and of systems that have nothing to do with the products.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fullcount.clue import KINDS, STRONG
from fullcount.decision import UNDO, described, redescribed
from fullcount.engine import statement
from fullcount.errors import UsageError
from fullcount.kept import kept_inputs
from fullcount.report import AT_LEAST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from fullcount.decision import Decision
    from fullcount.engine import Engine
    from fullcount.report import Account

ENTERED: dict[str, str] = {
    "new": "with it now, and not before",
    "re-appeared": "with it again, after its removal was verified",
    "split-with-it": "with it now; counted as one with another system before",
}
LEFT: dict[str, str] = {
    "removed": "removed, verified: a later complete look no longer shows it",
    "exempted": "with it before, under an exemption now",
    "not-shown": "neither seen nor verified as removed: its evidence is gone, or nobody has looked for too long",
    "left-with-it": "with it before, and no system any longer: nobody has verified a removal",
    "merged-with-it": "with it before; counted as one with another system now",
}
BESIDE: dict[str, str] = {
    "gone-unverified": "still counted as with it: a later look no longer shows it, but cannot prove that it is gone",
    "newly-looked-at": "looked at now, and not before",
    "newly-uncovered": "looked at before, and not now",
    "new-systems": "systems that were none before",
    "left-systems": "systems before that are none now",
    "merged": "systems before that are a part of another system now",
    "split": "systems now that were a part of another system before",
}
LISTS: dict[str, str] = {**ENTERED, **LEFT, **BESIDE}
_TABLES = ("diff_shared", "diff_strong", "diff_edges")
_AFTER_PAIRS = ("diff_map", "diff_removed", "diff_moves", "diff_list", "diff_sizes")
# A row of a list: what `--list`, `--csv` and `--json` show of a system.
COLUMNS = (
    "directive",
    "list",
    "host",
    "name",
    "component",
    "before_standing",
    "before_reason",
    "before_looked_at",
    "after_standing",
    "after_reason",
    "after_looked_at",
    "detail",
    "products",
    "last_seen",
    "last_looked",
    "before_host",
    "after_host",
    "how",
    "shares",
    "near_host",
)


def diff(engine: Engine, before: Path, after: Path) -> None:
    """Make the tables that compare the counts in two folders; see the module."""
    for side, folder in (("before", before), ("after", after)):
        engine.put(f"{side}_host_of", _read(folder, "host_of", ["record", "host"]))
        engine.put(f"{side}_hosts", _hosts(folder))
        engine.put(f"{side}_systems", _systems(folder))
        engine.put(f"{side}_clues", _strong_clues(folder))
    for side, records in zip(("before", "after"), _reread(before, after), strict=True):
        engine.put(f"{side}_reread", records)
    evidence = ["directive", "host", "product", "record", "trace"]
    engine.put("after_answers", _read(after, "answers", [*evidence, "answered_on"]))
    engine.put("after_counting", _distinct(_read(after, "evidence", evidence, ("counts", [True]))))
    for table in _TABLES:
        engine.make(table, statement(table))
    engine.put("diff_pairs", _pairs(engine))
    for table in _AFTER_PAIRS:
        engine.make(table, statement(table))


def _read(folder: Path, table: str, columns: Sequence[str], only: tuple[str, Collection[Any]] | None = None) -> pa.Table:
    """Some columns of a table that a count keeps; `only`: rows whose column has one of some values."""
    filters = pc.field(only[0]).isin(list(only[1])) if only else None
    return pq.read_table(folder / f"{table}.parquet", columns=list(columns), filters=filters)


def _distinct(table: pa.Table) -> pa.Table:
    return table.group_by(table.column_names).aggregate([])


def _hosts(folder: Path) -> pa.Table:
    hosts = _read(folder, "hosts", ["host", "population", "population_reason"])
    return hosts.join(_read(folder, "host_names", ["host", "host_id", "name"]), "host")


def _systems(folder: Path) -> pa.Table:
    """The systems of a count by directive, with their standing, and whether they were looked at."""
    kept = ["standing", "reason", "since", "component", "products", "last_seen", "last_looked"]
    listed = _read(folder, "host_list", ["directive", "host_number", "host", "name", *kept])
    listed = listed.rename_columns(["directive", "host", "host_id", "name", *kept])
    return listed.join(_read(folder, "coverage", ["directive", "host", "is_covered", "why_not"]), ["directive", "host"])


def _strong_clues(folder: Path) -> pa.Table:
    """Clues that identify a machine for certain, and were not refused as such."""
    strong = [kind.name for kind in KINDS.values() if kind.strength == STRONG]
    clues = _read(folder, "host_clues", ["host", "clue", "refused"], ("kind", strong))
    clues = clues.filter(pc.is_null(clues["refused"])).select(["host", "clue"])
    keys = _read(folder, "clue_keys", ["clue", "kind", "key"], ("kind", strong))
    return clues.join(keys, "clue", join_type="inner").drop_columns(["clue"])


def _reread(before: Path, after: Path) -> tuple[pa.Table, pa.Table]:
    """Records of sources that were read anew between two counts, by another version of their reader or a corrected mapping:
    the same bytes, under other numbers. Only places that hold one record: of several nobody could say which is which.
    """
    sides = [_read(folder, "live_sources", ["source", "digest"]) for folder in (before, after)]
    numbers = [{row["digest"]: row["source"] for row in side.to_pylist() if row["digest"]} for side in sides]
    anew = {one for one, number in numbers[0].items() if numbers[1].get(one, number) != number}
    # the same bytes from two machines are two sources, which a digest does not tell apart
    twice = {one for side in sides for one, times in Counter(side["digest"].to_pylist()).items() if times > 1}
    return _at_places(before, numbers[0], anew - twice), _at_places(after, numbers[1], anew - twice)


def _at_places(folder: Path, numbers: Mapping[str, int], digests: set[str]) -> pa.Table:
    by_number: dict[Any, str] = {numbers[one]: one for one in digests}
    looks = _read(folder, "looks", ["record", "source", "place"], ("source", sorted(by_number)))
    alone = looks.group_by(["source", "place"]).aggregate([("record", "count"), ("record", "min")])
    alone = alone.filter(pc.equal(alone["record_count"], pa.scalar(1))).select(["source", "place", "record_min"])
    placed = alone.rename_columns(["source", "place", "record"]).join(
        _read(folder, "host_of", ["record", "host"]), "record", join_type="inner"
    )
    digest = pa.array([by_number[number] for number in placed["source"].to_pylist()], pa.string())
    return pa.table({"digest": digest, "place": placed["place"], "host": placed["host"]})


def _pairs(engine: Engine) -> pa.Table:
    """Which system after is which system before: each at most once. Where several could be, the pair with most in common goes
    first, and what is left over has been merged or split.
    """
    sure = engine.arrow("select before_host, after_host from diff_edges where is_both and rivals = 0")
    befores: list[int] = []
    afters: list[int] = []
    taken: set[tuple[str, int]] = set()
    for row in engine.rows("select before_host, after_host from diff_edges where is_both and rivals > 0 order by turn"):
        both = {("before", row["before_host"]), ("after", row["after_host"])}
        if not both & taken:
            taken |= both
            befores.append(row["before_host"])
            afters.append(row["after_host"])
    contested = pa.table({"before_host": pa.array(befores, pa.int64()), "after_host": pa.array(afters, pa.int64())})
    return pa.concat_tables([sure.cast(contested.schema), contested])


def shared_directives(before: Sequence[Account], after: Sequence[Account], asked: str = "") -> list[tuple[Account, Account]]:
    """The accounts of two counts under the same directive. Raises `UsageError` where there is none, or not the one asked for."""
    later = {one.directive["id"]: one for one in after}
    found = [(one, later[one.directive["id"]]) for one in before if one.directive["id"] in later]
    chosen = [both for both in found if asked in {"", both[0].directive["id"]}]
    if not chosen:
        names = ", ".join(both[0].directive["id"] for both in found)
        hint = f"--directive one of: {names}" if names else "count both times under the same directive"
        raise UsageError(f"not both counts were made under {asked}" if asked else "the counts share no directive", hint=hint)
    return chosen


def compared(engine: Engine, before: Account, after: Account) -> dict[str, Any]:
    """Two accounts under one directive side by side, with the sizes of the lists between them. After `diff`."""
    name = before.directive["id"]
    sizes = engine.rows(
        f"select list, detail, systems from diff_sizes where directive = '{name}' order by list, systems desc, detail"  # noqa: S608 - an id is a plain word
    )
    lists = [_list(one, text, [row for row in sizes if row["list"] == one]) for one, text in LISTS.items()]
    by_name = {one["list"]: one["systems"] for one in lists}
    entered, left = (sum(by_name[one] for one in names) for names in (ENTERED, LEFT))
    return {
        "directive": name,
        "sentence": _sentence(before, after, entered, left),
        "before": _side(before),
        "after": _side(after),
        "entered": entered,
        "left": left,
        "lists": lists,
    }


def _list(name: str, text: str, sizes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    effect = 1 if name in ENTERED else -1 if name in LEFT else 0
    of = [{"detail": row["detail"], "systems": row["systems"]} for row in sizes if row["detail"]]
    return {"list": name, "systems": sum(row["systems"] for row in sizes), "effect": effect, "means": text, "of": of}


def _side(account: Account) -> dict[str, Any]:
    total = account.total
    names = ("systems", "with_it", "with_it_label", "exempt", "without_it", "not_covered", "looked_at")
    about = {"count": account.count, "as_of": account.as_of, "as_of_how": account.as_of_how}
    return about | {name: getattr(total, name) for name in names}


def _sentence(before: Account, after: Account, entered: int, left: int) -> str:
    """How many had it and have it, of how many systems, as of when, and what lies between the two numbers."""
    said = []
    for account, verb in ((before, "had it"), (after, "have it")):
        label = "at least " if account.total.with_it_label == AT_LEAST else ""
        day = f"as of {account.as_of}" if account.as_of else "as of an unknown day"
        said.append(f"{label}{account.total.with_it:,} of {account.total.systems:,} systems {verb} {day}")
    first, second = said
    title = after.directive["short_title"]
    return f"{first[:1].upper()}{first[1:]}, {second}: {entered:,} more, {left:,} fewer ({title})."


def listed(engine: Engine, directive: str, name: str, most: int | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a list (`LISTS`), ordered by component and name; `most`: only so many. After `diff`. Raises `UsageError`
    where no list is called so.
    """
    if name not in LISTS:
        raise UsageError(f"no list is called {name}", hint=f"one of: {', '.join(LISTS)}")
    limit = "" if most is None else f" limit {most}"
    query = (
        f"select {', '.join(COLUMNS)} from diff_list where directive = '{directive}' and list = '{name}'"  # noqa: S608
        f" order by component, name, host, before_host{limit}"
    )
    for batch in engine.batches(query):
        yield from batch.to_pylist()


def changed(
    before: Path, after: Path, accounts: Sequence[tuple[Account, Account]], decided: Iterable[Decision] = ()
) -> dict[str, Any]:
    """What went into two counts that is not the same, so that a difference is not taken for one of the systems: by name a
    pair of values; the sources that were added and left; the entries of settings and the decisions that hold in one count
    alone. `decided`: all decisions of the workspace, which say who undid one and why.
    """
    first, second = accounts[0]
    pairs: dict[str, tuple[Any, Any]] = {"made by": (first.made_by, second.made_by)}
    for one, other in accounts:
        name = one.directive["id"]
        for fact in ("version", "digest"):
            pairs[f"directive {name}, {fact}"] = (one.directive[fact], other.directive[fact])
    said = [kept_inputs(folder) for folder in (before, after)]
    kept = [_inputs(one) for one in said]
    names = list(dict.fromkeys(name for inputs in kept for name in inputs))
    pairs |= {name: (kept[0].get(name), kept[1].get(name)) for name in names}
    sources = [{(row.digest, row.name) for row in account.sources} for account in (first, second)]
    return {
        "inputs": [{"what": name, "before": old, "after": new} for name, (old, new) in pairs.items() if old != new],
        "settings_added": _entries(said[1], said[0]),
        "settings_left": _entries(said[0], said[1]),
        "decisions_added": _decisions(said[1], said[0], ()),
        "decisions_undone": _decisions(said[0], said[1], decided),
        "sources_added": sorted(name for _, name in sources[1] - sources[0]),
        "sources_left": sorted(name for _, name in sources[0] - sources[1]),
    }


def _inputs(said: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a count by name; none where it was made before they were kept."""
    settings = {f"setting {name}": value for name, value in said.get("settings", {}).items()}
    settings |= {f"register {name}": rows for name, rows in said.get("registers", {}).items() if rows}
    return {"version of counting": said["counting"], "statements": said["statements"], **settings} if said else {}


def _entries(mine: Mapping[str, Any], other: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries of lists of settings, such as exemptions, that one count had and the other had not; none where one of them
    kept no inputs.
    """
    if not (mine and other):
        return []
    return [
        {"setting": name, "entry": {key: value for key, value in one.items() if value not in (None, "", [])}}
        for name, value in mine["settings"].items()
        if isinstance(value, list)
        for one in value
        if isinstance(one, dict) and one not in other["settings"].get(name, [])
    ]


def _decisions(mine: Mapping[str, Any], other: Mapping[str, Any], decided: Iterable[Decision]) -> list[dict[str, Any]]:
    """The decisions that held in one count and not in the other, by number, each with what undid it as far as `decided` says;
    none where one of the counts kept no decisions.
    """
    if "decisions" not in mine or "decisions" not in other:
        return []
    undoings = {one.undoes: described(one) for one in decided if one.what == UNDO}
    return [
        one | {"said": redescribed(one).said(), "undone": undoings.get(one["number"])}
        for one in mine["decisions"]
        if one not in other["decisions"]
    ]
