"""Resolve: which records are one and the same machine, with the reason of every link and every refusal.

Reads `looks` and `clues`; makes `clue_keys`, `host_of`, `links`, `refusals` and `unplaced`.

Clues take their turns (`clue.KINDS`): strong, then medium, then weak. A turn joins the groups of the turn
before all at once; where a resulting group would hold two valid values of a contradicting kind, every link
that this turn made inside it is refused. So the result never depends on an order of rows. Inside the strong
layer the serial number goes first: it cannot contradict itself, so a cloned UUID cannot pull down the good
links of the machines that it confuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fullcount.clue import KINDS, STRONG, WEAK, Kind, unusable
from fullcount.engine import statement

if TYPE_CHECKING:
    from collections.abc import Collection

    from fullcount.engine import Engine

    Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
    Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]

POPULAR = 3  # a value on more records of one source than this identifies nothing
_NAMES = frozenset({"fqdn", "hostname"})
_HARDWARE = frozenset({"serial", "uuid", "cloud_id", "mac"})  # what is not a name, nor an id given by a tool
_NONE = np.int64(-1)
_KINDS = tuple(KINDS.values())
_NUMBER = {name: number for number, name in enumerate(KINDS)}
_NO_CLUE = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Who carries what: parallel arrays `record` and `clue`, and by record its source and dates.

    Records are numbered 0..n-1 here; `ids` are the count's numbers. Dates are microseconds since 1970, -1 unknown.
    """

    ids: Ints
    source: Ints
    heard: Ints
    live: Bools
    record: Ints
    clue: Ints
    kind: Ints  # by clue: its place in `_KINDS`
    records: Ints  # by clue: how many carry it
    most: Ints  # by clue: how many of one source carry it
    why_not: dict[int, str]  # clue -> why it identifies nothing


@dataclass(slots=True, kw_only=True)
class Joined:
    """What the turns have made so far: a group per record, links and refusals."""

    group: Ints
    links: list[tuple[Ints, Ints, Ints]]  # record, the record it was joined to, clue
    refused: dict[int, str]  # clue -> why
    usable: Bools  # by clue: not refused

    def refuse(self, clue: int, why: str) -> None:
        """Let a clue join nothing; the first reason stays."""
        self.refused.setdefault(clue, why)
        self.usable[clue] = False


def resolve(engine: Engine) -> None:
    """Make the tables of identity; see the module."""
    for table in ("clue_pairs", "clue_keys", "clue_carried"):
        engine.make(table, statement(table))
    carried = _carried(engine)
    usable = np.ones(len(carried.kind), np.bool_)
    usable[list(carried.why_not)] = False
    joined = Joined(group=np.arange(len(carried.ids)), links=[], refused=dict(carried.why_not), usable=usable)
    headline = joined.group
    for kind in sorted((kind for kind in KINDS.values() if kind.step is not None), key=lambda kind: kind.step or 0):
        if kind.strength == WEAK and KINDS["hostname"] is kind:
            headline = joined.group
        _turn(kind, carried, joined)
    _put(engine, carried, joined, headline)


def _carried(engine: Engine) -> Carried:
    looks = engine.arrow("select record, source, coalesce(epoch_us(seen_on), -1) as heard, is_live from looks order by record")
    ids = looks["record"].to_numpy().astype(np.int64)
    keys = engine.arrow("select clue, kind, key, records, most from clue_keys order by clue")
    pairs = engine.arrow("select record, clue from clue_carried order by clue, record")
    kinds = _numbered(keys["kind"])
    return Carried(
        ids=ids,
        source=looks["source"].to_numpy().astype(np.int64),
        heard=looks["heard"].to_numpy().astype(np.int64),
        live=looks["is_live"].to_numpy(zero_copy_only=False).astype(np.bool_),
        record=np.searchsorted(ids, pairs["record"].to_numpy()).astype(np.int64),
        clue=pairs["clue"].to_numpy().astype(np.int64) - 1,
        kind=kinds,
        records=keys["records"].to_numpy().astype(np.int64),
        most=keys["most"].to_numpy().astype(np.int64),
        why_not=_unusable(kinds, keys["key"]),
    )


def _numbered(names: pa.ChunkedArray[Any]) -> Ints:
    """Kinds by their places in `_KINDS`."""
    encoded: Any = names.combine_chunks().dictionary_encode()
    places = np.array([_NUMBER[str(name)] for name in encoded.dictionary.to_pylist()], np.int64)
    result: Ints = places[encoded.indices.to_numpy()]
    return result


def _unusable(kinds: Ints, keys: pa.ChunkedArray[Any]) -> dict[int, str]:
    found = {}
    for place, kind in enumerate(_KINDS):
        if kind.step is not None:
            mine = np.flatnonzero(kinds == place)
            for number, key in zip(mine.tolist(), keys.take(mine).to_pylist(), strict=True):
                if why := unusable(kind.name, str(key)):
                    found[number] = why
    return found


