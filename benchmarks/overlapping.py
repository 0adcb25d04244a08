"""Fleets with a known number of machines, and the overlap tables that four families of sources make of them.

A machine has a class. Whether the directory has it, then the configuration manager, then the agent, each likelier where the one
before does, and whether the network sees it, depends on the class. Then come stale entries, records that were not joined,
machines that were taken for one, and machines that nothing can see.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from fullcount.capture import Capture
from fullcount.linkage import LinkError
from fullcount.rung import Facts, Family

if TYPE_CHECKING:
    from typing import Any

    Ints = np.ndarray[Any, np.dtype[np.int64]]

FAMILIES = ("directory", "manager", "agent", "network")
STALE_IN = (0.1, 0.02)  # of the stale entries of the directory, what lingers in the manager and in the agent's console
DAY = date(2017, 9, 13)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One class of machines: its share of the fleet, and the chances that a family has one. Of two numbers the first holds where
    the family before it has the machine, the second where not.
    """

    share: float
    directory: float
    manager: tuple[float, float]
    agent: tuple[float, float]
    network: float

    def chances(self) -> list[float]:
        """The chance of each of the 16 cells."""
        found = []
        for cell in range(16):
            in_directory, in_manager, in_agent, in_network = (bool(cell >> j & 1) for j in range(4))
            chance = _of(self.directory, is_in=in_directory) * _of(self.manager[not in_directory], is_in=in_manager)
            found.append(chance * _of(self.agent[not in_manager], is_in=in_agent) * _of(self.network, is_in=in_network))
        return found


