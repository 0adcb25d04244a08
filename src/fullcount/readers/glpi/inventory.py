"""What an inventory of a GLPI, FusionInventory or OCS agent means, whichever form it was written in.

`glpi` turns XML and JSON into a `Message`; here it becomes records. Names of sections and fields: the public
schema of the JSON form, the document type of the OCS request, the published source of the GLPI agent (FROM,
SYSTEM_CATEGORY, RELEASE_TYPE) and of the security centre plug-in of OCS.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fullcount.clue import fqdn_key, ip_key
from fullcount.errors import UnreadableError
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.text import clean, key, words
from fullcount.when import iso_day, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

AGAIN = "export this machine again"

_ORIGINS = {  # FROM: where the agent read the row
    "registry": Trace.PROGRAM,
    "wmi": Trace.PROGRAM,
    "uwp": Trace.APP,
    "android": Trace.APP,
    **dict.fromkeys(("rpm", "deb", "pacman", "apk", "snap", "flatpak", "nix", "portage"), Trace.PACKAGE),
}
_USUAL = {  # where FROM is missing or not one of these, as with OCS and on macOS
    Os.WINDOWS: Trace.PROGRAM,
    Os.MACOS: Trace.APP,
    Os.ANDROID: Trace.APP,
    Os.IOS: Trace.APP,
    Os.LINUX: Trace.PACKAGE,
    Os.OTHER: Trace.PACKAGE,
}
_COUNTED = ("softwares", "antivirus", "securitycenter", "databases_services")  # places are counted through
_PATCHES = {"update", "hotfix", "security update", "security_update", "update rollup", "service pack"}
_KINDS = {  # itemtype of a machine, TYPE of a thing on the network
    **dict.fromkeys(("networkequipment", "networking", "network"), Class.NETWORK),
    "printer": Class.PRINTER,
    "phone": Class.PHONE,
    **dict.fromkeys(("storage", "power", "video", "kvm"), Class.OTHER),
}
_DESKTOPS = (
    *("desktop", "low profile desktop", "mini tower", "tower", "all in one", "mini pc", "stick pc", "space-saving"),
    *("laptop", "notebook", "sub notebook", "portable", "tablet", "convertible", "detachable", "lunch box"),
)
_RACKS = ("server", "main server chassis", "rack mount chassis", "blade", "blade enclosing")
_CHASSIS = dict.fromkeys(_DESKTOPS, Class.WORKSTATION) | dict.fromkeys(_RACKS, Class.SERVER)
_ENGINES = {"docker", "podman"}  # their containers have an id, and a name that is no host name
_CONTAINERS = _ENGINES | {"lxc", "lxd", "jail", "openvz", "wsl"}
_FAMILIES = (  # the first with a word in what is said of the operating system
    (Os.ANDROID, {"android"}),
    (Os.WINDOWS, {"windows", "mswin32", "win32"}),
    (Os.MACOS, {"darwin", "macos", "macosx", "mac", "osx"}),
    (Os.IOS, {"ios", "ipados", "iphone"}),
    (Os.LINUX, {"linux", "debian", "ubuntu", "fedora", "centos", "redhat", "suse", "opensuse", "rocky", "almalinux"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What an agent sends: who speaks, and the sections by name. `broken` is what ended it too early."""

    file: str
    kind: str | None = None  # QUERY of the XML form, action of the JSON form
    deviceid: str | None = None
    itemtype: str | None = None
    tag: str | None = None
    partial: bool = False
    content: dict[str, Any] = field(default_factory=dict)
    broken: Reject | None = None


def rows(content: dict[str, Any], section: str) -> list[Any]:
    """The rows of a section, which may be missing, one, or many."""
    found = content.get(section)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def text_of(row: dict[str, Any], name: str) -> str | None:
    """A field as text; numbers as they are written, `None` for what is empty or no value."""
    value = row.get(name)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return clean(value) if isinstance(value, str) else None


def flag(row: dict[str, Any], name: str) -> bool | None:
    """Yes or no, as either form writes it; `None` where nothing is said."""
    value = row.get(name)
    if isinstance(value, bool):
        return value
    return {"1": True, "true": True, "0": False, "false": False}.get((text_of(row, name) or "").lower())


