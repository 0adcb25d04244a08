"""Overlaps: the lists of a roll-up: its systems, those of several returns, the pairs of components that share some, and the
tokens that were refused as proof. Arrow tables, written by whoever asked.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from fullcount.carried import NO_CLUE
from fullcount.distinct import kind_of, refused
from fullcount.report import HOSTS
from fullcount.rolled import GRADE_NAMES, KIND_NAMES
from fullcount.sealed import CONTRADICTED, STANDINGS
from fullcount.tables import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fullcount.carried import Ints
    from fullcount.distinct import Distinct, Known
    from fullcount.sealed import Bytes

pc: Any = pyarrow.compute
HOST_LIST = {**HOSTS, "directive": "text"}
OVERLAP_LIST = {"system": "text", "components": "text", "standings": "text", "disagrees": "bool"}
PAIR_LIST = {"component": "text", "other": "text", "systems": "int64"}
CONFLICT_LIST = {"kind": "text", "token": "text", "returns": "text", "reason": "text"}
AS_SAID = "as the return of its component says"
AS_SAID_BY_SEVERAL = "as the returns of its components say"
AGAINST = 'contradicted: other evidence speaks against "without it"'
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_NONE = -1
_PARTING = "; "


def tables(found: Distinct, components: Sequence[str], products: Sequence[str], directive: str) -> dict[str, pa.Table]:
    """The lists of a roll-up by name. `components` are by return, `products` (their names) by number."""
    hosts = _hosts(found, components)
    codes, several = _together(found)
    pieces = [[divmod(one, len(STANDINGS)) for one in some] for some in several]
    joined = [_PARTING.join(components[source] for source, _ in some) for some in pieces]
    return {
        "host_list": _host_list(
            found, hosts, component=_component(found, components, codes, joined), products=products, directive=directive
        ),
        "overlap_list": _overlap_list(found, hosts, codes, pieces=pieces, components=components),
        "pair_list": _pair_list(codes, pieces, components),
        "conflict_list": _conflict_list(found, components),
    }


def shown_standing(place: int) -> str:
    """A place in `STANDINGS` as an account calls it."""
    return STANDINGS[-1] if STANDINGS[place] == CONTRADICTED else STANDINGS[place]


def _together(found: Distinct) -> tuple[Ints, list[tuple[int, ...]]]:
    """By system of several returns, the number of its set of returns and of what they say, each in one number."""
    chosen = found.returns_of[found.pair_system] > 1
    said = found.pair_source[chosen] * len(STANDINGS) + found.pair_said[chosen]
    return _sets(found.pair_system[chosen], said, len(found.standing))


def _sets(of: Ints, value: Ints, many: int) -> tuple[Ints, list[tuple[int, ...]]]:
    """By owner, the number of its set of values, or -1 for none; and the distinct sets. `of` is in order."""
    codes = np.full(many, _NONE, np.int64)
    starts = np.flatnonzero(np.concatenate([[True], of[1:] != of[:-1]])) if len(of) else np.zeros(0, np.int64)
    ends = np.append(starts[1:], len(of))[: len(starts)]
    known: dict[bytes, int] = {}
    data, width = np.ascontiguousarray(value, np.int64).tobytes(), 8
    codes[of[starts]] = [
        known.setdefault(data[start * width : end * width], len(known))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
    return codes, [tuple(np.frombuffer(one, np.int64).tolist()) for one in known]


def _hosts(found: Distinct, components: Sequence[str]) -> pa.Array[Any]:
    """What each system is called: `kind:token`, by its strongest smallest one; without any, its component and its number in
    the return of it.
    """
    told = np.flatnonzero(found.clue != NO_CLUE)
    bare = np.flatnonzero(found.clue == NO_CLUE)
    named = named_tokens(found.known, found.clue[told])
    record = np.zeros(len(found.standing), np.int64)
    record[found.system[::-1]] = np.arange(len(found.system) - 1, -1, -1)  # of equal targets the last write stays
    record = record[bare]
    source = found.source[record]
    numbers = pa.array(record - found.first[source] + 1).cast(pa.string())
    called = pc.binary_join_element_wise(_taken(components, source), numbers, "#")
    order = np.empty(len(found.standing), np.int64)
    order[np.concatenate([told, bare])] = np.arange(len(order))
    places: Any = pa.array(order)
    result: pa.Array[Any] = pa.concat_arrays([named, called]).take(places)
    return result


def named_tokens(known: Known, clues: Ints) -> pa.Array[Any]:
    """Tokens as `kind:hex`."""
    kinds = _taken(known.kinds, kind_of(known, clues))
    result: pa.Array[Any] = pc.binary_join_element_wise(kinds, hexadecimal(known.keys[clues]), ":")
    return result


def hexadecimal(tokens: Bytes) -> pa.Array[Any]:
    """Bytes as text, all of one length."""
    many, width = tokens.shape
    digits = np.empty((many, 2 * width), np.uint8)
    digits[:, 0::2], digits[:, 1::2] = _HEX[tokens >> 4], _HEX[tokens & 15]
    offsets = np.arange(0, (many + 1) * 2 * width, 2 * width, dtype=np.int32)
    buffers: list[Any] = [None, pa.py_buffer(offsets.data), pa.py_buffer(digits.data)]
    result: pa.Array[Any] = pa.Array.from_buffers(pa.string(), many, buffers)
    return result


def _taken(values: Sequence[str], which: Any) -> pa.Array[Any]:
    """By place one of some texts; nothing for `_NONE`."""
    places: Any = pa.array(which, mask=np.asarray(which == _NONE))
    result: pa.Array[Any] = pa.array(values, pa.string()).take(places)
    return result


def _component(found: Distinct, components: Sequence[str], codes: Ints, joined: Sequence[str]) -> pa.Array[Any]:
    """By system, its component, or those of all returns that know it."""
    first = np.zeros(len(found.standing), np.int64)
    first[found.pair_system] = found.pair_source
    return _taken([*components, *joined], np.where(codes == _NONE, first, codes + len(components)))


def _host_list(
    found: Distinct, hosts: pa.Array[Any], *, component: pa.Array[Any], products: Sequence[str], directive: str
) -> pa.Table:
    many = len(found.standing)
    several = found.returns_of > 1
    which = np.where(found.standing == STANDINGS.index(CONTRADICTED), 2, several)
    standings = [shown_standing(place) for place in range(len(STANDINGS))]
    codes, sets = _sets(found.findings.system, found.findings.product, many)
    names = [_PARTING.join(products[one] for one in some) for some in sets]
    once = np.zeros(many, np.int64)
    columns: dict[str, Any] = {
        "host": hosts,
        "name": _taken([""], once),
        "standing": _taken(standings, found.standing.astype(np.int64)),
        "reason": _taken([AS_SAID, AS_SAID_BY_SEVERAL, AGAINST], which),
        "component": component,
        "products": _taken(names, codes),
        "best_kind": _best(found.findings.system, found.findings.kind, KIND_NAMES, many),
        "best_grade": _best(found.findings.system, found.findings.grade, GRADE_NAMES, many),
        "records": pa.array(np.bincount(found.system, minlength=many)),
        "directive": _taken([directive], once),
    }
    schema = arrow_schema(HOST_LIST)
    # what a return does not send of a system is empty: its class, its operating system, its days, its clues
    return pa.table([columns.get(field.name, pa.nulls(many, field.type)) for field in schema], schema=schema)


def _best(system: Ints, rank: Any, names: dict[int, str], many: int) -> pa.Array[Any]:
    best = np.full(many, _NONE, np.int64)
    np.maximum.at(best, system, rank.astype(np.int64))
    return _taken([names.get(place, "") for place in range(max(names) + 1)], best)


def _overlap_list(
    found: Distinct, hosts: pa.Array[Any], codes: Ints, *, pieces: Sequence[Sequence[tuple[int, int]]], components: Sequence[str]
) -> pa.Table:
    """The systems of several returns, and what each of these says."""
    at = np.flatnonzero(codes != _NONE)
    joined = [_PARTING.join(components[source] for source, _ in some) for some in pieces]
    said = [_PARTING.join(f"{components[source]}: {STANDINGS[place]}" for source, place in some) for some in pieces]
    places: Any = pa.array(at)
    columns = [hosts.take(places), _taken(joined, codes[at]), _taken(said, codes[at]), pa.array(found.disagree[at])]
    return pa.table(columns, schema=arrow_schema(OVERLAP_LIST))


def _pair_list(codes: Ints, pieces: Sequence[Sequence[tuple[int, int]]], components: Sequence[str]) -> pa.Table:
    """How many systems the returns of every two components have in common."""
    sizes = np.bincount(codes[codes != _NONE], minlength=len(pieces)).tolist()
    pairs: Counter[tuple[int, int]] = Counter()
    for some, size in zip(pieces, sizes, strict=True):
        for pair in combinations([source for source, _ in some], 2):
            pairs[pair] += size
    rows = [
        {"component": components[one], "other": components[other], "systems": pairs[one, other]} for one, other in sorted(pairs)
    ]
    return pa.Table.from_pylist(rows, arrow_schema(PAIR_LIST))


def _conflict_list(found: Distinct, components: Sequence[str]) -> pa.Table:
    """Tokens on several systems that prove nothing, by kind and token."""
    known, rows = found.known, []
    told = refused(known)
    clues = np.array(sorted(told), np.int64)
    kinds = kind_of(known, clues).tolist()
    for clue, kind, token in zip(clues.tolist(), kinds, hexadecimal(known.keys[clues]).to_pylist(), strict=True):
        own = known.carried.kinds[known.kinds[kind]]
        start, end = np.searchsorted(own.clue, [clue, clue + 1])
        names = _PARTING.join(components[one] for one in np.unique(found.source[own.record[start:end]]).tolist())
        rows.append({"kind": known.kinds[kind], "token": token, "returns": names, "reason": told[clue][1]})
    return pa.Table.from_pylist(rows, arrow_schema(CONFLICT_LIST))
