"""Coverage and absence as commands say them: what looks are worth, who is on one list only, and why a machine is not counted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fullcount.cli import cli, main

ROOT = Path(__file__).resolve().parents[1]
HEAD = "Netbios_Name0,SerialNumber0,Operating_System_Name_and0,LastHWScan,Last_Logon_Timestamp0,DisplayName0,Publisher0\n"
TOML = """
directives = ["us-dhs-bod-17-01"]

[[table]]
match = "purchases.csv"
name = "purchasing"
lists = "machines"
[table.columns]
serial = "serial"
heard_at = "bought"

[[exemption]]
clue = "serial=5CG74"
approver = "Chief information security officer"
reason = "drives the crane"
mitigation = "no network"
expires = 2017-09-30
"""


def line(name: str, serial: str, looked: str, heard: str, *, software: str) -> str:
    return f"{name},{serial},Microsoft Windows NT Workstation 10.0,{looked},{heard},{software}\n"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Four machines of one tool: fresh, stuck, stale, and with it under an exemption that has expired; and a list."""
    exports = tmp_path / "exports"
    exports.mkdir()
    rows = [
        line("PC-1", "5CG71", "2017-10-10", "2017-10-10", software="7-Zip 16.04,Igor Pavlov"),
        line("PC-2", "5CG72", "2017-09-01", "2017-10-10", software="7-Zip 16.04,Igor Pavlov"),
        line("PC-3", "5CG73", "2017-09-01", "2017-09-01", software="7-Zip 16.04,Igor Pavlov"),
        line("PC-4", "5CG74", "2017-10-10", "2017-10-10", software="Kaspersky Endpoint Security 10 for Windows,AO Kaspersky Lab"),
    ]
    (exports / "sccm.csv").write_text(HEAD + "".join(rows), "utf-8")
    (exports / "purchases.csv").write_text("serial,bought\n5CG71,2017-09-01\n5CG79,2017-09-01\n", "utf-8")
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "fullcount.toml").write_text(TOML, "utf-8")
    ask(folder, "count", str(exports))
    return folder


