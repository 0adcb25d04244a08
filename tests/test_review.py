"""`fullcount review`: what it shows, in which order, and that what it says to type can be typed."""

from __future__ import annotations

import csv
import json
import shlex
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from fullcount.cli import cli
from fullcount.commands.review import FIRST

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

ODD = "Kapsersky\u202e \u2018odd\u2019; $(rm -rf) 'tool'"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Title number N stands on N machines, of 1 to 12; an odd one stands on 13."""
    folder = tmp_path_factory.mktemp("review")
    titles = [f"Kasperksy tool {number}" for number in range(1, FIRST + 3)] + [ODD]
    with (folder / "programs-2017-10-10.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["PSComputerName", "DisplayName", "DisplayVersion", "Publisher"])
        for number, title in enumerate(titles, start=1):
            table.writerows([f"PC-{machine}", title, f"{machine}.0", ""] for machine in range(1, number + 1))
    (folder / "fullcount.toml").write_text('directives = ["us-dhs-bod-17-01"]\n', "utf-8")
    asked(folder, "count", str(folder / "programs-2017-10-10.csv"))
    return folder


def asked(folder: Path, *words: str) -> Result:
    done = CliRunner().invoke(cli, [*words, "-w", str(folder)])
    assert done.exit_code == 0, done.output
    return done


def test_titles_on_most_systems_come_first_and_the_others_with_all(work: Path) -> None:
    shown = asked(work, "review").stdout
    assert shown.startswith("13 titles near the vendor that nobody has decided (BOD 17-01).\n")
    heads = [line for line in shown.splitlines() if line[:1].isdigit() and ". Kasp" in line]
    assert heads[:2] == ["2. Kasperksy tool 12: 12 systems", "3. Kasperksy tool 11: 11 systems"]
    assert "   version 1.0 to 12.0\n" in shown
    assert shown.endswith("10 of 13 are shown: --all shows every one.\n")
    assert "13. Kasperksy tool 1: 1 system\n" in asked(work, "review", "--all").stdout


def test_json_holds_every_title_with_its_place(work: Path) -> None:
    found = json.loads(asked(work, "review", "--json").stdout)
    assert [row["systems"] for row in found["titles"]] == list(range(FIRST + 3, 0, -1))
    assert found["left_out"] == []
    last = found["titles"][-1]
    assert (last["name"], last["source"], last["unit"], last["place"]) == (
        "Kasperksy tool 1",
        "programs-2017-10-10.csv",
        "row",
        2,
    )


def test_what_it_says_to_type_can_be_typed(work: Path) -> None:
    line = next(line for line in asked(work, "review").stdout.splitlines() if " is-not " in line)
    assert "\u202e" not in line
    words = shlex.split(line.replace("PRODUCT", "other").replace("TEXT", "odd"))[1:]
    done = asked(work, *words)
    assert "note:" not in done.stderr
    asked(work, "count")
    assert asked(work, "review").stdout.startswith("12 titles near")
    account = json.loads(asked(work, "count", "--json").stdout)["accounts"][0]
    beside = {one["name"]: (one["value"], one["list"]) for one in account["beside"]}
    assert beside["near titles"] == (12, "near titles")
    assert beside["decided titles"] == (1, "decided titles")
