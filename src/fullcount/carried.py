"""Carried: who carries which clue, by numbers alone, and what joining has made of it so far. No engine and no text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fullcount.clue import KINDS, WEAK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Ints = np.ndarray[tuple[int], np.dtype[np.signedinteger[Any]]]
    Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]

SURE = tuple(kind.name for kind in KINDS.values() if kind.step is not None and kind.strength != WEAK)
UNKNOWN = -1  # a date that is not known
NO_CLUE = np.iinfo(np.int32).max
NOTHING: Ints = np.zeros(0, np.int32)
REFUSED_BY = ("value", "person", "popularity", "clone", "contradiction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriers:
    """Who carries the clues of one kind: each pair once, in the order of clue, then record.

    Clues are numbered through all kinds, by kind and value; those of this kind are `first` and the `len(records)` - 1
    that follow it. `records`, `sources` and `most` are by clue: how many records carry it, of how many sources, and how
    many of one source.
    """

    first: int
    record: Ints
    clue: Ints
    records: Ints
    sources: Ints
    most: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What people decided, by clues: carriers of any clue of one of the `links` are one machine; those of different clues
    of one of `apart` are different ones; `silenced` clues join nothing.
    """

    links: Sequence[Ints] = ()
    apart: Sequence[Ints] = ()
    silenced: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What records carry, by kind of clue. Records are numbered from 0; `source`, `tool`, `heard` and `live` are by record.

    Dates are microseconds since 1970, -1 unknown. `why_not` is by reason: clues that identify nothing whoever carries them.
    """

    source: Ints
    tool: Ints
    heard: Ints
    live: Bools
    kinds: Mapping[str, Carriers]
    clues: int
    why_not: Mapping[str, Ints]
    decided: Decided = field(default_factory=Decided)
    known_makers: Ints = field(
        default_factory=lambda: NOTHING
    )  # clues of kind manufacturer that are known to be different makers
    domains: Ints = field(default_factory=lambda: NOTHING)  # by clue of kind fqdn, from its first: the number of its domain


@dataclass(slots=True, kw_only=True)
class Joined:
    """What the turns have made so far: a group per record, named by its smallest record; links and refusals."""

    group: Ints
    headline: Ints  # the groups as they were before weak clues
    reason: Ints  # by clue: 0, or which of the `reasons` it is refused for
    reasons: list[tuple[str, str]] = field(default_factory=lambda: [("", "")])  # by what, and in words
    links: list[tuple[Ints, Ints, Ints]] = field(default_factory=list)  # record, the record it was joined to, clue
    decided: tuple[Ints, Ints, Ints] = (NOTHING, NOTHING, NOTHING)  # links of the same form that people made

    def refuse(self, clues: Ints, by: str, why: str) -> None:
        """Let clues join nothing; the first reason stays. `by` is one of `REFUSED_BY`."""
        fresh = clues[self.reason[clues] == 0]
        if len(fresh):
            self.reason[fresh] = len(self.reasons)
            self.reasons.append((by, why))


def usable(carried: Carried, joined: Joined, kind: str) -> tuple[Ints, Ints]:
    """Records and the clues of a kind that they carry, without those that are refused."""
    own = carried.kinds.get(kind)
    if own is None:
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    chosen = joined.reason[own.clue] == 0
    return own.record[chosen], own.clue[chosen]
