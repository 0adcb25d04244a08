"""ServiceNow: configuration items, and installations of software, by its Table API and as lists are exported.

A field is a text, a reference (`link`, `value`), or both with what is displayed, as the query asked. Of one installation
that several tools found only one row is `active_install`: the flag says nothing of removal. Facts: ServiceNow's pages on its
tables, and rows of a developer instance.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.answer import Fields, File, Piece, first, machine, moment, refused, see, texts
from fullcount.document import clues_of, names_of
from fullcount.model import Batch, Class, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Reader, Stream
from fullcount.readers.registers.rows import Form, class_of, plain_names
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterator

_ID = re.compile(r"[0-9a-fA-F]{32}")
_FORM = Form(
    paths=("result", "records", ""),
    marks=(
        frozenset({"sys_id", "sys_class_name"}),
        frozenset({"sys_id", "installed_on"}),
        frozenset({"sys_id", "serial_number", "name"}),
        frozenset({"installed_on", "display_name"}),
        frozenset({"installed_on", "discovery_model"}),
    ),
    columns={
        "sys_id": ("sys_id", "Sys ID"),
        "sys_class_name": ("sys_class_name", "Class"),
        "name": ("name", "Name"),
        "serial_number": ("serial_number", "Serial number"),
        "asset_tag": ("asset_tag", "Asset tag"),
        "mac_address": ("mac_address", "MAC Address"),
        "ip_address": ("ip_address", "IP Address"),
        "fqdn": ("fqdn", "Fully qualified domain name"),
        "host_name": ("host_name", "Host name"),
        "dns_domain": ("dns_domain", "DNS Domain"),
        "os": ("os", "Operating System"),
        "os_version": ("os_version", "OS Version"),
        "manufacturer": ("manufacturer", "Manufacturer"),
        "location": ("location", "Location"),
        "assigned_to": ("assigned_to", "Assigned to"),
        "department": ("department", "Department"),
        "install_status": ("install_status", "Status", "Install Status"),
        "operational_status": ("operational_status", "Operational status"),
        "duplicate_of": ("duplicate_of", "Duplicate Of"),
        "last_discovered": ("last_discovered", "Most recent discovery"),
        "display_name": ("display_name", "Display name"),
        "software": ("software", "Software"),
        "publisher": ("publisher", "Publisher"),
        "version": ("version", "Version"),
        "prod_id": ("prod_id", "Prod ID"),
        "installed_on": ("installed_on", "Installed on"),
        "installed_on.name": ("installed_on.name", "Installed on.Name"),
        "installed_on.serial_number": ("installed_on.serial_number",),
        "install_date": ("install_date", "Install date"),
        "install_location": ("install_location", "Installation location", "Install location"),
        "last_scanned": ("last_scanned", "Last scanned"),
        "last_used": ("last_used", "Last used"),
    },
    habits=(
        {"sys_class_name", "name"},
        {"class", "name", "operational status"},
        {"class", "name", "most recent discovery"},
        {"class", "name", "serial number", "asset tag"},
        {"installed_on", "display_name"},
        {"installed_on", "software"},
        *({"installed on", "display name", name} for name in ("discovery model", "last scanned", "active install", "prod id")),
    ),
)


def _field(*names: str) -> tuple[str, ...]:
    """The paths of a field: alone, or with its value and what is displayed."""
    return tuple(path for name in names for path in (name, f"{name}/value", f"{name}/display_value"))


_MACHINE: Fields = {
    "id": _field("sys_id"),
    "serial": _field("serial_number"),
    "mac": _field("mac_address"),
    "ip": _field("ip_address"),
    "os": _field("os"),
    "os_version": _field("os_version"),
    "heard_at": _field("last_discovered"),
    "asset_tag": _field("asset_tag"),
    "domain": _field("dns_domain", "os_domain"),
}
_SOFTWARE: Fields = {
    "name": ("name",),
    "version": _field("version", "software.version"),
    "publisher": ("publisher", "publisher/display_value", "software.manufacturer.name", "manufacturer/display_value"),
    "product_code": _field("prod_id"),
    "path": _field("install_location"),
    "installed_on": _field("install_date"),
    "last_used": _field("last_used"),
}
_NAMES = ("host_name", "host_name/value", "host_name/display_value", "fqdn", "fqdn/value", "fqdn/display_value")
_PACKAGES = frozenset({"spkg", "alm_license", "software", "software_package", "software_license"})
# what the name of its class calls a server, and is a program
_PROGRAMS = frozenset(["app_server", "web_server", "application_server", "email_server", "directory_server"])
_COMPUTERS = frozenset(
    ["computer", "hardware", "vm_instance", "virtual_machine_instance", "vmware_instance", "vm", "virtual_machine"]
)
_WORKSTATIONS = frozenset({"pc_hardware", "personal_computer"})


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file."""
    file = File()
    for piece in _FORM.pieces(stream, file):
        yield Batch(rejects=[piece]) if isinstance(piece, Reject) else _taken(piece, file)
    yield from file.conclude(never="the table does not say which machines were scanned as a whole")


def _taken(piece: Piece, file: File) -> Batch:
    row = piece.row
    if not isinstance(row, dict):
        return refused(piece, "neither a configuration item nor an installation")
    if _installed(row):
        return _installation(piece, file)
    kind = _class_name(row)
    if kind in _PACKAGES:
        return refused(piece, "a package or licence of software: another table says on which machines it is")
    if not texts(row, *_field("name", "serial_number", "host_name", "fqdn")):
        return refused(piece, "a configuration item without a name or a serial number")
    record = _item(row, piece.place, kind)
    number = first(row, *_field("sys_id"))
    return file.described(number, record)


