"""`fullcount datacall`: what a component gets, and that what comes back is counted."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from fullcount.cli import cli, main
from fullcount.datacall import COMMON, Call, packets
from fullcount.directive import find
from fullcount.readers import READERS
from fullcount.register import Contact
from fullcount.settings import Component, Settings
from fullcount.template import COLUMNS, MARK, NONE_FOUND

BOD = "us-dhs-bod-17-01"
TOML = f"""
organisation = "Department of Rivers"
directives = ["{BOD}"]
[[component]]
name = "Ports Bureau"
[[component]]
name = "Survey"
[[table]]
match = "ad-*.csv"
name = "directory"
lists = "machines"
howto = "Get-ADComputer, saved as CSV"
[table.columns]
hostname = "Name"
"""
PROGRAMS = "PSComputerName,SerialNumber,DisplayName,DisplayVersion,Publisher\nSU-1,5CG71001,7-Zip 16.04,16.04,Igor Pavlov\n"


def run(*arguments: object) -> str:
    done = CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def asked(*arguments: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run("datacall", *arguments, "--json"))
    return document


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/fullcount.toml").write_text(TOML, "utf-8")
    return tmp_path / "work"


def text_of(folder: Path, component: str) -> str:
    """The page of a component, with its lines put together again."""
    return " ".join((folder / component / "README.txt").read_text("utf-8-sig").split())


# -- the packet --------------------------------------------------------------------------------------------------------------


def test_each_component_gets_a_page_and_the_form_twice(work, tmp_path):
    found = asked(tmp_path / "out", "-w", work)
    there = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    names = ("README.txt", "datacall.csv", "datacall.xlsx")
    assert there == sorted(f"{component}/{name}" for component in ("Ports Bureau", "Survey") for name in names)
    assert sorted(map(Path, found["files"])) == sorted(tmp_path / "out" / name for name in there)
    assert [one["component"] for one in found["packets"]] == ["Ports Bureau", "Survey"]


def test_the_page_says_who_asks_for_what_by_when_and_whom_to_ask(work, tmp_path):
    run("datacall", tmp_path, "-w", work, "--by", "2017-10-06", "--contact", "Ada Example, +1 202 555 0100")
    text = text_of(tmp_path, "Ports Bureau")
    for said in (
        "Department of Rivers asks for this",
        find(BOD).title,
        "every computer and server of Ports Bureau",
        "Send it by Friday, 6 October 2017 (2017-10-06).",
        "2017-10-13 Fri identify: 30 calendar days after it was issued on 2017-09-13",
        'Put everything into a folder "Ports Bureau"',
        "- Ada Example, +1 202 555 0100",
        "passwords",
    ):
        assert said in text


def test_the_page_can_be_printed_and_opened_by_the_plainest_program(work, tmp_path):
    run("datacall", tmp_path, "-w", work)
    raw = (tmp_path / "Survey/README.txt").read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n") > 50
    prose = [line for line in raw.decode("utf-8-sig").splitlines() if not line.startswith(" ") and " " in line]
    assert max(map(len, prose)) <= 78


def test_what_a_tool_is_asked_for_is_what_its_reader_says(work, tmp_path):
    run("datacall", tmp_path, "-w", work, "--tool", "directory", "--tool", "sccm")
    text = text_of(tmp_path, "Survey")
    sccm = next(one for one in READERS if one.name == "sccm")
    assert " ".join(sccm.how.split()) in text
    assert "Get-ADComputer, saved as CSV" in text
    assert text.index("[directory]") < text.index("[sccm]")
    assert "[intune]" not in text


def test_all_tools_are_told_of_where_that_is_asked_but_for_the_form_itself(work, tmp_path):
    [first, _] = asked(tmp_path, "-w", work, "--tool", "all")["packets"]
    assert set(first["tools"]) == {*(one.name for one in READERS), "directory"} - {"datacall"}


def test_before_a_count_the_common_tools_are_told_of(work, tmp_path):
    assert [tuple(one["tools"]) for one in asked(tmp_path, "-w", work)["packets"]] == [COMMON, COMMON]


def test_after_a_count_the_tools_of_the_component_come_first_then_those_that_know_most(work, tmp_path):
    exports = tmp_path / "exports"
    (exports / "Survey/2017-10-10").mkdir(parents=True)
    (exports / "Survey/2017-10-10/a.csv").write_text(PROGRAMS, "utf-8")
    (exports / "Weather").mkdir()
    (exports / "Weather/ad-2017-10-10.csv").write_text("Name,Office\nW-1,A\nW-2,A\n", "utf-8")
    run("count", exports, "-w", work)
    found = {one["component"]: one["tools"] for one in asked(tmp_path / "out", "-w", work)["packets"]}
    assert found == {
        "Ports Bureau": ["directory", "uninstall"],
        "Survey": ["uninstall", "directory"],
        "Weather": ["directory", "uninstall"],
    }


def test_without_components_there_is_one_packet_for_everybody(tmp_path):
    (tmp_path / "fullcount.toml").write_text(f'directives = ["{BOD}"]\n', "utf-8")
    found = asked("-w", tmp_path)
    assert [one["folder"] for one in found["packets"]] == ["everybody"]
    assert Path(found["files"][0]).parent == tmp_path.resolve() / "reports/datacall/everybody"
    assert "named after your part of the organisation" in text_of(tmp_path / "reports/datacall", "everybody")


def test_what_lies_in_the_workspace_is_not_read_as_an_export(work, tmp_path):
    run("datacall", "-w", work)
    (work / "Survey").mkdir()
    (work / "Survey/2017-10-10-a.csv").write_text(PROGRAMS, "utf-8")
    said = json.loads(run("read", work, "-w", work, "--json"))
    assert [one["name"] for one in said["files"]] == ["Survey/2017-10-10-a.csv"]


def test_a_form_that_was_filled_in_is_left_alone_and_the_page_is_renewed(work, tmp_path, capsys):
    run("datacall", tmp_path, "-w", work)
    form = tmp_path / "Survey/datacall.csv"
    form.write_bytes(form.read_bytes() + b"SU-1,,7-Zip,,,,,\r\n")
    with pytest.raises(SystemExit):
        main(["datacall", str(tmp_path), "-w", str(work), "--by", "2017-10-06", "--json"])
    told = capsys.readouterr()
    assert json.loads(told.out)["left"] == [str(form)]
    assert f"somebody may have filled it in: {form}" in told.err
    assert b"SU-1" in form.read_bytes()
    assert "6 October 2017" in text_of(tmp_path, "Survey")


@pytest.mark.parametrize(
    "case",
    [
        (["--tool", "abacus"], "no reader is called abacus"),
        (["--by", "2017-11-01"], "identify of BOD 17-01 was due on 2017-10-13, before that day"),
        (["--component", "Sea/Air"], 'what comes back lies in `Sea-Air`; write folder = "Sea-Air*"'),
    ],
)
def test_what_a_person_may_not_expect_is_said(case, work, tmp_path, capsys):
    arguments, said = case
    with pytest.raises(SystemExit):
        main(["datacall", str(tmp_path), "-w", str(work), *arguments])
    assert said in capsys.readouterr().err


def test_contacts_are_those_of_the_component_and_of_everybody():
    people = (
        Contact(role="preparer", name="Ada Example", email="ada@example.gov"),
        Contact(role="contact", name="Bo Example", telephone="+1 202 555 0101", component="Survey"),
    )
    call = Call(organisation="", directives=(find(BOD),), contacts=people)
    settings = Settings(component=(Component(name="Ports"), Component(name="Survey")))
    ports, survey = packets(call, settings, None, readers=READERS)
    assert "- Ada Example, preparer, ada@example.gov" in ports.text
    assert "Bo Example" not in ports.text
    assert "- Bo Example, contact, +1 202 555 0101" in survey.text


def test_folders_can_be_made_on_any_system_and_are_never_shared():
    names = ("Sea/Air", "Sea:Air", "sea-air", "NUL", "..", "a\x1b[2J", "x" * 400)
    call = Call(organisation="", directives=(find(BOD),))
    found = packets(call, Settings(), None, readers=READERS, components=names)
    folders = [one.folder for one in found]
    assert folders[:5] == ["Sea-Air", "Sea-Air 2", "sea-air 3", "NUL_", "everybody"]
    assert len({folder.casefold() for folder in folders}) == len(names)
    assert all(folder.isprintable() and len(folder) < 120 and not set(folder) & set('<>:"/\\|?*') for folder in folders)
    assert all("\x1b" not in one.text for one in found)


# -- the form ----------------------------------------------------------------------------------------------------------------


def test_the_workbook_helps_hides_its_mark_and_says_what_may_be_written(work, tmp_path):
    run("datacall", tmp_path, "-w", work)
    raw = (tmp_path / "Survey/datacall.xlsx").read_bytes()
    rows = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0).to_python()
    assert rows[2] == [*(column.heading for column in COLUMNS), MARK]
    assert NONE_FOUND in str(rows[1][0])
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert f'<col min="{len(COLUMNS) + 1}" max="{len(COLUMNS) + 1}"' in sheet
    assert 'hidden="1"' in sheet
    assert sheet.count("<dataValidation ") == len(COLUMNS)
    assert 'type="date"' in sheet


# -- there and back ----------------------------------------------------------------------------------------------------------


def filled(form: Path, rows: list[list[Any]]) -> None:
    """The form as somebody sends it: the same head, with rows below it."""
    head = CalamineWorkbook.from_path(form).get_sheet_by_index(0).to_python()
    with xlsxwriter.Workbook(form, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("Software")
        for number, row in enumerate([*head, *rows]):
            for column, cell in enumerate(row):
                if cell not in {"", None}:
                    (sheet.write_datetime if isinstance(cell, date) else sheet.write)(number, column, cell)


def test_what_comes_back_is_counted_and_shows_nothing_by_silence(work, tmp_path):
    run("datacall", tmp_path / "out", "-w", work)
    back = tmp_path / "exports/Ports Bureau/2017-10-10"
    shutil.copytree(tmp_path / "out/Ports Bureau", back, ignore=shutil.ignore_patterns("README.txt"))
    day = date(2017, 10, 9)
    kaspersky = ["Kaspersky Endpoint Security 10 for Windows", "AO Kaspersky Lab", "10.3.0.6294", day, "A. Smith"]
    rows = [
        ["PO-0001", "5CG7100001", *kaspersky],
        ["PO-0001", "5CG7100001", "7-Zip 16.04", "Igor Pavlov", "16.04", day, "A. Smith"],
        ["PO-0002", "5CG7100002", NONE_FOUND, "", "", day, "A. Smith"],
        ["PO-0003", "5CG7100003", "7-Zip 16.04", "Igor Pavlov", "16.04", day, "B. Jones"],
    ]
    filled(back / "datacall.xlsx", rows)
    [account] = json.loads(run("count", tmp_path / "exports", "-w", work, "--json"))["accounts"]
    total = account["total"]
    assert {name: total[name] for name in ("systems", "with_it", "without_it", "not_covered", "looked_at")} == {
        "systems": 3,
        "with_it": 1,
        "without_it": 0,  # neither by a list that a person wrote, nor by the word that nothing was found
        "not_covered": 2,
        "looked_at": 0,
    }
    assert [line["component"] for line in account["components"] if line["systems"]] == ["Ports Bureau"]
    assert account["as_of"] == "2017-10-10"
    assert {(one["reader"], one["rejects"], one["component"]) for one in account["sources"]} == {("datacall", 0, "Ports Bureau")}
    assert not [one for one in account["beside"] if one["name"] == "unplaced" and one["value"]]
