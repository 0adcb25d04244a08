"""Windows: tables that Eric Zimmerman's tools make of registry hives: AmcacheParser, AppCompatCacheParser, RECmd.

What Amcache and AppCompatCache name was there once; that it is there still they do not say: residue. What RECmd reads
of the Uninstall keys is a list of programs. Columns: the tools' own pages and sources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fullcount.document import clues_of, names_of
from fullcount.model import Batch, Detail, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.windows.lines import BLOCK, day
from fullcount.readers.windows.rows import rows_of, sheet_with, shown
from fullcount.text import without_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fullcount.readers.windows.rows import Cells

_FILES = frozenset({"programid", "fullpath", "sha1", "isoscomponent"})
_PROGRAMS = frozenset({"programid", "name", "publisher", "rootdirpath", "registrykeypath"})
_DRIVERS = frozenset({"drivername", "drivercompany", "driverversion", "service"})
_CACHE = frozenset({"cacheentryposition", "path", "lastmodifiedtimeutc"})
_VALUES = frozenset({"hivepath", "keypath", "valuename", "valuedata"})
_UNINSTALL = re.compile(r".*\\Uninstall\\([^\\]+)", re.IGNORECASE)
_COMPUTER = re.compile(r".*\\Control\\ComputerName\\(?:Active)?ComputerName", re.IGNORECASE)
_OF_PACKAGE = re.compile(r"(?:[0-9a-f]{4,32}\t)+([\w.-]{3,100})\t.*", re.IGNORECASE | re.DOTALL)
_TRUE = {"true", "1", "yes"}
_MOST = 300  # values of a key


@dataclass(slots=True)
class _Key:
    """An install key, while rows about it may still come."""

    place: int
    path: str
    deleted: bool = False
    values: dict[str, str] = field(default_factory=dict)


def claims(peek: Peek) -> bool:
    """A table with the columns of one of the tools."""
    return sheet_with(peek, *_TAKES) is not None


def batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the row, of an install key its first. Raises `UnreadableError` for another table."""
    kind, rows = rows_of(stream, *_TAKES)
    batch, hosts = Batch(key="machine"), set[str]()
    for item in _keys(rows, hosts) if kind is _VALUES else rows:
        if isinstance(item, Reject):
            batch.rejects.append(item)
        elif isinstance(item, _Key):
            _install_key(batch, item)
        else:
            _TAKES[kind](batch, *item)
        if len(batch.sightings) + len(batch.rejects) >= BLOCK:
            yield batch
            batch = Batch(key="machine")
    host = hosts.pop() if len(hosts) == 1 else stream.host
    notes = ["what a registry hive remembers"]
    notes += ["hives of several machines are in it: what it lists belongs to none of them surely"] if hosts else []
    batch.record = Record(
        place=1,
        clues=[] if hosts else clues_of(*names_of(host)),
        lists=Lists.SOME_SOFTWARE,
        traces=frozenset(),
        os_family=Os.WINDOWS,
        note="; ".join(notes),
    )
    yield batch


def _saw(batch: Batch, place: int, title: Title, *, path: str | None = None, installed_on: str | None = None) -> None:
    """What is remembered of a file or program: residue."""
    title = title._replace(path=without_user(path)) if path else title
    detail = Detail(path=path if path != title.path else None, installed_on=installed_on)
    batch.saw(title, place, State.RESIDUE, detail if any(detail) else None)


def _file(batch: Batch, place: int, cells: Cells) -> None:
    path = cells.get("fullpath")
    name = cells.get("productname") or cells.get("name")
    if not path and not name:
        batch.reject(place, shown(cells), "a file without a path or name")
        return
    version = cells.get("version") or cells.get("productversion")
    _saw(batch, place, Title(Trace.FILE, name=name, version=version, publisher=cells.get("publisher")), path=path)


def _program(batch: Batch, place: int, cells: Cells) -> None:
    name, code = cells.get("name"), cells.get("msiproductcode")
    if not name and not code:
        batch.reject(place, shown(cells), "a program without a name")
        return
    title = Title(
        Trace.PROGRAM,
        name=name,
        version=cells.get("version"),
        publisher=cells.get("publisher"),
        product_code=code,
        package=cells.get("packagefullname"),
    )
    installed = cells.get("installdate") or cells.get("installdatemsi") or cells.get("installdatearplastmodified")
    _saw(batch, place, title, path=cells.get("rootdirpath"), installed_on=day(installed))


