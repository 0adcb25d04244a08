"""Networks: logs of sensors, name servers, proxies and firewalls. One record a client address and day, with the names that it
spoke to; only names are kept, never what stands behind them in a URL.

Such a record says that a machine called a vendor's servers, never that it has the vendor's software. An address is no
clue that joins by itself: it does so through a lease, or a record with that address on the same day in the same component.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fullcount.model import Lists
from fullcount.reader import Basis, Peek, Reader, Stream
from fullcount.readers.network import leases, lines, objects, tables
from fullcount.readers.network.clients import gathered
from fullcount.readers.network.queries import lists_queries, queries
from fullcount.readers.network.zeek import LOGS, spoke, tabbed

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
    if not _is_text(peek):
        return False
    return lists_queries([line for line in _whole(peek) if line.strip()][:_PEEKED])


def _whole(peek: Peek) -> list[str]:
    return peek.lines if peek.size <= len(peek.head) else peek.lines[:-1]


def _is_text(peek: Peek) -> bool:
    """JSON, XML and what is no text, which most files are, are told apart without looking at lines."""
    start = peek.text[:200].lstrip()
    is_json = peek.json_start and " unbound[" not in start  # whose time stands in brackets, as a level of syslog in angles
    return not is_json and not (start.startswith("<") and not start[1:2].isdigit())


def _first(peek: Peek) -> Any:
    """The first JSON document: a line, or of a list its first entry."""
    if peek.json_start == "[":
        with suppress(ValueError, RecursionError):
            return json.JSONDecoder().raw_decode(peek.text.lstrip()[1:].lstrip())[0]
    return peek.json_line


def claims_suricata(peek: Peek) -> bool:
    """An event in the first line, or where statistics are too long to be seen whole, its beginning."""
    if objects.is_event(_first(peek)):
        return True
    begins = peek.text.lstrip()[:200]
    return peek.json_start == "{" and begins.startswith('{"timestamp":') and '"event_type":"stats"' in begins


def claims_route53(peek: Peek) -> bool:
    """A query in the first line."""
    return objects.is_resolved(_first(peek))


def claims_proxy(peek: Peek) -> bool:
    """Lines of Squid, of a proxy that writes as web servers do, or a W3C heading with a client and a host."""
    return _is_text(peek) and (lines.is_extended(peek.lines) or lines.is_log(_whole(peek), lines.proxied))


def claims_firewall(peek: Peek) -> bool:
    """Lines of the firewalls."""
    return _is_text(peek) and lines.is_firewall(_whole(peek))


def claims_table(peek: Peek) -> bool:
    """The columns of such a table, or Umbrella's lines."""
    return tables.is_table(peek) or (_is_text(peek) and tables.is_umbrella(_whole(peek)))


def claims_leases(peek: Peek) -> bool:
    """Leases of one of the servers."""
    whole = _whole(peek)
    return _is_text(peek) and (leases.is_isc(whole) or leases.is_dnsmasq(whole) or leases.heading(whole) is not None)


def zeek_batches(stream: Stream) -> Iterator[Batch]:
    """One record a client and day. Place is the line."""
    with stream.binary() as file:
        head = file.read(8).replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    return gathered(objects.objects(stream, spoke) if head.startswith(b"{") else tabbed(stream))


def suricata_batches(stream: Stream) -> Iterator[Batch]:
    """One record a client and day. Place is the line."""
    return gathered(objects.objects(stream, objects.event))


def route53_batches(stream: Stream) -> Iterator[Batch]:
    """One record a client and day, and one an instance. Place is the line."""
    return gathered(objects.objects(stream, objects.resolved))


def proxy_batches(stream: Stream) -> Iterator[Batch]:
    """One record a client and day. Place is the line."""
    with stream.text() as text:
        is_extended = lines.is_extended([text.readline(4096) for _ in range(50)])
    return gathered(lines.extended(stream) if is_extended else lines.spoken(stream, lines.proxied))


def firewall_batches(stream: Stream) -> Iterator[Batch]:
    """One record a client and day. Place is the line."""
    return gathered(lines.spoken(stream, lines.filtered))


def table_batches(stream: Stream) -> Iterator[Batch]:
    """One record a client and day. Place is the row."""
    return gathered(tables.rows(stream))


def lease_batches(stream: Stream) -> Iterator[Batch]:
    """One record a machine. Place is the line."""
    return gathered(leases.leases(stream))


def query_batches(stream: Stream) -> Iterator[Batch]:
    """One record a client and day. Place is the line."""
    return gathered(queries(stream))


_BLIND = (
    "A name that was spoken to is a call-back: it proves no install, and its absence proves nothing.",
    "A client is an address: machines behind a router, a proxy or a resolver are seen as one, and addresses change hands.",
    "Traffic that does not pass the place of observation, DNS over HTTPS and encrypted names of servers are not seen.",
)

ZEEK = Reader(
    name="zeek",
    title="Zeek logs (dns, ssl, quic, http, conn, dhcp)",
    version=2,
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
    title="DNS query log (BIND, dnsmasq, Unbound, Windows DNS debug log)",
    version=2,
    lists=Lists.NETWORK,
    blind=(
        *_BLIND,
        "Syslog's older form has no year, and the order of Windows' dates depends on its settings: unclear dates are left out.",
        "Times are taken for UTC, which these servers do not say.",
    ),
    how=(
        "BIND: `rndc querylog on`, and copy the file of the channel for the category `queries`, with `print-time yes`. "
        "dnsmasq, Unbound: `log-queries` in `dnsmasq.conf`, `log-queries: yes` in `unbound.conf`, and copy the log. Windows: DNS "
        "Manager, the server, Properties, Debug Logging: packets incoming, UDP and TCP, queries, requests; and copy "
        "`%SystemRoot%\\System32\\dns\\dns.log`."
    ),
    unit="line",
    basis=Basis.DOCUMENTATION,
    claims=claims_queries,
    batches=query_batches,
)

