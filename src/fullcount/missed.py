"""Missed: how many systems have a product, were looked at, and are not among those found: B, from what sources that look found
of one another's finds.

One source's chance to find it where it is (sensitivity) is the share that it found of what any other one found on systems at
which both looked. It is told for each form of the product apart, since what sees one form may be blind to another; of a form
that too few sources found too seldom, it is taken as of all forms together, and that is said. Sources should look in different
ways: if both read the same key of a registry, both miss the same, and the chances come out too high.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from fullcount.chance import middle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fullcount.chance import Floats

DRAWS = 20_000
HALF = 0.5  # Jeffreys
FEW_TWICE = 5  # found by a source and another one: with fewer, nothing is said of how often its looks miss


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number that was estimated. `low`, `centre` and `high` are None where it is not identified: `why` says for what reason,
    and it is not nought. Where `is_floor`, only `low` is a claim. Unit: systems, or a share.
    """

    low: float | None = None
    centre: float | None = None
    high: float | None = None
    why: str = ""
    is_floor: bool = False


def figure(draws: Floats, level: float) -> Figure:
    """What draws say: their middle and the interval around it."""
    low, centre, high = middle(draws, level)
    return Figure(low=low, centre=centre, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """Systems with one form of the product: which sources' complete looks could have seen it, and which sources found it."""

    looked: frozenset[str]
    found: frozenset[str]
    systems: int

    def __post_init__(self) -> None:
        """Raises `ValueError` for a number that is none."""
        if self.systems < 0:
            raise ValueError("a number of systems is nought or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often a source finds it: of `of` systems on which another source found it and this one looked, it did on `found`."""

    source: str
    found: int
    of: int
    is_lent: bool = False  # told from all forms together

    @property
    def is_enough(self) -> bool:
        """Whether anything follows from it."""
        return self.found >= FEW_TWICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What is known of one form: how often each source finds it, and in words what is not known, or was taken from elsewhere."""

    form: str
    rates: tuple[Rate, ...] = ()  # such as are enough
    why: str = ""  # what is not known
    note: str = ""  # what was taken from elsewhere


def rates_of(finds: Iterable[Find]) -> dict[str, Rate]:
    """By source, how often its complete looks found what another source's complete looks did."""
    found: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for one in finds:
        for source in one.looked:
            if (one.found & one.looked) - {source}:
                of[source] += one.systems
                found[source] += one.systems * (source in one.found)
            else:
                of[source] += 0
    return {source: Rate(source=source, found=found[source], of=of[source]) for source in sorted(of)}


def rates(form: str, finds: Sequence[Find], every: Mapping[str, Rate]) -> Rates:
    """What is known of a form; `every` is what all forms together say."""
    own = rates_of(finds)
    if not own:
        return Rates(form=form, why=f"{form}: no complete look sees these, so that nobody knows how often they are missed")
    lent = [source for source, rate in own.items() if not rate.is_enough and source in every and every[source].is_enough]
    silent = [source for source, rate in own.items() if not rate.is_enough and source not in lent]
    usable = [replace(every[one], is_lent=True) if one in lent else rate for one, rate in own.items()]
    few = f"fewer than {FEW_TWICE} systems on which another source found it, too"
    return Rates(
        form=form,
        rates=tuple(rate for rate in usable if rate.is_enough),
        why=f"{form}: nobody knows how often looks of {_listed(silent)} miss these ({few})" if silent else "",
        note=f"{form}: how often looks of {_listed(lent)} miss these was told from all forms together ({few})" if lent else "",
    )


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What was found of one form on the systems of a group, and how often looks find it. Where nothing was found, one find of no
    system says who looked.
    """

    rates: Rates
    finds: tuple[Find, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """What was missed of one form: the sensitivity of each source, and how many systems were missed. `why` there although a
    number is: it is of a part only.
    """

    form: str
    sources: Mapping[str, Figure]
    systems: Figure
    why: str = ""
    draws: Floats | None = field(default=None, repr=False, compare=False)


def missed(looks: Looks, *, level: float = 0.95, seed: int = 1, common: int = 1) -> Missed:
    """How many systems have a form of the product, were looked at, and are not among those found. `common` seeds how often looks
    find it, which is the same for all groups, `seed` the rest.
    """
    form, known = looks.rates.form, _drawn(looks.rates.rates, common)
    hits, besides, unsaid = _counted(looks.finds, known.keys())
    why = looks.rates.why or f"{form}: nobody looked at these systems"
    if not hits:
        return Missed(form=form, sources={}, systems=Figure(why=why), why=why)
    chance = np.random.default_rng(seed)
    some = any(hits.values())
    draws = np.zeros(DRAWS)
    for sources, systems in sorted(hits.items()):
        if systems or not some:
            together = 1 - prod((1 - known[one] for one in sources), start=np.ones(DRAWS))
            # what others found there was missed by these, and is not missing
            draws += np.maximum(_unfound(chance, systems, together) - besides[sources], 0)
    shares = {source: figure(values, level) for source, values in known.items()}
    return Missed(form=form, sources=shares, systems=figure(draws, level), why=why if unsaid else "", draws=draws)


def _drawn(known: Sequence[Rate], seed: int) -> dict[str, Floats]:
    made = {}
    for turn, one in enumerate(known):
        chance = np.random.default_rng([seed, turn, one.found, one.of])
        made[one.source] = chance.beta(one.found + HALF, one.of - one.found + HALF, DRAWS)
    return made


def _counted(finds: Iterable[Find], known: Iterable[str]) -> tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]], int]:
    """By the sources that looked and are known: systems on which any of these found it, and those where only others did; and
    the systems at which none that is known looked.
    """
    hits: Counter[tuple[str, ...]] = Counter()
    besides: Counter[tuple[str, ...]] = Counter()
    unsaid = 0
    for one in finds:
        sources = tuple(sorted(one.looked & set(known)))
        if sources:
            hits[sources] += one.systems * bool(one.found & set(sources))
            besides[sources] += one.systems * (not one.found & set(sources))
        elif one.looked:
            unsaid += one.systems
    return hits, besides, unsaid


def _unfound(chance: np.random.Generator, found: int, sensitivity: Floats) -> Floats:
    """Systems that have it and were not found, where `found` were: each with the chance `sensitivity`."""
    return chance.negative_binomial(found + HALF, np.clip(sensitivity, 1e-9, 1 - 1e-12)).astype(np.float64)
