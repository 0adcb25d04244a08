"""Rapid7: real reports and answers, and small written ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, Answer, damaged, lines, read, truth, written

from fullcount.model import Class, Lists, Os, State, Trace
from fullcount.reader import Peek
from fullcount.readers import READERS
from fullcount.readers.rapid7 import INSIGHTVM, NEXPOSE

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SAMPLES / "rapid7"
FILES = {
    "dns.xml": NEXPOSE,
    "many_vulns.xml": NEXPOSE,
    "insightvm_asset_software.json": INSIGHTVM,
    "insightvm_v3_assets_0.json": INSIGHTVM,
}


def reading(data: Any, tmp_path: Path, name: str = "a") -> Answer:
    return read(written(tmp_path, data, name), tmp_path, readers=READERS)


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")
class TestRealFiles:
    @pytest.mark.parametrize("name", FILES)
    def test_claimed_by_one(self, name: str) -> None:
        assert [one.name for one in READERS if one.claims(Peek.at(FOLDER / name))] == [FILES[name].name]

    @pytest.mark.parametrize("name", ["dns.xml", "many_vulns.xml"])
    def test_nodes_are_those_of_an_independent_count(self, name: str, tmp_path: Path) -> None:
        found = read(FOLDER / name, tmp_path, readers=READERS)
        row = truth(f"rapid7/{name}")
        assert len(found.machines) == int(row["hosts"])
        installed = [one for machine in found.machines for one in machine.seen if one.state == State.INSTALLED]
        assert len(installed) == int(row["rows"]) == 0, "services are mentions"
        assert not found.rejects

    def test_node(self, tmp_path: Path) -> None:
        router = read(FOLDER / "dns.xml", tmp_path, readers=READERS).only
        assert router.clues == [("mac", "001122334455"), ("ip", "192.168.1.1")]
        assert (router["os"], router["os_family"], str(router["heard_at"])) == ("Linux 2.6.32", Os.LINUX, "2021-02-28 22:54:29")
        mac = read(FOLDER / "many_vulns.xml", tmp_path, readers=READERS).machines[5]
        assert mac.named("hostname") == ["MACBOOKPRO-C9A7"]

    def test_software_joins_by_the_number_in_its_address(self, tmp_path: Path) -> None:
        software = read(FOLDER / "insightvm_asset_software.json", tmp_path, readers=READERS).only
        assert software.clues == [("agent_id", "rapid7:234")]
        assert software.seen[0].title == {
            "type": Trace.DETECTION,
            "name": "Adobe Flash 18.0.0.209",
            "version": "18.0.0.209",
            "publisher": "Adobe",
        }
        asset = read(FOLDER / "insightvm_v3_assets_0.json", tmp_path, readers=READERS).only
        assert asset.clues[:2] == [("agent_id", "rapid7:1"), ("mac", "02:42:AC:12:00:03")]
        assert (asset["lists"], asset["os"], str(asset["heard_at"])) == ("machines", "Debian Linux", "2023-08-09 17:33:45")

    @pytest.mark.parametrize("name", FILES)
    def test_damage_is_no_traceback(self, name: str, tmp_path: Path) -> None:
        for turn, data in enumerate(damaged((FOLDER / name).read_bytes()[:60_000], name)):
            found = read(written(tmp_path, data, f"{turn}"), tmp_path, readers=(FILES[name],))
            assert found.machines or found.rejects


NODE = """<node address="10.0.0.1" status="alive" hardware-address="005056A660BC"
device-id="1"><names><name>pc-1.example.gov</name>
</names><fingerprints><os certainty="0.80" vendor="Microsoft" family="Windows" product="Windows 10"/>
<os certainty="0.50" vendor="Linux" product="Linux"/></fingerprints>
<tests><test id="t" scan-id="2"><Paragraph>Kaspersky</Paragraph></test></tests>
<software><fingerprint certainty="1.00" software-class="Antivirus" vendor="Kaspersky Lab" family="Endpoint Security"
product="Kaspersky Endpoint Security" version="10.3"/><fingerprint certainty="0.1" version="1"/></software></node>"""
REPORT = f"""<NexposeReport version="2.0"><scans><scan id="1" endTime="20171101T000000000"/>
<scan id="2" endTime="20171009T100000123"/></scans><nodes>{NODE}</nodes></NexposeReport>"""


def test_installed_software_of_a_scan_that_may_not_have_been_let_in(tmp_path: Path) -> None:
    found = reading(REPORT, tmp_path)
    pc = found.only
    assert (pc["lists"], pc["class"], pc["os_family"]) == (Lists.SOME_SOFTWARE, Class.WORKSTATION, Os.WINDOWS)
    assert str(pc["looked_at"]) == "2017-10-09 10:00:00", "of the scan that its tests name, not of the newest"
    assert [(one.title["name"], one.title["publisher"], one.state) for one in pc.seen] == [
        ("Kaspersky Endpoint Security", "Kaspersky Lab", State.INSTALLED)
    ]
    assert [reject["reason"] for reject in found.rejects] == ["a fingerprint without a product"]


def test_of_two_scans_none_is_taken_where_no_test_names_one(tmp_path: Path) -> None:
    assert reading(REPORT.replace('scan-id="2"', ""), tmp_path).only["heard_at"] is None


def test_a_report_without_nodes_says_so(tmp_path: Path) -> None:
    found = reading('<NexposeReport version="1.0"><scans><scan id="1"/></scans><nodes/></NexposeReport>', tmp_path)
    assert (found.machines, found.rejects[0]["reason"]) == ([], "no node in this report")


def asset(number: int, **said: Any) -> dict[str, Any]:
    return {"id": number, "ip": "10.0.0.1", "hostName": "pc-1.example.gov", "assessedForVulnerabilities": True, **said}


def test_assets_with_software_and_ids(tmp_path: Path) -> None:
    software = [{"product": "Reader", "vendor": "Acme", "version": "1", "cpe": {"v2.2": "cpe:/a:acme:reader:1"}}, {"vendor": "x"}]
    history = [{"type": "SCAN", "date": "2017-10-09T10:00:00Z"}, {"type": "ASSET-IMPORT", "date": "2017-11-01T00:00:00Z"}]
    ids = [{"id": "564d4cbc-c6a9-1969-0000-000000000001", "source": "WMI UUID"}, {"id": "ab", "source": "R7 Agent"}]
    page = {"resources": [asset(5, software=software, history=history, ids=ids, os="Windows Server 2019")]}
    found = reading({**page, "page": {"number": 0, "totalPages": 2}}, tmp_path)
    server = found.only
    assert (server["class"], server["lists"], str(server["heard_at"])) == ("server", "some software", "2017-10-09 10:00:00")
    assert server.seen[0].title["cpe"] == "cpe:/a:acme:reader:1"
    assert server.named("agent_id") == ["rapid7:5", "rapid7-agent:ab"]
    assert len(server.named("uuid")) == 1
    assert {reject["reason"] for reject in found.rejects} > {"a fingerprint without a product"}, "and a next page"


def test_assets_and_software_in_one_file_are_one_machine(tmp_path: Path) -> None:
    links = [{"rel": "self", "href": "https://console:3780/api/3/assets/5/software"}]
    software = {"resources": [{"product": "Reader", "vendor": "Acme"}], "links": links}
    pc = reading(lines({"resources": [asset(5)]}, software), tmp_path).only
    assert (pc.names, pc.named("fqdn")) == (["Reader"], ["pc-1.example.gov"])


def test_software_of_nobody_is_a_reject(tmp_path: Path) -> None:
    found = read(written(tmp_path, {"resources": [{"id": 1, "product": "Reader"}]}), tmp_path, readers=(INSIGHTVM,))
    assert not found.machines
    assert found.became == "refused", "nothing says that it is Rapid7's"
