"""Rung: how far up the ladder an overlap table carries: what may be said of the unseen, why no more, and what it rests on.

The contract between `ladder`, which climbs, `strata`, which adds up, and those that print. Nothing here computes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fullcount.linkage import NotMeasured

if TYPE_CHECKING:
    from datetime import date

    import numpy as np

    from fullcount.capture import Capture
    from fullcount.estimator import Estimated
    from fullcount.linkage import LinkError

    Floats = np.ndarray[Any, np.dtype[np.float64]]

ESTIMATE, RANGE, FLOOR, REFUSED = "estimate", "range", "floor only", "refused"
VERDICTS = (ESTIMATE, RANGE, FLOOR, REFUSED)  # what is dared, most first
WINDOW_DAYS = 30
LEVEL = 0.95
SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What is known of a family of sources besides whom it saw."""

    name: str
    is_live: bool = True  # each of its records proves when the machine was last alive, and those outside the window are out
    real: float | None = None  # of hosts that it alone lists, the share that a checked sample found to exist
    as_of: date | None = None  # the day that it speaks of


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the ladder must know and cannot see in the table. A family without an entry is taken for live, and that is said."""

    links: LinkError | NotMeasured = field(default_factory=NotMeasured)
    families: tuple[Family, ...] = ()
    window_days: int = WINDOW_DAYS
    outside: tuple[str, ...] = ()  # classes of machines that no family can see: never in a number
    may_bound: bool = True  # hosts that a family without proof alone lists may be taken for an upper bound
    level: float = LEVEL
    seed: int = SEED

    def family(self, name: str) -> Family:
        """What is known of a family; of one that was made by merging, what holds for all its parts."""
        known = {one.name: one for one in self.families}
        if name in known:
            return known[name]
        parts = [known[part] for part in name.split("+") if part in known]
        days = [one.as_of for one in parts if one.as_of]
        return Family(name=name, is_live=all(one.is_live for one in parts), as_of=min(days, default=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why no more is said: the rule, the verdict that it allows at most, a sentence, and what would lift it."""

    id: str
    verdict: str
    text: str
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """The method tried on hosts whose number is known: those of one family, estimated from the others. Unit: hosts."""

    family: str
    true: float
    seen: float  # of these, how many the others saw
    estimated: float
    low: float
    high: float

    @property
    def is_inside(self) -> bool:
        """Whether the interval holds the true number."""
        return self.low <= self.true <= self.high

    @property
    def ratio(self) -> float | None:
        """Estimated unseen per true unseen; nothing where too few were unseen to say."""
        return (self.estimated - self.seen) / (self.true - self.seen) if self.true - self.seen >= _SOME else None


_SOME = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Member:
    """What one estimator of the ensemble says."""

    name: str
    estimated: Estimated


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rung:
    """The verdict on one table. Unit: hosts. `centre` never stands without `low` and `high`.

    `estimate`: all three. `range`: `low` and `high`, and `centre` is what the models say, probably too low. `floor only`: none of
    the three, `floor` alone. `refused`: not even that; what was counted stands.
    """

    verdict: str
    seen: float  # hosts in the table as counted
    fresh: float  # of these, vouched for by a live family, without those that link errors made
    floor: float | None
    low: float | None = None
    centre: float | None = None
    high: float | None = None
    # low, centre and high where nothing but their distance is against them: no answer alone, and yet good in a sum
    wide: tuple[float, float, float] | None = None
    level: float
    rho: float | None = None  # in the middle of the trials, estimated unseen per true unseen
    reasons: tuple[Reason, ...] = ()
    helps: tuple[str, ...] = ()  # what would narrow it, most first
    self_test: tuple[Tried, ...] = ()
    members: tuple[Member, ...] = ()
    raw: Capture
    corrected: Capture  # without link errors; as many families as were used
    assumed: tuple[str, ...] = ()  # sentences
    outside: tuple[str, ...] = ()
    seed: int = SEED

    def __post_init__(self) -> None:
        """Raises `ValueError` for a number that the verdict does not allow, or one without its interval."""
        ends = (self.low, self.centre, self.high)
        if (self.verdict in {ESTIMATE, RANGE}) != all(one is not None for one in ends):
            raise ValueError(f"{self.verdict}: {ends}")
        known = [one for one in ends if one is not None]
        if known != sorted(known) or (known and len(known) < len(ends)):
            raise ValueError(f"no interval: {ends}")
        if (self.verdict == REFUSED) != (self.floor is None):
            raise ValueError(f"{self.verdict} with the floor {self.floor}")

    @property
    def outside_share(self) -> float | None:
        """Of the trials, the share whose interval did not hold the known number."""
        tried = self.self_test
        return sum(not one.is_inside for one in tried) / len(tried) if tried else None

    def document(self) -> dict[str, Any]:
        """As a JSON document."""
        return {
            "verdict": self.verdict,
            "seen": self.seen,
            "fresh": self.fresh,
            "floor": self.floor,
            "low": self.low,
            "centre": self.centre,
            "high": self.high,
            "level": self.level,
            "reasons": [{"id": one.id, "verdict": one.verdict, "text": one.text, "help": one.help} for one in self.reasons],
            "helps": list(self.helps),
            "self_test": {
                "rho": self.rho,
                "outside_share": self.outside_share,
                "tried": [_trial(one) for one in self.self_test],
            },
            "members": [
                {
                    "name": one.name,
                    "n": one.estimated.n,
                    "low": one.estimated.low,
                    "high": one.estimated.high,
                    "model": one.estimated.model,
                }
                for one in self.members
            ],
            "families": list(self.corrected.families),
            "corrected": self.corrected.counts.tolist(),
            "assumed": list(self.assumed),
            "outside": list(self.outside),
            "seed": self.seed,
        }


def _trial(one: Tried) -> dict[str, Any]:
    return {
        "family": one.family,
        "true": one.true,
        "seen": one.seen,
        "estimated": one.estimated,
        "low": one.low,
        "high": one.high,
        "inside": one.is_inside,
    }
