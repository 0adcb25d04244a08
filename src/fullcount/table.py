"""A declared table becomes records, clues and observations, column by column.

Python runs once per distinct machine and once per distinct title of a block; rows are only numbers. A machine is
told apart by its identifying columns together; the rows of one machine need not stand together.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fullcount import when
from fullcount.block import cleaned
from fullcount.clue import KINDS, normal, unusable
from fullcount.model import USUAL, Class, Detail, Lists, Os, Record, Reject, State, Trace
from fullcount.numbering import Cells, distinct, distinct_in_runs, rows_of
from fullcount.reader import RECORD_COLUMNS, Basis, Declaration, Peek, Reader
from fullcount.reading import Reading, state_number
from fullcount.sheet import open_sheets
from fullcount.tables import DETAIL_FIELDS, TITLE_FIELDS
from fullcount.text import key, without_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from fullcount.numbering import Flags, Ints
    from fullcount.settings import Table

# What tells the machines of one table apart. Addresses and tags may differ from row to row of one machine.
_IDENTIFYING = ("agent_id", "cloud_id", "ad_object", "serial", "uuid", "fqdn", "hostname", "domain")
_ELSE = ("mac", "asset_tag", "ip")
_SEVERAL = 3  # an agent's id on more machines of one table than this tells nothing
_CELL_ENDS = re.compile(r"[,;|\t\r\n\"]+")
_REMEMBERED, _LONGEST = 10_000, 65_536  # lost rows that are searched for names, and bytes of each
_NONE, _HALF = -1, -2  # instead of a title's number: no cell, a version or publisher alone
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
    mapping reads the file again. Where it is of one trace, its rows are that.
    """
    trace = Trace(table.traces[0]) if len(table.traces) == 1 else Trace.PROGRAM
    meant = repr(table) if trace is Trace.PROGRAM else repr((table, trace))
    version = int(hashlib.sha256(meant.encode()).hexdigest()[:7], 16)
    constants = {"class": table.machine_class, "state": USUAL.get(trace, State.INSTALLED)}
    declaration = Declaration(
        columns={name: (column,) for name, column in table.columns.items()},
        required=tuple(table.columns),
        trace=trace,
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
        traces=_complete(table) if table.lists == Lists.ALL_SOFTWARE else frozenset(),
        blind=("what this table of the organisation's own does not list, as fullcount.toml maps it",),
        how=table.howto or "as the organisation makes it",
        unit="row",
        basis=Basis.MAPPED,
        claims=lambda _peek: False,
        table=declaration,
    )


def _complete(table: Table) -> frozenset[Trace]:
    """The traces that a table is complete about. Of several, rows are taken for programs: it can name no file as one, so
    that its silence about files says nothing.
    """
    traces = frozenset(Trace(trace) for trace in table.traces)
    return traces if len(traces) == 1 else traces - {Trace.FILE}


def names_hosts(fields: Iterable[str]) -> bool:
    """Whether a table with these fields says which machine a row is about."""
    return any(name in fields for name in (*_IDENTIFYING, *_ELSE) if name != "domain")


def _any(flags: Sequence[Flags], rows: int) -> Flags:
    """By row, whether any of the flags is set."""
    found: Flags = np.logical_or.reduce([*flags, np.zeros(rows, np.bool_)])
    return found


def needs_host(reader: Reader, peek: Peek) -> bool:
    """Whether the machine must be known from outside the file."""
    if reader.table is None:
        return reader.needs_host
    return not any(names_hosts(columns_of(reader.table, one.columns)) for one in open_sheets(peek))


def _written(places: Ints, columns: dict[str, Cells]) -> tuple[Ints, dict[str, Cells]]:
    """The rows in which something is written: spreadsheets save the empty lines of a form as delimiters, and an empty line
    is about no machine.
    """
    if not all(column.values.null_count for column in columns.values()):
        return places, columns  # some column is filled throughout, as mostly
    kept = np.zeros(len(places), np.bool_)
    for column in columns.values():
        kept |= column.values.is_valid().to_numpy(zero_copy_only=False)[column.codes]
    if kept.all():
        return places, columns
    return places[kept], {name: Cells(column.codes[kept], column.values) for name, column in columns.items()}


