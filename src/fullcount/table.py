"""A declared table becomes records, clues and observations, column by column.

Python runs once per distinct machine and once per distinct title of a block; rows are only numbers. A machine is
told apart by its identifying columns together; the rows of one machine need not stand together.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from fullcount import when
from fullcount.clue import KINDS
from fullcount.model import Class, Detail, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.numbering import Cells, distinct, distinct_in_runs, joined, rows_of
from fullcount.reader import RECORD_COLUMNS, Basis, Declaration, Peek, Reader
from fullcount.reading import Reading, state_number
from fullcount.sheet import open_sheets
from fullcount.tables import DETAIL_FIELDS, TITLE_FIELDS
from fullcount.text import key, without_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pyarrow as pa

    from fullcount.numbering import Ints
    from fullcount.settings import Table

# What tells the machines of one table apart. Addresses and tags may differ from row to row of one machine.
_IDENTIFYING = ("agent_id", "cloud_id", "ad_object", "serial", "uuid", "fqdn", "hostname", "domain")
_ELSE = ("mac", "asset_tag", "ip")
_CELL_ENDS = re.compile(r"[,;|\t\r\n\"]+")
_REMEMBERED, _LONGEST = 10_000, 65_536  # lost rows that are searched for names, and bytes of each
_NONE, _HALF, _NEW = -1, -2, -3  # instead of a title's number: no cell, a version or publisher alone, not seen before
_TRUE = {"1", "true", "yes", "y", "retired", "disposed", "decommissioned"}
_MANY = re.compile(r"[\s,;|]+")  # several addresses in one cell
_FAMILIES = (
    ("windows", Os.WINDOWS),
    ("mac os", Os.MACOS),
    ("macos", Os.MACOS),
    ("os x", Os.MACOS),
    ("darwin", Os.MACOS),
    ("android", Os.ANDROID),
    ("iphone", Os.IOS),
    ("ipad", Os.IOS),
    ("ios", Os.IOS),
    *(
        (name, Os.LINUX)
        for name in ("linux", "ubuntu", "debian", "centos", "red hat", "rhel", "fedora", "suse", "oracle linux", "rocky")
    ),
)


def family_of(text: str | None) -> Os:
    """The family of an operating system as written, where its name tells; else unknown.

    >>> family_of("Microsoft Windows NT Workstation 10.0"), family_of("OpenVMS")
    (<Os.WINDOWS: 'windows'>, <Os.UNKNOWN: ''>)
    """
    folded = key(text) if text else ""
    return next((family for name, family in _FAMILIES if name in folded), Os.UNKNOWN)


def columns_of(declaration: Declaration, header: Sequence[str]) -> dict[str, str]:
    """Field -> column, for the fields whose column the header has; spellings are compared folded."""
    present = {key(name): name for name in reversed(header)}
    chosen = {}
    for name, spellings in declaration.columns.items():
        column = next((present[key(spelling)] for spelling in spellings if key(spelling) in present), None)
        if column is not None:
            chosen[name] = column
    return chosen


def fits(declaration: Declaration, header: Sequence[str]) -> bool:
    """Whether the header has every column that the declaration requires."""
    return set(declaration.required) <= set(columns_of(declaration, header))


def table_reader(
    *,
    declaration: Declaration,
    claims: Callable[[Peek], bool] | None = None,
    **said: Any,
) -> Reader:
    """A reader that is only a table. Without `claims` it claims every table that has the required columns."""
    fitting = claims or (lambda peek: any(fits(declaration, one.columns) for one in open_sheets(peek)))
    return Reader(table=declaration, claims=fitting, unit="row", **said)


def mapped(table: Table) -> Reader:
    """The reader of a table that the organisation maps itself. Its version is the mapping's own, so that a changed
    mapping reads the file again.
    """
    version = int(hashlib.sha256(repr(table).encode()).hexdigest()[:7], 16)
    constants = {"class": table.machine_class}
    declaration = Declaration(
        columns={name: (column,) for name, column in table.columns.items()},
        required=tuple(table.columns),
        constants=constants,
        date_order=table.dates,
        agent=table.name,
        part=table.sheet,
    )
    return Reader(
        name=table.name,
        title=f"{table.name} (own table: {table.match})",
        version=version,
        lists=Lists(table.lists),
        traces=frozenset(Trace(trace) for trace in table.traces) if table.lists == Lists.ALL_SOFTWARE else frozenset(),
        blind=("what this table of the organisation's own does not list, as fullcount.toml maps it",),
        how=table.howto or "as the organisation makes it",
        unit="row",
        basis=Basis.MAPPED,
        claims=lambda _peek: False,
        table=declaration,
    )


def names_hosts(fields: Iterable[str]) -> bool:
    """Whether a table with these fields says which machine a row is about."""
    return any(name in fields for name in (*_IDENTIFYING, *_ELSE) if name != "domain")


@dataclass(slots=True)
class _Machine:
    number: int
    record: Record
    observations: int = 0
    clues: dict[tuple[str, str], None] = field(default_factory=dict)


class Tabulator:
    """Puts the blocks of one declared source into a reading."""

    def __init__(self, reading: Reading, source: int, reader: Reader, *, fields: Mapping[str, str], host: str | None) -> None:
        """`fields`: which column holds which field. `host`: the machine's name where no column says it."""
        assert reader.table is not None
        self.reading, self.source, self.reader, self.declaration = reading, source, reader, reader.table
        self.fields, self.host = dict(fields), host
        self.turns: dict[tuple[str | None, ...], int] = {}
        self.machines: list[_Machine] = []
        self.known: dict[bytes, int] = {}  # cells of the title's columns -> its number, or one of the two below
        self.titles = [name for name in TITLE_FIELDS if name in fields]
        self.slots = [TITLE_FIELDS.index(name) for name in self.titles]
        self.naming = [slot for slot, name in zip(self.slots, self.titles, strict=True) if name not in {"version", "publisher"}]
        self.details = [name for name in DETAIL_FIELDS if name in fields]
        # a table without a column of software lists machines, whatever its reader lists elsewhere
        self.lists = reader.lists if self.titles else Lists.MACHINES
        self.about = [name for name in (*KINDS, *RECORD_COLUMNS) if name in fields]
        self.lost: list[str] = []  # rows that could not be used, as text
        self.nameless = 0  # rows with a version or publisher and no name

    def block(self, places: Ints, columns: Mapping[str, pa.Array[Any]]) -> None:
        """Put one block in: `columns` by the name of the column, text; empty cells are null or empty."""
        wanted = dict.fromkeys((*self.about, *self.titles, *self.details))
        encoded = {column: Cells.of(columns[column]) for column in dict.fromkeys(self.fields[name] for name in wanted)}
        cells = {name: encoded[self.fields[name]] for name in wanted}
        found, machine = self._machines(places, cells)
        if not self.titles:
            return
        title, known = self._titles(cells, len(places))
        machine = machine[known]
        for one, count in zip(found, np.bincount(machine, minlength=len(found)).tolist(), strict=True):
            one.observations += count
        record = np.array([one.number for one in found], np.int64)
        start = np.array([one.record.place for one in found], np.int64)
        self.reading.observe(
            record=record[machine],
            title=title[known],
            place=places[known] - start[machine],
            state=np.full(len(machine), state_number(self.declaration.constants.get("state", State.INSTALLED))),
            detail=self._details(cells, len(places))[known],
        )

    def reject(self, reject: Reject, encoding: str) -> None:
        """Put a row in that could not be used: the list of the machine that it names is no longer complete."""
        self.reading.reject(self.source, reject)
        if len(self.lost) < _REMEMBERED:
            self.lost.append(reject.raw[:_LONGEST].decode(encoding, "replace"))

    def finish(self, broken: str = "") -> None:
        """Write the records. Where the file broke, rows of any of them may be missing: `broken` says how."""
        partial = self._partial()
        for turn, machine in enumerate(self.machines):
            if broken or turn in partial:
                machine.record.lists = max(machine.record.lists or self.lists, Lists.SOME_SOFTWARE, key=list(Lists).index)
                machine.record.traces = frozenset()
                machine.record.note = broken or "rows about it could not be used"
            machine.record.clues = list(machine.clues)
            self.reading.put_record(machine.number, self.source, machine.record, observations=machine.observations)

    def _partial(self) -> set[int]:
        """The machines that a lost row names: of a file about one machine that one, else those with a cell in common."""
        if not self.lost:
            return set()
        if not names_hosts(self.about) or len(self.lost) >= _REMEMBERED:
            return set(range(len(self.machines)))
        named: dict[str, set[int]] = {}
        for identity, turn in self.turns.items():
            for value in filter(None, identity):
                named.setdefault(value, set()).add(turn)
        cells = {cell.strip() for text in self.lost for cell in _CELL_ENDS.split(text)}
        return set().union(*(named[cell] for cell in cells & named.keys()))

    def _machines(self, places: Ints, cells: Mapping[str, Cells]) -> tuple[list[_Machine], Ints]:
        """The machines of a block, one for each combination of cells about it, and by row which of these it is about."""
        chosen = [cells[name] for name in self.about]
        code, first = distinct_in_runs(chosen, len(places))
        found = []
        for place, row in zip(places[first].tolist(), rows_of(chosen, first), strict=True):
            values = dict(zip(self.about, row, strict=True))
            turn = self.turns.setdefault(self._identity(values), len(self.machines))
            if turn == len(self.machines):
                record = Record(place=place, lists=self.lists, traces=frozenset())
                self.machines.append(_Machine(self.reading.next_record(), record))
            self._merge(self.machines[turn], values)
            found.append(self.machines[turn])
        return found, code

    def _identity(self, values: Mapping[str, str | None]) -> tuple[str | None, ...]:
        identity = tuple(values.get(name) for name in _IDENTIFYING)
        return identity if any(identity) else (*identity, next((values[name] for name in _ELSE if values.get(name)), None))

    def _merge(self, machine: _Machine, values: Mapping[str, str | None]) -> None:
        for clue in self._clues(values):
            machine.clues[clue] = None
        record = machine.record
        self._classify(record, values)
        for name in ("ou", "site", "owner", "component"):
            if (text := values.get(name)) and not getattr(record, name):
                setattr(record, name, text)
        for name in ("looked_at", "heard_at"):
            moment, before = when.parse(values.get(name), self.declaration.date_order), getattr(record, name)
            if moment and (before is None or moment > before):
                setattr(record, name, moment)
        record.retired = record.retired or (values.get("retired") or "").lower() in _TRUE
        if record.lists is Lists.ALL_SOFTWARE:
            record.traces = self.reader.traces

    def _classify(self, record: Record, values: Mapping[str, str | None]) -> None:
        constants = self.declaration.constants
        written = values.get("class") or constants.get("class")
        if written in set(Class):
            record.machine_class = Class(str(written))
        if (os := values.get("os")) and not record.os:
            record.os, record.os_family = os, family_of(os)
            if record.machine_class is Class.UNKNOWN and "server" in key(os):
                record.machine_class = Class.SERVER
        if record.os_family is Os.UNKNOWN:
            record.os_family = Os(constants.get("os_family", ""))

    def _clues(self, values: Mapping[str, str | None]) -> Iterable[tuple[str, str]]:
        if not names_hosts(self.about) and self.host:
            yield "hostname", self.host
        for kind in KINDS:
            if text := values.get(kind):
                if kind == "agent_id":
                    yield kind, f"{self.declaration.agent or self.reader.name}:{text}"
                elif kind in {"mac", "ip"}:
                    yield from ((kind, part) for part in _MANY.split(text))
                else:
                    yield kind, text
        name, domain = values.get("hostname"), values.get("domain")
        if name and domain and "." in domain and "." not in name:
            yield "fqdn", f"{name}.{domain}"

    def _titles(self, cells: Mapping[str, Cells], rows: int) -> tuple[Ints, Ints]:
        """By row, the number of its title; and the rows that have one: without a name or an id a row names no software."""
        chosen = [cells[name] for name in self.titles]
        code, first = distinct(chosen, rows)
        found = joined(chosen, first)
        numbers = np.fromiter(map(self.known.get, found, repeat(_NEW)), np.int64, len(found))
        new = np.flatnonzero(numbers == _NEW)
        for turn, title in zip(new.tolist(), self._as_titles(chosen, first[new]), strict=True):
            numbers[turn] = self.known[found[turn]] = self._title(title)
        by_row = numbers[code]
        self.nameless += int(np.count_nonzero(by_row == _HALF))
        return by_row, np.flatnonzero(by_row >= 0)

    def _as_titles(self, columns: Sequence[Cells], rows: Ints) -> Iterable[Title]:
        """The titles of some rows; `columns` are those of `titles`."""
        fields: list[Iterable[str | None]] = [repeat(None, len(rows)) for _ in TITLE_FIELDS]
        fields[0] = repeat(str(self.declaration.trace), len(rows))
        for slot, cells in zip(self.slots, columns, strict=True):
            fields[slot] = cells.texts(rows)
        return map(Title._make, zip(*fields, strict=True))

    def _title(self, title: Title) -> int:
        """The number of a title that this table has not named before, or that it names nothing."""
        if not title.name and not any(title[slot] for slot in self.naming):
            return _HALF if title.version or title.publisher else _NONE
        return self.reading.title(title._replace(path=without_user(title.path)) if title.path else title)

    def _details(self, cells: Mapping[str, Cells], rows: int) -> Ints:
        if not self.details:
            return np.full(rows, -1, np.int64)
        chosen = [cells[name] for name in self.details]
        code, first = distinct(chosen, rows)
        numbers = [self._detail(dict(zip(self.details, row, strict=True))) for row in rows_of(chosen, first)]
        return np.array(numbers, np.int64)[code]

    def _detail(self, values: dict[str, str | None]) -> int:
        for name in ("installed_on", "last_used"):
            if name in values:
                values[name] = when.iso_day(values[name], self.declaration.date_order)
        if (path := values.get("path")) and without_user(path) == path:
            values["path"] = None  # the title has it in full
        return self.reading.detail(Detail(**values)) if any(values.values()) else -1
