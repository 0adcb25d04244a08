"""Dumps of OCS' database: real ones against their independent counts, and small written ones."""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from fullcount.errors import FullcountError, UnreadableError
from fullcount.model import Batch, Class, Lists, Os, Record, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers import ocs_sql
from fullcount.readers.ocs_sql import OCS_SQL, statements

SAMPLES = Path(__file__).resolve().parents[2] / "../shared/samples"
FILES = sorted((SAMPLES / "ocs_sql").glob("*"))
absent = pytest.mark.skipif(not FILES, reason="no real dumps beside the project")
OLD = """\
-- MySQL dump 10.13, it's a comment; with a quote
/*!40101 SET NAMES utf8 */;
CREATE TABLE `accountinfo` (
  `HARDWARE_ID` int(11) NOT NULL,
  `TAG` varchar(255) DEFAULT 'N;A',
  PRIMARY KEY (`HARDWARE_ID`,`TAG`)
) ENGINE=InnoDB;
INSERT INTO `accountinfo` VALUES (3,'Site, (A)'),(4,'NA'),(9,'x');
CREATE TABLE `blob` (`a` blob);
INSERT INTO `blob` VALUES (_binary 'INSERT INTO `hardware` VALUES (1);\\'; ''x'),(0x00);
CREATE TABLE `hardware` (
  `ID` int NOT NULL, `DEVICEID` varchar(255) NOT NULL, `NAME` varchar(255), `WORKGROUP` varchar(255),
  `OSNAME` varchar(255), `LASTDATE` datetime, `LASTCOME` datetime, `UUID` varchar(255), `ARCHIVE` int, KEY `NAME` (`NAME`)
);
INSERT INTO hardware VALUES
(3,'PC-1-2016-01-02-03-04-05','PC-1','corp.example.gov','Microsoft Windows 7','2017-09-14 08:00:00','2017-10-01 09:00:00',
NULL,NULL),
(4,'PC-2-2016-01-02-03-04-06','O\\'Neill','CORP',NULL,'0000-00-00 00:00:00',NULL,'33E737A8-F827-11DF-9297-47C0A301005A',1),
(5,'_SYSTEMGROUP_','a group',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO `bios` (`HARDWARE_ID`, `SSN`, `TYPE`, `SMANUFACTURER`, `ASSETTAG`) VALUES (3,'5CG71','Notebook','Acme','');
INSERT INTO `networks` (`HARDWARE_ID`, `MACADDR`, `IPADDRESS`, `VIRTUALDEV`) VALUES (3,'00:11:22:33:44:55','10.0.0.7',0),
(3,'02:00:00:00:00:01','',1);
REPLACE INTO `softwares` (`HARDWARE_ID`,`NAME`,`VERSION`,`PUBLISHER`,`GUID`,`FOLDER`,`INSTALLDATE`) VALUES
(3,'Kaspersky ''Free''\\n','1','AO Kaspersky Lab','{1}','"C:/x"','2017-01-02 00:00:00'),
(3,'','','','{2}','','0000-00-00 00:00:00'),
(3,NULL,'1','nobody',NULL,NULL,NULL),
(8,'of a machine that is gone','','','','',NULL) ON DUPLICATE KEY UPDATE `NAME`='x';
"""
NEW = """\
CREATE TABLE `hardware` (`ID` int, `DEVICEID` text, `NAME` text, `OSNAME` text);
INSERT INTO `hardware` (`ID`,`DEVICEID`,`NAME`,`OSNAME`) VALUES (1,'a','web','Debian GNU/Linux 12'),(2,'b','mac','macOS');
INSERT INTO `software` (`ID`,`HARDWARE_ID`,`NAME_ID`,`PUBLISHER_ID`,`VERSION_ID`) VALUES (1,1,7,1,1),(2,2,7,1,2),(3,1,99,1,1);
INSERT INTO `software_name` (`ID`,`NAME`) VALUES (7,'curl'),(8,'a name that no machine has');
INSERT INTO `software_publisher` (`ID`,`PUBLISHER`) VALUES (1,'Unavailable');
INSERT INTO `software_version` (`ID`,`VERSION`,`PRETTYVERSION`) VALUES (1,'7.88','7'),(2,'8.1','8');
INSERT INTO `securitycenter` (`HARDWARE_ID`,`PRODUCT`,`COMPANY`,`VERSION`,`ENABLED`,`UPTODATE`) VALUES
(1,'On','A','1',1,1),(1,'Old','A','1',1,0),(2,'Said','A','1','','');
"""


def read(path: Path) -> list[Batch]:
    peek = Peek.at(path)
    assert OCS_SQL.claims(peek)
    assert OCS_SQL.batches
    return list(OCS_SQL.batches(Stream(path=path, encoding=peek.encoding)))


def dump(tmp_path: Path, text: str) -> list[Batch]:
    path = tmp_path / "ocsweb.sql"
    path.write_bytes(text.encode())
    return read(path)


