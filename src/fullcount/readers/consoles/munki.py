"""Munki: the list of applications that it writes on a Mac, and what Sal's database says of many Macs.

`ApplicationInventory.plist` lies in `/Library/Managed Installs` of a Mac and does not name it. Sal (a server for Munki)
dumps its tables as JSON: machines, applications and where they were found stand apart, joined by their numbers. Facts:
the property list as Munki's code is documented to write it, and a dump of Sal's tables. MunkiReport (another
server) keeps a table of applications by serial number, from its documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, Piece, first, machine, moment, pieces, refused, see, told
from fullcount.document import AGAIN, held
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Class, Lists, Os, Record, Reject, Trace
from fullcount.reader import Basis, Declaration, Peek, Reader, Stream
from fullcount.table import table_reader

if TYPE_CHECKING:
    from collections.abc import Iterator

_APPS = frozenset({Trace.APP})
_MODEL = frozenset({"model", "fields", "pk"})
_LIST: Fields = {
    "name": ("name", "bundlename", "CFBundleName"),
    "version": ("version",),
    "bundle_id": ("bundleid",),
    "path": ("path",),
}
_MACHINE: Fields = {
    "serial": ("serial",),
    "name": ("hostname",),
    "os": ("os_family",),
    "os_version": ("operating_system",),
    "heard_at": ("last_checkin",),
    "owner": ("console_user",),
}


def _claims(peek: Peek) -> bool:
    if peek.xml_root == "plist":
        return peek.has("<key>bundleid</key>", "<key>path</key>", "<key>version</key>")
    if told(peek, ("",), frozenset({"bundleid", "path", "version"})):
        return not told(peek, ("",), frozenset({"serial_number"}))  # those are MunkiReport's rows
    return told(peek, ("",), _MODEL) and any(f'"inventory.{name}"' in peek.text for name in ("application", "inventoryitem"))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch an application. Place is the ordinal of the element in the file."""
    with stream.binary() as binary:
        head = binary.read(256).replace(b"\0", b"")
    if head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<"):
        yield from _alone(stream, [Piece(place, row) for place, row in enumerate(_elements(stream), start=1)], File())
        return
    file = File()
    found = list(pieces(stream, file, ("",)))
    yield from (Batch(rejects=[one]) for one in found if isinstance(one, Reject))
    rows = [one for one in found if isinstance(one, Piece)]
    if any(isinstance(piece.row, dict) and "model" in piece.row for piece in rows):
        yield from _Sal().batches(rows, file)
    else:
        yield from _alone(stream, rows, file)


