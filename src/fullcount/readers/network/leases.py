"""Leases of addresses: which machine had which address, and when. ISC dhcpd, dnsmasq, Kea, Windows.

Forms: dhcpd.leases(5); dnsmasq(8) `--dhcp-leasefile` (its source, `lease.c`); Kea's manual, "Memfile"; Microsoft's
`Get-DhcpServerv4Lease` and "Analyze DHCP server log files".
"""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from fullcount import when
from fullcount.reader import utc
from fullcount.readers.network.clients import Lease, Said, client_of, lines_of, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from fullcount.reader import Stream

_ISC = re.compile(r"lease ([0-9.]{7,15}) \{")
_SAID = re.compile(r"\s*(starts|ends|cltt|hardware ethernet|client-hostname|binding state|set ddns-fwd-name =) ?([^;]*);?.*")
_EPOCH = re.compile(r"epoch (\d{1,11})")
_DNSMASQ = re.compile(r"(\d{1,11}) ((?:[0-9a-fA-F]{1,2}-)?(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}) ([0-9.]{7,15}) (\S+) (\S+)")
_KEA = frozenset({"address", "hwaddr", "valid_lifetime", "expire", "hostname"})
_GIVEN = frozenset({"10", "11", "13"})  # a new lease, a renewed one, one seen in use
_PREAMBLE = 60  # lines of explanation that Windows writes above its log
_LINES = 200  # of a lease


def is_isc(lines: Sequence[str]) -> bool:
    """Whether these lines begin a file of leases of ISC's server."""
    return any(_ISC.fullmatch(line.strip()) for line in lines) and any(line.strip().startswith("starts ") for line in lines)


def is_dnsmasq(lines: Sequence[str]) -> bool:
    """Whether all of these lines are leases of dnsmasq."""
    some = [line for line in lines if line.strip()]
    return (
        bool(some)
        and all(_DNSMASQ.fullmatch(line.strip()) or line.startswith("duid ") for line in some)
        and any(map(_DNSMASQ.fullmatch, map(str.strip, some)))
    )


def heading(lines: Sequence[str]) -> int | None:
    """The ordinal, from 0, of the heading of a table of leases; `None` where there is none."""
    return next((place for place, line in enumerate(lines[:_PREAMBLE]) if _reading(_cells(line))), None)


def _reading(header: Sequence[str]) -> Callable[[dict[str, str]], Said] | None:
    """How rows below this heading are read."""
    names = {name.strip().lower() for name in header}
    if names >= _KEA:
        return _kea
    if {"ipaddress", "clientid", "leaseexpirytime"} <= names:
        return _windows
    if {"id", "date", "time", "description", "ip address", "host name", "mac address"} <= names:
        return _audit
    return None


def leases(stream: Stream) -> Iterator[tuple[int, str, Said]]:
    """What a file of leases says, by its form."""
    first = [line for _, line, _ in zip_short(lines_of(stream), _PREAMBLE)]
    if heading(first) is not None:
        return _table(stream)
    return _dnsmasq(stream) if is_dnsmasq(first[:-1] or first) else _isc(stream)


def zip_short(lines: Iterator[tuple[int, str, bool]], most: int) -> list[tuple[int, str, bool]]:
    """The first lines."""
    return [one for one, _ in zip(lines, range(most), strict=False)]


def _isc(stream: Stream) -> Iterator[tuple[int, str, Said]]:
    address, begun, said = "", 0, dict[str, str]()
    for place, line, whole in lines_of(stream):
        text = line.strip()
        if match := _ISC.fullmatch(text):
            if address:
                yield begun, f"lease {address} {{", "a lease that does not end"
            address, begun, said = match[1], place, {}
        elif address and text.startswith("}"):
            yield begun, f"lease {address} {{", _isc_lease(address, said)
            address = ""
        elif address and whole and place - begun < _LINES and (match := _SAID.fullmatch(line)):
            said[match[1]] = match[2].strip()
    if address:
        yield begun, f"lease {address} {{", "a lease that does not end"


