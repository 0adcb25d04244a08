"""Identified: the clues by which hosts are known, one by one and in one line.

Done with numbers, as clues are numbered: which clues a host carries needs no text, and a statement that joins, sorts and puts
together millions of texts takes several times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fullcount.laid import places
from fullcount.numbering import ordered
from fullcount.tables import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fullcount.carried import Bools, Ints
    from fullcount.engine import Engine

_CLUES = pa.schema(
    [
        ("host", pa.int64()),
        ("clue", pa.int32()),
        ("kind", pa.dictionary(pa.int8(), pa.string())),
        ("step", pa.int64()),
        ("hosts", pa.int32()),
        ("refused", pa.dictionary(pa.int32(), pa.string())),
    ]
)
_TEXT = arrow_schema({"turn": "int64", "host": "int64", "clues": "text"})
_NAMED = arrow_schema({"host": "int64", "name": "text"})
_KINDS = (
    "select numbered.kind, kinds.step, numbered.first, numbered.last"
    " from (select kind, min(clue) as first, max(clue) as last from clue_keys group by kind) as numbered"
    " inner join kinds on numbered.kind = kinds.kind order by numbered.first"
)
_NAMES = ("hostname", "fqdn")  # the first of these that a host has
_NEVER = np.iinfo(np.int64).min
_UNJOINED = 99  # stands for the step of what joins nothing: behind all others
_HALF = 32  # bits: two numbers in one, in whose order the first goes before the second
_LOW = (1 << _HALF) - 1
_AT_ONCE = 131_072  # clues of hosts whose texts are put together at a time
_PARTS = 3  # in which the hosts are done: the texts of all at a time would be the most that a count holds


@dataclass(frozen=True, slots=True)
class _Kinds:
    """The kinds of clues that there are, in the order of the numbers of their clues; the arrays are parallel to `names`."""

    names: Sequence[str]
    steps: Sequence[int | None]
    firsts: Ints  # by kind, the number of its first clue; all of a kind are numbered together
    starts: Ints  # by kind, the rank of its first clue: clues are ranked by the step of their kinds, then by number
    order: Ints  # the kinds in the order of ranks

    @classmethod
    def of(cls, engine: Engine) -> _Kinds:
        rows = engine.rows(_KINDS)
        many = np.array([row["last"] - row["first"] + 1 for row in rows], np.int64)
        firsts = np.array([row["first"] for row in rows], np.int64)
        steps = [row["step"] for row in rows]
        order = np.argsort([_UNJOINED if step is None else step for step in steps], kind="stable")
        ranks = np.zeros(len(rows), np.int64)
        ranks[order] = np.cumsum(many[order]) - many[order]
        return cls([row["kind"] for row in rows], steps, firsts, ranks, order)

    def among(self, clues: Ints) -> Ints:
        """Of each clue, the place of its kind."""
        result: Ints = np.searchsorted(self.firsts, clues, side="right") - 1
        return result

    def ranks(self, clues: Ints) -> Ints:
        """Of each clue, its rank."""
        result: Ints = clues + (self.starts - self.firsts)[self.among(clues)]
        return result

    def clues(self, ranks: Ints) -> Ints:
        """Of each rank, the clue that has it, numbered from 0."""
        of = self.order[np.searchsorted(self.starts[self.order], ranks, side="right") - 1]
        result: Ints = ranks + (self.firsts - self.starts)[of] - 1
        return result


def identify(engine: Engine) -> None:
    """Makes `host_clues`: one row per host and clue, in the order of clues."""
    reads = ("clue_carried", "clue_keys", "host_of", "kinds", "refusals")

    def work() -> None:
        engine.put("host_clues", pa.RecordBatchReader.from_batches(_CLUES, _clues(engine)))

    engine.derive(("host_clues",), reads=reads, said="the clues of hosts", work=work)


def name_hosts(engine: Engine) -> None:
    """Makes `known_as`: the name that a person knows a host by, of its last record with one. One row per host that has any."""

    def work() -> None:
        host_of = _by_number(engine, "host_of", "record", "host")
        seen = _seen(engine, len(host_of))
        found = [_NAMED.empty_table()]
        for part in range(_PARTS):
            own = np.where(host_of % _PARTS == part, host_of, -1)
            for kind in _NAMES:
                if own.max(initial=-1) >= 0:  # most hosts have the first
                    found.append(_last_names(engine, kind, own, seen))
                    named = np.zeros(len(own), np.bool_)
                    named[found[-1]["host"].to_numpy()] = True
                    own[(own >= 0) & named[own]] = -1
        engine.put("known_as", pa.concat_tables(found))

    engine.derive(("known_as",), reads=("clues", "looks", "host_of"), said="the names of hosts", work=work)


def describe(engine: Engine) -> None:
    """Makes `host_clue_text`: one row per host, in the order of `host_about`."""

    def work() -> None:
        engine.put("host_clue_text", pa.RecordBatchReader.from_batches(_TEXT, _texts(engine)))
        pa.default_memory_pool().release_unused()

    reads = ("host_clues", "clue_keys", "kinds", "host_about")
    engine.derive(("host_clue_text",), reads=reads, said="clues in one line", work=work)


def _clues(engine: Engine) -> Iterator[pa.RecordBatch]:
    """`host_clues`. Which address a record had on which day (lease) identifies no machine."""
    kinds = _Kinds.of(engine)
    names, steps = pa.array(kinds.names, pa.string()), pa.array(kinds.steps, pa.int64())
    lease = kinds.names.index("lease") if "lease" in kinds.names else -1
    refused, reasons = _refused(engine)
    for both in _pairs(engine):
        clue = both >> _HALF
        kind = kinds.among(clue)
        at: Any = pa.array(kind)
        starts = np.flatnonzero(np.concatenate([[True], clue[1:] != clue[:-1]]))
        hosts = np.diff(starts, append=len(clue))
        columns: list[Any] = [
            pa.array(both & _LOW),
            pa.array(clue.astype(np.int32)),
            pa.DictionaryArray.from_arrays(kind.astype(np.int8), names),
            steps.take(at),
            pa.array(np.repeat(hosts, hosts).astype(np.int32)),
            _looked_up(clue, refused, reasons),
        ]
        batch = pa.RecordBatch.from_arrays(columns, schema=_CLUES)
        others: Any = pa.array(kind != lease)
        yield batch.filter(others) if lease in kind else batch


def _pairs(engine: Engine) -> Iterator[Ints]:
    """Every clue and host that carries it once, two numbers in one, in order; all hosts of a clue come together."""
    host_of = _by_number(engine, "host_of", "record", "host")
    rest = np.zeros(0, np.int64)
    for batch in engine.written("clue_carried", ("record", "clue")):
        host = host_of[np.minimum(batch["record"].to_numpy(), len(host_of) - 1)]
        clue = batch["clue"].to_numpy().astype(np.int64)
        both = np.concatenate([rest, (clue << _HALF | host)[host >= 0]])
        both.sort()
        both = both[np.diff(both, prepend=-1) != 0]
        # more hosts of the last clue may come
        whole = np.searchsorted(both, both[-1] & ~_LOW) if len(both) else 0
        if whole:
            yield both[:whole]
        rest = both[whole:]
    if len(rest):
        yield rest


def _by_number(engine: Engine, table: str, number: str, value: str) -> Ints:
    """The values of a kept table by the number in its rows, -1 for others and for all that are higher."""
    batches = engine.written(table, (number, value))
    pieces = [tuple(batch[name].to_numpy().astype(np.int32) for name in (number, value)) for batch in batches]
    found = np.full(max((int(numbers.max(initial=-1)) for numbers, _ in pieces), default=-1) + 2, -1, np.int32)
    for numbers, values in pieces:
        found[numbers] = values
    return found


def _refused(engine: Engine) -> tuple[Ints, Any]:
    """The clues that were refused, ascending, and why."""
    batches = list(engine.batches("select clue, reason from refusals order by clue"))
    clues = np.concatenate([np.zeros(0, np.int64), *(batch["clue"].to_numpy() for batch in batches)])
    reasons: Any = pa.chunked_array([batch["reason"].dictionary_encode() for batch in batches], _CLUES.field("refused").type)
    return clues, reasons.unify_dictionaries().combine_chunks()


def _looked_up(clue: Ints, among: Ints, values: Any) -> Any:
    """The value of each clue that is among those with one."""
    at = places(among, clue)
    found: Any = pa.array(at, mask=at < 0)
    return values.take(found)


def _last_names(engine: Engine, kind: str, host_of: Ints, seen: Ints) -> pa.Table:
    """By host, the name of this kind that its last record with one has, of several the first as they are sorted; records
    without a day go before all others. Columns: host, name.
    """
    last = np.full(len(host_of), _NEVER, np.int64)
    records: list[Ints] = [np.zeros(0, np.int32)]
    names: list[Any] = [pa.array([], pa.string())]
    for batch in engine.batches(f"select record, value from clues where kind = '{kind}'"):  # noqa: S608 - one of `_NAMES`
        record = np.minimum(batch["record"].to_numpy().astype(np.int64), len(host_of) - 1)
        host = host_of[record]
        np.maximum.at(last, host[host >= 0], seen[record[host >= 0]])
        # most that come later are already known to be no longer the name
        chosen = np.flatnonzero((host >= 0) & (seen[record] == last[host]))
        at: Any = pa.array(chosen)
        records.append(record[chosen].astype(np.int32))
        names.append(batch["value"].take(at))
    record = np.concatenate(records)
    own = seen[record] == last[host_of[record]]
    mask: Any = pa.array(own)
    chosen_names: Any = pa.chunked_array(names).filter(mask)
    names.clear()
    return _first_names(host_of[record[own]], chosen_names.combine_chunks())


def _first_names(host: Ints, names: Any) -> pa.Table:
    """The first name of each host; only those of hosts with several are compared."""
    twice = np.bincount(host)[host] > 1
    mask: Any = pa.array(twice)
    rank = np.zeros(len(host), np.int64)
    rank[twice] = ordered(names.filter(mask))[0]
    order = np.lexsort((rank, host))
    order = order[np.diff(host[order], prepend=-1) != 0]
    at: Any = pa.array(order)
    return pa.table({"host": host[order].astype(np.int64), "name": names.take(at)}, schema=_NAMED)


def _seen(engine: Engine, many: int) -> Ints:
    """By record, when it was seen."""
    seen = np.full(many, _NEVER, np.int64)
    for batch in engine.written("looks", ("record", "seen_on")):
        record, on = batch["record"].to_numpy(), batch["seen_on"].cast(pa.int64()).fill_null(_NEVER).to_numpy()
        seen[record[record < many]] = on[record < many]
    return seen


def _texts(engine: Engine) -> Iterator[pa.RecordBatch]:
    """`host_clue_text`: strongest first."""
    kinds = _Kinds.of(engine)
    hosts = _by_number(engine, "host_about", "turn", "host").astype(np.int64)
    turn_of = _by_number(engine, "host_about", "host", "turn")
    ends = [part * len(hosts) // _PARTS for part in range(_PARTS + 1)]
    for first, end in pairwise(ends):
        shown, wanted = _shown(engine, kinds, np.where((turn_of >= first) & (turn_of < end), turn_of, -1))
        texts, place = _spelled(engine, kinds, wanted), np.cumsum(wanted, dtype=np.int32) - 1
        for some, starts in _lines(shown):
            at: Any = pa.array(place[kinds.clues(some & _LOW)])
            words = texts.take(at).cast(pa.string())
            bounds: Any = pa.array(starts.astype(np.int32))
            joined: Any = pc.binary_join(pa.ListArray.from_arrays(bounds, words), "; ")
            turns = some[starts[:-1]] >> _HALF
            yield pa.RecordBatch.from_arrays([pa.array(turns), pa.array(hosts[turns]), joined], schema=_TEXT)
        del shown, texts, place  # before the next part is read


def _shown(engine: Engine, kinds: _Kinds, turn_of: Ints) -> tuple[Ints, Bools]:
    """The turn of every host that has one, and the rank of each of its clues, two numbers in one, in order; and by number,
    from 1, whether a clue is among them.
    """
    shown = np.empty(_rows(engine, "host_clues"), np.int64)
    wanted = np.zeros(_rows(engine, "clue_keys"), np.bool_)
    used = 0
    for batch in engine.written("host_clues", ("host", "clue")):
        turn = turn_of[np.minimum(batch["host"].to_numpy(), len(turn_of) - 1)].astype(np.int64)
        clue = batch["clue"].to_numpy().astype(np.int64)[turn >= 0]
        wanted[clue - 1] = True
        shown[used : used + len(clue)] = turn[turn >= 0] << _HALF | kinds.ranks(clue)
        used += len(clue)
    shown = shown[:used]
    shown.sort()
    return shown, wanted


def _spelled(engine: Engine, kinds: _Kinds, wanted: Bools) -> pa.Array[Any]:
    """The clues that are wanted as a person reads them, in the order of their numbers. In one piece that grows: pieces that are
    put together in the end would be held twice.
    """
    ends, letters, seen, used = np.zeros(int(wanted.sum()) + 1, np.int64), bytearray(), 0, 0
    names: Any = pa.array(kinds.names, pa.string())
    for batch in engine.written("clue_keys", ("key",)):
        chosen = np.flatnonzero(wanted[seen : seen + batch.num_rows])
        if len(chosen):
            indices: list[Any] = [pa.array(kinds.among(chosen + (seen + 1))), pa.array(chosen)]
            columns: list[Any] = [names.take(indices[0]), batch["key"].take(indices[1]).cast(pa.string()), "="]
            text: Any = pc.binary_join_element_wise(*columns)
            _, offsets, data = text.buffers()
            own = np.frombuffer(offsets, np.int32)[: len(text) + 1]
            ends[used + 1 : used + 1 + len(text)] = own[1:] + np.int64(len(letters))
            letters += memoryview(data)[: own[-1]]
            used += len(text)
        seen += batch.num_rows
    parts: list[Any] = [ends, letters]
    return pa.Array.from_buffers(pa.large_string(), used, [None, *map(pa.py_buffer, parts)])


def _lines(shown: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Hosts with all of their clues, some at a time, and where each host starts; the last of these numbers is the end."""
    turn = (shown >> _HALF).astype(np.int32)
    starts = np.concatenate([np.zeros(min(1, len(turn)), np.int64), np.flatnonzero(turn[1:] != turn[:-1]) + 1, [len(turn)]])
    del turn
    first = 0
    while first < len(starts) - 1:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + _AT_ONCE, side="right")) - 1)
        yield shown[starts[first] : starts[last]], starts[first : last + 1] - starts[first]
        first = last


def _rows(engine: Engine, table: str) -> int:
    """How many rows a table has."""
    return int(engine.rows(f"select count(*) as many from {table}")[0]["many"])  # noqa: S608 - our own words
