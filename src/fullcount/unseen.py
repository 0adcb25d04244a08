"""Unseen: what the ladder found, in sentences that a compliance officer understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fullcount.auditing import survey_size
from fullcount.rung import ESTIMATE, RANGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fullcount.rung import Rung

HALF_WIDTH = 0.05  # a share: how close an audit is to come that is proposed


def sentence(rung: Rung) -> str:
    """What is said of the number of systems, with its reason and what would help; never a figure without its range."""
    if rung.verdict == ESTIMATE:
        return _estimate(rung)
    if rung.verdict == RANGE:
        return _range(rung)
    return _less(rung)


def _estimate(rung: Rung) -> str:
    low, centre, high = _ends(rung)
    unlisted = max(centre - rung.corrected.seen, 0.0)
    right = sum(one.is_inside for one in rung.self_test)
    less = _corrected(rung)
    return (
        f"The sources list {counted(rung.seen)}{less}. From how they overlap we estimate {_hosts(centre)} in all "
        f"({_hosts(low)} to {_hosts(high)}), so about {_hosts(unlisted)} that no source listed. The same method, "
        f"tried on groups whose size we know, was right in {right:,} of {len(rung.self_test):,}.{_beyond(rung)}"
    )


def _range(rung: Rung) -> str:
    low, centre, high = _ends(rung)
    share = rung.rho
    found = (
        "it was wrong too often" if share is None or share >= 1 else f"they found only {share:.0%} of the unseen that they should"
    )
    size = (
        survey_size(HALF_WIDTH, covered=min(max(rung.corrected.seen / centre, 0.5), 0.99)) if centre else survey_size(HALF_WIDTH)
    )
    return (
        f"At least {_hosts(low)}. Models put the total near {_hosts(centre)}, but when tried on groups of known size "
        f"{found}, so we do not certify a figure: somewhere between {_hosts(low)} and {_hosts(high)}. An audit - {size:,} "
        f"systems met in randomly chosen places, {size:,} records checked - would settle it to {HALF_WIDTH:.0%}.{_beyond(rung)}"
    )


def _less(rung: Rung) -> str:
    first = f"The sources list {counted(rung.seen)}{_corrected(rung)}."
    if rung.floor is not None:
        first += f" At least {_hosts(rung.floor)} are certain enough to be stood by; how many more there are is not said."
    else:
        first += " How many more there are, or whether all of these still exist, is not said."
    why = " ".join(dict.fromkeys(one.text for one in rung.reasons if one.verdict == rung.verdict))
    return f"{first} {why} What would help: {rung.helps[0]}.{_beyond(rung)}"


def _ends(rung: Rung) -> tuple[float, float, float]:
    ends = [one for one in (rung.low, rung.centre, rung.high) if one is not None]
    low, centre, high = ends
    return low, centre, high


def _corrected(rung: Rung) -> str:
    less = round(rung.seen) - round(rung.corrected.seen)
    if less <= 0:
        return ""
    return f" (some {less:,} of them are thought to be other systems again, whose records were not joined, or to be gone)"


def _beyond(rung: Rung) -> str:
    if not rung.outside:
        return ""
    return (
        f" Not in any of these numbers, because no source can see them: {_listed(rung.outside)}. "
        "Only an audit or an attestation speaks of those."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def counted(number: float) -> str:
    """A number of systems.

    >>> counted(1), counted(1200)
    ('1 system', '1,200 systems')
    """
    return f"{number:,.0f} system{'' if round(number) == 1 else 's'}"


def _hosts(number: float) -> str:
    return f"{number:,.0f}"
