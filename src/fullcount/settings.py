"""What the organisation says in `fullcount.toml`: applied at every count, never baked into a reading.

Only the mapping of tables and what dates a source are used while reading; editing anything else costs no re-reading.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, date, datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fullcount.clue import KINDS, named
from fullcount.errors import SettingsError
from fullcount.model import Class, Lists, Trace
from fullcount.reader import RECORD_COLUMNS
from fullcount.tables import DETAIL_FIELDS, TITLE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = "fullcount.toml"
FRESH_DAYS = 14  # BOD 23-01: enumeration every 14 days


@dataclass(frozen=True, kw_only=True)
class Table:
    """`[[table]]`: a table of the organisation's own, and which of its columns is which."""

    match: str  # a pattern of file names, or of paths below what is given, as in a shell
    columns: dict[str, str]
    name: str = "table"
    lists: str = Lists.SOME_SOFTWARE
    traces: tuple[str, ...] = (Trace.PROGRAM, Trace.PACKAGE, Trace.APP)
    machine_class: str = Class.UNKNOWN
    sheet: str = ""  # the worksheet, or the table of a database
    date: datetime | None = None  # when it was made: its collected_at
    dates: str = ""  # "dmy" or "mdy": how 01/02/2020 is meant
    howto: str = ""


@dataclass(frozen=True, kw_only=True)
class SourceRule:
    """`[[source]]`: what is known about some files from outside them."""

    match: str
    component: str = ""
    collected_at: datetime | None = None
    host: str = ""  # the machine, where the format does not say it; {folder} and {stem} stand for parts of the path


@dataclass(frozen=True, kw_only=True)
class Component:
    """`[[component]]`: a part of the organisation, and what tells that a record is its own."""

    name: str
    parent: str = ""  # the component that it is a part of
    ou: tuple[str, ...] = ()  # contained in the record's OU
    domain: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()  # of host names
    network: tuple[str, ...] = ()  # 10.1.0.0/16
    folder: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    expected: int | None = None


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """`[[exemption]]`: a system may keep a product for a time. `clue` is kind=value."""

    clue: str
    approver: str
    reason: str
    expires: date
    directive: str = ""  # empty: any
    product: str = ""  # empty: any
    mitigation: str = ""


@dataclass(frozen=True, kw_only=True)
class Outside:
    """`[[outside]]`: a machine that is out of the directive's population, and why."""

    clue: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything in `fullcount.toml`, with its defaults."""

    organisation: str = ""
    time_zone: str = "UTC"
    fresh_days: int | None = None  # None: as the directive says, else 14
    silent_days: int = 90
    directives: tuple[str, ...] = ()
    table: tuple[Table, ...] = ()
    source: tuple[SourceRule, ...] = ()
    component: tuple[Component, ...] = ()
    exemption: tuple[Exemption, ...] = ()
    outside: tuple[Outside, ...] = ()
    where: str = field(default="", compare=False)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which a day ends."""
        return ZoneInfo(self.time_zone)

    def freshness(self, of_directive: int | None) -> int:
        """How long a look counts as fresh, in days: as said here, else as the directive says, else 14 (BOD 23-01)."""
        return next(days for days in (self.fresh_days, of_directive, FRESH_DAYS) if days is not None)

    def above(self, component: str) -> tuple[str, ...]:
        """The components that one is a part of, nearest first."""
        parents = {one.name: one.parent for one in self.component if one.parent}
        found: list[str] = []
        while (component := parents.get(component, "")) and component not in found:
            found.append(component)
        return tuple(found)


_LISTS: dict[str, type[Any]] = {
    "table": Table,
    "source": SourceRule,
    "component": Component,
    "exemption": Exemption,
    "outside": Outside,
}
_ALLOWED: dict[str, set[str]] = {
    "lists": set(Lists),
    "machine_class": set(Class),
    "dates": {"", "dmy", "mdy"},
    "traces": set(Trace),
    # what a column may hold; the type of a title is said by its trace, not by a cell
    "columns": {*KINDS, *RECORD_COLUMNS, *TITLE_FIELDS, *DETAIL_FIELDS} - {"type"},
}
_SEE = "see docs/guides/settings.md"
_MOST_DAYS = 36_500
_Kind = TypeVar("_Kind")


