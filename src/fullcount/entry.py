"""An entry: what a person wrote into a file under the name of a field, and where; made into frozen data.

The file is TOML, or a table of which each row is an entry. The fields of a dataclass say what may be written, by their
types; what cannot be obeyed is a `SettingsError` with file and line.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from fullcount.errors import SettingsError
from fullcount.node import did_you_mean
from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

NOT_WRITTEN = frozenset({"where", "place"})  # fields that say where an entry stands
_Kind = TypeVar("_Kind")


class Place(Protocol):
    """Where an entry stands."""

    @property
    def table(self) -> str:
        """The name under which it stands; empty: it is the whole file."""

    def of(self, key: str) -> str:
        """`file:line` of one of its keys."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a kind of file may say beyond the types of its fields."""

    see: str  # where it is explained
    lists: Mapping[str, type[Any]] = field(default_factory=dict)  # keys that are lists of tables
    allowed: Mapping[str, Collection[str]] = field(default_factory=dict)  # values by key
    checks: Mapping[str, Callable[[Any, str], object]] = field(default_factory=dict)  # raise `SettingsError`


@dataclass(frozen=True)
class TomlPlace:
    """The place of a table of a TOML file: the `turn`-th of its kind."""

    path: Path
    text: str
    table: str = ""
    turn: int = 0

    def of(self, key: str) -> str:
        """`file:line` of a key; of the table where the key is not found in it."""
        start, end = self._span()
        found = re.compile(rf"^[ \t]*(?:\[+[\w.]*)?[\"']?{re.escape(key)}[\"']?[ \t]*[=\].]", re.MULTILINE).search(
            self.text, start, end
        )
        return f"{self.path}:{self.text.count(chr(10), 0, found.start() if found else start) + 1}"

    def _span(self) -> tuple[int, int]:
        if not self.table:
            return 0, len(self.text)
        starts = _heads(self.text, self.table)
        if self.turn + 1 >= len(starts):  # written in another way, as `table = [{...}]`
            return 0, len(self.text)
        return starts[self.turn], starts[self.turn + 1]


@lru_cache(maxsize=8)  # 300 keys of ML-DSA in a trust file: 8 s without, since each entry asks where it stands
def _heads(text: str, table: str) -> tuple[int, ...]:
    """Where the tables of this name begin, and where the text ends."""
    heads = re.finditer(rf"^[ \t]*\[\[?[ \t]*{table}[ \t]*\]", text, re.MULTILINE)
    return (*(match.start() for match in heads), len(text))


@dataclass(frozen=True)
class RowPlace:
    """The place of a row of a table."""

    path: Path
    table: str
    row: int  # as a person counts them: a line of a text, a row of a worksheet

    def of(self, key: str) -> str:
        """`file:row`, whatever the key."""
        del key
        return f"{self.path}:{self.row}"


def toml(path: Path, see: str) -> tuple[dict[str, Any], TomlPlace]:
    """What a TOML file says; numbers with a point are decimal. Raises `SettingsError` with its line where it is no TOML."""
    text = path.read_text("utf-8-sig", "replace")  # some editors begin every file with a mark
    try:
        return tomllib.loads(text, parse_float=Decimal), TomlPlace(path, text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"\(at line (\d+), ", str(error))
        line = int(at[1]) if at else text.count("\n") + 1  # "at end of document"
        raise SettingsError(str(error), place=f"{path}:{line}", hint=see) from None
    except InvalidOperation:  # a number with an exponent of more digits than there are
        raise SettingsError("a number is too large", place=f"{path}:1", hint=see) from None
    except RecursionError:
        raise SettingsError("nested too deep", place=f"{path}:1", hint=see) from None


def named(kind: type[Any]) -> dict[str, Any]:
    """The fields of a kind of entry that a person may write, by name."""
    return {item.name: item for item in fields(kind) if item.name not in NOT_WRITTEN}


def required(kind: type[Any]) -> tuple[str, ...]:
    """Of these the ones that must be written."""
    return tuple(name for name, item in named(kind).items() if item.default is MISSING and item.default_factory is MISSING)


def built(kind: type[_Kind], values: Mapping[str, Any], place: TomlPlace, rules: Rules) -> _Kind:
    """The entry that a table of a TOML file is. Raises `SettingsError`."""
    known = named(kind)
    if unknown := sorted(set(values) - set(known)):
        hint = f"{did_you_mean(unknown[0], known)}{place.table or place.path.name} has: {', '.join(sorted(known))}"
        raise SettingsError(f"unknown key `{unknown[0]}`", place=place.of(unknown[0]), hint=hint)
    ready = {name: _value(item, values[name], place, rules) for name, item in known.items() if name in values}
    return complete(kind, ready, place)


