"""Crowds: clues that identify nothing because of who carries them: values that are popular, and those of clones."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from fullcount.carried import NO_CLUE, SURE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fullcount.carried import Carried, Carriers, Ints, Joined
    from fullcount.clue import Kind

POPULAR = 3  # a value on more records of one source than this identifies nothing
_MANY = 30  # records of which every two are compared
_WEEKS = 14 * 24 * 60 * 60 * 1_000_000  # two weeks, in microseconds


def refuse_popular(kind: Kind, own: Carriers, joined: Joined) -> None:
    """Demote a value that more than `POPULAR` records of one source carry: a name repeats, a clone list grows."""
    popular = np.flatnonzero(own.most > POPULAR)
    for most in np.unique(own.most[popular]).tolist():
        many = own.first + popular[own.most[popular] == most]
        joined.refuse(many, "popularity", f"{most} records of one source carry this {kind.name}")


def refuse_crowds(kind: Kind, carried: Carried, own: Carriers, joined: Joined) -> None:
    """Demote a strong value under which one tool found more than `POPULAR` host names within two weeks: a tool that saves
    one file a machine never lists a value twice in one source, however many machines carry it.
    """
    names = carried.kinds.get("hostname")
    many = (own.records > POPULAR) & (joined.reason[own.first : own.first + len(own.records)] == 0)
    if names is None or not many.any():
        return
    chosen = many[own.clue - own.first]
    record, clue = own.record[chosen], own.clue[chosen]
    name = np.full(len(carried.source), NO_CLUE, np.int32)
    np.minimum.at(name, names.record, names.clue)
    newest = np.full(len(own.records), np.iinfo(np.int64).min)
    np.maximum.at(newest, clue - own.first, carried.heard[record])
    heard = carried.heard[record]
    counted = (name[record] < NO_CLUE) & ((heard == UNKNOWN) | (heard >= newest[clue - own.first] - _WEEKS))
    tools, names_in_all = int(carried.tool.max()) + 1, len(names.records)
    of_tool = clue[counted].astype(np.int64) * tools + carried.tool[record[counted]]
    told = np.unique(of_tool * names_in_all + (name[record[counted]] - names.first))
    groups, sizes = np.unique(told // names_in_all, return_counts=True)
    most: dict[int, int] = {}
    for number, size in zip((groups[sizes > POPULAR] // tools).tolist(), sizes[sizes > POPULAR].tolist(), strict=True):
        most[number] = max(size, most.get(number, 0))
    for size in sorted(set(most.values())):
        clues = np.array([number for number, of in most.items() if of == size], np.int32)
        joined.refuse(clues, "popularity", f"one tool found this {kind.name} under {size} host names within two weeks")


def refuse_makers(carried: Carried, own: Carriers, joined: Joined) -> None:
    """Refuse a serial number that two makers, known to be different ones, gave: it is its maker's."""
    makers = carried.kinds.get("manufacturer")
    if makers is None:
        return
    known = np.isin(makers.clue, carried.known_makers)
    maker = np.full(len(carried.source), -1, np.int32)
    maker[makers.record[known]] = makers.clue[known]
    said = maker[own.record] >= 0
    clue, by = own.clue[said] - own.first, maker[own.record[said]]
    least, most = np.full(len(own.records), NO_CLUE, np.int32), np.full(len(own.records), -1, np.int32)
    np.minimum.at(least, clue, by)
    np.maximum.at(most, clue, by)
    joined.refuse((own.first + np.flatnonzero(least < most)).astype(np.int32), "contradiction", "two makers gave it")


def refuse_clones(carried: Carried, own: Carriers, joined: Joined) -> None:
    """Refuse a strong clue on two records of one source, unless another clue agrees or their lives do not overlap."""
    suspects = own.first + np.flatnonzero(own.most > 1)
    suspects = suspects[joined.reason[suspects] == 0]
    starts, ends = (np.searchsorted(own.clue, suspects, side=side) for side in ("left", "right"))
    asked = [own.record[start:end] for start, end in zip(starts, ends, strict=True)]
    others = _clues_of(carried, joined, asked)
    marks = [_marks_of(carried, asked, name) for name in ("hostname", "mac")]
    clones: dict[str, list[int]] = {}
    for number, members in zip(suspects.tolist(), asked, strict=True):
        for same in _by_source(carried, members):
            if why := _why_clones([one for one in same if carried.live[one]], same, number, others=others, marks=marks):
                clones.setdefault(why, []).append(number)
                break
    for why, numbers in sorted(clones.items()):
        joined.refuse(np.array(numbers, np.int32), "clone", why)


