"""Qualys: real reports and lists of hosts, and small written ones; assets with software are written from documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.answers import SAMPLES, Answer, damaged, read, written

from fullcount.model import Class, Lists, Os, Trace
from fullcount.reader import Peek
from fullcount.readers import READERS
from fullcount.readers.qualys import QUALYS, QUALYS_ASSETS, QUALYS_TABLE

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SAMPLES / "qualys"
CLAIMED = {
    "Qualys_Sample_Report.csv": QUALYS_TABLE,
    "many_vulns_cve.csv": QUALYS_TABLE,
    "monthly_pci_issue6932.csv": QUALYS_TABLE,
    "qualys_infrascan_webgui_multiple.xml": QUALYS,
    "api_host_list_0.xml": QUALYS,
}
HOSTS = {"Qualys_Sample_Report.csv": 4, "many_vulns_cve.csv": 5, "monthly_pci_issue6932.csv": 1}


def reading(data: Any, tmp_path: Path, name: str = "a.xml") -> Answer:
    return read(written(tmp_path, data, name), tmp_path, readers=READERS)


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")
class TestRealReports:
    @pytest.mark.parametrize("name", CLAIMED)
    def test_hosts_are_there_and_no_more(self, name: str, tmp_path: Path) -> None:
        assert [one.name for one in READERS if one.claims(Peek.at(FOLDER / name))] == [CLAIMED[name].name]
        found = read(FOLDER / name, tmp_path, readers=READERS)
        assert not found.rejects
        assert {machine["lists"] for machine in found.machines} == {Lists.MACHINES}
        assert not any(machine.seen for machine in found.machines)
        assert len(found.machines) == HOSTS.get(name, len(found.machines))

    @pytest.mark.parametrize("name", ["api_steps_0.xml", "api_steps_1.xml"])
    def test_answers_about_no_host_are_not_claimed(self, name: str) -> None:
        assert not any(one.claims(Peek.at(FOLDER / name)) for one in READERS)

    def test_report(self, tmp_path: Path) -> None:
        first = read(FOLDER / "Qualys_Sample_Report.csv", tmp_path, readers=READERS).machines[0]
        assert (first["class"], first["os_family"], str(first["heard_at"])) == (Class.SERVER, Os.WINDOWS, "2021-05-25 07:36:58")
        assert ("hostname", "EC2AMAZ-IU0C43L") in first.clues
        assert first.named("fqdn") == ["ip-10-98-57-180.eu-west-1.compute.internal"]

    def test_a_title_and_notes_above_the_header(self, tmp_path: Path) -> None:
        found = read(FOLDER / "many_vulns_cve.csv", tmp_path, readers=READERS).machines
        assert found[3].clues[:2] == [("agent_id", "qualys-asset:300000004"), ("hostname", "WORKSTATION01")]
        assert found[3].named("ip") == ["192.168.1.100", "192.168.1.101"]
        assert found[4].named("ip") == ["2001:db8::100"]
        assert str(found[0]["heard_at"]) == "2026-02-03 07:00:00"

    def test_the_day_stands_first(self, tmp_path: Path) -> None:
        pci = read(FOLDER / "monthly_pci_issue6932.csv", tmp_path, readers=READERS).only
        assert str(pci["heard_at"]) == "2022-09-22 13:01:00"

    def test_scan_and_list(self, tmp_path: Path) -> None:
        scan = read(FOLDER / "qualys_infrascan_webgui_multiple.xml", tmp_path, readers=READERS).machines
        assert [one.named("fqdn") for one in scan] == [["host1.example.com"], ["host2.example.com"]]
        assert {str(one["heard_at"]) for one in scan} == {"2019-04-02 10:14:53"}
        listed = read(FOLDER / "api_host_list_0.xml", tmp_path, readers=READERS).only
        assert listed.clues == [("agent_id", "qualys:107800671")]
        assert "details=All" in listed["note"]

    @pytest.mark.parametrize("name", CLAIMED)
    def test_damage_is_no_traceback(self, name: str, tmp_path: Path) -> None:
        for turn, data in enumerate(damaged((FOLDER / name).read_bytes(), name)):
            found = read(written(tmp_path, data, f"{turn}"), tmp_path, readers=(CLAIMED[name],))
            assert found.machines or found.rejects


REPORT = """<?xml version="1.0"?>
<!DOCTYPE ASSET_DATA_REPORT SYSTEM "https://qualysguard.example/asset_data_report.dtd">
<ASSET_DATA_REPORT><HEADER><COMPANY>A</COMPANY></HEADER><HOST_LIST><HOST><IP network_id="0">10.0.0.1</IP>
<TRACKING_METHOD>QAGENT</TRACKING_METHOD><DNS>pc-1.example.gov</DNS><NETBIOS><![CDATA[PC-1]]></NETBIOS>
<QG_HOSTID>9928ced5-5f8a-4121-b63c-15b50cd461e6</QG_HOSTID><OPERATING_SYSTEM>Windows 10</OPERATING_SYSTEM>
<VULN_INFO_LIST><VULN_INFO><QID id="qid_1">1</QID><RESULT>Kaspersky</RESULT><LAST_FOUND>2017-10-09T10:00:00Z</LAST_FOUND>
</VULN_INFO></VULN_INFO_LIST></HOST></HOST_LIST>
<GLOSSARY><VULN_DETAILS_LIST><VULN_DETAILS><CORRELATION><MALWARE><MW_INFO><MW_ID>Trojan</MW_ID>
<MW_ALIAS>Kaspersky: Exploit.Win32</MW_ALIAS></MW_INFO></MALWARE></CORRELATION></VULN_DETAILS></VULN_DETAILS_LIST></GLOSSARY>
</ASSET_DATA_REPORT>"""
DETECTIONS = """<HOST_LIST_VM_DETECTION_OUTPUT><RESPONSE><HOST_LIST><HOST><ID>7</ID><IP>10.0.0.1</IP><OS>Linux</OS>
<DNS_DATA><HOSTNAME>srv</HOSTNAME><FQDN>srv.example.gov</FQDN></DNS_DATA><EC2_INSTANCE_ID>i-0f74daf3d7225083a</EC2_INSTANCE_ID>
<LAST_VM_SCANNED_DATE>2017-10-08T00:00:00Z</LAST_VM_SCANNED_DATE><DETECTION_LIST><DETECTION><QID>90235</QID>
<RESULTS>Kaspersky</RESULTS></DETECTION></DETECTION_LIST></HOST></HOST_LIST>
<WARNING><CODE>1980</CODE><URL>https://qualysapi.example/?id_min=8</URL></WARNING></RESPONSE></HOST_LIST_VM_DETECTION_OUTPUT>"""


