"""Nmap: real scans, and small written ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.answers import SAMPLES, Answer, damaged, read, truth, written

from fullcount.model import Class, Lists, Os, State, Trace
from fullcount.reader import Peek
from fullcount.readers import READERS
from fullcount.readers.nmap import NMAP

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = SAMPLES / "nmap"
FILES = ("issue4406.xml", "nmap_multiple_port.xml")


def scan(tmp_path: Path, *hosts: str) -> Answer:
    text = f'<?xml version="1.0"?><!DOCTYPE nmaprun><nmaprun scanner="nmap">{"".join(hosts)}<runstats/></nmaprun>'
    return read(written(tmp_path, text, "scan.xml"), tmp_path, readers=READERS)


@pytest.mark.real
@pytest.mark.skipif(not FOLDER.is_dir(), reason="no real exports beside the project")
class TestRealScans:
    @pytest.mark.parametrize("name", FILES)
    def test_services_are_no_installs(self, name: str, tmp_path: Path) -> None:
        assert [one.name for one in READERS if one.claims(Peek.at(FOLDER / name))] == ["nmap"]
        found = read(FOLDER / name, tmp_path, readers=READERS)
        row = truth(f"nmap/{name}")
        assert len(found.machines) == int(row["hosts"])
        assert not found.rejects
        [host] = found.machines
        assert {one.state for one in host.seen} <= {State.MENTION}
        assert len(host.seen) < int(row["rows"]), "a name by the number of a port is no product"

    def test_host(self, tmp_path: Path) -> None:
        host = read(FOLDER / FILES[0], tmp_path, readers=READERS).only
        assert (host["lists"], str(host["heard_at"])) == (Lists.SOME_SOFTWARE, "2021-04-29 09:28:17")
        assert host.seen[0].title == {
            "type": Trace.DETECTION,
            "name": "OpenSSH",
            "version": "7.4",
            "cpe": "cpe:/a:openbsd:openssh:7.4",
        }
        assert ("fqdn", "ip-10-250-195-71.eu-west-1.compute.internal") in host.clues
        assert not any("HUAWEI" in name for name in host.names), "what scripts write is not read"

    @pytest.mark.parametrize("name", FILES)
    def test_damage_is_no_traceback(self, name: str, tmp_path: Path) -> None:
        for turn, data in enumerate(damaged((FOLDER / name).read_bytes(), name)):
            found = read(written(tmp_path, data, f"{turn}"), tmp_path, readers=(NMAP,))
            assert found.machines or found.rejects


HOST = """<host starttime="1507543200" endtime="1507543300"><status state="up"/><address addr="10.0.0.1" addrtype="ipv4"/>
<address addr="00:50:56:A6:60:BC" addrtype="mac" vendor="Kaspersky Lab"/><hostnames/>
<ports><port protocol="tcp" portid="80"><state state="open"/><service name="http" product="Kaspersky proxy"
 method="probed"/></port>
<port protocol="tcp" portid="81"><state state="closed"/><service name="http" product="Closed" method="probed"/></port>
<port protocol="tcp" portid="9100"><state state="open"/><service name="jetdirect" method="table" conf="3"/></port></ports>
<os><osmatch name="Linux 4" accuracy="90"><osclass type="router" vendor="Linux"/></osmatch>
<osmatch name="Microsoft Windows Server 2016" accuracy="98"><osclass type="general purpose" vendor="Microsoft"/></osmatch></os>
<hostscript><script id="smb-os-discovery" output=""><elem key="server">SRV-1\\x00</elem><elem key="fqdn">srv-1.example.gov</elem>
<elem key="workgroup">CORP\\x00</elem></script></hostscript></host>"""


def test_the_maker_of_a_network_card_is_nobodys_software(tmp_path: Path) -> None:
    host = scan(tmp_path, HOST).only
    assert [(one.title["name"], one.state) for one in host.seen] == [("Kaspersky proxy", State.MENTION)]
    assert host.named("mac") == ["00:50:56:A6:60:BC"]
    assert (host["class"], host["os_family"]) == (Class.SERVER, Os.WINDOWS)
    assert set(host.clues) >= {("fqdn", "srv-1.example.gov"), ("hostname", "SRV-1"), ("domain", "CORP")}


def test_an_address_that_did_not_answer_is_no_machine(tmp_path: Path) -> None:
    down = '<host><status state="down"/><address addr="10.0.0.2" addrtype="ipv4"/></host>'
    found = scan(tmp_path, down, HOST, down)
    assert len(found.machines) == 1
    assert [reject["reason"] for reject in found.rejects] == ["2 addresses did not answer: they are no machines"]


def test_a_router_is_no_computer(tmp_path: Path) -> None:
    router = HOST.replace('accuracy="90"', 'accuracy="100"')
    assert scan(tmp_path, router).only["class"] == Class.NETWORK


def test_an_empty_scan_says_so(tmp_path: Path) -> None:
    assert [reject["reason"] for reject in scan(tmp_path).rejects] == ["no host in this scan"]


def test_a_scan_that_was_stopped_keeps_its_hosts(tmp_path: Path) -> None:
    text = f"<nmaprun>{HOST}{HOST[:300]}"
    found = read(written(tmp_path, text, "scan.xml"), tmp_path, readers=READERS)
    assert len(found.machines) == 1
    assert "breaks" in found.rejects[0]["reason"]
    assert found.rejects[0]["raw"].startswith(b"<ports>"), "from the line on which it breaks"
