"""A reading: the tables of one `read` run, written as they grow and with bounded memory.

Titles and details are interned: every distinct one gets a number. Observations are gathered in runs of a few
million, each run sorted by title and written as its own row groups, delta-packed, so that the few titles of a
directive skip nearly all of them.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fullcount.block import BETWEEN, folded, joined
from fullcount.clue import normal
from fullcount.model import Class, Detail, Lists, Record, Reject, Sighting, State, Title, Trace
from fullcount.tables import READING, TITLE_FIELDS, schema
from fullcount.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

RUN = 4_000_000  # observations sorted at once: about 100 MB
GROUP = 65_536  # rows of a row group: small, so that a few titles touch few
PENDING = 100_000  # sightings of an irregular source that are handed on at once
FLUSH = 50_000  # rows of the other tables kept before they are written
PARTS = 1_000  # of columns of titles, before they are put together: each takes some memory, however short it is
REMEMBERED = 200_000  # titles that came one by one and are found again without being joined
STATES = tuple(State)
_EMPTY = pa.scalar("")
_STATE_NUMBER = {str(state): number for number, state in enumerate(STATES)}
_PACKED = {"record": "DELTA_BINARY_PACKED", "title": "DELTA_BINARY_PACKED", "place": "DELTA_BINARY_PACKED"}


@dataclass(slots=True)
class Counts:
    """What one source gave. Units: pieces."""

    records: int = 0
    observations: int = 0
    rejects: int = 0


@dataclass(slots=True)
class _Run:
    record: list[Ints] = field(default_factory=list)
    title: list[Ints] = field(default_factory=list)
    place: list[Ints] = field(default_factory=list)
    state: list[Ints] = field(default_factory=list)
    detail: list[Ints] = field(default_factory=list)
    rows: int = 0


class Reading:
    """Writes the tables of a reading into a folder. Use as a context: leaving it closes the files."""

    def __init__(self, folder: Path) -> None:
        """`folder` exists and is empty."""
        self.folder = folder
        self.counts = Counts()
        self._titles: dict[bytes, int] = {}  # fields joined, without empty ones at the end -> number
        self._asked: dict[Title, int] = {}  # the same, for titles that came one by one
        self._details: dict[Detail, int] = {}
        self._new: list[Title] = []  # titles to be written
        self._columns: list[pa.Table] = []  # titles to be written before these, which came as columns
        self._held = 0  # rows of these
        self._titles_written = 0
        self._records = 0
        self._sources = 0
        self._run = _Run()
        self._rows: dict[str, list[dict[str, Any]]] = {table: [] for table in READING if table not in {"observations", "titles"}}
        self._writers: dict[str, pq.ParquetWriter] = {table: _writer(folder, table) for table in READING}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._writers.values():
            writer.close()

    def finish(self) -> None:
        """Write what is still held. To be called once, before leaving."""
        self._flush_run()
        self._flush_titles()
        for table in self._rows:
            self._flush(table)

    def next_source(self) -> int:
        """The number that the row of the next source will have; `counts` start anew. Until that row is added, another
        source may take it: numbers have no gaps, since a count adds the rows of earlier readings to them.
        """
        self.counts = Counts()
        return self._sources

    def add(self, table: str, row: dict[str, Any]) -> None:
        """Add a row to any table but `observations`."""
        rows = self._rows[table]
        rows.append(row)
        self._sources += table == "sources"
        if len(rows) >= FLUSH:
            self._flush(table)

    def next_record(self) -> int:
        """The number of a new record."""
        self._records += 1
        return self._records - 1

    def put_record(self, number: int, source: int, record: Record, *, observations: int) -> None:
        """Write a record and its clues. `lists` and `traces` are final."""
        self.counts.records += 1
        self.add(
            "records",
            {
                "record": number,
                "source": source,
                "place": record.place,
                "class": str(record.machine_class or Class.UNKNOWN),
                "lists": str(record.lists or Lists.MACHINES),
                "traces": " ".join(sorted(record.traces or frozenset[Trace]())),
                "looked_at": _whole(record.looked_at),
                "heard_at": _whole(record.heard_at),
                "os": clean(record.os),
                "os_family": str(record.os_family),
                "ou": clean(record.ou),
                "site": clean(record.site),
                "owner": clean(record.owner),
                "component": clean(record.component),
                "retired": record.retired,
                "note": clean(record.note),
                "observations": observations,
            },
        )
        for kind, value in dict.fromkeys(record.clues):
            if written := clean(value):
                found = normal(kind, written)
                self.add(
                    "clues",
                    {"record": number, "kind": found[0] if found else kind, "value": written, "key": found[1] if found else None},
                )

    def title(self, title: Title) -> int:
        """The number of a title; cleaned fields are expected."""
        number = self._asked.get(title)
        if number is None:
            if len(self._asked) >= REMEMBERED:
                self._asked.clear()
            before = len(self._titles)
            whole = BETWEEN.join([(value or "").encode() for value in title]).rstrip(BETWEEN)
            number = self._asked[title] = self._titles.setdefault(whole, before)
            if number == before:
                self._new.append(title)
                if len(self._new) >= FLUSH:
                    self._flush_titles()
        return number

    def titles(self, trace: Trace, columns: Mapping[str, pa.Array[Any]]) -> Ints:
        """The numbers of titles that come as columns of text, at least one: cleaned, and equally long. What has no column is
        empty in all of them.
        """
        last = max(map(TITLE_FIELDS.index, columns))
        whole = joined([pa.scalar(str(trace)), *(columns.get(name, _EMPTY) for name in TITLE_FIELDS[1 : last + 1])])
        if columns[TITLE_FIELDS[last]].null_count:
            whole = [one.rstrip(BETWEEN) for one in whole]
        numbers = np.fromiter(map(self._titles.get, whole, repeat(-1)), np.int64, len(whole))
        unknown = np.flatnonzero(numbers < 0)
        if len(unknown):
            before = self._titles
            numbers[unknown] = [before.setdefault(whole[turn], len(before)) for turn in unknown.tolist()]
            self._hold(trace, columns, unknown[np.unique(numbers[unknown], return_index=True)[1]])
        return numbers

    def _hold(self, trace: Trace, columns: Mapping[str, pa.Array[Any]], rows: Ints) -> None:
        """Keep titles that are to be written, in the order of their numbers."""
        self._gather()
        empty = pa.nulls(len(rows), pa.string())
        fields = {name: columns[name].take(rows) if name in columns else empty for name in TITLE_FIELDS}
        fields["type"] = pa.repeat(str(trace), len(rows))
        self._columns.append(pa.table(fields))
        self._held += len(rows)
        if self._held >= FLUSH:
            self._flush_titles()
        elif len(self._columns) >= PARTS:
            self._columns = [pa.concat_tables(self._columns).combine_chunks()]

    def _gather(self) -> None:
        """Make columns of the titles that came one by one."""
        new, self._new = self._new, []
        if new:
            columns = [pa.array(column, pa.string()) for column in zip(*new, strict=True)]
            self._columns.append(pa.table(dict(zip(TITLE_FIELDS, columns, strict=True))))

    def detail(self, detail: Detail) -> int:
        """The number of a detail."""
        number = self._details.get(detail)
        if number is None:
            number = self._details[detail] = len(self._details)
            self.add("details", detail._asdict() | {"detail": number})
        return number

    def reject(self, source: int, reject: Reject) -> None:
        """Write a piece that could not be used."""
        self.counts.rejects += 1
        self.add("rejects", {"source": source, "place": reject.place, "raw": reject.raw, "reason": reject.reason})

    def observe(self, *, record: Ints, title: Ints, place: Ints, state: Ints, detail: Ints) -> None:
        """Add observations as parallel arrays: `place` from the place of the record, `detail` -1 for none."""
        run = self._run
        for column, values in zip(
            (run.record, run.title, run.place, run.state, run.detail), (record, title, place, state, detail), strict=True
        ):
            column.append(values)
        run.rows += len(record)
        self.counts.observations += len(record)
        if run.rows >= RUN:
            self._flush_run()

    def _flush_run(self) -> None:
        run, self._run = self._run, _Run()
        if not run.rows:
            return
        record, title = np.concatenate(run.record), np.concatenate(run.title)
        # one sort of one packed number is several times faster than a sort by two columns
        order = np.argsort((title.astype(np.int64) << 32) | record.astype(np.int64), kind="stable")
        detail = np.concatenate(run.detail)[order]
        table = pa.table(
            {
                "record": pa.array(record[order].astype(np.int32)),
                "title": pa.array(title[order].astype(np.int32)),
                "place": pa.array(np.concatenate(run.place)[order].astype(np.int64)),
                "state": pa.DictionaryArray.from_arrays(
                    pa.array(np.concatenate(run.state)[order].astype(np.int8), pa.int8()),
                    pa.array([str(state) for state in STATES]),
                ).cast(pa.string()),
                "detail": pa.array(detail.astype(np.int32), mask=detail < 0),
            },
            schema=schema("observations"),
        )
        self._writers["observations"].write_table(table, row_group_size=GROUP)

    def _flush_titles(self) -> None:
        self._gather()
        columns, self._columns, self._held = self._columns, [], 0
        if not columns:
            return
        titles = pa.concat_tables(columns).combine_chunks()
        numbers = pa.array(np.arange(self._titles_written, self._titles_written + len(titles), dtype=np.int32))
        self._titles_written += len(titles)
        publishers = titles["publisher"].combine_chunks().dictionary_encode()  # they are few
        keys = [folded(titles["name"].combine_chunks()), folded(publishers.dictionary).take(publishers.indices)]
        self._writers["titles"].write_table(pa.Table.from_arrays([numbers, *titles.columns, *keys], schema=schema("titles")))

    def _flush(self, table: str) -> None:
        rows = self._rows[table]
        if rows:
            self._writers[table].write_table(pa.Table.from_pylist(rows, schema=schema(table)))
            rows.clear()


class Pending:
    """Sightings of an irregular source on their way into a reading, a hundred thousand at a time."""

    def __init__(self, reading: Reading) -> None:
        """`reading` gets them."""
        self.reading = reading
        self.rows: list[tuple[int, int, int, int, int]] = []

    def take(self, record: int, start: int, sightings: Iterable[Sighting]) -> None:
        """Take sightings on a record, which stands at the place `start`."""
        reading = self.reading
        for title, place, state, detail in sightings:
            cleaned = clean_detail(detail)
            number = -1 if cleaned is None else reading.detail(cleaned)
            self.rows.append((record, reading.title(clean_title(title)), place - start, state_number(State(state)), number))
        if len(self.rows) >= PENDING:
            self.hand_on()

    def hand_on(self) -> None:
        """Give what is held to the reading."""
        if self.rows:
            record, title, place, state, detail = np.array(self.rows, np.int64).T
            self.reading.observe(record=record, title=title, place=place, state=state, detail=detail)
            self.rows = []


@contextmanager
def uncollected() -> Iterator[None]:
    """Python looks for no cycles meanwhile: for a loop that makes none and keeps a million small things, each of which
    would be looked at again and again. It was a sixth of the time that a table took.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def state_number(state: str) -> int:
    """The number under which `observe` takes a state."""
    return _STATE_NUMBER[state]


def clean_title(title: Title) -> Title:
    """A title with every field as the house keeps it."""
    return Title._make([clean(value) if value is not None else None for value in title])


def clean_detail(detail: Detail | None) -> Detail | None:
    """A detail as the house keeps it; `None` where nothing is left."""
    if detail is None:
        return None
    cleaned = Detail._make([clean(value) if value is not None else None for value in detail])
    return cleaned if any(cleaned) else None


def _writer(folder: Path, table: str) -> pq.ParquetWriter:
    path = str(folder / f"{table}.parquet")
    if table == "observations":
        repeated: Any = ["state", "detail"]
        return pq.ParquetWriter(path, schema(table), compression="zstd", use_dictionary=repeated, column_encoding=_PACKED)
    return pq.ParquetWriter(path, schema(table), compression="zstd")


def _whole(moment: datetime | None) -> datetime | None:
    """Whole seconds: no tool means more, and two engines write fractions differently."""
    return moment.replace(microsecond=0) if moment else None
