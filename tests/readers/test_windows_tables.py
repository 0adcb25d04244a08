"""Tables of Autoruns, of a script and of Eric Zimmerman's tools: real ones, and small written ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.exported import one, read, written

from fullcount.errors import FullcountError
from fullcount.model import Lists, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers.windows import AUTORUNS, EZ_TOOLS, SHORTCUTS

if TYPE_CHECKING:
    from fullcount.reader import Reader

SAMPLES = Path(__file__).resolve().parents[2] / "../shared/samples"
AUTOSTART = SAMPLES / "autoruns/metalcorpe_autorunsc_utf16.csv"
STARTMENU = SAMPLES / "shortcut_csv/srikar_startmenu_apps.csv"
real = pytest.mark.skipif(not AUTOSTART.exists(), reason="no real exports beside the project")


# -- Autoruns ---------------------------------------------------------------------------------------------------------------


@pytest.mark.real
@real
def test_a_real_list_of_what_starts() -> None:
    batch, record = one(AUTOSTART, AUTORUNS, "pc1")
    assert (len(batch.sightings), batch.rejects) == (69, [])
    assert (record.clues, record.lists) == ([("hostname", "pc1")], Lists.SOME_SOFTWARE)
    named = {s.title.name: s for s in batch.sightings}
    skype = named["Skype"]
    assert (skype.title.signer, skype.title.publisher, skype.state) == (
        "Skype Software Sarl",
        "Skype Technologies S.A.",
        State.FILES,
    )
    assert named["DarkComet RAT"].title.signer is None, "its signature was not verified"
    assert named["DarkComet RAT"].title.path == "~\\documents\\dcscmin\\imdcsc.exe"
    assert [s.title.path for s in batch.sightings if s.state is State.RESIDUE] == ["~\\Desktop\\schtask.bat"]
    types = [s.title.type for s in batch.sightings]
    assert (types.count(Trace.SERVICE), types.count(Trace.DRIVER), types.count(Trace.FILE)) == (10, 41, 18)


HEAD = "Time,Entry Location,Entry,Enabled,Category,Profile,Description,Signer,Company,Image Path,Version,Launch String\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_banner_headings_and_broken_rows(tmp_path: Path, encoding: str) -> None:
    text = (
        f"{HEAD}7/24/2018 4:40 AM,HKLM\\Run,,,Logon,System-wide,,,,,\n"
        "1/1/2018 1:00 AM,HKLM\\Run,Suite,disabled,Logon,System-wide,x,(Verified) Acme,Acme,c:\\suite.exe,1.0,c:\\suite.exe\n"
        "1/1/2018 1:00 AM,HKLM\\Run,Broken,enabled,Logon\n"
        "1/1/2018 1:00 AM,HKLM\\Run,Gone,enabled,Services,PC\\ann,,,,File not found: c:\\gone.exe,,c:\\gone.exe\n"
        "1/1/2018 1:00 AM,HKLM\\Run,,enabled,Logon,System-wide,,,,,,c:\\nameless.exe\n"
    )
    batches = read(written(tmp_path, text, encoding), AUTORUNS)
    seen = [s for batch in batches for s in batch.sightings]
    rejects = [r for batch in batches for r in batch.rejects]
    assert [(s.title.name, s.state, s.title.signer) for s in seen] == [
        ("Suite", State.FILES, "Acme"),
        ("Gone", State.RESIDUE, None),
    ]
    assert (seen[1].title.service, seen[1].detail and seen[1].detail.user) == ("Gone", "PC\\ann")
    assert len(rejects) == 2


def test_a_column_with_the_machine_makes_a_record_of_each(tmp_path: Path) -> None:
    row = "1/1/2018,HKLM\\Run,Suite,enabled,Logon,System-wide,x,,Acme,c:\\suite.exe,1.0,c:\\suite.exe"
    text = HEAD.replace("Time", "Time,PSComputerName") + "".join(
        row.replace(",", f",{host},", 1) + "\n" for host in ("PC-1", "PC-2", "PC-1")
    )
    batches = read(written(tmp_path, text), AUTORUNS, "outside")
    assert [batch.record.clues if batch.record else None for batch in batches] == [
        [("hostname", "PC-1")],
        [("hostname", "PC-2")],
        None,
    ]
    assert [batch.key for batch in batches] == ["PC-1", "PC-2", "PC-1"]


# -- shortcuts --------------------------------------------------------------------------------------------------------------


@pytest.mark.real
@real
def test_a_real_start_menu() -> None:
    batch, record = one(STARTMENU, SHORTCUTS)
    assert (len(batch.sightings), batch.rejects, record.lists) == (1024, [], Lists.SOME_SOFTWARE)
    states = {s.title.name: s.state for s in batch.sightings}
    assert (states["Epic Games Launcher"], states["AacAmbientKeyScanner"]) == (State.RESIDUE, State.FILES)


def test_store_apps_and_rows_that_say_nothing(tmp_path: Path) -> None:
    text = (
        "AppName,ExecutablePath,ShortcutPath,AppUserModelID\n"
        "Calculator,,,Microsoft.WindowsCalculator_8wekyb3d8bbwe!App\n"
        "Reader,C:\\Users\\ann\\r.exe,,\n,,C:\\x.lnk,\n"
    )
    batch, _ = one(written(tmp_path, text), SHORTCUTS)
    app, file = batch.sightings
    assert (app.title.type, app.title.package, app.state) == (
        Trace.APP,
        "Microsoft.WindowsCalculator_8wekyb3d8bbwe",
        State.INSTALLED,
    )
    assert (file.title.path, file.detail and file.detail.path) == ("~\\r.exe", "C:\\Users\\ann\\r.exe")
    assert [r.reason for r in batch.rejects] == ["neither a name nor a file"]


# -- Eric Zimmerman's tools -------------------------------------------------------------------------------------------------


def test_files_of_amcache_were_there_once(tmp_path: Path) -> None:
    text = (
        "ApplicationName,ProgramId,FileKeyLastWriteTimestamp,SHA1,IsOsComponent,FullPath,Name,FileExtension,LinkDate,ProductName,Size,Version\n"
        "Unassociated,0006,2017-10-01 10:00:00,ab,False,c:\\program files\\kaspersky lab\\avp.exe,avp.exe,.exe,,"
        "kaspersky anti-virus,1,17.0\n"
        "Unassociated,0006,2017-10-01 10:00:00,ab,False,,,,,,1,\n"
    )
    batch, record = one(written(tmp_path, text), EZ_TOOLS, "pc1")
    [seen] = batch.sightings
    assert (seen.title.type, seen.title.name, seen.title.version, seen.state) == (
        Trace.FILE,
        "kaspersky anti-virus",
        "17.0",
        State.RESIDUE,
    )
    assert [r.reason for r in batch.rejects] == ["a file without a path or name"]
    assert (record.clues, record.lists) == ([("hostname", "pc1")], Lists.SOME_SOFTWARE)


def test_programs_and_drivers_of_amcache(tmp_path: Path) -> None:
    programs = (
        "ProgramId,KeyLastWriteTimestamp,Name,Version,Publisher,InstallDate,RegistryKeyPath,RootDirPath,MsiProductCode\n"
        "1,2017-10-01,Suite,1.0,Acme,2017-09-01 00:00:00,HKLM\\x,c:\\suite,{7EC66A9F-0A49-4DC0-A9E8-460333EA8013}\n"
        "1,2017-10-01,,,,,,,\n"
    )
    batch, _ = one(written(tmp_path, programs), EZ_TOOLS)
    [seen] = batch.sightings
    assert (seen.title.product_code, seen.title.path, seen.state) == (
        "{7EC66A9F-0A49-4DC0-A9E8-460333EA8013}",
        "c:\\suite",
        State.RESIDUE,
    )
    assert seen.detail
    assert seen.detail.installed_on == "2017-09-01"
    assert len(batch.rejects) == 1
    drivers = (
        "KeyName,DriverName,DriverCompany,DriverVersion,Product,Service\nx,klif.sys,AO Kaspersky Lab,1.0,Filter,klif\nx,,y,,,\n"
    )
    batch, _ = one(written(tmp_path, drivers), EZ_TOOLS)
    assert [(s.title.driver, s.title.name, s.title.publisher) for s in batch.sightings] == [
        ("klif.sys", "Filter", "AO Kaspersky Lab")
    ]


def test_the_cache_of_compatibility(tmp_path: Path) -> None:
    text = (
        "ControlSet,CacheEntryPosition,Path,LastModifiedTimeUTC,Executed,Duplicate,SourceFile\n"
        "1,0,SYSVOL\\Program Files\\avp.exe,2017-10-01 10:00:00,Yes,False,SYSTEM\n"
        '1,1,"00000000\t0000\tMicrosoft.Calc\tcw5n1h2txyewy\t",2017-10-01 10:00:00,No,False,SYSTEM\n1,2,,,No,False,SYSTEM\n'
    )
    batch, _ = one(written(tmp_path, text), EZ_TOOLS)
    assert [(s.title.type, s.title.name, s.title.path, s.state) for s in batch.sightings] == [
        (Trace.FILE, None, "Program Files\\avp.exe", State.RESIDUE),
        (Trace.APP, "Microsoft.Calc", None, State.RESIDUE),
    ]
    assert [r.reason for r in batch.rejects] == ["an entry without a path"]


KEY = "ROOT\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\"
NAMED = "ROOT\\ControlSet001\\Control\\ComputerName\\ComputerName"


def recmd(*rows: tuple[str, str, str, str]) -> str:
    lines = [
        f"H\\SOFTWARE,Software,x,Software,{path},{name},RegSz,{data},,,,False,{deleted},2017-10-01"
        for path, name, data, deleted in rows
    ]
    head = (
        "HivePath,HiveType,Description,Category,KeyPath,ValueName,ValueType,ValueData,ValueData2,ValueData3,Comment,"
        "Recursive,Deleted,LastWriteTimestamp"
    )
    return "\n".join([head, *lines, ""])


def test_install_keys_of_recmd(tmp_path: Path) -> None:
    text = recmd(
        (NAMED, "ComputerName", "PC-1", "False"),
        (f"{KEY}Suite", "DisplayName", "Suite 1", "False"),
        (f"{KEY}Suite", "Publisher", "Acme", "False"),
        (f"{KEY}Suite", "InstallDate", "20170901", "False"),
        (f"{KEY}Gone", "DisplayName", "Gone", "True"),
        (f"{KEY}Left", "NoModify", "1", "False"),
        ("ROOT\\Run", "Other", "x", "False"),
    )
    batch, record = one(written(tmp_path, text), EZ_TOOLS, "outside")
    assert [(s.title.name, s.title.product_code, s.title.publisher, s.state) for s in batch.sightings] == [
        ("Suite 1", "Suite", "Acme", State.INSTALLED),
        ("Gone", "Gone", None, State.REMOVED),
        (None, "Left", None, State.RESIDUE),
    ]
    assert record.clues == [("hostname", "PC-1")]


def test_hives_of_two_machines_belong_to_neither(tmp_path: Path) -> None:
    text = recmd((NAMED, "ComputerName", "PC-1", "False"), (NAMED, "ComputerName", "PC-2", "False"))
    _, record = one(written(tmp_path, text), EZ_TOOLS, "outside")
    assert record.clues == []
    assert "several machines" in (record.note or "")


@pytest.mark.parametrize("reader", [AUTORUNS, SHORTCUTS, EZ_TOOLS], ids=lambda reader: reader.name)
def test_another_table_is_refused(reader: Reader, tmp_path: Path) -> None:
    path = written(tmp_path, "DisplayName,DisplayVersion\nSuite,1.0\n")
    assert not reader.claims(Peek.at(path))
    assert reader.batches
    with pytest.raises(FullcountError, match="no table"):
        list(reader.batches(Stream(path=path, encoding="utf-8")))
