"""How often what the ladder says is true: fleets whose number of machines is known, in nine scenarios, beside the goals.

    python benchmarks/coverage_simulation.py [--replications 60] [--hosts 20000] [--scenario S0 S3] [--known-to 0.0025]
        [--by-kind] [--arbitrary]

`--known-to` is how closely the rate of missed links is known; `--by-kind` estimates each kind of machine apart and adds up;
`--arbitrary` takes other kinds of machines for every fleet, and has no goals: it shows how far the goals depend on the fleet.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from fullcount.ladder import ladder
from fullcount.rung import ESTIMATE, RANGE, VERDICTS
from fullcount.strata import Stratum, stratified
from overlapping import SCENARIOS, Scenario, arbitrary, fleet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MEMBERS = ("averaged", "bma")
SEED = 17
PLAIN, HARD, ANY_HARD = ("S0", "S1"), ("S2", "S3", "S4", "S5", "S6", "S7"), ("S2", "S3", "S4", "S5", "S6", "S7", "S8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said of one fleet. Units: hosts, but for `is_right`: by estimator, whether its own interval holds the truth."""

    truth: float
    verdict: str
    floor: float | None
    low: float | None
    centre: float | None
    high: float | None
    is_right: dict[str, bool]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Of many fleets of one scenario. Shares, but for `many`; None where no fleet had such a number."""

    many: int
    verdicts: dict[str, float]
    bias: float | None  # of the centre, in the middle
    rmse: float | None
    covers: float | None  # of the ranges that were given
    width: float | None  # of the truth, in the middle
    floor_holds: float | None
    members: dict[str, float | None]
    reasons: dict[str, int]

    @property
    def is_estimate(self) -> float:
        """The share of fleets for which an estimate is dared."""
        return self.verdicts[ESTIMATE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A goal for some scenarios; `value` picks what it is about."""

    text: str
    scenarios: tuple[str, ...]
    value: Callable[[Summary], float | None]
    least: float = 0.0
    most: float = 1.0

    def holds(self, one: Summary) -> bool:
        """Whether it is reached. What was never said is not wrong."""
        value = self.value(one)
        return value is None or self.least <= value <= self.most


GATES = (
    Gate(text="verdict `estimate` >= 90 %", scenarios=PLAIN, value=lambda one: one.is_estimate, least=0.9),
    Gate(text="range covers >= 93 %", scenarios=PLAIN, value=lambda one: one.covers, least=0.93),
    Gate(text="range covers >= 85 %", scenarios=HARD, value=lambda one: one.covers, least=0.85),
    Gate(text="floor holds >= 97 %", scenarios=HARD, value=lambda one: one.floor_holds, least=0.97),
    Gate(text="verdict `estimate` <= 15 %", scenarios=ANY_HARD, value=lambda one: one.is_estimate, most=0.15),
)


def said(scenario: Scenario, hosts: int, seed: int, *, known_to: float = 0.0) -> Said:
    """One fleet, and what the ladder says of it."""
    table = fleet(scenario, hosts, np.random.default_rng([SEED, seed]))
    rung = ladder(table, scenario.facts(seed, wide=known_to))
    own = {one.name: one.estimated for one in rung.members}
    right = {
        name: bool((one.low or one.n) <= hosts <= (one.high or one.n)) for name in MEMBERS if (one := own.get(name)) is not None
    }
    return Said(
        truth=hosts,
        verdict=rung.verdict,
        floor=rung.floor,
        low=rung.low,
        centre=rung.centre,
        high=rung.high,
        is_right=right,
        reasons=tuple(one.id for one in rung.reasons),
    )


def said_by_kind(scenario: Scenario, hosts: int, seed: int) -> Said:
    """One fleet whose kinds of machines are told apart."""
    rng = np.random.default_rng([SEED, seed])
    many = rng.multinomial(hosts, [one.share for one in scenario.kinds])
    strata = [
        Stratum(
            component="all",
            machine_class=str(turn),
            capture=fleet(replace(scenario, kinds=(replace(kind, share=1.0),)), int(n), rng),
        )
        for turn, (kind, n) in enumerate(zip(scenario.kinds, many, strict=True))
    ]
    figure = stratified(strata, scenario.facts(seed)).line()
    return Said(
        truth=hosts,
        verdict=figure.verdict,
        floor=figure.floor,
        low=figure.low,
        centre=figure.centre,
        high=figure.high,
        is_right={},
    )


