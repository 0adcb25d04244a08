"""An audit from the frozen frame to what it proves: drawn again by anybody, recorded to the cell or refused, never altered."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from tests.months import CLEAN, EVIL, FOUND, HEAD, Said, save

from fullcount import audit, ledger
from fullcount.audited import of_audit
from fullcount.errors import SettingsError, UsageError, WorkspaceError
from fullcount.lot import FRAME, Plan, percent
from fullcount.report import Account
from fullcount.visit import PLACES, VISITS
from fullcount.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

SEED = "3 1 6 6 2 4 5 1 3 3 6 2 5 1 4 6 2 2 1 5"
TOML = """
directives = ["us-dhs-bod-17-01"]
[[table]]
name = "stock"
match = "stock.csv"
lists = "machines"
[table.columns]
hostname = "Host"
serial = "Serial"
heard_at = "Heard"
[[component]]
name = "Tolls"
folder = ["Tolls"]
expected = 40
"""
ASKED = ("--risk", "5%", "--tolerable", "10%", "--least", "4")


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one count: 2 systems with it, 38 without, 10 not looked at, 6 silent for long. Not to be changed."""
    base = tmp_path_factory.mktemp("audit")
    for component, first, last in (("Ports", 0, 24), ("Tolls", 24, 40)):
        rows = (f"PC-{turn:02},5CG71{turn:05},{FOUND if turn % 20 == 3 else CLEAN}\n" for turn in range(first, last))
        save(base, f"exports/{component}/2017-10-01/programs.csv", HEAD + "".join(rows))
    stock = (f"PC-{turn},5CG71{turn:05},{'2017-10-01' if turn < 50 else '2017-01-05'}\n" for turn in range(40, 56))
    save(base, "exports/Tolls/2017-10-02/stock.csv", "Host,Serial,Heard\n" + "".join(stock))
    save(base, "workspace/fullcount.toml", TOML)
    assert Said("count", base / "exports", "-w", base / "workspace", "-q").code == 0
    return base / "workspace"


@pytest.fixture(scope="module")
def frozen(counted: Path) -> Path:
    """The same with an audit that was drawn, and has no answers yet. Not to be changed."""
    of = counted.parent / "drawn"
    shutil.copytree(counted, of)
    assert Said("audit", "draw", "-w", of, *ASKED).code == 0
    assert Said("audit", "draw", "-w", of, "--seed", SEED).code == 0
    return of


@pytest.fixture
def drawn(frozen: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    shutil.copytree(frozen, tmp_path / "workspace")
    return tmp_path / "workspace"


@pytest.fixture
def fresh(counted: Path, tmp_path: Path) -> Path:
    """A copy of the count, to be audited."""
    shutil.copytree(counted, tmp_path / "workspace")
    return tmp_path / "workspace"


def sheet(of: Path, name: str = "visits-1.csv", number: str = "A1") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((of / "audits" / number / name).read_text("utf-8-sig"))))


def filled(of: Path, said: Callable[[dict[str, str]], str], name: str = "visits-1.csv", day: str = "2017-10-20") -> Path:
    """The sheet with an answer in each row; a row of which nothing is said stays blank."""
    rows = sheet(of, name)
    for row in rows:
        if answer := said(row):
            row |= {"Answer": answer, "Visited by": "J. Doe", "Visited on": day}
    return written(of, rows)


def written(of: Path, rows: list[dict[str, str]]) -> Path:
    path = of.parent / "filled.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, [one.heading for one in VISITS])
        table.writeheader()
        table.writerows(rows)
    return path


def none(row: Mapping[str, str]) -> str:
    return "not found"


def shown(of: Path, *more: str) -> Any:
    return Said("audit", "evaluate", "-w", of, "--json", *more).document()


def facts(of: Path, what: str) -> list[dict[str, Any]]:
    return [one.facts for one in ledger.entries(of / "ledger.jsonl") if one.what == what]


# -- draw ------------------------------------------------------------------------------------------------------------------


