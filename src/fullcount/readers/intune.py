"""Microsoft Intune: devices and their detected apps as Microsoft Graph answers them; its report of all apps as CSV.

Three calls: the devices (`managedDevices`, alone or with `detectedApps` expanded), one device's `detectedApps`, whose
address names the device by its id, and `detectedApps` with the devices that each was found on. Facts: Microsoft's pages
on these resources and on Intune's reports, and answers of real tenants.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.document import MORE, clues_of, documents, names_of, pages, raw_of, rows_of, section, text_of
from fullcount.model import Batch, Class, Lists, Os, Record, Reject, Title, Trace
from fullcount.reader import Basis, Declaration, Peek, Reader, Stream
from fullcount.table import family_of, table_reader
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

ELSEWHERE = "its names are in another call"
_CHASSIS = {
    **dict.fromkeys(("desktop", "laptop", "worksworkstation", "tablet"), Class.WORKSTATION),  # tablets with an OS of computers
    "enterpriseserver": Class.SERVER,
}
_LEAVING = ("retirePending", "retireIssued", "wipePending", "wipeIssued", "deletePending", "retireFailed", "wipeFailed")
_ONE_DEVICE = re.compile(r"managedDevices\('([^']+)'\)/detectedApps")
_CLAIMED = re.compile(r'deviceManagement/(?:managedDevices|detectedApps)|"managedDeviceOwnerType"\s*+:|"detectedApps"\s*+:\s*+\[')


def _claims(peek: Peek) -> bool:
    return bool(peek.json_start) and bool(_CLAIMED.search(peek.text))


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a device or an app. Place of a device or app is its ordinal; of what a device has, that in its list."""
    place, more = 0, None
    for document in documents(stream):
        if isinstance(document, Reject):
            yield Batch(rejects=[document])
            continue
        for page in pages(document.value):
            more = text_of(page, "@odata.nextLink")  # of the last page: the others have theirs behind them
            rows = rows_of(page, "value") or ([page] if "value" not in _fields(page) else [])
            if found := _ONE_DEVICE.search(text_of(page, "@odata.context") or ""):
                yield _apps(found[1], page, place + 1)
                place += 1
                continue
            for number, row in enumerate(rows, start=1):
                place += 1
                yield from _row(row, place, whole=not (document.broken and number == len(rows)))
    if more:
        yield Batch(rejects=[Reject(place, more.encode("utf-8", "surrogatepass"), MORE)])


def _fields(row: Any) -> dict[str, Any]:
    return row if isinstance(row, dict) else {}


def _row(row: Any, place: int, *, whole: bool) -> Iterator[Batch]:
    if "displayName" in _fields(row) and rows_of(row, "managedDevices"):
        yield from _devices_of(row, place)
    elif text_of(row, "id") and {"deviceName", "lastSyncDateTime", "detectedApps"} & _fields(row).keys():
        yield _device(row, place, whole=whole)
    else:
        yield Batch(rejects=[Reject(place, raw_of(row), "neither a device with an id nor an app with its devices")])


def _device(row: dict[str, Any], place: int, *, whole: bool) -> Batch:
    record = _record(row, place)
    batch = Batch(record=record, key=text_of(row, "id"))
    if not isinstance(row.get("detectedApps"), list):
        record.lists, record.traces = Lists.MACHINES, frozenset()
        return batch
    _see(batch, row["detectedApps"], record.os_family)
    # the list has no date of its own, and cannot be newer than the last contact
    record.looked_at = record.heard_at
    record.lists, record.traces = Lists.ALL_SOFTWARE, _traces(record.os_family)
    before, notes = record.note, list[str]()
    if (text_of(row, "managedDeviceOwnerType", "ownerType") or "").lower() != "company":
        notes.append("personal or unknown owner: only apps that the organisation manages are listed")
    if text_of(row, "detectedApps@odata.nextLink"):
        notes.append("not all pages of its apps are here")
    if not whole:
        notes.append("the file breaks off in this device")
    if row["detectedApps"] and not batch.sightings:
        notes.append("no usable row among its apps")
    if notes:
        record.lists = Lists.SOME_SOFTWARE
    elif not row["detectedApps"]:
        notes.append("the list of apps is empty")
    record.note = "; ".join(filter(None, (before, *notes))) or None
    return batch


def _traces(family: Os) -> frozenset[Trace]:
    """On Windows, programs and store apps stand in one list."""
    return frozenset({Trace.PROGRAM, Trace.APP}) if family is Os.WINDOWS else frozenset({Trace.APP})


def _see(batch: Batch, rows: list[Any], family: Os) -> None:
    for place, row in enumerate(rows, start=1):
        if title := _title(row, family):
            batch.saw(title, place)
        else:
            batch.reject(place, raw_of(row), "an app without a name")


def _title(row: Any, family: Os) -> Title | None:
    name = text_of(row, "displayName")
    family = family_of(text_of(row, "platform")) if family is Os.UNKNOWN else family
    trace = Trace.APP if family in {Os.MACOS, Os.IOS, Os.ANDROID} else Trace.PROGRAM
    return Title(type=trace, name=name, version=text_of(row, "version"), publisher=text_of(row, "publisher")) if name else None