def refuse_apart(carried: Carried, own: Carriers, joined: Joined) -> None:
    """Refuse a strong clue on two records that one tool saved, each as a source of its own, under different names and with
    different addresses within two weeks. One of them alone may differ: a machine is renamed, or gets another card.
    """
    alone = np.bincount(carried.source)[carried.source] == 1
    at = np.flatnonzero(alone[own.record] & (joined.reason[own.clue] == 0))
    tools = int(carried.tool.max()) + 1
    of_tool = own.clue[at].astype(np.int64) * tools + carried.tool[own.record[at]]  # in order of clue, not of tool
    order = np.argsort(of_tool, kind="stable")
    _, starts, sizes = np.unique(of_tool[order], return_index=True, return_counts=True)
    suspects = [
        own.record[at[order[start : start + size]]] for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True)
    ]
    numbers = own.clue[at[order[starts[sizes > 1]]]].tolist()
    marks = [_marks_of(carried, suspects, name) for name in ("hostname", "mac")]
    apart = [
        number
        for number, records in zip(numbers, suspects, strict=True)
        if any(
            _differ(one, other, marks) and abs(carried.heard[one] - carried.heard[other]) <= _WEEKS
            for one, other in _couples(records.tolist())
        )
    ]
    why = "one tool found it under different names and with different addresses within two weeks"
    joined.refuse(np.array(apart, np.int32), "clone", why)


def _couples(records: list[int]) -> Iterable[tuple[int, int]]:
    """Every two of some records; of very many only the first with each other one."""
    return combinations(records, 2) if len(records) <= _MANY else ((records[0], other) for other in records[1:])


def _differ(one: int, other: int, marks: list[dict[int, set[int]]]) -> bool:
    """Whether two records have names and addresses, and none in common."""
    pairs = [(known.get(one, set()), known.get(other, set())) for known in marks]
    return all(mine and yours and not mine & yours for mine, yours in pairs)


def _why_clones(
    live: list[int], same: list[int], number: int, *, others: dict[int, set[int]], marks: list[dict[int, set[int]]]
) -> str:
    """Why records of one source, of which some live, are not one machine; empty where they are."""
    if len(live) < 2:
        return ""
    if not _agree(same, number, others):
        return "two live records of one source carry it and nothing else says that they are one machine"
    # a clone keeps every number of its template; its name and its addresses, virtual ones too, are its own
    if any(_differ(one, other, marks) for one, other in combinations(live, 2)):
        return "two live records of one source carry it under different names and with different addresses"
    return ""


def _marks_of(carried: Carried, asked: list[Ints], name: str) -> dict[int, set[int]]:
    """The clues of one kind that some records carry, be they refused."""
    own = carried.kinds.get(name)
    if own is None or not asked:
        return {}
    return _by_record(carried, asked, [(own.record, own.clue)])


def _by_source(carried: Carried, members: Ints) -> Iterable[list[int]]:
    found: dict[int, list[int]] = {}  # of a handful of records, for many values: arrays took three times as long
    for one, source in zip(members.tolist(), carried.source[members].tolist(), strict=True):
        found.setdefault(source, []).append(one)
    return (found[source] for source in sorted(found))


def _clues_of(carried: Carried, joined: Joined, asked: list[Ints]) -> dict[int, set[int]]:
    """The usable strong and medium clues of some records."""
    own = (carried.kinds[kind] for kind in SURE if kind in carried.kinds)
    found = _by_record(carried, asked, ((one.record, one.clue) for one in own)) if asked else {}
    return {one: {clue for clue in clues if joined.reason[clue] == 0} for one, clues in found.items()}


def _by_record(carried: Carried, asked: list[Ints], pairs: Iterable[tuple[Ints, Ints]]) -> dict[int, set[int]]:
    """By record that is asked for, the clues that `pairs` of records and clues give it."""
    wanted = np.zeros(len(carried.source), np.bool_)
    wanted[np.concatenate(asked)] = True
    found: dict[int, set[int]] = {}
    for record, clue in pairs:
        chosen = np.flatnonzero(wanted[record])
        for one, number in zip(record[chosen].tolist(), clue[chosen].tolist(), strict=True):
            found.setdefault(one, set()).add(number)
    return found


def _agree(records: list[int], number: int, others: dict[int, set[int]]) -> bool:
    """Whether all of the records share another clue with the first of them."""
    first = others.get(records[0], set()) - {number}
    return all(first & others.get(record, set()) for record in records[1:])