def complete(kind: type[_Kind], ready: dict[str, Any], place: Place) -> _Kind:
    """The entry with these values. Raises `SettingsError` where one is missing that must be there."""
    if missing := [name for name in required(kind) if name not in ready]:
        raise SettingsError(f"`{missing[0]}` is missing", place=place.of(""), hint=f"every [[{place.table}]] needs it")
    if any(item.name == "place" for item in fields(kind)):  # type: ignore[arg-type]
        ready["place"] = place.of("")
    return kind(**ready)


def _value(item: Any, value: Any, place: TomlPlace, rules: Rules) -> Any:
    name, kind = item.name, str(item.type)
    if name in rules.lists and not place.table:
        return tables(name, value, place, rules)
    made = MADE[_head(kind)](value)
    if made is None:
        raise SettingsError(f"`{name}` should be {SHOULD_BE[kind]}", place=place.of(name), hint=rules.see)
    return checked(name, made, place, rules)


def tables(name: str, value: Any, place: TomlPlace, rules: Rules) -> tuple[Any, ...]:
    """The entries under a key that is a list of tables. Raises `SettingsError`."""
    rows = value if isinstance(value, list) else [value]
    if not all(isinstance(row, dict) for row in rows):
        raise SettingsError(f"`{name}` is a list of tables", place=place.of(name), hint=f"write [[{name}]] above its lines")
    places = (TomlPlace(place.path, place.text, name, turn) for turn in range(len(rows)))
    return tuple(built(rules.lists[name], row, one, rules) for row, one in zip(rows, places, strict=True))


def checked(name: str, made: Any, place: Place, rules: Rules) -> Any:
    """A value that is of its field's type, if the rules allow it. Raises `SettingsError`."""
    allowed = rules.allowed.get(name)
    if allowed is not None and (odd := [one for one in ([made] if isinstance(made, str) else made) if one not in allowed]):
        hint = f"one of: {', '.join(sorted(filter(None, allowed)))}"
        where = place.of(odd[0] if name == "columns" else name)
        raise SettingsError(f"`{visible(odd[0])}` is no value of `{name}`", place=where, hint=hint)
    if name in rules.checks:
        for one in made if isinstance(made, tuple) else (made,):
            rules.checks[name](one, place.of(name))
    return made


def _head(kind: str) -> str:
    """The type without what it holds, and without `None`."""
    return kind.split("[", maxsplit=1)[0].split(" ", maxsplit=1)[0]


def _strings(value: Any) -> tuple[str, ...] | None:
    values = tuple(value) if isinstance(value, list) else (value,)
    return values if all(isinstance(one, str) for one in values) else None


def _mapping(value: Any) -> dict[str, str] | None:
    return value if isinstance(value, dict) and all(isinstance(one, str) for one in value.values()) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53 else None


def _money(value: Any) -> Decimal | None:
    """An amount that is not negative and has at most four digits behind the point, as money is written."""
    try:
        found = None if isinstance(value, bool) or not isinstance(value, int | str | Decimal) else Decimal(value)
    except InvalidOperation:
        return None
    if found is None or not found.is_finite() or not 0 <= found < 10**15 or found != found.quantize(Decimal("0.0001")):
        return None
    return found


def _moment(value: Any) -> datetime | None:
    """A date or time as UTC without zone; a date alone is its beginning."""
    try:
        found = value if isinstance(value, date) else datetime.fromisoformat(str(value))
        if not isinstance(found, datetime):
            return datetime(found.year, found.month, found.day)  # noqa: DTZ001 - UTC without zone, as everywhere
        return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    except (ValueError, OverflowError):
        return None


def _day(value: Any) -> date | None:
    moment = _moment(value)
    return moment.date() if moment else None


# A value of TOML as a field of the type has it; `None` where it is none.
MADE: dict[str, Callable[[Any], Any]] = {
    "tuple": _strings,
    "dict": _mapping,
    "int": _number,
    "Decimal": _money,
    "datetime": _moment,
    "date": _day,
    "str": lambda value: value if isinstance(value, str) else None,
}
SHOULD_BE = {
    "str": "text",
    "int": "a whole number that is not negative",
    "int | None": "a whole number that is not negative",
    "Decimal | None": "an amount that is not negative, 1200.50",
    "date": "a date, 2017-10-11",
    "date | None": "a date, 2017-10-11",
    "datetime | None": "a date, 2017-10-11, or a time, 2017-10-11T08:00:00",
    "tuple[str, ...]": "text, or a list of texts",
    "dict[str, str]": "a table: field = column",
}