def _elements(stream: Stream) -> list[Any]:
    """The elements of a property list. Raises `UnreadableError` where it is none."""
    import plistlib
    from xml.parsers.expat import ExpatError

    try:
        found = plistlib.loads(held(stream), fmt=plistlib.FMT_XML)
    except (ExpatError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise UnreadableError(f"no property list: {error}", place=str(stream.path), hint=AGAIN) from error
    return [_plain(one) for one in (found if isinstance(found, list) else [found])]


def _plain(one: Any) -> Any:
    """An element with what JSON could hold of it: text and numbers."""
    if not isinstance(one, dict):
        return one if isinstance(one, str) else f"({type(one).__name__})"
    return {name: value for name, value in one.items() if isinstance(value, (str, int, float))}


def _alone(stream: Stream, rows: list[Piece], file: File) -> Iterator[Batch]:
    """The list of one Mac."""
    batch = Batch(record=Record(place=1, os_family=Os.MACOS))
    for piece in rows:
        see(batch, piece.row, piece.place, _LIST, trace=Trace.APP)
    record = batch.record
    if record is None or not rows:
        return
    record.clues = [("hostname", stream.host)] if stream.host else []
    record.lists = Lists.SOME_SOFTWARE if file.broken or not batch.sightings else Lists.ALL_SOFTWARE
    record.note = "the file is damaged" if file.broken else None
    yield batch


@dataclass(slots=True)
class _Sal:
    """Rows of Sal's tables that others name by number."""

    applications: dict[str, dict[str, Any]] = field(default_factory=dict)
    machines: dict[str, Piece] = field(default_factory=dict)
    inventories: list[Piece] = field(default_factory=list)
    items: list[Piece] = field(default_factory=list)

    def batches(self, rows: list[Piece], file: File) -> Iterator[Batch]:
        """Every table is read before rows are joined: they stand in any order."""
        for piece in rows:
            if not self._keep(piece):
                yield refused(piece, "a table of Sal that lists neither machines nor applications")
        for number, piece in self.machines.items():
            record = machine(piece.row["fields"], piece.place, _MACHINE, tool="sal")
            record.os_family, record.machine_class = record.os_family or Os.MACOS, Class.UNKNOWN
            yield Batch(record=record, key=number)
        for piece in self.inventories:
            yield self._inventory(piece)
        for piece in self.items:
            yield self._item(piece, file)
        file.total = file.rows  # a dump holds whole tables
        yield from file.conclude(never="" if self.inventories else "the table of inventories is not here", traces=_APPS)

    def _keep(self, piece: Piece) -> bool:
        kind, fields, number = first(piece.row, "model"), piece.row.get("fields"), first(piece.row, "pk")
        if not isinstance(fields, dict) or not number:
            return False
        if kind == "inventory.application":
            self.applications[number] = fields
        elif kind == "server.machine":
            self.machines[number] = piece
        elif kind == "inventory.inventory":
            self.inventories.append(piece)
        elif kind == "inventory.inventoryitem":
            self.items.append(piece)
        return kind in {"inventory.application", "server.machine", "inventory.inventory", "inventory.inventoryitem"}

    def _inventory(self, piece: Piece) -> Batch:
        """When a machine was looked at."""
        number = first(piece.row, "fields/machine")
        if not number:
            return refused(piece, "an inventory of no machine")
        record = Record(place=piece.place, os_family=Os.MACOS, lists=Lists.MACHINES, traces=frozenset())
        record.looked_at = moment(piece.row, "fields/datestamp")
        return Batch(record=record, key=number)

    def _item(self, piece: Piece, file: File) -> Batch:
        row = piece.row["fields"]
        number, application = first(row, "machine"), self.applications.get(first(row, "application") or "")
        if not number or application is None:
            return refused(piece, "an application that no row of the file names, or of no machine")
        batch = file.software(number, lambda: Record(place=piece.place, os_family=Os.MACOS))
        see(batch, {**application, **row}, piece.place, _LIST, trace=Trace.APP)
        return batch


MUNKI = Reader(
    name="munki",
    title="Munki application inventory (property list) and Sal's tables (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=_APPS,
    blind=(
        "publishers are not listed: products are found by bundle id, name or path",
        "packages of other managers (Homebrew, pip) are not listed",
        "the property list does not name the Mac: name the file after it",
        "a dump of Sal's inventory names no Mac unless its table of machines is in the same file",
    ),
    how=(
        "On each Mac, after a run of Munki, collect the file under the Mac's name:\n"
        '  cp "/Library/Managed Installs/ApplicationInventory.plist" "$(scutil --get LocalHostName).plist"\n'
        "From Sal: `python manage.py dumpdata server.Machine inventory > sal.json`."
    ),
    unit="element",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
    needs_host=True,
)

MUNKIREPORT = table_reader(
    name="munkireport",
    title="MunkiReport table of applications (inventoryitem)",
    lists=Lists.SOME_SOFTWARE,
    traces=_APPS,
    declaration=Declaration(
        columns={
            "serial": ("serial_number",),
            "hostname": ("computer_name", "hostname", "machine.computer_name"),
            "name": ("name", "bundlename"),
            "version": ("version",),
            "bundle_id": ("bundleid",),
            "path": ("path",),
        },
        required=("serial", "bundle_id", "path"),
        trace=Trace.APP,
        constants={"os_family": "macos"},
    ),
    blind=(
        "applications whose bundle ids MunkiReport is told to leave out are missing, so that a list is taken for a part of one",
        "publishers are not listed: products are found by bundle id, name or path",
        "versions are cut after 78 characters in the table of applications",
    ),
    how=(
        "On MunkiReport's database, save the result as CSV with headers:\n"
        "  select i.serial_number, m.computer_name, i.name, i.version, i.bundleid, i.bundlename, i.path\n"
        "  from inventoryitem i left join machine m on m.serial_number = i.serial_number"
    ),
    basis=Basis.DOCUMENTATION,
)
