"""Programs as PowerShell and winget print or save them: real lists, and small written ones."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.exported import one, read, written

from fullcount.errors import FullcountError
from fullcount.model import Lists, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers.windows import PS_LIST, PS_OBJECTS, PS_TABLE, WINGET_LIST

if TYPE_CHECKING:
    from fullcount.model import Batch
    from fullcount.reader import Reader

SAMPLES = Path(__file__).resolve().parents[2] / "../shared/samples"
TABLE = SAMPLES / "ps_format_table/artofhack10_format_table_utf8bom.txt"
BLOCKS = SAMPLES / "ps_list_text/gindz_list_text.txt"
real = pytest.mark.skipif(not TABLE.exists(), reason="no real exports beside the project")
MINE = (PS_TABLE, PS_LIST, PS_OBJECTS, WINGET_LIST)


def told(batch: Batch) -> list[tuple[Any, ...]]:
    return [(s.title.name, s.title.version, s.title.publisher, s.title.product_code) for s in batch.sightings]


# -- Format-Table -----------------------------------------------------------------------------------------------------------


@real
@pytest.mark.real
class TestRealLists:
    def test_columns(self) -> None:
        batch, record = one(TABLE, PS_TABLE, "pc1")
        lines = [line for line in TABLE.read_text("utf-8-sig").splitlines() if line.strip()]
        assert len(batch.sightings) == len(lines) - 2 == 152
        assert not batch.rejects
        assert told(batch)[0] == ("Adobe Acrobat Reader", "25.001.20997", "Adobe Systems Incorporated", None)
        assert (
            "Herramientas de corrección de Microsoft Office 2016: español",
            "16.0.4266.1001",
            "Microsoft Corporation",
            None,
        ) in told(batch)
        assert (record.lists, record.clues) == (Lists.SOME_SOFTWARE, [("hostname", "pc1")])
        assert "Windows Installer" in (record.note or "")

    def test_blocks(self) -> None:
        batch, record = one(BLOCKS, PS_LIST)
        assert len(batch.sightings) == BLOCKS.read_bytes().count(b"Display Name  :") == 29
        assert not batch.rejects
        assert told(batch)[3] == ("VMware Tools", "11.0.0.14549434", None, "{7B09CBED-1199-4BA3-9948-A28DB7C9C396}")
        detail = batch.sightings[3].detail
        assert detail
        assert detail.installed_on == "2020-03-16"
        assert record.lists is Lists.ALL_SOFTWARE

    @pytest.mark.parametrize(("path", "reader"), [(TABLE, PS_TABLE), (BLOCKS, PS_LIST)], ids=["columns", "blocks"])
    def test_damage_is_never_a_traceback(self, path: Path, reader: Reader, tmp_path: Path) -> None:
        whole, dice = path.read_bytes(), random.Random(path.name)
        assert reader.batches
        for damage in ("cut", "cut", "flip", "flip", "zero"):
            at = dice.randrange(1, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            zero = whole[:at] + bytes(20) + whole[at + 20 :]
            broken = tmp_path / "broken"
            broken.write_bytes({"cut": whole[:at], "flip": flipped, "zero": zero}[damage])
            with suppress(FullcountError):  # one clear error is right, too
                assert list(reader.batches(Stream(path=broken, encoding=Peek.at(broken).encoding)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251"])
def test_russian_captions_in_columns(tmp_path: Path, encoding: str) -> None:
    text = (
        "Имя                       Версия    Издатель           Дата установки\r\n"
        "---                       ------    --------           --------------\r\n"
        "Антивирус Касперского     17.0.0    АО Касперский      31.12.2016\r\n"
        "7-Zip 16.04               16.04     Igor Pavlov        01.02.2017\r\n\r\n"
    )
    batch, record = one(written(tmp_path, text, encoding), PS_TABLE)
    assert told(batch) == [
        ("Антивирус Касперского", "17.0.0", "АО Касперский", None),
        ("7-Zip 16.04", "16.04", "Igor Pavlov", None),
    ]
    assert [s.detail and s.detail.installed_on for s in batch.sightings] == ["2016-12-31", "2017-02-01"]
    assert record.lists is Lists.SOME_SOFTWARE


def test_cut_names_make_no_complete_list(tmp_path: Path) -> None:
    head = (
        "DisplayName          DisplayVersion Publisher PSChildName\n-----------          -------------- --------- -----------\n"
    )
    whole = head + "Reader 11            11.0           Acme      Reader\n"
    assert one(written(tmp_path, whole), PS_TABLE)[1].lists is Lists.ALL_SOFTWARE
    batch, record = one(written(tmp_path, whole + "Endpoint Security... 10.3.0.6...    Acme      {7EC66A9F...\n"), PS_TABLE)
    assert told(batch)[1] == ("Endpoint Security...", None, "Acme", None)
    assert (record.lists, record.note) == (Lists.SOME_SOFTWARE, "1 names are cut off")


def test_a_row_that_is_out_of_its_columns_is_a_reject(tmp_path: Path) -> None:
    text = (
        "PSComputerName DisplayName DisplayVersion\n-------------- ----------- --------------\n"
        "PC-1           Reader      1.0\nPC-1 Reader 2 is not in its columns\nPC-2           Reader      2.0\n"
    )
    first, second = read(written(tmp_path, text), PS_TABLE)
    assert [r.reason for r in first.rejects] == ["its columns do not stand under those of the header"]
    assert first.record
    assert second.record
    assert (first.record.clues, first.record.lists) == ([("hostname", "PC-1")], Lists.SOME_SOFTWARE)
    assert (second.record.clues, second.record.lists) == ([("hostname", "PC-2")], Lists.ALL_SOFTWARE)


def test_two_tables_and_wide_letters(tmp_path: Path) -> None:
    head = "Name        Version Vendor\n----        ------- ------\n"
    batch, _ = one(
        written(tmp_path, f"{head}卡巴斯基    21.3    Acme\n\nsecond list\n\n{head}卡巴斯基        21.4    Acme\n"), PS_TABLE
    )
    assert [name for name, *_ in told(batch)] == ["卡巴斯基", "second list", "卡巴斯基"]
    assert told(batch)[0][1:3] == ("21.3", "Acme")


# -- Format-List ------------------------------------------------------------------------------------------------------------


def test_a_value_that_goes_on_and_updates_of_windows(tmp_path: Path) -> None:
    text = (
        "\r\nName         : Reader with a long name that\r\n               goes on\r\n"
        "Version      : 1.0\r\nProviderName : Programs\r\n"
        "FastPackageReference : hklm64\\HKEY_LOCAL_MACHINE\\Software\\Uninstall\\Reader\r\n\r\n"
        "Name         : Suite\r\nVersion      : 2\r\nProviderName : msi\r\n\r\n"
        "Name         : Update KB1\r\nVersion      : \r\nProviderName : msu\r\n\r\n"
    )
    batch, record = one(written(tmp_path, text, "utf-16"), PS_LIST)
    assert told(batch)[0] == ("Reader with a long name that goes on", "1.0", None, "Reader")
    assert [s.state for s in batch.sightings] == [State.INSTALLED, State.INSTALLED, State.MENTION]
    assert (record.lists, record.traces) == (Lists.ALL_SOFTWARE, frozenset({Trace.PROGRAM}))
    _, fewer = one(written(tmp_path, text.replace(": msi", ": nuget")), PS_LIST)
    assert fewer.note == "the list does not show that all providers answered"


def test_blocks_without_blank_lines_and_advertised_programs(tmp_path: Path) -> None:
    text = "Name : A\nVendor : Acme\nInstallState : 5\nName : B\nVendor : Acme\nInstallState : 1\nName :\nVendor : Acme\n"
    batch, record = one(written(tmp_path, text), PS_LIST)
    assert [(s.title.name, s.state, s.place) for s in batch.sightings] == [("A", State.INSTALLED, 1), ("B", State.MENTION, 4)]
    assert [(r.place, r.reason) for r in batch.rejects] == [(7, "a program without a name")]
    assert record.lists is Lists.SOME_SOFTWARE


@pytest.mark.parametrize(
    "text",
    [
        "Name        : bash\nVersion     : 4.2\nRelease     : 1\nArchitecture: x86_64\nGroup       : x\nVendor      : CentOS\n",
        "Name : Store\nPublisher : CN=X\nPackageFullName : a_1_x_y_z\nPackageFamilyName : a_z\nVersion : 1\n",
        "Name    : Reader\nVersion : 1\n",
        "Name    Version\n----    -------\nReader  1.0\n",
        "Id Name Publisher\n",
        "",
    ],
)
def test_what_is_not_claimed(text: str, tmp_path: Path) -> None:
    peek = Peek.at(written(tmp_path, text))
    assert not [reader.name for reader in MINE if reader.claims(peek)]


# -- objects ----------------------------------------------------------------------------------------------------------------

OPEN = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
OBJECT = (
    '<Obj RefId="{0}"><TN RefId="0"><T>System.Object</T></TN><MS><S N="DisplayName">{1}</S><S N="DisplayVersion">1.0</S>'
    '<S N="Publisher">Acme_x000D__x000A_Ltd</S><S N="InstallDate">20170901</S><Nil N="InstallLocation" />'
    '<S N="PSChildName">{{7EC66A9F-0A49-4DC0-A9E8-460333EA8013}}</S>'
    '<Obj N="Inner" RefId="9"><MS><S N="DisplayName">not this</S></MS></Obj></MS></Obj>'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_clixml(tmp_path: Path, encoding: str) -> None:
    text = f"{OPEN}\r\n{OBJECT.format(1, 'Reader')}{OBJECT.format(2, 'Suite')}\r\n</Objs>"
    batch, record = one(written(tmp_path, text, encoding), PS_OBJECTS, "pc1")
    assert told(batch) == [(name, "1.0", "Acme\r\nLtd", "{7EC66A9F-0A49-4DC0-A9E8-460333EA8013}") for name in ("Reader", "Suite")]
    assert [s.place for s in batch.sightings] == [1, 2]
    assert (record.lists, record.clues) == (Lists.ALL_SOFTWARE, [("hostname", "pc1")])


def test_clixml_that_breaks_off(tmp_path: Path) -> None:
    path = written(tmp_path, f"{OPEN}{OBJECT.format(1, 'Reader')}<Obj RefId='2'><MS><S N='Disp")
    assert PS_OBJECTS.batches
    with pytest.raises(FullcountError, match="stops being XML"):
        list(PS_OBJECTS.batches(Stream(path=path, encoding="utf-8")))


def test_objects_in_plain_xml(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0" encoding="utf-8"?><Objects><Object Type="CimInstance">'
        '<Property Name="Name" Type="System.String">Reader</Property><Property Name="Vendor" Type="System.String">Acme</Property>'
        '<Property Name="PSComputerName" Type="System.String">PC-7</Property></Object></Objects>'
    )
    batch, record = one(written(tmp_path, text), PS_OBJECTS)
    assert told(batch) == [("Reader", None, "Acme", None)]
    assert (record.clues, record.lists) == ([("hostname", "PC-7")], Lists.SOME_SOFTWARE)


PRODUCT = (
    '"Name": "Reader", "Version": "1.0", "InstallState": 5, "Caption": "Reader", "Description": "Reader", '
    '"IdentifyingNumber": "{7EC66A9F-0A49-4DC0-A9E8-460333EA8013}", "SKUNumber": null, "Vendor": "Acme", "AssignmentType": 1, '
    '"HelpLink": null, "HelpTelephone": null, "InstallDate": "20170901", "InstallDate2": null, "InstallLocation": null, '
    '"InstallSource": "C:\\\\x", "Language": "1033", "LocalPackage": "x", "PackageCache": "x", "PackageCode": "{1}", '
    '"PackageName": "x", "ProductID": null, "RegOwner": "x", "Transforms": null, "URLInfoAbout": null, "WordCount": 0'
)


@pytest.mark.parametrize(
    "form", ["[{%s}]", "{%s}", '{%s, "PSComputerName": null, "CimSystemProperties": {"ServerName": "PC-9"}}']
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_win32_product_as_json(tmp_path: Path, form: str, encoding: str) -> None:
    batch, record = one(written(tmp_path, form % PRODUCT, encoding), PS_OBJECTS, "outside")
    assert told(batch) == [("Reader", "1.0", "Acme", "{7EC66A9F-0A49-4DC0-A9E8-460333EA8013}")]
    assert record.clues == [("hostname", "PC-9" if "PC-9" in form else "outside")]
    assert record.lists is Lists.SOME_SOFTWARE


def test_json_that_is_cut_off(tmp_path: Path) -> None:
    batch, record = one(written(tmp_path, f"[{{{PRODUCT}}}, {{{PRODUCT}}}, {{{PRODUCT[:90]}"), PS_OBJECTS)
    assert len(batch.sightings) >= 2
    assert batch.rejects
    assert "could not be used" in (record.note or "")


def test_other_objects_are_not_claimed(tmp_path: Path) -> None:
    process = f'{OPEN}<Obj RefId="0"><Props><S N="ProcessName">esrv</S></Props></Obj></Objs>'
    table = '[{"DisplayName": "Reader", "DisplayVersion": "1.0", "Publisher": "Acme", "PSPath": "x"}]'
    assert not PS_OBJECTS.claims(Peek.at(written(tmp_path, process)))
    assert not PS_OBJECTS.claims(Peek.at(written(tmp_path, table)))


def test_what_holds_no_objects_is_refused(tmp_path: Path) -> None:
    for reader in (PS_OBJECTS, PS_TABLE, WINGET_LIST):
        assert reader.batches
        with pytest.raises(FullcountError):
            list(reader.batches(Stream(path=written(tmp_path, "0" * 999), encoding="utf-8")))


def test_an_install_key_without_a_name_is_residue(tmp_path: Path) -> None:
    text = f"{OPEN}{OBJECT.format(1, 'Reader')}{OBJECT.format(2, '')}</Objs>"
    assert [s.state for s in one(written(tmp_path, text), PS_OBJECTS)[0].sightings] == [State.INSTALLED, State.RESIDUE]


# -- winget list ------------------------------------------------------------------------------------------------------------


def listing(*rows: tuple[str, ...], header: tuple[str, ...] = ("Name", "Id", "Version", "Available", "Source")) -> str:
    """A list as winget prints it: columns as wide as their longest cell."""
    widths = [max(len(row[n]) for row in (header, *rows)) + 1 for n in range(len(header))]
    lines = ["".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (header, *rows)]
    return "\r\n".join(["   - \r  \\ \r" + lines[0], "-" * sum(widths), *lines[1:], ""])


ROWS = (
    ("7-Zip 19.00 (x64)", "7zip.7zip", "19.00", "22.01", "winget"),
    ("Suite", r"ARP\Machine\X64\{7EC66A9F-0A49-4DC0-A9E8-460333EA8013}", "Unknown", "", ""),
    ("Adobe AIR", "Adobe AIR", "32.0.0.125", "", ""),
    ("Windows Security", "Microsoft.SecHealthUI_8wekyb3d8bbwe", "1000.1", "", ""),
    ("Ubuntu", r"MSIX\Canonical.Ubuntu_2004.2_x64__79rhkp1fndgsc", "1", "", ""),
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "header", [("Name", "Id", "Version", "Available", "Source"), ("Имя", "ИД", "Версия", "Доступно", "Источник")]
)
def test_winget_list(tmp_path: Path, header: tuple[str, ...], encoding: str) -> None:
    batch, record = one(written(tmp_path, listing(*ROWS, header=header), encoding), WINGET_LIST, "pc1")
    assert [s.title.name for s in batch.sightings] == [row[0] for row in ROWS]
    assert [(s.title.package, s.title.product_code, s.title.version) for s in batch.sightings] == [
        ("7zip.7zip", None, "19.00"),
        (None, "{7EC66A9F-0A49-4DC0-A9E8-460333EA8013}", None),
        (None, "Adobe AIR", "32.0.0.125"),
        ("Microsoft.SecHealthUI_8wekyb3d8bbwe", None, "1000.1"),
        ("Canonical.Ubuntu_79rhkp1fndgsc", None, "1"),
    ]
    assert [s.title.type for s in batch.sightings] == [Trace.PROGRAM] * 3 + [Trace.APP] * 2
    assert not batch.rejects
    assert (record.lists, record.clues) == (Lists.ALL_SOFTWARE, [("hostname", "pc1")])


def test_winget_list_that_is_cut_off_is_not_complete_and_proves_no_id(tmp_path: Path) -> None:
    rows = (*ROWS, ("Endpoint Secur…", "ARP\\Machine\\X64\\InstallWIX_{7EC6…", "10.3", "", ""))
    batch, record = one(written(tmp_path, listing(*rows)), WINGET_LIST)
    last = batch.sightings[-1].title
    assert (last.name, last.version, last.product_code, last.package) == ("Endpoint Secur…", "10.3", None, None)
    assert (record.lists, record.note) == (Lists.SOME_SOFTWARE, "1 names or identifiers are cut off")


def test_winget_list_in_wide_letters_and_without_sources(tmp_path: Path) -> None:
    text = (
        "名称             ID                  版本\n"
        "---------------------------------------------\n"
        "阿里云盘         Alibaba.aDrive      2.2.8\n"
        "HP Smart         AD2F.HP_v10z8vjag6ke6 132.1\n"
        "MyASUS           B9ECED6F.ASUS       3.0\n"
        "2 upgrades available.\n"
    )
    batch, record = one(written(tmp_path, text), WINGET_LIST)
    assert [(s.title.name, s.title.version) for s in batch.sightings] == [("阿里云盘", "2.2.8"), ("MyASUS", "3.0")]
    assert len(batch.rejects) == 2
    assert record.lists is Lists.SOME_SOFTWARE
