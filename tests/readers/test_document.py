"""Answers in JSON: how a file is cut into documents, what is kept of a damaged one, and all such readers together."""

from __future__ import annotations

import bz2
import json
import time
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from tests.answers import ANSWERING, SAMPLES, damaged, read, truth, written

from fullcount.document import HELD, Document, Gathered, clues_of, documents, names_of, raw_of, text_of, texts_of
from fullcount.errors import FullcountError, UnreadableError
from fullcount.model import COMPUTERS, Lists, Record, Reject, Trace
from fullcount.reader import Basis, Peek, Stream
from fullcount.readers import READERS

if TYPE_CHECKING:
    from pathlib import Path

FILES = sorted(path for path in SAMPLES.rglob("*") if path.is_file())
real = [pytest.mark.real, pytest.mark.skipif(not FILES, reason="no real exports beside the project")]

FOLDERS = {"fleet", "intune", "defender", "jamf", "tanium", "crowdstrike", "wazuh"}
# Folders of consoles and registers, and the reader of each
CONSOLES = {
    **{name: name for name in ("addigy", "automox", "hexnode", "jumpcloud", "kandji", "munki", "simplemdm")},
    "chromeos": "chrome",
    "cisco_secure_endpoint": "cisco-endpoint",
    "manageengine": "endpoint-central",
    "trend_micro": "deep-security",
    **{name: name for name in ("device42", "lansweeper", "runzero", "servicenow", "wiz")},
    "redhatsatellite": "satellite",
    "snipeit": "snipe-it",
    "twistlock": "prisma",
}
SPECIAL = {
    "fleet/doc_hosts_report.csv": "fleet-report",
    "wazuh/syscollector_sync_debian.json": "wazuh-sync",
    "wazuh/vd_first_windows.json": "wazuh-sync",
}
NO_EXPORTS = {
    "fleet/doc_software_titles_0.json": "counts of titles: names no host",
    "fleet/macos_14.1.2.tmpl": "a template of a load test",
    "fleet/windows_11_22H2_3007.tmpl": "a template of a load test",
    "fleet/software-macos.csv": "made-up rows for a test database",
    "fleet/software-win.csv": "made-up rows for a test database",
    "fleet/rhel_07-software.json.bz2": "compressed",
    "fleet/ubuntu_1604-software.json.bz2": "compressed",
    "fleet/windows_11-software.json.bz2": "compressed",
    "intune/cartography_detected_apps.py": "a program",
    "intune/graph_managedApplications_1.json": "apps that are assigned, not installed",
    "defender/dd_defender.zip": "an archive",
    "defender/insightconnect_advanced_hunting.json": "a query of events",
    "defender/insightconnect_installed_software.json": "products of all machines together: names none",
    "defender/mde_machine_vulns_1.json": "vulnerabilities without products or machine",
    "wazuh/debian_syscollector_sync.json.zst": "compressed",
    "lansweeper/splunk_soar_lansweeper.json": "the description of an application",
    "runzero/integration_jamf.json.gz": "compressed",
    "runzero/integration_nessus.json.gz": "compressed",
}


def named(path: Path) -> str:
    return path.relative_to(SAMPLES).as_posix()


def owner(path: Path) -> str:
    name = named(path)
    folder = path.parent.name
    if folder not in {*FOLDERS, *CONSOLES} or name in NO_EXPORTS:
        return ""
    return SPECIAL.get(name) or CONSOLES.get(folder, folder)


def stream(path: Path) -> Stream:
    return Stream(path=path, encoding=Peek.at(path).encoding)


def found(tmp_path: Path, data: bytes | str) -> list[Document | Reject]:
    return list(documents(stream(written(tmp_path, data))))


# -- all these readers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=named)
class TestClaims:
    pytestmark = real

    def test_sample_is_claimed_by_its_reader_and_no_other(self, path: Path) -> None:
        peek = Peek.at(path)
        assert [reader.name for reader in ANSWERING if reader.claims(peek)] == [owner(path)] * bool(owner(path))
        if owner(path):
            mine = {reader.name for reader in ANSWERING}
            assert not [reader.name for reader in READERS if reader.name not in mine and reader.claims(peek)]


OWN = [path for path in FILES if owner(path)]

