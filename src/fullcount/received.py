"""The contract of what comes in: what a receiving office knows, and what is known of each file that it was given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from fullcount.fault import Fault
    from fullcount.hierarchy import Hierarchy
    from fullcount.trust import Trust

ACCEPTED, KNOWN, REFUSED = "accepted", "known", "refused"
ALL_COMPONENTS = "all_components"  # the statement that a return includes everything below its component

Group = tuple[str, str, str, str]
"""Scheme, norm, period and key check of tokens: only those of one group can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A return that was accepted, as the ledger says."""

    component: str
    directive: str
    sequence: int
    digest: str  # of what was sealed
    previous: str
    as_of: str
    received: date
    file: str = ""  # SHA-256 of the envelope that is kept
    signers: tuple[str, ...] = ()
    doubts: tuple[tuple[str, str], ...] = ()  # id and text
    tokens: Group | None = None


Passed = tuple[str, str, int, str]
"""Component, directive, number and digest of a return that was refused, although who signed it may: it is not missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the receiving office knows. What it does not know (`None`) is not checked, and that is for the caller to say."""

    trust: Trust | None = None
    tree: Hierarchy | None = None
    kept: tuple[Kept, ...] | None = ()  # None: there is no ledger, so that numbers cannot be checked
    passed: frozenset[Passed] = frozenset()
    gaps: Mapping[str, str] = field(default_factory=dict)  # component -> why a missing number is accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What is known of a file. Of a refused one `component` to `sentence` are what it says of itself, true or not."""

    names: tuple[str, ...]  # under which the very same bytes were given, sorted
    file: str  # SHA-256 of the bytes
    component: str = ""
    directive: str = ""
    version: str = ""  # of the directive
    sequence: int = 0
    previous: str = ""
    digest: str = ""
    as_of: str = ""
    sentence: str = ""
    tokens: Group | None = None
    keys: tuple[str, ...] = ()  # ids of trusted keys whose signature holds, whether they may sign or not
    signers: tuple[str, ...] = ()  # who signed it and may, by name and role
    faults: tuple[Fault, ...] = ()

    @property
    def which(self) -> Passed:
        """What tells it from every other return."""
        return self.component, self.directive, self.sequence, self.digest

    @property
    def verdict(self) -> str:
        """`ACCEPTED`, `KNOWN` or `REFUSED`."""
        if any(one.refuses for one in self.faults):
            return REFUSED
        return KNOWN if any(one.id == "replay" for one in self.faults) else ACCEPTED