def test_the_frame_is_in_the_ledger_before_the_seed(fresh):
    done = Said("audit", "draw", "-w", fresh, *ASKED)
    assert done.code == 0
    frame = (fresh / "audits/A1/frame.csv").read_bytes()
    digest = hashlib.sha256(frame).hexdigest()
    assert f"frozen: SHA-256 {digest}" in done.out
    [entered] = facts(fresh, "audit frame")
    assert entered["files"]["frame.csv"] == digest
    assert entered["files"]["plan.json"] == hashlib.sha256((fresh / "audits/A1/plan.json").read_bytes()).hexdigest()
    assert not (fresh / "audits/A1/visits-1.csv").exists()
    # asked again, the same frame waits for the same seed
    assert Said("audit", "draw", "-w", fresh, *ASKED).out == done.out
    assert len(facts(fresh, "audit frame")) == 1
    assert Said("audit", "evaluate", "-w", fresh).error.exit_code == 2
    assert Said("audit", "draw", "--more", "-w", fresh).error.exit_code == 2
    after = Said("audit", "draw", "-w", fresh, "--seed", SEED, "--json").document()
    assert after["draws"][0]["how"] == "after the frame was frozen"
    assert [one.what for one in ledger.entries(fresh / "ledger.jsonl")][-2:] == ["audit frame", "audit draw"]
    again = Said("audit", "draw", "-w", fresh, "--seed", "another")
    assert "was drawn already" in str(again.error)


def test_the_frame_is_everything_that_nobody_says_has_it(frozen):
    rows = list(csv.DictReader(io.StringIO((frozen / "audits/A1/frame.csv").read_text("utf-8-sig"))))
    assert tuple(rows[0]) == FRAME
    assert [row["system"] for row in rows] == sorted(row["system"] for row in rows)
    standings = [row["standing"] for row in rows]
    assert {one: standings.count(one) for one in set(standings)} == {"without it": 38, "not covered": 10, "expected": 6}
    assert {row["name"] for row in rows}.isdisjoint({"PC-03", "PC-23"})
    assert {row["tools"] for row in rows if row["standing"] == "without it"} == {"uninstall"}
    plan = Plan.of(json.loads((frozen / "audits/A1/plan.json").read_text("utf-8")))
    assert (plan.systems, plan.declared, plan.most, plan.listed, plan.having) == (54, 38, 3, 50, 2)
    assert sum(one.systems for one in plan.strata) == 54
    assert plan.notes[0].startswith("14 systems are expected and on no list")
    assert all(one.planned >= min(4, one.systems) for one in plan.strata)
    assert plan.written() == (frozen / "audits/A1/plan.json").read_bytes()


def test_anybody_draws_the_same_again(frozen):
    rows = list(csv.DictReader(io.StringIO((frozen / "audits/A1/frame.csv").read_text("utf-8-sig"))))
    plan = json.loads((frozen / "audits/A1/plan.json").read_text("utf-8"))
    wanted = []
    for stratum in plan["strata"]:
        own = [row["system"] for row in rows if row["stratum"] == stratum["name"]]
        own.sort(key=lambda name: hmac.new(SEED.encode(), name.encode(), "sha256").hexdigest())
        wanted += own[: stratum["planned"]]
    assert [row["System"] for row in sheet(frozen)] == wanted
    assert [row["Order"] for row in sheet(frozen)] == [str(turn) for turn in range(1, len(wanted) + 1)]


def test_a_seed_given_with_the_frame_or_by_the_computer_proves_less(fresh):
    done = Said("audit", "draw", "-w", fresh, *ASKED, "--seed", "12345")
    assert "may have been chosen for its draw: this proves less" in done.out
    assert "It is short" in done.out
    other = Said("audit", "draw", "-w", fresh, "--tolerable", "20%", "--system-seed")
    assert "audit A2" in other.out
    assert "proves less than dice" in other.out
    assert len(facts(fresh, "audit draw")[1]["seed"]) == 32
    both = Said("audit", "draw", "-w", fresh, "--system-seed", "--seed", "x")
    assert both.code == 2
    assert Said("audit", "evaluate", "-w", fresh, "--audit", "A3").error.exit_code == 2


