"""Resolve: which records are one and the same machine, with the reason of every link and every refusal.

Reads `looks` and `clues`; makes `clue_keys`, `clue_carried`, `host_of`, `links`, `refusals`, `unplaced` and
`relinks`.

Clues are numbered here, one kind after the other; `join` does the rest with numbers alone. Numbering is done in arrays
and not by statements: grouping and joining millions of texts in SQL took over three times as long and twice the memory.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fullcount.carried import NOTHING, UNKNOWN, Carried, Carriers, Decided
from fullcount.clue import KINDS, makers, unusable_among
from fullcount.engine import rows_table
from fullcount.join import join, placed
from fullcount.numbering import ordered
from fullcount.relink import relinked
from fullcount.tables import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from fullcount.carried import Bools, Ints, Joined
    from fullcount.decision import Identity
    from fullcount.engine import Engine

# In two halves, in the order of kinds: the texts of all of them are the most that is held at a time.
_CLUES = tuple(
    f"select record, kind, key from clues where key is not null and kind {half} 'hostname'"  # noqa: S608 - our own words
    for half in ("<", ">=")
)
_LOOKS = "select record, source, tool, class = 'container' as is_contained, seen_on, is_live from looks"
# What is read of the hardware inside a container is its host's, and often so is the full name.
_OF_THE_HOST = frozenset({"serial", "uuid", "cloud_id", "mac", "fqdn", "asset_tag"})

_MADE = ("clue_keys", "clue_carried", "host_of", "links", "refusals", "unplaced", "relinks")
_KEYS = pa.schema(
    [
        ("clue", pa.int32()),
        ("kind", pa.dictionary(pa.int8(), pa.string())),
        ("key", pa.large_string()),
        ("records", pa.int32()),
        ("sources", pa.int32()),
        ("most", pa.int32()),
    ]
)
_LINKS = arrow_schema({"record": "int64", "joined_to": "int64", "clue": "int32", "is_decided": "bool"})
_SMALL = 1 << 31  # bytes
_PAIRS = pa.schema([("record", pa.int32()), ("source", pa.int32()), ("clue", pa.int32())])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Records:
    """The records that count, in the order of their numbers `ids`; the others are parallel to it."""

    ids: Ints
    source: Ints
    tool: Ints
    heard: Ints
    live: Bools
    contained: Bools  # in a container


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbered:
    """The clues of one kind: their values in order, who carries them, and which identify nothing (why -> clues)."""

    keys: pa.Array[Any]
    carriers: Carriers
    why_not: dict[str, Ints]


def resolve(engine: Engine, said: Identity) -> None:
    """Make the tables of identity, obeying what people `said`; see the module."""
    engine.derive(_MADE, reads=("looks", "clues"), said=f"resolve: {said}", work=lambda: _resolve(engine, said))


def _resolve(engine: Engine, said: Identity) -> None:
    records = _records(engine)
    carried = _carried(engine, records, said)
    joined = join(carried, engine.smallest)
    _put(engine, records, carried, joined)
    found = relinked(carried, joined, engine.smallest)
    columns = {"kind": "text", "pairs": "int64", "able": "int64", "again": "int64"}
    engine.put("relinks", rows_table([asdict(one) for one in found], columns))


def _records(engine: Engine) -> _Records:
    """By batches: a table of them all, which has the tool's name for each, takes several times what is kept of it."""
    tools: dict[str | None, int] = {}
    columns: list[list[Ints]] = [[] for _ in range(6)]
    for batch in engine.batches(_LOOKS):
        encoded: Any = batch["tool"].dictionary_encode()
        codes = np.array([tools.setdefault(name, len(tools)) for name in encoded.dictionary.to_pylist()], np.int32)
        found = (
            batch["record"].to_numpy(),
            batch["source"].to_numpy().astype(np.int32),
            codes[encoded.indices.to_numpy()],
            batch["seen_on"].cast(pa.int64()).fill_null(UNKNOWN).to_numpy(),
            *(batch[name].to_numpy(zero_copy_only=False).astype(np.bool_) for name in ("is_live", "is_contained")),
        )
        for column, piece in zip(columns, found, strict=True):
            column.append(piece.copy())  # else a small column holds the whole batch
    kinds = (np.int64, np.int32, np.int32, np.int64, np.bool_, np.bool_)
    ids, *others = (np.concatenate([np.zeros(0, kind), *column]) for kind, column in zip(kinds, columns, strict=True))
    order = np.argsort(ids, kind="stable")
    source, tool, heard, live, contained = (column[order] for column in others)
    return _Records(ids=ids[order], source=source, tool=tool, heard=heard, live=live, contained=contained)


