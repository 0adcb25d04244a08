"""Fleet: hosts as its REST API and `fleetctl get` answer them, with or without their software; the hosts report as CSV.

A host's software stands inside the host, so each record has all its names. Numbers of hosts begin at 1 on every
server: they are clues only where a host has neither serial number nor UUID. Facts: Fleet's REST API manual, and answers
of real servers; sources of software are Fleet's, which are names of osquery's tables.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fullcount.document import (
    clues_of,
    day_of,
    documents,
    names_of,
    pages,
    raw_of,
    rows_of,
    text_of,
    texts_of,
)
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, Reject, Title, Trace
from fullcount.reader import Basis, Declaration, Peek, Reader, Stream
from fullcount.sheet import open_sheets
from fullcount.table import family_of, fits, table_reader
from fullcount.text import key, without_user
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXTENSIONS = (
    "chrome_extensions",
    "firefox_addons",
    "safari_extensions",
    "ie_extensions",
    "vscode_extensions",
    "jetbrains_plugins",
)
_SOURCES = {
    "programs": Trace.PROGRAM,
    **dict.fromkeys(("apps", "ios_apps", "ipados_apps", "android_apps"), Trace.APP),
    **dict.fromkeys(_EXTENSIONS, Trace.EXTENSION),
}  # all others are packages of some manager
_FAMILIES = {
    "windows": Os.WINDOWS,
    "darwin": Os.MACOS,
    "ios": Os.IOS,
    "ipados": Os.IOS,
    "android": Os.ANDROID,
    "chrome": Os.OTHER,
    "freebsd": Os.OTHER,
}  # all others are distributions of Linux
# What Fleet asks each kind of host for, whole.
_WHOLE = {
    Os.WINDOWS: frozenset({Trace.PROGRAM, Trace.EXTENSION}),
    Os.MACOS: frozenset({Trace.APP, Trace.EXTENSION}),
    Os.LINUX: frozenset({Trace.PACKAGE, Trace.EXTENSION}),
    Os.IOS: frozenset({Trace.APP}),
    Os.ANDROID: frozenset({Trace.APP}),
}
_START = re.compile(r'\s*+[\[{]\s*+(?:\{\s*+)?"(?:hosts?|kind)"\s*+:\s*+(?:[\[{]|"host")')
_MARKS = ('"osquery_version"', '"generated_cpe"', '"software_updated_at"', '"detail_updated_at"')


def _claims(peek: Peek) -> bool:
    return bool(_START.match(peek.text)) and any(mark in peek.text for mark in _MARKS)


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a host. Place of a host is its ordinal; of software, that in its host's list."""
    place = 0
    for document in documents(stream):
        if isinstance(document, Reject):
            yield Batch(rejects=[document])
            continue
        hosts = [host for page in pages(document.value) for host in _hosts(page)]
        if not hosts:
            yield Batch(rejects=[Reject(document.place, raw_of(document.value), "no answer about hosts")])
        for number, host in enumerate(hosts, start=1):
            place += 1
            if isinstance(host, dict):
                yield _batch(host, place, whole=not (document.broken and number == len(hosts)))
            else:
                yield Batch(rejects=[Reject(place, raw_of(host), "a host without fields")])


def _hosts(page: Any) -> list[Any]:
    """The hosts of a page: `hosts`, `host`, or what `fleetctl get hosts` calls `spec`."""
    if not isinstance(page, dict):
        return []
    alone = page.get("host", page.get("spec") if page.get("kind") == "host" else None)
    return [alone] if alone is not None else rows_of(page, "hosts")


def _batch(host: dict[str, Any], place: int, *, whole: bool) -> Batch:
    record = _record(host, place)
    # a host in two answers of one file is one record
    number = text_of(host, "id") or "0"
    batch = Batch(record=record, key=f"{number} {text_of(host, 'uuid')}" if number != "0" else None)
    rows = host.get("software")
    if not isinstance(rows, list):
        record.lists, record.traces = Lists.MACHINES, frozenset()
        record.note = "its software is in another call" if "software" not in host else "Fleet has no software list of it"
        return batch
    for turn, row in enumerate(rows, start=1):
        _see(batch, row, turn)
    record.lists = Lists.ALL_SOFTWARE
    record.traces = _WHOLE.get(record.os_family) or frozenset(Trace(sighting.title.type) for sighting in batch.sightings)
    record.looked_at = parse(text_of(host, "software_updated_at", "detail_updated_at"))
    if not rows:
        record.note = "the software list is empty"
    if not whole or (rows and not batch.sightings):
        record.lists = Lists.SOME_SOFTWARE
        record.note = "no usable row in its software list" if whole else "the file breaks off in this host"
    return batch


def _record(host: dict[str, Any], place: int) -> Record:
    platform, written = (text_of(host, "platform") or "").lower(), text_of(host, "os_version")
    family = _FAMILIES.get(platform, Os.LINUX) if platform else family_of(written)
    record = Record(place=place, os=written or platform or None, os_family=family, ou=text_of(host, "team_name", "fleet_name"))
    record.heard_at = parse(text_of(host, "seen_time"))
    if family in {Os.IOS, Os.ANDROID}:
        record.machine_class = Class.PHONE
    elif written and "server" in key(written):
        record.machine_class = Class.SERVER
    serial, uuid, number = text_of(host, "hardware_serial"), text_of(host, "uuid"), text_of(host, "id")
    record.clues = clues_of(
        ("serial", serial),
        ("manufacturer", text_of(host, "hardware_vendor")),
        ("uuid", uuid if record.machine_class is not Class.PHONE else None),  # a phone's is not that of a board
        ("agent_id", f"fleet:{number}" if number and number != "0" and not serial and not uuid else None),
        ("mac", text_of(host, "primary_mac")),
        ("ip", text_of(host, "primary_ip")),
        *names_of(text_of(host, "hostname"), text_of(host, "computer_name")),
    )
    return record


