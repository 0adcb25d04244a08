"""Distinct: which systems of several returns are one and the same, by their tokens alone. Arrays only: no names, no engine.

A return is to this what a source is to a count, a system of it what a record is, and a token what the key of a clue is. So
`join` decides: the same turns, contradictions, makers and popular values as inside one component. Tokens that were made with
different keys, or of values folded differently, have nothing in common: returns are put into *pools*, and a token means
something only within its pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fullcount.carried import NO_CLUE, NOTHING, SURE, UNKNOWN, Carried, Carriers, usable
from fullcount.join import join
from fullcount.sealed import STANDINGS, TOKEN, TOKEN_KINDS, Systems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fullcount.carried import Bools, Ints, Joined
    from fullcount.report import Line
    from fullcount.sealed import Bytes, Small

NO_POOL = -1  # a return whose tokens are not used
_MAKER = "manufacturer"
_WITHOUT = "without it"
_FOUND = ("with it", "exempt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one return brings. `products` are the numbers that the products of its account have among those of all returns."""

    systems: Systems
    pool: int
    heard: int  # its as-of, in microseconds since 1970; -1 unknown
    products: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Each product on each system once, in the order of systems, with the best kind and grade of any return (ranks)."""

    system: Ints
    product: Ints
    kind: Small
    grade: Small


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The distinct tokens of all pools, and what joining made of them. `keys` are the bytes, by clue."""

    carried: Carried
    joined: Joined
    keys: Bytes
    kinds: tuple[str, ...]  # by kind of clue that there is
    ends: Ints  # parallel to it: one more than its last clue


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinct:
    """The distinct systems of several returns.

    By record, which is a system of a return, in the order of returns: `source` (its return), `said` (what that return says of
    it: a place in `STANDINGS`) and `system`. By system: `standing`, `covered`, `pool`, and `clue`, its strongest smallest
    token, or `NO_CLUE`: then nothing tells whether it is one of another return's. `pair_system` and `pair_source`: each
    system and return that knows it, once, in this order; `pair_said` is what that return says.
    """

    first: Ints  # by return, its first record; and how many records there are
    source: Ints
    said: Small
    system: Ints
    standing: Small
    covered: Bools
    clue: Ints
    pool: Ints
    pair_system: Ints
    pair_source: Ints
    pair_said: Small
    findings: Findings
    known: Known

    @property
    def returns_of(self) -> Ints:
        """By system, how many returns know it."""
        result: Ints = np.bincount(self.pair_system, minlength=len(self.standing))
        return result

    @property
    def disagree(self) -> Bools:
        """By system, whether one return says that it has the software and another that it has not."""
        found = np.zeros((2, len(self.standing)), np.bool_)
        for row, names in enumerate((_FOUND, (_WITHOUT,))):
            found[row, self.system[np.isin(self.said, [STANDINGS.index(name) for name in names])]] = True
        result: Bools = found[0] & found[1]
        return result


def distinct(parts: Sequence[Part]) -> Distinct:
    """The distinct systems of several returns.

    A system of several returns stands where the first of `STANDINGS` puts it that any of them says. With it before all: more
    evidence never hides a finding (law 4). Exempt next: all that was found is exempt. A contradiction stays one, for nobody
    answered it. Without it before not covered: one complete fresh look is enough. It is covered where any return covers it.
    """
    first = np.cumsum([0, *(len(one.systems.standing) for one in parts)])
    source = np.repeat(np.arange(len(parts), dtype=np.int32), np.diff(first))
    known = _known(parts, first, source)
    _, system = np.unique(known.joined.group, return_inverse=True)
    many = int(system.max(initial=-1)) + 1
    said = _whole([one.systems.standing for one in parts], np.uint8)
    standing = np.full(many, len(STANDINGS), np.uint8)
    np.minimum.at(standing, system, said)
    covered = np.zeros(many, np.bool_)
    covered[system[_whole([one.systems.covered for one in parts], np.uint8) > 0]] = True
    pool = np.full(many, NO_POOL, np.int64)
    pool[system] = np.array([one.pool for one in parts], np.int64)[source]
    pair, which = np.unique(system * max(1, len(parts)) + source, return_inverse=True)
    pair_said = np.full(len(pair), len(STANDINGS), np.uint8)
    np.minimum.at(pair_said, which, said)
    return Distinct(
        first=first,
        source=source,
        said=said,
        system=system,
        standing=standing,
        covered=covered,
        clue=_strongest(known, system, many),
        pool=pool,
        pair_system=pair // max(1, len(parts)),
        pair_source=pair % max(1, len(parts)),
        pair_said=pair_said,
        findings=_findings(parts, first, system),
        known=known,
    )