def _driver(batch: Batch, place: int, cells: Cells) -> None:
    name = cells.get("drivername")
    if not name:
        batch.reject(place, shown(cells), "a driver without a name")
        return
    title = Title(
        Trace.DRIVER,
        name=cells.get("product") or name,
        version=cells.get("driverversion"),
        publisher=cells.get("drivercompany"),
        driver=name,
    )
    _saw(batch, place, title)


def _cached(batch: Batch, place: int, cells: Cells) -> None:
    """A store package stands as numbers and its name, parted by tabs, where others have a path."""
    path = cells.get("path")
    if not path:
        batch.reject(place, shown(cells), "an entry without a path")
    elif match := _OF_PACKAGE.fullmatch(path):
        _saw(batch, place, Title(Trace.APP, name=match[1]))
    else:
        _saw(batch, place, Title(Trace.FILE), path=path.removeprefix("SYSVOL\\").removeprefix("\\??\\"))


def _keys(rows: Iterable[tuple[int, Cells] | Reject], hosts: set[str]) -> Iterator[_Key | Reject]:
    """Install keys: rows about one stand together. Other values are no software; that of the computer's name is kept."""
    current: _Key | None = None
    for row in rows:
        if isinstance(row, Reject):
            yield row
            continue
        place, cells = row
        path, name = cells.get("keypath", ""), cells.get("valuename", "").lower()
        if name == "computername" and _COMPUTER.fullmatch(path) and (value := cells.get("valuedata")) and len(hosts) < _MOST:
            hosts.add(value.upper())
        if not _UNINSTALL.fullmatch(path):
            continue
        whole = f"{cells.get('hivepath', '')}\0{path}"
        if current is None or current.path != whole:
            if current:
                yield current
            current = _Key(place, whole)
        current.deleted = current.deleted or cells.get("deleted", "").lower() in _TRUE
        if name and len(current.values) < _MOST and (value := cells.get("valuedata")):
            current.values.setdefault(name, value)
    if current:
        yield current


def _install_key(batch: Batch, one: _Key) -> None:
    """A program; a key without a name is what is left of one, and a deleted key says that it is gone."""
    match = _UNINSTALL.fullmatch(one.path.partition("\0")[2])
    assert match
    values = one.values
    name, path = values.get("displayname"), values.get("installlocation")
    title = Title(
        Trace.PROGRAM,
        name=name,
        version=values.get("displayversion"),
        publisher=values.get("publisher"),
        product_code=match[1],
        path=without_user(path) if path else None,
    )
    state = State.REMOVED if one.deleted else State.INSTALLED if name else State.RESIDUE
    detail = Detail(path=path if path != title.path else None, installed_on=day(values.get("installdate")))
    batch.saw(title, one.place, state, detail if any(detail) else None)


_TAKES: dict[frozenset[str], Callable[[Batch, int, Cells], None]] = {
    _FILES: _file,
    _PROGRAMS: _program,
    _DRIVERS: _driver,
    _CACHE: _cached,
    _VALUES: lambda _batch, _place, _cells: None,  # its rows are put together to keys first
}

EZ_TOOLS = Reader(
    name="ez-tools",
    title="AmcacheParser, AppCompatCacheParser and RECmd (CSV)",
    lists=Lists.SOME_SOFTWARE,
    blind=(
        "What Amcache and AppCompatCache name was on the machine once: it is residue, whether or not it is there still.",
        "Both forget: that a file is not named says nothing.",
        "RECmd shows the values that its batch file asks for, and no more.",
        "The machine is named only where RECmd also read the SYSTEM hive; tables of several machines cannot be told apart.",
    ),
    how=(
        "For the hives of each machine, into a folder named for it: `AmcacheParser.exe -f Amcache.hve -i --csv FOLDER`, "
        "`AppCompatCacheParser.exe -f SYSTEM --csv FOLDER`, `RECmd.exe -d HIVES --bn Kroll_Batch.reb --csv FOLDER`."
    ),
    unit="row",
    basis=Basis.DOCUMENTATION,
    claims=claims,
    batches=batches,
    needs_host=True,
)
