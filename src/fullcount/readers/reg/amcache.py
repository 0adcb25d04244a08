"""Amcache.hve: what Windows remembers of programs, files and drivers that it met. It keeps them when they go: residue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fullcount.document import clues_of, names_of
from fullcount.model import Batch, Detail, Lists, Os, Record, State, Title, Trace
from fullcount.readers.reg.cells import Damage, Hive, Node
from fullcount.text import clean, without_user
from fullcount.when import iso_day

if TYPE_CHECKING:
    from collections.abc import Iterator

_LISTS = ("inventoryapplication", "inventoryapplicationfile", "inventorydriverbinary", "programs")
_BLOCK = 10_000
Said = dict[str, str]
Fields = dict[str, tuple[str, ...]]
Take = tuple[Fields, Callable[[Said], tuple[Title, Detail] | None]]
# Names of fields, each with that of the inventory and the number that Windows 7 and 8 write
_FILE: Fields = {
    "name": ("productname", "0"),
    "publisher": ("publisher", "1"),
    "version": ("version", "5"),
    "path": ("lowercaselongpath", "15"),
}
_FILE |= {"file": ("name",), "second": ("productversion",)}
_PROGRAM: Fields = {
    "name": ("name", "0"),
    "version": ("version", "1"),
    "publisher": ("publisher", "2"),
    "path": ("rootdirpath", "d"),
}
_PROGRAM |= {"code": ("msiproductcode", "f"), "key": ("registrykeypath", "7"), "package": ("packagefullname",)}
_PROGRAM |= {"day": ("installdate",), "seconds": ("a",)}
_DRIVER: Fields = {
    "driver": ("drivername",),
    "name": ("product",),
    "version": ("driverversion",),
    "publisher": ("drivercompany",),
}


def batches(hive: Hive, host: str | None) -> Iterator[Batch]:
    """One record. Place is the ordinal of the key among those that were looked at."""
    batch = Batch(key="machine")
    for place, one in enumerate(hive.walk(_is_list), start=1):
        if isinstance(one, Damage):
            batch.reject(place, one.raw, one.reason)
        elif take := _taking(one):
            _entry(hive, one, batch, place=place, take=take)
        if len(batch.sightings) + len(batch.rejects) >= _BLOCK:
            yield batch
            batch = Batch(key="machine")
    batch.record = Record(
        place=1,
        clues=clues_of(*names_of(host)),
        lists=Lists.SOME_SOFTWARE,
        traces=frozenset(),
        heard_at=hive.written,
        os_family=Os.WINDOWS,
        note="; ".join(filter(None, ("what Amcache remembers", hive.note))),
    )
    yield batch


def _is_list(path: tuple[str, ...]) -> bool:
    return path in {(), ("root",), ("root", "file")} or path[1:2] == ("file",) or (len(path) == 2 and path[1] in _LISTS)


def _taking(one: Node) -> Take | None:
    """The fields of an entry, and what makes a title of them; `None` where a key is none."""
    path = tuple(name.lower() for name in one.path)
    if len(path) == 4 and path[1] == "file":
        return _FILE, _file
    kind = path[1] if len(path) == 3 else ""
    takes: dict[str, Take] = {
        "inventoryapplicationfile": (_FILE, _file),
        "inventoryapplication": (_PROGRAM, _program),
        "programs": (_PROGRAM, _program),
        "inventorydriverbinary": (_DRIVER, _driver),
    }
    return takes.get(kind)


def _entry(hive: Hive, one: Node, batch: Batch, *, place: int, take: Take) -> None:
    fields, made = take
    by_name = {spelled: name for name, spellings in fields.items() for spelled in spellings}
    said: Said = {}
    for value in hive.values(one, lambda name: by_name.get(name.lower())):
        if isinstance(value, Damage):
            batch.reject(place, value.raw, value.reason)
        elif text := clean(value[1]):
            said.setdefault(value[0], text)
    if found := made(said):
        title, detail = found
        batch.saw(title, place, State.RESIDUE, detail if any(detail) else None)
    else:
        batch.reject(place, "\\".join(one.path), "an entry without a name or path")


def _paths(said: Said) -> tuple[str | None, str | None]:
    """A path as the title has it, and in full where that says more."""
    path = said.get("path", "").partition("; ")[0]
    plain = without_user(path) if path else None
    return plain, path if path and path != plain else None


def _file(said: Said) -> tuple[Title, Detail] | None:
    plain, full = _paths(said)
    name = said.get("name") or said.get("file")
    if not plain and not name:
        return None
    version = said.get("version") or said.get("second")
    return Title(Trace.FILE, name=name, version=version, publisher=said.get("publisher"), path=plain), Detail(path=full)


def _program(said: Said) -> tuple[Title, Detail] | None:
    plain, full = _paths(said)
    name, code = said.get("name"), said.get("code") or said.get("key", "").partition("; ")[0].rpartition("\\")[2] or None
    if not name and not code:
        return None
    title = Title(
        Trace.PROGRAM,
        name=name,
        version=said.get("version"),
        publisher=said.get("publisher"),
        product_code=code,
        package=said.get("package"),
        path=plain,
    )
    return title, Detail(path=full, installed_on=iso_day(said.get("day"), "mdy") or _day(said.get("seconds")))


def _day(seconds: str | None) -> str | None:
    """The day of seconds since 1970, in hexadecimal; `None` for what is none."""
    number = int(seconds or "0", 16) if len(seconds or "") <= 8 else 0
    return datetime.fromtimestamp(number, UTC).date().isoformat() if number > 0 else None


def _driver(said: Said) -> tuple[Title, Detail] | None:
    driver = said.get("driver")
    if not driver:
        return None
    name, version, publisher = said.get("name") or driver, said.get("version"), said.get("publisher")
    return Title(Trace.DRIVER, name=name, version=version, publisher=publisher, driver=driver), Detail()