def load(path: Path) -> Settings:
    """The settings in a file; the defaults where there is none. Raises `SettingsError` with file and line."""
    if not path.exists():
        return Settings()
    text = path.read_text("utf-8-sig", "replace")  # some editors begin every file with a mark
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"\(at line (\d+), ", str(error))
        line = int(at[1]) if at else text.count("\n") + 1  # "at end of document"
        raise SettingsError(str(error), place=f"{path}:{line}", hint=_SEE) from None
    except RecursionError:
        raise SettingsError("nested too deep", place=f"{path}:1", hint=_SEE) from None
    built = _built(Settings, document, _Place(path, text, "", 0))
    for turn, one in enumerate(built.component):
        if one.name in built.above(one.name):
            place = _Place(path, text, "component", turn).of("parent")
            raise SettingsError(f"`{one.name}` is a part of itself", place=place, hint="take one `parent` out of the circle")
    return built


@dataclass(frozen=True)
class _Place:
    path: Path
    text: str
    table: str
    turn: int

    def of(self, key: str) -> str:
        """`file:line` of a key, in the n-th table of its kind; of the table where the key is not found in it."""
        start, end = self._span()
        found = re.compile(rf"^[ \t]*(?:\[+[\w.]*)?[\"']?{re.escape(key)}[\"']?[ \t]*[=\].]", re.MULTILINE).search(
            self.text, start, end
        )
        return f"{self.path}:{self.text.count(chr(10), 0, found.start() if found else start) + 1}"

    def _span(self) -> tuple[int, int]:
        if not self.table:
            return 0, len(self.text)
        heads = re.finditer(rf"^[ \t]*\[\[?[ \t]*{self.table}[ \t]*\]", self.text, re.MULTILINE)
        starts = [*(match.start() for match in heads), len(self.text)]
        if self.turn + 1 >= len(starts):  # written in another way, as `table = [{...}]`
            return 0, len(self.text)
        return starts[self.turn], starts[self.turn + 1]


def _built(kind: type[_Kind], values: dict[str, Any], place: _Place) -> _Kind:
    known = {item.name: item for item in fields(kind) if item.name != "where"}  # type: ignore[arg-type]
    if unknown := sorted(set(values) - set(known)):
        hint = f"{place.table or FILE} has: {', '.join(sorted(known))}"
        raise SettingsError(f"unknown key `{unknown[0]}`", place=place.of(unknown[0]), hint=hint)
    ready: dict[str, Any] = {}
    for name, item in known.items():
        if name in values:
            ready[name] = _value(str(item.type), name, values[name], place)
        elif item.default is MISSING and item.default_factory is MISSING:
            raise SettingsError(f"`{name}` is missing", place=place.of(""), hint=f"every [[{place.table}]] needs it")
    return kind(**ready)


def _value(kind: str, name: str, value: Any, place: _Place) -> Any:
    if name in _LISTS and not place.table:
        rows = value if isinstance(value, list) else [value]
        if not all(isinstance(row, dict) for row in rows):
            raise SettingsError(f"`{name}` is a list of tables", place=place.of(name), hint=f"write [[{name}]] above its lines")
        return tuple(_built(_LISTS[name], row, _Place(place.path, place.text, name, turn)) for turn, row in enumerate(rows))
    made = _MADE[kind.split("[", maxsplit=1)[0].split(" ", maxsplit=1)[0]](value)
    if made is None:
        raise SettingsError(f"`{name}` should be {_SHOULD_BE[kind]}", place=place.of(name), hint=_SEE)
    if name in _ALLOWED and (odd := [one for one in ([made] if isinstance(made, str) else made) if one not in _ALLOWED[name]]):
        hint = f"one of: {', '.join(sorted(filter(None, _ALLOWED[name])))}"
        raise SettingsError(
            f"`{odd[0]}` is no value of `{name}`", place=place.of(odd[0] if name == "columns" else name), hint=hint
        )
    if name in _CHECKS:
        for one in made if isinstance(made, tuple) else (made,):
            _CHECKS[name](one, place.of(name))
    return made


