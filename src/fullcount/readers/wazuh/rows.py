"""What a row of Wazuh's inventory says, whichever way it came: a title, or names of its machine.

Fields have the names of the indexer (`package.vendor`) or those of the server's answers (`vendor`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fullcount.document import clues_of, day_of, names_of, section, text_of, texts_of
from fullcount.model import Class, Detail, Os, Record, Sighting, State, Title, Trace
from fullcount.table import family_of
from fullcount.text import key, without_user

if TYPE_CHECKING:
    from collections.abc import Callable

_NO_SOFTWARE = {"hotfixes", "ports", "networks", "protocols", "users", "groups", "fim", "sca"}


def fact_of(kind: str, data: dict[str, Any], place: int) -> Sighting | Record | str | None:
    """A title, or names of the machine; `None` for what is neither. A text says why a row cannot be used."""
    if kind in _FACTS:
        return _FACTS[kind](data, place)
    return None if kind in _NO_SOFTWARE else f"an index that is not known: {kind}"


def with_system(record: Record, system: dict[str, Any]) -> Record:
    """The record with what is said of its operating system."""
    plain = " ".join(filter(None, (text_of(system, "name"), text_of(system, "version"))))
    record.os = text_of(system, "full") or plain or None
    said = (text_of(system, "platform"), text_of(system, "type"), record.os, text_of(system, "uname"))
    record.os_family = next((family for text in said if (family := family_of(text))), Os.UNKNOWN)
    if record.os and "server" in key(record.os):
        record.machine_class = Class.SERVER
    return record


def _host(data: dict[str, Any], place: int) -> Record:
    host = section(data, "host") or data
    record = with_system(Record(place=place), section(host, "os"))
    record.clues = clues_of(*names_of(text_of(host, "hostname")))
    return record


def _hardware(data: dict[str, Any], place: int) -> Record:
    serial = text_of(section(data, "host"), "serial_number") or text_of(data, "board_serial")
    return Record(place=place, clues=clues_of(("serial", serial)))


def _interface(data: dict[str, Any], place: int) -> Record:
    macs = texts_of(section(data, "host"), "mac") or texts_of(data, "mac")
    return Record(place=place, clues=clues_of(*(("mac", mac) for mac in macs)))


def _package(data: dict[str, Any], place: int) -> Sighting | str:
    row = section(data, "package") or data
    name, path = text_of(row, "name"), text_of(row, "path", "location")
    if not name:
        return "software without a name"
    form = (text_of(row, "type", "format") or "").lower()
    trace = Trace.PROGRAM if form == "win" else Trace.PACKAGE
    if form in {"pkg", "macports"} and ".app" in f"{path} {name}":
        trace = Trace.APP
    title = Title(
        type=trace,
        name=name,
        version=text_of(row, "version"),
        publisher=text_of(row, "vendor"),
        package=name if trace is Trace.PACKAGE else None,
        path=without_user(path) if path else None,
    )
    detail = Detail(path=path, installed_on=day_of(text_of(row, "installed", "install_time")))
    return Sighting(title, place, State.INSTALLED, detail if any(detail) else None)


def _extension(data: dict[str, Any], place: int) -> Sighting | str:
    row, path = section(data, "package"), text_of(section(data, "package"), "path")
    name, number = text_of(row, "name"), text_of(row, "id")
    if not name and not number:
        return "an extension without a name"
    title = Title(type=Trace.EXTENSION, name=name, version=text_of(row, "version"), extension_id=number)
    if path:
        title = title._replace(path=without_user(path))
    return Sighting(title, place, State.INSTALLED, Detail(path=path) if path else None)


def _service(data: dict[str, Any], place: int) -> Sighting | str:
    row, path = section(data, "service"), text_of(section(data, "process"), "executable")
    number, running = text_of(row, "id"), text_of(row, "sub_state", "state") or ""
    if not number:
        return "a service without an id"
    title = Title(
        type=Trace.SERVICE, name=text_of(row, "name") or number, service=number, path=without_user(path) if path else None
    )
    state = State.RUNNING if running.lower() == "running" else State.INSTALLED
    if not path and not text_of(row, "enabled", "start_type"):  # only another unit speaks of it
        state = State.MENTION
    return Sighting(title, place, state, Detail(path=path) if path else None)


def _process(data: dict[str, Any], place: int) -> Sighting | str:
    row = section(data, "process") or data
    name, path = text_of(row, "name"), text_of(row, "executable", "command_line", "cmd")
    if not name:
        return "a process without a name"
    title = Title(type=Trace.PROCESS, name=name, path=without_user(path) if path else None)
    return Sighting(title, place, State.RUNNING, Detail(path=path) if path else None)


_FACTS: dict[str, Callable[[dict[str, Any], int], Sighting | Record | str]] = {
    "packages": _package,
    "vulnerabilities": _package,
    "browser-extensions": _extension,
    "services": _service,
    "processes": _process,
    "system": _host,
    "hardware": _hardware,
    "interfaces": _interface,
}