# Rows that the independent count has otherwise, and why
OTHERWISE = {
    "crowdstrike/discover_applications_windows_5.json": (114, "four rows have no name and no file: they are rejects"),
    "snipeit/licenses-sample.csv": (50, "each row is a licence"),
}
# Hosts likewise: it counts rows of whatever an answer holds
HOSTS = {
    **{f"simplemdm/devices_installed_apps_{n}.json": (1, "the device that the page is about, without a name") for n in (1, 2, 3)},
    "cisco_secure_endpoint/v1_computers_0.json": (33, "five of 38 are phones"),
    **{f"device42/devices_all_{n}.json": (14, "the others are switches, chassis and clusters") for n in (0, 1)},
    "runzero/assets.json": (1, "a firewall and a router beside it"),
    "snipeit/licenses-sample.csv": (0, "licences of people name no machine"),
    "tanium/gateway_graphql_1.json": (0, "counts of products"),
    "intune/graph_managedDevice_detectedApps_0.json": (1, "one of two is a phone"),
    "intune/graph_managedDevice_detectedApps_1.json": (0, "a phone"),
}


BESIDE = {Trace.SERVICE, Trace.PROCESS}  # not in that count, as receipts of installers
COUNTED = [path for path in OWN if truth(named(path))]


@pytest.mark.parametrize("path", COUNTED, ids=named)
class TestCounts:
    pytestmark = real

    def test_rows_and_hosts_are_those_of_an_independent_count(self, path: Path, tmp_path: Path) -> None:
        answer = read(path, tmp_path)
        assert answer.became == "read"
        row = truth(named(path))
        software = [
            {
                one.place
                for one in machine.seen
                if one.title["type"] not in {Trace.SERVICE, Trace.PROCESS} and one.state != "residue"
            }
            for machine in answer.machines
        ]
        assert sum(map(len, software)) == OTHERWISE.get(named(path), (int(row["rows"]),))[0]
        computers = sum(machine["class"] in COMPUTERS for machine in answer.machines)
        assert computers == HOSTS.get(named(path), (int(row["hosts"]),))[0]


@pytest.mark.parametrize("path", OWN, ids=named)
class TestDamage:
    pytestmark = real

    def test_damage_is_never_more_than_a_reject(self, path: Path, tmp_path: Path) -> None:
        [reader] = [reader for reader in ANSWERING if reader.name == owner(path)]
        whole = sum(len(machine.seen) for machine in read(path, tmp_path).machines)
        for turn, data in enumerate(damaged(path.read_bytes(), path.name)):
            answer = read(written(tmp_path, data, f"damaged{path.suffix}"), tmp_path, reader=reader.name)
            kept = sum(len(machine.seen) for machine in answer.machines)
            assert answer.became == "read" or answer.reason
            assert kept <= whole
            # of a cut file nothing is lost in silence; a flipped bit may change the name of a field
            assert kept == whole or answer.rejects or turn >= 2
            assert all(reject["reason"] for reject in answer.rejects)


@pytest.mark.real
@pytest.mark.skipif(not FILES, reason="no real exports beside the project")
class TestCompressed:
    @pytest.mark.parametrize(("name", "rows"), [("rhel_07", 1588), ("ubuntu_1604", 1781), ("windows_11", 141)])
    def test_lists_of_fleet(self, name: str, rows: int, tmp_path: Path) -> None:
        data = bz2.decompress((SAMPLES / f"fleet/{name}-software.json.bz2").read_bytes())
        answer = read(written(tmp_path, data, "PC-7.json"), tmp_path)
        assert answer.only.clues == [("hostname", "PC-7")]
        assert len(answer.only.seen) + len(answer.rejects) == rows
        assert answer.only["lists"] == Lists.SOME_SOFTWARE
        answer = read(written(tmp_path, data, "software.json"), tmp_path)
        assert answer.only.clues == []

    def test_message_of_wazuh(self, tmp_path: Path) -> None:
        data = (SAMPLES / "wazuh/debian_syscollector_sync.json.zst").read_bytes()
        plain = pa.CompressedInputStream(pa.BufferReader(data), "zstd").read()
        machine = read(written(tmp_path, plain, "web1.json"), tmp_path).only
        assert machine.clues == [("hostname", "web1")] + [("mac", mac) for mac in machine.named("mac")]
        assert machine.named("mac")
        assert sum(one.title["type"] == Trace.SERVICE for one in machine.seen) == 74
        assert sum(one.title["type"] == Trace.PROCESS for one in machine.seen) == 98