def batches(message: Message) -> Iterator[Batch]:
    """One batch a machine: the one that the agent runs on and the guests that it names, or the things on the
    network that it asked. Raises `UnreadableError` where the message describes no machine.
    """
    content = message.content
    devices = rows(content, "device") + rows(content, "network_device")
    if devices:
        found = [_device(message, row, place) for place, row in enumerate(devices, start=1)]
    else:
        found = (
            [_machine(message), *_guests(message)]
            if content.keys() & {"hardware", "bios", "operatingsystem", "softwares"}
            else []
        )
    if message.broken and not any(batch.record and batch.record.clues for batch in found):
        raise UnreadableError(message.broken.reason, place=message.file, hint=AGAIN)
    if not found:
        raise UnreadableError(f"a message of kind {message.kind} describes no machine", place=message.file, hint=AGAIN)
    if message.broken:
        found[0].rejects.append(message.broken)
    yield from found


def _machine(message: Message) -> Batch:
    """The machine that the agent runs on. A sighting's place is the ordinal of its row, counted through the sections."""
    content = message.content
    os, family = _os(content)
    record = Record(place=1, os=os, os_family=family, site=message.tag, looked_at=_looked_at(content))
    record.machine_class = _class(message, os, family)
    record.heard_at = parse(text_of(_section(content, "hardware"), "lastcome"))
    record.clues = _clues(message, record)
    batch = Batch(record=record)
    traces = _software(batch, content, family)
    record.lists, record.note = _lists(message, batch)
    _registrations(batch, content)
    _databases(batch, content)
    if record.lists is Lists.MACHINES and batch.sightings:
        record.lists = Lists.SOME_SOFTWARE
    if record.lists is not Lists.ALL_SOFTWARE:
        record.traces = frozenset()
    else:
        security = {Trace.ANTIVIRUS} if content.keys() & {"antivirus", "securitycenter"} else set()
        record.traces = frozenset((traces or {_USUAL.get(family, Trace.PROGRAM)}) | security)
    return batch


def _lists(message: Message, batch: Batch) -> tuple[Lists, str | None]:
    """What the silence of the software section means, and why it means less than it might."""
    notes = ["a partial inventory"] if message.partial else []
    if message.broken:
        notes.append("the file is broken, and what follows the break is missing")
    lists = Lists.SOME_SOFTWARE if notes else Lists.ALL_SOFTWARE
    if message.content.get("softwares") is None:
        notes.append("no software section")
        lists = Lists.MACHINES
    elif batch.rejects and not batch.sightings:
        notes.append("no usable row in the software section")
        lists = Lists.SOME_SOFTWARE
    elif not batch.sightings:
        notes.append("the software section is empty")
    return lists, "; ".join(notes) or None


