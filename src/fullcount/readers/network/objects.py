"""Logs of JSON documents: Suricata's eve.json, and the query log of Route 53 Resolver.

Fields: Suricata's manual, "Eve JSON Format"; Amazon's "Values that appear in VPC Resolver query logs".
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from fullcount.document import Document, documents, rows_of, section, text_of
from fullcount.readers.network.clients import Lease, Lines, Said, Spoke, client_of, lines_of, moment_of, name_of, named, named_in
from fullcount.readers.network.zeek import after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.reader import Stream

Says = Callable[[dict[str, Any]], Said | tuple[Said, ...]]
_ANSWERS = frozenset({"answer", "response"})  # of these the source may be the server
_NONE = "no JSON document on this line"


def objects(stream: Stream, said: Says) -> Lines:
    """What one JSON document a line says; also where somebody put them into a list."""
    from orjson import JSONDecodeError, loads

    with stream.binary() as file:
        head = file.read(64).replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if head.startswith(b"["):
        yield from _listed(stream, said)
        return
    for place, line, _ in lines_of(stream):
        if line.strip():
            try:
                row = loads(line.encode("utf-8", "surrogatepass"))
            except JSONDecodeError:
                row = None
            yield place, line, said(row) if isinstance(row, dict) else _NONE


def _listed(stream: Stream, said: Says) -> Lines:
    """Place is the ordinal of the document."""
    place = 0
    for found in documents(stream):
        if not isinstance(found, Document):
            yield place + 1, found.raw.decode("utf-8", "replace"), found.reason
            continue
        for row in found.value if isinstance(found.value, list) else [found.value]:
            place += 1
            yield place, str(row)[:4096], said(row) if isinstance(row, dict) else _NONE


def is_event(row: Any) -> bool:
    """Whether this is an event of Suricata."""
    return (
        isinstance(row, dict) and {"event_type", "timestamp"} <= row.keys() and bool({"flow_id", "src_ip", "stats"} & row.keys())
    )


def event(row: dict[str, Any]) -> Said:
    """What an event of Suricata says of its client. Alerts and other events are passed over: their source may be either end."""
    kind = text_of(row, "event_type")
    if kind == "dhcp":
        return _dhcp(row)
    if kind not in {"dns", "tls", "http", "quic", "flow"}:
        return None if kind else "no event"
    written = text_of(row, "src_ip")
    client = client_of(written) if written else None
    if client is None:
        return None if written and _is_address(written) else "an event without a client's address"
    if kind == "flow" and not ip_address(client).is_private:
        return None  # outsiders knock all day
    if kind == "dns" and text_of(section(row, "dns"), "type") in _ANSWERS:
        return None
    names = tuple(name for value in _spoken(kind, section(row, kind)) if (name := named_in(value)))
    return Spoke(client, names, moment_of(text_of(row, "timestamp")))


def _spoken(kind: str, said: dict[str, Any]) -> Iterator[str]:
    if kind == "dns":
        asked = [said, *rows_of(said, "queries"), *rows_of(said, "query")]
        yield from (name for one in asked if (name := text_of(one, "rrname")))
    elif name := text_of(said, "hostname" if kind == "http" else "sni"):
        yield name


def _dhcp(row: dict[str, Any]) -> Said:
    """An address that was given; before that it was only asked for."""
    said = section(row, "dhcp")
    client = client_of(text_of(said, "assigned_ip") or "")
    if client is None or text_of(said, "dhcp_type") not in {"ack", None}:
        return None
    begins, mac = moment_of(text_of(row, "timestamp")), text_of(said, "client_mac")
    clues = ((("mac", mac),) if mac else ()) + named(text_of(said, "hostname"))
    return Lease(client, clues, begins=begins, ends=after(begins, said.get("lease_time")), heard=begins)


def is_resolved(row: Any) -> bool:
    """Whether this is a query of Route 53 Resolver."""
    return isinstance(row, dict) and {"query_timestamp", "query_name", "srcaddr"} <= row.keys()


def resolved(row: dict[str, Any]) -> Said | tuple[Said, ...]:
    """A query of an instance, which is named beside its address."""
    client, moment = client_of(text_of(row, "srcaddr") or ""), moment_of(text_of(row, "query_timestamp"))
    if client is None:
        return "a query without a client's address"
    name = name_of(text_of(row, "query_name") or "")
    spoke = Spoke(client, (name,) if name else (), moment)
    instance = text_of(section(row, "srcids"), "instance")
    if not instance:
        return spoke
    return spoke, Lease(client, (("cloud_id", instance),), begins=moment, heard=moment)


def _is_address(written: str) -> bool:
    try:
        ip_address(written.split("%", 1)[0])
    except ValueError:
        return False
    return True
