"""CrowdStrike Falcon: hosts, and applications as Falcon Discover (Exposure Management) lists them.

Vendors and names of some rows are hexadecimal UTF-16, which is read back; rows without a name are about a file that was
used. Facts: answers of real tenants to the calls devices/entities and discover/entities.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fullcount.document import (
    Gathered,
    clues_of,
    day_of,
    documents,
    names_of,
    pages,
    raw_of,
    rows_of,
    section,
    text_of,
    texts_of,
)
from fullcount.model import Batch, Class, Detail, Lists, Os, Record, Reject, State, Title, Trace
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.table import family_of
from fullcount.text import without_user
from fullcount.when import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_MARKS = (
    re.compile(r'"name_vendor_version"\s*+:'),
    re.compile(r'"device_id"\s*+:\s*+"[0-9a-f]{32}"'),
    re.compile(r'"aid"\s*+:\s*+"[0-9a-f]{32}"'),
)
_ENVELOPE = re.compile(r'\s*+(?:\[\s*+)?\{\s*+"(?:meta|resources|errors|id|cid|device_id|aid)"\s*+:')
_HEX = re.compile(r"(?:[0-9a-f]{4}){2,}")
_SIGNED = re.compile(r" *\(Signed\)$")
_TEAM = re.compile(r" *\([0-9A-Z]{10}\)$")  # an Apple developer's team
_WHOLE = frozenset({Trace.PROGRAM, Trace.PACKAGE, Trace.APP})
_TRACES = {Os.MACOS: Trace.APP, Os.IOS: Trace.APP, Os.ANDROID: Trace.APP, Os.LINUX: Trace.PACKAGE}
_CLASSES = {"workstation": Class.WORKSTATION, "server": Class.SERVER, "domain controller": Class.SERVER}


@dataclass(slots=True)
class _File:
    """What a file has said so far. `total`: how many rows the interface has; -1 where it does not say."""

    machines: Gathered = field(default_factory=Gathered)
    rows: int = 0
    total: int = -1
    broken: bool = False

    @property
    def missing(self) -> str:
        """Why the rows of the file may not be all; empty where they are."""
        if self.broken:
            return "the file is damaged"
        if self.total < 0:
            return "the answer does not say how many rows there are"
        return f"{self.rows:,} of {self.total:,} rows are here" if self.rows < self.total else ""


def _claims(peek: Peek) -> bool:
    return bool(_ENVELOPE.match(peek.text)) and any(mark.search(peek.text) for mark in _MARKS)


def _batches(stream: Stream) -> Iterator[Batch]:
    """One batch a row. Place is the ordinal of the row in the file."""
    file, place = _File(), 0
    for document in documents(stream):
        file.broken = file.broken or isinstance(document, Reject) or document.broken
        if isinstance(document, Reject):
            yield Batch(rejects=[document])
            continue
        for row in (row for page in pages(document.value) for row in _rows(page, file)):
            place += 1
            yield _row(row, place, file)
    for number in file.machines.records:
        if missing := file.missing:
            yield file.machines.last(number, Lists.SOME_SOFTWARE, note=f"not all its applications may be here: {missing}")
        else:
            yield file.machines.last(number, Lists.ALL_SOFTWARE, traces=_WHOLE)


def _rows(page: Any, file: _File) -> list[Any]:
    rows = rows_of(page, "resources") if isinstance(page, dict) and "resources" in page else [page]
    if applications := sum("name_vendor_version" in row for row in rows if isinstance(row, dict)):
        total = section(page, "meta", "pagination").get("total")
        file.total = max(file.total, total if isinstance(total, int) else -1)
        file.rows += applications
    return rows


def _row(row: Any, place: int, file: _File) -> Batch:
    host = section(row, "host")
    number = text_of(host, "aid", "id")
    if number and "name_vendor_version" in row:
        batch = file.machines.batch(number, lambda: _named(host, place), _listed_at(row))
        _see(batch, row, place, _family(host))
    elif number := text_of(row, "device_id", "aid", "id") if text_of(row, "hostname", "device_id", "aid") else None:
        batch = Batch(record=_machine(row, place), key=number)
    else:
        batch = Batch(rejects=[Reject(place, raw_of(row), "neither a host with an id nor an application with its host")])
    return batch


def _listed_at(row: dict[str, Any]) -> datetime | None:
    return parse(text_of(row, "last_updated_timestamp")) or parse(text_of(row, "first_seen_timestamp"))


def _machine(row: dict[str, Any], place: int) -> Record:
    record = _named(row, place)
    record.lists, record.traces, record.note = Lists.MACHINES, frozenset(), None
    record.heard_at = parse(text_of(row, "last_seen", "last_seen_timestamp"))
    if (kind := text_of(row, "entity_type")) and kind != "managed":
        record.note = f"seen on the network, without Falcon's sensor ({kind})"
    return record


def _named(host: dict[str, Any], place: int) -> Record:
    """A host, as it names itself or as its applications name it."""
    record = Record(place=place, os=text_of(host, "os_version", "platform_name"), os_family=_family(host))
    record.machine_class = _CLASSES.get((text_of(host, "product_type_desc") or "").lower(), Class.UNKNOWN)
    if record.os_family in {Os.IOS, Os.ANDROID}:
        record.machine_class = Class.PHONE
    record.ou, record.site = "/".join(texts_of(host, "ou")) or None, text_of(host, "site_name")
    number, name = text_of(host, "device_id", "aid", "id"), text_of(host, "hostname")
    record.note = None if name else "its names are in another call"
    domain = text_of(host, "machine_domain")
    record.clues = clues_of(
        ("agent_id", f"crowdstrike:{number}" if number else None),
        ("serial", text_of(host, "serial_number", "system_serial_number")),
        ("manufacturer", text_of(host, "system_manufacturer")),
        ("cloud_id", text_of(host, "instance_id", "cloud_instance_id")),
        ("mac", text_of(host, "mac_address", "current_mac_address")),
        ("ip", text_of(host, "local_ip", "current_local_ip")),
        *names_of(text_of(host, "fqdn"), f"{name}.{domain}" if name and domain and "." not in name else None, name),
        ("domain", domain),
    )
    return record


def _family(host: dict[str, Any]) -> Os:
    platform = text_of(host, "platform_name")
    return Os.MACOS if platform == "Mac" else family_of(platform)


def _see(batch: Batch, row: dict[str, Any], place: int, family: Os) -> None:
    """An application, or a file that was used and that no application is known for."""
    name, used = _read_back(text_of(row, "name")), text_of(row, "last_used_file_name")
    if not name and not used:
        batch.reject(place, raw_of(row), "an application without a name")
        return
    title = Title(
        type=_TRACES.get(family, Trace.PROGRAM) if name else Trace.FILE,
        name=name or used,
        version=_read_back(text_of(row, "version")),
    )
    if vendor := _read_back(text_of(row, "vendor")):
        signer = _SIGNED.sub("", vendor)
        signed = signer != vendor or _TEAM.search(signer)
        title = title._replace(publisher=_TEAM.sub("", signer), signer=signer if signed else None)
    detail = Detail(
        user=text_of(row, "last_used_user_name"),
        installed_on=day_of(text_of(row, "installation_timestamp")),
        last_used=day_of(text_of(row, "last_used_timestamp")),
    )
    state = State.INSTALLED if name else State.FILES
    paths: list[str | None] = [*texts_of(row, "installation_paths")]
    for path in paths or [None]:
        whole = detail._replace(path=path)
        shown = title._replace(path=without_user(path)) if path else title
        batch.saw(shown, place, state, whole if any(whole) else None)


def _read_back(text: str | None) -> str | None:
    r"""A text that stands as hexadecimal UTF-16 with a zero at its end, read back; any other as it is.

    >>> _read_back("460061006c0063006f006e000000"), _read_back("20170000"), _read_back("7-Zip")
    ('Falcon', '20170000', '7-Zip')
    """
    if not text or not _HEX.fullmatch(text) or not text.endswith("0000"):
        return text
    found = bytes.fromhex(text).decode("utf-16-le", "replace").rstrip("\0")
    # in European alphabets: digits of a date, read this way, are signs of Asian ones
    return found if found.isprintable() and found and max(found) < "\u0530" else text


CROWDSTRIKE = Reader(
    name="crowdstrike",
    title="CrowdStrike Falcon hosts and Discover applications (JSON)",
    lists=Lists.ALL_SOFTWARE,
    traces=_WHOLE,
    blind=(
        "an answer with a filter looks like a full list: ask without one, or with one on hosts alone",
        "the list is taken for whole only where the answers say how many rows there are, and all are in one file",
        "applications are what the sensor found installed or used; names and vendors may be Falcon's own spelling",
        "rows without a name are files that were used: they may be gone since",
        "machines without the sensor are only named",
    ),
    how=(
        "With an API client that may read Assets and Hosts, follow meta.pagination to its end, all pages in one file:\n"
        "  GET https://api.crowdstrike.com/discover/combined/applications/v1?limit=1000&facet=host_info&facet=install_usage\n"
        "      &filter=host.id:!'' and then &after= what meta.pagination.after says\n"
        "and the hosts to another: GET /devices/queries/devices-scroll/v1, then POST /devices/entities/devices/v2 with the ids."
    ),
    unit="row",
    basis=Basis.SAMPLES,
    claims=_claims,
    batches=_batches,
)
