"""PDQ Inventory: its database, and reports as spreadsheets.

The database has a table of computers and one of applications, joined by the computer's id. Facts: names of its tables and of
the columns of its reports as PDQ documents them; columns are taken where they are, and nothing is asked of others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fullcount.answer import Fields, File, Piece, machine, moment, refused, see
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Declaration, Peek, Reader, Stream
from fullcount.readers.registers.rows import Form
from fullcount.scanned import cells_of
from fullcount.sheet import blocks, open_sheets
from fullcount.table import columns_of
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fullcount.sheet import Sheet

_SQLITE = b"SQLite format 3\0"
_COMPUTER = {
    "number": ("ComputerId",),
    "name": ("HostName", "Name"),
    "domain": ("ADDomain", "Domain"),
    "serial": ("SerialNumber", "SystemSerialNumber"),
    "manufacturer": ("Manufacturer", "SystemManufacturer"),
    "mac": ("MacAddress",),
    "ip": ("IPAddress",),
    "os": ("OSName", "OperatingSystem"),
    "os_version": ("OSVersion",),
    "user": ("CurrentUser",),
    "ou": ("ADParentPath", "ADPath"),
    "scanned": ("SuccessfulScanDate", "LastSuccessfulScanDate"),
    "heard": ("OnlineDate", "LastOnline"),
}
_APPLICATION = {
    "number": ("ComputerId",),
    "software": ("Name",),
    "publisher": ("Publisher",),
    "version": ("Version",),
    "installed": ("InstallDate",),
    "code": ("ProductCode",),
}
_FORM = Form(
    columns={
        "name": ("Computer Name", "Computer: Name", "Computer"),
        "domain": ("Computer AD Domain",),
        "serial": ("Computer Serial Number", "Serial Number"),
        "mac": ("Computer MAC Address", "MAC Address"),
        "ip": ("Computer IP Address", "IP Address"),
        "os": ("Computer O/S", "Computer OS Name", "O/S", "OS Name"),
        "user": ("Computer Current User", "Current User"),
        "scanned": ("Computer Successful Scan Date", "Successful Scan Date", "Last Successful Scan"),
        "software": ("Application Name", "Application: Name"),
        "version": ("Application Version", "Application: Version"),
        "publisher": ("Application Publisher", "Application: Publisher"),
        "installed": ("Application Install Date", "Install Date"),
    },
    habits=(
        {"computer name", "application name", "application version"},
        {"computer name", "application name", "application publisher"},
        {"computer", "application name", "application version"},
        {"computer: name", "application: name"},
    ),
)
_MACHINE: Fields = {
    "id": ("number",),
    "serial": ("serial",),
    "manufacturer": ("manufacturer",),
    "mac": ("mac",),
    "ip": ("ip",),
    "name": ("name",),
    "domain": ("domain",),
    "os": ("os",),
    "os_version": ("os_version",),
    "heard_at": ("heard",),
    "owner": ("user",),
    "ou": ("ou",),
}
_SOFTWARE: Fields = {
    "name": ("software",),
    "version": ("version",),
    "publisher": ("publisher",),
    "product_code": ("code",),
    "installed_on": ("installed",),
}


def _claims(peek: Peek) -> bool:
    return len(_tables(peek)) == 2 if peek.head.startswith(_SQLITE) else _FORM.claims(peek)


def _tables(peek: Peek) -> dict[str, Sheet]:
    """The two tables of a database, by name; fewer where it is another's."""
    wanted = {"computers": {"computerid", "name"}, "applications": {"computerid", "name", "version"}}
    found = {key(sheet.name): sheet for sheet in open_sheets(peek)}
    return {
        name: found[name] for name, columns in wanted.items() if name in found and columns <= set(map(key, found[name].columns))
    }


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in its table."""
    peek = Peek.at(stream.path)
    if peek.head.startswith(_SQLITE):
        yield from _database(stream, peek)
        return
    file = File()
    for piece in _FORM.pieces(stream, file):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece, file)
    yield from file.conclude(never="a report shows what it was made to show")


def _taken(piece: Piece, file: File) -> Batch:
    row, place = piece.row, piece.place
    record = machine(row, place, _MACHINE, tool="pdq") if isinstance(row, dict) else Record(place=place)
    if not record.clues:
        return refused(piece, "a row without a computer")
    record.lists = Lists.SOME_SOFTWARE
    batch = file.software(
        "\t".join(row.get(name, "") for name in ("name", "domain")), lambda: record, looked_at=moment(row, "scanned")
    )
    see(batch, row, place, _SOFTWARE, trace=Trace.PROGRAM)
    return batch


# -- the database ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Scans:
    """What is known of the computers of a database once their table was read."""

    file: File = field(default_factory=File)
    dates: dict[str, Mapping[str, str]] = field(default_factory=dict)


def _database(stream: Stream, peek: Peek) -> Iterator[Batch]:
    tables = _tables(peek)
    if len(tables) != 2:
        raise UnreadableError("no tables of computers and applications", place=str(stream.path), hint="copy Database.db again")
    scans = _Scans()
    for place, row in _rows(stream, tables["computers"], _COMPUTER):
        yield _computer(Piece(place, row), scans) if isinstance(row, dict) else Batch(rejects=[row])
    for place, row in _rows(stream, tables["applications"], _APPLICATION):
        if isinstance(row, dict):
            yield _application(Piece(place, row), scans)
        else:
            scans.file.broken = True
            yield Batch(rejects=[row])
    file = scans.file
    for number in sorted(file.listed):
        lists = Lists.SOME_SOFTWARE if file.broken else Lists.ALL_SOFTWARE
        traces = frozenset() if file.broken else frozenset({Trace.PROGRAM})
        note = "rows of the table of applications could not be read" if file.broken else None
        yield file.machines.last(number, lists, traces=traces, note=note)


def _rows(stream: Stream, sheet: Sheet, columns: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[int, dict[str, str] | Reject]]:
    chosen = columns_of(Declaration(columns=columns), sheet.columns)
    for block in blocks(stream.path, sheet, tuple(dict.fromkeys(chosen.values()))):
        cells = {name: cells_of(block.columns[column]) for name, column in chosen.items()}
        for turn, place in enumerate(block.places.tolist()):
            yield place, {name: text for name, column in cells.items() if (text := column[turn])}
        yield from ((reject.place, reject) for reject in block.rejects)


def _computer(piece: Piece, scans: _Scans) -> Batch:
    number = piece.row.get("number")
    if not number:
        return refused(piece, "a computer without an id")
    record = machine(piece.row, piece.place, _MACHINE, tool="pdq")
    scans.dates[number] = piece.row
    return scans.file.described(number, record)


def _application(piece: Piece, scans: _Scans) -> Batch:
    number = piece.row.get("number")
    if not number:
        return refused(piece, "an application on no computer")
    known = scans.dates.get(number, {})

    def record() -> Record:
        return machine({**known, "number": number}, piece.place, _MACHINE, tool="pdq")

    batch = scans.file.software(number, record, looked_at=moment(known, "scanned"))
    see(batch, piece.row, piece.place, _SOFTWARE, trace=Trace.PROGRAM)
    return batch


PDQ = Reader(
    name="pdq",
    title="PDQ Inventory database and reports on applications (SQLite, CSV)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PROGRAM}),
    blind=(
        "a computer that was never scanned has no applications: it counts as not looked at",
        "a report shows the rows that it was made to show: it proves presence, never absence",
        "a database that is open has its newest rows in a log beside it: copy it while PDQ Inventory is stopped",
    ),
    how=(
        "Stop the service PDQ Inventory and copy %PROGRAMDATA%\\Admin Arsenal\\PDQ Inventory\\Database.db. Or: New Report, "
        "columns Computer Name, Serial Number, Successful Scan Date, Application Name, Publisher and Version; save as CSV."
    ),
    unit="row",
    basis=Basis.DOCUMENTATION,
    claims=_claims,
    batches=_batches,
)
