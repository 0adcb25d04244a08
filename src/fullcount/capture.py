"""Capture: which families of sources saw how many hosts, as a table of 2^k cells. All that an estimator may look at.

A family is a set of sources that are deployed or fed by one mechanism. The table is as small for a million hosts as for ten.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fullcount.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import Any

    Floats = np.ndarray[Any, np.dtype[np.float64]]

MOST_FAMILIES = 10
MOST_HOSTS = 1e12  # of one cell: above it a float is too coarse for the sums that are made of it
_MARKS = {"0": 0, "1": 1}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Capture:
    """How many hosts were seen by which families. Unit: hosts; a table corrected for link errors may hold parts of one.

    Cell `i` of `counts` is about the hosts seen by exactly the families `j` whose bit `i >> j & 1` is set. Cell 0, those that no
    family saw, is unknown and 0; only `hosts_of` makes a table in which it is known. No estimator looks at cell 0.
    """

    families: tuple[str, ...]
    counts: Floats  # 2**k

    def __post_init__(self) -> None:
        """Raises `ValueError` where the counts are not 2**k finite numbers from nought up, or there are too many families."""
        counts = np.array(self.counts, np.float64)
        if not 1 <= len(self.families) <= MOST_FAMILIES or counts.shape != (1 << len(self.families),):
            raise ValueError(f"{len(self.families)} families have no table of shape {counts.shape}")
        if not (np.isfinite(counts).all() and (counts >= 0).all()):
            raise ValueError("a cell of a capture table is a number of hosts")
        counts.flags.writeable = False
        object.__setattr__(self, "counts", counts)

    @property
    def k(self) -> int:
        """The number of families."""
        return len(self.families)

    @property
    def seen(self) -> float:
        """Hosts that any family saw."""
        return float(self.counts[1:].sum())

    @property
    def twice(self) -> float:
        """Hosts that two or more families saw."""
        return float(self.counts[sightings(self.k) >= 2].sum())

    def of(self, j: int) -> float:
        """Hosts that family `j` saw."""
        return float(self.counts[members(self.k)[:, j]].sum())

    def only(self, j: int) -> float:
        """Hosts that family `j` saw and no other."""
        return float(self.counts[1 << j])

    def both(self, i: int, j: int) -> float:
        """Hosts that the families `i` and `j` both saw, whoever else did."""
        seen = members(self.k)
        return float(self.counts[seen[:, i] & seen[:, j]].sum())

    def margin(self, keep: Sequence[int]) -> Capture:
        """The table of these families alone, in this order; hosts that none of them saw are in it no more."""
        counts = self._over(keep, np.ones(1 << self.k, np.bool_))
        counts[0] = 0
        return Capture(families=tuple(self.families[j] for j in keep), counts=counts)

    def without(self, j: int) -> Capture:
        """The table without a family, and without the hosts that it alone saw."""
        return self.margin([one for one in range(self.k) if one != j])

    def hosts_of(self, j: int) -> Capture:
        """Only the hosts that family `j` saw, over the other families. Cell 0 holds those that none of these saw: a population
        of known size, on which an estimator can be tried (E. B. Hook and R. R. Regal, Am J Epidemiol 152, 2000, 771-779).
        """
        others = [one for one in range(self.k) if one != j]
        return Capture(families=tuple(self.families[one] for one in others), counts=self._over(others, members(self.k)[:, j]))

    def merged(self, i: int, j: int) -> Capture:
        """The table in which two families are one: it saw what either saw. It stands where the first of the two stood."""
        first, second = sorted((i, j))
        old = np.arange(1 << self.k)
        either = (old >> first | old >> second) & 1
        below, above = old & ((1 << second) - 1), old >> (second + 1)
        new = (below & ~(1 << first)) | either << first | above << second
        names = list(self.families)
        names[first] = f"{names[first]}+{names.pop(second)}"
        return Capture(families=tuple(names), counts=np.bincount(new, self.counts, 1 << (self.k - 1)).astype(np.float64))

    def _over(self, keep: Sequence[int], chosen: np.ndarray[Any, np.dtype[np.bool_]]) -> Floats:
        old = np.arange(1 << self.k)
        new = np.zeros_like(old)
        for place, j in enumerate(keep):
            new |= (old >> j & 1) << place
        return np.bincount(new[chosen], self.counts[chosen], 1 << len(keep)).astype(np.float64)


def members(k: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which families a cell is about: one row per cell, one column per family."""
    return (np.arange(1 << k)[:, None] >> np.arange(k) & 1).astype(np.bool_)