def test_with_nothing_counted_there_is_nothing_to_audit(tmp_path):
    save(tmp_path, "fullcount.toml", TOML)
    assert "nothing was counted" in str(Said("audit", "draw", "-w", tmp_path).error)
    assert "there is no audit" in str(Said("audit", "record", tmp_path / "fullcount.toml", "-w", tmp_path).error)
    assert "there is no file" in str(Said("audit", "record", tmp_path / "nothing.csv", "-w", tmp_path).error)


@pytest.mark.parametrize("text", ["5", "0%", "5 percent", "-1%", "101%", "60%", "0.05", "1e1%", "٥%", ""])
def test_a_percentage_is_written_as_one(text):
    with pytest.raises(UsageError, match="--risk"):
        percent(text, "--risk", most=50)


def test_a_percentage_may_have_a_part():
    assert percent(" 0.5 %", "--tolerable") == 0.005


# -- record ----------------------------------------------------------------------------------------------------------------


def test_a_clean_draw_is_certified(drawn):
    assert shown(drawn)["verdict"] == "not yet"
    done = Said("audit", "record", filled(drawn, none), "-w", drawn)
    assert done.out.startswith("audit A1: 32 new answers, 0 of them corrections; 0 still without one")
    found = shown(drawn)
    assert found["verdict"] == "certified"
    assert found["declared"]["most"] <= 3
    assert found["declared"]["most_once"] <= found["declared"]["most"]
    assert found["draw_more"] == 0
    assert found["with_it"]["low"] == found["with_it"]["centre"] == 2
    assert found["sentences"][1].startswith("That is certified: at most 3 (10 %) was asked for")
    with_it = found["with_it"]
    assert with_it["verdict"] == "estimate"
    told = Said("audit", "evaluate", "-w", drawn)
    assert "certified (32 of 32 drawn are answered)" in told.out
    assert "Had it been settled to look once" in told.out
    again = Said("audit", "record", filled(drawn, none), "-w", drawn)
    assert "0 new answers" in again.out
    assert len(facts(drawn, "audit record")) == 1
    assert "no more are to be drawn" in str(Said("audit", "draw", "--more", "-w", drawn).error)


def test_one_found_asks_for_more(drawn):
    first = next(row["System"] for row in sheet(drawn))
    Said("audit", "record", filled(drawn, lambda row: "found" if row["System"] == first else "not found"), "-w", drawn)
    before = shown(drawn)
    assert before["verdict"] == "not yet"
    assert before["declared"]["most_once"] is None
    assert before["draw_more"] > 0
    assert before["with_it"]["low"] == 3
    assert before["with_it"]["centre"] > 3
    [uninstall] = before["tools"]
    assert (uninstall["looked_at"], uninstall["missed"]) == (22, 1)
    assert 0 < uninstall["low"] < uninstall["centre"] < 1
    more = Said("audit", "draw", "--more", "-w", drawn, "--json").document()
    assert len(more["draws"]) == 2
    assert len(sheet(drawn, "visits-2.csv")) == before["draw_more"]
    assert not {row["System"] for row in sheet(drawn, "visits-2.csv")} & {row["System"] for row in sheet(drawn)}
    assert "have no answer yet" in str(Said("audit", "draw", "--more", "-w", drawn).error)
    assert f"drawn: {before['draw_more']} systems" in Said("audit", "draw", "-w", drawn, "--audit", "A1").out
    assert Said("audit", "record", filled(drawn, none, "visits-2.csv"), "-w", drawn).code == 0
    assert shown(drawn)["verdict"] == "certified"


def test_too_many_found_cannot_be_certified(drawn):
    said = lambda row: "found" if int(row["Order"]) <= 4 else "not found"  # noqa: E731 - as the others
    Said("audit", "record", filled(drawn, said), "-w", drawn)
    found = shown(drawn)
    assert (found["verdict"], found["draw_more"]) == ("cannot be certified", 0)
    assert "Mend what the sources miss" in found["sentences"][1]


