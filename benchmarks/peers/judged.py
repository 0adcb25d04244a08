"""A number held against the truth: by how much it is off, and what its errors are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from peers.exports import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Numbers of systems. `says` = `right` + `twice` + `wrong`."""

    says: int
    right: int  # named, and the exports show it on them
    twice: int  # lines about a system that another line names too
    wrong: int  # named, and the exports show that it is not there, or never was
    missed: int  # the exports show it on them, and they are not named


def hosts(path: Path) -> list[frozenset[str]]:
    """The systems that a peer named: each line is one name, and so one system."""
    return [frozenset({line}) for line in path.read_text("utf-8").splitlines()]


def judge(named: Iterable[Collection[str]], truth: Truth) -> Judged:
    """Hold systems, each with the names that it goes by, against what the exports show."""
    lines = [{truth.named[name] for name in names if name in truth.named} for names in named]
    found: set[int] = set()
    twice = unknown = 0
    for machines in lines:
        # two machines that were taken for one are one line: it can be right about one of them
        one = min(machines, key=lambda machine: (machine not in truth.shown, machine), default=None)
        unknown += one is None
        twice += one in found
        found |= set() if one is None else {one}
    return Judged(
        says=len(lines),
        right=len(found & truth.shown),
        twice=twice,
        wrong=len(found - truth.shown) + unknown,
        missed=len(truth.shown - found),
    )


def off(says: int, true: int) -> str:
    """By how many systems, and by what share of the truth.

    >>> off(157, 121), off(9, 10), off(3, 0)
    ('+36 (+29.8 %)', '-1 (-10.0 %)', '+3')
    """
    share = f" ({(says - true) / true:+.1%})".replace("%", " %") if true else ""
    return f"{says - true:+,}{share}" if says != true else "0"
