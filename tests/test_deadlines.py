"""`fullcount deadlines`: what is past, next and later, what a count found, and the calendar that others import."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import icalendar
import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tests.packs import PACKS

from fullcount.cli import cli, main
from fullcount.clock import Due
from fullcount.deadlines import discoveries
from fullcount.ics import write

if TYPE_CHECKING:
    from pathlib import Path

BOD, FAR, FASCSA = "us-dhs-bod-17-01", "us-ndaa-fy2018-1634", "us-fascsa-acronis"
HEAD = "PSComputerName,SerialNumber,DisplayName,DisplayVersion,Publisher\n"
FOUND = "Kaspersky Endpoint Security 10 for Windows,10.3,AO Kaspersky Lab\n"
EVENING = datetime(2019, 3, 4, 23, 30)  # noqa: DTZ001 - as the tables have it
CLEAN = "7-Zip 16.04,16.04,Igor Pavlov\n"


def run(*arguments: object) -> str:
    done = CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def listed(*arguments: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("deadlines", *arguments, "--json"))["deadlines"]
    return found


@pytest.fixture
def counted(tmp_path: Path) -> Path:
    """A workspace counted under two directives: the same product in two components, on two days."""
    exports = {
        "Ports/2019-03-04/a.csv": f"PO-1,5CG71001,{FOUND}PO-2,5CG71002,{CLEAN}",
        "Ports/2019-03-18/a.csv": f"PO-1,5CG71001,{FOUND}PO-2,5CG71002,{FOUND}",
        "Bridges/2019-03-05/a.csv": f"BR-1,5CG72001,{FOUND}",
    }
    for name, rows in exports.items():
        path = tmp_path / "exports" / name
        path.parent.mkdir(parents=True)
        path.write_text(HEAD + rows, "utf-8")
    (tmp_path / "work").mkdir()
    (tmp_path / "work/fullcount.toml").write_text(f'directives = ["{BOD}", "{FAR}"]\n', "utf-8")
    run("count", tmp_path / "exports", "-w", tmp_path / "work")
    return tmp_path / "work"


# -- the list ----------------------------------------------------------------------------------------------------------------


def test_each_line_has_the_date_the_clock_and_what_it_is_counted_from():
    lines = run("deadlines", "--directive", BOD, "--on", "2017-10-14").splitlines()
    assert lines[0] == "seen from 2017-10-14 (Sat)"
    assert re.fullmatch(
        r"past +2017-10-13 Fri +1 day ago +identify +30 calendar days after it was issued on 2017-09-13", lines[1]
    )
    assert re.fullmatch(r"next +2017-11-12 Sun +in 29 days +plan +60 calendar days after it was issued on 2017-09-13", lines[2])


def test_past_next_and_later_are_told_in_order_of_date():
    found = listed("--directive", BOD, "--on", "2017-11-12")
    assert [(one["clock"], one["when"], one["days"]) for one in found[:4]] == [
        ("identify", "past", -30),
        ("plan", "next", 0),
        ("remove", "later", 30),
        ("status", "later", 60),
    ]
    assert [one["on"] for one in found] == sorted(one["on"] for one in found)


def test_without_on_it_is_looked_at_from_today_and_that_is_said():
    text = run("deadlines", "--directive", BOD)
    today = re.match(r"today is (\S+) \(\w+\); --on DATE looks from another day\n", text)
    assert today
    assert abs(date.fromisoformat(today[1]) - datetime.now(UTC).date()) <= timedelta(days=1)
    assert json.loads(run("deadlines", "--directive", BOD, "--json"))["on_how"] == "today"


def test_until_lists_every_turn():
    found = listed("--directive", BOD, "--on", "2017-10-01", "--until", "2018-12-31")
    assert [one["turn"] for one in found if one["clock"] == "status"] == list(range(1, 13))


def test_what_has_no_date_is_listed_last_and_says_so():
    found = listed("--directive", "au-pspf-002-2025", "--on", "2025-01-01")
    assert [(one["clock"], one["on"], one["when"]) for one in found] == [
        ("remove", "2025-04-01", "next"),
        ("prevent", "2025-04-01", "next"),
        ("report", None, "no date"),
    ]
    assert "no date  no date given" in run("deadlines", "--directive", "au-pspf-002-2025", "--on", "2025-01-01")


def test_several_directives_are_one_list():
    found = listed("--directive", BOD, "--directive", FAR, "--on", "2018-09-01")
    assert {one["directive"] for one in found} == {BOD, FAR}
    assert [one["directive"] for one in found if one["when"] == "next"] == [BOD]
    dated = [one["on"] for one in found if one["on"]]
    assert dated == sorted(dated)


def test_a_calendar_of_holidays_may_be_named():
    sent = ("--directive", FASCSA, "--on", "2025-11-01", "--submitted", "initial=2025-11-26")
    days = {code: {one["clock"]: one["on"] for one in listed(*sent, "--holidays", code)}["followup"] for code in ("US", "none")}
    assert days == {"US": "2025-12-11", "none": "2025-12-10"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--submitted", "nothing=2025-01-01"], "no report is called nothing"),
        (["--submitted", "initial=tomorrow"], "`tomorrow` is no date"),
        (["--holidays", "XX"], "no calendar of holidays is called XX"),
    ],
)
def test_what_cannot_be_meant_is_told_and_nothing_is_listed(arguments, said, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["deadlines", "--directive", FASCSA, *arguments])
    told = capsys.readouterr()
    assert stopped.value.code == 2
    assert said in told.err
    assert not told.out


def test_without_a_workspace_a_directive_must_be_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["deadlines"])
    assert "there is no workspace here" in capsys.readouterr().err


# -- of a count --------------------------------------------------------------------------------------------------------------


def test_the_directives_of_the_last_count_are_meant(counted):
    found = listed("-w", counted, "--on", "2019-03-20")
    assert {one["directive"] for one in found} == {BOD, FAR}
    assert json.loads(run("deadlines", "-w", counted, "--json"))["count"] == next((counted / "counts").iterdir()).name


def test_before_a_count_those_of_the_settings_are_meant(tmp_path):
    (tmp_path / "fullcount.toml").write_text(f'directives = ["{FAR}"]\n', "utf-8")
    assert {one["directive"] for one in listed("-w", tmp_path, "--on", "2019-03-20")} == {FAR}


def test_one_clock_runs_for_each_day_of_discovery_and_not_for_each_system(counted):
    found = [one for one in listed("-w", counted, "--on", "2019-03-20") if one["clock"] == "article"]
    assert [(one["anchored"], one["on"], one["about"]) for one in found] == [
        ("2019-03-04", "2019-03-07", "Kaspersky Endpoint Security for Windows (Ports)"),
        ("2019-03-05", "2019-03-08", "Kaspersky Endpoint Security for Windows (Bridges)"),
    ]  # PO-2, found on the 18th, has what Ports was known to have


def test_a_clock_runs_from_the_day_of_the_report_that_was_sent(counted):
    found = listed("-w", counted, "--on", "2019-03-20", "--submitted", "article=2019-03-07")
    [followup] = [one for one in found if one["clock"] == "article_further"]
    assert (followup["on"], followup["about"]) == ("2019-03-21", "article")


def test_evidence_without_a_date_starts_no_clock_of_its_own():
    hosts = pa.RecordBatch.from_pylist([{"host": "a", "component": "Ports; Bridges"}, {"host": "b", "component": None}])
    seen: list[dict[str, Any]] = [
        {"host": "a", "product": "Anti-Virus", "seen_on": None, "counts": True},
        {"host": "a", "product": "Anti-Virus", "seen_on": EVENING, "counts": True},
        {"host": "b", "product": "Safe Kids", "seen_on": None, "counts": True},
        {"host": "b", "product": "Agent", "seen_on": EVENING - timedelta(days=3), "counts": False},
    ]
    lists = {"hosts": [hosts], "findings": [pa.RecordBatch.from_pylist(seen)]}
    found = discoveries(lambda name: iter(lists[name]), UTC)
    assert [(one.on, one.about) for one in found] == [
        (date(2019, 3, 4), "Anti-Virus (Bridges, Ports)"),
        (None, "Safe Kids"),
    ]


# -- the calendar ------------------------------------------------------------------------------------------------------------


def calendar(path: Path) -> Any:
    return icalendar.Calendar.from_ical(path.read_bytes())


def test_a_calendar_program_finds_every_date_with_its_alarms(tmp_path):
    path = tmp_path / "new/dates.ics"
    run("deadlines", "--directive", BOD, "--on", "2017-10-01", "--ics", path)
    events = calendar(path).walk("VEVENT")
    assert [str(one["DTSTART"].dt) for one in events][:3] == ["2017-10-13", "2017-11-12", "2017-12-12"]
    assert all(one["DTSTART"].params["VALUE"] == "DATE" for one in events)
    assert str(events[0]["SUMMARY"]) == "BOD 17-01: identify due"
    assert str(events[0]["DESCRIPTION"]).startswith("30 calendar days after it was issued on 2017-09-13.\n")
    assert [one["TRIGGER"].dt.days for one in events[0].walk("VALARM")] == [-7, -1]
    assert len({str(one["UID"]) for one in events}) == len(events) == 6


def test_the_same_dates_are_the_same_bytes_on_any_day(tmp_path):
    for name, on in (("a", "2017-10-01"), ("b", "2017-10-02")):
        run("deadlines", "--directive", BOD, "--on", on, "--ics", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_has_no_date_is_not_in_the_calendar_and_that_is_said(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["deadlines", "--directive", "au-pspf-002-2025", "--ics", str(tmp_path / "a.ics")])
    assert "1 without a date is not in it" in capsys.readouterr().err
    assert len(calendar(tmp_path / "a.ics").walk("VEVENT")) == 2


DUE = Due(
    directive=BOD,
    clock="identify",
    kind=("identify",),
    report="",
    on=date(2017, 10, 13),
    anchor="issued",
    anchored=date(2017, 9, 13),
    how="30 days",
)


def one_event(due: Due, **changes: Any) -> tuple[bytes, Any]:
    file = BytesIO()
    write([due], {BOD: replace(PACKS[BOD], **changes)}, file)
    [event] = icalendar.Calendar.from_ical(file.getvalue()).walk("VEVENT")
    return file.getvalue(), event


def test_a_moment_is_written_in_utc():
    raw, event = one_event(replace(DUE, on=datetime.fromisoformat("2017-10-13T23:59:00-04:00")))
    assert b"\r\nDTSTART:20171014T035900Z\r\n" in raw
    assert event["DTSTART"].dt == datetime(2017, 10, 14, 3, 59, tzinfo=UTC)


def test_a_corrected_date_is_the_same_event_and_another_turn_or_finding_is_not():
    uid = one_event(DUE)[1]["UID"]
    assert one_event(replace(DUE, on=date(2017, 10, 20)))[1]["UID"] == uid
    assert one_event(replace(DUE, turn=2))[1]["UID"] != uid
    found = replace(DUE, anchor="discovery")
    assert one_event(found)[1]["UID"] != one_event(replace(found, anchored=date(2017, 9, 14)))[1]["UID"]


@given(st.text(min_size=1, max_size=300), st.text(alphabet="é€😀;,\\\n:", min_size=1, max_size=200))
def test_any_text_comes_back_and_no_line_is_too_long(how, note):
    raw, event = one_event(replace(DUE, note=note), title="T")
    raw_how, _ = one_event(replace(DUE, how=how))
    for text in (raw, raw_how):
        lines = text.split(b"\r\n")
        assert all(len(line) <= 75 for line in lines)
        assert all(line.decode() is not None and b"\n" not in line and b"\r" not in line for line in lines)
    shown = str(event["DESCRIPTION"]).split("\n")
    assert shown[1] == note.replace("\n", "\\u{a}")