def test_an_alias_of_malware_is_nobodys_software(tmp_path: Path) -> None:
    pc = reading(REPORT, tmp_path).only
    assert not pc.seen
    assert (pc["lists"], pc["class"], str(pc["heard_at"])) == (Lists.MACHINES, Class.WORKSTATION, "2017-10-09 10:00:00")
    assert pc.clues[0] == ("agent_id", "qualys-agent:9928ced5-5f8a-4121-b63c-15b50cd461e6")


def test_a_next_page_is_said_to_be_missing(tmp_path: Path) -> None:
    found = reading(DETECTIONS, tmp_path)
    assert set(found.only.clues) >= {("agent_id", "qualys:7"), ("cloud_id", "i-0f74daf3d7225083a"), ("fqdn", "srv.example.gov")}
    assert [reject["raw"] for reject in found.rejects] == [b"https://qualysapi.example/?id_min=8"]


def test_a_report_that_breaks_keeps_its_hosts(tmp_path: Path) -> None:
    found = reading(REPORT[: REPORT.index("<GLOSSARY>") + 20], tmp_path)
    assert found.only.named("hostname") == ["pc-1.example.gov", "PC-1"]
    assert "breaks" in found.rejects[0]["reason"]


@pytest.mark.parametrize(("dates", "seen"), [(("03/04/2017", "13/01/2017"), "2017-04-03"), (("03/04/2017",), None)])
def test_the_order_of_day_and_month_is_proved_or_left_out(dates: tuple[str, ...], seen: str | None, tmp_path: Path) -> None:
    rows = "".join(f"10.0.0.1,pc-1.example.gov,{date},7,t\n" for date in dates)
    pc = reading(f"Title of the report\n\nIP,DNS,LAST SCAN,QID,VULN TITLE\n{rows}", tmp_path, "a.csv").only
    assert (str(pc["heard_at"])[:10] if pc["heard_at"] else None) == seen
    assert bool(pc["note"]) == (seen is None)


def test_a_row_without_a_host_is_a_reject(tmp_path: Path) -> None:
    found = reading("IP,NetBIOS,QID,Title,Last Detected\n10.0.0.1,PC-1,1,t,\n,,2,u,05/13/2021\n", tmp_path, "a.csv")
    assert (len(found.machines), found.rejects[0]["reason"]) == (1, "a row that names no host")