def records(batches: list[Batch]) -> dict[str, Record]:
    """By host name."""
    found = {}
    for batch in batches:
        if batch.record:
            [name] = [value for kind, value in batch.record.clues if kind == "hostname"]
            found[name] = batch.record
    return found


@pytest.mark.real
@absent
class TestRealDumps:
    def test_counts_are_those_of_an_independent_count(self) -> None:
        with (SAMPLES / "truth.tsv").open(encoding="utf-8", newline="") as file:
            truth = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
        found = read(SAMPLES / "ocs_sql/siati_ocsweb_pseudonymised.sql")
        row = truth["ocs_sql/siati_ocsweb_pseudonymised.sql"]
        seen = [(batch.key, s.title.name or "") for batch in found for s in batch.sightings]
        assert len(seen) == int(row["rows"])
        assert sum(batch.record is not None for batch in found) == int(row["hosts"])
        assert not any(batch.rejects for batch in found)
        huawei = Counter(
            s.title.name for batch in found for s in batch.sightings if "huawei" in (s.title.publisher or "").lower()
        )
        assert "4 (Mobile Broadband HL Service 2, Banda Ancha Movil 1, HiSuite 1" in row["note"]
        assert sum(huawei.values()) == 4
        states = Counter(s.state for batch in found for s in batch.sightings)
        assert states == {State.MENTION: 1947, State.INSTALLED: 9631}

    def test_the_old_schema(self) -> None:
        path = SAMPLES / "ocs_sql/jmeraq_ocsweb_2.4.sql"
        found = read(path)
        [line] = [line for line in path.read_text("utf-8").splitlines() if line.startswith("INSERT INTO `softwares` ")]
        sightings = [s for batch in found for s in batch.sightings]
        assert len(sightings) == len(re.findall(r"[(,]\(\d+,3,|VALUES \(\d+,3,", line))
        [suite] = [s.title for s in sightings if s.title.name == "HiSuite"]
        assert (suite.publisher, suite.version, suite.product_code) == ("Huawei Technologies Co.,Ltd", "1.0", "Hi Suite")
        [record] = records(found).values()
        assert ("agent_id", "ocs:JMERAQ-2018-01-07-10-37-21") in record.clues
        assert record.looked_at == datetime(2018, 1, 7, 10, 42, 46)  # noqa: DTZ001 - times of the house are UTC

    def test_claims_nothing_else(self) -> None:
        others = [path for path in SAMPLES.rglob("*") if path.is_file() and path not in FILES]
        assert len(others) > 200
        assert [path.name for path in others if OCS_SQL.claims(Peek.at(path))] == []

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
    def test_damage_is_never_a_traceback(self, path: Path, tmp_path: Path) -> None:
        whole, dice = path.read_bytes(), random.Random(path.name)
        assert OCS_SQL.batches
        for damage in ("cut", "cut", "flip", "flip"):
            at = dice.randrange(1, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            broken = tmp_path / "broken"
            broken.write_bytes(whole[:at] if damage == "cut" else flipped)
            refused = ""
            try:
                found = list(OCS_SQL.batches(Stream(path=broken, encoding="utf-8")))
            except FullcountError as error:
                found, refused = [], error.hint
            assert found or refused

    def test_a_flipped_quote_costs_few_rows(self, tmp_path: Path) -> None:
        whole = (SAMPLES / "ocs_sql/siati_ocsweb_pseudonymised.sql").read_bytes()
        start = whole.index(b"INSERT INTO `software` ")
        at = whole.index(b"'", start + 100_000)
        broken = tmp_path / "broken.sql"
        broken.write_bytes(whole[:at] + b"x" + whole[at + 1 :])
        found = read(broken)
        assert sum(len(batch.sightings) for batch in found) >= 11578 - 3
        assert any(batch.rejects for batch in found)


def test_the_flat_schema(tmp_path: Path) -> None:
    found = dump(tmp_path, OLD)
    one, two = records(found)["PC-1"], records(found)["O'Neill"]
    assert one.clues == [
        ("agent_id", "ocs:PC-1-2016-01-02-03-04-05"),
        ("serial", "5CG71"),
        ("manufacturer", "Acme"),
        ("mac", "00:11:22:33:44:55"),
        ("ip", "10.0.0.7"),
        ("hostname", "PC-1"),
        ("fqdn", "PC-1.corp.example.gov"),
        ("domain", "corp.example.gov"),
    ]
    assert (one.machine_class, one.os_family, one.site) == (Class.WORKSTATION, Os.WINDOWS, "Site, (A)")
    assert (one.looked_at, one.heard_at) == (datetime(2017, 9, 14, 8), datetime(2017, 10, 1, 9))  # noqa: DTZ001 - UTC
    assert (one.retired, one.lists, one.note) == (False, Lists.SOME_SOFTWARE, "rows of its software could not be read")
    assert (two.retired, two.lists, two.looked_at, two.site) == (True, Lists.MACHINES, None, None)
    assert two.note == "no software in the dump"
    [first, second] = [s for batch in found for s in batch.sightings]
    assert (first.title.name, first.title.publisher, first.title.product_code) == ("Kaspersky 'Free'", "AO Kaspersky Lab", "{1}")
    assert first.detail
    assert (first.detail.path, first.detail.installed_on) == ("C:/x", "2017-01-02")
    assert (second.title.name, second.title.product_code, second.detail) == (None, "{2}", None)
    reasons = [reject.reason for batch in found for reject in batch.rejects]
    assert reasons == [
        "rows about a machine that is not in `hardware`",
        "software without a name",
        "software of a machine that is not in `hardware`",
    ]


def test_the_schema_with_dictionaries(tmp_path: Path) -> None:
    found = dump(tmp_path, NEW)
    seen = [(batch.key, s.title.type, s.title.name, s.title.version, s.state) for batch in found for s in batch.sightings]
    assert seen == [
        ("1", Trace.PACKAGE, "curl", "7.88", State.INSTALLED),
        ("1", Trace.ANTIVIRUS, "On", "1", State.RUNNING),
        ("1", Trace.ANTIVIRUS, "Old", "1", State.RESIDUE),
        ("2", Trace.APP, "curl", "8.1", State.INSTALLED),
        ("2", Trace.ANTIVIRUS, "Said", "1", State.INSTALLED),
    ]
    assert {s.title.publisher for batch in found for s in batch.sightings if s.title.name == "curl"} == {None}
    assert records(found)["mac"].traces == frozenset({Trace.APP, Trace.ANTIVIRUS})
    assert records(found)["mac"].lists is Lists.ALL_SOFTWARE
    assert [reject.raw for batch in found for reject in batch.rejects] == [
        b"ID=3; HARDWARE_ID=1; NAME_ID=99; PUBLISHER_ID=1; VERSION_ID=1"
    ]


def test_it_does_not_matter_where_the_text_is_parted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [dump(tmp_path, text) for text in (OLD, NEW)]
    for size in (1, 2, 7, 64):
        monkeypatch.setattr(statements, "_CHUNK", size)
        monkeypatch.setattr(ocs_sql, "_AT_ONCE", 1)
        for text, before in zip((OLD, NEW), whole, strict=True):
            after = dump(tmp_path, text)
            assert records(after) == records(before)
            rows = [sorted((s for batch in found for s in batch.sightings), key=lambda s: s.place) for found in (before, after)]
            assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("text", "rows", "reasons"),
    [
        ("INSERT INTO t (a,b) VALUES (1,'x'),(2),(3,'y');", 2, ["not 2 values"]),
        ("INSERT INTO t (a,b) VALUES (1,'x'),(2,'y' 'z'),(3,NOW());", 2, ["not 2 values"]),
        ("INSERT INTO t (a) VALUES (1),(2", 1, ["rest of the rows"]),
        ("INSERT INTO t (a) VALUES (1),('never closed", 1, ["rest of the rows"]),
        ("INSERT INTO t (a) VALUES (1),(x'); INSERT INTO t (a) VALUES (2);", 2, ["rest of the rows"]),
        ("INSERT INTO t VALUES (1),(2); INSERT INTO t (a) VALUES (3);", 1, ["not named"]),
        ("insert ignore into db.`t` values (1); INSERT INTO t (`a`) VALUES (2)", 1, ["not named"]),
        ("INSERT INTO t (a) VALUES " + "(1,2),\n" * 100 + ";", 0, ["cannot be read"] * 21),
        ("", 0, []),
        ("-- nothing", 0, []),
        ("/* never closed", 0, []),
        ("`never closed", 0, []),
        ("CREATE TABLE `t` (`a` int, `b` enum('(`c` d','x'), KEY `a` (`a`)); INSERT INTO `t` VALUES (1,''),(NULL,'''');", 2, []),
    ],
)
def test_statements(text: str, rows: int, reasons: list[str]) -> None:
    found = list(statements.rows(io.StringIO(text), {"t"}))
    assert len([row for row in found if not row.broken]) == rows
    broken = [row.broken for row in found if row.broken]
    assert len(broken) == len(reasons)
    assert all(reason in said for reason, said in zip(reasons, broken, strict=True))


def test_values_as_the_server_writes_them() -> None:
    text = r"""INSERT INTO t (a,b,c,d,e) VALUES (-1.5, _utf8 'a\'b''c\\d\ne\0', NULL, 'NULL', '');"""
    [row] = statements.rows(io.StringIO(text), {"t"})
    assert row.values == {"A": "-1.5", "B": "a'b'c\\d\ne\0", "D": "NULL", "E": ""}


@pytest.mark.parametrize("text", [NEW[NEW.index("INSERT INTO `software`") :], "CREATE TABLE `bios` (`HARDWARE_ID` int);"])
def test_a_dump_without_machines_is_unreadable(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableError, match="no rows of the table `hardware`") as error:
        dump(tmp_path, text)
    assert "mysqldump" in error.value.hint
