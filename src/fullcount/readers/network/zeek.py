"""Lines of Zeek's logs, as tab-separated values and as JSON. Fields: Zeek's manual, pages of dns.log, ssl.log,
http.log, quic.log, conn.log and dhcp.log, and the policy script `protocols/conn/mac-logging`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from fullcount.reader import utc
from fullcount.readers.network.clients import Lease, Lines, Said, Spoke, client_of, lines_of, moment_of, name_of, named

if TYPE_CHECKING:
    from datetime import datetime

    from fullcount.reader import Stream

LOGS = frozenset({"dns", "ssl", "http", "quic", "conn", "dhcp"})
_NAMES = ("query", "server_name", "host")  # what was asked for, of TLS, of HTTP
_SEPARATOR = re.compile(r"#separator\s+\\x([0-9a-fA-F]{2})\s*")


def tabbed(stream: Stream) -> Lines:
    """A log with headings; several in one file follow each other with headings of their own."""
    fields: list[str] = []
    separator, unset = "\t", {"-", "(empty)"}
    for place, line, whole in lines_of(stream):
        if line.startswith("#"):
            heading, _, rest = line.partition(separator)
            if match := _SEPARATOR.fullmatch(line):
                separator = chr(int(match[1], 16))
            elif heading == "#fields":
                fields = rest.split(separator)
            elif heading in {"#unset_field", "#empty_field"}:
                unset.add(rest)
            continue
        if not line:
            continue
        cells = line.split(separator)
        if not whole:
            yield place, line, "a line that is too long"
        elif not fields:
            yield place, line, "a line before any heading"
        elif len(cells) != len(fields):
            yield place, line, "a line with another number of columns than its heading"
        else:
            row = {name: cell for name, cell in zip(fields, cells, strict=True) if cell not in unset}
            yield place, line, spoke(row)


def spoke(row: dict[str, Any]) -> Said | tuple[Said, ...]:
    """What a line says of a client; a text says why it cannot be used."""
    if "id.orig_h" not in row:
        return _leased(row)
    client = client_of(str(row["id.orig_h"]))
    if client is None:
        return None if _is_address(str(row["id.orig_h"])) else "a line without a client's address"
    written = [row[name] for name in _NAMES if isinstance(row.get(name), str)]
    names = tuple(name for value in written if (name := name_of(value)))
    if "conn_state" in row and not _is_ours(row, client):
        return None
    moment, mac = _moment(row), row.get("orig_l2_addr")
    if isinstance(mac, str):
        return Spoke(client, names, moment), Lease(client, (("mac", mac),), begins=moment, heard=moment, framed=True)
    return Spoke(client, names, moment)


def _leased(row: dict[str, Any]) -> Said:
    """A line of dhcp.log; one without an address that was given says nothing of it."""
    if not row.keys() & {"mac", "client_addr", "assigned_addr"}:
        return "a line without a client's address"
    client = client_of(str(row.get("assigned_addr") or row.get("client_addr")))
    if client is None:
        return None
    begins, mac, name = _moment(row), row.get("mac"), row.get("client_fqdn") or row.get("host_name")
    clues = ((("mac", mac),) if isinstance(mac, str) else ()) + named(name if isinstance(name, str) else None)
    return Lease(client, clues, begins=begins, ends=after(begins, row.get("lease_time")), heard=begins)


def after(begins: datetime | None, seconds: Any) -> datetime | None:
    """The end of a lease of so many seconds."""
    try:
        return begins + timedelta(seconds=float(seconds)) if begins else None
    except (TypeError, ValueError, OverflowError):
        return None


def _is_ours(row: dict[str, Any], client: str) -> bool:
    """Whether a connection began inside, as the log says, or else as the address does: outsiders knock all day."""
    local = row.get("local_orig")
    return local in {True, "T"} if local is not None else ip_address(client).is_private


def _is_address(written: str) -> bool:
    try:
        ip_address(written.strip().split("%", 1)[0])
    except ValueError:
        return False
    return True


def _moment(row: dict[str, Any]) -> datetime | None:
    """Seconds since 1970, or, by a setting of Zeek, an ISO date."""
    written = str(row.get("ts", ""))
    if re.fullmatch(r"\d{1,11}(?:\.\d+)?", written):
        return utc(float(written))
    return moment_of(written)
