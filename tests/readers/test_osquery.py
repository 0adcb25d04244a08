"""osquery's results log: how rows are known, how a log is replayed, and what becomes of what cannot be used."""

from __future__ import annotations

import json
import random
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fullcount.errors import FullcountError
from fullcount.model import Lists, Os, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers.osquery import OSQUERY
from fullcount.readers.osquery.lines import KEPT, LINE_LIMIT
from fullcount.readers.osquery.tables import Fact, fact_of, row_of, table_of, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fullcount.model import Reject

    Document = dict[str, Any]
    Parts = tuple[list[Any], list[Reject]]
    Read = Callable[..., Parts]

SHARED = Path(__file__).resolve().parents[2] / "../shared"
LOG = SHARED / "samples/osquery/osqueryd.results.darwin.log"
SCHEMA = SHARED / "fixtures/osquery/5.23.1.json"

real = pytest.mark.real
needs_log = pytest.mark.skipif(not LOG.exists(), reason="no real exports here")
needs_schema = pytest.mark.skipif(not SCHEMA.exists(), reason="no schema of osquery here")

THEN = 1_700_000_000  # 2023-11-14 22:13:20
UUID = "11111111-2222-3333-4444-555555555555"
EDITOR = {"name": "Editor", "version": "1", "publisher": "Example", "install_date": "20230131", "identifying_number": "{A}"}
PLAYER = {"name": "Player", "version": "2", "publisher": "Example", "install_location": "C:\\Player", "upgrade_code": "{U}"}


# -- a log, written here -------------------------------------------------------------------------------------------


def line(query: str = "pack_it_programs", *, host: Any = "PC-1", at: Any = THEN, counter: Any = 0, **said: Any) -> Document:
    head = {"name": query, "hostIdentifier": host, "calendarTime": "x", "unixTime": at, "epoch": 0, "counter": counter}
    return head | said


def snapshot(*rows: Document, **said: Any) -> Document:
    return line(snapshot=list(rows), action="snapshot", **said)


def added(columns: Document, **said: Any) -> Document:
    return line(columns=columns, action="added", **said)


