"""The contract of an arrival: a return as the receiving office took it in, or refused it. `receive` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from fullcount.sealed import Return


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A return that was checked and accepted. Later ones of its component supersede it; nothing erases it."""

    said: Return
    received: date
    signers: tuple[str, ...] = ()  # names of those whose signatures hold
    doubts: tuple[str, ...] = ()  # what did not refuse it, and should be known
    tokens_count: bool = True  # whether its tokens may be used: not where they were made with another key than those of others


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A return that was refused, and why. `component`, `sequence` and `as_of` are what it says of itself, true or not."""

    component: str  # empty where nothing could be read of it
    reasons: tuple[str, ...]
    received: date
    digest: str = ""  # SHA-256 of what was sealed, or of the file where that was nothing
    sequence: int = 0
    as_of: str = ""
    directive: str = ""  # its id; empty where that could not be read