def _usable(batch: Batch, content: dict[str, Any], section: str, *names: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a section with their places, without those that have none of these fields: they are rejects."""
    start = 1 + sum(len(rows(content, other)) for other in _COUNTED[: _COUNTED.index(section)])
    for place, row in enumerate(rows(content, section), start):
        if isinstance(row, dict) and any(text_of(row, name) for name in names):
            yield place, row
        else:
            batch.reject(place, json.dumps(row, ensure_ascii=False), f"a row of `{section}` without {' or '.join(names)}")


def _software(batch: Batch, content: dict[str, Any], family: Os) -> set[Trace]:
    """One sighting or reject a row. A patch (FROM WMI, or a category or release type that says so) is no install
    of a product: it is a mention. Returns the traces that the rows are.
    """
    agent = text_of(content, "versionclient") or ""
    order = "dmy" if agent.startswith(("FusionInventory", "GLPI")) else ""  # both write DD/MM/YYYY; OCS writes what it finds
    traces = set()
    for place, row in _usable(batch, content, "softwares", "name", "guid"):
        trace, name = _trace(row, family), text_of(row, "name")
        title = Title(
            type=trace,
            name=name,
            version=text_of(row, "version"),
            publisher=text_of(row, "publisher"),
            product_code=text_of(row, "guid"),
            package=name if trace is Trace.PACKAGE else None,
            bundle_id=text_of(row, "comments") if family is Os.ANDROID else None,  # its agent puts the package's id there
        )
        patch = _is_patch(row)
        batch.saw(title, place, State.MENTION if patch else State.INSTALLED, _detail(row, order, family))
        if not patch:
            traces.add(trace)
    return traces


def _trace(row: dict[str, Any], family: Os) -> Trace:
    origin = (text_of(row, "from") or "").lower()
    if origin in _ORIGINS:
        return _ORIGINS[origin]
    if origin.startswith("apple"):
        return Trace.APP
    return _USUAL.get(family) or (Trace.PACKAGE if origin else Trace.PROGRAM)


def _is_patch(row: dict[str, Any]) -> bool:
    said = {(text_of(row, name) or "").lower() for name in ("system_category", "release_type")}
    return bool(said & _PATCHES) or (text_of(row, "from") or "").lower() == "wmi"


def _detail(row: dict[str, Any], order: str, family: Os) -> Detail | None:
    date = text_of(row, "install_date") or text_of(row, "installdate")
    user = text_of(row, "username") or text_of(row, "userid")
    detail = Detail(
        user=None if family is Os.ANDROID else user,  # there every application has a user of its own
        path=text_of(row, "folder"),
        installed_on=None if date == "N/A" else iso_day(date, order),
    )
    return detail if any(detail) else None


def _registrations(batch: Batch, content: dict[str, Any]) -> None:
    """Registrations with the security centre: enabled is running, disabled or outdated is residue. Their GUID is
    the security centre's, not a product code.
    """
    for section, name in (("antivirus", "name"), ("securitycenter", "product")):  # the latter is of an OCS plug-in
        for place, row in _usable(batch, content, section, name):
            title = Title(
                type=Trace.ANTIVIRUS,
                name=text_of(row, name),
                version=text_of(row, "version"),
                publisher=text_of(row, "company") or text_of(row, "manufacturer"),
            )
            enabled, fresh = flag(row, "enabled"), flag(row, "uptodate")
            state = State.RESIDUE if False in {enabled, fresh} else State.RUNNING if enabled else State.INSTALLED
            batch.saw(title, place, state)


def _databases(batch: Batch, content: dict[str, Any]) -> None:
    """Database services that the agent found by asking them; a list of them is never complete."""
    for place, row in _usable(batch, content, "databases_services", "name"):
        title = Title(
            type=Trace.SERVICE,
            name=text_of(row, "name"),
            version=text_of(row, "version"),
            publisher=text_of(row, "manufacturer"),
            path=text_of(row, "path"),
        )
        batch.saw(title, place, State.RUNNING if flag(row, "is_active") else State.INSTALLED)


def _section(content: dict[str, Any], section: str) -> dict[str, Any]:
    return next((row for row in rows(content, section) if isinstance(row, dict)), {})


def _os(content: dict[str, Any]) -> tuple[str | None, Os]:
    """The operating system as written, and its family."""
    system, hardware = _section(content, "operatingsystem"), _section(content, "hardware")
    plain = " ".join(filter(None, (text_of(system, "name"), text_of(system, "version"))))
    shown = text_of(system, "full_name") or plain or text_of(hardware, "osname")
    said = (text_of(system, "kernel_name"), text_of(system, "name"), shown, text_of(hardware, "osname"))
    found = set(words(key(" ".join(filter(None, said)))))
    family = next((family for family, names in _FAMILIES if found & names), Os.OTHER if shown else Os.UNKNOWN)
    return shown, family


def _class(message: Message, os: str | None, family: Os) -> Class:
    hardware, bios = _section(message.content, "hardware"), _section(message.content, "bios")
    if kind := _KINDS.get((message.itemtype or "").lower()):
        return kind
    if family in {Os.ANDROID, Os.IOS}:
        return Class.PHONE
    if (text_of(hardware, "vmsystem") or "").lower() in _CONTAINERS:
        return Class.CONTAINER
    if os and "server" in words(key(os)):
        return Class.SERVER
    chassis = text_of(hardware, "chassis_type") or text_of(bios, "type") or ""  # TYPE: with OCS
    return _CHASSIS.get(chassis.lower(), Class.UNKNOWN)


def _looked_at(content: dict[str, Any]) -> datetime | None:
    """The agent's local time, by the offset that it gives, else as UTC. The date in DEVICEID is its installation."""
    written = text_of(_section(content, "accesslog"), "logdate") or text_of(_section(content, "hardware"), "lastdate")
    offset = text_of(_section(_section(content, "operatingsystem"), "timezone"), "offset")
    return (parse(f"{written} {offset}") if written and offset else None) or parse(written)


def _clues(message: Message, record: Record) -> list[tuple[str, str]]:
    content = message.content
    hardware, bios = _section(content, "hardware"), _section(content, "bios")
    system = _section(content, "operatingsystem")
    name, full = text_of(hardware, "name"), text_of(system, "fqdn")
    domains = [text_of(hardware, "workgroup"), text_of(system, "dns_domain"), text_of(hardware, "userdomain")]
    uuid = text_of(hardware, "uuid") or text_of(bios, "uuid")
    tool = "ocs" if (text_of(content, "versionclient") or "").upper().startswith("OCS") else "glpi"
    return _distinct(
        ("agent_id", f"{tool}:{message.deviceid}" if message.deviceid else None),
        ("serial", text_of(bios, "ssn")),
        ("manufacturer", text_of(bios, "smanufacturer")),
        ("uuid", uuid if record.machine_class is not Class.PHONE else None),  # a phone's is not that of a board
        *_addresses(content, record.os_family),
        ("hostname", name),
        ("fqdn", full if full and "." in full else None),
        *(("fqdn", _full(name, domain)) for domain in domains[:2]),
        *(("domain", domain) for domain in domains),
        ("asset_tag", text_of(bios, "assettag")),
    )


def _full(name: str | None, domain: str | None) -> str | None:
    """The full name that a host name and a domain make; `None` where they make none."""
    full = f"{name}.{domain}" if name and domain and "." in domain and "." not in name else ""
    return full if fqdn_key(full) else None


def _addresses(content: dict[str, Any], family: Os) -> Iterator[tuple[str, str | None]]:
    """Addresses of interfaces that are not virtual. On macOS the agents call every interface virtual."""
    for row in rows(content, "networks"):
        if isinstance(row, dict) and (family is Os.MACOS or not flag(row, "virtualdev")):
            yield "mac", text_of(row, "macaddr") or text_of(row, "mac")
            yield "ip", text_of(row, "ipaddress")
            yield "ip", text_of(row, "ipaddress6")


def _distinct(*pairs: tuple[str, str | None]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((kind, value) for kind, value in pairs if value))


def _guests(message: Message) -> Iterator[Batch]:
    """The virtual machines and containers that a host names: other machines, of which nothing else is known."""
    content = message.content
    host = text_of(_section(content, "hardware"), "name") or message.deviceid
    for place, row in enumerate(rows(content, "virtualmachines"), start=1):
        if not isinstance(row, dict):
            yield Batch(rejects=[Reject(place, json.dumps(row).encode(), "a guest without fields")])
            continue
        kind, name = (text_of(row, "vmtype") or "").lower(), text_of(row, "name")
        contained = kind in _CONTAINERS or bool(text_of(row, "image"))
        yield Batch(
            record=Record(
                place=place,
                clues=_guest_clues(row, engine=kind in _ENGINES or bool(text_of(row, "image"))),
                machine_class=Class.CONTAINER if contained else Class.UNKNOWN,
                lists=Lists.MACHINES,
                traces=frozenset(),
                heard_at=_looked_at(content),
                note=f"seen as a guest by its host {host}" + (f", named {name}" if name else ""),
            )
        )


def _guest_clues(row: dict[str, Any], *, engine: bool) -> list[tuple[str, str]]:
    uuid = text_of(row, "uuid")
    if engine:
        return _distinct(("agent_id", f"container:{uuid}" if uuid else None))
    return _distinct(
        ("uuid", uuid),
        ("serial", text_of(row, "serial")),
        *(("mac", mac) for mac in (text_of(row, "mac") or "").split("/")),
        ("ip", text_of(row, "ipaddress")),
        ("hostname", text_of(row, "name")),
    )


def _device(message: Message, row: Any, place: int) -> Batch:
    """A thing that the agent asked over the network. DEVICEID is the agent's, not the thing's."""
    if not isinstance(row, dict):
        return Batch(rejects=[Reject(place, json.dumps(row).encode(), "a device without fields")])
    said = row | _section(row, "info") | _section(row, "common")  # COMMON: with OCS
    names = [text_of(said, field) for field in ("name", "snmphostname", "dnshostname", "netbiosname")]
    addresses = [text_of(said, "ip"), text_of(said, "ipaddr"), *_listed(said.get("ips"))]
    kind = (text_of(said, "type") or message.itemtype or "").lower()
    asked = (message.kind or "").lower() in {"snmpquery", "netinventory", "snmp"}  # else only found: it may be a computer
    clues = _distinct(
        ("serial", text_of(said, "serial")),
        ("manufacturer", text_of(said, "manufacturer")),
        ("mac", text_of(said, "mac") or text_of(said, "macaddr")),
        *(("fqdn", name) for name in names if name and fqdn_key(name)),
        *(("hostname", name) for name in names if name and not ip_key(name)),
        *(("ip", address) for address in addresses),
        ("domain", text_of(said, "workgroup")),
        ("asset_tag", text_of(said, "assettag")),
    )
    record = Record(place=place, clues=clues, lists=Lists.MACHINES, traces=frozenset(), note="asked over the network")
    record.machine_class = _KINDS.get(kind, Class.OTHER if asked and kind != "computer" else Class.UNKNOWN)
    record.site = text_of(said, "location") or message.tag
    return Batch(record=record)


def _listed(value: Any) -> list[str | None]:
    """The addresses of an IPS: a list, or elements IP, one or many."""
    found = rows(value, "ip") if isinstance(value, dict) else value if isinstance(value, list) else []
    return [clean(item) for item in found if isinstance(item, str)]