@pytest.mark.parametrize("reader", ANSWERING, ids=lambda reader: reader.name)
def test_reader_says_what_it_is(reader: Any) -> None:
    assert len(reader.how.split()) >= 8
    assert all(len(text.split()) >= 5 for text in reader.blind)
    assert reader.basis in set(Basis)
    assert (reader.batches is None) != (reader.table is None)


@pytest.mark.parametrize("reader", [reader for reader in ANSWERING if reader.batches], ids=lambda reader: reader.name)
@pytest.mark.parametrize(
    "data",
    [
        *("[]", "{}", "null", "7", '"x"', "[null]", "[[[]]]", "\ufeff", "{", "[1, 2", '{"host": 7}', '{"hosts": [7, null]}'),
        *('{"value": [7, {"deviceId": 1, "softwareName": "x"}]}', '{"value": {"id": 1}}', '{"computers": [1]}'),
        *('{"computer": {"general": 1, "software": {"applications": [1, {}]}}}', '{"resources": [1, {"host": {"aid": 5}}]}'),
        *('{"data": {"endpoints": {"edges": [1, {"node": {"computerID": 5, "installedApplications": [1]}}]}}}', "<a>"),
        *('{"data": {"affected_items": [1, {"agent_id": "1", "name": {}}]}}', '{"items": [1, {"index": "wazuh-states-x"}]}'),
        *('{"hits": {"hits": [{"_index": "wazuh-states-inventory-packages-x", "_source": []}]}}', "[" * 5000, '{"a":' * 5000),
        *(
            "\0\0\0",
            "\ud800",
            "<computer><software><applications><application><name>x",
            "<!DOCTYPE x [<!ENTITY a 'b'>]><a>&a;</a>",
        ),
    ],
)
def test_nothing_but_a_house_error_escapes(reader: Any, data: str, tmp_path: Path) -> None:
    path = written(tmp_path, data.encode("utf-8", "surrogatepass"))
    rejects = []
    try:
        rejects = [reject for batch in reader.batches(stream(path)) for reject in batch.rejects]
    except FullcountError as error:
        rejects = [Reject(0, b"", error.hint and error.place)]
    assert all(reject.reason for reject in rejects)


# -- documents -------------------------------------------------------------------------------------------------------------


def test_one_document_one_a_line_and_one_after_the_other(tmp_path: Path) -> None:
    assert found(tmp_path, '\ufeff{"a": [1]}') == [Document(1, {"a": [1]})]
    assert found(tmp_path, '{"a": 1}\n\n{"a": 2}\n') == [Document(1, {"a": 1}), Document(3, {"a": 2})]
    assert found(tmp_path, '{\n"a": 1\n}\n{\n"a": 2\n}') == [Document(1, {"a": 1}), Document(2, {"a": 2})]
    assert found(tmp_path, '[{"a": 1},\n {"a": 2}]') == [Document(1, [{"a": 1}, {"a": 2}])]
    assert found(tmp_path, "") == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_encodings_of_windows(encoding: str, tmp_path: Path) -> None:
    assert found(tmp_path, '{"a": "é", "b": [1, 2, 3]}\r\n{"a": 2}'.encode(encoding)) == [
        Document(1, {"a": "é", "b": [1, 2, 3]}),
        Document(2, {"a": 2}),
    ]


def test_comments_and_commas_too_many(tmp_path: Path) -> None:
    text = '{"a": "http://x", // a note, [ "\n "b": [1, 2,],\n}'
    assert found(tmp_path, text) == [Document(1, {"a": "http://x", "b": [1, 2]})]


def test_a_bad_line_is_one_bad_line(tmp_path: Path) -> None:
    first, bad, last = found(tmp_path, '{"a": 1}\n{"a": 2\n{"a": 3}\n')
    assert (first, last) == (Document(1, {"a": 1}), Document(3, {"a": 3}))
    assert isinstance(bad, Reject)
    assert (bad.place, bad.raw) == (2, b'{"a": 2')