def _record(row: dict[str, Any], place: int) -> Record:
    hardware = section(row, "hardwareInformation")
    system, version = text_of(row, "operatingSystem"), text_of(row, "osVersion")
    record = Record(place=place, os=" ".join(filter(None, (system, version))) or None, os_family=family_of(system))
    phone = record.os_family in {Os.IOS, Os.ANDROID}
    record.machine_class = Class.PHONE if phone else _CHASSIS.get((text_of(row, "chassisType") or "").lower(), Class.UNKNOWN)
    record.heard_at = parse(text_of(row, "lastSyncDateTime"))
    category = text_of(row, "deviceCategoryDisplayName")
    record.owner, record.ou = text_of(row, "userPrincipalName"), category if category != "Unknown" else None
    if (state := text_of(row, "managementState")) in _LEAVING:
        record.note = f"Intune is removing this device ({state})"
    serials = (text_of(row, "serialNumber"), text_of(hardware, "serialNumber"))
    record.clues = clues_of(
        ("agent_id", f"intune:{text_of(row, 'id')}"),
        ("serial", next((serial for serial in serials if serial and serial[0] != "["), None)),
        ("manufacturer", text_of(row, "manufacturer")),
        ("uuid", text_of(row, "udid") if record.os_family is Os.MACOS else None),  # a phone's is not that of a board
        ("ad_object", text_of(row, "azureADDeviceId", "azureActiveDirectoryDeviceId")),
        ("mac", text_of(row, "ethernetMacAddress")),
        ("mac", text_of(row, "wiFiMacAddress") or text_of(hardware, "wifiMac")),
        ("ip", text_of(hardware, "ipAddressV4")),
        *names_of(text_of(row, "deviceName"), text_of(hardware, "deviceFullQualifiedDomainName")),
    )
    return record


def _apps(device: str, page: Any, place: int) -> Batch:
    """The apps of one device, of which its address says only the id."""
    record = Record(place=place, clues=clues_of(("agent_id", f"intune:{device}")), lists=Lists.SOME_SOFTWARE)
    record.note = f"{ELSEWHERE}, and with them whether it is the organisation's own"
    batch = Batch(record=record, key=device)
    _see(batch, rows_of(page, "value"), Os.UNKNOWN)
    return batch


def _devices_of(row: dict[str, Any], place: int) -> Iterator[Batch]:
    """An app, with the devices that it was found on."""
    title = _title(row, Os.UNKNOWN)
    for device in rows_of(row, "managedDevices"):
        number = text_of(device, "id")
        if not number or not title:
            yield Batch(
                rejects=[Reject(place, raw_of(device if title else row), "an app without a name, or a device without an id")]
            )
            continue
        record = Record(place=place, lists=Lists.SOME_SOFTWARE, note="listed by app: whether all apps are here is not said")
        record.clues = clues_of(("agent_id", f"intune:{number}"), *names_of(text_of(device, "deviceName")))
        record.heard_at = record.looked_at = parse(text_of(device, "lastSyncDateTime"))
        batch = Batch(record=record, key=number)
        batch.saw(title, place)
        yield batch


_BLIND = (
    "on personal devices, and on those whose owner is not known, only apps that the organisation manages are listed",
    "detected apps are collected every seven days and have no date: a list may be a week older than the last contact",
    "of Win32 programs only those with an install key are listed, and of one user's programs those of the user logged in",
    "publishers are missing in most answers: products are found by their names alone",
    "assigned apps (mobileApps) are no inventory, and are not read",
)

INTUNE = Reader(
    name="intune",
    title="Microsoft Intune devices and detected apps (Graph, JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PROGRAM, Trace.APP}),
    blind=_BLIND,
    how=(
        "In PowerShell, with the module Microsoft.Graph.Authentication:\n"
        "  Connect-MgGraph -Scopes DeviceManagementManagedDevices.Read.All\n"
        "  $uri = 'https://graph.microsoft.com/beta/deviceManagement/managedDevices'\n"
        "  $devices = while ($uri) { $page = Invoke-MgGraphRequest GET $uri; $page.value; $uri = $page.'@odata.nextLink' }\n"
        "  $uri = 'https://graph.microsoft.com/beta/deviceManagement/managedDevices/'\n"
        "  $devices | ForEach-Object {\n"
        '    Invoke-MgGraphRequest GET "$uri$($_.id)?`$expand=detectedApps" | ConvertTo-Json -Depth 5 -Compress\n'
        "  } | Set-Content -Encoding utf8 intune-devices.json"
    ),
    unit="device",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)

INTUNE_REPORT = table_reader(
    name="intune-report",
    title="Microsoft Intune report AppInvRawData (CSV)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PROGRAM}),
    declaration=Declaration(
        columns={
            "agent_id": ("DeviceId", "Device ID"),
            "hostname": ("DeviceName", "Device name"),
            "os": ("OSDescription", "OS description", "Platform"),
            "owner": ("EmailAddress", "Email address", "UserName", "User name"),
            "name": ("ApplicationName", "Application name"),
            "publisher": ("ApplicationPublisher", "Application publisher"),
            "version": ("ApplicationVersion", "Application version", "ApplicationShortVersion"),
        },
        required=("agent_id", "name"),
        agent="intune",
    ),
    blind=(
        "the report does not say which devices are personal, whose apps are not all listed: it proves presence, never absence",
        "it has no dates: put it into a folder named by its date (2017-10-10)",
    ),
    how="Intune admin center: Apps, Monitor, Discovered apps, Export; or Graph's exportJobs with reportName AppInvRawData.",
    basis=Basis.DOCUMENTATION,
)
