"""What in an account does not add up, in words and with both numbers. Whoever counted is believed; that 5 and 3 are 9 is not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fullcount.model import Standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fullcount.report import Account, Line, Range

PARTS = ("with_it", "exempt", "without_it", "not_covered")
_STANDINGS = dict(
    zip(PARTS, map(str, (Standing.WITH_IT, Standing.EXEMPT, Standing.WITHOUT_IT, Standing.NOT_COVERED)), strict=True)
)
_WITHIN = (*PARTS, "systems", "looked_at")  # of a part of a component: never more than the whole has
_OTHERS = "attested"  # said by people, of systems that nobody counted


def uneven(account: Account) -> Iterator[str]:
    """Where the numbers of an account contradict one another: one sentence each, none where they fit."""
    yield from _line(account.total, "the total")
    for one in account.components:
        yield from _line(one, one.component)
    yield from _lines(account)
    yield from _range("systems", account.range_systems, account.total.systems)
    yield from _range("systems with it", account.range_with_it, account.total.with_it)
    yield from _products(account)
    yield from _reasons(account)
    yield from _tools(account)
    yield from _beside(account)
    yield from _worked_out(account)


def _line(line: Line, name: str) -> Iterator[str]:
    if (parts := sum(getattr(line, part) for part in PARTS)) != line.systems:
        yield f"{name}: {line.systems:,} systems, and its standings add up to {parts:,}"
    if line.looked_at > line.systems:
        yield f"{name}: {line.looked_at:,} systems looked at, of {line.systems:,}"
    if line.without_it > line.looked_at:
        yield f"{name}: {line.without_it:,} systems without it, and {line.looked_at:,} looked at"
    if line.shared > line.systems:
        yield f"{name}: {line.shared:,} systems shared, of {line.systems:,}"


def _lines(account: Account) -> Iterator[str]:
    """The components against the total and against one another."""
    named = {one.component: one for one in account.components}
    if len(named) < len(account.components):
        yield f"{len(account.components):,} components have {len(named):,} names"
    tops = [one for one in account.components if not one.depth]
    added = sum(one.systems for one in tops)
    if added - account.overlap != account.total.systems:
        less = f"{added:,} systems less an overlap of {account.overlap:,}"
        yield f"the components have {less}, and the total {account.total.systems:,}"
    for part in (*PARTS, "looked_at"):
        if (of_tops := sum(getattr(one, part) for one in tops)) < getattr(account.total, part):
            told = part.replace("_", " ")
            yield f"the components have {of_tops:,} systems {told}, and the total {getattr(account.total, part):,}"
    for one in account.components:
        whole = named.get(one.parent) if one.depth else account.total
        if whole is None or (one.depth and whole.depth != one.depth - 1):
            yield f"{one.component}: a part, {one.depth} deep, of `{one.parent}`, which is no component above it"
            continue
        yield from _within(one, whole)


def _within(one: Line, whole: Line) -> Iterator[str]:
    for name in _WITHIN:
        if getattr(one, name) > getattr(whole, name):
            of = whole.component or "the total"
            yield f"{one.component}: {getattr(one, name):,} {name.replace('_', ' ')}, and {of} {getattr(whole, name):,}"


def _range(what: str, of: Range, headline: int) -> Iterator[str]:
    if of.headline != headline:
        yield f"the range of {what} says {of.headline:,}, and the total {headline:,}"
    if not of.low <= of.headline <= of.high:
        yield f"the range of {what} is from {of.low:,} over {of.headline:,} to {of.high:,}"


def _products(account: Account) -> Iterator[str]:
    found = account.total.with_it + account.total.exempt
    lines = {one.component: one.with_it + one.exempt for one in account.components}
    for one in account.products:
        for what, parts in (("kinds", one.kinds), ("grades", one.grades)):
            if (added := sum(parts.values())) != one.systems:
                yield f"{one.name}: {one.systems:,} systems, and its {what} add up to {added:,}"
        if one.systems > found:
            yield f"{one.name}: {one.systems:,} systems, and {found:,} have anything"
        for component, systems in one.components.items():
            if systems > lines.get(component, 0):
                yield f"{one.name}: {systems:,} systems of {component}, of which {lines.get(component, 0):,} have anything"
    if (added := sum(one.systems for one in account.products)) < found:
        yield f"{found:,} systems have something, and the products are on {added:,}"
    if len({one.product for one in account.products}) < len(account.products):
        yield "a product stands twice"


def _reasons(account: Account) -> Iterator[str]:
    added: Counter[str] = Counter()
    for one in account.reasons:
        added[str(one.standing)] += one.systems
    yield from against(account.total, added, "the reasons")


def against(total: Line, numbers: Mapping[str, int], what: str) -> Iterator[str]:
    """Where numbers by standing are not those of a total."""
    for part, standing in _STANDINGS.items():
        if numbers.get(standing, 0) != getattr(total, part):
            yield f"{what} have {numbers.get(standing, 0):,} systems {standing}, and the total {getattr(total, part):,}"
    for odd in sorted(set(numbers) - set(_STANDINGS.values())):
        yield f"{what} have {numbers[odd]:,} systems {odd}, which is no standing"


def _tools(account: Account) -> Iterator[str]:
    total = account.total
    found = total.with_it + total.exempt
    for one in account.tools:
        limits = (
            ("systems", total.systems),
            ("looked_at", one.systems),
            ("with_it", min(found, one.systems)),
            ("only", one.with_it),
        )
        for name, limit in limits:
            if getattr(one, name) > limit:
                yield f"{one.title}: {getattr(one, name):,} {name.replace('_', ' ')}, where {limit:,} are the most"
        if (added := sum(one.states.values())) > one.systems:
            yield f"{one.title}: its looks at {added:,} systems are told, and it knows {one.systems:,}"
        for trace, systems in one.traces.items():
            if systems > one.systems:
                yield f"{one.title}: it sees {trace} on {systems:,} systems, and knows {one.systems:,}"
    yield from _known(account)


def _known(account: Account) -> Iterator[str]:
    """Systems by the tools, and by the families of sources, that know them."""
    total = account.total
    if account.overlaps and (added := sum(one.systems for one in account.overlaps)) != total.systems:
        yield f"by the tools that know them there are {added:,} systems, and in total {total.systems:,}"
    if (added := sum(one.systems for one in account.families)) > total.systems:
        yield f"by the families that saw them there are {added:,} systems, and in total {total.systems:,}"
    known = {one.tool: one.systems for one in account.tools}
    for pair in account.pairs:
        if pair.both + pair.only != known.get(pair.tool, 0):
            yield f"{pair.tool} and {pair.other}: {pair.both:,} and {pair.only:,} systems, of {known.get(pair.tool, 0):,}"


def _beside(account: Account) -> Iterator[str]:
    for one in account.beside:
        if one.unit == "systems" and not one.name.startswith(_OTHERS) and one.value > account.total.systems:
            yield f"{one.name}: {one.value:,} systems, of {account.total.systems:,}"


def _worked_out(account: Account) -> Iterator[str]:
    """Estimates, trials of clues, and the lines of the returns of a roll-up."""
    for one in account.estimates:
        known = [value for value in (one.low, one.centre, one.high) if value is not None]
        if known != sorted(known) or any(value < 0 for value in known):
            yield f"an estimate of {one.what} is from {one.low} over {one.centre} to {one.high}"
    for trial in account.relinks:
        if not trial.again <= trial.able <= trial.pairs:
            yield f"linking without {trial.kind}: {trial.again:,} of {trial.able:,} of {trial.pairs:,} pairs"
    for line in account.returns:
        # what is withheld, in an account that is published, contradicts nothing
        with_it, exempt, looked_at = line.with_it or 0, line.exempt or 0, line.looked_at or 0
        if line.systems is not None and (with_it + exempt > line.systems or looked_at > line.systems):
            numbers = f"{with_it:,} with it, {exempt:,} exempt and {looked_at:,} looked at"
            yield f"the return of {line.component}: {numbers}, of {line.systems:,} systems"
