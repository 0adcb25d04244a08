"""Logs of sensors, name servers, proxies and firewalls, and leases: small ones, written as the manuals say."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from fullcount.errors import FullcountError
from fullcount.model import Batch, Lists, Record, State, Trace
from fullcount.reader import Peek, Reader, Stream
from fullcount.readers.network import NETWORK, clients

SHARED = Path(__file__).resolve().parents[2] / "../shared/samples"
READERS = NETWORK
D = " 2017-10-10"


def read(path: Path) -> list[Batch]:
    peek = Peek.at(path)
    [reader] = [reader for reader in READERS if reader.claims(peek)]
    return read_by(reader, path)


def read_by(reader: Reader, path: Path) -> list[Batch]:
    assert reader.batches
    return list(reader.batches(Stream(path=path, encoding=Peek.at(path).encoding)))


def written(tmp_path: Path, data: bytes | str) -> Path:
    path = tmp_path / "log"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def records(found: list[Batch]) -> dict[str | None, Record]:
    return {batch.key: batch.record for batch in found if batch.record}


def named(found: list[Batch]) -> dict[str | None, list[tuple[str | None, int]]]:
    return {batch.key: [(s.title.dns_name, s.place) for s in batch.sightings] for batch in found if batch.record}


def log(path: str, fields: str, *rows: str) -> str:
    head = [
        "#separator \\x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        f"#path\t{path}",
        "#open\t2017-10-10",
    ]
    types = "#types\t" + "\t".join("string" for _ in fields.split())
    lines = [*head, "#fields\t" + "\t".join(fields.split()), types, *("\t".join(row.split()) for row in rows), "#close\t2017"]
    return "\n".join(lines) + "\n"


DNS = log(
    "dns",
    "ts uid id.orig_h id.orig_p query qtype_name",
    "1507629600.5 C1 10.0.0.7 5353 DNL-01.GEO.kaspersky.com A",
    "1507629601.5 C2 10.0.0.7 5353 dnl-01.geo.kaspersky.com. AAAA",
    "1507633200.0 C3 10.0.0.7 5353 example.com A",
    "1507629602.0 C4 10.0.0.8 5353 - A",
    "1507629602.0 C5 10.0.0.8 5353 7.0.0.10.in-addr.arpa PTR",
    "1507629602.0 C6 127.0.0.1 5353 example.com A",
    "1507629602.0 C7 - 5353 example.com A",
    "too few",
)


def test_one_record_a_client_and_each_name_once(tmp_path: Path) -> None:
    found = read(written(tmp_path, DNS))
    assert named(found) == {f"10.0.0.7{D}": [("dnl-01.geo.kaspersky.com", 9), ("example.com", 11)], "silent 10.0.0.8": []}
    assert {s.state for batch in found for s in batch.sightings} == {State.CALLBACK}
    assert {s.title.type for batch in found for s in batch.sightings} == {Trace.NETWORK}
    first, second = records(found).values()
    assert first.clues == [("ip", "10.0.0.7")]
    assert (first.lists, first.looked_at) == (Lists.NETWORK, None)
    assert first.heard_at == datetime(2017, 10, 10, 11)  # noqa: DTZ001 - times of the house are UTC
    assert second.lists is Lists.MACHINES
    rejects = [(reject.place, reject.reason) for batch in found for reject in batch.rejects]
    assert rejects == [
        (15, "a line without a client's address"),
        (16, "a line with another number of columns than its heading"),
    ]


def test_json_says_the_same(tmp_path: Path) -> None:
    rows = [
        {"ts": 1507629600.5, "uid": "C1", "id.orig_h": "10.0.0.7", "query": "DNL-01.geo.kaspersky.com"},
        {"ts": "2017-10-10T11:00:00.000000Z", "uid": "C2", "id.orig_h": "10.0.0.7", "query": "example.com"},
        {"ts": True, "uid": "C3", "id.orig_h": "10.0.0.9", "query": 7},
    ]
    text = "\n".join(map(json.dumps, rows)) + '\n\n{"cut": \n[1]\n'
    found = read(written(tmp_path, text))
    assert named(found)[f"10.0.0.7{D}"] == [("dnl-01.geo.kaspersky.com", 1), ("example.com", 2)]
    assert records(found)[f"10.0.0.7{D}"].heard_at == datetime(2017, 10, 10, 11)  # noqa: DTZ001 - UTC
    assert records(found)["silent 10.0.0.9"].heard_at is None
    assert [reject.place for batch in found for reject in batch.rejects] == [5, 6]


def test_names_of_servers_and_of_sites(tmp_path: Path) -> None:
    tls = log("ssl", "ts uid id.orig_h server_name", "1507629600 C1 fd00::7 ksn.kaspersky-labs.com", "1507629600 C2 fd00::7 -")
    http = log("http", "ts uid id.orig_h host", "1507629600 C1 10.0.0.7 Example.com:8080", "1507629600 C2 10.0.0.7 10.0.0.1")
    assert named(read(written(tmp_path, tls))) == {f"fd00::7{D}": [("ksn.kaspersky-labs.com", 9)]}
    assert named(read(written(tmp_path, http))) == {f"10.0.0.7{D}": [("example.com", 9)]}
    both = named(read(written(tmp_path, tls + http)))  # days put behind one another, each with its headings
    assert both == {f"fd00::7{D}": [("ksn.kaspersky-labs.com", 9)], f"10.0.0.7{D}": [("example.com", 20)]}


CONN = "ts uid id.orig_h conn_state local_orig orig_l2_addr"


def test_connections_of_our_own_are_machines(tmp_path: Path) -> None:
    text = log(
        "conn",
        CONN,
        "1507629600 C1 10.0.0.7 SF T f0:18:98:00:00:01",
        "1507629600 C2 198.51.100.7 SF T f0:18:98:00:00:02",
        "1507629600 C3 203.0.113.9 S0 F f0:18:98:00:00:03",
        "1507629600 C4 10.0.0.9 SF - -",
        "1507629600 C5 8.8.8.8 SF - -",
        "1507629600 C6 fd00::7 SF T f0:18:98:00:00:01",
    )
    found = records(read(written(tmp_path, text)))
    assert {key: record.clues for key, record in found.items() if str(key).startswith("silent")} == {
        f"silent {address}": [("ip", address)] for address in ("10.0.0.7", "198.51.100.7", "10.0.0.9", "fd00::7")
    }
    one, other = ("f0:18:98:00:00:01", "f0:18:98:00:00:02")
    lease = [("lease", f"10.0.0.7{D}"), ("lease", f"fd00::7{D}")]
    assert found["mac F01898000001"].clues == [("mac", one), ("ip", "10.0.0.7"), ("ip", "fd00::7"), *lease]
    assert found["mac F01898000002"].clues == [("mac", other), ("ip", "198.51.100.7"), ("lease", f"198.51.100.7{D}")]
    assert {record.lists for record in found.values()} == {Lists.MACHINES}


def test_address_of_a_router_is_no_clue(tmp_path: Path) -> None:
    rows = [f"1507629600 C 10.0.0.{n} SF T f0:18:98:00:00:01" for n in (1, 2)]
    rows += [f"1507629600 C fd00::{n} SF T f0:18:98:00:00:02" for n in range(1, 10)]
    found = records(read(written(tmp_path, log("conn", CONN, *rows))))
    assert len(found) == 11
    assert [record.clues for record in found.values()] == [[("ip", str(key).removeprefix("silent "))] for key in found]


def test_leases_name_machines(tmp_path: Path) -> None:
    text = log(
        "dhcp",
        "ts uids client_addr mac host_name client_fqdn assigned_addr",
        "1507629600 C1 - f0:18:98:00:00:01 PC-7 - 10.0.0.7",
        "1507629700 C2 - f0:18:98:00:00:01 PC-7 pc-7.corp.example.gov 10.0.0.8",
        "1507629700 C3 0.0.0.0 f0:18:98:00:00:02 - - -",
        "1507629700 C4 - - - - -",
    )
    found = read(written(tmp_path, text))
    mac = ("mac", "f0:18:98:00:00:01")
    names = [("hostname", "PC-7"), ("fqdn", "pc-7.corp.example.gov")]
    had = [("ip", "10.0.0.7"), ("ip", "10.0.0.8"), ("lease", f"10.0.0.7{D}"), ("lease", f"10.0.0.8{D}")]
    assert {key: record.clues for key, record in records(found).items()} == {"mac F01898000001": [mac, *names, *had]}
    assert [reject.place for batch in found for reject in batch.rejects] == [12]
    row = {"ts": 1507629600, "uids": ["C1"], "mac": mac[1], "assigned_addr": "10.0.0.7", "host_name": 5, "lease_time": 90000.0}
    [batch] = read(written(tmp_path, json.dumps(row)))
    days = [("lease", f"10.0.0.7{D}"), ("lease", "10.0.0.7 2017-10-11")]
    assert records([batch])["mac F01898000001"].clues == [mac, ("ip", "10.0.0.7"), *days]


def test_other_separators_and_cut_files(tmp_path: Path) -> None:
    text = DNS.replace("\t", "|").replace("\\x09", "\\x7c")
    assert named(read(written(tmp_path, text))) == named(read(written(tmp_path, DNS)))
    assert named(read(written(tmp_path, DNS.replace("\n", "\r\n")))) == named(read(written(tmp_path, DNS)))
    cut = read(written(tmp_path, DNS[: DNS.index("example.com")]))
    assert [reject.place for batch in cut for reject in batch.rejects] == [11]
    headless = "#separator \\x09\n#path\tdns\n1\t2\n"
    assert [reject.reason for batch in read(written(tmp_path, headless)) for reject in batch.rejects] == [
        "a line before any heading"
    ]
    long = DNS.replace("example.com", "x" * 70_000, 1)
    assert next(reject.reason for batch in read(written(tmp_path, long)) for reject in batch.rejects) == "a line that is too long"


def test_what_is_held_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "_HELD", 3)
    rows = [f"1507629600 C 10.0.0.{n % 2} 53 n{n}.example.com A" for n in range(10)]
    found = read(written(tmp_path, log("dns", "ts uid id.orig_h id.orig_p query qtype_name", *rows)))
    assert max(len(batch.sightings) for batch in found) == 2
    assert sum(len(batch.sightings) for batch in found) == 10
    assert [record.lists for record in records(found).values()] == [Lists.NETWORK, Lists.NETWORK]


BIND = """10-Oct-2017 10:00:00.123 queries: info: client @0x7f00 10.0.0.7#5 (dnl.kaspersky.com): query: dnl.kaspersky.com IN A +
10-Oct-2017 10:00:01.123 client 10.0.0.7#51234: view internal: query: dnl.kaspersky.com IN AAAA + (10.0.0.1)
Oct 10 10:00:01 ns1 named[77]: client 10.0.0.8#5 (example.com): query: example.com IN A +
2017-10-10T11:00:00.123Z queries: info: client @0xa 10.0.0.8#5 (example.org): query: example.org IN A + (10.0.0.1)
10-Oct-2017 10:00:02.123 security: info: client 10.0.0.9#5: query (cache) 'x/A/IN' denied
client nobody: query: x.example.com IN
"""
DNSMASQ = """Oct 10 10:00:00 gw dnsmasq[77]: query[A] dnl.kaspersky.com from 10.0.0.7
Oct 10 10:00:00 gw dnsmasq[77]: forwarded dnl.kaspersky.com to 9.9.9.9
Oct 10 10:00:00 gw dnsmasq[77]: 12 10.0.0.7/40000 query[type=65] example.com from 10.0.0.7
Oct 10 10:00:00 gw dnsmasq[77]: reply example.com is 192.0.2.1
Oct 10 10:00:00 gw dnsmasq[77]: query[A] x.example.com from 127.0.0.1
"""
WINDOWS = """DNS Server log file creation at 10/10/2017 10:00:00 AM

