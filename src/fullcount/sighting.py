"""The contract of a sighting: a system of a component that an office has seen itself, whatever the component's return says.

The list is a CSV file, a workbook, or TOML with tables `[[sighting]]`, one row a sighting: `docs/guides/check-self-reports.md`.
It may be long (a month of name servers' logs), so a row costs little. A file that is wrong is one `SettingsError` with file and
line, and nothing of it is used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from fullcount.entry import SHOULD_BE, RowPlace, complete, named, required, toml
from fullcount.errors import SettingsError
from fullcount.node import did_you_mean
from fullcount.row import rows_of, value_of
from fullcount.text import key, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

SEE = "see docs/guides/check-self-reports.md"
TABLE = "sighting"
SUFFIXES = (".toml", ".csv", ".xlsx")
_HEAD = re.compile(rf"^[ \t]*\[\[[ \t]*{TABLE}[ \t]*\]\]", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A system that was seen. Two sightings of one system in one component are one system."""

    component: str  # as the tree of components has it: its name or its acronym
    system: str  # whatever the office tells systems apart by: an address, a host name, a serial number
    seen_on: date | None = None
    what: str = ""  # what gave it away, as a name that it called
    place: str = field(default="", compare=False)


def load(path: Path) -> tuple[Sighting, ...]:
    """The sightings in a file, in its order. Raises `SettingsError` with file and line."""
    if path.suffix.lower() not in SUFFIXES:
        hint = f"a list of sightings ends in {', '.join(SUFFIXES)}; {SEE}"
        raise SettingsError(
            f"a list of sightings is no {visible(path.suffix) or 'file without suffix'}", place=str(path), hint=hint
        )
    rows = _of_toml(path) if path.suffix.lower() == ".toml" else _of_table(path)
    same: dict[str, str] = {}  # few components and names stand in many rows: each text is kept once
    return tuple(_sighting(cells, place, same) for cells, place in rows)


def _of_table(path: Path) -> Iterator[tuple[Mapping[str, str], RowPlace]]:
    headings = {key(one.replace("_", " ")): one for one in named(Sighting)}
    try:
        for row, cells in rows_of(path, headings, required(Sighting), see=SEE):
            yield cells, RowPlace(path, TABLE, row)
    except OSError as error:
        raise _unread(path, error) from None


def _of_toml(path: Path) -> Iterator[tuple[Mapping[str, str], RowPlace]]:
    try:
        document, place = toml(path, SEE)
    except OSError as error:
        raise _unread(path, error) from None
    if unknown := sorted(set(document) - {TABLE}):
        hint = f"{did_you_mean(unknown[0], [TABLE])}write [[{TABLE}]] above each of them"
        raise SettingsError(f"unknown key `{visible(unknown[0])}`", place=place.of(unknown[0]), hint=hint)
    rows = document.get(TABLE, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SettingsError(f"`{TABLE}` is a list of tables", place=place.of(TABLE), hint=f"write [[{TABLE}]] above its lines")
    for row, line in zip(rows, _lines(place.text, len(rows)), strict=True):
        at = RowPlace(path, TABLE, line)
        yield _texts(row, at), at


def _lines(text: str, tables: int) -> list[int]:
    """The line of each table; the first of the file where they are written in another way. Looked for once: there may be many."""
    heads = {match.start() for match in _HEAD.finditer(text)}
    if len(heads) != tables:
        return [1] * tables
    found, start, line = [], 0, 1
    for head in sorted(heads):
        line += text.count("\n", start, head)
        start = head
        found.append(line)
    return found


def _texts(row: Mapping[str, Any], place: RowPlace) -> dict[str, str]:
    """A table as cells, so that both kinds of file mean the same."""
    known = named(Sighting)
    made = {}
    for name, value in row.items():
        if name not in known:
            hint = f"{did_you_mean(name, known)}a sighting has: {', '.join(known)}"
            raise SettingsError(f"unknown key `{visible(name)}`", place=place.of(name), hint=hint)
        if not isinstance(value, str | date):
            raise SettingsError(f"`{name}` should be {SHOULD_BE[str(known[name].type)]}", place=place.of(name), hint=SEE)
        if text := str(value).strip():
            made[name] = text
    return made


def _sighting(cells: Mapping[str, str], place: RowPlace, same: dict[str, str]) -> Sighting:
    ready: dict[str, Any] = {name: same.setdefault(text, text) for name, text in cells.items() if name != "seen_on"}
    if written := cells.get("seen_on"):
        ready["seen_on"] = value_of("date", "seen_on", written, place)
    return complete(Sighting, ready, place)


def _unread(path: Path, error: OSError) -> SettingsError:
    return SettingsError(f"cannot be read: {error.strerror or error}", place=str(path), hint="is that its name?")


def seen(sightings: Iterable[Sighting], named: Callable[[str], str], *, known: Iterable[str] = ()) -> dict[str, int]:
    """How many distinct systems of each component were seen, by the component's name, in its order.

    `named` gives the name of the component that is written so, by exactly its name or acronym, and nothing where there is
    none: that is a `SettingsError` that names the row, and the nearest of what is `known`. Systems are told apart by `text.key`.
    """
    components: dict[str, str] = {}
    systems: dict[str, set[str]] = {}
    for one in sightings:
        if one.component not in components:
            components[one.component] = named(one.component) or _unknown(one, known)
        systems.setdefault(components[one.component], set()).add(key(one.system))
    return {component: len(systems[component]) for component in sorted(systems)}


def _unknown(one: Sighting, known: Iterable[str]) -> str:
    hint = f"{did_you_mean(one.component, known)}write its name or its acronym, exactly as the tree of components has it"
    raise SettingsError(f"no component is called `{visible(one.component)}`", place=one.place, hint=hint)
