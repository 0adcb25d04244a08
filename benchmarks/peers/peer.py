"""What a peer is: a way to answer the question that people use today, and what it cannot say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Answer = Callable[[Path, Path, str], None]  # the folder of the exports, the file to write, and what is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One way to count. It runs as a whole process, from the exports to a file of names, a line a system."""

    key: str
    name: str
    version: Callable[[str], str]  # of what it uses, given an interpreter; empty where that is missing
    install: str  # how to get it, where it is missing
    answer: Answer  # writes the hosts that have what is looked for
    look_up: Answer | None = None  # writes what one host has; of the quickest peers only
    silent: str  # what its number does not say