Message logging key (for packets - other items use a subset of these fields):
\tField #  Information         Values
\t-------  -----------         ------
\t   1     Date

23.10.2017 10:00:32 0E70 PACKET  033397A0 UDP Rcv 10.0.0.7  5b47   Q [0001   D   NOERROR] A      (3)dnl(9)kaspersky(3)com(0)
23.10.2017 10:00:32 0E70 PACKET  033397A0 UDP Snd 9.9.9.9   5b47   Q [0001   D   NOERROR] A      (3)dnl(9)kaspersky(3)com(0)
23.10.2017 10:00:33 0E70 PACKET  033397A0 UDP Rcv 9.9.9.9   5b47 R Q [8081   DR  NOERROR] A      (3)dnl(9)kaspersky(3)com(0)
6/5/2013 10:00:32 AM 0E70 PACKET  00000000033397A0 UDP Rcv 10.0.0.8    5b47   Q [0001   D   NOERROR] A      (7)example(3)com(0)
"""


UNBOUND = """[1507629600] unbound[77:0] info: 10.0.0.7 dnl.kaspersky.com. A IN
2017-10-10T10:00:00+00:00 gw unbound: [77:1] info: 10.0.0.8 example.com. HTTPS IN
Oct 10 10:00:00 gw unbound[77]: [77:0] info: 10.0.0.9 example.com. A IN NOERROR 0.000000 0 58
[1507629600] unbound[77:0] info: service stopped
"""


def test_unbound_and_syslog_with_iso_dates(tmp_path: Path) -> None:
    names = named(read(written(tmp_path, UNBOUND)))
    one, two = [("dnl.kaspersky.com", 1)], [("example.com", 2)]
    assert names == {f"10.0.0.7{D}": one, f"10.0.0.8{D}": two, "10.0.0.9": [("example.com", 3)]}
    text = DNSMASQ.replace("Oct 10 10:00:00", "<30>2017-10-10T12:00:00+02:00")
    found = records(read(written(tmp_path, text)))
    assert found[f"10.0.0.7{D}"].heard_at == datetime(2017, 10, 10, 10)  # noqa: DTZ001 - times of the house are UTC


def test_three_name_servers(tmp_path: Path) -> None:
    found = read(written(tmp_path, BIND))
    assert named(found) == {
        f"10.0.0.7{D}": [("dnl.kaspersky.com", 1)],
        "10.0.0.8": [("example.com", 3)],
        f"10.0.0.8{D}": [("example.org", 4)],
    }
    assert [record.heard_at for record in records(found).values()] == [
        datetime(2017, 10, 10, 10, 0, 1),  # noqa: DTZ001 - times of the house are UTC
        None,
        datetime(2017, 10, 10, 11),  # noqa: DTZ001
    ]
    assert [reject.place for batch in found for reject in batch.rejects] == [6]
    found = read(written(tmp_path, DNSMASQ))
    assert named(found) == {"10.0.0.7": [("dnl.kaspersky.com", 1), ("example.com", 3)]}
    assert records(found)["10.0.0.7"].heard_at is None
    found = read(written(tmp_path, WINDOWS))
    assert named(found) == {"10.0.0.7 2017-10-23": [("dnl.kaspersky.com", 8)], "10.0.0.8": [("example.com", 11)]}
    assert records(found)["10.0.0.7 2017-10-23"].heard_at == datetime(2017, 10, 23, 10, 0, 32)  # noqa: DTZ001
    assert records(found)["10.0.0.8"].heard_at is None  # the sixth of May, or the fifth of June
    long = read(written(tmp_path, BIND + "x" * 70_000 + "\n"))
    assert [reject.reason for batch in long for reject in batch.rejects][-1] == "a line that is too long"


def test_what_is_not_surely_such_a_log_is_not_claimed(tmp_path: Path) -> None:
    for other in (
        log("notice", "ts uid id.orig_h", "1 C 10.0.0.1"),
        "#separator \\x09\n",
        '{"ts": 1, "uid": "C", "id.orig_h": "10.0.0.1", "note": "x"}',
        '{"ts": 1, "query": "x"}',
        "[1]",
        BIND.splitlines()[0],
        "\n".join([*BIND.splitlines()[:2], *["something else"] * 10]),
        "",
    ):
        peek = Peek.at(written(tmp_path, other))
        assert not [reader.name for reader in READERS if reader.claims(peek)], other


EVE = [
    {"timestamp": "2017-10-10T09:00:00.1+0000", "event_type": "stats", "stats": {"uptime": 1}},
    {
        "timestamp": "2017-10-10T10:00:00.123456+0000",
        "flow_id": 1,
        "event_type": "dns",
        "src_ip": "10.0.0.7",
        "dns": {"type": "query", "rrname": "DNL.kaspersky.com", "rrtype": "A"},
    },
    {
        "timestamp": "2017-10-11T01:00:00.1+0200",
        "flow_id": 1,
        "event_type": "dns",
        "src_ip": "10.0.0.7",
        "dns": {"version": 3, "type": "request", "queries": [{"rrname": "ksn.kaspersky-labs.com", "rrtype": "A"}]},
    },
    {"timestamp": "2017-10-11T02:00:00Z", "event_type": "dns", "src_ip": "9.9.9.9", "dns": {"type": "answer", "rrname": "a.com"}},
    {"timestamp": "2017-10-11T02:00:00Z", "event_type": "tls", "src_ip": "10.0.0.7", "tls": {"sni": "update.example.com"}},
    {
        "timestamp": "2017-10-11T02:00:00Z",
        "event_type": "http",
        "src_ip": "10.0.0.7",
        "http": {"hostname": "h.example.com", "url": "/secret"},
    },
    {"timestamp": "2017-10-11T02:00:00Z", "event_type": "flow", "src_ip": "8.8.8.8", "dest_ip": "10.0.0.7"},
    {"timestamp": "2017-10-11T02:00:00Z", "event_type": "alert", "src_ip": "8.8.8.8", "http": {"hostname": "x.example.com"}},
    {"timestamp": "2017-10-11T02:00:00Z", "event_type": "dns", "src_ip": 7},
    {
        "timestamp": "2017-10-10T02:00:00Z",
        "event_type": "dhcp",
        "src_ip": "10.0.0.1",
        "dhcp": {
            "dhcp_type": "ack",
            "client_mac": "f0:18:98:00:00:01",
            "assigned_ip": "10.0.0.7",
            "hostname": "PC-7",
            "lease_time": 3600,
        },
    },
]


def test_suricata(tmp_path: Path) -> None:
    text = "".join(json.dumps(row) + "\n" for row in EVE)
    found = read(written(tmp_path, text))
    names = named(found)
    assert names[f"10.0.0.7{D}"] == [("dnl.kaspersky.com", 2), ("ksn.kaspersky-labs.com", 3)]
    assert names["10.0.0.7 2017-10-11"] == [("update.example.com", 5), ("h.example.com", 6)]
    lease = [("mac", "f0:18:98:00:00:01"), ("hostname", "PC-7"), ("ip", "10.0.0.7"), ("lease", f"10.0.0.7{D}")]
    assert records(found)["mac F01898000001"].clues == lease
    assert len(names) == 3
    assert [reject.place for batch in found for reject in batch.rejects] == [9]
    assert named(read(written(tmp_path, json.dumps(EVE)))) == names  # somebody put them into a list


def test_route_53_names_the_instance(tmp_path: Path) -> None:
    row = {
        "version": "1.100000",
        "query_timestamp": "2017-10-10T10:00:00Z",
        "query_name": "dnl.kaspersky.com.",
        "srcaddr": "10.0.0.7",
        "srcids": {"instance": "i-0abc0abc0abc0abc0"},
    }
    text = "".join(json.dumps(one) + "\n" for one in (row, {**row, "srcids": {}}, {**row, "srcaddr": "x"}))
    found = read(written(tmp_path, text))
    assert named(found)[f"10.0.0.7{D}"] == [("dnl.kaspersky.com", 1)]
    instance = records(found)["cloud_id i-0abc0abc0abc0abc0"]
    assert instance.clues == [("cloud_id", "i-0abc0abc0abc0abc0"), ("ip", "10.0.0.7"), ("lease", f"10.0.0.7{D}")]
    assert instance.lists is Lists.MACHINES
    assert [reject.place for batch in found for reject in batch.rejects] == [3]


SQUID = """1507629600.123    450 10.0.0.7 TCP_TUNNEL/200 3900 CONNECT dnl.kaspersky.com:443 - HIER_DIRECT/192.0.2.1 -
1507629601.000     12 10.0.0.8 TCP_MISS/200 1234 GET http://user@example.com:8080/secret?x=1 - HIER_DIRECT/192.0.2.1 text/html
1507629602.000      0 10.0.0.8 NONE/400 1234 NONE error:invalid-request - HIER_NONE/- text/html
"""
COMBINED = """10.0.0.7 - anna [10/Oct/2017:23:30:00 -0100] "CONNECT dnl.kaspersky.com:443 HTTP/1.1" 200 39 "-" "-" \
TCP_TUNNEL:HIER_DIRECT
10.0.0.7 - - [10/Oct/2017:10:00:00 +0000] "GET http://example.com/secret HTTP/1.1" 200 39 "-" "Mozilla/5.0"
"""
W3C = """#Software: SGOS 6.7
#Version: 1.0
#Fields: date time time-taken c-ip cs-username cs-method cs-uri-scheme cs-host cs-uri-path cs(User-Agent)
2017-10-10 10:00:00 12 10.0.0.7 - CONNECT tcp dnl.kaspersky.com / "Mozilla/5.0 (Windows NT)"
2017-10-10 10:00:01 12 10.0.0.8 - GET http example.com /secret -
2017-10-10 10:00:01 12 10.0.0.8
#Fields: date time c-ip cs-host
2017-10-11 10:00:01 10.0.0.8 example.org
"""


def test_proxies(tmp_path: Path) -> None:
    native = read(written(tmp_path, SQUID))
    assert named(native) == {f"10.0.0.7{D}": [("dnl.kaspersky.com", 1)], f"10.0.0.8{D}": [("example.com", 2)]}
    combined = read(written(tmp_path, COMBINED))
    assert named(combined) == {"10.0.0.7 2017-10-11": [("dnl.kaspersky.com", 1)], f"10.0.0.7{D}": [("example.com", 2)]}
    found = read(written(tmp_path, W3C))
    names = {f"10.0.0.7{D}": [("dnl.kaspersky.com", 4)], f"10.0.0.8{D}": [("example.com", 5)]}
    assert named(found) == {**names, "10.0.0.8 2017-10-11": [("example.org", 8)]}
    assert [reject.place for batch in found for reject in batch.rejects] == [6]


FORTIGATE = """date=2017-10-10 time=10:00:00 devname="FG" devid="FG1" logid="0317013312" type="utm" subtype="webfilter" \
srcip=10.0.0.7 hostname="dnl.kaspersky.com" url="/secret" eventtime=1507629600
date=2017-10-10 time=10:00:01 devid="FG1" logid="1501054802" type="utm" subtype="dns" srcip=10.0.0.8 \
qname="example.com" eventtime=1507629600123456789 tz="+0200"
date=2017-10-10 time=10:00:02 devid="FG1" logid="0000000013" type="traffic" subtype="forward" srcip=10.0.0.9 \
dstip=192.0.2.1
"""
ASA = """<166>Oct 10 2017 10:00:00 fw : %ASA-5-304001: 10.0.0.7 Accessed URL 192.0.2.1:http://dnl.kaspersky.com/secret
Oct 10 2017 10:00:00 fw : %ASA-6-302013: Built outbound TCP connection 5 for outside:example.com/443 \
(192.0.2.1/443) to inside:10.0.0.8/51000 (198.51.100.1/51000)
Oct 10 2017 10:00:00 fw : %ASA-6-302013: Built inbound TCP connection 5 for outside:203.0.113.5/443 \
(203.0.113.5/443) to inside:10.0.0.8/443 (198.51.100.1/443)
Oct 10 2017 10:00:00 fw : %ASA-4-338002: Dynamic filter permitted black listed TCP traffic from \
inside:10.0.0.8/6798 (198.51.100.1/7890) to outside:192.0.2.9/80 (192.0.2.9/80), destination 192.0.2.9 resolved \
from dynamic list: bad.example.org
2017-10-11T10:00:00Z fw %FTD-6-430003: AccessControlRuleAction: Allow, SrcIP: 10.0.0.8, DstIP: 192.0.2.1, \
DNSQuery: ksn.kaspersky-labs.com, URL: https://u.example.com/secret
Oct 10 2017 10:00:00 fw : %ASA-6-305011: Built dynamic TCP translation from inside:10.0.0.9/1 to outside:198.51.100.1/1
"""
_CELLS = ["1", "2017/10/10 10:00:01", "0011", "THREAT", "url", "1", "2017/10/10 10:00:00", "10.0.0.7", "192.0.2.1", *["x"] * 22]
PALO_ALTO = "".join(
    f"<14>Oct 10 10:00:00 pa {line}\n"
    for line in (
        ",".join([*_CELLS, '"dnl.kaspersky.com/secret,a"', "(9999)", "x"]),
        ",".join([*_CELLS[:3], "TRAFFIC", "end", *_CELLS[5:], "x", "x"]),
        ",".join(_CELLS[:9]),
    )
)


def test_firewalls(tmp_path: Path) -> None:
    found = read(written(tmp_path, FORTIGATE))
    assert named(found) == {f"10.0.0.7{D}": [("dnl.kaspersky.com", 1)], f"10.0.0.8{D}": [("example.com", 2)]}
    assert records(found)[f"10.0.0.8{D}"].heard_at == datetime(2017, 10, 10, 10)  # noqa: DTZ001 - times of the house are UTC
    names = named(read(written(tmp_path, ASA)))
    assert names[f"10.0.0.7{D}"] == [("dnl.kaspersky.com", 1)]
    assert names[f"10.0.0.8{D}"] == [("example.com", 2), ("bad.example.org", 4)]
    assert names["10.0.0.8 2017-10-11"] == [("ksn.kaspersky-labs.com", 5), ("u.example.com", 5)]
    assert len(names) == 3
    found = read(written(tmp_path, PALO_ALTO))
    assert named(found) == {f"10.0.0.7{D}": [("dnl.kaspersky.com", 1)]}
    assert [reject.reason for batch in found for reject in batch.rejects] == ["a line with too few cells"]


TABLES = {
    "umbrella": "Date,Time,Identity,Internal IP,External IP,Action,Domain,Categories\n"
    "2017-10-10,10:00:00,net,10.0.0.7,198.51.100.1,Allowed,dnl.kaspersky.com,x\n",
    "infoblox": "Timestamp;Client;Query Name;Type\n2017-10-10T10:00:00Z;10.0.0.7;dnl.kaspersky.com.;A\n",
    "zscaler": "Event Time,User,Client IP,Device Hostname,URL\n"
    "Tue Oct 10 10:00:00 2017,x,10.0.0.7,PC-7,dnl.kaspersky.com/secret\n",
    "palo alto": "Domain,Receive Time,Serial #,Source address,Destination address,URL/Filename\n"
    "1,2017/10/10 10:00:00,0011,10.0.0.7,192.0.2.1,dnl.kaspersky.com/secret\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_by_their_columns(name: str, tmp_path: Path) -> None:
    found = read(written(tmp_path, TABLES[name]))
    assert named(found)[f"10.0.0.7{D}"] == [("dnl.kaspersky.com", 2)]
    named_beside = [record.clues for record in records(found).values() if record.lists is Lists.MACHINES]
    assert named_beside == [[("hostname", "PC-7"), ("ip", "10.0.0.7"), ("lease", f"10.0.0.7{D}")]] * (name == "zscaler")


def test_a_row_without_an_address_is_a_reject(tmp_path: Path) -> None:
    found = read(written(tmp_path, TABLES["infoblox"] + "2017-10-10T10:00:00Z;;example.com;A\n"))
    assert [(reject.place, reject.reason) for batch in found for reject in batch.rejects] == [
        (3, "a row without a client's address")
    ]


UMBRELLA = """"2017-10-10 10:00:00","net","net","10.0.0.7","198.51.100.1","Allowed","1 (A)","NOERROR","dnl.kaspersky.com.",\
"x","AD Users","net",""
"2017-10-10 10:00:00","net","net","","198.51.100.1","Blocked","1 (A)","NOERROR","example.com.","x","AD Users","net",""
"2017-10-10
"""


def test_files_of_umbrella_have_no_heading(tmp_path: Path) -> None:
    found = read(written(tmp_path, UMBRELLA))
    assert named(found) == {f"10.0.0.7{D}": [("dnl.kaspersky.com", 1)], f"198.51.100.1{D}": [("example.com", 2)]}
    assert [reject.place for batch in found for reject in batch.rejects] == [3]


ISC = """# The format of this file is documented in the dhcpd.leases(5) manual page.
authoring-byte-order little-endian;

