"""Public: what of a roll-up everybody may be told, so that no small number about a component can be read or worked out.

Small numbers are not blanked, since a blank is found again by subtraction: what is too small to be told is told together with
others, so that every line that is left is true and the lines still add up. What this protects from, and what not:
`docs/guides/publish-a-roll-up.md`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from fullcount.errors import UsageError
from fullcount.report import AT_LEAST, EXACT, TOTAL, Account, Line, ProductLine, Range, ReasonLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from fullcount.report import Beside, Estimate, ReturnLine, SensorLine

LEAST = 5  # the smallest number but nought that is told of a component
CELLS = ("with_it", "exempt", "without_it", "not_covered", "gone")
ALL_COMPONENTS = "all components, together"
ALL_PRODUCTS = "all products, together"
OTHER_PRODUCTS = "other products, added up"
OTHER_REASONS = "other reasons"
OTHER = "other"  # id of a product that stands for several
UNTOLD = "not told"  # the kind or grade of systems of which it is not told
_ADDED = ("systems", *CELLS, "looked_at")
_SUM = "{}: what they have is added up, since one of them alone has a number that is too small to be told."
_ONCE = "{}: each system of theirs is told once, since a number of theirs, or of what they share, is too small to be told."
_MERGED = (
    f"components, products and reasons with such a number are told together with others, kinds and grades as `{UNTOLD}`. "
    "What single returns say, what single components share, and the tools and sources are not told."
)
_SYSTEMS = re.compile(r"\d systems?\b")
_NUMBER = re.compile(r"\d[\d,]*")
_Line = TypeVar("_Line", Line, ProductLine, ReasonLine)
_Numbers = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """The lines of components that may be told: those that stand as they are (`names`), and one for all others."""

    lines: tuple[Line, ...]
    overlap: int
    names: frozenset[str]
    said: str = ""  # what was added up, in a sentence


def public(account: Account, *, least: int = LEAST) -> Account:
    """The account of a roll-up without a number from 1 to `least` - 1 about a component, and without what would give one away.

    Raises `UsageError` where the total itself is so small, or where it is no roll-up.
    """
    _check(account, least)
    told = _components(account, least)
    names = {name for name in (*_named(account), *(one.component for one in account.returns)) if name}
    besides = [one for one in account.beside if _is_quiet(one, names, least)]
    sensors = [one for one in account.sensors if _is_harmless(one, told, least)]
    return replace(
        account,
        components=told.lines,
        overlap=told.overlap,
        range_systems=_widened(account.range_systems, least),
        range_with_it=_widened(account.range_with_it, least),
        products=_products(account, least),
        reasons=tuple(_reasons(account.reasons, least)),
        tools=(),
        sources=(),
        beside=tuple(replace(one, list="") for one in besides),
        methods=_methods(account, told, least),
        warnings=tuple(text for text in account.warnings if not _tells(text, names)),
        relinks=(),
        overlaps=(),
        families=(),
        pairs=(),
        estimates=tuple(_quiet(one, names, least) for one in account.estimates if one.component == TOTAL),
        returns=tuple(_withheld(one, told.names) for one in account.returns),
        sensors=tuple(sensors),
        extra={},
    )


def _check(account: Account, least: int) -> None:
    """Raises `UsageError` where nothing can be published."""
    if not account.returns:
        raise UsageError("only a roll-up of returns can be published", hint="a count of one component names its sources")
    for cell in CELLS:
        if not _is_fine((number := getattr(account.total, cell),), least):
            raise UsageError(
                f"the total itself is too small to be published: {number} {cell.replace('_', ' ')}",
                hint=f"numbers from 1 to {least - 1} are not told: add up more components, or publish the first sentence "
                "without numbers",
            )


def _is_fine(numbers: Iterable[int], least: int) -> bool:
    """Whether all of these may be told. A difference of two numbers that are told is one that can be worked out."""
    return not any(0 < abs(number) < least for number in numbers)


# -- components ------------------------------------------------------------------------------------------------------------


def _numbers(line: Line) -> _Numbers:
    """What a line tells, and what can be worked out from it alone: systems that were not looked at, those that were and are
    not without it, and those that are covered by their standing and were not looked at.
    """
    unlike = line.with_it + line.exempt + line.without_it - line.looked_at
    derived = (line.systems - line.looked_at, line.looked_at - line.without_it, unlike)
    return (*(getattr(line, name) for name in _ADDED), *derived)


def _gap(lines: Iterable[Line], whole: Line) -> _Numbers:
    """By how much lines say more than the line that they are parts of."""
    numbers = [_numbers(line) for line in lines] or [(0,) * len(_numbers(whole))]
    return tuple(sum(column) - of for column, of in zip(zip(*numbers, strict=True), _numbers(whole), strict=True))


def _components(account: Account, least: int) -> _Lines:
    tops = [line for line in account.components if not line.depth]
    gap = _gap(tops, account.total)
    # where what several components share is itself small, those are told as one, each system once
    once = not _is_fine(gap[:1], least) or not (gap[0] or _is_fine(gap, least))
    bad = {turn for turn, line in enumerate(tops) if not _is_fine(_numbers(line), least) or (once and line.shared)}
    few = _Few(total=account.total, gap=gap, once=once, least=least)
    for held in _growing(tops, bad):
        kept, apart = _parted(tops, held)
        if not apart and few.may_stand(kept):
            return _stood(account, kept, (), least)
        if apart and (line := few.line(apart, kept)):
            said = (_ONCE if once else _SUM).format(line.component)
            return replace(_stood(account, kept, (line,), least), said=said)
    if not tops:
        return _Lines(lines=(), overlap=account.overlap, names=frozenset())
    if _tells_each(account.total, tops, least):
        raise UsageError(
            "the total gives away what components have: nearly each has one and no more",
            hint="publish the first sentence alone",
        )
    line = replace(account.total, component=ALL_COMPONENTS, shared=0)
    return _Lines(lines=(line,), overlap=0, names=frozenset(), said="All components are told together, each system once.")


def _growing(lines: Sequence[_Line], first: set[int]) -> Iterator[set[int]]:
    """Which lines are told together: those that must be, then the next smallest, too, until none is left. Lines of one size go
    together: else the choice between them would tell which of them was too small. Noughts hide nothing and stay.
    """
    held = set(first)
    while True:
        yield held
        left = [turn for turn, line in enumerate(lines) if turn not in held and _is_some(line)]
        if not left:
            return
        smallest = min(lines[turn].systems for turn in left)
        held = held | {turn for turn in left if lines[turn].systems == smallest}


def _is_some(line: Line | ProductLine | ReasonLine) -> bool:
    return bool(any(_numbers(line)) if isinstance(line, Line) else line.systems)


def _parted(lines: Sequence[_Line], held: set[int]) -> tuple[list[_Line], list[_Line]]:
    """The lines that stand, and those that are told together."""
    return [line for turn, line in enumerate(lines) if turn not in held], [lines[turn] for turn in sorted(held)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Few:
    """When components may stand as they are, and when several of them may be told in one line."""

    total: Line
    gap: _Numbers
    once: bool  # each system of the merged components is told once, so that no overlap is left
    least: int

    def may_stand(self, lines: Sequence[Line]) -> bool:
        """What two lines have in common is told by them and the total; of more lines nobody can say which share it."""
        return not self.once and self._says_nothing(lines)

    def _says_nothing(self, lines: Sequence[Line]) -> bool:
        return sum(map(_is_some, lines)) > 2 or _is_fine(self.gap, self.least)

    def line(self, apart: Sequence[Line], kept: Sequence[Line]) -> Line | None:
        """Components told together; `None` where that gives something away."""
        if len(apart) < 2:
            return None
        line = _together(apart)
        if self.once:
            numbers = {name: getattr(self.total, name) - sum(getattr(one, name) for one in kept) for name in _ADDED}
            line = replace(line, **numbers)
        is_within = all(0 <= getattr(line, name) <= getattr(self.total, name) for name in _ADDED)
        is_fine = is_within and _is_fine(_numbers(line), self.least) and self._is_deep(line, apart)
        return line if is_fine and (self.once or self._says_nothing((*kept, line))) else None

    def _is_deep(self, line: Line, apart: Sequence[Line]) -> bool:
        """Whether one of them may have `least`, even where it is known how many of them have any."""
        return all(told - sum(map(bool, own)) + 1 >= self.least for told, own in _dealt(line, apart) if any(own))


def _tells_each(line: Line, parts: Sequence[Line], least: int) -> bool:
    """Whether a line gives away that its parts have few each, as seven systems in seven parts that all have some."""
    return len(parts) > 1 and any(all(own) and told - len(own) + 1 < least for told, own in _dealt(line, parts))


def _dealt(line: Line, parts: Sequence[Line]) -> list[tuple[int, list[int]]]:
    """Systems, and systems with a finding, of a line and of its parts."""
    return [(line.systems, [one.systems for one in parts]), (_found(line), [_found(one) for one in parts])]


def _found(line: Line) -> int:
    return line.with_it + line.exempt


def _together(apart: Sequence[Line]) -> Line:
    """One line of the sums of several. What they share is in it as often as in theirs."""
    expected = [one.expected for one in apart if one.expected is not None]
    sums = {name: sum(getattr(one, name) for one in apart) for name in _ADDED}
    return Line(
        component=f"{len(apart)} components, together",
        **sums,
        with_it_label=AT_LEAST if any(one.with_it_label == AT_LEAST for one in apart) else EXACT,
        expected=sum(expected) if len(expected) == len(apart) else None,
    )


def _stood(account: Account, kept: Sequence[Line], merged: Sequence[Line], least: int) -> _Lines:
    """The lines that stand, each with its parts where all of these may be told, and the merged one behind them."""
    parts: dict[str, list[Line]] = {}
    for line in account.components:
        parts.setdefault(line.parent, []).append(line)
    tops = {line.component for line in kept}
    lines: list[Line] = []
    opened: set[str] = set()  # components whose parts may be told
    for line in account.components:  # a component stands before its parts
        if line.parent in opened if line.depth else line.component in tops:
            lines.append(replace(line, shared=0))
            own = parts.get(line.component, [])
            if _is_fine(_gap(own, line), least) and all(_is_fine(_numbers(one), least) for one in own):
                opened.add(line.component)
    names = frozenset(line.component for line in lines)
    every = (*lines, *merged)
    overlap = sum(line.systems for line in every if not line.depth) - account.total.systems
    return _Lines(lines=every, overlap=overlap, names=names)


# -- products and reasons --------------------------------------------------------------------------------------------------


def _products(account: Account, least: int) -> tuple[ProductLine, ...]:
    """Products with systems that may be told, also of those that have another product alone. Others are added up; where that
    tells too much, all are one line. Kinds and grades are told of a product whole or not at all.
    """
    found = _found(account.total)
    lines = [replace(one, components={}) for one in account.products]
    excess = sum(one.systems for one in lines) - found
    bad = {turn for turn, one in enumerate(lines) if not _is_fine((one.systems, found - one.systems), least)}
    for held in _growing(lines, bad):
        kept, apart = _parted(lines, held)
        every = [*kept, _product(apart)] if apart else kept
        sums = (one.systems for one in every)
        is_told = all(0 <= systems <= found and _is_fine((systems, found - systems), least) for systems in sums)
        # two products and all systems tell who has both
        is_told = is_told and (sum(map(_is_some, every)) > 2 or _is_fine([excess], least))
        if len(apart) != 1 and is_told:
            return tuple(_split(one, least) for one in every)
    whole = ProductLine(product=OTHER, name=ALL_PRODUCTS, systems=found, kinds={}, grades={}, components={})
    return (_split(whole, least),)


def _product(apart: Sequence[ProductLine]) -> ProductLine:
    """Several products as one: a system that has two of them is in it twice."""
    kinds: Counter[str] = Counter()
    grades: Counter[str] = Counter()
    for one in apart:
        kinds.update(one.kinds)
        grades.update(one.grades)
    systems = sum(one.systems for one in apart)
    return ProductLine(product=OTHER, name=OTHER_PRODUCTS, systems=systems, kinds=kinds, grades=grades, components={})


def _split(line: ProductLine, least: int) -> ProductLine:
    """A product whose kinds and grades may be told: one that is withheld could be worked out from the others."""

    def told(parts: Mapping[str, int]) -> dict[str, int]:
        is_whole = sum(parts.values()) == line.systems and _is_fine(parts.values(), least)
        return dict(parts) if is_whole else {UNTOLD: line.systems}

    return replace(line, kinds=told(line.kinds), grades=told(line.grades))


def _reasons(lines: Iterable[ReasonLine], least: int) -> Iterator[ReasonLine]:
    """By standing, the reasons with systems that may be told, and one for the others. They add up to what they did."""
    by_standing: dict[str, list[ReasonLine]] = {}
    for line in lines:
        by_standing.setdefault(line.standing, []).append(line)
    for standing, own in by_standing.items():
        bad = {turn for turn, line in enumerate(own) if not _is_fine([line.systems], least)}
        yield from _reasons_of(standing, own, bad, least)


def _reasons_of(standing: str, own: Sequence[ReasonLine], bad: set[int], least: int) -> Sequence[ReasonLine]:
    for held in _growing(own, bad):
        kept, apart = _parted(own, held)
        systems = sum(line.systems for line in apart)
        if len(apart) != 1 and _is_fine([systems], least):
            other = ReasonLine(standing=standing, reason=OTHER_REASONS, systems=systems)
            return [*kept, other] if apart else kept
    return ()  # they are not those of the total, whose numbers may be told


# -- everything else -------------------------------------------------------------------------------------------------------


def _named(account: Account) -> Iterator[str]:
    yield from (line.component for line in account.components)
    yield from (line.component for line in account.sensors)


def _tells(text: str, names: Iterable[str]) -> bool:
    """Whether a sentence tells a number of systems of a component."""
    return bool(_SYSTEMS.search(text)) and any(name in text for name in names)


def _is_quiet(one: Beside, names: Iterable[str], least: int) -> bool:
    """Whether a number beside the count may be told: one that speaks of a component is that component's."""
    return _is_fine([one.value], least) and not any(name in one.text for name in names)


