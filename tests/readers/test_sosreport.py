"""Reports of sos: the parts of a real one, also put together as sos packs them, and small written ones."""

from __future__ import annotations

import io
import lzma
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fullcount.container import expanded
from fullcount.errors import UnreadableError
from fullcount.exports import Found
from fullcount.model import Class, Lists, State
from fullcount.reader import Peek, Stream
from fullcount.readers import READERS
from fullcount.readers.sosreport import DMIDECODE, SOSREPORT

if TYPE_CHECKING:
    from fullcount.model import Batch, Record, Sighting

SHARED = Path(__file__).resolve().parents[2] / "../shared/samples/sosreport"
real = [pytest.mark.real, pytest.mark.skipif(not SHARED.exists(), reason="no real exports beside the project")]
TOP = "sosreport-web1-2024-05-06-abcdefg/"
RPMS = "".join(f"p{n}-1-1.noarch                                Wed May  1 10:00:00 2024\n" for n in range(4))
DMI = """# dmidecode 3.2
Handle 0x0001, DMI type 1, 27 bytes
System Information
\tManufacturer: Harbour Computers
\tSerial Number: HC-0042
\tUUID: 4c4c4544-0042-3510-8051-b7c04f4e5032

Handle 0x0003, DMI type 3, 22 bytes
Chassis Information
\tType: Rack Mount Chassis
\tSerial Number: other
\tAsset Tag: A-17
"""


def packed(files: dict[str, str | bytes], top: str = TOP) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            path, _, target = name.partition(" -> ")
            entry = tarfile.TarInfo(top + path)
            whole = data.encode() if isinstance(data, str) else data
            if target:
                entry.type, entry.linkname = tarfile.SYMTYPE, target
            entry.size = 0 if target else len(whole)
            archive.addfile(entry, None if target else io.BytesIO(whole))
    return out.getvalue()


def read(tmp_path: Path, data: bytes) -> list[Batch]:
    path = tmp_path / "report.tar"
    path.write_bytes(data)
    assert SOSREPORT.claims(Peek.at(path))
    assert SOSREPORT.batches
    return list(SOSREPORT.batches(Stream(path=path, encoding="utf-8")))


def record(found: list[Batch]) -> Record:
    [one] = [batch.record for batch in found if batch.record]
    return one


def seen(found: list[Batch]) -> list[Sighting]:
    return [one for batch in found for one in batch.sightings]


WHOLE: dict[str, str | bytes] = {
    "sos_commands/rpm/sh_-c_rpm_--nodigest_-qa": RPMS,
    "installed-rpms -> sos_commands/rpm/sh_-c_rpm_--nodigest_-qa": "",
    "hostname -> sos_commands/host/hostname": "",
    "sos_commands/host/hostname": "web1\n",
    "sos_commands/host/hostname_-f": "web1.example.gov\n",
    "etc/machine-id": "49ee1b2a3a2d42b8ba6d98842d463447\n",
    "sos_commands/hardware/dmidecode": DMI,
    "sos_commands/networking/ip_-d_address": "2: eth0: <UP>\n    link/ether 52:54:00:ab:cd:ef brd ff\n    inet 10.1.2.3/24 x\n",
    "sos_commands/date/date": "Mon May  6 09:21:42 UTC 2024\n",
    "etc/os-release": 'NAME="Red Hat"\nPRETTY_NAME="Red Hat Enterprise Linux 9.4"\n',
    "sos_commands/snap/snap_list_--all": "Name  Version  Rev  Tracking  Publisher  Notes\ncore  1  2  -  canonical  -\n",
    "proc/cpuinfo": "x",
}


def test_report_is_one_machine(tmp_path: Path) -> None:
    found = read(tmp_path, packed(WHOLE))
    one = record(found)
    assert {batch.key for batch in found} == {"machine"}
    assert sorted(one.clues) == sorted(
        [
            ("serial", "HC-0042"),
            ("manufacturer", "Harbour Computers"),
            ("uuid", "4c4c4544-0042-3510-8051-b7c04f4e5032"),
            ("asset_tag", "A-17"),
            ("agent_id", "machine-id:49ee1b2a3a2d42b8ba6d98842d463447"),
            ("mac", "52:54:00:ab:cd:ef"),
            ("ip", "10.1.2.3"),
            ("fqdn", "web1.example.gov"),
            ("hostname", "web1.example.gov"),
            ("hostname", "web1"),
        ]
    )
    assert (one.lists, one.machine_class, one.os) == (Lists.ALL_SOFTWARE, Class.SERVER, "Red Hat Enterprise Linux 9.4")
    assert one.looked_at == datetime(2024, 5, 6, 9, 21, 42, tzinfo=UTC).replace(tzinfo=None)
    assert [(s.title.name, s.place) for s in seen(found)][3:] == [("p3", 4), ("core", 6)]
    assert seen(found)[0].detail.installed_on == "2024-05-01"  # type: ignore[union-attr]


def test_report_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "sosreport-web1.tar.xz"
    status = "Package: a\nStatus: install ok installed\nVersion: 1\n"
    first: dict[str, str | bytes] = {"installed-rpms": RPMS * 20, "a": status, "b": "POPULARITY-CONTEST-0 TIME:1 ID:2\n"}
    path.write_bytes(lzma.compress(packed(first | WHOLE)))
    [one] = expanded(Found(path=path, name=path.name, folder=""))
    assert isinstance(one, Found)
    assert [reader.name for reader in READERS if reader.claims(Peek.at(one.path))] == ["sosreport"]
    other = tmp_path / "other.tar"
    other.write_bytes(packed({"installed-rpms": RPMS, "etc/hostname": "x"}, top="backup-web1/"))
    assert not SOSREPORT.claims(Peek.at(other))


