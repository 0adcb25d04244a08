"""Ladder: what may be said of systems that no source lists, from the overlaps between families of sources.

Count, correct for link errors, ask an ensemble of estimators, try the method on groups of known size, and then say as much as
every rule of `refusals` allows: an *estimate*, a *range*, a *floor only*, or nothing. The trial is that of E. B. Hook and R. R.
Regal, "Accuracy of alternative approaches to capture-recapture estimates of disease frequency: internal validity analysis of
data from five sources", American Journal of Epidemiology 152 (2000), 771-779.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from fullcount.capture import Capture, members
from fullcount.estimator import LEVEL, SEED, Estimated, Estimator, NotIdentifiedError, applied
from fullcount.estimators.averaged import AVERAGED
from fullcount.estimators.bma import BMA
from fullcount.estimators.bounded import bounded
from fullcount.estimators.canonical import canonical, ordered
from fullcount.estimators.chapman import CHAPMAN
from fullcount.estimators.interval import ends
from fullcount.estimators.latent import sampled
from fullcount.linkage import LinkError, correct_linkage
from fullcount.refusals import AUDIT, Known, broken
from fullcount.rung import ESTIMATE, FLOOR, RANGE, REFUSED, VERDICTS, Facts, Member, Reason, Rung, Tried

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fullcount.refusals import Rule

MOST_FAMILIES = 5
_SAME = 1e-9  # of two pairs that go together as closely as this, the first
STEPS = 500  # of each chain of latent classes, and as many before they count
LEAST_STRETCH = 0.2  # the method is never taken to have found less than a fifth


def ladder(capture: Capture, facts: Facts | None = None) -> Rung:
    """The verdict on one stratum. Deterministic: what is random comes from `facts.seed`, and neither the order of the families
    nor their names matter. Raises nothing: what cannot be estimated is *refused*, with the reason.
    """
    facts = facts or Facts()
    known = _climbed(Known(raw=capture, table=_cleaned(capture, facts), facts=facts))
    found = broken(known)
    return _rung(known, found)


# -- clean ---------------------------------------------------------------------------------------------------------------


def _cleaned(capture: Capture, facts: Facts) -> Capture:
    """At most five families that saw anything, in an order of their own, without link errors and without what a sample of a
    family's lone entries found not to exist.
    """
    table = _few(_ordered(capture))
    if isinstance(facts.links, LinkError):
        table = correct_linkage(table, _for(table, capture, facts.links))
    counts = table.counts.copy()
    for j, name in enumerate(table.families):
        real = facts.family(name).real
        if real is not None:
            counts[1 << j] *= real
    return Capture(families=table.families, counts=counts)


def _ordered(capture: Capture) -> Capture:
    """The families by size, so that how they are called or ordered changes nothing. One that saw nothing says nothing."""
    order = ordered(capture)
    return capture.margin([j for j in order if capture.of(j)] or order[:1])


def _few(table: Capture) -> Capture:
    while table.k > MOST_FAMILIES:
        table = table.merged(*largest_odds(table))
    return table


def largest_odds(table: Capture) -> tuple[int, int]:
    """The two families that go together most: by the odds ratio among hosts that any other family saw, where all four cells
    are known; half a host is added to each.
    """
    seen = members(table.k)
    best, found = (0, 1), -np.inf
    for i in range(table.k):
        for j in range(i + 1, table.k):
            elsewhere = np.delete(seen, [i, j], axis=1).any(axis=1)
            cells = [
                float(table.counts[elsewhere & (seen[:, i] == first) & (seen[:, j] == second)].sum()) + 0.5
                for first in (True, False)
                for second in (True, False)
            ]
            odds = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
            if odds > found + _SAME:
                best, found = (i, j), odds
    return best


def _for(table: Capture, capture: Capture, links: LinkError) -> LinkError:
    """The rates in the order of the table; of merged families, their mean."""
    if not isinstance(links.split, tuple):
        return links
    of = dict(zip(capture.families, links.split, strict=True))
    rates = tuple(of[name] if name in of else _mean([of[part] for part in name.split("+")]) for name in table.families)
    mean = _mean(rates)
    return replace(links, split=rates, low=min(links.low, mean), high=max(links.high, mean))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


# -- climb ---------------------------------------------------------------------------------------------------------------


def _climbed(known: Known) -> Known:
    """The ensemble and the trials, as far as the table carries them."""
    table, facts = known.table, known.facts
    doubtful = known.doubtful
    known = replace(known, fresh=_fresh(known))
    if known.seeing < 2 or len(doubtful) == table.k:
        return known
    bounded_by = (max(doubtful, key=table.only),) if doubtful and facts.may_bound and table.k > 2 else ()
    known = replace(known, bounded=bounded_by)
    asked, failure = _ensemble(known)
    if not asked:
        return replace(known, failure=failure)
    known = replace(known, members=tuple(asked))
    main = [one.estimated for one in asked if not one.name.startswith(_AT)] or [one.estimated for one in asked]
    every = [one.estimated for one in asked]
    low = min(one.n if one.low is None else one.low for one in every)
    high = max(one.n if one.high is None else one.high for one in every)
    centre = median(one.n for one in main)
    tried = tuple(_trials(known))
    return replace(known, low=max(low, known.fresh), centre=centre, high=high, tried=tried, rho=_rho(tried))


def _rho(tried: Sequence[Tried]) -> float | None:
    """Estimated unseen per true unseen: of the trials in the middle, and of all of them together; the smaller of the two. A
    family of which the others miss next to nothing has a ratio of chance, and three such outvote the one that tells most.
    """
    ratios = [one.ratio for one in tried if one.ratio is not None]
    if not ratios:
        return None
    together = sum(one.estimated - one.seen for one in tried) / sum(one.true - one.seen for one in tried)
    return min(median(ratios), together)


_AT = "averaged at "  # ... the end of the interval of link errors


def _fresh(known: Known) -> float:
    """Hosts that a family vouches for, by proof or by a checked sample, had as many links been missed as may have been."""
    table, facts = known.table, known.facts
    if isinstance(facts.links, LinkError) and facts.links.high > facts.links.mean:
        table = _cleaned(known.raw, replace(facts, links=facts.links.at(facts.links.high)))
    live = [j for j in range(table.k) if j not in known.doubtful]
    return float(table.counts[members(table.k)[:, live].any(axis=1)].sum())


def _ensemble(known: Known) -> tuple[list[Member], str]:
    """What each estimator says, and the last reason of those that say nothing."""
    found, failure = [], ""
    for name, ask in _asked(known):
        try:
            found.append(Member(name=name, estimated=ask()))
        except NotIdentifiedError as error:
            failure = error.message
    return found, failure


def _asked(known: Known) -> Iterator[tuple[str, Callable[[], Estimated]]]:
    """The members of the ensemble by name, and how to ask them."""
    table, links = known.table, known.facts.links
    for estimator in _members(known):
        yield estimator.name, partial(_ask, known, estimator, table)
    if isinstance(links, LinkError) and table.k > 2:
        for word, rate in (("the fewest missed links", links.low), ("the most missed links", links.high)):
            if rate != links.mean:
                other = _cleaned(known.raw, replace(known.facts, links=links.at(rate)))
                averaged = bounded(other, known.bounded[0])[0] if known.bounded else AVERAGED
                yield f"{_AT}{word}", partial(_ask, known, averaged, other)


def _members(known: Known) -> tuple[Estimator, ...]:
    if known.table.k == 2:
        return (CHAPMAN,)
    if not known.bounded:
        return (AVERAGED, BMA)
    family = known.bounded[0]
    every = (bounded(known.table, family)[0], _classes(family))
    return tuple(one for one in every if one.least <= known.table.k)


def _classes(family: int) -> Estimator:
    """Latent classes by short chains. They mix slowly, and where they have not come together yet the interval is wider than it
    need be, which here is no harm: it is one of two, and the other is too narrow.
    """

    def estimate(capture: Capture, /, *, level: float = LEVEL, seed: int = SEED) -> Estimated:
        chains = sampled(canonical(capture), seed=seed, bounded_by=ordered(capture).index(family), kept=STEPS, burn=STEPS)
        draws = chains.draws.ravel()
        low, high = ends(draws, level)
        model = f"latent classes, {len(chains.draws)} short chains"
        return Estimated(n=median(draws), low=low, high=high, se=float(draws.std()), level=level, model=model, draws=draws)

    title = "latent classes, hosts of one family alone as an upper bound"
    return Estimator(name="latent-bounded", title=title, reference="Manrique-Vallier 2016", least=4, most=8, estimate=estimate)


def _ask(known: Known, estimator: Estimator, table: Capture) -> Estimated:
    return applied(estimator, table, level=known.facts.level, seed=known.facts.seed)


def _trials(known: Known) -> Iterator[Tried]:
    """The hosts of each family that vouches for them, as a population of known size: estimated from the other families."""
    table, facts = known.table, known.facts
    if table.k < 3:
        return
    estimator = CHAPMAN if table.k == 3 else BMA
    for j, name in enumerate(table.families):
        if j in known.doubtful:
            continue
        group = table.hosts_of(j)
        unknown = group.counts.copy()
        unknown[0] = 0
        try:
            made = applied(estimator, Capture(families=group.families, counts=unknown), level=facts.level, seed=facts.seed)
        except NotIdentifiedError:
            continue
        low, high = made.n if made.low is None else made.low, made.n if made.high is None else made.high
        yield Tried(family=name, true=table.of(j), seen=group.seen, estimated=made.n, low=low, high=high)


# -- verdict -------------------------------------------------------------------------------------------------------------


def _rung(known: Known, found: Sequence[tuple[Rule, Reason]]) -> Rung:
    """The most that every rule allows. A failed trial stretches the range first, and what is then too wide is a floor."""
    low, high = known.low, known.high
    if known.low is not None and known.high is not None and any(rule.id == "self-test" for rule, _ in found):
        low, high = _stretched(known, known.low, known.high)
        found = broken(replace(known, low=low, high=high))
    verdict = max([ESTIMATE, *(reason.verdict for _, reason in found)], key=VERDICTS.index)
    floor = low if low is not None and all(rule.leans for rule, _ in found) else known.fresh
    shown = verdict in {ESTIMATE, RANGE}
    centre = known.centre if low is None or high is None or known.centre is None else min(max(known.centre, low), high)
    reasons = tuple(reason for _, reason in found)
    return Rung(
        verdict=verdict,
        seen=known.raw.seen,
        fresh=known.fresh,
        floor=None if verdict == REFUSED else floor,
        low=low if shown else None,
        centre=centre if shown else None,
        high=high if shown else None,
        wide=_wide(reasons, (low, centre, high)),
        level=known.facts.level,
        rho=known.rho,
        reasons=reasons,
        helps=_helps(known, reasons),
        self_test=known.tried,
        members=known.members,
        raw=known.raw,
        corrected=known.table,
        assumed=tuple(_assumed(known)),
        outside=known.facts.outside,
        seed=known.facts.seed,
    )


def _wide(reasons: Sequence[Reason], ends: tuple[float | None, float | None, float | None]) -> tuple[float, float, float] | None:
    """The ends, where nothing is against them but that they are far apart."""
    low, centre, high = ends
    against = [one.id for one in reasons if one.verdict in {FLOOR, REFUSED}]
    if against != ["wide"] or low is None or centre is None or high is None:
        return None
    return low, centre, high


def _stretched(known: Known, low: float, high: float) -> tuple[float, float]:
    """Where a trial found a part of the unseen only, the upper end takes as much to be missing here: the worst that failed
    counts. In which direction the method errs here is not known, so the lower end goes down, too: by the part that all trials
    found, and by as much as any that failed found too many.
    """
    rho = 1.0 if known.rho is None else known.rho
    failed = [one.ratio for one in known.tried if one.ratio is not None and not one.is_inside]
    least, most = min([1.0, rho, *failed]), max([1.0, *failed])
    lower = (low - known.fresh) * min(max(rho, LEAST_STRETCH), 1.0) / most
    return known.fresh + lower, known.fresh + (high - known.fresh) / max(least, LEAST_STRETCH)


def _helps(known: Known, reasons: Sequence[Reason]) -> tuple[str, ...]:
    """What would narrow it: first what lifts the strictest rule, then what moved the numbers most; an audit settles anything."""
    ordered = sorted(reasons, key=lambda one: -VERDICTS.index(one.verdict))
    first = [one.help for one in ordered if one.help != AUDIT]
    moved = sorted(_moves(known), reverse=True)
    return tuple(dict.fromkeys([*first, *(text for gain, text in moved if gain > 0), AUDIT]))


def _moves(known: Known) -> Iterator[tuple[float, str]]:
    """By how many hosts a thing that could be learnt moves the number, and what it is."""
    apart = [one.estimated.n for one in known.members if one.name.startswith(_AT)]
    if apart:
        yield max(apart) - min(apart), "a review of links, so that their errors are known more closely"
    for j in known.bounded:
        yield known.table.only(j), f"dates that show which entries of {known.table.families[j]} are still alive"


def _assumed(known: Known) -> Iterator[str]:
    """What is taken for granted, in sentences."""
    facts = known.facts
    named = {one.name for one in facts.families}
    silent = sorted(name for name in known.raw.families if name not in named)
    if silent:
        yield f"Taken for live, since nothing is said of them: {', '.join(silent)}."
    if isinstance(facts.links, LinkError):
        merges = f"false links {facts.links.merge:.1%}" if facts.links.merge else "no false links"
        yield f"Missed links {facts.links.mean:.1%} ({facts.links.low:.1%} to {facts.links.high:.1%}), {merges}: corrected."
    for j in known.bounded:
        yield f"Systems that {known.table.families[j]} alone lists are taken for at most as many as they are."
    if known.table.k > 2:
        families = ", ".join(sorted(known.table.families))
        yield f"No dependence among all of {families} at once beyond that of its pairs: this cannot be tested."
