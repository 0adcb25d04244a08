"""The made-up department written straight into a reading, where its exports would fill a disk.

The tables are those that `fullcount read` makes from the exports that `write` writes, source by source; only what a
file has and these sources have not is missing: its size, its encoding, and a digest of its bytes.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from fullcount import when
from fullcount.demo import formats, found, lists
from fullcount.demo.shown import shown_of
from fullcount.demo.truth import looks
from fullcount.exports import host_in_name, matches
from fullcount.readers.glpi import GLPI_XML
from fullcount.readers.nessus import NESSUS
from fullcount.readers.osquery import OSQUERY
from fullcount.readers.sccm import SCCM
from fullcount.readers.uninstall import UNINSTALL
from fullcount.reading import Reading, state_number
from fullcount.table import Tabulator, columns_of, mapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from fullcount.demo.formats import Shown
    from fullcount.demo.machines import Machine, Organisation
    from fullcount.demo.truth import Look
    from fullcount.model import Batch
    from fullcount.reader import Reader
    from fullcount.settings import Settings

NOTE = "made up and written straight into the reading: there is no such file, and the digest is that of its name"
_ROWS = 200_000  # of a table that are handed on at once; sightings too
_SCCM_MACHINE = (
    "Netbios_Name0",
    "Full_Domain_Name0",
    "SMBIOS_GUID0",
    "SMS_Unique_Identifier0",
    "SerialNumber0",
    "Operating_System_Name_and0",
    "LastHWScan",
)
_SCCM_TITLE = ("DisplayName0", "Publisher0", "Version0", "ProdID0")
_SCRIPT_MACHINE = ("PSComputerName", "Domain", "SerialNumber")
_SCRIPT_TITLE = ("DisplayName", "Publisher", "DisplayVersion")


class Written(NamedTuple):
    """What became of one export that was not written."""

    name: str
    reader: str
    records: int
    observations: int


@dataclass(slots=True)
class _Tally:
    """What one source gave, and the newest moment in it."""

    pieces: int = -1
    used: int = 0
    records: int = 0
    observations: int = 0
    newest: datetime | None = None

    def hear(self, *moments: datetime | None) -> None:
        """A record is dated so."""
        self.newest = max((moment for moment in (self.newest, *moments) if moment), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """One export on its way: its number in the reading, its name, and the machines that it shows, in its order."""

    number: int
    name: str
    seen: Iterable[tuple[Machine, Look, Shown]]
    others: Sequence[Shown] = ()  # what a scan finds besides computers

    @property
    def host(self) -> str:
        """The machine, where only the name of the export says it."""
        return host_in_name(PurePosixPath(self.name).stem)


class _Row(NamedTuple):
    """A machine in a table: its own cells, its titles, and the four days on which these were installed in turn."""

    machine: tuple[str, ...]
    titles: Sequence[formats.Title]
    days: Sequence[str]


@dataclass(slots=True)
class _Sightings:
    """Sightings of any number of sources on their way into the reading."""

    reading: Reading
    rows: list[tuple[int, int, int, int, int]] = field(default_factory=list)

    def take(self, record: int, batch: Batch) -> None:
        """The sightings of a record."""
        assert batch.record is not None
        start, title_of, detail_of = batch.record.place, self.reading.title, self.reading.detail
        self.rows += [
            (record, title_of(title), place - start, state_number(state), -1 if detail is None else detail_of(detail))
            for title, place, state, detail in batch.sightings
        ]
        if len(self.rows) >= _ROWS:
            self.hand_on()

    def hand_on(self) -> None:
        """Give what is held to the reading."""
        if self.rows:
            record, title, place, state, detail = np.array(self.rows, np.int64).T
            self.reading.observe(record=record, title=title, place=place, state=state, detail=detail)
            self.rows = []


def write_reading(organisation: Organisation, aside: Path, settings: Settings) -> tuple[Written, ...]:
    """Write the tables of a reading into `aside`, an empty folder. `settings` are the department's: they say what its
    two lists mean.
    """
    machines = (*organisation.systems, *organisation.gone)
    places: dict[str, list[int]] = {}  # of the machines that an export shows; their looks are made again for each
    for place, machine in enumerate(machines):
        for file in dict.fromkeys(look.file for look in looks(machine)):
            places.setdefault(file, []).append(place)
    scans = [file for file in sorted(places) if file.endswith(".nessus")]
    others = {file: formats.apart(len(machines) + 5 * turn) for turn, file in enumerate(scans)}
    written = []
    with Reading(aside) as reading:
        sightings = _Sightings(reading)
        for file in sorted(places):
            seen = _seen((machines[place] for place in places[file]), file, organisation.seed)
            source = _Source(number=reading.next_source(), name=file, seen=seen, others=others.get(file, ()))
            written.append(_write(reading, sightings, source, settings, mark=f"{organisation.seed} {len(machines)} {file}"))
        sightings.hand_on()
        reading.finish()
    return tuple(written)


def _seen(machines: Iterable[Machine], file: str, seed: int) -> Iterator[tuple[Machine, Look, Shown]]:
    for machine in machines:
        for look in looks(machine):
            if look.file == file:
                yield machine, look, shown_of(machine, look, seed)


def _write(reading: Reading, sightings: _Sightings, source: _Source, settings: Settings, *, mark: str) -> Written:
    """Write one source by the reader that would read it."""
    host = ""
    mappings = [mapped(table) for table in settings.table if matches(source.name, table.match)]
    if mappings:
        reader = mappings[0]
        tally = _listed(reading, source, reader)
    elif source.name.endswith(".nessus"):
        reader, tally = NESSUS, _batched(reading, sightings, source, _scan(source))
    elif source.name.endswith(".log"):
        reader, batches = OSQUERY, (found.osquery(shown, turn) for turn, (_, _, shown) in enumerate(source.seen))
        tally = _batched(reading, sightings, source, batches)
    elif source.name.endswith(".xml"):
        reader, tally = GLPI_XML, _batched(reading, sightings, source, (found.glpi(shown) for _, _, shown in source.seen))
    elif "configuration-manager" in source.name:
        reader = SCCM
        tally = _tabulated(reading, source, reader, _sccm(source), header=(_SCCM_MACHINE, _SCCM_TITLE, "InstallDate0"))
    else:
        reader = UNINSTALL
        tally, host = _script(reading, source)
    _add(reading, source, reader, tally, mark=mark, host=host)
    return Written(source.name, reader.name, tally.records, tally.observations)


def _add(reading: Reading, source: _Source, reader: Reader, tally: _Tally, *, mark: str, host: str) -> None:
    digest = hashlib.sha256(mark.encode()).hexdigest()
    collected, how = when.in_name(source.name), "name"
    if collected is None or (tally.newest and tally.newest > collected):
        collected, how = tally.newest, "content" if tally.newest else ""
    row: dict[str, Any] = {
        "source": source.number,
        "identity": digest,
        "digest": digest,
        "reader": reader.name,
        "reader_version": reader.version,
        "bytes": 0,
        "collected_at": collected,
        "collected_how": how,
        "host": host or None,
        "host_how": "file name" if host else None,
        "unit": reader.unit,
        "pieces": tally.pieces,
        "used": tally.used,
        "records": tally.records,
        "observations": tally.observations,
        "rejects": 0,
        "notes": NOTE,
    }
    reading.add("sources", row)
    folder = str(PurePosixPath(source.name).parent).removeprefix(".")
    reading.add("appearances", {"identity": digest, "name": source.name, "folder": folder})


# -- machine by machine ----------------------------------------------------------------------------------------------


def _batched(reading: Reading, sightings: _Sightings, source: _Source, batches: Iterable[Batch]) -> _Tally:
    tally = _Tally()
    for batch in batches:
        record, number = batch.record, reading.next_record()
        assert record is not None
        sightings.take(number, batch)
        reading.put_record(number, source.number, record, observations=len(batch.sightings))
        tally.used += 1
        tally.records += 1
        tally.observations += len(batch.sightings)
        tally.hear(record.looked_at, record.heard_at)
    return tally


def _scan(source: _Source) -> Iterator[Batch]:
    """The hosts of a scan: computers first."""
    shown = chain(((one, "") for _, _, one in source.seen), ((one, one.asset_tag) for one in source.others))
    for turn, (one, kind) in enumerate(shown):
        yield found.nessus(one, turn, kind)


# -- table by table --------------------------------------------------------------------------------------------------


def _sccm(source: _Source) -> Iterator[_Row]:
    for _, _, shown in source.seen:
        cells = (
            shown.name,
            formats.DOMAIN.upper(),
            shown.uuid.upper(),
            f"GUID:{shown.agent.upper()}",
            shown.serial,
            shown.system.manager,
            f"{shown.at:%Y-%m-%dT%H:%M:%SZ}",
        )
        yield _Row(cells, shown.titles, shown.installed("%Y%m%d"))


def _script(reading: Reading, source: _Source) -> tuple[_Tally, str]:
    """The list of one machine of the small office; its old script left it to the file's name which machine that is."""
    rows, old = [], False
    for machine, _, shown in source.seen:
        old = formats.is_old_script(machine.number)
        cells = () if old else (shown.name, formats.DOMAIN, shown.serial)
        rows.append(_Row(cells, shown.titles, shown.installed("%Y%m%d")))
    host = source.host if old else ""
    header = (() if old else _SCRIPT_MACHINE, _SCRIPT_TITLE, "InstallDate")
    return _tabulated(reading, source, UNINSTALL, rows, header=header, host=host), host


