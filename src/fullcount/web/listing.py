"""The contract of a listing: the rows behind a number, which part of them is meant, and in what order.

A listing is a table of a kept count and filters over it. A number on a page is the size of a listing under some filters,
and its link says the same filters, so that the number and the list cannot differ: both ask `Asked`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fullcount.errors import UsageError
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from fullcount.engine import Engine
    from fullcount.report import Account
    from fullcount.web.asked import Asked

TURN = "turn"  # the order of a list that `Engine.search` shows
Choices = Callable[["Account"], Sequence[tuple[str, str]]]
"""What a filter may be, with what each is called; of an account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a list: its name in the table, what it is called, and how it is shown: `text`, `name`, `number`, `time`,
    `host`, `title`, `standing` or `yes`.
    """

    name: str
    label: str
    kind: str = "text"
    narrow: bool = False  # left out where the page is narrow
    link: Callable[[Mapping[str, Any]], tuple[str, dict[str, str]]] | None = None  # of a row: the list behind its number
    where: Callable[[Asked, Mapping[str, Any]], str] | None = None  # of a row: the address of the page about what is named


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A part of a list. `sql` is a condition over the listing's table in which `$name` stands for what the address says;
    those of `names` that it does not say are null.
    """

    names: tuple[str, ...]
    label: str
    sql: str
    choices: Choices | None = None  # `None`: any text
    is_folded: bool = False  # what is said is compared folded, as `text.key` does it, since the table keeps it so
    is_offered: bool = True  # in the form above the list; one that is not comes from a link alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list behind numbers: a table of a kept count, ready to be filtered, ordered and paged."""

    name: str
    title: str
    unit: str  # what a row is, in the plural
    table: str
    columns: tuple[Column, ...]
    order: str  # of the rows, where nothing else is asked for; ends in what no two rows share
    filters: tuple[Filter, ...] = ()
    of_directive: bool = True  # whether its rows are those of one directive
    kept: tuple[str, ...] = field(default=())  # columns that pages need and do not show
    place: str = ""  # in an address, where it is not its name
    engine: Callable[[Asked], Engine] | None = None  # what shows its table, where that is none of the count's own
    chosen: tuple[str, ...] = ()  # what an address says that chooses the engine, and no rows
    about: Callable[[Asked], tuple[str, str]] | None = None  # of what it is a list, in words, and the address of that page

    @property
    def path(self) -> str:
        """Its place in an address."""
        return self.place or self.name.replace(" ", "-")

    def link(self, **values: object) -> str:
        """Its place with filters: what a number points to."""
        said = {name.rstrip("_"): str(value) for name, value in values.items() if value not in {None, ""}}
        return f"{self.path}?{urlencode(said)}" if said else self.path

    @property
    def parameters(self) -> tuple[str, ...]:
        """What an address may say of it."""
        return (*self.chosen, *(name for one in self.filters for name in one.names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A listing under the filters that an address says: what is shown, counted and written out."""

    listing: Listing
    directive: str
    values: Mapping[str, str]
    sort: str = ""  # a column's name; with a leading `-` the other way round

    @property
    def active(self) -> tuple[Filter, ...]:
        """The filters that say something."""
        return tuple(one for one in self.listing.filters if any(self.values.get(name) for name in one.names))

    def count(self, engine: Engine) -> int:
        """How many rows it has."""
        query = f"select count(*) as rows from {self.listing.table} where {self._where()}"  # noqa: S608 - statements of the house
        return int(engine.ask(query, self._said()).column("rows")[0].as_py())

    def rows(self, engine: Engine, *, first: int, most: int) -> list[dict[str, Any]]:
        """Some of its rows, from number `first` (0 is the first)."""
        values = {**self._said(), "most": most, "first": first}
        found: list[dict[str, Any]] = engine.ask(self._page(), values).to_pylist()
        return found

    def batches(self, engine: Engine) -> Iterator[pa.RecordBatch]:
        """All of its rows, in order."""
        return engine.batches(self._query(), self._said())

    def schema(self, engine: Engine) -> pa.Schema:
        """The columns of its rows, with their types."""
        return engine.ask(f"{self._query()} limit 0", self._said()).schema

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `rows` and `batches`, in order."""
        return (*(one.name for one in self.listing.columns), *self.listing.kept)

    def _query(self) -> str:
        names = ", ".join(f'"{name}"' for name in self.columns)
        return f"select {names} from {self.listing.table} where {self._where()} order by {self._order()}"  # noqa: S608 - the same

    def _page(self) -> str:
        """A page of it. Where rows have a number, the page's numbers are found first: whole rows are too wide to be sorted."""
        cut = "limit $most offset $first"
        if self.listing.order != TURN:
            return f"{self._query()} {cut}"
        table, names = self.listing.table, ", ".join(f'"{name}"' for name in self.columns)
        turns = f"select {TURN} from {table} where {self._where()} order by {self._order()} {cut}"  # noqa: S608 - the same
        return f"select {names} from {table} where {TURN} in ({turns}) order by {self._order()}"  # noqa: S608 - the same

    def _order(self) -> str:
        asked = self.sort.removeprefix("-")
        if not asked:
            return self.listing.order
        if asked not in {one.name for one in self.listing.columns}:
            raise UsageError(f"there is no column {asked}", hint=f"one of: {', '.join(one.name for one in self.listing.columns)}")
        direction = "desc" if self.sort.startswith("-") else "asc"
        return f'"{asked}" {direction} nulls last, {self.listing.order}'

    def _where(self) -> str:
        of = [f"{self.listing.table}.directive = $directive"] if self.listing.of_directive else []
        return " and ".join([*of, *(f"({one.sql})" for one in self.active)]) or "true"

    def _said(self) -> dict[str, Any]:
        """The values of the statement: of each filter that says anything, all; only what the statement names."""
        of = {name: _value(one, self.values.get(name)) for one in self.active for name in one.names}
        where = self._where()
        return of | ({"directive": self.directive} if "$directive" in where else {})


def _value(one: Filter, said: str | None) -> str | None:
    return (key(said) if one.is_folded else said) if said else None