def stand_ins(total: Line) -> Systems:
    """Systems for a return that sends none, as many of each standing as it counted: nothing else is known of them. Which of
    them are covered does not show: they have no names, and only their number is ever told.
    """
    numbers = (total.with_it, total.exempt, 0, total.without_it, total.not_covered)
    standing = np.repeat(np.arange(len(STANDINGS), dtype=np.uint8), numbers)
    order = np.argsort(np.array([1, 2, 3, 0, 4])[standing], kind="stable")  # those without it were looked at for certain
    covered = np.zeros(len(standing), np.uint8)
    covered[order[: total.looked_at]] = 1
    none, small = np.zeros(0, np.int64), np.zeros(0, np.uint8)
    return Systems(
        standing=standing,
        covered=covered,
        kind=small,
        token=np.zeros((0, TOKEN), np.uint8),
        of=none,
        found_on=none,
        product=none,
        found_kind=small,
        found_grade=small,
    )


def once(numbers: Ints) -> Ints:
    """Distinct numbers in order, of numbers that nobody else needs. `np.unique` hashes them: 5.9 s for five million where this
    takes 0.1 s.

    >>> once(np.array([3, 1, 3, 2])).tolist()
    [1, 2, 3]
    """
    numbers.sort()
    result: Ints = numbers[np.concatenate([[True], numbers[1:] != numbers[:-1]])] if len(numbers) else numbers
    return result


def _whole(pieces: Sequence[Any], kind: type) -> Any:
    return np.concatenate([np.zeros(0, kind), *pieces])


def _known(parts: Sequence[Part], first: Ints, source: Ints) -> Known:
    """Number the tokens of all pools, kind by kind, and let them join what they can."""
    kinds: dict[str, Carriers] = {}
    keys: list[Bytes] = [np.zeros((0, TOKEN), np.uint8)]
    clues = 0
    for number, name in enumerate(TOKEN_KINDS):
        record, pool, token = _tokens(parts, first, number)
        if len(record):
            kinds[name], own = _carriers(record, pool, token, source, first=clues)
            keys.append(own)
            clues += len(own)
    heard = np.array([one.heard for one in parts], np.int64)
    makers = kinds.get(_MAKER)
    fqdn = kinds.get("fqdn")
    carried = Carried(
        source=source,
        tool=np.zeros(len(source), np.int32),
        heard=heard[source],
        live=np.ones(len(source), np.bool_),
        kinds=kinds,
        clues=clues,
        why_not={},  # what identifies nothing was never made a token
        # whoever made a token of a maker's name had a list of known makers to choose from
        known_makers=NOTHING if makers is None else np.arange(makers.first, makers.first + len(makers.records), dtype=np.int32),
        domains=NOTHING if fqdn is None else np.full(len(fqdn.records), UNKNOWN, np.int32),
    )
    ends = np.cumsum([len(one) for one in keys[1:]], dtype=np.int64)
    return Known(carried=carried, joined=join(carried), keys=np.concatenate(keys), kinds=tuple(kinds), ends=ends)


def _tokens(parts: Sequence[Part], first: Ints, kind: int) -> tuple[Ints, Ints, Bytes]:
    """Of all returns whose tokens are used: who carries the tokens of a kind, in which pool, and the tokens."""
    records: list[Ints] = [np.zeros(0, np.int64)]
    pools: list[Ints] = [np.zeros(0, np.int64)]
    tokens: list[Bytes] = [np.zeros((0, TOKEN), np.uint8)]
    for start, part in zip(first.tolist(), parts, strict=False):  # `first` has an end, too
        at = np.flatnonzero(part.systems.kind == kind) if part.pool != NO_POOL else NOTHING
        if len(at):
            records.append(part.systems.of[at] + start)
            pools.append(np.full(len(at), part.pool, np.int64))
            tokens.append(part.systems.token[at])
    return np.concatenate(records), np.concatenate(pools), np.concatenate(tokens)


