"""Join: which records are one machine, by the numbers of the clues that they carry. No text: arrays only. Which
groups are connected is the engine's to say (`Engine.smallest`).

Clues take their turns (`clue.KINDS`): strong, then medium, then weak. A turn joins the groups of the turn
before all at once; where a resulting group would hold two valid values of a contradicting kind, every link
that this turn made inside it is refused. So the result never depends on an order of rows. Inside the strong
layer the serial number goes first: it cannot contradict itself, so a cloned UUID cannot pull down the good
links of the machines that it confuses.

What people decided goes before every turn: their links hold whatever contradicts them, and what they hold apart is a
contradiction for every turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from fullcount.carried import NO_CLUE, UNKNOWN, Joined, usable
from fullcount.clue import KINDS, STRONG, Kind
from fullcount.connected import smallest
from fullcount.crowds import refuse_apart, refuse_clones, refuse_crowds, refuse_makers, refuse_popular

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fullcount.carried import Bools, Carried, Ints
    from fullcount.connected import Smallest

_NAMES = frozenset({"fqdn", "hostname"})
_HARDWARE = ("cloud_id", "mac", "serial", "uuid")  # what is not a name, nor an id given by a tool
_TURNS = tuple(sorted((kind for kind in KINDS.values() if kind.step is not None), key=lambda kind: kind.step or 0))
BY_A_PERSON = "a person decided"


def join(carried: Carried, connect: Smallest = smallest) -> Joined:
    """Let every kind of clue take its turn; see the module. `connect` says which groups are connected."""
    group: Ints = np.arange(len(carried.source), dtype=np.int32)
    joined = Joined(group=group, headline=group, reason=np.zeros(carried.clues, np.int32))
    for why, clues in carried.why_not.items():
        joined.refuse(clues, "value", why)
    joined.refuse(np.array(carried.decided.silenced, np.int32), "person", BY_A_PERSON)
    _obey(carried, joined, connect)
    for kind in _TURNS:
        if kind.name == "hostname":
            joined.headline = joined.group
        if kind.name in carried.kinds:
            _turn(kind, carried, joined, connect)
    return joined


def _obey(carried: Carried, joined: Joined, connect: Smallest) -> None:
    """Join what people say is one machine."""
    made = []
    for clues in carried.decided.links:
        pairs = [_carrying(carried, int(clue)) for clue in clues]
        record = np.concatenate(pairs)
        by = np.repeat(clues, [len(some) for some in pairs])
        if len(record) > 1:
            # all of them as if they carried one clue
            joined.group = merged(joined.group, record, np.zeros(len(record), np.int32), connect)
            hub = np.full(len(record), record.min(), np.int32)
            made.append((record[record != hub], hub[record != hub], by[record != hub]))
    if made:
        record, hub, by = (np.concatenate(column) for column in zip(*made, strict=True))
        joined.decided = (record.astype(np.int32), hub, by.astype(np.int32))


def _carrying(carried: Carried, clue: int) -> Ints:
    """The records that carry a clue."""
    own = next(one for one in carried.kinds.values() if one.first <= clue < one.first + len(one.records))
    start, end = np.searchsorted(own.clue, [clue, clue + 1])
    return own.record[start:end]


def _held_apart(carried: Carried, joined: Joined, after: Ints) -> Bools:
    """By group: whether groups of before that a person holds apart come together in it."""
    found = np.zeros(len(after), np.bool_)
    for clues in carried.decided.apart:
        record = [_carrying(carried, int(clue)) for clue in clues]
        value = np.repeat(np.arange(len(clues), dtype=np.int32), [len(some) for some in record])
        found |= _several(joined.group, after, np.concatenate(record), value)
    return found


def placed(carried: Carried) -> Bools:
    """By record: whether it carries a clue that identifies something, be it refused to join."""
    good = np.ones(carried.clues, np.bool_)
    for clues in carried.why_not.values():
        good[clues] = False
    found = np.zeros(len(carried.source), np.bool_)
    for kind in _TURNS:
        if own := carried.kinds.get(kind.name):
            found[own.record[good[own.clue]]] = True
    return found


def _turn(kind: Kind, carried: Carried, joined: Joined, connect: Smallest) -> None:
    """Let one kind of clue join what it can."""
    own = carried.kinds[kind.name]
    refuse_popular(kind, own, joined)
    if kind.name == "serial":
        refuse_makers(carried, own, joined)
    if kind.strength == STRONG:
        refuse_crowds(kind, carried, own, joined)
        refuse_clones(carried, own, joined)
        refuse_apart(carried, own, joined)
    chosen = ((own.records > 1) & (joined.reason[own.first : own.first + len(own.records)] == 0))[own.clue - own.first]
    record, clue = own.record[chosen], own.clue[chosen]
    after = merged(joined.group, record, clue, connect)
    forbidden = np.unique(clue[_held_apart(carried, joined, after)[after[record]]])
    bad = np.unique(clue[_clashing(kind, carried, joined, after)[after[record]]])
    if not len(bad) and not len(forbidden):
        joined.group = after
        joined.links.append(_stars(record, clue))
        return
    joined.refuse(forbidden, "person", "it would join machines that a person says are different ones")
    joined.refuse(bad, "contradiction", "it would join machines that contradict each other")
    keep = joined.reason[clue] == 0
    joined.group = merged(joined.group, record[keep], clue[keep], connect)
    joined.links.append(_stars(record[keep], clue[keep]))
    if kind.name in _NAMES:
        _adopt(carried, joined, record[~keep], clue[~keep])


def merged(group: Ints, record: Ints, clue: Ints, connect: Smallest = smallest) -> Ints:
    """Join the groups of records that carry the same clue. Pairs come in the order of clues."""
    same = clue[1:] == clue[:-1]
    one, other = group[record[:-1][same]], group[record[1:][same]]
    apart = one != other  # most of what a later turn says was said before
    if not apart.any():
        return group
    found = connect(pa.table({"one": one[apart], "other": other[apart]}))
    goes_to = np.arange(len(group), dtype=group.dtype)
    goes_to[found["node"].to_numpy()] = found["smallest"].to_numpy()
    result: Ints = goes_to[group]
    return result


def _clashing(kind: Kind, carried: Carried, joined: Joined, after: Ints) -> Bools:
    """By group: whether groups of before bring different serial numbers (or, after its turn, different UUIDs) into it."""
    against = ["serial"] if (kind.step or 0) <= (KINDS["uuid"].step or 0) else ["serial", "uuid"]
    grown = np.zeros(len(after), np.bool_)
    grown[after[after != joined.group]] = True
    found = np.zeros(len(after), np.bool_)
    if grown.any():
        for name in against:
            found |= _differing(carried, joined, after, grown=grown, name=name)
        if kind.name == "hostname":  # it means one machine within its domain only
            domain = _domains(carried, joined.group)
            known = np.flatnonzero(grown[after] & (domain[joined.group] != UNKNOWN)).astype(np.int32)
            found |= _several(joined.group, after, known, domain[joined.group[known]])
    return found


def _domains(carried: Carried, group: Ints) -> Ints:
    """By group: the domain that its full names are in, or `UNKNOWN`; who was in several is at home in none."""
    own = carried.kinds.get("fqdn")
    found = np.full(len(group), UNKNOWN, np.int32)
    if own is None:
        return found
    good = np.ones(carried.clues, np.bool_)
    for clues in carried.why_not.values():
        good[clues] = False
    chosen = good[own.clue]  # a name that was refused still says where its machine is
    at, domain = group[own.record[chosen]], carried.domains[own.clue[chosen] - own.first]
    least = np.full(len(group), NO_CLUE, np.int32)
    np.minimum.at(least, at, domain)
    np.maximum.at(found, at, domain)
    found[least != found] = UNKNOWN
    return found


def _differing(carried: Carried, joined: Joined, after: Ints, *, grown: Bools, name: str) -> Bools:
    # a value refused as a clone's still tells two machines apart no better than it joins them
    record, clue = usable(carried, joined, name)
    chosen = grown[after[record]]
    return _several(joined.group, after, record[chosen], clue[chosen])


def _several(group: Ints, after: Ints, record: Ints, value: Ints) -> Bools:
    """By group of `after`: whether its groups of before bring different values into it, which records carry."""
    # one value a group of before, its smallest: two that it already holds are no contradiction of this turn
    before, first = np.unique(group[record], return_index=True)
    value = value[first]
    least, most = np.full(len(after), NO_CLUE, np.int32), np.full(len(after), -1, np.int32)
    np.minimum.at(least, after[before], value)
    np.maximum.at(most, after[before], value)
    result: Bools = least < most
    return result


def _stars(record: Ints, clue: Ints) -> tuple[Ints, Ints, Ints]:
    """Links of each record to the smallest record with the same clue. Pairs come in the order of clue, then record."""
    first = np.ones(len(clue), np.bool_)
    first[1:] = clue[1:] != clue[:-1]
    hub = record[first][np.cumsum(first) - 1]
    return record[~first], hub[~first], clue[~first]


def _adopt(carried: Carried, joined: Joined, record: Ints, clue: Ints) -> None:
    """Give records that have only a name to one of the machines that had it: the one whose life under that name
    covers the record's date, else the last one. Records that are one machine already go together, by the newest.
    What is known to be in one domain goes to no machine of another; what is known to be in none, also to one that has
    nothing but a domain.
    """
    group = joined.group
    first, named = _first_clues(carried, joined, ("serial", "uuid")), _first_clues(carried, joined, ("fqdn",))
    bare, domain = _first_clues(carried, joined, _HARDWARE) == NO_CLUE, _domains(carried, group)
    numbers, starts = np.unique(clue, return_index=True)
    moved: dict[int, tuple[int, int, int]] = {}
    for number, members in zip(numbers.tolist(), np.split(record, starts[1:]), strict=True):
        alone = members[bare[group[members]]]
        at_home = domain[group[alone]] != UNKNOWN
        # the homeless last: by then it is known where the others are
        for one in alone[np.lexsort((named[group[alone]], -carried.heard[alone], ~at_home))].tolist():
            mine = int(group[one])
            owners = members[_owning(group[members], mine, first=first, domain=domain)]
            if mine not in moved and len(owners):
                owner = _owner(carried, group[owners], owners, one=one, ranks=(first, named))
                moved[mine] = (one, owner, number)
                if domain[group[owner]] == UNKNOWN:
                    domain[group[owner]] = domain[mine]
    if moved:
        ones, owning, by = (np.array(column, np.int32) for column in zip(*moved.values(), strict=True))
        goes_to = np.arange(len(group), dtype=np.int32)
        goes_to[group[ones]] = group[owning]
        joined.group = goes_to[goes_to[group]]  # an owner without a number may have gone to one that has it
        joined.links.append((ones, owning, by))


def _owning(groups: Ints, mine: int, *, first: Ints, domain: Ints) -> Bools:
    """Which of some groups a bare one can go to."""
    homeless = domain[mine] == UNKNOWN
    owns = (first[groups] < NO_CLUE) | (homeless & (domain[groups] != UNKNOWN))
    result: Bools = owns & (groups != mine) & (homeless | (domain[groups] == UNKNOWN) | (domain[groups] == domain[mine]))
    return result


def _first_clues(carried: Carried, joined: Joined, kinds: Iterable[str]) -> Ints:
    """By group: the smallest usable clue of these kinds, or `NO_CLUE`."""
    first = np.full(len(carried.source), NO_CLUE, np.int32)
    for kind in kinds:
        record, clue = usable(carried, joined, kind)
        np.minimum.at(first, joined.group[record], clue)
    return first


def _owner(carried: Carried, groups: Ints, owners: Ints, *, one: int, ranks: tuple[Ints, Ints]) -> int:
    """The one of some owners that a record with nothing but the name goes to. Between equals the smallest serial number
    or UUID decides, then the smallest full name: records are numbered as files were read, and that must not.
    """
    date = carried.heard[one]
    first, named = ranks
    best: list[tuple[bool, int, int, int, int]] = []
    for group in np.unique(groups).tolist():
        life = carried.heard[owners[groups == group]]
        covers = bool(date != UNKNOWN and life.min() <= date <= life.max())
        best.append((not covers, 0 if covers else -int(life.max()), int(first[group]), int(named[group]), group))
    return int(owners[groups == min(best)[-1]][0])
