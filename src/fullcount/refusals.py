"""Refusals: when no estimate is made, or less of one is said. Each rule is a sentence that a compliance officer can follow,
and names what would lift it.

A rule looks at what is known when the ladder has been climbed, and says why it applies, or nothing. The verdict is the most that
every rule allows. No rule is weighed against another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fullcount.linkage import LinkError, NotMeasured
from fullcount.rung import FLOOR, RANGE, REFUSED, Facts, Member, Reason, Tried

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fullcount.capture import Capture

LEAST_TWICE = 20  # hosts seen by two families or more
LEAST_BOTH = 7  # hosts on both of two lists: Robson and Regier 1964, for a negligible bias
MOST_LONE = 0.1  # of the hosts, in a family without proof and in no other
MOST_LINKS = 0.5  # of the estimated unseen, as many hosts as missed links could have made
MOST_WIDE = 2.0  # upper end per lower end
MOST_OUTSIDE = 1 / 3  # of the trials
LEAST_RHO = 0.7  # in the middle and together; and one trial that is outside and further off, up or down, is not chance
AUDIT = "a random audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Where the ladder stands. Unit: hosts. The ends are None where no estimator made anything of the table."""

    raw: Capture
    table: Capture  # corrected
    facts: Facts
    bounded: tuple[int, ...] = ()  # families whose lone hosts were taken for an upper bound
    fresh: float = 0.0
    members: tuple[Member, ...] = ()
    failure: str = ""  # why no estimator made anything of it
    tried: tuple[Tried, ...] = ()
    rho: float | None = None
    low: float | None = None
    centre: float | None = None
    high: float | None = None

    @property
    def doubtful(self) -> list[int]:
        """Families without proof that their hosts still exist, and of which no sample was checked."""
        named = map(self.facts.family, self.table.families)
        return [j for j, one in enumerate(named) if not one.is_live and one.real is None]

    @property
    def seeing(self) -> int:
        """Families that saw any host."""
        return sum(self.table.of(j) > 0 for j in range(self.table.k))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`leans` says whether the lower end of the models may still be the floor; else it is what was counted."""

    id: str
    verdict: str
    applies: Callable[[Known], str]
    help: str
    leans: bool = False

    def reason(self, known: Known) -> Reason | None:
        """The reason, where the rule applies."""
        text = self.applies(known)
        return Reason(id=self.id, verdict=self.verdict, text=text, help=self.help) if text else None


def broken(known: Known, rules: Sequence[Rule] | None = None) -> list[tuple[Rule, Reason]]:
    """The rules that apply, with their reasons, in the order of the table."""
    return [(rule, found) for rule in (RULES if rules is None else rules) if (found := rule.reason(known))]


def _few_families(known: Known) -> str:
    if known.seeing >= 2:
        return ""
    many = "No family of sources lists" if not known.seeing else "Only one family of sources lists"
    return f"{many} such systems; what it missed can only be told by another one that came to its systems in another way."


def _snapshots(known: Known) -> str:
    dated = [(one.as_of, one.name) for one in map(known.facts.family, known.table.families) if one.as_of]
    if len(dated) < 2:
        return ""
    (first, early), (last, late) = min(dated), max(dated)
    apart = (last - first).days
    if apart <= known.facts.window_days:
        return ""
    return (
        f"{early} speaks of {first}, {late} of {last}: {apart:,} days apart, and at most {known.facts.window_days:,} are one "
        "moment. Systems that came or went in between look as if a source had missed them."
    )


def _two_doubtful(known: Known) -> str:
    if known.seeing != 2 or not known.doubtful:
        return ""
    name = known.table.families[known.doubtful[0]]
    return (
        f"There are two families of sources only, and {name} may list systems that are gone. From two lists nobody can tell a "
        "system that is gone from one that the other list missed."
    )


def _two_few(known: Known) -> str:
    if known.seeing != 2 or known.table.twice >= LEAST_BOTH:
        return ""
    return (
        f"Two families of sources have {known.table.twice:,.0f} systems in common; from fewer than {LEAST_BOTH} nothing follows."
    )


def _lone(known: Known) -> str:
    for j in known.doubtful:
        share = known.table.only(j) / known.table.seen if known.table.seen else 0.0
        if j not in known.bounded and share > MOST_LONE:
            return (
                f"{known.table.only(j):,.0f} systems ({share:.0%}) are listed by {known.table.families[j]} alone, which keeps "
                "entries of systems that are gone and does not say when they were last alive. As many may be gone as are missing."
            )
    return ""


def _no_live(known: Known) -> str:
    if not known.seeing or len(known.doubtful) < known.table.k:
        return ""
    return "No family of sources proves that the systems which it lists still exist: even what is counted may be too many."


def _no_model(known: Known) -> str:
    if known.seeing < 2 or known.members:
        return ""
    return f"The overlaps between the sources do not say how many systems they all missed: {known.failure}."


def _two(known: Known) -> str:
    if known.seeing != 2:
        return ""
    return (
        "There are two families of sources only. Whether systems that are in one are likelier to be in the other cannot be told "
        "from two lists, and where they are the true number is higher."
    )


def _few_twice(known: Known) -> str:
    if known.seeing < 2 or known.table.twice >= LEAST_TWICE:
        return ""
    few = f"{known.table.twice:,.0f} systems are listed by two families of sources or more"
    return f"{few}; an estimate needs at least {LEAST_TWICE}."


def _links_unknown(known: Known) -> str:
    if not isinstance(known.facts.links, NotMeasured):
        return ""
    return (
        f"It is not known how often the records of one system were left apart ({known.facts.links.text}). One link in a hundred "
        "that is missed can raise an estimate by a tenth, so none is made."
    )


def _links_weigh(known: Known) -> str:
    links = known.facts.links
    if not isinstance(links, LinkError) or known.centre is None or not links.mean:
        return ""
    vouched = known.fresh if known.bounded else known.table.seen
    unseen, missed = known.centre - vouched, links.mean * vouched
    if missed < MOST_LINKS * unseen:
        return ""
    return (
        f"About {links.mean:.1%} of the links between records are missed, which makes some {missed:,.0f} systems out of nothing; "
        f"the models say that {max(unseen, 0.0):,.0f} are missing. The error is as large as what is looked for."
    )


def _untested(known: Known) -> str:
    if known.centre is None or known.seeing == 2 or known.tried:
        return ""
    return "The method could not be tried on a group of known size, so nobody can say whether it works here."


def _wide(known: Known) -> str:
    if known.low is None or known.high is None or known.high <= MOST_WIDE * known.low:
        return ""
    return (
        f"The models put the total between {known.low:,.0f} and {known.high:,.0f}; an upper end of more than twice the lower one "
        "is no answer."
    )


def _bounded(known: Known) -> str:
    if not known.bounded or known.centre is None:
        return ""
    name = known.table.families[known.bounded[0]]
    return (
        f"{name} keeps entries of systems that are gone and does not say when they were last alive. How many of the "
        f"{known.table.only(known.bounded[0]):,.0f} that it alone lists still exist was worked out from the other sources, and "
        "that cannot be tried on a group of known size."
    )


def _failed(known: Known) -> str:
    if not known.tried:
        return ""
    outside = [one for one in known.tried if not one.is_inside]
    is_low = known.rho is not None and known.rho < LEAST_RHO
    is_far = any(not LEAST_RHO <= one.ratio <= 1 / LEAST_RHO for one in outside if one.ratio is not None)
    if len(outside) <= MOST_OUTSIDE * len(known.tried) and not is_low and not is_far:
        return ""
    found = "" if known.rho is None else f" and found {known.rho:.0%} of those that were not seen"
    return (
        f"Tried on {len(known.tried):,} groups of known size, the method was wrong in {len(outside):,}{found}; "
        "the number that it gives here is not certified."
    )


_THIRD = "a third family of sources, fed by another mechanism than the two (network scans, an agent, purchases)"
_COMMON = "a family of sources that has systems in common with the others (network scans, an agent)"
_FRESHNESS = "dates that show when each system was last alive (last logon, heartbeat, lease), or a checked sample of its entries"

RULES: tuple[Rule, ...] = (
    Rule(id="families", verdict=REFUSED, applies=_few_families, help="a second family of sources, fed by another mechanism"),
    Rule(
        id="snapshots",
        verdict=REFUSED,
        applies=_snapshots,
        help="exports of all families from one time (or a longer window, with reasons)",
    ),
    Rule(id="no-live", verdict=REFUSED, applies=_no_live, help=_FRESHNESS),
    Rule(id="two-stale", verdict=REFUSED, applies=_two_doubtful, help=_FRESHNESS),
    Rule(id="two-few", verdict=REFUSED, applies=_two_few, help=_THIRD),
    Rule(id="lone-unproved", verdict=REFUSED, applies=_lone, help=_FRESHNESS),
    Rule(id="no-model", verdict=REFUSED, applies=_no_model, help=_COMMON),
    Rule(
        id="links-not-measured",
        verdict=FLOOR,
        applies=_links_unknown,
        help="a review of links: serial numbers and UUIDs in more exports, or 200 links and 200 near misses checked by a person",
    ),
    Rule(
        id="links-weigh",
        verdict=FLOOR,
        applies=_links_weigh,
        help="better links: serial numbers or UUIDs in the exports that lack them",
    ),
    Rule(id="few-twice", verdict=FLOOR, applies=_few_twice, help="more complete exports, so that sources overlap"),
    Rule(id="two-families", verdict=FLOOR, applies=_two, help=_THIRD),
    Rule(id="untested", verdict=FLOOR, applies=_untested, help=_THIRD),
    Rule(id="wide", verdict=FLOOR, applies=_wide, help=AUDIT, leans=True),
    Rule(id="bounded", verdict=RANGE, applies=_bounded, help=_FRESHNESS, leans=True),
    Rule(id="self-test", verdict=RANGE, applies=_failed, help=AUDIT, leans=True),
)