def test_only_what_follows_in_the_order_of_the_draw_counts(drawn):
    done = Said("audit", "record", filled(drawn, lambda row: "" if row["Order"] == "3" else "not found"), "-w", drawn)
    assert "1 systems that were drawn have no answer" in str(done.error)
    assert not (drawn / "audits/A1/answers.jsonl").exists()
    part = Said(
        "audit", "record", filled(drawn, lambda row: "" if row["Order"] == "3" else "not found"), "-w", drawn, "--partial"
    )
    assert "1 still without one" in part.out
    found = shown(drawn)
    assert found["verdict"] == "not yet"
    assert (found["lines"][0]["visited"], found["lines"][0]["waiting"]) == (2, 10)
    assert found["draw_more"] == 0
    assert any("10 answers stand behind" in one for one in found["sentences"])
    assert "What is drawn and not answered is enough" in found["sentences"][1]


def test_strata_that_nobody_visited_make_a_range(drawn):
    Said("audit", "record", filled(drawn, lambda row: "not found" if int(row["Order"]) < 5 else ""), "-w", drawn, "--partial")
    found = shown(drawn)
    assert found["with_it"]["verdict"] == "range"
    assert found["with_it"]["centre"] is None
    assert any("3 strata were not visited at all" in one for one in found["sentences"])
    assert found["tools"][0]["looked_at"] == 4


def test_could_not_look_counts_as_found_and_can_be_corrected(drawn):
    Said("audit", "record", filled(drawn, lambda row: "could not look" if row["Order"] == "1" else "not there"), "-w", drawn)
    first = shown(drawn)
    assert first["verdict"] == "not yet"
    assert any("1 systems could not be looked at; each counts as one that has it" in one for one in first["sentences"])
    assert first["lines"][0]["not_there"] == first["lines"][0]["visited"] - 1
    rows = sheet(drawn)[:1]
    rows[0] |= {"Answer": "Not  Found", "Visited by": "B", "Visited on": "2017-10-21", "Remark": EVIL}
    done = Said("audit", "record", written(drawn, rows), "-w", drawn, "--json").document()
    assert (done["answers"], done["corrected"], done["left"]) == (1, 1, 0)
    assert shown(drawn)["verdict"] == "certified"
    kept = (drawn / "audits/A1/answers.jsonl").read_text("utf-8").splitlines()
    assert len(kept) == 33  # the first answer is still there


def test_a_workbook_is_taken_as_well(drawn):
    path = drawn.parent / "filled.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [one.heading for one in VISITS])
        for turn, row in enumerate(sheet(drawn), start=1):
            page.write_row(turn, 0, list((row | {"Answer": "not found", "Visited by": "B", "Visited on": "2017-10-20"}).values()))
    assert Said("audit", "record", path, "-w", drawn).code == 0
    assert shown(drawn)["verdict"] == "certified"
    # the blank workbook that was written is one, too
    blank = Said("audit", "record", drawn / "audits/A1/visits-1.xlsx", "-w", drawn, "--partial")
    assert "0 new answers" in blank.out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"System": "serial:nobody"}, "`serial:nobody` was not drawn in audit A1"),
        ({"System": EVIL}, r"\u{1b}"),
        ({"Answer": "maybe"}, "`maybe` is no answer"),
        ({"Answer": ""}, "the answer is missing"),
        ({"Visited by": ""}, "it is not said who looked"),
        ({"Visited on": ""}, "it is not said on which day"),
        ({"Visited on": "yesterday"}, "`Visited on` should be"),
        ({"Visited on": "2017-09-30"}, "before the day of the count (2017-10-02)"),
        ({"Which product": "KES"}, "a product, and yet `not found`"),
        ({"Audit": "A7"}, "a row of audit A7, and not of audit A1"),
        ({"Audit": ""}, "a row of no audit"),
    ],
)
def test_a_row_is_understood_or_refused(frozen, tmp_path, change, message):
    of = Workspace(frozen)
    rows = sheet(frozen)
    for row in rows:
        row |= {"Answer": "not found", "Visited by": "B", "Visited on": "2017-10-20"}
    rows[1] |= change
    path = tmp_path / "workspace/filled.csv"
    path.parent.mkdir()
    with pytest.raises(SettingsError) as failed:
        audit.record(of, audit.load(of), written(path, rows))
    assert message in str(failed.value)
    assert "\x1b" not in str(failed.value)
    if "day of the count" not in message:
        assert failed.value.place.endswith("filled.csv:3")