def _installed(row: dict[str, Any]) -> bool:
    """Whether a row is about software on a machine; a spreadsheet leaves out the machine where it has none."""
    if any(name.split(".")[0] == "installed_on" for name in row):
        return True
    return "display_name" in row and not {"sys_class_name", "serial_number", "asset_tag"} & row.keys()


def _class_name(row: dict[str, Any]) -> str:
    written = first(row, *_field("sys_class_name")) or ""
    return key(written).replace(" ", "_").removeprefix("cmdb_ci_")


def _item(row: dict[str, Any], place: int, kind: str) -> Record:
    record = machine(row, place, _MACHINE, tool="servicenow")
    names = plain_names(texts(row, *_NAMES, *_field("name")))
    domain = first(row, *_MACHINE["domain"])
    if names and domain and "." in domain and "." not in names[0]:
        names.insert(0, f"{names[0]}.{domain}")
    double = _reference(row, "duplicate_of")[0]
    record.clues += clues_of(
        *names_of(*names), ("agent_id", f"servicenow:{double}" if double else None), ("manufacturer", _shown(row, "manufacturer"))
    )
    shipped = (first(row, *_field("sys_class_name")) or "").startswith("cmdb_ci_")
    record.machine_class = _class(kind, record.machine_class, shipped=shipped)
    record.site, record.owner, record.ou = (_shown(row, name) for name in ("location", "assigned_to", "department"))
    states = {key(text) for text in texts(row, *_field("install_status"))}
    working = {key(text) for text in texts(row, *_field("operational_status"))}
    record.retired = bool(states & {"7", "retired"} or working & {"6", "retired"})
    notes = [
        "absent: discovery does not find it any more" if states & {"100", "absent"} else "",
        f"duplicate of {double}" if double else "",
    ]
    record.note = "; ".join(filter(None, notes)) or None
    return record


def _class(kind: str, guess: Class, *, shipped: bool) -> Class:
    """What a configuration item is, by its class. Of the classes that ServiceNow ships (databases, services, disks ...) the
    others are no machines; of one that the organisation made itself, only its name tells.
    """
    if kind in _PROGRAMS:
        return Class.OTHER
    if kind in _WORKSTATIONS:
        return Class.WORKSTATION
    if kind in _COMPUTERS or not kind:
        return guess
    said = class_of(kind)
    return Class.OTHER if said is Class.UNKNOWN and shipped else said


def _reference(row: dict[str, Any], name: str) -> tuple[str | None, str | None]:
    """The id of what a field refers to, and its name; either may be missing."""
    number, shown = first(row, f"{name}/value"), first(row, f"{name}/display_value", f"{name}.name", name)
    if not number and (link := first(row, f"{name}/link")):
        number = link.rpartition("/")[2]
    if not number and shown and _ID.fullmatch(shown):
        number = shown
    return (number if number and _ID.fullmatch(number) else None), (None if shown and _ID.fullmatch(shown) else shown)


def _shown(row: dict[str, Any], name: str) -> str | None:
    return _reference(row, name)[1]


def _installation(piece: Piece, file: File) -> Batch:
    row, place = piece.row, piece.place
    number, name = _reference(row, "installed_on")
    serial = first(row, "installed_on.serial_number")
    if not (number or name or serial):
        return refused(piece, "software that is installed on no machine that it names")

    def record() -> Record:
        clues = clues_of(
            ("agent_id", f"servicenow:{number}" if number else None),
            ("serial", serial),
            *names_of(*plain_names([name] if name else [])),
        )
        return Record(place=place, clues=clues, lists=Lists.SOME_SOFTWARE, traces=frozenset())

    looked_at = moment(row, *_field("last_scanned"))
    batch = file.software(number or f"{name}\t{serial}", record, looked_at=looked_at)
    called = first(row, *_field("display_name")) or _shown(row, "software") or first(row, *_field("software.name", "name"))
    named = {**row, "name": None if called and _ID.fullmatch(called) else called}
    see(batch, named, place, _SOFTWARE, trace=Trace.PROGRAM)
    return batch


SERVICENOW = Reader(
    name="servicenow",
    title="ServiceNow configuration items and software installations (JSON, CSV, XLSX)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PROGRAM}),
    blind=(
        "a configuration item says that a machine exists, not that anybody looked at its software",
        "a list of installations does not name machines without any, nor those that discovery cannot reach",
        "installations that nobody has deleted stay listed after the software is gone",
        "a view of a list exports only its own columns, and names of machines may be labels that people gave",
    ),
    how=(
        "With an account that may read both tables, follow sysparm_offset to the end, one file a page:\n"
        "  GET https://INSTANCE.service-now.com/api/now/table/cmdb_ci_computer?sysparm_limit=10000&sysparm_offset=0\n"
        "  GET https://INSTANCE.service-now.com/api/now/table/cmdb_sam_sw_install?sysparm_display_value=all&sysparm_limit=10000\n"
        "Or open the list (cmdb_ci_computer.list, cmdb_sam_sw_install.list), right-click its header, Export, CSV."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_FORM.claims,
    batches=_batches,
)
