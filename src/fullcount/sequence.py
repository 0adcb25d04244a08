"""Sequence: how the returns of one batch fit each other and those that are here already. No input, no output.

Nothing depends on the order in which files are given, nor on how often: everything is judged by component and number.
A number is judged only among returns that are sound in themselves, so that nobody without a key can make two of one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from fullcount.fault import fault
from fullcount.received import ACCEPTED, REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from fullcount.fault import Fault
    from fullcount.received import Group, Kept, Office, Passed, Received

_DIFFERENT = ("other-tokens", "other-tokens", "other-period", "other-token-key")  # by the place in a `Group`
OF_TOKENS = frozenset(_DIFFERENT)  # faults that depend on which other returns there are
NOT_CHECKED = frozenset({"not-an-envelope", "no-trust", "nobodys-key", "broken-signature"})


@dataclass(slots=True)
class _Line:
    """The accepted returns of one component under one directive, by number."""

    digests: dict[int, str] = field(default_factory=dict)
    previous: dict[int, str] = field(default_factory=dict)
    days: dict[int, str] = field(default_factory=dict)

    def add(self, one: Received | Kept) -> None:
        self.digests[one.sequence] = one.digest
        self.previous[one.sequence] = one.previous
        self.days[one.sequence] = one.as_of


@dataclass(frozen=True, slots=True)
class _Holes:
    """Numbers that were not accepted, and may be missing."""

    gaps: Mapping[str, str]
    passed: set[Passed]


def settled(batch: Iterable[Received], office: Office) -> list[Received]:
    """The files of a batch, each once, with what is wrong with their numbers and tokens; by component and number."""
    found = [_replayed(one, office.kept or ()) for one in _once(batch)]
    if office.kept is not None:
        found = _numbered(found, office)
    return sorted(_compared(found, office.kept or ()), key=_order)


def _order(one: Received) -> tuple[str, str, int, str, str]:
    return one.component, one.directive, one.sequence, one.digest, one.file


def _once(batch: Iterable[Received]) -> list[Received]:
    """The very same bytes are one file, however often and under whatever names they are given."""
    found: dict[str, Received] = {}
    for one in batch:
        first = found.setdefault(one.file, one)
        found[one.file] = replace(first, names=tuple(sorted({*first.names, *one.names})))
    return list(found.values())


def _replayed(one: Received, kept: Sequence[Kept]) -> Received:
    """What was accepted once stays so, whatever became of the key since."""
    again = [each for each in kept if one.digest and each.digest == one.digest]
    if not again or NOT_CHECKED & {each.id for each in one.faults}:
        return one
    return replace(one, faults=(_replay(one, f" since {again[0].received}"),))


def _replay(one: Received, since: str) -> Fault:
    return fault("replay", f"return {one.sequence} of {one.component} is here already{since}")


# -- numbers ---------------------------------------------------------------------------------------------------------------


def _numbered(found: Sequence[Received], office: Office) -> list[Received]:
    judged = [one for one in found if one.verdict != ACCEPTED]
    passed = {*office.passed, *(one.which for one in judged if one.signers)}
    sound = [one for one in found if one.verdict == ACCEPTED]
    sound.sort(key=lambda one: (*_order(one)[:4], -len(one.signers), one.file))
    for (component, directive), members in groupby(sound, key=lambda one: (one.component, one.directive)):
        line = _Line()
        for each in office.kept or ():
            if (each.component, each.directive) == (component, directive):
                line.add(each)
        for number, ones in groupby(members, key=lambda one: one.sequence):
            these = list(_of_number(list(ones), number, line, _Holes(office.gaps, passed)))
            passed.update(one.which for one in these if one.verdict == REFUSED)
            judged += these
    return judged


def _of_number(ones: Sequence[Received], number: int, line: _Line, holes: _Holes) -> Iterator[Received]:
    """The returns of one number. One may come with more signatures and with fewer: it is one, and the fuller is kept."""
    digests = {one.digest for one in ones}
    if number in line.digests or len(digests) > 1:
        others = sorted(digests | {line.digests.get(number, "")} - {""})
        for one in ones:
            text = f"return {number} of {one.component} is there twice: {' and '.join(each[:12] for each in others)}"
            yield replace(one, faults=(*one.faults, fault("fork", text)))
        return
    first = ones[0]
    first = replace(first, faults=(*first.faults, *_chained(first, line, holes)))
    yield first
    if first.verdict == REFUSED:
        yield from (replace(one, faults=first.faults) for one in ones[1:])
        return
    yield from (replace(one, faults=(_replay(one, ""),)) for one in ones[1:])
    line.add(first)


def _chained(one: Received, line: _Line, holes: _Holes) -> Iterator[Fault]:
    """How a return fits the one before it, and the one after it where that is here already. One before it that was refused
    came, and so is not missing: the next number is how a component mends what was refused.
    """
    before, after = one.sequence - 1, one.sequence + 1
    if before in line.digests and one.previous != line.digests[before]:
        named, here = one.previous[:12], line.digests[before][:12]
        yield fault("other-previous", f"it names {named} as return {before}, and the one that is here is {here}")
    elif before and before not in line.digests and (*one.which[:2], before, one.previous) not in holes.passed:
        yield _missing(one, before, line, holes)
    if line.previous.get(after, one.digest) != one.digest:
        yield fault("other-previous", f"return {after} is here and names {line.previous[after][:12]} as the one before it")
    earlier = max((number for number in line.days if number < one.sequence), default=0)
    if earlier and one.as_of < line.days[earlier]:
        yield fault("goes-back", f"it is as of {one.as_of}, and return {earlier} as of {line.days[earlier]}")


def _missing(one: Received, before: int, line: _Line, holes: _Holes) -> Fault:
    if one.component in holes.gaps:
        return fault("accepted-gap", f"return {before} never came; accepted: {holes.gaps[one.component]}")
    last = max((number for number in line.digests if number < before), default=0)
    here = f"the last one here is return {last}" if last else "none before it is here"
    return fault("gap", f"return {before} is missing: {here}")


# -- tokens ----------------------------------------------------------------------------------------------------------------


def common(newest: Iterable[Group]) -> tuple[Group | None, int]:
    """The group of most returns, and how many groups there are; none where two are as common, for nobody knows who is right."""
    counted = Counter(newest).most_common()
    if not counted or (len(counted) > 1 and counted[0][1] == counted[1][1]):
        return None, len(counted)
    return counted[0][0], len(counted)


def newest(ones: Iterable[Received | Kept], directive: str) -> dict[str, Received | Kept]:
    """Of each component the return that counts under a directive: the one of the highest number."""
    found: dict[str, Received | Kept] = {}
    for one in ones:
        if one.directive == directive and (one.component not in found or found[one.component].sequence < one.sequence):
            found[one.component] = one
    return found


def unlike(mine: Group | None, groups: Sequence[Group]) -> Fault | None:
    """What is wrong with the tokens of a return, `groups` being those of the returns that count."""
    most, number = common(groups)
    if mine is None or mine == most or number < 2:
        return None
    if most is None:
        return fault("other-token-key", f"its tokens have the key check {mine[3]}, others have another, and none is that of most")
    place = next(turn for turn, pair in enumerate(zip(mine, most, strict=True)) if pair[0] != pair[1])
    word = ("scheme", "norm", "period", "key check")[place]
    return fault(_DIFFERENT[place], f"its tokens have the {word} {mine[place]}, and those of most returns {most[place]}")


def _compared(found: Sequence[Received], kept: Sequence[Kept]) -> Iterator[Received]:
    """With what is wrong with tokens, against all that would count once this batch is in."""
    entered = [one for one in found if one.verdict != REFUSED]
    groups: dict[str, list[Group]] = {}
    for name in {one.directive for one in entered}:
        counting = newest([*kept, *entered], name).values()
        groups[name] = [one.tokens for one in counting if one.tokens]
    for one in found:
        wrong = unlike(one.tokens, groups[one.directive]) if one in entered else None
        yield replace(one, faults=(*one.faults, wrong)) if wrong else one
