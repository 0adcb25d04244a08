"""Tables of who spoke to what: exports of resolvers, proxies in the cloud and firewalls, by the names of their columns.

Names: Cisco Umbrella (activity search, and the files that it lays down in S3), Infoblox (BloxOne and Reporting), Zscaler (NSS
feeds and Web Insights), Palo Alto (Monitor, export to CSV), and `Get-WinEvent` of Windows DNS.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fullcount.document import AGAIN
from fullcount.errors import UnreadableError
from fullcount.reader import Peek, utc
from fullcount.readers.network.clients import Lease, Said, Spoke, client_of, lines_of, moment_of, name_of, named, named_in
from fullcount.sheet import blocks, open_sheets
from fullcount.text import key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from fullcount.reader import Stream

_COLUMNS = {
    "client": (
        *("Internal IP", "Internal IP Address", "InternalIp", "Client IP", "ClientIP", "Client Internal IP", "Client Address"),
        *("Source IP", "Source address", "SourceIP", "src_ip", "srcip", "cip", "c-ip", "client_ip", "clientip", "src", "Client"),
    ),
    "name": (
        *("URL/Filename", "URL/FileName"),  # first: beside it, Palo Alto's `Domain` is the number of a virtual system
        *("Query Name", "QueryName", "Query", "QNAME", "Question Name", "Domain", "Domain Name", "Destination Domain"),
        *("Destination Host", "Server Name", "Server Name Indication", "SNI", "Host", "Hostname", "cs-host", "URL", "URL Domain"),
        *("Requested URL", "Destination"),
    ),
    "moment": (
        *("Timestamp", "Date & Time", "DateTime", "Event Time", "EventTime", "Receive Time", "Generate Time", "Time Generated"),
        *("Logged Time", "Time Logged", "Query Time", "TimeCreated", "_time", "Date", "Time"),
    ),
    "clock": ("Time",),  # beside a date of its own
    "host": (
        "Device Hostname",
        "DeviceHostname",
        "Device Name",
        "Source Device Host",
        "Source Hostname",
        "Client Name",
        "DHCP Hostname",
    ),
    "mac": ("Source MAC", "Source MAC Address", "Source Device MAC", "Client MAC", "MAC Address", "mac_address"),
}
_UMBRELLA = re.compile(
    r'"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)","[^"]*","[^"]*","([0-9a-fA-F.:]*)","([0-9a-fA-F.:]*)","(?:Allowed|Blocked|Proxied)",'
    r'"\d+ \(\w+\)","\w*","([^"]*)".*'
)
_PEEKED = 100


def columns_of(names: Sequence[str]) -> dict[str, str]:
    """Field -> column, of a table that names a client, what it spoke to, and when; else nothing."""
    present = {key(name): name for name in reversed(names)}
    found = {
        one: present[key(name)] for one, some in _COLUMNS.items() if (name := next((n for n in some if key(n) in present), ""))
    }
    whole = {"client", "name", "moment"} <= found.keys()
    return found if whole and len({found[one] for one in ("client", "name", "moment")}) == 3 else {}


def is_table(peek: Peek) -> bool:
    """Whether a file is such a table: the first rows have an address where the client stands, and mostly names."""
    if peek.json_start or peek.text.lstrip().startswith("<"):
        return False
    for one in open_sheets(peek):
        found = columns_of(one.columns)
        if found and one.kind in {"csv", "xlsx"} and _spoken_in(peek, found):
            return True
    return False


def _spoken_in(peek: Peek, found: dict[str, str]) -> bool:
    for one in open_sheets(peek):
        wanted = (found["client"], found["name"])
        if not set(wanted) <= set(one.columns):
            continue
        for block in blocks(peek.path, one, wanted):
            clients, names = (block.columns[name][:50].to_pylist() for name in wanted)
            addresses = [text for text in clients if text]
            spoken = [text for text in names if text and named_in(text)]
            return (
                bool(addresses) and bool(spoken) and sum(client_of(text) is not None for text in addresses) * 2 > len(addresses)
            )
    return False


def is_umbrella(lines: Sequence[str]) -> bool:
    """Whether these are lines of Umbrella's DNS logs, which have no heading."""
    some = [line for line in lines if line.strip()][:_PEEKED]
    return len(some) >= 2 and sum(bool(_UMBRELLA.fullmatch(line)) for line in some) * 2 > len(some)


def rows(stream: Stream) -> Iterator[tuple[int, str, Said | tuple[Said, ...]]]:
    """What the rows say; place is the ordinal of the row. Raises `UnreadableError` where no table is one of these."""
    with stream.text() as text:
        first = [text.readline(4096) for _ in range(_PEEKED)]
    if any(_UMBRELLA.fullmatch(line.strip("\ufeff\r\n")) for line in first):
        yield from _umbrella(stream)
        return
    tables = [(one, columns) for one in open_sheets(Peek.at(stream.path)) if (columns := columns_of(one.columns))]
    if not tables:
        raise UnreadableError("no table of clients and names in this file", place=str(stream.path), hint=AGAIN)
    for one, columns in tables:
        for block in blocks(stream.path, one, tuple(dict.fromkeys(columns.values()))):
            cells = [block.columns[name].to_pylist() for name in columns.values()]
            for place, row in zip(block.places.tolist(), zip(*cells, strict=True), strict=True):
                yield place, "\t".join(text or "" for text in row), _row(dict(zip(columns, row, strict=True)))
            for reject in block.rejects:
                yield reject.place, reject.raw.decode("utf-8", "replace"), reject.reason


def _umbrella(stream: Stream) -> Iterator[tuple[int, str, Said]]:
    """The address within comes first; from outside only the network is known."""
    for place, line, _ in lines_of(stream):
        if match := _UMBRELLA.fullmatch(line):
            client, name = client_of(match[2] or match[3]), name_of(match[4])
            yield place, line, Spoke(client, (name,) if name else (), moment_of(match[1])) if client else None
        elif line.strip():
            yield place, line, "a query in a form that is not known"


def _row(row: dict[str, str | None]) -> Said | tuple[Said, ...]:
    client = client_of(row["client"] or "")
    if client is None:
        return "a row without a client's address"
    moment = _moment(row["moment"], row.get("clock"))
    name = named_in(row["name"] or "")
    spoke = Spoke(client, (name,) if name else (), moment)
    clues = ((("mac", row["mac"] or ""),) if row.get("mac") else ()) + named(row.get("host"))
    return (spoke, Lease(client, clues, begins=moment, heard=moment)) if clues else spoke


def _moment(written: str | None, clock: str | None) -> datetime | None:
    """An ISO date, also with its time in a column of its own; seconds since 1970; `Tue Oct 10 10:00:00 2017`."""
    text = (written or "").strip()
    if re.fullmatch(r"\d{10}(?:\d{3})?(?:\.\d+)?", text):
        return utc(float(text[:10]))
    if clock and clock != written and re.fullmatch(r"[\d/.-]{8,10}", text):
        text = f"{text} {clock}"
    return moment_of(text)