def test_a_system_twice_and_an_unknown_column_are_refused(frozen, tmp_path):
    of = Workspace(frozen)
    row = sheet(frozen)[0] | {"Answer": "found", "Which product": "KES 10", "Visited by": "B", "Visited on": "2017-10-20"}
    with pytest.raises(SettingsError, match="stands here twice"):
        audit.record(of, audit.load(of), written(tmp_path / "workspace", [row, row]))
    path = tmp_path / "other.csv"
    path.write_text("Audit,System,Anser\nA1,x,found\n", "utf-8")
    with pytest.raises(SettingsError, match="unknown column `Anser`"):
        audit.record(of, audit.load(of), path)


# -- places ----------------------------------------------------------------------------------------------------------------


def met(of: Path, *rows: tuple[str, ...]) -> Path:
    path = of.parent / "places.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow([one.heading for one in PLACES][:5])
        table.writerows(("A1", *row) for row in rows)
    return path


def test_places_say_how_many_systems_there_are(drawn):
    Said("audit", "record", filled(drawn, lambda row: "not there" if row["Order"] == "1" else "not found"), "-w", drawn)
    assert shown(drawn)["systems"] is None
    who = ("B", "2017-10-21")
    given = met(
        drawn,
        *((f"Room {room}", f"PC-{turn:02}", *who) for room in (1, 2) for turn in range(room * 8, room * 8 + 8)),
        ("Room 1", "5CG7100011", *who),  # a serial number of one that was met by its name
        ("Room 2", "nobody knows it", *who),
    )
    done = Said("audit", "record", given, "-w", drawn, "--places", "--json").document()
    assert (done["machines"], done["answers"]) == (18, 0)
    found = shown(drawn)["systems"]
    # 50 are listed, of which about 2 are not there; of 18 met 16 are known
    assert found["centre"] == pytest.approx(50 * (1 - 22 / 13 / 50) * 18 / 16, abs=0.2)
    assert found["low"] < found["centre"] < found["high"]
    assert "18 machines were met" in found["text"]
    # a later sheet stands for the same place
    assert (
        "2 machines met"
        in Said("audit", "record", met(drawn, ("room 2", "PC-30", *who), ("room 2", "PC-31", *who)), "-w", drawn, "--places").out
    )
    of = Workspace(drawn)
    assert {name: len(one) for name, one in audit.places(of, audit.load(of)).items()} == {"room 1": 9, "room 2": 2}
    one = Said("audit", "evaluate", "-w", drawn)
    assert "By the survey of 2 places" in one.out
    for path in drawn.glob("counts/*/accounts.json"):
        path.write_text("[]", "utf-8")
    assert "the count of this audit is not there" in str(Said("audit", "evaluate", "-w", drawn).error)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("", "PC-1", "B", "2017-10-21"), "in which place"),
        (("Room 1", "", "B", "2017-10-21"), "which machine was met"),
        (("Room 1", "PC-1", "", "2017-10-21"), "who looked"),
        (("Room 1", "PC-1", "B", "2017-01-01"), "before the day of the count"),
    ],
)
def test_a_machine_met_is_understood_or_refused(frozen, tmp_path, row, message):
    of = Workspace(frozen)
    (tmp_path / "x").mkdir()
    with pytest.raises(SettingsError, match=message):
        audit.record_places(of, audit.load(of), met(tmp_path / "x", row))
    with pytest.raises(SettingsError, match="stands here twice"):
        audit.record_places(of, audit.load(of), met(tmp_path / "x", *[("Room 1", "PC-1", "B", "2017-10-21")] * 2))