def summary(found: Sequence[Said]) -> Summary:
    """Many fleets in few numbers."""
    ranges = [(one.truth, one.low, one.centre, one.high) for one in found if one.verdict in {ESTIMATE, RANGE}]
    whole = [(truth, low, centre, high) for truth, low, centre, high in ranges if low is not None and high is not None and centre]
    errors = [centre / truth - 1 for truth, _, centre, _ in whole]
    floors = [one.floor <= one.truth for one in found if one.floor is not None]
    verdicts = Counter(one.verdict for one in found)
    return Summary(
        many=len(found),
        verdicts={verdict: verdicts[verdict] / len(found) for verdict in VERDICTS},
        bias=median(errors) if errors else None,
        rmse=float(np.sqrt(np.mean(np.square(errors)))) if errors else None,
        covers=_share([low <= truth <= high for truth, low, _, high in whole]),
        width=median((high - low) / truth for truth, low, _, high in whole) if whole else None,
        floor_holds=_share(floors),
        members={name: _share([one.is_right[name] for one in found if name in one.is_right]) for name in MEMBERS},
        reasons=dict(Counter(reason for one in found for reason in one.reasons).most_common()),
    )


def _share(found: Sequence[bool]) -> float | None:
    return sum(found) / len(found) if found else None


def misses(name: str, one: Summary) -> list[str]:
    """The goals of a scenario that are not reached."""
    return [gate.text for gate in GATES if name in gate.scenarios and not gate.holds(one)]


# -- printed -------------------------------------------------------------------------------------------------------------

_HEAD = ("", "hosts", "bias", "RMSE", "covers", "width", "floor", "alone: avg", "BMA", *VERDICTS, "CPU s")


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _line(name: str, hosts: int, one: Summary, seconds: float) -> list[str]:
    alone = (one.members[member] for member in MEMBERS)
    numbers = (one.bias, one.rmse, one.covers, one.width, one.floor_holds, *alone)
    shares = [f"{one.verdicts[verdict]:.0%}" for verdict in VERDICTS]
    return [name, f"{hosts:,}", *map(_percent, numbers), *shares, f"{seconds:.1f}"]


def _printed(cells: Sequence[str]) -> None:
    print("  " + "".join(f"{cell:>12}" for cell in cells), flush=True)


def _measured(name: str, hosts: int, asked: argparse.Namespace) -> Summary:
    start, found = time.process_time(), []
    for seed in range(asked.replications):
        scenario = arbitrary(SCENARIOS[name], np.random.default_rng([SEED + 1, seed])) if asked.arbitrary else SCENARIOS[name]
        made = said_by_kind(scenario, hosts, seed) if asked.by_kind else said(scenario, hosts, seed, known_to=asked.known_to)
        found.append(made)
    one = summary(found)
    _printed(_line(name, hosts, one, time.process_time() - start))
    return one


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate every scenario at every size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=60)
    parser.add_argument("--hosts", type=int, nargs="+", default=[20_000])
    parser.add_argument("--scenario", nargs="+", choices=list(SCENARIOS), default=list(SCENARIOS))
    parser.add_argument("--known-to", type=float, default=0.0)
    parser.add_argument("--by-kind", action="store_true")
    parser.add_argument("--arbitrary", action="store_true")
    asked = parser.parse_args(arguments)
    for name in asked.scenario:
        print(f"  {name}: {SCENARIOS[name].sentence}")
    print(f"\n  {asked.replications} fleets a line; covers and width: of the ranges that were given\n")
    _printed(_HEAD)
    for hosts in asked.hosts:
        found = {name: _measured(name, hosts, asked) for name in asked.scenario}
        print()
        for gate, name in [(one, name) for one in GATES for name in one.scenarios if name in found and not asked.arbitrary]:
            one = found[name]
            print(f"  {'PASS' if gate.holds(one) else 'MISS'}  {name}  {gate.text}: {_percent(gate.value(one))}")
        for name, one in found.items():
            print(f"  {name}  reasons: {', '.join(f'{reason} {many}' for reason, many in one.reasons.items()) or 'none'}")
        print(flush=True)


if __name__ == "__main__":
    main()