def _of(chance: float, *, is_in: bool) -> float:
    return chance if is_in else 1 - chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is wrong with a fleet's sources. Shares are of the entries of the directory, of the records of each family, of the
    hosts, and of the machines.
    """

    sentence: str
    kinds: tuple[Kind, ...]
    stale: float = 0.0
    split: float = 0.0
    merge: float = 0.0
    dark: float = 0.0

    def facts(self, seed: int, *, wide: float = 0.0) -> Facts:
        """What the ladder is told: whether the directory may be stale, and the rates of link errors, to within `wide`."""
        links = LinkError(split=self.split, low=max(self.split - wide, 0.0), high=self.split + wide, merge=self.merge)
        families = tuple(Family(name=name, is_live=not self.stale or name != "directory", as_of=DAY) for name in FAMILIES)
        return Facts(links=links, families=families, seed=seed)


_ALIKE = (Kind(share=1, directory=0.6, manager=(0.45, 0.45), agent=(0.4, 0.4), network=0.45),)
_DEPENDENT = (Kind(share=1, directory=0.6, manager=(0.6, 0.3), agent=(0.6, 0.3), network=0.45),)
_DIFFERENT = (
    Kind(share=0.55, directory=0.95, manager=(0.85, 0.85), agent=(0.8, 0.8), network=0.6),  # managed workstations
    Kind(share=0.2, directory=0.8, manager=(0.5, 0.5), agent=(0.7, 0.7), network=0.8),  # servers
    Kind(share=0.15, directory=0.3, manager=(0.12, 0.12), agent=(0.15, 0.15), network=0.5),  # laboratories
    Kind(share=0.1, directory=0.12, manager=(0.04, 0.04), agent=(0.06, 0.06), network=0.4),  # contractors, own devices
)
_BOTH = (
    Kind(share=0.55, directory=0.95, manager=(0.9, 0.4), agent=(0.9, 0.5), network=0.6),
    Kind(share=0.2, directory=0.8, manager=(0.6, 0.2), agent=(0.8, 0.5), network=0.8),
    Kind(share=0.15, directory=0.3, manager=(0.3, 0.05), agent=(0.4, 0.1), network=0.5),
    Kind(share=0.1, directory=0.12, manager=(0.2, 0.02), agent=(0.3, 0.05), network=0.4),
)
_WORST = Scenario(sentence="kinds of machines differ, and lists go together", kinds=_BOTH)

SCENARIOS: dict[str, Scenario] = {
    "S0": Scenario(sentence="all machines alike, lists independent", kinds=_ALIKE),
    "S1": Scenario(sentence="all machines alike, lists go together", kinds=_DEPENDENT),
    "S2": Scenario(sentence="kinds of machines differ", kinds=_DIFFERENT),
    "S3": _WORST,
    "S4": replace(_WORST, sentence="S3, and 12 % of the directory is stale", stale=0.12),
    "S5": replace(_WORST, sentence="S3, and 2 % of the links are missed", split=0.02),
    "S6": replace(_WORST, sentence="S3, and 1 % of the hosts are two machines", merge=0.01),
    "S7": replace(_WORST, sentence="S3 with 5 % stale, 1 % missed, 0.5 % merged", stale=0.05, split=0.01, merge=0.005),
    "S8": replace(_WORST, sentence="S3, and 4 % of the machines are seen by nothing", dark=0.04),
}


_MANAGED = (0.85, 0.65, 0.3, 0.12)  # how well the four kinds of an arbitrary fleet are managed


def arbitrary(scenario: Scenario, rng: np.random.Generator) -> Scenario:
    """The scenario with four kinds of machines of any sizes, whose chances of being listed scatter widely about how well the kind
    is managed. The network sees a kind with a chance that has nothing to do with that, so that lists may avoid one another.
    """
    together = any(kind.manager[0] != kind.manager[1] for kind in scenario.kinds)
    shares = rng.dirichlet([4, 2, 1.5, 1])
    return replace(
        scenario,
        kinds=tuple(_scattered(share, level, together=together, rng=rng) for share, level in zip(shares, _MANAGED, strict=True)),
    )


def _scattered(share: float, level: float, *, together: bool, rng: np.random.Generator) -> Kind:
    directory, manager, agent = (
        float(np.clip(rng.beta(6 * mean, 6 * (1 - mean)), 0.02, 0.98)) for mean in (level, 0.85 * level, 0.85 * level)
    )
    network = float(np.clip(rng.beta(6, 6), 0.1, 0.9))
    less = rng.uniform(0.15, 0.6, 2) if together else np.ones(2)
    return Kind(
        share=share,
        directory=directory,
        manager=(manager, manager * less[0]),
        agent=(agent, agent * less[1]),
        network=network,
    )


def fleet(scenario: Scenario, hosts: int, rng: np.random.Generator) -> Capture:
    """The overlap table of one fleet of so many machines."""
    counts = np.zeros(16, np.int64)
    lit = hosts - round(hosts * scenario.dark)
    for kind, many in zip(scenario.kinds, rng.multinomial(lit, [one.share for one in scenario.kinds]), strict=True):
        counts += rng.multinomial(many, kind.chances())
    counts[0] = 0
    counts = _split(_merged(_staled(counts, scenario.stale, rng), scenario.merge, rng), scenario.split, rng)
    counts[0] = 0
    return Capture(families=FAMILIES, counts=counts.astype(np.float64))


def _staled(counts: Ints, share: float, rng: np.random.Generator) -> Ints:
    """With entries of machines that are gone: so many of all that the directory then has."""
    if not share:
        return counts
    entries = int(counts[1::2].sum())
    many = rng.poisson(entries * share / (1 - share))
    (manager, agent), found = STALE_IN, counts.copy()
    chances = [(1 - manager) * (1 - agent), manager * (1 - agent), (1 - manager) * agent, manager * agent]
    found[[0b0001, 0b0011, 0b0101, 0b0111]] += rng.multinomial(many, chances)
    return found


def _merged(counts: Ints, rate: float, rng: np.random.Generator) -> Ints:
    """With pairs of hosts taken for one."""
    pairs = round(counts.sum() * rate)
    if not pairs:
        return counts
    chosen = rng.multivariate_hypergeometric(counts, 2 * pairs)
    cells = rng.permutation(np.repeat(np.arange(16), chosen))
    return counts - chosen + np.bincount(cells[:pairs] | cells[pairs:], minlength=16)


def _split(counts: Ints, rate: float, rng: np.random.Generator) -> Ints:
    """With records that stand alone, although their host has others."""
    if not rate:
        return counts
    found = counts
    for j in range(4):
        before, found = found, found.copy()
        for cell in range(16):
            if cell >> j & 1 and cell != 1 << j:
                many = rng.binomial(before[cell], rate)
                found[cell] -= many
                found[cell ^ 1 << j] += many
                found[1 << j] += many
    return found