def test_blank_places_say_nothing_and_one_place_is_said_to_be_one(drawn):
    blank = Said("audit", "record", drawn / "audits/A1/places.xlsx", "-w", drawn, "--places")
    assert "0 machines met" in blank.out
    Said("audit", "record", filled(drawn, none), "-w", drawn)
    Said("audit", "record", met(drawn, ("Room 1", "PC-30", "B", "2017-10-21")), "-w", drawn, "--places")
    assert "One place cannot show how places differ" in shown(drawn)["systems"]["text"]


# -- what nobody may change ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["frame.csv", "plan.json", "draw-1.json", "answers.jsonl"])
def test_what_is_changed_afterwards_is_found_out(name, drawn):
    Said("audit", "record", filled(drawn, none), "-w", drawn)
    path = drawn / "audits/A1" / name
    path.write_bytes(path.read_bytes().replace(b"1", b"2"))
    failed = Said("audit", "evaluate", "-w", drawn)
    assert isinstance(failed.error, WorkspaceError)
    assert "not what the ledger says was kept" in str(failed.error)
    path.unlink()
    assert isinstance(Said("audit", "evaluate", "-w", drawn).error, WorkspaceError)
    assert "audit A2" in Said("audit", "draw", "-w", drawn).out  # another can be begun


def test_what_a_crash_left_without_its_line_is_not_there(drawn):
    """Files are written before the ledger has them: without their line they are as if nothing had been done."""
    Said("audit", "record", filled(drawn, lambda row: "not found" if row["Order"] == "1" else ""), "-w", drawn, "--partial")
    folder = drawn / "audits/A1"
    with (folder / "answers.jsonl").open("ab") as file:
        file.write(b'{"system": "torn')
    shutil.copy(folder / "draw-1.json", folder / "draw-2.json")
    (drawn / "audits/A2").mkdir()
    assert shown(drawn)["answered"] == 1
    assert Said("audit", "record", filled(drawn, none), "-w", drawn).code == 0
    assert shown(drawn)["answered"] == 32
    assert "audit A2" in Said("audit", "draw", "-w", drawn, "--tolerable", "5%").out


def test_somebody_else_who_draws_meanwhile_is_noticed(fresh):
    of = Workspace(fresh)
    Said("audit", "draw", "-w", fresh, *ASKED)
    one = audit.load(of)
    audit.draw(of, one, seed=SEED, how=audit.AFTER)
    with pytest.raises(UsageError, match="meanwhile"):
        audit.draw(of, one, seed=SEED, how=audit.AFTER)
    with pytest.raises(UsageError, match="not drawn yet"):
        audit.draw_more(of, one)
    with pytest.raises(UsageError, match="not drawn yet"):
        audit.record(of, one, fresh / "fullcount.toml")


def test_audits_are_no_exports(drawn):
    assert drawn / "audits" in Workspace(drawn).own()


# -- what it is for --------------------------------------------------------------------------------------------------------


def test_an_audit_stands_instead_of_a_model(drawn):
    Said("audit", "record", filled(drawn, none), "-w", drawn)
    of = Workspace(drawn)
    [estimate] = of_audit(audit.outcome(of, audit.load(of)))
    assert (estimate.what, estimate.verdict, estimate.level, estimate.component) == ("with it", "estimate", 0.95, "")
    assert estimate.high is not None
    assert estimate.low is not None
    assert estimate.low <= 2 <= estimate.high
    document = json.loads(next(drawn.glob("counts/*/accounts.json")).read_text("utf-8"))[0]
    account = Account.of({**document, "estimates": [shown(drawn)["with_it"]]})
    assert account.estimates == (estimate,)


def test_where_all_have_it_or_none_is_declared_there_is_nothing_to_certify(tmp_path):
    save(tmp_path, "exports/2017-10-02/stock.csv", "Host,Serial,Heard\nPC-1,5CG7100001,2017-10-01\n")
    save(tmp_path, "workspace/fullcount.toml", TOML)
    of = tmp_path / "workspace"
    assert Said("count", tmp_path / "exports", "-w", of, "-q").code == 0
    Said("audit", "draw", "-w", of, "--system-seed", *ASKED)
    found = shown(of)
    assert found["verdict"] == "nothing to certify"
    assert "nothing to certify" in found["sentences"][0]
    assert found["tools"] == []
