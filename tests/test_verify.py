"""What became of every system that ever had it: every history of three months at once, and what the command says of it."""

from __future__ import annotations

import csv
import io
import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from tests.months import CLEAN, FOUND, HEAD, Said, save

from fullcount.verify import BESIDE, COLUMNS, LISTS, MARKS, PIECES, STATES

if TYPE_CHECKING:
    from pathlib import Path

KEEPER = "Kaspersky Password Manager,9.0,AO Kaspersky Lab"
FALCON = "CrowdStrike Windows Sensor,4.1,CrowdStrike Inc."
FALSE_FALCON = "CrowdStrike Windows Sensor themes,1.0,Another Publisher"
MONTHS = ("2017-08-01", "2017-09-01", "2017-10-01")
# What a complete look of a month shows of a machine; `-`: nobody looked.
SHOWN = {"-": "", "K": FOUND, "c": CLEAN, "f": FALCON}
HISTORIES = ["".join(one) for one in product(SHOWN, repeat=len(MONTHS)) if set(one) != {"-"}]
REPLACEMENTS = "id,name,publisher,words,capabilities,component\n"
ANY_FALCON = "falcon,CrowdStrike Falcon,CrowdStrike,CrowdStrike Windows Sensor,anti-malware; anti-exploit,\n"


def serial(history: str) -> str:
    return f"5CG71{HISTORIES.index(history):05}"


