"""Clients of a network and the names that they spoke to: gathered from lines, handed on with bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from fullcount import when
from fullcount.clue import ip_key, normal
from fullcount.model import Batch, Lists, Record, State, Title, Trace

if TYPE_CHECKING:
    from fullcount.reader import Stream

_HELD = 500_000  # names of clients that are kept before they are handed on
_ADDRESSES = 8  # of the sixth version of the protocol that one machine may have on a day
_TERM = 62  # days of a lease that are taken in
_LONGEST = 1 << 16  # characters of a line
_SHOWN = 4096
_NAME = re.compile(r"[\w*\\-][\w.*\\-]{0,253}")  # `\` begins an escaped byte, which some names have
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,20}://", re.IGNORECASE)
_NOTHING = {"", "-", "n/a", "na", "none", "null", "unknown", "undefined"}


class Spoke(NamedTuple):
    """A line about a client. A name that it spoke to, if the line has one, and when."""

    client: str
    names: tuple[str, ...] = ()
    moment: datetime | None = None


class Lease(NamedTuple):
    """Which machine had an address, from when until when. `clues`: of the machine; the first that is good tells it from the
    others of the file. `framed`: read off the frames, so that from behind a router it is the router's.
    """

    client: str
    clues: tuple[tuple[str, str], ...]
    begins: datetime | None = None
    ends: datetime | None = None
    heard: datetime | None = None
    framed: bool = False


Said = Spoke | Lease | str | None  # a text is why a line cannot be used, `None` passes it over
Lines = Iterable[tuple[int, str, Said | tuple[Said, ...]]]


@dataclass(slots=True)
class _Client:
    """A client on a day."""

    place: int
    names: dict[str, int] = field(default_factory=dict)
    spoke: bool = False
    heard: datetime | None = None


@dataclass(slots=True)
class _Machine:
    place: int
    clues: dict[tuple[str, str], None] = field(default_factory=dict)
    leases: dict[tuple[str, str], None] = field(default_factory=dict)
    addresses: dict[str, None] = field(default_factory=dict)
    heard: datetime | None = None
    framed: bool = True


@dataclass(slots=True)
class _Gathered:
    clients: dict[tuple[str, date | None], _Client] = field(default_factory=dict)
    machines: dict[tuple[str, str], _Machine] = field(default_factory=dict)


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


def gathered(lines: Lines) -> Iterator[Batch]:
    """One record a client and day, with the names that it spoke to; one a client that spoke to none; and one a machine that
    had an address.

    Of a name the first line is the place; where there is more than can be kept, also the first of each further part.
    """
    found = _Gathered()
    kept = 0
    for place, line, said in lines:
        for one in said if type(said) is tuple else (said,):
            if isinstance(one, str):
                lost = Batch()
                lost.reject(place, line[:_SHOWN], one)
                yield lost
            elif isinstance(one, Spoke):
                kept += _take(found.clients, place, one)
            elif isinstance(one, Lease):
                _lease(found.machines, place, one)
        if kept >= _HELD:
            kept = 0
            yield from _names(found.clients)
    yield from _clients(found.clients)
    yield from _machines(found.machines)


def _take(clients: dict[tuple[str, date | None], _Client], place: int, said: Spoke) -> int:
    """Take a line in. Returns how many new names it has."""
    day = said.moment.date() if said.moment else None
    client = clients.get((said.client, day))
    if client is None:
        client = clients[said.client, day] = _Client(place)
    before = len(client.names)
    for name in said.names:
        client.names.setdefault(name, place)
        client.spoke = True
    client.heard = _later(client.heard, said.moment)
    return len(client.names) - before


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


def _lease(machines: dict[tuple[str, str], _Machine], place: int, said: Lease) -> None:
    """Take a lease in. A machine is the first of its clues that is one, else the address."""
    clues = [(kind, value) for kind, value in said.clues if normal(kind, value)]
    identity = normal(*clues[0]) if clues else ("ip", said.client)
    machine = machines.setdefault(identity or ("ip", said.client), _Machine(place))
    machine.clues.update(dict.fromkeys(clues))
    machine.addresses[said.client] = None
    for day in _days(said.begins, said.ends):
        machine.leases[said.client, day] = None
    machine.heard = _later(machine.heard, said.heard)
    machine.framed = machine.framed and said.framed


def _days(begins: datetime | None, ends: datetime | None) -> Iterator[str]:
    """The days of a lease. Of one that says only when it ends, that day is all that is sure."""
    first, last = begins or ends, ends or begins
    if first and last and first <= last:
        for turn in range(min((last.date() - first.date()).days + 1, _TERM)):
            yield (first.date() + timedelta(days=turn)).isoformat()


def _names(clients: dict[tuple[str, date | None], _Client]) -> Iterator[Batch]:
    for (address, day), client in clients.items():
        if client.names:
            batch = Batch(key=_key(address, day))
            _see(batch, client)
            yield batch


def _key(address: str, day: date | None) -> str:
    return f"{address} {day}" if day else address


def _see(batch: Batch, client: _Client) -> None:
    for name, place in client.names.items():
        batch.saw(Title(Trace.NETWORK, dns_name=name), place, State.CALLBACK)
    client.names.clear()


def _clients(clients: dict[tuple[str, date | None], _Client]) -> Iterator[Batch]:
    """Days on which a client spoke to something; of a client that never did, all of its days as one."""
    spoke = {address for (address, _), client in clients.items() if client.spoke}
    silent: dict[str, _Client] = {}
    for (address, day), client in clients.items():
        if client.spoke:
            batch = Batch(key=_key(address, day))
            _see(batch, client)
            batch.record = _record(client, [("ip", address)], Lists.NETWORK)
            yield batch
        elif address not in spoke:
            one = silent.setdefault(address, client)
            one.heard = _later(one.heard, client.heard)
    for address, client in silent.items():
        yield Batch(key=f"silent {address}", record=_record(client, [("ip", address)], Lists.MACHINES))


def _record(one: _Client | _Machine, clues: list[tuple[str, str]], lists: Lists) -> Record:
    return Record(place=one.place, clues=clues, lists=lists, heard_at=one.heard)


def _machines(machines: dict[tuple[str, str], _Machine]) -> Iterator[Batch]:
    for identity, machine in machines.items():
        if not (machine.framed and _is_router(machine)):
            clues = [*machine.clues, *(("ip", address) for address in machine.addresses)]
            clues += [("lease", f"{address} {day}") for address, day in machine.leases]
            yield Batch(key=" ".join(identity), record=_record(machine, clues, Lists.MACHINES))


def _is_router(machine: _Machine) -> bool:
    """A hardware address beside several clients of a day. Of the sixth version a machine has several addresses itself."""
    days: dict[str, list[str]] = {}
    for address, day in machine.leases:
        days.setdefault(day, []).append(address)
    new = max((sum(":" in one for one in some) for some in days.values()), default=0)
    old = max((sum(":" not in one for one in some) for some in days.values()), default=0)
    return old > 1 or new > _ADDRESSES


@lru_cache(maxsize=65_536)  # lines repeat addresses, and one takes 4 of a line's 19 microseconds
def client_of(written: str) -> str | None:
    """A client's address, folded; `None` for what can be no machine's."""
    return ip_key(written)


def named(value: str | None) -> tuple[tuple[str, str], ...]:
    """The clues in what a lease or a log calls a machine."""
    if not value or value.strip(' "').lower() in _NOTHING:
        return ()
    return (("fqdn" if normal("fqdn", value) else "hostname", value),) if normal("hostname", value) else ()


def host_of(written: str) -> str:
    """The host of a URL, or of what stands in one's place: neither path, user nor port.

    >>> host_of("https://user@dnl.example.com:8443/a?b=c"), host_of("example.com:443"), host_of("example.com/a")
    ('dnl.example.com', 'example.com', 'example.com')
    """
    rest = _SCHEME.sub("", written.strip()[:_SHOWN], count=1)
    place = re.split(r"[/?#]", rest, maxsplit=1)[0].rsplit("@", 1)[-1]
    return re.sub(r":\d*$", "", place)


@lru_cache(maxsize=65_536)
def named_in(written: str) -> str | None:
    """The name of the host of a URL, or of what stands in one's place."""
    return name_of(host_of(written))


_FRACTION = re.compile(r"(:\d\d)[.,]\d+")


def moment_of(written: str | None) -> datetime | None:
    """A date; of a log many lines have the same second, and reading an ISO date with a zone takes 40 microseconds."""
    return _second(_FRACTION.sub(r"\1", written, count=1)) if written else None


@lru_cache(maxsize=4096)
def _second(written: str) -> datetime | None:
    return when.parse(written)


@lru_cache(maxsize=65_536)
def name_of(written: str) -> str | None:
    """A name that was spoken to, in small letters; `None` for an address, also backwards as it is asked for, and for
    what is no full name.

    >>> name_of("WWW.Example.com."), name_of("example.com:8080"), name_of("10.0.0.1"), name_of("1.0.0.10.in-addr.arpa")
    ('www.example.com', 'example.com', None, None)
    """
    name = re.sub(r":\d+$", "", written.strip()).rstrip(".").lower()
    full = _NAME.fullmatch(name) and "." in name and not name.endswith(".arpa")
    return name if full and not re.fullmatch(r"[\d.]+", name) else None