@pytest.mark.parametrize(
    ("text", "kept", "rest"),
    [
        ('{"v": [{"a": 1}, {"a": 2}, {"a": 3', {"v": [{"a": 1}, {"a": 2}]}, ', {"a": 3'),
        ('{"v": [{"a": [1, 2]}, {"a": [1, 2, "x', {"v": [{"a": [1, 2]}, {"a": [1, 2]}]}, ', "x'),
        ('{"v": [{"a": 1}], "w": {"b": "]}', {"v": [{"a": 1}]}, ', "w": {"b": "]}'),
        ('{"v": ["a", "b"] x "w": 1}', {"v": ["a", "b"]}, ' x "w": 1}'),
        ('{"v": 1', None, '{"v": 1'),
    ],
)
def test_what_was_complete_before_a_break_is_kept(text: str, kept: Any, rest: str, tmp_path: Path) -> None:
    *before, last = found(tmp_path, text)
    assert before == ([Document(1, kept, broken=True)] if kept else [])
    assert isinstance(last, Reject)
    assert last.raw.decode() == rest
    assert last.reason.startswith("stops being JSON: ")
    assert f"{len(rest)} characters follow" in last.reason


def test_too_deep_is_no_traceback(tmp_path: Path) -> None:
    for text in ("[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000):
        assert all(isinstance(one, Reject) for one in found(tmp_path, text))
    assert raw_of(found(tmp_path, "[" * 1000 + "]" * 1000)[0])


def test_half_characters_and_numbers_without_end(tmp_path: Path) -> None:
    [one] = found(tmp_path, '{"a": "x\\ud800", "b": ' + "9" * 5000 + ', "c": NaN}')
    assert isinstance(one, Document)
    assert text_of(one.value, "a") == "x\\ud800"
    assert text_of(one.value, "b") == "9" * 5000
    assert one.value["c"] is None
    assert raw_of(one.value)


def test_hostile_quotes_take_no_time(tmp_path: Path) -> None:
    start = time.monotonic()
    assert len(found(tmp_path, '{"a": "' + '\\"' * 500_000)) == 1
    assert len(found(tmp_path, '{"a": [' + "[]," * 300_000 + "x")) == 2
    assert time.monotonic() - start < 30


def test_a_file_too_large_to_be_held(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.write(b'{"a":\n')
        file.truncate(HELD + 2)
    with pytest.raises(UnreadableError, match="more than 268,435,456 bytes") as error:
        list(documents(Stream(path=path, encoding="utf-8")))
    assert "smaller" in error.value.hint


# -- pieces ----------------------------------------------------------------------------------------------------------------


def test_fields_as_text() -> None:
    row = {"a": " x ", "b": "", "c": 5, "d": True, "e": None, "f": ["p", 7, " ", "q"], "g": "one"}
    assert [text_of(row, name) for name in "abcdef"] == ["x", None, "5", None, None, None]
    assert text_of(row, "b", "e", "a") == "x"
    assert text_of([], "a") is None
    assert (texts_of(row, "f"), texts_of(row, "g"), texts_of(row, "z")) == (["p", "q"], ["one"], [])


def test_clues_that_say_nothing_are_none() -> None:
    zero = "00000000-0000-0000-0000-000000000000"
    pairs = (("ad_object", zero), ("serial", "[REDACTED]"), ("mac", "00:00:00:00:00:00"), ("mac", "n/a"), ("ip", None))
    assert clues_of(*pairs, ("serial", "S1"), ("serial", "S1")) == [("serial", "S1")]


def test_names() -> None:
    assert list(names_of("pc1.example.gov", None, "10.0.0.1", "mac.local")) == [
        ("fqdn", "pc1.example.gov"),
        ("hostname", "pc1.example.gov"),
        ("hostname", "mac.local"),
    ]


def test_what_rows_say_of_a_machine_is_said_at_its_end() -> None:
    gathered = Gathered()
    first = gathered.batch("a", lambda: Record(place=4))
    again = gathered.batch("a", lambda: Record(place=9))
    last = gathered.last("a", Lists.SOME_SOFTWARE, note="why")
    assert first.record
    assert last.record
    assert (first.record.place, again.record, last.record.place, last.record.note) == (4, None, 4, "why")
    assert json.dumps([first.key, again.key, last.key]) == '["a", "a", "a"]'