def _carried(engine: Engine, records: _Records, said: Identity) -> Carried:
    """Number the clues by kind and value, and put the tables that say so."""
    numbered: dict[str, _Numbered] = {}
    first = 0
    for half in _CLUES:
        pieces = _pieces(engine, records, half)
        for kind in sorted(pieces):
            # a kind's pieces are let go before the next is numbered
            numbered[kind] = _numbered(kind, pieces.pop(kind), records, first=first)
            first += len(numbered[kind].keys)
            pa.default_memory_pool().release_unused()  # what sorting took
    why_not: dict[str, list[Ints]] = {}
    for why, clues in (pair for one in numbered.values() for pair in one.why_not.items()):
        why_not.setdefault(why, []).append(clues)
    kinds = {kind: one.carriers for kind, one in numbered.items()}
    decided, known_makers = _decided(numbered, said), _known_makers(numbered.get("manufacturer"))
    domains = _domains(numbered["fqdn"].keys) if "fqdn" in numbered else NOTHING
    _put_keys(engine, numbered)
    _put_carried(engine, records, kinds.values())
    return Carried(
        source=records.source,
        tool=records.tool,
        heard=records.heard,
        live=records.live,
        kinds=kinds,
        clues=first,
        why_not={why: np.concatenate(clues) for why, clues in why_not.items()},
        decided=decided,
        known_makers=known_makers,
        domains=domains,
    )


def _domains(names: pa.Array[Any]) -> Ints:
    """By full name, the number of what stands behind its first full stop."""
    parts: Any = pc.split_pattern(names, ".", max_splits=1)
    result: Ints = parts.flatten()[1::2].dictionary_encode().indices.to_numpy().astype(np.int32)  # each has two
    return result


def _known_makers(numbered: _Numbered | None) -> Ints:
    if numbered is None:
        return NOTHING
    known = pc.is_in(numbered.keys, pa.array(sorted(makers()), numbered.keys.type))
    return numbered.carriers.first + np.flatnonzero(known.to_numpy(zero_copy_only=False)).astype(np.int32)


def _decided(numbered: Mapping[str, _Numbered], said: Identity) -> Decided:
    """What people said, by the numbers of the clues; what no record carries has nothing to say."""

    def number(clue: tuple[str, str]) -> int:
        kind, key = clue
        if kind not in numbered:
            return -1
        place = pc.index(numbered[kind].keys, pa.scalar(key, numbered[kind].keys.type)).as_py()
        return -1 if place < 0 else numbered[kind].carriers.first + int(place)

    def numbers(clues: Sequence[tuple[str, str]]) -> Ints:
        return np.array([found for found in map(number, clues) if found >= 0], np.int32)

    return Decided(
        links=[some for some in map(numbers, said.links) if len(some)],
        apart=[some for some in map(numbers, said.apart) if len(some) > 1],
        silenced=numbers(said.silenced).tolist(),
    )


def _pieces(engine: Engine, records: _Records, clues: str) -> dict[str, list[tuple[Ints, pa.Array[Any]]]]:
    """By kind of clue: records, by their places among `ids`, and parallel to them the keys that they carry."""
    found: dict[str, list[tuple[Ints, pa.Array[Any]]]] = {}
    contained = records.contained
    place_of = _places(records.ids)
    for batch in engine.batches(clues) if len(records.ids) else ():
        place = place_of[np.minimum(batch["record"].to_numpy(), len(place_of) - 1)]
        known = place >= 0
        kinds: Any = batch["kind"].dictionary_encode()
        keys: Any = batch["key"]
        which = kinds.indices.to_numpy()
        for number, kind in enumerate(kinds.dictionary.to_pylist()):
            mine = np.flatnonzero(known & (which == number) & ~(contained[place] if kind in _OF_THE_HOST else False))
            if len(mine):
                found.setdefault(kind, []).append((place[mine], keys.take(mine)))
    return found


def _places(ids: Ints) -> Ints:
    """By id, its place among `ids`, -1 for others and for all that are higher: ids of a count have few gaps."""
    places = np.full(int(ids.max(initial=-1)) + 2, -1, np.int32)
    places[ids] = np.arange(len(ids), dtype=np.int32)
    return places


def _numbered(kind: str, pieces: list[tuple[Ints, pa.Array[Any]]], records: _Records, *, first: int) -> _Numbered:
    """Number the clues of a kind, whose pieces are let go."""
    record, texts = np.concatenate([record for record, _ in pieces]), _whole([keys for _, keys in pieces])
    pieces.clear()
    rank, places = ordered(texts)
    at: Any = pa.array(places)
    keys: Any = texts.take(at)
    del texts
    carriers = _carriers(rank, record, records, first=first)
    reasons: dict[str, list[int]] = {}
    for number, why in unusable_among(kind, keys) if KINDS[kind].step is not None else ():
        reasons.setdefault(why, []).append(first + number)
    return _Numbered(keys=keys, carriers=carriers, why_not={why: np.array(clues, np.int32) for why, clues in reasons.items()})