def sightings(k: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """By how many families the hosts of each cell were seen."""
    return np.asarray(members(k).sum(axis=1), np.int64)


def of_rows(families: Sequence[str], rows: Iterable[tuple[tuple[int, ...], float]]) -> Capture:
    """The table of rows of a pattern (0 or 1 for each family) and a number of hosts; those of one pattern add up. A pattern
    without any 1 must not be among them (`ValueError`).
    """
    counts = np.zeros(1 << len(families))
    for pattern, hosts in rows:
        if len(pattern) != len(families) or not any(pattern):
            raise ValueError(f"no pattern of {len(families)} families: {pattern}")
        counts[_cell(pattern)] += hosts
    return Capture(families=tuple(families), counts=counts)


def _cell(pattern: Iterable[int]) -> int:
    return sum(bit << j for j, bit in enumerate(pattern))


def load(path: Path) -> Capture:
    """A plain overlap table: CSV (comma, semicolon or tab), a line of names, then one of 0 and 1 per family and last a number
    of hosts for each pattern; what is not listed is nought. Lines that begin with `#` are comments. Raises `SettingsError`
    with the line that is wrong.
    """
    families: tuple[str, ...] = ()
    found: dict[tuple[int, ...], float] = {}
    for line, cells in _lines(path):
        place = f"{path}:{line}"
        if not families:
            families = _names(cells, place)
            continue
        pattern, hosts = _row(cells, families, place)
        if pattern in found:
            raise SettingsError("the same pattern stands here twice", place=place, hint="add the two numbers up")
        found[pattern] = hosts
    if not found:
        raise SettingsError("this table has no line", place=str(path), hint="see `fullcount estimate --help` for its form")
    return of_rows(families, found.items())


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines that are neither empty nor comments, with their numbers."""
    separator = ""
    try:
        opened = path.open(encoding="utf-8-sig", newline=None)
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise SettingsError(message, place=str(path), hint="is that its name?") from None
    with opened as file:
        try:
            for line, text in enumerate(file, start=1):
                if not text.strip() or text.lstrip().startswith("#"):
                    continue
                separator = separator or max(",;\t", key=text.count)
                [cells] = csv.reader([text.rstrip("\n")], delimiter=separator)
                yield line, [cell.strip() for cell in cells]
        except (UnicodeDecodeError, csv.Error, ValueError) as error:
            raise SettingsError(f"this is no CSV file of UTF-8 text: {error}", place=str(path)) from error


def _names(cells: Sequence[str], place: str) -> tuple[str, ...]:
    *names, _ = cells
    hint = "the first line names the families, then the count"
    if not names:
        raise SettingsError("a table has a column for each family, and the count", place=place, hint=hint)
    if len(names) > MOST_FAMILIES:
        raise SettingsError(
            f"{len(names)} families are too many", place=place, hint=f"merge those that are fed alike, up to {MOST_FAMILIES}"
        )
    if not all(names) or len(set(names)) < len(names):
        raise SettingsError("each family needs a name of its own", place=place, hint=hint)
    if set(names) <= _MARKS.keys():
        raise SettingsError("the first line holds no names", place=place, hint=hint)
    return tuple(names)


def _row(cells: Sequence[str], families: Sequence[str], place: str) -> tuple[tuple[int, ...], float]:
    if len(cells) != len(families) + 1:
        raise SettingsError(f"here are {len(cells)} columns, and {len(families) + 1} in the first line", place=place)
    *marks, written = cells
    if wrong := [one for one in marks if one not in _MARKS]:
        raise SettingsError(f"`{wrong[0]}` is neither 0 nor 1", place=place, hint="1 where the family saw these hosts, else 0")
    pattern = tuple(_MARKS[one] for one in marks)
    if not any(pattern):
        hint = "leave this line out: how many nobody saw is what is estimated"
        raise SettingsError("hosts that no family saw", place=place, hint=hint)
    try:
        hosts = float(written)
    except ValueError:
        hosts = math.nan
    if not 0 <= hosts <= MOST_HOSTS:
        raise SettingsError(f"`{written}` is not a number of hosts", place=place, hint="a plain number, such as 1250")
    return pattern, hosts
