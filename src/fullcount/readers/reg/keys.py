"""What the keys of Windows' registry say of software and of the machine, however they were written down.

Facts: Microsoft's pages on the Uninstall key and on the entries of a service's key; names of values as found in real
exports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fullcount.clue import fqdn_key
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, State, Title, Trace
from fullcount.text import clean, key, without_user
from fullcount.when import iso_day

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 65_536  # characters of a value that is used; longer ones are cut
SHOWN = 4096  # of a reject
_UNINSTALL = ["microsoft", "windows", "currentversion", "uninstall"]
_VERSION = ["microsoft", "windows nt", "currentversion"]
_NAMES = (["control", "computername", "computername"], ["control", "computername", "activecomputername"])
_SUGGESTED = ["contentdeliverymanager", "suggestedapps"]
_USED = frozenset(
    {"displayname", "displayversion", "publisher", "installdate", "installlocation", "parentkeyname", "releasetype"}
    | {"imagepath", "type", "computername", "hostname", "nv hostname", "domain", "nv domain", "productname"}
)
_PATCHES = {"update", "hotfix", "security update", "software update", "update rollup", "service pack"}  # ReleaseType
_STRUCTURE = {"classes", "clients", "microsoft", "odbc", "policies", "registeredapplications", "wow6432node"}
_DRIVERS = 0x0B  # bits of Type: kernel driver, file system driver, recogniser
_PROCESSES = 0x30  # own process, shared process
_CONTROL_SET = re.compile(r"(?:currentcontrolset|controlset\d{3})")


@dataclass(slots=True)
class Key:
    """One key, with those of its values that are used, by their names in lower case."""

    place: int  # the line of the key
    path: str
    values: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The key's own name."""
        return self.path.rpartition("\\")[2]


@dataclass(slots=True)
class _Seen:
    """What the keys so far have shown of the machine, and which parts of the registry were written in full."""

    names: dict[str, None] = field(default_factory=dict)
    domain: str | None = None
    os: str | None = None
    whole: set[str] = field(default_factory=set)
    once: set[tuple[str, str]] = field(default_factory=set)


def used_name(path: str, name: str) -> str | None:
    """The name under which a value of a key is kept; `None` for the many that are not used, and not even held."""
    if name.lower() in _USED:
        return name.lower()
    return name if name and path.lower().split("\\")[-2:] == _SUGGESTED else None


def inventory(keys: Iterator[Key], batch: Batch, *, host: str | None) -> None:
    """Fill the batch with what the keys say. `host`: the machine's name, where no key has it."""
    seen = _Seen()
    for one in keys:
        _key(one, batch, seen)
    batch.record = record = _record(seen, host)
    if batch.rejects:
        record.lists, record.traces = Lists.SOME_SOFTWARE, frozenset()
        record.note = "; ".join(filter(None, (record.note, "parts of the file could not be read")))


def _key(one: Key, batch: Batch, seen: _Seen) -> None:
    parts = one.path.lower().split("\\")
    if parts[-5:-1] == _UNINSTALL:
        _program(one, batch)
    elif parts[-4:] == _UNINSTALL and parts[0].startswith(("hkey_local", "hklm")):
        seen.whole.add("programs of 32 bit" if "wow6432node" in parts else "programs")
    elif parts[-2:-1] == ["services"] and _CONTROL_SET.fullmatch(parts[-3]):
        _service(one, batch, seen)
    elif parts[-1] == "services" and len(parts) > 2 and _CONTROL_SET.fullmatch(parts[-2]):
        seen.whole.add("services")
    elif parts[-2:] == _SUGGESTED:
        for name in one.values:
            batch.saw(Title(Trace.APP, name=name, package=name), one.place, State.MENTION)
    elif parts[-3:] in _NAMES:
        seen.names |= dict.fromkeys(filter(None, [one.values.get("computername")]))
    elif parts[-3:] == ["services", "tcpip", "parameters"]:
        seen.names |= dict.fromkeys(filter(None, [one.values.get("hostname") or one.values.get("nv hostname")]))
        seen.domain = one.values.get("domain") or one.values.get("nv domain") or seen.domain
    elif parts[-3:] == _VERSION:
        seen.os = one.values.get("productname") or seen.os
    else:
        _vendor(one, batch, seen)


