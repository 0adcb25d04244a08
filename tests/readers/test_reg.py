"""Windows' registry as text: real exports against their independent counts, and small written ones."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from fullcount.model import Batch, Class, Lists, Os, Record, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers.reg import REG_EXPORT, REG_QUERY

SHARED = Path(__file__).resolve().parents[2] / "../shared"
SAMPLES = SHARED / "samples"
READERS = {"reg_export": REG_EXPORT, "reg_query": REG_QUERY}
FILES = sorted(path for folder in READERS for path in (SAMPLES / folder).glob("*"))
absent = pytest.mark.skipif(not FILES, reason="no real exports beside the project")
UNINSTALL = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall"
UNINSTALL_32 = UNINSTALL.replace("SOFTWARE", "SOFTWARE\\WOW6432Node")
SERVICES = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services"

IMAGE = "C:\\avp.exe"


def read(path: Path, host: str | None = None) -> tuple[Batch, Record]:
    peek = Peek.at(path)
    [reader] = [reader for reader in READERS.values() if reader.claims(peek)]
    assert reader.batches
    [batch] = reader.batches(Stream(path=path, encoding=peek.encoding, host=host))
    assert batch.record
    return batch, batch.record


def export(tmp_path: Path, *lines: str, encoding: str = "utf-16", host: str | None = None) -> tuple[Batch, Record]:
    head = "REGEDIT4" if encoding.startswith("cp") else "Windows Registry Editor Version 5.00"
    path = tmp_path / "export.reg"
    path.write_bytes("\r\n".join([head, "", *lines, ""]).encode(encoding))
    return read(path, host)


def wide(text: str) -> str:
    return ",".join(f"{byte:02x}" for byte in text.encode("utf-16-le"))


@pytest.mark.real
@absent
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
class TestRealExports:
    def test_counts_are_those_of_an_independent_count(self, path: Path) -> None:
        with (SAMPLES / "truth.tsv").open(encoding="utf-8", newline="") as file:
            truth = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
        row = truth.get(f"{path.parent.name}/{path.name}", {"rows": "0", "note": "ParentKeyName 0,"})
        batch, record = read(path)
        programs = [s for s in batch.sightings if s.title.type is Trace.PROGRAM]
        old = path.name == "xp-Uninstall.reg"
        # one display name is empty; two patches have no parent, but a release type
        assert sum(s.title.name is not None for s in programs) == int(row["rows"]) - old
        patches = sum(s.state is State.MENTION for s in programs)
        assert f"ParentKeyName {patches - 2 * old}," in row["note"]
        assert not batch.rejects
        assert record.clues == []
        assert record.lists is Lists.SOME_SOFTWARE

    def test_only_its_own_reader_claims_it(self, path: Path) -> None:
        claiming = [reader for reader in READERS.values() if reader.claims(Peek.at(path))]
        assert claiming == [READERS[path.parent.name]]

    def test_damage_is_never_a_traceback(self, path: Path, tmp_path: Path) -> None:
        whole, dice = path.read_bytes(), random.Random(path.name)
        reader = READERS[path.parent.name]
        assert reader.batches
        for damage in ("cut", "cut", "flip", "flip"):
            at = dice.randrange(1, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            broken = tmp_path / "broken"
            broken.write_bytes(whole[:at] if damage == "cut" else flipped)
            assert list(reader.batches(Stream(path=broken, encoding=Peek.at(broken).encoding)))


@pytest.mark.real
@absent
class TestRealFacts:
    def test_claims_nothing_else(self) -> None:
        others = [path for path in SAMPLES.rglob("*") if path.is_file() and path not in FILES]
        assert len(others) > 200
        assert [path.name for path in others if any(reader.claims(Peek.at(path)) for reader in READERS.values())] == []

    def test_an_old_windows(self) -> None:
        batch, _ = read(SAMPLES / "reg_export/xp-Uninstall.reg")
        found = {s.title.product_code: s for s in batch.sightings}
        player = found["Adobe Shockwave Player"]
        assert (player.title.name, player.title.version, player.place) == ("Adobe Shockwave Player 11", "11", 10)
        assert (player.title.publisher, player.state) == ("Adobe Systems, Inc.", State.INSTALLED)
        assert (found["AddressBook"].title.name, found["AddressBook"].state) == (None, State.RESIDUE)
        assert found["{CE2CDD62-0124-36CA-84D3-9F4DCF5C5BD9}.KB963707"].state is State.MENTION

    def test_dates_are_iso(self) -> None:
        batch, _ = read(SAMPLES / "reg_export/mssql-Uninstall.reg")
        assert {s.title.name: s.detail and s.detail.installed_on for s in batch.sightings}["Git version 2.12.2.2"] == "2017-05-02"

    def test_a_vendors_key_is_residue(self) -> None:
        batch, _ = read(SAMPLES / "reg_query/mahdiengr_reg_query.txt")
        found = {s.title.name: s for s in batch.sightings}
        assert (found["Bytedance"].state, found["Bytedance"].title.type) == (State.RESIDUE, Trace.REGISTRY)
        assert not {"Classes", "Microsoft", "WOW6432Node"} & set(found)


def test_both_views_and_the_users_part(tmp_path: Path) -> None:
    batch, record = export(
        tmp_path,
        f"[{UNINSTALL}]",
        f"[{UNINSTALL}\\Reader]",
        '"DisplayName"="Reader \\"Pro\\" C:\\\\x"',
        '"InstallDate"="20170102"',
        f"[{UNINSTALL_32}]",
        f"[{UNINSTALL_32}\\Old]",
        f'"DisplayName"=hex(2):{wide("Старый")[:20]}\\',
        f"  {wide('Старый')[20:]},00,00",
        '"SystemComponent"=dword:00000001',
        "[HKEY_USERS\\S-1-5-21-7\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Own]",
        '"DisplayName"="Own"',
        '"InstallLocation"="C:\\\\Users\\\\eve\\\\own"',
        "[-HKEY_LOCAL_MACHINE\\SOFTWARE\\Gone]",
        '"DisplayName"="Gone"',
        host="pc1",
    )
    assert (record.lists, record.traces, record.clues) == (Lists.ALL_SOFTWARE, frozenset({Trace.PROGRAM}), [("hostname", "pc1")])
    assert (record.os_family, record.note) == (Os.WINDOWS, None)
    assert [(s.place, s.title.product_code, s.title.name, s.state) for s in batch.sightings] == [
        (4, "Reader", 'Reader "Pro" C:\\x', State.INSTALLED),
        (8, "Old", "Старый", State.INSTALLED),
        (12, "Own", "Own", State.INSTALLED),
    ]
    own = batch.sightings[2]
    assert own.title.path == "~\\own"
    assert own.detail
    assert (own.detail.user, own.detail.path) == ("S-1-5-21-7", "C:\\Users\\eve\\own")
    assert not batch.rejects


def test_one_view_is_not_the_whole_list(tmp_path: Path) -> None:
    _, record = export(tmp_path, f"[{UNINSTALL}]", f"[{UNINSTALL}\\A]", '"DisplayName"="A"')
    assert (record.lists, record.traces) == (Lists.SOME_SOFTWARE, frozenset())
    assert "one of the two views" in (record.note or "")


def test_a_file_that_is_cut_off_is_not_the_whole_list(tmp_path: Path) -> None:
    path = tmp_path / "cut.reg"
    lines = [f"[{UNINSTALL_32}]", f"[{UNINSTALL}]", f"[{UNINSTALL}\\A]", '"DisplayName"="A"', '"Publisher"="Ac']
    path.write_text("REGEDIT4\n" + "\n".join(lines), encoding="utf-8")
    batch, record = read(path)
    assert [s.title.name for s in batch.sightings] == ["A"]
    assert (record.lists, record.traces) == (Lists.SOME_SOFTWARE, frozenset())
    assert [reject.place for reject in batch.rejects] == [6, 6]


def test_services_drivers_and_the_name_of_the_machine(tmp_path: Path) -> None:
    control = SERVICES.removesuffix("Services") + "Control"
    batch, record = export(
        tmp_path,
        f"[{control}\\ComputerName\\ComputerName]",
        '"ComputerName"="PC-1"',
        f"[{SERVICES}]",
        f"[{SERVICES}\\AVP]",
        '"Type"=dword:00000010',
        '"DisplayName"="Kaspersky Service"',
        f'"ImagePath"=hex(2):{wide(IMAGE)},00,00',
        f"[{SERVICES}\\AVP\\Parameters]",
        f"[{SERVICES}\\klif]",
        '"Type"=dword:00000002',
        '"DisplayName"="@oem1.inf,-1"',
        f"[{SERVICES}\\left]",
        '"DisplayName"="Left"',
        f"[{SERVICES}\\Tcpip\\Parameters]",
        '"Domain"="example.gov"',
        f"[{SERVICES.replace('CurrentControlSet', 'ControlSet001')}\\AVP]",
        '"Type"=dword:00000010',
        "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]",
        '"ProductName"="Windows Server 2016 Standard"',
        host="file-name",
    )
    assert record.clues == [("hostname", "PC-1"), ("fqdn", "PC-1.example.gov"), ("domain", "example.gov")]
    assert (record.machine_class, record.os) == (Class.SERVER, "Windows Server 2016 Standard")
    assert record.traces == frozenset({Trace.SERVICE, Trace.DRIVER})
    assert [(s.title.type, s.title.name, s.title.service or s.title.driver, s.state) for s in batch.sightings] == [
        (Trace.SERVICE, "Kaspersky Service", "AVP", State.INSTALLED),
        (Trace.DRIVER, "klif", "klif", State.INSTALLED),
        (Trace.REGISTRY, "Left", "left", State.RESIDUE),
    ]
    assert batch.sightings[0].title.path == IMAGE


def test_what_is_suggested_is_only_mentioned(tmp_path: Path) -> None:
    path = "HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\ContentDeliveryManager\\SuggestedApps"
    batch, _ = export(tmp_path, f"[{path}]", '"BytedancePte.Ltd.TikTok_6yccndn6064se"=dword:00000001')
    [found] = batch.sightings
    assert (found.state, found.title.type) == (State.MENTION, Trace.APP)
    assert found.title.package == "BytedancePte.Ltd.TikTok_6yccndn6064se"


def test_a_vendor_is_named_once(tmp_path: Path) -> None:
    keys = ["HKEY_LOCAL_MACHINE\\SOFTWARE\\KasperskyLab\\protected", "HKEY_LOCAL_MACHINE\\SOFTWARE\\KasperskyLab"]
    keys += ["HKEY_LOCAL_MACHINE\\SOFTWARE\\Wow6432Node\\KasperskyLab\\AVP", "HKEY_USERS\\S-1-5-7\\Software\\KasperskyLab"]
    batch, _ = export(tmp_path, *(f"[{key}]" for key in keys))
    assert [(s.title.name, s.title.path) for s in batch.sightings] == [
        ("KasperskyLab", "HKEY_LOCAL_MACHINE\\SOFTWARE\\KasperskyLab"),
        ("KasperskyLab", "HKEY_LOCAL_MACHINE\\SOFTWARE\\Wow6432Node\\KasperskyLab"),
        ("KasperskyLab", "HKEY_USERS\\~\\Software\\KasperskyLab"),
    ]


def test_version_4_is_written_in_8_bits(tmp_path: Path) -> None:
    name = "Антивирус Касперского 6.0 для рабочих станций"
    data = ",".join(f"{byte:02x}" for byte in name.encode("cp1251"))
    batch, _ = export(
        tmp_path,
        f"[{UNINSTALL}\\A]",
        f'"DisplayName"="{name}"',
        f"[{UNINSTALL}\\B]",
        f'"DisplayName"=hex(2):{data},00',
        encoding="cp1251",
    )
    assert [s.title.name for s in batch.sightings] == [name, name]


def test_what_cannot_be_read_is_shown(tmp_path: Path) -> None:
    batch, _ = export(
        tmp_path,
        f"[{UNINSTALL}\\A]",
        '"DisplayName"="never closed',
        '"Publisher"="Acme',
        'and Sons"',
        '"InstallLocation"=hex(2):4z',
        "; a remark",
        "nonsense",
    )
    [found] = batch.sightings
    assert (found.title.name, found.title.publisher, found.state) == (None, "Acme\nand Sons", State.RESIDUE)
    assert [(reject.place, reject.reason.split()[0]) for reject in batch.rejects] == [(4, "a"), (7, "a"), (9, "neither")]


@pytest.mark.parametrize("gap", ["    ", "\t"])
def test_query(tmp_path: Path, gap: str) -> None:
    lines = ["! REG.EXE VERSION 3.0", "", f"{UNINSTALL}\\Reader"]
    lines += [
        f"    DisplayName{gap}REG_SZ{gap}Reader    Pro",
        f"    Empty{gap}REG_SZ{gap}",
        f"    InstallDate{gap}REG_SZ{gap}20170102",
    ]
    lines += ["", "stray", "End of search: 1 match(es) found."]
    path = tmp_path / "query.txt"
    path.write_text("\r\n".join(lines), encoding="utf-8")
    batch, record = read(path, "pc1")
    [found] = batch.sightings
    assert (found.title.name, found.title.product_code, found.place) == ("Reader    Pro", "Reader", 3)
    assert found.detail
    assert found.detail.installed_on == "2017-01-02"
    assert (record.lists, record.clues) == (Lists.SOME_SOFTWARE, [("hostname", "pc1")])
    assert [reject.place for reject in batch.rejects] == [8]