lease 10.0.0.7 {
  starts 2 2017/10/10 10:00:00;
  ends 4 2017/10/12 09:00:00;
  cltt 2 2017/10/10 10:00:00;
  binding state active;
  hardware ethernet f0:18:98:00:00:01;
  client-hostname "PC-7";
}
lease 10.0.0.8 {
  starts epoch 1507629600; # Tue Oct 10 10:00:00 2017
  ends never;
  binding state active;
  hardware ethernet f0:18:98:00:00:02;
}
lease 10.0.0.9 {
  starts 2 2017/10/10 10:00:00;
  binding state abandoned;
}
"""
DNSMASQ_LEASES = "1507629600 f0:18:98:00:00:01 10.0.0.7 PC-7 01:f0:18:98:00:00:01\n0 06-f0:18:98:00:00:02 10.0.0.8 * *\n"
KEA = """address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context
10.0.0.7,f0:18:98:00:00:01,01:f0,86400,1507716000,1,0,0,pc-7.corp.example.gov,0,
10.0.0.8,f0:18:98:00:00:02,,86400,1507716000,1,0,0,,1,
,f0:18:98:00:00:02,,86400,1507716000,1,0,0,,0,
"""
WINDOWS_LEASES = """#TYPE Microsoft.Management.Infrastructure.CimInstance
"IPAddress","ScopeId","AddressState","ClientId","HostName","LeaseExpiryTime"
"10.0.0.7","10.0.0.0","Active","f0-18-98-00-00-01","PC-7.corp.example.gov","10/18/2017 10:00:00 AM"
"10.0.0.8","10.0.0.0","ActiveReservation","f0-18-98-00-00-02","",""
"""
AUDIT = """\t\tMicrosoft DHCP Service Activity Log