def _whole(texts: list[pa.Array[Any]]) -> pa.Array[Any]:
    """Pieces of text as one, which may be more than the 2 GB that small offsets can reach."""
    small = sum(one.nbytes for one in texts) < _SMALL
    return pa.concat_arrays(texts if small else [one.cast(pa.large_string()) for one in texts])


def _carriers(clue: Ints, record: Ints, records: _Records, *, first: int) -> Carriers:
    """Each pair of a clue of one kind (numbered from 0) and a record once, in order, and how often each clue occurs."""
    clue, record = _apart(_distinct(_together(clue, record, len(records.ids))), len(records.ids))
    width = int(records.source.max()) + 1
    told = _together(clue, records.source[record], width)
    told.sort()
    starts = np.flatnonzero(np.concatenate([[True], told[1:] != told[:-1]]))
    in_source = np.diff(starts, append=len(told))  # how many records of one source carry the clue
    of = told[starts] // width
    return Carriers(
        first=first,
        record=record,
        clue=clue + np.int32(first),
        records=np.bincount(clue).astype(np.int32),
        sources=np.bincount(of).astype(np.int32),
        most=np.maximum.reduceat(in_source, np.flatnonzero(np.concatenate([[True], of[1:] != of[:-1]]))).astype(np.int32),
    )


def _together(one: Ints, other: Ints, width: int) -> Ints:
    """Two numbers in one, in whose order the first goes before the second; `width` is more than any of the second."""
    result: Ints = one.astype(np.int64) * width + other
    return result


def _apart(both: Ints, width: int) -> tuple[Ints, Ints]:
    one, other = np.divmod(both, width)
    return one.astype(np.int32), other.astype(np.int32)


def _distinct(numbers: Ints) -> Ints:
    """What `np.unique` says; sorting in place needs half its memory."""
    numbers.sort()
    result: Ints = numbers[np.concatenate([[True], numbers[1:] != numbers[:-1]])]
    return result


def _put_keys(engine: Engine, numbered: dict[str, _Numbered]) -> None:
    """`clue_keys`. Clues are numbered from 1 in tables. The texts of a kind are let go as soon as they are written."""
    kinds = list(numbered)
    names = pa.array(kinds, pa.string())

    def batches() -> Iterator[pa.RecordBatch]:
        for number, name in enumerate(kinds):
            one = numbered.pop(name)
            own = one.carriers
            many = len(own.records)
            kind = pa.DictionaryArray.from_arrays(np.full(many, number, np.int8), names)
            clue = np.arange(own.first + 1, own.first + 1 + many, dtype=np.int32)
            columns: list[Any] = [clue, kind, one.keys.cast(pa.large_string()), own.records, own.sources, own.most]
            yield pa.RecordBatch.from_arrays([pa.array(column) for column in columns], schema=_KEYS)

    engine.put("clue_keys", pa.RecordBatchReader.from_batches(_KEYS, batches()))


def _put_carried(engine: Engine, records: _Records, carriers: Iterable[Carriers]) -> None:
    """`clue_carried`."""

    def batches() -> Iterator[pa.RecordBatch]:
        for own in carriers:
            columns: list[Any] = [records.ids[own.record], records.source[own.record], own.clue + np.int32(1)]
            # a number that does not fit is an error, never another number
            arrays = [pa.array(column).cast(pa.int32()) for column in columns]
            yield pa.RecordBatch.from_arrays(arrays, schema=_PAIRS)

    engine.put("clue_carried", pa.RecordBatchReader.from_batches(_PAIRS, batches()))


def _put(engine: Engine, records: _Records, carried: Carried, joined: Joined) -> None:
    ids = records.ids
    found = placed(carried)
    host_of = {"record": ids[found], "host": ids[joined.headline[found]], "host_weak": ids[joined.group[found]]}
    engine.put("host_of", pa.table(host_of))
    engine.put("unplaced", pa.table({"record": ids[~found]}))
    engine.put("links", _links(ids, joined))
    refused = np.flatnonzero(joined.reason)
    which = joined.reason[refused]
    by, reasons = (pa.array(texts, pa.string()).take(which) for texts in zip(*joined.reasons, strict=True))
    engine.put("refusals", pa.table({"clue": (refused + 1).astype(np.int32), "refused_by": by, "reason": reasons}))


def _links(ids: Ints, joined: Joined) -> pa.Table:
    """The links that were made, which are let go one turn after the other: all of them twice would be the most that is held."""
    batches, turns, by_person = [], [joined.decided, *joined.links], True
    joined.links.clear()
    turns.reverse()
    while turns:
        record, to, clue = turns.pop()
        columns: list[Any] = [ids[record], ids[to], clue + np.int32(1), np.full(len(record), by_person)]
        batches.append(pa.RecordBatch.from_arrays([pa.array(column) for column in columns], schema=_LINKS))
        by_person = False
    return pa.Table.from_batches(batches, _LINKS)
