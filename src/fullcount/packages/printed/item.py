"""What a list in text gives, line by line or block by block."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from fullcount import when
from fullcount.model import Detail, Os, State, Title, Trace

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAY_FIRST = re.compile(rf"(?:[A-Z][a-z]{{2}},? )?(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}})\b.*")


class Found(NamedTuple):
    """A package."""

    title: Title
    state: State = State.INSTALLED
    detail: Detail | None = None


class Lost(NamedTuple):
    """A line or block that could not be used, and why."""

    reason: str


class Short(NamedTuple):
    """Why the list is less than complete although every line of it could be used."""

    reason: str


class Item(NamedTuple):
    """What stands at a line, counted from 1."""

    place: int
    raw: str
    said: Found | Lost | Short


Lines = Iterator[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of list. `fits` is given the first lines that are not blank; `whole` says that it can be a full list."""

    name: str
    fits: Callable[[list[str]], bool]
    read: Callable[[Lines], Iterator[Item]]
    whole: bool = True
    note: str = ""
    os_family: Os = Os.LINUX


def package(name: str, version: str | None, *, publisher: str | None = None, package: str | None = None) -> Title:
    """A title as a package manager lists it; `package` where its id is not its name."""
    return Title(Trace.PACKAGE, name=name, version=version or None, publisher=publisher or None, package=package or name)


def installed_on(written: str | None) -> Detail | None:
    """The day of installation. rpm and pacman also write the day before the month's English name.

    >>> installed_on("Wed 16 Oct 2019 09:21:42 AM PDT")
    Detail(user=None, path=None, installed_on='2019-10-16', last_used=None)
    """
    if not written or not (written := written.strip()) or written in {"(none)", "None"}:
        return None
    if match := _DAY_FIRST.fullmatch(written):
        written = f"{match[3]}-{_MONTHS.index(match[2]) + 1:02}-{int(match[1]):02}"
    return Detail(installed_on=when.iso_day(written))


def share(lines: list[str], pattern: re.Pattern[str]) -> float:
    """The share of lines that the pattern fits."""
    return sum(bool(pattern.fullmatch(line)) for line in lines) / len(lines) if lines else 0.0
