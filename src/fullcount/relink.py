"""Relink: how many links would be found again if one kind of strong clue were not there. No engine and no text.

Truth is not at hand where machines are counted, so the links of one strong kind of clue stand in for it: records that share
a serial number are one machine, whatever else is known of them. Hidden, and linked again by everything else, the share of
pairs that come together again says how far the other clues carry: the recall of links where that clue is missing. Records
that have no other strong or medium clue cannot come together at all, so the pairs that could are told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fullcount.carried import SURE, usable
from fullcount.clue import KINDS, STRONG
from fullcount.connected import smallest
from fullcount.join import merged

if TYPE_CHECKING:
    from fullcount.carried import Carried, Carriers, Ints, Joined
    from fullcount.connected import Smallest

MOST = 100_000  # values of a kind that are tried; of more, every so many-th, in the order of the values


@dataclass(frozen=True, slots=True, kw_only=True)
class Relinked:
    """Pairs of records that share a usable clue of `kind`: all, those of which both have another strong or medium clue, and
    those that come together again without that kind.
    """

    kind: str
    pairs: int
    able: int
    again: int


def relinked(carried: Carried, joined: Joined, connect: Smallest = smallest, *, most: int = MOST) -> list[Relinked]:
    """One for each strong kind that joins any records, strongest first. What was refused stays refused."""
    strong = sorted((kind for kind in KINDS.values() if kind.strength == STRONG), key=lambda kind: kind.step or 0)
    tried = [kind.name for kind in strong if kind.name in carried.kinds]
    return [found for kind in tried if (found := _hidden(kind, carried, joined, connect=connect, most=most))]


def _hidden(kind: str, carried: Carried, joined: Joined, *, connect: Smallest, most: int) -> Relinked | None:
    record, clue = _tried(carried.kinds[kind], joined, most)
    if not len(record):
        return None
    wanted = np.zeros(len(carried.source), np.bool_)
    wanted[joined.headline[record]] = True
    inside = wanted[joined.headline]
    label: Ints = np.arange(len(carried.source), dtype=np.int32)
    able = np.zeros(len(carried.source), np.bool_)
    for other in SURE:
        if other != kind:
            carrier, value = usable(carried, joined, other)
            chosen = inside[carrier]
            label = merged(label, carrier[chosen], value[chosen], connect)
            able[carrier] = True
    together = clue.astype(np.int64) * len(carried.source) + label[record]
    return Relinked(kind=kind, pairs=_pairs(clue), able=_pairs(clue[able[record]]), again=_pairs(together))


def _tried(own: Carriers, joined: Joined, most: int) -> tuple[Ints, Ints]:
    """The carriers of the values that are hidden."""
    numbers = own.first + np.flatnonzero(own.records > 1)
    numbers = numbers[joined.reason[numbers] == 0]
    chosen = np.zeros(len(own.records), np.bool_)
    chosen[numbers[:: max(1, -(-len(numbers) // most))] - own.first] = True
    mine = chosen[own.clue - own.first]
    return own.record[mine], own.clue[mine]


def _pairs(groups: Ints) -> int:
    """How many pairs have the same number."""
    _, sizes = np.unique(groups, return_counts=True)
    return int((sizes * (sizes - 1) // 2).sum())