Event ID  Meaning
00\tThe log was started.

ID,Date,Time,Description,IP Address,Host Name,MAC Address,User Name
00,10/10/17,00:00:00,Started,,,,
10,10/10/17,10:00:00,Assign,10.0.0.7,PC-7.corp.example.gov,F01898000001,
12,10/10/17,11:00:00,Release,10.0.0.8,PC-8,F01898000002,
"""
LEASES = {
    "isc": (ISC, ["hostname PC-7"], ["2017-10-10", "2017-10-11", "2017-10-12"]),
    "dnsmasq": (DNSMASQ_LEASES, ["hostname PC-7"], ["2017-10-10"]),
    "kea": (KEA, ["fqdn pc-7.corp.example.gov"], ["2017-10-10", "2017-10-11"]),
    "windows": (WINDOWS_LEASES, ["fqdn PC-7.corp.example.gov"], ["2017-10-18"]),
    "audit": (AUDIT, ["fqdn PC-7.corp.example.gov"], ["2017-10-10"]),
}


@pytest.mark.parametrize("name", LEASES)
def test_leases(name: str, tmp_path: Path) -> None:
    text, names, days = LEASES[name]
    for ends in ("\n", "\r\n"):
        machine = records(read(written(tmp_path, text.replace("\n", ends))))["mac F01898000001"]
        said = [f"{kind} {value}" for kind, value in machine.clues]
        assert said[1:] == [*names, "ip 10.0.0.7", *(f"lease 10.0.0.7 {day}" for day in days)]
        assert machine.lists is Lists.MACHINES


def test_leases_of_no_machine_and_without_an_end(tmp_path: Path) -> None:
    found = records(read(written(tmp_path, ISC)))
    assert len(found) == 2
    assert found["mac F01898000002"].clues[1:] == [("ip", "10.0.0.8"), ("lease", f"10.0.0.8{D}")]
    assert found["mac F01898000001"].heard_at == datetime(2017, 10, 10, 10)  # noqa: DTZ001 - times of the house are UTC
    assert records(read(written(tmp_path, DNSMASQ_LEASES)))["mac F01898000002"].clues[1:] == [("ip", "10.0.0.8")]
    cut = read(written(tmp_path, ISC[: ISC.index("  client-hostname")]))
    assert [(reject.place, reject.reason) for batch in cut for reject in batch.rejects] == [(4, "a lease that does not end")]
    kea = read(written(tmp_path, KEA))
    assert [reject.place for batch in kea for reject in batch.rejects] == [4]
    assert set(records(kea)) == {"mac F01898000001"}, "a declined address is nobody's"


def test_only_names_are_kept(tmp_path: Path) -> None:
    for text in (SQUID, COMBINED, W3C, FORTIGATE, ASA, PALO_ALTO, TABLES["zscaler"], "".join(map(json.dumps, EVE[:1]))):
        for batch in read(written(tmp_path, text)):
            assert not [one for one in batch.sightings if "secret" in repr(one)]


WEB_SERVER = """10.0.0.7 - - [10/Oct/2017:10:00:00 +0000] "GET /index.html HTTP/1.1" 200 39 "-" "Mozilla/5.0"
10.0.0.7 - - [10/Oct/2017:10:00:01 +0000] "GET /a.html HTTP/1.1" 200 39 "http://example.com/" "Mozilla/5.0"
"""
IIS = """#Software: Microsoft Internet Information Services 10.0
#Fields: date time s-ip cs-method cs-uri-stem c-ip cs-host sc-status
2017-10-10 10:00:00 10.0.0.1 GET / 203.0.113.5 www.example.gov 200
"""


@pytest.mark.parametrize(
    "text",
    [
        WEB_SERVER,
        IIS,
        "Source IP,Destination,Time\nx,y,z\n",
        "Client,Domain\n10.0.0.7,a.com\n",
        '{"event_type": "x"}',
        "lease 10.0.0.7 {",
    ],
)
def test_logs_of_other_things_are_not_claimed(text: str, tmp_path: Path) -> None:
    peek = Peek.at(written(tmp_path, text))
    assert not [reader.name for reader in READERS if reader.claims(peek)]


@pytest.mark.parametrize(
    "text",
    [
        *(DNS, BIND, DNSMASQ, UNBOUND, WINDOWS, '{"ts": 1, "uid": "C", "id.orig_h": "10.0.0.1", "query": "a.b"}\n'),
        *(SQUID, COMBINED, W3C, ASA, PALO_ALTO, UMBRELLA, json.dumps(EVE[-1]), ISC, DNSMASQ_LEASES, KEA, WINDOWS_LEASES, AUDIT),
    ],
)
def test_damage_is_never_a_traceback(tmp_path: Path, text: str) -> None:
    whole = text.encode()
    path = written(tmp_path, whole)
    [reader] = [reader for reader in READERS if reader.claims(Peek.at(path))]
    for at in range(0, len(whole), 97):
        for broken in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x84]) + whole[at + 1 :]):
            with suppress(FullcountError):
                for batch in read_by(reader, written(tmp_path, broken)):
                    assert batch.rejects or batch.record or batch.sightings


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason="no real exports beside the project")
def test_claims_nothing_else() -> None:
    others = [path for path in SHARED.rglob("*") if path.is_file()]
    assert others
    assert not [path.name for path in others for reader in READERS if reader.claims(Peek.at(path))]
