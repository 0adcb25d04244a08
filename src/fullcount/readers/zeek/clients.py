"""Clients of a network and the names that they spoke to: gathered from lines, handed on with bounded memory."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from fullcount.clue import ip_key, mac_key, normal
from fullcount.model import Batch, Lists, Record, State, Title, Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from fullcount.reader import Stream

_HELD = 500_000  # names of clients that are kept before they are handed on
_ADDRESSES = 8  # of the sixth version of the protocol that one machine may have on a day
_LONGEST = 1 << 16  # characters of a line
_SHOWN = 4096
_NAME = re.compile(r"[\w*\\-][\w.*\\-]{0,253}")  # `\` begins an escaped byte, which some names have


class Spoke(NamedTuple):
    """A line about a client. `leased`: the hardware address is the one that was given this address."""

    client: str
    names: tuple[str, ...] = ()
    moment: datetime | None = None
    mac: str | None = None
    hostname: str | None = None
    leased: bool = False


@dataclass(slots=True)
class _Client:
    place: int
    names: dict[str, int] = field(default_factory=dict)
    spoke: bool = False
    heard: datetime | None = None
    macs: set[str] = field(default_factory=set)  # of the frames; from behind a router they are the router's
    leased: set[str] = field(default_factory=set)
    hostnames: dict[str, None] = field(default_factory=dict)


def lines_of(stream: Stream) -> Iterator[tuple[int, str, bool]]:
    """Lines with their places; the last value says that a line is whole, and not too long."""
    # a damaged byte must not make all of it another encoding
    encoding = stream.encoding if stream.encoding.startswith("utf") else "utf-8"
    place, begins = 0, True
    with replace(stream, encoding=encoding).text() as text:
        while line := text.readline(_LONGEST):
            whole = line.endswith(("\n", "\r"))
            if begins:
                place += 1
                yield place, line.rstrip("\r\n"), whole or len(line) < _LONGEST
            begins = whole


def gathered(said: Iterable[tuple[int, str, Spoke | str | None]]) -> Iterator[Batch]:
    """One record a client address. A text is why a line cannot be used, `None` passes it over.

    Of a name the first line is the place; where there is more than can be kept, also the first of each further part.
    """
    clients: dict[str, _Client] = {}
    kept = 0
    for place, line, found in said:
        if isinstance(found, str):
            lost = Batch()
            lost.reject(place, line[:_SHOWN], found)
            yield lost
        elif found:
            kept += _take(clients, place, found)
            if kept >= _HELD:
                kept = 0
                yield from _names(clients)
    routers = _routers(clients)
    for address, client in clients.items():
        yield _batch(address, client, routers)


def _routers(clients: dict[str, _Client]) -> set[str]:
    """Hardware addresses that stand beside several clients. Of the sixth version a machine has several addresses itself."""
    old = Counter(mac for address, one in clients.items() if ":" not in address for mac in one.macs)
    new = Counter(mac for address, one in clients.items() if ":" in address for mac in one.macs)
    return {mac for mac, times in old.items() if times > 1} | {mac for mac, times in new.items() if times > _ADDRESSES}


def _take(clients: dict[str, _Client], place: int, found: Spoke) -> int:
    """Take a line in. Returns how many new names it has."""
    client = clients.setdefault(found.client, _Client(place))
    before = len(client.names)
    for name in found.names:
        client.names.setdefault(name, place)
        client.spoke = True
    if found.moment and (client.heard is None or found.moment > client.heard):
        client.heard = found.moment
    if found.mac and (mac := mac_key(found.mac)):
        (client.leased if found.leased else client.macs).add(mac)
    if found.hostname:
        client.hostnames[found.hostname] = None
    return len(client.names) - before


def _names(clients: dict[str, _Client]) -> Iterator[Batch]:
    for address, client in clients.items():
        if client.names:
            batch = Batch(key=address)
            _see(batch, client)
            yield batch


def _see(batch: Batch, client: _Client) -> None:
    for name, place in client.names.items():
        batch.saw(Title(Trace.NETWORK, dns_name=name), place, State.CALLBACK)
    client.names.clear()


def _batch(address: str, client: _Client, routers: set[str]) -> Batch:
    """A hardware address that is a router's is no clue."""
    clues = [("ip", address), *(("mac", mac) for mac in sorted(client.macs - routers | client.leased))]
    clues += [("fqdn" if normal("fqdn", name) else "hostname", name) for name in client.hostnames]
    batch = Batch(key=address)
    _see(batch, client)
    batch.record = Record(
        place=client.place, clues=clues, lists=Lists.NETWORK if client.spoke else Lists.MACHINES, heard_at=client.heard
    )
    return batch


@lru_cache(maxsize=65_536)  # lines repeat addresses, and one takes 4 of a line's 19 microseconds
def client_of(written: str) -> str | None:
    """A client's address, folded; `None` for what can be no machine's."""
    return ip_key(written)


def name_of(written: str) -> str | None:
    """A name that was spoken to, in small letters; `None` for an address, also backwards as it is asked for, and for
    what is no full name.

    >>> name_of("WWW.Example.com."), name_of("example.com:8080"), name_of("10.0.0.1"), name_of("1.0.0.10.in-addr.arpa")
    ('www.example.com', 'example.com', None, None)
    """
    name = re.sub(r":\d+$", "", written.strip()).rstrip(".").lower()
    full = _NAME.fullmatch(name) and "." in name and not name.endswith(".arpa")
    return name if full and not re.fullmatch(r"[\d.]+", name) else None