def _is_harmless(one: SensorLine, told: _Lines, least: int) -> bool:
    """Whether a line of the office's own list may be told: of a component that stands by itself, and like its line."""
    line = next((line for line in told.lines if line.component == one.component), None)
    if line is None or one.component not in told.names:
        return False
    return _is_fine((one.seen, one.with_it or 0, _found(line) - (one.with_it or 0)), least)


def _quiet(one: Estimate, names: Iterable[str], least: int) -> Estimate:
    """An estimate of all components, without its sentence where that tells a small number."""
    numbers = (int(text.replace(",", "")) for text in _NUMBER.findall(one.text))
    return replace(one, text="") if not _is_fine(numbers, least) or _tells(one.text, names) else one


def _withheld(one: ReturnLine, names: frozenset[str]) -> ReturnLine:
    """What became of a return, without its numbers, who signed it, and why in words, since that may tell numbers. Whether it
    found none is told where its component stands by itself.
    """
    said = replace(one, systems=None, with_it=None, exempt=None, looked_at=None, tokens=None)
    return replace(said, text="", signers=(), is_nil=one.is_nil if one.component in names else None)


def _widened(span: Range, least: int) -> Range:
    """A range whose ends are as far from the headline as may be told, outward."""
    low = span.low if _is_fine([span.headline - span.low], least) else span.headline - least
    high = span.high if _is_fine([span.high - span.headline], least) else span.headline + least
    return replace(span, low=max(0, low) if _is_fine([low], least) else 0, high=high)


def _methods(account: Account, told: _Lines, least: int) -> tuple[str, ...]:
    """How it was looked for, and what is not told."""
    names = {name for name in (*_named(account), *(one.component for one in account.returns)) if name}
    said = [
        f"Published so that no number from 1 to {least - 1} about a component can be read or worked out: {_MERGED}",
    ]
    said += [told.said] if told.said else []
    said += [f"{len(account.sources):,} sources went in."] if account.sources else []
    if beside := sorted({one.name for one in account.beside if not _is_quiet(one, names, least)}):
        said.append(f"Withheld beside the count: {', '.join(beside)}.")
    if not all(_is_harmless(one, told, least) for one in account.sensors):
        said.append("Withheld of the receiving office's own list: some of its components.")
    if any(_tells(text, names) for text in account.warnings):
        said.append("Withheld: warnings that tell numbers of a component.")
    kept = [text for text in account.methods if not _tells(text, names)]
    return (*kept, *(text for text in said if text not in kept))