def _of_kinds(carried: Carried, names: Collection[str]) -> Bools:
    """By clue: whether it is of one of these kinds."""
    wanted = np.array([kind.name in names for kind in _KINDS], np.bool_)
    result: Bools = wanted[carried.kind]
    return result


def _turn(kind: Kind, carried: Carried, joined: Joined) -> None:
    """Let one kind of clue join what it can."""
    mine = _of_kinds(carried, (kind.name,))
    if not mine.any():
        return
    _refuse_popular(kind, carried, joined, mine)
    if kind.strength == STRONG:
        _refuse_clones(carried, joined, mine)
    good = mine & (carried.records > 1) & joined.usable
    chosen = good[carried.clue]
    record, clue = carried.record[chosen], carried.clue[chosen]
    if not len(record):
        return
    after = _components(joined.group, record, clue)
    clashing = _clashing(kind, carried, joined, after)
    bad = np.unique(clue[np.isin(after[record], clashing)])
    if len(bad):
        for number in bad.tolist():
            joined.refuse(number, "it would join machines that contradict each other")
        keep = ~np.isin(clue, bad)
        kept_record, kept_clue = record[keep], clue[keep]
        before = joined.group
        joined.group = _components(before, kept_record, kept_clue) if len(kept_record) else before
        joined.links.append(_stars(kept_record, kept_clue))
        if kind.name in _NAMES:
            _adopt(carried, joined, record[~keep], clue[~keep])
    else:
        joined.group = after
        joined.links.append(_stars(record, clue))


def _refuse_popular(kind: Kind, carried: Carried, joined: Joined, mine: Bools) -> None:
    """Demote a value that more than `POPULAR` records of one source carry: a name repeats, a clone list grows."""
    for number in np.flatnonzero(mine & (carried.most > POPULAR)).tolist():
        joined.refuse(number, f"{carried.most[number]} records of one source carry this {kind.name}")


def _refuse_clones(carried: Carried, joined: Joined, mine: Bools) -> None:
    """Refuse a strong clue on two records of one source, unless another clue agrees or their lives do not overlap."""
    suspects = np.flatnonzero(mine & (carried.most > 1))
    starts = np.searchsorted(carried.clue, suspects)
    ends = np.searchsorted(carried.clue, suspects, side="right")
    asked = [carried.record[start:end] for start, end in zip(starts, ends, strict=True)]
    others = _clues_of(carried, joined, np.unique(np.concatenate([*asked, np.zeros(0, np.int64)])))
    for number, members in zip(suspects.tolist(), asked, strict=True):
        if number in joined.refused:
            continue
        for source in np.unique(carried.source[members]):
            same = members[carried.source[members] == source].tolist()
            if len(same) > 1 and carried.live[same].sum() > 1 and not _agree(same, number, others):
                joined.refuse(number, "two live records of one source carry it and nothing else says that they are one machine")
                break


def _clues_of(carried: Carried, joined: Joined, records: Ints) -> dict[int, set[int]]:
    """The usable strong and medium clues of some records."""
    surely = _of_kinds(carried, [kind.name for kind in _KINDS if kind.step is not None and kind.strength != WEAK])
    asked = np.zeros(len(carried.ids), np.bool_)
    asked[records] = True
    chosen = asked[carried.record] & (surely & joined.usable)[carried.clue]
    found: dict[int, set[int]] = {}
    for record, clue in zip(carried.record[chosen].tolist(), carried.clue[chosen].tolist(), strict=True):
        found.setdefault(record, set()).add(clue)
    return found


def _agree(records: list[int], number: int, others: dict[int, set[int]]) -> bool:
    """Whether all of the records share another clue with the first of them."""
    first = others.get(records[0], set()) - {number}
    return all(first & others.get(record, set()) for record in records[1:])