def _tabulated(
    reading: Reading,
    source: _Source,
    reader: Reader,
    rows: Iterable[_Row],
    *,
    header: tuple[Sequence[str], Sequence[str], str],
    host: str = "",
) -> _Tally:
    """Rows of programs, in blocks of whole machines. `header`: the columns of the machine, of the title, of the day."""
    assert reader.table is not None
    columns = (*header[0], *header[1], header[2])
    tabulator = Tabulator(reading, source.number, reader, fields=columns_of(reader.table, columns), host=host or None)
    place, held, size = 2, list[_Row](), 0  # the header is the first row
    for row in rows:
        held.append(row)
        size += len(row.titles)
        if size >= _ROWS:
            tabulator.block(np.arange(place, place + size), _columns(held, header))
            place, held, size = place + size, [], 0
    if size:
        tabulator.block(np.arange(place, place + size), _columns(held, header))
    return _finished(tabulator, place + size - 2)


def _columns(rows: Sequence[_Row], header: tuple[Sequence[str], Sequence[str], str]) -> dict[str, pa.Array[Any]]:
    """The cells of these machines: every distinct one is written once."""
    machine = np.repeat(np.arange(len(rows)), [len(row.titles) for row in rows])
    titles: dict[formats.Title, int] = {}
    days: dict[str, int] = {}
    title = [titles.setdefault(one, len(titles)) for row in rows for one in row.titles]
    day = [days.setdefault(row.days[place & 3], len(days)) for row in rows for place in range(len(row.titles))]
    cells = dict(zip(header[0], zip(*(row.machine for row in rows), strict=True), strict=True))
    columns = {name: _encoded(machine, values) for name, values in cells.items()}
    for name, values in zip(header[1], zip(*titles, strict=True), strict=False):  # a script has no column of codes
        columns[name] = _encoded(np.array(title), values)
    return columns | {header[2]: _encoded(np.array(day), tuple(days))}


