"""Packages as PowerShell lists them: real lists against their independent counts, and small written ones."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest

from fullcount.model import Batch, Lists, Record, State, Trace
from fullcount.reader import Peek, Stream
from fullcount.readers.appx import APPX
from fullcount.readers.uninstall import UNINSTALL

SAMPLES = Path(__file__).resolve().parents[2] / "../shared/samples"
MIXED = SAMPLES / "appx_csv/martinminart_uninstall_plus_appx.csv"
BLOCKS = SAMPLES / "powershell_text/10_russian.txt"
FILES = [path for path in (MIXED, BLOCKS) if path.exists()]
real = [pytest.mark.real, pytest.mark.skipif(not FILES, reason="no real lists beside the project")]
MICROSOFT = "CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US"


def read(path: Path, host: str | None = None) -> list[Batch]:
    assert APPX.batches
    return list(APPX.batches(Stream(path=path, encoding=Peek.at(path).encoding, host=host)))


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "list"
    path.write_bytes(text.encode(encoding))
    return path


def table(tmp_path: Path, *rows: dict[str, str], delimiter: str = ",", head: str = "") -> Path:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    path = written(tmp_path, head + file.getvalue(), "utf-8-sig")
    assert APPX.claims(Peek.at(path))
    return path


def the(batches: list[Batch]) -> tuple[Batch, Record]:
    [batch] = batches
    assert batch.record
    return batch, batch.record


class TestRealLists:
    pytestmark = real

    def test_store_packages_among_programs(self) -> None:
        batch, record = the(read(MIXED))
        with (SAMPLES / "truth.tsv").open(encoding="utf-8", newline="") as file:
            truth = {row["file"]: int(row["rows"]) for row in csv.DictReader(file, delimiter="\t") if row["rows"].isdecimal()}
        assert len(batch.sightings) == truth["appx_csv/martinminart_uninstall_plus_appx.csv"]
        apps = [s.title for s in batch.sightings if s.title.type is Trace.APP]
        assert len(apps) == MIXED.read_text("utf-8-sig").count("CN=")
        assert {title.publisher for title in apps if title.name == "1527c705-839a-4832-9118-54d4Bd6a0c89"} == {
            "Microsoft Corporation"
        }
        assert {title.publisher for title in apps if title.name == "5319275A.WhatsAppDesktop"} == {
            "CN=24803D75-212C-471A-BC57-9EF86AB91435"
        }
        [zipper] = [s.title for s in batch.sightings if (s.title.name or "").startswith("7-Zip")]
        assert (zipper.type, zipper.version, zipper.publisher) == (Trace.PROGRAM, "25.01", "Igor Pavlov")
        assert record.lists is Lists.SOME_SOFTWARE

    def test_what_another_reader_claims_is_left_to_it(self) -> None:
        assert UNINSTALL.claims(Peek.at(MIXED))
        assert not APPX.claims(Peek.at(MIXED))

    def test_blocks_of_the_agents_script(self) -> None:
        assert APPX.claims(Peek.at(BLOCKS))
        batch, _ = the(read(BLOCKS))
        assert len(batch.sightings) == BLOCKS.read_text("utf-8").count("NAME: ")
        first = batch.sightings[0].title
        assert (first.name, first.version, first.publisher) == ("Проводник", "10.0.19041.423", "Microsoft Corporation")
        assert first.package == "Microsoft.Windows.FileExplorer_cw5n1h2txyewy"
        assert not batch.rejects

    def test_claims_nothing_else(self) -> None:
        others = [path for path in SAMPLES.rglob("*") if path.is_file() and path != BLOCKS]
        assert len(others) > 200
        assert [path.name for path in others if APPX.claims(Peek.at(path))] == []

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
    def test_damage_is_never_a_traceback(self, path: Path, tmp_path: Path) -> None:
        whole, dice = path.read_bytes(), random.Random(path.name)
        for damage in ("cut", "cut", "flip", "flip"):
            at = dice.randrange(1, len(whole))
            flipped = whole[:at] + bytes([whole[at] ^ (1 << dice.randrange(8))]) + whole[at + 1 :]
            broken = tmp_path / "broken"
            broken.write_bytes(whole[:at] if damage == "cut" else flipped)
            assert read(broken)


def package(**more: str) -> dict[str, str]:
    return {
        "Name": "BytedancePte.Ltd.TikTok",
        "Publisher": "CN=5C6A1A25-0B8D-4F0B-8F7B-2E5B6D7F8A9B",
        "Version": "1.0.6.0",
        "PackageFullName": "BytedancePte.Ltd.TikTok_1.0.6.0_neutral__6yccndn6064se",
        "InstallLocation": "C:\\Users\\eve\\TikTok",
        "PackageUserInformation": "{S-1-5-21-7 [eve]: Installed}",
        **more,
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_get_appxpackage(tmp_path: Path, delimiter: str) -> None:
    rows = [package(), package(PackageUserInformation="{S-1-5-18 [S-1-5-18]: Staged}"), package(Name="", PackageFullName="")]
    path = table(
        tmp_path, *rows, delimiter=delimiter, head="#TYPE Microsoft.Windows.Appx.PackageManager.Commands.AppxPackage\r\n"
    )
    batch, record = the(read(path, "pc1"))
    assert [(s.place, s.state) for s in batch.sightings] == [(1, State.INSTALLED), (2, State.FILES)]
    title = batch.sightings[0].title
    assert (title.type, title.name, title.version) == (Trace.APP, "BytedancePte.Ltd.TikTok", "1.0.6.0")
    assert (title.package, title.signer, title.path) == ("BytedancePte.Ltd.TikTok_6yccndn6064se", None, "~\\TikTok")
    assert [reject.place for reject in batch.rejects] == [3]
    assert (record.clues, record.lists, record.traces) == ([("hostname", "pc1")], Lists.ALL_SOFTWARE, frozenset({Trace.APP}))


@pytest.mark.parametrize(
    ("publisher", "kind", "expected"),
    [
        (MICROSOFT, "System", ("Microsoft Corporation", "Microsoft Corporation")),
        ('CN="Acme, Inc.", O="Acme ""Tools"", Inc."', "Store", ('Acme "Tools", Inc.', "Acme, Inc.")),
        ("CN=Acme", "Developer", ("Acme", None)),
    ],
)
def test_publishers_are_named_as_certificates_name_them(
    tmp_path: Path, publisher: str, kind: str, expected: tuple[str, str | None]
) -> None:
    batch, _ = the(read(table(tmp_path, package(Publisher=publisher, SignatureKind=kind))))
    assert (batch.sightings[0].title.publisher, batch.sightings[0].title.signer) == expected


def test_one_users_list_is_not_complete(tmp_path: Path) -> None:
    _, record = the(read(table(tmp_path, package(PackageUserInformation="{}"))))
    assert (record.lists, record.traces) == (Lists.SOME_SOFTWARE, frozenset())
    assert record.note


def test_machines_that_were_asked_from_afar(tmp_path: Path) -> None:
    found = read(
        table(tmp_path, package(PSComputerName="PC1"), package(PSComputerName="PC2"), package(PSComputerName="PC1")), "x"
    )
    assert [(batch.record.clues, len(batch.sightings)) for batch in found if batch.record] == [
        ([("hostname", "PC1")], 2),
        ([("hostname", "PC2")], 1),
    ]


def test_get_package(tmp_path: Path) -> None:
    key = "hklm64\\HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\7-Zip"
    swid = '<SoftwareIdentity name="7-Zip"><Meta Publisher="Igor &amp; Pavlov"/></SoftwareIdentity>'
    rows = [
        ("7-Zip 19.00", "19.00", "Programs", key, swid),
        ("Reader", "1", "msi", "{4A03706F-666A-4037-7777-5F2748764D10}", ""),
        ("Update (KB1)", "", "msu", "", ""),
        ("Pester", "3.4.0", "PowerShellGet", "", ""),
    ]
    names = ("Name", "Version", "ProviderName", "FastPackageReference", "SwidTagText")
    batch, record = the(read(table(tmp_path, *(dict(zip(names, row, strict=True)) for row in rows))))
    assert [(s.title.type, s.title.product_code, s.title.publisher, s.state) for s in batch.sightings] == [
        (Trace.PROGRAM, "7-Zip", "Igor & Pavlov", State.INSTALLED),
        (Trace.PROGRAM, "{4A03706F-666A-4037-7777-5F2748764D10}", None, State.INSTALLED),
        (Trace.PROGRAM, None, None, State.MENTION),
        (Trace.PACKAGE, None, None, State.INSTALLED),
    ]
    assert (record.lists, record.traces) == (Lists.ALL_SOFTWARE, frozenset({Trace.PROGRAM}))


def test_a_list_of_properties(tmp_path: Path) -> None:
    text = (
        "\n\nName              : Acme.Tool\nPublisher         : CN=Acme, O=Acme Corporation,\n"
        "                    L=Here\nVersion           : 1.0\nPackageFullName   : Acme.Tool_1.0_x64__8wekyb3d8bbwe\n\n"
        "Name : B\nPackageFullName : odd\nstray\n"
    )
    path = written(tmp_path, text.replace("\n", "\r\n"), "utf-16")
    assert APPX.claims(Peek.at(path))
    first, lost = read(path)
    assert first.record
    assert [(s.place, s.title.name, s.title.publisher, s.title.package) for s in first.sightings] == [
        (1, "Acme.Tool", "Acme Corporation", "Acme.Tool_8wekyb3d8bbwe"),
        (2, "B", None, None),
    ]
    assert [(reject.place, reject.raw) for reject in lost.rejects] == [(2, b"stray")]
    assert first.record.note == "rows of the list could not be read"


def test_bad_rows_are_shown(tmp_path: Path) -> None:
    text = "Name,PackageFullName\nA,A_1_x_y_z\nB\n\n" + f"C,{'c' * 140_000}\n" + "D\0,D_z\n"
    path = written(tmp_path, text)
    found, lost = read(path)
    assert [(s.place, s.title.name) for s in found.sightings] == [(1, "A"), (4, "D\ufffd")]
    assert [reject.place for reject in lost.rejects] == [2, 3]
    assert found.record
    assert found.record.lists is Lists.SOME_SOFTWARE