def _strings(value: Any) -> tuple[str, ...] | None:
    values = tuple(value) if isinstance(value, list) else (value,)
    return values if all(isinstance(one, str) for one in values) else None


def _mapping(value: Any) -> dict[str, str] | None:
    return value if isinstance(value, dict) and all(isinstance(one, str) for one in value.values()) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53 else None


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


_MADE: dict[str, Callable[[Any], Any]] = {
    "tuple": _strings,
    "dict": _mapping,
    "int": _number,
    "datetime": _moment,
    "date": _day,
    "str": lambda value: value if isinstance(value, str) else None,
}


_SHOULD_BE = {
    "str": "text",
    "int": "a whole number that is not negative",
    "int | None": "a whole number that is not negative",
    "date": "a date, 2017-10-11",
    "datetime | None": "a date, 2017-10-11, or a time, 2017-10-11T08:00:00",
    "tuple[str, ...]": "text, or a list of texts",
    "dict[str, str]": "a table: field = column",
}


def _zone(name: str, place: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(f"no time zone `{name}`", place=place, hint='a name such as "Europe/Berlin"') from None


def _network(text: str, place: str) -> None:
    try:
        ip_network(text, strict=False)
    except ValueError:
        raise SettingsError(f"`{text}` is no network", place=place, hint='write "10.1.0.0/16"') from None


def _days(number: int, place: str) -> None:
    if number > _MOST_DAYS:
        raise SettingsError(f"{number} days are more than a hundred years", place=place, hint=f"at most {_MOST_DAYS}")


def clue_of(text: str, place: str) -> tuple[str, str]:
    """`kind=value` as (kind, key). Raises `SettingsError`."""
    found = named(text)
    if not found:
        hint = f"write kind=value, where kind is one of: {', '.join(sorted(KINDS))}"
        raise SettingsError(f"`{text}` names no machine", place=place, hint=hint)
    return found


_CHECKS: dict[str, Callable[[Any, str], object]] = {
    "time_zone": _zone,
    "network": _network,
    "fresh_days": _days,
    "silent_days": _days,
    "clue": clue_of,
}


def quoted(text: str) -> str:
    r"""Text as TOML writes it; what a terminal would not show is written out.

    >>> print(quoted('a "b"'), quoted("C:\\"), quoted("x\x7f"))
    "a \"b\"" "C:\\" "x\U0000007f"
    """
    plain = text.translate({ord('"'): '\\"', ord("\\"): "\\\\"})
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in plain) + '"'


def template(organisation: str) -> str:
    """The text of a new `fullcount.toml`, with everything that may be said in it as comments."""
    return f"""# What fullcount knows about your organisation. Applied at every count; edit it at any time.
organisation = {quoted(organisation)}
directives = ["us-dhs-bod-17-01"]

# fresh_days = 14            # how long a look counts as fresh, whatever a directive says
# silent_days = 90           # after how long a machine known only from lists is probably gone
# time_zone = "UTC"          # in which a day ends

# A part of the organisation, and what tells that a machine is its own: any of ou, domain, prefix, network, folder, site.
# Without these, the first folder below the exports is the component.
# [[component]]
# name = "Ports Bureau"
# parent = "Department of Transport"   # components nest; a total is never an addition of its parts
# ou = "OU=Ports"

# A table of your own; `fullcount inspect FILE` proposes these lines.
# [[table]]
# match = "computers*.csv"
# name = "active-directory"
# lists = "machines"
# date = "2017-10-11"
# [table.columns]
# hostname = "Name"

# When files were made, or whose they are, where they do not say it.
# [[source]]
# match = "ports/*.csv"
# collected_at = "2017-10-10"
"""