def exports(folder: Path) -> Path:
    for turn, month in enumerate(MONTHS):
        rows = [f"PC-{one},{serial(one)},{SHOWN[one[turn]]}\n" for one in HISTORIES if one[turn] != "-"]
        save(folder, f"{month}/programs.csv", HEAD + "".join(rows))
    return folder


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with counts of 1 September and of 1 October, of machines of every history. Not to be changed."""
    base = tmp_path_factory.mktemp("months")
    of = base / "workspace"
    save(of, "fullcount.toml", 'directives = ["us-dhs-bod-17-01"]\n')
    save(of, "registers/replacements.csv", REPLACEMENTS + ANY_FALCON)
    assert Said("count", exports(base / "exports"), "-w", of, "-q", "--as-of", "2017-09-01").code == 0
    assert Said("count", "-w", of, "-q").code == 0
    return of


def account(of: Path, day: str) -> dict[str, Any]:
    """The account of a day."""
    every = (json.loads(path.read_text("utf-8"))[0] for path in of.glob("counts/*/accounts.json"))
    return next(one for one in every if one["as_of"] == day)


def told(history: str) -> tuple[str, str]:
    """The state and the mark that a machine of this history must have; nothing where it never had it."""
    if "K" not in history:
        return "", ""
    seen = history.replace("-", "")
    if seen.endswith("K"):
        came_back = any(one in seen[seen.index("K") :] for one in "cf")
        return ("re-appeared" if came_back else "still-there"), ""
    if history.endswith("-"):
        return "in-doubt", ""
    return "removed", "protected" if history.endswith("f") else "unprotected"


def rows(of: Path, name: str, *more: str | Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Said("verify", "-w", of, "--list", name, "--json", *more).document()["rows"]
    return found


def test_every_history_has_its_state_and_mark(months):
    wanted: dict[str, list[str]] = {name: [] for name in (*STATES, *MARKS)}
    for one in HISTORIES:
        for name in filter(None, told(one)):
            wanted[name].append(f"PC-{one}")
    assert all(wanted[name] for name in ("removed", "in-doubt", "re-appeared", "still-there", "protected", "unprotected"))
    for name, machines in wanted.items():
        assert sorted(row["name"] for row in rows(months, name)) == sorted(machines), name


def test_numbers_add_up_and_are_those_of_the_account(months):
    found = Said("verify", "-w", months, "--json").document()
    states = {one["list"]: one["systems"] for one in found["states"]}
    marks = {one["list"]: one["systems"] for one in found["marks"]}
    assert list(states) == list(STATES)
    assert sum(states.values()) == found["systems"] == sum("K" in one for one in HISTORIES)
    assert sum(marks[name] for name in MARKS) == states["removed"]
    assert {one["of"] for one in found["states"]} == {found["systems"]}
    assert {one["of"] for one in found["marks"]} == {states["removed"]}
    counted = account(months, "2017-10-01")
    assert states["removed"] == next(one["systems"] for one in counted["reasons"] if one["reason"] == "removed, verified")
    still = states["still-there"] + states["re-appeared"] + states["gone-unverified"]
    assert still == counted["total"]["with_it"] + counted["total"]["exempt"]
    assert found["sentence"] == (
        f"{found['systems']} systems ever had it up to 2017-10-01: on {states['removed']} its removal is verified "
        f"({marks['unprotected']} of them unprotected, 0 with something left behind), "
        f"on {found['systems'] - states['removed']} it is not (BOD 17-01)."
    )


def test_a_list_says_who_verified_it_and_what_protects_it(months):
    [row] = [row for row in rows(months, "removed") if row["name"] == "PC-K-f"]
    assert row["reason"] == "removed, verified on 2017-10-01 by uninstall"
    assert (row["replacements"], row["replacement_seen_by"]) == ("CrowdStrike Falcon", "uninstall")
    assert row["first_seen"][:10] == row["last_seen"][:10] == "2017-08-01"
    assert row["products"] == "Kaspersky Endpoint Security for Windows"


def test_since_leaves_out_what_was_removed_before(months):
    before = account(months, "2017-09-01")
    found = Said("verify", "-w", months, "--since", before["count"], "--json").document()
    early = [one for one in HISTORIES if told(one)[0] in {"removed", "in-doubt"} and not is_late(one)]
    assert early
    assert found["systems"] == sum("K" in one for one in HISTORIES) - len(early)
    assert found["since"] == "2017-09-01"
    assert sum(one["systems"] for one in found["states"]) == found["systems"]
    assert ", less those removed by 2017-09-01: " in found["sentence"]


def is_late(history: str) -> bool:
    """Whether its last removal was verified in October."""
    return history[2] in "cf" and (history[1] == "K" or (history[1] == "-" and history[0] == "K"))


def test_a_list_is_csv_on_stdout_or_in_a_file(months, tmp_path):
    done = Said("verify", "-w", months, "--list", "removed")
    table = list(csv.reader(io.StringIO(done.raw.decode("utf-8-sig"))))
    assert tuple(table[0]) == COLUMNS
    assert len(table) - 1 == len(rows(months, "removed"))
    path = tmp_path / "lists/removed.csv"
    assert Said("verify", "-w", months, "--list", "removed", "-o", path).code == 0
    assert path.read_bytes() == done.raw
    pieces = Said("verify", "-w", months, "--list", "clean-up").raw.decode("utf-8-sig")
    assert pieces.splitlines() == [",".join(f'"{one}"' for one in PIECES)]


def test_what_cannot_be_asked_is_said(months, tmp_path):
    for arguments in (("--list", "nothing"), ("-o", tmp_path / "x.csv"), ("--since", "nothing"), ("--count", "nothing")):
        assert Said("verify", "-w", months, *arguments).error.exit_code == 2
    assert not (tmp_path / "x.csv").exists()


def test_overview_shows_every_number_and_where_to_act(months):
    done = Said("verify", "-w", months)
    assert done.code == 0
    for name in (*STATES, *MARKS, *BESIDE, "residue-left"):
        assert f" {name} " in done.out
    assert "unprotected (" in done.out
    assert "more: --list unprotected" in done.out


def test_every_list_can_be_asked_for(months):
    for name in LISTS:
        assert Said("verify", "-w", months, "--list", name, "--json").document()["list"] == name


# -- what stands in for a product ------------------------------------------------------------------------------------------


def marks_of(tmp_path: Path, register: str, programs: dict[str, tuple[str, str]]) -> dict[str, str]:
    """The marks of machines that had and have such programs."""
    for turn, month in enumerate(MONTHS[1:]):
        lines = [f"PC-{name},5CG711{name},{both[turn]}\n" for name, both in programs.items()]
        save(tmp_path / "exports", f"Ports/{month}/programs.csv", HEAD + "".join(lines))
    of = tmp_path / "workspace"
    save(of, "fullcount.toml", 'directives = ["us-dhs-bod-17-01"]\n[[component]]\nname = "Ports"\nparent = "Transport"\n')
    if register:
        save(of, "registers/replacements.csv", REPLACEMENTS + register)
    assert Said("count", tmp_path / "exports", "-w", of, "-q").code == 0
    return {row["name"]: row["mark"] for row in rows(of, "removed")}


def test_without_a_register_nobody_can_say(tmp_path):
    found = marks_of(tmp_path, "", {"0001": (FOUND, FALCON), "0002": (KEEPER, CLEAN)})
    assert set(found.values()) == {"no-replacement"}


def test_another_capability_another_publisher_and_another_component_do_not_count(tmp_path):
    machines = {"0001": (FOUND, FALCON), "0002": (FOUND, FALSE_FALCON)}
    for turn, (row, first) in enumerate(
        (
            (ANY_FALCON, "protected"),
            ("falcon,CrowdStrike Falcon,CrowdStrike,CrowdStrike Windows Sensor,anti-spam,\n", "no-replacement"),
            ("falcon,CrowdStrike Falcon,CrowdStrike,CrowdStrike Windows Sensor,anti-malware,Bridges\n", "no-replacement-there"),
            ("falcon,CrowdStrike Falcon,CrowdStrike,CrowdStrike Windows Sensor,anti-malware,Transport\n", "protected"),
            ("falcon,CrowdStrike Windows Sensor,,,anti-malware,Ports\n", "protected"),
        ),
    ):
        found = marks_of(tmp_path / str(turn), row, machines)
        assert found["PC-0001"] == first.removesuffix("-there"), row
        other = {"protected": "protected" if ",,," in row else "unprotected"}.get(first, "no-replacement")
        assert found["PC-0002"] == other, row


# -- what is left behind, and who is no system any longer --------------------------------------------------------------------


def test_residue_exemption_and_retired_machines(tmp_path):
    of, base = tmp_path / "workspace", tmp_path / "exports"
    save(base, "2017-09-01/programs.csv", HEAD + "".join(f"PC-{one},5CG712{one},{FOUND}\n" for one in ("0001", "0002", "0003")))
    lines = [f"PC-{one},5CG712{one},{title}\n" for one in ("0001", "0004") for title in (CLEAN, "UltraAV,1.0,Pango")]
    save(base, "2017-10-01/programs.csv", HEAD + "".join(lines))
    save(
        of,
        "fullcount.toml",
        'directives = ["us-dhs-bod-17-01"]\n[[outside]]\nclue = "serial=5CG7120003"\nreason = "lent to a museum"\n'
        '[[exemption]]\nclue = "serial=5CG7120002"\napprover = "CISO"\nreason = "crane"\nexpires = 2018-01-01\n',
    )
    assert Said("count", base, "-w", of, "-q").code == 0
    found = Said("verify", "-w", of, "--json").document()
    sizes = {one["list"]: one["systems"] for one in (*found["states"], *found["marks"], *found["beside"]) if one["systems"]}
    [left] = rows(of, "left")
    assert (left["name"], left["standing"], left["reason"]) == ("PC-0003", "out of population", "lent to a museum")
    [exempt] = rows(of, "still-there")
    assert (exempt["name"], exempt["standing"]) == ("PC-0002", "exempt")
    pieces = {row["name"]: row for row in rows(of, "clean-up")}
    assert sizes == {
        "removed": 1, "still-there": 1, "no-replacement": 1, "residue-left": 1, "residue-only": 1, "left": 1
    }  # fmt: skip
    assert sorted(pieces) == ["PC-0001", "PC-0004"]
    assert (pieces["PC-0001"]["state"], pieces["PC-0004"]["state"]) == ("removed", "residue-only")
    assert (pieces["PC-0001"]["title"], pieces["PC-0001"]["tool"]) == ("UltraAV", "uninstall")
    assert (pieces["PC-0001"]["source"], pieces["PC-0001"]["seen_on"][:10]) == ("2017-10-01/programs.csv", "2017-10-01")


def test_a_count_from_before_says_so(months, tmp_path):
    import shutil

    of = tmp_path / "workspace"
    shutil.copytree(months, of)
    for path in of.glob("counts/*/protections.parquet"):
        path.unlink()
    assert "made before removals could be verified" in str(Said("verify", "-w", of).error)