def _isc_lease(address: str, said: dict[str, str]) -> Said:
    client, mac = client_of(address), said.get("hardware ethernet")
    if client is None or not mac:
        return None  # abandoned, or kept for the partner: no machine has it
    name = said.get("set ddns-fwd-name =") or said.get("client-hostname")
    begins, ends, heard = (_isc_time(said.get(one)) for one in ("starts", "ends", "cltt"))
    clues = (("mac", mac), *named(name.strip('"') if name else None))
    # one without an end is for ever: what is sure of it is its first day
    return Lease(client, clues, begins=begins, ends=ends, heard=heard or begins)


def _isc_time(written: str | None) -> datetime | None:
    """`4 2017/10/10 10:00:00`, of which the first is the day of the week, or `epoch 1507629600`; `never`."""
    if not written:
        return None
    if match := _EPOCH.match(written):
        return utc(int(match[1]))
    return when.parse(written.partition(" ")[2])


def _dnsmasq(stream: Stream) -> Iterator[tuple[int, str, Said]]:
    for place, line, _ in lines_of(stream):
        if line.startswith("duid ") or not line.strip():
            continue
        match = _DNSMASQ.fullmatch(line.strip())
        if not match:
            yield place, line, "a lease in a form that is not known"
            continue
        client, name = client_of(match[3]), None if match[4] == "*" else match[4]
        mac = match[2].rpartition("-")[2]
        yield place, line, Lease(client, (("mac", mac), *named(name)), ends=utc(int(match[1]))) if client else None


def _cells(line: str) -> list[str]:
    """The cells of a line; Excel in some countries writes semicolons."""
    between = "\t" if "\t" in line else ";" if ";" in line and "," not in line else ","
    try:
        return next(csv.reader([line], delimiter=between), [])
    except csv.Error:
        return []


def _table(stream: Stream) -> Iterator[tuple[int, str, Said]]:
    header: list[str] = []
    read: Callable[[dict[str, str]], Said] | None = None
    for place, line, whole in lines_of(stream):
        cells = _cells(line)
        if found := _reading(cells):
            header, read = [name.strip().lower() for name in cells], found
        elif read and line.strip() and not line.startswith("#TYPE"):
            if not whole or len(cells) < min(len(header), 7):
                yield place, line, "a line with another number of columns than its heading"
            else:
                yield place, line, read(dict(zip(header, map(str.strip, cells), strict=False)))


def _kea(row: dict[str, str]) -> Said:
    """`expire` is in seconds since 1970; a state of 1 was declined, of 2 reclaimed: a lease that ended."""
    client, ends = client_of(row["address"]), _seconds(row["expire"])
    lasts = row["valid_lifetime"]
    if client is None or row.get("state") == "1":
        return None if client else "a lease without an address"
    sure = ends and lasts.isdigit() and len(lasts) < 10
    begins = ends - timedelta(seconds=int(lasts)) if ends and sure else None
    return Lease(client, _clues(row["hwaddr"], row["hostname"]), begins=begins, ends=ends, heard=begins)


def _seconds(written: str) -> datetime | None:
    return utc(int(written)) if written.isdigit() and len(written) < 12 else None


def _windows(row: dict[str, str]) -> Said:
    """`ClientId` is the hardware address, where it has twelve digits; an inactive reservation is of no machine on the net."""
    client = client_of(row["ipaddress"])
    if client is None:
        return "a lease without an address"
    ends = when.parse(row["leaseexpirytime"])
    return Lease(client, _clues(row["clientid"], row.get("hostname", "")), ends=ends)


def _audit(row: dict[str, str]) -> Said:
    """A line of the log of a day. Years have two digits, and the month comes first, whatever the language."""
    client = client_of(row["ip address"])
    if row["id"].lstrip("0") not in _GIVEN or client is None:
        return None
    match = re.fullmatch(r"(\d\d)/(\d\d)/(\d\d)", row["date"])
    begins = when.parse(f"20{match[3]}-{match[1]}-{match[2]}T{row['time']}") if match else None
    return Lease(client, _clues(row["mac address"], row["host name"]), begins=begins, heard=begins)


def _clues(mac: str, name: str) -> tuple[tuple[str, str], ...]:
    return (("mac", mac), *named(name))