def _telling(clues: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """By kind, the keys that tell machines apart; a placeholder is no value."""
    found: dict[str, set[str]] = {}
    for kind, text in clues:
        clue = normal(kind, text)
        if clue and clue[0] in _IDENTIFYING and unusable(*clue) is None:
            found.setdefault(clue[0], set()).add(clue[1])
    return found


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
        self.titles = [name for name in TITLE_FIELDS[1:] if name in fields]  # the type is the declaration's to say
        self.naming = [name for name in self.titles if name not in {"version", "publisher"}]
        self.agents: dict[str, int] = {}  # the first machine with an agent's id
        self.again: dict[str, list[int]] = {}  # all of them, where there are several
        self.details = [name for name in DETAIL_FIELDS if name in fields]
        # a table without a column of software lists machines, whatever its reader lists elsewhere
        self.lists = reader.lists if self.titles else Lists.MACHINES
        self.about = [name for name in (*KINDS, *RECORD_COLUMNS) if name in fields]
        self.lost: list[str] = []  # rows that could not be used, as text
        self.nameless = 0  # rows with a version or publisher and no name

    def block(self, places: Ints, columns: Mapping[str, pa.Array[Any]]) -> None:
        """Put one block in: `columns` by the name of the column, text; empty cells are null or empty."""
        wanted = dict.fromkeys((*self.about, *self.titles, *self.details))
        chosen = dict.fromkeys(self.fields[name] for name in wanted)
        encoded = {column: Cells.of(columns[column]).without(self.declaration.nothing) for column in chosen}
        places, encoded = _written(places, encoded)
        if not len(places):
            return
        cells = {name: encoded[self.fields[name]] for name in wanted}
        found, machine = self._machines(places, cells)
        if not self.titles:
            return
        title = self._titles(cells, len(places))
        known = np.flatnonzero(title >= 0)
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
            turn = self._turn(values)
            if turn == len(self.machines):
                record = Record(place=place, lists=self.lists, traces=frozenset())
                self.machines.append(_Machine(self.reading.next_record(), record))
            self._merge(self.machines[turn], values)
            found.append(self.machines[turn])
        return found, code

    def _turn(self, values: Mapping[str, str | None]) -> int:
        """Which machine a row is about, by its place among `machines`; the next place for a new one."""
        identity = self._identity(values)
        turn = self.turns.get(identity)
        if turn is None:
            agent = values.get("agent_id")
            turn = self.turns[identity] = self._of_agent(agent, values) if agent else len(self.machines)
        return turn

    def _of_agent(self, agent: str, values: Mapping[str, str | None]) -> int:
        """The machine of an agent that a row with other cells is about. It may say what that machine's rows left empty or
        filled with a placeholder; where it contradicts every one of them, or fits more than one, it is about a new one.
        """
        new = len(self.machines)
        first = self.agents.setdefault(agent, new)
        if first == new or unusable("asset_tag", agent):  # whatever names no tag names no agent
            return new
        known = self.again.get(agent, [first])
        fitting = self._fitting(known, values) if len(known) <= _SEVERAL else []
        if len(fitting) == 1:
            return fitting[0]
        self.again[agent] = [*known[:_SEVERAL], new]
        return new

    def _fitting(self, turns: Sequence[int], values: Mapping[str, str | None]) -> list[int]:
        """Those machines that a row does not contradict."""
        said = _telling(self._clues(values))
        fitting = []
        for turn in turns:
            known = _telling(self.machines[turn].clues)
            if all(said[kind] & known[kind] for kind in said.keys() & known.keys()):
                fitting.append(turn)
        return fitting

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

    def _titles(self, cells: Mapping[str, Cells], rows: int) -> Ints:
        """By row, the number of its title; less than 0 where it has none: without a name or an id it names no software."""
        chosen = {name: Cells(cells[name].codes, self._written(name, cells[name].values)) for name in self.titles}
        code, first = distinct(list(chosen.values()), rows)
        filled = {name: one.filled(first) for name, one in chosen.items()}
        named = np.flatnonzero(_any([filled[name] for name in self.naming], len(first)))
        numbers = np.where(_any(list(filled.values()), len(first)), _HALF, _NONE)
        taken = {name: one.taken(first[named]) for name, one in chosen.items()}
        numbers[named] = self.reading.titles(self.declaration.trace, taken)
        by_row: Ints = numbers[code]
        self.nameless += int(np.count_nonzero(by_row == _HALF))
        return by_row

    def _written(self, name: str, values: pa.Array[Any]) -> pa.Array[Any]:
        """The distinct cells of a column of the title's as they are kept."""
        if name != "path":
            return cleaned(values)
        return pa.array([without_user(path) if path else None for path in cleaned(values).to_pylist()], pa.string())

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