def _program(one: Key, batch: Batch) -> None:
    """An install key. A patch (with a parent, or a release type that says so) is a mention, as no product is
    installed by it; a key without a display name is what something left behind.
    """
    values = {name: clean(value) for name, value in one.values.items()}
    name = values.get("displayname")
    path = values.get("installlocation")
    title = Title(
        type=Trace.PROGRAM,
        name=name,
        version=values.get("displayversion"),
        publisher=values.get("publisher"),
        product_code=one.name,
        path=without_user(path) if path else None,
    )
    if values.get("parentkeyname") or (values.get("releasetype") or "").lower() in _PATCHES:
        state = State.MENTION
    else:
        state = State.INSTALLED if name else State.RESIDUE
    detail = Detail(user=_user(one.path), path=path, installed_on=_day(values.get("installdate")))
    batch.saw(title, one.place, state, detail if any(detail) else None)


def _day(value: str | None) -> str | None:
    """InstallDate is eight digits; installers that write a date of their own have it kept as it is."""
    return None if value == "0" else iso_day(value)


def _user(path: str) -> str | None:
    """Whose part of the registry a key is in, by the security identifier; `HKEY_CURRENT_USER` does not say it."""
    parts = path.split("\\")
    return parts[1].removesuffix("_Classes") if parts[0].upper() in {"HKEY_USERS", "HKU"} and len(parts) > 1 else None


def _service(one: Key, batch: Batch, seen: _Seen) -> None:
    """A service or a driver, by its type, once for all control sets. Without a type it is what something left behind."""
    kind = _number(one.values.get("type"))
    if (one.name.lower(), "service") in seen.once:
        return
    seen.once.add((one.name.lower(), "service"))
    shown, path = clean(one.values.get("displayname")), clean(one.values.get("imagepath"))
    name = one.name if not shown or shown.startswith("@") else shown  # `@file,-number`: a text inside a file
    detail = Detail(path=path) if path else None
    plain = without_user(path) if path else None
    if kind is not None and kind & _DRIVERS:
        batch.saw(Title(Trace.DRIVER, name=name, driver=one.name, path=plain), one.place, detail=detail)
    elif kind is not None and kind & _PROCESSES:
        batch.saw(Title(Trace.SERVICE, name=name, service=one.name, path=plain), one.place, detail=detail)
    else:
        batch.saw(Title(Trace.REGISTRY, name=name, service=one.name, path=one.path), one.place, State.RESIDUE, detail)


def _number(value: str | None) -> int | None:
    try:
        return int(value or "", 16)
    except ValueError:
        return None


def _vendor(one: Key, batch: Batch, seen: _Seen) -> None:
    """A key that a vendor has below SOFTWARE, once: programs leave it behind."""
    parts = one.path.split("\\")
    start = 1 if parts[0].upper() not in {"HKEY_USERS", "HKU"} else 2
    if [part.lower() for part in parts[start : start + 1]] != ["software"]:
        return
    start += 2 if [part.lower() for part in parts[start + 1 : start + 2]] == ["wow6432node"] else 1
    name = clean("".join(parts[start : start + 1]))
    about = "\\".join(parts[: start + 1])
    if not name or name.lower() in _STRUCTURE or (about.lower(), "vendor") in seen.once:
        return
    seen.once.add((about.lower(), "vendor"))
    user = _user(one.path)
    title = Title(Trace.REGISTRY, name=name, path="\\".join(["HKEY_USERS", "~", *parts[2 : start + 1]]) if user else about)
    batch.saw(title, one.place, State.RESIDUE, Detail(user=user, path=about) if user else None)


def _record(seen: _Seen, host: str | None) -> Record:
    traces = set()
    note = None
    if {"programs", "programs of 32 bit"} <= seen.whole:
        traces.add(Trace.PROGRAM)
    elif seen.whole & {"programs", "programs of 32 bit"}:
        note = "one of the two views of the list of programs: complete only on a Windows of 32 bit"
    else:
        note = "the list of programs is not in this file, or not as a whole"
    if "services" in seen.whole:
        traces |= {Trace.SERVICE, Trace.DRIVER}
    names = list(seen.names) or ([host] if host else [])
    clues = [("hostname", name) for name in names]
    if seen.domain:
        full = [f"{name}.{seen.domain}" for name in names if "." not in name]
        clues += [("fqdn", name) for name in full if fqdn_key(name)]
        clues.append(("domain", seen.domain))
    return Record(
        place=1,
        clues=clues,
        machine_class=Class.SERVER if "server" in key(seen.os or "") else Class.UNKNOWN,
        lists=Lists.ALL_SOFTWARE if traces else Lists.SOME_SOFTWARE,
        traces=frozenset(traces),
        os=seen.os,
        os_family=Os.WINDOWS,
        note=note,
    )
