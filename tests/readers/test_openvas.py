"""OpenVAS: real reports, and small written ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.answers import SAMPLES, damaged, read, truth, written

from fullcount.model import Class, Lists, Os, Trace
from fullcount.reader import Peek
from fullcount.readers import READERS
from fullcount.readers.openvas import OPENVAS

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SAMPLES / "openvas"
FILES = ("many_vuln.csv", "report_detail_v2.xml", "report_using_openVAS.csv")


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")
class TestRealReports:
    @pytest.mark.parametrize("name", FILES)
    def test_hosts_are_those_of_an_independent_count(self, name: str, tmp_path: Path) -> None:
        assert [one.name for one in READERS if one.claims(Peek.at(FOLDER / name))] == ["openvas"]
        found = read(FOLDER / name, tmp_path, readers=READERS)
        assert len(found.machines) == int(truth(f"openvas/{name}")["hosts"])
        assert not found.rejects
        assert {one.title["type"] for machine in found.machines for one in machine.seen} <= {Trace.DETECTION}

    def test_csv_and_xml(self, tmp_path: Path) -> None:
        server = read(FOLDER / "many_vuln.csv", tmp_path, readers=READERS).only
        assert server.clues == [("hostname", "LOGSRV"), ("ip", "192.168.118.212")]
        assert (server["lists"], str(server["heard_at"])) == (Lists.MACHINES, "2021-05-26 20:50:18")
        other = read(FOLDER / "report_detail_v2.xml", tmp_path, readers=READERS).only
        assert other.clues == [("hostname", "server99"), ("ip", "10.99.99.99")]
        assert str(other["heard_at"]) == "2025-08-22 14:55:31", "UTC"

    @pytest.mark.parametrize("name", FILES)
    def test_damage_is_no_traceback(self, name: str, tmp_path: Path) -> None:
        for turn, data in enumerate(damaged((FOLDER / name).read_bytes(), name)):
            found = read(written(tmp_path, data, f"{turn}"), tmp_path, readers=(OPENVAS,))
            assert found.machines or found.rejects


REPORT = """<get_reports_response status="200"><report format_id="a994b278"><report><gmp><version>22.6</version></gmp>
<host><ip>10.0.0.1</ip><start>2017-10-09T09:00:00Z</start><end>2017-10-09T10:00:00Z</end>
<detail><name>hostname</name><value>pc-1.example.gov</value></detail><detail><name>MAC</name><value>00:50:56:A6:60:BC</value></detail>
<detail><name>best_os_txt</name><value>Microsoft Windows 10</value></detail>
<detail><name>App</name><value>cpe:/a:kaspersky:endpoint_security:10.3</value></detail>
<detail><name>cpe:/a:other:thing</name><value>/opt</value></detail></host>
<results><result id="r"><host>10.0.0.1<hostname>pc-1.example.gov</hostname></host><nvt oid="1">
<name>Kaspersky Endpoint Security flaw</name></nvt><creation_time>2017-10-09T09:30:00Z</creation_time></result>
<result id="s"><host/></result></results></report></report></get_reports_response>"""


def test_what_tests_recognised_is_some_software(tmp_path: Path) -> None:
    found = read(written(tmp_path, REPORT, "r.xml"), tmp_path, readers=READERS)
    pc = found.only
    assert [one.title for one in pc.seen] == [
        {"type": Trace.DETECTION, "version": "10.3", "cpe": "cpe:/a:kaspersky:endpoint_security:10.3"}
    ]
    assert (pc["lists"], pc["class"], pc["os_family"]) == (Lists.SOME_SOFTWARE, Class.WORKSTATION, Os.WINDOWS)
    assert str(pc["heard_at"]) == "2017-10-09 10:00:00"
    assert ("mac", "00:50:56:A6:60:BC") in pc.clues
    assert [reject["reason"] for reject in found.rejects] == ["a result that names no host"]


def test_columns_in_another_order_and_the_product_once(tmp_path: Path) -> None:
    rows = 'x,10.0.0.1,a,pc-1,"Product: cpe:/a:apache:http_server:2.4.7\nMethod: t",2017-10-09T10:00:00Z,\n' * 2
    text = f"NVT Name,IP,NVT OID,Hostname,Product Detection Result,Timestamp,Affected Software/OS\n{rows}y,,b,,,,Kaspersky\n"
    found = read(written(tmp_path, text, "r.csv"), tmp_path, readers=READERS)
    assert [one.title["cpe"] for one in found.only.seen] == ["cpe:/a:apache:http_server:2.4.7"]
    assert found.only["lists"] == Lists.SOME_SOFTWARE
    assert [reject["reason"] for reject in found.rejects] == ["a result that names no host"]


@pytest.mark.parametrize("text", ["<report><result/></report>", "IP,Hostname,Port\n1,2,3\n", "<report id='1'/>"])
def test_other_reports_are_not_claimed(text: str, tmp_path: Path) -> None:
    assert not OPENVAS.claims(Peek.at(written(tmp_path, text, "r")))