def test_debian_residue_is_residue(tmp_path: Path) -> None:
    text = "||/ Name Version Architecture Description\n+++-====-=====-====-=====\nii  a 1 amd64 x\nrc  kesl 10 amd64 y\n"
    found = read(tmp_path, packed({"sos_commands/dpkg/dpkg_-l": text, "hostname": "web1"}))
    assert [(s.title.name, s.state) for s in seen(found)] == [("a", State.INSTALLED), ("kesl", State.RESIDUE)]


def test_without_packages_only_the_machine_is_known(tmp_path: Path) -> None:
    one = record(read(tmp_path, packed({"hostname": "web1", "sos_commands/snap/snap_list": "", "proc/x": ""})))
    assert (one.lists, one.clues) == (Lists.MACHINES, [("hostname", "web1")])
    assert one.note == "no list of packages is in it"
    only = {"hostname": "web1", "sos_commands/snap/snap_list": WHOLE["sos_commands/snap/snap_list_--all"]}
    assert record(read(tmp_path, packed(only))).lists is Lists.SOME_SOFTWARE


def test_cleaned_report_names_no_machine(tmp_path: Path) -> None:
    one = record(read(tmp_path, packed(WHOLE, top="sosreport-host0-2024-05-06-abcdefg-obfuscated/")))
    assert {kind for kind, _ in one.clues} == {"serial", "manufacturer", "uuid", "asset_tag", "agent_id"}
    assert one.lists is Lists.ALL_SOFTWARE
    assert "cleaned" in (one.note or "")


def test_damage_is_said(tmp_path: Path) -> None:
    one = record(read(tmp_path, packed(WHOLE)[:5_000]))
    assert one.lists is Lists.SOME_SOFTWARE
    assert "damaged" in (one.note or "")
    bad = {"installed-rpms": "Traceback of nothing\n" * 9, "hostname": "web1"}
    found = read(tmp_path, packed(bad))  # type: ignore[arg-type]
    assert record(found).lists is Lists.MACHINES
    assert "no list of a package manager" in found[0].rejects[0].reason
    with pytest.raises(UnreadableError, match="nothing of a machine"):
        read(tmp_path, packed({"proc/cpuinfo": "x"}))


def dmi(tmp_path: Path, text: str, host: str | None = None) -> Batch:
    path = tmp_path / "dmidecode"
    path.write_text(text, encoding="utf-8")
    assert DMIDECODE.claims(Peek.at(path))
    assert DMIDECODE.batches
    [batch] = DMIDECODE.batches(Stream(path=path, encoding="utf-8", host=host))
    return batch


def test_dmidecode_is_the_machine_and_no_software(tmp_path: Path) -> None:
    batch = dmi(tmp_path, DMI, host="web1")
    assert batch.record
    assert (batch.record.lists, batch.record.machine_class) == (Lists.MACHINES, Class.SERVER)
    assert ("serial", "HC-0042") in batch.record.clues
    assert ("hostname", "web1") in batch.record.clues
    assert not batch.sightings
    late = dmi(tmp_path, DMI.replace("# dmidecode 3.2", "SMBIOS 3 present"))
    assert late.record
    virtual = dmi(tmp_path, DMI.replace("Rack Mount Chassis", "Desktop"))
    assert virtual.record
    assert virtual.record.machine_class is Class.UNKNOWN, "virtual machines say so of themselves"


def test_dmidecode_without_rights_is_a_reject(tmp_path: Path) -> None:
    batch = dmi(tmp_path, "# dmidecode 3.2\n/dev/mem: Permission denied\n")
    assert batch.record is None
    assert "as root" in batch.rejects[0].reason


class TestReal:
    pytestmark = real

    def test_parts_of_a_real_report_are_one_machine(self, tmp_path: Path) -> None:
        names = {"installed-rpms": "installed-rpms", "hostname": "hostname", "machine-id": "etc/machine-id"}
        names |= {"dmidecode": "dmidecode", "ip_-o_addr": "sos_commands/networking/ip_-o_addr"}
        found = read(tmp_path, packed({to: (SHARED / f"{name}.txt").read_bytes() for name, to in names.items()}))
        one = record(found)
        assert ("uuid", "6a32167a-e2c9-43a3-bc5b-ad14ced54f67") in one.clues
        assert ("ip", "172.16.1.10") in one.clues
        assert ("agent_id", "machine-id:49ee1b2a3a2d42b8ba6d98842d463447") in one.clues
        assert len(seen(found)) == 394, "as the independent count of the sample has it"

    def test_dmidecode(self) -> None:
        path = SHARED / "dmidecode.txt"
        assert [reader.name for reader in READERS if reader.claims(Peek.at(path))] == ["dmidecode"]
        assert DMIDECODE.batches
        [batch] = DMIDECODE.batches(Stream(path=path, encoding="utf-8"))
        assert batch.record
        assert batch.record.clues[0] == ("serial", "4281-0913-9049-8786-8343-3728-05")