SURICATA = Reader(
    name="suricata",
    title="Suricata eve.json (dns, tls, http, quic, flow, dhcp)",
    lists=Lists.NETWORK,
    blind=(*_BLIND, "Alerts and other events are passed over: they do not say which end is the client."),
    how=(
        "Copy `eve.json` of the days in question from `/var/log/suricata/`, also compressed, with `dns`, `tls`, `http`, `quic`, "
        "`flow` and `dhcp` among the `types` of `eve-log` in `suricata.yaml` (`extended: yes` below `tls` and `dhcp`)."
    ),
    unit="line",
    basis=Basis.DOCUMENTATION,
    claims=claims_suricata,
    batches=suricata_batches,
)

ROUTE53 = Reader(
    name="route53",
    title="Route 53 Resolver query log (JSON)",
    lists=Lists.NETWORK,
    blind=(*_BLIND, "A query that came through an endpoint names no instance, and has the address of the last resolver."),
    how=(
        "Amazon: Route 53, Resolver, Query logging, a configuration with an S3 bucket for the VPCs; then "
        "`aws s3 cp --recursive s3://BUCKET/AWSLogs/ACCOUNT/vpcdnsquerylogs/ logs/`, and give the files as they are, compressed."
    ),
    unit="line",
    basis=Basis.DOCUMENTATION,
    claims=claims_route53,
    batches=route53_batches,
)

PROXY = Reader(
    name="proxy-log",
    title="Proxy log (Squid, combined, W3C extended)",
    lists=Lists.NETWORK,
    blind=(*_BLIND, "A machine that is let out around the proxy is not seen, and of a proxy behind another only that one is."),
    how=(
        "Squid: copy `access.log` from `/var/log/squid/`, native or `combined`. Blue Coat (Edge SWG): Configuration, Access "
        "Logging, a log of the format `main`. Others: W3C extended with `c-ip` and `cs-host`, and the line `#Fields:`."
    ),
    unit="line",
    basis=Basis.DOCUMENTATION,
    claims=claims_proxy,
    batches=proxy_batches,
)

FIREWALL = Reader(
    name="firewall-log",
    title="Firewall log (FortiGate, Cisco ASA and Threat Defense, Palo Alto)",
    lists=Lists.NETWORK,
    blind=(*_BLIND, "Lines without the name of a server, which most are, say nothing here and are passed over."),
    how=(
        "FortiGate: Log & Report, Web Filter or DNS Query, Download Log. Cisco: copy the syslog server's file, with `logging "
        "timestamp` and message 304001 logged, or `names`. Palo Alto: the syslog server's file of "
        "threat logs of type `url`."
    ),
    unit="line",
    basis=Basis.DOCUMENTATION,
    claims=claims_firewall,
    batches=firewall_batches,
)

NETWORK_TABLE = Reader(
    name="network-table",
    title="Network activity table (Umbrella, Infoblox, Zscaler, Palo Alto)",
    lists=Lists.NETWORK,
    blind=(
        *_BLIND,
        "Such exports are searches: what is outside the chosen days and filters, or above a limit, is missing.",
    ),
    how=(
        "Umbrella: Reporting, Activity Search, the days in question, Export CSV (or the files of its S3 bucket). Infoblox: "
        "Reporting, DNS Query, Export CSV. Zscaler: Analytics, Web Insights, Logs, "
        "Export. Palo Alto: Monitor, URL Filtering, Export to CSV."
    ),
    unit="row",
    basis=Basis.DOCUMENTATION,
    claims=claims_table,
    batches=table_batches,
)

DHCP_LEASES = Reader(
    name="dhcp-leases",
    title="DHCP leases (ISC dhcpd, dnsmasq, Kea, Windows)",
    lists=Lists.MACHINES,
    blind=(
        "A lease says that a device had an address, and nothing of its software or of what kind of device it is.",
        "Where only the end of a lease is written (dnsmasq, Windows), its day and the day of the export are all that is sure.",
        "Random hardware addresses of phones and laptops, and addresses that were set by hand, join nothing.",
    ),
    how=(
        "ISC: copy `/var/lib/dhcp/dhcpd.leases`. dnsmasq: `/var/lib/misc/dnsmasq.leases`. Kea: `/var/lib/kea/kea-leases4.csv`. "
        "Windows: `Get-DhcpServerv4Scope | Get-DhcpServerv4Lease -AllLeases | Export-Csv leases.csv -NoTypeInformation`, or "
        "the logs of days, `%SystemRoot%\\System32\\dhcp\\DhcpSrvLog-*.log`."
    ),
    unit="line",
    basis=Basis.DOCUMENTATION,
    claims=claims_leases,
    batches=lease_batches,
)

NETWORK = (ZEEK, SURICATA, DNS_QUERIES, ROUTE53, PROXY, FIREWALL, NETWORK_TABLE, DHCP_LEASES)