def _carriers(record: Ints, pool: Ints, token: Bytes, source: Ints, *, first: int) -> tuple[Carriers, Bytes]:
    """Number the tokens of one kind by pool and bytes. Two words a token: sorting bytes as such takes five times as long."""
    words = np.ascontiguousarray(token).view(">u8").astype(np.uint64)
    order = np.lexsort((words[:, 1], words[:, 0], pool))
    words, ordered = words[order], pool[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (words[1:] != words[:-1]).any(axis=1) | (ordered[1:] != ordered[:-1])
    clue = np.empty(len(order), np.int64)
    clue[order] = np.cumsum(new) - 1
    clue, record = np.divmod(once(clue * len(source) + record), len(source))  # each pair once, in order
    starts = np.ones(len(clue), np.bool_)  # where the records of another clue, or of another return, begin
    starts[1:] = (clue[1:] != clue[:-1]) | (source[record][1:] != source[record][:-1])
    runs = np.flatnonzero(starts)
    of = clue[runs]
    carriers = Carriers(
        first=first,
        record=record.astype(np.int32),
        clue=(clue + first).astype(np.int32),
        records=np.bincount(clue).astype(np.int32),
        sources=np.bincount(of).astype(np.int32),
        most=np.maximum.reduceat(
            np.diff(runs, append=len(clue)), np.flatnonzero(np.concatenate([[True], of[1:] != of[:-1]]))
        ).astype(np.int32),
    )
    return carriers, token[order[new]]


def _strongest(known: Known, system: Ints, many: int) -> Ints:
    """By system: its strongest smallest token that joins, or `NO_CLUE`. Kinds are numbered in the order of their turns."""
    found = np.full(many, NO_CLUE, np.int32)
    for kind in SURE:
        record, clue = usable(known.carried, known.joined, kind)
        np.minimum.at(found, system[record], clue)
    return found


def _findings(parts: Sequence[Part], first: Ints, system: Ints) -> Findings:
    pieces = [(one.systems, one.products, start) for one, start in zip(parts, first.tolist(), strict=False)]
    on = system[_whole([own.found_on + start for own, _, start in pieces], np.int64)]
    product = _whole([numbers[own.product] for own, numbers, _ in pieces], np.int64)
    width = int(product.max(initial=0)) + 1
    told = on * width + product
    order = np.argsort(told, kind="stable")
    told = told[order]
    starts = np.flatnonzero(np.concatenate([[True], told[1:] != told[:-1]])) if len(told) else NOTHING
    kind = _whole([own.found_kind for own, _, _ in pieces], np.uint8)[order]
    grade = _whole([own.found_grade for own, _, _ in pieces], np.uint8)[order]
    return Findings(
        system=told[starts] // width,
        product=told[starts] % width,
        kind=np.maximum.reduceat(kind, starts) if len(starts) else kind,
        grade=np.maximum.reduceat(grade, starts) if len(starts) else grade,
    )


def passed_on(found: Distinct) -> Systems:
    """The distinct systems as one return: with all their tokens that were not refused, ordered by the smallest of them, which
    says nothing; those without one come last. The order of their findings is that of the systems.
    """
    known = found.known
    least = found.clue.astype(np.int64)
    order = np.lexsort((np.arange(len(least)), least))
    turn = np.empty(len(order), np.int64)
    turn[order] = np.arange(len(order))
    kinds: list[Small] = [np.zeros(0, np.uint8)]
    tokens: list[Bytes] = [np.zeros((0, TOKEN), np.uint8)]
    of: list[Ints] = [np.zeros(0, np.int64)]
    for name in known.kinds:
        record, clue = usable(known.carried, known.joined, name)
        both = once(turn[found.system[record]] * max(1, known.carried.clues) + clue)
        of.append(both // max(1, known.carried.clues))
        tokens.append(known.keys[both % max(1, known.carried.clues)])
        kinds.append(np.full(len(both), TOKEN_KINDS.index(name), np.uint8))
    at = np.argsort(turn[found.findings.system], kind="stable")
    return Systems(
        standing=found.standing[order],
        covered=found.covered[order].astype(np.uint8),
        kind=np.concatenate(kinds),
        token=np.concatenate(tokens),
        of=np.concatenate(of),
        found_on=turn[found.findings.system][at],
        product=found.findings.product[at],
        found_kind=found.findings.kind[at],
        found_grade=found.findings.grade[at],
    )


def kind_of(known: Known, clues: Ints) -> Ints:
    """By clue, the place of its kind among `known.kinds`."""
    result: Ints = np.searchsorted(known.ends, clues, side="right")
    return result


def refused(known: Known) -> Mapping[int, tuple[str, str]]:
    """Clues that several records carry and that join nothing all the same: by what they are refused, and why in words."""
    found: dict[int, tuple[str, str]] = {}
    for own in known.carried.kinds.values():
        reason = known.joined.reason[own.first : own.first + len(own.records)]
        for place in np.flatnonzero((reason > 0) & (own.records > 1)).tolist():
            found[own.first + place] = known.joined.reasons[int(reason[place])]
    return found
