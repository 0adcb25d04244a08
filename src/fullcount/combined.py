"""Combined: what the ranges and the estimates of several returns say together. Numbers alone.

Estimates of independent components are put together by the method of variance estimates recovery (MOVER): G. Y. Zou and A.
Donner, "Construction of confidence limits about effect measures: a general approach", Statistics in Medicine 27 (2008), pages
1693-1702. For a sum it squares how far each limit is from its own centre, so that intervals may be lopsided.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import hypot
from typing import TYPE_CHECKING

from fullcount.report import TOTAL, Account, Estimate, Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FULL, LIMITS, FLOOR, REFUSED = "estimate", "range", "floor only", "refused"
WHATS = ("systems", "with it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """The range of one return, and the pool in which its tokens mean something (`distinct.NO_POOL`: in none)."""

    pool: int
    range: Range


def combined_range(headline: int, told_apart: Mapping[int, int], own: Sequence[Own]) -> Range:
    """The range of a number of distinct systems.

    `headline` is how many there are as far as anybody can see; `told_apart` is how many of these, by pool, have a token.

    The low end: systems without a usable token, and those of different pools, may all be one another. What is certain is
    that the systems of any one pool that have tokens are different machines, less those that the weak links of its own returns
    would join: such a link joins machines inside its return, so no pool loses more than its returns' ranges allow. The systems
    of any one return are different machines, too, down to the low end that it states. The largest of these numbers is the low
    end. The high end: nothing but a return's own range says that there are more, and these add up.
    """
    slack: dict[int, int] = {}
    for one in own:
        slack[one.pool] = slack.get(one.pool, 0) + one.range.headline - one.range.low
    pools = (number - slack.get(pool, 0) for pool, number in told_apart.items())
    low = max([0, *pools, *(one.range.low for one in own)])
    return Range(
        low=min(low, headline),  # what one return tells apart, another may have joined
        headline=headline,
        high=headline + sum(one.range.high - one.range.headline for one in own),
    )


def combined_estimates(accounts: Mapping[str, Account], *, overlap: Mapping[str, int]) -> tuple[Estimate, ...]:
    """The estimates for all components together, where any return has one, and then those of each return.

    `accounts` are by component; `overlap` is by what is estimated: by how much the counts add up to more than the distinct
    systems.
    """
    made = (_combined(what, accounts, overlap.get(what, 0)) for what in WHATS)
    own = [
        replace(one, component=component)
        for component, account in accounts.items()
        for one in account.estimates
        if one.component == TOTAL
    ]
    return (*(one for one in made if one), *own)


def _combined(what: str, accounts: Mapping[str, Account], overlap: int) -> Estimate | None:
    found = {name: _of(account, what) for name, account in accounts.items()}
    parts = [one for one in found.values() if one]
    if not parts:
        return None
    without = sorted(name for name, one in found.items() if one is None or not _has_interval(one))
    shared = _shared(what, overlap)
    if without:
        low = sum(_low(found[name], _counted(account, what)) for name, account in accounts.items()) - overlap
        said = f"Together a floor and no more: {', '.join(without)} could not be estimated; what they counted stands for them."
        less = f" The {overlap:,} that stand in several returns are taken off." if overlap else ""
        return Estimate(what=what, verdict=FLOOR, low=max(low, 0.0), level=_level(parts), text=said + less)
    if any(one.verdict == LIMITS for one in parts) or len({one.level for one in parts}) > 1:
        return _limits(what, parts, shared)
    return _mover(what, parts, shared)


def _of(account: Account, what: str) -> Estimate | None:
    return next((one for one in account.estimates if (one.what, one.component, one.machine_class) == (what, TOTAL, "")), None)


def _has_interval(one: Estimate) -> bool:
    ends = (one.low, one.centre, one.high) if one.verdict == FULL else (one.low, one.high)
    known = [value for value in ends if value is not None]
    return one.verdict in {FULL, LIMITS} and len(known) == len(ends) and known == sorted(known)


def _counted(account: Account, what: str) -> int:
    return account.total.systems if what == "systems" else account.total.with_it


def _low(one: Estimate | None, counted: int) -> float:
    return one.low if one and one.verdict != REFUSED and one.low is not None else float(counted)


def _level(parts: Iterable[Estimate]) -> float:
    return min(one.level for one in parts)


def _shared(what: str, overlap: int) -> str:
    if not overlap:
        return ""
    return (
        f" Components are added up as if they had no system in common: by the counts, {overlap:,} of these {what} "
        "are in it more than once, and nothing was taken off."
    )


def _mover(what: str, parts: Sequence[Estimate], shared: str) -> Estimate:
    """Independent intervals: the distances from the centres add in quadrature."""
    centre = _sum(parts, "centre")
    below = hypot(*(_number(one.centre) - _number(one.low) for one in parts))
    above = hypot(*(_number(one.high) - _number(one.centre) for one in parts))
    text = f"The estimates of {len(parts):,} components, taken as independent: centres added, intervals in quadrature (MOVER)."
    return Estimate(
        what=what,
        verdict=FULL,
        low=centre - below,
        centre=centre,
        high=centre + above,
        level=_level(parts),
        text=text + shared,
    )


def _limits(what: str, parts: Sequence[Estimate], shared: str) -> Estimate:
    """A range errs in the same direction everywhere, which does not average out: limits are added. Those of different levels
    of confidence cannot be put together in another way.
    """
    full = [one for one in parts if one.verdict == FULL]
    whole = _mover(what, full, "") if full and len({one.level for one in full}) == 1 else None
    others = [one for one in parts if one.verdict != FULL] if whole else list(parts)
    both = [*others, *([whole] if whole else [])]
    text = f"The ranges of {len(parts):,} components, limits added: what a range misses, it misses everywhere in one direction."
    return Estimate(
        what=what, verdict=LIMITS, low=_sum(both, "low"), high=_sum(both, "high"), level=_level(parts), text=text + shared
    )


def _sum(parts: Iterable[Estimate], name: str) -> float:
    return sum(_number(getattr(one, name)) for one in parts)


def _number(value: float | None) -> float:
    assert value is not None, "an estimate with an interval has both its ends"
    return value
