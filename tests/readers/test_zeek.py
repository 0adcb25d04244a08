"""Zeek's logs and the query logs of name servers: small logs, written as the manuals say."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from fullcount.model import Batch, Lists, Record, State, Trace
from fullcount.reader import Peek, Reader, Stream
from fullcount.readers.zeek import DNS_QUERIES, ZEEK, clients

SHARED = Path(__file__).resolve().parents[2] / "../shared/samples"
READERS = (ZEEK, DNS_QUERIES)


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
    assert named(found) == {"10.0.0.7": [("dnl-01.geo.kaspersky.com", 9), ("example.com", 11)], "10.0.0.8": []}
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
    assert named(found)["10.0.0.7"] == [("dnl-01.geo.kaspersky.com", 1), ("example.com", 2)]
    assert records(found)["10.0.0.7"].heard_at == datetime(2017, 10, 10, 11)  # noqa: DTZ001 - UTC
    assert records(found)["10.0.0.9"].heard_at is None
    assert [reject.place for batch in found for reject in batch.rejects] == [5, 6]


def test_names_of_servers_and_of_sites(tmp_path: Path) -> None:
    tls = log("ssl", "ts uid id.orig_h server_name", "1507629600 C1 fd00::7 ksn.kaspersky-labs.com", "1507629600 C2 fd00::7 -")
    http = log("http", "ts uid id.orig_h host", "1507629600 C1 10.0.0.7 Example.com:8080", "1507629600 C2 10.0.0.7 10.0.0.1")
    assert named(read(written(tmp_path, tls))) == {"fd00::7": [("ksn.kaspersky-labs.com", 9)]}
    assert named(read(written(tmp_path, http))) == {"10.0.0.7": [("example.com", 9)]}
    both = named(read(written(tmp_path, tls + http)))  # days put behind one another, each with its headings
    assert both == {"fd00::7": [("ksn.kaspersky-labs.com", 9)], "10.0.0.7": [("example.com", 20)]}


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
    assert {key: record.clues[1:] for key, record in found.items()} == {
        "10.0.0.7": [("mac", "F01898000001")],
        "198.51.100.7": [("mac", "F01898000002")],
        "10.0.0.9": [],
        "fd00::7": [("mac", "F01898000001")],
    }
    assert {record.lists for record in found.values()} == {Lists.MACHINES}


def test_address_of_a_router_is_no_clue(tmp_path: Path) -> None:
    rows = [f"1507629600 C 10.0.0.{n} SF T f0:18:98:00:00:01" for n in (1, 2)]
    rows += [f"1507629600 C fd00::{n} SF T f0:18:98:00:00:02" for n in range(1, 10)]
    found = records(read(written(tmp_path, log("conn", CONN, *rows))))
    assert len(found) == 11
    assert [record.clues for record in found.values()] == [[("ip", str(key))] for key in found]


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
    assert {key: record.clues for key, record in records(found).items()} == {
        "10.0.0.7": [("ip", "10.0.0.7"), ("mac", "F01898000001"), ("hostname", "PC-7")],
        "10.0.0.8": [("ip", "10.0.0.8"), ("mac", "F01898000001"), ("fqdn", "pc-7.corp.example.gov")],
    }
    assert [reject.place for batch in found for reject in batch.rejects] == [12]
    row = {"ts": 1507629600, "uids": ["C1"], "mac": "f0:18:98:00:00:01", "assigned_addr": "10.0.0.7", "host_name": 5}
    [batch] = read(written(tmp_path, json.dumps(row)))
    assert records([batch])["10.0.0.7"].clues == [("ip", "10.0.0.7"), ("mac", "F01898000001")]


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


def test_three_name_servers(tmp_path: Path) -> None:
    found = read(written(tmp_path, BIND))
    assert named(found) == {
        "10.0.0.7": [("dnl.kaspersky.com", 1)],
        "10.0.0.8": [("example.com", 3), ("example.org", 4)],
    }
    assert [record.heard_at for record in records(found).values()] == [
        datetime(2017, 10, 10, 10, 0, 1),  # noqa: DTZ001 - times of the house are UTC
        datetime(2017, 10, 10, 11),  # noqa: DTZ001
    ]
    assert [reject.place for batch in found for reject in batch.rejects] == [6]
    found = read(written(tmp_path, DNSMASQ))
    assert named(found) == {"10.0.0.7": [("dnl.kaspersky.com", 1), ("example.com", 3)]}
    assert records(found)["10.0.0.7"].heard_at is None
    found = read(written(tmp_path, WINDOWS))
    assert named(found) == {"10.0.0.7": [("dnl.kaspersky.com", 8)], "10.0.0.8": [("example.com", 11)]}
    assert records(found)["10.0.0.7"].heard_at == datetime(2017, 10, 23, 10, 0, 32)  # noqa: DTZ001
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


@pytest.mark.parametrize(
    "text", [DNS, BIND, DNSMASQ, WINDOWS, '{"ts": 1, "uid": "C", "id.orig_h": "10.0.0.1", "query": "a.b"}\n']
)
def test_damage_is_never_a_traceback(tmp_path: Path, text: str) -> None:
    whole = text.encode()
    path = written(tmp_path, whole)
    [reader] = [reader for reader in READERS if reader.claims(Peek.at(path))]
    for at in range(0, len(whole), 7):
        for broken in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x84]) + whole[at + 1 :]):
            for batch in read_by(reader, written(tmp_path, broken)):
                assert batch.rejects or batch.record


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason="no real exports beside the project")
def test_claims_nothing_else() -> None:
    others = [path for path in SHARED.rglob("*") if path.is_file()]
    assert others
    assert not [path.name for path in others for reader in READERS if reader.claims(Peek.at(path))]
