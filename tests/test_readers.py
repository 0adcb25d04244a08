"""Every reader against every real export: who claims what, what is in it, and that no damage is more than a reject."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fullcount.container import expanded
from fullcount.errors import FullcountError
from fullcount.exports import Found
from fullcount.model import COMPUTERS, Lists, Trace
from fullcount.read import Known, Options, Run
from fullcount.reader import Basis, Peek, reader_for
from fullcount.readers import READERS
from fullcount.reading import Reading
from fullcount.settings import Settings
from fullcount.sheets import parquet
from fullcount.tables import READING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SAMPLES = Path(__file__).resolve().parents[1] / "../shared/samples"
FILES = sorted(path for path in SAMPLES.rglob("*") if path.is_file())
real = [pytest.mark.real, pytest.mark.skipif(not FILES, reason="no real exports beside the project")]

# Whose format a folder holds, and the files in it that are no exports. The other folders belong to other readers, or to none.
FOLDERS = {
    "osquery": "osquery",
    "nessus": "nessus",
    "glpi_xml": "glpi-xml",
    "glpi_json": "glpi-json",
    "uninstall_csv": "uninstall",
    "sccm": "sccm",
    "autoruns": "autoruns",
    "msinfo32": "msinfo32",
    "shortcut_csv": "shortcuts",
    "servicenow": "servicenow",
    "regipy_json": "regipy",
}
NO_EXPORTS = {
    "glpi_json/inventory.schema.json": "the schema of the format",
    "osquery/osquery_logging_doc.md": "a page of documentation with examples in it",
}
# A list of programs with packages of the store in it, and the spreadsheets beside a scan
ELSEWHERE = {
    "appx_csv/martinminart_uninstall_plus_appx.csv": "uninstall",
    **dict.fromkeys(("nessus/issue_11102.csv", "nessus/nessus-template.csv"), "nessus-table"),
    **dict.fromkeys(("nessus/nessus_many_vuln2-all.csv", "nessus/tenable_many_vuln.csv"), "nessus-table"),
}


def named(path: Path) -> str:
    return path.relative_to(SAMPLES).as_posix()


def owner(path: Path) -> str:
    """The one of these readers that should claim a sample; empty for none."""
    name = named(path)
    return "" if name in NO_EXPORTS else ELSEWHERE.get(name) or FOLDERS.get(path.parent.name, "")


def claiming(path: Path) -> list[str]:
    """The readers that do claim it."""
    peek = Peek.at(path)
    return [reader.name for reader in READERS if reader.claims(peek)]


CLAIMED = [path for path in FILES if owner(path)]


@dataclass
class Tables:
    """What a reading holds, and what was raised on the way."""

    folder: Path
    raised: list[FullcountError] = field(default_factory=list)
    became: dict[str, str] = field(default_factory=dict)

    def rows(self, table: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = pq.read_table(self.folder / f"{table}.parquet").to_pylist()
        return rows


def read(paths: Mapping[str, Path], folder: Path, **options: Any) -> Tables:
    """Read files (by the names they shall have) through the door that `fullcount read` uses."""
    folder.mkdir()
    found = Tables(folder)
    with Reading(folder) as reading:
        run = Run(reading, READERS, Settings(), options=Options(**options), known=Known(sources=set(), appearances=set()))
        for name, path in paths.items():
            try:
                found.became[name] = run.file(Found(path=path, name=name, folder="")).became
            except FullcountError as error:
                found.raised.append(error)
        reading.finish()
    return found


def sources(tables: Tables) -> dict[str, dict[str, Any]]:
    """By name."""
    names = {row["identity"]: row["name"] for row in tables.rows("appearances")}
    return {names[row["identity"]]: row for row in tables.rows("sources")}


def accounted(tables: Tables) -> None:
    """What every reading must hold: rows that add up, ids without gaps, and no id that leads nowhere."""
    numbers = {table: [row[column] for row in tables.rows(table)] for table, column in IDS.items()}
    for table, found in numbers.items():
        assert sorted(found) == list(range(len(found))), table
    rejects, records, seen = tables.rows("rejects"), tables.rows("records"), tables.rows("observations")
    for row in tables.rows("sources"):
        assert row["rejects"] == sum(reject["source"] == row["source"] for reject in rejects)
        mine = [record for record in records if record["source"] == row["source"]]
        assert row["records"] == len(mine)
        assert row["observations"] == sum(record["observations"] for record in mine)
        if row["pieces"] >= 0:
            assert row["pieces"] == row["used"] + row["rejects"], row
    counted = dict.fromkeys(numbers["records"], 0)
    for row in seen:
        counted[row["record"]] += 1
    assert counted == {record["record"]: record["observations"] for record in records}
    assert {row["title"] for row in seen} <= set(numbers["titles"])
    assert {row["detail"] for row in seen} - {None} <= set(numbers["details"])
    assert {row["record"] for row in tables.rows("clues")} <= set(numbers["records"])
    assert all(reject["reason"] for reject in rejects)


IDS = {"sources": "source", "records": "record", "titles": "title", "details": "detail"}


def listed(tables: Tables, *fields: str) -> list[tuple[str | None, ...]]:
    """Fields of what was seen, in the order of the file; `installed_on` is one too."""
    titles = {row["title"]: row for row in tables.rows("titles")}
    details = {row["detail"]: row for row in tables.rows("details")}
    places = {row["record"]: row["place"] for row in tables.rows("records")}
    rows = sorted(tables.rows("observations"), key=lambda row: places[row["record"]] + row["place"])
    return [
        tuple((details.get(row["detail"], {}) if one == "installed_on" else titles[row["title"]]).get(one) for one in fields)
        for row in rows
    ]


# -- what a reader says of itself ------------------------------------------------------------------------------------------


def test_readers_have_names_of_their_own() -> None:
    assert len({reader.name for reader in READERS}) == len(READERS) >= 6
    assert set(FOLDERS.values()) <= {reader.name for reader in READERS}


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_reader_says_what_it_is(reader: Any) -> None:
    assert reader.name == reader.name.lower()
    assert reader.title == reader.title.strip()
    assert len(reader.title.split()) >= 2
    assert len(reader.how.split()) >= 10, "the exact clicks or command"
    assert reader.blind
    assert all(len(text.split()) >= 5 for text in reader.blind)
    assert reader.unit
    assert reader.basis in set(Basis)
    assert reader.version >= 1
    assert reader.traces <= set(Trace)
    if reader.lists is not Lists.SOME_SOFTWARE:  # whose silence means nothing by default, though a record's may
        assert bool(reader.traces) == (reader.lists is Lists.ALL_SOFTWARE)
    assert (reader.batches is None) != (reader.table is None), "declared or irregular"


@pytest.mark.parametrize("reader", [one for one in READERS if one.table], ids=lambda reader: reader.name)
def test_declaration_speaks_of_fields_of_the_house(reader: Any) -> None:
    known = {*READING["titles"], *READING["details"], *READING["records"], *KIND_NAMES} - {"type"}
    assert set(reader.table.columns) <= known
    assert set(reader.table.required) <= set(reader.table.columns)
    assert reader.table.trace in reader.traces or reader.lists is not Lists.ALL_SOFTWARE


KIND_NAMES = ("hostname", "domain", "agent_id", "uuid", "serial", "manufacturer", "mac", "ip", "fqdn", "asset_tag", "ad_object")


NEXT_TO_NOTHING = (b"", b"\n", b"\0" * 4096, b"<", b"{", b"[[", b"PK\x03\x04", b"SQLite format 3\0", b"PAR1", b"\xff\xfe")


@pytest.mark.parametrize("data", NEXT_TO_NOTHING)
def test_no_reader_claims_next_to_nothing(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(data)
    found = read({"file": tmp_path / "file"}, tmp_path / "reading")
    assert found.became == {"file": "refused"}
    accounted(found)


# -- who claims what -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=named)
class TestClaims:
    pytestmark = real

    def test_sample_is_claimed_by_its_reader_and_no_other(self, path: Path) -> None:
        found = claiming(path)
        if owner(path):
            assert found == [owner(path)]
            assert reader_for(Peek.at(path), READERS).name == owner(path)
        else:
            assert len(found) <= 1
            assert not set(found) & set(FOLDERS.values())


@pytest.mark.real
@pytest.mark.skipif(not FILES, reason="no real exports beside the project")
def test_what_is_said_to_be_tested_on_real_exports_has_some() -> None:
    inside = [
        one for path in FILES if path.suffix in {".bz2", ".gz"} for one in expanded(Found(path=path, name=path.name, folder=""))
    ]
    peeks = [Peek.at(one.path) for one in inside if isinstance(one, Found)]
    claimed = {name for path in FILES for name in claiming(path)} | {
        one.name for peek in peeks for one in READERS if one.claims(peek)
    }
    assert {reader.name for reader in READERS if reader.basis is Basis.SAMPLES} <= claimed


# -- what is in them -------------------------------------------------------------------------------------------------------

# Rows that the independent count of the samples has otherwise, and why
OTHERWISE = {
    "osquery/osqueryd.results.darwin.log": (1175, "the lines are events: what is left of them at the end is software"),
    "nessus/pytenable_example.nessus": (39, "one program has a date and no version: the independent count took `[version`"),
    "autoruns/metalcorpe_autorunsc_utf16.csv": (69, "thirteen rows are headings: places that were looked at"),
    "regipy_json/SOFTWARE-registry-entries.json": (7, "of the twenty keys seven are install keys"),
    "msinfo32/aws_msinfo32.nfo": (945, "no list of programs, but drivers, services, tasks and modules are evidence"),
    "uninstall_csv/ohpapy_BOM.csv": (192, "one row is nothing but commas: it names no software"),
    "uninstall_csv/ohpapy_SoftwareInventory.csv": (193, "one row is nothing but commas: it names no software"),
}
OTHERWISE |= dict.fromkeys(
    (name for name, reader in ELSEWHERE.items() if reader == "nessus-table"), (0, "its rows are findings, none lists software")
)
# Computers that it has otherwise: it does not count the guests that a host names
GUESTS = {"glpi_json/computer_2.json": 1, "glpi_xml/glpi_1.xml": 3}


@pytest.fixture(scope="module")
def truth() -> dict[str, dict[str, str]]:
    with (SAMPLES / "truth.tsv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}


@pytest.mark.parametrize("path", CLAIMED, ids=named)
class TestContent:
    pytestmark = real

    def test_rows_and_hosts_are_those_of_an_independent_count(
        self, path: Path, truth: dict[str, dict[str, str]], tmp_path: Path
    ) -> None:
        tables = read({path.name: path}, tmp_path / "reading")
        accounted(tables)
        assert tables.became == {path.name: "read"}
        assert not tables.rows("rejects")
        row = truth[named(path)]
        types = {title["title"]: title["type"] for title in tables.rows("titles")}
        # what a scanner or the security centre recognised beside the list is not in that count
        rows = sum(types[one["title"]] not in {Trace.DETECTION, Trace.ANTIVIRUS} for one in tables.rows("observations"))
        assert rows == OTHERWISE.get(named(path), (int(row["rows"]),))[0]
        computers = sum(record["class"] in COMPUTERS for record in tables.rows("records"))
        assert computers == int(row["hosts"]) + GUESTS.get(named(path), 0)


# -- two habits of the list of programs ------------------------------------------------------------------------------------

ENDS = {
    "ansarisufi_SoftwareInventory_swapped_header": (
        ("HP ProLiant iLO 3/4 Management Controller Package", "Hewlett-Packard Company", "3.20.0.0", None),
        ("Microsoft Visual C++ 2010  x86 Redistributable - 10.0.40219", "Microsoft Corporation", "10.0.40219", None),
    ),
    "beendoo_installed_programs_korean_bom": (
        ("7-Zip 22.01 (x64)", "22.01", "Igor Pavlov", None),
        ("XAMPP", "8.2.0-0", "Apache Friends", "2023-02-06"),
    ),
    "khushalj_InstalledSoftware": (
        ("Cisco Packet Tracer 8.2.0 64Bit", None, "Cisco Systems, Inc.", "2022-08-17"),
        ("Microsoft ASP.NET Core 3.1.10 Targeting Pack (x64)", "3.1.10.20520", "Microsoft Corporation", "2021-03-22"),
    ),
    "ohpapy_SoftwareInventory": (
        ("Python 3.9.5 Development Libraries (64-bit)", "3.9.5150.0", "Python Software Foundation", "2021-06-14"),
        ("Microsoft Windows Desktop Runtime - 8.0.17 (x64)", "64.68.34385", "Microsoft Corporation", "2025-06-10"),
    ),
    "xfaith4_installed_software": (
        (".NET for Android Templates (x64)", "35.0.105.0", "Microsoft Corporation", "2025-11-01"),
        ("ZEERAY Hal", "1.00.19", "Feihui Lighting Technology (Shanghai) Co., Ltd.", "2024-11-08"),
    ),
}


@pytest.mark.parametrize("name", ENDS)
class TestUninstall:
    pytestmark = real

    def test_first_and_last_row(self, name: str, tmp_path: Path) -> None:
        path = SAMPLES / "uninstall_csv" / f"{name}.csv"
        tables = read({path.name: path}, tmp_path / "reading")
        rows = listed(tables, "name", "version", "publisher", "installed_on")
        assert (rows[0], rows[-1]) == ENDS[name]
        assert {title["type"] for title in tables.rows("titles")} == {Trace.PROGRAM}
        (record,) = tables.rows("records")
        assert (record["lists"], record["traces"], record["os_family"]) == (Lists.ALL_SOFTWARE, "program", "windows")
        assert record["looked_at"] is None, "such a file does not say when it was made"

    def test_columns_under_the_wrong_heading_are_noted_and_nothing_is_swapped(self, name: str, tmp_path: Path) -> None:
        path = SAMPLES / "uninstall_csv" / f"{name}.csv"
        (source,) = read({path.name: path}, tmp_path / "reading").rows("sources")
        assert ("looks like versions" in (source["notes"] or "")) == ("swapped" in name)

    def test_machine_is_named_by_the_file_or_the_user(self, name: str, tmp_path: Path) -> None:
        path = SAMPLES / "uninstall_csv" / f"{name}.csv"
        for turn, (given, host, how) in enumerate((("PC-7.csv", "PC-7", "file name"), ("software.csv", None, None))):
            tables = read({given: renamed(path, tmp_path / str(turn) / given)}, tmp_path / f"reading{turn}")
            (source,) = tables.rows("sources")
            assert (source["host"], source["host_how"]) == (host, how)
            assert [row["value"] for row in tables.rows("clues")] == [host] * bool(host)
        tables = read({path.name: path}, tmp_path / "option", host="PC-8")
        assert tables.rows("sources")[0]["host_how"] == "option"
        assert [(row["kind"], row["value"]) for row in tables.rows("clues")] == [("hostname", "PC-8")]


def renamed(path: Path, to: Path) -> Path:
    to.parent.mkdir()
    to.symlink_to(path)
    return to


@pytest.mark.real
@pytest.mark.skipif(not FILES, reason="no real exports beside the project")
def test_rows_of_configuration_manager(tmp_path: Path) -> None:
    path = SAMPLES / "sccm/v_R_System_rows.json"
    tables = read({path.name: path}, tmp_path / "reading")
    records, clues = tables.rows("records"), tables.rows("clues")
    assert [row["lists"] for row in records] == [Lists.MACHINES] * 4, "the view alone lists no software"
    assert [row["class"] for row in records] == ["unknown", "server", "server", "server"]
    assert {row["ou"] for row in records} >= {"CN=int-cmcl01,CN=Computers,DC=contoso,DC=com"}
    assert str(records[0]["heard_at"]) == "2023-08-17 05:05:44"
    assert not any(row["retired"] for row in records)
    names = [row["value"] for row in clues if row["kind"] == "hostname"]
    assert (names[0], names[-1]) == ("int-cmcl01", "int-cmdc01")
    assert [row["key"] for row in clues if row["record"] == 0 and row["kind"] == "fqdn"] == ["int-cmcl01.contoso.com"]


# -- damage ----------------------------------------------------------------------------------------------------------------


def damaged(paths: Iterable[Path], folder: Path) -> dict[str, Path]:
    """The files as they are, and of each two that were cut and two with a flipped bit: the same ones on every run."""
    found = {}
    for path in paths:
        data, dice = path.read_bytes(), random.Random(path.name)
        found[named(path)] = path
        for turn in range(4 if len(data) > 1 else 0):
            at = dice.randrange(1, len(data))
            bad = data[:at] if turn < 2 else data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]
            copy = folder / f"{len(found)}{path.suffix}"
            copy.write_bytes(bad)
            found[f"{named(path)} {('cut', 'cut again', 'flipped', 'flipped again')[turn]}"] = copy
    return found


@pytest.mark.real
@pytest.mark.skipif(not FILES, reason="no real exports beside the project")
@pytest.mark.slow  # test_hostile cuts and flips every sample, too
@pytest.mark.parametrize("whose", ["these readers", "others"])
def test_no_damage_is_more_than_a_reject(whose: str, tmp_path: Path) -> None:
    paths = [path for path in FILES if bool(owner(path)) == (whose == "these readers") and path.stat().st_size < 2 << 20]
    (tmp_path / "files").mkdir()
    files = damaged(paths, tmp_path / "files")
    tables = read(files, tmp_path / "reading")
    assert not tables.raised
    accounted(tables)
    assert set(tables.became) == set(files)
    expected = {named(path): "read" if claiming(path) else "refused" for path in paths}
    assert {name: tables.became[name] for name in expected} == expected
    # a copy is refused with a reason of its own, or what is left of it is read
    names = {row["name"] for row in tables.rows("appearances")}
    assert names == set(files)


@pytest.mark.real
@pytest.mark.skipif(not FILES, reason="no real exports beside the project")
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_that_is_named_for_what_it_cannot_read_refuses(reader: Any, tmp_path: Path) -> None:
    mine = FILES[READERS.index(reader) % 4 :: 4]  # a quarter, another one than the next reader's
    paths = {named(path): path for path in mine if path.stat().st_size < 1 << 16 and owner(path) != reader.name}
    tables = read(paths, tmp_path / "reading", reader=reader.name)
    assert not tables.raised
    accounted(tables)
    assert set(tables.became) == set(paths)


@pytest.fixture
def breaks(tmp_path: Path) -> Path:
    """A Parquet file of the lists of two machines that is damaged in its second half."""
    path = tmp_path / "lists.parquet"
    rows = 2 * parquet._ROWS
    table = pa.table(
        {
            "ComputerName": ["PC-1", "PC-2"] * (rows // 2),
            "DisplayName": [f"Program {number}" for number in range(rows)],
            "DisplayVersion": [f"{number}.0" for number in range(rows)],
            "Publisher": ["Acme"] * rows,
        }
    )
    pq.write_table(table, path, row_group_size=rows // 2, compression="zstd", use_dictionary=False)
    column = pq.read_metadata(path).row_group(1).column(1)
    data = bytearray(path.read_bytes())
    start = column.data_page_offset + 40
    data[start : start + 200] = bytes(200)
    path.write_bytes(data)
    return path


def test_what_precedes_a_break_is_used_and_proves_no_absence(breaks: Path, tmp_path: Path) -> None:
    tables = read({"lists.parquet": breaks, "again.parquet": breaks}, tmp_path / "reading")
    accounted(tables)
    assert tables.became == {"lists.parquet": "read", "again.parquet": "known"}
    (source,) = tables.rows("sources")
    assert (source["records"], source["observations"], source["rejects"], source["pieces"]) == (2, parquet._ROWS, 1, -1)
    assert {(row["lists"], row["traces"]) for row in tables.rows("records")} == {(Lists.SOME_SOFTWARE, "")}
    assert all("breaks" in row["note"] for row in tables.rows("records"))
    assert "the rest of the file" in tables.rows("rejects")[0]["reason"]


def test_a_file_refused_twice_is_refused_twice_and_leaves_no_gap(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"deviceid": "x", "action": "inventory", "content": {"hardware": {}, "bios": {}', "utf-8")
    good = "ComputerName,DisplayName,DisplayVersion,Publisher\nPC-1,Reader,1.0,Acme\n"
    (tmp_path / "good.csv").write_text(good, "utf-8")
    files = {"bad": tmp_path / "bad.json", "bad too": tmp_path / "bad.json", "good": tmp_path / "good.csv"}
    tables = read(files, tmp_path / "reading")
    assert tables.became == {"bad": "refused", "bad too": "refused", "good": "read"}
    accounted(tables)
    assert [row["reader"] for row in tables.rows("sources")] == ["", "uninstall"]