def removed(columns: Document, **said: Any) -> Document:
    return line(columns=columns, action="removed", **said)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Writes a log and reads it: batches with a record, and rejects."""

    def write_and_read(*lines: Any, encoding: str = "utf-8") -> Parts:
        path = tmp_path / "osqueryd.results.log"
        texts = (text if isinstance(text, str | bytes) else json.dumps(text) for text in lines)
        path.write_bytes(b"\n".join(text if isinstance(text, bytes) else text.encode(encoding) for text in texts) + b"\n")
        return parts(path)

    return write_and_read


def parts(path: Path) -> Parts:
    assert OSQUERY.batches
    batches = list(OSQUERY.batches(Stream(path=path, encoding=Peek.at(path).encoding)))
    return [batch for batch in batches if batch.record], [reject for batch in batches for reject in batch.rejects]


def count_lines(path: Path) -> int:
    """Lines that hold something, counted as bytes."""
    return sum(1 for text in path.read_bytes().split(b"\n") if text.strip())


def seen(batch: Any, state: State | None = None) -> list[str]:
    return sorted(one.title.name for one in batch.sightings if state in (None, one.state))


# -- the real log --------------------------------------------------------------------------------------------------

SOFTWARE = {
    "installed_applications": 298,
    "launchd": 641,
    "package_receipts": 118,
    "homebrew_packages": 71,
    "chrome_extensions": 30,
    "firefox_addons": 13,
    "browser_plugins": 4,
}


@real
@needs_log
def test_no_other_sample_is_claimed() -> None:
    samples = [path for path in sorted((SHARED / "samples").rglob("*")) if path.is_file()]
    assert [path.name for path in samples if OSQUERY.claims(Peek.at(path))] == [LOG.name]


@real
@needs_log
def test_the_real_log_gives_what_another_replay_gives() -> None:
    documents = list(enumerate(map(json.loads, LOG.read_text().splitlines()), start=1))
    left = {}
    for place, one in sorted(documents, key=lambda pair: (int(pair[1]["unixTime"]), int(pair[1]["counter"]))):
        about = (one["name"].removeprefix("pack_it-compliance_"), json.dumps(one["columns"]))
        if one["action"] == "added":
            left[about] = place
        else:
            left.pop(about)
    expected = {place for (query, _), place in left.items() if query in SOFTWARE}
    assert Counter(query for query, _ in left if query in SOFTWARE) == SOFTWARE

    (batch,), rejects = parts(LOG)
    assert not rejects
    assert {one.place for one in batch.sightings} == expected
    assert len(batch.sightings) == len(expected) == sum(SOFTWARE.values())
    assert len(documents) == count_lines(LOG) == 1652


@real
@needs_log
def test_the_real_log_names_its_machine() -> None:
    (batch,), _ = parts(LOG)
    record = batch.record
    assert batch.key == "192-168-0-4.rdsnet.ro"
    assert record.clues[:2] == [("hostname", "192-168-0-4.rdsnet.ro"), ("uuid", "4AB2906D-5516-5794-AF54-86D1D7F533F3")]
    assert (record.os, record.os_family) == ("Mac OS X 10.13.1", Os.MACOS)
    assert record.lists is Lists.ALL_SOFTWARE
    assert record.traces == {Trace.APP, Trace.PACKAGE, Trace.EXTENSION, Trace.SERVICE}
    assert str(record.looked_at) == "2017-12-28 14:39:57"
    assert str(record.heard_at) == "2017-12-28 14:40:08"
    apps = [one for one in batch.sightings if one.title.type == Trace.APP]
    music = next(one for one in apps if one.title.bundle_id == "com.amazon.music")
    assert music.title.path == "/Applications/Amazon Music.app"
    assert music.detail.last_used == "2017-12-18"
    assert all("\\x" not in (one.title.name or "") for one in batch.sightings)


@real
@needs_schema
def test_a_table_read_in_full_is_known_for_what_it_is() -> None:
    """And no other table is taken for software, but those that say the same in other words."""
    alike = {
        "background_activities_moderator": "userassist",
        "package_install_history": "package_receipts",
        "rpm_package_files": "hash",
        "device_file": "file",
        **dict.fromkeys(("bpf_process_events", "es_process_events", "process_etw_events", "process_events"), "processes"),
    }
    expected = {table.name for table in tables() if table.trace}
    found = set()
    for table in json.loads(SCHEMA.read_text()):
        columns = frozenset(column["name"] for column in table["columns"])
        known = table_of(columns, {}, "")
        if known and known.trace:
            assert known.name == alike.get(table["name"], table["name"]), table["name"]
            found.add(known.name)
    assert found == expected


# -- forms of a line -----------------------------------------------------------------------------------------------

OF_ONE_ROW = {
    "snapshot": snapshot(EDITOR),
    "event": added(EDITOR),
    "snapshot as events": line(columns=EDITOR, action="snapshot", counter=7),
    "batch": line(diffResults={"added": [EDITOR], "removed": ""}),
    "old name of the host": {k: v for k, v in added(EDITOR).items() if k != "hostIdentifier"} | {"hostname": "PC-1"},
    "numbers as text": added(EDITOR, at="1700000000", counter="0"),
    "Kafka": {"json": added(EDITOR)},
    "message": {"@timestamp": "2023-11-14", "message": json.dumps(added(EDITOR))},
    "dotted": {"osquery.result": added(EDITOR)},
    "Filebeat": {
        "osquery": {
            "result": {"name": "programs", "host_identifier": "PC-1", "unix_time": "1700000000", "counter": "0"}
            | {"action": "added", "columns": EDITOR},
        }
    },
    "no seconds": {k: v for k, v in added(EDITOR).items() if k != "unixTime"} | {"calendarTime": "Tue Nov 14 22:13:20 2023 UTC"},
}


@pytest.mark.parametrize("form", OF_ONE_ROW)
def test_every_form_of_a_line_says_the_same(form: str, read: Read, tmp_path: Path) -> None:
    (batch,), rejects = read(OF_ONE_ROW[form])
    (one,) = batch.sightings
    assert (one.title.name, one.title.product_code, one.title.publisher, one.place) == ("Editor", "{A}", "Example", 1)
    assert one.detail.installed_on == "2023-01-31"
    assert ("hostname", "PC-1") in batch.record.clues
    assert str(batch.record.looked_at) == "2023-11-14 22:13:20"
    assert (batch.record.lists, batch.record.traces) == (Lists.ALL_SOFTWARE, {Trace.PROGRAM})
    assert not rejects
    assert OSQUERY.claims(Peek.at(tmp_path / "osqueryd.results.log"))


@pytest.mark.parametrize(
    "text",
    [
        {"hosts": [{"hostname": "PC-1", "name": "x"}]},
        {"timestamp": "2023-01-01", "event_type": "alert", "host": "sensor", "alert": {"action": "allowed"}},
        {"metadata": {"module": "syscollector"}, "items": [{"data": {"columns": {}}}]},
        {"Hostname": "PC-1", "Fqdn": "pc-1.example.gov", "DisplayName": "Editor"},
        {"name": "disk", "hostname": "vm-1", "snapshot": True},
        {"name": "programs", "columns": {}, "action": "added"},
        {"hostname": "PC-1", "columns": {}, "action": "added"},
        [added(EDITOR)],
        "{",
        '{\n  "action": "added",\n  "columns": {"name": "osqueryd"},\n  "name": "processes", "hostname": "h"\n}',
        "",
    ],
)
def test_other_documents_are_not_claimed(text: Any, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text(text if isinstance(text, str) else json.dumps(text))
    assert not OSQUERY.claims(Peek.at(path))


def test_a_snapshot_longer_than_a_peek_is_claimed(read: Read, tmp_path: Path) -> None:
    rows = [EDITOR | {"name": f"Editor {number}"} for number in range(2000)]
    (batch,), _ = read({"snapshot": rows, "action": "snapshot"} | line())
    path = tmp_path / "osqueryd.results.log"
    assert len(batch.sightings) == 2000
    assert OSQUERY.claims(Peek.at(path))
    path.write_text(json.dumps({"snapshot": rows, "action": "snapshot"}))
    assert not OSQUERY.claims(Peek.at(path))


def test_a_log_that_starts_with_something_else_is_claimed(read: Read, tmp_path: Path) -> None:
    (batch,), (reject,) = read("E0928 17:37:30 not a result", added(EDITOR))
    assert (seen(batch), reject.place) == (["Editor"], 1)
    assert OSQUERY.claims(Peek.at(tmp_path / "osqueryd.results.log"))


def test_a_byte_order_mark_is_no_part_of_the_first_line(read: Read) -> None:
    (batch,), rejects = read(json.dumps(snapshot(EDITOR | {"name": "Éditeur"}), ensure_ascii=False), encoding="utf-8-sig")
    assert (seen(batch), rejects) == (["Éditeur"], [])


def test_utf_16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "copied.log"
    lines = snapshot(EDITOR), removed(EDITOR, at=THEN + 1, counter=1)
    path.write_bytes("\r\n".join(map(json.dumps, lines)).encode("utf-16"))
    (batch,), rejects = parts(path)
    assert (seen(batch, State.REMOVED), rejects) == (["Editor"], [])
    assert OSQUERY.claims(Peek.at(path))


def test_bytes_that_osquery_writes_out_are_read_back(read: Read) -> None:
    escaped = EDITOR | {"name": "Caf\\xC3\\xA9 \\xD0\\x9A", "publisher": "C:\\x86\\xC2"}
    (batch,), _ = read(snapshot(escaped))
    assert batch.sightings[0].title.name == "Café К"
    assert batch.sightings[0].title.publisher == "C:\\x86\\xC2"


# -- replay --------------------------------------------------------------------------------------------------------


def test_a_later_snapshot_replaces_an_earlier_one_of_the_same_query(read: Read) -> None:
    (batch,), _ = read(
        snapshot(EDITOR, PLAYER),
        snapshot({"label": "org.example", "program": "/x"}, query="launchd"),
        snapshot(PLAYER, at=THEN + 3600),
    )
    assert [(one.title.name, one.place, one.state) for one in batch.sightings] == [
        ("org.example", 2, State.INSTALLED),
        ("Player", 3, State.INSTALLED),
        ("Editor", 3, State.REMOVED),
    ]


def test_an_empty_snapshot_empties(read: Read) -> None:
    (batch,), _ = read(snapshot(EDITOR), snapshot(at=THEN + 3600))
    assert (seen(batch, State.INSTALLED), seen(batch, State.REMOVED)) == ([], ["Editor"])
    assert batch.record.lists is Lists.ALL_SOFTWARE
    assert str(batch.record.looked_at) == "2023-11-14 23:13:20"


CHANGES = [
    added(EDITOR),
    added(PLAYER),
    removed(EDITOR, at=THEN + 100, counter=1),
    added(EDITOR | {"version": "3"}, at=THEN + 100, counter=1),
    removed(PLAYER, at=THEN + 200, counter=2),
    added(PLAYER, at=THEN + 300, counter=3),
    line(diffResults={"added": [], "removed": [EDITOR | {"version": "3"}]}, at=THEN + 400, counter=4),
]


@pytest.mark.parametrize("seed", range(20))
def test_changes_are_replayed_in_the_order_of_their_times(seed: int, read: Read) -> None:
    lines = list(CHANGES)
    random.Random(seed).shuffle(lines)
    (batch,), _ = read(*lines)
    found = {(one.title.name, one.title.version, str(one.state)) for one in batch.sightings}
    assert found == {("Player", "2", "installed"), ("Editor", "1", "removed"), ("Editor", "3", "removed")}
    assert batch.record.lists is Lists.ALL_SOFTWARE


def test_a_new_set_of_the_first_run_starts_again(read: Read) -> None:
    (batch,), _ = read(added(EDITOR), added(PLAYER), added(PLAYER, at=THEN + 900, epoch=1))
    assert (seen(batch, State.INSTALLED), seen(batch, State.REMOVED)) == (["Player"], ["Editor"])


def test_changes_without_a_full_set_are_not_a_full_list(read: Read) -> None:
    (batch,), _ = read(added(EDITOR, counter=5), removed(PLAYER, counter=5))
    assert (seen(batch, State.INSTALLED), seen(batch, State.REMOVED)) == (["Editor"], ["Player"])
    assert batch.record.lists is Lists.SOME_SOFTWARE
    assert "only changes" in batch.record.note


def test_an_epoch_whose_full_set_is_missing_makes_a_list_partial_and_hides_nothing(read: Read) -> None:
    (batch,), _ = read(added(EDITOR), added(PLAYER, at=THEN + 900, epoch=1, counter=4))
    assert seen(batch, State.INSTALLED) == ["Editor", "Player"]
    assert batch.record.lists is Lists.SOME_SOFTWARE


def test_hosts_whose_lines_interleave_are_told_apart(read: Read) -> None:
    batches, _ = read(
        snapshot(EDITOR, host="PC-1"),
        snapshot(PLAYER, host="PC-2"),
        line("mounts", host="PC-3", snapshot=[{"path": "/", "type": "apfs"}], action="snapshot"),
        removed(EDITOR, host="PC-1", at=THEN + 100, counter=1),
    )
    assert [(batch.key, seen(batch, State.INSTALLED), batch.record.lists) for batch in batches] == [
        ("PC-1", [], Lists.ALL_SOFTWARE),
        ("PC-2", ["Player"], Lists.ALL_SOFTWARE),
        ("PC-3", [], Lists.MACHINES),
    ]


def test_one_name_with_two_uuids_is_two_machines(read: Read) -> None:
    other = UUID.replace("1", "9")
    batches, _ = read(
        snapshot(EDITOR, host="localhost"),
        snapshot(EDITOR, host="localhost", decorations={"host_uuid": UUID}, at=THEN + 1),
        snapshot(PLAYER, host="localhost", decorations={"host_uuid": other}),
        snapshot(PLAYER, host="localhost", decorations={"host_uuid": UUID.lower()}, at=THEN + 2),
    )
    assert [(seen(batch, State.INSTALLED), dict(batch.record.clues)["uuid"]) for batch in batches] == [
        (["Player"], UUID),
        (["Player"], other),
    ]
    assert len({batch.key for batch in batches}) == 2


# -- machines ------------------------------------------------------------------------------------------------------


def test_rows_about_the_machine_become_clues(read: Read) -> None:
    info = {"hostname": "pc-1.example.gov", "uuid": UUID, "hardware_serial": "5CG71", "hardware_vendor": "HP"}
    (batch,), rejects = read(
        snapshot(info | {"computer_name": "PC-1"}, query="info", host=UUID),
        snapshot({"interface": "en0", "mac": "3c:52:82:00:00:01", "mtu": "1500"}, query="nics", host=UUID),
        snapshot(
            {"interface": "en0", "address": "10.1.2.3", "mask": "255.255.255.0"},
            {"interface": "lo", "address": "127.0.0.1", "mask": "255.0.0.0"},
            query="addresses",
            host=UUID,
        ),
        snapshot(
            {"address": "10.1.2.9", "mac": "3c:52:82:00:00:09", "interface": "en0", "permanent": "0"}, query="arp", host=UUID
        ),
        snapshot({"instance_id": "i-0abc", "ami_id": "ami-1"}, query="ec2", host=UUID),
        snapshot({"uuid": UUID.replace("1", "7"), "username": "kim", "hostname": "x"}, query="users", host=UUID),
        snapshot({"name": "Ubuntu", "version": "22.04", "platform": "ubuntu"}, query="os", host=UUID),
    )
    assert batch.record.clues == [
        ("agent_id", f"osquery:{UUID}"),
        ("serial", "5CG71"),
        ("manufacturer", "HP"),
        ("uuid", UUID),
        ("hostname", "pc-1.example.gov"),
        ("hostname", "PC-1"),
        ("mac", "3c:52:82:00:00:01"),
        ("ip", "10.1.2.3"),
        ("cloud_id", "i-0abc"),
        ("hostname", "x"),
    ]
    assert (batch.record.os, batch.record.os_family) == ("Ubuntu 22.04", Os.LINUX)
    assert (batch.record.lists, batch.record.looked_at, rejects) == (Lists.MACHINES, None, [])
    assert batch.record.heard_at is not None


def test_decorations_count_wherever_they_stand(read: Read) -> None:
    told = {"host_uuid": UUID, "hardware_serial": "5CG71"}
    (beside,), _ = read(snapshot(EDITOR) | told)
    (inside,), _ = read(snapshot(EDITOR, decorations=told))
    assert beside.record.clues == inside.record.clues == [("hostname", "PC-1"), ("uuid", UUID), ("serial", "5CG71")]


def test_a_list_of_processes_does_not_make_a_look_at_programs_fresh(read: Read) -> None:
    process = {"pid": "1", "name": "editor.exe", "path": "C:\\Editor\\editor.exe", "cmdline": "editor"}
    (batch,), _ = read(snapshot(EDITOR), snapshot(process, query="processes", at=1_710_000_000))
    assert str(batch.record.looked_at) == "2023-11-14 22:13:20"
    assert batch.record.heard_at.year == 2024
    assert batch.record.traces == {Trace.PROGRAM}


def test_processes_alone_are_some_software(read: Read) -> None:
    process = {"pid": "1", "name": "editor", "path": "/usr/bin/editor"}
    (batch,), _ = read(snapshot(process, query="processes"), snapshot(process | {"pid": "2"}, query="processes", at=THEN + 1))
    assert [(one.title.name, one.state) for one in batch.sightings] == [("editor", State.RUNNING)]
    assert batch.record.lists is Lists.SOME_SOFTWARE
    assert batch.record.note


@pytest.mark.parametrize(
    ("listed", "lists"),
    [(("python",), Lists.SOME_SOFTWARE), (("deb",), Lists.ALL_SOFTWARE), (("python", "deb"), Lists.ALL_SOFTWARE)],
)
def test_packages_of_a_language_are_no_full_list_of_packages(listed: tuple[str, ...], lists: Lists, read: Read) -> None:
    rows = {
        "python": {"name": "requests", "version": "2", "summary": "s", "directory": "/usr/lib", "author": "A"},
        "deb": {"name": "editor", "version": "2", "maintainer": "M", "arch": "amd64"},
    }
    (batch,), _ = read(*(snapshot(rows[name], query=name) for name in listed))
    assert len(batch.sightings) == len(listed)
    assert batch.record.lists is lists


def test_a_process_that_ended_is_not_running_but_one_of_two_still_is(read: Read) -> None:
    editor, player = ({"pid": "1", "name": name, "path": f"/bin/{name}", "cmdline": name} for name in ("editor", "player"))
    (batch,), _ = read(
        added(editor, query="processes"),
        added(editor | {"pid": "2"}, query="processes"),
        added(player, query="processes"),
        removed(editor, query="processes", at=THEN + 1, counter=1),
        removed(player, query="processes", at=THEN + 1, counter=1),
    )
    assert [(one.title.name, one.state, one.place) for one in batch.sightings] == [
        ("editor", State.RUNNING, 2),
        ("player", State.REMOVED, 5),
    ]


def test_events_of_one_process_are_one_sighting(read: Read) -> None:
    event = {"pid": "1", "path": "/bin/editor", "cmdline": "editor"}
    (batch,), _ = read(*(added(event | {"eid": str(n)}, query="execs", at=THEN + n, counter=1 + n) for n in range(5)))
    assert [(one.title.path, one.place) for one in batch.sightings] == [("/bin/editor", 5)]


# -- rows ----------------------------------------------------------------------------------------------------------


def row(text: str) -> Document:
    """`column=value|column=value`."""
    return dict(pair.split("=", 1) for pair in text.split("|"))


# columns; trace and state; fields of the title, empty where it must say nothing
ROWS = [
    (
        "name=Player|version=2|publisher=Example|install_location=C:\\Player|upgrade_code={U}",
        "program: installed",
        "upgrade_code={U}|name=Player",
    ),
    ("name=klif|service_type=KERNEL_DRIVER|status=RUNNING|path=C:\\W\\klif.sys", "driver: running", "driver=klif|service="),
    (
        "name=svc|display_name=Service|status=STOPPED|start_type=AUTO_START|path=C:\\Users\\kim\\s.exe",
        "service: installed",
        "service=svc|name=Service|path=~\\s.exe",
    ),
    ("type=Antivirus|name=AV|state=On|signatures_up_to_date=1", "antivirus: running", "name=AV"),
    ("type=Antivirus|name=AV|state=On|signatures_up_to_date=0", "antivirus: residue", "purl="),
    ("type=Antivirus|name=AV|state=Off|signatures_up_to_date=1", "antivirus: residue", "purl="),
    ("type=Firewall|name=AV|state=On|signatures_up_to_date=0", "antivirus: running", "purl="),
    ("name=a|version=1|status=install ok installed|priority=optional", "package: installed", "purl="),
    ("name=a|version=1|status=deinstall ok config-files|priority=optional", "package: residue", "package=a|purl="),
    ("name=a|version=1|release=2|vendor=V", "package: installed", "publisher=V"),
    ("name=a|version=1|path=/opt/homebrew/Cellar/a/1", "package: installed", "package=a"),
    ("package_id=org.example.pkg|version=1|location=/", "package: residue", "package=org.example.pkg"),
    ("id=a.service|sub_state=running|load_state=loaded", "service: running", "service=a.service"),
    ("id=a.service|sub_state=dead|load_state=not-found", "service: mention", "purl="),
    ("name=org.example.kext|linked_against=<1>|refs=0", "driver: running", "bundle_id=org.example.kext"),
    (
        "path=C:\\P\\avp.exe|filename=avp.exe|product_version=1.2",
        "file: files present",
        "name=avp.exe|version=1.2|path=C:\\P\\avp.exe",
    ),
    ("path=C:\\P\\avp.exe|subject_name=Example Ltd|result=trusted", "file: files present", "name=avp.exe|signer=Example Ltd"),
    ("path=C:\\P\\avp.exe|subject_name=Example Ltd|result=invalid", "file: files present", "signer="),
    ("path=/A.app|authority=Developer ID|signed=0", "file: files present", "signer=|name=A.app"),
    ("name=ds.example.com|type=A|flags=0", "network: network call-back", "dns_name=ds.example.com"),
    ("name=a|version=1|source=deb_packages|bundle_identifier=|extension_id=", "package: installed", "package=a"),
    (
        "name=A.app|version=1|source=apps|bundle_identifier=org.a|installed_path=/Users/kim/A.app",
        "app: installed",
        "bundle_id=org.a|path=~/A.app",
    ),
]


@pytest.mark.parametrize(("columns", "what", "fields"), ROWS)
def test_a_row_is_known_by_its_columns(columns: str, what: str, fields: str) -> None:
    fact = fact_of(row_of(row(columns)), frozenset(row(columns)), "anything")
    assert isinstance(fact, Fact)
    assert fact.title
    assert f"{fact.title.type}: {fact.state}" == what
    assert {name: getattr(fact.title, name) or "" for name in row(fields)} == row(fields)


@pytest.mark.parametrize(
    ("columns", "installed", "used"),
    [
        ("install_date=20230131", "2023-01-31", None),
        ("install_date=1/31/2023", "2023-01-31", None),
        ("install_date=01/02/2023", "01/02/2023", None),
        ("install_time=1512023587.64908", "2017-11-30", None),
        ("install_time=0|last_opened_time=-1.0", None, None),
        ("last_opened_time=1513635619.00891", None, "2017-12-18"),
    ],
)
def test_dates_are_days_where_they_can_be_read(columns: str, installed: str | None, used: str | None) -> None:
    columns = f"name=Editor|publisher=Example|install_location=C:\\Editor|{columns}"
    fact = fact_of(row_of(row(columns)), frozenset(row(columns)), "")
    assert isinstance(fact, Fact)
    assert fact.detail
    assert fact.detail[1:] == ("C:\\Editor", installed, used)


def test_the_name_of_a_query_counts_only_where_its_columns_leave_it_open(read: Read) -> None:
    bare = {"name": "a", "version": "1"}
    (named, unnamed), rejects = read(
        snapshot(bare, query="pack_it_deb_packages", host="PC-1"), snapshot(bare, bare, query="packages", host="PC-2")
    )
    assert [(one.title.type, one.title.package) for one in named.sightings] == [(Trace.PACKAGE, "a")]
    assert unnamed.sightings == []
    assert unnamed.record.lists is Lists.MACHINES
    (reject,) = rejects
    assert (reject.place, json.loads(reject.raw)["name"]) == (2, "packages")
    assert reject.reason.startswith("2 of its rows")


# -- what cannot be used -------------------------------------------------------------------------------------------

DEEP = b'{"name":' + b"[" * 100_000
UNUSABLE = {
    "no JSON": b"I0928 17:37:30.000000 osqueryd started",
    "cut": json.dumps(added(EDITOR)).encode()[:-9],
    "bad bytes": b'{"name": "\xff\xfe"}',
    "deep": DEEP,
    "deep and closed": b'{"a":' * 900 + b"1" + b"}" * 900,
    "no host": b'{"name": "programs", "columns": {}, "action": "added"}',
    "blank host": json.dumps(added(EDITOR, host=" ")).encode(),
    "unknown action": json.dumps(line(columns=EDITOR, action="changed")).encode(),
    "rows that are no list": json.dumps(line(snapshot={"name": "x"}, action="snapshot")).encode(),
    "no changes": json.dumps(line(diffResults=[1])).encode(),
    "columns that are none": json.dumps(line(columns=[1], action="added")).encode(),
    "a value that is none": json.dumps(added(EDITOR | {"version": {"a": 1}})).encode(),
    "no name": json.dumps(added({"name": "", "publisher": "Example", "version": "1"})).encode(),
    "another tool": b'{"event_type": "alert"}',
    "an array": b"[1, 2]",
    "numbers": b"17",
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_a_line_that_cannot_be_used_is_kept_with_its_place_and_the_rest_is_read(what: str, read: Read) -> None:
    batches, rejects = read(snapshot(EDITOR), b"", UNUSABLE[what], snapshot(PLAYER, host="PC-2"))
    assert [(reject.place, reject.raw) for reject in rejects] == [(3, UNUSABLE[what])]
    assert rejects[0].reason
    assert [name for batch in batches for name in seen(batch)] == ["Editor", "Player"]


@pytest.mark.parametrize("value", ["", "x", -1, 1e300, "nan", "1e999", None, [], {}, True, "99999999999999999999"])
def test_times_and_counters_may_be_anything(value: Any, read: Read) -> None:
    (batch,), rejects = read(added(EDITOR, at=value, counter=value, epoch=value))
    assert (seen(batch), rejects) == (["Editor"], [])
    assert batch.record.looked_at is None


def test_a_line_without_end_is_cut_and_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    with path.open("wb") as file:
        file.write(b'{"name": "')
        for _ in range(65):
            file.write(b"x" * (1 << 20))
        file.write(b"\n" + json.dumps(snapshot(EDITOR)).encode())
    (batch,), (reject,) = parts(path)
    assert path.stat().st_size > LINE_LIMIT
    assert (reject.place, len(reject.raw)) == (1, KEPT)
    assert str(LINE_LIMIT) in reject.reason
    assert batch.sightings[0].place == 2


def damaged(data: bytes, seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    for _ in range(2):
        yield data[: chance.randrange(1, len(data))]
    for _ in range(2):
        flipped = bytearray(data)
        for _ in range(20):
            flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        yield bytes(flipped)


def check_damage(data: bytes, seed: int, path: Path) -> None:
    for broken in damaged(data, seed):
        path.write_bytes(broken)
        with suppress(FullcountError):
            OSQUERY.claims(Peek.at(path))
            batches, rejects = parts(path)
            used = {one.place for batch in batches for one in batch.sightings}
            assert used | {one.place for one in rejects} <= set(range(1, broken.count(b"\n") + 2))


@real
@needs_log
@pytest.mark.parametrize("seed", range(2))
def test_the_real_log_damaged_gives_rejects_and_no_traceback(seed: int, tmp_path: Path) -> None:
    check_damage(LOG.read_bytes(), seed, tmp_path / "damaged.log")


@pytest.mark.parametrize("seed", range(10))
def test_a_damaged_log_gives_rejects_and_no_traceback(seed: int, tmp_path: Path) -> None:
    lines = [*OF_ONE_ROW.values(), *CHANGES, *(snapshot(row(text), query=str(n)) for n, (text, *_) in enumerate(ROWS))]
    check_damage("\n".join(map(json.dumps, lines)).encode(), seed, tmp_path / "damaged.log")


def test_every_line_that_holds_something_is_read_or_rejected(read: Read, tmp_path: Path) -> None:
    lines = [snapshot(row(text), host=f"HOST-{n}") for n, (text, *_) in enumerate(ROWS)]
    batches, rejects = read(*lines, b"", *UNUSABLE.values(), b"  ")
    used = [one.place for batch in batches for one in batch.sightings]
    refused = [one.place for one in rejects]
    assert len(used) + len(refused) == count_lines(tmp_path / "osqueryd.results.log")
    assert len({*used, *refused}) == len(used) + len(refused)