HOST_ASSET = """<?xml version="1.0"?><ServiceResponse><responseCode>SUCCESS</responseCode><count>1</count>
<hasMoreRecords>{more}</hasMoreRecords><data><HostAsset><id>5</id><name>pc-1</name><os>Microsoft Windows 10 Pro</os>
<dnsHostName>pc-1.example.gov</dnsHostName><qwebHostId>7</qwebHostId><lastVulnScan>2017-10-09T10:00:00Z</lastVulnScan>{agent}
<networkInterface><list><HostAssetInterface><macAddress>00:50:56:a6:60:bc</macAddress><address>10.0.0.1</address>
</HostAssetInterface></list></networkInterface><software><list>
<HostAssetSoftware><name>Kaspersky Endpoint Security 10 for Windows</name><version>10.3</version></HostAssetSoftware>
<HostAssetSoftware><version>1</version></HostAssetSoftware></list></software></HostAsset></data></ServiceResponse>"""
AGENT = (
    "<agentInfo><agentId>9928ced5-5f8a-4121-b63c-15b50cd461e6</agentId>"
    "<lastCheckedIn>2017-10-10T00:00:00Z</lastCheckedIn></agentInfo>"
)


def test_an_asset_with_software(tmp_path: Path) -> None:
    whole = HOST_ASSET.replace("<HostAssetSoftware><version>1</version></HostAssetSoftware>", "")
    found = reading(whole.format(more="true", agent=AGENT), tmp_path)
    pc = found.only
    assert (pc["lists"], str(pc["looked_at"]), str(pc["heard_at"])) == (
        "all software",
        "2017-10-09 10:00:00",
        "2017-10-10 00:00:00",
    )
    assert pc.seen[0].title == {"type": Trace.PROGRAM, "name": "Kaspersky Endpoint Security 10 for Windows", "version": "10.3"}
    assert pc.named("mac") == ["00:50:56:a6:60:bc"]
    assert pc.named("agent_id") == ["qualys:7", "qualys-asset:5", "qualys-agent:9928ced5-5f8a-4121-b63c-15b50cd461e6"]
    assert len(found.rejects) == 1, "a next page"


def test_an_asset_without_agent_or_with_a_bad_row_is_a_partial_look(tmp_path: Path) -> None:
    for turn, agent in enumerate(("", AGENT)):
        found = reading(HOST_ASSET.format(more="false", agent=agent), tmp_path, f"{turn}.xml")
        assert (found.only["lists"], len(found.rejects)) == (Lists.SOME_SOFTWARE, 1)


def test_json_says_the_same(tmp_path: Path) -> None:
    row = {"HostAssetSoftware": {"name": "hunspell", "version": "0.2"}}
    asset = {"id": 5, "os": "Amazon Linux 2", "agentInfo": {"agentId": "a-b"}, "software": {"list": [row]}, "qwebHostId": 7}
    pc = reading({"ServiceResponse": {"data": [{"HostAsset": asset}], "count": 1}}, tmp_path, "a.json").only
    assert (pc["lists"], pc["os_family"], pc.names) == (Lists.ALL_SOFTWARE, Os.LINUX, ["hunspell"])
    assert pc.seen[0].title["package"] == "hunspell"


def test_global_assetview(tmp_path: Path) -> None:
    software = {"fullName": "Kaspersky Endpoint Security 11", "publisher": "Kaspersky", "version": "11", "installDate": None}
    asset: dict[str, Any] = {
        "assetId": 5,
        "netbiosName": "PC-1",
        "biosSerialNumber": "5CG71",
        "operatingSystem": {"osName": "Windows Server 2019"},
        "inventoryListData": {"inventory": [{"source": "CLOUD_AGENT", "lastUpdated": 1507550400000}]},
        "softwareListData": {"software": [software]},
    }
    network = {
        "assetId": 6,
        "hardware": {"category1": "Networking Device"},
        "dnsName": "sw-1.example.gov",
        "softwareListData": None,
    }
    found = reading({"hasMore": 0, "assetListData": {"asset": [asset, network]}}, tmp_path, "a.json")
    server, switch = found.machines
    assert (server["class"], server["lists"], str(server["looked_at"])) == ("server", "all software", "2017-10-09 12:00:00")
    assert (server.seen[0].title["publisher"], server.named("serial")) == ("Kaspersky", ["5CG71"])
    assert (switch["class"], switch["lists"]) == (Class.NETWORK, Lists.MACHINES)
    assert not found.rejects


def test_claims(tmp_path: Path) -> None:
    for turn, text in enumerate(
        ("<SCAN/>", "<ServiceResponse><data/></ServiceResponse>", '{"asset": []}', "IP,DNS,Title\n1,2,3\n")
    ):
        peek = Peek.at(written(tmp_path, text, f"{turn}"))
        assert not any(one.claims(peek) for one in (QUALYS, QUALYS_TABLE, QUALYS_ASSETS))
