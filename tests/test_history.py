"""The life of one machine, through the command: looks, names, answers, and where it stood in each count."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.months import CLEAN, EVIL, FOUND, HEAD, HELPDESK, Said, save

from fullcount.cli import main

BOD = "us-dhs-bod-17-01"
TOML = f"""
directives = ["{BOD}"]
{HELPDESK}"""
EXPORTS = {
    "2017-08-01/programs.csv": f"{HEAD}PC-OLD,5CG7100001,{FOUND}\nPC-2,5CG7100002,{CLEAN}\n",
    "2017-09-01/programs.csv": f"{HEAD}PC-NEW,5CG7100001,{CLEAN}\nPC-2,5CG7100002,{CLEAN}\n",
    "2017-09-20/helpdesk.csv": "Host,Serial,Program\nPC-NEW,5CG7100001,7-Zip 16.04\n",
    "2017-10-01/programs.csv": f"{HEAD}PC-NEW,5CG7100001,{FOUND}\nPC-3,5CG7100003,{CLEAN}\n",
}
DAYS = ("2017-08-05", "2017-09-05", "2017-10-05")


def ran(*arguments: str | Path) -> str:
    done = Said(*arguments)
    assert done.code == 0, done.error
    return done.out


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with four exports, counted as of three days. Not to be changed."""
    base = tmp_path_factory.mktemp("lived")
    for name, text in EXPORTS.items():
        save(base / "exports", name, text)
    save(base / "workspace", "fullcount.toml", TOML)
    ran("read", base / "exports", "-w", base / "workspace", "-q")
    for day in DAYS:
        ran("count", "-w", base / "workspace", "--as-of", day)
    return base / "workspace"


def document(of: Path, *asked: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran("history", *asked, "-w", of, "--json"))
    return found


def test_each_look_is_told_with_what_it_saw_and_what_has_answered_it(lived: Path) -> None:
    looks = document(lived, "PC-NEW")["looks"]
    assert [(one["on"][:10], one["tool"], one["complete"]) for one in looks] == [
        ("2017-08-01", "uninstall", True),
        ("2017-09-01", "uninstall", True),
        ("2017-09-20", "helpdesk", False),
        ("2017-10-01", "uninstall", True),
    ]
    first, second, third, last = looks
    (saw,) = first["saw"]
    assert (saw["product"], saw["trace"], saw["state"]) == ("Kaspersky Endpoint Security for Windows", "program", "installed")
    assert (saw["counts"], saw["answered_by"]) == (True, "2017-09-01 00:00:00 uninstall")
    assert (second["saw"], second["saw_nothing_of"]) == ([], [BOD])
    assert (third["saw"], third["saw_nothing_of"]) == ([], []), "the silence of a partial look says nothing"
    assert [one["answered_by"] for one in last["saw"]] == [None]


def test_names_have_their_time(lived: Path) -> None:
    names = document(lived, "serial=5CG7100001")["names"]
    assert [(one["name"], one["first"][:10], one["last"][:10]) for one in names] == [
        ("PC-OLD", "2017-08-01", "2017-08-01"),
        ("PC-NEW", "2017-09-01", "2017-10-01"),
    ]


def test_standings_are_those_of_every_count_that_is_kept(lived: Path) -> None:
    told = document(lived, "PC-NEW")["standings"]
    assert [(one["as_of"], one["name"], one["standing"]) for one in told] == [
        ("2017-08-05", "PC-OLD", "with it"),
        ("2017-09-05", "PC-NEW", "without it"),
        ("2017-10-05", "PC-NEW", "with it"),
    ]
    assert told[1]["reason"] == "removed, verified on 2017-09-01 by uninstall"
    new = document(lived, "PC-3")["standings"]
    assert [(one["standing"], one["reason"]) for one in new] == [
        (None, "not known to this count"),
        (None, "not known to this count"),
        ("without it", "never seen"),
    ]


def test_as_of_an_earlier_count_the_later_looks_are_left_out_and_that_is_said(lived: Path) -> None:
    counts = {one["as_of"]: one["count"] for one in document(lived, "PC-NEW")["standings"]}
    early = document(lived, "PC-OLD", "--count", counts["2017-08-05"][:10])
    assert [one["on"][:10] for one in early["looks"]] == ["2017-08-01"]
    assert early["later_records"] == 5
    said = ran("history", "PC-OLD", "-w", lived, "--count", counts["2017-08-05"])
    assert "5 records of all machines are dated after the day of the count" in said
    assert "are dated after" not in ran("history", "PC-NEW", "-w", lived)