def _see(batch: Batch, row: Any, place: int) -> None:
    """One sighting a path: a program in two places is there twice."""
    name, package = text_of(row, "name"), text_of(row, "bundle_identifier", "extension_id")
    if not name and not package:
        batch.reject(place, raw_of(row), "software without a name")
        return
    trace = _SOURCES.get(text_of(row, "source") or "", Trace.PACKAGE)
    version, release = text_of(row, "version"), text_of(row, "release")
    title = Title(
        type=trace,
        name=name,
        version=f"{version}-{release}" if version and release else version,
        publisher=text_of(row, "vendor"),
        bundle_id=text_of(row, "bundle_identifier") if trace is Trace.APP else None,
        package=name if trace is Trace.PACKAGE else None,
        extension_id=text_of(row, "extension_id") if trace is Trace.EXTENSION else None,
        upgrade_code=text_of(row, "upgrade_code"),
        cpe=text_of(row, "generated_cpe"),
    )
    used = day_of(text_of(row, "last_opened_at"))
    paths: list[str | None] = [*texts_of(row, "installed_paths")]
    for path in paths or [None]:
        detail = Detail(path=path, last_used=used)
        shown = title._replace(path=without_user(path)) if path else title
        batch.saw(shown, place, detail=detail if any(detail) else None)


_BLIND = (
    "programs are listed by install key, package or application bundle: not what was copied or unpacked",
    "software of one user is listed only where osquery looks for it: extensions of browsers, programs of users logged in",
    "a host that has not answered for long keeps its last list: software_updated_at says how old it is",
    "extensions are listed of browsers that Fleet asks for",
)

FLEET = Reader(
    name="fleet",
    title="Fleet hosts (REST API or fleetctl, JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP, Trace.EXTENSION}),
    blind=_BLIND,
    how=(
        "With an API token of a user with the role Observer:\n"
        '  curl -H "Authorization: Bearer $TOKEN" "https://FLEET/api/v1/fleet/hosts?populate_software=true&per_page=100&page=0"\n'
        "and so on for page=1, 2, ... until a page is empty; one file a page, or all pages in one file. Or one file a host: "
        "`/api/v1/fleet/hosts/ID`. `fleetctl get hosts --json` gives the machines without their software."
    ),
    unit="host",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)


# -- the hosts report ----------------------------------------------------------------------------------------------

_REPORT = Declaration(
    columns={
        "serial": ("hardware_serial",),
        "manufacturer": ("hardware_vendor",),
        "uuid": ("uuid",),
        "hostname": ("hostname", "computer_name"),
        "mac": ("primary_mac",),
        "ip": ("primary_ip",),
        "os": ("os_version", "platform"),
        "ou": ("team_name",),
        "heard_at": ("seen_time",),
    },
    required=("serial", "uuid", "hostname"),
)


def _claims_report(peek: Peek) -> bool:
    return not peek.json_start and any(
        fits(_REPORT, sheet.columns) and {"osquery_version", "detail_updated_at"} & set(sheet.columns)
        for sheet in open_sheets(peek)
    )


FLEET_REPORT = table_reader(
    name="fleet-report",
    title="Fleet hosts report (CSV)",
    lists=Lists.MACHINES,
    declaration=_REPORT,
    blind=("it lists no software: only which machines Fleet knows",),
    how="In Fleet: Hosts, choose the columns, Export hosts. Or, with an API token: GET /api/v1/fleet/hosts/report?format=csv.",
    basis=Basis.SAMPLES,
    claims=_claims_report,
)


# -- a bare list ---------------------------------------------------------------------------------------------------

_BARE = ({"name", "version"}, {"name", "version", "release", "arch"})


def _claims_list(peek: Peek) -> bool:
    """A list of software with no other fields than these."""
    if not re.match(r'\s*+\[\s*+\{\s*+"name"\s*+:', peek.text):
        return False
    return any(sheet.kind == "jsonl" and set(sheet.columns) in _BARE for sheet in open_sheets(peek))


def _list_batches(stream: Stream) -> Iterator[Batch]:
    """One record. Place is the ordinal in the list."""
    record = Record(place=1, lists=Lists.SOME_SOFTWARE, note="the list does not say what it is a list of")
    record.clues = clues_of(*names_of(stream.host))
    batch = Batch(record=record)
    place = 0
    for document in documents(stream):
        if isinstance(document, Reject):
            batch.rejects.append(document)
            continue
        for row in pages(document.value):
            place += 1
            _see(batch, row, place)
    yield batch


FLEET_LIST = Reader(
    name="fleet-list",
    title="Bare list of one machine's software (name and version, JSON)",
    lists=Lists.SOME_SOFTWARE,
    traces=frozenset({Trace.PACKAGE}),
    blind=("the list says neither whose software it is nor whether it is whole",),
    how="Out of a host's JSON from Fleet: `jq '.host.software | map({name, version})' HOST.json > HOSTNAME.json`.",
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims_list,
    batches=_list_batches,
    needs_host=True,
)
