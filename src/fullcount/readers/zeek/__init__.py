"""Networks: Zeek's logs, and the query logs of name servers. One record a client address, with the names it spoke to.

Such a record says that a machine called a vendor's servers, never that it has the vendor's software. An address is no
clue that joins by itself: it does so through a lease (dhcp.log), or a record with that address on the same day.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fullcount.model import Lists
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.zeek.clients import gathered
from fullcount.readers.zeek.logs import LOGS, json_lines, tabbed
from fullcount.readers.zeek.queries import lists_queries, queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fullcount.model import Batch

_PEEKED = 100  # lines that are looked at
_PATH = re.compile(r"^#path.(\w+?)(?:_\d\S*)?\s*$", re.MULTILINE)
_NAMED = {"query", "server_name", "host", "conn_state", "assigned_addr"}  # one of them, in JSON


def claims_zeek(peek: Peek) -> bool:
    """The headings of a log that is read, or JSON lines with the fields of one."""
    if peek.text.startswith("#separator "):
        path = _PATH.search(peek.text)
        return bool(path and path[1] in LOGS)
    row = peek.json_line if peek.json_start == "{" else None
    if not isinstance(row, dict) or "ts" not in row:
        return False
    mine = {"uid", "id.orig_h"} <= row.keys() or {"uids", "mac"} <= row.keys()
    return mine and bool(_NAMED & row.keys() or row.get("_path") in LOGS)


def claims_queries(peek: Peek) -> bool:
    """Lines that only a name server writes. JSON and XML, which most files are, are told apart without looking at lines."""
    if peek.json_start or peek.text.lstrip().startswith("<"):
        return False
    whole = peek.lines if peek.size <= len(peek.head) else peek.lines[:-1]
    return lists_queries([line for line in whole if line.strip()][:_PEEKED])


def zeek_batches(stream: Stream) -> Iterator[Batch]:
    """One record a client. Place is the line."""
    with stream.binary() as file:
        head = file.read(8).replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    return gathered(json_lines(stream) if head.startswith(b"{") else tabbed(stream))


def query_batches(stream: Stream) -> Iterator[Batch]:
    """One record a client. Place is the line."""
    return gathered(queries(stream))


_BLIND = (
    "A name that was spoken to is a call-back: it proves no install, and its absence proves nothing.",
    "A client is an address: machines behind a router, a proxy or a resolver are seen as one, and addresses change hands.",
    "Traffic that does not pass the place of observation, DNS over HTTPS and encrypted names of servers are not seen.",
)

ZEEK = Reader(
    name="zeek",
    title="Zeek logs (dns, ssl, quic, http, conn, dhcp)",
    lists=Lists.NETWORK,
    blind=(
        *_BLIND,
        "Of dns.log, ssl.log and http.log also clients from outside are listed, where those are observed.",
    ),
    how=(
        "Copy `dns.log`, `ssl.log`, `quic.log`, `http.log`, `conn.log` and `dhcp.log` of the days in question from Zeek's log "
        "folder (`/opt/zeek/logs/2017-10-10/`), as they are, also compressed, tab-separated or JSON. To have hardware "
        "addresses in them, load `policy/protocols/conn/mac-logging` in `local.zeek`."
    ),
    unit="line",
    basis=Basis.DOCUMENTATION,
    claims=claims_zeek,
    batches=zeek_batches,
)

DNS_QUERIES = Reader(
    name="dns-queries",
    title="DNS query log (BIND, dnsmasq, Windows DNS debug log)",
    lists=Lists.NETWORK,
    blind=(
        *_BLIND,
        "dnsmasq writes no year, and Windows a date whose order depends on its settings: unclear dates are left out.",
        "Times are taken for UTC, which these servers do not say.",
    ),
    how=(
        "BIND: `rndc querylog on`, and copy the file of the channel for the category `queries`, with `print-time yes`. "
        "dnsmasq: `log-queries` in `dnsmasq.conf`, and copy its log. Windows: DNS Manager, the server, Properties, Debug "
        "Logging: packets incoming, UDP and TCP, queries, requests; and copy `%SystemRoot%\\System32\\dns\\dns.log`."
    ),
    unit="line",
    basis=Basis.DOCUMENTATION,
    claims=claims_queries,
    batches=query_batches,
)