def _encoded(codes: np.ndarray[tuple[int], np.dtype[np.int64]], values: Sequence[str]) -> pa.Array[Any]:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int64()), pa.array(values, pa.string()))


def _listed(reading: Reading, source: _Source, reader: Reader) -> _Tally:
    """A list of machines; written as text and taken apart again, since its rows are no more than its machines."""
    assert reader.table is not None
    if "purchasing" in source.name:
        lines, delimiter = lists.purchasing((machine.component, shown) for machine, _, shown in source.seen), ";"
    else:
        heard = ((machine.component.unit, look.at, shown) for machine, look, shown in source.seen)
        lines, delimiter = lists.directory(heard), ","
    rows = csv.reader(lines, delimiter=delimiter)
    names = next(rows)
    fields = columns_of(reader.table, names)
    tabulator = Tabulator(reading, source.number, reader, fields=fields, host=None)
    place = 2
    while held := list(islice(rows, _ROWS)):
        cells = dict(zip(names, zip(*held, strict=True), strict=True))
        block = {name: pa.array(cells[name], pa.string()) for name in fields.values()}
        tabulator.block(np.arange(place, place + len(held)), block)
        place += len(held)
    return _finished(tabulator, place - 2)


def _finished(tabulator: Tabulator, rows: int) -> _Tally:
    tabulator.finish()
    tally = _Tally(pieces=rows, used=rows)
    for machine in tabulator.machines:
        tally.records += 1
        tally.observations += machine.observations
        tally.hear(machine.record.looked_at, machine.record.heard_at)
    return tally