def _components(group: Ints, record: Ints, clue: Ints) -> Ints:
    """Join the groups of records that carry the same clue; a group is named by its smallest record."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    names, node = np.unique(group, return_inverse=True)
    codes, value = np.unique(clue, return_inverse=True)
    size = len(names) + len(codes)
    ones = np.ones(len(record), np.int8)
    graph = coo_matrix((ones, (node[record], value + len(names))), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    smallest = np.full(label.max() + 1, len(group), np.int64)
    np.minimum.at(smallest, label[: len(names)], names)
    result: Ints = smallest[label[: len(names)]][node]
    return result


def _clashing(kind: Kind, carried: Carried, joined: Joined, after: Ints) -> Ints:
    """Groups in which groups of before bring different serial numbers (or, after its turn, different UUIDs)."""
    against = ["serial"] if (kind.step or 0) <= (KINDS["uuid"].step or 0) else ["serial", "uuid"]
    found = [_differing(carried, joined, after, name) for name in against]
    return np.unique(np.concatenate(found))


def _differing(carried: Carried, joined: Joined, after: Ints, name: str) -> Ints:
    # a value refused as a clone's still tells two machines apart no better than it joins them
    valid = _of_kinds(carried, (name,)) & joined.usable
    chosen = valid[carried.clue]
    record, clue = carried.record[chosen], carried.clue[chosen]
    # one value a group of before: two values that it already holds are no contradiction of this turn
    none = len(carried.kind)
    first = np.full(len(after), none)
    np.minimum.at(first, joined.group[record], clue)
    holders = np.flatnonzero(first < none)
    least, most = np.full(len(after), none), np.full(len(after), _NONE)
    np.minimum.at(least, after[holders], first[holders])
    np.maximum.at(most, after[holders], first[holders])
    result: Ints = np.flatnonzero(least < most)
    return result


def _stars(record: Ints, clue: Ints) -> tuple[Ints, Ints, Ints]:
    """Links of each record to the smallest record with the same clue."""
    order = np.lexsort((record, clue))
    record, clue = record[order], clue[order]
    first = np.ones(len(clue), np.bool_)
    first[1:] = clue[1:] != clue[:-1]
    hub = record[np.maximum.accumulate(np.where(first, np.arange(len(record)), 0))]
    return record[~first], hub[~first], clue[~first]


def _adopt(carried: Carried, joined: Joined, record: Ints, clue: Ints) -> None:
    """Give records that have only a name to one of the machines that had it: the one whose life under that name
    covers the record's date, else the last one. Records that are one machine already go together, by the newest.
    """
    first, bare = _first_clues(carried, joined, {"serial", "uuid"}), _first_clues(carried, joined, _HARDWARE) == _NO_CLUE
    order = np.lexsort((record, clue))
    record, clue = record[order], clue[order]
    numbers, starts = np.unique(clue, return_index=True)
    moved: dict[int, tuple[int, int, int]] = {}
    for number, members in zip(numbers.tolist(), np.split(record, starts[1:]), strict=True):
        owners = members[first[joined.group[members]] < _NO_CLUE]
        alone = members[bare[joined.group[members]]]
        for one in alone[np.argsort(-carried.heard[alone], kind="stable")].tolist() if len(owners) else ():
            if (group := int(joined.group[one])) not in moved:
                moved[group] = (one, _owner(carried, joined.group[owners], owners, one=one, first=first), number)
    if moved:
        ones, owning, by = (np.array(column, np.int64) for column in zip(*moved.values(), strict=True))
        goes_to = np.arange(len(joined.group))
        goes_to[joined.group[ones]] = joined.group[owning]
        joined.group = goes_to[joined.group]
        joined.links.append((ones, owning, by))


def _first_clues(carried: Carried, joined: Joined, kinds: frozenset[str] | set[str]) -> Ints:
    """By group: the smallest usable clue of these kinds, or `_NO_CLUE`. Clues are numbered by their kinds and values."""
    valid = _of_kinds(carried, kinds) & joined.usable
    first = np.full(len(carried.ids), _NO_CLUE)
    chosen = valid[carried.clue]
    np.minimum.at(first, joined.group[carried.record[chosen]], carried.clue[chosen])
    return first


def _owner(carried: Carried, groups: Ints, owners: Ints, *, one: int, first: Ints) -> int:
    """The one of some owners that a record with nothing but the name goes to. Between equals the smallest serial number
    or UUID decides: records are numbered as files were read, and that must not.
    """
    date = carried.heard[one]
    best: list[tuple[bool, int, int, int]] = []
    for group in np.unique(groups).tolist():
        life = carried.heard[owners[groups == group]]
        covers = bool(date != _NONE and life.min() <= date <= life.max())
        best.append((not covers, 0 if covers else -int(life.max()), int(first[group]), group))
    return int(owners[groups == min(best)[-1]][0])


def _put(engine: Engine, carried: Carried, joined: Joined, headline: Ints) -> None:
    usable = _of_kinds(carried, [kind.name for kind in _KINDS if kind.step is not None])
    usable[list(carried.why_not)] = False
    placed = np.zeros(len(carried.ids), np.bool_)
    placed[carried.record[usable[carried.clue]]] = True
    engine.put(
        "host_of",
        pa.table(
            {"record": carried.ids[placed], "host": carried.ids[headline[placed]], "host_weak": carried.ids[joined.group[placed]]}
        ),
    )
    engine.put("unplaced", pa.table({"record": carried.ids[~placed]}))
    empty = np.zeros(0, np.int64)
    record, to, clue = (np.concatenate(column) for column in zip(*joined.links, (empty, empty, empty), strict=True))
    engine.put("links", pa.table({"record": carried.ids[record], "joined_to": carried.ids[to], "clue": clue + 1}))
    refused = sorted(joined.refused.items())
    engine.put(
        "refusals",
        pa.table(
            {
                "clue": pa.array([number + 1 for number, _ in refused], pa.int64()),
                "reason": pa.array([why for _, why in refused], pa.string()),
            },
        ),
    )