def test_timeline_on_the_terminal(lived: Path) -> None:
    lines = ran("history", "PC-NEW", "-w", lived).splitlines()
    assert lines[0] == "PC-NEW  (serial:5CG7100001)"
    assert "  PC-OLD: 2017-08-01" in lines
    assert "  PC-NEW: 2017-09-01 to 2017-10-01" in lines
    wanted = (
        "  2017-08-01  uninstall: complete look, lists all software, sees program",
        "     saw Kaspersky Endpoint Security for Windows [program, installed], answered by 2017-09-01 00:00:00 uninstall",
        "  2017-09-01  uninstall: complete look, lists all software, sees program",
        f"     no product of {BOD} among what it sees",
        "  2017-09-20  helpdesk: no complete look, lists some software",
        "     saw Kaspersky Endpoint Security for Windows [program, installed]",
    )
    places = [lines.index(line) for line in wanted]
    assert places == sorted(places)
    assert any(line.startswith(f"  2017-09-05  {BOD}: without it: removed, verified on 2017-09-01") for line in lines)


def test_one_directive_of_several(lived: Path, tmp_path: Path) -> None:
    of = Path(shutil.copytree(lived, tmp_path / "workspace"))
    pack = Path(shutil.copytree(Path(__file__).parents[1] / "directives" / BOD, tmp_path / "pack"))
    text = (pack / "directive.yaml").read_text("utf-8").replace(f"id: {BOD}", "id: ours", 1)
    (pack / "directive.yaml").write_text(text, "utf-8")
    ran("count", "-w", of, "--directive", BOD, "--directive", pack)
    both, one = document(of, "PC-NEW"), document(of, "PC-NEW", "--directive", "ours")
    assert {row["directive"] for row in both["standings"]} == {BOD, "ours"}
    assert {row["directive"] for row in one["standings"]} == {"ours"}
    assert {saw["directive"] for look in one["looks"] for saw in look["saw"]} == {"ours"}
    assert [look["saw_nothing_of"] for look in both["looks"] if look["saw_nothing_of"]] == [["ours", BOD]]
    with pytest.raises(SystemExit) as ended:
        main(["history", "PC-NEW", "-w", str(of), "--directive", "nothing"])
    assert ended.value.code == 2


def test_machine_whose_records_are_gone_is_found_by_its_strong_clues(tmp_path: Path) -> None:
    of = tmp_path / "workspace"
    save(of, "fullcount.toml", TOML)
    for name in ("2017-08-01/programs.csv", "2017-09-01/programs.csv"):
        save(tmp_path / name[:10], name, EXPORTS[name])
        ran("count", tmp_path / name[:10], "-w", of, "-q")
        if name.startswith("2017-08"):
            ran("drop", name, "-w", of, "--why", "test")
    told = document(of, "PC-NEW")["standings"]
    assert [(one["name"], one["standing"], one["shares"]) for one in told] == [
        ("PC-OLD", "with it", "clues"),
        ("PC-NEW", "without it", "records"),
    ]


def test_machine_that_is_no_system_has_a_history_too(tmp_path: Path) -> None:
    of = tmp_path / "workspace"
    save(of, "fullcount.toml", TOML)
    save(tmp_path / "exports", "2017-08-01/programs.csv", EXPORTS["2017-08-01/programs.csv"])
    ran("count", tmp_path / "exports", "-w", of, "-q")
    save(of, "fullcount.toml", f'{TOML}\n[[outside]]\nclue = "serial=5CG7100001"\nreason = "lent to a museum"\n')
    ran("count", "-w", of)
    told = document(of, "PC-OLD")["standings"]
    assert [(one["standing"], one["reason"]) for one in told] == [
        ("with it", "seen"),
        (None, "out of population: lent to a museum"),
    ]
    assert "not counted as a system: lent to a museum" in ran("history", "PC-OLD", "-w", of)


@pytest.mark.parametrize("asked", ["PC-9", "serial=nothing", "", "colour=red"])
def test_what_is_unknown_is_2(asked: str, lived: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["history", asked, "-w", str(lived)])
    assert ended.value.code == 2
    assert "no machine in this count" in capsys.readouterr().err


def test_names_are_inert(tmp_path: Path) -> None:
    of = tmp_path / "workspace"
    save(of, "fullcount.toml", TOML)
    save(tmp_path / "exports", "2017-09-01/programs.csv", f"{HEAD}{EVIL},5CG7100001,{FOUND}\n")
    ran("count", tmp_path / "exports", "-w", of, "-q")
    said = ran("history", "serial=5CG7100001", "-w", of)
    assert "\x1b" not in said
    assert "\\u{1b}" in said