def ask(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(cli, [*words, "-w", str(folder)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_what_looks_are_worth_adds_up_and_so_do_pairs(work: Path) -> None:
    found = json.loads(ask(work, "coverage", "--json"))
    assert found["systems"] == 5
    tools = {one["tool"]: one for one in found["tools"]}
    assert tools["sccm"]["states"] == {"complete": 2, "stale": 1, "stuck": 1}
    assert tools["sccm"]["traces"] == {"program": 2}
    assert tools["purchasing"]["states"] == {"listed": 2}
    assert all(sum(one["states"].values()) == one["systems"] for one in tools.values())
    pairs = {(one["tool"], one["other"]): (one["both"], one["only"]) for one in found["pairs"]}
    assert pairs == {("sccm", "purchasing"): (1, 3), ("purchasing", "sccm"): (1, 1)}


def test_a_number_of_the_matrix_is_the_size_of_its_list(work: Path) -> None:
    only = json.loads(ask(work, "coverage", "--in", "purchasing", "--not-in", "sccm", "--json"))["rows"]
    assert [row["host"] for row in only] == ["serial:5CG79"]
    missing = json.loads(ask(work, "coverage", "--not-in", "purchasing", "--json"))["rows"]
    assert sorted(row["name"] for row in missing) == ["PC-2", "PC-3", "PC-4"]
    for state, number in (("stuck", 1), ("stale", 1), ("complete", 2), ("listed", 2), ("partial", 0)):
        rows = json.loads(ask(work, "coverage", "--state", state, "--json"))["rows"]
        assert (len(rows), {row["state"] for row in rows} <= {state}) == (number, True)
    assert len(json.loads(ask(work, "coverage", "--state", "listed", "--in", "sccm", "--json"))["rows"]) == 0


def test_a_list_on_a_terminal_is_cut_and_says_so(work: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("fullcount.commands.coverage.FIRST", 1)
    said = ask(work, "coverage", "--not-in", "purchasing").splitlines()
    assert said[0] == "3 systems, of 5 systems"
    assert said[-1] == "1 of 3 are shown: --all shows every one."
    assert len(ask(work, "coverage", "--not-in", "purchasing", "--all").splitlines()) == 4


def test_an_unknown_tool_is_an_error_that_names_the_tools(work: Path, capsys: Any) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["coverage", "-w", str(work), "--in", "nobody"])
    assert raised.value.code == 2
    said = capsys.readouterr().err
    assert "no tool of this count is called nobody" in said
    assert "one of: purchasing, sccm" in said


def test_the_report_of_coverage_has_a_row_for_every_look(work: Path) -> None:
    rows = ask(work, "report", "coverage", "-o", "-").splitlines()
    assert len(rows) == 1 + 6
    assert "stuck" in next(row for row in rows if "PC-2" in row)


def test_why_not_says_where_it_was_looked_for_and_what_a_look_is_worth(work: Path) -> None:
    found = json.loads(ask(work, "explain", "--not", "PC-2", "--json"))
    assert [(one["trace"], one["is_seen"]) for one in found["looked_for"]] == [("program", False)]
    assert [look["state"] for one in found["looked_for"] for look in one["looks"]] == ["stuck"]
    assert found["not_counting"] == []
    listed = ask(work, "explain", "--not", "serial=5CG79")
    assert "nobody looked" in listed
    there = ask(work, "explain", "--not", "PC-4")
    assert "what was found counts" in there
    assert "exemption of kes-windows by Chief information security officer, expired on 2017-09-30: it no longer holds" in there
    assert "reason: drives the crane; mitigation: no network" in there


def test_why_not_finds_a_machine_that_the_count_does_not_have(work: Path, capsys: Any) -> None:
    ask(work, "drop", "purchases.csv", "--why", "the wrong year")
    ask(work, "count")
    [place] = json.loads(ask(work, "explain", "--not", "serial=5CG79", "--json"))["elsewhere"]
    assert (place["source"], place["why"]) == ("purchases.csv", "its source does not count: it was dropped, or read again since")
    ask(work, "count", "--as-of", "2017-09-15")
    assert "it is dated after the day of the count" in ask(work, "explain", "--not", "PC-1")
    with pytest.raises(SystemExit) as raised:
        main(["explain", "-w", str(work), "--not", "PC-NOBODY"])
    assert raised.value.code == 2
    assert "no machine in this count is called PC-NOBODY" in capsys.readouterr().err


def test_a_directive_says_how_long_a_look_is_fresh_and_the_settings_say_it_better(work: Path, tmp_path: Path) -> None:
    pack = tmp_path / "patient"
    shutil.copytree(ROOT / "directives/us-dhs-bod-17-01", pack)
    text = (pack / "directive.yaml").read_text("utf-8")
    (pack / "directive.yaml").write_text(text.replace("id: us-dhs-bod-17-01", "id: patient\nfresh_days: 60", 1), "utf-8")
    both = ("--directive", "us-dhs-bod-17-01", "--directive", str(pack), "--json")
    totals = {one["directive"]["id"]: one["total"] for one in json.loads(ask(work, "count", *both))["accounts"]}
    assert totals["us-dhs-bod-17-01"]["looked_at"] == 2
    assert totals["patient"]["looked_at"] == 4
    (work / "fullcount.toml").write_text("fresh_days = 14\n" + TOML, "utf-8")
    totals = {one["directive"]["id"]: one["total"] for one in json.loads(ask(work, "count", *both))["accounts"]}
    assert totals["patient"]["looked_at"] == 2


def test_progress_says_how_much_time_is_left(tmp_path: Path) -> None:
    from fullcount.read import Options
    from fullcount.readers import READERS
    from fullcount.workspace import Workspace

    exports = tmp_path / "exports"
    exports.mkdir()
    rows = [line(f"PC-{number}", f"5CG{number:05}", "2017-10-10", "", software="7-Zip,Igor Pavlov") for number in range(50)]
    for name in ("a.csv", "b.csv"):
        (exports / name).write_text(HEAD + name + "".join(rows), "utf-8")
    told: list[tuple[str, int, float]] = []
    into = Workspace.create(tmp_path / "work", text=TOML)
    into.read([exports], options=Options(progress=lambda *what: told.append(what)), readers=READERS)
    assert [name for name, _, _ in told] == ["a.csv", "b.csv"]
    shares = [share for _, _, share in told]
    assert shares == sorted(shares)
    assert 0.3 < shares[0] < 0.6 < shares[-1] <= 1
