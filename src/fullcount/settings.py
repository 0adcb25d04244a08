"""What the organisation says in `fullcount.toml`: applied at every count, never baked into a reading.

Only the mapping of tables and what dates a source are used while reading; editing anything else costs no re-reading.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fullcount.clue import KINDS, named
from fullcount.entry import Rules, TomlPlace, built, toml
from fullcount.errors import SettingsError
from fullcount.model import Class, Lists, Os, Trace
from fullcount.reader import RECORD_COLUMNS
from fullcount.tables import DETAIL_FIELDS, TITLE_FIELDS

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

FILE = "fullcount.toml"
_LONGEST_MARKING = 60
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
    """`[[exemption]]`, or a row of the register `exceptions`: a system may keep a product for a time. `clue` is kind=value."""

    clue: str
    approver: str
    reason: str
    expires: date
    directive: str = ""  # empty: any
    product: str = ""  # empty: any
    mitigation: str = ""
    place: str = field(default="", compare=False, repr=False)  # file:line; a count does not depend on it


@dataclass(frozen=True, kw_only=True)
class Outside:
    """`[[outside]]`: a machine that is out of the directive's population, and why."""

    clue: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Family:
    """`[[family]]`: tools of which one feeds the other, so that both say the same of what nobody lists."""

    name: str
    tools: tuple[str, ...]  # names of readers or tables
    blind: tuple[str, ...] = ()  # classes and families of systems that they cannot see: "linux", "server"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything in `fullcount.toml`, with its defaults."""

    organisation: str = ""
    time_zone: str = "UTC"
    fresh_days: int | None = None  # None: as the directive says, else 14
    silent_days: int = 90
    window_days: int = 30  # sightings of so many days before the as-of are compared, where the unseen are estimated
    directives: tuple[str, ...] = ()
    table: tuple[Table, ...] = ()
    source: tuple[SourceRule, ...] = ()
    component: tuple[Component, ...] = ()
    exemption: tuple[Exemption, ...] = ()
    outside: tuple[Outside, ...] = ()
    family: tuple[Family, ...] = ()
    marking: str = field(default="", repr=False)  # CUI ...: on every page of a paper; it changes no count
    where: str = field(default="", compare=False)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which a day ends."""
        return ZoneInfo(self.time_zone)

    def freshness(self, of_directive: int | None) -> int:
        """How long a look counts as fresh, in days: as said here, else as the directive says, else 14 (BOD 23-01)."""
        return next(days for days in (self.fresh_days, of_directive, FRESH_DAYS) if days is not None)

    def family_of(self, tool: str) -> str:
        """The family of sources that a tool belongs to: the one that names it, else itself."""
        return next((one.name for one in self.family if tool in one.tools), tool)

    def above(self, component: str) -> tuple[str, ...]:
        """The components that one is a part of, nearest first."""
        parents = {one.name: one.parent for one in self.component if one.parent}
        found: list[str] = []
        while (component := parents.get(component, "")) and component not in found:
            found.append(component)
        return tuple(found)


_SEE = "see docs/guides/settings.md"
_MOST_DAYS = 36_500


def load(path: Path) -> Settings:
    """The settings in a file; the defaults where there is none. Raises `SettingsError` with file and line."""
    if not path.exists():
        return Settings()
    document, place = toml(path, _SEE)
    made = built(Settings, document, place, RULES)
    seen: dict[str, str] = {}
    for turn, family in enumerate(made.family):
        for tool in family.tools:
            if seen.setdefault(tool, family.name) != family.name:
                where = TomlPlace(path, place.text, "family", turn).of("tools")
                raise SettingsError(
                    f"`{tool}` is in two families", place=where, hint=f"take it out of `{seen[tool]}`, or of this one"
                )
    for turn, one in enumerate(made.component):
        if one.name in made.above(one.name):
            where = TomlPlace(path, place.text, "component", turn).of("parent")
            raise SettingsError(f"`{one.name}` is a part of itself", place=where, hint="take one `parent` out of the circle")
    return made


def _families(made: Settings, place: TomlPlace) -> None:
    """Raises `SettingsError` where a tool is in two families."""
    seen: dict[str, str] = {}
    for turn, family in enumerate(made.family):
        for tool in family.tools:
            if seen.setdefault(tool, family.name) != family.name:
                where = TomlPlace(place.path, place.text, "family", turn).of("tools")
                hint = f"take it out of `{seen[tool]}`, or of this one"
                raise SettingsError(f"`{tool}` is in two families", place=where, hint=hint)


def _zone(name: str, place: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(f"no time zone `{name}`", place=place, hint='a name such as "Europe/Berlin"') from None


def _marking(text: str, place: str) -> None:
    if len(text) > _LONGEST_MARKING or not text.isprintable():
        hint = f'a few words on one line, such as "CUI": at most {_LONGEST_MARKING} characters'
        raise SettingsError("`marking` does not fit on the edge of a page", place=place, hint=hint)


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


RULES = Rules(
    see=_SEE,
    lists={
        "table": Table,
        "source": SourceRule,
        "component": Component,
        "exemption": Exemption,
        "outside": Outside,
        "family": Family,
    },
    allowed={
        "lists": set(Lists),
        "machine_class": set(Class),
        "dates": {"", "dmy", "mdy"},
        "traces": set(Trace),
        # what a column may hold; the type of a title is said by its trace, not by a cell
        "blind": {*Class, *Os} - {""},
        "columns": {*KINDS, *RECORD_COLUMNS, *TITLE_FIELDS, *DETAIL_FIELDS} - {"type"},
    },
    checks={
        "time_zone": _zone,
        "marking": _marking,
        "network": _network,
        "fresh_days": _days,
        "silent_days": _days,
        "window_days": _days,
        "clue": clue_of,
    },
)


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
# window_days = 30          # of which sightings are compared, where systems that no source lists are estimated
# time_zone = "UTC"          # in which a day ends
# marking = "CUI"            # on every page, sheet and file of a paper

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
